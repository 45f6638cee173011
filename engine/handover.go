package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// HandOverInput says that a cashier gave a guest what a coupon is for.
type HandOverInput struct {
	Key       string
	ProgramID string
	MemberID  string
	CouponID  string
	StaffID   string // "" = the operator
}

// HandOver marks a coupon used whose kind is handed over by staff: a reward fetched, the free coffee of a full card. It asks for no
// check and, because the guest is there and asks for it, for no activation. Coupons that a check has to apply are KindInvalid. The
// answer's PostingID is what [Engine.UndoHandOver] takes.
func (e *Engine) HandOver(ctx context.Context, in HandOverInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	if in.MemberID == "" {
		return Posted{}, fail(KindInvalid, "member_missing")
	}
	return e.perform(ctx, deed{
		key: in.Key, input: in, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindCoupon,
		do: func(tx Tx, s *doing) error {
			if _, err := serving(ctx, tx, in.ProgramID, in.StaffID, s.member.ID, false); err != nil {
				return err
			}
			coupon, err := openCoupon(ctx, tx, in.ProgramID, s.member.ID, in.CouponID, s.now)
			if err != nil {
				return err
			}
			kind, found := program.Settings.CouponKind(coupon.Kind)
			switch {
			case !found:
				return fail(KindNotFound, "coupon_kind_unknown")
			case !kind.ByHand:
				return fail(KindInvalid, "coupon_needs_check")
			}
			coupon.State, coupon.UsedAt, coupon.StaffID = rules.CouponApplied, s.now, in.StaffID
			if err := tx.UpdateCoupon(ctx, coupon, rules.CouponIssued, rules.CouponActivated); err != nil {
				return fmt.Errorf("write coupon: %w", err)
			}
			s.answer.Effects = []rules.Effect{{Rule: couponRule + coupon.ID, State: rules.Applied, Reason: couponReason(program.Settings, "coupon_handed_over", kind)}}
			s.tell = &Notice{Kind: NoticeCouponUsed, Args: couponArgs(program.Settings, coupon, kind)}
			return nil
		},
	})
}

// couponRule begins the rule of effects that speak of one coupon.
const couponRule = "coupon:"

// UndoHandOverInput takes a hand-over back.
type UndoHandOverInput struct {
	Key       string
	ProgramID string
	PostingID string // of the hand-over
	StaffID   string // who made it, or a manager; "" = the operator, at any time
}

// UndoHandOver takes back a hand-over made by mistake, within the minutes the program gives for it: the coupon is activated again.
func (e *Engine) UndoHandOver(ctx context.Context, in UndoHandOverInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	done, err := e.store.Posting(ctx, in.ProgramID, in.PostingID)
	if err != nil && !IsKind(err, KindNotFound) {
		return Posted{}, fmt.Errorf("read hand-over: %w", err)
	}
	couponID, handedOver := handOverOf(done)
	if !handedOver {
		return Posted{}, fail(KindNotFound, "hand_over_unknown")
	}
	return e.perform(ctx, deed{
		key: in.Key, input: in, program: program, memberID: done.MemberID, staffID: in.StaffID, kind: ledger.KindCoupon, reverses: done.ID,
		do: func(tx Tx, s *doing) error {
			if err := mayUndo(ctx, tx, program.Settings, in, done, s); err != nil {
				return err
			}
			coupon, err := tx.Coupon(ctx, in.ProgramID, couponID)
			if err != nil {
				return fmt.Errorf("read coupon: %w", err)
			}
			// The same coupon may have been handed over again since.
			if coupon.State != rules.CouponApplied || !coupon.UsedAt.Equal(done.OccurredAt) {
				return fail(KindConflict, "hand_over_undone")
			}
			coupon.State, coupon.UsedAt, coupon.StaffID = rules.CouponActivated, time.Time{}, ""
			if err := tx.UpdateCoupon(ctx, coupon, rules.CouponApplied); err != nil {
				return fmt.Errorf("write coupon: %w", err)
			}
			kind, found := program.Settings.CouponKind(coupon.Kind)
			if !found {
				kind.ID = coupon.Kind
			}
			s.answer.Effects = []rules.Effect{{Rule: couponRule + coupon.ID, State: rules.Applied, Reason: couponReason(program.Settings, "coupon_back", kind)}}
			s.tell = &Notice{Kind: NoticeCouponBack, Args: couponArgs(program.Settings, coupon, kind)}
			return nil
		},
	})
}

// handOverOf returns the coupon a posting handed over.
func handOverOf(p Posting) (couponID string, ok bool) {
	if p.Kind != ledger.KindCoupon || len(p.Reasons) != 1 || p.Reasons[0].Reason.ID != "coupon_handed_over" {
		return "", false
	}
	return strings.CutPrefix(p.Reasons[0].Rule, couponRule)
}

// mayUndo decides whether this person may take this hand-over back now.
func mayUndo(ctx context.Context, tx Tx, settings *rules.Settings, in UndoHandOverInput, done Posting, s *doing) error {
	if in.StaffID == "" {
		return nil
	}
	staff, err := serving(ctx, tx, in.ProgramID, in.StaffID, s.member.ID, false)
	if err != nil {
		return err
	}
	if done.StaffID != in.StaffID && !staff.Role.Manages() {
		return fail(KindForbidden, "hand_over_not_yours")
	}
	if minutes := settings.Staff.UndoMinutes; s.now.Sub(done.RecordedAt) > time.Duration(minutes)*time.Minute {
		return fail(KindExpired, "hand_over_too_late", "Minutes", minutes)
	}
	return nil
}
