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

// Quote says what a sale would do now, without storing anything. It is the same evaluation that Post makes. Asking for
// more points than the check can take is KindLimit or KindInsufficient, with the most that would do.
func (e *Engine) Quote(ctx context.Context, in SaleInput) (Quote, error) {
	program, err := e.Program(ctx, in.ProgramID)
	if err != nil {
		return Quote{}, err
	}
	now := e.Now()
	settings, version, err := e.settingsFor(ctx, e.store, program, &in, now)
	if err != nil {
		return Quote{}, err
	}
	var account ledger.Account
	if in.MemberID != "" {
		member, err := e.store.Member(ctx, in.ProgramID, in.MemberID)
		if err != nil {
			return Quote{}, fmt.Errorf("read member: %w", err)
		}
		if account, err = e.store.Account(ctx, in.ProgramID, member.AccountID); err != nil {
			return Quote{}, fmt.Errorf("read account: %w", err)
		}
	}
	return quote(settings, version, in, &account, now)
}

// quote evaluates a sale on an account as it stands.
func quote(settings *rules.Settings, version int64, in SaleInput, account *ledger.Account, now time.Time) (Quote, error) {
	input := rules.Input{
		Settings: settings, Lines: in.lines(), OccurredAt: in.OccurredAt, Known: in.MemberID != "",
		Available: account.Available(now), Debt: account.Debt, Redeem: in.Redeem, RedeemMax: in.RedeemMax,
	}
	q := Quote{Version: version, Before: BalanceOf(account, now)}
	result, err := rules.Evaluate(input)
	q.Result = result
	if err != nil {
		return q, evaluationError(err, result, input)
	}
	if result.Earn > 0 && !result.EarnExpires.IsZero() {
		// A late check does not earn points that burn at once, nor any that outlive those of a check in time.
		days := min(settings.Lots.GraceDays, settings.Lots.Days)
		if graced := settings.ExpiryAfter(now, days); days > 0 && q.EarnExpires.Before(graced) {
			q.EarnExpires = graced
		}
	}
	input.Redeem, input.RedeemMax = 0, true
	most, err := rules.Evaluate(input)
	if err != nil {
		return q, evaluationError(err, most, input)
	}
	q.EarnIfMax, q.PayableIfMax = most.Earn, most.Payable
	return q, nil
}

func evaluationError(err error, r rules.Result, in rules.Input) error {
	switch {
	case errors.Is(err, rules.ErrOverLimit) && in.Redeem > in.Available:
		return fail(KindInsufficient, "not_enough_points", "Points", in.Redeem, "Available", in.Available, "Limit", r.RedeemLimit)
	case errors.Is(err, rules.ErrOverLimit):
		return fail(KindLimit, "over_limit", "Points", in.Redeem, "Limit", r.RedeemLimit)
	case errors.Is(err, money.ErrOverflow):
		return &Error{Kind: KindInvalid, ID: "sum_too_large", Err: err}
	}
	return &Error{Kind: KindInvalid, ID: "sale_invalid", Err: err}
}

// lines returns the check's lines, or its bare sum as one.
func (in *SaleInput) lines() []rules.Line {
	if len(in.Lines) > 0 {
		return in.Lines
	}
	return []rules.Line{{Quantity: 1000, Net: in.Sum}}
}

// settingsFor completes an input's times and finds the settings in force when the sale happened.
func (e *Engine) settingsFor(ctx context.Context, reads ProgramReads, p Program, in *SaleInput, now time.Time) (*rules.Settings, int64, error) {
	if in.OccurredAt.IsZero() || in.OccurredAt.After(now) {
		in.OccurredAt = now // a till's clock that runs ahead earns nothing ahead
	}
	in.OccurredAt = in.OccurredAt.UTC().Truncate(time.Microsecond)
	if !in.OccurredAt.Before(p.Since) {
		return p.Settings, p.Version, nil
	}
	old, err := reads.SettingsAt(ctx, p.ID, in.OccurredAt)
	if err != nil {
		return nil, 0, fmt.Errorf("read settings of the sale's time: %w", err)
	}
	return old.Settings, old.Version, nil
}
