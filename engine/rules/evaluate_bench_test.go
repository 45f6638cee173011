package rules_test

import (
	"fmt"
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// busyShop is a check of 30 lines in a shop with 50 rules, tiers, stamp cards and coupons: thirty of the rules have a part, the others hold until
// their last condition.
func busyShop(t fataler) rules.Input {
	s := hundredths(t, 500, 3000)
	for i := range 6 {
		c := rules.Category{ID: fmt.Sprintf("category-%d", i), Name: rules.Named(fmt.Sprint("Category ", i))}
		for k := range 20 {
			c.SKUs = append(c.SKUs, fmt.Sprintf("sku-%d-%d", i, k))
		}
		s.Goods = append(s.Goods, c)
	}
	s.Goods[5].NoEarn, s.Goods[5].NoDiscount = true, true
	limit := money.Rate(5000)
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, List: []rules.Tier{
		{ID: "silver", Name: rules.Named("Silver"), From: 100000, Rate: 700},
		{ID: "gold", Name: rules.Named("Gold"), From: 500000, Rate: 1000, Discount: 300, Limit: &limit},
	}}
	s.Discount.Rate = 200
	s.Earn.Caps = rules.EarnCaps{PerDay: 10_000_000}
	s.Stamps = []rules.StampCard{
		{ID: "coffee", Name: rules.Named("Coffee card"), Every: 8, Goods: rules.Goods{Categories: []string{"category-1"}}},
		{ID: "visits", Name: rules.Named("Visits"), Every: 10, PerCheck: true, Points: 5000},
	}
	s.Coupons = []rules.CouponKind{{ID: "ten", Name: rules.Named("Ten off"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 1000}}}
	kinds := []rules.Benefit{
		{Kind: rules.GivesRate, Rate: 800}, {Kind: rules.GivesExtraRate, Rate: 100}, {Kind: rules.GivesPoints, Points: 100},
		{Kind: rules.GivesMultiply, Rate: 12000}, {Kind: rules.GivesDiscount, Rate: 400}, {Kind: rules.GivesMoneyOff, Amount: 100},
		{Kind: rules.GivesFree}, {Kind: rules.GivesBundle, Of: 3, Free: 1}, {Kind: rules.GivesExtraRate, Rate: 50}, {Kind: rules.GivesPoints, Points: 10},
	}
	for i := range 50 {
		r := rules.Rule{ID: fmt.Sprintf("rule-%d", i), Name: rules.Named(fmt.Sprint("Rule ", i)), On: rules.TriggerSale, Gives: kinds[i%10],
			Priority: i % 4, Stacks: i%3 == 0, From: "2026-01-01", To: "2026-12-31"}
		r.Gives.Rate += money.Rate(i)
		r.When = rules.Condition{Weekdays: []time.Weekday{time.Monday, time.Tuesday}, Hours: rules.Hours{From: 8 * 60, To: 20 * 60},
			Channels: []string{"till", "bot"}, Goods: rules.Goods{Categories: []string{s.Goods[i%5].ID}, Except: []string{"sku-0-3"}}}
		switch i % 5 {
		case 1:
			r.When.Tiers, r.Limits = []string{"gold"}, rules.Limits{Times: 3, Every: rules.PeriodMonth, PerSale: 1_000_000}
		case 2:
			r.When.Goods = rules.Goods{SKUs: []string{"sku-2-4", "sku-1-3", "sku-0-2"}}
		case 3:
			r.When.MinCheck = money.Amount(10_000_000)
		case 4:
			if i%2 == 0 {
				r.When.Goods, r.When.MinUnits = rules.Goods{}, 500
			}
		}
		s.Rules = append(s.Rules, r)
	}
	in := rules.Input{Settings: s, OccurredAt: noon, Known: true, Available: 50000, Balance: 50000, Redeem: 2000, Channel: "till", Location: "centre",
		Member: &rules.Standing{JoinedAt: noon.AddDate(-1, 0, 0), Tags: []string{"student"}, Visits: 30, Spent: 900000, Qualified: 600000,
			Tier: rules.TierState{ID: "gold"}, Stamps: []rules.StampCount{{Card: "coffee", Count: 6}, {Card: "visits", Count: 9}},
			Coupons: []rules.Coupon{{ID: "c1", Kind: "ten", State: rules.CouponActivated}},
			Uses:    []rules.Use{{Counter: rules.Counter{Of: "rule:rule-1", Period: "2026-03"}, Times: 1}}}}
	for i := range 30 {
		in.Lines = append(in.Lines, rules.Line{SKU: fmt.Sprintf("sku-%d-%d", i%6, i/6), Name: "Goods", Quantity: money.Quantity(1+i%3) * 1000,
			Net: money.Amount(1+i%3) * money.Amount(3000+i*137)})
	}
	return in
}

func BenchmarkEvaluateBusy(b *testing.B) {
	for _, silent := range []bool{false, true} {
		in := busyShop(b)
		in.Silent = silent
		b.Run(map[bool]string{false: "effects", true: "silent"}[silent], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rules.Evaluate(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestABusyShopTakesFewAllocations(t *testing.T) {
	in := busyShop(t)
	n := testing.AllocsPerRun(10, func() {
		if _, err := rules.Evaluate(in); err != nil {
			t.Fatal(err)
		}
	})
	if n > 200 {
		t.Fatalf("%v allocations", n)
	}
}

// TestBusyShopIsBusy keeps the benchmark honest.
func TestBusyShopIsBusy(t *testing.T) {
	in := busyShop(t)
	r := judge(t, in)
	had := map[string]bool{}
	for _, e := range r.Effects {
		if e.State == rules.Applied {
			had[e.Rule] = true
		}
	}
	n := 0
	for _, rule := range in.Settings.Rules {
		if had[rule.ID] {
			n++
		}
	}
	if n < 20 || r.Discount == 0 || r.Redeem == 0 || r.Earn == 0 || len(r.Stamps) != 2 || len(r.Coupons) != 1 || len(r.Uses) == 0 {
		t.Fatalf("only %d rules have a part: %+v", n, r)
	}
}
