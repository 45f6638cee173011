package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectStaff = `SELECT program_id, id, role, name, language, location_id, invited_by, disabled, created_at FROM staff `

func (r reads) scanStaff(row pgx.Row) (s engine.Staff, err error) {
	err = row.Scan(&s.ProgramID, &s.ID, &s.Role, &s.Name, &s.Language, &s.LocationID, &s.InvitedBy, &s.Disabled, &s.CreatedAt)
	if err != nil {
		return s, err
	}
	s.Name, err = r.seal.openText(s.Name, placeStaffName(s.ProgramID, s.ID))
	return s, err
}

func placeStaffName(programID, id string) []byte { return place("staff.name", programID, id) }

// StaffList implements [engine.ProgramReads], oldest first.
func (r reads) StaffList(ctx context.Context, programID string) ([]engine.Staff, error) {
	return many(ctx, r.q, "staff", r.scanStaff, selectStaff+`WHERE program_id = $1 ORDER BY created_at, id`, programID)
}

// Staff implements [engine.ProgramReads].
func (r reads) Staff(ctx context.Context, programID, id string) (engine.Staff, error) {
	return one(ctx, r.q, "staff", r.scanStaff, selectStaff+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// InsertStaff implements [engine.ProgramWrites].
func (w *writes) InsertStaff(ctx context.Context, s engine.Staff) error {
	return insert(ctx, w.q, "staff", `INSERT INTO staff (program_id, id, role, name, language, location_id, invited_by, disabled, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		s.ProgramID, s.ID, string(s.Role), w.seal.sealText(s.Name, placeStaffName(s.ProgramID, s.ID)), s.Language, s.LocationID,
		s.InvitedBy, s.Disabled, s.CreatedAt)
}

// UpdateStaff implements [engine.ProgramWrites]: role, name, language, location and whether disabled.
func (w *writes) UpdateStaff(ctx context.Context, s engine.Staff) error {
	return update(ctx, w.q, "staff", `UPDATE staff SET role = $3, name = $4, language = $5, location_id = $6, disabled = $7
		WHERE program_id = $1 AND id = $2`,
		s.ProgramID, s.ID, string(s.Role), w.seal.sealText(s.Name, placeStaffName(s.ProgramID, s.ID)), s.Language, s.LocationID, s.Disabled)
}

const selectInvite = `SELECT program_id, id, token_hash, role, location_id, created_by, created_at, expires_at, used_by, used_at FROM invite `

func scanInvite(row pgx.Row) (i engine.Invite, err error) {
	var used *time.Time
	err = row.Scan(&i.ProgramID, &i.ID, &i.TokenHash, &i.Role, &i.LocationID, &i.CreatedBy, &i.CreatedAt, &i.ExpiresAt, &i.UsedBy, &used)
	i.UsedAt = timeOrZero(used)
	return i, err
}

// InviteByHash implements [engine.ProgramReads].
func (r reads) InviteByHash(ctx context.Context, programID, tokenHash string) (engine.Invite, error) {
	return one(ctx, r.q, "invite", scanInvite, selectInvite+`WHERE program_id = $1 AND token_hash = $2`, programID, tokenHash)
}

// InsertInvite implements [engine.ProgramWrites].
func (w *writes) InsertInvite(ctx context.Context, i engine.Invite) error {
	return insert(ctx, w.q, "invite", `INSERT INTO invite (program_id, id, token_hash, role, location_id, created_by, created_at, expires_at, used_by, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		i.ProgramID, i.ID, i.TokenHash, string(i.Role), i.LocationID, i.CreatedBy, i.CreatedAt, i.ExpiresAt, i.UsedBy, nullable(i.UsedAt))
}

// UseInvite implements [engine.ProgramWrites]. Of several at once exactly one succeeds.
func (w *writes) UseInvite(ctx context.Context, programID, id, staffID string, now time.Time) error {
	err := update(ctx, w.q, "invite", `UPDATE invite SET used_by = $3, used_at = $4
		WHERE program_id = $1 AND id = $2 AND used_at IS NULL AND expires_at > $4`, programID, id, staffID, now)
	if !engine.IsKind(err, engine.KindNotFound) {
		return err
	}
	if _, err := one(ctx, w.q, "invite", scanInvite, selectInvite+`WHERE program_id = $1 AND id = $2`, programID, id); err != nil {
		return err
	}
	return &engine.Error{Kind: engine.KindExpired, ID: "invite_expired"}
}

func scanAudit(row pgx.Row) (a engine.Audit, err error) {
	var detail string
	if err := row.Scan(&a.ProgramID, &a.ID, &a.StaffID, &a.Act, &a.Subject, &detail, &a.At); err != nil {
		return a, err
	}
	return a, decode("audit detail", detail, &a.Detail)
}

// AuditLog implements [engine.ProgramReads].
func (r reads) AuditLog(ctx context.Context, programID string, limit int) ([]engine.Audit, error) {
	return many(ctx, r.q, "audit", scanAudit, `SELECT program_id, id, staff_id, act, subject, detail, at FROM audit
		WHERE program_id = $1 ORDER BY at DESC, id DESC LIMIT $2`, programID, limit)
}

// InsertAudit implements [engine.ProgramWrites].
func (w *writes) InsertAudit(ctx context.Context, a engine.Audit) error {
	detail := ""
	if len(a.Detail) > 0 {
		var err error
		if detail, err = encode("audit detail", a.Detail); err != nil {
			return err
		}
	}
	return insert(ctx, w.q, "audit", `INSERT INTO audit (program_id, id, staff_id, act, subject, detail, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, a.ProgramID, a.ID, a.StaffID, a.Act, a.Subject, detail, a.At)
}
