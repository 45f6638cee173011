package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const orphanFields = `program_id, id, location_id, till, business, receipt_no, key, input, at, matched_at`

func scanOrphan(row pgx.Row) (o engine.Orphan, err error) {
	var input string
	var matched *time.Time
	err = row.Scan(&o.ProgramID, &o.ID, &o.LocationID, &o.Till, &o.Business, &o.ReceiptNo, &o.Key, &input, &o.At, &matched)
	if err != nil {
		return o, err
	}
	o.MatchedAt = timeOrZero(matched)
	return o, decode("return", input, &o.Input)
}

// OrphansOf implements [engine.MechanicReads]. A sale without a receipt number has none.
func (r reads) OrphansOf(ctx context.Context, programID, locationID, till, business, receiptNo string) ([]engine.Orphan, error) {
	return many(ctx, r.q, "orphans", scanOrphan, `SELECT `+orphanFields+` FROM orphan
		WHERE program_id = $1 AND location_id = $2 AND till = $3 AND business = $4 AND receipt_no = $5 AND receipt_no <> '' AND matched_at IS NULL
		ORDER BY at, id`, programID, locationID, till, business, receiptNo)
}

// InsertOrphan implements [engine.MechanicWrites].
func (w *writes) InsertOrphan(ctx context.Context, o engine.Orphan) error {
	input, err := encode("return", o.Input)
	if err != nil {
		return err
	}
	return insert(ctx, w.q, "orphan", `INSERT INTO orphan (program_id, id, location_id, till, business, receipt_no, key, input, at, matched_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		o.ProgramID, o.ID, o.LocationID, o.Till, o.Business, o.ReceiptNo, o.Key, input, o.At, nullable(o.MatchedAt))
}

// MatchOrphan implements [engine.MechanicWrites]; KindConflict when it has found its sale already.
func (w *writes) MatchOrphan(ctx context.Context, programID, id string, at time.Time) error {
	n, err := exec(ctx, w.q, "match orphan", `UPDATE orphan SET matched_at = $3 WHERE program_id = $1 AND id = $2 AND matched_at IS NULL`, programID, id, at)
	if err != nil || n > 0 {
		return err
	}
	return goneOr(ctx, w.q, conflict("orphan"), "orphan", `SELECT 1 FROM orphan WHERE program_id = $1 AND id = $2`, programID, id)
}
