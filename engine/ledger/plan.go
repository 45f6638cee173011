package ledger

import (
	"errors"
	"slices"

	"kartka/engine/money"
)

// Kind says what an operation or a lot is about.
type Kind string

// The kinds.
const (
	KindSale     Kind = "sale" // of postings: a check with all it earned and spent
	KindEarn     Kind = "earn"
	KindBurn     Kind = "burn"
	KindWelcome  Kind = "welcome"
	KindAdjust   Kind = "adjust"
	KindExpire   Kind = "expire"
	KindReverse  Kind = "reverse"
	KindGrace    Kind = "grace" // a lot that holds restored points whose own lot has ended
	KindForfeit  Kind = "forfeit"
	KindTransfer Kind = "transfer"
)

// Contra is the program's side of a move: the account that gives what the member gets and gets what the member gives.
type Contra string

// The program's accounts.
const (
	ContraEarn   Contra = "earn"   // issued by sales and bonuses; taken back by returns
	ContraBurn   Contra = "burn"   // spent on sales; given back by returns
	ContraExpire Contra = "expire" // ended
	ContraAdjust Contra = "adjust" // by hand
	ContraDebt   Contra = "debt"   // between a member's own lots and debt: sums to zero within the account
)

// Move changes one lot, or the debt when LotID is "". Points are the change of the member's balance: a spend is
// negative, a debt taken on is negative, a debt paid is positive.
type Move struct {
	LotID  string
	Points money.Points
	Contra Contra
}

// Plan is what an operation does to an account.
type Plan struct {
	NewLots []Lot  // Remaining is what is left after the plan's own moves
	Moves   []Move // in the order they are made; moves of NewLots included
	// Reopened are lots that had nothing left and get points back; Remaining is zero, the moves fill them.
	Reopened []Lot
	// WrittenOff is what a return could not take back under the program's policy.
	WrittenOff money.Points
	// Lapsed is what a return did not take because it had ended unspent before.
	Lapsed money.Points
}

// Net is the change of the balance.
func (p Plan) Net() money.Points {
	var sum money.Points
	for _, m := range p.Moves {
		sum += m.Points
	}
	return sum
}

// Then joins the plan of a following operation on the same account. The following plan must not touch the lots that this
// one makes.
func (p Plan) Then(next Plan) Plan {
	return Plan{
		NewLots:    append(slices.Clone(p.NewLots), next.NewLots...),
		Moves:      append(slices.Clone(p.Moves), next.Moves...),
		Reopened:   append(slices.Clone(p.Reopened), next.Reopened...),
		WrittenOff: p.WrittenOff + next.WrittenOff,
		Lapsed:     p.Lapsed + next.Lapsed,
	}
}

// Empty reports whether nothing changes.
func (p Plan) Empty() bool { return len(p.Moves) == 0 && len(p.NewLots) == 0 }

// Errors of planning.
var (
	ErrInsufficient = errors.New("ledger: not enough points")
	ErrNotPositive  = errors.New("ledger: points must be more than zero")
)

// draft applies moves to a copy of an account while a plan is made.
type draft struct {
	account Account
	plan    Plan
}

func newDraft(a *Account) *draft {
	copied := *a
	copied.Lots = slices.Clone(a.Lots)
	return &draft{account: copied}
}

// open adds a new lot and the move that fills it.
func (d *draft) open(lot Lot, contra Contra) {
	lot.Remaining = lot.Points
	d.account.Lots = append(d.account.Lots, lot)
	d.plan.NewLots = append(d.plan.NewLots, lot)
	d.plan.Moves = append(d.plan.Moves, Move{LotID: lot.ID, Points: lot.Points, Contra: contra})
}

// move changes a lot's remaining points.
func (d *draft) move(lotID string, points money.Points, contra Contra) {
	if points == 0 {
		return
	}
	for i := range d.account.Lots {
		if d.account.Lots[i].ID == lotID {
			d.account.Lots[i].Remaining += points
		}
	}
	for i := range d.plan.NewLots {
		if d.plan.NewLots[i].ID == lotID {
			d.plan.NewLots[i].Remaining += points
		}
	}
	d.plan.Moves = append(d.plan.Moves, Move{LotID: lotID, Points: points, Contra: contra})
}

// owe changes the debt: positive points are a new debt, negative points pay it.
func (d *draft) owe(points money.Points, contra Contra) {
	if points == 0 {
		return
	}
	d.account.Debt += points
	d.plan.Moves = append(d.plan.Moves, Move{Points: -points, Contra: contra})
}

// settle pays debt from what the given lots hold, in spend order.
func (d *draft) settle(usable func(Lot) bool) {
	for _, lot := range d.account.inSpendOrder() {
		if d.account.Debt == 0 {
			return
		}
		if !usable(lot) {
			continue
		}
		paid := min(d.account.Debt, lot.Remaining)
		d.move(lot.ID, -paid, ContraDebt)
		d.owe(-paid, ContraDebt)
	}
}

// Apply returns the account as it is after a plan: what the store writes and the next plan of a batch starts from.
func (a *Account) Apply(p Plan) Account {
	after := Account{ID: a.ID, Debt: a.Debt, Holds: a.Holds, Lots: make([]Lot, 0, len(a.Lots)+len(p.NewLots))}
	change := make(map[string]money.Points, len(p.Moves))
	fresh := make(map[string]bool, len(p.NewLots))
	for _, lot := range p.NewLots {
		fresh[lot.ID] = true
	}
	for _, m := range p.Moves {
		if m.LotID == "" {
			after.Debt -= m.Points
		} else if !fresh[m.LotID] {
			change[m.LotID] += m.Points
		}
	}
	for _, lot := range append(slices.Clone(a.Lots), p.Reopened...) {
		lot.Remaining += change[lot.ID]
		if lot.Remaining != 0 {
			after.Lots = append(after.Lots, lot)
		}
	}
	for _, lot := range p.NewLots {
		if lot.Remaining != 0 {
			after.Lots = append(after.Lots, lot)
		}
	}
	return after
}
