package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectHolder = `SELECT program_id, id, account_id, state, inviter_id, joined_at, merged_into FROM member `

func scanHolder(row pgx.Row) (h engine.Holder, err error) {
	err = row.Scan(&h.ProgramID, &h.ID, &h.AccountID, &h.State, &h.InviterID, &h.JoinedAt, &h.MergedInto)
	return h, err
}

// Holder implements [engine.PeopleReads].
func (r reads) Holder(ctx context.Context, programID, id string) (engine.Holder, error) {
	return one(ctx, r.q, "member", scanHolder, selectHolder+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// ownerFields is what the row of an account says of its member, who has a row of its own: a sale reads and locks the account anyway.
const ownerFields = `holder_state, inviter_id, joined_at, merged_into`

func ownerInto(h *engine.Holder, joined **time.Time) []any {
	return []any{&h.State, &h.InviterID, joined, &h.MergedInto}
}

// tellAccounts lets accounts say of their members what these have become: of members and of all that are merged into them.
func (w *writes) tellAccounts(ctx context.Context, programID string, memberIDs ...string) error {
	_, err := exec(ctx, w.q, "tell accounts", `UPDATE account SET holder_state = m.state, merged_into = m.merged_into
		FROM member m
		WHERE m.program_id = $1 AND (m.id = ANY($2) OR m.merged_into = ANY($2) AND m.merged_into <> '')
			AND account.program_id = $1 AND account.id = m.account_id`, programID, memberIDs)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "note changed members", `INSERT INTO trait_due (program_id, member_id) SELECT m.program_id, m.id FROM member m
		WHERE m.program_id = $1 AND (m.id = ANY($2) OR m.merged_into = ANY($2) AND m.merged_into <> '') ON CONFLICT DO NOTHING`, programID, memberIDs)
	return err
}
