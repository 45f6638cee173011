package rules

import (
	"time"

	"kartka/engine/money"
)

// rhythmVisits is the least number of visits that show a rhythm: two gaps.
const rhythmVisits = 3

// Holds reports whether a member has been away for so long at an instant.
//
// The mean gap is (last visit − first visit) ÷ (visits − 1), at least a day; visits that all fall within one day show no rhythm yet. The
// zero Absence never holds.
func (a Absence) Holds(m *Standing, at time.Time) bool {
	if m == nil || m.Visits < 1 || m.LastVisit.IsZero() {
		return false
	}
	const day = 24 * time.Hour
	away := at.Sub(m.LastVisit)
	span := m.LastVisit.Sub(m.FirstVisit)
	if a.Gaps > 0 && m.Visits >= max(rhythmVisits, a.MinVisits) && !m.FirstVisit.IsZero() && span >= day {
		gaps := int64(m.Visits - 1)
		span = max(span, time.Duration(gaps)*day)
		long, err := money.MulDiv(int64(span/time.Second), int64(a.Gaps), int64(money.Whole)*gaps, money.Up)
		return err == nil && int64(away/time.Second) >= long
	}
	return a.Days > 0 && away >= time.Duration(a.Days)*day
}
