package rules

import (
	"cmp"
	"slices"
	"time"

	"kartka/engine/money"
)

// Suggested adds to settings drafted from the preset what its sources name for the industry beside a rate. It is a proposal to be asked
// for: [Preset.Draft] has none of it. Sums are ratios to the shop's average check, points their worth. What the settings have
// already, by id or as a section, is left as it is, and the settings handed in are not changed.
//
// name gives what guests read of a thing by its id, because texts are not kept here: "coffee", "coffee-8", "lunch", "birthday",
// "comeback", "silver", "gold", "platinum", "promo", "promo-x2", "wash", "tyres", "extra". Ids of categories are what the till has to send,
// and may be renamed to what it does send.
//
//   - horeca: every eighth coffee free, and more points at lunch on weekdays.
//   - retail: points for the birthday and for whoever stays away twice as long as usual: the horizon is 3 to 6 months.
//   - services: a status of 15 % after ten visits, and a reward for bringing a friend.
//   - grocery: double points on the goods of a promotion.
//   - ecommerce: points wait until goods can no longer be returned; the welcome comes with the first purchase.
//   - auto: a catalogue in which points buy a wash or the change of tyres.
//   - education: 300 for bringing a friend, where the usual check is 10 000.
//   - travel: a reminder a month before points end, which the guest can put off; gift certificates.
//   - medical: points pay for extra services only, such as tests and diagnostics.
//   - b2b: a rate that grows with the turnover of a year.
//
// Source: UDS, remarks to the presets by industry; EfirCards, mechanics by industry; Loyallyst, "every 8th free".
func (p Preset) Suggested(s *Settings, averageCheck money.Amount, name func(id string) Name) Settings {
	d := suggestion{Settings: *s, preset: p, check: averageCheck, name: name}
	// What is appended below must not show in the settings handed in.
	d.Goods, d.Rules, d.Coupons = slices.Clone(s.Goods), slices.Clone(s.Rules), slices.Clone(s.Coupons)
	d.Stamps, d.Rewards = slices.Clone(s.Stamps), slices.Clone(s.Rewards)
	switch p.ID {
	case "horeca":
		d.coffee()
	case "retail":
		d.occasions()
	case "services":
		d.tiers(Tiers{Basis: TierByVisits, Downgrade: DowngradeNone, List: []Tier{{ID: "platinum", From: 10, Rate: 1500}}})
		d.friends(300, 1800)
	case "grocery":
		d.category(Category{ID: "promo"})
		d.rule(Rule{ID: "promo-x2", On: TriggerSale, When: Condition{Goods: Goods{Categories: []string{"promo"}}},
			Gives: Benefit{Kind: GivesMultiply, Rate: 2 * money.Whole}})
	case "ecommerce":
		d.Earn.PendingDays = cmp.Or(d.Earn.PendingDays, 14)
		d.Welcome.WithPurchase = d.Welcome.Points > 0
	case "auto":
		d.reward("wash", 15)
		d.reward("tyres", 40)
	case "education":
		d.friends(300, 10000)
	case "travel":
		d.journeys()
	case "medical":
		d.extras()
	case "b2b":
		d.turnover()
	}
	return d.Settings
}

// suggestion is settings on their way from a draft to a suggestion.
type suggestion struct {
	Settings
	preset Preset
	check  money.Amount
	name   func(id string) Name
}

func (d *suggestion) coffee() {
	d.category(Category{ID: "coffee"})
	if d.StampCard("coffee-8") == nil {
		d.Stamps = append(d.Stamps, StampCard{ID: "coffee-8", Name: d.name("coffee-8"), Every: 8, Goods: Goods{Categories: []string{"coffee"}},
			MaxPrice: d.sum(1, 2)})
	}
	// Together with the rate of the draft it is the 7 % above which the source speaks of a risk.
	d.rule(Rule{ID: "lunch", On: TriggerSale, Gives: Benefit{Kind: GivesExtraRate, Rate: 200},
		When: Condition{Weekdays: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, Hours: Hours{From: 12 * 60, To: 15 * 60}}})
}

func (d *suggestion) occasions() {
	points := d.worth(d.share(d.preset.RateMax))
	d.rule(Rule{ID: "birthday", On: TriggerBirthday, When: Condition{Birthday: Window{Set: true, Before: 7, After: 7}},
		Gives: Benefit{Kind: GivesPoints, Points: points}, ValidDays: 30})
	d.rule(Rule{ID: "comeback", On: TriggerAbsence, When: Condition{Absent: Absence{Gaps: 2 * money.Whole, MinVisits: 3, Days: d.preset.DaysMin}},
		Gives: Benefit{Kind: GivesPoints, Points: points}, ValidDays: 30, Limits: Limits{CooldownDays: d.preset.DaysMin}})
}

func (d *suggestion) journeys() {
	if d.Rescue == (Rescue{}) {
		d.Rescue = Rescue{KeepDays: 30, WarnDays: 30}
	}
	if d.Gifts.On {
		return
	}
	var amounts []money.Amount
	for _, part := range []int64{10, 4, 2} {
		if a := d.sum(1, part); a > 0 && !slices.Contains(amounts, a) {
			amounts = append(amounts, a)
		}
	}
	if len(amounts) > 0 {
		d.Gifts = Certificates{On: true, Days: 365, Amounts: amounts}
	}
}

func (d *suggestion) extras() {
	if d.Category("extra") != nil {
		return
	}
	limit := d.Redeem.Limit
	d.category(Category{ID: "extra", Limit: &limit})
	d.Redeem.Limit = 0
}

func (d *suggestion) turnover() {
	var list []Tier
	for i, id := range []string{"silver", "gold"} {
		rate := d.preset.RateExample + (d.preset.RateMax-d.preset.RateExample)*money.Rate(i+1)/2
		list = append(list, Tier{ID: id, From: int64(d.sum([]int64{4, 12}[i], 1)), Rate: rate})
	}
	d.tiers(Tiers{Basis: TierBySpend, WindowDays: 365, KeepDays: 90, GraceDays: 30, WarnDays: 14, Downgrade: DowngradeStep, List: list})
}

func (d *suggestion) category(c Category) {
	if d.Category(c.ID) == nil {
		c.Name = d.name(c.ID)
		d.Goods = append(d.Goods, c)
	}
}

func (d *suggestion) rule(r Rule) {
	if d.Rule(r.ID) == nil {
		r.Name = d.name(r.ID)
		d.Rules = append(d.Rules, r)
	}
}

func (d *suggestion) tiers(t Tiers) {
	if len(d.Tiers.List) > 0 {
		return
	}
	for i := range t.List {
		t.List[i].Name = d.name(t.List[i].ID)
	}
	d.Tiers = t
}

// friends pays both for a friend, as much as a number of points is of the example's check.
func (d *suggestion) friends(points, exampleCheck int64) {
	if d.Referral.On {
		return
	}
	reward := d.worth(d.sum(points, exampleCheck))
	d.Referral = Referral{On: true, Inviter: reward, Friend: reward, MinCheck: d.Earn.MinCheck, Purchase: 1, HoldDays: 14, MaxPerMonth: 10}
}

// reward puts a thing into the catalogue that costs so many percent of an average check.
func (d *suggestion) reward(id string, percent int64) {
	if _, found := d.CouponKind(id); found || d.Reward(id) != nil {
		return
	}
	d.Coupons = append(d.Coupons, CouponKind{ID: id, Name: d.name(id), Gives: Benefit{Kind: GivesFree}, ByHand: true, AtOnce: true, Days: 90})
	d.Rewards = append(d.Rewards, Reward{ID: id, Name: d.name(id), Cost: d.worth(d.sum(percent, 100)), Coupon: id})
}

// sum is a part of the average check that people would name, 0 where the check is too small for one.
func (d *suggestion) sum(times, of int64) money.Amount {
	v, err := money.MulDiv(int64(d.check), times, of, money.HalfUp)
	if err != nil {
		return 0
	}
	return RoundSum(money.Amount(v), d.Currency)
}

func (d *suggestion) share(rate money.Rate) money.Amount {
	v, err := money.Share(d.check, rate, money.HalfUp)
	if err != nil {
		return 0
	}
	return v
}

// worth is the points that pay for a sum, one at least and no more than settings may give at once.
func (d *suggestion) worth(a money.Amount) money.Points {
	one := money.Points(1)
	for range d.Unit.Decimals {
		one *= 10
	}
	points := d.Unit.PointsFor(a)
	return max(one, min(points-points%one, maxPoints))
}
