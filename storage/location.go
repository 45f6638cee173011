package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectLocation = `SELECT program_id, id, name, code, zone, closed, created_at FROM location `

func scanLocation(row pgx.Row) (l engine.Location, err error) {
	err = row.Scan(&l.ProgramID, &l.ID, &l.Name, &l.Code, &l.Zone, &l.Closed, &l.CreatedAt)
	return l, err
}

// Locations implements [engine.ProgramReads], oldest first.
func (r reads) Locations(ctx context.Context, programID string) ([]engine.Location, error) {
	return many(ctx, r.q, "locations", scanLocation, selectLocation+`WHERE program_id = $1 ORDER BY created_at, id`, programID)
}

// Location implements [engine.ProgramReads].
func (r reads) Location(ctx context.Context, programID, id string) (engine.Location, error) {
	return one(ctx, r.q, "location", scanLocation, selectLocation+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// LocationByCode implements [engine.ProgramReads].
func (r reads) LocationByCode(ctx context.Context, programID, code string) (engine.Location, error) {
	return one(ctx, r.q, "location", scanLocation, selectLocation+`WHERE program_id = $1 AND code = $2 AND code <> ''`, programID, code)
}

// InsertLocation implements [engine.ProgramWrites].
func (w *writes) InsertLocation(ctx context.Context, l engine.Location) error {
	return insert(ctx, w.q, "location", `INSERT INTO location (program_id, id, name, code, zone, closed, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		l.ProgramID, l.ID, l.Name, l.Code, l.Zone, l.Closed, l.CreatedAt)
}

// UpdateLocation implements [engine.ProgramWrites]. A code that another location has is KindTaken.
func (w *writes) UpdateLocation(ctx context.Context, l engine.Location) error {
	return update(ctx, w.q, "location", `UPDATE location SET name = $3, code = $4, zone = $5, closed = $6
		WHERE program_id = $1 AND id = $2`, l.ProgramID, l.ID, l.Name, l.Code, l.Zone, l.Closed)
}
