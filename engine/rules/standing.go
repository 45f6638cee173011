package rules

import (
	"time"

	"kartka/engine/money"
)

// Standing is what a program knows of a member beside the points: everything rules may ask about. It is read and written with
// the sale, under the lock of the member's account.
type Standing struct {
	JoinedAt time.Time
	Tags     []string
	// Visits, Spent and Earned are of purchases, returns taken off: Spent is money and the worth of points, less discounts.
	Visits                int
	Spent                 money.Amount
	Earned                money.Points
	Referrals             int // effective: the friend's purchase outlived the return window
	FirstVisit, LastVisit time.Time
	Tier                  TierState
	// Qualified is what counts towards a tier at the moment of the sale, by the basis and window of the program's scheme.
	Qualified int64
	Birthday  Birthday
	Stamps    []StampCount
	Coupons   []Coupon // issued and activated ones
	Uses      []Use    // of the counters that Settings.Counters names
}

// TierState is the tier a member holds. The zero TierState is none.
type TierState struct {
	ID     string
	Since  time.Time
	Until  time.Time // guaranteed until then; zero: for ever
	ByHand bool      // assigned by staff: never lost before Until
	Grace  bool      // Until has passed, the days of grace run
	Warned bool      // the member has been told that it ends
}

// Birthday is the day a member celebrates; Year is 0 when not told.
type Birthday struct {
	Year, Month, Day int
	// ChangedAt is when the member last changed it, zero when it is as first told.
	ChangedAt time.Time
}

// Known reports whether the birthday has been told.
func (b Birthday) Known() bool { return b.Month != 0 }

// StampCount is how many stamps a member has on a card. Below zero, returns took back more than was there.
type StampCount struct {
	Card  string
	Count int
	Done  int // rounds completed
}

// CouponState says what has become of a coupon.
type CouponState string

// The states of a coupon.
const (
	CouponIssued    CouponState = "issued"
	CouponActivated CouponState = "activated"
	CouponApplied   CouponState = "applied"
	CouponExpired   CouponState = "expired"
	CouponRevoked   CouponState = "revoked" // taken back, with what it was given for
)

// Coupon is a member's right to what its kind gives, once.
type Coupon struct {
	ID      string
	Kind    string // of CouponKind
	State   CouponState
	From    time.Time
	Expires time.Time // zero: never
}

// Counter names a count that limits are held against: of one member or, with All, of the whole program.
type Counter struct {
	Of     string // "rule:ID", "code:CODE", "reward:ID", "earn", "redeem"
	Period string // "ever", "2026", "2026-Q4", "2026-11", "2026-W47", "2026-11-22"
	All    bool
}

// Use is the state of a counter or, in a Result, what a sale adds to it.
type Use struct {
	Counter
	Times  int
	Points money.Points
	Amount money.Amount
	Last   time.Time
}
