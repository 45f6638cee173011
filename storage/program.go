package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
)

const selectProgram = `SELECT p.id, p.slug, p.version, p.card_key, p.state, p.created_at, s.settings, s.at
	FROM program p JOIN program_settings s ON s.program_id = p.id AND s.version = p.version `

func (r reads) scanProgram(row pgx.Row) (p engine.Program, err error) {
	var cardKey, settings string
	if err := row.Scan(&p.ID, &p.Slug, &p.Version, &cardKey, &p.State, &p.CreatedAt, &settings, &p.Since); err != nil {
		return p, err
	}
	cardKey, err = r.seal.openText(cardKey, placeCardKey(p.ID))
	if err != nil {
		return p, err
	}
	p.CardKey = engine.Secret(cardKey)
	p.Settings, err = parseSettings(p.ID, p.Version, settings)
	return p, err
}

func placeCardKey(programID string) []byte { return place("program.card_key", programID) }

func parseSettings(programID string, version int64, text string) (*rules.Settings, error) {
	s, err := rules.ParseSettings([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("settings version %d of program %s: %w", version, programID, err)
	}
	return s, nil
}

// Programs implements [engine.ProgramReads].
func (r reads) Programs(ctx context.Context) ([]engine.Program, error) {
	return many(ctx, r.q, "programs", r.scanProgram, selectProgram+`ORDER BY p.slug`)
}

// Program implements [engine.ProgramReads].
func (r reads) Program(ctx context.Context, id string) (engine.Program, error) {
	return one(ctx, r.q, "program", r.scanProgram, selectProgram+`WHERE p.id = $1`, id)
}

// ProgramBySlug implements [engine.ProgramReads].
func (r reads) ProgramBySlug(ctx context.Context, slug string) (engine.Program, error) {
	return one(ctx, r.q, "program", r.scanProgram, selectProgram+`WHERE p.slug = $1`, slug)
}

// InsertProgram implements [engine.ProgramWrites].
func (w *writes) InsertProgram(ctx context.Context, p engine.Program) error {
	err := insert(ctx, w.q, "program", `INSERT INTO program (id, slug, version, card_key, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		p.ID, p.Slug, p.Version, w.seal.sealText(p.CardKey.Reveal(), placeCardKey(p.ID)), string(p.State), p.CreatedAt)
	if err != nil {
		return err
	}
	since := p.Since
	if since.IsZero() {
		since = p.CreatedAt
	}
	return w.InsertSettings(ctx, engine.SettingsVersion{ProgramID: p.ID, Version: p.Version, Settings: p.Settings, At: since})
}

// UpdateProgram implements [engine.ProgramWrites]. A slug that another program has is KindTaken.
func (w *writes) UpdateProgram(ctx context.Context, p engine.Program) error {
	return update(ctx, w.q, "program", `UPDATE program SET slug = $2, version = $3, card_key = $4, state = $5
		WHERE id = $1 AND EXISTS (SELECT 1 FROM program_settings s WHERE s.program_id = $1 AND s.version = $3)`,
		p.ID, p.Slug, p.Version, w.seal.sealText(p.CardKey.Reveal(), placeCardKey(p.ID)), string(p.State))
}

const selectSettings = `SELECT program_id, version, settings, by_staff, at FROM program_settings `

func scanSettings(row pgx.Row) (v engine.SettingsVersion, err error) {
	var text string
	if err := row.Scan(&v.ProgramID, &v.Version, &text, &v.By, &v.At); err != nil {
		return v, err
	}
	v.Settings, err = parseSettings(v.ProgramID, v.Version, text)
	return v, err
}

// SettingsVersion implements [engine.ProgramReads].
func (r reads) SettingsVersion(ctx context.Context, programID string, version int64) (engine.SettingsVersion, error) {
	return one(ctx, r.q, "settings", scanSettings, selectSettings+`WHERE program_id = $1 AND version = $2`, programID, version)
}

// SettingsAt implements [engine.ProgramReads].
func (r reads) SettingsAt(ctx context.Context, programID string, at time.Time) (engine.SettingsVersion, error) {
	return one(ctx, r.q, "settings", scanSettings, selectSettings+`WHERE program_id = $1
		ORDER BY CASE WHEN at <= $2 THEN 0 ELSE 1 END, CASE WHEN at <= $2 THEN -version ELSE version END LIMIT 1`, programID, at)
}

// InsertSettings implements [engine.ProgramWrites].
func (w *writes) InsertSettings(ctx context.Context, v engine.SettingsVersion) error {
	if v.Settings == nil {
		return &engine.Error{Kind: engine.KindInvalid, ID: "settings_invalid"}
	}
	text, err := encode("settings", v.Settings)
	if err != nil {
		return err
	}
	return insert(ctx, w.q, "settings version", `INSERT INTO program_settings (program_id, version, settings, by_staff, at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, v.ProgramID, v.Version, text, v.By, v.At)
}
