package rules_test

import (
	"testing"

	"kartka/engine/money"
	"kartka/engine/rules"
)

func off(rate money.Rate) rules.Benefit {
	return rules.Benefit{Kind: rules.GivesDiscount, Rate: rate}
}

func moneyOff(a money.Amount) rules.Benefit {
	return rules.Benefit{Kind: rules.GivesMoneyOff, Amount: a}
}

func coffeeOnly() rules.Condition {
	return rules.Condition{Goods: rules.Goods{Categories: []string{"coffee"}}}
}

func TestDiscountCard(t *testing.T) {
	s := hundredths(t, 0, money.Whole)
	s.Discount.Rate = 1000
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, Available: 9000, Redeem: 4000})
	if r.Discount != 1000 || r.Payable != 5000 || r.RedeemLimit != 9000 {
		t.Fatalf("100, 10 %%, 40 points: %d off, %d to pay", r.Discount, r.Payable)
	}
	tells(t, r, "discount", rules.Applied, "discounted", "base", 10000, "rate", 1000, "money", 1000)
	// Rounded half up once for the check: 3 × 0.05 at 10 % is 0.015, so 0.02.
	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(5), line(5), line(5)}})
	if r.Discount != 2 || r.Lines[0].Discount != 1 || r.Lines[1].Discount != 1 {
		t.Fatalf("%+v", r.Lines)
	}
}

func TestTheBestBaseDiscountOfEachLine(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Discount.Rate = 300
	s.Tiers.List = []rules.Tier{{ID: "gold", Name: rules.Named("Gold"), From: 1, Discount: 500}}
	s.Rules = []rules.Rule{onSale("coffee-day", off(1000), coffeeOnly()), onSale("weak", off(400), rules.Condition{}),
		onSale("tea-day", off(1000), rules.Condition{Goods: rules.Goods{Categories: []string{"tea"}}})}
	in := rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 2, 5000), cup("cake", 1, 8000)},
		Member: &rules.Standing{Tier: rules.TierState{ID: "gold"}, Qualified: 5}}
	// 100 of coffee at 10 %, 80 of cake at the 5 % of gold; nothing is added up.
	r := judge(t, in)
	comes(t, r, 1400, 0)
	tells(t, r, "coffee-day", rules.Applied, "discounted_rule", "base", 10000, "rate", 1000, "money", 1000)
	tells(t, r, "tier:gold", rules.Applied, "discounted_tier", "base", 8000, "rate", 500, "money", 400)
	tells(t, r, "weak", rules.Skipped, "better_rule")
	tells(t, r, "tea-day", rules.Inapplicable, "when_goods")
	in.Member = &rules.Standing{Tier: rules.TierState{ID: "a tier that is no more"}}
	comes(t, judge(t, in), 1000+320, 0) // 80 × 4 %
}

func TestPromotionsComeOffWhatIsLeft(t *testing.T) {
	s := hundredths(t, 500, 0)
	s.Discount.Rate = 1000
	first, second := onSale("first", moneyOff(1000), rules.Condition{}), onSale("second", rules.Benefit{Kind: rules.GivesFree}, rules.Condition{})
	s.Rules = []rules.Rule{second, first}
	s.Coupons = []rules.CouponKind{{ID: "half", Name: rules.Named("Half"), Gives: off(5000)}}
	in := rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 2, 5000)}, Member: &rules.Standing{
		Coupons: []rules.Coupon{{ID: "c", Kind: "half", State: rules.CouponActivated}}}}
	// 100 − 10 % = 90; one of two free: 45 left; 10 off: 35; half of it: 17.50 to pay, and 5 % of that.
	r := judge(t, in)
	comes(t, r, 8250, 87)
	tells(t, r, "second", rules.Applied, "free_units", "count", 1, "money", 4500)
	// By priority the 10 come first: 90 − 10 = 80, one free: 40, half: 20.
	s.Rules[1].Priority = 1
	r = judge(t, in)
	comes(t, r, 8000, 100)
	if len(r.Coupons) != 1 || r.Coupons[0] != (rules.CouponUse{ID: "c", Kind: "half", Amount: 2000}) {
		t.Fatalf("%+v", r.Coupons)
	}
	// An exclusive one leaves the base discount and takes the rest off.
	s.Rules[1].Exclusive = true
	r = judge(t, in)
	comes(t, r, 2000, 400)
	tells(t, r, "second", rules.Skipped, "exclusive")
	tells(t, r, "coupon:half", rules.Skipped, "exclusive")
	if len(r.Coupons) != 0 {
		t.Fatal("a coupon that gave nothing is used up")
	}
	// One that gives nothing here excludes nobody.
	s.Rules[1].Gives = rules.Benefit{Kind: rules.GivesBundle, Of: 3, Free: 1}
	comes(t, judge(t, in), 4500+2250+1000, 112)
	in.NoCoupons = true
	r = judge(t, in)
	tells(t, r, "coupon:half", rules.Skipped, "coupon_kept")
	tells(t, r, "first", rules.Suggested, "bundle_more", "count", 1, "of", 3)
}

func TestAtMostAShareOfTheCheck(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Discount = rules.Discount{Rate: 1000, MaxShare: 2500}
	s.Rules = []rules.Rule{onSale("twenty", moneyOff(2000), rules.Condition{}), onSale("more", moneyOff(100), rules.Condition{})}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}})
	comes(t, r, 2500, 0)
	tells(t, r, "twenty", rules.Applied, "money_off", "money", 2000)
	tells(t, r, "twenty", rules.Skipped, "discount_cap", "money", 500, "rate", 2500)
	tells(t, r, "more", rules.Skipped, "discount_cap", "money", 100, "rate", 2500)
}

func TestGoodsThatNoDiscountTouches(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Goods = []rules.Category{{ID: "tobacco", NoDiscount: true}}
	s.Discount.Rate = 1000
	s.Rules = []rules.Rule{onSale("off", moneyOff(99999), rules.Condition{}), onSale("only", moneyOff(1), rules.Condition{Goods: rules.Goods{Categories: []string{"tobacco"}}})}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("tobacco", 1, 7000), cup("coffee", 1, 5000)}})
	comes(t, r, 5000, 0)
	if r.Lines[0].Discount != 0 {
		t.Fatalf("%+v", r.Lines)
	}
	tells(t, r, "only", rules.Inapplicable, "goods_excluded")
}

func TestEitherDiscountOrPoints(t *testing.T) {
	s := hundredths(t, 500, money.Whole)
	s.Discount.NoEarn, s.Discount.NoRedeem = true, true
	s.Rules = []rules.Rule{onSale("coffee", off(2000), coffeeOnly())}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 10000), cup("cake", 1, 6000)}, Available: 99999})
	comes(t, r, 2000, 300)
	if r.RedeemLimit != 6000 {
		t.Fatalf("may spend %d", r.RedeemLimit)
	}
	tells(t, r, "earn", rules.Applied, "earned_excluded", "base", 6000, "rate", 500, "points", 300, "excluded", 8000)
}

func TestCouponsOfACheck(t *testing.T) {
	s := hundredths(t, 500, 0)
	s.Discount.Rate = 500
	s.Coupons = []rules.CouponKind{
		{ID: "alone", Name: rules.Named("Alone"), Gives: off(3000), Alone: true},
		{ID: "coffee", Name: rules.Named("Coffee"), Gives: moneyOff(6000), When: coffeeOnly()},
		{ID: "gift", Name: rules.Named("Gift"), Gives: rules.Benefit{Kind: rules.GivesFree}, ByHand: true},
	}
	s.Rules = []rules.Rule{onSale("points", tenPoints, rules.Condition{}), onSale("ten", moneyOff(1000), rules.Condition{})}
	coupon := func(id, kind string, state rules.CouponState, days int) rules.Coupon {
		return rules.Coupon{ID: id, Kind: kind, State: state, From: noon.AddDate(0, 0, -1), Expires: noon.AddDate(0, 0, days)}
	}
	lines := []rules.Line{cup("coffee", 2, 5000)}
	used := func(t *testing.T, r rules.Result, ids ...string) {
		t.Helper()
		if len(r.Coupons) != len(ids) {
			t.Fatalf("used %+v, want %v", r.Coupons, ids)
		}
		for i, id := range ids {
			if r.Coupons[i].ID != id {
				t.Fatalf("used %+v, want %v", r.Coupons, ids)
			}
		}
	}
	t.Run("one that stands alone", func(t *testing.T) {
		r := judge(t, rules.Input{Settings: s, Lines: lines, Member: &rules.Standing{Coupons: []rules.Coupon{
			coupon("x", "coffee", rules.CouponActivated, 1), coupon("a", "alone", rules.CouponActivated, 9)}}})
		comes(t, r, 3000, 0) // no base discount, nothing beside it, nothing earned
		used(t, r, "a")
		tells(t, r, "earn", rules.Inapplicable, "earn_alone")
		tells(t, r, "points", rules.Skipped, "alone")
		tells(t, r, "coupon:coffee", rules.Skipped, "alone")
	})
	t.Run("the one that ends soonest first", func(t *testing.T) {
		// 95 after the base discount; rule 10 off; the first coupon 60, of the second 25 are left.
		never := coupon("never", "coffee", rules.CouponActivated, 0)
		never.Expires = never.Expires.AddDate(0, 0, -1) // over
		endless := rules.Coupon{ID: "endless", Kind: "coffee", State: rules.CouponActivated}
		r := judge(t, rules.Input{Settings: s, Lines: lines, Member: &rules.Standing{Coupons: []rules.Coupon{
			endless, coupon("later", "coffee", rules.CouponActivated, 9), coupon("sooner", "coffee", rules.CouponActivated, 2), never}}})
		comes(t, r, 10000, 1000)
		used(t, r, "sooner", "later")
		if r.Coupons[0].Amount != 6000 || r.Coupons[1].Amount != 2500 {
			t.Fatalf("%+v", r.Coupons)
		}
		tells(t, r, "coupon:coffee", rules.Inapplicable, "nothing_left")
	})
	t.Run("what is not yet activated is suggested", func(t *testing.T) {
		r := judge(t, rules.Input{Settings: s, Lines: lines, Member: &rules.Standing{Coupons: []rules.Coupon{
			coupon("i", "coffee", rules.CouponIssued, 9), coupon("h", "gift", rules.CouponActivated, 9), coupon("u", "unknown", rules.CouponActivated, 9)}}})
		used(t, r)
		tells(t, r, "coupon:coffee", rules.Suggested, "coupon_activate")
		tells(t, r, "coupon:gift", rules.Suggested, "coupon_by_hand")
		r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("tea", 1, 100)}, Member: &rules.Standing{Coupons: []rules.Coupon{coupon("i", "coffee", rules.CouponIssued, 9)}}})
		for _, e := range r.Effects {
			if e.Rule == "coupon:coffee" {
				t.Fatalf("a coupon that would not fit is suggested: %+v", e)
			}
		}
	})
	t.Run("points by a coupon", func(t *testing.T) {
		s := *s
		s.Discount, s.Rules = rules.Discount{}, nil
		s.Coupons = []rules.CouponKind{{ID: "double", Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}}}
		r := judge(t, rules.Input{Settings: &s, Lines: lines, Member: &rules.Standing{Coupons: []rules.Coupon{coupon("d", "double", rules.CouponActivated, 9)}}})
		comes(t, r, 0, 1000)
		used(t, r, "d")
		if r.Coupons[0].Points != 500 {
			t.Fatalf("%+v", r.Coupons)
		}
	})
}

func TestGivingCoupons(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Coupons = []rules.CouponKind{{ID: "next", Name: rules.Named("Next time"), Gives: moneyOff(1000), MaxOpen: 2}}
	s.Rules = []rules.Rule{onSale("a", rules.Benefit{Kind: rules.GivesCoupon, Coupon: "next"}, rules.Condition{MinCheck: 5000}),
		onSale("b", rules.Benefit{Kind: rules.GivesCoupon, Coupon: "next"}, rules.Condition{})}
	open := []rules.Coupon{{ID: "1", Kind: "next", State: rules.CouponIssued}}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(5000)}, Member: &rules.Standing{Coupons: open}})
	if len(r.Grants) != 1 || r.Grants[0] != (rules.Grant{Coupon: "next", From: "rule:a"}) {
		t.Fatalf("%+v", r.Grants)
	}
	if e := effect(t, r, "a", "coupon_granted"); e.Reason.Of != "coupon:next" || e.Reason.Text != "Next time" {
		t.Fatalf("%+v", e)
	}
	tells(t, r, "b", rules.Skipped, "coupon_max_open", "count", 2)
	open[0].State = rules.CouponActivated // it is used on this check, so that there is room for two
	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(5000)}, Member: &rules.Standing{Coupons: open}})
	if len(r.Grants) != 2 || r.Discount != 1000 {
		t.Fatalf("%+v", r.Grants)
	}
}
