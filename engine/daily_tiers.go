package engine

import (
	"context"
	"fmt"

	"kartka/engine/rules"
)

// tiers looks at members whose tier's term is over: who still qualifies gets a new one, the others the days of grace and then a lower
// tier.
func (r *dailyRun) tiers(ctx context.Context) { r.reviewTiers(ctx, StepTiers, 0) }

// reviewTiers reviews the tiers that end within so many days after this one begins.
func (r *dailyRun) reviewTiers(ctx context.Context, step DailyStep, days int) {
	if len(r.settings.Tiers.List) == 0 {
		return
	}
	by := r.begins(r.day.Add(days))
	store := r.engine.store
	visit(ctx, r, step, func(after string, limit int) ([]string, error) {
		return store.MembersWithTierDue(ctx, r.program.ID, by, after, limit)
	}, itself, func(memberID string) (*errand, error) {
		_, change, err := r.tierOf(ctx, store, memberID)
		if err != nil || change == rules.TierStays {
			return nil, err
		}
		return r.errandFor(func(tx Tx) (err error) {
			change, err = r.changeTier(ctx, tx, memberID)
			return err
		}, func() { r.report.tierChanged(change) }, memberID), nil
	})
}

// tierChanged counts what became of a member's tier.
func (r *DailyReport) tierChanged(change rules.TierChange) {
	switch change {
	case rules.TierUp:
		r.Up++
	case rules.TierDown:
		r.Down++
	case rules.TierKept:
		r.Kept++
	case rules.TierWarned:
		r.Reminders++
	}
}

// tierOf reads a member's standing and says what this day makes of the tier.
func (r *dailyRun) tierOf(ctx context.Context, reads MechanicReads, memberID string) (tierReview, rules.TierChange, error) {
	q := StandingQuery{Since: r.settings.TierWindow(r.at), Basis: r.settings.Tiers.Basis}
	standing, err := reads.Standing(ctx, r.program.ID, memberID, q)
	if err != nil {
		return tierReview{}, "", fmt.Errorf("read standing: %w", err)
	}
	// A tier whose term has ended with a period of the calendar is judged by that period.
	if since := r.settings.TierWindowOf(standing.Tier, r.at); since != q.Since {
		q.Since = since
		if standing, err = reads.Standing(ctx, r.program.ID, memberID, q); err != nil {
			return tierReview{}, "", fmt.Errorf("read standing: %w", err)
		}
	}
	next, change := r.settings.TierAtDay(standing.Tier, standing.Qualified, r.at)
	return tierReview{standing: standing, next: next}, change, nil
}

type tierReview struct {
	standing rules.Standing
	next     rules.TierState
}

// changeTier writes what a day makes of a member's tier, tells the member and returns the change. Once written it is not found again.
func (r *dailyRun) changeTier(ctx context.Context, tx Tx, memberID string) (rules.TierChange, error) {
	member, _, err := lockMember(ctx, tx, r.program.ID, memberID)
	if err != nil || member == nil || member.ID != memberID || member.State == MemberErased {
		return rules.TierStays, err
	}
	review, change, err := r.tierOf(ctx, tx, memberID)
	if err != nil || change == rules.TierStays {
		return rules.TierStays, err
	}
	if err := tx.SetTier(ctx, r.program.ID, memberID, review.next); err != nil {
		return rules.TierStays, fmt.Errorf("write tier: %w", err)
	}
	was, next := review.standing.Tier, review.next
	change = tierMove(r.settings, change, next)
	switch change {
	case rules.TierUp:
		if err := roseTo(ctx, tx, r.program.ID, memberID, next.ID, r.given()); err != nil {
			return change, err
		}
		coupons, err := r.engine.tierCoupons(ctx, tx, r.program, memberID, next.ID, review.standing.Coupons, r.given())
		if err != nil {
			return change, err
		}
		if err := insertCoupons(ctx, tx, coupons); err != nil {
			return change, err
		}
		return change, r.enqueue(ctx, tx, r.engine.tierNotice(r.program, memberID, NoticeTierUp, next, r.at))
	case rules.TierDown:
		told := r.engine.tierNotice(r.program, memberID, NoticeTierDown, next, r.at)
		told.Notice.Args["before"] = was.ID
		return change, r.enqueue(ctx, tx, told)
	case rules.TierWarned:
		return change, r.enqueue(ctx, tx, r.tierWarning(memberID, review))
	}
	return change, nil
}

// tierMove is the direction of a change. A tier that the shop has given up turns into one of today's, which is news worth telling as a
// gain, or into none.
func tierMove(settings *rules.Settings, change rules.TierChange, next rules.TierState) rules.TierChange {
	if change != rules.TierRemoved {
		return change
	}
	if tierRank(settings, next.ID) > 0 {
		return rules.TierUp
	}
	return rules.TierDown
}

// tierWarning tells a member until when a tier lasts, and what is missing to keep it.
func (r *dailyRun) tierWarning(memberID string, review tierReview) Outbound {
	held := review.next
	end := held.Until
	if held.Grace {
		end = r.begins(rules.DateOf(held.Until, r.settings.Zone).Add(r.settings.Tiers.GraceDays))
	}
	last := lastDay(end, r.settings.Zone)
	args := map[string]any{"tier": held.ID, "until": string(last), "basis": string(r.settings.Tiers.Basis)}
	if tier := r.settings.Tier(held.ID); tier != nil {
		args["missing"] = max(0, tier.From-review.standing.Qualified)
	}
	return r.notice("tier-warning:"+memberID+":"+string(last), memberID, Notice{Kind: NoticeTierWarning, Args: args})
}

func (r *dailyRun) enqueue(ctx context.Context, tx Tx, out Outbound) error {
	if err := tx.Enqueue(ctx, r.byDay(out)); err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}
