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
			if len(said[0].Buttons) > 0 {
				t.Errorf("%s: a way to nothing: %+v", l, said)
			}
			args["name"] = "" // who told no name
		}
		args["campaign"] = "complaints"
		if said := owner.Triggered(v, engine.Notice{Kind: engine.NoticeTrigger, Args: args}); len(said[0].Buttons) != 1 || said[0].Buttons[0][0].ID != "v1|market|camp|complaints" {
			t.Errorf("%s: no way to the trigger: %+v", l, said)
		}
		role := v.Staff.Role
		v.Staff.Role = engine.RoleCashier
		if said := owner.Triggered(v, engine.Notice{Kind: engine.NoticeTrigger, Args: args}); len(said[0].Buttons) > 0 {
			t.Errorf("%s: a way for a cashier: %+v", l, said)
		}
		v.Staff.Role = role
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
