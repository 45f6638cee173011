package engine

import (
	"context"
	"time"

	"kartka/engine/rules"
)

// awayAtMost is how many days after the last visit a win-back by a person's own rhythm is still looked for: whoever comes less often
// has no rhythm.
const awayAtMost = 400

// grant gives what rules promise on birthdays and for having been away.
func (r *dailyRun) grant(ctx context.Context) {
	for i := range r.settings.Rules {
		rule := &r.settings.Rules[i]
		if !inForce(rule, r.day) {
			continue
		}
		switch rule.On {
		case rules.TriggerBirthday:
			r.grantBirthdays(ctx, rule)
		case rules.TriggerAbsence:
			r.grantAbsent(ctx, rule)
		}
	}
}

// grantBirthdays gives a birthday gift on the first day of its window. Whoever is not due on that day but within the window (the
// first purchase is still to come, the budget of the month was spent) gets it on the first day it is due.
func (r *dailyRun) grantBirthdays(ctx context.Context, rule *rules.Rule) {
	var born []string
	window := rule.When.Birthday
	for n := -window.After; n <= window.Before; n++ {
		born = append(born, rules.BornOn(r.day.Add(n))...)
	}
	due := func(a *award) string {
		last := a.standing.Use(everOf(rule)).Last
		if ok, _ := r.settings.BirthdayDue(*rule, &a.standing, last, r.day); !ok {
			return ""
		}
		return string(r.day)
	}
	visit(ctx, r, StepGrant, func(after string, limit int) ([]string, error) {
		return r.engine.store.MembersBornOn(ctx, r.program.ID, born, after, limit)
	}, itself, func(memberID string) (*errand, error) { return r.grantOne(ctx, rule, memberID, due) })
}

// grantAbsent gives a win-back gift, once for each absence: not again before the member has come and left once more.
func (r *dailyRun) grantAbsent(ctx context.Context, rule *rules.Rule) {
	absence := rule.When.Absent
	most := absence.Days + dailyCatchUp
	if absence.Gaps > 0 {
		most = max(most, awayAtMost)
	}
	least := absence.Days
	if absence.Gaps > 0 {
		least = 1
	}
	due := func(a *award) string {
		m := &a.standing
		if last := m.Use(everOf(rule)).Last; !last.IsZero() && last.After(m.LastVisit) || !absence.Holds(m, r.at) {
			return ""
		}
		return string(rules.DateOf(m.LastVisit, r.settings.Zone))
	}
	day := 24 * time.Hour
	from, before := r.at.Add(-time.Duration(most+1)*day), r.at.Add(-time.Duration(least)*day).Add(time.Microsecond)
	visit(ctx, r, StepGrant, func(after string, limit int) ([]string, error) {
		return r.engine.store.MembersAway(ctx, r.program.ID, from, before, after, limit)
	}, itself, func(memberID string) (*errand, error) { return r.grantOne(ctx, rule, memberID, due) })
}

// grantOne gives one rule's gift to one member if it is due. due names the occasion, "" when there is none: a member gets a rule's gift
// once for each occasion. Most members that are looked at are not due, so they are asked about before their account is locked, and
// again under the lock.
func (r *dailyRun) grantOne(ctx context.Context, rule *rules.Rule, memberID string, due func(*award) string) (*errand, error) {
	ask := award{program: r.program, member: Member{ID: memberID}, rules: []*rules.Rule{rule}, at: r.given()}
	if err := ask.readStanding(ctx, r.engine.store); err != nil {
		return nil, err
	}
	keyOf := func(occasion string) string { return "bonus:" + rule.ID + ":" + memberID + ":" + occasion }
	occasion := due(&ask)
	if occasion == "" {
		return nil, nil
	}
	var answer Posted
	gift := r.errandFor(func(tx Tx) error {
		answer = Posted{}
		member, account, err := lockMember(ctx, tx, r.program.ID, memberID)
		if err != nil || member == nil || member.ID != memberID || member.State != MemberActive {
			return err
		}
		a := award{program: r.program, member: *member, account: account, rules: ask.rules, at: ask.at}
		if err := a.readStanding(ctx, tx); err != nil {
			return err
		}
		occasion := due(&a)
		if occasion == "" {
			return nil
		}
		a.key = keyOf(occasion)
		a.hash = a.key
		if old, err := known(ctx, tx, r.program.ID, a.key); err != nil || old != nil {
			return err
		}
		if answer, err = r.engine.award(ctx, tx, &a); err != nil || answer.PostingID == "" {
			return err
		}
		return tx.Enqueue(ctx, r.byDay(r.engine.awardNotice(&a, answer)))
	}, func() {
		if answer.PostingID != "" {
			r.report.Bonuses++
			r.report.BonusPoints += answer.Earned
			r.report.BonusCoupons += len(answer.Coupons)
		}
	}, memberID)
	gift.Keys = []string{keyOf(occasion)}
	gift.Standing.Counters = ask.counters(rule)
	return gift, nil
}
