package talk_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

func TestAcksToastsAndAlerts(t *testing.T) {
	v := view(t, locales.EN)
	if m := v.Toast("a < b"); m.Ack != nil || m.Text != "a &lt; b" {
		t.Errorf("without a press a toast is %+v", m)
	}
	v.Event.Press = pressOn("7")
	v.Contact.Slots = map[string]string{"screen": "7", "card": "6"}
	if m := v.Alert("a < b"); m.Ack == nil || !m.Ack.Alert || m.Ack.Text != "a < b" || m.Ack.Query != "q" || m.Text != "" {
		t.Errorf("an alert is %+v", m)
	}
	if m := v.Toast("done"); m.Ack == nil || m.Ack.Alert {
		t.Errorf("a toast is %+v", m)
	}
	if m := v.Screen("x"); m.Fresh || m.Slot != "screen" || m.Ack == nil {
		t.Errorf("a screen that was pressed on is sent as %+v", m)
	}
	v.Event.Press = pressOn("6")
	if m := v.Screen("x"); !m.Fresh {
		t.Errorf("a screen opened from another message is edited out of sight: %+v", m)
	}
	v.Event.Press, v.Contact.Slots = pressOn(""), nil
	if v.PressedOn("screen") {
		t.Error("a press on a message that is gone counts as one on a slot without a message")
	}
}

func TestOutputsOfACall(t *testing.T) {
	v := view(t, locales.EN)
	v.Session = talk.In("guest", "name", nil)
	call := func(err error) talk.Output {
		c := talk.Do(func(_ context.Context, _ *engine.Engine, key string) (string, error) { return key, err },
			func(v talk.View, result string, err error) talk.Output {
				if err != nil {
					return v.Say(v.Toast(v.Problem(err)))
				}
				return v.Say(v.Toast(result))
			})
		return c.Run(t.Context(), nil, "k1")(v)
	}
	if out := call(nil); len(out.Say) != 1 || out.Say[0].Text != "k1" || !out.Session.At("guest", "name") {
		t.Errorf("a call that works leads to %+v", out)
	}
	if out := call(fmt.Errorf("wrapped: %w", &engine.Error{ID: "own_card"})); out.Fail != nil || string(out.Say[0].Text) != v.T("error.own_card") {
		t.Errorf("an error with words leads to %+v", out)
	}
	lost := errors.New("connection lost")
	if out := call(lost); !errors.Is(out.Fail, lost) || len(out.Say) != 0 {
		t.Errorf("an error without words leads to %+v", out)
	}
}

// A toast finds the answer to the press, also behind a call.
func TestAToastOnAnAnswer(t *testing.T) {
	v := view(t, locales.EN)
	if out := v.Say(v.Screen("x")).Toasted("done"); out.Say[0].Ack != nil {
		t.Errorf("a toast on what no press asked for: %+v", out.Say)
	}
	v.Event.Press = pressOn("7")
	if out := v.Say(bots.Message{Text: "first"}, v.Screen("x")).Toasted("done"); out.Say[0].Ack != nil || out.Say[1].Ack.Text != "done" || out.Say[1].Ack.Query != "q" {
		t.Errorf("a toast stands on %+v", out.Say)
	}
	out := v.Call(talk.Do(func(context.Context, *engine.Engine, string) (int, error) { return 0, nil },
		func(v talk.View, _ int, _ error) talk.Output { return v.Say(v.Screen("x")) })).Toasted("done")
	if out = out.Call.Run(t.Context(), nil, "k")(v); out.Say[0].Ack == nil || out.Say[0].Ack.Text != "done" {
		t.Errorf("a toast behind a call stands on %+v", out.Say)
	}
}

func pressOn(ref string) *bots.Press {
	return &bots.Press{ID: "v1|guest|home", Query: "q", Ref: ref}
}
