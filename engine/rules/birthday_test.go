package rules_test

import (
	"errors"
	"testing"
	"time"

	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseBirthday(t *testing.T) {
	const today = rules.Date("2026-11-22")
	for _, c := range []struct {
		text string
		want rules.Birthday
	}{
		{"1990-12-31", rules.Birthday{Year: 1990, Month: 12, Day: 31}},
		{"12-31", rules.Birthday{Month: 12, Day: 31}},
		{"31.12.1990", rules.Birthday{Year: 1990, Month: 12, Day: 31}},
		{" 5.3.1990. ", rules.Birthday{Year: 1990, Month: 3, Day: 5}},
		{"05/03", rules.Birthday{Month: 3, Day: 5}},
		{"5 3 1990", rules.Birthday{Year: 1990, Month: 3, Day: 5}},
		{"29.02", rules.Birthday{Month: 2, Day: 29}},
		{"29.02.2004", rules.Birthday{Year: 2004, Month: 2, Day: 29}},
		{"1900-01-01", rules.Birthday{Year: 1900, Month: 1, Day: 1}},
		{"22.11.2026", rules.Birthday{Year: 2026, Month: 11, Day: 22}},
	} {
		got, err := rules.ParseBirthday(c.text, today)
		if err != nil || got != c.want {
			t.Errorf("%q is %+v, %v; want %+v", c.text, got, err, c.want)
		}
		if again, err := rules.ParseBirthday(got.String(), today); err != nil || again != got {
			t.Errorf("%q comes back from %q as %+v, %v", c.text, got.String(), again, err)
		}
	}
	for _, text := range []string{"", "31", "31.04", "29.02.2025", "31.12.1899", "23.11.2026", "01.01.2027", "00.01", "01.00", "13-01", "31.12.0", "31.12.90",
		"1.2.1990.4", "-1.2.1990.", "31 грудня", "99999.1", "+1.2"} {
		if got, err := rules.ParseBirthday(text, today); !errors.Is(err, rules.ErrBirthday) || got != (rules.Birthday{}) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	if (rules.Birthday{}).String() != "" || (rules.Birthday{}).Valid(today) {
		t.Error("an untold birthday is one")
	}
}

func TestBirthdayOnAndNext(t *testing.T) {
	leap, newYear := rules.Birthday{Year: 2004, Month: 2, Day: 29}, rules.Birthday{Month: 1, Day: 1}
	for _, c := range []struct {
		b          rules.Birthday
		from, next rules.Date
	}{
		{leap, "2026-01-01", "2026-02-28"},
		{leap, "2026-02-28", "2026-02-28"},
		{leap, "2026-03-01", "2027-02-28"},
		{leap, "2027-03-01", "2028-02-29"},
		{leap, "2028-02-29", "2028-02-29"},
		{newYear, "2026-01-01", "2026-01-01"},
		{newYear, "2026-12-31", "2027-01-01"},
		{rules.Birthday{}, "2026-12-31", ""},
	} {
		if got := c.b.Next(c.from); got != c.next {
			t.Errorf("%s from %s on: %s, want %s", c.b, c.from, got, c.next)
		}
	}
}

func TestBirthdayWindow(t *testing.T) {
	week := rules.Window{Set: true, Before: 7, After: 3}
	for _, c := range []struct {
		b    rules.Birthday
		w    rules.Window
		day  rules.Date
		want bool
	}{
		{rules.Birthday{Month: 1, Day: 3}, week, "2025-12-26", false},
		{rules.Birthday{Month: 1, Day: 3}, week, "2025-12-27", true},
		{rules.Birthday{Month: 1, Day: 3}, week, "2026-01-06", true},
		{rules.Birthday{Month: 1, Day: 3}, week, "2026-01-07", false},
		{rules.Birthday{Month: 12, Day: 30}, week, "2027-01-02", true},
		{rules.Birthday{Month: 12, Day: 30}, week, "2027-01-03", false},
		{rules.Birthday{Month: 2, Day: 29}, rules.Window{}, "2026-02-28", true},
		{rules.Birthday{Month: 2, Day: 29}, rules.Window{}, "2028-02-28", false},
		{rules.Birthday{Month: 2, Day: 29}, rules.Window{}, "2028-02-29", true},
		{rules.Birthday{Month: 2, Day: 29}, rules.Window{}, "2026-03-01", false},
		{rules.Birthday{}, rules.Window{Before: 400, After: 400}, "2026-03-01", false},
		{rules.Birthday{Month: 3, Day: 1}, week, "", false},
	} {
		if got := c.b.Within(c.w, c.day); got != c.want {
			t.Errorf("%s −%d…+%d on %s: %t", c.b, c.w.Before, c.w.After, c.day, got)
		}
	}
}

func TestBirthdaysOfADay(t *testing.T) {
	for day, want := range map[rules.Date][]string{
		"2026-12-31": {"12-31"},
		"2026-02-28": {"02-28", "02-29"},
		"2028-02-28": {"02-28"},
		"2028-02-29": {"02-29"},
		"2026-02-29": nil,
	} {
		if diff := cmp.Diff(want, rules.BornOn(day)); diff != "" {
			t.Errorf("%s: %s", day, diff)
		}
	}
}

func TestBirthdayGift(t *testing.T) {
	rule := rules.Rule{ID: "birthday", On: rules.TriggerBirthday, When: rules.Condition{Birthday: rules.Window{Set: true, Before: 7, After: 7}}}
	may := rules.Birthday{Month: 5, Day: 10}
	changed := func(day rules.Date) rules.Birthday {
		b := may
		b.ChangedAt = day.Start(zone(t, "Europe/Kyiv")).Add(12 * time.Hour)
		return b
	}
	guest := func(b rules.Birthday, visits int) *rules.Standing {
		return &rules.Standing{Birthday: b, Visits: visits}
	}
	for _, c := range []struct {
		name      string
		m         *rules.Standing
		last, day rules.Date
		why       string
	}{
		{"on the first day of the window", guest(may, 1), "", "2026-05-03", ""},
		{"on the last", guest(may, 1), "", "2026-05-17", ""},
		{"outside of it", guest(may, 1), "", "2026-05-18", "birthday_not_now"},
		{"never told", guest(rules.Birthday{}, 9), "", "2026-05-10", "birthday_unknown"},
		{"nobody", nil, "", "2026-05-10", "birthday_unknown"},
		{"who never bought anything", guest(may, 0), "", "2026-05-10", "birthday_no_purchase"},
		{"changed 61 days before", guest(changed("2026-03-10"), 1), "", "2026-05-10", ""},
		{"changed 60 days before", guest(changed("2026-03-11"), 1), "", "2026-05-10", "birthday_changed"},
		{"changed on the way", guest(changed("2026-05-12"), 1), "", "2026-05-13", "birthday_changed"},
		{"changed last year", guest(changed("2025-05-12"), 1), "", "2026-05-13", ""},
		{"given yesterday", guest(may, 1), "2026-05-09", "2026-05-10", "birthday_recent"},
		{"given 364 days ago", guest(may, 1), "2025-05-11", "2026-05-10", "birthday_recent"},
		{"given 365 days ago", guest(may, 1), "2025-05-10", "2026-05-10", ""},
		{"given in December for a January birthday, once", guest(rules.Birthday{Month: 1, Day: 3}, 5), "2026-12-28", "2027-01-02", "birthday_recent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := settingsIn(t, "Europe/Kyiv")
			var last time.Time
			if c.last != "" {
				last = c.last.Start(s.Zone).Add(20 * time.Hour)
			}
			ok, why := s.BirthdayDue(rule, c.m, last, c.day)
			if ok != (c.why == "") || why.ID != c.why {
				t.Errorf("%t, %q; want %q", ok, why.ID, c.why)
			}
		})
	}
}

// The date is moved from December to January and back for as long as it takes: it never pays twice within 365 days.
func TestMovingABirthdayNeverPaysTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := settingsIn(t, "Europe/Kyiv")
		rule := rules.Rule{When: rules.Condition{Birthday: rules.Window{Set: true, Before: rapid.IntRange(0, 30).Draw(t, "before"), After: rapid.IntRange(0, 30).Draw(t, "after")}}}
		m := &rules.Standing{Visits: 1, Birthday: rules.Birthday{Month: 12, Day: 28}}
		var last rules.Date
		day := rules.Date("2025-06-01")
		for range 100 {
			day = day.Add(rapid.IntRange(1, 40).Draw(t, "days"))
			now := day.Start(s.Zone)
			if rapid.IntRange(0, 4).Draw(t, "moves") == 0 {
				m.Birthday = rules.Birthday{Month: rapid.IntRange(1, 12).Draw(t, "month"), Day: rapid.IntRange(1, 28).Draw(t, "day"), ChangedAt: now}
			}
			var lastAt time.Time
			if last != "" {
				lastAt = last.Start(s.Zone)
			}
			if ok, _ := s.BirthdayDue(rule, m, lastAt, day); !ok {
				continue
			}
			if last != "" && day < last.Add(365) {
				t.Fatalf("paid on %s and on %s", last, day)
			}
			if !m.Birthday.Within(rule.When.Birthday, day) {
				t.Fatalf("paid on %s for a birthday on %s", day, m.Birthday)
			}
			last = day
		}
	})
}
