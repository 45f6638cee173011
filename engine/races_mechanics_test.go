package engine_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
)

// Twenty guests at once enter a code that five may use.
func TestOfTwentyUsesOfACodeFiveWin(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		guests := make([]engine.Member, 20)
		for i := range guests {
			guests[i] = w.join(t, p, engine.JoinInput{})
		}
		won := 0
		for i, err := range at(20, func(i int) error {
			_, err := w.engine.EnterCode(context.Background(), engine.EnterCodeInput{Key: fmt.Sprint("k", i), ProgramID: p.ID, MemberID: guests[i].ID, Text: "CAKE5"})
			return err
		}) {
			coupons := w.coupons(t, p, guests[i], true)
			switch {
			case err == nil && len(coupons) == 1:
				won++
			case err == nil || len(coupons) != 0:
				t.Errorf("guest %d: %d coupons, %v", i, len(coupons), err)
			default:
				wantError(t, "a loser", err, "code_used_up")
			}
		}
		if won != 5 {
			t.Errorf("%d uses of a code for five", won)
		}
		uses, err := w.store.Uses(t.Context(), p.ID, []rules.Counter{{Of: "code:CAKE5", Period: "ever", All: true}})
		if err != nil || len(uses) != 1 || uses[0].Times != 5 {
			t.Errorf("counted: %+v, %v", uses, err)
		}
	})
}

// One guest enters the same code on twenty phones.
func TestOneGuestUsesACodeOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		m := w.join(t, p, engine.JoinInput{})
		before := w.balance(t, p, m).Total
		won := 0
		for i, err := range at(10, func(i int) error {
			_, err := w.engine.EnterCode(context.Background(), engine.EnterCodeInput{Key: fmt.Sprint("k", i), ProgramID: p.ID, MemberID: m.ID, Text: "SPRING"})
			return err
		}) {
			if err == nil {
				won++
			} else {
				wantError(t, fmt.Sprint("loser ", i), err, "code_used")
			}
		}
		if b := w.balance(t, p, m).Total; won != 1 || b != before+50 {
			t.Errorf("%d uses won, balance %d", won, b)
		}
		w.verify(t, p)
	})
}

func TestOfTwentyPurchasesOneWins(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Welcome.Points = 0
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 150)
		won := 0
		for _, err := range at(20, func(i int) error {
			_, err := w.engine.BuyReward(context.Background(), engine.BuyRewardInput{Key: fmt.Sprint("k", i), ProgramID: p.ID, MemberID: m.ID, RewardID: "cake"})
			return err
		}) {
			if err == nil {
				won++
			} else {
				wantError(t, "a loser", err, "reward_not_enough")
			}
		}
		if b := w.balance(t, p, m).Total; won != 1 || b != 50 || len(w.coupons(t, p, m, true)) != 1 {
			t.Errorf("%d purchases won, balance %d, coupons %+v", won, b, w.coupons(t, p, m, true))
		}
		w.verify(t, p)
	})
}

// The last two of a reward are wanted by ten guests.
func TestRewardIsNotOversold(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		guests := make([]engine.Member, 10)
		for i := range guests {
			guests[i] = w.join(t, p, engine.JoinInput{})
			w.give(t, p, guests[i], 20)
		}
		won := 0
		for _, err := range at(len(guests), func(i int) error {
			_, err := w.engine.BuyReward(context.Background(), engine.BuyRewardInput{Key: fmt.Sprint("k", i), ProgramID: p.ID, MemberID: guests[i].ID, RewardID: "rare"})
			return err
		}) {
			if err == nil {
				won++
			} else {
				wantError(t, "a loser", err, "reward_sold_out")
			}
		}
		if won != 2 {
			t.Errorf("%d of two were sold", won)
		}
		w.verify(t, p)
	})
}

// Two certificates, tills that name them in opposite order, twenty checks at once: what is spent is what was there.
func TestTwoTillsAndOneCertificate(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		first := w.sell(t, engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, Amount: 50000})
		second := w.sell(t, engine.SellCertificateInput{Key: "s2", ProgramID: p.ID, Amount: 50000})
		var paid atomic.Int64
		for _, err := range at(20, func(i int) error {
			a, b := first, second
			if i%2 == 1 {
				a, b = b, a
			}
			posted, err := w.pay(p, fmt.Sprint("k", i), 7000, a, b)
			paid.Add(int64(posted.Certificate))
			return err
		}) {
			if err != nil {
				wantError(t, "a loser", err, "certificate_empty")
			}
		}
		a, b := w.left(t, first), w.left(t, second)
		if a.Left < 0 || b.Left < 0 || (a.Left == 0) != (a.State == engine.CertificateSpent) || (b.Left == 0) != (b.State == engine.CertificateSpent) {
			t.Errorf("certificates: %+v, %+v", a, b)
		}
		if left := int64(a.Left + b.Left); paid.Load()+left != 100000 || paid.Load() == 0 {
			t.Errorf("%d paid and %d left of 100000", paid.Load(), left)
		}
		w.verify(t, p)
	})
}

// Two returns of one check without a card give its certificate no more than it paid.
func TestTwoReturnsToOneCertificate(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.catalogue(t))
		c := w.sell(t, engine.SellCertificateInput{Key: "s1", ProgramID: p.ID, Amount: 50000})
		sold, err := w.pay(p, "k", 30000, c)
		if err != nil {
			t.Fatal(err)
		}
		won := 0
		for _, err := range at(8, func(i int) error {
			_, err := w.engine.Reverse(context.Background(), engine.ReverseInput{Key: fmt.Sprint("r", i), ProgramID: p.ID, SaleID: sold.SaleID, All: true})
			return err
		}) {
			if err == nil {
				won++
			}
		}
		if got := w.left(t, c); got.Left != 50000 || won != 1 {
			t.Errorf("%d returns won, %d left of 50000", won, got.Left)
		}
		w.verify(t, p)
	})
}

func TestCertificateIsClaimedOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Welcome.Points = 0
		p := w.newProgram(t, s)
		guests := make([]engine.Member, 10)
		for i := range guests {
			guests[i] = w.join(t, p, engine.JoinInput{})
		}
		c := w.sell(t, engine.SellCertificateInput{Key: "s", ProgramID: p.ID, Points: 100})
		won := 0
		for i, err := range at(len(guests), func(i int) error {
			_, err := w.engine.ClaimCertificate(context.Background(), engine.EnterCodeInput{Key: fmt.Sprint("k", i), ProgramID: p.ID, MemberID: guests[i].ID, Text: c.Code.Reveal()})
			return err
		}) {
			got := w.balance(t, p, guests[i]).Total
			switch {
			case err == nil && got == 100:
				won++
			case err == nil || got != 0:
				t.Errorf("guest %d: balance %d, %v", i, got, err)
			default:
				wantError(t, "a loser", err, "certificate_empty")
			}
		}
		if won != 1 {
			t.Errorf("claimed %d times", won)
		}
		w.verify(t, p)
	})
}

// A cashier's phone that repeats a call changes nothing twice, whatever the call.
func TestOfEightDeedsWithOneKeyOneActs(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Welcome.Points = 0
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 1000)
		handed := w.giveCoupon(t, p, m, "handed", "cake").Coupon.ID
		for _, deed := range []struct {
			name string
			call func(ctx context.Context) (id string, replayed bool, err error)
		}{
			{"buy", func(ctx context.Context) (string, bool, error) {
				got, err := w.engine.BuyReward(ctx, engine.BuyRewardInput{Key: "buy", ProgramID: p.ID, MemberID: m.ID, RewardID: "cake"})
				return got.Coupon.ID, got.Replayed, err
			}},
			{"code", func(ctx context.Context) (string, bool, error) {
				got, err := w.engine.EnterCode(ctx, engine.EnterCodeInput{Key: "code", ProgramID: p.ID, MemberID: m.ID, Text: "TWICE"})
				return got.PostingID, got.Replayed, err
			}},
			{"hand over", func(ctx context.Context) (string, bool, error) {
				got, err := w.engine.HandOver(ctx, engine.HandOverInput{Key: "hand", ProgramID: p.ID, MemberID: m.ID, CouponID: handed})
				return got.PostingID, got.Replayed, err
			}},
			{"sell", func(ctx context.Context) (string, bool, error) {
				got, err := w.engine.SellCertificate(ctx, engine.SellCertificateInput{Key: "sell", ProgramID: p.ID, Amount: 50000})
				return got.Certificate.ID, got.Replayed, err
			}},
		} {
			ids, acted := make([]string, 8), atomic.Int64{}
			for _, err := range at(len(ids), func(i int) (err error) {
				var replayed bool
				ids[i], replayed, err = deed.call(context.Background())
				if err == nil && !replayed {
					acted.Add(1)
				}
				return err
			}) {
				if err != nil {
					t.Errorf("%s: %v", deed.name, err)
				}
			}
			for _, id := range ids {
				if id == "" || id != ids[0] {
					t.Errorf("%s: answers %v", deed.name, ids)
				}
			}
			if acted.Load() != 1 {
				t.Errorf("%s: %d calls acted", deed.name, acted.Load())
			}
		}
		if b := w.balance(t, p, m).Total; b != 1000-100+10 {
			t.Errorf("balance %d", b)
		}
		w.verify(t, p)
	})
}
