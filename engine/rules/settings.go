package rules

import (
	"time"

	"kartka/engine/money"
)

// Settings is one version of a program's rules. It is stored as readable JSON (see [Settings.MarshalJSON]), checked as a
// whole by [Settings.Validate], and never changed: a new version is a new row, and a sale pins the version it was
// made under.
type Settings struct {
	Name     string         // the brand, as guests know it
	Preset   string         // id of the industry preset it began from, "" when none
	Currency money.Currency // of every sum in the program
	Zone     *time.Location // of its days: expiry, totals, birthdays
	// Languages the shop speaks, the first being the default for whoever has not chosen.
	Languages []string
	Unit      Unit
	Earn      Earn
	Discount  Discount
	Redeem    Redeem
	Lots      Lots
	Rescue    Rescue
	Welcome   Welcome
	Returns   Returns
	Goods     []Category
	Rules     []Rule
	Tiers     Tiers
	Stamps    []StampCard
	Coupons   []CouponKind
	Codes     []PromoCode
	Rewards   []Reward
	Gifts     Certificates
	Referral  Referral
	Transfer  Transfer
	Sharing   Sharing
	Feedback  Feedback
	Fields    []Field    // what is known of guests beside what every shop knows
	Campaigns *Campaigns // nil as usual: see [Settings.CampaignRules]
	Staff     StaffLimits
	Links     Links
}

// Unit is what the program's points are called and worth.
type Unit struct {
	Name     string // a ready-made unit of the catalogue: "bonus", "point", "bean"
	Decimals int    // 0: whole points only; 2: hundredths
	// StepWorth is what the smallest step of the unit pays for, in minor units of money. With whole points worth one
	// hryvnia each it is 100.
	StepWorth money.Amount
}

// Money returns what points pay for.
func (u Unit) Money(p money.Points) (money.Amount, error) {
	v, err := money.MulDiv(int64(p), int64(u.StepWorth), 1, money.Down)
	return money.Amount(v), err
}

// PointsFor returns the most points whose worth does not exceed an amount.
func (u Unit) PointsFor(a money.Amount) money.Points {
	return money.Points(int64(a) / int64(u.StepWorth))
}

// Earn is the base accrual rule.
type Earn struct {
	Rate     money.Rate
	MinCheck money.Amount // checks below it earn nothing
	Rounding money.Rounding
	Basis    Basis
	// PerVisit is a fixed number of points for every check from MinCheck, beside or instead of the rate.
	PerVisit money.Points
	// PendingDays is how long points wait before they can be spent; 0: not. They become active as that local day begins.
	PendingDays int
	Caps        EarnCaps
}

// Basis is the sum points are earned on.
type Basis string

// The bases.
const (
	BasisPaid  Basis = "paid_cash"     // what is paid with money, after points: the field's default
	BasisTotal Basis = "before_points" // the whole check, whatever it is paid with
)

// Redeem is what points may pay for.
type Redeem struct {
	Limit      money.Rate   // share of the redeemable part of the check
	MinCheck   money.Amount // no redemption on smaller checks
	MinPayable money.Amount // money that must remain to be paid; fiscal receipts may not be zero
	MinPoints  money.Points // smallest balance from which spending begins
	Caps       RedeemCaps
}

// Lots is how long points live.
type Lots struct {
	Days      int // valid through this many days after the day they become active; 0 = for ever
	GraceDays int // what restored points live at least
	// Sliding renews the life of all of a member's points with every purchase.
	Sliding bool
	// RoundTo moves each end to the end of its period: all points of a month end together.
	RoundTo Period
	// Until are days of the year, "12-31", at whose end points end instead of after Days: the next one that is at least
	// MinDays away.
	Until   []string
	MinDays int
}

// Welcome is the bonus for joining.
type Welcome struct {
	Points money.Points
	Days   int // valid through this many days; 0 = as Lots.Days
	// WithPurchase gives it with the first purchase instead of at once, so that joining over and over earns nothing.
	WithPurchase bool
}

// ReturnPolicy says what happens when a return takes back points that are already spent.
type ReturnPolicy string

// The policies.
const (
	ReturnDebt        ReturnPolicy = "debt"         // the account goes below zero, the next earning pays it first
	ReturnToZero      ReturnPolicy = "to_zero"      // take what is there, write the rest off
	ReturnPendingOnly ReturnPolicy = "pending_only" // take only what is not yet active
)

// Returns is the claw-back policy.
type Returns struct {
	Policy ReturnPolicy
}

// StaffLimits bound what one person at the counter may do.
type StaffLimits struct {
	MaxCheck      money.Amount // largest sum one command may enter; 0 = none
	SalesPerDay   int          // most sales of one member of staff in a day; 0 = none
	SameCardDaily int          // most sales on one card by one member of staff in a day; 0 = none
	AdjustMax     money.Points // largest manual adjustment of a cashier or manager; owners are not limited; 0 = owners only
	UndoMinutes   int          // how long the receipt's Undo works
	HoldSeconds   int          // how long a guest has to confirm a spend
}

// Links are the shop's own pages.
type Links struct {
	Privacy string // the shop's privacy policy, https; "" = the built-in text only
	Support string // where guests write to: a t.me link, a phone or an address; "" = none
}

// DefaultStaffLimits are sensible for one counter.
func DefaultStaffLimits() StaffLimits {
	return StaffLimits{SalesPerDay: 500, SameCardDaily: 5, UndoMinutes: 5, HoldSeconds: 60}
}
