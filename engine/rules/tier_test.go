package rules_test

import (
	"testing"
	"time"

	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tiered are settings with Silver from 5 000, Gold from 10 000 and Platinum from 50 000 of the currency.
func tiered(t fataler, scheme rules.Tiers) *rules.Settings {
	s := settingsIn(t, "Europe/Kyiv")
	s.Tiers = scheme
	s.Tiers.List = []rules.Tier{{ID: "silver", From: 500000}, {ID: "gold", From: 1000000}, {ID: "platinum", From: 5000000}}
	return s
}

// kyivTime reads what a clock in Kyiv shows; "" is the zero time.
func kyivTime(t fataler, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	layout := "2006-01-02 15:04"
	if len(text) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	at, err := time.ParseInLocation(layout, text, zone(t, "Europe/Kyiv"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func tierState(t fataler, id, since, until string) rules.TierState {
	return rules.TierState{ID: id, Since: kyivTime(t, since), Until: kyivTime(t, until)}
}

var (
	yearly   = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 365, KeepDays: 365, GraceDays: 31, WarnDays: 14, Downgrade: rules.DowngradeStep}
	calendar = rules.Tiers{Basis: rules.TierBySpend, Calendar: rules.PeriodYear, WarnDays: 30, Downgrade: rules.DowngradeFull}
	lifelong = rules.Tiers{Basis: rules.TierBySpend}
)

func TestTierWindow(t *testing.T) {
	at := kyivTime(t, "2026-11-22 00:30")
	for _, c := range []struct {
		name   string
		scheme rules.Tiers
		want   rules.Date
	}{
		{"the last 365 days, today among them", yearly, "2025-11-23"},
		{"today alone", rules.Tiers{Basis: rules.TierByVisits, WindowDays: 1}, "2026-11-22"},
		{"the calendar year", calendar, "2026-01-01"},
		{"the quarter", rules.Tiers{Basis: rules.TierByPoints, Calendar: rules.PeriodQuarter}, "2026-10-01"},
		{"the whole life", lifelong, ""},
		{"referrals count for life", rules.Tiers{Basis: rules.TierByReferrals, WindowDays: 365, Calendar: rules.PeriodYear}, ""},
	} {
		if got := tiered(t, c.scheme).TierWindow(at); got != c.want {
			t.Errorf("%s: since %q, want %q", c.name, got, c.want)
		}
	}
	s := tiered(t, calendar)
	held := tierState(t, "gold", "2025-07-20", "2027-01-01")
	for at, want := range map[string]rules.Date{"2026-12-31 23:59": "2026-01-01", "2027-01-01": "2026-01-01", "2027-01-20": "2026-01-01"} {
		if got := s.TierWindowOf(held, kyivTime(t, at)); got != want {
			t.Errorf("judged at %s by what counts since %s, want %s", at, got, want)
		}
	}
	if got := tiered(t, yearly).TierWindowOf(held, kyivTime(t, "2027-01-20")); got != "2026-01-21" {
		t.Errorf("a window of days begins on %s", got)
	}
	if got := tiered(t, lifelong).TierWindowOf(held, kyivTime(t, "2028-01-01")); got != "" {
		t.Errorf("a life begins on %s", got)
	}
}

func TestTierFor(t *testing.T) {
	s := tiered(t, yearly)
	for qualified, want := range map[int64]string{-1: "", 0: "", 499999: "", 500000: "silver", 999999: "silver", 1000000: "gold", 1 << 62: "platinum"} {
		got := ""
		if tier := s.TierFor(qualified); tier != nil {
			got = tier.ID
		}
		if got != want {
			t.Errorf("%d reaches %q, want %q", qualified, got, want)
		}
	}
	if settingsIn(t, "Europe/Kyiv").TierFor(1<<62) != nil {
		t.Error("a tier without a scheme")
	}
}

func TestTierAfterSale(t *testing.T) {
	gold := tierState(t, "gold", "2026-07-20 12:00", "2027-07-21")
	grace := gold
	grace.Grace, grace.Warned = true, true
	byHand := rules.TierState{ID: "gold", Since: kyivTime(t, "2026-01-01"), Until: kyivTime(t, "2029-01-01"), ByHand: true}
	byHandForEver := rules.TierState{ID: "gold", ByHand: true}
	shortPromise := byHand
	shortPromise.Until = kyivTime(t, "2026-12-01")
	for _, c := range []struct {
		name      string
		scheme    rules.Tiers
		held      rules.TierState
		qualified int64
		at        string
		want      rules.TierState
		up        bool
	}{
		{"threshold 10 000, check 12 000: Gold, from the next purchase", yearly, rules.TierState{}, 1200000, "2026-07-20 12:00", gold, true},
		{"not enough", yearly, rules.TierState{}, 499999, "2026-07-20 12:00", rules.TierState{}, false},
		{"two tiers at once", yearly, tierState(t, "silver", "2026-01-01", "2027-01-02"), 6000000, "2026-07-20 12:00", tierState(t, "platinum", "2026-07-20 12:00", "2027-07-21"), true},
		{"the same tier is not renewed by each purchase", yearly, gold, 1500000, "2026-09-01", gold, false},
		{"a return lowers the sum and not the tier", yearly, gold, 100000, "2026-09-01", gold, false},
		{"not even to nothing", yearly, gold, 0, "2026-09-01", gold, false},
		{"in grace, reached again: a new term", yearly, grace, 1000000, "2027-08-01 10:00", tierState(t, "gold", "2027-08-01 10:00", "2028-08-01"), false},
		{"in grace, not reached", yearly, grace, 999999, "2027-08-01 10:00", grace, false},
		{"in grace, more than reached", yearly, grace, 5000000, "2027-08-01 10:00", tierState(t, "platinum", "2027-08-01 10:00", "2028-08-01"), true},
		{"the calendar: to the end of the next year", calendar, rules.TierState{}, 1200000, "2026-07-20 12:00", tierState(t, "gold", "2026-07-20 12:00", "2028-01-01"), true},
		{"the calendar quarter, over its end in winter", rules.Tiers{Basis: rules.TierBySpend, Calendar: rules.PeriodQuarter}, rules.TierState{}, 1200000, "2026-07-20 12:00", tierState(t, "gold", "2026-07-20 12:00", "2027-01-01"), true},
		{"the calendar with days of its own", rules.Tiers{Basis: rules.TierBySpend, Calendar: rules.PeriodYear, KeepDays: 10}, rules.TierState{}, 1200000, "2026-10-20 12:00", tierState(t, "gold", "2026-10-20 12:00", "2026-10-31"), true},
		{"a window of days goes before the calendar", rules.Tiers{Basis: rules.TierBySpend, WindowDays: 90, Calendar: rules.PeriodYear}, rules.TierState{}, 1200000, "2026-07-20 12:00", tierState(t, "gold", "2026-07-20 12:00", ""), true},
		{"for life", lifelong, rules.TierState{}, 1200000, "2026-07-20 12:00", tierState(t, "gold", "2026-07-20 12:00", ""), true},
		{"by referrals for life", rules.Tiers{Basis: rules.TierByReferrals, Calendar: rules.PeriodYear}, rules.TierState{}, 1200000, "2026-07-20 12:00", tierState(t, "gold", "2026-07-20 12:00", ""), true},
		{"given by hand and not reached", yearly, byHand, 0, "2026-07-20 12:00", byHand, false},
		{"given by hand, more is reached: the promise stands", yearly, byHand, 5000000, "2026-07-20 12:00",
			rules.TierState{ID: "platinum", Since: kyivTime(t, "2026-07-20 12:00"), Until: byHand.Until, ByHand: true}, true},
		{"given by hand for ever", yearly, byHandForEver, 5000000, "2026-07-20 12:00",
			rules.TierState{ID: "platinum", Since: kyivTime(t, "2026-07-20 12:00"), ByHand: true}, true},
		{"given by hand for less than a term", yearly, shortPromise, 5000000, "2026-07-20 12:00", tierState(t, "platinum", "2026-07-20 12:00", "2027-07-21"), true},
		{"a tier that is no more is none", yearly, tierState(t, "diamond", "2026-01-01", "2027-01-01"), 1200000, "2026-07-20 12:00", gold, true},
		{"a tier that is no more, and nothing else reached", yearly, tierState(t, "diamond", "2026-01-01", "2027-01-01"), 0, "2026-07-20 12:00", tierState(t, "diamond", "2026-01-01", "2027-01-01"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, up := tiered(t, c.scheme).TierAfterSale(c.held, c.qualified, kyivTime(t, c.at))
			if diff := cmp.Diff(c.want, got); diff != "" || up != c.up {
				t.Errorf("up: %t, want %t\n%s", up, c.up, diff)
			}
		})
	}
}

func TestTierAtDay(t *testing.T) {
	with := func(scheme rules.Tiers, change func(*rules.Tiers)) rules.Tiers {
		change(&scheme)
		return scheme
	}
	full := with(yearly, func(s *rules.Tiers) { s.Downgrade = rules.DowngradeFull })
	never := with(yearly, func(s *rules.Tiers) { s.Downgrade = rules.DowngradeNone })
	strict := with(yearly, func(s *rules.Tiers) { s.GraceDays = 0 })
	mark := func(s rules.TierState, marks string) rules.TierState {
		for _, m := range marks {
			s.Grace, s.Warned, s.ByHand = s.Grace || m == 'g', s.Warned || m == 'w', s.ByHand || m == 'h'
		}
		return s
	}
	gold := tierState(t, "gold", "2026-07-20 12:00", "2027-07-21") // through 20 July
	platinum := tierState(t, "platinum", "2026-07-20 12:00", "2027-07-21")
	goldOfYear := tierState(t, "gold", "2026-07-20 12:00", "2028-01-01")
	for _, c := range []struct {
		name      string
		scheme    rules.Tiers
		held      rules.TierState
		qualified int64
		now       string
		want      rules.TierState
		change    rules.TierChange
	}{
		{"inside the term nothing is lost", yearly, gold, 0, "2027-07-06", gold, rules.TierStays},
		{"14 days before the end it is told", yearly, gold, 0, "2027-07-07", mark(gold, "w"), rules.TierWarned},
		{"once", yearly, mark(gold, "w"), 0, "2027-07-08", mark(gold, "w"), rules.TierStays},
		{"whoever would keep it is not frightened", yearly, gold, 1000000, "2027-07-10", gold, rules.TierStays},
		{"where nothing is lost nobody is warned", never, gold, 0, "2027-07-10", gold, rules.TierStays},
		{"the last instant", yearly, mark(gold, "w"), 0, "2027-07-20 23:59", mark(gold, "w"), rules.TierStays},

		{"still qualified: a new term, day after day", yearly, gold, 1000000, "2027-07-21", tierState(t, "gold", "2027-07-21", "2028-07-20"), rules.TierKept},
		{"warned, and qualified after all", yearly, mark(gold, "w"), 1000000, "2027-07-21", tierState(t, "gold", "2027-07-21", "2028-07-20"), rules.TierKept},
		{"the run comes days late: the term begins where the old one ended", yearly, gold, 1000000, "2027-07-25", tierState(t, "gold", "2027-07-21", "2028-07-20"), rules.TierKept},
		{"the run comes years late", yearly, gold, 1000000, "2030-02-01", tierState(t, "gold", "2030-02-01", "2031-02-02"), rules.TierKept},
		{"qualified for more", yearly, gold, 5000000, "2027-07-21", tierState(t, "platinum", "2027-07-21", "2028-07-21"), rules.TierUp},
		{"never lost", never, gold, 0, "2027-07-21", tierState(t, "gold", "2027-07-21", "2028-07-20"), rules.TierKept},

		{"Gold of 20 July and a month of grace", yearly, mark(gold, "w"), 999999, "2027-07-21", mark(gold, "gw"), rules.TierGrace},
		{"grace has begun", yearly, mark(gold, "gw"), 999999, "2027-07-22", mark(gold, "gw"), rules.TierStays},
		{"not warned before: 14 days before grace ends", yearly, mark(gold, "g"), 0, "2027-08-06", mark(gold, "g"), rules.TierStays},
		{"told then", yearly, mark(gold, "g"), 0, "2027-08-07", mark(gold, "gw"), rules.TierWarned},
		{"the last day of grace", yearly, mark(gold, "gw"), 999999, "2027-08-20 23:59", mark(gold, "gw"), rules.TierStays},
		{"grace is over: one step", yearly, mark(gold, "gw"), 0, "2027-08-21", tierState(t, "silver", "2027-08-21", "2028-08-21"), rules.TierDown},
		{"reached again within grace", yearly, mark(gold, "gw"), 1000000, "2027-08-20", tierState(t, "gold", "2027-07-21", "2028-07-20"), rules.TierKept},
		{"the run slept through grace", yearly, gold, 0, "2027-09-10", tierState(t, "silver", "2027-08-21", "2028-08-21"), rules.TierDown},
		{"the run slept for years", yearly, gold, 0, "2030-02-01", tierState(t, "silver", "2030-02-01", "2031-02-02"), rules.TierDown},

		{"one step from Platinum, whatever the window gives", strict, platinum, 0, "2027-07-21", tierState(t, "gold", "2027-07-21", "2028-07-21"), rules.TierDown},
		{"one step from Silver is none", strict, tierState(t, "silver", "2026-07-20", "2027-07-21"), 0, "2027-07-21", rules.TierState{}, rules.TierDown},
		{"down to what the window gives", with(full, func(s *rules.Tiers) { s.GraceDays = 0 }), platinum, 500000, "2027-07-21", tierState(t, "silver", "2027-07-21", "2028-07-21"), rules.TierDown},
		{"down to nothing", full, mark(platinum, "gw"), 499999, "2027-08-21", rules.TierState{}, rules.TierDown},

		{"the calendar: kept to the end of the next year", calendar, goldOfYear, 1000000, "2028-01-01", tierState(t, "gold", "2028-01-01", "2029-01-01"), rules.TierKept},
		{"the calendar: down to the end of the next year", calendar, goldOfYear, 500000, "2028-01-01", tierState(t, "silver", "2028-01-01", "2029-01-01"), rules.TierDown},
		{"the calendar with grace: the term is not longer for it", with(calendar, func(s *rules.Tiers) { s.GraceDays = 31 }), mark(goldOfYear, "gw"), 500000, "2028-02-01",
			tierState(t, "silver", "2028-02-01", "2029-01-01"), rules.TierDown},
		{"the calendar: told in December", calendar, goldOfYear, 0, "2027-12-02", mark(goldOfYear, "w"), rules.TierWarned},

		{"by hand: never lost before its day", yearly, mark(gold, "h"), 0, "2027-07-01", mark(gold, "h"), rules.TierStays},
		{"by hand: told", yearly, mark(gold, "h"), 0, "2027-07-10", mark(gold, "hw"), rules.TierWarned},
		{"by hand for ever", yearly, rules.TierState{ID: "gold", ByHand: true}, 0, "2090-01-01", rules.TierState{ID: "gold", ByHand: true}, rules.TierStays},
		{"by hand: earned since", yearly, mark(gold, "h"), 1000000, "2027-07-21", tierState(t, "gold", "2027-07-21", "2028-07-20"), rules.TierKept},
		{"by hand: after its day as everybody", strict, mark(gold, "h"), 0, "2027-07-21", tierState(t, "silver", "2027-07-21", "2028-07-21"), rules.TierDown},

		{"for life", lifelong, rules.TierState{ID: "gold"}, 0, "2090-01-01", rules.TierState{ID: "gold"}, rules.TierStays},
		{"nobody has none", yearly, rules.TierState{}, 0, "2027-07-21", rules.TierState{}, rules.TierStays},
		{"reached without a purchase", yearly, rules.TierState{}, 500000, "2027-07-21", tierState(t, "silver", "2027-07-21", "2028-07-21"), rules.TierUp},
		{"the shop has given the tier up", yearly, tierState(t, "diamond", "2026-07-20", "2027-07-21"), 1000000, "2026-08-01", tierState(t, "gold", "2026-08-01", "2027-08-02"), rules.TierRemoved},
		{"and nothing else is reached", yearly, tierState(t, "diamond", "2026-07-20", "2027-07-21"), 0, "2026-08-01", rules.TierState{}, rules.TierRemoved},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, now := tiered(t, c.scheme), kyivTime(t, c.now)
			got, change := s.TierAtDay(c.held, c.qualified, now)
			if diff := cmp.Diff(c.want, got); diff != "" || change != c.change {
				t.Errorf("%q, want %q\n%s", change, c.change, diff)
			}
			again, change := s.TierAtDay(got, c.qualified, now)
			if diff := cmp.Diff(got, again); diff != "" || change != rules.TierStays {
				t.Errorf("a second run of the day finds %q\n%s", change, diff)
			}
		})
	}
}

// Whatever is bought and returned, a tier is held to the end of its term, and the daily run comes to rest each day.
func TestTiersKeepTheirWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]rules.Tiers{yearly, calendar, lifelong,
			{Calendar: rules.PeriodMonth, GraceDays: 5, Downgrade: rules.DowngradeStep, WarnDays: 3},
			{WindowDays: 30, KeepDays: 20, Downgrade: rules.DowngradeFull, WarnDays: 30},
			{WindowDays: 30, KeepDays: 1, Downgrade: rules.DowngradeNone}}).Draw(t, "scheme")
		s := tiered(t, scheme)
		rank := map[string]int{"": 0, "silver": 1, "gold": 2, "platinum": 3}
		var held rules.TierState
		now := kyivTime(t, "2026-01-01 09:00")
		for range 100 {
			qualified := rapid.SampledFrom([]int64{0, 500000, 1000000, 5000000}).Draw(t, "qualified")
			promised := held
			if rapid.Bool().Draw(t, "sale") {
				held, _ = s.TierAfterSale(held, qualified, now)
			} else {
				now = now.Add(time.Duration(rapid.IntRange(1, 40*24).Draw(t, "hours")) * time.Hour)
				held, _ = s.TierAtDay(held, qualified, now)
			}
			if rank[held.ID] < rank[promised.ID] && (promised.Until.IsZero() || now.Before(s.PeriodStart(rules.PeriodDay, promised.Until.Add(time.Duration(scheme.GraceDays)*24*time.Hour)))) {
				t.Fatalf("%s was promised until %s, lost on %s", promised.ID, promised.Until, now)
			}
			if !held.Grace && held.ID != "" && !held.Until.IsZero() && !held.Until.After(now) && scheme.GraceDays == 0 && held != promised {
				t.Fatalf("a term that is over as it begins: %+v at %s", held, now)
			}
			if held.ID == "" && held != (rules.TierState{}) {
				t.Fatalf("no tier, but %+v", held)
			}
		}
	})
}

func TestToNextTier(t *testing.T) {
	s := tiered(t, yearly)
	for _, c := range []struct {
		name      string
		held      string
		qualified int64
		next      string
		missing   int64
	}{
		{"from nothing", "", 0, "silver", 500000},
		{"almost there", "", 499999, "silver", 1},
		{"from Silver", "silver", 600000, "gold", 400000},
		{"Gold held, with nothing in the window", "gold", 0, "platinum", 5000000},
		{"Gold reached, not yet given", "silver", 1200000, "platinum", 3800000},
		{"a tier that is no more", "diamond", 600000, "gold", 400000},
		{"the highest", "platinum", 0, "", 0},
	} {
		next, missing := s.ToNextTier(&rules.Standing{Tier: rules.TierState{ID: c.held}, Qualified: c.qualified})
		got := ""
		if next != nil {
			got = next.ID
		}
		if got != c.next || missing != c.missing {
			t.Errorf("%s: %d to %q, want %d to %q", c.name, missing, got, c.missing, c.next)
		}
	}
	if next, missing := s.ToNextTier(nil); next.ID != "silver" || missing != 500000 {
		t.Errorf("of nobody: %d to %s", missing, next.ID)
	}
	if next, _ := settingsIn(t, "Europe/Kyiv").ToNextTier(nil); next != nil {
		t.Error("a next tier without a scheme")
	}
}
