package rules_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawSale draws a shop with a few of every mechanic and a check in it. No two rules or kinds of coupon have the same priority.
func drawSale(t *rapid.T) rules.Input {
	n := func(name string, low, high int64) int64 { return rapid.Int64Range(low, high).Draw(t, name) }
	sometimes := func(name string, v int64) int64 { return v * (n(name, 0, 3) / 3) }
	category := func() string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "category") }
	s := lawfulShop(t)
	s.Earn.Rate, s.Redeem.Limit = money.Rate(n("rate", 0, 2000)), money.Rate(n("limit", 0, 10000))
	s.Earn.Rounding = rapid.SampledFrom([]money.Rounding{money.Down, money.HalfUp, money.Up}).Draw(t, "rounding")
	s.Unit.StepWorth = money.Amount(rapid.SampledFrom([]int64{1, 7, 100}).Draw(t, "worth"))
	s.Earn.PerVisit, s.Discount.Rate = money.Points(sometimes("visit", 50)), money.Rate(sometimes("discount", 700))
	s.Discount.MaxShare = money.Rate(sometimes("max share", 3000))
	s.Discount.NoEarn, s.Discount.NoRedeem = n("no earn", 0, 4) == 0, n("no redeem", 0, 4) == 0
	s.Redeem.MinPayable = money.Amount(sometimes("payable", 900))
	s.Earn.Caps = rules.EarnCaps{PerSale: money.Points(sometimes("per sale", 700)), PerDay: money.Points(sometimes("per day", 900)),
		Balance: money.Points(sometimes("balance", 5000)), SalesPerDay: int(sometimes("sales", 2))}
	s.Redeem.Caps = rules.RedeemCaps{PerDay: money.Points(sometimes("redeem day", 800)), TimesPerDay: int(sometimes("redeem times", 3))}
	s.Welcome = rules.Welcome{Points: 300, Days: 9, WithPurchase: n("welcome", 0, 1) == 0}
	kinds := []rules.BenefitKind{rules.GivesRate, rules.GivesExtraRate, rules.GivesPoints, rules.GivesMultiply, rules.GivesDiscount,
		rules.GivesMoneyOff, rules.GivesFree, rules.GivesBundle, rules.GivesCoupon}
	gives := func(kind rules.BenefitKind) rules.Benefit {
		b := rules.Benefit{Kind: kind, Coupon: "k0"}
		switch kind {
		case rules.GivesRate, rules.GivesExtraRate, rules.GivesDiscount:
			b.Rate = money.Rate(n("benefit rate", 1, 4000))
		case rules.GivesMultiply:
			b.Rate = money.Rate(n("factor", 9000, 40000))
		case rules.GivesPoints:
			b.Points = money.Points(n("points", 1, 500))
		case rules.GivesMoneyOff, rules.GivesFree:
			b.Amount = money.Amount(n("amount", 1, 3000))
		case rules.GivesBundle:
			b.Of = int(n("of", 2, 4))
			b.Free = int(n("free", 1, int64(b.Of)))
		}
		return b
	}
	for i := range n("rules", 0, 6) {
		r := onSale(fmt.Sprint("r", i), gives(rapid.SampledFrom(kinds).Draw(t, "kind")), rules.Condition{})
		r.Priority, r.Stacks, r.Exclusive = int(i), n("stacks", 0, 1) == 0, n("exclusive", 0, 7) == 0
		if n("goods", 0, 1) == 0 {
			r.When.Goods.Categories = []string{category()}
		}
		r.ValidDays = int(sometimes("valid", 5))
		r.Limits = rules.Limits{PerSale: money.Points(sometimes("rule per sale", 60)), Budget: money.Points(sometimes("budget", 90)),
			BudgetMoney: money.Amount(sometimes("budget money", 400))}
		s.Rules = append(s.Rules, r)
	}
	in := rules.Input{Settings: s, Known: true, OccurredAt: noon, Available: money.Points(n("available", 0, 20000)), RedeemMax: n("max", 0, 1) == 0}
	in.Balance = in.Available
	in.Member = &rules.Standing{Visits: int(n("visits", 0, 2)), Uses: []rules.Use{{Counter: counter("earn", "2026-03-02"), Times: int(n("earned times", 0, 2)), Points: money.Points(n("earned", 0, 950))}}}
	if n("tier", 0, 2) == 0 {
		in.Member.Tier.ID = "gold"
	}
	for i := range n("coupons", 0, 2) {
		id := fmt.Sprint("k", i)
		s.Coupons = append(s.Coupons, rules.CouponKind{ID: id, Gives: gives(rapid.SampledFrom(kinds[1:8]).Draw(t, "coupon")), Priority: 10 + int(i), Alone: n("alone", 0, 5) == 0})
		in.Member.Coupons = append(in.Member.Coupons, rules.Coupon{ID: id, Kind: id, State: rules.CouponActivated})
	}
	if n("stamps", 0, 1) == 0 {
		s.Stamps = []rules.StampCard{{ID: "card", Every: int(n("every", 2, 5)), Goods: rules.Goods{Categories: []string{category()}}, Points: money.Points(sometimes("stamp points", 70))}}
		in.Member.Stamps = []rules.StampCount{{Card: "card", Count: int(n("stamps held", -3, 6))}}
	}
	for range n("lines", 1, 5) {
		in.Lines = append(in.Lines, rules.Line{Category: category(), Quantity: money.Quantity(n("quantity", 0, 8) * 500),
			Net: money.Amount(n("net", 0, 9000)), NoEarn: n("line earns not", 0, 5) == 0, NoRedeem: n("line is not redeemed", 0, 5) == 0})
	}
	for i := range n("certificates", 0, 2) {
		in.Certificates = append(in.Certificates, rules.Certificate{ID: fmt.Sprint("c", i), Left: money.Amount(n("left", 0, 9000))})
	}
	return in
}

// lawfulShop is what all drawn shops have in common.
func lawfulShop(t fataler) *rules.Settings {
	s := hundredths(t, 0, 0)
	half := money.Rate(5000)
	s.Goods = []rules.Category{{ID: "a", Limit: &half}, {ID: "b"}, {ID: "c", StoredValue: true}}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, List: []rules.Tier{{ID: "gold", From: 1, Rate: 900, Discount: 500}}}
	return s
}

func TestLawsOfEverySale(t *testing.T) {
	manyCases(t, 10_000)
	rapid.Check(t, func(t *rapid.T) {
		in := drawSale(t)
		r := judge(t, in)
		for i, l := range in.Lines {
			if l.Category == "c" && r.Lines[i] != (rules.LineResult{Certificate: r.Lines[i].Certificate}) {
				t.Fatalf("stored value takes part: %+v", r.Lines[i])
			}
		}
		if broken := capBroken(in, r); broken != "" {
			t.Fatal(broken)
		}
		again := judge(t, in)
		if !cmp.Equal(r, again) {
			t.Fatal("the same sale is judged differently the second time")
		}
		in.Silent = true
		if quiet := judge(t, in); !cmp.Equal(quiet.Lines, r.Lines) || !cmp.Equal(quiet.Lots, r.Lots) || !cmp.Equal(quiet.Uses, r.Uses) {
			t.Fatal("silence changes the numbers")
		}
	})
}

// capBroken says which bound a result exceeds, or "".
func capBroken(in rules.Input, r rules.Result) string {
	s := in.Settings
	today := in.Member.Uses[0]
	over := func(name string, v, bound int64) string {
		if bound > 0 && v > bound {
			return fmt.Sprintf("%s: %d, at most %d", name, v, bound)
		}
		return ""
	}
	c := s.Earn.Caps
	broken := []string{
		over("earned by a sale", int64(r.Earn), int64(c.PerSale)),
		over("spent in a day", int64(r.Redeem), int64(s.Redeem.Caps.PerDay)),
	}
	if s.Discount.MaxShare > 0 && int64(r.Discount)*10000 > int64(r.Total)*int64(s.Discount.MaxShare) {
		broken = append(broken, "discounts take too large a share")
	}
	if r.Earn > 0 {
		broken = append(broken, over("earned in a day", int64(r.Earn+today.Points), int64(c.PerDay)),
			over("the balance", int64(r.Earn+in.Balance-r.Redeem), int64(c.Balance)), over("checks of a day", int64(today.Times)+1, int64(c.SalesPerDay)))
	}
	if r.Redeem > 0 && r.Total-r.Discount-r.RedeemMoney < s.Redeem.MinPayable {
		broken = append(broken, "too little is left to be paid with money")
	}
	for _, e := range r.Effects {
		if i := slices.IndexFunc(s.Rules, func(r rules.Rule) bool { return r.ID == e.Rule }); i >= 0 {
			l := s.Rules[i].Limits
			broken = append(broken, over("of a rule on a check", e.Points, int64(l.PerSale)), over("budget", e.Points, int64(l.Budget)), over("budget", e.Amount, int64(l.BudgetMoney)))
		}
	}
	for _, text := range broken {
		if text != "" {
			return text
		}
	}
	return ""
}

// TestOrderOfWritingDoesNotMatter: rules of different priority may be written in any order.
func TestOrderOfWritingDoesNotMatter(t *testing.T) {
	manyCases(t, 10_000)
	rapid.Check(t, func(t *rapid.T) {
		in := drawSale(t)
		r := judge(t, in)
		shuffled := *in.Settings
		shuffled.Rules = rapid.Permutation(in.Settings.Rules).Draw(t, "order")
		in.Settings = &shuffled
		if diff := cmp.Diff(r, judge(t, in)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMoreMaySpendMore(t *testing.T) {
	manyCases(t, 10_000)
	rapid.Check(t, func(t *rapid.T) {
		in := drawSale(t)
		before := judge(t, in)
		richer := in
		richer.Available += money.Points(rapid.Int64Range(0, 5000).Draw(t, "more"))
		generous := *in.Settings
		generous.Redeem.Limit = min(money.Whole, generous.Redeem.Limit+money.Rate(rapid.Int64Range(0, 3000).Draw(t, "raise")))
		richer.Settings = &generous
		if after := judge(t, richer); after.RedeemLimit < before.RedeemLimit {
			t.Fatalf("may spend %d with more, %d with less", after.RedeemLimit, before.RedeemLimit)
		}
	})
}

// TestValidSettingsNeverFail: whatever settings are valid, an ordinary check is judged.
func TestValidSettingsNeverFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		ids := func(n int, id func(int) string) (all []string) {
			for i := range n {
				all = append(all, id(i))
			}
			return append(all, "", "other")
		}
		categories := ids(len(s.Goods), func(i int) string { return s.Goods[i].ID })
		in := rules.Input{Settings: s, OccurredAt: noon.Add(time.Duration(rapid.Int64Range(0, 365*24*60).Draw(t, "minute")) * time.Minute), Available: 100000, RedeemMax: true,
			Member: &rules.Standing{Visits: rapid.IntRange(0, 20).Draw(t, "visits"), Birthday: rules.Birthday{Month: 3, Day: 5},
				Tier: rules.TierState{ID: rapid.SampledFrom(ids(len(s.Tiers.List), func(i int) string { return s.Tiers.List[i].ID })).Draw(t, "tier")}}}
		for i, kind := range s.Coupons {
			in.Member.Coupons = append(in.Member.Coupons, rules.Coupon{ID: fmt.Sprint(i), Kind: kind.ID, State: rules.CouponActivated})
		}
		for i, card := range s.Stamps {
			in.Member.Stamps = append(in.Member.Stamps, rules.StampCount{Card: card.ID, Count: i})
			in.Marks = append(in.Marks, rules.Mark{Card: card.ID, Units: 3})
		}
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			in.Lines = append(in.Lines, rules.Line{Category: rapid.SampledFrom(categories).Draw(t, "category"),
				Quantity: money.Quantity(rapid.Int64Range(0, 9).Draw(t, "quantity")) * 500, Net: money.Amount(rapid.Int64Range(0, 1e9).Draw(t, "net"))})
		}
		judge(t, in)
	})
}
