package backtest

import (
	"cmp"
	"slices"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// ruleSet is settings prepared for the replay. It is read by all workers.
type ruleSet struct {
	settings            *rules.Settings
	joins               []*rules.Rule
	birthdays, absences []*rules.Rule
	budgets             []budget
	spent               map[rules.Counter]spent // nil in the first pass: no budget ends
}

// budget is a limit of the whole program.
type budget struct {
	of     string
	limits rules.Limits
}

// spent says when a budget comes to its end, and how much of it had been used before that minute.
type spent struct {
	minute int64
	before rules.Use
}

func newRuleSet(s *rules.Settings) *ruleSet {
	set := &ruleSet{settings: s}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Paused {
			continue
		}
		switch r.On {
		case rules.TriggerSale:
		case rules.TriggerJoin:
			set.joins = append(set.joins, r)
		case rules.TriggerBirthday:
			set.birthdays = append(set.birthdays, r)
		case rules.TriggerAbsence:
			set.absences = append(set.absences, r)
		default:
			continue
		}
		if l := r.Limits; l.TotalTimes > 0 || l.Budget > 0 || l.BudgetMoney > 0 {
			set.budgets = append(set.budgets, budget{"rule:" + r.ID, l})
		}
	}
	return set
}

// minuteOf numbers the minutes of time.
func minuteOf(at time.Time) int64 { return at.Unix() / 60 }

// addSpent appends the state of the budgets that have come to their end by an instant, as rules read it.
func (set *ruleSet) addSpent(uses []rules.Use, at time.Time) []rules.Use {
	if len(set.spent) == 0 {
		return uses
	}
	for i := range set.budgets {
		b := &set.budgets[i]
		c := rules.Counter{Of: b.of, Period: set.settings.PeriodKey(b.limits.BudgetEvery, at), All: true}
		end, found := set.spent[c]
		switch minute := minuteOf(at); {
		case !found || minute < end.minute:
		case minute == end.minute:
			uses = append(uses, end.before)
		default:
			uses = append(uses, rules.Use{Counter: c, Times: b.limits.TotalTimes, Points: b.limits.Budget, Amount: b.limits.BudgetMoney})
		}
	}
	return uses
}

// demand is what would be used of budgets if they had no end, by minutes.
type demand map[moment]rules.Use

type moment struct {
	counter rules.Counter
	minute  int64
}

// spend finds when each budget comes to its end by the demand for it.
func (set *ruleSet) spend(d demand) {
	limits := make(map[string]rules.Limits, len(set.budgets))
	for _, b := range set.budgets {
		limits[b.of] = b.limits
	}
	moments := make([]moment, 0, len(d))
	for m := range d {
		moments = append(moments, m)
	}
	slices.SortFunc(moments, func(a, b moment) int { return cmp.Compare(a.minute, b.minute) })
	used := make(map[rules.Counter]rules.Use)
	set.spent = make(map[rules.Counter]spent)
	for _, m := range moments {
		if _, over := set.spent[m.counter]; over {
			continue
		}
		before := used[m.counter]
		before.Counter = m.counter
		after := before
		after.Times += d[m].Times
		after.Points += d[m].Points
		after.Amount += d[m].Amount
		used[m.counter] = after
		l := limits[m.counter.Of]
		if reached(l.TotalTimes, after.Times) || reached(l.Budget, after.Points) || reached(l.BudgetMoney, after.Amount) {
			set.spent[m.counter] = spent{m.minute, before}
		}
	}
}

// reached reports whether a limit, if there is one, is reached.
func reached[N int | money.Points | money.Amount](limit, used N) bool {
	return limit > 0 && used >= limit
}
