package ledger

import (
	"errors"
	"time"

	"kartka/engine/money"
)

// ErrPartial says that an operation needs lots that the account was read without.
var ErrPartial = errors.New("ledger: the account was read without lots that this needs")

// Rest is what is known, all together, of open lots. An account with many lots is changed by most sales without looking at any of
// them: what they come to is enough. It is right from one instant to another, between which none of the lots begins or ends.
type Rest struct {
	Points money.Points // Σ remaining
	Active money.Points // of these, neither pending nor ended
	Ended  money.Points // of these, over and not yet written off
	// Next is when the first of those that have not ended will, zero when none does, and NextPoints how many end then; Unknown when
	// only a bound is known: none ends before Next.
	Next       time.Time
	NextPoints money.Points
	From       time.Time // zero: since ever
	Until      time.Time // zero: for ever

	// Last is where the lots that were taken out end in spend order: the others come after it. Without an id none were.
	Last Lot
}

// before reports whether a lot is spent before every lot of these that can be spent.
func (r *Rest) before(l Lot) bool {
	return r.Active == 0 || r.Last.ID != "" && spendOrder(l, r.Last) <= 0
}

// Unknown points of Rest.NextPoints.
const Unknown money.Points = -1

// Holds reports whether the figures are right at an instant.
func (r *Rest) Holds(now time.Time) bool {
	return !now.Before(r.From) && (r.Until.IsZero() || now.Before(r.Until))
}

// Without takes lots out, which are the first of them in spend order. The figures must hold now.
func (r Rest) Without(first []Lot, now time.Time) Rest {
	ends := r.NextPoints // of those that end first, what is not among the lots taken out
	for _, l := range first {
		r.Points -= l.Remaining
		if l.ExpiresAt.Equal(r.Next) {
			ends -= l.Remaining
		}
		switch {
		case l.Expired(now):
			r.Ended -= l.Remaining
		case !l.Pending(now):
			r.Active -= l.Remaining
		}
	}
	if r.Points == 0 {
		return Rest{}
	}
	if n := len(first); n > 0 {
		r.Last = first[n-1]
	}
	switch n := len(first); {
	case n == 0:
	case first[n-1].ExpiresAt.IsZero():
		r.Next, r.NextPoints = time.Time{}, 0 // what never ends comes last
	case r.NextPoints != Unknown && ends > 0 && !r.Next.IsZero():
		r.NextPoints = ends
	default:
		r.Next, r.NextPoints = first[n-1].ExpiresAt, Unknown
	}
	return r
}

// add counts a lot as it is now.
func (r *Rest) add(l Lot, now time.Time) {
	r.Points += l.Remaining
	r.bound(l.ActiveFrom, now)
	if !l.ExpiresAt.IsZero() {
		r.bound(l.ExpiresAt, now)
	}
	switch {
	case l.Expired(now):
		r.Ended += l.Remaining
		return
	case !l.Pending(now):
		r.Active += l.Remaining
	}
	r.ends(l.ExpiresAt, l.Remaining)
}

// bound narrows the time in which the figures are right by the beginning or the end of a lot.
func (r *Rest) bound(at, now time.Time) {
	if at.After(now) {
		if r.Until.IsZero() || at.Before(r.Until) {
			r.Until = at
		}
	} else if at.After(r.From) {
		r.From = at
	}
}

func (r *Rest) ends(at time.Time, points money.Points) {
	switch {
	case at.IsZero() || points == 0:
	case r.Next.IsZero() || at.Before(r.Next):
		r.Next, r.NextPoints = at, points
	case at.Equal(r.Next) && r.NextPoints != Unknown:
		r.NextPoints += points
	}
}

// Sum is what all open lots of the account come to now, those it was read without included. ok is false when that cannot be said
// without reading them: Rest does not hold any more, or points were taken from the last lots that are known.
func (a *Account) Sum(now time.Time) (sum Rest, ok bool) {
	sum = a.Rest
	sum.Last = Lot{}
	if !sum.Holds(now) {
		return Rest{}, false
	}
	for _, l := range a.Lots {
		sum.add(l, now)
	}
	return sum, sum.Next.IsZero() || sum.NextPoints != Unknown
}
