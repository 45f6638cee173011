package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// writeMechanics stores what a sale does beside moving points: standing, stamps, counters, coupons, tier, referral.
// The account is locked, and with it everything that belongs to the member.
func (e *Engine) writeMechanics(ctx context.Context, tx Tx, d *deal) error {
	programID, memberID := d.sale.ProgramID, d.sale.MemberID
	if d.counts() {
		if err := tx.AddActivity(ctx, d.activity()); err != nil {
			return fmt.Errorf("write activity: %w", err)
		}
	}
	for _, s := range d.did.Stamps {
		if err := tx.AddStamps(ctx, programID, memberID, s.Card, s.Delta, s.Rounds); err != nil {
			return fmt.Errorf("write stamps: %w", err)
		}
	}
	if len(d.did.Uses) > 0 {
		if err := tx.AddUses(ctx, programID, memberID, d.did.Uses); err != nil {
			return fmt.Errorf("write counters: %w", err)
		}
	}
	if err := useCoupons(ctx, tx, d); err != nil {
		return err
	}
	if err := e.afterSale(ctx, tx, d); err != nil {
		return err
	}
	for i := range d.issued {
		d.issued[i].ProgramID = programID
	}
	if len(d.issued) > 0 {
		if err := tx.InsertCoupons(ctx, d.issued...); err != nil {
			return fmt.Errorf("write coupons: %w", err)
		}
	}
	return nil
}

// activity is what the sale adds to the member's standing.
func (d *deal) activity() Activity {
	return Activity{ProgramID: d.sale.ProgramID, MemberID: d.sale.MemberID, Day: rules.Date(d.sale.Business), Visits: 1,
		Spent: d.quote.Total - d.quote.Discount, Earned: d.quote.Earn, At: d.sale.OccurredAt, Counted: d.posting.Counted}
}

// counts reports whether the sale is a purchase: somebody pays for something.
func (d *deal) counts() bool { return d.quote.Total > 0 && !onTheHouse(d.sale.Tenders) }

// before is what the sale found of the member and changes itself.
func (d *deal) before() Before {
	if d.member == nil {
		return Before{}
	}
	b := Before{Tier: d.standing.Tier.ID, Visits: d.standing.Visits}
	if asksAbsence(d.settings) {
		b.LastVisit = d.standing.LastVisit
	}
	for _, use := range d.quote.Uses {
		last := d.standing.Use(use.Counter).Last
		if use.All || use.Period != forEver || last.IsZero() {
			continue
		}
		if b.Gave == nil {
			b.Gave = map[string]time.Time{}
		}
		b.Gave[use.Of] = last
	}
	return b
}

// asksAbsence reports whether a sale is judged by how long the member has been away.
func asksAbsence(s *rules.Settings) bool {
	return slices.ContainsFunc(s.Rules, func(r rules.Rule) bool { return r.On == rules.TriggerSale && r.When.Absent != (rules.Absence{}) }) ||
		slices.ContainsFunc(s.Coupons, func(k rules.CouponKind) bool { return k.When.Absent != (rules.Absence{}) })
}

// moveTier gives the tier that the sale has brought the member to, by today's scheme and what counts in it now, whatever the day and the rules
// of the sale.
func (e *Engine) moveTier(ctx context.Context, tx Tx, d *deal) error {
	today := d.program.Settings
	if len(today.Tiers.List) == 0 {
		return nil
	}
	after, err := tx.Standing(ctx, d.sale.ProgramID, d.sale.MemberID, StandingQuery{Since: today.TierWindow(d.now), Basis: today.Tiers.Basis})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	reached, _, coupons, err := e.raiseTier(ctx, tx, d.program, d.member.ID, after, d.now)
	if err != nil {
		return fmt.Errorf("raise tier: %w", err)
	}
	d.answer.Tier = reached // the receipt tells of it
	if reached != "" && d.revision == 0 {
		held := after.Tier
		d.did.Before.Held, d.did.Before.Reached = &held, reached
	}
	for _, c := range coupons { // they stay with the tier: a return takes neither
		d.issued = append(d.issued, c)
		d.did.Prizes = append(d.did.Prizes, c.ID)
		d.answer.Coupons = append(d.answer.Coupons, c.ID)
	}
	return nil
}

// useCoupons marks the coupons a sale uses up.
func useCoupons(ctx context.Context, tx Tx, d *deal) error {
	for _, use := range d.did.Coupons {
		c, err := tx.Coupon(ctx, d.sale.ProgramID, use.ID)
		if err != nil {
			return fmt.Errorf("read coupon: %w", err)
		}
		c.State, c.SaleID, c.UsedAt, c.StaffID = rules.CouponApplied, d.record.ID, d.now, d.sale.StaffID
		if err := tx.UpdateCoupon(ctx, c, rules.CouponActivated); err != nil {
			return fmt.Errorf("use coupon: %w", err)
		}
	}
	return nil
}

// afterSale moves the tier and pays whoever brought the guest. The tier reached counts from the next purchase.
func (e *Engine) afterSale(ctx context.Context, tx Tx, d *deal) error {
	if !d.counts() {
		return nil
	}
	if err := e.moveTier(ctx, tx, d); err != nil {
		return err
	}
	if err := e.payLevels(ctx, tx, d); err != nil {
		return err
	}
	return e.payReferral(ctx, tx, d)
}

// uses scales counters by −share÷whole, rounded towards zero, for a return. Times come off with the last piece only.
func usesBack(uses []rules.Use, before, after, whole money.Amount, last bool) []rules.Use {
	back := make([]rules.Use, 0, len(uses))
	part := func(v int64) int64 { return upTo(v, int64(after), int64(whole)) - upTo(v, int64(before), int64(whole)) }
	for _, u := range uses {
		b := rules.Use{Counter: u.Counter, Points: -money.Points(part(int64(u.Points))), Amount: -money.Amount(part(int64(u.Amount)))}
		if last {
			b.Times = -u.Times
		}
		if b.Points != 0 || b.Amount != 0 || b.Times != 0 {
			back = append(back, b)
		}
	}
	return back
}

// upTo is what of a share has come back once a part of the whole has: ⌊share × part ÷ whole⌋, and all of it with the last piece.
func upTo(share, part, whole int64) int64 {
	if part >= whole {
		return share
	}
	v, _ := money.MulDiv(share, part, whole, money.Down) // part < whole: it fits
	return v
}
