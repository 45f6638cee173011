package rules_test

import (
	"testing"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
)

func eighthFree() rules.StampCard {
	return rules.StampCard{ID: "coffee", Name: rules.Named("Coffee card"), Every: 8, Goods: rules.Goods{Categories: []string{"coffee"}}}
}

func stamped(n int) *rules.Standing {
	return &rules.Standing{Visits: 3, Stamps: []rules.StampCount{{Card: "coffee", Count: n}}}
}

func TestEveryEighthIsFree(t *testing.T) {
	mixed := []rules.Line{cup("coffee", 4, 6000), cup("coffee", 3, 4000), cup("coffee", 3, 5000), cup("cake", 1, 9000)} // ten units
	cases := []struct {
		name   string
		lines  []rules.Line
		have   int
		card   func(*rules.StampCard)
		off    money.Amount
		change rules.StampChange
	}{
		{name: "ten units, three stamps before: the cheapest one is free and five remain", lines: mixed, have: 3,
			off: 4000, change: rules.StampChange{Card: "coffee", Units: 10, Free: 1, Delta: 2, Rounds: 1}},
		{name: "ten units, six stamps before: two are free and none remain", lines: mixed, have: 6,
			off: 8000, change: rules.StampChange{Card: "coffee", Units: 10, Free: 2, Delta: -6, Rounds: 2}},
		{name: "seven stamps: the next one is free", lines: []rules.Line{cup("coffee", 1, 5000)}, have: 7,
			off: 5000, change: rules.StampChange{Card: "coffee", Units: 1, Free: 1, Delta: -7, Rounds: 1}},
		{name: "six stamps: not yet", lines: []rules.Line{cup("coffee", 1, 5000)}, have: 6,
			change: rules.StampChange{Card: "coffee", Units: 1, Delta: 1}},
		{name: "after a return the missing stamps are filled up first", lines: mixed, have: -3,
			change: rules.StampChange{Card: "coffee", Units: 10, Delta: 10}},
		{name: "the free unit costs at most 45", lines: mixed, have: 3, card: func(c *rules.StampCard) { c.MaxPrice = 4500 },
			off: 4000, change: rules.StampChange{Card: "coffee", Units: 10, Free: 1, Delta: 2, Rounds: 1}},
		{name: "all are dearer: the gift waits", lines: mixed, have: 3, card: func(c *rules.StampCard) { c.MaxPrice = 3000 },
			change: rules.StampChange{Card: "coffee", Units: 10, Delta: 10}},
		{name: "a gift that has waited comes with the next one", lines: []rules.Line{cup("coffee", 1, 3000)}, have: 13, card: func(c *rules.StampCard) { c.MaxPrice = 3000 },
			off: 3000, change: rules.StampChange{Card: "coffee", Units: 1, Free: 1, Delta: -7, Rounds: 1}},
		{name: "one stamp a check", lines: mixed, have: 3, card: func(c *rules.StampCard) { c.PerCheck = true },
			change: rules.StampChange{Card: "coffee", Units: 1, Delta: 1}},
		{name: "one stamp a check, the eighth makes a coffee free", lines: mixed, have: 7, card: func(c *rules.StampCard) { c.PerCheck = true },
			off: 4000, change: rules.StampChange{Card: "coffee", Units: 1, Free: 1, Delta: -7, Rounds: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := hundredths(t, 0, 0)
			card := eighthFree()
			if c.card != nil {
				c.card(&card)
			}
			s.Stamps = []rules.StampCard{card}
			r := judge(t, rules.Input{Settings: s, Lines: c.lines, Member: stamped(c.have)})
			comes(t, r, c.off, 0)
			if diff := cmp.Diff([]rules.StampChange{c.change}, r.Stamps); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestStampsOfABareSum(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Stamps = []rules.StampCard{eighthFree()}
	in := rules.Input{Settings: s, Lines: []rules.Line{line(70000)}, Member: stamped(5), Marks: []rules.Mark{{Card: "coffee", Units: 3}, {Card: "unknown", Units: 1}}}
	// Five and three make the seven of a round and one more: the gift is a coupon.
	r := judge(t, in)
	comes(t, r, 0, 0)
	if diff := cmp.Diff([]rules.StampChange{{Card: "coffee", Units: 3, Delta: -4, Rounds: 1}}, r.Stamps); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]rules.Grant{{Coupon: "stamps:coffee", From: "stamps:coffee"}}, r.Grants); diff != "" {
		t.Fatal(diff)
	}
	tells(t, r, "stamps:coffee", rules.Applied, "stamps_added", "count", 1, "of", 7)
	tells(t, r, "stamps:coffee", rules.Applied, "stamps_coupon", "count", 1)
	in.Marks = nil
	if r := judge(t, in); len(r.Stamps) != 0 {
		t.Fatalf("a bare sum has no units: %+v", r.Stamps)
	}
	s.Stamps[0].PerCheck = true
	if r := judge(t, in); len(r.Stamps) != 1 || r.Stamps[0].Delta != 1 {
		t.Fatalf("one stamp a check: %+v", r.Stamps)
	}
}

func TestOtherGiftsOfStamps(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Coupons = []rules.CouponKind{{ID: "mug", Name: rules.Named("Mug"), Gives: rules.Benefit{Kind: rules.GivesFree}, ByHand: true, MaxOpen: 1}}
	points, coupon := eighthFree(), eighthFree()
	points.ID, points.Points = "points", 2500
	coupon.ID, coupon.Coupon, coupon.MinCheck = "mugs", "mug", 10000
	visits := eighthFree()
	visits.ID, visits.MinCheck = "large", 90000
	s.Stamps = []rules.StampCard{points, coupon, visits}
	m := &rules.Standing{Visits: 1, Stamps: []rules.StampCount{{Card: "points", Count: 7}, {Card: "mugs", Count: 14}}}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 10, 5000)}, Member: m})
	// 7 + 10 = 17 is two rounds of points and one left; 14 + 10 = 24 is three mugs, of which a guest may have one: eight stamps come off.
	comes(t, r, 0, 5000)
	if diff := cmp.Diff([]rules.StampChange{{Card: "points", Units: 10, Delta: -6, Rounds: 2}, {Card: "mugs", Units: 10, Delta: 2, Rounds: 1}}, r.Stamps); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]rules.Grant{{Coupon: "mug", From: "stamps:mugs"}}, r.Grants); diff != "" {
		t.Fatal(diff)
	}
	tells(t, r, "stamps:points", rules.Applied, "stamps_points", "count", 2, "points", 5000)
	tells(t, r, "stamps:large", rules.Suggested, "spend_more", "money", 40000, "limit", 90000)
	m.Stamps = []rules.StampCount{{Card: "points", Count: 6}}
	r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 5000)}, Member: m})
	tells(t, r, "stamps:points", rules.Suggested, "stamps_one_more")
	tells(t, r, "stamps:mugs", rules.Suggested, "spend_more", "money", 5000, "limit", 10000)
	tells(t, r, "stamps:large", rules.Inapplicable, "when_check", "money", 90000)
}

func TestStampsBesideOtherThings(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Stamps = []rules.StampCard{eighthFree()}
	exclusive := onSale("exclusive", moneyOff(100), rules.Condition{})
	exclusive.Exclusive = true
	s.Rules = []rules.Rule{exclusive}
	s.Goods = []rules.Category{{ID: "gift-card", StoredValue: true}}
	// Under an exclusive discount nothing is free; the stamps stay for the next time.
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 2, 5000)}, Member: stamped(7)})
	comes(t, r, 100, 0)
	if r.Stamps[0].Delta != 2 || r.Stamps[0].Free != 0 {
		t.Fatalf("%+v", r.Stamps)
	}
	s.Rules = nil
	tells(t, judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 5000)}, Member: stamped(6)}), "stamps:coffee", rules.Suggested, "stamps_next_free")
	s.Stamps[0].Goods = rules.Goods{}
	if r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("gift-card", 1, 50000)}, Member: stamped(7)}); len(r.Stamps) != 0 || r.Discount != 0 {
		t.Fatalf("selling stored value gives stamps: %+v", r)
	}
	// A full pot from an import does not flood the guest, and all of it stays counted.
	s.Stamps[0].Coupon = "x"
	s.Coupons = []rules.CouponKind{{ID: "x", Gives: moneyOff(1)}}
	if r = judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 5000)}, Member: stamped(90_000)}); len(r.Grants) != 1000 || r.Stamps[0].Delta != 1-8000 {
		t.Fatalf("%d coupons, %+v", len(r.Grants), r.Stamps)
	}
}
