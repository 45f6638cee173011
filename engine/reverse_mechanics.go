package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// undoMechanics takes back what a sale did beside moving points, in proportion to the value that came back; what cannot be
// divided goes with the last piece. The accounts are locked.
func (e *Engine) undoMechanics(ctx context.Context, tx Tx, r *giveBack, answer *Posted) error {
	s := &r.sale
	memberID := r.home.MemberID
	if err := lockShared(ctx, tx, s); err != nil {
		return err
	}
	if r.part.gift > 0 {
		if err := e.returnToCertificates(ctx, tx, s.ProgramID, s.ID, r.in.Key, s.Did.Paid, r.part.gift, r.now); err != nil {
			return err
		}
	}
	if memberID == "" {
		return nil
	}
	if err := tx.AddActivity(ctx, r.activity()); err != nil {
		return fmt.Errorf("write activity: %w", err)
	}
	if err := r.undoStamps(ctx, tx, answer); err != nil {
		return err
	}
	if back := usesBack(s.Did.Uses, r.before.ReturnedTotal, s.ReturnedTotal, s.Total, r.whole()); len(back) > 0 {
		if err := tx.AddUses(ctx, s.ProgramID, memberID, back); err != nil {
			return fmt.Errorf("write counters: %w", err)
		}
	}
	if !r.whole() {
		return nil
	}
	if err := r.undoTier(ctx, tx); err != nil {
		return err
	}
	return r.undoCoupons(ctx, tx)
}

// lockShared locks the counters of the whole program that a return moves, before any certificate, as a sale does.
func lockShared(ctx context.Context, tx Tx, s *Sale) error {
	var shared []rules.Counter
	for _, u := range s.Did.Uses {
		if u.All {
			shared = append(shared, u.Counter)
		}
	}
	if len(shared) == 0 {
		return nil
	}
	if _, err := tx.LockUses(ctx, s.ProgramID, shared); err != nil {
		return fmt.Errorf("lock counters: %w", err)
	}
	return nil
}

// undoRewards takes back what others got for the sale. It comes after the posting of the return, for one of them may be the member by now: a
// card that has become part of the member's.
func (e *Engine) undoRewards(ctx context.Context, tx Tx, r *giveBack) error {
	if r.home.MemberID == "" {
		return nil
	}
	if err := e.undoLevels(ctx, tx, r); err != nil {
		return err
	}
	return e.undoReferral(ctx, tx, r)
}

// activity is what the return takes off the member's standing.
func (r *giveBack) activity() Activity {
	a := Activity{ProgramID: r.sale.ProgramID, MemberID: r.home.MemberID, Day: rules.Date(r.sale.Business), Spent: -r.part.spent, Earned: -r.part.earn}
	if onTheHouse(r.sale.Tenders) { // it was none
		return Activity{ProgramID: a.ProgramID, MemberID: a.MemberID}
	}
	if r.whole() && r.sale.Total > 0 {
		a.Visits = -1
	}
	return a
}

func (r *giveBack) undoStamps(ctx context.Context, tx Tx, answer *Posted) error {
	s := &r.sale
	for _, st := range s.Did.Stamps {
		delta := upTo(int64(st.Delta), int64(s.ReturnedTotal), int64(s.Total)) - upTo(int64(st.Delta), int64(r.before.ReturnedTotal), int64(s.Total))
		rounds := 0
		if r.whole() {
			rounds = -st.Rounds
		}
		if delta == 0 && rounds == 0 {
			continue
		}
		if err := tx.AddStamps(ctx, s.ProgramID, r.home.MemberID, st.Card, -int(delta), rounds); err != nil {
			return fmt.Errorf("write stamps: %w", err)
		}
		answer.Stamps = append(answer.Stamps, rules.StampChange{Card: st.Card, Delta: -int(delta), Rounds: rounds})
	}
	return nil
}

// undoTier takes a tier back that a slip has raised, when the slip is undone at the counter: a sum mistyped must not make anybody Gold.
// A return drops no tier, and what other purchases have earned meanwhile stays.
func (r *giveBack) undoTier(ctx context.Context, tx Tx) error {
	before := r.sale.Did.Before
	if !r.in.Undo || before.Held == nil {
		return nil
	}
	program, err := tx.Program(ctx, r.sale.ProgramID)
	if err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	settings, memberID := program.Settings, r.home.MemberID
	standing, err := tx.Standing(ctx, program.ID, memberID, StandingQuery{Since: settings.TierWindow(r.now), Basis: settings.Tiers.Basis})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	if standing.Tier.ID != before.Reached || standing.Tier.ByHand {
		return nil
	}
	next, up := settings.TierAfterSale(*before.Held, standing.Qualified, r.now)
	if up {
		return nil
	}
	if err := tx.SetTier(ctx, program.ID, memberID, next); err != nil {
		return fmt.Errorf("write tier: %w", err)
	}
	if len(r.sale.Did.Prizes) == 0 {
		return nil
	}
	once := rules.Use{Counter: rules.Counter{Of: "tier:" + before.Reached, Period: forEver}, Times: -1}
	if err := tx.AddUses(ctx, program.ID, memberID, []rules.Use{once}); err != nil {
		return fmt.Errorf("write counter: %w", err)
	}
	return revoke(ctx, tx, program.ID, r.sale.Did.Prizes)
}

// undoCoupons gives back the coupons a sale used, each once, and takes back those it gave, as far as they are unused. A check that is
// corrected is no return: its coupons are there for it again, and what it gave is seen to when it is posted anew.
func (r *giveBack) undoCoupons(ctx context.Context, tx Tx) error {
	for _, use := range r.sale.Did.Coupons {
		c, err := tx.Coupon(ctx, r.sale.ProgramID, use.ID)
		if err != nil {
			return fmt.Errorf("read coupon: %w", err)
		}
		if (c.Reissued && !r.revising) || c.SaleID != r.sale.ID {
			continue
		}
		c.State, c.SaleID, c.UsedAt, c.StaffID, c.Reissued = rules.CouponActivated, "", time.Time{}, "", c.Reissued || !r.revising
		if graced := r.settings.ExpiryAfter(r.now, max(r.settings.Lots.GraceDays, 1)); !c.Expires.IsZero() && c.Expires.Before(graced) {
			c.Expires = graced
		}
		if err := tx.UpdateCoupon(ctx, c, rules.CouponApplied); err != nil && !IsKind(err, KindConflict) {
			return fmt.Errorf("give coupon back: %w", err)
		}
	}
	if r.revising {
		return nil
	}
	return revoke(ctx, tx, r.sale.ProgramID, r.sale.Did.Granted)
}

// revoke takes coupons back, as far as they are unused.
func revoke(ctx context.Context, tx Tx, programID string, ids []string) error {
	for _, id := range ids {
		c, err := tx.Coupon(ctx, programID, id)
		if err != nil {
			return fmt.Errorf("read coupon: %w", err)
		}
		c.State = rules.CouponRevoked
		err = tx.UpdateCoupon(ctx, c, rules.CouponIssued, rules.CouponActivated)
		if err != nil && !IsKind(err, KindConflict) { // used already: it stays used
			return fmt.Errorf("revoke coupon: %w", err)
		}
	}
	return nil
}

// undoLevels takes back the shares of whoever brought the guest.
func (e *Engine) undoLevels(ctx context.Context, tx Tx, r *giveBack) error {
	for _, u := range r.sale.Did.Upline {
		part := upTo(int64(u.Points), int64(r.sale.ReturnedTotal), int64(r.sale.Total)) - upTo(int64(u.Points), int64(r.before.ReturnedTotal), int64(r.sale.Total))
		if part == 0 {
			continue
		}
		if err := e.takeBack(ctx, tx, r, "level:"+u.LotID, u.MemberID, u.LotID, money.Points(part)); err != nil {
			return err
		}
	}
	return nil
}

// readReferral finds the reward for a friend that the return calls back: the purchase that paid comes back inside the return
// window, or so much of it that it would not have counted.
func (r *giveBack) readReferral(ctx context.Context, tx Tx) error {
	s := &r.sale
	if left := stillSpent(s); s.Did.Referral == "" || (left > 0 && left >= r.settings.Referral.MinCheck) {
		return nil
	}
	ref, err := tx.Referral(ctx, s.ProgramID, s.Did.Referral)
	if IsKind(err, KindNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read referral: %w", err)
	}
	if ref.State == ReferralPending && ref.SaleID == s.ID {
		r.referral = &ref
	}
	return nil
}

// stillSpent is what is left of a sale that has been spent on it: less discounts, and less what came back.
func stillSpent(s *Sale) money.Amount {
	var left money.Amount
	for i := range s.Lines {
		line := &s.Lines[i]
		paid := int64(line.Net - line.Discount)
		left += money.Amount(paid - lineBack(line, line.ReturnedQty, line.ReturnedNet, paid))
	}
	return left
}

// friendReward is what the friend's own account gives back with a referral.
func (r *giveBack) friendReward() money.Points {
	if r.referral == nil || r.sale.Did.FriendLot == "" {
		return 0
	}
	return r.referral.Friend
}

// undoReferral takes back the reward of whoever brought the guest; the friend's own goes with the points of the sale.
func (e *Engine) undoReferral(ctx context.Context, tx Tx, r *giveBack) error {
	ref := r.referral
	if ref == nil {
		return nil
	}
	if ref.LotID != "" {
		if err := e.takeBack(ctx, tx, r, "referral", ref.InviterID, ref.LotID, ref.Inviter); err != nil {
			return err
		}
	}
	if err := r.uncountReferral(ctx, tx); err != nil {
		return err
	}
	if ref.State, ref.At = ReferralReversed, r.now; r.revising { // it is judged again with the check as it is now
		*ref = Referral{ProgramID: ref.ProgramID, FriendID: ref.FriendID, InviterID: ref.InviterID, State: ReferralJoined, At: r.now}
	}
	if err := tx.PutReferral(ctx, *ref); err != nil {
		return fmt.Errorf("write referral: %w", err)
	}
	return nil
}

// uncountReferral makes room again in what the inviter may be rewarded for in a month.
func (r *giveBack) uncountReferral(ctx context.Context, tx Tx) error {
	inviter, err := memberOf(ctx, tx, r.sale.ProgramID, r.referral.InviterID)
	if err != nil {
		return err
	}
	month := rules.Counter{Of: "referral", Period: r.settings.PeriodKey(rules.PeriodMonth, r.sale.OccurredAt)}
	use := rules.Use{Counter: month, Times: -1, Points: -r.referral.Inviter}
	if err := tx.AddUses(ctx, r.sale.ProgramID, inviter.ID, []rules.Use{use}); err != nil {
		return fmt.Errorf("count referral: %w", err)
	}
	return nil
}

// takeBack claws points back from somebody who was rewarded for the sale, wherever that member is now.
func (e *Engine) takeBack(ctx context.Context, tx Tx, r *giveBack, what, memberID, lotID string, points money.Points) error {
	rewarded, err := memberOf(ctx, tx, r.sale.ProgramID, memberID)
	if err != nil {
		return err
	}
	moved, err := lotsMoved(ctx, tx, r.sale.ProgramID, memberID)
	if err != nil {
		return err
	}
	memberID, lotID = rewarded.ID, moved.of(lotID)
	accountID := rewarded.AccountID
	account, ok := r.others[accountID]
	if accountID == r.home.AccountID {
		account, ok = r.account, true
	}
	if !ok {
		return fmt.Errorf("account %s of a reward is not locked", accountID)
	}
	policy := policyOf(r.settings)
	if r.revising {
		policy = ledger.PolicyDebt // the reward is given again at once
	}
	plan := account.Reverse(ledger.Return{Claw: points, Own: []string{lotID}, Policy: policy}, r.now)
	after := account.Apply(plan)
	if accountID == r.home.AccountID {
		r.account = after
	} else {
		r.others[accountID] = after
	}
	answer := Posted{PostingID: e.newID(), MemberID: memberID, Revoked: points, Balance: BalanceOf(&after, r.now), At: r.now,
		Effects: []rules.Effect{{Rule: "return", State: rules.Applied, Points: -int64(points), Reason: rules.Reason{
			ID: "referral_back", Args: map[string]int64{rules.ArgPoints: int64(points)}}}}}
	remembered, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	key := r.in.Key + ":" + what
	posting := Posting{
		ID: answer.PostingID, ProgramID: r.sale.ProgramID, Kind: ledger.KindReverse, Key: key, Hash: key, MemberID: memberID, AccountID: accountID,
		LocationID: r.sale.LocationID, Version: r.sale.Version, Points: plan.Net(), Debt: after.Debt, Balance: after.Balance(),
		Reasons: answer.Effects, Answer: remembered, OccurredAt: r.now, RecordedAt: r.now,
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return fmt.Errorf("write posting: %w", err)
	}
	return nil
}

// accountsOf lists the accounts a return of a sale moves: of its guest and of whoever was rewarded for it.
func accountsOf(ctx context.Context, tx Tx, s Sale) ([]string, error) {
	ids := []string{s.AccountID}
	for _, u := range s.Did.Upline {
		m, err := memberOf(ctx, tx, s.ProgramID, u.MemberID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, m.AccountID)
	}
	if s.Did.Referral == "" {
		return ids, nil
	}
	ref, err := tx.Referral(ctx, s.ProgramID, s.Did.Referral)
	if IsKind(err, KindNotFound) {
		return ids, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read referral: %w", err)
	}
	inviter, err := memberOf(ctx, tx, s.ProgramID, ref.InviterID)
	if err != nil {
		return nil, err
	}
	return append(ids, inviter.AccountID), nil
}
