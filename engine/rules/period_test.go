package rules_test

import (
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// utcTime reads a time of RFC 3339.
func utcTime(t fataler, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// settingsIn returns empty settings in a zone: enough for everything about days.
func settingsIn(t fataler, name string) *rules.Settings {
	t.Helper()
	return &rules.Settings{Zone: zone(t, name)}
}

var periods = []rules.Period{rules.PeriodDay, rules.PeriodWeek, rules.PeriodMonth, rules.PeriodQuarter, rules.PeriodYear}

func TestPeriodKeys(t *testing.T) {
	for _, c := range []struct {
		zone, at                        string
		day, week, month, quarter, year string
	}{
		{"Europe/Kyiv", "2026-11-22T12:00:00Z", "2026-11-22", "2026-W47", "2026-11", "2026-Q4", "2026"},
		{"Europe/Kyiv", "2026-12-31T22:00:00Z", "2027-01-01", "2026-W53", "2027-01", "2027-Q1", "2027"}, // local midnight: a new year in the old one's week
		{"Europe/Kyiv", "2026-12-31T21:59:59Z", "2026-12-31", "2026-W53", "2026-12", "2026-Q4", "2026"},
		{"Europe/Madrid", "2025-12-29T10:00:00Z", "2025-12-29", "2026-W01", "2025-12", "2025-Q4", "2025"}, // the week of the next year
		{"Asia/Almaty", "2026-03-31T18:59:59Z", "2026-03-31", "2026-W14", "2026-03", "2026-Q1", "2026"},
		{"Asia/Almaty", "2026-03-31T19:00:00Z", "2026-04-01", "2026-W14", "2026-04", "2026-Q2", "2026"},
	} {
		s := settingsIn(t, c.zone)
		var got []string
		for _, p := range periods {
			got = append(got, s.PeriodKey(p, utcTime(t, c.at)))
		}
		if diff := cmp.Diff([]string{c.day, c.week, c.month, c.quarter, c.year}, got); diff != "" {
			t.Errorf("%s %s: %s", c.zone, c.at, diff)
		}
	}
	if key := settingsIn(t, "Europe/Kyiv").PeriodKey(rules.PeriodEver, noon); key != "ever" {
		t.Errorf("the period of everything is %q", key)
	}
}

func TestPeriodsBeginAndEndAtLocalMidnight(t *testing.T) {
	for _, c := range []struct {
		zone           string
		p              rules.Period
		at, start, end string
	}{
		{"Europe/Kyiv", rules.PeriodDay, "2026-03-29T10:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},   // 23 hours
		{"Europe/Madrid", rules.PeriodDay, "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}, // 25 hours
		{"Europe/Kyiv", rules.PeriodWeek, "2026-03-29T20:59:59Z", "2026-03-22T22:00:00Z", "2026-03-29T21:00:00Z"},  // Sunday belongs to the week it ends
		{"Europe/Kyiv", rules.PeriodMonth, "2026-10-01T00:00:00Z", "2026-09-30T21:00:00Z", "2026-10-31T22:00:00Z"}, // summer to winter
		{"Asia/Almaty", rules.PeriodMonth, "2026-02-10T00:00:00Z", "2026-01-31T19:00:00Z", "2026-02-28T19:00:00Z"}, // no summer time
		{"Asia/Almaty", rules.PeriodMonth, "2024-02-20T00:00:00Z", "2024-01-31T18:00:00Z", "2024-02-29T19:00:00Z"}, // the month in which the zone moved
		{"Europe/Kyiv", rules.PeriodQuarter, "2026-11-22T00:00:00Z", "2026-09-30T21:00:00Z", "2026-12-31T22:00:00Z"},
		{"Europe/Kyiv", rules.PeriodYear, "2026-11-22T00:00:00Z", "2025-12-31T22:00:00Z", "2026-12-31T22:00:00Z"},
		{"America/Santiago", rules.PeriodDay, "2026-09-06T12:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}, // the clocks jump over midnight
		{"America/Santiago", rules.PeriodDay, "2026-09-05T12:00:00Z", "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"},
		{"Atlantic/Azores", rules.PeriodDay, "2026-10-25T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"}, // midnight strikes twice
		{"Asia/Amman", rules.PeriodDay, "2021-10-29T12:00:00Z", "2021-10-28T21:00:00Z", "2021-10-29T22:00:00Z"},
	} {
		s := settingsIn(t, c.zone)
		at := utcTime(t, c.at)
		start, end := s.PeriodStart(c.p, at).Format(time.RFC3339), s.PeriodEnd(c.p, at).Format(time.RFC3339)
		if start != c.start || end != c.end {
			t.Errorf("%s, the %s of %s: %s to %s, want %s to %s", c.zone, c.p, c.at, start, end, c.start, c.end)
		}
	}
	s := settingsIn(t, "Europe/Kyiv")
	if !s.PeriodStart(rules.PeriodEver, noon).IsZero() || !s.PeriodEnd(rules.PeriodEver, noon).IsZero() {
		t.Error("for ever begins or ends")
	}
}

// nearAChange draws instants of thirty years, every other one within hours of a change of the clocks.
func nearAChange(z *time.Location) *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(1262304000, 2240524800).Draw(t, "at"), 0)
		if _, change := at.In(z).ZoneBounds(); rapid.Bool().Draw(t, "near") && !change.IsZero() {
			at = change.Add(time.Duration(rapid.IntRange(-30*3600, 30*3600).Draw(t, "seconds")) * time.Second)
		}
		return at
	})
}

// A hundred instants a check, in five periods each: 50,000 cases.
func TestPeriodsTileTime(t *testing.T) {
	zones := []string{"Europe/Kyiv", "Europe/Madrid", "Asia/Almaty", "Europe/Warsaw", "Atlantic/Azores", "America/Santiago", "America/Havana",
		"America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Asia/Amman", "Australia/Lord_Howe", "Pacific/Chatham", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		s := settingsIn(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		for _, at := range rapid.SliceOfN(nearAChange(s.Zone), 100, 100).Draw(t, "instants") {
			for _, p := range periods {
				start, end, key := s.PeriodStart(p, at), s.PeriodEnd(p, at), s.PeriodKey(p, at)
				if at.Before(start) || !at.Before(end) {
					t.Fatalf("%s of %s: %s to %s", p, at.In(s.Zone), start.In(s.Zone), end.In(s.Zone))
				}
				if s.PeriodKey(p, start) != key || s.PeriodKey(p, end.Add(-1)) != key {
					t.Fatalf("%s %s is not one from %s to %s", p, key, start.In(s.Zone), end.In(s.Zone))
				}
				if s.PeriodKey(p, start.Add(-1)) == key || s.PeriodKey(p, end) == key {
					t.Fatalf("%s %s goes beyond %s to %s", p, key, start.In(s.Zone), end.In(s.Zone))
				}
				if !s.PeriodStart(p, end).Equal(end) || !s.PeriodEnd(p, start.Add(-1)).Equal(start) {
					t.Fatalf("%s %s: its neighbours do not touch it", p, key)
				}
			}
		}
	})
}

func TestCounters(t *testing.T) {
	at := utcTime(t, "2026-11-22T12:00:00Z")
	s := settingsIn(t, "Europe/Kyiv")
	if got := s.Counters(at); got != nil {
		t.Errorf("nothing is limited, but %v is counted", got)
	}
	s.Rules = []rules.Rule{
		{ID: "free", On: rules.TriggerSale},
		{ID: "twice", On: rules.TriggerSale, Limits: rules.Limits{Times: 2, Every: rules.PeriodMonth, CooldownDays: 3}},
		{ID: "once", On: rules.TriggerSale, Limits: rules.Limits{Times: 1, CooldownDays: 10}},
		{ID: "budget", On: rules.TriggerSale, Limits: rules.Limits{Budget: 100, BudgetEvery: rules.PeriodWeek}},
		{ID: "money", On: rules.TriggerSale, Limits: rules.Limits{Times: 1, BudgetMoney: 100}},
		{ID: "cut", On: rules.TriggerSale, Limits: rules.Limits{PerSale: 5}},
		{ID: "paused", On: rules.TriggerSale, Paused: true, Limits: rules.Limits{Times: 1}},
		{ID: "join", On: rules.TriggerJoin, Limits: rules.Limits{Times: 1}},
		{ID: "over", On: rules.TriggerSale, To: "2026-11-20", Limits: rules.Limits{Times: 1}},
		{ID: "yesterday", On: rules.TriggerSale, To: "2026-11-21", Limits: rules.Limits{Times: 1}}, // still today at a place further west
		{ID: "early", On: rules.TriggerSale, From: "2026-11-24", Limits: rules.Limits{Times: 1}},
	}
	s.Earn.Caps = rules.EarnCaps{SalesPerDay: 3, PerMonth: 500, PerSale: 5, Balance: 9}
	s.Redeem.Caps = rules.RedeemCaps{TimesPerDay: 2, PerMonth: 900}
	want := []rules.Counter{
		{Of: "rule:twice", Period: "2026-11"}, {Of: "rule:twice", Period: "ever"},
		{Of: "rule:once", Period: "ever"},
		{Of: "rule:budget", Period: "2026-W47", All: true},
		{Of: "rule:money", Period: "ever"}, {Of: "rule:money", Period: "ever", All: true},
		{Of: "rule:yesterday", Period: "ever"},
		{Of: "earn", Period: "2026-11-22"}, {Of: "earn", Period: "2026-11"},
		{Of: "redeem", Period: "2026-11-22"}, {Of: "redeem", Period: "2026-11"},
	}
	if diff := cmp.Diff(want, s.Counters(at)); diff != "" {
		t.Error(diff)
	}
	reward := rules.Limits{Times: 1, Every: rules.PeriodYear, TotalTimes: 100}
	if diff := cmp.Diff([]rules.Counter{{Of: "reward:mug", Period: "2026"}, {Of: "reward:mug", Period: "ever", All: true}},
		s.CountersOf("reward:mug", reward, at)); diff != "" {
		t.Error(diff)
	}
}

func TestUseOfACounter(t *testing.T) {
	mine, everybodys := rules.Counter{Of: "rule:a", Period: "ever"}, rules.Counter{Of: "rule:a", Period: "ever", All: true}
	m := &rules.Standing{Uses: []rules.Use{{Counter: mine, Times: 2, Points: money.Points(30)}}}
	if got := m.Use(mine); got.Times != 2 || got.Points != 30 {
		t.Errorf("counted %+v", got)
	}
	for _, got := range []rules.Use{m.Use(everybodys), (*rules.Standing)(nil).Use(everybodys)} {
		if diff := cmp.Diff(rules.Use{Counter: everybodys}, got); diff != "" {
			t.Error(diff)
		}
	}
}
