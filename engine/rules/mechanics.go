package rules

import (
	"kartka/engine/money"
)

// Category is a group of goods the shop speaks about in its rules. A line belongs to it when the till says so or by its SKU.
type Category struct {
	ID          string // as tills send it, unique
	Name        Name
	SKUs        []string
	NoEarn      bool // earns nothing
	NoRedeem    bool // is not paid for with points
	NoDiscount  bool // no discount touches it
	StoredValue bool // a gift card being sold: earns nothing, no discount, not paid for with points
	// Limit is how much of it points may pay for, when it differs from the program's; nil: as the program says.
	Limit *money.Rate
}

// Discount is the base discount and how discounts and points live together.
type Discount struct {
	Rate     money.Rate // of every check with a card: the fixed-% card; 0 is none
	MaxShare money.Rate // most of a check that all discounts may take together; 0 is no bound
	// NoEarn and NoRedeem keep points off lines with a discount: for shops whose offer is either the one or the other.
	NoEarn, NoRedeem bool
}

// TierBasis is what a tier is reached by.
type TierBasis string

// The bases.
const (
	TierBySpend     TierBasis = "spend" // money paid and the worth of points spent, returns taken off
	TierByVisits    TierBasis = "visits"
	TierByPoints    TierBasis = "points"    // earned by purchases
	TierByReferrals TierBasis = "referrals" // friends whose first purchase outlived the return window; always lifetime
)

// Downgrade is what happens when a tier is not kept.
type Downgrade string

// The downgrades.
const (
	DowngradeStep Downgrade = "step"  // one tier down, then again at its own end
	DowngradeFull Downgrade = "full"  // down to what the window gives
	DowngradeNone Downgrade = "never" // what is reached stays
)

// Tiers is the status scheme; without List there is none. The tier of a sale is the one held before it.
type Tiers struct {
	Basis TierBasis
	// WindowDays counts the last so many days; Calendar counts the current period of the calendar; neither: the whole life.
	WindowDays int
	Calendar   Period
	// KeepDays is how long a tier reached is guaranteed; with Calendar 0 means to the end of the next period, else for ever.
	KeepDays  int
	GraceDays int // after that, before the downgrade
	WarnDays  int // before the end, the member is told; 0: not
	Downgrade Downgrade
	List      []Tier // by From, ascending; a member below the first has none
}

// Tier is one status: "Silver", "Gold".
type Tier struct {
	ID   string
	Name Name
	From int64 // money in minor units, visits, points in steps or friends, as the basis says
	Rate money.Rate
	// Discount is a share off every check: the accumulative discount card is a scheme by spend whose tiers have discounts.
	Discount money.Rate
	// Limit is how much of a check points may pay for; nil: as the program says.
	Limit     *money.Rate
	ValidDays int    // life of points earned in it; 0: as the program says
	Coupon    string // given on reaching it; "" none
}

// StampCard counts purchases towards a gift.
type StampCard struct {
	ID   string
	Name Name
	// Every is the whole round: with 8, seven stamps are collected and the eighth unit is free. For a gift that is not the
	// unit itself (Points, Coupon) all Every stamps are collected.
	Every    int
	PerCheck bool // one stamp a check, whatever is on it; else one per unit of Goods
	Goods    Goods
	MinCheck money.Amount
	// MaxPrice is the dearest unit that is given free; 0 is no bound.
	MaxPrice money.Amount
	Points   money.Points // instead of a free unit
	Coupon   string       // instead of a free unit: a CouponKind
	Paused   bool
}

// Free reports whether the card's gift is a unit of its goods.
func (c *StampCard) Free() bool { return c.Points == 0 && c.Coupon == "" }

// CouponKind is a kind of personal coupon: a right to a benefit, once. Issued, activated by the guest (or at once), applied by
// the next check that fits.
type CouponKind struct {
	ID       string
	Name     Name
	Gives    Benefit // rate, coupon: not possible
	When     Condition
	Days     int  // valid through this many days after it is issued; 0 for ever
	AtOnce   bool // needs no activation by the guest
	Alone    bool // no other discount or promotion beside it, and its check earns nothing
	MaxOpen  int  // most open ones of a member at once; 0 is no bound
	ByHand   bool // what it gives is handed over by staff, who marks it used; no check is needed
	Priority int
}

// PromoCode is a code shared with many: it gives each who enters it points or a coupon.
type PromoCode struct {
	Code      string // upper case letters and digits, 3 to 24
	Points    money.Points
	ValidDays int    // of Points
	Coupon    string // a CouponKind
	From, To  Date
	Total     int  // most uses of all; 0 is no bound
	PerMember int  // 0 is once
	NewOnly   bool // before the first purchase only
	Paused    bool
}

// Reward is something points buy.
type Reward struct {
	ID     string
	Name   Name
	Cost   money.Points
	Coupon string // the CouponKind it gives
	Tiers  []string
	Limits Limits // Times, Every, TotalTimes, BudgetEvery
	Paused bool
}

// Certificates says whether gift certificates are sold, and which.
type Certificates struct {
	On      bool
	Days    int // valid through this many days after it is sold; 0 for ever
	Amounts []money.Amount
	Max     money.Amount // largest
}

// Referral rewards bringing friends.
type Referral struct {
	On            bool
	Inviter       money.Points // to who invited
	Friend        money.Points // to who came
	MinCheck      money.Amount // the friend's purchase that counts
	Purchase      int          // which of the friend's purchases pays: 1 the first, 2 the second
	HoldDays      int          // rewards wait this long: the return window
	MaxPerMonth   int          // most rewarded friends of one member in a month; 0 is no bound
	ValidDays     int          // life of the rewards; 0: as the program's points
	Levels        []money.Rate // of what friends, their friends, and theirs pay with money; empty is off, three at most
	SuspectWithin int          // minutes: inviter and friend at the same till within them are noted for the owner
}

// EarnCaps bound what one member can earn.
type EarnCaps struct {
	PerSale, PerDay, PerMonth money.Points
	Balance                   money.Points // no earning above this balance
	SalesPerDay               int          // purchases of a day that earn
}

// RedeemCaps bound what one member can spend.
type RedeemCaps struct {
	PerDay, PerMonth money.Points
	TimesPerDay      int
}

// Transfer lets members give points to each other. What is given keeps its end.
type Transfer struct {
	On     bool
	Min    money.Points
	PerDay money.Points // most that one member gives in a day; 0 is no bound
}

// Sharing lets several people hold one card.
type Sharing struct {
	People int // most people on one card, the owner included; 0 or 1: off
}

// Feedback asks guests how a purchase was.
type Feedback struct {
	On bool
	// Low is the highest mark of 1 to 4 stars that owners and managers are told of at once.
	Low int
	// AskDays is how many days pass at least from one question to the same guest to the next.
	AskDays int
}

// MostStars is the best mark.
const MostStars = 5

// DefaultFeedback asks once a week and counts three stars as a complaint.
func DefaultFeedback() Feedback { return Feedback{On: true, Low: 3, AskDays: 7} }

// IsLow reports whether a mark is one that owners and managers are told of at once.
func (f Feedback) IsLow(stars int) bool { return stars > 0 && stars <= f.Low }

// Rescue lets a guest save points that are about to end.
type Rescue struct {
	// KeepDays is how much longer points live that the guest has asked to keep, once for each; 0: off.
	KeepDays int
	WarnDays int // the reminder comes this many days before the end; 0: none
}

// What the lots of a sale are called that no rule of the shop made.
const (
	BaseLot    = "earn"    // of the base accrual, with all promotions that have no life of their own
	WelcomeLot = "welcome" // of a welcome bonus that comes with the first purchase
)
