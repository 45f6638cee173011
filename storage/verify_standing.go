package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// standingCheck is what a member has come to beside the sums of the days.
type standingCheck struct {
	member    string
	said, sum engine.Activity
}

func scanStandingCheck(row pgx.Row) (c standingCheck, err error) {
	err = row.Scan(&c.member, &c.said.Visits, &c.said.Spent, &c.said.Earned, &c.sum.Visits, &c.sum.Spent, &c.sum.Earned)
	return c, err
}

// standings compares what members have come to with the sums of their days.
func (v *verifier) standings(ctx context.Context) error {
	return pages(ctx, v, "standings", scanStandingCheck, func(c standingCheck) string { return c.member }, `WITH page AS (
			SELECT id FROM member WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3
		)
		SELECT page.id, COALESCE(s.visits, 0), COALESCE(s.spent, 0), COALESCE(s.earned, 0),
			CAST(COALESCE(sum(a.visits), 0) AS bigint), CAST(COALESCE(sum(a.spent), 0) AS bigint), CAST(COALESCE(sum(a.earned), 0) AS bigint)
		FROM page LEFT JOIN standing s ON s.program_id = $1 AND s.member_id = page.id
			LEFT JOIN activity a ON a.program_id = $1 AND a.member_id = page.id
		GROUP BY page.id, s.visits, s.spent, s.earned ORDER BY page.id`, func(c standingCheck) {
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
	})
}
