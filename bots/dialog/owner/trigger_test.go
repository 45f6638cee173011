package owner_test

import (
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/owner"
	"kartka/engine"
	"kartka/locales"
)

func TestTriggered(t *testing.T) {
	for _, l := range locales.Languages() {
		c := ratedChat(t, l)
		v := c.view(bots.Event{})
		args := map[string]any{"trigger": "Скарги <1>", "card": "400123456", "name": "Оксана\nА"}
		for range 2 {
			said := owner.Triggered(v, engine.Notice{Kind: engine.NoticeTrigger, Args: args})
			if len(said) != 1 || !strings.Contains(string(said[0].Text), "400123456") || !strings.Contains(string(said[0].Text), "Скарги &lt;1&gt;") {
				t.Errorf("%s: %+v", l, said)
			}
			args["name"] = "" // who told no name
		}
		delete(args, "card") // who has left
		if said := owner.Triggered(v, engine.Notice{Kind: engine.NoticeTrigger, Args: args}); len(said) > 0 {
			t.Errorf("%s: of nobody: %+v", l, said)
		}
		v.Staff.Disabled, args["card"] = true, "400123456"
		if said := owner.Triggered(v, engine.Notice{Kind: engine.NoticeTrigger, Args: args}); len(said) > 0 {
			t.Errorf("%s: to who works here no more: %+v", l, said)
		}
	}
}
