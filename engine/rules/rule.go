package rules

import (
	"time"

	"kartka/engine/money"
)

// Rule is one promotion: under a condition it gives a benefit, within limits. The mechanics of the field that are "when this, then
// that" are rules: rates by tier, goods, hours or place, happy hours, multipliers, first purchase, big check, birthday,
// win-back, discounts, bundles.
type Rule struct {
	ID    string // [a-z0-9-]{1,40}, unique among rules
	Name  Name
	On    Trigger
	Event string // name of the event, for TriggerEvent
	When  Condition
	Gives Benefit
	// From and To are the first and the last local day of the rule; "" is open.
	From, To Date
	// Priority orders the promotions of a stage: higher first, equal ones as they are written.
	Priority int
	// Exclusive suffers no other promotion of its stage (discounts or points) beside it. Base rules are not promotions.
	Exclusive bool
	// Stacks lets a multiplier multiply with other multipliers that stack, instead of only the best one counting.
	Stacks bool
	Limits Limits
	// ValidDays is how long its points live, 0: as those of a purchase. AfterDays is how long they wait before they can be spent.
	ValidDays, AfterDays int
	Paused               bool
}

// Trigger is what sets a rule off.
type Trigger string

// The triggers. On TriggerSale the benefit is part of the check; on the others it is given by itself: points or a coupon.
const (
	TriggerSale     Trigger = "sale"
	TriggerJoin     Trigger = "join"
	TriggerBirthday Trigger = "birthday" // by the daily run, within the window of When.Birthday
	TriggerAbsence  Trigger = "absence"  // by the daily run, as When.Absent says
	TriggerEvent    Trigger = "event"    // when the shop or a till reports an event by name
)

// Condition says when a rule holds. All that is set must hold; within a list one is enough. The zero Condition always holds.
type Condition struct {
	Goods      Goods
	Tiers      []string // ids; the tier held before the sale
	Tags       []string // the member has one of them
	NotTags    []string // the member has none of them
	Weekdays   []time.Weekday
	Hours      Hours
	Locations  []string // codes
	Channels   []string // where the sale comes from: "bot", "scanner", "till", "import"
	MinCheck   money.Amount
	MinUnits   int // of the goods, whole units
	Purchase   int // only the member's n-th purchase: 1 is the first; 0: any
	EveryNth   int // every n-th purchase; 0: any
	JoinedDays int // only within this many days after joining; 0: any time
	Birthday   Window
	Absent     Absence
}

// Goods chooses lines of a check. The zero Goods chooses all.
type Goods struct {
	Categories []string
	SKUs       []string
	Except     []string // categories and SKUs that are left out
}

// Any reports whether the choice leaves nothing out.
func (g Goods) Any() bool { return len(g.Categories) == 0 && len(g.SKUs) == 0 && len(g.Except) == 0 }

// Hours is a span of the local day, in minutes after midnight, From included and To excluded. A span whose To is not after From
// goes past midnight; its weekday is the one it began on. From == To == 0 is the whole day.
type Hours struct{ From, To int }

// Window is a span of days around a birthday.
type Window struct {
	Set           bool
	Before, After int // days; 0 and 0 is the day itself
}

// Absence holds when a member has been away for long: by the own rhythm when there are enough visits to know it, else by
// days. A member who never came is not absent.
type Absence struct {
	// Gaps is how many times the own mean gap between visits must have passed, in basis points: 20000 is twice. 0: not by rhythm.
	Gaps      money.Rate
	MinVisits int // visits from which a rhythm is known, at least 3
	Days      int // days away when the rhythm is not known; 0: then not absent
}

// BenefitKind names what a rule or coupon gives.
type BenefitKind string

// The kinds of benefits. Discounts lower what is to be paid; the others are points and coupons.
const (
	GivesRate      BenefitKind = "rate"       // of a base rule: the best one of a line counts, instead of the program's rate
	GivesExtraRate BenefitKind = "extra_rate" // added to the base
	GivesPoints    BenefitKind = "points"     // a fixed number for the check, the visit or the event
	GivesMultiply  BenefitKind = "multiply"   // multiplies the points of its goods, after additions
	GivesDiscount  BenefitKind = "discount"   // a share off its goods; without a coupon it is a base rule: the best one of a line counts
	GivesMoneyOff  BenefitKind = "money_off"  // a sum off its goods
	GivesFree      BenefitKind = "free"       // one unit of its goods, the cheapest
	GivesBundle    BenefitKind = "bundle"     // of every Of units of its goods the Free cheapest are free
	GivesCoupon    BenefitKind = "coupon"     // a personal coupon for later
)

// IsDiscount reports whether the benefit lowers what is to be paid.
func (k BenefitKind) IsDiscount() bool {
	return k == GivesDiscount || k == GivesMoneyOff || k == GivesFree || k == GivesBundle
}

// Benefit is what a rule or a coupon gives: a kind with the numbers that kind needs, the others zero.
type Benefit struct {
	Kind     BenefitKind
	Rate     money.Rate   // rate, extra_rate, discount; multiply, where 20000 is twice
	Points   money.Points // points
	Amount   money.Amount // money_off; of free: at most this much for the unit, 0 is no bound
	Of, Free int          // bundle
	Coupon   string       // id of a CouponKind, for coupon
}

// Limits bound how often and how much a rule gives.
type Limits struct {
	Times        int    // most times per member in each period
	Every        Period // of Times; "" is ever
	CooldownDays int    // days that must pass for a member between two times
	PerSale      money.Points
	TotalTimes   int          // most times for all members together in each Period of Budget
	Budget       money.Points // most points for all members together; of discounts, see BudgetMoney
	BudgetMoney  money.Amount // most money taken off for all members together
	BudgetEvery  Period       // of Budget, BudgetMoney and TotalTimes; "" is ever
}

// Period is a span of the calendar in the program's zone.
type Period string

// The periods. Weeks begin on Monday.
const (
	PeriodEver    Period = ""
	PeriodDay     Period = "day"
	PeriodWeek    Period = "week"
	PeriodMonth   Period = "month"
	PeriodQuarter Period = "quarter"
	PeriodYear    Period = "year"
)
