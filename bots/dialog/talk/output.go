package talk

import (
	"context"
	"errors"

	"kartka/bots"
	"kartka/engine"
)

// Output is what a step leads to: the next session, what is said, and at most one call of the engine whose answer continues
// the step.
type Output struct {
	Session Session
	Say     []bots.Message
	Call    *Call
	// Fail ends the turn: it is tried again later. Set by Do for errors that have no words for people.
	Fail error
}

// Call is one use of the engine. Made by [Do].
type Call struct {
	// Run makes the call. The key is unique to this call of this deed and the same when the deed is handled again.
	Run func(ctx context.Context, e *engine.Engine, key string) (then func(View) Output)
}

// Do describes a call and what follows. An error that has words for people (*engine.Error) is handed to then; any other
// stops the turn, which is tried again later.
func Do[R any](call func(ctx context.Context, e *engine.Engine, key string) (R, error), then func(View, R, error) Output) *Call {
	return &Call{Run: func(ctx context.Context, e *engine.Engine, key string) func(View) Output {
		result, err := call(ctx, e, key)
		var words *engine.Error
		if err != nil && !errors.As(err, &words) {
			return func(View) Output { return Output{Fail: err} }
		}
		return func(v View) Output { return then(v, result, err) }
	}}
}

// Say makes an output that says something and leaves the session as it is.
func (v View) Say(messages ...bots.Message) Output {
	return Output{Session: v.Session, Say: messages}
}

// SayAnd makes an output that says something and goes on in another session.
func (v View) SayAnd(next Session, messages ...bots.Message) Output {
	return Output{Session: next, Say: messages}
}

// Call makes an output that calls the engine and says nothing yet.
func (v View) Call(c *Call) Output { return Output{Session: v.Session, Call: c} }

// Toasted puts a short text over the chat on the answer to a press, now or after its call. An answer to anything else stays as it is.
func (o Output) Toasted(text string) Output {
	if call := o.Call; call != nil {
		o.Call = &Call{Run: func(ctx context.Context, e *engine.Engine, key string) func(View) Output {
			then := call.Run(ctx, e, key)
			return func(v View) Output { return then(v).Toasted(text) }
		}}
	}
	for i, m := range o.Say {
		if m.Ack != nil {
			o.Say[i].Ack = &bots.Ack{Query: m.Ack.Query, Text: text}
			break
		}
	}
	return o
}

// Screen is a message of the screen slot: edited in place when the button that leads to it was on it, else sent anew at the
// bottom of the chat, since an edit further up would happen out of sight. A press is acknowledged with it.
func (v View) Screen(text bots.Rich, buttons ...[]bots.Button) bots.Message {
	return bots.Message{Slot: bots.SlotScreen, Fresh: !v.PressedOn(bots.SlotScreen), Text: text, Buttons: buttons, Ack: v.Ack()}
}

// PressedOn reports whether the event is a press of a button on a slot's living message.
func (v View) PressedOn(slot string) bool {
	p := v.Event.Press
	return p != nil && p.Ref != "" && p.Ref == v.Contact.Slots[slot]
}

// Ack is the silent acknowledgement of the press that caused the step, nil when it was none.
func (v View) Ack() *bots.Ack {
	if v.Event.Press == nil {
		return nil
	}
	return &bots.Ack{Query: v.Event.Press.Query}
}

// Toast answers a press with a short text over the chat and nothing else; anything but a press with a message.
func (v View) Toast(text string) bots.Message {
	if v.Event.Press == nil {
		return bots.Message{Text: bots.Escape(text)}
	}
	return bots.Message{Ack: &bots.Ack{Query: v.Event.Press.Query, Text: text}}
}

// Alert answers a press with a text that must be closed; anything but a press with a message.
func (v View) Alert(text string) bots.Message {
	m := v.Toast(text)
	if m.Ack != nil {
		m.Ack.Alert = true
	}
	return m
}
