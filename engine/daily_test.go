package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// local moves the world's clock to a local time of a program.
func (w *world) local(t *testing.T, p engine.Program, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, p.Settings.Zone)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at.UTC()
	return w.now
}

// daily runs the calendar as of the world's clock.
func (w *world) daily(t *testing.T, p engine.Program) engine.DailyReport {
	t.Helper()
	report, err := w.engine.Daily(t.Context(), p.ID, w.engine.Now(), nil)
	if err != nil {
		t.Fatalf("daily run: %v", err)
	}
	return report
}

func (w *world) tx(t *testing.T, change func(tx engine.Tx) error) {
	t.Helper()
	if err := w.store.InTx(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// guest joins with a chat, so that notices have somewhere to go.
func (w *world) guest(t *testing.T, p engine.Program, user string) engine.Member {
	t.Helper()
	return w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, user).ID, Name: "Guest " + user})
}

// visits notes purchases without any points.
func (w *world) visits(t *testing.T, p engine.Program, m engine.Member, spent money.Amount, at ...time.Time) {
	t.Helper()
	w.tx(t, func(tx engine.Tx) error {
		for _, visit := range at {
			err := tx.AddActivity(t.Context(), engine.Activity{ProgramID: p.ID, MemberID: m.ID, Day: rules.DateOf(visit, p.Settings.Zone), Visits: 1, Spent: spent, At: visit})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// lot gives points with a life of their own.
func (w *world) lot(t *testing.T, p engine.Program, m engine.Member, points money.Points, active, expires time.Time) string {
	t.Helper()
	id := w.engine.NewID()
	w.tx(t, func(tx engine.Tx) error {
		accounts, err := tx.LockAccounts(t.Context(), p.ID, m.AccountID)
		if err != nil {
			return err
		}
		earned := w.engine.Now()
		plan, err := accounts[0].Credit(ledger.Lot{ID: id, Points: points, ActiveFrom: active, EarnedAt: earned, ExpiresAt: expires, Kind: ledger.KindEarn}, ledger.ContraEarn)
		if err != nil {
			return err
		}
		after := accounts[0].Apply(plan)
		return tx.InsertPosting(t.Context(), engine.Posting{ID: w.engine.NewID(), ProgramID: p.ID, Kind: ledger.KindSale, Key: "lot:" + id, Hash: "x", MemberID: m.ID,
			AccountID: m.AccountID, Version: 1, Points: points, Earned: points, Balance: after.Balance(), Debt: after.Debt, OccurredAt: earned, RecordedAt: earned}, plan)
	})
	return id
}

func (w *world) born(t *testing.T, p engine.Program, m engine.Member, b rules.Birthday) {
	t.Helper()
	w.tx(t, func(tx engine.Tx) error { return tx.SetBirthday(t.Context(), p.ID, m.ID, b) })
}

func (w *world) standing(t *testing.T, p engine.Program, m engine.Member) rules.Standing {
	t.Helper()
	s, err := w.store.Standing(t.Context(), p.ID, m.ID, engine.StandingQuery{Since: p.Settings.TierWindow(w.engine.Now()), Basis: p.Settings.Tiers.Basis})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// relay has a sender of no bot, who finds nothing to send, look into the queue: notices then have their contacts.
func (w *world) relay(t *testing.T, p engine.Program) {
	t.Helper()
	for _, lane := range []engine.Lane{engine.LaneInteractive, engine.LaneBulk} {
		if out, err := w.store.ClaimOutbound(t.Context(), p.ID, "", "", lane, w.engine.Now(), 1, 1); err != nil || len(out) > 0 {
			t.Fatalf("a sender of no bot: %v, %v", out, err)
		}
	}
}

// notices lists what members were told, by kind, in the order it was written.
func (w *world) notices(t *testing.T, p engine.Program) map[engine.NoticeKind][]engine.Notice {
	t.Helper()
	w.relay(t, p)
	rows, err := w.store.DB().Query(t.Context(), `SELECT notice FROM outbox WHERE program_id = $1 AND notice <> '' ORDER BY id`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	told := map[engine.NoticeKind][]engine.Notice{}
	for rows.Next() {
		var text string
		var n engine.Notice
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		told[n.Kind] = append(told[n.Kind], n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return told
}

// bare is a program without gifts, so that each test adds what it is about.
func (w *world) bare(t *testing.T) *rules.Settings {
	s := w.draft(t)
	s.Welcome, s.Rescue, s.Rules, s.Tiers, s.Referral = rules.Welcome{}, rules.Rescue{}, nil, rules.Tiers{}, rules.Referral{}
	return s
}

// Hard case "daily job order": a lot becomes active and another one ends at the same midnight. The guest hears of both, and what is left is
// what became active.
func TestActiveAndEndingAtOneMidnight(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.bare(t))
		w.attach(t, p)
		w.local(t, p, "2026-11-20 12:00")
		m := w.guest(t, p, "1")
		w.daily(t, p)
		midnight := rules.Date("2026-11-22").Start(p.Settings.Zone)
		w.lot(t, p, m, 30, w.engine.Now(), midnight)
		w.lot(t, p, m, 50, midnight, midnight.AddDate(0, 1, 0))
		w.lot(t, p, m, 7, midnight, midnight)
		w.local(t, p, "2026-11-21 23:59")
		if report := w.daily(t, p); report.Activated != 0 || report.Expired.Points != 0 || report.Days != 1 {
			t.Errorf("before midnight: %+v", report)
		}
		w.local(t, p, "2026-11-22 00:00")
		report := w.daily(t, p)
		if report.Days != 1 || report.Activated != 1 || report.Expired.Points != 37 {
			t.Errorf("at midnight: %+v", report)
		}
		if b := w.balance(t, p, m); b.Available != 50 || b.Total != 50 {
			t.Errorf("after midnight: %+v", b)
		}
		told := w.notices(t, p)
		if n := told[engine.NoticeActivated]; len(n) != 1 || n[0].Args["points"] != 50.0 || n[0].Args["until"] != "2026-12-21" {
			t.Errorf("told of active points: %+v", n)
		}
		if n := told[engine.NoticeExpired]; len(n) != 1 || n[0].Args["points"] != -37.0 {
			t.Errorf("told of ended points: %+v", n)
		}
		w.verify(t, p)
	})
}

// A day has 23 or 25 hours where the clocks change: each is gone through once, and points end at its midnight.
func TestDaysOfTheClockChange(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		for _, c := range []struct{ zone, day, end, next string }{
			{"Europe/Kyiv", "2026-03-29", "2026-03-29T21:00:00Z", "2026-03-28T22:00:00Z"},
			{"Europe/Kyiv", "2026-10-25", "2026-10-25T22:00:00Z", "2026-10-24T21:00:00Z"},
			{"Europe/Madrid", "2026-03-29", "2026-03-29T22:00:00Z", "2026-03-28T23:00:00Z"},
			{"Europe/Madrid", "2026-10-25", "2026-10-25T23:00:00Z", "2026-10-24T22:00:00Z"},
			{"Asia/Almaty", "2026-10-25", "2026-10-25T19:00:00Z", "2026-10-24T19:00:00Z"},
		} {
			t.Run(c.zone+" "+c.day, func(t *testing.T) {
				s := w.bare(t)
				zone, err := time.LoadLocation(c.zone)
				if err != nil {
					t.Fatal(err)
				}
				s.Zone = zone
				p := w.newProgram(t, s)
				begins, _ := time.Parse(time.RFC3339, c.next)
				ends, _ := time.Parse(time.RFC3339, c.end)
				w.local(t, p, "2026-01-10 12:00")
				m := w.join(t, p, engine.JoinInput{})
				w.setNow(begins.Add(-time.Hour))
				w.lot(t, p, m, 10, w.engine.Now(), p.Settings.ExpiryAfter(begins.Add(-time.Hour), 0+1))
				w.lot(t, p, m, 5, w.engine.Now(), begins)
				w.daily(t, p)
				days, expired := 0, money.Points(0)
				for at := begins.Add(-30 * time.Minute); at.Before(ends.Add(2 * time.Hour)); at = at.Add(15 * time.Minute) {
					w.setNow(at)
					report := w.daily(t, p)
					days += report.Days
					expired += report.Expired.Points
					switch {
					case at.Before(begins) && expired != 0, at.Before(ends) && expired > 5:
						t.Fatalf("at %s %d points had ended", at, expired)
					case at.Equal(begins) && (expired != 5 || days != 1), at.Equal(ends) && (expired != 15 || days != 2):
						t.Fatalf("at %s %d points had ended and %d days had begun", at, expired, days)
					}
				}
				if days != 2 || expired != 15 {
					t.Errorf("%d days, %d points ended", days, expired)
				}
			})
		}
	})
}

func (w *world) setNow(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at
}

// calendar is a program in which one day has everything to do.
type calendar struct {
	*world
	program engine.Program
	people  []engine.Member
}

func newCalendar(t *testing.T, w *world) *calendar {
	t.Helper()
	s := w.bare(t)
	gold := money.Rate(1000)
	s.Coupons = []rules.CouponKind{{ID: "back", Name: rules.Named("Come back"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 5000}, Days: 14}}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 90, KeepDays: 30, Downgrade: rules.DowngradeFull, WarnDays: 5,
		List: []rules.Tier{{ID: "gold", Name: rules.Named("Gold"), From: 100000, Rate: gold}}}
	s.Rescue = rules.Rescue{KeepDays: 10, WarnDays: 7}
	s.Referral = rules.Referral{On: true, Inviter: 20, Friend: 10, Purchase: 1, HoldDays: 3}
	s.Rules = []rules.Rule{
		{ID: "birthday", Name: rules.Named("Birthday"), On: rules.TriggerBirthday, When: rules.Condition{Birthday: rules.Window{Set: true, Before: 3, After: 3}},
			Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 50}, ValidDays: 30},
		{ID: "missed", Name: rules.Named("We miss you"), On: rules.TriggerAbsence, When: rules.Condition{Absent: rules.Absence{Days: 30}},
			Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "back"}},
	}
	c := &calendar{world: w, program: w.newProgram(t, s)}
	p := c.program
	w.attach(t, p)
	w.local(t, p, "2026-11-01 12:00")
	now := w.engine.Now()
	for i := range 6 {
		c.people = append(c.people, w.guest(t, p, fmt.Sprintf("%s-%d", p.Slug, i)))
	}
	midnight := rules.Date("2026-11-22").Start(s.Zone)
	day := func(n int) time.Time { return rules.Date("2026-11-22").Add(n).Start(s.Zone) }
	born, away, golden, points, coupons, friend := c.people[0], c.people[1], c.people[2], c.people[3], c.people[4], c.people[5]
	w.born(t, p, born, rules.Birthday{Year: 1990, Month: 11, Day: 25})
	w.visits(t, p, born, 1000, now)
	w.visits(t, p, away, 1000, day(-30).Add(-time.Hour))
	w.tx(t, func(tx engine.Tx) error {
		err := tx.SetTier(t.Context(), p.ID, golden.ID, rules.TierState{ID: "gold", Since: day(-30), Until: midnight, Warned: true})
		if err != nil {
			return err
		}
		return tx.SetTier(t.Context(), p.ID, points.ID, rules.TierState{ID: "gold", Since: day(-25), Until: day(5)})
	})
	w.lot(t, p, points, 30, now, midnight)
	w.lot(t, p, points, 40, midnight, day(60))
	w.lot(t, p, points, 60, now, day(7))
	w.tx(t, func(tx engine.Tx) error {
		for id, ends := range map[string]time.Time{"over": midnight, "soon": day(3)} {
			err := tx.InsertCoupons(t.Context(), engine.Coupon{ProgramID: p.ID, MemberID: coupons.ID, Source: "staff", IssuedAt: now,
				Coupon: rules.Coupon{ID: p.Slug + id, Kind: "back", State: rules.CouponIssued, From: now, Expires: ends}})
			if err != nil {
				return err
			}
		}
		err := tx.InsertCertificate(t.Context(), engine.Certificate{ID: p.Slug + "gift", ProgramID: p.ID, Code: engine.Secret("12345" + p.Slug), Amount: 50000, Left: 20000,
			State: engine.CertificateActive, MemberID: coupons.ID, IssuedAt: now, ExpiresAt: midnight})
		if err != nil {
			return err
		}
		for i, amount := range []money.Amount{50000, -30000} {
			err := tx.InsertCertificateMove(t.Context(), engine.CertificateMove{ID: w.engine.NewID(), ProgramID: p.ID, CertificateID: p.Slug + "gift",
				Key: fmt.Sprint("gift", i), Amount: amount, At: now})
			if err != nil {
				return err
			}
		}
		return tx.PutReferral(t.Context(), engine.Referral{ProgramID: p.ID, FriendID: friend.ID, InviterID: coupons.ID, State: engine.ReferralPending, DueAt: midnight, At: now})
	})
	w.local(t, p, "2026-11-21 09:00")
	return c
}

// begin is the day before: it is done so that the next one has begun to be waited for. The birthday's window has not begun.
func (c *calendar) begin(t *testing.T) {
	t.Helper()
	if r := c.daily(t, c.program); r.Bonuses+r.Activated+r.Up+r.Down+r.Coupons+r.Friends != 0 {
		t.Fatalf("the day before: %+v", r)
	}
	c.local(t, c.program, "2026-11-22 00:07")
}

// check holds the program against what the day must have led to, whatever happened on the way.
func (c *calendar) check(t *testing.T) {
	t.Helper()
	ctx, p := t.Context(), c.program
	told := map[string]int{}
	for kind, notices := range c.notices(t, p) {
		told[string(kind)] = len(notices)
	}
	want := map[string]int{"activated": 1, "bonus": 2, "tier_down": 1, "tier_warning": 1, "expired": 1, "ending": 1, "coupon_ending": 1}
	if !maps.Equal(told, want) {
		t.Errorf("told %v\nwant %v", told, want)
	}
	for i, want := range []money.Points{50, 0, 0, 100, 0, 0} {
		if b := c.balance(t, p, c.people[i]); b.Total != want {
			t.Errorf("guest %d has %d points, want %d", i, b.Total, want)
		}
	}
	coupons, err := c.store.CouponsOf(ctx, p.ID, c.people[1].ID, true, 10)
	if err != nil || len(coupons) != 1 || coupons[0].Source != "rule:missed" {
		t.Errorf("the guest who was away has %+v, %v", coupons, err)
	}
	over, err := c.store.Coupon(ctx, p.ID, p.Slug+"over")
	if err != nil || over.State != rules.CouponExpired {
		t.Errorf("the coupon is %q, %v", over.State, err)
	}
	gift, err := c.store.Certificate(ctx, p.ID, p.Slug+"gift")
	if err != nil || gift.State != engine.CertificateExpired || gift.Left != 0 {
		t.Errorf("the certificate is %q with %d, %v", gift.State, gift.Left, err)
	}
	referral, err := c.store.Referral(ctx, p.ID, c.people[5].ID)
	if err != nil || referral.State != engine.ReferralPaid {
		t.Errorf("the referral is %q, %v", referral.State, err)
	}
	if s := c.standing(t, p, c.people[4]); s.Referrals != 1 {
		t.Errorf("%d effective friends", s.Referrals)
	}
	if s := c.standing(t, p, c.people[2]); s.Tier.ID != "" {
		t.Errorf("the tier is still %+v", s.Tier)
	}
	if s := c.standing(t, p, c.people[3]); s.Tier.ID != "gold" || !s.Tier.Warned {
		t.Errorf("the tier that ends soon is %+v", s.Tier)
	}
	c.verify(t, p)
}

func TestDayHasAnOrderAndIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		c.begin(t)
		var steps []engine.DailyStep
		r, err := c.engine.Daily(t.Context(), c.program.ID, c.engine.Now(), func(step engine.DailyStep, done int) {
			if done < 1 {
				t.Errorf("step %s looked at %d", step, done)
			}
			if len(steps) == 0 || steps[len(steps)-1] != step {
				steps = append(steps, step)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		order := []engine.DailyStep{engine.StepActivate, engine.StepGrant, engine.StepTiers, engine.StepExpire, engine.StepRemind}
		if !slices.Equal(steps, order) {
			t.Errorf("steps %v, want %v", steps, order)
		}
		want := engine.DailyReport{Days: 1, First: "2026-11-22", Last: "2026-11-22", Activated: 1, Bonuses: 2, BonusPoints: 50, BonusCoupons: 1, Down: 1,
			Friends: 1, Expired: engine.Expired{Accounts: 1, Points: 30}, Coupons: 1, Certificates: 1, Forfeited: 20000, Reminders: 3}
		if r != want {
			t.Errorf("report %+v\nwant   %+v", r, want)
		}
		c.check(t)
		if again := c.daily(t, c.program); again != (engine.DailyReport{}) {
			t.Errorf("run again: %+v", again)
		}
		c.pass(23 * time.Hour)
		if again := c.daily(t, c.program); again != (engine.DailyReport{}) {
			t.Errorf("in the evening: %+v", again)
		}
		c.check(t)
	})
}

func TestTwoRunsAtOnceDoADayOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		c.begin(t)
		for _, err := range at(4, func(int) error {
			_, err := c.engine.Daily(context.Background(), c.program.ID, c.engine.Now(), nil)
			return err
		}) {
			if err != nil {
				t.Errorf("run: %v", err)
			}
		}
		c.check(t)
	})
}

// Run ahead of time, a day is not done twice when it comes.
func TestDayRunAheadIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		if _, err := c.engine.Daily(t.Context(), c.program.ID, c.engine.Now(), nil); err != nil {
			t.Fatal(err)
		}
		ahead := rules.Date("2026-11-22").Start(c.program.Settings.Zone)
		for range 2 {
			if _, err := c.engine.Daily(t.Context(), c.program.ID, ahead, nil); err != nil {
				t.Fatal(err)
			}
		}
		c.local(t, c.program, "2026-11-22 00:07")
		if r := c.daily(t, c.program); r.Days != 1 || r.Bonuses+r.Down+r.Coupons+r.Friends != 0 || r.Expired.Points != 0 {
			t.Errorf("when the day came: %+v", r)
		}
		c.check(t)
	})
}

var errPower = errors.New("the power went out")

// After days off everything is made good, day by day; what has become pointless is not.
func TestTenMissedDays(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		c.begin(t)
		c.local(t, c.program, "2026-12-01 08:00")
		r := c.daily(t, c.program)
		if r.Days != 10 || r.First != "2026-11-22" || r.Last != "2026-12-01" {
			t.Errorf("went through %d days, %s to %s", r.Days, r.First, r.Last)
		}
		// Everybody but the friends has been away by then, and 60 points ended on the 29th.
		if r.BonusPoints != 50 || r.Activated != 1 || r.Expired.Points != 90 || r.Coupons != 2 || r.Friends != 1 || r.Down != 2 {
			t.Errorf("made good: %+v", r)
		}
		told := c.notices(t, c.program)
		if len(told[engine.NoticeEnding]) != 0 || len(told[engine.NoticeCouponEnding]) != 0 {
			t.Errorf("reminded of what had ended: %v", told)
		}
		// The birthday was on the 25th: its points live thirty days from when they were given.
		if b := c.balance(t, c.program, c.people[0]); b.Next != rules.Date("2027-01-01").Start(c.program.Settings.Zone) {
			t.Errorf("birthday points end %s", b.Next)
		}
		if again := c.daily(t, c.program); again != (engine.DailyReport{}) {
			t.Errorf("run again: %+v", again)
		}
		c.verify(t, c.program)
	})
}

// After a standstill of months points end however old they are, and gifts go back a month.
func TestLongStandstill(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		c.begin(t)
		c.local(t, c.program, "2027-03-10 08:00")
		r := c.daily(t, c.program)
		if r.Days != 31 || r.Last != "2027-03-10" || r.BonusPoints != 0 || r.Expired.Points != 130 || r.Coupons < 2 || r.Certificates != 1 {
			t.Errorf("after a standstill: %+v", r)
		}
		c.verify(t, c.program)
	})
}

func TestPausedProgramRestsButEnds(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		c.begin(t)
		if err := c.engine.SetState(t.Context(), c.program.ID, "", engine.ProgramPaused); err != nil {
			t.Fatal(err)
		}
		r := c.daily(t, c.program)
		if r.Bonuses+r.Activated+r.Down+r.Friends+r.Reminders != 0 || r.Expired.Points != 30 || r.Coupons != 1 {
			t.Errorf("while paused: %+v", r)
		}
	})
}

// A notice of the night waits for the morning; one of the day does not.
func TestNoticesWaitForTheMorning(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := newCalendar(t, open(t))
		c.begin(t)
		c.daily(t, c.program)
		c.relay(t, c.program)
		morning := c.local(t, c.program, "2026-11-22 10:00")
		rows, err := c.store.DB().Query(t.Context(), `SELECT notice, wait_until, lane FROM outbox WHERE program_id = $1`, c.program.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		waiting := 0
		for rows.Next() {
			var notice, lane string
			var wait *time.Time
			if err := rows.Scan(&notice, &wait, &lane); err != nil {
				t.Fatal(err)
			}
			var n engine.Notice
			if err := json.Unmarshal([]byte(notice), &n); err != nil {
				t.Fatal(err)
			}
			if n.Kind == engine.NoticeExpired {
				continue
			}
			waiting++
			if wait == nil || !wait.Equal(morning) || lane != "bulk" {
				t.Errorf("%s waits until %v in lane %s, want %s", n.Kind, wait, lane, morning)
			}
		}
		if waiting != 7 {
			t.Errorf("%d notices wait", waiting)
		}
	})
}
