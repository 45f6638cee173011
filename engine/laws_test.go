package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/storagetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// histories is how many random histories the laws are held against, unless -rapid.checks says otherwise.
const histories = 200

// Whatever guests, tills and the calendar do to a shop with any mixture of mechanics: quotes come true, a key acts once, a correction to
// what was changes nothing, parts of a return add up to the whole, a check that came back leaves no trace, and the books are right.
func TestLawsOfHistories(t *testing.T) {
	checks(t, histories)
	w := newWorld(t, storagetest.SQLite(t))
	rapid.Check(t, func(rt *rapid.T) {
		h := w.history(t, rt)
		for range h.n("deeds", 3, 12) {
			h.step()
		}
		w.verify(t, h.program)
		if t.Failed() {
			rt.Fatal("the books are wrong")
		}
	})
}

func checks(t *testing.T, n int) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	if given {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(before); err != nil {
			t.Error(err)
		}
	})
}

// history is a shop and its guests while things happen.
type history struct {
	*world
	*rapid.T
	ctx     context.Context
	program engine.Program
	guests  []engine.Member // of whom each but the first was brought by the one before
	gifts   []engine.Certificate
	sales   []string
	keys    int
}

func (h *history) n(name string, low, high int) int {
	return rapid.IntRange(low, high).Draw(h.T, name)
}
func (h *history) yes(name string) bool { return h.n(name, 0, 1) == 1 }

// some is mostly 0.
func (h *history) some(name string, v int) int { return v * (h.n(name, 0, 2) / 2) }

func (h *history) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *history) key() string { h.keys++; return fmt.Sprint("k", h.keys) }

func (w *world) history(t *testing.T, rt *rapid.T) *history {
	w.now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	h := &history{world: w, T: rt, ctx: t.Context()}
	s := h.shop(w.draft(t))
	w.made++
	var err error
	h.program, err = w.engine.CreateProgram(h.ctx, fmt.Sprint("law-", w.made), s, engine.ProgramActive)
	if err != nil {
		rt.Fatalf("settings: %v", err)
	}
	tag := ""
	for i := range 3 {
		j, err := w.engine.Join(h.ctx, engine.JoinInput{ProgramID: h.program.ID, Name: fmt.Sprint("Guest ", i), Language: "uk", Channel: "telegram", Text: "t", InviteTag: tag})
		h.must(err)
		tag = j.Member.InviteTag
		h.guests = append(h.guests, j.Member)
	}
	if s.Gifts.On {
		for range 2 {
			sold, err := w.engine.SellCertificate(h.ctx, engine.SellCertificateInput{Key: h.key(), ProgramID: h.program.ID, Amount: 50000})
			h.must(err)
			h.gifts = append(h.gifts, sold.Certificate)
		}
	}
	return h
}

// shop draws settings in which every mechanic may be there.
func (h *history) shop(s *rules.Settings) *rules.Settings {
	s.Unit = rules.Unit{Name: "bonus", Decimals: 2, StepWorth: 1}
	if h.yes("whole points") {
		s.Unit = rules.Unit{Name: "bonus", StepWorth: 100}
	}
	s.Staff = rules.StaffLimits{HoldSeconds: 60}
	s.Welcome, s.Earn.MinCheck, s.Redeem = rules.Welcome{}, 0, rules.Redeem{Limit: money.Rate(h.n("limit", 1, 20) * 500)}
	s.Earn.Rate, s.Earn.PendingDays = money.Rate(h.n("rate", 0, 20)*50), h.some("pending days", 5)
	s.Earn.PerVisit = money.Points(h.some("per visit", 7))
	s.Earn.Basis = rapid.SampledFrom([]rules.Basis{rules.BasisPaid, rules.BasisTotal}).Draw(h.T, "basis")
	s.Earn.Caps = rules.EarnCaps{PerDay: money.Points(h.some("per day", 3000)), SalesPerDay: h.some("sales a day", 3)}
	s.Redeem.Caps = rules.RedeemCaps{PerDay: money.Points(h.some("spent a day", 2000))}
	s.Discount = rules.Discount{Rate: money.Rate(h.some("discount", 500)), MaxShare: money.Rate(h.some("max share", 5000))}
	s.Lots = rules.Lots{Days: h.n("life", 6, 60), GraceDays: h.n("grace", 1, 14), Sliding: h.yes("sliding")}
	s.Returns.Policy = rapid.SampledFrom([]rules.ReturnPolicy{rules.ReturnDebt, rules.ReturnDebt, rules.ReturnToZero, rules.ReturnPendingOnly}).Draw(h.T, "policy")
	if h.yes("welcome") {
		s.Welcome = rules.Welcome{Points: 300, Days: 9, WithPurchase: h.yes("with purchase")}
	}
	half := money.Rate(5000)
	s.Goods = []rules.Category{{ID: "coffee", Name: rules.Named("Coffee")}, {ID: "cake", Name: rules.Named("Cake"), Limit: &half},
		{ID: "card", Name: rules.Named("Card"), StoredValue: true}}
	s.Coupons = []rules.CouponKind{{ID: "ten", Name: rules.Named("Ten"), Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 1000}, AtOnce: true, Days: 5, MaxOpen: 2},
		{ID: "double", Name: rules.Named("Double"), Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}, AtOnce: true, MaxOpen: 3}}
	if h.yes("stamps") {
		s.Stamps = []rules.StampCard{{ID: "cup", Name: rules.Named("Cup"), Every: h.n("every", 2, 6), Goods: rules.Goods{Categories: []string{"coffee"}}},
			{ID: "visit", Name: rules.Named("Visit"), Every: 3, PerCheck: true, Coupon: "ten"}}
	}
	if h.yes("tiers") {
		basis := rapid.SampledFrom([]rules.TierBasis{rules.TierBySpend, rules.TierByVisits, rules.TierByPoints}).Draw(h.T, "by")
		s.Tiers = rules.Tiers{Basis: basis, WindowDays: h.some("window", 30), KeepDays: h.some("keep", 20), Downgrade: rules.DowngradeStep, List: []rules.Tier{
			{ID: "silver", Name: rules.Named("Silver"), From: int64(h.n("silver", 1, 3)), Rate: 700, Discount: 300},
			{ID: "gold", Name: rules.Named("Gold"), From: 30000, Rate: 1000, Coupon: "double"}}}
	}
	if h.yes("referral") {
		s.Referral = rules.Referral{On: true, Inviter: 100, Friend: money.Points(h.some("friend", 50)), MinCheck: money.Amount(h.some("friend's check", 5000)),
			Purchase: 1, HoldDays: h.some("hold", 7), MaxPerMonth: h.some("a month", 1)}
		if h.yes("levels") {
			s.Referral.Levels = []money.Rate{500, 200}
		}
	}
	s.Gifts = rules.Certificates{On: h.yes("certificates"), Max: 100000}
	s.Transfer.On = true
	for i := range h.n("rules", 0, 4) {
		s.Rules = append(s.Rules, h.rule(fmt.Sprint("r", i)))
	}
	return s
}

func (h *history) rule(id string) rules.Rule {
	r := rules.Rule{ID: id, Name: rules.Named(id), On: rules.TriggerSale}
	limits := rules.Limits{Times: h.some("times", 2), TotalTimes: h.some("total", 3), CooldownDays: h.some("cooldown", 2)}
	r.Gives.Kind = rapid.SampledFrom([]rules.BenefitKind{rules.GivesRate, rules.GivesExtraRate, rules.GivesPoints, rules.GivesMultiply, rules.GivesDiscount,
		rules.GivesMoneyOff, rules.GivesFree, rules.GivesBundle, rules.GivesCoupon}).Draw(h.T, "gives")
	switch r.Gives.Kind {
	case rules.GivesRate, rules.GivesExtraRate, rules.GivesDiscount:
		r.Gives.Rate = 900
	case rules.GivesMultiply:
		r.Gives.Rate = 20000
	case rules.GivesPoints:
		r.Gives.Points, r.ValidDays = 40, h.some("valid", 4)
		limits.Budget = money.Points(h.some("budget", 100))
	case rules.GivesMoneyOff:
		r.Gives.Amount = 500
		limits.BudgetMoney = money.Amount(h.some("budget", 1200))
	case rules.GivesBundle:
		r.Gives.Of, r.Gives.Free = 3, 1
	case rules.GivesCoupon:
		r.Gives.Coupon = "ten"
	}
	r.Limits = limits
	switch h.n("when", 0, 4) {
	case 0:
		r.When.Goods.Categories = []string{"coffee"}
	case 1:
		r.When.Purchase = 1
	case 2:
		r.When.MinCheck = 8000
	case 3:
		r.When.Absent = rules.Absence{Days: 3}
	}
	return r
}

// step is one thing that happens.
func (h *history) step() {
	switch deed := h.n("deed", 0, 12); deed {
	default:
		h.sell()
	case 0:
		h.pass(time.Duration(h.n("hours", 1, 100)) * time.Hour)
	case 1:
		r, err := h.engine.Daily(h.ctx, h.program.ID, h.now, nil)
		if err != nil {
			h.Fatalf("daily: %+v, %v", r, err)
		}
	case 2:
		_, err := h.engine.Adjust(h.ctx, engine.AdjustInput{Key: h.key(), ProgramID: h.program.ID, MemberID: h.guest().ID, Points: money.Points(h.n("given", 1, 5000)), Note: "n"})
		h.must(err)
	case 3:
		from, to := h.guest(), h.guest()
		_, err := h.engine.Transfer(h.ctx, engine.TransferInput{Key: h.key(), ProgramID: h.program.ID, FromMember: from.ID, ToMember: to.ID, Points: money.Points(h.n("moved", 1, 500))})
		h.refused(err)
	case 4:
		h.returnSome()
	case 5:
		if len(h.sales) > 0 {
			_, err := h.engine.Revise(h.ctx, engine.ReviseInput{Key: h.key(), ProgramID: h.program.ID, SaleID: h.pickSale(), Sale: h.check(h.guest())})
			h.refused(err)
		}
	case 6:
		keep, gone := h.guest(), h.guest()
		_, err := h.engine.Merge(h.ctx, engine.MergeInput{Key: h.key(), ProgramID: h.program.ID, KeepID: keep.ID, GoneID: gone.ID})
		h.refused(err)
	case 7:
		_, err := h.engine.GiveCoupon(h.ctx, engine.GiveCouponInput{Key: h.key(), ProgramID: h.program.ID, MemberID: h.guest().ID, Coupon: "ten"})
		h.refused(err)
	}
}

// refused lets pass what the rules do not allow; anything else is a fault.
func (h *history) refused(err error) {
	h.Helper()
	var e *engine.Error
	if err != nil && !errors.As(err, &e) {
		h.Fatal(err)
	}
}

func (h *history) guest() engine.Member { return h.guests[h.n("guest", 0, len(h.guests)-1)] }
func (h *history) pickSale() string     { return h.sales[h.n("sale", 0, len(h.sales)-1)] }

// check draws a check of a guest.
func (h *history) check(m engine.Member) engine.SaleInput {
	in := engine.SaleInput{ProgramID: h.program.ID, MemberID: m.ID, Till: "1"}
	for range h.n("lines", 1, 4) {
		in.Lines = append(in.Lines, rules.Line{Category: rapid.SampledFrom([]string{"coffee", "coffee", "cake", "", "card"}).Draw(h.T, "goods"),
			Quantity: money.Quantity(h.n("quantity", 1, 6) * 500), Net: money.Amount(h.n("net", 1, 9000)), NoEarn: h.n("no earn", 0, 8) == 0})
	}
	for _, g := range h.gifts {
		if h.n("gift", 0, 3) == 0 {
			in.Certificates = append(in.Certificates, g.ID)
		}
	}
	switch h.n("occurred", 0, 5) {
	case 0:
		in.OccurredAt = h.now.Add(-time.Duration(h.n("late", 1, 50)) * time.Hour)
	case 1:
		in.NoCoupons = true
	}
	return in
}

// sell makes a check, and holds the laws against it.
func (h *history) sell() {
	in := h.check(h.guest())
	most, err := h.engine.Quote(h.ctx, in)
	if err != nil {
		h.refused(err)
		in.Certificates = nil // one of them is empty
		most, err = h.engine.Quote(h.ctx, in)
		h.must(err)
	}
	if most.RedeemLimit > 0 && h.yes("spend") {
		in.Redeem = money.Points(rapid.Int64Range(1, int64(most.RedeemLimit)).Draw(h.T, "spent"))
	}
	quote, err := h.engine.Quote(h.ctx, in)
	h.must(err)
	before := h.look()
	post := engine.PostInput{Key: h.key(), Sale: in}
	posted, err := h.engine.Post(h.ctx, post)
	h.must(err)
	h.sales = append(h.sales, posted.SaleID)
	if posted.Earned != quote.Earn || posted.Payable != quote.Payable || posted.Redeemed != quote.Redeem || posted.Discount != quote.Discount ||
		posted.Certificate != quote.Certificate || !cmp.Equal(posted.Stamps, quote.Stamps) {
		h.Fatalf("quoted %+v\nposted %+v", quote.Result, posted)
	}
	after := h.look()
	again, err := h.engine.Post(h.ctx, post)
	h.must(err)
	if h.same("a repeated call", after, h.look()); !again.Replayed || again.PostingID != posted.PostingID || again.Earned != posted.Earned ||
		again.Balance.Total != posted.Balance.Total || !slices.Equal(again.Coupons, posted.Coupons) || len(again.Issues) != len(posted.Issues) {
		h.Fatalf("answered %+v\nthen %+v", posted, again)
	}
	if h.yes("correct") {
		_, err := h.engine.Revise(h.ctx, engine.ReviseInput{Key: h.key(), ProgramID: h.program.ID, SaleID: posted.SaleID, Sale: in})
		h.must(err)
		h.same("a correction to what was", after, h.look())
	}
	if h.yes("return") {
		h.returnAll(posted, before)
	}
}

// returnAll brings a check back in parts that come to the whole, after which all is as before it.
func (h *history) returnAll(posted engine.Posted, before picture) {
	var cash, gift money.Amount
	var restored money.Points
	for part := 0; ; part++ {
		sale, err := h.store.Sale(h.ctx, h.program.ID, posted.SaleID)
		h.must(err)
		left := sale.Total - sale.ReturnedTotal
		if left == 0 {
			break
		}
		in := engine.ReverseInput{Key: h.key(), ProgramID: h.program.ID, SaleID: sale.ID, All: true}
		line := sale.Lines[h.n("line", 0, len(sale.Lines)-1)]
		switch kind := h.n("part", 0, 2); {
		case part > 4:
		case kind == 0:
			in.All, in.Amount = false, money.Amount(rapid.Int64Range(1, int64(left)).Draw(h.T, "amount"))
		case kind == 1 && line.ReturnedQty < line.Quantity:
			in.All = false
			in.Lines = []engine.ReversedLine{{No: line.No, Quantity: money.Quantity(rapid.Int64Range(1, int64(line.Quantity-line.ReturnedQty)).Draw(h.T, "units"))}}
		}
		dry := in
		dry.DryRun = true
		said, err := h.engine.Reverse(h.ctx, dry)
		h.must(err)
		got, err := h.engine.Reverse(h.ctx, in)
		h.must(err)
		if said.CashBack != got.CashBack || said.Restored != got.Restored || said.Revoked != got.Revoked || said.GiftBack != got.GiftBack || said.Balance.Total != got.Balance.Total {
			h.Fatalf("a dry run said %+v\nthen %+v", said, got)
		}
		cash, gift, restored = cash+got.CashBack, gift+got.GiftBack, restored+got.Restored
		after := h.look()
		again, err := h.engine.Reverse(h.ctx, in)
		h.must(err)
		if h.same("a repeated return", after, h.look()); !again.Replayed || again.PostingID != got.PostingID {
			h.Fatalf("answered %+v\nthen %+v", got, again)
		}
	}
	if cash != posted.Payable || gift != posted.Certificate || restored != posted.Redeemed {
		h.Fatalf("returned %d, %d to certificates and %d points of %+v", cash, gift, restored, posted)
	}
	after := h.look()
	if h.program.Settings.Returns.Policy != rules.ReturnDebt { // what is forgiven stays with the guests
		before.points, after.points = nil, nil
	}
	for coupon := range after.coupons {
		if _, had := before.coupons[coupon]; !had && strings.Contains(coupon, " tier:") { // what a tier gave stays with it
			delete(after.coupons, coupon)
		}
	}
	for coupon := range before.coupons {
		c, err := h.store.Coupon(h.ctx, h.program.ID, strings.Fields(coupon)[1])
		if h.must(err); c.Reissued && c.State == rules.CouponApplied { // it has come back before, and does so once
			delete(before.coupons, coupon)
		}
	}
	h.same("a check that came back", before, after)
}

// returnSome brings a part of some check back.
func (h *history) returnSome() {
	if len(h.sales) == 0 {
		return
	}
	_, err := h.engine.Reverse(h.ctx, engine.ReverseInput{Key: h.key(), ProgramID: h.program.ID, SaleID: h.pickSale(), Amount: money.Amount(h.n("some", 1, 5000))})
	h.refused(err)
}

// picture is what the laws compare: everything that a check moves and that a return of it puts back.
type picture struct {
	points   map[string]money.Points // balance and debt of each guest
	stamps   map[string]int
	uses     map[string]rules.Use
	coupons  map[string]bool
	gifts    map[string]money.Amount
	standing map[string][3]int64
}

func (h *history) look() picture {
	p := picture{map[string]money.Points{}, map[string]int{}, map[string]rules.Use{}, map[string]bool{}, map[string]money.Amount{}, map[string][3]int64{}}
	counters := h.program.Settings.Counters(h.now)
	for i, m := range h.guests {
		name := fmt.Sprint(i, " ")
		a, err := h.store.Account(h.ctx, h.program.ID, m.AccountID)
		h.must(err)
		p.points[name], p.points[name+"debt"] = a.Balance(), a.Debt
		s, err := h.store.Standing(h.ctx, h.program.ID, m.ID, engine.StandingQuery{Counters: counters})
		h.must(err)
		p.standing[name] = [3]int64{int64(s.Visits), int64(s.Spent), int64(s.Earned)}
		for _, st := range s.Stamps {
			if st.Count != 0 {
				p.stamps[name+st.Card] = st.Count
			}
			if st.Done != 0 {
				p.stamps[name+st.Card+" rounds"] = st.Done
			}
		}
		for _, u := range s.Uses {
			if u.Last = (time.Time{}); u.Times != 0 || u.Points != 0 || u.Amount != 0 {
				p.uses[fmt.Sprint(name, u.Counter)] = u
			}
		}
		coupons, err := h.store.CouponsOf(h.ctx, h.program.ID, m.ID, true, 1000)
		h.must(err)
		for _, c := range coupons {
			p.coupons[fmt.Sprint(name, c.ID, " ", c.Source)] = true
		}
	}
	for _, g := range h.gifts {
		c, err := h.store.Certificate(h.ctx, h.program.ID, g.ID)
		h.must(err)
		p.gifts[g.ID] = c.Left
	}
	return p
}

func (h *history) same(what string, was, is picture) {
	h.Helper()
	if diff := cmp.Diff(was, is, cmp.AllowUnexported(picture{})); diff != "" {
		h.Fatalf("%s changes something:\n%s", what, diff)
	}
}
