package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// Profile implements [engine.PeopleReads]. A member that is not there is KindNotFound.
func (r reads) Profile(ctx context.Context, programID, memberID string) (engine.Profile, error) {
	return one(ctx, r.q, "member", func(row pgx.Row) (p engine.Profile, err error) {
		var fields string
		if err = row.Scan(&p.Gender, &p.City, &fields); err != nil {
			return p, err
		}
		return p, decode("fields", fields, &p.Fields)
	}, `SELECT COALESCE(p.gender, ''), COALESCE(p.city, ''), COALESCE(p.fields, '')
		FROM member m LEFT JOIN profile p ON p.program_id = m.program_id AND p.member_id = m.id
		WHERE m.program_id = $1 AND m.id = $2`, programID, memberID)
}

// SetProfile implements [engine.PeopleWrites].
func (w *writes) SetProfile(ctx context.Context, programID, memberID string, p engine.Profile) error {
	fields := ""
	if len(p.Fields) > 0 {
		var err error
		if fields, err = encode("fields", p.Fields); err != nil {
			return err
		}
	}
	_, err := exec(ctx, w.q, "write profile", `INSERT INTO profile (program_id, member_id, name, phone, phone_index, proof, gender, city, fields)
		VALUES ($1, $2, '', '', '', '', $3, $4, $5)
		ON CONFLICT (program_id, member_id) DO UPDATE SET gender = excluded.gender, city = excluded.city, fields = excluded.fields`,
		programID, memberID, p.Gender, p.City, fields)
	if err != nil {
		return err
	}
	return w.touch(ctx, programID, memberID)
}
