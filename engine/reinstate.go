package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Reinstatement: how long after their end points can be given back, and how long they may then live.
const (
	reinstateWithin = 90  // days
	reinstateMost   = 366 // days
)

// ReinstateInput gives back points that have ended.
type ReinstateInput struct {
	Key       string
	ProgramID string
	MemberID  string
	Points    money.Points
	Days      int    // valid through this many days, 1 to 366
	StaffID   string // a manager or an owner; "" = the operator
}

// Reinstate gives back points that ended within the last 90 days, never more than did, less what has been given back of them. It is
// written in the audit log. Asking for more is KindLimit with what there is.
func (e *Engine) Reinstate(ctx context.Context, in ReinstateInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	switch {
	case in.Points <= 0:
		return Posted{}, fail(KindInvalid, "points_zero")
	case in.Days < 1 || in.Days > reinstateMost:
		return Posted{}, fail(KindInvalid, "days_invalid", "Max", reinstateMost)
	}
	var ended []ledger.Lot
	return e.change(ctx, change{
		key: in.Key, input: in, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindRestore, notice: NoticeAdjust,
		reason: rules.Reason{ID: "reinstated", Args: map[string]int64{rules.ArgPoints: int64(in.Points), rules.ArgDays: int64(in.Days)}},
		check: func(tx Tx) error {
			if err := checkManager(ctx, tx, in.ProgramID, in.StaffID, in.MemberID); err != nil {
				return err
			}
			member, err := memberOf(ctx, tx, in.ProgramID, in.MemberID)
			if err != nil {
				return err
			}
			if err := refuseState(member.State); err != nil {
				return err
			}
			lots, points, err := endedOf(ctx, tx, program.ID, member.AccountID, e.Now().AddDate(0, 0, -reinstateWithin))
			if err != nil {
				return err
			}
			if in.Points > points {
				return fail(KindLimit, "reinstate_limit", "Points", in.Points, "Limit", points, "Days", reinstateWithin)
			}
			ended = lots
			return nil
		},
		plan: func(account *ledger.Account, now time.Time) (ledger.Plan, error) {
			if _, err := money.Add(account.Balance(), in.Points); err != nil {
				return ledger.Plan{}, err
			}
			return account.Restore(ended, in.Points, program.Settings.ExpiryAfter(now, in.Days), e.newID(), now), nil
		},
		also: func(tx Tx) error {
			return tx.InsertAudit(ctx, e.audit(program.ID, in.StaffID, "points_reinstated", in.MemberID,
				map[string]any{"points": int64(in.Points), "days": in.Days}))
		},
	})
}

// endedOf finds the points of an account that have ended since an instant, less those given back since, and the lots they were.
func endedOf(ctx context.Context, tx Tx, programID, accountID string, since time.Time) (lots []ledger.Lot, points money.Points, err error) {
	const page = 200
	var ids []string
	before := ""
	for {
		items, err := tx.History(ctx, programID, accountID, before, page)
		if err != nil {
			return nil, 0, fmt.Errorf("read history: %w", err)
		}
		for _, item := range items {
			p := item.Posting
			if p.RecordedAt.Before(since) {
				items = nil // newest first: the rest is older
				break
			}
			before = p.ID
			switch p.Kind {
			case ledger.KindRestore:
				points -= p.Earned
			case ledger.KindExpire:
				points -= p.Points
				entries, err := tx.Entries(ctx, programID, p.ID)
				if err != nil {
					return nil, 0, fmt.Errorf("read entries: %w", err)
				}
				for _, entry := range entries {
					ids = append(ids, entry.LotID)
				}
			}
		}
		if len(items) < page {
			break
		}
	}
	if len(ids) > 0 {
		if lots, err = tx.Lots(ctx, programID, ids); err != nil {
			return nil, 0, fmt.Errorf("read lots: %w", err)
		}
	}
	return lots, max(0, points), nil
}
