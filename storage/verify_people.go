package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine/money"
)

// certificates compares gift certificates with their moves.
func (v *verifier) certificates(ctx context.Context) error {
	type check struct {
		id          string
		left, moves money.Amount
	}
	return pages(ctx, v, "certificates", func(row pgx.Row) (c check, err error) {
		err = row.Scan(&c.id, &c.left, &c.moves)
		return c, err
	}, func(c check) string { return c.id }, `WITH page AS (
			SELECT id, remaining FROM certificate WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3
		)
		SELECT page.id, page.remaining, CAST(COALESCE(sum(m.amount), 0) AS bigint)
		FROM page LEFT JOIN certificate_move m ON m.program_id = $1 AND m.certificate_id = page.id
		GROUP BY page.id, page.remaining ORDER BY page.id`, func(c check) {
		if c.left != c.moves {
			v.differ("certificate_moves", c.id, "%d is left, its moves come to %d", c.left, c.moves)
		}
		if c.left < 0 {
			v.differ("below_zero", c.id, "%d is left", c.left)
		}
	})
}

// strayMoves finds moves of certificates that are not there.
func (v *verifier) strayMoves(ctx context.Context) error {
	ids, err := many(ctx, v.q, "certificate moves", scanText, `SELECT m.id FROM certificate_move m
		WHERE m.program_id = $1 AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.program_id = $1 AND c.id = m.certificate_id)
		ORDER BY m.id LIMIT $2`, v.program, verifyChunk)
	for _, id := range ids {
		v.differ("certificate_moves", id, "it belongs to a certificate that is not there")
	}
	return err
}

// referrals finds referrals of members that are not there.
func (v *verifier) referrals(ctx context.Context) error {
	ids, err := many(ctx, v.q, "referrals", scanText, `SELECT r.friend_id FROM referral r
		WHERE r.program_id = $1 AND (
			NOT EXISTS (SELECT 1 FROM member m WHERE m.program_id = $1 AND m.id = r.friend_id)
			OR NOT EXISTS (SELECT 1 FROM member m WHERE m.program_id = $1 AND m.id = r.inviter_id))
		ORDER BY r.friend_id LIMIT $2`, v.program, verifyChunk)
	for _, id := range ids {
		v.differ("referral_member", id, "friend or inviter is not there")
	}
	return err
}

// merged finds members that are part of one that is not there, or is part of another.
func (v *verifier) merged(ctx context.Context) error {
	ids, err := many(ctx, v.q, "merged members", scanText, `SELECT g.id FROM member g
		WHERE g.program_id = $1 AND g.merged_into <> ''
			AND NOT EXISTS (SELECT 1 FROM member k WHERE k.program_id = $1 AND k.id = g.merged_into AND k.merged_into = '')
		ORDER BY g.id LIMIT $2`, v.program, verifyChunk)
	for _, id := range ids {
		v.differ("merged_into", id, "it is part of a member that is not there, or is part of another")
	}
	return err
}
