package rules

import (
	"time"

	"kartka/engine/money"
)

// Preset is what an industry usually does, as ranges and one worked example in its source's currency. Amounts are
// used only as ratios to the example check, so that any shop's own average check scales them.
type Preset struct {
	ID                 string
	RateMin, RateMax   money.Rate
	RateExample        money.Rate
	LimitMin, LimitMax money.Rate // of the check, payable by points
	DaysMin, DaysMax   int        // life of points
	MinCheck           int64      // smallest check that earns, per ExampleCheck
	ExampleCheck       int64
	ReturnDays         int // when the guest of the example comes back
}

// Presets are the ten industries, in the order they are offered. Source: UDS, "presets by industry"; the file of
// industry presets holds the same numbers.
func Presets() []Preset {
	return []Preset{
		{"horeca", 300, 700, 500, 3000, 3000, 45, 90, 250, 400, 7},
		{"retail", 300, 500, 500, 2000, 3000, 90, 180, 1000, 4000, 60},
		{"services", 700, 1000, 1000, 2000, 2000, 90, 120, 1000, 1800, 60},
		{"grocery", 200, 300, 200, 1000, 2000, 30, 60, 300, 800, 5},
		{"ecommerce", 400, 600, 500, 2500, 4000, 90, 90, 700, 2000, 45},
		{"auto", 300, 300, 300, 1500, 2000, 180, 365, 3000, 8000, 180},
		{"education", 500, 1000, 1000, 2000, 2500, 180, 180, 1500, 10000, 180},
		{"travel", 300, 500, 300, 1000, 1500, 365, 365, 5000, 80000, 240},
		{"medical", 500, 500, 500, 1000, 1500, 365, 365, 1000, 1500, 30},
		{"b2b", 100, 300, 200, 1000, 1000, 180, 365, 10000, 100000, 90},
	}
}

// LookupPreset finds a preset by its id.
func LookupPreset(id string) (Preset, bool) {
	for _, p := range Presets() {
		if p.ID == id {
			return p, true
		}
	}
	return Preset{}, false
}

// Draft makes complete settings of a preset for a shop: the example's rate, the upper redemption limit and the upper
// lifetime, with the smallest check and the worth of a point fitted to the shop's own average check.
func (p Preset) Draft(name string, currency money.Currency, zone *time.Location, langs []string, averageCheck money.Amount) Settings {
	scaled, err := money.MulDiv(int64(averageCheck), p.MinCheck, p.ExampleCheck, money.HalfUp)
	if err != nil {
		scaled = 0
	}
	return Settings{
		Name: name, Preset: p.ID, Currency: currency, Zone: zone, Languages: langs,
		Unit:    Unit{Name: "bonus", StepWorth: PointWorth(currency, averageCheck, p.RateExample)},
		Earn:    Earn{Rate: p.RateExample, MinCheck: RoundSum(money.Amount(scaled), currency), Rounding: money.Down, Basis: BasisPaid},
		Redeem:  Redeem{Limit: p.LimitMax},
		Lots:    Lots{Days: p.DaysMax, GraceDays: 14},
		Returns: Returns{Policy: ReturnDebt},
		Staff:   DefaultStaffLimits(), Feedback: DefaultFeedback(),
	}
}

// fewPoints is how many points an average check should earn at least. With fewer, rounding down would cost guests more than
// a tenth of what they are promised.
const fewPoints = 5

// PointWorth proposes what a whole point pays for, in minor units: one of the currency, as guests expect, or a tenth, a hundredth
// of it and so on where an average check would earn hardly a point: 5 % of 3.50 € are no euros, but 17 cents.
func PointWorth(currency money.Currency, averageCheck money.Amount, rate money.Rate) money.Amount {
	worth := whole(currency)
	earned, err := money.Share(averageCheck, rate, money.Down)
	if err != nil || earned <= 0 {
		return worth
	}
	for worth > 1 && earned/worth < fewPoints {
		worth /= 10
	}
	return worth
}

// RoundSum rounds a sum down to one that people would name: whole units with at most two leading digits, the second
// being 0 or 5. 7 stays 7, 23 becomes 20, 156 becomes 150 and 1 843 becomes 1 500.
func RoundSum(a money.Amount, currency money.Currency) money.Amount {
	step := whole(currency)
	for a/step >= 100 {
		step *= 10
	}
	if a/step >= 10 {
		step *= 5
	}
	return a / step * step
}

// whole is one of a currency in its minor units.
func whole(currency money.Currency) money.Amount {
	unit := money.Amount(1)
	for range currency.Decimals {
		unit *= 10
	}
	return unit
}

// Cost is what a bonus programme costs per average check, by the formula of the field:
// check × rate × share of points that are ever spent.
type Cost struct {
	Check      money.Amount
	Earned     money.Amount // worth of the points the check earns
	Redemption money.Rate   // share of points that are spent
	PerCheck   money.Amount // what remains to be paid by the shop
	// Effective is the cost as a share of the check.
	Effective money.Rate
}

// UsualRedemption is the share of points the worked example of the field assumes to be spent.
const UsualRedemption money.Rate = 2500

// CostOf computes the cost of settings for an average check at the program's own rate. What statuses, promotions and discounts add depends on
// who has them and when: a backtest over real sales tells.
func CostOf(s *Settings, check money.Amount, redemption money.Rate) (Cost, error) {
	c := Cost{Check: check, Redemption: redemption}
	var err error
	if c.Earned, err = money.Share(check, s.Earn.Rate, money.Down); err != nil {
		return c, err
	}
	if c.PerCheck, err = money.Share(c.Earned, redemption, money.HalfUp); err != nil {
		return c, err
	}
	c.Effective, err = money.Share(s.Earn.Rate, redemption, money.HalfUp)
	return c, err
}
