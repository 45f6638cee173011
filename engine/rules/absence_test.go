package rules_test

import (
	"testing"
	"time"

	"kartka/engine/rules"
)

func TestAbsence(t *testing.T) {
	const day = 24 * time.Hour
	first := noon
	guest := func(visits int, span time.Duration) *rules.Standing {
		return &rules.Standing{Visits: visits, FirstVisit: first, LastVisit: first.Add(span)}
	}
	twice := rules.Absence{Gaps: 20000}
	for _, c := range []struct {
		name string
		a    rules.Absence
		m    *rules.Standing
		away time.Duration
		want bool
	}{
		{"five visits a week apart, two weeks away", twice, guest(5, 28*day), 14 * day, true},
		{"a second less", twice, guest(5, 28*day), 14*day - time.Second, false},
		{"one and a half times", rules.Absence{Gaps: 15000}, guest(5, 28*day), 10*day + 12*time.Hour, true},
		{"one and a half times, almost", rules.Absence{Gaps: 15000}, guest(5, 28*day), 10*day + 12*time.Hour - time.Second, false},
		{"a gap that is no whole number of seconds is rounded up", twice, guest(4, 10*day+time.Second), 6*day + 16*time.Hour, false},
		{"two visits show no rhythm", twice, guest(2, 7*day), 1000 * day, false},
		{"but days may be set", rules.Absence{Gaps: 20000, Days: 30}, guest(2, 7*day), 30 * day, true},
		{"and fewer days are not enough", rules.Absence{Gaps: 20000, Days: 30}, guest(2, 7*day), 29 * day, false},
		{"a known rhythm goes before days", rules.Absence{Gaps: 20000, Days: 5}, guest(5, 28*day), 6 * day, false},
		{"more visits are asked for", rules.Absence{Gaps: 20000, MinVisits: 6}, guest(5, 28*day), 100 * day, false},
		{"three visits within a morning show no rhythm", twice, guest(3, 3*time.Hour), 9 * day, false},
		{"who comes four times a day is not missed in the evening", twice, guest(41, 10*day), 2*day - time.Second, false},
		{"but after two days", twice, guest(41, 10*day), 2 * day, true},
		{"by days alone", rules.Absence{Days: 60}, guest(50, 100*day), 60 * day, true},
		{"never came", rules.Absence{Days: 1}, &rules.Standing{JoinedAt: first}, 1000 * day, false},
		{"nobody", rules.Absence{Days: 1}, nil, 1000 * day, false},
		{"nothing asked", rules.Absence{}, guest(5, 28*day), 1000 * day, false},
		{"a first visit that is not known", rules.Absence{Gaps: 20000, Days: 30}, &rules.Standing{Visits: 5, LastVisit: first}, 31 * day, true},
		{"centuries do not overflow", rules.Absence{Gaps: 1 << 62}, guest(3, 100*365*day), 100 * 365 * day, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := first
			if c.m != nil && !c.m.LastVisit.IsZero() {
				at = c.m.LastVisit
			}
			if got := c.a.Holds(c.m, at.Add(c.away)); got != c.want {
				t.Errorf("absent: %t, want %t", got, c.want)
			}
		})
	}
}
