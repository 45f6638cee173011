package backtest_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/engine/backtest"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// fataler is what testing.T, testing.B and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func kyiv(t fataler) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// shop are plain rules: a rate, half of a check payable with points, a kopeck a step, thirty days to live.
func shop(t fataler, rate money.Rate) *rules.Settings {
	t.Helper()
	return &rules.Settings{
		Name: "Test", Currency: money.Currency{Code: "UAH", Decimals: 2}, Zone: kyiv(t), Languages: []string{"uk"},
		Unit:   rules.Unit{Name: "bonus", Decimals: 2, StepWorth: 1},
		Earn:   rules.Earn{Rate: rate, Rounding: money.Down, Basis: rules.BasisPaid},
		Redeem: rules.Redeem{Limit: 5000}, Lots: rules.Lots{Days: 30}, Returns: rules.Returns{Policy: rules.ReturnDebt},
	}
}

// rich are rules with something of everything.
func rich(t fataler) *rules.Settings {
	s := shop(t, 300)
	s.Lots = rules.Lots{Days: 60, Sliding: true, RoundTo: rules.PeriodMonth}
	s.Earn.PendingDays, s.Earn.Caps.PerDay = 2, 50000
	s.Redeem.Caps.PerMonth = 100000
	s.Welcome = rules.Welcome{Points: 5000, Days: 14}
	s.Goods = []rules.Category{{ID: "coffee"}, {ID: "beer", NoEarn: true, NoRedeem: true}}
	s.Coupons = []rules.CouponKind{
		{ID: "five", Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 500}, Days: 10, MaxOpen: 2},
		{ID: "cake", Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 6000}, ByHand: true},
	}
	s.Stamps = []rules.StampCard{{ID: "coffee", Every: 6, Goods: rules.Goods{Categories: []string{"coffee"}}, MaxPrice: 9000}}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 60, KeepDays: 30, GraceDays: 7, Downgrade: rules.DowngradeStep,
		List: []rules.Tier{{ID: "silver", From: 100000, Rate: 500}, {ID: "gold", From: 300000, Rate: 800, Coupon: "cake", ValidDays: 90}}}
	s.Rules = []rules.Rule{
		{ID: "happy", On: rules.TriggerSale, When: rules.Condition{Hours: rules.Hours{From: 14 * 60, To: 17 * 60}}, Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}},
		{ID: "monday", On: rules.TriggerSale, When: rules.Condition{Weekdays: []time.Weekday{time.Monday}}, Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 500}},
		{ID: "big", On: rules.TriggerSale, When: rules.Condition{MinCheck: 30000}, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 1000},
			Limits: rules.Limits{Times: 2, Every: rules.PeriodMonth, Budget: 50000, BudgetEvery: rules.PeriodMonth}},
		{ID: "third", On: rules.TriggerSale, When: rules.Condition{EveryNth: 3}, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "five"}},
		{ID: "birthday", On: rules.TriggerBirthday, When: rules.Condition{Birthday: rules.Window{Set: true, Before: 3, After: 3}}, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10000}, ValidDays: 7},
		{ID: "missed", On: rules.TriggerAbsence, When: rules.Condition{Absent: rules.Absence{Gaps: 20000, Days: 21}}, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "five"},
			Limits: rules.Limits{CooldownDays: 30}},
	}
	return s
}

// at is an instant of Kyiv in 2026: "03-02 12:00".
func at(t fataler, text string) time.Time {
	t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+text, kyiv(t))
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func sale(t fataler, member, when string, sum money.Amount) backtest.Sale {
	return backtest.Sale{Member: member, At: at(t, when), Lines: []rules.Line{{Quantity: 1000, Net: sum}}}
}

// paying is a sale on which a guest spent some of what could be spent.
func paying(s backtest.Sale, redeemed, limit money.Points) backtest.Sale {
	s.Redeemed, s.Limit = redeemed, limit
	return s
}

func source(sales ...backtest.Sale) backtest.Source {
	return func(_ context.Context, each func(backtest.Sale) error) error {
		for _, s := range sales {
			if err := each(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// town streams made-up sales of a café over half a year, the same ones each time: about twenty by each member.
func town(from time.Time, sales int) backtest.Source {
	return func(_ context.Context, each func(backtest.Sale) error) error {
		random := rand.New(rand.NewPCG(1, 2))
		var when time.Time
		left, member := 0, 0
		for range sales {
			if left == 0 {
				left, member, when = 1+random.IntN(39), member+1, from.Add(time.Duration(random.IntN(20*24*60))*time.Minute)
			}
			left--
			s := backtest.Sale{Member: "m" + strconv.Itoa(member), At: when, Channel: "till", Lines: make([]rules.Line, 1+random.IntN(4))}
			for i := range s.Lines {
				s.Lines[i] = rules.Line{SKU: "s" + strconv.Itoa(random.IntN(50)), Category: []string{"coffee", "cake", "beer"}[random.IntN(3)],
					Quantity: money.Quantity(1000 * (1 + random.IntN(2))), Net: money.Amount(2000 + 100*random.IntN(150))}
			}
			if random.IntN(4) == 0 {
				s.Limit = money.Points(1 + random.IntN(10000))
				s.Redeemed = money.Points(random.IntN(int(s.Limit) + 1))
			}
			if err := each(s); err != nil {
				return err
			}
			when = when.Add(time.Duration(random.IntN(8*24*60)) * time.Minute)
		}
		return nil
	}
}

func run(t testing.TB, c backtest.Config, s backtest.Source) backtest.Report {
	t.Helper()
	report, err := backtest.Run(t.Context(), c, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
