package storage

import (
	"context"

	"kartka/engine"
)

// Bookmark implements [engine.DueReads].
func (r reads) Bookmark(ctx context.Context, programID, name string) (string, error) {
	value, err := one(ctx, r.q, "bookmark", scanText, `SELECT value FROM bookmark WHERE program_id = $1 AND name = $2`, programID, name)
	if engine.IsKind(err, engine.KindNotFound) {
		return "", nil
	}
	return value, err
}

// SetBookmark implements [engine.MechanicWrites].
func (w *writes) SetBookmark(ctx context.Context, programID, name, value string) error {
	_, err := exec(ctx, w.q, "set bookmark", `INSERT INTO bookmark (program_id, name, value) VALUES ($1, $2, $3)
		ON CONFLICT (program_id, name) DO UPDATE SET value = excluded.value`, programID, name, value)
	return err
}
