package rules_test

import (
	"testing"

	"kartka/engine/money"
	"kartka/engine/rules"
)

func TestBundlesAndTheCheapestFree(t *testing.T) {
	threeForTwo := rules.Benefit{Kind: rules.GivesBundle, Of: 3, Free: 1}
	free := rules.Benefit{Kind: rules.GivesFree}
	weight := func(grams int64, net money.Amount) rules.Line {
		return rules.Line{Category: "coffee", Quantity: money.Quantity(grams), Net: net}
	}
	cases := []struct {
		name  string
		gives rules.Benefit
		lines []rules.Line
		off   money.Amount
	}{
		{"three for two of one price", threeForTwo, []rules.Line{cup("coffee", 3, 5000)}, 5000},
		{"two are not three", threeForTwo, []rules.Line{cup("coffee", 2, 5000)}, 0},
		{"the cheapest of three prices", threeForTwo, []rules.Line{cup("coffee", 1, 7000), cup("coffee", 1, 4000), cup("coffee", 1, 5000)}, 4000},
		{"seven units make two bundles: both of 30, not one of 40", threeForTwo, []rules.Line{cup("coffee", 5, 4000), cup("coffee", 2, 3000)}, 6000},
		{"eleven units, three free: two of 30 and one of 40", threeForTwo, []rules.Line{cup("coffee", 9, 4000), cup("coffee", 2, 3000)}, 10000},
		{"other goods do not count", threeForTwo, []rules.Line{cup("coffee", 2, 5000), cup("cake", 1, 100)}, 0},
		{"buy five, two free", rules.Benefit{Kind: rules.GivesBundle, Of: 5, Free: 2}, []rules.Line{cup("coffee", 5, 5000)}, 10000},
		{"a unit of a line of three for 100.00 costs 33.33", threeForTwo, []rules.Line{{Category: "coffee", Quantity: 3000, Net: 10000}}, 3333},
		{"all of a line cost all of it", rules.Benefit{Kind: rules.GivesBundle, Of: 3, Free: 3}, []rules.Line{{Category: "coffee", Quantity: 3000, Net: 10000}}, 10000},
		{"a weight has no units", threeForTwo, []rules.Line{weight(3500, 10000)}, 0},
		{"a weight beside units is left alone", threeForTwo, []rules.Line{weight(350, 100), cup("coffee", 3, 5000)}, 5000},
		{"one free, the cheapest", free, []rules.Line{cup("coffee", 2, 5000), cup("coffee", 1, 4500)}, 4500},
		{"what costs nothing is not the gift", free, []rules.Line{cup("coffee", 1, 0), cup("coffee", 1, 4500)}, 4500},
		{"free up to 30", rules.Benefit{Kind: rules.GivesFree, Amount: 3000}, []rules.Line{cup("coffee", 1, 4500)}, 3000},
		{"free up to 60", rules.Benefit{Kind: rules.GivesFree, Amount: 6000}, []rules.Line{cup("coffee", 1, 4500)}, 4500},
		{"nothing of a bundle that makes no sense", rules.Benefit{Kind: rules.GivesBundle, Of: 2, Free: 3}, []rules.Line{cup("coffee", 9, 4500)}, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := hundredths(t, 0, 0)
			s.Rules = []rules.Rule{onSale("rule", c.gives, coffeeOnly())}
			comes(t, judge(t, rules.Input{Settings: s, Lines: c.lines}), c.off, 0)
		})
	}
}

func TestAUnitIsFreeOnce(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Rules = []rules.Rule{onSale("bundle", rules.Benefit{Kind: rules.GivesBundle, Of: 3, Free: 1}, coffeeOnly()),
		onSale("free", rules.Benefit{Kind: rules.GivesFree}, coffeeOnly()), onSale("again", rules.Benefit{Kind: rules.GivesBundle, Of: 2, Free: 1}, coffeeOnly())}
	// Of 30, 40, 50: the bundle gives 30, the free one 40, and one unit is no pair.
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{cup("coffee", 1, 3000), cup("coffee", 1, 4000), cup("coffee", 1, 5000)}})
	comes(t, r, 7000, 0)
	tells(t, r, "bundle", rules.Applied, "bundle_free", "count", 1, "money", 3000)
	tells(t, r, "again", rules.Suggested, "bundle_more", "count", 1, "of", 2)
}
