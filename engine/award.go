package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// forEver is the period of a counter that is never set back, as [rules.Settings.PeriodKey] writes it.
const forEver = "ever"

// award is what rules give to one member by themselves, not as a part of a check, in one posting.
type award struct {
	program  Program
	member   Member
	account  ledger.Account // locked
	standing rules.Standing // with the counters of the rules
	rules    []*rules.Rule
	key      string
	hash     string
	staffID  string
	place    *Location // where it happened, nil when nowhere
	channel  string    // as of a sale's source
	at       time.Time // when it is given: the life of what is given counts from here

	plan   ledger.Plan
	issued []Coupon
	uses   []rules.Use
	shared []rules.Use // counters of the whole program, as locked
	answer Posted
}

// everOf is the counter that remembers when a rule last gave something to a member.
func everOf(r *rules.Rule) rules.Counter { return rules.Counter{Of: "rule:" + r.ID, Period: forEver} }

// counters lists what a rule's limits are held against, and the counter that remembers when it last gave.
func (a *award) counters(r *rules.Rule) []rules.Counter {
	counters := a.program.Settings.CountersOf("rule:"+r.ID, r.Limits, a.at)
	if ever := everOf(r); !slices.Contains(counters, ever) {
		counters = append(counters, ever)
	}
	return counters
}

// readStanding reads what the rules ask about the member.
func (a *award) readStanding(ctx context.Context, reads MechanicReads) error {
	settings := a.program.Settings
	q := StandingQuery{Since: settings.TierWindow(a.at), Basis: settings.Tiers.Basis}
	for _, r := range a.rules {
		for _, c := range a.counters(r) {
			if !c.All {
				q.Counters = append(q.Counters, c)
			}
		}
	}
	standing, err := reads.Standing(ctx, a.program.ID, a.member.ID, q)
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	a.standing = standing
	return nil
}

// award gives what the rules promise and their conditions and limits allow, and writes it as one posting under the award's key. Where
// that is nothing the answer has effects alone and nothing is written. The caller holds the lock of the account.
func (e *Engine) award(ctx context.Context, tx Tx, a *award) (Posted, error) {
	if err := a.lockUses(ctx, tx); err != nil {
		return Posted{}, err
	}
	for _, r := range a.rules {
		effect, err := e.give(a, r)
		if err != nil {
			return Posted{}, err
		}
		a.answer.Effects = append(a.answer.Effects, effect)
	}
	after := a.account.Apply(a.plan)
	a.answer.MemberID, a.answer.At, a.answer.Balance = a.member.ID, a.at, BalanceOf(&after, a.at)
	if len(a.uses) == 0 {
		return a.answer, nil
	}
	a.answer.PostingID = e.newID()
	posting := Posting{
		ID: a.answer.PostingID, ProgramID: a.program.ID, Kind: ledger.KindBonus, Key: a.key, Hash: a.hash, MemberID: a.member.ID,
		AccountID: a.account.ID, StaffID: a.staffID, Version: a.program.Version, Points: a.plan.Net(), Earned: a.answer.Earned,
		Debt: after.Debt, Balance: after.Balance(), Reasons: a.answer.Effects, OccurredAt: a.at, RecordedAt: e.Now(),
	}
	var err error
	if posting.Answer, err = json.Marshal(a.answer); err != nil {
		return Posted{}, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, a.plan); err != nil {
		return Posted{}, fmt.Errorf("write posting: %w", err)
	}
	if err := insertCoupons(ctx, tx, a.issued); err != nil {
		return Posted{}, err
	}
	if err := tx.AddUses(ctx, a.program.ID, a.member.ID, a.uses); err != nil {
		return Posted{}, fmt.Errorf("write counters: %w", err)
	}
	return a.answer, nil
}

// lockUses locks the budgets of the rules, so that two members cannot both take what is left.
func (a *award) lockUses(ctx context.Context, tx Tx) error {
	var shared []rules.Counter
	for _, r := range a.rules {
		for _, c := range a.counters(r) {
			if c.All {
				shared = append(shared, c)
			}
		}
	}
	if len(shared) == 0 {
		return nil
	}
	var err error
	if a.shared, err = tx.LockUses(ctx, a.program.ID, shared); err != nil {
		return fmt.Errorf("lock counters: %w", err)
	}
	return nil
}

// give adds what one rule gives to the award, and says why when it gives nothing. A gift is given whole or not at all: what is left
// of a budget is not handed out in crumbs.
func (e *Engine) give(a *award, r *rules.Rule) (rules.Effect, error) {
	settings, name := a.program.Settings, "rule:"+r.ID
	effect := func(state rules.State, reason rules.Reason) rules.Effect {
		reason.Of, reason.Text = name, settings.NameOf(name, settings.Languages[0])
		return rules.Effect{Rule: name, State: state, Points: reason.Args[rules.ArgPoints], Reason: reason}
	}
	if why, fits := a.fits(r); !fits {
		return effect(rules.Inapplicable, why), nil
	}
	if why, free := a.within(r); !free {
		return effect(rules.Skipped, why), nil
	}
	given := rules.Reason{ID: "given_on_" + string(r.On)}
	switch r.Gives.Kind {
	case rules.GivesPoints:
		if err := e.giveLot(a, r); err != nil {
			return rules.Effect{}, err
		}
		given.Args = map[string]int64{rules.ArgPoints: int64(r.Gives.Points)}
	case rules.GivesCoupon:
		issued, skipped := e.couponsFor(settings, a.member.ID, a.open(), []rules.Grant{{Coupon: r.Gives.Coupon, From: name}}, a.at, a.staffID)
		if len(issued) == 0 {
			return skipped[0], nil
		}
		for _, c := range issued {
			c.ProgramID = a.program.ID
			a.issued = append(a.issued, c)
			a.answer.Coupons = append(a.answer.Coupons, c.ID)
		}
	}
	for _, c := range a.counters(r) {
		a.uses = append(a.uses, rules.Use{Counter: c, Times: 1, Points: pointsOf(r), Last: a.at})
	}
	return effect(rules.Applied, given), nil
}

// giveLot plans the points of a rule as a lot with the rule's own life.
func (e *Engine) giveLot(a *award, r *rules.Rule) error {
	settings := a.program.Settings
	active, expires := settings.LotLife(a.at, r.AfterDays, r.ValidDays, settings.Tier(a.standing.Tier.ID))
	after := a.account.Apply(a.plan)
	plan, err := after.Credit(ledger.Lot{ID: e.newID(), Points: r.Gives.Points, ActiveFrom: active, EarnedAt: a.at, ExpiresAt: expires,
		Kind: ledger.KindBonus}, ledger.ContraEarn)
	if err != nil {
		return fmt.Errorf("plan gift: %w", err)
	}
	a.plan = a.plan.Then(plan)
	a.answer.Earned += r.Gives.Points
	if a.answer.Expires.IsZero() {
		a.answer.Expires = expires
	}
	return nil
}

// open lists the coupons the member will have open with those of this award.
func (a *award) open() []rules.Coupon {
	open := slices.Clone(a.standing.Coupons)
	for _, c := range a.issued {
		open = append(open, c.Coupon)
	}
	return open
}

// fits reports whether the member meets a rule's condition: all of it that can be asked without a check. A birthday or an absence that set
// the rule off has been looked at before.
func (a *award) fits(r *rules.Rule) (why rules.Reason, ok bool) {
	m, c, settings := &a.standing, &r.When, a.program.Settings
	day := rules.DateOf(a.at, settings.Zone)
	tagged := func(t string) bool { return slices.Contains(m.Tags, t) }
	no := func(id string) (rules.Reason, bool) { return rules.Reason{ID: id}, false }
	switch {
	case len(c.Locations) > 0 && (a.place == nil || !slices.Contains(c.Locations, a.place.Code)):
		return no("when_location")
	case len(c.Channels) > 0 && !slices.Contains(c.Channels, a.channel):
		return no("when_channel")
	case !timely(c, a.at.In(settings.Zone)):
		return no("when_weekday")
	case len(c.Tiers) > 0 && !slices.Contains(c.Tiers, m.Tier.ID):
		return no("when_tier")
	case len(c.Tags) > 0 && !slices.ContainsFunc(c.Tags, tagged), slices.ContainsFunc(c.NotTags, tagged):
		return no("when_tag")
	case c.JoinedDays > 0 && day > rules.DateOf(m.JoinedAt, settings.Zone).Add(c.JoinedDays):
		return rules.Reason{ID: "when_joined", Args: map[string]int64{rules.ArgDays: int64(c.JoinedDays)}}, false
	case c.Absent != (rules.Absence{}) && r.On != rules.TriggerAbsence && !c.Absent.Holds(m, a.at):
		return no("when_absent")
	}
	if c.Birthday.Set && r.On != rules.TriggerBirthday {
		if ok, why := settings.BirthdayHolds(c.Birthday, m.Birthday, day); !ok {
			return why, false
		}
	}
	return rules.Reason{}, true
}

// timely reports whether a local time lies in a condition's hours and weekdays. Hours that go past midnight belong to the day they
// began on.
func timely(c *rules.Condition, local time.Time) bool {
	minute, weekday := local.Hour()*60+local.Minute(), local.Weekday()
	switch h := c.Hours; {
	case h == rules.Hours{}:
	case h.From < h.To:
		if minute < h.From || minute >= h.To {
			return false
		}
	case minute < h.To:
		weekday = (weekday + 6) % 7
	case minute < h.From:
		return false
	}
	return len(c.Weekdays) == 0 || slices.Contains(c.Weekdays, weekday)
}

// within reports whether a rule's limits let it give once more.
func (a *award) within(r *rules.Rule) (why rules.Reason, ok bool) {
	settings, l, of := a.program.Settings, &r.Limits, "rule:"+r.ID
	if l.Times > 0 && a.standing.Use(rules.Counter{Of: of, Period: settings.PeriodKey(l.Every, a.at)}).Times >= l.Times {
		return rules.Reason{ID: "limit_times", Args: map[string]int64{rules.ArgCount: int64(l.Times)}}, false
	}
	if last := a.standing.Use(everOf(r)).Last; l.CooldownDays > 0 && !last.IsZero() {
		if rules.DateOf(a.at, settings.Zone) < rules.DateOf(last, settings.Zone).Add(l.CooldownDays) {
			return rules.Reason{ID: "cooldown", Args: map[string]int64{rules.ArgDays: int64(l.CooldownDays)}}, false
		}
	}
	// Each rule has a counter of its own: nothing given earlier in this award has touched this one.
	var all rules.Use
	for _, use := range a.shared {
		if use.Of == of && use.Period == settings.PeriodKey(l.BudgetEvery, a.at) {
			all = use
		}
	}
	switch {
	case l.TotalTimes > 0 && all.Times >= l.TotalTimes:
		return rules.Reason{ID: "limit_total", Args: map[string]int64{rules.ArgCount: int64(l.TotalTimes)}}, false
	case l.Budget > 0 && l.Budget-all.Points < pointsOf(r):
		return rules.Reason{ID: "budget_spent"}, false
	}
	return rules.Reason{}, true
}

func pointsOf(r *rules.Rule) money.Points {
	if r.Gives.Kind == rules.GivesPoints {
		return r.Gives.Points
	}
	return 0
}

// awardNotice tells a member what rules have given.
func (e *Engine) awardNotice(a *award, answer Posted) Outbound {
	args := map[string]any{"points": int64(answer.Earned)}
	for i, r := range a.rules {
		if answer.Effects[i].State == rules.Applied {
			args["rule"], args["trigger"] = r.ID, string(r.On)
			break
		}
	}
	if len(a.issued) > 0 {
		args["coupon"], args["coupon_id"] = a.issued[0].Kind, a.issued[0].ID
	}
	if until := answer.Expires; !until.IsZero() {
		args["until"] = string(lastDay(until, a.program.Settings.Zone))
	}
	return e.notice(a.program.ID, "bonus:"+answer.PostingID, toMember(a.member.ID), Notice{
		Kind: NoticeBonus, PostingID: answer.PostingID, Posted: &answer, Args: args})
}
