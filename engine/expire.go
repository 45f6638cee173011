package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Expired sums up a run of ExpireDue.
type Expired struct {
	Accounts int
	Points   money.Points
}

// ExpireDue ends the points of a program whose time is over by the instant asOf, account by account, each in a transaction
// of its own. Running it again, or two at once, ends nothing twice. progress is called after each account; it may be nil.
func (e *Engine) ExpireDue(ctx context.Context, programID string, asOf time.Time, progress func(Expired)) (Expired, error) {
	const batch = 500
	var sum Expired
	program, err := e.Program(ctx, programID)
	if err != nil {
		return sum, err
	}
	after := ""
	for {
		ids, err := e.store.AccountsWithExpired(ctx, programID, asOf, after, batch)
		if err != nil {
			return sum, fmt.Errorf("find ended points: %w", err)
		}
		for _, id := range ids {
			points, err := e.expireAccount(ctx, program, id, asOf)
			if err != nil {
				return sum, fmt.Errorf("expire account %s: %w", id, err)
			}
			if points > 0 {
				sum.Accounts++
				sum.Points += points
			}
			if progress != nil {
				progress(sum)
			}
			after = id
		}
		if len(ids) < batch {
			return sum, nil
		}
	}
}

func (e *Engine) expireAccount(ctx context.Context, program Program, accountID string, asOf time.Time) (money.Points, error) {
	account, err := e.store.Account(ctx, program.ID, accountID)
	if err != nil {
		return 0, fmt.Errorf("read account: %w", err)
	}
	key := expiryKey(&account, asOf)
	if key == "" {
		return 0, nil
	}
	memberID, err := e.store.AccountOwner(ctx, program.ID, accountID)
	if err != nil {
		return 0, fmt.Errorf("read owner: %w", err)
	}
	var ended money.Points
	_, err = e.change(ctx, change{
		key: key, input: key, program: program, memberID: memberID, kind: ledger.KindExpire, notice: NoticeExpired,
		reason: rules.Reason{ID: "expired"},
		plan: func(account *ledger.Account, _ time.Time) (ledger.Plan, error) {
			plan := account.Expire(asOf)
			ended = -plan.Net()
			return plan, nil
		},
	})
	return ended, err
}

// expiryKey names the end of an account's lots: the same lots can end once.
func expiryKey(account *ledger.Account, asOf time.Time) string {
	for _, lot := range account.Lots {
		if lot.Expired(asOf) && lot.Remaining > 0 {
			return "expire:" + account.ID + ":" + lot.ID
		}
	}
	return ""
}
