package engine

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// couponsFor makes the coupons that grants give a member, without writing them; the caller fills in ProgramID. A kind that needs
// no activation comes activated, a kind with days ends with its last local day. Open are the member's coupons before: a grant that
// would go beyond the kind's MaxOpen, or names a kind the settings no longer know, is skipped with a reason.
func (e *Engine) couponsFor(settings *rules.Settings, memberID string, open []rules.Coupon, grants []rules.Grant, at time.Time, staffID string) (issued []Coupon, skipped []rules.Effect) {
	held := make(map[string]int, len(grants))
	for _, c := range open {
		if openAt(c, at) {
			held[c.Kind]++
		}
	}
	for _, grant := range grants {
		kind, found := settings.CouponKind(grant.Coupon)
		if !found {
			skipped = append(skipped, rules.Effect{Rule: grant.From, State: rules.Skipped, Reason: rules.Reason{ID: "coupon_no_more", Text: grant.Coupon}})
			continue
		}
		if kind.MaxOpen > 0 && held[kind.ID] >= kind.MaxOpen {
			reason := couponReason(settings, "coupon_open_limit", kind)
			reason.Args = map[string]int64{rules.ArgCount: int64(kind.MaxOpen)}
			skipped = append(skipped, rules.Effect{Rule: grant.From, State: rules.Skipped, Reason: reason})
			continue
		}
		held[kind.ID]++
		state := rules.CouponIssued
		if kind.AtOnce {
			state = rules.CouponActivated
		}
		issued = append(issued, Coupon{
			Coupon:   rules.Coupon{ID: e.newID(), Kind: kind.ID, State: state, From: at, Expires: settings.ExpiryAfter(at, kind.Days)},
			MemberID: memberID, Source: grant.From, IssuedAt: at, StaffID: staffID,
		})
	}
	return issued, skipped
}

// openAt reports whether a coupon can still be activated or applied.
func openAt(c rules.Coupon, at time.Time) bool {
	return (c.State == rules.CouponIssued || c.State == rules.CouponActivated) && (c.Expires.IsZero() || c.Expires.After(at))
}

// couponReason is a reason that speaks of a kind of coupons.
func couponReason(settings *rules.Settings, id string, kind rules.CouponKind) rules.Reason {
	of := "coupon:" + kind.ID
	return rules.Reason{ID: id, Of: of, Text: settings.NameOf(of, settings.Languages[0])}
}

// CouponItem is a coupon as its owner or a cashier sees it.
type CouponItem struct {
	Coupon
	// Kind is what the settings say of it now; Known is false when they no longer know it, and Kind has the id alone.
	Kind  rules.CouponKind
	Known bool
}

// couponPage is how many coupons a list shows.
const couponPage = 100

// Coupons lists a member's coupons with their kinds, newest first: the open ones, or with all the past ones too, the newest hundred
// then. A coupon whose time is over is shown as expired before the daily run has ended it.
func (e *Engine) Coupons(ctx context.Context, programID, memberID string, all bool) ([]CouponItem, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	member, err := memberOf(ctx, e.store, programID, memberID)
	if err != nil {
		return nil, err
	}
	coupons, err := e.store.CouponsOf(ctx, programID, member.ID, !all, couponPage)
	if err != nil {
		return nil, fmt.Errorf("read coupons: %w", err)
	}
	now := e.Now()
	items := make([]CouponItem, 0, len(coupons))
	for _, c := range coupons {
		item := CouponItem{Coupon: c}
		open := c.State == rules.CouponIssued || c.State == rules.CouponActivated
		if open && !openAt(c.Coupon, now) {
			if !all {
				continue
			}
			item.State = rules.CouponExpired
		}
		if item.Kind, item.Known = program.Settings.CouponKind(c.Kind); !item.Known {
			item.Kind.ID = c.Kind
		}
		items = append(items, item)
	}
	return items, nil
}

// ActivateCoupon is the guest's wish to have a coupon applied by the next check that fits. Doing it twice is doing it once.
func (e *Engine) ActivateCoupon(ctx context.Context, programID, memberID, couponID string) (Coupon, error) {
	return e.turnCoupon(ctx, programID, memberID, couponID, rules.CouponIssued, rules.CouponActivated)
}

// DeactivateCoupon keeps an activated coupon for later.
func (e *Engine) DeactivateCoupon(ctx context.Context, programID, memberID, couponID string) (Coupon, error) {
	return e.turnCoupon(ctx, programID, memberID, couponID, rules.CouponActivated, rules.CouponIssued)
}

func (e *Engine) turnCoupon(ctx context.Context, programID, memberID, couponID string, from, to rules.CouponState) (Coupon, error) {
	if _, err := e.activeProgram(ctx, programID); err != nil {
		return Coupon{}, err
	}
	var coupon Coupon
	err := e.store.InTx(ctx, func(tx Tx) error {
		member, _, err := lockMember(ctx, tx, programID, memberID)
		if err != nil {
			return err
		}
		if member == nil {
			return fail(KindNotFound, "coupon_unknown")
		}
		if coupon, err = openCoupon(ctx, tx, programID, member.ID, couponID, e.Now()); err != nil {
			return err
		}
		if coupon.State == to {
			return nil
		}
		coupon.State = to
		if err := tx.UpdateCoupon(ctx, coupon, from); err != nil {
			return fmt.Errorf("write coupon: %w", err)
		}
		return nil
	})
	if err != nil {
		return Coupon{}, err
	}
	e.changed(programID, coupon.MemberID)
	return coupon, nil
}

// openCoupon reads a member's own coupon that can still be used.
func openCoupon(ctx context.Context, reads MechanicReads, programID, memberID, couponID string, now time.Time) (Coupon, error) {
	c, err := reads.Coupon(ctx, programID, couponID)
	switch {
	case IsKind(err, KindNotFound), err == nil && c.MemberID != memberID:
		return Coupon{}, fail(KindNotFound, "coupon_unknown")
	case err != nil:
		return Coupon{}, fmt.Errorf("read coupon: %w", err)
	case c.State == rules.CouponApplied:
		return Coupon{}, fail(KindExpired, "coupon_used")
	case !openAt(c.Coupon, now):
		return Coupon{}, fail(KindExpired, "coupon_over")
	}
	return c, nil
}

// GiveCouponInput gives a member a coupon by hand.
type GiveCouponInput struct {
	Key       string
	ProgramID string
	MemberID  string
	Coupon    string // id of a rules.CouponKind
	StaffID   string // a manager or the owner; "" = the operator
	Note      string // why; at most 200 characters
}

// CouponGiven is the answer of calls that issue a coupon.
type CouponGiven struct {
	Posted
	Coupon Coupon
}

// GiveCoupon gives a member a coupon by hand; it is audited, and the guest is told. Beyond the kind's MaxOpen it is KindLimit.
func (e *Engine) GiveCoupon(ctx context.Context, in GiveCouponInput) (CouponGiven, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return CouponGiven{}, err
	}
	if in.Note = strings.TrimSpace(in.Note); utf8.RuneCountInString(in.Note) > 200 {
		return CouponGiven{}, fail(KindInvalid, "note_too_long", "Max", 200)
	}
	if in.MemberID == "" {
		return CouponGiven{}, fail(KindInvalid, "member_missing")
	}
	posted, err := e.perform(ctx, deed{
		key: in.Key, input: in, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindCoupon, note: in.Note,
		do: func(tx Tx, s *doing) error {
			if _, err := serving(ctx, tx, in.ProgramID, in.StaffID, s.member.ID, true); err != nil {
				return err
			}
			kind, found := program.Settings.CouponKind(in.Coupon)
			if !found {
				return fail(KindNotFound, "coupon_kind_unknown")
			}
			coupon, err := e.grant(ctx, tx, program, s, rules.Grant{Coupon: kind.ID, From: "staff"}, in.StaffID, "")
			if err != nil {
				return err
			}
			s.answer.Effects = []rules.Effect{{Rule: couponRule + coupon.ID, State: rules.Applied, Reason: couponReason(program.Settings, "coupon_given", kind)}}
			s.tell = &Notice{Kind: NoticeCoupon, Args: couponArgs(program.Settings, coupon, kind)}
			return tx.InsertAudit(ctx, e.audit(in.ProgramID, in.StaffID, "coupon_given", coupon.ID, map[string]any{
				"member": s.member.ID, "kind": kind.ID, "note": in.Note}))
		},
	})
	return e.couponGiven(ctx, in.ProgramID, posted, err)
}

// couponGiven completes an answer with the coupon it speaks of.
func (e *Engine) couponGiven(ctx context.Context, programID string, posted Posted, err error) (CouponGiven, error) {
	if err != nil {
		return CouponGiven{}, err
	}
	given := CouponGiven{Posted: posted}
	if given.Coupon, err = e.store.Coupon(ctx, programID, posted.Coupons[0]); err != nil {
		return CouponGiven{}, fmt.Errorf("read coupon: %w", err)
	}
	return given, nil
}

// couponArgs is what a notice says of a coupon: its kind and id, the kind's name in the program's first language, and the last day it is
// good for ("" for ever).
func couponArgs(settings *rules.Settings, c Coupon, kind rules.CouponKind) map[string]any {
	until := ""
	if !c.Expires.IsZero() {
		until = string(lastDay(c.Expires, settings.Zone))
	}
	return map[string]any{"coupon": kind.ID, "coupon_id": c.ID, "name": settings.NameOf("coupon:"+kind.ID, settings.Languages[0]), "until": until}
}
