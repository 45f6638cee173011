package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// ends are what a member has that ends, and when and by what name it is known. The condition of each is closed by whoever asks.
var ends = map[engine.Ending]struct{ exists, at, name string }{
	engine.EndsPoints: {exists: `account a JOIN lot e ON e.program_id = $1 AND e.account_id = a.id AND e.open
		WHERE a.program_id = $1 AND a.member_id = t.member_id AND a.member_id <> '' AND a.balance > 0`, at: "e.expires_at"},
	engine.EndsTier: {exists: `account e WHERE e.program_id = $1 AND e.member_id = t.member_id AND e.member_id <> '' AND e.tier <> ''`, at: "e.tier_until", name: "e.tier"},
	engine.EndsCoupon: {exists: `coupon e WHERE e.program_id = $1 AND e.member_id = t.member_id AND e.state IN ('issued', 'activated')`, at: "e.expires_at",
		name: "e.kind"},
}

// Struck implements [engine.CampaignReads].
func (r reads) Struck(ctx context.Context, q engine.Strike) ([]engine.Struck, error) {
	c, err := r.compile(ctx, q.Program, q.Expr, q.Day)
	if err != nil {
		return nil, fmt.Errorf("find whom a trigger is for: %w", err)
	}
	if q.Members != nil {
		c.write(` AND t.member_id = ANY(` + c.arg(q.Members) + `)`)
	}
	if end, ok := ends[q.Ends]; ok {
		c.write(` AND EXISTS (SELECT 1 FROM ` + end.exists + ` AND ` + end.at + ` > ` + c.arg(q.From) + ` AND ` + end.at + ` <= ` + c.arg(q.To))
		if end.name != "" && q.Name != "" {
			c.write(` AND ` + end.name + ` = ` + c.arg(q.Name))
		}
		c.write(`)`)
	}
	type row struct {
		engine.Struck
		consent int64
	}
	rows, err := many(ctx, r.q, "members", func(scan pgx.Row) (x row, err error) {
		err = scan.Scan(&x.No, &x.First, &x.Last, &x.Visits, &x.consent)
		return x, err
	}, `SELECT t.no, t.first_day, t.last_day, t.visits, t.consent FROM trait t WHERE `+c.where.String()+` AND t.no > `+c.arg(q.After)+` ORDER BY t.no LIMIT `+c.arg(q.Limit), c.args...)
	if err != nil {
		return nil, fmt.Errorf("find whom a trigger is for: %w", err)
	}
	places, at := make([]int64, len(rows)), make(map[int64]int, len(rows))
	for i := range rows {
		places[i], at[rows[i].No] = rows[i].No, i
	}
	all, err := r.recipients(ctx, q.Program.ID, places)
	if err != nil {
		return nil, fmt.Errorf("find whom a trigger is for: %w", err)
	}
	struck := make([]engine.Struck, 0, len(all))
	for i := range all {
		x := rows[at[all[i].No]].Struck
		x.Recipient, x.Agreed = all[i], rows[at[all[i].No]].consent != 0
		struck = append(struck, x)
	}
	return struck, nil
}

// NewDeliveries implements [engine.CampaignReads].
func (r reads) NewDeliveries(ctx context.Context, all []engine.Delivery) ([]engine.Delivery, error) {
	if len(all) == 0 {
		return nil, nil
	}
	places := make([]int64, len(all))
	for i := range all {
		places[i] = all[i].No
	}
	type key struct {
		period string
		no     int64
	}
	rows, err := many(ctx, r.q, "deliveries", func(row pgx.Row) (k key, err error) {
		err = row.Scan(&k.period, &k.no)
		return k, err
	}, `SELECT period, no FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND no = ANY($3)`, all[0].ProgramID, all[0].CampaignID, places)
	if err != nil {
		return nil, err
	}
	there := make(map[key]bool, len(rows))
	for _, k := range rows {
		there[k] = true
	}
	fresh := make([]engine.Delivery, 0, len(all))
	for _, d := range all {
		if k := (key{d.Period, d.No}); !there[k] {
			there[k] = true
			fresh = append(fresh, d)
		}
	}
	return fresh, nil
}

// DeliveriesToAct implements [engine.CampaignReads].
func (r reads) DeliveriesToAct(ctx context.Context, programID, campaignID string, now time.Time, limit int) ([]engine.Delivery, error) {
	return many(ctx, r.q, "deliveries", scanDelivery, `SELECT `+columnList(deliveryColumns)+` FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND acts AND due_at <= $3
		ORDER BY due_at, no LIMIT $4`, programID, campaignID, now, limit)
}

// SettleActs implements [engine.CampaignWrites].
func (w *writes) SettleActs(ctx context.Context, all []engine.Delivery) error {
	for i := range all {
		d := &all[i]
		_, err := exec(ctx, w.q, "settle acts", `UPDATE delivery SET acts = FALSE, gift = $5, state = $6, reason = $7, user_id = CASE WHEN $6 = 'queued' THEN user_id ELSE '' END
			WHERE program_id = $1 AND campaign_id = $2 AND period = $3 AND no = $4 AND acts`, d.ProgramID, d.CampaignID, d.Period, d.No, d.Gift, string(d.State), d.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}

// EndActs implements [engine.CampaignWrites].
func (w *writes) EndActs(ctx context.Context, programID, campaignID string) error {
	_, err := exec(ctx, w.q, "end acts", `UPDATE delivery SET acts = FALSE WHERE program_id = $1 AND campaign_id = $2 AND acts`, programID, campaignID)
	return err
}

// BoughtWithin implements [engine.CampaignReads].
func (r reads) BoughtWithin(ctx context.Context, programID, campaignID string, from time.Time, held bool) (members int, bought []engine.Bought, err error) {
	is := "<>"
	if held {
		is = "="
	}
	err = r.q.QueryRow(ctx, `SELECT count(DISTINCT no) FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND until_at IS NOT NULL AND reason `+is+` 'held'`,
		programID, campaignID).Scan(&members)
	if err != nil {
		return 0, nil, fmt.Errorf("count deliveries: %w", err)
	}
	bought, err = many(ctx, r.q, "purchases", scanBoughtTold, `SELECT x.no, COALESCE(min(told.variant), 0), count(*), CAST(sum(x.paid) AS bigint) FROM (
			SELECT DISTINCT d.no, s.id, s.total - s.discount - s.returned_total AS paid
			FROM every_sale s JOIN delivery d ON d.program_id = $1 AND d.campaign_id = $2 AND d.member_id = s.member_id
			WHERE s.program_id = $1 AND s.recorded_at >= $3 AND s.occurred_at >= $3 AND s.member_id <> '' AND (s.returned_total < s.total OR s.total = 0)
				AND d.reason `+is+` 'held' AND s.occurred_at > COALESCE(d.sent_at, d.due_at) AND s.occurred_at <= d.until_at
		) x LEFT JOIN (`+toldVariant+`) told ON told.no = x.no GROUP BY x.no`, programID, campaignID, from)
	return members, bought, err
}
