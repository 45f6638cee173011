package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/money"
)

// activate tells members whose waiting points have become spendable with this day. The points need nothing done to them: a lot is
// active from its instant on.
func (r *dailyRun) activate(ctx context.Context) {
	from := r.begins(r.day.Add(-1))
	store, programID := r.engine.store, r.program.ID
	visit(ctx, r, StepActivate, func(after string, limit int) ([]string, error) {
		return store.AccountsWithLots(ctx, programID, true, from, r.at, after, limit)
	}, itself, func(accountID string) (*errand, error) {
		account, err := store.Account(ctx, programID, accountID)
		if err != nil {
			return nil, fmt.Errorf("read account: %w", err)
		}
		var points money.Points
		var until time.Time
		for _, lot := range account.Lots {
			// Points that never waited are active since they were earned, and the guest knows.
			waited := lot.ActiveFrom.After(lot.EarnedAt)
			if !waited || !lot.ActiveFrom.After(from) || lot.ActiveFrom.After(r.at) || lot.Expired(r.asOf) {
				continue
			}
			points += lot.Remaining
			if until.IsZero() || (!lot.ExpiresAt.IsZero() && lot.ExpiresAt.Before(until)) {
				until = lot.ExpiresAt
			}
		}
		if points == 0 {
			return nil, nil
		}
		memberID, err := store.AccountOwner(ctx, programID, accountID)
		if err != nil {
			return nil, fmt.Errorf("read owner: %w", err)
		}
		args := map[string]any{"points": int64(points)}
		if !until.IsZero() {
			args["until"] = string(lastDay(until, r.settings.Zone))
		}
		out := r.notice("active:"+accountID+":"+string(r.day), memberID, Notice{Kind: NoticeActivated, Args: args})
		return r.tell(ctx, out, func() { r.report.Activated++ }), nil
	})
}
