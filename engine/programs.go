package engine

import (
	"context"
	"fmt"
	"regexp"

	"kartka/engine/rules"
)

var slugShape = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// CreateProgram adds a program. With state ProgramSetup its owner finishes the settings in chat.
func (e *Engine) CreateProgram(ctx context.Context, slug string, settings *rules.Settings, state ProgramState) (Program, error) {
	if !slugShape.MatchString(slug) {
		return Program{}, fail(KindInvalid, "slug_invalid", "Slug", slug)
	}
	if err := settings.Validate(); err != nil {
		return Program{}, &Error{Kind: KindInvalid, ID: "settings_invalid", Err: err}
	}
	var key [32]byte
	e.random(key[:])
	p := Program{ID: e.programID(), Slug: slug, Version: 1, Settings: settings, CardKey: Secret(key[:]), State: state, CreatedAt: e.Now(), Since: e.Now()}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertProgram(ctx, p); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(p.ID, "", "program_made", p.ID, nil))
	})
	if err != nil {
		return Program{}, fmt.Errorf("write program: %w", err)
	}
	return p, nil
}

// ChangeSettings puts a new version of the settings in force, from now on: sales already made keep theirs. The version given
// must be the current one, so that nobody overwrites a change not seen.
func (e *Engine) ChangeSettings(ctx context.Context, programID, byStaffID string, version int64, settings *rules.Settings) (Program, error) {
	if err := settings.Validate(); err != nil {
		return Program{}, &Error{Kind: KindInvalid, ID: "settings_invalid", Err: err}
	}
	defer e.programs.forget(programID)
	var p Program
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if p, err = tx.Program(ctx, programID); err != nil {
			return fmt.Errorf("read program: %w", err)
		}
		if byStaffID != "" {
			by, err := tx.Staff(ctx, programID, byStaffID)
			if err != nil {
				return fmt.Errorf("read staff: %w", err)
			}
			if by.Disabled || by.Role != RoleOwner {
				return fail(KindForbidden, "not_allowed")
			}
		}
		if p.Version != version {
			return fail(KindConflict, "settings_changed")
		}
		if p.State != ProgramSetup && (p.Settings.Currency != settings.Currency || p.Settings.Unit.Decimals != settings.Unit.Decimals || p.Settings.Unit.StepWorth != settings.Unit.StepWorth) {
			return fail(KindForbidden, "unit_fixed") // points already given would change their worth
		}
		p.Version++
		p.Settings, p.Since = settings, e.Now()
		if err := tx.InsertSettings(ctx, SettingsVersion{ProgramID: programID, Version: p.Version, Settings: settings, By: byStaffID, At: p.Since}); err != nil {
			return fmt.Errorf("write settings: %w", err)
		}
		if err := tx.UpdateProgram(ctx, p); err != nil {
			return fmt.Errorf("write program: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, byStaffID, "settings_changed", programID, map[string]any{"version": p.Version}))
	})
	return p, err
}

// SetState opens, pauses or reopens a program.
func (e *Engine) SetState(ctx context.Context, programID, byStaffID string, state ProgramState) error {
	defer e.programs.forget(programID)
	return e.store.InTx(ctx, func(tx Tx) error {
		p, err := tx.Program(ctx, programID)
		if err != nil {
			return fmt.Errorf("read program: %w", err)
		}
		if p.State == state {
			return nil
		}
		p.State = state
		if err := tx.UpdateProgram(ctx, p); err != nil {
			return fmt.Errorf("write program: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, byStaffID, "state_changed", programID, map[string]any{"state": state}))
	})
}

// AttachBot connects a program to a bot. A bot belongs to one program only.
func (e *Engine) AttachBot(ctx context.Context, b Bot) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.PutBot(ctx, b); err != nil {
			return fmt.Errorf("write bot: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(b.ProgramID, "", "bot_attached", b.Sender, map[string]any{"channel": b.Channel}))
	})
}
