package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectReferral = `SELECT program_id, friend_id, inviter_id, state, sale_id, inviter_points, friend_points, lot_id, suspect, due_at, at
	FROM referral `

func scanReferral(row pgx.Row) (f engine.Referral, err error) {
	var due *time.Time
	err = row.Scan(&f.ProgramID, &f.FriendID, &f.InviterID, &f.State, &f.SaleID, &f.Inviter, &f.Friend, &f.LotID, &f.Suspect, &due, &f.At)
	f.DueAt = timeOrZero(due)
	return f, err
}

// Referral implements [engine.MechanicReads].
func (r reads) Referral(ctx context.Context, programID, friendID string) (engine.Referral, error) {
	return one(ctx, r.q, "referral", scanReferral, selectReferral+`WHERE program_id = $1 AND friend_id = $2`, programID, friendID)
}

// ReferralsOf implements [engine.MechanicReads].
func (r reads) ReferralsOf(ctx context.Context, programID, inviterID string, limit int) ([]engine.Referral, error) {
	return many(ctx, r.q, "referrals", scanReferral, selectReferral+`WHERE program_id = $1 AND inviter_id = $2
		ORDER BY at DESC, friend_id DESC LIMIT $3`, programID, inviterID, limit)
}

// ReferralsDue implements [engine.DueReads].
func (r reads) ReferralsDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]engine.Referral, error) {
	return many(ctx, r.q, "referrals", scanReferral, selectReferral+`WHERE program_id = $1 AND state = 'pending' AND due_at <= $2
		AND friend_id > $3 ORDER BY friend_id LIMIT $4`, programID, by, after, limit)
}

// PutReferral implements [engine.MechanicWrites].
func (w *writes) PutReferral(ctx context.Context, f engine.Referral) error {
	_, err := exec(ctx, w.q, "write referral", `INSERT INTO referral (program_id, friend_id, inviter_id, state, sale_id, inviter_points, friend_points,
			lot_id, suspect, due_at, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (program_id, friend_id) DO UPDATE SET inviter_id = excluded.inviter_id, state = excluded.state, sale_id = excluded.sale_id,
			inviter_points = excluded.inviter_points, friend_points = excluded.friend_points, lot_id = excluded.lot_id,
			suspect = excluded.suspect, due_at = excluded.due_at, at = excluded.at`,
		f.ProgramID, f.FriendID, f.InviterID, string(f.State), f.SaleID, int64(f.Inviter), int64(f.Friend), f.LotID, f.Suspect, nullable(f.DueAt), f.At)
	return err
}
