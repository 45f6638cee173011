package rules_test

import (
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
)

// used is a member some of whose counters have run.
func used(uses ...rules.Use) *rules.Standing { return &rules.Standing{Visits: 9, Uses: uses} }

func counter(of, period string) rules.Counter { return rules.Counter{Of: of, Period: period} }

func TestLimitsOfARule(t *testing.T) {
	all := func(of, period string) rules.Counter { return rules.Counter{Of: of, Period: period, All: true} }
	cases := []struct {
		name    string
		gives   rules.Benefit
		limits  rules.Limits
		used    []rules.Use
		off     money.Amount
		earn    money.Points
		why     string
		numbers []any
	}{
		{"three times a month, twice had", tenPoints, rules.Limits{Times: 3, Every: rules.PeriodMonth}, []rules.Use{{Counter: counter("rule:r", "2026-03"), Times: 2}}, 0, 1000, "earned_points", []any{"points", 1000}},
		{"three times a month, thrice had", tenPoints, rules.Limits{Times: 3, Every: rules.PeriodMonth}, []rules.Use{{Counter: counter("rule:r", "2026-03"), Times: 3}}, 0, 0, "limit_times", []any{"count", 3}},
		{"thrice had last month", tenPoints, rules.Limits{Times: 3, Every: rules.PeriodMonth}, []rules.Use{{Counter: counter("rule:r", "2026-02"), Times: 3}}, 0, 1000, "earned_points", []any{"points", 1000}},
		{"thrice had of another rule", tenPoints, rules.Limits{Times: 3}, []rules.Use{{Counter: counter("rule:rr", "ever"), Times: 3}}, 0, 1000, "earned_points", []any{"points", 1000}},
		{"a week must pass, and six days did", tenPoints, rules.Limits{CooldownDays: 7}, []rules.Use{{Counter: counter("rule:r", "ever"), Times: 1, Last: at(t, "2026-02-24 00:10")}}, 0, 0, "cooldown", []any{"days", 1}},
		{"a week has passed", tenPoints, rules.Limits{CooldownDays: 7}, []rules.Use{{Counter: counter("rule:r", "ever"), Times: 1, Last: at(t, "2026-02-23 23:50")}}, 0, 1000, "earned_points", []any{"points", 1000}},
		{"the first hundred guests", tenPoints, rules.Limits{TotalTimes: 100}, []rules.Use{{Counter: all("rule:r", "ever"), Times: 100}}, 0, 0, "limit_total", []any{"count", 100}},
		{"own uses are not those of all", tenPoints, rules.Limits{TotalTimes: 100}, []rules.Use{{Counter: counter("rule:r", "ever"), Times: 100}}, 0, 1000, "earned_points", []any{"points", 1000}},
		{"at most 4 on a check", tenPoints, rules.Limits{PerSale: 400}, nil, 0, 400, "cap_rule", []any{"most", 400, "points", 600}},
		{"6 are left of the budget", tenPoints, rules.Limits{Budget: 10000}, []rules.Use{{Counter: all("rule:r", "ever"), Points: 9400}}, 0, 600, "budget_left_points", []any{"points", 400}},
		{"the budget is spent", tenPoints, rules.Limits{Budget: 10000, BudgetEvery: rules.PeriodWeek}, []rules.Use{{Counter: all("rule:r", "2026-W10"), Points: 10000}}, 0, 0, "budget_spent", nil},
		{"the budget of last week", tenPoints, rules.Limits{Budget: 10000, BudgetEvery: rules.PeriodWeek}, []rules.Use{{Counter: all("rule:r", "2026-W09"), Points: 10000}}, 0, 1000, "earned_points", []any{"points", 1000}},
		{"3 are left for discounts", moneyOff(1000), rules.Limits{BudgetMoney: 5000}, []rules.Use{{Counter: all("rule:r", "ever"), Amount: 4700}}, 300, 0, "budget_left", []any{"money", 700}},
		{"nothing is left for discounts", moneyOff(1000), rules.Limits{BudgetMoney: 5000}, []rules.Use{{Counter: all("rule:r", "ever"), Amount: 5000}}, 0, 0, "budget_spent", nil},
		{"a base discount has a budget too", off(1000), rules.Limits{BudgetMoney: 5000}, []rules.Use{{Counter: all("rule:r", "ever"), Amount: 4900}}, 100, 0, "budget_left", []any{"money", 900}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := hundredths(t, 0, 0)
			rule := onSale("r", c.gives, rules.Condition{})
			rule.Limits = c.limits
			s.Rules = []rules.Rule{rule}
			r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, Member: used(c.used...)})
			comes(t, r, c.off, c.earn)
			e := effect(t, r, "r", c.why)
			tells(t, r, "r", e.State, c.why, c.numbers...)
			var want []rules.Use
			if c.off > 0 || c.earn > 0 {
				for _, counter := range s.CountersOf("rule:r", c.limits, noon) {
					want = append(want, rules.Use{Counter: counter, Times: 1, Points: c.earn, Amount: c.off, Last: noon})
				}
			}
			if diff := cmp.Diff(want, r.Uses); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestEarnCaps(t *testing.T) {
	// 100 × 5 % is 5, and 10 by a rule.
	today, month := counter("earn", "2026-03-02"), counter("earn", "2026-03")
	cases := []struct {
		name    string
		caps    rules.EarnCaps
		used    []rules.Use
		balance money.Points
		earn    money.Points
		why     string
	}{
		{"none", rules.EarnCaps{}, nil, 0, 1500, ""},
		{"12 a check: the promotion gives way first", rules.EarnCaps{PerSale: 1200}, nil, 0, 1200, "cap_sale"},
		{"20 a day, 11 had", rules.EarnCaps{PerDay: 2000}, []rules.Use{{Counter: today, Points: 1100}}, 0, 900, "cap_day"},
		{"20 a day, 25 had under other rules", rules.EarnCaps{PerDay: 2000}, []rules.Use{{Counter: today, Points: 2500}}, 0, 0, "cap_day"},
		{"20 a month, 19 had", rules.EarnCaps{PerMonth: 2000}, []rules.Use{{Counter: month, Points: 1900}}, 0, 100, "cap_month"},
		{"the narrowest counts", rules.EarnCaps{PerSale: 1200, PerDay: 2000, PerMonth: 2000}, []rules.Use{{Counter: today, Points: 1100}, {Counter: month, Points: 1600}}, 0, 400, "cap_month"},
		{"a balance of 50, 47 there", rules.EarnCaps{Balance: 5000}, nil, 4700, 300, "cap_balance"},
		{"a balance of 50, 90 there", rules.EarnCaps{Balance: 5000}, nil, 9000, 0, "cap_balance"},
		{"three checks a day, two had", rules.EarnCaps{SalesPerDay: 3}, []rules.Use{{Counter: today, Times: 2}}, 0, 1500, ""},
		{"three checks a day, three had", rules.EarnCaps{SalesPerDay: 3}, []rules.Use{{Counter: today, Times: 3}}, 0, 0, "cap_sales"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := hundredths(t, 500, 0)
			s.Earn.Caps = c.caps
			s.Rules = []rules.Rule{onSale("gift", tenPoints, rules.Condition{})}
			r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, Member: used(c.used...), Balance: c.balance})
			comes(t, r, 0, c.earn)
			if c.why != "" {
				e := effect(t, r, "earn", c.why)
				if e.State != rules.Skipped || c.why != "cap_sales" && e.Reason.Args["points"] != 1500-int64(c.earn) {
					t.Fatalf("%+v", e)
				}
			}
			if c.earn > 0 && c.earn <= 500 {
				tells(t, r, "gift", rules.Skipped, "cap")
			}
			for _, u := range r.Uses {
				if u.Points != c.earn || u.Times != 1 || !u.Last.Equal(noon) {
					t.Fatalf("%+v", u)
				}
			}
			if counters := s.Counters(noon); c.earn > 0 && len(r.Uses) != len(counters) {
				t.Fatalf("uses %+v of counters %+v", r.Uses, counters)
			}
		})
	}
}

func TestRedeemLimits(t *testing.T) {
	half, none, gold := money.Rate(5000), money.Rate(0), money.Rate(8000)
	s := hundredths(t, 0, 2000)
	s.Goods = []rules.Category{{ID: "half", Limit: &half}, {ID: "none", Limit: &none, SKUs: []string{"both"}}, {ID: "never", NoRedeem: true}}
	s.Tiers.List = []rules.Tier{{ID: "gold", Limit: &gold}}
	lines := []rules.Line{cup("half", 1, 10000), cup("none", 1, 10000), cup("never", 1, 10000), cup("other", 1, 10000), {Category: "half", SKU: "both", Quantity: 1000, Net: 10000}}
	in := rules.Input{Settings: s, Lines: lines, Available: 99999, RedeemMax: true}
	// 100 × 50 % + 0 + 0 + 100 × 20 %; of two categories the stricter.
	r := judge(t, in)
	if r.Redeem != 7000 || r.Lines[0].RedeemMoney != 5000 || r.Lines[3].RedeemMoney != 2000 {
		t.Fatalf("%+v", r.Lines)
	}
	in.Member = &rules.Standing{Tier: rules.TierState{ID: "gold"}}
	if r := judge(t, in); r.Redeem != 13000 {
		t.Fatalf("gold spends %d", r.Redeem)
	}
	in.RedeemMax = false
	tells(t, judge(t, in), "redeem", rules.Suggested, "redeem_limit_mixed", "base", 40000, "limit", 13000)
	in.Lines = lines[3:4]
	tells(t, judge(t, in), "redeem", rules.Suggested, "redeem_limit", "base", 10000, "rate", 8000, "limit", 8000)
	// The share is of what is left after discounts.
	s.Discount.Rate = 1000
	if r := judge(t, in); r.RedeemLimit != 7200 {
		t.Fatalf("after a discount %d", r.RedeemLimit)
	}
	s.Redeem.MinPayable = 5000
	if r := judge(t, in); r.RedeemLimit != 4000 {
		t.Fatalf("with 50 to be paid %d", r.RedeemLimit)
	}
}

func TestRedeemCaps(t *testing.T) {
	s := hundredths(t, 0, money.Whole)
	s.Redeem.Caps = rules.RedeemCaps{PerDay: 3000, PerMonth: 5000, TimesPerDay: 2}
	today, month := counter("redeem", "2026-03-02"), counter("redeem", "2026-03")
	in := rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, Available: 9000}
	cases := []struct {
		used  []rules.Use
		limit money.Points
		state rules.State
		why   string
	}{
		{nil, 3000, rules.Suggested, "redeem_cap_day"},
		{[]rules.Use{{Counter: today, Times: 1, Points: 2900}}, 100, rules.Suggested, "redeem_cap_day"},
		{[]rules.Use{{Counter: today, Times: 2, Points: 10}}, 0, rules.Inapplicable, "redeem_times"},
		{[]rules.Use{{Counter: month, Times: 9, Points: 4000}}, 1000, rules.Suggested, "redeem_cap_month"},
		{[]rules.Use{{Counter: month, Times: 9, Points: 6000}}, 0, rules.Inapplicable, "redeem_cap_month"},
	}
	for _, c := range cases {
		in.Member = used(c.used...)
		r := judge(t, in)
		if e := effect(t, r, "redeem", c.why); r.RedeemLimit != c.limit || e.State != c.state {
			t.Errorf("%+v: may spend %d: %+v", c.used, r.RedeemLimit, e)
		}
	}
	in.Member, in.RedeemMax = used(), true
	if r := judge(t, in); len(r.Uses) != 2 || r.Uses[0] != (rules.Use{Counter: today, Times: 1, Points: 3000, Last: noon}) || r.Uses[1].Counter != month {
		t.Errorf("%+v", r.Uses)
	}
}

func TestCertificates(t *testing.T) {
	s := hundredths(t, 500, money.Whole)
	s.Discount.Rate = 1000
	in := rules.Input{Settings: s, Lines: []rules.Line{line(10000), line(5000)}, Available: 3500, RedeemMax: true,
		Certificates: []rules.Certificate{{ID: "empty"}, {ID: "small", Left: 2000}, {ID: "large", Left: 50000}, {ID: "spare", Left: 100}}}
	// 150 − 10 % = 135; points 35; 20 by the first, the 80 left by the second. 5 % of 100 is earned.
	r := judge(t, in)
	if diff := cmp.Diff([]rules.CertificateUse{{ID: "small", Amount: 2000}, {ID: "large", Amount: 8000}}, r.Paid); diff != "" {
		t.Fatal(diff)
	}
	comes(t, r, 1500, 500)
	if r.Payable != 0 || r.Redeem != 3500 {
		t.Fatalf("%+v", r)
	}
	tells(t, r, "certificate", rules.Applied, "certificate_paid", "money", 2000, "limit", 0)
}

func TestSuggestedTier(t *testing.T) {
	s := hundredths(t, 500, 0)
	list := func(from int64) []rules.Tier {
		return []rules.Tier{{ID: "gold", Name: rules.Named("Gold"), From: from}}
	}
	cases := []struct {
		basis   rules.TierBasis
		from    int64
		done    int64
		id      string
		numbers []any
	}{
		{rules.TierBySpend, 100000, 50000, "tier_spend_more", []any{"money", 40000}},
		{rules.TierBySpend, 100000, 10000, "", nil}, // far away
		{rules.TierBySpend, 100000, 95000, "tier_reached", nil},
		{rules.TierByVisits, 10, 7, "tier_visits_more", []any{"count", 2}},
		{rules.TierByPoints, 2000, 1000, "tier_points_more", []any{"points", 500}},
		{rules.TierByReferrals, 4, 3, "tier_friends_more", []any{"count", 1}},
	}
	for _, c := range cases {
		s.Tiers = rules.Tiers{Basis: c.basis, List: list(c.from)}
		r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, Member: &rules.Standing{Qualified: c.done, Visits: 1, JoinedAt: noon.Add(-time.Hour)}})
		if c.id == "" {
			if len(r.Effects) != 2 {
				t.Errorf("%+v", r.Effects)
			}
			continue
		}
		tells(t, r, "tier:gold", rules.Suggested, c.id, c.numbers...)
	}
}
