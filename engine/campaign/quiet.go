package campaign

import (
	"time"

	"kartka/engine/rules"
)

// Quiet is the part of each local day in which nobody is written to: from the minute From until, but not in, the minute To, both counted from midnight
// on the clock on the wall. It may span midnight; when both are equal no time is quiet.
type Quiet struct{ From, To int }

const (
	minutesPerDay = 24 * 60
	secondsPerDay = minutesPerDay * 60
)

// holds reports whether a wall time, in seconds since midnight, is quiet.
func (q Quiet) holds(wall int) bool {
	from, to := q.From*60, q.To*60
	if from <= to {
		return from <= wall && wall < to
	}
	return wall >= from || wall < to
}

// End returns zero when an instant is not quiet in a zone, else the first instant after it that is not. Where the clocks are moved it goes by what
// they show: an hour that comes twice is quiet or not both times.
func (q Quiet) End(t time.Time, zone *time.Location) time.Time {
	if q.From == q.To || !q.holds(wallSeconds(t.In(zone))) {
		return time.Time{}
	}
	for range maxShifts {
		local := t.In(zone)
		wait := (q.To*60 - wallSeconds(local) + secondsPerDay) % secondsPerDay
		end := local.Add(time.Duration(wait)*time.Second - time.Duration(local.Nanosecond()))
		_, shift := local.ZoneBounds()
		if shift.IsZero() || end.Before(shift) {
			return end.UTC()
		}
		if !q.holds(wallSeconds(shift.In(zone))) {
			return shift.UTC()
		}
		t = shift
	}
	return t.UTC() // of no zone there is
}

// maxShifts is more than the clocks of any place have been moved within two days.
const maxShifts = 8

// wallSeconds is what the clock shows, in seconds since midnight.
func wallSeconds(local time.Time) int {
	return local.Hour()*3600 + local.Minute()*60 + local.Second()
}

// At is the instant at which clocks in a zone show a minute of a day, counted from midnight. Where they skip it, it is the instant of the
// skip, and where they show it twice, the first of both. It is zero when there is no such day or minute.
func At(day rules.Date, minute int, zone *time.Location) time.Time {
	date, err := time.Parse(time.DateOnly, string(day))
	if err != nil || minute < 0 || minute >= minutesPerDay {
		return time.Time{}
	}
	t := time.Date(date.Year(), date.Month(), date.Day(), 0, minute, 0, 0, zone)
	from, to := t.ZoneBounds()
	wanted, got := reading(date.Add(time.Duration(minute)*time.Minute)), reading(t)
	if got.After(wanted) { // skipped, and read by the offset before
		return from.UTC()
	}
	if got.Before(wanted) { // skipped, and read by the offset after
		return to.UTC()
	}
	if !from.IsZero() {
		_, before := from.Add(-time.Nanosecond).Zone()
		_, after := t.Zone()
		if first := t.Add(time.Duration(after-before) * time.Second); first.Before(from) && reading(first).Equal(wanted) {
			return first.UTC()
		}
	}
	return t.UTC()
}

// reading is what a calendar and a clock show, as if they stood in UTC, so that readings compare.
func reading(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// QuietOf is when a program lets nobody be written to.
func QuietOf(s *rules.Settings) Quiet { return Quiet(s.CampaignRules().Quiet) }
