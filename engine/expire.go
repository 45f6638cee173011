package engine

import (
	"context"
	"errors"
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

// Ended is an account with points that are over and not yet written off.
type Ended struct {
	AccountID string
	MemberID  string // whose it is
	LotID     string // of the lots that are over the one with the lowest id
}

// expireTogether is how many accounts are written at once.
const expireTogether = 256

// ExpireDue ends the points of a program whose time is over by the instant asOf, some accounts at a time. Each account is a change of its own, which
// happens or does not: running it again, or two at once, ends nothing twice. An account that cannot be changed does not keep the others
// waiting; the errors are returned joined. progress is called after each account, in the order of their ids; it may be nil.
func (e *Engine) ExpireDue(ctx context.Context, programID string, asOf time.Time, progress func(Expired)) (Expired, error) {
	var sum Expired
	program, err := e.Program(ctx, programID)
	if err != nil {
		return sum, err
	}
	var failed []error
	after := ""
	for {
		due, err := e.store.AccountsWithExpired(ctx, programID, asOf, after, expireTogether)
		if err != nil {
			return sum, errors.Join(append(failed, fmt.Errorf("find ended points: %w", err))...)
		}
		works, answers := make([]Work, len(due)), make([]Posted, len(due))
		for i, d := range due {
			if works[i], err = e.expireWork(ctx, program, d, asOf, &answers[i]); err != nil {
				return sum, errors.Join(append(failed, fmt.Errorf("expire account %s: %w", d.AccountID, err))...)
			}
			after = d.AccountID
		}
		for i, err := range e.writeAll(ctx, works) {
			if err != nil {
				if len(failed) < mostFailures {
					failed = append(failed, fmt.Errorf("expire account %s: %w", due[i].AccountID, err))
				}
				continue
			}
			if points := endedBy(&answers[i]); points > 0 {
				sum.Accounts++
				sum.Points += points
			}
			if progress != nil {
				progress(sum)
			}
		}
		if len(due) < expireTogether || ctx.Err() != nil {
			return sum, errors.Join(failed...)
		}
	}
}

// expireWork is the end of an account's points by the instant. The key names the first of the lots: the same lots can end once.
func (e *Engine) expireWork(ctx context.Context, program Program, due Ended, asOf time.Time, answer *Posted) (Work, error) {
	if due.MemberID == "" {
		return Work{}, errors.New("it belongs to nobody")
	}
	key := "expire:" + due.AccountID + ":" + due.LotID
	work, err := e.changeWork(ctx, change{
		key: key, input: key, program: program, memberID: due.MemberID, kind: ledger.KindExpire, notice: NoticeExpired,
		reason: rules.Reason{ID: "expired"},
		plan:   func(account *ledger.Account, _ time.Time) (ledger.Plan, error) { return account.Expire(asOf), nil },
	}, answer)
	work.Spends, work.Whole, work.Standing = false, true, StandingQuery{NoStamps: true, NoCoupons: true}
	return work, err
}

// endedBy is how many points ended with an answer, none when it is of an earlier run.
func endedBy(answer *Posted) money.Points {
	if answer.Replayed || len(answer.Effects) == 0 {
		return 0
	}
	return money.Points(-answer.Effects[0].Points)
}
