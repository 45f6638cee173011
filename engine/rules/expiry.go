package rules

import (
	"strconv"
	"strings"
	"time"
)

// LotLife returns when points given at an instant can be spent and when they end; a zero end is never.
//
// With pendingDays they become active as the local day so many days later begins, and their life is counted from that day; without,
// they are active at once. validDays is the life they were promised by themselves, by a promotion or a welcome, and is kept to the
// day. With validDays 0 the life is that of the tier (nil: none) or else of the program: to the next of the days of Lots.Until, or
// for Lots.Days. Lives in days of the tier and the program are rounded up to the end of Lots.RoundTo.
func (s *Settings) LotLife(at time.Time, pendingDays, validDays int, tier *Tier) (activeFrom, expires time.Time) {
	activeFrom = at
	y, m, d := at.In(s.Zone).Date()
	if pendingDays > 0 {
		d += pendingDays
		activeFrom = startOfDay(y, m, d, s.Zone)
	}
	if validDays > 0 {
		return activeFrom, startOfDay(y, m, d+validDays+1, s.Zone)
	}
	days := s.Lots.Days
	switch {
	case tier != nil && tier.ValidDays > 0:
		days = tier.ValidDays
	case len(s.Lots.Until) > 0:
		return activeFrom, s.nextUntil(time.Date(y, m, d+s.Lots.MinDays, 0, 0, 0, 0, time.UTC))
	}
	if days == 0 {
		return activeFrom, time.Time{}
	}
	expires = startOfDay(y, m, d+days+1, s.Zone)
	if s.Lots.RoundTo != PeriodEver {
		expires = s.PeriodEnd(s.Lots.RoundTo, expires.Add(-time.Nanosecond))
	}
	return activeFrom, expires
}

// nextUntil returns the end of the first day of Lots.Until that is not before a day, or zero when none of them can be read.
func (s *Settings) nextUntil(from time.Time) time.Time {
	var next time.Time
	for _, text := range s.Lots.Until {
		month, day, ok := parseMonthDay(text)
		if !ok {
			continue
		}
		for year := from.Year(); year <= from.Year()+1; year++ {
			until := dayOfYear(year, month, day)
			if !until.Before(from) && (next.IsZero() || until.Before(next)) {
				next = until
			}
		}
	}
	if next.IsZero() {
		return time.Time{}
	}
	return startOfDay(next.Year(), next.Month(), next.Day()+1, s.Zone)
}

// parseMonthDay reads a day of the year such as "12-31". 29 February is one.
func parseMonthDay(text string) (month, day int, ok bool) {
	m, d, found := strings.Cut(text, "-")
	if !found || len(m) != 2 || len(d) != 2 {
		return 0, 0, false
	}
	month, errM := strconv.Atoi(m)
	day, errD := strconv.Atoi(d)
	return month, day, errM == nil && errD == nil && validDay(0, month, day)
}

// dayOfYear returns a day of the year in a year, in UTC: 29 February is the 28th where there is none.
func dayOfYear(year, month, day int) time.Time {
	if month == 2 && day == 29 && !leap(year) {
		day = 28
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// validDay reports whether a day exists; of year 0 it may be 29 February.
func validDay(year, month, day int) bool {
	if year == 0 {
		year = 2000
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.Year() == year && int(t.Month()) == month && t.Day() == day
}
