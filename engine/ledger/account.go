package ledger

import (
	"slices"
	"strings"
	"time"

	"kartka/engine/money"
)

// Lot is points of one accrual with their own life.
type Lot struct {
	ID         string       `json:"id"`
	Points     money.Points `json:"points"`    // as earned
	Remaining  money.Points `json:"remaining"` // not yet spent or expired
	ActiveFrom time.Time    `json:"active_from"`
	ExpiresAt  time.Time    `json:"expires_at,omitzero"` // zero: never
	EarnedAt   time.Time    `json:"earned_at"`
	SaleID     string       `json:"sale_id,omitempty"`
	Kind       Kind         `json:"kind"`
}

// Pending reports whether the lot cannot be spent yet.
func (l Lot) Pending(now time.Time) bool { return l.ActiveFrom.After(now) }

// Expired reports whether the lot's time is over. A lot ends at the very instant of ExpiresAt.
func (l Lot) Expired(now time.Time) bool { return !l.ExpiresAt.IsZero() && !l.ExpiresAt.After(now) }

// Hold keeps points aside until a spend is committed or given up.
type Hold struct {
	ID        string       `json:"id"`
	Points    money.Points `json:"points"`
	CreatedAt time.Time    `json:"created_at"`
	ExpiresAt time.Time    `json:"expires_at"`
}

// Live reports whether the hold still keeps its points.
func (h Hold) Live(now time.Time) bool { return h.ExpiresAt.After(now) }

// Account is a member's points as they stand: open lots, debt and holds. It is loaded under a lock.
type Account struct {
	ID    string
	Debt  money.Points // ≥ 0; what returns took back beyond what was there
	Lots  []Lot        // with something remaining
	Holds []Hold       // not committed, not released; expired ones may be among them
	// Rest is what is known of open lots that are not in Lots, which are then the first to be spent. Credit, Burn, Debit, Overdraw and
	// Apply mind it; everything else needs an account that is whole.
	Rest Rest
}

// Whole reports whether all open lots are in Lots.
func (a *Account) Whole() bool { return a.Rest.Points == 0 }

// Balance is what belongs to the member: Σ remaining − debt. It may be negative.
func (a *Account) Balance() money.Points {
	sum := a.Rest.Points - a.Debt
	for _, l := range a.Lots {
		sum += l.Remaining
	}
	return sum
}

// Held is what live holds keep aside.
func (a *Account) Held(now time.Time) money.Points {
	var sum money.Points
	for _, h := range a.Holds {
		if h.Live(now) {
			sum += h.Points
		}
	}
	return sum
}

// Pending is what will become spendable later.
func (a *Account) Pending(now time.Time) money.Points {
	sum := a.Rest.Points - a.Rest.Active - a.Rest.Ended
	for _, l := range a.Lots {
		if l.Pending(now) && !l.Expired(now) {
			sum += l.Remaining
		}
	}
	return sum
}

// Active is what is neither pending nor expired, holds included.
func (a *Account) Active(now time.Time) money.Points {
	sum := a.Rest.Active
	for _, l := range a.Lots {
		if !l.Pending(now) && !l.Expired(now) {
			sum += l.Remaining
		}
	}
	return sum
}

// Ended is what is over and not yet written off.
func (a *Account) Ended(now time.Time) money.Points {
	sum := a.Rest.Ended
	for _, l := range a.Lots {
		if l.Expired(now) {
			sum += l.Remaining
		}
	}
	return sum
}

// Available is what can be spent now: active less held, and nothing while there is a debt.
func (a *Account) Available(now time.Time) money.Points {
	if a.Debt > 0 {
		return 0
	}
	return max(0, a.Active(now)-a.Held(now))
}

// Expiring returns the next instant at which active or pending points end, and how many then; zero when none will. Of an account
// read in part see [Account.Sum].
func (a *Account) Expiring(now time.Time) (at time.Time, points money.Points) {
	at, points = a.Rest.Next, a.Rest.NextPoints
	for _, l := range a.Lots {
		if l.ExpiresAt.IsZero() || l.Expired(now) || l.Remaining == 0 {
			continue
		}
		switch {
		case at.IsZero() || l.ExpiresAt.Before(at):
			at, points = l.ExpiresAt, l.Remaining
		case l.ExpiresAt.Equal(at) && points != Unknown:
			points += l.Remaining
		}
	}
	return at, points
}

// spendOrder compares two lots: soonest-expiring first, what never expires last, ties to the earlier earned, then id.
func spendOrder(a, b Lot) int {
	switch {
	case a.ExpiresAt.IsZero() != b.ExpiresAt.IsZero():
		if a.ExpiresAt.IsZero() {
			return 1
		}
		return -1
	case !a.ExpiresAt.Equal(b.ExpiresAt):
		return a.ExpiresAt.Compare(b.ExpiresAt)
	case !a.EarnedAt.Equal(b.EarnedAt):
		return a.EarnedAt.Compare(b.EarnedAt)
	}
	return strings.Compare(a.ID, b.ID)
}

// inSpendOrder returns the lots in the order they are spent.
func (a *Account) inSpendOrder() []Lot {
	lots := slices.Clone(a.Lots)
	slices.SortFunc(lots, spendOrder)
	return lots
}
