package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// couponWarnDays is how long before its end a guest is reminded of a coupon.
const couponWarnDays = 3

// remind tells members of what will end soon: points, tiers, coupons. What has ended by the instant of the run is not worth a word.
func (r *dailyRun) remind(ctx context.Context) {
	if days := r.settings.Rescue.WarnDays; days > 0 {
		r.remindPoints(ctx, days)
	}
	if days := r.settings.Tiers.WarnDays; days > 0 {
		r.reviewTiers(ctx, StepRemind, days)
	}
	r.remindCoupons(ctx)
}

// remindPoints tells members of points that end so many days after this one begins.
func (r *dailyRun) remindPoints(ctx context.Context, days int) {
	from, to := r.begins(r.day.Add(days-1)), r.begins(r.day.Add(days))
	store, programID := r.engine.store, r.program.ID
	visit(ctx, r, StepRemind, func(after string, limit int) ([]string, error) {
		return store.AccountsWithLots(ctx, programID, false, from, to, after, limit)
	}, itself, func(accountID string) (*errand, error) {
		account, err := store.Account(ctx, programID, accountID)
		if err != nil {
			return nil, fmt.Errorf("read account: %w", err)
		}
		memberID, err := store.AccountOwner(ctx, programID, accountID)
		if err != nil {
			return nil, fmt.Errorf("read owner: %w", err)
		}
		var ending []ledger.Lot
		var points money.Points
		var end time.Time
		for _, lot := range account.Lots {
			if lot.ExpiresAt.After(from) && !lot.ExpiresAt.After(to) && lot.ExpiresAt.After(r.asOf) && lot.Remaining > 0 {
				ending, end = append(ending, lot), lot.ExpiresAt
				points += lot.Remaining
			}
		}
		if points = min(points, max(0, account.Balance())); points == 0 { // a debt takes them first
			return nil, nil
		}
		keep, err := r.rescuable(ctx, memberID, ending)
		if err != nil {
			return nil, err
		}
		out := r.notice("ending:"+accountID+":"+string(r.day.Add(days)), memberID, Notice{Kind: NoticeEnding, Args: map[string]any{
			"points": int64(points), "until": string(lastDay(end, r.settings.Zone)), "rescue": keep}})
		out.Expires = end
		return r.tell(ctx, out, r.reminded), nil
	})
}

// rescuable returns by how many days the member could have lots kept, 0 when not at all.
func (r *dailyRun) rescuable(ctx context.Context, memberID string, lots []ledger.Lot) (days int, err error) {
	if r.settings.Rescue.KeepDays == 0 {
		return 0, nil
	}
	standing, err := r.engine.store.Standing(ctx, r.program.ID, memberID, StandingQuery{Counters: rescueCounters(lots)})
	if err != nil {
		return 0, fmt.Errorf("read standing: %w", err)
	}
	for _, lot := range lots {
		if standing.Use(rescueCounter(lot.ID)).Times == 0 {
			return r.settings.Rescue.KeepDays, nil
		}
	}
	return 0, nil
}

// remindCoupons tells members of coupons that end soon.
func (r *dailyRun) remindCoupons(ctx context.Context) {
	from, to := r.begins(r.day.Add(couponWarnDays-1)), r.begins(r.day.Add(couponWarnDays))
	visit(ctx, r, StepRemind, func(after string, limit int) ([]Coupon, error) {
		return r.engine.store.CouponsDue(ctx, r.program.ID, to, after, limit)
	}, func(c Coupon) string { return c.ID }, func(c Coupon) (*errand, error) {
		kind, found := r.settings.CouponKind(c.Kind)
		// A coupon that was never meant to live longer needs no reminder of a day it was given with.
		short := found && kind.Days > 0 && kind.Days < couponWarnDays
		if !c.Expires.After(from) || c.Expires.After(to) || !c.Expires.After(r.asOf) || short {
			return nil, nil
		}
		out := r.notice("coupon-ending:"+c.ID+":"+string(rules.DateOf(c.Expires, r.settings.Zone)), c.MemberID, Notice{Kind: NoticeCouponEnding,
			Args: map[string]any{"coupon": c.Kind, "coupon_id": c.ID, "until": string(lastDay(c.Expires, r.settings.Zone))}})
		out.Expires = c.Expires
		return r.tell(ctx, out, r.reminded), nil
	})
}

func (r *dailyRun) reminded() { r.report.Reminders++ }
