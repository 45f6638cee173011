package ledger

import (
	"slices"
	"time"

	"kartka/engine/money"
)

// Give takes available points, soonest-expiring first, to be given to another account, and returns them as the lots the receiver
// gets: each with the end and the age it had, so that giving points to and fro never prolongs their life. ids names the lots.
func (a *Account) Give(points money.Points, now time.Time, ids func() string) (Plan, []Lot, error) {
	if points <= 0 {
		return Plan{}, nil, ErrNotPositive
	}
	if points > a.Available(now) {
		return Plan{}, nil, ErrInsufficient
	}
	d := newDraft(a)
	d.take(points, ContraTransfer, func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
	pieces := make([]Lot, 0, len(d.plan.Moves))
	for _, m := range d.plan.Moves {
		lot := a.lot(m.LotID)
		pieces = append(pieces, Lot{ID: ids(), Points: -m.Points, Remaining: -m.Points, ActiveFrom: lot.ActiveFrom, ExpiresAt: lot.ExpiresAt,
			EarnedAt: lot.EarnedAt, Kind: KindTransfer})
	}
	return d.plan, pieces, nil
}

// Receive adds the lots that another account gave. As with everything new, a debt is paid first, out of what has not ended.
func (a *Account) Receive(pieces []Lot, now time.Time) (Plan, error) {
	return a.Absorb(pieces, 0, now)
}

// GiveAll takes everything out of an account that becomes part of another: every open lot, pending and ended ones included, and
// the debt. The lots keep kind, sale and life; the debt is returned as a positive number. Piece i is what the i-th move takes.
// Holds must be over.
func (a *Account) GiveAll(ids func() string) (plan Plan, pieces []Lot, debt money.Points) {
	d := newDraft(a)
	for _, lot := range a.inSpendOrder() {
		if lot.Remaining <= 0 {
			continue
		}
		d.move(lot.ID, -lot.Remaining, ContraTransfer)
		lot.ID, lot.Points = ids(), lot.Remaining
		pieces = append(pieces, lot)
	}
	debt = a.Debt
	d.owe(-debt, ContraTransfer)
	return d.plan, pieces, debt
}

// Absorb takes over lots and debt of another account. What is owed then, by either, is paid out of the lots that came, as by
// every accrual, and then out of what is available.
func (a *Account) Absorb(pieces []Lot, debt money.Points, now time.Time) (Plan, error) {
	sums := []money.Points{a.Balance() + a.Debt}
	for _, lot := range pieces {
		if lot.Points <= 0 {
			return Plan{}, ErrNotPositive
		}
		sums = append(sums, lot.Points)
	}
	if _, err := money.Add(sums...); err != nil {
		return Plan{}, err
	}
	if _, err := money.Add(a.Debt, debt); err != nil {
		return Plan{}, err
	}
	d := newDraft(a)
	d.owe(debt, ContraTransfer)
	came := make(map[string]bool, len(pieces))
	for _, lot := range pieces {
		d.open(lot, ContraTransfer)
		came[lot.ID] = true
	}
	d.settle(func(l Lot) bool { return came[l.ID] && !l.Expired(now) })
	if debt > 0 {
		d.settleUpTo(d.spare(now), func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
	}
	return d.plan, nil
}

// Owed is what one lot owes to the account it came from.
type Owed struct {
	LotID  string
	Points money.Points
}

// HandBack returns what an account took over, when two members are parted again: from each lot what is owed of it, as far as it is
// still there. The debt that came goes back too. What was spent meanwhile is taken from what else is available and then becomes
// debt; if the debt that came was larger, the rest comes back as the lot credit, whose Points are set here.
func (a *Account) HandBack(owed []Owed, debt money.Points, credit Lot, now time.Time) Plan {
	d := newDraft(a)
	var missing money.Points
	for _, o := range owed {
		part := max(0, min(o.Points, d.account.lot(o.LotID).Remaining))
		d.move(o.LotID, -part, ContraTransfer)
		missing += o.Points - part
	}
	net := missing - debt
	if net > 0 {
		others := min(net, d.spare(now))
		net -= others - d.take(others, ContraTransfer, func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
		d.owe(net, ContraTransfer)
		return d.plan
	}
	back := -net
	paid := min(back, d.account.Debt)
	d.owe(-paid, ContraTransfer)
	if credit.Points = back - paid; credit.Points > 0 {
		d.open(credit, ContraTransfer)
	}
	return d.plan
}

// TakeBack is the other side of [Account.HandBack]: points go back into the lots they had left, and the debt comes back. Lots are as
// they stand in the books, empty ones included.
func (a *Account) TakeBack(lots []Lot, owed []Owed, debt money.Points, now time.Time) Plan {
	d := newDraft(a)
	for _, o := range owed {
		i := slices.IndexFunc(lots, func(l Lot) bool { return l.ID == o.LotID })
		if i < 0 || o.Points <= 0 {
			continue
		}
		if !d.account.open(o.LotID) {
			lot := lots[i]
			lot.Remaining = 0
			d.account.Lots = append(d.account.Lots, lot)
			d.plan.Reopened = append(d.plan.Reopened, lot)
		}
		d.move(o.LotID, o.Points, ContraTransfer)
	}
	d.owe(debt, ContraTransfer)
	d.settleUpTo(d.spare(now), func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
	return d.plan
}

// lot returns an open lot, or one without points.
func (a *Account) lot(id string) Lot {
	if i := slices.IndexFunc(a.Lots, func(l Lot) bool { return l.ID == id }); i >= 0 {
		return a.Lots[i]
	}
	return Lot{}
}
