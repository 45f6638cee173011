package rules

import (
	"slices"
	"strconv"
	"time"
)

// Counters of Evaluate that are not a rule's.
const (
	counterEarn   = "earn"
	counterRedeem = "redeem"
	keyEver       = "ever"
)

// startOfDay returns the instant at which a local day begins. It is the local midnight, except where the clocks jump over
// it: there the day begins with the jump. Where midnight strikes twice in a day, the first one counts. The day may lie outside of its
// month, as in [time.Date].
func startOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	from, to := t.ZoneBounds()
	if t.Hour() != 0 {
		// There is no such midnight, and time.Date has read it by the offset before or after the jump.
		if t.Hour() < 12 {
			return from.UTC()
		}
		return to.UTC()
	}
	if !from.IsZero() {
		_, before := from.Add(-time.Nanosecond).Zone()
		_, after := t.Zone()
		if first := t.Add(time.Duration(after-before) * time.Second); first.Before(from) && first.In(zone).Day() == t.Day() {
			return first.UTC()
		}
	}
	return t.UTC()
}

// DayStart returns the instant at which a day begins in the program's zone, which is not midnight where the clocks jump over it; zero when
// there is no such day.
func (s *Settings) DayStart(day Date) time.Time {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return time.Time{}
	}
	return startOfDay(t.Year(), t.Month(), t.Day(), s.Zone)
}

// PeriodStart returns the instant at which the period that holds an instant begins in the program's zone; zero for ever.
func (s *Settings) PeriodStart(p Period, at time.Time) time.Time {
	return s.period(p, at, 0)
}

// PeriodEnd returns the instant at which the period that holds an instant is over, which belongs to the next one; zero for ever.
func (s *Settings) PeriodEnd(p Period, at time.Time) time.Time {
	return s.period(p, at, 1)
}

// period returns the beginning of the period that lies so many periods after the one that holds an instant.
func (s *Settings) period(p Period, at time.Time, later int) time.Time {
	local := at.In(s.Zone)
	y, m, d := local.Date()
	switch p {
	case PeriodDay:
		return startOfDay(y, m, d+later, s.Zone)
	case PeriodWeek:
		sinceMonday := (int(local.Weekday()) + 6) % 7
		return startOfDay(y, m, d-sinceMonday+7*later, s.Zone)
	case PeriodMonth:
		return startOfDay(y, m+time.Month(later), 1, s.Zone)
	case PeriodQuarter:
		return startOfDay(y, m-(m-1)%3+time.Month(3*later), 1, s.Zone)
	case PeriodYear:
		return startOfDay(y+later, time.January, 1, s.Zone)
	}
	return time.Time{}
}

// PeriodKey names the period that holds an instant, in the program's zone: "ever", "2026", "2026-Q4", "2026-11", "2026-W47" (the
// week of ISO 8601 in its own year), "2026-11-22".
func (s *Settings) PeriodKey(p Period, at time.Time) string {
	local := at.In(s.Zone)
	switch p {
	case PeriodDay:
		return local.Format(time.DateOnly)
	case PeriodWeek:
		year, week := local.ISOWeek()
		key := strconv.AppendInt(make([]byte, 0, 8), int64(year), 10)
		key = append(key, '-', 'W', byte('0'+week/10), byte('0'+week%10))
		return string(key)
	case PeriodMonth:
		return local.Format("2006-01")
	case PeriodQuarter:
		key := strconv.AppendInt(make([]byte, 0, 7), int64(local.Year()), 10)
		return string(append(key, '-', 'Q', byte('1'+(local.Month()-1)/3)))
	case PeriodYear:
		return local.Format("2006")
	}
	return keyEver
}

// Counters lists the counters that Evaluate may read or add to for a sale at an instant: what must be in [Standing.Uses] and what
// [Result.Uses] speaks about. The order is that of the settings, no counter comes twice, and nil says that nothing is limited.
func (s *Settings) Counters(at time.Time) []Counter {
	var counters []Counter
	var yesterday, tomorrow Date // a location's day may be the program's one or a neighbour of it
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.On != TriggerSale || r.Paused || r.Limits == (Limits{}) {
			continue
		}
		if yesterday == "" {
			day := DateOf(at, s.Zone)
			yesterday, tomorrow = day.Add(-1), day.Add(1)
		}
		if over, early := r.To != "" && r.To < yesterday, r.From != "" && r.From > tomorrow; over || early {
			continue
		}
		counters = append(counters, s.CountersOf("rule:"+r.ID, r.Limits, at)...)
	}
	add := func(of string, p Period, limited bool) {
		if limited {
			counters = append(counters, Counter{Of: of, Period: s.PeriodKey(p, at)})
		}
	}
	add(counterEarn, PeriodDay, s.Earn.Caps.PerDay > 0 || s.Earn.Caps.SalesPerDay > 0)
	add(counterEarn, PeriodMonth, s.Earn.Caps.PerMonth > 0)
	add(counterRedeem, PeriodDay, s.Redeem.Caps.PerDay > 0 || s.Redeem.Caps.TimesPerDay > 0)
	add(counterRedeem, PeriodMonth, s.Redeem.Caps.PerMonth > 0)
	return counters
}

// CountersOf lists the counters that limits of one thing ("rule:ID", "reward:ID") are held against at an instant.
func (s *Settings) CountersOf(of string, l Limits, at time.Time) []Counter {
	var counters []Counter
	if l.Times > 0 {
		counters = append(counters, Counter{Of: of, Period: s.PeriodKey(l.Every, at)})
	}
	if ever := (Counter{Of: of, Period: keyEver}); l.CooldownDays > 0 && !slices.Contains(counters, ever) {
		counters = append(counters, ever)
	}
	if l.TotalTimes > 0 || l.Budget > 0 || l.BudgetMoney > 0 {
		counters = append(counters, Counter{Of: of, Period: s.PeriodKey(l.BudgetEvery, at), All: true})
	}
	return counters
}

// Use returns the state of a counter, a zero one when nothing has been counted or nothing is known of the member.
func (m *Standing) Use(c Counter) Use {
	if m != nil {
		for _, use := range m.Uses {
			if use.Counter == c {
				return use
			}
		}
	}
	return Use{Counter: c}
}
