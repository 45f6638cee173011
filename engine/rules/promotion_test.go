package rules_test

import (
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
)

func times(r money.Rate) rules.Benefit { return rules.Benefit{Kind: rules.GivesMultiply, Rate: r} }
func extra(r money.Rate) rules.Benefit { return rules.Benefit{Kind: rules.GivesExtraRate, Rate: r} }
func rate(r money.Rate) rules.Benefit  { return rules.Benefit{Kind: rules.GivesRate, Rate: r} }

func TestTheBestBaseRateOfEachLine(t *testing.T) {
	s := hundredths(t, 500, 0)
	s.Tiers.List = []rules.Tier{{ID: "silver", From: 0, Rate: 300}, {ID: "gold", Name: rules.Named("Gold"), From: 1000000, Rate: 700}}
	s.Rules = []rules.Rule{onSale("coffee", rate(1000), coffeeOnly()), onSale("low", rate(600), rules.Condition{})}
	in := rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 10000), cup("cake", 1, 20000)}, Member: &rules.Standing{Tier: rules.TierState{ID: "gold"}}}
	// 100 × 10 % + 200 × 7 %.
	r := judge(t, in)
	comes(t, r, 0, 2400)
	tells(t, r, "coffee", rules.Applied, "earned_rule", "base", 10000, "rate", 1000, "points", 1000)
	tells(t, r, "tier:gold", rules.Applied, "earned_tier", "base", 20000, "rate", 700, "points", 1400)
	tells(t, r, "low", rules.Skipped, "better_rule")
	// The tier is the one held before the check: a check of 12 000 that reaches gold earns as silver does, the program's 5 %.
	s.Rules = nil
	in.Lines, in.Member = []rules.Line{line(1200000)}, &rules.Standing{Tier: rules.TierState{ID: "silver"}, Qualified: 0}
	comes(t, judge(t, in), 0, 60000)
}

func TestPromotionsOfPoints(t *testing.T) {
	stacks := func(r rules.Rule) rules.Rule { r.Stacks = true; return r }
	exclusive := func(r rules.Rule) rules.Rule { r.Exclusive = true; return r }
	two, three := onSale("two", times(20000), rules.Condition{}), onSale("three", times(30000), rules.Condition{})
	twice := onSale("twice", times(20000), rules.Condition{})
	plus := onSale("plus", extra(500), rules.Condition{})
	gift := onSale("gift", tenPoints, rules.Condition{})
	coffeeTwo := onSale("coffee-two", times(20000), coffeeOnly())
	cases := []struct {
		name  string
		rules []rules.Rule
		earn  money.Points
	}{
		{"5 % of 200", nil, 1000},
		{"twice", []rules.Rule{two}, 2000},
		{"two times two is two", []rules.Rule{two, twice}, 2000},
		{"unless both stack", []rules.Rule{stacks(two), stacks(twice)}, 4000},
		{"one that stacks has nothing to stack with", []rules.Rule{stacks(two), twice}, 2000},
		{"the best single one", []rules.Rule{two, three}, 3000},
		{"a product that beats it", []rules.Rule{stacks(two), three, stacks(twice)}, 4000},
		{"a product that does not", []rules.Rule{stacks(two), onSale("five", times(50000), rules.Condition{}), stacks(twice)}, 5000},
		{"five per cent more", []rules.Rule{plus}, 2000},
		{"the multiplier multiplies base and more", []rules.Rule{two, plus}, 4000},
		{"fixed points are not multiplied", []rules.Rule{gift, two}, 3000},
		{"only its goods: 100 × 5 % × 2 + 100 × 5 %", []rules.Rule{coffeeTwo}, 1500},
		{"each line by itself: coffee ×3, cake ×3", []rules.Rule{coffeeTwo, three}, 3000},
		{"an exclusive one alone", []rules.Rule{exclusive(gift), two, plus}, 2000},
		{"the exclusive one of higher priority", []rules.Rule{exclusive(gift), func() rules.Rule { r := exclusive(two); r.Priority = 5; return r }()}, 2000},
		{"an exclusive one that comes to nothing excludes nobody", []rules.Rule{exclusive(onSale("no", times(10000), rules.Condition{})), two}, 2000},
		{"1.5 times 1.5", []rules.Rule{stacks(onSale("a", times(15000), rules.Condition{})), stacks(onSale("b", times(15000), rules.Condition{}))}, 2250},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := hundredths(t, 500, 0)
			s.Rules = c.rules
			comes(t, judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 10000), cup("cake", 1, 10000)}}), 0, c.earn)
		})
	}
	s := hundredths(t, 500, 0)
	s.Rules = []rules.Rule{two, three, plus}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(20000)}})
	tells(t, r, "two", rules.Skipped, "better_rule")
	tells(t, r, "three", rules.Applied, "earned_times", "base", 20000, "times", 30000, "points", 4000)
	tells(t, r, "plus", rules.Applied, "earned_extra", "base", 20000, "rate", 500, "points", 1000)
	s.Rules = []rules.Rule{exclusive(gift), two}
	tells(t, judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(20000)}}), "two", rules.Skipped, "exclusive")
}

func TestTooSmallToEarn(t *testing.T) {
	s := hundredths(t, 500, 0)
	s.Unit = rules.Unit{Name: "bonus", StepWorth: 100} // whole points
	s.Rules = []rules.Rule{onSale("two", times(20000), rules.Condition{})}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(900)}}) // 0.45 and 0.45 more
	comes(t, r, 0, 0)
	tells(t, r, "earn", rules.Inapplicable, "earn_too_small", "base", 900, "rate", 500)
	tells(t, r, "two", rules.Inapplicable, "too_small")
	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(1000)}}) // 0.5 twice is one, and one of them has it
	comes(t, r, 0, 1)
	if len(r.Lots) != 1 || r.Lines[0].Earn != 1 {
		t.Fatalf("%+v", r)
	}
}

// TestRoundedOnce: 9.99 at 5 % and 5 % more make 0.4995 twice; together 0.999, rounded down to 0.99, and the kopeck over goes to the first.
func TestRoundedOnce(t *testing.T) {
	s := hundredths(t, 500, 0)
	s.Rules = []rules.Rule{onSale("plus", extra(500), rules.Condition{})}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(999)}})
	comes(t, r, 0, 99)
	if r.Effects[1].Points != 50 || r.Effects[2].Points != 49 {
		t.Fatalf("%+v", r.Effects)
	}
	for mode, want := range map[money.Rounding]money.Points{money.Down: 99, money.HalfUp: 100, money.Up: 100} {
		s.Earn.Rounding = mode
		comes(t, judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(999)}}), 0, want)
	}
}

func TestPerVisitAndWelcome(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Earn.PerVisit, s.Earn.MinCheck = 1000, 5000
	s.Welcome = rules.Welcome{Points: 20000, Days: 30, WithPurchase: true}
	second := onSale("second", tenPoints, rules.Condition{Purchase: 2})
	big := onSale("big", rules.Benefit{Kind: rules.GivesPoints, Points: 5000}, rules.Condition{MinCheck: 100000})
	s.Rules = []rules.Rule{second, big}
	buy := func(visits int, net money.Amount) rules.Result {
		return judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(net)}, Member: &rules.Standing{Visits: visits}})
	}
	r := buy(0, 5000)
	comes(t, r, 0, 21000)
	want := []rules.EarnedLot{{Rule: "earn", Points: 1000, ActiveFrom: noon, Expires: s.ExpiryAfter(noon, s.Lots.Days)},
		{Rule: "welcome", Points: 20000, ActiveFrom: noon, Expires: s.ExpiryAfter(noon, 30)}}
	if diff := cmp.Diff(want, r.Lots); diff != "" {
		t.Fatal(diff)
	}
	tells(t, r, "visit", rules.Applied, "earned_visit", "points", 1000)
	tells(t, r, "welcome", rules.Applied, "welcome", "points", 20000)
	comes(t, buy(0, 4999), 0, 20000) // a small check earns nothing, the welcome comes all the same
	comes(t, buy(1, 5000), 0, 2000)
	comes(t, buy(2, 5000), 0, 1000)
	comes(t, buy(2, 100000), 0, 6000)
	r = buy(1, 4999)
	comes(t, r, 0, 0)
	tells(t, r, "second", rules.Inapplicable, "earn_min_check", "money", 5000)
}

func TestLotsOfTheirOwn(t *testing.T) {
	s := hundredths(t, 500, 0)
	s.Earn.PendingDays, s.Lots = 2, rules.Lots{Days: 90}
	s.Tiers.List = []rules.Tier{{ID: "gold", Rate: 500, ValidDays: 365}}
	short, later, plain := onSale("short", tenPoints, rules.Condition{}), onSale("later", tenPoints, rules.Condition{}), onSale("plain", tenPoints, rules.Condition{})
	short.ValidDays, later.AfterDays, later.ValidDays = 7, 14, 30
	s.Rules = []rules.Rule{short, later, plain}
	day := func(text string) time.Time { return at(t, text+" 00:00").UTC() }
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}})
	want := []rules.EarnedLot{{Rule: "earn", Points: 1500, ActiveFrom: day("2026-03-04"), Expires: day("2026-06-03")},
		{Rule: "short", Points: 1000, ActiveFrom: day("2026-03-04"), Expires: day("2026-03-12")},
		{Rule: "later", Points: 1000, ActiveFrom: day("2026-03-16"), Expires: day("2026-04-16")}}
	if diff := cmp.Diff(want, r.Lots); diff != "" {
		t.Fatal(diff)
	}
	if !r.EarnExpires.Equal(want[0].Expires) {
		t.Fatal(r.EarnExpires)
	}
	gold := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, Member: &rules.Standing{Tier: rules.TierState{ID: "gold"}}})
	if !gold.EarnExpires.Equal(day("2027-03-05")) {
		t.Fatalf("points of a tier end %s", gold.EarnExpires)
	}
	s.Earn.Rate, s.Rules = 0, []rules.Rule{short}
	if r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}}); len(r.Lots) != 1 || !r.EarnExpires.Equal(want[1].Expires) {
		t.Fatalf("the first lot: %+v", r.Lots)
	}
}

func TestWhatEarnsNothing(t *testing.T) {
	s := hundredths(t, 500, money.Whole)
	s.Goods = []rules.Category{{ID: "beer", Name: rules.Named("Beer"), NoEarn: true}, {ID: "gift-card", Name: rules.Named("Gift cards"), StoredValue: true},
		{ID: "wine", SKUs: []string{"riesling"}, NoEarn: true}}
	s.Earn.PerVisit = 100
	s.Discount.Rate = 1000
	s.Rules = []rules.Rule{onSale("gift", tenPoints, rules.Condition{})}
	sold := rules.Input{Settings: s, Lines: []rules.Line{cup("gift-card", 1, 50000)}, Available: 99999}
	r := judge(t, sold)
	comes(t, r, 0, 0)
	if r.RedeemLimit != 0 {
		t.Fatalf("points pay %d for a gift card", r.RedeemLimit)
	}
	tells(t, r, "gift", rules.Inapplicable, "goods_excluded")
	if e := effect(t, r, "earn", "excluded_goods"); e.Reason.Of != "category:gift-card" || e.Reason.Text != "Gift cards" || e.Reason.Args["excluded"] != 50000 {
		t.Fatalf("%+v", e)
	}

	s.Discount.Rate, s.Earn.PerVisit, s.Rules = 0, 0, nil
	paid := rules.Input{Settings: s, Lines: []rules.Line{line(50000)}, Certificates: []rules.Certificate{{ID: "c", Left: 50000}}}
	r = judge(t, paid) // paying by one earns: 500 × 5 %
	comes(t, r, 0, 2500)
	if r.Payable != 0 || r.Lines[0].Certificate != 50000 {
		t.Fatalf("%+v", r)
	}

	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("food", 1, 70000), cup("beer", 2, 15000)}})
	e := effect(t, r, "earn", "earned_excluded_goods")
	if want := (rules.Reason{ID: "earned_excluded_goods", Of: "category:beer", Text: "Beer",
		Args: map[string]int64{"base": 70000, "rate": 500, "points": 3500, "excluded": 30000}}); !cmp.Equal(e.Reason, want) {
		t.Fatalf("%+v", e.Reason)
	}
	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("food", 1, 70000), cup("beer", 1, 15000), {SKU: "riesling", Quantity: 1000, Net: 10000}}})
	tells(t, r, "earn", rules.Applied, "earned_excluded", "base", 70000, "rate", 500, "points", 3500, "excluded", 25000)
	s.Rules = []rules.Rule{onSale("more", rate(600), rules.Condition{})}
	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("food", 1, 70000), cup("beer", 2, 15000)}})
	comes(t, r, 0, 4200)
	tells(t, r, "earn", rules.Inapplicable, "excluded_goods", "excluded", 30000)
}
