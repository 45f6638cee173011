package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine/segment"
)

// cameQuery holds for a delivery d whose member bought something after it, and within the days that are put down to it. The account leads to the purchases by an
// index; whose they are is asked too, as several may share one.
const cameQuery = `EXISTS (SELECT 1 FROM every_sale s WHERE s.program_id = $1 AND s.account_id = (SELECT m.account_id FROM member m WHERE m.program_id = $1 AND m.id = d.member_id)
	AND s.member_id = d.member_id AND s.occurred_at > d.sent_at AND s.occurred_at <= d.until_at AND (s.returned_total < s.total OR s.total = 0))`

// touches are what campaigns came to with a member, as conditions on a delivery d.
var touches = map[string]string{
	"got": "d.state = 'sent'", "read": "d.read_at IS NOT NULL", "clicked": "d.clicked_at IS NOT NULL", "came": "d.state = 'sent' AND " + cameQuery,
}

// touched asks what a campaign came to with the member.
func (c *compiled) touched(q segment.Cond) {
	c.write("EXISTS (SELECT 1 FROM delivery d WHERE d.program_id = $1 AND d.campaign_id = ", c.arg(q.Of), " AND d.member_id = t.member_id AND ", touches[q.Fact], ")")
}

// touchesOf reads what all campaigns came to with a member.
func (r reads) touchesOf(ctx context.Context, programID, memberID string) (map[string]segment.Touch, error) {
	type told struct {
		campaign string
		segment.Touch
	}
	yes := func(name string) string { return "max(CASE WHEN " + touches[name] + " THEN 1 ELSE 0 END)" }
	rows, err := many(ctx, r.q, "deliveries", func(row pgx.Row) (x told, err error) {
		var got, read, clicked, came int
		err = row.Scan(&x.campaign, &got, &read, &clicked, &came)
		x.Touch = segment.Touch{Got: got > 0, Read: read > 0, Clicked: clicked > 0, Came: came > 0}
		return x, err
	}, `SELECT d.campaign_id, `+yes("got")+`, `+yes("read")+`, `+yes("clicked")+`, `+yes("came")+`
		FROM delivery d WHERE d.program_id = $1 AND d.member_id = $2 GROUP BY d.campaign_id`, programID, memberID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all := make(map[string]segment.Touch, len(rows))
	for _, row := range rows {
		all[row.campaign] = row.Touch
	}
	return all, nil
}
