package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// standingCheck is what a member has come to beside the sums of the days.
type standingCheck struct {
	member, account string
	owner           string // of the account
	said, sum       engine.Activity
}

func scanStandingCheck(row pgx.Row) (c standingCheck, err error) {
	err = row.Scan(&c.member, &c.account, &c.owner, &c.said.Visits, &c.said.Spent, &c.said.Earned, &c.sum.Visits, &c.sum.Spent, &c.sum.Earned)
	return c, err
}

// standings compares what members have come to with the sums of their days and of the postings that count as one, and whose their accounts are.
func (v *verifier) standings(ctx context.Context) error {
	err := pages(ctx, v, "standings", scanStandingCheck, func(c standingCheck) string { return c.member }, `WITH page AS (
			SELECT id, account_id FROM member WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3
		)
		SELECT page.id, page.account_id, COALESCE(a.member_id, ''), COALESCE(a.visits, 0), COALESCE(a.spent, 0), COALESCE(a.earned, 0),
			CAST(COALESCE(sum(d.visits), 0) + COALESCE(max(c.visits), 0) AS bigint), CAST(COALESCE(sum(d.spent), 0) + COALESCE(max(c.spent), 0) AS bigint),
			CAST(COALESCE(sum(d.earned), 0) + COALESCE(max(c.earned), 0) AS bigint)
		FROM page LEFT JOIN account a ON a.program_id = $1 AND a.id = page.account_id
			LEFT JOIN activity d ON d.program_id = $1 AND d.member_id = page.id
			LEFT JOIN (
				SELECT p.account_id, count(*) AS visits, sum(p.total - p.discount) AS spent, sum(p.earned) AS earned
				FROM posting p WHERE p.program_id = $1 AND p.account_id <> '' AND p.counted AND p.account_id IN (SELECT x.account_id FROM page x)
				GROUP BY p.account_id
			) c ON c.account_id = page.account_id
		GROUP BY page.id, page.account_id, a.member_id, a.visits, a.spent, a.earned ORDER BY page.id`, v.standing)
	if err != nil {
		return err
	}
	return v.strayOwners(ctx)
}

func (v *verifier) standing(c standingCheck) {
	if c.owner != c.member {
		v.differ("account_member", c.account, "it is the account of member %s and says %q", c.member, c.owner)
	}
	for _, part := range []struct {
		name      string
		said, sum int64
	}{
		{"visits", int64(c.said.Visits), int64(c.sum.Visits)},
		{"spent", int64(c.said.Spent), int64(c.sum.Spent)},
		{"earned", int64(c.said.Earned), int64(c.sum.Earned)},
	} {
		if part.said != part.sum {
			v.differ("standing_activity", c.member, "%s is %d, the days come to %d", part.name, part.said, part.sum)
		}
	}
}

// strayOwners finds accounts said to be of a member when no member has them.
func (v *verifier) strayOwners(ctx context.Context) error {
	ids, err := many(ctx, v.q, "owners of accounts", scanText, `SELECT a.id FROM account a
		WHERE a.program_id = $1 AND a.member_id <> ''
			AND NOT EXISTS (SELECT 1 FROM member m WHERE m.program_id = $1 AND m.account_id = a.id)
		ORDER BY a.id LIMIT $2`, v.program, verifyChunk)
	for _, id := range ids {
		v.differ("account_member", id, "it is said to be of a member, and no member has it")
	}
	return err
}

// holders finds accounts that say otherwise of their members than these do.
func (v *verifier) holders(ctx context.Context) error {
	return v.strays(ctx, "account_holder", "what it says of its member is not so", `SELECT a.id FROM member m JOIN account a ON a.program_id = $1 AND a.id = m.account_id
		WHERE m.program_id = $1 AND (a.holder_state <> m.state OR a.inviter_id <> m.inviter_id OR a.merged_into <> m.merged_into
			OR a.joined_at IS NULL OR a.joined_at <> m.joined_at)`)
}
