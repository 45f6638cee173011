package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/storage/sqldb"
)

const selectHold = `SELECT program_id, id, account_id, member_id, points, state, draft, key, hash, asker, created_at, expires_at FROM hold `

func scanHold(row pgx.Row) (h engine.Hold, err error) {
	var draft string
	err = row.Scan(&h.ProgramID, &h.ID, &h.AccountID, &h.MemberID, &h.Points, &h.State, &draft, &h.Key, &h.Hash, &h.Asker, &h.CreatedAt, &h.ExpiresAt)
	if err != nil {
		return h, err
	}
	return h, decode("draft", draft, &h.Draft)
}

// Hold implements [engine.LedgerReads].
func (r reads) Hold(ctx context.Context, programID, id string) (engine.Hold, error) {
	return one(ctx, r.q, "hold", scanHold, selectHold+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// HoldByKey implements [engine.LedgerReads].
func (r reads) HoldByKey(ctx context.Context, programID, key string) (engine.Hold, error) {
	return one(ctx, r.q, "hold", scanHold, selectHold+`WHERE program_id = $1 AND key = $2`, programID, key)
}

// HoldsToExpire implements [engine.LedgerReads], longest over first.
func (r reads) HoldsToExpire(ctx context.Context, programID string, by time.Time, limit int) ([]engine.Hold, error) {
	return many(ctx, r.q, "holds", scanHold, selectHold+`WHERE program_id = $1 AND state IN ('asking', 'held') AND expires_at <= $2
		ORDER BY expires_at, id LIMIT $3`, programID, by, limit)
}

// holdColumns are the columns of a hold, in the order of [holdRow].
var holdColumns = []string{"program_id", "id", "account_id", "member_id", "points", "state", "draft", "key", "hash", "asker", "created_at", "expires_at"}

func holdRow(h engine.Hold) ([]any, error) {
	draft, err := encode("draft", h.Draft)
	if err != nil {
		return nil, err
	}
	return []any{h.ProgramID, h.ID, h.AccountID, h.MemberID, int64(h.Points), string(h.State), draft, h.Key, h.Hash, h.Asker, h.CreatedAt, h.ExpiresAt}, nil
}

// InsertHold implements [engine.LedgerWrites].
func (w *writes) InsertHold(ctx context.Context, h engine.Hold) error {
	row, err := holdRow(h)
	if err != nil {
		return err
	}
	return insert(ctx, w.q, "hold", `INSERT INTO hold (`+columnList(holdColumns)+`) VALUES `+sqldb.Placeholders(1, len(holdColumns))+` ON CONFLICT DO NOTHING`, row...)
}

// SetHoldState implements [engine.LedgerWrites].
func (w *writes) SetHoldState(ctx context.Context, programID, id string, to engine.HoldState, from ...engine.HoldState) error {
	states := make([]string, len(from))
	for i, s := range from {
		states[i] = string(s)
	}
	n, err := exec(ctx, w.q, "set hold", `UPDATE hold SET state = $3 WHERE program_id = $1 AND id = $2 AND state = ANY($4)`, programID, id, string(to), states)
	if err != nil || n > 0 {
		return err
	}
	return goneOr(ctx, w.q, conflict("hold"), "hold", `SELECT 1 FROM hold WHERE program_id = $1 AND id = $2`, programID, id)
}

// LockForSale implements [engine.LedgerWrites]; the accounts are whole.
func (w *writes) LockForSale(ctx context.Context, programID string, _ time.Time, _ bool, ids ...string) ([]ledger.Account, error) {
	return w.LockAccounts(ctx, programID, ids...)
}
