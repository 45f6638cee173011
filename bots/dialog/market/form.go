package market

import (
	"context"
	"encoding/json"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
)

// The steps of a form.
const (
	stepWrite    = "write"    // a sentence is waited for
	stepSentence = "sentence" // one has been read
	stepName     = "name"     // a name is waited for
	stepPick     = "pick"     // a segment is picked
)

// form is what is being made of a segment. It lives in the session; a sentence is bounded, and so is the form.
type form struct {
	Expr json.RawMessage `json:"expr,omitempty"` // what has been read
	Of   string          `json:"of,omitempty"`   // the own segment that is changed or renamed
	From string          `json:"from,omitempty"` // the segment whose page led here
	Keep bool            `json:"keep,omitempty"` // its members are to stay as they are now
	Name string          `json:"name,omitempty"` // a proposal
	// Errand is what the segment is picked for, nil when it is an end in itself.
	Errand *errand `json:"errand,omitempty"`
}

// with puts an expression into a form.
func (f form) with(x segment.Expr) form {
	f.Expr = encode(x)
	return f
}

// encode writes an expression. There is nothing that a session could not hold, but for no expression.
func encode(x segment.Expr) json.RawMessage {
	raw, err := segment.Encode(x)
	if err != nil {
		return nil
	}
	return raw
}

// expr is what has been read. It is false when that is nothing, or nothing that this program understands any more.
func (f form) expr() (segment.Expr, bool) {
	if f.Expr == nil {
		return nil, false
	}
	x, err := segment.Decode(f.Expr)
	return x, err == nil
}

// withShop reads what segments are told with and goes on.
func withShop(v talk.View, then func(talk.View, shop) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (shop, error) {
		return readShop(ctx, e, program)
	}, func(v talk.View, s shop, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return then(v, s)
	}))
}
