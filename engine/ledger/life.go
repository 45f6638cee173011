package ledger

import (
	"slices"
	"time"

	"kartka/engine/money"
)

// Extend moves the end of lots to a later instant: of those that which chooses, or of all when which is nil. It never brings an
// end nearer, and leaves alone what never ends and what has ended.
func (a *Account) Extend(until, now time.Time, which func(Lot) bool) Plan {
	var plan Plan
	for _, lot := range a.inSpendOrder() {
		if lot.Remaining <= 0 || lot.ExpiresAt.IsZero() || lot.Expired(now) || !until.After(lot.ExpiresAt) || (which != nil && !which(lot)) {
			continue
		}
		plan.Changed = append(plan.Changed, Change{LotID: lot.ID, ExpiresAt: until})
	}
	return plan
}

// Restore gives points that have ended back, as one lot of its own that lives until the given instant (zero: for ever). Lots are
// those that ended: the new one counts as earned when the earliest of them was. A debt is paid first. Points that are not
// positive restore nothing.
func (a *Account) Restore(lots []Lot, points money.Points, until time.Time, newLotID string, now time.Time) Plan {
	d := newDraft(a)
	if points <= 0 {
		return d.plan
	}
	restored := Lot{ID: newLotID, Points: points, ActiveFrom: now, EarnedAt: now, ExpiresAt: until, Kind: KindRestore}
	for _, lot := range lots {
		if lot.EarnedAt.Before(restored.EarnedAt) {
			restored.EarnedAt = lot.EarnedAt
		}
	}
	d.open(restored, ContraExpire)
	d.settle(func(l Lot) bool { return l.ID == newLotID })
	return d.plan
}

// Activating is how many points become spendable in (from, to].
func (a *Account) Activating(from, to time.Time) money.Points {
	return a.remaining(func(l Lot) bool {
		return l.ActiveFrom.After(from) && !l.ActiveFrom.After(to) && !l.Expired(l.ActiveFrom)
	})
}

// Ending is how many points end in (from, to].
func (a *Account) Ending(from, to time.Time) money.Points {
	return a.remaining(func(l Lot) bool { return !l.Expired(from) && l.Expired(to) })
}

func (a *Account) remaining(of func(Lot) bool) money.Points {
	var sum money.Points
	for _, lot := range a.Lots {
		if of(lot) {
			sum += lot.Remaining
		}
	}
	return sum
}

// open reports whether a lot is among the account's.
func (a *Account) open(lotID string) bool {
	return slices.ContainsFunc(a.Lots, func(l Lot) bool { return l.ID == lotID })
}
