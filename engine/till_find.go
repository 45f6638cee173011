package engine

import (
	"context"
	"fmt"
	"time"
)

// CardSign is what a till has of a guest.
type CardSign struct {
	Kind  SignKind
	Value string
	// Past is when it was taken, of a sale that has already happened; zero for now. What ran out since still finds the card, and proves nothing.
	Past time.Time
}

// SignKind says how a till came by a sign.
type SignKind string

// The kinds of signs.
const (
	SignScan     SignKind = "scan"        // read by a scanner, or typed: anything that [Engine.Identify] takes
	SignPhone    SignKind = "phone"       // as people of the program's country write it
	SignCode     SignKind = "code"        // six digits that the guest read aloud
	SignCard     SignKind = "card"        // a number of a card
	SignCustomer SignKind = "customer_id" // the id that an earlier answer gave
)

// How often a till may look guests up that no sale is made for.
const tillLookups = 1200

// LookUp finds the card behind a sign for a till that shows it to the cashier; it is bounded as [Engine.Identify] is.
func (e *Engine) LookUp(ctx context.Context, t Till, sign CardSign) (Found, error) {
	if err := e.limit(ctx, "lookup:"+t.ProgramID+":"+t.asker(), tillLookups, lookupWindow, "too_many_lookups"); err != nil {
		return Found{}, err
	}
	return e.FindBuyer(ctx, t, sign)
}

// FindBuyer finds the card that a till's sale is for. The answers and errors are those of [Engine.Identify]; a kind it does not know is sale_invalid.
func (e *Engine) FindBuyer(ctx context.Context, t Till, sign CardSign) (Found, error) {
	program, err := e.Program(ctx, t.ProgramID)
	if err != nil {
		return Found{}, err
	}
	switch sign.Kind {
	case SignScan, SignCard:
		return e.identify(ctx, program, t.asker(), sign.Value, sign.Past)
	case SignPhone:
		return e.byPhone(ctx, program, sign.Value)
	case SignCode:
		if !sign.Past.IsZero() && e.Now().Sub(sign.Past) > SpokenTTL {
			return Found{}, fail(KindNotFound, "code_unknown") // over long ago: it is no try
		}
		return e.bySpoken(ctx, program.ID, t.asker(), sign.Value)
	case SignCustomer:
		m, err := memberOf(ctx, e.store, program.ID, sign.Value)
		if err != nil && !IsKind(err, KindNotFound) {
			return Found{}, err
		}
		return foundMember(m, err)
	}
	return Found{}, &Error{Kind: KindInvalid, ID: "sale_invalid", Err: fmt.Errorf("a sign of kind %q", sign.Kind)}
}

// asker is whose lookups and mistyped codes are counted together.
func (t *Till) asker() string { return "till:" + t.LocationID + ":" + t.Name }
