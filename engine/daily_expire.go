package engine

import (
	"context"
	"fmt"

	"kartka/engine/rules"
)

// expire ends what is over by the run's instant: points, coupons, certificates, and the return windows that make friends effective ones.
func (r *dailyRun) expire(ctx context.Context) {
	sum, err := r.engine.ExpireDue(ctx, r.program.ID, r.at, func(sum Expired) {
		if r.progress != nil {
			r.progress(StepExpire, sum.Accounts)
		}
	})
	if err != nil {
		r.fail(err)
	}
	r.report.Expired.Accounts += sum.Accounts
	r.report.Expired.Points += sum.Points

	store, programID := r.engine.store, r.program.ID
	visit(ctx, r, StepExpire, func(after string, limit int) ([]Coupon, error) {
		return store.CouponsDue(ctx, programID, r.at, after, limit)
	}, func(c Coupon) string { return c.ID }, func(c Coupon) (*errand, error) { return r.endCoupon(ctx, c), nil })
	visit(ctx, r, StepExpire, func(after string, limit int) ([]Certificate, error) {
		return store.CertificatesDue(ctx, programID, r.at, after, limit)
	}, func(c Certificate) string { return c.ID }, func(c Certificate) (*errand, error) { return r.endCertificate(ctx, c), nil })
	if r.program.State != ProgramActive {
		return
	}
	visit(ctx, r, StepExpire, func(after string, limit int) ([]Referral, error) {
		return store.ReferralsDue(ctx, programID, r.at, after, limit)
	}, func(f Referral) string { return f.FriendID }, func(f Referral) (*errand, error) { return r.makeEffective(ctx, f), nil })
}

// endCoupon ends a coupon that nobody has used.
func (r *dailyRun) endCoupon(ctx context.Context, due Coupon) *errand {
	ended := false
	return r.errandFor(func(tx Tx) error {
		ended = false
		if _, _, err := lockMember(ctx, tx, r.program.ID, due.MemberID); err != nil {
			return err
		}
		c, err := tx.Coupon(ctx, r.program.ID, due.ID)
		if err != nil {
			return fmt.Errorf("read coupon: %w", err)
		}
		if c.Expires.IsZero() || c.Expires.After(r.at) { // came back with a return meanwhile
			return nil
		}
		c.State = rules.CouponExpired
		err = tx.UpdateCoupon(ctx, c, rules.CouponIssued, rules.CouponActivated)
		if IsKind(err, KindConflict) { // used meanwhile
			return nil
		}
		if err != nil {
			return fmt.Errorf("end coupon: %w", err)
		}
		ended = true
		return nil
	}, func() {
		if ended {
			r.report.Coupons++
		}
	}, due.MemberID)
}

// endCertificate ends a gift certificate: what is left on it is forfeited.
func (r *dailyRun) endCertificate(ctx context.Context, due Certificate) *errand {
	ended := false
	return r.errandFor(func(tx Tx) error {
		ended = false
		c, err := tx.LockCertificate(ctx, r.program.ID, due.ID)
		if err != nil {
			return fmt.Errorf("lock certificate: %w", err)
		}
		if c.State != CertificateActive || c.ExpiresAt.IsZero() || c.ExpiresAt.After(r.at) {
			return nil
		}
		due = c
		c.State, c.Left = CertificateExpired, 0
		if err := tx.UpdateCertificate(ctx, c); err != nil {
			return fmt.Errorf("end certificate: %w", err)
		}
		ended = true
		if due.Left == 0 {
			return nil
		}
		// A return may give it money and new life, and then it may end once more: the end is part of the key.
		key := "end:" + c.ID + ":" + c.ExpiresAt.Format("20060102T150405.000000")
		err = tx.InsertCertificateMove(ctx, CertificateMove{ID: r.engine.newID(), ProgramID: r.program.ID, CertificateID: c.ID, Key: key,
			Amount: -due.Left, At: r.given()})
		if err != nil {
			return fmt.Errorf("write movement of certificate: %w", err)
		}
		return nil
	}, func() {
		if ended {
			r.report.Certificates++
			r.report.Forfeited += due.Left
		}
	})
}

// makeEffective counts a friend whose purchase has outlived the return window for whoever brought the friend. That may be what a tier
// was waiting for.
func (r *dailyRun) makeEffective(ctx context.Context, due Referral) *errand {
	effective, up := false, false
	return r.errandFor(func(tx Tx) error {
		effective, up = false, false
		inviter, _, err := lockMember(ctx, tx, r.program.ID, due.InviterID)
		if err != nil || inviter == nil {
			return err
		}
		f, err := tx.Referral(ctx, r.program.ID, due.FriendID)
		if err != nil {
			return fmt.Errorf("read referral: %w", err)
		}
		if f.State != ReferralPending || f.DueAt.After(r.at) { // returned meanwhile
			return nil
		}
		f.State = ReferralPaid
		if err := tx.PutReferral(ctx, f); err != nil {
			return fmt.Errorf("write referral: %w", err)
		}
		effective = true
		if inviter.State == MemberErased {
			return nil
		}
		err = tx.AddActivity(ctx, Activity{ProgramID: r.program.ID, MemberID: inviter.ID, Day: rules.DateOf(r.at, r.settings.Zone), Referrals: 1})
		if err != nil {
			return fmt.Errorf("write activity: %w", err)
		}
		standing, err := tx.Standing(ctx, r.program.ID, inviter.ID, StandingQuery{Since: r.settings.TierWindow(r.at), Basis: r.settings.Tiers.Basis})
		if err != nil {
			return fmt.Errorf("read standing: %w", err)
		}
		reached, told, coupons, err := r.engine.raiseTier(ctx, tx, r.program, inviter.ID, standing, r.given())
		if err != nil || reached == "" {
			return err
		}
		up = true
		if err := insertCoupons(ctx, tx, coupons); err != nil {
			return err
		}
		return r.enqueue(ctx, tx, *told)
	}, func() {
		if effective {
			r.report.Friends++
		}
		if up {
			r.report.Up++
		}
	}, due.InviterID)
}
