package engine

import (
	"context"
	"fmt"

	"kartka/engine/rules"
)

// SetBirthday remembers when a member celebrates, see [rules.ParseBirthday] for reading what people write. Members tell it and may
// change it once: a birthday that can be moved at will is a gift a week. The same day again is no change. It returns the birthday as it
// is kept.
func (e *Engine) SetBirthday(ctx context.Context, programID, memberID string, b rules.Birthday) (rules.Birthday, error) {
	return e.setBirthday(ctx, programID, memberID, b, nil)
}

// MendBirthday sets a birthday for a guest who can do so no more. Managers and owners ("" is the operator) may, but for the own card,
// and it is written in the audit log. As every change it pays nothing when the birthday is near.
func (e *Engine) MendBirthday(ctx context.Context, programID, staffID, memberID string, b rules.Birthday) (rules.Birthday, error) {
	return e.setBirthday(ctx, programID, memberID, b, &staffID)
}

// setBirthday sets it for the member or, with staffID, by somebody else.
func (e *Engine) setBirthday(ctx context.Context, programID, memberID string, b rules.Birthday, staffID *string) (rules.Birthday, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return rules.Birthday{}, err
	}
	now := e.Now()
	if !b.Known() || !b.Valid(rules.DateOf(now, program.Settings.Zone)) {
		return rules.Birthday{}, fail(KindInvalid, "birthday_invalid")
	}
	var kept rules.Birthday
	err = e.store.InTx(ctx, func(tx Tx) error {
		m, _, err := lockMember(ctx, tx, programID, memberID)
		if err != nil {
			return err
		}
		if m == nil || m.State == MemberErased {
			return fail(KindNotFound, "member_not_found")
		}
		if staffID != nil {
			if err := checkManager(ctx, tx, programID, *staffID, m.ID); err != nil {
				return err
			}
		}
		standing, err := tx.Standing(ctx, programID, m.ID, StandingQuery{})
		if err != nil {
			return fmt.Errorf("read standing: %w", err)
		}
		old := standing.Birthday
		kept = rules.Birthday{Year: b.Year, Month: b.Month, Day: b.Day}
		switch {
		case old.String() == b.String():
			kept = old
			return nil
		case old.Known() && !old.ChangedAt.IsZero() && staffID == nil:
			return fail(KindLimit, "birthday_fixed")
		case old.Known():
			kept.ChangedAt = now
		}
		if err := tx.SetBirthday(ctx, programID, m.ID, kept); err != nil {
			return fmt.Errorf("write birthday: %w", err)
		}
		if staffID == nil {
			return nil
		}
		if err := tx.InsertAudit(ctx, e.audit(programID, *staffID, "birthday_mended", m.ID, nil)); err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return nil
	})
	return kept, err
}
