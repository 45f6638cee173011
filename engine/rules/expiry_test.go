package rules_test

import (
	"testing"
	"time"

	"kartka/engine/rules"

	"pgregory.net/rapid"
)

func TestLotLife(t *testing.T) {
	gold := &rules.Tier{ID: "gold", ValidDays: 60}
	plain := &rules.Tier{ID: "silver"}
	for _, c := range []struct {
		name            string
		zone            string
		lots            rules.Lots
		at              string
		pending, days   int
		tier            *rules.Tier
		active, expires string
	}{
		{"thirty days of the program", "Europe/Kyiv", rules.Lots{Days: 30}, "2026-01-31T10:00:00Z", 0, 0, nil, "", "2026-03-02T22:00:00Z"},
		{"for ever", "Europe/Kyiv", rules.Lots{}, "2026-01-31T10:00:00Z", 0, 0, plain, "", ""},
		{"a life of its own", "Europe/Kyiv", rules.Lots{Days: 30}, "2026-01-31T10:00:00Z", 0, 3, gold, "", "2026-02-03T22:00:00Z"},
		{"the tier's life", "Europe/Kyiv", rules.Lots{Days: 30}, "2026-01-31T10:00:00Z", 0, 0, gold, "", "2026-04-01T21:00:00Z"},
		{"a tier without one", "Europe/Kyiv", rules.Lots{Days: 30}, "2026-01-31T10:00:00Z", 0, 0, plain, "", "2026-03-02T22:00:00Z"},

		{"pending counts from activation", "Europe/Kyiv", rules.Lots{Days: 30}, "2026-01-31T10:00:00Z", 14, 0, nil, "2026-02-13T22:00:00Z", "2026-03-16T22:00:00Z"},
		{"activation on the morning the clocks go forward", "Europe/Kyiv", rules.Lots{}, "2026-03-15T23:00:00Z", 13, 1, nil, "2026-03-28T22:00:00Z", "2026-03-30T21:00:00Z"},
		{"activation on the morning the clocks go back", "Europe/Madrid", rules.Lots{}, "2026-10-24T12:00:00Z", 1, 1, nil, "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z"},
		{"active and over the same midnight", "Asia/Almaty", rules.Lots{Days: 1}, "2026-01-30T12:00:00Z", 1, 0, nil, "2026-01-30T19:00:00Z", "2026-02-01T19:00:00Z"},

		{"the last Sunday of March in Kyiv", "Europe/Kyiv", rules.Lots{Days: 2}, "2026-03-27T10:00:00Z", 0, 0, nil, "", "2026-03-29T21:00:00Z"},
		{"the last Sunday of March in Madrid", "Europe/Madrid", rules.Lots{Days: 2}, "2026-03-27T10:00:00Z", 0, 0, nil, "", "2026-03-29T22:00:00Z"},
		{"the last Sunday of October in Kyiv", "Europe/Kyiv", rules.Lots{Days: 1}, "2026-10-24T20:30:00Z", 0, 0, nil, "", "2026-10-25T22:00:00Z"},
		{"the last Sunday of October in Madrid", "Europe/Madrid", rules.Lots{Days: 1}, "2026-10-24T21:30:00Z", 0, 0, nil, "", "2026-10-25T23:00:00Z"},
		{"no summer time in Almaty", "Asia/Almaty", rules.Lots{Days: 1}, "2026-03-28T10:00:00Z", 0, 0, nil, "", "2026-03-29T19:00:00Z"},
		{"a midnight that Santiago jumps over", "America/Santiago", rules.Lots{Days: 1}, "2026-09-04T15:00:00Z", 0, 0, nil, "", "2026-09-06T04:00:00Z"},

		{"31 January and a month is the end of February", "Europe/Kyiv", rules.Lots{Days: 28, RoundTo: rules.PeriodMonth}, "2026-01-31T10:00:00Z", 0, 0, nil, "", "2026-02-28T22:00:00Z"},
		{"a day later it is the end of March", "Europe/Kyiv", rules.Lots{Days: 28, RoundTo: rules.PeriodMonth}, "2026-02-01T10:00:00Z", 0, 0, nil, "", "2026-03-31T21:00:00Z"},
		{"the end of February of a leap year", "Europe/Kyiv", rules.Lots{Days: 28, RoundTo: rules.PeriodMonth}, "2028-01-31T10:00:00Z", 0, 0, nil, "", "2028-02-29T22:00:00Z"},
		{"the last day of a month is rounded to itself", "Europe/Kyiv", rules.Lots{Days: 30, RoundTo: rules.PeriodMonth}, "2026-03-01T10:00:00Z", 0, 0, nil, "", "2026-03-31T21:00:00Z"},
		{"the end of the quarter", "Europe/Kyiv", rules.Lots{Days: 90, RoundTo: rules.PeriodQuarter}, "2026-11-22T10:00:00Z", 0, 0, nil, "", "2027-03-31T21:00:00Z"},
		{"the end of the year", "Asia/Almaty", rules.Lots{Days: 365, RoundTo: rules.PeriodYear}, "2026-01-01T10:00:00Z", 0, 0, nil, "", "2027-12-31T19:00:00Z"},
		{"the end of the week, over the change of the clocks", "Europe/Madrid", rules.Lots{Days: 7, RoundTo: rules.PeriodWeek}, "2026-03-17T10:00:00Z", 0, 0, nil, "", "2026-03-29T22:00:00Z"},
		{"the tier's life is rounded too", "Europe/Kyiv", rules.Lots{Days: 30, RoundTo: rules.PeriodMonth}, "2026-01-31T10:00:00Z", 0, 0, gold, "", "2026-04-30T21:00:00Z"},
		{"a life of its own is not", "Europe/Kyiv", rules.Lots{Days: 30, RoundTo: rules.PeriodMonth}, "2026-01-31T10:00:00Z", 0, 3, nil, "", "2026-02-03T22:00:00Z"},

		{"the next of two days", "Europe/Kyiv", rules.Lots{Until: []string{"06-30", "12-31"}}, "2026-01-31T10:00:00Z", 0, 0, nil, "", "2026-06-30T21:00:00Z"},
		{"in the second half the other", "Europe/Kyiv", rules.Lots{Until: []string{"12-31", "06-30"}}, "2026-07-01T10:00:00Z", 0, 0, nil, "", "2026-12-31T22:00:00Z"},
		{"the very day", "Europe/Kyiv", rules.Lots{Until: []string{"06-30", "12-31"}}, "2026-06-30T20:59:59Z", 0, 0, nil, "", "2026-06-30T21:00:00Z"},
		{"thirty days are there", "Europe/Kyiv", rules.Lots{Until: []string{"06-30", "12-31"}, MinDays: 30}, "2026-05-31T10:00:00Z", 0, 0, nil, "", "2026-06-30T21:00:00Z"},
		{"thirty days are not", "Europe/Kyiv", rules.Lots{Until: []string{"06-30", "12-31"}, MinDays: 30}, "2026-06-01T10:00:00Z", 0, 0, nil, "", "2026-12-31T22:00:00Z"},
		{"over the year's end", "Asia/Almaty", rules.Lots{Until: []string{"06-30", "12-31"}, MinDays: 30}, "2026-12-10T10:00:00Z", 0, 0, nil, "", "2027-06-30T19:00:00Z"},
		{"counted from activation", "Europe/Kyiv", rules.Lots{Until: []string{"06-30", "12-31"}, MinDays: 30}, "2026-05-31T10:00:00Z", 1, 0, nil, "2026-05-31T21:00:00Z", "2026-12-31T22:00:00Z"},
		{"instead of the days of the program", "Europe/Kyiv", rules.Lots{Days: 10, RoundTo: rules.PeriodYear, Until: []string{"06-30"}}, "2026-05-31T10:00:00Z", 0, 0, nil, "", "2026-06-30T21:00:00Z"},
		{"29 February of a common year", "Europe/Kyiv", rules.Lots{Until: []string{"02-29"}}, "2026-05-31T10:00:00Z", 0, 0, nil, "", "2027-02-28T22:00:00Z"},
		{"29 February of a leap year", "Europe/Kyiv", rules.Lots{Until: []string{"02-29"}}, "2028-01-31T10:00:00Z", 0, 0, nil, "", "2028-02-29T22:00:00Z"},
		{"the tier's life goes before the days of the year", "Europe/Kyiv", rules.Lots{Until: []string{"12-31"}}, "2026-01-31T10:00:00Z", 0, 0, gold, "", "2026-04-01T21:00:00Z"},
		{"days that do not exist are none", "Europe/Kyiv", rules.Lots{Until: []string{"13-01", "06-31", "6-30", "x"}}, "2026-01-31T10:00:00Z", 0, 0, nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := settingsIn(t, c.zone)
			s.Lots = c.lots
			active, expires := s.LotLife(utcTime(t, c.at), c.pending, c.days, c.tier)
			if c.active == "" {
				c.active = c.at
			}
			if got := active.Format(time.RFC3339); got != c.active {
				t.Errorf("active from %s, want %s", got, c.active)
			}
			got := ""
			if !expires.IsZero() {
				got = expires.Format(time.RFC3339)
			}
			if got != c.expires {
				t.Errorf("expires %s, want %s", got, c.expires)
			}
		})
	}
}

// A hundred instants a check: 10,000 cases.
func TestLivesAreAsLongAsPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := settingsIn(t, rapid.SampledFrom([]string{"Europe/Kyiv", "Europe/Madrid", "Asia/Almaty", "America/Santiago", "Atlantic/Azores"}).Draw(t, "zone"))
		s.Lots.Days = rapid.IntRange(1, 800).Draw(t, "days")
		s.Lots.RoundTo = rapid.SampledFrom(append(periods, rules.PeriodEver)).Draw(t, "round to")
		pending := rapid.IntRange(0, 40).Draw(t, "pending")
		for _, at := range rapid.SliceOfN(nearAChange(s.Zone), 100, 100).Draw(t, "instants") {
			active, expires := s.LotLife(at, pending, 0, nil)
			promised := rules.DateOf(active, s.Zone).Add(s.Lots.Days)
			last := rules.DateOf(expires.Add(-1), s.Zone)
			switch {
			case pending == 0 && !active.Equal(at), pending > 0 && !active.Equal(s.PeriodStart(rules.PeriodDay, active)):
				t.Fatalf("at %s, pending %d days: active from %s", at, pending, active)
			case rules.DateOf(active, s.Zone) != rules.DateOf(at, s.Zone).Add(pending):
				t.Fatalf("at %s, pending %d days: active from %s", at, pending, active)
			case last < promised:
				t.Fatalf("valid through %s, promised %s", last, promised)
			case s.Lots.RoundTo == rules.PeriodEver && last != promised:
				t.Fatalf("valid through %s, promised %s", last, promised)
			case s.Lots.RoundTo != rules.PeriodEver && !expires.Equal(s.PeriodEnd(s.Lots.RoundTo, promised.Start(s.Zone).Add(2*time.Hour))):
				t.Fatalf("valid through %s, promised the end of the %s of %s", last, s.Lots.RoundTo, promised)
			case !expires.Equal(s.PeriodStart(rules.PeriodDay, expires)):
				t.Fatalf("ends within a day: %s", expires.In(s.Zone))
			}
		}
	})
}
