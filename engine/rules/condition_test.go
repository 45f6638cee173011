package rules_test

import (
	"fmt"
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// onSale is a rule about sales that gives something under a condition.
func onSale(id string, gives rules.Benefit, when rules.Condition) rules.Rule {
	return rules.Rule{ID: id, Name: rules.Named(id), On: rules.TriggerSale, Gives: gives, When: when}
}

var tenPoints = rules.Benefit{Kind: rules.GivesPoints, Points: 1000}

func TestConditions(t *testing.T) {
	goods := rules.Goods{Categories: []string{"coffee"}}
	type c = rules.Condition
	cases := []struct {
		name  string
		when  c
		why   string // "": it holds
		state rules.State
		in    rules.Input
		rule  func(*rules.Rule)
	}{
		{name: "without a condition", when: c{}},
		{name: "at this place", when: c{Locations: []string{"mall", "centre"}}, in: rules.Input{Location: "centre"}},
		{name: "at another place", when: c{Locations: []string{"mall"}}, in: rules.Input{Location: "centre"}, why: "when_location"},
		{name: "by the bot", when: c{Channels: []string{"bot"}}, in: rules.Input{Channel: "bot"}},
		{name: "not by the till", when: c{Channels: []string{"bot"}}, in: rules.Input{Channel: "till"}, why: "when_channel"},
		{name: "on Mondays, and it is one", when: c{Weekdays: []time.Weekday{time.Monday}}},
		{name: "on Tuesdays, and it is Monday", when: c{Weekdays: []time.Weekday{time.Tuesday}}, why: "when_weekday"},
		{name: "Monday here is Sunday over there", when: c{Weekdays: []time.Weekday{time.Sunday}},
			in: rules.Input{OccurredAt: at(t, "2026-03-02 00:30"), Zone: zone(t, "Europe/Madrid")}},
		{name: "a tier that is held", when: c{Tiers: []string{"gold"}}, in: rules.Input{Member: &rules.Standing{Tier: rules.TierState{ID: "gold"}}}},
		{name: "a tier that is not held", when: c{Tiers: []string{"gold"}}, in: rules.Input{Member: &rules.Standing{Tier: rules.TierState{ID: "silver"}}}, why: "when_tier"},
		{name: "a tag", when: c{Tags: []string{"student", "staff"}}, in: rules.Input{Member: &rules.Standing{Tags: []string{"staff"}}}},
		{name: "without the tag", when: c{Tags: []string{"student"}}, in: rules.Input{Member: &rules.Standing{Tags: []string{"staff"}}}, why: "when_tag"},
		{name: "a tag that bars", when: c{NotTags: []string{"staff"}}, in: rules.Input{Member: &rules.Standing{Tags: []string{"staff"}}}, why: "when_tag"},
		{name: "the first purchase", when: c{Purchase: 1}, in: rules.Input{Member: &rules.Standing{}}},
		{name: "the second is not the first", when: c{Purchase: 1}, in: rules.Input{Member: &rules.Standing{Visits: 1}}, why: "when_purchase"},
		{name: "the second purchase", when: c{Purchase: 2}, in: rules.Input{Member: &rules.Standing{Visits: 1}}},
		{name: "every fifth, and it is the tenth", when: c{EveryNth: 5}, in: rules.Input{Member: &rules.Standing{Visits: 9}}},
		{name: "every fifth, and it is the ninth", when: c{EveryNth: 5}, in: rules.Input{Member: &rules.Standing{Visits: 8}}, why: "when_every_nth"},
		{name: "on the last of seven days after joining", when: c{JoinedDays: 7}, in: rules.Input{Member: &rules.Standing{JoinedAt: at(t, "2026-02-23 00:01")}}},
		{name: "on the day after", when: c{JoinedDays: 7}, in: rules.Input{Member: &rules.Standing{JoinedAt: at(t, "2026-02-22 23:59")}}, why: "when_joined"},
		{name: "three days before the birthday", when: c{Birthday: rules.Window{Set: true, Before: 3}}, in: rules.Input{Member: &rules.Standing{Birthday: rules.Birthday{Month: 3, Day: 5}}}},
		{name: "four days before the birthday", when: c{Birthday: rules.Window{Set: true, Before: 3}}, in: rules.Input{Member: &rules.Standing{Birthday: rules.Birthday{Month: 3, Day: 6}}}, why: "birthday_not_now"},
		{name: "a birthday that is not told", when: c{Birthday: rules.Window{Set: true}}, why: "birthday_unknown"},
		{name: "a birthday changed last week", when: c{Birthday: rules.Window{Set: true}}, in: rules.Input{Member: &rules.Standing{
			Birthday: rules.Birthday{Month: 3, Day: 2, ChangedAt: noon.AddDate(0, 0, -7)}}}, why: "birthday_changed"},
		{name: "back after 40 days", when: c{Absent: rules.Absence{Days: 30}}, in: rules.Input{Member: &rules.Standing{Visits: 1, LastVisit: noon.AddDate(0, 0, -40)}}},
		{name: "back after 20 days", when: c{Absent: rules.Absence{Days: 30}}, in: rules.Input{Member: &rules.Standing{Visits: 1, LastVisit: noon.AddDate(0, 0, -20)}}, why: "when_absent"},
		{name: "the goods", when: c{Goods: goods}},
		{name: "by their SKU", when: c{Goods: rules.Goods{SKUs: []string{"coffee"}}}},
		{name: "other goods", when: c{Goods: rules.Goods{Categories: []string{"tea"}}}, why: "when_goods"},
		{name: "all but these goods", when: c{Goods: rules.Goods{Except: []string{"coffee"}}}, why: "when_goods"},
		{name: "a category without one of its goods", when: c{Goods: rules.Goods{Categories: []string{"coffee"}, Except: []string{"coffee"}}}, why: "when_goods"},
		{name: "two units", when: c{Goods: goods, MinUnits: 2}},
		{name: "three units of two", when: c{Goods: goods, MinUnits: 3}, why: "take_more", state: rules.Suggested},
		{name: "nine units of two", when: c{Goods: goods, MinUnits: 9}, why: "when_units"},
		{name: "a check of 100", when: c{MinCheck: 10000}},
		{name: "a check of 200, half of it is there", when: c{MinCheck: 20000}, why: "spend_more", state: rules.Suggested},
		{name: "a check of 200.01", when: c{MinCheck: 20001}, why: "when_check"},
		{name: "on its first day", rule: func(r *rules.Rule) { r.From = "2026-03-02" }},
		{name: "before its first day", rule: func(r *rules.Rule) { r.From = "2026-03-05" }, why: "when_begins"},
		{name: "on its last day", rule: func(r *rules.Rule) { r.To = "2026-03-02" }},
		{name: "after its last day", rule: func(r *rules.Rule) { r.To = "2026-03-01" }, why: "when_over"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			s := hundredths(t, 0, 0)
			s.Tiers.List = []rules.Tier{{ID: "silver", From: 1000}, {ID: "gold", From: 2000}}
			rule := onSale("rule", tenPoints, test.when)
			if test.rule != nil {
				test.rule(&rule)
			}
			s.Rules = []rules.Rule{rule}
			in := test.in
			in.Settings, in.Lines = s, []rules.Line{cup("coffee", 2, 5000)}
			r := judge(t, in)
			if test.why == "" {
				comes(t, r, 0, 1000)
				return
			}
			comes(t, r, 0, 0)
			if e := effect(t, r, "rule", test.why); test.state == "" && e.State != rules.Inapplicable || test.state != "" && e.State != test.state {
				t.Fatalf("state %s", e.State)
			} else if e.Reason.Of != "rule:rule" || e.Reason.Text != "rule" {
				t.Fatalf("the rule is not named: %+v", e)
			}
		})
	}
}

func TestPausedRulesAreNotThere(t *testing.T) {
	s := hundredths(t, 500, 0)
	paused := onSale("paused", tenPoints, rules.Condition{})
	paused.Paused = true
	other := onSale("other", tenPoints, rules.Condition{})
	other.On = rules.TriggerJoin
	s.Rules = []rules.Rule{paused, other}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}})
	comes(t, r, 0, 500)
	if len(r.Effects) != 2 {
		t.Fatalf("%+v", r.Effects)
	}
}

func TestOfAnUnknownMemberNothingIsAssumed(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Welcome = rules.Welcome{Points: 5000, WithPurchase: true}
	s.Rules = []rules.Rule{onSale("first", tenPoints, rules.Condition{Purchase: 1}), onSale("nth", tenPoints, rules.Condition{EveryNth: 1}),
		onSale("new", tenPoints, rules.Condition{JoinedDays: 3650})}
	r, err := rules.Evaluate(rules.Input{Settings: s, Known: true, OccurredAt: noon, Lines: []rules.Line{line(10000)}})
	if err != nil {
		t.Fatal(err)
	}
	comes(t, r, 0, 0)
}

// TestHappyHours goes by the clock on the wall: over midnight, and on the days the clocks change.
func TestHappyHours(t *testing.T) {
	friday, saturday := time.Friday, time.Saturday
	cases := []struct {
		from, to int // minutes
		days     []time.Weekday
		at       string // in Kyiv
		holds    bool
	}{
		{8 * 60, 10 * 60, nil, "2026-03-02 08:00", true},
		{8 * 60, 10 * 60, nil, "2026-03-02 09:59", true},
		{8 * 60, 10 * 60, nil, "2026-03-02 10:00", false},
		{8 * 60, 10 * 60, nil, "2026-03-02 07:59", false},
		{22 * 60, 24 * 60, nil, "2026-03-02 23:59", true},
		// 2026-03-06 is a Friday.
		{22 * 60, 2 * 60, []time.Weekday{friday}, "2026-03-06 22:00", true},
		{22 * 60, 2 * 60, []time.Weekday{friday}, "2026-03-07 01:59", true},
		{22 * 60, 2 * 60, []time.Weekday{friday}, "2026-03-07 02:00", false},
		{22 * 60, 2 * 60, []time.Weekday{friday}, "2026-03-06 01:00", false}, // the night from Thursday
		{22 * 60, 2 * 60, []time.Weekday{saturday}, "2026-03-07 01:00", false},
		{10 * 60, 10 * 60, []time.Weekday{friday}, "2026-03-07 09:59", true}, // a whole day from ten
		{10 * 60, 10 * 60, []time.Weekday{friday}, "2026-03-06 09:59", false},
		// 29 March: from 3:00 to 4:00 at once. 25 October: 3:30 comes twice, both times it is half past three.
		{2 * 60, 5 * 60, nil, "2026-03-29 04:00", true},
		{2 * 60, 4 * 60, nil, "2026-03-29 04:00", false},
		{3 * 60, 4 * 60, nil, "2026-10-25 03:30", true},
	}
	for _, c := range cases {
		s := hundredths(t, 0, 0)
		s.Rules = []rules.Rule{onSale("happy", tenPoints, rules.Condition{Hours: rules.Hours{From: c.from, To: c.to}, Weekdays: c.days})}
		r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, OccurredAt: at(t, c.at)})
		if (r.Earn > 0) != c.holds {
			t.Errorf("%d–%d %v at %s: earned %d", c.from, c.to, c.days, c.at, r.Earn)
		}
	}
	s := hundredths(t, 0, 0)
	s.Rules = []rules.Rule{onSale("happy", tenPoints, rules.Condition{Hours: rules.Hours{From: 3 * 60, To: 4 * 60}})}
	twice := at(t, "2026-10-25 03:30")
	for _, moment := range []time.Time{twice, twice.Add(time.Hour)} {
		if r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, OccurredAt: moment}); moment.In(s.Zone).Hour() == 3 && r.Earn != 1000 {
			t.Errorf("at %s of a day with 25 hours nothing is earned", moment)
		}
	}
	r := judge(t, rules.Input{Settings: s, Lines: []rules.Line{line(10000)}, OccurredAt: at(t, "2026-03-02 12:00")})
	tells(t, r, "happy", rules.Inapplicable, "when_hours", "from", 180, "to", 240)
}

func TestGoodsByCategoryAndSKU(t *testing.T) {
	s := hundredths(t, 0, 0)
	s.Goods = []rules.Category{{ID: "hot", SKUs: []string{"espresso", "tea"}}, {ID: "food", SKUs: []string{"tea"}}}
	lines := []rules.Line{{SKU: "espresso", Quantity: 1000, Net: 100}, {SKU: "tea", Quantity: 1000, Net: 200}, {Category: "food", Quantity: 1000, Net: 400},
		{Category: "hot", SKU: "mocha", Quantity: 1000, Net: 800}, {SKU: "espresso", Quantity: 1000, Net: 1600}, {Category: "cups", Quantity: 1000, Net: 3200}}
	for want, goods := range map[money.Points]rules.Goods{
		100 + 200 + 800 + 1600: {Categories: []string{"hot"}},
		200 + 400:              {Categories: []string{"food"}},
		100 + 800 + 1600:       {Categories: []string{"hot"}, Except: []string{"food"}},
		100 + 200 + 1600:       {Categories: []string{"hot"}, Except: []string{"mocha"}},
		3200 + 800:             {Categories: []string{"cups"}, SKUs: []string{"mocha"}},
		3200:                   {Except: []string{"hot", "food"}},
		100 + 1600:             {SKUs: []string{"espresso", "unknown"}},
	} {
		s.Rules = []rules.Rule{onSale("all", rules.Benefit{Kind: rules.GivesRate, Rate: money.Whole}, rules.Condition{Goods: goods})}
		if r := judge(t, rules.Input{Settings: s, Lines: lines}); r.Earn != want {
			t.Errorf("%+v chooses lines of %d, want %d", goods, r.Earn, want)
		}
	}
	// Sets of lines go beyond one word.
	var many []rules.Line
	for i := range 200 {
		many = append(many, rules.Line{SKU: fmt.Sprint(i % 100), Quantity: 1000, Net: 100})
	}
	s.Rules = []rules.Rule{onSale("all", rules.Benefit{Kind: rules.GivesRate, Rate: money.Whole}, rules.Condition{Goods: rules.Goods{SKUs: []string{"0", "63", "64", "99"}}})}
	if r := judge(t, rules.Input{Settings: s, Lines: many}); r.Earn != 800 || r.Lines[164].Earn != 100 {
		t.Errorf("of 200 lines %d", r.Earn)
	}
}
