package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func TestRescueKeepsPointsOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Rescue = rules.Rescue{KeepDays: 14, WarnDays: 3}
		p := w.newProgram(t, s)
		w.attach(t, p)
		w.local(t, p, "2026-11-10 12:00")
		m, other := w.guest(t, p, "1"), w.guest(t, p, "2")
		w.daily(t, p)
		day := func(d string) time.Time { return rules.Date(d).Start(p.Settings.Zone) }
		w.lot(t, p, m, 40, w.engine.Now(), day("2026-11-21"))
		w.lot(t, p, m, 25, w.engine.Now(), day("2026-12-20"))
		rescue := func(key string, m engine.Member) (engine.Rescued, error) {
			return w.engine.Rescue(t.Context(), key, p.ID, m.ID)
		}
		_, err := rescue("early", m)
		wantError(t, "long before the end", err, "rescue_nothing")
		w.local(t, p, "2026-11-18 00:05")
		w.daily(t, p)
		reminders := func() []engine.Notice { return w.notices(t, p)[engine.NoticeEnding] }
		if n := reminders(); len(n) != 1 || n[0].Args["points"] != 40.0 || n[0].Args["until"] != "2026-11-20" || n[0].Args["rescue"] != 14.0 {
			t.Errorf("reminded %+v", n)
		}
		for range 2 {
			if got, err := rescue("ask", m); err != nil || got.Points != 40 || !got.Until.Equal(day("2026-12-05")) {
				t.Errorf("rescued %+v, %v", got, err)
			}
		}
		_, err = rescue("ask", other)
		wantError(t, "the key of somebody else", err, "key_reused")
		_, err = rescue("more", m)
		wantError(t, "asking again", err, "rescue_nothing")
		_, err = rescue("", m)
		wantError(t, "no key", err, "key_missing")
		w.local(t, p, "2026-11-30 09:00")
		if r := w.daily(t, p); r.Expired.Points != 0 || w.balance(t, p, m).Available != 65 {
			t.Errorf("kept: %+v", r)
		}
		w.local(t, p, "2026-12-02 00:05")
		w.daily(t, p)
		if n := reminders(); len(n) != 2 || n[1].Args["rescue"] != 0.0 {
			t.Errorf("reminded of what was kept once: %+v", n)
		}
		_, err = rescue("late", m)
		wantError(t, "keeping twice", err, "rescue_nothing")
		w.local(t, p, "2026-12-05 00:05")
		if r := w.daily(t, p); r.Expired.Points != 40 || w.balance(t, p, m).Available != 25 {
			t.Errorf("in the end: %+v", r)
		}
		off := w.newProgram(t, w.bare(t))
		_, err = w.engine.Rescue(t.Context(), "k", off.ID, w.join(t, off, engine.JoinInput{}).ID)
		wantError(t, "where it is off", err, "rescue_off")
		w.verify(t, p)
	})
}

func TestReinstate(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.bare(t))
		w.attach(t, p)
		w.local(t, p, "2026-06-01 12:00")
		manager, _ := w.hire(t, p, "1", engine.RoleManager)
		cashier, _ := w.hire(t, p, "2", engine.RoleCashier)
		m := w.guest(t, p, "3")
		w.daily(t, p)
		day := func(d string) time.Time { return rules.Date(d).Start(p.Settings.Zone) }
		w.lot(t, p, m, 100, w.engine.Now(), day("2026-06-10"))
		w.lot(t, p, m, 60, w.engine.Now(), day("2026-08-10"))
		w.local(t, p, "2026-09-15 12:00")
		w.daily(t, p)
		back := func(key string, points money.Points, days int, staff engine.Staff) (engine.Posted, error) {
			return w.engine.Reinstate(t.Context(), engine.ReinstateInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Points: points, Days: days, StaffID: staff.ID})
		}
		// Both ended in the books when the calendar caught up, on 15 September.
		_, err := back("a", 161, 30, manager)
		wantError(t, "more than ended", err, "reinstate_limit")
		_, err = back("b", 10, 30, cashier)
		wantError(t, "a cashier", err, "not_allowed")
		_, err = back("c", 0, 30, manager)
		wantError(t, "nothing", err, "points_zero")
		_, err = back("d", 10, 0, manager)
		wantError(t, "without a life", err, "days_invalid")
		for range 2 {
			if posted, err := back("e", 100, 30, manager); err != nil || posted.Earned != 100 || posted.Balance.Available != 100 || !posted.Expires.Equal(day("2026-10-16")) {
				t.Errorf("given back: %+v, %v", posted, err)
			}
		}
		_, err = back("f", 61, 30, manager)
		wantError(t, "more than is left", err, "reinstate_limit")
		log, err := w.store.AuditLog(t.Context(), p.ID, 50)
		if err != nil {
			t.Fatal(err)
		}
		audited := 0
		for _, a := range log {
			if a.Act == "points_reinstated" && a.StaffID == manager.ID {
				audited++
			}
		}
		if audited != 1 {
			t.Errorf("%d times in the audit log", audited)
		}
		w.pass(91 * 24 * time.Hour)
		_, err = back("g", 1, 30, manager)
		wantError(t, "after ninety days", err, "reinstate_limit")
		w.daily(t, p)
		if _, err := back("h", 100, 30, engine.Staff{}); err != nil {
			t.Errorf("what ended once more: %v", err)
		}
		w.verify(t, p)
	})
}
