package engine_test

import (
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// on runs the calendar a little after a local day has begun, having slept since the day before it.
func (w *world) on(t *testing.T, p engine.Program, day string) engine.DailyReport {
	t.Helper()
	before := rules.Date(day).Add(-1)
	w.local(t, p, string(before)+" 12:00")
	w.daily(t, p)
	w.local(t, p, day+" 00:10")
	return w.daily(t, p)
}

func birthdayRule(before, after int, points money.Points) rules.Rule {
	return rules.Rule{ID: "birthday", Name: rules.Named("Birthday"), On: rules.TriggerBirthday,
		When:  rules.Condition{Birthday: rules.Window{Set: true, Before: before, After: after}},
		Gives: rules.Benefit{Kind: rules.GivesPoints, Points: points}, ValidDays: 20}
}

// Hard case "birthday window and abuse".
func TestBirthdayPaysOnceIn365Days(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Rules = []rules.Rule{birthdayRule(0, 0, 50)}
		p := w.newProgram(t, s)
		w.attach(t, p)
		w.local(t, p, "2026-06-01 12:00")
		guest := func(user string, b rules.Birthday) engine.Member {
			m := w.guest(t, p, user)
			w.visits(t, p, m, 1000, w.engine.Now())
			w.born(t, p, m, b)
			return m
		}
		changed := func(day string) time.Time { return rules.Date(day).Start(p.Settings.Zone).Add(time.Hour) }
		// Told as 20 December; then by a way that leaves no mark it is 29 January, forty days later in the next calendar year.
		moved := guest("moved", rules.Birthday{Month: 12, Day: 20})
		// Changed twice, the second time within sixty days before.
		twice := guest("twice", rules.Birthday{Month: 1, Day: 29, ChangedAt: changed("2026-12-01")})
		leapling := guest("leap", rules.Birthday{Year: 2000, Month: 2, Day: 29})
		points := func(m engine.Member) money.Points { return w.balance(t, p, m).Total }

		if r := w.on(t, p, "2026-12-20"); r.Bonuses != 1 || points(moved) != 50 {
			t.Errorf("20 December: %+v", r)
		}
		w.born(t, p, moved, rules.Birthday{Month: 1, Day: 29})
		if r := w.on(t, p, "2027-01-29"); r.Bonuses != 0 {
			t.Errorf("29 January: %+v", r)
		}
		w.born(t, p, twice, rules.Birthday{Month: 1, Day: 29, ChangedAt: changed("2027-03-01")})
		if r := w.on(t, p, "2027-02-28"); r.Bonuses != 1 || points(leapling) != 50 {
			t.Errorf("28 February of a common year: %+v", r)
		}
		if r := w.on(t, p, "2028-01-29"); r.Bonuses != 2 || points(moved) != 50 || points(twice) != 50 {
			t.Errorf("a year later: %+v", r)
		}
		if r := w.on(t, p, "2028-02-28"); r.Bonuses != 0 {
			t.Errorf("28 February of a leap year: %+v", r)
		}
		if r := w.on(t, p, "2028-02-29"); r.Bonuses != 1 || points(leapling) != 50 {
			t.Errorf("29 February: %+v", r)
		}
		n := w.notices(t, p)[engine.NoticeBonus]
		if len(n) != 5 || n[0].Args["rule"] != "birthday" || n[0].Args["trigger"] != "birthday" || n[0].Args["until"] != "2027-01-09" {
			t.Errorf("told %+v", n)
		}
		w.verify(t, p)
	})
}

// The gift comes as the window begins; whoever buys for the first time within the window gets it on the next day.
func TestBirthdayWindow(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Rules = []rules.Rule{birthdayRule(3, 2, 50)}
		p := w.newProgram(t, s)
		w.local(t, p, "2026-06-01 12:00")
		regular, fresh := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		w.visits(t, p, regular, 1000, w.engine.Now())
		for _, m := range []engine.Member{regular, fresh} {
			w.born(t, p, m, rules.Birthday{Month: 1, Day: 2})
		}
		if r := w.on(t, p, "2026-12-29"); r.Bonuses != 0 {
			t.Errorf("before the window: %+v", r)
		}
		if r := w.on(t, p, "2026-12-30"); r.Bonuses != 1 || w.balance(t, p, regular).Total != 50 {
			t.Errorf("the first day of the window: %+v", r)
		}
		w.local(t, p, "2027-01-03 18:00")
		w.visits(t, p, fresh, 1000, w.engine.Now())
		w.local(t, p, "2027-01-04 00:10")
		if r := w.daily(t, p); r.Bonuses != 1 || w.balance(t, p, fresh).Total != 50 {
			t.Errorf("the last day of the window: %+v", r)
		}
	})
}

func TestGiftsHoldTheirBudget(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		rule := birthdayRule(0, 0, 50)
		rule.Limits = rules.Limits{Budget: 120, BudgetEvery: rules.PeriodMonth}
		s.Rules = []rules.Rule{rule}
		p := w.newProgram(t, s)
		w.local(t, p, "2026-06-01 12:00")
		for range 4 {
			m := w.join(t, p, engine.JoinInput{})
			w.visits(t, p, m, 1000, w.engine.Now())
			w.born(t, p, m, rules.Birthday{Month: 7, Day: 10})
		}
		if r := w.on(t, p, "2026-07-10"); r.Bonuses != 2 || r.BonusPoints != 100 {
			t.Errorf("of a budget of 120 %+v was given", r)
		}
		w.verify(t, p)
	})
}

// A win-back by a person's own rhythm: three gaps of ten days, away for twice as long; once for each absence.
func TestAbsenceByRhythm(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Coupons = []rules.CouponKind{{ID: "back", Name: rules.Named("Back"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 100}, Days: 5, MaxOpen: 1}}
		s.Rules = []rules.Rule{
			{ID: "missed", Name: rules.Named("Missed"), On: rules.TriggerAbsence, When: rules.Condition{Absent: rules.Absence{Gaps: 20000, MinVisits: 4, Days: 60}, NotTags: []string{"staff"}},
				Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 30}, ValidDays: 300},
			{ID: "also", Name: rules.Named("Also"), On: rules.TriggerAbsence, When: rules.Condition{Absent: rules.Absence{Gaps: 20000, MinVisits: 4}},
				Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "back"}},
		}
		p := w.newProgram(t, s)
		w.local(t, p, "2026-03-01 09:00")
		regular, seldom, tagged := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		begin := rules.Date("2026-03-01").Start(p.Settings.Zone)
		for n := range 4 {
			for _, m := range []engine.Member{regular, tagged} {
				w.visits(t, p, m, 1000, begin.AddDate(0, 0, 10*n))
			}
		}
		w.visits(t, p, seldom, 1000, begin.AddDate(0, 0, 30))
		w.tx(t, func(tx engine.Tx) error { return tx.SetTags(t.Context(), p.ID, tagged.ID, []string{"staff"}) })
		points := func(m engine.Member) money.Points { return w.balance(t, p, m).Total }
		given := map[string]int{}
		run := func(from, to string) {
			for day := rules.Date(from); day <= rules.Date(to); day = day.Add(1) {
				w.local(t, p, string(day)+" 00:10")
				if r := w.daily(t, p); r.Bonuses > 0 {
					given[string(day)] = r.Bonuses
				}
			}
		}
		// Last seen an hour into 31 March: twenty days have passed an hour into 20 April, which the next midnight finds.
		run("2026-04-15", "2026-06-05")
		if fmt.Sprint(given) != "map[2026-04-21:3 2026-05-31:1]" {
			t.Errorf("given %v", given)
		}
		if points(regular) != 30 || points(seldom) != 30 || points(tagged) != 0 {
			t.Errorf("points %d, %d, %d", points(regular), points(seldom), points(tagged))
		}
		w.visits(t, p, regular, 1000, rules.Date("2026-06-06").Start(p.Settings.Zone).Add(12*time.Hour))
		clear(given)
		run("2026-06-07", "2026-08-30")
		if points(regular) != 60 {
			t.Errorf("after another absence %d points, given %v", points(regular), given)
		}
		w.verify(t, p)
	})
}
