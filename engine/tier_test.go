package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// ladder is a scheme by spend over ninety days: 100, 300 and 600.
func ladder(downgrade rules.Downgrade, grace int) rules.Tiers {
	return rules.Tiers{Basis: rules.TierBySpend, WindowDays: 90, KeepDays: 60, GraceDays: grace, WarnDays: 5, Downgrade: downgrade, List: []rules.Tier{
		{ID: "bronze", Name: rules.Named("Bronze"), From: 10000, Rate: 500},
		{ID: "silver", Name: rules.Named("Silver"), From: 30000, Rate: 700},
		{ID: "gold", Name: rules.Named("Gold"), From: 60000, Rate: 1000, Coupon: "gift"},
	}}
}

func withGift(s *rules.Settings) {
	s.Coupons = []rules.CouponKind{{ID: "gift", Name: rules.Named("Gift"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 100}, Days: 30}}
}

func TestTierAtTheEndOfItsTerm(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		cases := []struct {
			name      string
			downgrade rules.Downgrade
			grace     int
			spent     money.Amount // within the window, before the end
			want      map[string]string
			down      int
		}{
			{"kept", rules.DowngradeStep, 0, 60000, map[string]string{"2026-05-31": "gold", "2026-06-01": "gold", "2026-07-15": "gold"}, 0},
			{"one step", rules.DowngradeStep, 0, 15000, map[string]string{"2026-05-31": "gold", "2026-06-01": "silver"}, 1},
			{"in full", rules.DowngradeFull, 0, 15000, map[string]string{"2026-05-31": "gold", "2026-06-01": "bronze"}, 1},
			{"in full to none", rules.DowngradeFull, 0, 100, map[string]string{"2026-06-01": ""}, 1},
			{"after grace", rules.DowngradeFull, 10, 15000, map[string]string{"2026-06-01": "gold", "2026-06-10": "gold", "2026-06-11": "bronze"}, 1},
			{"never", rules.DowngradeNone, 0, 0, map[string]string{"2026-06-01": "gold", "2026-07-15": "gold"}, 0},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				s := w.bare(t)
				s.Tiers = ladder(c.downgrade, c.grace)
				if c.downgrade == rules.DowngradeNone {
					s.Tiers.WarnDays = 0
				}
				withGift(s)
				p := w.newProgram(t, s)
				w.attach(t, p)
				w.local(t, p, "2026-05-20 12:00")
				m := w.guest(t, p, p.Slug)
				if c.spent > 0 {
					w.visits(t, p, m, c.spent, w.engine.Now())
				}
				until := rules.Date("2026-06-01").Start(p.Settings.Zone)
				w.tx(t, func(tx engine.Tx) error {
					return tx.SetTier(t.Context(), p.ID, m.ID, rules.TierState{ID: "gold", Since: until.AddDate(0, 0, -60), Until: until})
				})
				down := 0
				for day := rules.Date("2026-05-21"); day <= "2026-07-15"; day = day.Add(1) {
					w.local(t, p, string(day)+" 00:01")
					down += w.daily(t, p).Down
					if want, found := c.want[string(day)]; found {
						if tier := w.standing(t, p, m).Tier; tier.ID != want {
							t.Errorf("on %s the tier is %+v, want %q", day, tier, want)
						}
						if day == "2026-07-15" {
							break
						}
					}
					if down > 0 && c.down > 0 {
						break
					}
				}
				told := w.notices(t, p)
				if down != c.down || len(told[engine.NoticeTierDown]) != c.down {
					t.Errorf("%d times down, told %d times", down, len(told[engine.NoticeTierDown]))
				}
				warned := told[engine.NoticeTierWarning]
				if c.down == 0 && len(warned) != 0 {
					t.Errorf("warned of nothing: %+v", warned)
				}
				if c.down > 0 && (len(warned) != 1 || warned[0].Args["tier"] != "gold" || warned[0].Args["until"] != "2026-05-31" || warned[0].Args["missing"] != float64(60000-c.spent)) {
					t.Errorf("warned %+v", warned)
				}
			})
		}
	})
}

// A tier counts from the purchase after the one that reached it; its coupon is given once, however often it is reached.
func TestPurchaseReachesTier(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Tiers = ladder(rules.DowngradeFull, 0)
		withGift(s)
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		sell := func(key string, sum money.Amount) engine.Posted {
			t.Helper()
			posted, err := w.engine.Post(t.Context(), engine.PostInput{Key: key, Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: sum}})
			if err != nil {
				t.Fatal(err)
			}
			return posted
		}
		if got := sell("1", 9999); got.Tier != "" || w.standing(t, p, m).Tier.ID != "" {
			t.Errorf("below the first tier: %q", got.Tier)
		}
		if got := sell("2", 50001); got.Tier != "gold" || len(got.Coupons) != 1 {
			t.Errorf("reached %q with %d coupons", got.Tier, len(got.Coupons))
		}
		if got := sell("3", 10000); got.Tier != "" || got.Earned != 10 {
			t.Errorf("the next purchase reached %q and earned %d", got.Tier, got.Earned)
		}
		w.tx(t, func(tx engine.Tx) error { return tx.SetTier(t.Context(), p.ID, m.ID, rules.TierState{}) })
		if got := sell("4", 100); got.Tier != "gold" || len(got.Coupons) != 0 {
			t.Errorf("reached again: %q with %d coupons", got.Tier, len(got.Coupons))
		}
		coupons, err := w.store.CouponsOf(t.Context(), p.ID, m.ID, false, 10)
		if err != nil || len(coupons) != 1 || coupons[0].Source != "tier:gold" {
			t.Errorf("coupons %+v, %v", coupons, err)
		}
		w.verify(t, p)
	})
}

// A friend who has become effective may be what a tier was waiting for.
func TestFriendsReachTier(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Tiers = rules.Tiers{Basis: rules.TierByReferrals, Downgrade: rules.DowngradeNone, List: []rules.Tier{{ID: "friend", Name: rules.Named("Friend"), From: 2, Rate: 700}}}
		s.Referral = rules.Referral{On: true, Inviter: 10, Purchase: 1, HoldDays: 14}
		p := w.newProgram(t, s)
		w.attach(t, p)
		inviter := w.guest(t, p, "inviter")
		w.daily(t, p)
		for _, name := range []string{"a", "b"} {
			friend := w.join(t, p, engine.JoinInput{InviteTag: inviter.InviteTag, Name: name})
			f, err := w.store.Referral(t.Context(), p.ID, friend.ID)
			if err != nil || f.State != engine.ReferralJoined || f.InviterID != inviter.ID {
				t.Fatalf("referral %+v, %v", f, err)
			}
			f.State, f.DueAt = engine.ReferralPending, w.engine.Now().Add(24*time.Hour)
			w.tx(t, func(tx engine.Tx) error { return tx.PutReferral(t.Context(), f) })
			if name == "b" {
				continue
			}
			w.pass(25 * time.Hour)
			if r := w.daily(t, p); r.Friends != 1 || r.Up != 0 {
				t.Errorf("one friend: %+v", r)
			}
		}
		w.pass(25 * time.Hour)
		if r := w.daily(t, p); r.Friends != 1 || r.Up != 1 {
			t.Errorf("two friends: %+v", r)
		}
		if tier := w.standing(t, p, inviter).Tier; tier.ID != "friend" {
			t.Errorf("tier %+v", tier)
		}
		if n := w.notices(t, p)[engine.NoticeTierUp]; len(n) != 1 || n[0].Args["tier"] != "friend" {
			t.Errorf("told %+v", n)
		}
	})
}

func TestAssignedTier(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Tiers = ladder(rules.DowngradeFull, 0)
		withGift(s)
		p := w.newProgram(t, s)
		w.attach(t, p)
		w.local(t, p, "2026-05-20 12:00")
		manager, contact := w.hire(t, p, "1", engine.RoleManager)
		cashier, _ := w.hire(t, p, "2", engine.RoleCashier)
		own := w.join(t, p, engine.JoinInput{ContactID: contact.ID})
		m := w.guest(t, p, "3")
		until := rules.Date("2026-06-01").Start(p.Settings.Zone)
		in := engine.TierInput{Key: "k", ProgramID: p.ID, MemberID: m.ID, TierID: "gold", Until: until, StaffID: manager.ID}
		assign := func(change func(*engine.TierInput)) (rules.TierState, error) {
			again := in
			change(&again)
			return w.engine.AssignTier(t.Context(), again)
		}
		refuse := func(what, id string, change func(*engine.TierInput)) {
			t.Helper()
			_, err := assign(change)
			wantError(t, what, err, id)
		}
		refuse("a cashier", "not_allowed", func(in *engine.TierInput) { in.StaffID = cashier.ID })
		refuse("the own card", "own_card", func(in *engine.TierInput) { in.MemberID = own.ID })
		refuse("an unknown tier", "tier_unknown", func(in *engine.TierInput) { in.TierID = "platinum" })
		refuse("a term that is over", "tier_until_past", func(in *engine.TierInput) { in.Until = w.engine.Now() })
		refuse("no key", "key_missing", func(in *engine.TierInput) { in.Key = "" })
		for range 2 {
			held, err := assign(func(*engine.TierInput) {})
			if err != nil || held.ID != "gold" || !held.ByHand || !held.Until.Equal(until) {
				t.Errorf("assigned %+v, %v", held, err)
			}
		}
		audits := func() (n int) {
			log, err := w.store.AuditLog(t.Context(), p.ID, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range log {
				if a.Act == "tier_assigned" && a.StaffID == manager.ID && a.Subject == m.ID {
					n++
				}
			}
			return n
		}
		if n := audits(); n != 1 {
			t.Errorf("%d times in the audit log", n)
		}
		coupons, err := w.store.CouponsOf(t.Context(), p.ID, m.ID, true, 10)
		if err != nil || len(coupons) != 1 {
			t.Errorf("%d coupons, %v", len(coupons), err)
		}
		// Nothing was bought, and yet it lasts to its end.
		w.daily(t, p)
		w.local(t, p, "2026-05-31 23:59")
		w.daily(t, p)
		if tier := w.standing(t, p, m).Tier; tier.ID != "gold" {
			t.Errorf("before its end: %+v", tier)
		}
		w.local(t, p, "2026-06-01 00:01")
		w.daily(t, p)
		if tier := w.standing(t, p, m).Tier; tier.ID != "" {
			t.Errorf("after its end: %+v", tier)
		}
		// Ended by hand, the member has what is earned.
		w.visits(t, p, m, 35000, w.engine.Now())
		forEver := func(in *engine.TierInput) { in.Key, in.Until = "ever", time.Time{} }
		if held, err := assign(forEver); err != nil || held.ID != "gold" || !held.Until.IsZero() {
			t.Errorf("for ever: %+v, %v", held, err)
		}
		if held, err := assign(func(in *engine.TierInput) { in.Key, in.TierID = "end", "" }); err != nil || held.ID != "silver" || held.ByHand {
			t.Errorf("ended: %+v, %v", held, err)
		}
		if held, err := assign(forEver); err != nil || held.ID != "silver" {
			t.Errorf("the key of before: %+v, %v", held, err)
		}
	})
}
