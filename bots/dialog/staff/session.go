package staff

import (
	"time"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
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

	Receipt *receipt `json:"receipt,omitempty"` // of the sale just made
	// The rest outlives a sale: a question that may still be answered, and the sale that can be undone.
	Asked *asked `json:"asked,omitempty"`
	Last  *last  `json:"last,omitempty"`
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
}

// receipt is a sale that has been made.
type receipt struct {
	Name   string        `json:"name,omitempty"`
	Place  string        `json:"place,omitempty"`
	Posted engine.Posted `json:"posted"` // without its reasons
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
func check(v talk.View, c counter, redeem money.Points) engine.SaleInput {
	in := engine.SaleInput{ProgramID: v.Program.ID, MemberID: c.Guest.ID, StaffID: v.Staff.ID, Sum: c.Sum, Redeem: redeem, Source: "bot"}
	if at := place(v); at != nil {
		in.LocationID = at.ID
	}
	return in
}
