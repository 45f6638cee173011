package guest

import (
	"testing"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

func TestPausePresses(t *testing.T) {
	v := guest(t, newCatalog(t), locales.UK)
	for arg, leads := range map[string]bool{"on": true, "off": true, "": false, "maybe": false} {
		if o := pressID(t, v, talk.ID(Flow, actPause, arg, "")); (o.Call != nil) != leads {
			t.Errorf("%q: a call: %v, want %v", arg, o.Call != nil, leads)
		}
	}
	v.Member.State = engine.MemberBlocked
	if o := settings(v); buttonOf(o, actPause) != "" {
		t.Error("a card that the shop has blocked can be paused")
	}
}
