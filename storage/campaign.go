package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectCampaign = `SELECT program_id, id, kind, name, state, why, plan, start_at, version, by_staff, approved_by, made_at, started_at, ended_at, sizes, fed FROM campaign `

func scanCampaign(row pgx.Row) (c engine.Campaign, err error) {
	var plan, sizes string
	var start, started, ended *time.Time
	err = row.Scan(&c.ProgramID, &c.ID, &c.Kind, &c.Name, &c.State, &c.Why, &plan, &start, &c.Version, &c.By, &c.ApprovedBy, &c.MadeAt, &started, &ended, &sizes, &c.Fed)
	if err != nil {
		return c, err
	}
	c.Start, c.StartedAt, c.EndedAt = timeOrZero(start), timeOrZero(started), timeOrZero(ended)
	if err := decode("sizes of an audience", sizes, &c.Sizes); err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(plan), &c.Plan); err != nil {
		return c, fmt.Errorf("read campaign %s: %w", c.ID, err)
	}
	return c, nil
}

// Campaigns implements [engine.CampaignReads].
func (r reads) Campaigns(ctx context.Context, programID string, states ...engine.CampaignState) ([]engine.Campaign, error) {
	sql, args := selectCampaign+`WHERE program_id = $1`, []any{programID}
	if len(states) > 0 {
		texts := make([]string, len(states))
		for i, s := range states {
			texts[i] = string(s)
		}
		sql, args = sql+` AND state = ANY($2)`, append(args, texts)
	}
	return many(ctx, r.q, "campaigns", scanCampaign, sql+` ORDER BY made_at DESC, id DESC`, args...)
}

// Campaign implements [engine.CampaignReads].
func (r reads) Campaign(ctx context.Context, programID, id string) (engine.Campaign, error) {
	return one(ctx, r.q, "campaign", scanCampaign, selectCampaign+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// LockCampaign implements [engine.CampaignWrites].
func (w *writes) LockCampaign(ctx context.Context, programID, id string) (engine.Campaign, error) {
	return one(ctx, w.q, "campaign", scanCampaign, selectCampaign+`WHERE program_id = $1 AND id = $2 FOR UPDATE`, programID, id)
}

// PutCampaign implements [engine.CampaignWrites].
func (w *writes) PutCampaign(ctx context.Context, c engine.Campaign) error {
	plan, err := json.Marshal(c.Plan)
	if err != nil {
		return fmt.Errorf("write campaign: %w", err)
	}
	sizes, err := json.Marshal(c.Sizes)
	if err != nil {
		return fmt.Errorf("write campaign: %w", err)
	}
	n, err := exec(ctx, w.q, "write campaign", `INSERT INTO campaign (program_id, id, kind, name, state, why, plan, start_at, version, by_staff, approved_by, made_at, started_at,
			ended_at, sizes, fed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (program_id, id) DO UPDATE SET name = excluded.name, state = excluded.state, why = excluded.why, plan = excluded.plan, start_at = excluded.start_at,
			version = excluded.version, by_staff = excluded.by_staff, approved_by = excluded.approved_by, started_at = excluded.started_at, ended_at = excluded.ended_at, sizes = excluded.sizes,
			fed = excluded.fed
		WHERE campaign.version = excluded.version - 1`,
		c.ProgramID, c.ID, string(c.Kind), c.Name, string(c.State), c.Why, string(plan), nullable(c.Start), c.Version, c.By, c.ApprovedBy, c.MadeAt, nullable(c.StartedAt),
		nullable(c.EndedAt), string(sizes), c.Fed)
	if err != nil {
		return err
	}
	if n == 0 {
		return conflict("campaign")
	}
	return nil
}

// DeleteCampaign implements [engine.CampaignWrites].
func (w *writes) DeleteCampaign(ctx context.Context, programID, id string) error {
	told, err := many(ctx, w.q, "deliveries", scanText, `SELECT member_id FROM delivery WHERE program_id = $1 AND campaign_id = $2 LIMIT 1`, programID, id)
	if err != nil {
		return err
	}
	if len(told) > 0 {
		return conflict("campaign")
	}
	for _, table := range []string{"campaign_press", "campaign_audience"} {
		if _, err := exec(ctx, w.q, "delete audience", `DELETE FROM `+table+` WHERE program_id = $1 AND campaign_id = $2`, programID, id); err != nil {
			return err
		}
	}
	return update(ctx, w.q, "campaign", `DELETE FROM campaign WHERE program_id = $1 AND id = $2`, programID, id)
}

// DeliveryCounts implements [engine.CampaignReads].
func (r reads) DeliveryCounts(ctx context.Context, programID, campaignID string) ([]engine.DeliveryCount, error) {
	return many(ctx, r.q, "deliveries", func(row pgx.Row) (c engine.DeliveryCount, err error) {
		err = row.Scan(&c.Variant, &c.State, &c.Reason, &c.N, &c.Gifts, &c.Delivered, &c.Read, &c.Clicked, &c.Stopped)
		return c, err
	}, `SELECT variant, state, reason, count(*), CAST(sum(CASE WHEN gift <> '' THEN 1 ELSE 0 END) AS bigint), count(delivered_at), count(read_at), count(clicked_at),
			count(stopped_at)
		FROM delivery WHERE program_id = $1 AND campaign_id = $2 GROUP BY variant, state, reason ORDER BY variant, state, reason`, programID, campaignID)
}

// PressCounts implements [engine.CampaignReads].
func (r reads) PressCounts(ctx context.Context, programID, campaignID string) ([]engine.PressCount, error) {
	return many(ctx, r.q, "presses", func(row pgx.Row) (c engine.PressCount, err error) {
		err = row.Scan(&c.Button, &c.People, &c.Presses)
		return c, err
	}, `SELECT button, count(*), CAST(sum(n) AS bigint) FROM campaign_press WHERE program_id = $1 AND campaign_id = $2 GROUP BY button ORDER BY button`, programID, campaignID)
}

// toldVariant is the variant of each member whose purchases are put down to a campaign: the first, where there are several. Those who were held out are left out.
const toldVariant = `SELECT no, min(variant) AS variant FROM delivery
	WHERE program_id = $1 AND campaign_id = $2 AND until_at IS NOT NULL AND reason <> 'held' GROUP BY no`

// VariantCounts implements [engine.CampaignReads].
func (r reads) VariantCounts(ctx context.Context, programID, campaignID string) ([]engine.VariantCount, error) {
	return many(ctx, r.q, "variants", func(row pgx.Row) (c engine.VariantCount, err error) {
		err = row.Scan(&c.Variant, &c.Members, &c.Reached, &c.Pressed)
		return c, err
	}, `SELECT told.variant, count(DISTINCT d.no), count(DISTINCT CASE WHEN d.state = 'sent' THEN d.no END),
			count(DISTINCT CASE WHEN d.state = 'sent' AND d.clicked_at IS NOT NULL THEN d.no END)
		FROM delivery d JOIN (`+toldVariant+`) told ON told.no = d.no WHERE d.program_id = $1 AND d.campaign_id = $2 GROUP BY told.variant ORDER BY told.variant`, programID, campaignID)
}

// BoughtBetween implements [engine.CampaignReads].
func (r reads) BoughtBetween(ctx context.Context, programID string, from, to time.Time) ([]engine.Bought, error) {
	return many(ctx, r.q, "purchases", func(row pgx.Row) (b engine.Bought, err error) {
		err = row.Scan(&b.No, &b.Visits, &b.Revenue)
		return b, err
	}, `SELECT t.no, count(*), CAST(sum(s.total - s.discount - s.returned_total) AS bigint)
		FROM every_sale s JOIN trait t ON t.program_id = $1 AND t.member_id = s.member_id
		WHERE s.program_id = $1 AND s.recorded_at >= $2 AND s.occurred_at >= $2 AND s.occurred_at < $3 AND s.member_id <> ''
			AND (s.returned_total < s.total OR s.total = 0)
		GROUP BY t.no`, programID, from, to)
}

// BoughtAfter implements [engine.CampaignReads].
func (r reads) BoughtAfter(ctx context.Context, programID, campaignID string, from, to time.Time) ([]engine.Bought, error) {
	return many(ctx, r.q, "purchases", scanBoughtTold, `SELECT d.no, d.variant, count(*), CAST(sum(s.total - s.discount - s.returned_total) AS bigint)
		FROM every_sale s JOIN delivery d ON d.program_id = $1 AND d.campaign_id = $2 AND d.member_id = s.member_id
		WHERE s.program_id = $1 AND s.recorded_at >= $3 AND s.occurred_at >= $3 AND s.occurred_at < $4 AND s.member_id <> ''
			AND s.occurred_at > d.sent_at AND s.occurred_at <= d.until_at AND (s.returned_total < s.total OR s.total = 0)
		GROUP BY d.no, d.variant`, programID, campaignID, from, to)
}

func scanBoughtTold(row pgx.Row) (b engine.Bought, err error) {
	err = row.Scan(&b.No, &b.Variant, &b.Visits, &b.Revenue)
	return b, err
}

// PendingDeliveries implements [engine.CampaignReads].
func (r reads) PendingDeliveries(ctx context.Context, programID, campaignID string, now time.Time) (due, all int, err error) {
	err = r.q.QueryRow(ctx, `SELECT COALESCE(sum(CASE WHEN state = 'queued' AND (wait_until IS NULL OR wait_until <= $3) THEN 1 ELSE 0 END), 0), count(*)
		FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND state IN ('queued', 'sending')`, programID, campaignID, now).Scan(&due, &all)
	if err != nil {
		return 0, 0, fmt.Errorf("count deliveries: %w", err)
	}
	return due, all, nil
}

// SentSince implements [engine.CampaignReads].
func (r reads) SentSince(ctx context.Context, programID, campaignID string, since time.Time) (n int, err error) {
	err = r.q.QueryRow(ctx, `SELECT count(*) FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND state IN ('sent', 'unknown') AND sent_at >= $3`,
		programID, campaignID, since).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count deliveries: %w", err)
	}
	return n, nil
}

// CountGifts implements [engine.CampaignReads].
func (r reads) CountGifts(ctx context.Context, programID, campaignID string) (n int, err error) {
	err = r.q.QueryRow(ctx, `SELECT count(*) FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND (gift <> '' OR acts OR state IN ('queued', 'sending'))`,
		programID, campaignID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count gifts: %w", err)
	}
	return n, nil
}
