package ledger

import (
	"errors"
	"slices"
	"time"

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
	KindBonus    Kind = "bonus"    // by a rule that is not about a check: birthday, win-back, event
	KindReferral Kind = "referral" // for bringing a friend, or for having been brought
	KindReward   Kind = "reward"   // points spent on something of the catalogue
	KindGift     Kind = "gift"     // a gift certificate of points
	KindCode     Kind = "code"     // a promo code
	KindCoupon   Kind = "coupon"   // of postings: a coupon given by staff, or handed over
	KindMerge    Kind = "merge"    // two members made one
	KindRestore  Kind = "restore"  // ended points given back
	KindRevise   Kind = "revise"   // of postings: a check as it is after it was changed
	KindRescue   Kind = "rescue"   // of postings: points that end later, because the guest asked
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
	// ContraTransfer is between members: it sums to zero over the program.
	ContraTransfer Contra = "transfer"
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
	// Changed are lots whose life changes and not their points.
	Changed []Change
	// WrittenOff is what a return could not take back under the program's policy.
	WrittenOff money.Points
	// Lapsed is what a return did not take because it had ended unspent before.
	Lapsed money.Points
}

// Change moves the beginning or the end of a lot's life.
type Change struct {
	LotID      string
	ActiveFrom time.Time // zero leaves it
	ExpiresAt  time.Time // zero leaves it
}

func (c Change) apply(lot Lot) Lot {
	if !c.ActiveFrom.IsZero() {
		lot.ActiveFrom = c.ActiveFrom
	}
	if !c.ExpiresAt.IsZero() {
		lot.ExpiresAt = c.ExpiresAt
	}
	return lot
}

// Net is the change of the balance.
func (p Plan) Net() money.Points {
	var sum money.Points
	for _, m := range p.Moves {
		sum += m.Points
	}
	return sum
}

// Then joins the plan of a following operation on the same account, planned on the account as p leaves it. Applying the
// joined plan leaves what applying one after the other leaves; the order of lots, which means nothing, may differ.
func (p Plan) Then(next Plan) Plan {
	joined := Plan{
		NewLots:    append(slices.Clone(p.NewLots), next.NewLots...),
		Moves:      append(slices.Clone(p.Moves), next.Moves...),
		Reopened:   slices.Clone(p.Reopened),
		Changed:    slices.Clone(p.Changed),
		WrittenOff: p.WrittenOff + next.WrittenOff,
		Lapsed:     p.Lapsed + next.Lapsed,
	}
	made := make(map[string]int, len(p.NewLots))
	for i, lot := range p.NewLots {
		made[lot.ID] = i
	}
	for _, m := range next.Moves {
		if i, ok := made[m.LotID]; ok {
			joined.NewLots[i].Remaining += m.Points
		}
	}
	for _, c := range next.Changed {
		if i, ok := made[c.LotID]; ok { // it is written once, with the life it ends up with
			joined.NewLots[i] = c.apply(joined.NewLots[i])
			continue
		}
		joined.Changed = append(joined.Changed, c)
	}
	for _, lot := range next.Reopened {
		// What p itself emptied was open before: there it comes back to life, not a second time.
		if !slices.ContainsFunc(p.Moves, func(m Move) bool { return m.LotID == lot.ID }) {
			joined.Reopened = append(joined.Reopened, lot)
		}
	}
	return joined
}

// Empty reports whether nothing changes.
func (p Plan) Empty() bool { return len(p.Moves) == 0 && len(p.NewLots) == 0 && len(p.Changed) == 0 }

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
func (d *draft) settle(usable func(Lot) bool) { d.settleUpTo(d.account.Debt, usable) }

// settleUpTo is settle that uses at most so many points.
func (d *draft) settleUpTo(most money.Points, usable func(Lot) bool) {
	for _, lot := range d.account.inSpendOrder() {
		if d.account.Debt == 0 || most == 0 {
			return
		}
		if !usable(lot) {
			continue
		}
		paid := min(d.account.Debt, lot.Remaining, most)
		d.move(lot.ID, -paid, ContraDebt)
		d.owe(-paid, ContraDebt)
		most -= paid
	}
}

// spare is what is active and not promised to a till.
func (d *draft) spare(now time.Time) money.Points {
	return max(0, d.account.Active(now)-d.account.Held(now))
}

// Apply returns the account as it is after a plan: what the store writes and the next plan of a batch starts from.
func (a *Account) Apply(p Plan) Account {
	after := Account{ID: a.ID, Debt: a.Debt, Holds: a.Holds, Rest: a.Rest, Lots: make([]Lot, 0, len(a.Lots)+len(p.Reopened)+len(p.NewLots))}
	moved := make(map[string]money.Points, len(p.Moves))
	fresh := make(map[string]bool, len(p.NewLots))
	for _, lot := range p.NewLots {
		fresh[lot.ID] = true
	}
	for _, m := range p.Moves {
		if m.LotID == "" {
			after.Debt -= m.Points
		} else if !fresh[m.LotID] {
			moved[m.LotID] += m.Points
		}
	}
	changed := make(map[string][]Change, len(p.Changed))
	for _, c := range p.Changed {
		changed[c.LotID] = append(changed[c.LotID], c)
	}
	add := func(lots []Lot) {
		for _, lot := range lots {
			lot.Remaining += moved[lot.ID]
			for _, c := range changed[lot.ID] {
				lot = c.apply(lot)
			}
			if lot.Remaining != 0 {
				after.Lots = append(after.Lots, lot)
			}
		}
	}
	add(a.Lots)
	add(p.Reopened)
	add(p.NewLots)
	return after
}
