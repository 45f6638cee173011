package staff

import (
	"context"
	"fmt"
	"time"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// The steps of a sale.
const (
	stepHome    = "home"
	stepWho     = "who"     // whose check: asked for by a command, or the sum came first
	stepPick    = "pick"    // one of several cards with the same phone
	stepPlace   = "place"   // where this person works
	stepSale    = "sale"    // the sum is asked for, or the offer is shown
	stepAmount  = "amount"  // how many points to spend
	stepWait    = "wait"    // the guest has been asked
	stepCode    = "code"    // the guest's live code is asked for
	stepReceipt = "receipt" // done
	stepWhy     = "why"     // what every rule did with the check
	stepGift    = "gift"    // something to hand over, before it is handed over
	stepGiven   = "given"   // after
	stepEnter   = "enter"   // a promo code or a certificate of the guest is asked for
	stepPaper   = "paper"   // a certificate was found by its code
	stepSell    = "sell"    // the amount of a certificate to sell, or the code of one to look up
	stepSelling = "selling" // the money for it is to be taken
	stepCheck   = "check"   // a certificate that was looked up
	stepMore    = "more"    // what a manager does for the guest; which of it is in work.Form
)

// presentFor is how long a live code that was shown counts as the guest's presence.
const presentFor = 10 * time.Minute

// counter is what lies on the counter between two deeds of a cashier.
type counter struct {
	Guest  guest        `json:"guest,omitzero"`
	Sum    money.Amount `json:"sum,omitempty"`    // of the check, 0 while unknown
	Typed  string       `json:"typed,omitempty"`  // a sum still to be read, when the guest had to be found first
	Points money.Points `json:"points,omitempty"` // chosen to be spent; 0 = as many as the check takes
	Offer  money.Points `json:"offer,omitempty"`  // what the button on the screen spends
	Limit  money.Points `json:"limit,omitempty"`  // the most that can be spent
	Choice []guest      `json:"choice,omitempty"` // cards to pick from
	tab
	Papers []paper `json:"papers,omitempty"` // certificates that may pay: of the guest's card, and those whose code was typed
	Gift   *gift   `json:"gift,omitempty"`
	Sell   *sell   `json:"sell,omitempty"`
	Work   *work   `json:"work,omitempty"`

	Receipt *receipt `json:"receipt,omitempty"` // of the sale just made
	// The rest outlives a sale: a question that may still be answered, and the sale that can be undone.
	Asked *asked `json:"asked,omitempty"`
	Last  *last  `json:"last,omitempty"`
}

// tab is what a check holds besides its sum.
type tab struct {
	Lines     []rules.Line `json:"lines,omitempty"` // typed by category; none for a bare sum
	Marks     []rules.Mark `json:"marks,omitempty"`
	NoCoupons bool         `json:"no_coupons,omitempty"`
	Pays      []paper      `json:"pays,omitempty"` // certificates that pay, in this order
	Off       money.Amount `json:"off,omitempty"`  // what discounts and certificates take off when the offered points are spent
}

// paper is a gift certificate. Its code is as good as money and stays out of the session.
type paper struct {
	ID   string       `json:"id"`
	Left money.Amount `json:"left"`
}

// gift is a coupon that is to be handed over, or has been.
type gift struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Posting string `json:"posting,omitempty"` // of the hand-over
}

// guest is whose card it is.
type guest struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // clean; "" when the guest gave none
	Card string `json:"card,omitempty"`
	// Present is until when the guest counts as being here, so that points are spent without asking. Zero: not shown.
	Present time.Time `json:"present,omitzero"`
}

// asked is a question to a guest.
type asked struct {
	Hold   string       `json:"hold"`
	Guest  guest        `json:"guest"`
	Sum    money.Amount `json:"sum"`
	Points money.Points `json:"points"`
	Tab    tab          `json:"tab,omitzero"`
}

// receipt is a sale that has been made.
type receipt struct {
	Name   string        `json:"name,omitempty"`
	Place  string        `json:"place,omitempty"`
	Posted engine.Posted `json:"posted"`          // of its reasons only those a receipt tells
	Gifts  []gift        `json:"gifts,omitempty"` // that the sale gave and that can be handed over at once
}

// last is the sale that Undo would undo.
type last struct {
	Sale string       `json:"sale"`
	Name string       `json:"name,omitempty"`
	Sum  money.Amount `json:"sum"`
	At   time.Time    `json:"at"`
}

// onCounter reads what lies on the counter.
func onCounter(v talk.View) counter { return talk.Data[counter](v.Session, Flow) }

// step is the step the session is at; home when it belongs to another conversation.
func step(v talk.View) string {
	if v.Session.Flow != Flow || v.Session.Step == "" {
		return stepHome
	}
	return v.Session.Step
}

// cleared keeps only what outlives a sale.
func (c counter) cleared() counter { return counter{Asked: c.Asked, Last: c.Last} }

// undoable reports whether the last sale can still be undone.
func (c counter) undoable(v talk.View) bool {
	minutes := v.Program.Settings.Staff.UndoMinutes
	return c.Last != nil && v.Now.Sub(c.Last.At) < time.Duration(minutes)*time.Minute
}

// place is where the person works; nil when no open place is remembered.
func place(v talk.View) *engine.Location {
	if v.Place == nil || v.Place.Closed {
		return nil
	}
	return v.Place
}

// check is the sale on the counter as the engine takes it.
func check(ctx context.Context, e *engine.Engine, v talk.View, c counter, redeem money.Points) (engine.SaleInput, error) {
	in := engine.SaleInput{ProgramID: v.Program.ID, MemberID: c.Guest.ID, StaffID: v.Staff.ID, Sum: c.Sum, Lines: c.Lines, Redeem: redeem,
		Source: "bot", Marks: c.Marks, NoCoupons: c.NoCoupons}
	if at := place(v); at != nil {
		in.LocationID = at.ID
	}
	for _, p := range c.Pays {
		code, err := codeOf(ctx, e, v, p.ID)
		if err != nil {
			return in, err
		}
		in.Certificates = append(in.Certificates, code)
	}
	return in, nil
}

// codeOf reads the code of a certificate.
func codeOf(ctx context.Context, e *engine.Engine, v talk.View, id string) (string, error) {
	found, err := e.Store().Certificate(ctx, v.Program.ID, id)
	if err != nil {
		return "", fmt.Errorf("read certificate: %w", err)
	}
	return found.Code.Reveal(), nil
}
