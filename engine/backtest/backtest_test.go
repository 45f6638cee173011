package backtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"kartka/engine/backtest"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// spring is the span of most tests.
func spring(t fataler, today, draft *rules.Settings) backtest.Config {
	return backtest.Config{Today: today, Draft: draft, From: at(t, "03-01 00:00"), To: at(t, "06-01 00:00")}
}

// Three members and a check without a card, worked out by hand.
//
// Anna: 100.00 on 2 March earns 5.00 (10.00). On 11 March 200.00 with all the points she may spend: 5.00 (10.00) spent, 195.00 (190.00) paid,
// 9.75 (19.00) earned, which end unspent on 10 April. 50.00 in May earns 2.50 (5.00), which are left.
//
// Borys: 400.00 earns 20.00 (40.00); a week later half of what 20.00 allow (10.00 of 20.00; 10.00 of 20.00): 10.00 spent by both, 10.00 paid,
// 0.50 (1.00) earned. The draft's check of 20.00 allows no more than its half. The rest, 10.00 (30.00) and 0.50 (1.00), ends in April.
//
// Vira: one check of 0.10 earns nothing (0.01) and that ends too.
func TestHandComputedExample(t *testing.T) {
	report := run(t, spring(t, shop(t, 500), shop(t, 1000)), source(
		sale(t, "anna", "03-02 12:00", 10000),
		paying(sale(t, "anna", "03-11 12:00", 20000), 700, 700),
		sale(t, "anna", "05-20 12:00", 5000),
		sale(t, "", "03-05 12:00", 30000),
		sale(t, "borys", "03-02 12:00", 40000),
		paying(sale(t, "borys", "03-09 12:00", 2000), 500, 500),
		sale(t, "vira", "03-02 12:00", 10),
	))
	want := backtest.Report{
		Sales: 7, Anonymous: 1, Members: 3, Turnover: 107010,
		Today: backtest.Side{Issued: 3775, Redeemed: 1500, Expired: 2025, Outstanding: 250, Liability: 250, RedeemedWorth: 1500, Cost: 1500,
			CostRate: 140, PerMember: 500, Rules: []backtest.RuleLine{{Rule: "earn", Times: 5, Points: 3775}}},
		Draft: backtest.Side{Issued: 7501, Redeemed: 2000, Expired: 5001, Outstanding: 500, Liability: 500, RedeemedWorth: 2000, Cost: 2000,
			CostRate: 187, PerMember: 666, Rules: []backtest.RuleLine{{Rule: "earn", Times: 6, Points: 7501}}},
		Better: 1, Same: 2,
		Winners: []backtest.Change{{Member: "anna", Today: 750, Draft: 1500}},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
}

func TestDoubleRateIsDoublePoints(t *testing.T) {
	var sales []backtest.Sale
	for m := range 50 {
		for n := range 10 {
			sales = append(sales, sale(t, "m"+strconv.Itoa(m), "03-02 12:00", money.Amount(20*(1+m*7+n))))
		}
	}
	report := run(t, spring(t, shop(t, 500), shop(t, 1000)), source(sales...))
	if report.Today.Issued == 0 || report.Draft.Issued != 2*report.Today.Issued || report.Draft.Expired != 2*report.Today.Expired {
		t.Errorf("today %+v, draft %+v", report.Today, report.Draft)
	}
	if report.Better != 0 || report.Same != 50 { // all of it ended unspent
		t.Errorf("better %d, same %d", report.Better, report.Same)
	}
}

func TestSpendingWish(t *testing.T) {
	c := spring(t, shop(t, 500), shop(t, 500))
	c.Draft.Redeem.Limit = 2000
	for _, w := range []struct {
		name            string
		redeemed, limit money.Points
		today, draft    money.Points
	}{
		{"nothing", 0, 500, 0, 0},
		{"all", 500, 500, 5000, 2000},
		{"a third", 100, 300, 1666, 666},
		{"all that was known of", 77, 0, 5000, 2000},
		{"more than was allowed", 600, 500, 5000, 2000},
	} {
		report := run(t, c, source(sale(t, "anna", "03-02 12:00", 1000000), paying(sale(t, "anna", "03-03 12:00", 10000), w.redeemed, w.limit)))
		if report.Today.Redeemed != w.today || report.Draft.Redeemed != w.draft {
			t.Errorf("%s: spent %d and %d, want %d and %d", w.name, report.Today.Redeemed, report.Draft.Redeemed, w.today, w.draft)
		}
	}
}

// A budget is spent by whoever comes first in time, whatever the order in which members are replayed.
func TestBudgetsAreSpentInTheOrderOfTime(t *testing.T) {
	c := spring(t, shop(t, 0), shop(t, 0))
	gift := rules.Rule{ID: "gift", On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 100}, ValidDays: 300}
	for _, b := range []struct {
		name        string
		limits      rules.Limits
		anna, borys money.Amount
	}{
		{"points", rules.Limits{Budget: 250}, 150, 100},
		{"times", rules.Limits{TotalTimes: 3}, 200, 100},
		{"times of each month", rules.Limits{TotalTimes: 1, BudgetEvery: rules.PeriodMonth}, 100, 100},
		{"never spent", rules.Limits{Budget: 10000}, 200, 300},
	} {
		t.Run(b.name, func(t *testing.T) {
			gift.Limits = b.limits
			c.Draft.Rules = []rules.Rule{gift}
			var told []int
			report, err := backtest.Run(t.Context(), c, source(
				sale(t, "borys", "03-03 12:00", 1000), sale(t, "borys", "03-05 12:00", 1000), sale(t, "borys", "04-10 12:00", 1000),
				sale(t, "anna", "03-02 12:00", 1000), sale(t, "anna", "03-04 12:00", 1000),
			), func(done int) { told = append(told, done) })
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]money.Amount{}
			for _, w := range report.Winners {
				got[w.Member] = w.Difference()
			}
			if got["anna"] != b.anna || got["borys"] != b.borys {
				t.Errorf("anna got %d, want %d; borys got %d, want %d", got["anna"], b.anna, got["borys"], b.borys)
			}
			if report.Draft.Issued != money.Points(b.anna+b.borys) || !slices.IsSorted(told) || told[len(told)-1] != 5 {
				t.Errorf("issued %d, progress %v", report.Draft.Issued, told)
			}
		})
	}
}

// What many use of a budget in one minute is added up.
func TestBudgetOfABusyMinute(t *testing.T) {
	c := spring(t, shop(t, 0), shop(t, 0))
	c.Draft.Rules = []rules.Rule{{ID: "gift", On: rules.TriggerSale, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 100}, Limits: rules.Limits{Budget: 350}}}
	var sales []backtest.Sale
	for m, when := range map[string]string{"a": "03-02 12:00", "b": "03-02 12:00", "c": "03-02 12:00", "d": "03-02 12:01", "e": "03-02 12:02"} {
		sales = append(sales, sale(t, m, when, 1000))
	}
	for _, workers := range []int{1, 5} {
		c.Workers = workers
		report := run(t, c, source(sales...))
		if report.Draft.Issued != 350 || report.Better != 4 || report.Winners[3].Member != "d" || report.Winners[3].Draft != 50 {
			t.Errorf("issued %d: %+v", report.Draft.Issued, report.Winners)
		}
	}
}

// Each row changes the draft in one way and says what it costs more than plain rules without a rate.
func TestMechanics(t *testing.T) {
	coupon := rules.CouponKind{ID: "ten", Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 1000}, Days: 7}
	three := []backtest.Sale{sale(t, "anna", "03-02 12:00", 20000), sale(t, "anna", "03-09 12:00", 20000), sale(t, "anna", "04-20 12:00", 20000)}
	missed := rules.Rule{ID: "missed", On: rules.TriggerAbsence, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 300},
		When: rules.Condition{Absent: rules.Absence{Days: 21}}}
	born := backtest.Member{Standing: rules.Standing{Birthday: rules.Birthday{Month: 4, Day: 1}}}
	for _, c := range []struct {
		name    string
		draft   func(s *rules.Settings)
		member  backtest.Member
		issued  money.Points
		expired money.Points
		off     money.Amount
		gifts   money.Amount
		marks   []rules.Mark
		lines   []backtest.RuleLine
	}{
		{name: "nothing", draft: func(s *rules.Settings) {}},
		{name: "a discount", draft: func(s *rules.Settings) { s.Discount.Rate = 500 }, off: 3000, lines: []backtest.RuleLine{{Rule: "discount", Times: 3, Discount: 3000}}},
		{name: "joining", draft: func(s *rules.Settings) { s.Welcome.Points = 700 },
			member: backtest.Member{Standing: rules.Standing{JoinedAt: at(t, "03-01 15:00")}}, issued: 700, expired: 700, lines: []backtest.RuleLine{{Rule: "welcome", Times: 1, Points: 700}}},
		{name: "who joined before is not welcomed again", draft: func(s *rules.Settings) { s.Welcome.Points = 700 },
			member: backtest.Member{Standing: rules.Standing{JoinedAt: at(t, "02-28 15:00")}}},
		{name: "a rule for joining", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "hello", On: rules.TriggerJoin, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 50}}}
		}, member: backtest.Member{Standing: rules.Standing{JoinedAt: at(t, "03-01 15:00")}}, issued: 50, lines: []backtest.RuleLine{{Rule: "hello", Times: 1, Points: 50}}},
		{name: "welcome with the first purchase", draft: func(s *rules.Settings) { s.Welcome = rules.Welcome{Points: 700, WithPurchase: true, Days: 300} },
			issued: 700, lines: []backtest.RuleLine{{Rule: "welcome", Times: 1, Points: 700}}},
		{name: "a birthday between two purchases, a week to spend it", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "birthday", On: rules.TriggerBirthday, ValidDays: 7, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 300},
				When: rules.Condition{Birthday: rules.Window{Set: true, Before: 3}}}}
		}, member: born, issued: 300, expired: 300, lines: []backtest.RuleLine{{Rule: "birthday", Times: 1, Points: 300}}},
		{name: "away for three weeks, twice", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "missed", On: rules.TriggerAbsence, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 300},
				When: rules.Condition{Absent: rules.Absence{Days: 21}}}}
		}, issued: 600, lines: []backtest.RuleLine{{Rule: "missed", Times: 2, Points: 600}}},
		{name: "away twice, but once in a hundred days", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "missed", On: rules.TriggerAbsence, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 300},
				When: rules.Condition{Absent: rules.Absence{Days: 21}}, Limits: rules.Limits{CooldownDays: 100}}}
		}, issued: 300, lines: []backtest.RuleLine{{Rule: "missed", Times: 1, Points: 300}}},
		{name: "a coupon in time, and one too late", draft: func(s *rules.Settings) {
			s.Coupons = []rules.CouponKind{coupon}
			s.Rules = []rules.Rule{{ID: "ten", On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "ten"}}}
		}, off: 1000, lines: []backtest.RuleLine{{Rule: "coupon:ten", Times: 1, Discount: 1000}}},
		{name: "a win-back coupon that ends before it is used", draft: func(s *rules.Settings) {
			s.Coupons = []rules.CouponKind{coupon}
			s.Rules = []rules.Rule{{ID: "missed", On: rules.TriggerAbsence, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "ten"}, When: rules.Condition{Absent: rules.Absence{Days: 21}}}}
		}},
		{name: "a win-back coupon that is used", draft: func(s *rules.Settings) {
			s.Coupons = []rules.CouponKind{coupon}
			s.Rules = []rules.Rule{{ID: "missed", On: rules.TriggerAbsence, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "ten"}, When: rules.Condition{Absent: rules.Absence{Days: 37}}}}
		}, off: 1000, lines: []backtest.RuleLine{{Rule: "coupon:ten", Times: 1, Discount: 1000}}},
		{name: "the third is free, handed over later", draft: func(s *rules.Settings) {
			s.Stamps = []rules.StampCard{{ID: "visits", Every: 3, PerCheck: true, MaxPrice: 4000}}
		},
			gifts: 4000, lines: []backtest.RuleLine{{Rule: "stamps:visits", Times: 1, Discount: 4000}}},
		{name: "silver from the second purchase", draft: func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierBySpend, List: []rules.Tier{{ID: "silver", From: 20000, Rate: 1000, ValidDays: 300}}}
		}, issued: 4000, lines: []backtest.RuleLine{{Rule: "tier:silver", Times: 2, Points: 4000}}},
		{name: "silver for thirty days", draft: func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 20, KeepDays: 30, List: []rules.Tier{{ID: "silver", From: 20000, Rate: 1000, ValidDays: 300}}}
		}, issued: 2000, lines: []backtest.RuleLine{{Rule: "tier:silver", Times: 1, Points: 2000}}},
		{name: "silver for thirty days and three weeks of grace", draft: func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 20, KeepDays: 30, GraceDays: 21, List: []rules.Tier{{ID: "silver", From: 20000, Rate: 1000, ValidDays: 300}}}
		}, issued: 4000, lines: []backtest.RuleLine{{Rule: "tier:silver", Times: 2, Points: 4000}}},
		{name: "a tier brought along", draft: func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierByVisits, List: []rules.Tier{{ID: "silver", From: 100, Discount: 1000}}}
		}, member: backtest.Member{Standing: rules.Standing{Tier: rules.TierState{ID: "silver"}}}, off: 6000, lines: nil},
		{name: "a tier that is no more turns into what was earned", draft: func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierByVisits, List: []rules.Tier{{ID: "silver", From: 100, Discount: 1000}}}
		}, member: backtest.Member{Standing: rules.Standing{Tier: rules.TierState{ID: "gold"}, Visits: 100}}, off: 6000, lines: nil},
		{name: "a gift for reaching a tier", draft: func(s *rules.Settings) {
			s.Coupons = []rules.CouponKind{{ID: "mug", ByHand: true, Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 15000}}}
			s.Tiers = rules.Tiers{Basis: rules.TierByVisits, List: []rules.Tier{{ID: "silver", From: 2, Coupon: "mug"}}}
		}, gifts: 15000, lines: []backtest.RuleLine{{Rule: "tier:silver", Times: 1, Discount: 15000}}},
		{name: "no more coupons at once than may be open", draft: func(s *rules.Settings) {
			coupon := coupon
			coupon.Days, coupon.MaxOpen = 300, 1
			s.Coupons = []rules.CouponKind{coupon}
			first := rules.Rule{ID: "one", On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "ten"}, When: rules.Condition{Purchase: 1}}
			second := first
			second.ID = "two"
			s.Rules = []rules.Rule{first, second}
		}, off: 1000, lines: []backtest.RuleLine{{Rule: "coupon:ten", Times: 1, Discount: 1000}}},
		{name: "a coupon brought along", draft: func(s *rules.Settings) { s.Coupons = []rules.CouponKind{coupon} },
			member: backtest.Member{Standing: rules.Standing{Coupons: []rules.Coupon{{ID: "c", Kind: "ten", State: rules.CouponIssued}}}},
			off:    1000, lines: []backtest.RuleLine{{Rule: "coupon:ten", Times: 1, Discount: 1000}}},
		{name: "a purchase renews the life of points and never shortens it", draft: func(s *rules.Settings) {
			s.Lots = rules.Lots{Days: 10, Sliding: true}
			s.Rules = []rules.Rule{{ID: "long", On: rules.TriggerSale, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10}, When: rules.Condition{Purchase: 1}}}
		}, issued: 10, lines: []backtest.RuleLine{{Rule: "long", Times: 1, Points: 10}}},
		{name: "a gift for reaching a tier, once however often", draft: func(s *rules.Settings) {
			s.Coupons = []rules.CouponKind{{ID: "mug", ByHand: true, Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 15000}}}
			s.Tiers = rules.Tiers{Basis: rules.TierByVisits, WindowDays: 3, KeepDays: 3, List: []rules.Tier{{ID: "silver", From: 1, Coupon: "mug"}}}
		}, gifts: 15000, lines: []backtest.RuleLine{{Rule: "tier:silver", Times: 1, Discount: 15000}}},
		{name: "a tier by points", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "gift", On: rules.TriggerSale, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10}}}
			s.Tiers = rules.Tiers{Basis: rules.TierByPoints, List: []rules.Tier{{ID: "silver", From: 20, Discount: 1000}}}
		}, issued: 30, off: 2000},
		{name: "the fourth of four marked cups", draft: func(s *rules.Settings) {
			s.Stamps = []rules.StampCard{{ID: "cups", Every: 5, Goods: rules.Goods{Categories: []string{"cup"}}}}
		},
			marks: []rules.Mark{{Card: "cups", Units: 4}}, gifts: 15000, lines: []backtest.RuleLine{{Rule: "stamps:cups", Times: 3, Discount: 15000}}},
		{name: "a promotion that is over before the absence", draft: func(s *rules.Settings) {
			missed := missed
			missed.To = "2026-03-20"
			s.Rules = []rules.Rule{missed}
		}},
		{name: "a promotion for those of a tier", draft: func(s *rules.Settings) {
			missed := missed
			missed.When.Tiers = []string{"gold"}
			s.Rules = []rules.Rule{missed}
		}},
		{name: "away twice, once in a year", draft: func(s *rules.Settings) {
			missed := missed
			missed.Limits = rules.Limits{Times: 1, Every: rules.PeriodYear}
			s.Rules = []rules.Rule{missed}
		}, issued: 300, lines: []backtest.RuleLine{{Rule: "missed", Times: 1, Points: 300}}},
		{name: "away twice, and not enough left for a second gift", draft: func(s *rules.Settings) {
			missed := missed
			missed.Limits = rules.Limits{Budget: 500}
			s.Rules = []rules.Rule{missed}
		}, issued: 300, lines: []backtest.RuleLine{{Rule: "missed", Times: 1, Points: 300}}},
		{name: "budgets begin unspent", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "gift", On: rules.TriggerSale, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10}, Limits: rules.Limits{Budget: 100}}}
		}, member: backtest.Member{Standing: rules.Standing{Uses: []rules.Use{{Counter: rules.Counter{Of: "rule:gift", Period: "ever", All: true}, Points: 100}}}},
			issued: 30, lines: []backtest.RuleLine{{Rule: "gift", Times: 3, Points: 30}}},
		{name: "what a member has used up is used up", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "gift", On: rules.TriggerSale, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10}, Limits: rules.Limits{Times: 2}}}
		}, member: backtest.Member{Standing: rules.Standing{Uses: []rules.Use{{Counter: rules.Counter{Of: "rule:gift", Period: "ever"}, Times: 1}}}},
			issued: 10, lines: []backtest.RuleLine{{Rule: "gift", Times: 1, Points: 10}}},
		{name: "two in each month", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "two", On: rules.TriggerSale, ValidDays: 300, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10},
				Limits: rules.Limits{Times: 1, Every: rules.PeriodMonth}}}
		}, issued: 20, lines: []backtest.RuleLine{{Rule: "two", Times: 2, Points: 20}}},
		{name: "a paused rule", draft: func(s *rules.Settings) {
			s.Rules = []rules.Rule{{ID: "missed", Paused: true, On: rules.TriggerAbsence, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 300}, When: rules.Condition{Absent: rules.Absence{Days: 1}}}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := spring(t, shop(t, 0), shop(t, 0))
			config.Members = func(string) (backtest.Member, error) { return c.member, nil }
			c.draft(config.Draft)
			sales := slices.Clone(three)
			for i := range sales {
				sales[i].Marks = c.marks
			}
			report := run(t, config, source(sales...))
			got, today := report.Draft, report.Today
			if got.Issued != c.issued || got.Expired != c.expired || got.Discounts != c.off || got.Gifts != c.gifts || got.Cost != c.off+c.gifts {
				t.Errorf("issued %d, expired %d, discounts %d, gifts %d, cost %d", got.Issued, got.Expired, got.Discounts, got.Gifts, got.Cost)
			}
			if today.Issued != 0 || today.Cost != 0 {
				t.Errorf("today's rules: %+v", today)
			}
			if diff := cmp.Diff(c.lines, got.Rules); diff != "" && (c.lines != nil || c.off == 0) {
				t.Error(diff)
			}
		})
	}
}

// What a member brings along can be spent, ends, and renews itself, on either side.
func TestOpeningPoints(t *testing.T) {
	c := spring(t, shop(t, 0), shop(t, 0))
	c.Draft.Lots = rules.Lots{Days: 60, Sliding: true}
	c.Members = func(id string) (backtest.Member, error) {
		return backtest.Member{Account: ledger.Account{Lots: []ledger.Lot{{ID: "a", Points: 5000, Remaining: 3000, ExpiresAt: at(t, "03-20 00:00")}}}}, nil
	}
	report := run(t, c, source(paying(sale(t, "anna", "03-10 12:00", 2000), 1, 1), sale(t, "anna", "04-20 12:00", 2000)))
	if got := report.Today; got.Issued != 0 || got.Redeemed != 1000 || got.Expired != 2000 || got.Outstanding != 0 {
		t.Errorf("today %+v", got)
	}
	if got := report.Draft; got.Redeemed != 1000 || got.Expired != 0 || got.Outstanding != 2000 || got.Liability != 2000 {
		t.Errorf("draft %+v", got)
	}
	if diff := cmp.Diff([]backtest.Change{{Member: "anna", Today: -2000}}, report.Winners); diff != "" {
		t.Error(diff)
	}
}

func TestWinnersAndLosers(t *testing.T) {
	c := spring(t, shop(t, 1000), shop(t, 0))
	c.Today.Lots.Days, c.Draft.Lots.Days = 0, 0
	c.Draft.Rules = []rules.Rule{{ID: "small", On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 500}}}
	var sales []backtest.Sale
	for n := range 101 { // today's points are 10, 20, … 1010; the draft's are 500
		sales = append(sales, sale(t, fmt.Sprintf("m%03d", n), "03-02 12:00", money.Amount(n*100+100)))
	}
	report := run(t, c, source(sales...))
	if report.Better != 49 || report.Same != 1 || report.Worse != 51 || len(report.Winners) != 10 || len(report.Losers) != 10 {
		t.Fatalf("%d better, %d same, %d worse, %d and %d named", report.Better, report.Same, report.Worse, len(report.Winners), len(report.Losers))
	}
	if first, last := report.Losers[0], report.Losers[9]; first.Member != "m100" || first.Difference() != -510 || last.Member != "m091" {
		t.Errorf("losers from %+v to %+v", first, last)
	}
	if first := report.Winners[0]; first.Member != "m000" || first.Difference() != 490 {
		t.Errorf("the first winner is %+v", first)
	}
}

// With the same rules on both sides nothing differs, whoever replays it; and points are where they went.
func TestSameRulesSameNumbers(t *testing.T) {
	c := backtest.Config{Today: rich(t), Draft: rich(t), From: at(t, "01-01 00:00"), To: at(t, "12-31 00:00"), Workers: 3}
	c.Members = func(id string) (backtest.Member, error) {
		n, err := strconv.Atoi(id[1:])
		return backtest.Member{Standing: rules.Standing{JoinedAt: c.From.AddDate(0, 0, n%9), Birthday: rules.Birthday{Month: 1 + n%12, Day: 1 + n%28}}}, err
	}
	report := run(t, c, town(at(t, "01-10 09:00"), 5000))
	if diff := cmp.Diff(report.Today, report.Draft); diff != "" || report.Same != report.Members || report.Better+report.Worse != 0 {
		t.Errorf("%d of %d the same\n%s", report.Same, report.Members, diff)
	}
	s := report.Today
	if s.Issued != s.Redeemed+s.Expired+s.Outstanding {
		t.Errorf("%d issued, but %d spent, %d ended, %d left", s.Issued, s.Redeemed, s.Expired, s.Outstanding)
	}
	var points money.Points
	var off money.Amount
	seen := map[string]bool{}
	for _, l := range s.Rules {
		points, off, seen[l.Rule] = points+l.Points, off+l.Discount, true
	}
	if points != s.Issued || off != s.Discounts+s.Gifts {
		t.Errorf("rules gave %d points and %d off; %d were issued and %d taken off", points, off, s.Issued, s.Discounts+s.Gifts)
	}
	for _, rule := range []string{"earn", "happy", "monday", "big", "birthday", "welcome", "stamps:coffee", "coupon:five", "tier:gold"} {
		if !seen[rule] {
			t.Errorf("%s gave nothing: the test shows nothing of it (%v)", rule, s.Rules)
		}
	}
	for _, workers := range []int{1, 8} {
		c.Workers = workers
		if diff := cmp.Diff(report, run(t, c, town(at(t, "01-10 09:00"), 5000))); diff != "" {
			t.Errorf("with %d workers: %s", workers, diff)
		}
	}
}

func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := backtest.Config{Today: rich(t), Draft: shop(t, money.Rate(rapid.IntRange(0, 2000).Draw(t, "rate"))), From: at(t, "01-01 00:00"), To: at(t, "12-31 00:00")}
		c.Draft.Lots.Days = rapid.IntRange(0, 40).Draw(t, "days")
		c.Draft.Welcome.Points = money.Points(rapid.IntRange(0, 500).Draw(t, "welcome"))
		report, err := backtest.Run(context.Background(), c, town(at(t, "01-10 09:00").AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "shift")), 200), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []backtest.Side{report.Today, report.Draft} {
			if s.Issued != s.Redeemed+s.Expired+s.Outstanding || s.Cost != s.RedeemedWorth+s.Discounts+s.Gifts {
				t.Fatalf("%+v", s)
			}
		}
		if report.Better+report.Worse+report.Same != report.Members || report.Sales != 200 {
			t.Fatalf("%+v", report)
		}
	})
}

func TestBadSalesAreLeftOut(t *testing.T) {
	empty, negative, huge := sale(t, "anna", "03-02 12:00", 0), sale(t, "anna", "03-02 12:00", -5), sale(t, "anna", "03-02 12:00", 1<<62)
	empty.Lines = nil
	report := run(t, spring(t, shop(t, 500), shop(t, 1000)), source(empty, negative, huge, sale(t, "anna", "03-02 12:00", 1000), sale(t, "", "03-02 12:00", -1)))
	if report.Sales != 5 || report.Refused != 4 || report.Turnover != 1000 || report.Anonymous != 0 || report.Today.Issued != 50 {
		t.Errorf("%+v", report)
	}
}

func TestRefusals(t *testing.T) {
	broken := errors.New("broken")
	good := []backtest.Sale{sale(t, "anna", "03-02 12:00", 1000), sale(t, "anna", "03-03 12:00", 1000)}
	for _, c := range []struct {
		name   string
		change func(c *backtest.Config)
		source backtest.Source
		want   error
	}{
		{"no draft", func(c *backtest.Config) { c.Draft = nil }, source(good...), backtest.ErrConfig},
		{"another currency", func(c *backtest.Config) { c.Draft.Currency.Code = "EUR" }, source(good...), backtest.ErrConfig},
		{"points without a worth", func(c *backtest.Config) { c.Draft.Unit.StepWorth = 0 }, source(good...), backtest.ErrConfig},
		{"no time", func(c *backtest.Config) { c.To = c.From }, source(good...), backtest.ErrConfig},
		{"backwards", nil, source(good[1], good[0]), backtest.ErrOrder},
		{"before the span", func(c *backtest.Config) { c.From = at(t, "03-02 13:00") }, source(good...), backtest.ErrSpan},
		{"at the end of the span", func(c *backtest.Config) { c.To = at(t, "03-03 12:00") }, source(good...), backtest.ErrSpan},
		{"a member that cannot be read", func(c *backtest.Config) {
			c.Members = func(string) (backtest.Member, error) { return backtest.Member{}, broken }
		}, source(good...), broken},
		{"a source that breaks off", nil, func(_ context.Context, each func(backtest.Sale) error) error {
			return errors.Join(each(good[0]), broken)
		}, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := spring(t, shop(t, 500), shop(t, 1000))
			if c.change != nil {
				c.change(&config)
			}
			report, err := backtest.Run(t.Context(), config, c.source, nil)
			if !errors.Is(err, c.want) || !cmp.Equal(report, backtest.Report{}) {
				t.Errorf("%v, want %v; %+v", err, c.want, report)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	handed := 0
	endless := func(_ context.Context, each func(backtest.Sale) error) error {
		for {
			if handed++; handed == 5000 {
				cancel()
			}
			if err := each(backtest.Sale{Member: strconv.Itoa(handed), At: at(t, "03-02 12:00"), Lines: []rules.Line{{Net: 1000}}}); err != nil {
				return err
			}
		}
	}
	if _, err := backtest.Run(ctx, spring(t, shop(t, 500), shop(t, 1000)), endless, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with %v", err)
	}
	if handed != 5000 {
		t.Errorf("read on to sale %d", handed)
	}
}

func TestProgress(t *testing.T) {
	var told []int
	c := backtest.Config{Today: shop(t, 500), Draft: shop(t, 1000), From: at(t, "01-01 00:00"), To: at(t, "12-31 00:00")}
	if _, err := backtest.Run(t.Context(), c, town(at(t, "01-10 09:00"), 20000), func(done int) { told = append(told, done) }); err != nil {
		t.Fatal(err)
	}
	if len(told) < 10 || !slices.IsSorted(told) || told[len(told)-1] != 20000 {
		t.Errorf("told %v", told)
	}
}

func BenchmarkRun(b *testing.B) {
	const sales = 100_000
	for name, draft := range map[string]*rules.Settings{"plain": shop(b, 700), "rich": rich(b)} {
		b.Run(name, func(b *testing.B) {
			c := backtest.Config{Today: shop(b, 500), Draft: draft, From: at(b, "01-01 00:00"), To: at(b, "12-31 00:00")}
			if name == "rich" {
				c.Today = rich(b)
			}
			begun := time.Now()
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				run(b, c, town(at(b, "01-10 09:00"), sales))
				n += sales
			}
			b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "sales/s")
		})
	}
}
