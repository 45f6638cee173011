package rules

import "time"

// TierChange says what the daily run finds about a member's tier.
type TierChange string

// The changes.
const (
	TierStays   TierChange = ""
	TierUp      TierChange = "up"      // a higher one is reached
	TierKept    TierChange = "kept"    // for a new term
	TierWarned  TierChange = "warned"  // the member is to be told that it ends
	TierGrace   TierChange = "grace"   // its term is over, the days of grace begin
	TierDown    TierChange = "down"    // a lower one, or none
	TierRemoved TierChange = "removed" // the shop has given it up: what the window gives takes its place
)

// rank is the place of a tier in the list, −1 for none.
func (s *Settings) rank(id string) int {
	for i := range s.Tiers.List {
		if s.Tiers.List[i].ID == id {
			return i
		}
	}
	return -1
}

// rankFor is the place of the highest tier that is reached, −1 for none.
func (s *Settings) rankFor(qualified int64) int {
	rank := -1
	for i := range s.Tiers.List {
		if s.Tiers.List[i].From <= qualified {
			rank = i
		}
	}
	return rank
}

// TierFor returns the highest tier that is reached by what counts, or nil.
func (s *Settings) TierFor(qualified int64) *Tier {
	if i := s.rankFor(qualified); i >= 0 {
		return &s.Tiers.List[i]
	}
	return nil
}

// lifetime reports whether all that a member ever did counts towards a tier.
func (t *Tiers) lifetime() bool {
	return t.Basis == TierByReferrals || t.WindowDays == 0 && t.Calendar == PeriodEver
}

// TierWindow returns the first local day that counts towards a tier at an instant; "" is the whole life. A window of days
// counts today as one of them.
func (s *Settings) TierWindow(at time.Time) (since Date) {
	switch t := &s.Tiers; {
	case t.lifetime():
		return ""
	case t.WindowDays > 0:
		return DateOf(at, s.Zone).Add(1 - t.WindowDays)
	default:
		return DateOf(s.PeriodStart(t.Calendar, at), s.Zone)
	}
}

// TierDays reports whether tiers ask for what single days came to, because they look back over a part of the member's life.
func (s *Settings) TierDays() bool {
	return len(s.Tiers.List) > 0 && !s.Tiers.lifetime()
}

// TierWindowOf returns the first local day that counts when the daily run judges a tier that is held. It is that of [Settings.TierWindow],
// but a tier whose term has ended with a period of the calendar is judged by that period and what came after, not by the new
// one alone, which has only begun.
func (s *Settings) TierWindowOf(held TierState, at time.Time) (since Date) {
	over := !held.Until.IsZero() && !at.Before(held.Until)
	if over && s.Tiers.WindowDays == 0 {
		return s.TierWindow(held.Until.Add(-time.Nanosecond))
	}
	return s.TierWindow(at)
}

// term returns the end of a tier's term that begins at an instant, zero when there is none.
func (s *Settings) term(from time.Time) time.Time {
	switch t := &s.Tiers; {
	case t.KeepDays > 0:
		return s.days(from, t.KeepDays+1)
	case t.lifetime() || t.Calendar == PeriodEver || t.WindowDays > 0:
		return time.Time{}
	default:
		return s.period(t.Calendar, from, 2)
	}
}

// days returns the beginning of the local day that lies so many days after an instant.
func (s *Settings) days(from time.Time, n int) time.Time {
	y, m, d := from.In(s.Zone).Date()
	return startOfDay(y, m, d+n, s.Zone)
}

// fresh is the state of a member who comes to a tier of a rank at an instant.
func (s *Settings) fresh(rank int, at time.Time) TierState {
	if rank < 0 {
		return TierState{}
	}
	return TierState{ID: s.Tiers.List[rank].ID, Since: at, Until: s.term(at)}
}

// TierAfterSale returns the tier after a sale: a higher one when what counts reaches it, which is up, from the next purchase on; else the one
// held, whatever counts, for a return never takes a tier inside its term. A purchase in the days of grace that reaches the tier again
// begins a new term. A tier that the settings no longer know counts as none.
func (s *Settings) TierAfterSale(held TierState, qualified int64, at time.Time) (next TierState, up bool) {
	was, now := s.rank(held.ID), s.rankFor(qualified)
	switch {
	case now < 0 || now < was:
		return held, false
	case now > was:
		return s.raise(held, now, at), true
	case held.Grace:
		return s.fresh(now, at), false
	}
	return held, false
}

// raise moves a member up. What staff has promised until a day is not cut short by reaching more.
func (s *Settings) raise(held TierState, rank int, at time.Time) TierState {
	next := s.fresh(rank, at)
	if held.ByHand && s.rank(held.ID) >= 0 && !next.Until.IsZero() && (held.Until.IsZero() || held.Until.After(next.Until)) {
		next.Until, next.ByHand = held.Until, true
	}
	return next
}

// GraceEnd returns when a tier is lost for good that is not kept: after the days of grace that follow its term, or with the term when there are
// none; zero for a tier without a term.
func (s *Settings) GraceEnd(held TierState) time.Time {
	if held.Until.IsZero() || s.Tiers.GraceDays <= 0 {
		return held.Until
	}
	return s.days(held.Until, s.Tiers.GraceDays)
}

// TierAtDay returns what the daily run makes of a tier by what counts in the window of [Settings.TierWindowOf]. When the term is over:
// a new term for whoever still qualifies or where tiers are never lost; else the days of grace; after them one step down, or down to
// what the window gives. WarnDays before a tier would end, once in a term, the member is to be told.
func (s *Settings) TierAtDay(held TierState, qualified int64, now time.Time) (next TierState, change TierChange) {
	t := &s.Tiers
	was, is := s.rank(held.ID), s.rankFor(qualified)
	switch {
	case held.ID != "" && was < 0:
		return s.fresh(is, now), TierRemoved
	case is > was:
		return s.raise(held, is, now), TierUp
	case held.ID == "" || held.Until.IsZero():
		return held, TierStays
	}
	over := !now.Before(held.Until)
	kept := is == was || t.Downgrade == DowngradeNone
	end := s.GraceEnd(held)
	switch {
	case over && kept:
		return s.renew(was, held.Until, now), TierKept
	case !now.Before(end):
		rank := is
		if t.Downgrade == DowngradeStep {
			rank = was - 1
		}
		return s.lower(rank, held.Until, end, now), TierDown
	case over && !held.Grace:
		held.Grace = true
		return held, TierGrace
	case kept || held.Warned || t.WarnDays <= 0:
		return held, TierStays
	}
	last := held.Until
	if held.Grace {
		last = end
	}
	if now.Before(s.days(last, -t.WarnDays)) {
		return held, TierStays
	}
	held.Warned = true
	return held, TierWarned
}

// renew begins a new term where the old one ended, or today when that one would be over as well.
func (s *Settings) renew(rank int, until, now time.Time) TierState {
	next := TierState{ID: s.Tiers.List[rank].ID, Since: until, Until: s.term(until.Add(-time.Nanosecond))}
	if !next.Until.IsZero() && !next.Until.After(now) {
		return s.fresh(rank, now)
	}
	return next
}

// lower moves a member down at the end of grace. A term of the calendar is that of whoever kept a tier.
func (s *Settings) lower(rank int, until, end, now time.Time) TierState {
	next := s.fresh(rank, end)
	if rank >= 0 && s.Tiers.KeepDays == 0 {
		next.Until = s.term(until.Add(-time.Nanosecond))
	}
	if !next.Until.IsZero() && !next.Until.After(now) {
		return s.fresh(rank, now)
	}
	return next
}

// ToNextTier returns the tier above the one a member holds and how much is missing to it, by the basis of the scheme; nil
// when there is none above. Of a nil member nothing is known: all is missing.
func (s *Settings) ToNextTier(m *Standing) (next *Tier, missing int64) {
	var held string
	var qualified int64
	if m != nil {
		held, qualified = m.Tier.ID, m.Qualified
	}
	i := max(s.rank(held), s.rankFor(qualified)) + 1
	if i >= len(s.Tiers.List) {
		return nil, 0
	}
	next = &s.Tiers.List[i]
	return next, next.From - qualified
}
