package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func (w *world) merge(t *testing.T, p engine.Program, key string, keep, gone engine.Member) engine.Posted {
	t.Helper()
	posted, err := w.engine.Merge(t.Context(), engine.MergeInput{Key: key, ProgramID: p.ID, KeepID: keep.ID, GoneID: gone.ID})
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

func (w *world) part(t *testing.T, p engine.Program, key, merge string) engine.Posted {
	t.Helper()
	posted, err := w.engine.Unmerge(t.Context(), engine.UnmergeInput{Key: key, ProgramID: p.ID, MergeID: merge})
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

// statuses is a scheme with tiers, stamps and coupons.
func (w *world) statuses(t *testing.T) *rules.Settings {
	t.Helper()
	s := w.draft(t)
	name := func(text string) rules.Name { return rules.Name{"uk": text} }
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 90, KeepDays: 100, Downgrade: rules.DowngradeStep, List: []rules.Tier{
		{ID: "silver", Name: name("Срібло"), From: 100000, Rate: 500}, {ID: "gold", Name: name("Золото"), From: 900000, Rate: 700}}}
	s.Stamps = []rules.StampCard{{ID: "coffee", Name: name("Кава"), Every: 8, PerCheck: true}}
	s.Coupons = []rules.CouponKind{{ID: "cake", Name: name("Тістечко"), ByHand: true, AtOnce: true, Gives: rules.Benefit{Kind: rules.GivesFree}}}
	return s
}

func TestTwoCardsBecomeOne(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.statuses(t))
		w.attach(t, p)
		manager, _ := w.hire(t, p, "boss", engine.RoleManager)
		cashier, _ := w.hire(t, p, "till", engine.RoleCashier)
		keep := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "1").ID})
		gone := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID, Phone: "+380671234567", Proof: engine.ProofPlatform, Marketing: true})
		friend := w.join(t, p, engine.JoinInput{InviteTag: gone.InviteTag})
		w.lot(t, p, keep, 10, w.engine.Now(), w.days(40))
		w.lot(t, p, gone, 70, w.engine.Now(), w.days(20))
		w.lot(t, p, gone, 30, w.days(2), w.days(60))
		coupon := engine.Coupon{Coupon: rules.Coupon{ID: w.engine.NewID(), Kind: "cake", State: rules.CouponActivated, From: w.engine.Now()},
			ProgramID: p.ID, MemberID: gone.ID, IssuedAt: w.engine.Now()}
		w.tx(t, func(tx engine.Tx) error {
			for _, err := range []error{
				tx.AddStamps(t.Context(), p.ID, keep.ID, "coffee", 3, 1), tx.AddStamps(t.Context(), p.ID, gone.ID, "coffee", 4, 2),
				tx.InsertCoupons(t.Context(), coupon), tx.SetTier(t.Context(), p.ID, gone.ID, rules.TierState{ID: "gold", Since: w.engine.Now(), Until: w.days(100)}),
				tx.SetTags(t.Context(), p.ID, gone.ID, []string{"vip"}), tx.SetBirthday(t.Context(), p.ID, gone.ID, rules.Birthday{Month: 5, Day: 7}),
				tx.AddActivity(t.Context(), engine.Activity{ProgramID: p.ID, MemberID: gone.ID, Day: "2025-06-01", Visits: 2, Spent: 700000, At: w.days(-270)}),
				tx.AddActivity(t.Context(), engine.Activity{ProgramID: p.ID, MemberID: gone.ID, Day: "2026-02-20", Visits: 1, Spent: 50000, At: w.days(-10)}),
				tx.PutReferral(t.Context(), engine.Referral{ProgramID: p.ID, FriendID: friend.ID, InviterID: gone.ID, State: engine.ReferralJoined, At: w.engine.Now()}),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})

		in := engine.MergeInput{Key: "m1", ProgramID: p.ID, KeepID: keep.ID, GoneID: gone.ID, By: cashier.ID}
		_, err := w.engine.Merge(t.Context(), in)
		wantError(t, "a cashier merges", err, "not_allowed")
		preview, err := w.engine.PreviewMerge(t.Context(), p.ID, keep.ID, gone.ID)
		if err != nil || preview.Points != 100 || preview.Balance.Total != 110 || preview.Balance.Available != 80 || preview.Tier != "gold" ||
			preview.Coupons != 1 || preview.Contacts != 1 || preview.Friends != 1 || preview.Visits != 3 || preview.Spent != 750000 || !preview.Phone {
			t.Errorf("preview: %+v, %v", preview, err)
		}
		if b := w.balance(t, p, keep); b.Total != 10 {
			t.Errorf("the preview moved points: %+v", b)
		}
		in.By = manager.ID
		merged, err := w.engine.Merge(t.Context(), in)
		if err != nil || merged.Balance != preview.Balance {
			t.Fatalf("merged: %+v, %v", merged, err)
		}
		again, err := w.engine.Merge(t.Context(), in)
		if err != nil || !again.Replayed || again.PostingID != merged.PostingID {
			t.Errorf("the same merge again: %+v, %v", again, err)
		}
		lots := w.lots(t, p, keep)
		if len(lots) != 3 || !lots[70].ExpiresAt.Equal(w.days(20)) || !lots[30].ActiveFrom.Equal(w.days(2)) {
			t.Errorf("lots %+v", lots)
		}
		s := w.standing(t, p, keep)
		if s.Tier.ID != "gold" || s.Visits != 3 || s.Qualified != 50000 || len(s.Coupons) != 1 || s.Stamps[0].Count != 7 || s.Stamps[0].Done != 3 ||
			!slices.Equal(s.Tags, []string{"vip"}) || s.Birthday.Day != 7 || !s.FirstVisit.Equal(w.days(-270)) {
			t.Errorf("standing %+v", s)
		}
		for what, find := range map[string]func() (engine.Member, error){
			"card":   func() (engine.Member, error) { return w.store.MemberByCard(t.Context(), p.ID, gone.Card) },
			"link":   func() (engine.Member, error) { return w.store.MemberByToken(t.Context(), p.ID, gone.Token) },
			"invite": func() (engine.Member, error) { return w.store.MemberByInviteTag(t.Context(), p.ID, gone.InviteTag) },
			"number": func() (engine.Member, error) {
				found, err := w.engine.Identify(t.Context(), p.ID, cashier.ID, "067 123 45 67")
				return found.Member, err
			},
		} {
			if m, err := find(); err != nil || m.ID != keep.ID || m.Phone != "+380671234567" {
				t.Errorf("the %s finds %s, %v", what, m.ID, err)
			}
		}
		contacts, err := w.store.ContactsOf(t.Context(), p.ID, keep.ID, "")
		if err != nil || len(contacts) != 2 {
			t.Errorf("contacts: %d, %v", len(contacts), err)
		}
		if r, err := w.store.Referral(t.Context(), p.ID, friend.ID); err != nil || r.InviterID != keep.ID {
			t.Errorf("the friend was brought by %s, %v", r.InviterID, err)
		}
		sale, err := w.engine.Post(t.Context(), engine.PostInput{Key: "s", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: gone.ID, Sum: 10000}})
		if err != nil || sale.MemberID != keep.ID {
			t.Errorf("a sale on the old card is of %s, %v", sale.MemberID, err)
		}
		w.verify(t, p)
	})
}

// Hard case "duplicate accounts merged": two welcome bonuses → one.
func TestWelcomeCountsOnce(t *testing.T) {
	for name, c := range map[string]struct {
		policy  rules.ReturnPolicy
		spend   money.Points // by the one that is gone, before
		balance money.Points
		debt    money.Points
	}{
		"untouched":                    {rules.ReturnDebt, 0, 30, 0},
		"spent, and owed":              {rules.ReturnDebt, 30, 0, 0},
		"a pending-only shop takes it": {rules.ReturnPendingOnly, 0, 30, 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, open func(*testing.T) *world) {
				w := open(t)
				s := w.draft(t)
				s.Welcome, s.Returns.Policy, s.Earn.Rate, s.Redeem.Limit = rules.Welcome{Points: 30}, c.policy, 0, 10000
				p := w.newProgram(t, s)
				keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
				if c.spend > 0 {
					_, err := w.engine.Post(t.Context(), engine.PostInput{Key: "s", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: gone.ID, Sum: 10000, Redeem: c.spend}})
					if err != nil {
						t.Fatal(err)
					}
				}
				preview, err := w.engine.PreviewMerge(t.Context(), p.ID, keep.ID, gone.ID)
				if err != nil || preview.Revoked != 30 || len(preview.Issues) != 1 {
					t.Errorf("preview %+v, %v", preview, err)
				}
				merged := w.merge(t, p, "m", keep, gone)
				if merged.Balance.Total != c.balance || merged.Balance.Debt != c.debt {
					t.Errorf("after: %+v, want %d, debt %d", merged.Balance, c.balance, c.debt)
				}
				third := w.join(t, p, engine.JoinInput{})
				if m := w.merge(t, p, "m2", keep, third); m.Balance.Total != c.balance {
					t.Errorf("a third card brings %d", m.Balance.Total-c.balance)
				}
				w.part(t, p, "u", merged.PostingID)
				if a, b := w.balance(t, p, keep), w.balance(t, p, gone); a.Total != 30 || b.Total != 30-c.spend {
					t.Errorf("parted again: %+v and %+v, want 30 and %d", a, b, 30-c.spend)
				}
				w.verify(t, p)
			})
		})
	}
}

func TestWhatCannotBeMerged(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID})
		try := func(keepID, goneID string) error {
			_, err := w.engine.Merge(t.Context(), engine.MergeInput{Key: "k" + w.engine.NewID(), ProgramID: p.ID, KeepID: keepID, GoneID: goneID})
			return err
		}
		wantError(t, "with itself", try(keep.ID, keep.ID), "merge_self")
		wantError(t, "with nobody", try(keep.ID, "nobody"), "member_not_found")
		blocked := w.join(t, p, engine.JoinInput{})
		blocked.State = engine.MemberBlocked
		w.tx(t, func(tx engine.Tx) error { return tx.UpdateMember(t.Context(), blocked) })
		wantError(t, "a blocked card", try(keep.ID, blocked.ID), "card_blocked")
		w.give(t, p, gone, 100)
		held, err := w.engine.Reserve(t.Context(), engine.ReserveInput{Key: "r", TTL: time.Minute, Sale: engine.SaleInput{ProgramID: p.ID, MemberID: gone.ID, Sum: 40000, Redeem: 50}})
		if err != nil || held.Hold.ID == "" {
			t.Fatalf("hold: %+v, %v", held, err)
		}
		wantError(t, "at the till", try(keep.ID, gone.ID), "merge_in_sale")
		w.pass(2 * time.Minute)
		if err := try(keep.ID, gone.ID); err != nil {
			t.Fatal(err)
		}
		wantError(t, "twice", try(keep.ID, gone.ID), "merge_already")
		wantError(t, "into one that is gone", try(gone.ID, keep.ID), "merge_already")
		for range 4 {
			if err := try(keep.ID, w.join(t, p, engine.JoinInput{}).ID); err != nil {
				t.Fatal(err)
			}
		}
		wantError(t, "a sixth", try(keep.ID, w.join(t, p, engine.JoinInput{}).ID), "merge_too_many")
		w.verify(t, p)
	})
}

func TestAFriendWhoIsTheSamePerson(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Earn.Rate = 0
		s.Referral = rules.Referral{On: true, Inviter: 50, Friend: 20, Purchase: 1, HoldDays: 14}
		p := w.newProgram(t, s)
		keep := w.join(t, p, engine.JoinInput{})
		gone := w.join(t, p, engine.JoinInput{InviteTag: keep.InviteTag})
		if _, err := w.engine.Post(t.Context(), engine.PostInput{Key: "s", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: gone.ID, Sum: 10000}}); err != nil {
			t.Fatal(err)
		}
		if b := w.balance(t, p, keep); b.Pending != 50 {
			t.Fatalf("the reward: %+v", b)
		}
		merged := w.merge(t, p, "m", keep, gone)
		if merged.Balance.Total != 0 {
			t.Errorf("brought oneself and has %+v", merged.Balance)
		}
		if r, err := w.store.Referral(t.Context(), p.ID, gone.ID); err != nil || r.State != engine.ReferralReversed {
			t.Errorf("referral %+v, %v", r, err)
		}
		w.part(t, p, "u", merged.PostingID)
		if a, b := w.balance(t, p, keep).Total, w.balance(t, p, gone).Total; a != 50 || b != 20 {
			t.Errorf("parted again: %d and %d", a, b)
		}
		if r, err := w.store.Referral(t.Context(), p.ID, gone.ID); err != nil || r.State != engine.ReferralPending {
			t.Errorf("referral after parting %+v, %v", r, err)
		}
		w.verify(t, p)
	})
}

func TestAMergedCardMergesOn(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		var cards []engine.Member
		for i := range 3 {
			m := w.join(t, p, engine.JoinInput{Name: fmt.Sprint("card ", i)})
			w.give(t, p, m, money.Points(10*(i+1)))
			cards = append(cards, m)
		}
		first := w.merge(t, p, "m1", cards[1], cards[0])
		second := w.merge(t, p, "m2", cards[2], cards[1])
		if second.Balance.Total != 60 {
			t.Errorf("all three: %+v", second.Balance)
		}
		if m, err := w.store.MemberByCard(t.Context(), p.ID, cards[0].Card); err != nil || m.ID != cards[2].ID {
			t.Errorf("the first card finds %s, %v", m.Name, err)
		}
		_, err := w.engine.Unmerge(t.Context(), engine.UnmergeInput{Key: "u0", ProgramID: p.ID, MergeID: first.PostingID})
		wantError(t, "the first merge before the second", err, "unmerge_order")
		w.part(t, p, "u2", second.PostingID)
		w.part(t, p, "u1", first.PostingID)
		for i, m := range cards {
			if b := w.balance(t, p, m); b.Total != money.Points(10*(i+1)) {
				t.Errorf("card %d has %d", i, b.Total)
			}
		}
		w.verify(t, p)
	})
}

// The return of a sale that was made before two merges finds the account and the lot its points are in now.
func TestASaleFollowsItsMember(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		a, b, c := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		posted, err := w.engine.Post(t.Context(), engine.PostInput{Key: "s", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: a.ID, Sum: 100000}})
		if err != nil {
			t.Fatal(err)
		}
		sale, err := w.store.Sale(t.Context(), p.ID, posted.SaleID)
		if err != nil {
			t.Fatal(err)
		}
		w.merge(t, p, "m1", b, a)
		second := w.merge(t, p, "m2", c, b)
		home, names, err := engine.SaleAtHome(t.Context(), w.store, sale, sale.LotID)
		if err != nil || home.MemberID != c.ID || home.AccountID != c.AccountID || len(names) != 3 || names[0] != home.LotID {
			t.Errorf("at home it is %+v, its lot %v, %v", home, names, err)
		}
		if lots := w.lots(t, p, c); len(lots) != 1 || lots[posted.Earned].ID != home.LotID || lots[posted.Earned].SaleID != sale.ID {
			t.Errorf("lots %+v, want %s", lots, home.LotID)
		}
		w.part(t, p, "u2", second.PostingID)
		if home, _, err = engine.SaleAtHome(t.Context(), w.store, sale, sale.LotID); err != nil || home.MemberID != b.ID {
			t.Errorf("parted from the last, it is of %s, %v", home.MemberID, err)
		}
	})
}
