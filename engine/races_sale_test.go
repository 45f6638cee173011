package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/anishathalye/porcupine"
)

// counterShop is a shop with everything that two tills could take twice: points, a coupon, a certificate, a budget of the program, and
// stamps.
func (w *world) counterShop(t *testing.T, budget money.Points) *rules.Settings {
	t.Helper()
	s := w.draft(t)
	s.Unit = rules.Unit{Name: "bonus", Decimals: 2, StepWorth: 1}
	s.Welcome, s.Redeem, s.Earn = rules.Welcome{}, rules.Redeem{Limit: money.Whole}, rules.Earn{Basis: rules.BasisPaid, Rounding: money.Down}
	s.Staff = rules.StaffLimits{HoldSeconds: 60}
	s.Gifts = rules.Certificates{On: true, Max: 1000000}
	s.Coupons = []rules.CouponKind{{ID: "off", Name: rules.Named("Off"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 100}, AtOnce: true}}
	s.Rules = []rules.Rule{{ID: "gift", Name: rules.Named("Gift"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 7},
		Limits: rules.Limits{Budget: budget}}}
	s.Stamps = []rules.StampCard{{ID: "visit", Name: rules.Named("Visit"), Every: 5, PerCheck: true, Points: 1}}
	return s
}

// Many tills, one card, one certificate, one coupon, and a budget that is too small for all: holds, spends and returns at once. What is given
// is what was there.
func TestTillsShareEverything(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		const budget = 50
		p := w.newProgram(t, w.counterShop(t, budget))
		guests := []engine.Member{w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})}
		for _, m := range guests {
			w.give(t, p, m, 1000)
			w.giveCoupon(t, p, m, "coupon:"+m.ID, "off")
		}
		gifts := []engine.Certificate{w.sell(t, engine.SellCertificateInput{Key: "g1", ProgramID: p.ID, Amount: 3000}),
			w.sell(t, engine.SellCertificateInput{Key: "g2", ProgramID: p.ID, Amount: 3000})}
		var spent, paid, earned, coupons atomic.Int64
		for till, err := range at(24, func(i int) error {
			ctx := context.Background()
			in := engine.SaleInput{ProgramID: p.ID, MemberID: guests[i%2].ID, Sum: 1000, Redeem: 150}
			if i%3 == 0 { // in one order here, in the other there
				in.Certificates = []string{gifts[i/3%2].ID, gifts[(i/3+1)%2].ID}
			}
			post := engine.PostInput{Key: fmt.Sprint("sale", i), Sale: in}
			if i%4 == 0 {
				held, err := w.engine.Reserve(ctx, engine.ReserveInput{Key: fmt.Sprint("hold", i), Sale: in})
				if err != nil {
					return err
				}
				post.HoldID = held.Hold.ID
			}
			posted, err := w.engine.Post(ctx, post)
			if err != nil {
				return err
			}
			if i%5 == 0 {
				_, err := w.engine.Reverse(ctx, engine.ReverseInput{Key: fmt.Sprint("back", i), ProgramID: p.ID, SaleID: posted.SaleID, All: true})
				return err
			}
			spent.Add(int64(posted.Redeemed))
			paid.Add(int64(posted.Certificate))
			earned.Add(int64(posted.Earned))
			if posted.Discount > 0 {
				coupons.Add(1)
			}
			return nil
		}) {
			if err != nil && !engine.IsKind(err, engine.KindInsufficient) {
				t.Errorf("till %d: %v", till, err)
			}
		}
		left, unused := int64(0), int64(0)
		for _, m := range guests {
			b := w.balance(t, p, m)
			if b.Debt != 0 || b.Total < 0 {
				t.Errorf("overspent: %+v", b)
			}
			left += int64(b.Total)
			unused += int64(len(w.coupons(t, p, m, false)))
		}
		if left != 2000-spent.Load()+earned.Load() {
			t.Errorf("%d points left of 2000, %d spent, %d earned", left, spent.Load(), earned.Load())
		}
		if coupons.Load() > 2-unused {
			t.Errorf("%d checks with a coupon, %d coupons still open", coupons.Load(), unused)
		}
		if c := w.left(t, gifts[0]).Left + w.left(t, gifts[1]).Left; int64(c) != 6000-paid.Load() {
			t.Errorf("certificates hold %d, %d paid", c, paid.Load())
		}
		used, err := w.store.Uses(t.Context(), p.ID, []rules.Counter{{Of: "rule:gift", Period: "ever", All: true}})
		if err != nil || len(used) != 1 || used[0].Points > budget || used[0].Points < 0 {
			t.Errorf("budget of %d: %+v, %v", budget, used, err)
		}
		w.verify(t, p)
	})
}

// tillOp is a check at a till, with or without the certificate.
type tillOp struct {
	kind   string
	points money.Points // spent
}

type tillOut struct {
	ok     bool
	paid   money.Amount // by the certificate
	earned money.Points
}

// counterState is the sequential meaning of a card, a certificate and a budget.
type counterState struct {
	points, budget money.Points
	gift           money.Amount
}

const tillSum = 700

var counterModel = porcupine.Model{
	Init: func() any { return counterState{points: 500, budget: 40, gift: 5000} },
	Step: func(state, input, output any) (bool, any) {
		s, op, out := state.(counterState), input.(tillOp), output.(tillOut)
		if op.points > s.points {
			return !out.ok, s
		}
		if !out.ok {
			return false, s
		}
		earned, paid := min(7, s.budget), min(s.gift, tillSum-money.Amount(op.points))
		s.points += earned - op.points
		s.budget -= earned
		if op.kind == "gift" {
			if s.gift == 0 {
				return false, s
			}
			s.gift -= paid
		} else {
			paid = 0
		}
		return out.earned == earned && out.paid == paid, s
	},
}

func isError(err error, id string) bool {
	var e *engine.Error
	return errors.As(err, &e) && e.ID == id
}

// Whatever the tills do at once, there is one order of their checks in which each is right: about points, the certificate and the budget.
func TestCounterIsLinearizable(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.counterShop(t, 40)
		s.Stamps, s.Coupons = nil, nil
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 500)
		gift := w.sell(t, engine.SellCertificateInput{Key: "g", ProgramID: p.ID, Amount: 5000})
		began := time.Now()
		var mu sync.Mutex
		var history []porcupine.Operation
		at(5, func(till int) error {
			chance := rand.New(rand.NewPCG(uint64(till), 11))
			for i := range 8 {
				op := tillOp{kind: []string{"sale", "gift"}[chance.IntN(2)], points: money.Points(chance.IntN(120))}
				in := engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: tillSum, Redeem: op.points}
				if op.kind == "gift" {
					in.Certificates = []string{gift.ID}
				}
				call := time.Since(began).Nanoseconds()
				posted, err := w.engine.Post(context.Background(), engine.PostInput{Key: fmt.Sprint(till, "-", i), Sale: in})
				if isError(err, "certificate_empty") {
					continue // refused for another reason, and nothing is changed
				}
				if err != nil && !engine.IsKind(err, engine.KindInsufficient) {
					t.Errorf("till %d: %v", till, err)
				}
				out := tillOut{ok: err == nil, paid: posted.Certificate, earned: posted.Earned}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: till, Input: op, Output: out, Call: call, Return: time.Since(began).Nanoseconds()})
				mu.Unlock()
			}
			return nil
		})
		if result := porcupine.CheckOperationsTimeout(counterModel, history, 30*time.Second); result != porcupine.Ok {
			t.Errorf("history of %d operations: %v", len(history), result)
		}
		w.verify(t, p)
	})
}

// Sales on two cards of one person while these become one: no sale and no point is lost, wherever it went.
func TestSalesRaceAMerge(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.counterShop(t, 1000000)
		s.Stamps = nil
		p := w.newProgram(t, s)
		keep, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		w.give(t, p, keep, 500)
		w.give(t, p, gone, 500)
		var spent, earned atomic.Int64
		for i, err := range at(21, func(i int) error {
			if i == 10 {
				_, err := w.engine.Merge(context.Background(), engine.MergeInput{Key: "merge", ProgramID: p.ID, KeepID: keep.ID, GoneID: gone.ID})
				return err
			}
			m := keep
			if i%2 == 1 {
				m = gone
			}
			posted, err := w.engine.Post(context.Background(), engine.PostInput{Key: fmt.Sprint("sale", i), Sale: engine.SaleInput{
				ProgramID: p.ID, MemberID: m.ID, Sum: 1000, Redeem: 30}})
			if err == nil && i%3 == 0 {
				_, err = w.engine.Reverse(context.Background(), engine.ReverseInput{Key: fmt.Sprint("back", i), ProgramID: p.ID, SaleID: posted.SaleID, All: true})
				return err
			}
			spent.Add(int64(posted.Redeemed))
			earned.Add(int64(posted.Earned))
			return err
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if got := w.balance(t, p, keep).Total; int64(got) != 1000-spent.Load()+earned.Load() {
			t.Errorf("balance %d, %d spent, %d earned", got, spent.Load(), earned.Load())
		}
		if got := w.balance(t, p, gone).Total; got != 0 {
			t.Errorf("%d left behind", got)
		}
		standing, err := w.store.Standing(t.Context(), p.ID, keep.ID, engine.StandingQuery{})
		if err != nil || standing.Visits != 13 || standing.Spent != 13000 {
			t.Errorf("standing %+v, %v", standing, err)
		}
		w.verify(t, p)
	})
}

// Sales, the end of points and the daily run at one moment: points end or are spent, never both.
func TestSalesRaceTheDailyRun(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.counterShop(t, 1000000)
		s.Stamps = nil
		s.Lots = rules.Lots{Days: 5, GraceDays: 3}
		s.Rules[0].Limits = rules.Limits{}
		s.Tiers = rules.Tiers{Basis: rules.TierByVisits, WindowDays: 30, KeepDays: 10, Downgrade: rules.DowngradeStep,
			List: []rules.Tier{{ID: "regular", Name: rules.Named("Regular"), From: 3, Coupon: "off"}}}
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		for i := range 10 { // lots of several days, the first of which are over when the race begins
			w.pass(20 * time.Hour)
			if _, err := w.engine.Post(t.Context(), engine.PostInput{Key: fmt.Sprint("before", i), Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 1000}}); err != nil {
				t.Fatal(err)
			}
		}
		had := w.balance(t, p, m) // without the two lots that have ended
		var spent, earned, ended atomic.Int64
		for i, err := range at(12, func(i int) error {
			if i%4 == 3 {
				r, err := w.engine.Daily(context.Background(), p.ID, w.engine.Now(), nil)
				ended.Add(int64(r.Expired.Points))
				return err
			}
			posted, err := w.engine.Post(context.Background(), engine.PostInput{Key: fmt.Sprint("sale", i), Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 1000, Redeem: 5}})
			spent.Add(int64(posted.Redeemed))
			earned.Add(int64(posted.Earned))
			return err
		}) {
			if err != nil && !engine.IsKind(err, engine.KindInsufficient) {
				t.Errorf("call %d: %v", i, err)
			}
		}
		b := w.balance(t, p, m)
		if int64(b.Total) != int64(had.Total)-spent.Load()+earned.Load() || b.Debt != 0 || ended.Load() != 14 {
			t.Errorf("of %d: %d spent, %d earned, %d ended, %+v left", had.Total, spent.Load(), earned.Load(), ended.Load(), b)
		}
		w.verify(t, p)
	})
}

// Checks that go from one card to another and back while others are paid: nobody waits for ever, and the books are right.
func TestCorrectionsCross(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.counterShop(t, 1000000)
		s.Referral = rules.Referral{On: true, Inviter: 10, Friend: 5, Purchase: 1, HoldDays: 5, Levels: []money.Rate{1000, 500}}
		p := w.newProgram(t, s)
		a := w.join(t, p, engine.JoinInput{})
		b := w.join(t, p, engine.JoinInput{InviteTag: a.InviteTag})
		gift := w.sell(t, engine.SellCertificateInput{Key: "g", ProgramID: p.ID, Amount: 100000})
		cards := []engine.Member{a, b}
		sale := func(m engine.Member) engine.SaleInput {
			return engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 1000, Certificates: []string{gift.ID}}
		}
		var sales []string
		for i := range 6 {
			posted, err := w.engine.Post(t.Context(), engine.PostInput{Key: fmt.Sprint("first", i), Sale: sale(cards[i%2])})
			if err != nil {
				t.Fatal(err)
			}
			sales = append(sales, posted.SaleID)
		}
		for i, err := range at(18, func(i int) error {
			ctx := context.Background()
			if i%3 == 2 {
				_, err := w.engine.Post(ctx, engine.PostInput{Key: fmt.Sprint("sale", i), Sale: sale(cards[i%2])})
				return err
			}
			_, err := w.engine.Revise(ctx, engine.ReviseInput{Key: fmt.Sprint("move", i), ProgramID: p.ID, SaleID: sales[i%6], Sale: sale(cards[(i+i/6)%2])})
			return err
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if c := w.left(t, gift).Left; c != 100000-12*1000 {
			t.Errorf("the certificate holds %d", c)
		}
		visits := 0
		for _, m := range cards {
			standing, err := w.store.Standing(t.Context(), p.ID, m.ID, engine.StandingQuery{})
			if err != nil {
				t.Fatal(err)
			}
			visits += standing.Visits
		}
		if visits != 12 {
			t.Errorf("%d visits for 12 checks", visits)
		}
		w.verify(t, p)
	})
}

// Of two cards that are put to one check exactly one is.
func TestOneCardIsPutToACheck(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.counterShop(t, 1000000))
		sold, err := w.engine.Post(t.Context(), engine.PostInput{Key: "sale", Sale: engine.SaleInput{ProgramID: p.ID, Sum: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		guests := make([]engine.Member, 6)
		for i := range guests {
			guests[i] = w.join(t, p, engine.JoinInput{})
		}
		won := 0
		for i, err := range at(len(guests), func(i int) error {
			_, err := w.engine.AttachMember(context.Background(), fmt.Sprint("attach", i), p.ID, sold.SaleID, guests[i].ID, "")
			return err
		}) {
			if got := w.balance(t, p, guests[i]).Total; (err == nil) != (got == 7) {
				t.Errorf("guest %d: balance %d, %v", i, got, err)
			}
			if err == nil {
				won++
			} else {
				wantError(t, fmt.Sprint("loser ", i), err, "sale_has_card")
			}
		}
		if won != 1 {
			t.Errorf("%d cards were put to one check", won)
		}
		w.verify(t, p)
	})
}
