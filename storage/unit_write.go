package storage

import (
	"context"
	"fmt"
	"slices"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// What works change in memory. Every change can be undone.

type dayRef struct {
	ref
	day string
}

type stampRef struct {
	ref
	card string
}

// unitStamp is what works have added to a stamp card.
type unitStamp struct{ delta, rounds int }

// unitCoupon is a coupon as the works leave it.
type unitCoupon struct {
	engine.Coupon
	issued  bool // by a work of the group
	changed bool
}

// InsertSale implements [engine.LedgerWrites].
func (u *unit) InsertSale(ctx context.Context, s engine.Sale, p engine.Posting, plan ledger.Plan) error {
	if s.ReceiptNo != "" {
		_, err := u.SaleByReceipt(ctx, s.ProgramID, s.LocationID, s.Till, s.Business, s.ReceiptNo)
		if err == nil {
			return taken("sale")
		}
		if !engine.IsKind(err, engine.KindNotFound) {
			return err
		}
	}
	if err := u.post(p, plan, &s); err != nil {
		return err
	}
	if s.ReceiptNo != "" {
		put(u, u.receipts, receiptRef{s.ProgramID, engine.Receipt{LocationID: s.LocationID, Till: s.Till, Business: s.Business, No: s.ReceiptNo}}, &s)
	}
	n := len(u.sales)
	u.onUndo(func() { u.sales = u.sales[:n] })
	u.sales = append(u.sales, &s)
	return nil
}

// InsertPosting implements [engine.LedgerWrites].
func (u *unit) InsertPosting(_ context.Context, p engine.Posting, plan ledger.Plan) error {
	return u.post(p, plan, nil)
}

// post keeps a posting, and the sale that it makes, if it makes one.
func (u *unit) post(p engine.Posting, plan ledger.Plan, sale *engine.Sale) error {
	c, err := changeOf(p, plan)
	if err != nil {
		return fmt.Errorf("insert posting %s: %w", p.ID, err)
	}
	if known := u.keys[ref{p.ProgramID, p.Key}]; known != nil {
		return taken("posting")
	}
	row, err := postingRow(p, plan, c, sale, sale != nil)
	if err != nil {
		return err
	}
	if err := checkTexts(row); err != nil {
		return err
	}
	if len(plan.Moves) > 0 || len(plan.Changed) > 0 {
		a := u.accounts[ref{p.ProgramID, p.AccountID}]
		if a == nil || !a.has(plan, c) || !u.reopens(a, plan.Reopened) {
			return u.refuse()
		}
		u.applyChange(a, p.RecordedAt, plan, c)
	}
	put(u, u.keys, ref{p.ProgramID, p.Key}, &p)
	u.follow(p, plan)
	n := len(u.postings)
	u.onUndo(func() { u.postings = u.postings[:n] })
	u.postings = append(u.postings, row)
	return nil
}

// AddActivity implements [engine.MechanicWrites].
func (u *unit) AddActivity(_ context.Context, n engine.Activity) error {
	at := ref{n.ProgramID, n.MemberID}
	a := u.owned[at]
	if a == nil {
		return u.refuse()
	}
	u.change(a)
	s := &a.stand
	s.Visits, s.Spent, s.Earned, s.Referrals = s.Visits+n.Visits, s.Spent+n.Spent, s.Earned+n.Earned, s.Referrals+n.Referrals
	if !n.At.IsZero() {
		if s.FirstVisit.IsZero() || n.At.Before(s.FirstVisit) {
			s.FirstVisit = n.At
		}
		if s.LastVisit.IsZero() || n.At.After(s.LastVisit) {
			s.LastVisit = n.At
		}
	}
	if n.Visits == 0 && n.Spent == 0 && n.Earned == 0 {
		return nil
	}
	if !n.Day.Valid() {
		return fmt.Errorf("write activity: %q is no day", n.Day)
	}
	if n.Counted {
		return nil
	}
	day := n
	if before := u.days[dayRef{at, string(n.Day)}]; before != nil {
		day.Visits, day.Spent, day.Earned = day.Visits+before.Visits, day.Spent+before.Spent, day.Earned+before.Earned
	}
	put(u, u.days, dayRef{at, string(n.Day)}, &day)
	return nil
}

// SetTier implements [engine.MechanicWrites].
func (u *unit) SetTier(_ context.Context, programID, memberID string, t rules.TierState) error {
	a := u.owned[ref{programID, memberID}]
	if a == nil {
		return u.refuse()
	}
	if err := checkTexts([]any{t.ID}); err != nil {
		return err
	}
	u.change(a)
	a.stand.Tier, a.raised = t, true
	return nil
}

// AddStamps implements [engine.MechanicWrites].
func (u *unit) AddStamps(_ context.Context, programID, memberID, card string, delta, rounds int) error {
	at := ref{programID, memberID}
	a := u.owned[at]
	if a == nil {
		return u.refuse()
	}
	if err := checkTexts([]any{card}); err != nil {
		return err
	}
	u.change(a)
	if a.stamps {
		a.stand.Stamps = addStamps(a.stand.Stamps, card, delta, rounds)
	}
	sum := unitStamp{delta, rounds}
	if before := u.stamps[stampRef{at, card}]; before != nil {
		sum.delta, sum.rounds = sum.delta+before.delta, sum.rounds+before.rounds
	}
	put(u, u.stamps, stampRef{at, card}, &sum)
	return nil
}

// addStamps returns counts with some added.
func addStamps(counts []rules.StampCount, card string, delta, rounds int) []rules.StampCount {
	counts = slices.Clone(counts)
	for i := range counts {
		if counts[i].Card == card {
			counts[i].Count, counts[i].Done = counts[i].Count+delta, counts[i].Done+rounds
			return counts
		}
	}
	return append(counts, rules.StampCount{Card: card, Count: delta, Done: rounds})
}

// AddUses implements [engine.MechanicWrites].
func (u *unit) AddUses(ctx context.Context, programID, memberID string, uses []rules.Use) error {
	counters := make([]rules.Counter, len(uses))
	for i, use := range uses {
		if counters[i] = use.Counter; memberID == "" && !use.All {
			return fmt.Errorf("write counters: %s is of a member, and none is given", use.Of)
		}
		if err := checkTexts([]any{use.Of, use.Period}); err != nil {
			return err
		}
	}
	if memberID != "" && u.owned[ref{programID, memberID}] == nil {
		return u.refuse() // others might be counting too
	}
	if err := u.loadUses(ctx, programID, memberID, counters); err != nil {
		return err
	}
	for _, add := range uses {
		at := useAt(programID, memberID, add.Counter)
		next := *u.uses[at]
		next.changed = true
		sum := &next.added
		sum.Counter = add.Counter
		sum.Times, sum.Points, sum.Amount = sum.Times+add.Times, sum.Points+add.Points, sum.Amount+add.Amount
		if add.Last.After(sum.Last) {
			sum.Last = add.Last
		}
		put(u, u.uses, at, &next)
	}
	return nil
}

// InsertCoupons implements [engine.MechanicWrites].
func (u *unit) InsertCoupons(_ context.Context, coupons ...engine.Coupon) error {
	for _, c := range coupons {
		if err := checkTexts(couponRow(c)); err != nil {
			return err
		}
		a := u.owned[ref{c.ProgramID, c.MemberID}]
		if a == nil {
			return u.refuse()
		}
		put(u, u.coupons, ref{c.ProgramID, c.ID}, &unitCoupon{Coupon: c, issued: true, changed: true})
		u.change(a)
		a.showCoupon(c)
	}
	return nil
}

// UpdateCoupon implements [engine.MechanicWrites].
func (u *unit) UpdateCoupon(ctx context.Context, c engine.Coupon, from ...rules.CouponState) error {
	a := u.owned[ref{c.ProgramID, c.MemberID}]
	if a == nil {
		return u.refuse()
	}
	now, err := u.Coupon(ctx, c.ProgramID, c.ID)
	if err != nil {
		return err
	}
	if !slices.Contains(from, now.State) {
		return conflict("coupon")
	}
	if err := checkTexts(couponRow(c)); err != nil {
		return err
	}
	next := now // what an update does not write stays
	next.State, next.From, next.Expires, next.SaleID, next.Reissued, next.UsedAt, next.StaffID = c.State, c.From, c.Expires, c.SaleID, c.Reissued, c.UsedAt, c.StaffID
	put(u, u.coupons, ref{c.ProgramID, c.ID}, &unitCoupon{Coupon: next, issued: u.coupons[ref{c.ProgramID, c.ID}].issued, changed: true})
	u.change(a)
	a.showCoupon(next)
	return nil
}

// showCoupon puts a coupon among those that the standing lists, or takes it off when it is no longer open.
func (a *unitAccount) showCoupon(c engine.Coupon) {
	if !a.coupons {
		return
	}
	coupons := slices.DeleteFunc(slices.Clone(a.stand.Coupons), func(o rules.Coupon) bool { return o.ID == c.ID })
	if openCoupon(c.State) {
		coupons = append(coupons, c.Coupon)
	}
	a.stand.Coupons = coupons
}

// Enqueue implements [engine.MessageWrites].
func (u *unit) Enqueue(ctx context.Context, out ...engine.Outbound) error {
	for _, o := range out {
		if err := u.enqueue(ctx, o); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	return nil
}

func (u *unit) enqueue(ctx context.Context, o engine.Outbound) error {
	if unaddressed(o) {
		t, err := toldOf(o)
		if err != nil {
			return err
		}
		n := len(u.told)
		u.onUndo(func() { u.told = u.told[:n] })
		u.told = append(u.told, t)
		return nil
	}
	reachable, err := u.address(ctx, &o)
	if err != nil || !reachable {
		return err
	}
	notice, err := noticeText(o)
	if err != nil {
		return err
	}
	row := outboxRow(o, notice)
	if err := checkTexts(row); err != nil {
		return err
	}
	n := len(u.out)
	u.onUndo(func() { u.out = u.out[:n] })
	u.out = append(u.out, row)
	return nil
}

// PutReferral implements [engine.MechanicWrites]: it is written at once.
func (u *unit) PutReferral(ctx context.Context, r engine.Referral) error {
	u.through()
	if err := u.writes.PutReferral(ctx, r); err != nil {
		return err
	}
	put(u, u.referrals, ref{r.ProgramID, r.FriendID}, r)
	return nil
}
