package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// AdjustInput gives or takes points by hand.
type AdjustInput struct {
	Key       string
	ProgramID string
	MemberID  string
	Points    money.Points // + gives, − takes; never below what is available
	StaffID   string       // "" = the operator
	Note      string       // why; 1 to 200 characters
}

// Adjust gives or takes points by hand, with a reason that stays.
func (e *Engine) Adjust(ctx context.Context, in AdjustInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	in.Note = strings.TrimSpace(in.Note)
	if n := utf8.RuneCountInString(in.Note); n == 0 || n > 200 {
		return Posted{}, fail(KindInvalid, "note_missing")
	}
	if in.Points == 0 {
		return Posted{}, fail(KindInvalid, "points_zero")
	}
	return e.change(ctx, change{
		key: in.Key, input: in, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindAdjust, note: in.Note,
		notice: NoticeAdjust, reason: rules.Reason{ID: "adjusted", Text: in.Note},
		check: func(tx Tx) error { return checkAdjust(ctx, tx, program.Settings, in) },
		plan: func(account *ledger.Account, now time.Time) (ledger.Plan, error) {
			if in.Points < 0 {
				return account.Debit(-in.Points, now)
			}
			return account.Credit(ledger.Lot{ID: e.newID(), Points: in.Points, ActiveFrom: now, EarnedAt: now, Kind: ledger.KindAdjust,
				ExpiresAt: program.Settings.ExpiryAfter(now, program.Settings.Lots.Days)}, ledger.ContraAdjust)
		},
	})
}

func checkAdjust(ctx context.Context, tx Tx, settings *rules.Settings, in AdjustInput) error {
	if in.StaffID == "" {
		return nil
	}
	staff, err := tx.Staff(ctx, in.ProgramID, in.StaffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return fail(KindForbidden, "not_staff")
	}
	if err := refuseOwnCard(ctx, tx, in.ProgramID, in.StaffID, in.MemberID); err != nil {
		return err
	}
	limit := settings.Staff.AdjustMax
	if staff.Role != RoleOwner && (in.Points > limit || -in.Points > limit) {
		return fail(KindLimit, "adjust_limit", "Limit", limit)
	}
	return nil
}

// change is a posting on one account that is not about a sale.
type change struct {
	key      string
	input    any
	program  Program
	memberID string
	staffID  string
	kind     ledger.Kind
	note     string
	notice   NoticeKind // "" = nobody is told
	reason   rules.Reason
	check    func(Tx) error
	plan     func(*ledger.Account, time.Time) (ledger.Plan, error)
	// also runs in the same transaction, after the posting.
	also func(Tx) error
}

// change writes such a posting in one transaction, or answers from memory when the key has been used.
func (e *Engine) change(ctx context.Context, c change) (Posted, error) {
	var answer Posted
	work, err := e.changeWork(ctx, c, &answer)
	if err != nil {
		return Posted{}, err
	}
	err = e.write(ctx, work)
	return answer, err
}

// changeWork is a change that is still to be written, and sets answer when it is.
func (e *Engine) changeWork(ctx context.Context, c change, answer *Posted) (Work, error) {
	if c.key == "" {
		return Work{}, fail(KindInvalid, "key_missing")
	}
	hash, err := hashOf(c.input)
	if err != nil {
		return Work{}, err
	}
	work := e.workOn(c.program.ID, c.memberID, c.staffID, c.key)
	work.Run = func(tx Tx) (err error) {
		*answer, err = e.changeIn(ctx, tx, c, hash)
		return err
	}
	return work, nil
}

// workOn is what a change of one member's account that is not a sale asks for.
func (e *Engine) workOn(programID, memberID, staffID, key string) Work {
	w := Work{ProgramID: programID, Keys: []string{key}, StaffID: staffID, Whole: true, Now: e.Now}
	if memberID != "" {
		w.MemberIDs = []string{memberID}
	}
	return w
}

func (e *Engine) changeIn(ctx context.Context, tx Tx, c change, hash string) (Posted, error) {
	now := e.Now()
	member, account, err := lockMember(ctx, tx, c.program.ID, c.memberID)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, c.program.ID, c.key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	if c.check != nil {
		if err := c.check(tx); err != nil {
			return Posted{}, err
		}
	}
	plan, err := c.plan(&account, now)
	if err != nil {
		return Posted{}, planError(err, &account, now)
	}
	if plan.Empty() {
		return Posted{MemberID: member.ID, Balance: BalanceOf(&account, now), At: now}, c.run(tx)
	}
	after := account.Apply(plan)
	net := plan.Net()
	reason := c.reason
	if reason.Args == nil {
		reason.Args = map[string]int64{rules.ArgPoints: int64(net)}
	}
	answer := Posted{PostingID: e.newID(), MemberID: member.ID, Balance: BalanceOf(&after, now), At: now,
		Effects: []rules.Effect{{Rule: string(c.kind), State: rules.Applied, Points: int64(net), Reason: reason}}}
	for _, lot := range plan.NewLots {
		answer.Earned += lot.Points
		answer.Expires = lot.ExpiresAt
	}
	posting := Posting{
		ID: answer.PostingID, ProgramID: c.program.ID, Kind: c.kind, Key: c.key, Hash: hash, MemberID: member.ID, AccountID: account.ID,
		StaffID: c.staffID, Version: c.program.Version, Points: net, Earned: answer.Earned, Debt: after.Debt, Balance: after.Balance(),
		Reasons: answer.Effects, Note: c.note, OccurredAt: now, RecordedAt: now,
	}
	if posting.Answer, err = json.Marshal(answer); err != nil {
		return Posted{}, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return Posted{}, fmt.Errorf("write posting: %w", err)
	}
	if c.notice != "" {
		err := tx.Enqueue(ctx, e.notice(c.program.ID, string(c.notice)+":"+posting.ID, toMember(member.ID), Notice{
			Kind: c.notice, PostingID: posting.ID, Posted: &answer, Args: map[string]any{"points": int64(net), "note": c.note}}))
		if err != nil {
			return Posted{}, fmt.Errorf("queue notice: %w", err)
		}
	}
	return answer, c.run(tx)
}

func (c change) run(tx Tx) error {
	if c.also == nil {
		return nil
	}
	return c.also(tx)
}

// planError puts a planning failure into words for people.
func planError(err error, account *ledger.Account, now time.Time) error {
	switch err {
	case ledger.ErrInsufficient:
		return fail(KindInsufficient, "not_enough_points", "Points", account.Available(now), "Available", account.Available(now), "Limit", account.Available(now))
	case ledger.ErrNotPositive:
		return fail(KindInvalid, "points_zero")
	case money.ErrOverflow:
		return fail(KindInvalid, "sum_too_large")
	}
	return err
}
