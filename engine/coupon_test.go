package engine_test

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// catalogue is a shop with coupons, codes, rewards and certificates.
func (w *world) catalogue(t *testing.T) *rules.Settings {
	t.Helper()
	s := w.draft(t)
	s.Coupons = []rules.CouponKind{
		{ID: "cake", Name: rules.Named("Cake"), Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 9000}, Days: 10, MaxOpen: 2, ByHand: true},
		{ID: "ten", Name: rules.Named("Ten percent"), Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 1000}, AtOnce: true},
	}
	s.Codes = []rules.PromoCode{
		{Code: "SPRING", Points: 50, ValidDays: 3},
		{Code: "CAKE5", Coupon: "cake", Total: 5},
		{Code: "TWICE", Points: 10, PerMember: 2},
		{Code: "HELLO", Points: 20, NewOnly: true},
		{Code: "LATER", Points: 5, From: "2026-03-04", To: "2026-03-05"},
		{Code: "OFF", Points: 5, Paused: true},
	}
	s.Rewards = []rules.Reward{
		{ID: "cake", Name: rules.Name{"en": "A cake", "uk": "Тістечко"}, Cost: 100, Coupon: "cake"},
		{ID: "rare", Name: rules.Named("Rare"), Cost: 10, Coupon: "ten", Limits: rules.Limits{Times: 1, Every: rules.PeriodMonth, TotalTimes: 2, BudgetEvery: rules.PeriodDay}},
		{ID: "gone", Name: rules.Named("Gone"), Cost: 10, Coupon: "ten", Paused: true},
		{ID: "gold", Name: rules.Named("For gold"), Cost: 10, Coupon: "ten", Tiers: []string{"gold"}},
	}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, Downgrade: rules.DowngradeNone, List: []rules.Tier{
		{ID: "silver", Name: rules.Named("Silver"), From: 100000, Rate: 500}, {ID: "gold", Name: rules.Named("Gold"), From: 500000, Rate: 700}}}
	s.Gifts = rules.Certificates{On: true, Days: 365, Amounts: []money.Amount{50000}, Max: 100000}
	return s
}

func (w *world) coupon(t *testing.T, p engine.Program, id string) engine.Coupon {
	t.Helper()
	c, err := w.store.Coupon(t.Context(), p.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) coupons(t *testing.T, p engine.Program, m engine.Member, all bool) []engine.CouponItem {
	t.Helper()
	items, err := w.engine.Coupons(t.Context(), p.ID, m.ID, all)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func (w *world) giveCoupon(t *testing.T, p engine.Program, m engine.Member, key, kind string) engine.CouponGiven {
	t.Helper()
	given, err := w.engine.GiveCoupon(t.Context(), engine.GiveCouponInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Coupon: kind})
	if err != nil {
		t.Fatal(err)
	}
	return given
}

func TestCouponGivenByHand(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		w.attach(t, p)
		cashier, _ := w.hire(t, p, "1", engine.RoleCashier)
		manager, contact := w.hire(t, p, "2", engine.RoleManager)
		own := w.join(t, p, engine.JoinInput{ContactID: contact.ID})
		m := w.join(t, p, engine.JoinInput{})
		give := func(key, kind string, staff engine.Staff, to engine.Member) (engine.CouponGiven, error) {
			return w.engine.GiveCoupon(t.Context(), engine.GiveCouponInput{Key: key, ProgramID: p.ID, MemberID: to.ID, Coupon: kind, StaffID: staff.ID, Note: "sorry"})
		}
		_, err := give("g0", "cake", cashier, m)
		wantError(t, "by a cashier", err, "not_allowed")
		_, err = give("g0", "cake", manager, own)
		wantError(t, "on the own card", err, "own_card")
		_, err = give("g0", "pie", manager, m)
		wantError(t, "of no kind", err, "coupon_kind_unknown")
		if items := w.coupons(t, p, m, true); len(items) != 0 {
			t.Errorf("refused calls left %d coupons", len(items))
		}

		first, err := give("g1", "cake", manager, m)
		if err != nil {
			t.Fatal(err)
		}
		// Ten days after 2 March in Kyiv: through the 12th, whose midnight is at 22:00 UTC.
		want := time.Date(2026, 3, 12, 22, 0, 0, 0, time.UTC)
		if c := first.Coupon; c.State != rules.CouponIssued || !c.Expires.Equal(want) || c.StaffID != manager.ID || c.Source != "staff" {
			t.Errorf("given: %+v", c)
		}
		again, err := give("g1", "cake", manager, m)
		if err != nil || !again.Replayed || again.Coupon.ID != first.Coupon.ID {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = give("g1", "ten", manager, m)
		wantError(t, "the key with another kind", err, "key_reused")
		if _, err := give("g2", "cake", manager, m); err != nil {
			t.Fatal(err)
		}
		_, err = give("g3", "cake", manager, m)
		wantError(t, "a third open one", err, "coupon_open_limit")

		if at := w.giveCoupon(t, p, m, "g4", "ten").Coupon; at.State != rules.CouponActivated || !at.Expires.IsZero() {
			t.Errorf("a kind that needs no activation: %+v", at)
		}
		log, err := w.store.AuditLog(t.Context(), p.ID, 10)
		if err != nil || log[0].Act != "coupon_given" {
			t.Errorf("audit: %+v, %v", log, err)
		}
		items := w.coupons(t, p, m, false)
		if len(items) != 3 || items[0].Kind.Name.In("en") != "Ten percent" {
			t.Errorf("list: %+v", items)
		}
		w.pass(11 * 24 * time.Hour)
		if items := w.coupons(t, p, m, false); len(items) != 1 {
			t.Errorf("after the term %d are open", len(items))
		}
		if items := w.coupons(t, p, m, true); len(items) != 3 || items[2].State != rules.CouponExpired {
			t.Errorf("after the term: %+v", items)
		}
		if _, err := give("g5", "cake", manager, m); err != nil {
			t.Errorf("ended coupons count as open: %v", err)
		}
	})
}

func TestCouponActivation(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		m, other := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		id := w.giveCoupon(t, p, m, "g", "cake").Coupon.ID
		for range 2 {
			c, err := w.engine.ActivateCoupon(t.Context(), p.ID, m.ID, id)
			if err != nil || c.State != rules.CouponActivated {
				t.Fatalf("activate: %+v, %v", c, err)
			}
		}
		_, err := w.engine.DeactivateCoupon(t.Context(), p.ID, other.ID, id)
		wantError(t, "another's", err, "coupon_unknown")
		c, err := w.engine.DeactivateCoupon(t.Context(), p.ID, m.ID, id)
		if err != nil || w.coupon(t, p, id).State != rules.CouponIssued {
			t.Errorf("deactivate: %+v, %v", c, err)
		}
		w.pass(20 * 24 * time.Hour)
		_, err = w.engine.ActivateCoupon(t.Context(), p.ID, m.ID, id)
		wantError(t, "an ended one", err, "coupon_over")
		_, err = w.engine.ActivateCoupon(t.Context(), p.ID, m.ID, "nothing")
		wantError(t, "none", err, "coupon_unknown")
	})
}

func TestHandOver(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		w.attach(t, p)
		cashier, contact := w.hire(t, p, "1", engine.RoleCashier)
		colleague, _ := w.hire(t, p, "2", engine.RoleCashier)
		m, own := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{ContactID: contact.ID})
		id := w.giveCoupon(t, p, m, "g1", "cake").Coupon.ID
		hand := func(key, coupon string, to engine.Member) (engine.Posted, error) {
			return w.engine.HandOver(t.Context(), engine.HandOverInput{Key: key, ProgramID: p.ID, MemberID: to.ID, CouponID: coupon, StaffID: cashier.ID})
		}
		undo := func(key, posting string, staff engine.Staff) (engine.Posted, error) {
			return w.engine.UndoHandOver(t.Context(), engine.UndoHandOverInput{Key: key, ProgramID: p.ID, PostingID: posting, StaffID: staff.ID})
		}
		_, err := hand("h0", w.giveCoupon(t, p, m, "g2", "ten").Coupon.ID, m)
		wantError(t, "a coupon for a check", err, "coupon_needs_check")
		_, err = hand("h0", w.giveCoupon(t, p, own, "g3", "cake").Coupon.ID, own)
		wantError(t, "the own card", err, "own_card")

		done, err := hand("h1", id, m)
		if err != nil {
			t.Fatal(err)
		}
		if c := w.coupon(t, p, id); c.State != rules.CouponApplied || c.StaffID != cashier.ID || !c.UsedAt.Equal(done.At) {
			t.Errorf("handed over: %+v", c)
		}
		if again, err := hand("h1", id, m); err != nil || !again.Replayed || again.PostingID != done.PostingID {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = hand("h2", id, m)
		wantError(t, "a used one", err, "coupon_used")

		_, err = undo("u0", done.PostingID, colleague)
		wantError(t, "by a colleague", err, "hand_over_not_yours")
		_, err = undo("u0", "nothing", cashier)
		wantError(t, "of nothing", err, "hand_over_unknown")
		if _, err := undo("u1", done.PostingID, cashier); err != nil {
			t.Fatal(err)
		}
		if c := w.coupon(t, p, id); c.State != rules.CouponActivated || c.StaffID != "" || !c.UsedAt.IsZero() {
			t.Errorf("taken back: %+v", c)
		}
		if again, err := undo("u1", done.PostingID, cashier); err != nil || !again.Replayed {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = undo("u2", done.PostingID, cashier)
		wantError(t, "twice", err, "hand_over_undone")

		w.pass(time.Second)
		second, err := hand("h3", id, m)
		if err != nil {
			t.Fatal(err)
		}
		_, err = undo("u3", done.PostingID, cashier)
		wantError(t, "the first hand-over, after the second", err, "hand_over_undone")
		w.pass(6 * time.Minute)
		_, err = undo("u4", second.PostingID, cashier)
		wantError(t, "too late", err, "hand_over_too_late")

		history, err := w.engine.History(t.Context(), p.ID, m.AccountID, "", 20)
		if err != nil || history[0].Posting.Kind != ledger.KindCoupon || history[0].Posting.Points != 0 {
			t.Errorf("history: %+v, %v", history, err)
		}
		if totals, err := w.engine.Today(t.Context(), p.ID, cashier.ID, ""); err != nil || totals.Returns != 0 {
			t.Errorf("an undone hand-over counts as a return: %+v, %v", totals, err)
		}
		w.verify(t, p)
	})
}

// wantArg checks an argument of an error.
func wantArg(t *testing.T, err error, name string, want any) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.Args[name] != want {
		t.Errorf("%v: %s is not %v", err, name, want)
	}
}
