package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func (w *world) buy(t *testing.T, p engine.Program, m engine.Member, key, reward string) (engine.CouponGiven, error) {
	t.Helper()
	return w.engine.BuyReward(t.Context(), engine.BuyRewardInput{Key: key, ProgramID: p.ID, MemberID: m.ID, RewardID: reward})
}

func (w *world) cancel(t *testing.T, p engine.Program, m engine.Member, key, coupon, staff string) (engine.Posted, error) {
	t.Helper()
	return w.engine.CancelReward(t.Context(), engine.CancelRewardInput{Key: key, ProgramID: p.ID, MemberID: m.ID, CouponID: coupon, StaffID: staff})
}

// why lists what is in the way of each reward on offer.
func (w *world) why(t *testing.T, p engine.Program, m engine.Member) map[string]string {
	t.Helper()
	offers, err := w.engine.Rewards(t.Context(), p.ID, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for _, o := range offers {
		why[o.ID] = ""
		if o.Why != nil {
			why[o.ID] = o.Why.ID
		}
	}
	return why
}

func wantWhy(t *testing.T, what string, got map[string]string, want map[string]string) {
	t.Helper()
	for id, reason := range want {
		if got[id] != reason {
			t.Errorf("%s: %s is %q, want %q", what, id, got[id], reason)
		}
	}
}

func TestRewardsAreBoughtWithPoints(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Welcome.Points = 0
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 5)
		wantWhy(t, "with 5 points", w.why(t, p, m), map[string]string{"cake": "reward_not_enough", "rare": "reward_not_enough", "gold": "reward_tier"})
		if _, listed := w.why(t, p, m)["gone"]; listed {
			t.Error("a paused reward is on offer")
		}
		_, err := w.buy(t, p, m, "b0", "cake")
		wantError(t, "without points", err, "reward_not_enough")
		_, err = w.buy(t, p, m, "b0", "gone")
		wantError(t, "a paused one", err, "reward_unknown")
		_, err = w.buy(t, p, m, "b0", "gold")
		wantError(t, "one of another tier", err, "reward_tier")

		adjust(t, w, p, m, "more", 300)
		wantWhy(t, "with 305 points", w.why(t, p, m), map[string]string{"cake": "", "rare": ""})
		cake, err := w.buy(t, p, m, "b1", "cake")
		if err != nil {
			t.Fatal(err)
		}
		if cake.Balance.Total != 205 || cake.Coupon.Kind != "cake" || cake.Coupon.Source != "reward:cake" || cake.Redeemed != 100 {
			t.Errorf("bought: %+v", cake)
		}
		if r := cake.Effects[0].Reason; r.Of != "reward:cake" || r.Text != "Тістечко" || r.Args[rules.ArgPoints] != 100 {
			t.Errorf("reason: %+v", r)
		}
		again, err := w.buy(t, p, m, "b1", "cake")
		if err != nil || !again.Replayed || again.Coupon.ID != cake.Coupon.ID || again.Balance.Total != 205 {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = w.buy(t, p, m, "b1", "rare")
		wantError(t, "the key with another reward", err, "key_reused")
		if _, err := w.buy(t, p, m, "b2", "cake"); err != nil {
			t.Fatal(err)
		}
		wantWhy(t, "with two open cakes", w.why(t, p, m), map[string]string{"cake": "coupon_open_limit"})
		_, err = w.buy(t, p, m, "b3", "cake")
		wantError(t, "a third open cake", err, "coupon_open_limit")
		if b := w.balance(t, p, m); b.Total != 105 {
			t.Errorf("balance %d after two cakes", b.Total)
		}
		w.verify(t, p)
	})
}

func adjust(t *testing.T, w *world, p engine.Program, m engine.Member, key string, points int64) {
	t.Helper()
	_, err := w.engine.Adjust(t.Context(), engine.AdjustInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Points: money.Points(points), Note: "test"})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRewardLimits(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		var guests []engine.Member
		for range 3 {
			m := w.join(t, p, engine.JoinInput{})
			w.give(t, p, m, 100)
			guests = append(guests, m)
		}
		first, err := w.buy(t, p, guests[0], "r1", "rare")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.buy(t, p, guests[0], "r2", "rare")
		wantError(t, "twice in a month", err, "reward_limit")
		if _, err := w.buy(t, p, guests[1], "r3", "rare"); err != nil {
			t.Fatal(err)
		}
		wantWhy(t, "the third of the day", w.why(t, p, guests[2]), map[string]string{"rare": "reward_sold_out"})
		_, err = w.buy(t, p, guests[2], "r4", "rare")
		wantError(t, "the third of the day", err, "reward_sold_out")

		// What is given back can be bought again, by the same guest and by another.
		if _, err := w.cancel(t, p, guests[0], "c1", first.Coupon.ID, ""); err != nil {
			t.Fatal(err)
		}
		wantWhy(t, "after one came back", w.why(t, p, guests[0]), map[string]string{"rare": ""})
		if _, err := w.buy(t, p, guests[2], "r5", "rare"); err != nil {
			t.Errorf("the one that came back: %v", err)
		}
		w.pass(24 * time.Hour)
		if _, err := w.buy(t, p, guests[0], "r6", "rare"); err != nil {
			t.Errorf("next day: %v", err)
		}
		w.verify(t, p)
	})
}

func TestCancelledRewardGivesPointsBack(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Welcome.Points, s.Lots.Days, s.Lots.GraceDays = 0, 30, 5
		p := w.newProgram(t, s)
		w.attach(t, p)
		cashier, _ := w.hire(t, p, "1", engine.RoleCashier)
		m, other := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		adjust(t, w, p, m, "old", 60)
		w.pass(10 * 24 * time.Hour)
		adjust(t, w, p, m, "new", 60)
		ends := w.balance(t, p, m)
		bought, err := w.buy(t, p, m, "b1", "cake")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.cancel(t, p, other, "c0", bought.Coupon.ID, "")
		wantError(t, "another's", err, "coupon_unknown")
		_, err = w.cancel(t, p, m, "c0", w.giveCoupon(t, p, m, "g", "ten").Coupon.ID, "")
		wantError(t, "a coupon that was not bought", err, "coupon_not_bought")
		back, err := w.cancel(t, p, m, "c1", bought.Coupon.ID, "")
		if err != nil || back.Restored != 100 {
			t.Fatalf("cancel: %+v, %v", back, err)
		}
		if b := w.balance(t, p, m); b != ends {
			t.Errorf("points came back as %+v, were %+v", b, ends)
		}
		if c := w.coupon(t, p, bought.Coupon.ID); c.State != rules.CouponRevoked {
			t.Errorf("coupon: %+v", c)
		}
		if again, err := w.cancel(t, p, m, "c1", bought.Coupon.ID, ""); err != nil || !again.Replayed {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = w.cancel(t, p, m, "c2", bought.Coupon.ID, "")
		wantError(t, "twice", err, "coupon_over")

		// The oldest points end on 2 April at midnight. Bought with them on 30 March, the reward is given back on 4 April.
		w.pass(18 * 24 * time.Hour)
		if bought, err = w.buy(t, p, m, "b2", "cake"); err != nil {
			t.Fatal(err)
		}
		w.pass(5 * 24 * time.Hour)
		_, err = w.cancel(t, p, m, "c3", bought.Coupon.ID, "")
		wantError(t, "by the guest, with points that have ended", err, "reward_points_ended")
		if _, err := w.cancel(t, p, m, "c4", bought.Coupon.ID, cashier.ID); err != nil {
			t.Fatal(err)
		}
		b := w.balance(t, p, m)
		if want := time.Date(2026, 4, 9, 21, 0, 0, 0, time.UTC); b.Total != 120 || !b.Next.Equal(want) || b.NextPoints != 60 {
			t.Errorf("after staff gave it back: %+v", b)
		}
		w.verify(t, p)
	})
}

func TestUsedOrEndedRewardGivesNothingBack(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 300)
		used, err := w.buy(t, p, m, "b1", "cake")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.engine.HandOver(t.Context(), engine.HandOverInput{Key: "h", ProgramID: p.ID, MemberID: m.ID, CouponID: used.Coupon.ID}); err != nil {
			t.Fatal(err)
		}
		_, err = w.cancel(t, p, m, "c1", used.Coupon.ID, "")
		wantError(t, "a used one", err, "coupon_used")
		left, err := w.buy(t, p, m, "b2", "cake")
		if err != nil {
			t.Fatal(err)
		}
		before := w.balance(t, p, m).Total
		w.pass(11 * 24 * time.Hour)
		_, err = w.cancel(t, p, m, "c2", left.Coupon.ID, "")
		wantError(t, "an ended one", err, "coupon_over")
		if b := w.balance(t, p, m).Total; b != before {
			t.Errorf("balance %d, was %d", b, before)
		}
	})
}
