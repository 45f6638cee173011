package ledger

import (
	"slices"
	"time"

	"kartka/engine/money"
)

// Credit adds a lot. A debt is paid first, out of the new lot.
func (a *Account) Credit(lot Lot, contra Contra) (Plan, error) {
	if lot.Points <= 0 {
		return Plan{}, ErrNotPositive
	}
	if _, err := money.Add(a.Active(time.Time{}), a.Balance(), lot.Points); err != nil {
		return Plan{}, err
	}
	d := newDraft(a)
	d.open(lot, contra)
	d.settle(func(l Lot) bool { return l.ID == lot.ID })
	return d.plan, nil
}

// Burn spends points, soonest-expiring first. A hold that the spend commits must be taken out of a.Holds before.
func (a *Account) Burn(points money.Points, now time.Time) (Plan, error) {
	if points <= 0 {
		return Plan{}, ErrNotPositive
	}
	if !a.Rest.Holds(now) {
		return Plan{}, ErrPartial
	}
	if points > a.Available(now) {
		return Plan{}, ErrInsufficient
	}
	d := newDraft(a)
	if missing := d.take(points, ContraBurn, func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) }); missing > 0 {
		return Plan{}, ErrPartial
	}
	return d.plan, nil
}

// Overdraw spends points that may not be there: what is missing becomes debt. It is for spends that have already
// happened at a till, which are facts.
func (a *Account) Overdraw(points money.Points, now time.Time) (Plan, error) {
	if points <= 0 {
		return Plan{}, ErrNotPositive
	}
	if !a.Rest.Holds(now) {
		return Plan{}, ErrPartial
	}
	d := newDraft(a)
	missing := d.take(points, ContraBurn, func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
	if missing > 0 && a.Rest.Active > 0 {
		return Plan{}, ErrPartial
	}
	d.owe(missing, ContraBurn)
	return d.plan, nil
}

// take removes points from usable lots in spend order and returns what they did not hold. It ends where lots that the account was read
// without come next: a new lot does not jump the queue.
func (d *draft) take(points money.Points, contra Contra, usable func(Lot) bool) (missing money.Points) {
	for _, lot := range d.account.inSpendOrder() {
		if points == 0 || !d.account.Rest.before(lot) {
			break
		}
		if !usable(lot) || lot.Remaining <= 0 {
			continue
		}
		part := min(points, lot.Remaining)
		d.move(lot.ID, -part, contra)
		points -= part
	}
	return points
}

// Debit removes points by hand, soonest-expiring first, pending ones last. It never makes a debt.
func (a *Account) Debit(points money.Points, now time.Time) (Plan, error) {
	if points <= 0 {
		return Plan{}, ErrNotPositive
	}
	if !a.Rest.Holds(now) {
		return Plan{}, ErrPartial
	}
	if points > a.Available(now) {
		return Plan{}, ErrInsufficient
	}
	d := newDraft(a)
	if missing := d.take(points, ContraAdjust, func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) }); missing > 0 {
		return Plan{}, ErrPartial
	}
	return d.plan, nil
}

// Expire ends every lot whose time is over. While a hold that began before that time is live the account is left for the
// next run, so that points a guest was promised at the till do not vanish before the receipt.
func (a *Account) Expire(now time.Time) Plan {
	d := newDraft(a)
	for _, h := range a.Holds {
		if h.Live(now) {
			return d.plan
		}
	}
	for _, lot := range a.inSpendOrder() {
		if lot.Expired(now) && lot.Remaining > 0 {
			d.move(lot.ID, -lot.Remaining, ContraExpire)
		}
	}
	return d.plan
}

// Forfeit ends everything the account holds, debt included, for a member who leaves.
func (a *Account) Forfeit() Plan {
	d := newDraft(a)
	for _, lot := range a.inSpendOrder() {
		d.move(lot.ID, -lot.Remaining, ContraExpire)
	}
	d.owe(-d.account.Debt, ContraExpire)
	return d.plan
}

// Return says what a return gives back and takes back.
type Return struct {
	Restore money.Points // spent points that come back
	Taken   []Move       // the moves that spent them, less what earlier returns restored
	Claw    money.Points // earned points to take back
	Own     []string     // ids of all lots the sale made: they are taken from first
	// First is a lot that is taken from before all others, pending or not; "" none. What is to be taken back later is still in those others.
	First  string
	Policy Policy
	// GraceUntil is when restored points end that had less time left or none.
	GraceUntil time.Time
	NewLotID   string // of the grace lot, should one be needed
	// Lapsed is how many of the sale's own points have ended unspent and are not counted by an earlier return: they
	// are gone already and are not taken twice.
	Lapsed money.Points
	// Closed holds the lots of Taken that are no longer open, so that points can return to them.
	Closed []Lot
	// Elsewhere holds the lots of Taken that belong to an account which became part of this one: points come back as new
	// lots with their life. IDs names these and may be nil when there are none.
	Elsewhere []Lot
	IDs       func() string
}

// Policy says what to take when the earned points are already spent.
type Policy uint8

// The policies.
const (
	PolicyDebt Policy = iota
	PolicyToZero
	PolicyPendingOnly
)

// Reverse plans a return: first the spent points go back to the lots they came from, last taken first; then the earned
// points are taken from the first and then the other lots of the sale, pending ones before the others, then from other lots soonest-expiring first but
// for what live holds promise, then by policy as debt or written off.
func (a *Account) Reverse(r Return, now time.Time) Plan {
	d := newDraft(a)
	for _, lot := range r.Closed {
		lot.Remaining = 0
		if !slices.ContainsFunc(d.account.Lots, func(l Lot) bool { return l.ID == lot.ID }) {
			d.account.Lots = append(d.account.Lots, lot)
		}
	}
	d.restore(r, now)
	for _, lot := range r.Closed {
		moved := slices.ContainsFunc(d.plan.Moves, func(m Move) bool { return m.LotID == lot.ID })
		open := slices.ContainsFunc(a.Lots, func(l Lot) bool { return l.ID == lot.ID })
		if moved && !open {
			lot.Remaining = 0
			d.plan.Reopened = append(d.plan.Reopened, lot)
		}
	}
	d.settle(func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
	d.claw(r, now)
	return d.plan
}

func (d *draft) restore(r Return, now time.Time) {
	left := r.Restore
	var grace money.Points
	for _, taken := range slices.Backward(r.Taken) {
		part := min(left, -taken.Points)
		left -= part
		i := slices.IndexFunc(d.account.Lots, func(l Lot) bool { return l.ID == taken.LotID })
		switch {
		case part == 0:
		case taken.LotID == "": // was overdrawn: the debt shrinks
			paid := min(part, d.account.Debt)
			d.owe(-paid, ContraBurn)
			grace += part - paid // paid since by other points: these come back as new ones
		case i >= 0 && r.outlives(d.account.Lots[i]):
			lot := d.account.Lots[i]
			fits := min(part, lot.Points-lot.Remaining) // one that came with a merge is as large as what was left of it then
			d.move(lot.ID, fits, ContraBurn)
			grace += d.restoreLike(r, lot, part-fits)
		default:
			grace += d.restoreElsewhere(r, taken.LotID, part)
		}
	}
	grace += left // the spend is older than its record of lots
	if grace > 0 {
		d.open(Lot{ID: r.NewLotID, Points: grace, ActiveFrom: now, EarnedAt: now, ExpiresAt: r.GraceUntil, Kind: KindGrace}, ContraBurn)
	}
}

// outlives reports whether restored points live long enough in a lot.
func (r *Return) outlives(lot Lot) bool {
	return lot.ExpiresAt.IsZero() || !lot.ExpiresAt.Before(r.GraceUntil)
}

// restoreElsewhere gives points of a lot of another account back as a new lot with its life, and returns what it could not.
func (d *draft) restoreElsewhere(r Return, lotID string, points money.Points) (left money.Points) {
	i := slices.IndexFunc(r.Elsewhere, func(l Lot) bool { return l.ID == lotID })
	if i < 0 || !r.outlives(r.Elsewhere[i]) {
		return points
	}
	return d.restoreLike(r, r.Elsewhere[i], points)
}

// restoreLike gives points back as a new lot with the life of another, and returns what it could not.
func (d *draft) restoreLike(r Return, lot Lot, points money.Points) (left money.Points) {
	if points == 0 || r.IDs == nil {
		return points
	}
	lot.ID, lot.Points = r.IDs(), points
	d.open(lot, ContraBurn)
	return 0
}

func (d *draft) claw(r Return, now time.Time) {
	own := func(l Lot) bool { return slices.Contains(r.Own, l.ID) }
	d.plan.Lapsed = min(r.Claw, r.Lapsed)
	left := r.Claw - d.plan.Lapsed
	left = d.take(left, ContraEarn, func(l Lot) bool { return l.ID == r.First && (l.Pending(now) || r.Policy != PolicyPendingOnly) })
	left = d.take(left, ContraEarn, func(l Lot) bool { return own(l) && l.Pending(now) })
	if r.Policy == PolicyPendingOnly {
		d.plan.WrittenOff = left
		return
	}
	left = d.take(left, ContraEarn, own)
	// Points that live holds promise to a till are not taken here: they become debt, which the next earning pays.
	fromOthers := min(left, d.spare(now))
	left -= fromOthers - d.take(fromOthers, ContraEarn, func(l Lot) bool { return !l.Pending(now) && !l.Expired(now) })
	if r.Policy == PolicyDebt {
		d.owe(left, ContraEarn)
		return
	}
	d.plan.WrittenOff = left
}
