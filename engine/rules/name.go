package rules

import (
	"cmp"
	"time"
)

// Name is what guests and staff see of a thing the shop has named, by language. The key "" holds a name that serves all
// languages.
type Name map[string]string

// In returns the name in a language, or the one for all languages, or the one in the first of the other languages that has
// one, or "".
func (n Name) In(language string, others ...string) string {
	if text := cmp.Or(n[language], n[""]); text != "" {
		return text
	}
	for _, l := range append(others, languages...) {
		if n[l] != "" {
			return n[l]
		}
	}
	return ""
}

// Named makes a name that serves all languages.
func Named(text string) Name { return Name{"": text} }

// Date is a day of the calendar, without a zone: "2026-12-31". The empty Date is none. Dates compare as text.
type Date string

// DateOf returns the local day of an instant.
func DateOf(t time.Time, zone *time.Location) Date { return Date(t.In(zone).Format(time.DateOnly)) }

// Valid reports whether d is a day that exists.
func (d Date) Valid() bool {
	t, err := time.Parse(time.DateOnly, string(d))
	return err == nil && t.Format(time.DateOnly) == string(d)
}

// Start returns the instant at which the day begins in a zone: its first one, where clocks skip midnight.
func (d Date) Start(zone *time.Location) time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return startOfDay(t.Year(), t.Month(), t.Day(), zone)
}

// Add returns the day n days later.
func (d Date) Add(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}
