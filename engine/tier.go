package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/rules"
)

// raiseTier gives a member the tier that a purchase or an effective friend has earned: it counts from the next purchase on. The caller
// holds the lock of the member's account and hands in the standing as it is after the sale.
//
// The tier is written. The rest is left to the caller: reached is the id of the new tier, "" when the member stays; notice tells the
// member, for a caller whose receipt does not; coupons are what the tier gives, once to each member, to be written.
func (e *Engine) raiseTier(ctx context.Context, tx Tx, program Program, memberID string, standing rules.Standing, now time.Time) (reached string, notice *Outbound, coupons []Coupon, err error) {
	settings := program.Settings
	if len(settings.Tiers.List) == 0 {
		return "", nil, nil, nil
	}
	next, up := settings.TierAfterSale(standing.Tier, standing.Qualified, now)
	if next == standing.Tier {
		return "", nil, nil, nil
	}
	if err := tx.SetTier(ctx, program.ID, memberID, next); err != nil {
		return "", nil, nil, fmt.Errorf("write tier: %w", err)
	}
	if !up {
		return "", nil, nil, nil
	}
	if err := roseTo(ctx, tx, program.ID, memberID, next.ID, now); err != nil {
		return "", nil, nil, err
	}
	if coupons, err = e.tierCoupons(ctx, tx, program, memberID, next.ID, standing.Coupons, now); err != nil {
		return "", nil, nil, err
	}
	told := e.tierNotice(program, memberID, NoticeTierUp, next, now)
	return next.ID, &told, coupons, nil
}

// tierCoupons makes the coupon that a tier gives on reaching it. A member gets it once, however often the tier is lost and reached again:
// the counter "tier:ID" remembers.
func (e *Engine) tierCoupons(ctx context.Context, tx Tx, program Program, memberID, tierID string, open []rules.Coupon, now time.Time) ([]Coupon, error) {
	tier := program.Settings.Tier(tierID)
	if tier == nil || tier.Coupon == "" {
		return nil, nil
	}
	first, err := e.once(ctx, tx, program.ID, memberID, "tier:"+tierID, now)
	if err != nil || !first {
		return nil, err
	}
	coupons, _ := e.couponsFor(program.Settings, memberID, open, []rules.Grant{{Coupon: tier.Coupon, From: "tier:" + tierID}}, now, "")
	for i := range coupons {
		coupons[i].ProgramID = program.ID
	}
	return coupons, nil
}

// once reports whether a thing happens to a member for the first time, and remembers that it has. The caller holds the lock of the
// member's account.
func (e *Engine) once(ctx context.Context, tx Tx, programID, memberID, of string, now time.Time) (first bool, err error) {
	counter := rules.Counter{Of: of, Period: forEver}
	standing, err := tx.Standing(ctx, programID, memberID, StandingQuery{Counters: []rules.Counter{counter}})
	if err != nil {
		return false, fmt.Errorf("read counter: %w", err)
	}
	if standing.Use(counter).Times > 0 {
		return false, nil
	}
	if err := tx.AddUses(ctx, programID, memberID, []rules.Use{{Counter: counter, Times: 1, Last: now}}); err != nil {
		return false, fmt.Errorf("write counter: %w", err)
	}
	return true, nil
}

// tierNotice tells a member of a tier. The key keeps it single for the term that begins with it.
func (e *Engine) tierNotice(program Program, memberID string, kind NoticeKind, tier rules.TierState, now time.Time) Outbound {
	args := map[string]any{"tier": tier.ID}
	if !tier.Until.IsZero() {
		args["until"] = string(lastDay(tier.Until, program.Settings.Zone))
	}
	key := fmt.Sprintf("%s:%s:%s:%s", kind, memberID, tier.ID, rules.DateOf(now, program.Settings.Zone))
	return e.notice(program.ID, key, toMember(memberID), Notice{Kind: kind, Args: args})
}

// lastDay is the last local day before an instant at which something ends.
func lastDay(end time.Time, zone *time.Location) rules.Date {
	return rules.DateOf(end.Add(-time.Nanosecond), zone)
}

// TierInput assigns a tier by hand.
type TierInput struct {
	Key       string
	ProgramID string
	MemberID  string
	TierID    string    // "" ends what was assigned: the member then has what is earned
	Until     time.Time // guaranteed until then; zero: for ever
	StaffID   string    // a manager or an owner; "" = the operator
}

// AssignTier gives a member a tier by hand, or ends one. It is never lost before Until, and it is written in the audit log. It returns
// the tier the member now holds; a key used before answers with that and changes nothing.
func (e *Engine) AssignTier(ctx context.Context, in TierInput) (rules.TierState, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return rules.TierState{}, err
	}
	now := e.Now()
	in.Until = in.Until.UTC().Truncate(time.Microsecond)
	switch {
	case in.Key == "":
		return rules.TierState{}, fail(KindInvalid, "key_missing")
	case in.TierID != "" && program.Settings.Tier(in.TierID) == nil:
		return rules.TierState{}, fail(KindNotFound, "tier_unknown")
	case in.TierID != "" && !in.Until.IsZero() && !in.Until.After(now):
		return rules.TierState{}, fail(KindInvalid, "tier_until_past")
	}
	var held rules.TierState
	err = e.store.InTx(ctx, func(tx Tx) error {
		held, err = e.assignTierIn(ctx, tx, program, in, now)
		return err
	})
	if err == nil {
		e.changed(program.ID, in.MemberID)
	}
	return held, err
}

func (e *Engine) assignTierIn(ctx context.Context, tx Tx, program Program, in TierInput, now time.Time) (rules.TierState, error) {
	member, _, err := lockMember(ctx, tx, program.ID, in.MemberID)
	if err != nil {
		return rules.TierState{}, err
	}
	if member == nil || member.State == MemberErased {
		return rules.TierState{}, fail(KindNotFound, "member_not_found")
	}
	if err := checkManager(ctx, tx, program.ID, in.StaffID, member.ID); err != nil {
		return rules.TierState{}, err
	}
	settings := program.Settings
	standing, err := tx.Standing(ctx, program.ID, member.ID, StandingQuery{Since: settings.TierWindow(now), Basis: settings.Tiers.Basis})
	if err != nil {
		return rules.TierState{}, fmt.Errorf("read standing: %w", err)
	}
	if first, err := e.once(ctx, tx, program.ID, member.ID, "assign:"+in.Key, now); err != nil || !first {
		return standing.Tier, err
	}
	next := rules.TierState{ID: in.TierID, Since: now, Until: in.Until, ByHand: true}
	if in.TierID == "" {
		next, _ = settings.TierAfterSale(rules.TierState{}, standing.Qualified, now)
	}
	if err := tx.SetTier(ctx, program.ID, member.ID, next); err != nil {
		return next, fmt.Errorf("write tier: %w", err)
	}
	detail := map[string]any{"tier": next.ID, "before": standing.Tier.ID, "by_hand": next.ByHand}
	if !next.Until.IsZero() {
		detail["until"] = next.Until
	}
	if err := tx.InsertAudit(ctx, e.audit(program.ID, in.StaffID, "tier_assigned", member.ID, detail)); err != nil {
		return next, fmt.Errorf("write audit: %w", err)
	}
	return next, e.tellAssigned(ctx, tx, program, *member, standing, next, now)
}

// tellAssigned hands out what comes with a tier and tells the member whether it is a higher or a lower one.
func (e *Engine) tellAssigned(ctx context.Context, tx Tx, program Program, member Member, before rules.Standing, next rules.TierState, now time.Time) error {
	was, is := tierRank(program.Settings, before.Tier.ID), tierRank(program.Settings, next.ID)
	if was == is {
		return nil
	}
	kind := NoticeTierDown
	if is > was {
		kind = NoticeTierUp
		if err := roseTo(ctx, tx, program.ID, member.ID, next.ID, now); err != nil {
			return err
		}
		coupons, err := e.tierCoupons(ctx, tx, program, member.ID, next.ID, before.Coupons, now)
		if err != nil {
			return err
		}
		if err := insertCoupons(ctx, tx, coupons); err != nil {
			return err
		}
	}
	if err := tx.Enqueue(ctx, e.tierNotice(program, member.ID, kind, next, now)); err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}

// tierRank is the place of a tier in the program's list from 1, and 0 for none or one that is no more.
func tierRank(settings *rules.Settings, id string) int {
	for i := range settings.Tiers.List {
		if settings.Tiers.List[i].ID == id {
			return i + 1
		}
	}
	return 0
}

func insertCoupons(ctx context.Context, tx Tx, coupons []Coupon) error {
	if len(coupons) == 0 {
		return nil
	}
	if err := tx.InsertCoupons(ctx, coupons...); err != nil {
		return fmt.Errorf("write coupons: %w", err)
	}
	return nil
}

// checkManager makes sure that the person may change what a member has by hand: a manager or an owner, and not for the own card. The
// operator ("") may.
func checkManager(ctx context.Context, tx Tx, programID, staffID, memberID string) error {
	if staffID == "" {
		return nil
	}
	staff, err := tx.Staff(ctx, programID, staffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.Manages() {
		return fail(KindForbidden, "not_allowed")
	}
	return refuseOwnCard(ctx, tx, programID, staffID, memberID)
}
