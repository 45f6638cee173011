package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectMerge = `SELECT program_id, id, kept_id, gone_id, detail, by_staff, at, undone_at FROM merge_record `

func scanMerge(row pgx.Row) (m engine.Merge, err error) {
	var detail string
	var undone *time.Time
	err = row.Scan(&m.ProgramID, &m.ID, &m.KeptID, &m.GoneID, &detail, &m.By, &m.At, &undone)
	if err != nil {
		return m, err
	}
	m.UndoneAt = timeOrZero(undone)
	return m, decode("merge", detail, &m.Detail)
}

// Merge implements [engine.MechanicReads].
func (r reads) Merge(ctx context.Context, programID, id string) (engine.Merge, error) {
	return one(ctx, r.q, "merge", scanMerge, selectMerge+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// MergesOf implements [engine.MechanicReads].
func (r reads) MergesOf(ctx context.Context, programID, memberID string) ([]engine.Merge, error) {
	return many(ctx, r.q, "merges", scanMerge, selectMerge+`WHERE program_id = $1 AND (kept_id = $2 OR gone_id = $2) ORDER BY at DESC, id DESC`,
		programID, memberID)
}

// InsertMerge implements [engine.MechanicWrites].
func (w *writes) InsertMerge(ctx context.Context, m engine.Merge) error {
	detail, err := encode("merge", m.Detail)
	if err != nil {
		return err
	}
	return insert(ctx, w.q, "merge", `INSERT INTO merge_record (program_id, id, kept_id, gone_id, detail, by_staff, at, undone_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		m.ProgramID, m.ID, m.KeptID, m.GoneID, detail, m.By, m.At, nullable(m.UndoneAt))
}

// UpdateMerge implements [engine.MechanicWrites].
func (w *writes) UpdateMerge(ctx context.Context, m engine.Merge) error {
	return update(ctx, w.q, "merge", `UPDATE merge_record SET undone_at = $3 WHERE program_id = $1 AND id = $2`, m.ProgramID, m.ID, nullable(m.UndoneAt))
}

// SetMergedInto implements [engine.MechanicWrites]. Every merged member points straight to the one that is kept in the end: who
// had become part of memberID before goes over to keptID with it. Parting takes these back along the merges on record that
// are not undone, so merges are recorded in the transaction that makes them.
//
// KindConflict: a member cannot become part of itself, of one that is part of another, or of two.
func (w *writes) SetMergedInto(ctx context.Context, programID, memberID, keptID string) error {
	// Both are locked, in id order, so that of two merges at once the second sees what the first has made.
	type link struct{ id, into string }
	links, err := many(ctx, w.q, "members", func(row pgx.Row) (l link, err error) {
		err = row.Scan(&l.id, &l.into)
		return l, err
	}, `SELECT id, merged_into FROM member WHERE program_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE`, programID, []string{memberID, keptID})
	if err != nil {
		return err
	}
	into := make(map[string]string, len(links))
	for _, l := range links {
		into[l.id] = l.into
	}
	if _, known := into[memberID]; !known {
		return notFound("member")
	}
	if keptID == "" {
		return w.part(ctx, programID, memberID, into[memberID])
	}
	further, known := into[keptID]
	switch {
	case !known:
		return notFound("member")
	case keptID == memberID, further != "", into[memberID] != "" && into[memberID] != keptID:
		return conflict("member")
	}
	_, err = exec(ctx, w.q, "merge members", `UPDATE member SET merged_into = $3 WHERE program_id = $1 AND (id = $2 OR (merged_into = $2 AND merged_into <> ''))`,
		programID, memberID, keptID)
	if err != nil {
		return err
	}
	if err := w.mergeDeliveries(ctx, programID, memberID, keptID); err != nil {
		return err
	}
	return w.tellAccounts(ctx, programID, memberID, keptID)
}

// part makes a merged member one of its own again, with those that were part of it before they became part of keptID with it.
func (w *writes) part(ctx context.Context, programID, memberID, keptID string) error {
	if keptID == "" {
		return nil
	}
	err := update(ctx, w.q, "member", `UPDATE member SET merged_into = '' WHERE program_id = $1 AND id = $2`, programID, memberID)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "part members", `WITH RECURSIVE part (id) AS (
			SELECT gone_id FROM merge_record WHERE program_id = $1 AND kept_id = $2 AND undone_at IS NULL
			UNION
			SELECT r.gone_id FROM part JOIN merge_record r ON r.program_id = $1 AND r.kept_id = part.id AND r.undone_at IS NULL
		)
		UPDATE member SET merged_into = $2 WHERE program_id = $1 AND merged_into = $3 AND merged_into <> '' AND id IN (SELECT id FROM part)`,
		programID, memberID, keptID)
	if err != nil {
		return err
	}
	return w.tellAccounts(ctx, programID, memberID, keptID)
}

// MoveCoupons implements [engine.MechanicWrites]. Ids that are not there are passed over.
func (w *writes) MoveCoupons(ctx context.Context, programID string, ids []string, toMember string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := exec(ctx, w.q, "move coupons", `UPDATE coupon SET member_id = $3 WHERE program_id = $1 AND id = ANY($2)`, programID, ids, toMember)
	if err != nil {
		return err
	}
	return w.touch(ctx, programID, toMember)
}

// MoveContacts implements [engine.MechanicWrites]. Ids that are not there, such as of a contact erased since, are passed over.
func (w *writes) MoveContacts(ctx context.Context, programID string, ids []string, toMember string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := exec(ctx, w.q, "move contacts", `UPDATE contact SET member_id = $3 WHERE program_id = $1 AND id = ANY($2)`, programID, ids, toMember)
	if err != nil {
		return err
	}
	return w.touch(ctx, programID, toMember)
}
