package rules

import (
	"slices"
	"strings"

	"kartka/engine/money"
)

// period names the period of the sale, as counters do.
func (e *evaluation) period(p Period) string {
	i := slices.Index([]Period{PeriodEver, PeriodDay, PeriodWeek, PeriodMonth, PeriodQuarter, PeriodYear}, p)
	if i < 0 {
		i = 0
	}
	if e.keys[i] == "" {
		e.keys[i] = e.s.PeriodKey(p, e.in.OccurredAt)
	}
	return e.keys[i]
}

// use is the state of a counter before the sale: of what begins with kind ("rule:" or "") and goes on with id.
func (e *evaluation) use(kind, id, period string, all bool) Use {
	if e.in.Member == nil {
		return Use{}
	}
	for i := range e.in.Member.Uses {
		u := &e.in.Member.Uses[i]
		if u.All == all && u.Period == period && len(u.Of) == len(kind)+len(id) && strings.HasPrefix(u.Of, kind) && u.Of[len(kind):] == id {
			return *u
		}
	}
	return Use{}
}

// within checks that a rule's limits leave something and notes how much of its budgets is left.
func (e *evaluation) within(o *offer, r *Rule) bool {
	l := &r.Limits
	if *l == (Limits{}) {
		return true
	}
	if l.Times > 0 && e.use("rule:", r.ID, e.period(l.Every), false).Times >= l.Times {
		return o.fail(Skipped, why("limit_times", number(argCount, l.Times)))
	}
	if l.CooldownDays > 0 {
		if ever := e.use("rule:", r.ID, keyEver, false); ever.Times > 0 && !ever.Last.IsZero() { // not when all that was given came back
			if passed := daysFrom(DateOf(ever.Last, e.zone), e.day); passed < l.CooldownDays {
				return o.fail(Skipped, why("cooldown", number(argDays, l.CooldownDays-passed)))
			}
		}
	}
	if l.TotalTimes == 0 && l.Budget == 0 && l.BudgetMoney == 0 {
		return true
	}
	used := e.use("rule:", r.ID, e.period(l.BudgetEvery), true)
	if l.TotalTimes > 0 && used.Times >= l.TotalTimes {
		return o.fail(Skipped, why("limit_total", number(argCount, l.TotalTimes)))
	}
	discount := r.Gives.Kind.IsDiscount()
	if l.Budget > 0 && !discount {
		o.pointsLeft = max(0, l.Budget-used.Points)
	}
	if l.BudgetMoney > 0 && discount {
		o.moneyLeft = max(0, l.BudgetMoney-used.Amount)
	}
	if o.pointsLeft == 0 || o.moneyLeft == 0 {
		return o.fail(Skipped, why("budget_spent"))
	}
	return true
}

// earnCap is the most that the member can earn by this sale, with the reason; ok is false when there is no bound.
func (e *evaluation) earnCap() (most money.Points, reason note, ok bool) {
	c := &e.s.Earn.Caps
	lower := func(p money.Points, n note) {
		if p = max(0, p); !ok || p < most {
			most, reason, ok = p, n, true
		}
	}
	if c.PerDay > 0 || c.SalesPerDay > 0 {
		today := e.use(counterEarn, "", e.period(PeriodDay), false)
		if c.SalesPerDay > 0 && today.Times >= c.SalesPerDay {
			lower(0, why("cap_sales", number(argCount, c.SalesPerDay)))
		}
		if c.PerDay > 0 {
			lower(c.PerDay-today.Points, why("cap_day", number(argMost, c.PerDay)))
		}
	}
	if c.PerSale > 0 {
		lower(c.PerSale, why("cap_sale", number(argMost, c.PerSale)))
	}
	if c.PerMonth > 0 {
		lower(c.PerMonth-e.use(counterEarn, "", e.period(PeriodMonth), false).Points, why("cap_month", number(argMost, c.PerMonth)))
	}
	if c.Balance > 0 {
		lower(c.Balance-(e.in.Balance-e.r.Redeem), why("cap_balance", number(argMost, c.Balance)))
	}
	return most, reason, ok
}

// redeemCap is the most points that the member can still spend today and this month; ok is false when there is no bound.
func (e *evaluation) redeemCap() (most money.Points, reason note, ok bool) {
	c := &e.s.Redeem.Caps
	lower := func(p money.Points, n note) {
		if p = max(0, p); !ok || p < most {
			most, reason, ok = p, n, true
		}
	}
	if c.PerDay > 0 || c.TimesPerDay > 0 {
		today := e.use(counterRedeem, "", e.period(PeriodDay), false)
		if c.TimesPerDay > 0 && today.Times >= c.TimesPerDay {
			lower(0, why("redeem_times", number(argCount, c.TimesPerDay)))
		}
		if c.PerDay > 0 {
			lower(c.PerDay-today.Points, why("redeem_cap_day", number(argMost, c.PerDay)))
		}
	}
	if c.PerMonth > 0 {
		lower(c.PerMonth-e.use(counterRedeem, "", e.period(PeriodMonth), false).Points, why("redeem_cap_month", number(argMost, c.PerMonth)))
	}
	return most, reason, ok
}

// uses tells what counters grow by (stage 10).
func (e *evaluation) uses() {
	at := e.in.OccurredAt
	for _, o := range e.offers {
		if o.rule == nil || !o.given || o.rule.Limits == (Limits{}) {
			continue
		}
		for _, c := range e.s.CountersOf(e.words.join("rule:", o.rule.ID), o.rule.Limits, at) {
			e.r.Uses = append(e.r.Uses, Use{Counter: c, Times: 1, Points: o.points, Amount: o.amount, Last: at})
		}
	}
	add := func(of string, p Period, points money.Points, limited bool) {
		if limited && points > 0 {
			e.r.Uses = append(e.r.Uses, Use{Counter: Counter{Of: of, Period: e.period(p)}, Times: 1, Points: points, Last: at})
		}
	}
	earn, redeem := &e.s.Earn.Caps, &e.s.Redeem.Caps
	add(counterEarn, PeriodDay, e.r.Earn, earn.PerDay > 0 || earn.SalesPerDay > 0)
	add(counterEarn, PeriodMonth, e.r.Earn, earn.PerMonth > 0)
	add(counterRedeem, PeriodDay, e.r.Redeem, redeem.PerDay > 0 || redeem.TimesPerDay > 0)
	add(counterRedeem, PeriodMonth, e.r.Redeem, redeem.PerMonth > 0)
}
