package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectTill = `SELECT program_id, id, location_id, name, key_hash, created_at, revoked_at FROM till `

func scanTill(row pgx.Row) (t engine.Till, err error) {
	var revoked *time.Time
	err = row.Scan(&t.ProgramID, &t.ID, &t.LocationID, &t.Name, &t.KeyHash, &t.CreatedAt, &revoked)
	t.RevokedAt = timeOrZero(revoked)
	return t, err
}

// Tills implements [engine.ProgramReads], oldest first.
func (r reads) Tills(ctx context.Context, programID string) ([]engine.Till, error) {
	return many(ctx, r.q, "tills", scanTill, selectTill+`WHERE program_id = $1 ORDER BY created_at, id`, programID)
}

// TillByHash implements [engine.ProgramReads].
func (r reads) TillByHash(ctx context.Context, programID, keyHash string) (engine.Till, error) {
	return one(ctx, r.q, "till", scanTill, selectTill+`WHERE program_id = $1 AND key_hash = $2`, programID, keyHash)
}

// InsertTill implements [engine.ProgramWrites].
func (w *writes) InsertTill(ctx context.Context, t engine.Till) error {
	return insert(ctx, w.q, "till", `INSERT INTO till (program_id, id, location_id, name, key_hash, created_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		t.ProgramID, t.ID, t.LocationID, t.Name, t.KeyHash, t.CreatedAt, nullable(t.RevokedAt))
}

// RevokeTill implements [engine.ProgramWrites].
func (w *writes) RevokeTill(ctx context.Context, programID, id string, at time.Time) error {
	return update(ctx, w.q, "till", `UPDATE till SET revoked_at = COALESCE(revoked_at, $3) WHERE program_id = $1 AND id = $2`, programID, id, at)
}
