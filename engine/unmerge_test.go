package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func TestPartingGivesBackWhatWasMoved(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.statuses(t))
		w.attach(t, p)
		keep := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "1").ID})
		gone := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID, Phone: "+380671234567", Proof: engine.ProofPlatform})
		w.lot(t, p, keep, 10, w.engine.Now(), w.days(40))
		home := w.lot(t, p, gone, 70, w.engine.Now(), w.days(20))
		used := engine.Coupon{Coupon: rules.Coupon{ID: w.engine.NewID(), Kind: "cake", State: rules.CouponActivated, From: w.engine.Now()}, ProgramID: p.ID, MemberID: gone.ID, IssuedAt: w.engine.Now()}
		kept := used
		kept.ID = w.engine.NewID()
		w.tx(t, func(tx engine.Tx) error {
			for _, err := range []error{
				tx.AddStamps(t.Context(), p.ID, keep.ID, "coffee", 1, 0), tx.AddStamps(t.Context(), p.ID, gone.ID, "coffee", 5, 2), tx.InsertCoupons(t.Context(), used, kept),
				tx.SetTier(t.Context(), p.ID, gone.ID, rules.TierState{ID: "silver", Since: w.engine.Now(), Until: w.days(100)}),
				tx.SetTags(t.Context(), p.ID, keep.ID, []string{"student"}), tx.SetTags(t.Context(), p.ID, gone.ID, []string{"student", "vip"}),
				tx.AddActivity(t.Context(), engine.Activity{ProgramID: p.ID, MemberID: gone.ID, Day: "2026-02-20", Visits: 1, Spent: 50000, Earned: 25, At: w.days(-10)}),
				tx.SetBirthday(t.Context(), p.ID, gone.ID, rules.Birthday{Month: 5, Day: 7}),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		before := w.standing(t, p, keep)
		merged := w.merge(t, p, "m", keep, gone)
		if _, err := w.engine.HandOver(t.Context(), engine.HandOverInput{Key: "h", ProgramID: p.ID, MemberID: keep.ID, CouponID: used.ID}); err != nil {
			t.Fatal(err)
		}
		w.tx(t, func(tx engine.Tx) error { return tx.AddStamps(t.Context(), p.ID, keep.ID, "coffee", -4, 0) }) // 2 are left
		w.pass(29 * 24 * time.Hour)                                                                            // the 70 points have ended
		if _, err := w.engine.ExpireDue(t.Context(), p.ID, w.engine.Now(), nil); err != nil {
			t.Fatal(err)
		}
		parted := w.part(t, p, "u", merged.PostingID)
		again, err := w.engine.Unmerge(t.Context(), engine.UnmergeInput{Key: "u", ProgramID: p.ID, MergeID: merged.PostingID})
		if err != nil || !again.Replayed || again.PostingID != parted.PostingID {
			t.Errorf("the same parting again: %+v, %v", again, err)
		}
		_, err = w.engine.Unmerge(t.Context(), engine.UnmergeInput{Key: "u2", ProgramID: p.ID, MergeID: merged.PostingID})
		wantError(t, "parting twice", err, "unmerge_done")
		if b := w.balance(t, p, keep); b.Total != 10 {
			t.Errorf("kept: %+v", b)
		}
		if b := w.balance(t, p, gone); b.Total != 0 {
			t.Errorf("points that ended came back: %+v, lot %s", b, home)
		}
		after := w.standing(t, p, keep)
		if after.Tier != before.Tier || after.Visits != 0 || after.Spent != 0 || after.Earned != 0 || after.Stamps[0].Count != 0 || len(after.Coupons) != 0 ||
			len(after.Tags) != 1 || after.Birthday.Known() {
			t.Errorf("kept: %+v", after)
		}
		other := w.standing(t, p, gone)
		if other.Tier.ID != "silver" || other.Visits != 1 || other.Spent != 50000 || other.Stamps[0].Count != 2 || other.Stamps[0].Done != 2 ||
			len(other.Coupons) != 1 || other.Coupons[0].ID != kept.ID || len(other.Tags) != 2 || !other.Birthday.Known() {
			t.Errorf("the other: %+v", other)
		}
		if m, err := w.store.MemberByCard(t.Context(), p.ID, gone.Card); err != nil || m.ID != gone.ID || m.Phone != "+380671234567" {
			t.Errorf("the card finds %s, %v", m.ID, err)
		}
		if m, err := w.store.Member(t.Context(), p.ID, keep.ID); err != nil || m.Phone != "" {
			t.Errorf("the one kept has the number %s, %v", m.Phone, err)
		}
		if c, err := w.store.ContactsOf(t.Context(), p.ID, gone.ID, ""); err != nil || len(c) != 1 {
			t.Errorf("contacts of the other: %d, %v", len(c), err)
		}
		w.verify(t, p)
	})
}

func TestSpentPointsAreOwedOnParting(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		for name, c := range map[string]struct {
			own, came, spend      money.Points // of the one kept; that came; spent together
			kept, debt, otherHave money.Points
		}{
			"other points pay":        {40, 50, 30, 10, 0, 50},
			"what is missing is owed": {10, 50, 40, -30, 30, 50},
			"nothing was spent":       {10, 50, 0, 10, 0, 50},
		} {
			w := open(t)
			s := w.draft(t)
			s.Earn.Rate, s.Redeem.Limit = 0, 10000
			p := w.newProgram(t, s)
			keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
			w.lot(t, p, keep, c.own, w.engine.Now(), w.days(40))
			home := w.lot(t, p, gone, c.came, w.engine.Now(), w.days(20)) // spent first
			merged := w.merge(t, p, "m", keep, gone)
			if c.spend > 0 {
				_, err := w.engine.Post(t.Context(), engine.PostInput{Key: "s", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: keep.ID, Sum: 10000, Redeem: c.spend}})
				if err != nil {
					t.Fatal(err)
				}
			}
			w.part(t, p, "u", merged.PostingID)
			if b := w.balance(t, p, keep); b.Total != c.kept || b.Debt != c.debt {
				t.Errorf("%s: kept %+v, want %d, debt %d", name, b, c.kept, c.debt)
			}
			lots := w.lots(t, p, gone)
			if b := w.balance(t, p, gone); b.Total != c.otherHave || lots[50].ID != home || !lots[50].ExpiresAt.Equal(w.days(20)) {
				t.Errorf("%s: the other has %+v in %+v", name, b, lots)
			}
			w.verify(t, p)
		}
	})
}

func TestADebtGoesOverAndBack(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Earn.Rate = 0
		p := w.newProgram(t, s)
		keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		w.give(t, p, keep, 50)
		w.owe(t, p, gone, 20)
		merged := w.merge(t, p, "m", keep, gone)
		if merged.Balance.Total != 30 || merged.Balance.Debt != 0 {
			t.Errorf("the points pay the debt: %+v", merged.Balance)
		}
		w.part(t, p, "u", merged.PostingID)
		if a, b := w.balance(t, p, keep), w.balance(t, p, gone); a.Total != 50 || b.Debt != 20 {
			t.Errorf("parted: %+v and %+v", a, b)
		}
		w.verify(t, p)
	})
}

func TestPartingTooLate(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		merged := w.merge(t, p, "m", keep, gone)
		w.pass(30*24*time.Hour + time.Second)
		_, err := w.engine.Unmerge(t.Context(), engine.UnmergeInput{Key: "u", ProgramID: p.ID, MergeID: merged.PostingID})
		wantError(t, "after thirty days", err, "unmerge_late")
		_, err = w.engine.Unmerge(t.Context(), engine.UnmergeInput{Key: "u2", ProgramID: p.ID, MergeID: "nothing"})
		wantError(t, "an unknown merge", err, "merge_unknown")
	})
}
