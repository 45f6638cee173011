package backtest

import (
	"slices"
	"sort"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// live lets the days go by up to an instant: tiers are reviewed when they are due, birthdays and absences are honoured, points and coupons
// end.
func (g *guest) live(until time.Time) {
	for due := g.tierDue(); !due.IsZero() && !due.After(until); due = g.tierDue() {
		g.gifts(due)
		if was := g.m.Tier; !g.review(due) || g.m.Tier == was {
			break
		}
	}
	g.gifts(until)
	if slices.ContainsFunc(g.account.Lots, func(l ledger.Lot) bool { return l.Expired(until) }) {
		plan := g.account.Expire(until)
		ended := -plan.Net()
		add(g.side, &g.side.expired, ended)
		g.points -= ended
		g.move(plan)
	}
	g.m.Coupons = slices.DeleteFunc(g.m.Coupons, func(c rules.Coupon) bool { return !c.Expires.IsZero() && !c.Expires.After(until) })
}

// tierDue is when the daily run looks at the member's tier, zero for never.
func (g *guest) tierDue() time.Time {
	held, s := &g.m.Tier, g.set.settings
	if held.Grace && s.Tiers.GraceDays > 0 {
		return s.GraceEnd(*held)
	}
	return held.Until
}

// review is what the daily run does about a tier. It reports whether anything changed.
func (g *guest) review(at time.Time) bool {
	s := g.set.settings
	next, change := s.TierAtDay(g.m.Tier, g.qualified(s.TierWindowOf(g.m.Tier, at)), at)
	g.m.Tier = next
	if change == rules.TierUp {
		g.reach(at)
	}
	return change != rules.TierStays
}

// gifts honours birthdays and absences of the local days that begin after what has been lived, up to an instant.
func (g *guest) gifts(until time.Time) {
	from := g.lived
	if !until.After(from) {
		return
	}
	g.lived = until
	if g.m.Visits == 0 {
		return
	}
	var occasions []func(first, last rules.Date)
	if g.m.Birthday.Known() {
		for _, r := range g.set.birthdays {
			occasions = append(occasions, func(first, last rules.Date) { g.birthday(r, first, last) })
		}
	}
	for _, r := range g.set.absences {
		if r.When.Absent.Holds(&g.m, until) { // else on no day before
			occasions = append(occasions, func(first, last rules.Date) { g.absence(r, first, last) })
		}
	}
	if len(occasions) == 0 {
		return
	}
	zone := g.set.settings.Zone
	first, last := rules.DateOf(from, zone).Add(1), rules.DateOf(until, zone)
	if first > last {
		return
	}
	for _, honour := range occasions {
		honour(first, last)
	}
}

// birthday gives a birthday gift on the first of some days on which it is due.
func (g *guest) birthday(r *rules.Rule, first, last rules.Date) {
	b, w := g.m.Birthday, r.When.Birthday
	s := g.set.settings
	for on := b.Next(first.Add(-w.After)); on.Add(-w.Before) <= last; on = b.Next(on.Add(1)) {
		for day := max(first, on.Add(-w.Before)); day <= min(last, on.Add(w.After)); day = day.Add(1) {
			at := s.DayStart(day)
			given := g.m.Use(everOf(r)).Last
			if due, _ := s.BirthdayDue(*r, &g.m, given, day); due && g.give(r, at) {
				break
			}
		}
	}
}

// absence gives a win-back gift on the first of some days on which the member has been away for long enough, once for each absence.
func (g *guest) absence(r *rules.Rule, first, last rules.Date) {
	s := g.set.settings
	away := func(n int) bool { return r.When.Absent.Holds(&g.m, s.DayStart(first.Add(n))) }
	days := daysBetween(first, last)
	if given := g.m.Use(everOf(r)).Last; given.After(g.m.LastVisit) || !away(days) {
		return
	}
	for n := sort.Search(days, away); n <= days; n++ {
		if g.give(r, s.DayStart(first.Add(n))) {
			return
		}
		if r.Limits == (rules.Limits{}) && r.From == "" && len(r.When.Weekdays) == 0 {
			return // nothing that another day would change
		}
	}
}

func daysBetween(a, b rules.Date) int {
	return int(b.Start(time.UTC).Sub(a.Start(time.UTC)) / (24 * time.Hour))
}

func everOf(r *rules.Rule) rules.Counter { return rules.Counter{Of: "rule:" + r.ID, Period: "ever"} }

// give gives what a rule without a check promises, if the rest of its condition and its limits allow, and reports whether they did.
func (g *guest) give(r *rules.Rule, at time.Time) bool {
	s := g.set.settings
	if !g.fits(r, at) || !g.within(r, at) {
		return false
	}
	use := rules.Use{Times: 1, Last: at}
	switch r.Gives.Kind {
	case rules.GivesPoints:
		active, expires := s.LotLife(at, r.AfterDays, r.ValidDays, s.Tier(g.m.Tier.ID))
		g.credit(r.ID, r.Gives.Points, at, active, expires)
		use.Points = r.Gives.Points
	case rules.GivesCoupon:
		if !g.issue(r.Gives.Coupon, r.ID, nil, at) {
			return false
		}
	default:
		return false
	}
	counters := s.CountersOf("rule:"+r.ID, r.Limits, at)
	if ever := everOf(r); !slices.Contains(counters, ever) {
		counters = append(counters, ever)
	}
	for _, use.Counter = range counters {
		g.use(use, at)
	}
	return true
}

// fits reports whether the member meets what a rule without a check asks besides its occasion.
func (g *guest) fits(r *rules.Rule, at time.Time) bool {
	s, c, m := g.set.settings, &r.When, &g.m
	day := rules.DateOf(at, s.Zone)
	tagged := func(t string) bool { return slices.Contains(m.Tags, t) }
	switch {
	case r.From != "" && day < r.From, r.To != "" && day > r.To:
		return false
	case len(c.Locations) > 0, len(c.Channels) > 0: // where the member joined is not known, and days pass nowhere
		return false
	case len(c.Weekdays) > 0 && !slices.Contains(c.Weekdays, at.In(s.Zone).Weekday()):
		return false
	case len(c.Tiers) > 0 && !slices.Contains(c.Tiers, m.Tier.ID):
		return false
	case len(c.Tags) > 0 && !slices.ContainsFunc(c.Tags, tagged), slices.ContainsFunc(c.NotTags, tagged):
		return false
	case c.JoinedDays > 0 && day > rules.DateOf(m.JoinedAt, s.Zone).Add(c.JoinedDays):
		return false
	case r.On != rules.TriggerAbsence && c.Absent != (rules.Absence{}) && !c.Absent.Holds(m, at):
		return false
	}
	if c.Birthday.Set && r.On != rules.TriggerBirthday {
		ok, _ := s.BirthdayHolds(c.Birthday, m.Birthday, day)
		return ok
	}
	return true
}

// within reports whether the limits of a rule without a check let it give once more, whole.
func (g *guest) within(r *rules.Rule, at time.Time) bool {
	s, l, of := g.set.settings, &r.Limits, "rule:"+r.ID
	if l.Times > 0 && g.m.Use(rules.Counter{Of: of, Period: s.PeriodKey(l.Every, at)}).Times >= l.Times {
		return false
	}
	if last := g.m.Use(everOf(r)).Last; l.CooldownDays > 0 && !last.IsZero() &&
		rules.DateOf(at, s.Zone) < rules.DateOf(last, s.Zone).Add(l.CooldownDays) {
		return false
	}
	var points money.Points
	if r.Gives.Kind == rules.GivesPoints {
		points = r.Gives.Points
	}
	for _, used := range g.set.addSpent(nil, at) {
		if used.Of == of && (l.TotalTimes > 0 && used.Times >= l.TotalTimes || l.Budget > 0 && l.Budget-used.Points < points) {
			return false
		}
	}
	return l.Budget == 0 || points <= l.Budget
}

// manyUses is how many counters a member may have before those of past periods are looked for.
const manyUses = 24

// prune forgets counters of periods that are over.
func (g *guest) prune(at time.Time) {
	s := g.set.settings
	if len(g.m.Uses) < manyUses {
		return
	}
	current := make([]string, 0, 6)
	for _, p := range [...]rules.Period{rules.PeriodEver, rules.PeriodDay, rules.PeriodWeek, rules.PeriodMonth, rules.PeriodQuarter, rules.PeriodYear} {
		current = append(current, s.PeriodKey(p, at))
	}
	g.m.Uses = slices.DeleteFunc(g.m.Uses, func(u rules.Use) bool { return !slices.Contains(current, u.Period) })
}
