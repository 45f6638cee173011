package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Quote says what a sale would do now, without storing anything. It is the same evaluation that Post makes. Asking for
// more points than the check can take is KindLimit or KindInsufficient, with the most that would do.
func (e *Engine) Quote(ctx context.Context, in SaleInput) (Quote, error) { return e.quote(ctx, in, "") }

// Asking is a question to a guest that waits for an answer, with what a yes would do.
type Asking struct {
	Hold  Hold
	Quote Quote
}

// Asking returns the member's open question whether points may be spent, the oldest one, or nil when there is none.
func (e *Engine) Asking(ctx context.Context, programID, memberID string, holds []ledger.Hold) (*Asking, error) {
	now := e.Now()
	for _, held := range holds {
		if !held.Live(now) {
			continue
		}
		hold, err := e.ownHold(ctx, programID, held.ID, memberID)
		if IsKind(err, KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if hold.State != HoldAsking {
			continue
		}
		q, err := e.quote(ctx, hold.Draft, hold.ID)
		var refused *Error
		if err != nil && !errors.As(err, &refused) { // a sale that is not possible any more is told so when it is confirmed
			return nil, err
		}
		return &Asking{Hold: hold, Quote: q}, nil
	}
	return nil, nil
}

// quote judges a sale as if a hold had not been made.
func (e *Engine) quote(ctx context.Context, in SaleInput, without string) (Quote, error) {
	program, err := e.Program(ctx, in.ProgramID)
	if err != nil {
		return Quote{}, err
	}
	s := scene{now: e.Now()}
	if s.settings, s.version, err = e.settingsFor(ctx, e.store, program, &in, s.now); err != nil {
		return Quote{}, err
	}
	if err := s.atPlace(ctx, e.store, &in); err != nil {
		return Quote{}, err
	}
	if in.MemberID != "" {
		member, err := holderOf(ctx, e.store, in.ProgramID, in.MemberID)
		if err != nil {
			return Quote{}, err
		}
		s.member, in.MemberID = &member, member.ID
		if s.account, err = e.store.Account(ctx, in.ProgramID, member.AccountID); err != nil {
			return Quote{}, fmt.Errorf("read account: %w", err)
		}
		s.account.Holds = slices.DeleteFunc(slices.Clone(s.account.Holds), func(h ledger.Hold) bool { return h.ID == without })
	}
	if err := s.readStanding(ctx, e.store, &in); err != nil {
		return Quote{}, err
	}
	if s.certificates, err = e.lookAtCertificates(ctx, e.store, in); err != nil {
		return Quote{}, err
	}
	return s.quote(&in)
}

// memberOf reads a member; one that became part of another is that other.
func memberOf(ctx context.Context, reads PeopleReads, programID, id string) (Member, error) {
	m, err := reads.Member(ctx, programID, id)
	if err != nil {
		return Member{}, fmt.Errorf("read member: %w", err)
	}
	if m.MergedInto == "" {
		return m, nil
	}
	if m, err = reads.Member(ctx, programID, m.MergedInto); err != nil {
		return Member{}, fmt.Errorf("read member merged into: %w", err)
	}
	return m, nil
}

// holderOf is memberOf without anything personal.
func holderOf(ctx context.Context, reads PeopleReads, programID, id string) (Holder, error) {
	h, err := reads.Holder(ctx, programID, id)
	if err == nil && h.MergedInto != "" {
		h, err = reads.Holder(ctx, programID, h.MergedInto)
	}
	if err != nil {
		return Holder{}, fmt.Errorf("read holder: %w", err)
	}
	return h, nil
}

// lookAtCertificates reads what the certificates of a check hold, without keeping others from them.
func (e *Engine) lookAtCertificates(ctx context.Context, reads MechanicReads, in SaleInput) ([]rules.Certificate, error) {
	var found []rules.Certificate
	for _, code := range in.Certificates {
		c, err := findCertificate(ctx, reads, in.ProgramID, code)
		if err != nil {
			return nil, err
		}
		if err := usable(c, e.Now()); err != nil {
			return nil, err
		}
		found = append(found, rules.Certificate{ID: c.ID, Left: c.Left})
	}
	return found, nil
}

func evaluationError(err error, r rules.Result, in rules.Input) error {
	switch {
	case errors.Is(err, rules.ErrOverLimit) && in.Redeem > in.Available:
		return fail(KindInsufficient, "not_enough_points", "Points", in.Redeem, "Available", in.Available, "Limit", r.RedeemLimit)
	case errors.Is(err, rules.ErrOverLimit):
		return fail(KindLimit, "over_limit", "Points", in.Redeem, "Limit", r.RedeemLimit)
	case errors.Is(err, money.ErrOverflow), errors.Is(err, rules.ErrTooLarge):
		return &Error{Kind: KindInvalid, ID: "sum_too_large", Err: err}
	case errors.Is(err, rules.ErrManyLines):
		return &Error{Kind: KindInvalid, ID: "sale_many_lines", Args: map[string]any{"Max": rules.MaxLines}, Err: err}
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
