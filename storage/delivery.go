package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/storage/sqldb"
)

var deliveryColumns = []string{"program_id", "campaign_id", "period", "no", "member_id", "contact_id", "channel", "sender", "user_id", "variant", "state", "tries", "fence",
	"wait_until", "sent_at", "until_at", "gift", "ref", "reason", "due_at", "tried", "acts"}

func scanDelivery(row pgx.Row) (d engine.Delivery, err error) {
	var wait, sent, until, due *time.Time
	var tried string
	a := &d.Address
	err = row.Scan(&d.ProgramID, &d.CampaignID, &d.Period, &d.No, &d.MemberID, &d.ContactID, &a.Channel, &a.Sender, &a.UserID, &d.Variant, &d.State, &d.Tries, &d.Fence,
		&wait, &sent, &until, &d.Gift, &d.Ref, &d.Reason, &due, &tried, &d.Acts)
	d.Wait, d.SentAt, d.Until, d.Due = timeOrZero(wait), timeOrZero(sent), timeOrZero(until), timeOrZero(due)
	if tried != "" {
		d.Tried = strings.Fields(tried)
	}
	return d, err
}

// InsertDeliveries implements [engine.CampaignWrites].
func (w *writes) InsertDeliveries(ctx context.Context, all []engine.Delivery) error {
	rows := make([][]any, len(all))
	for i := range all {
		d := &all[i]
		a := &d.Address
		rows[i] = []any{d.ProgramID, d.CampaignID, d.Period, d.No, d.MemberID, d.ContactID, a.Channel, a.Sender, a.UserID, int64(d.Variant), string(d.State), int64(d.Tries),
			d.Fence, nullable(d.Wait), nullable(d.SentAt), nullable(d.Until), d.Gift, d.Ref, d.Reason, nullable(d.Due), strings.Join(d.Tried, " "), d.Acts}
	}
	b := &pgx.Batch{}
	t := sqldb.Table{Name: "delivery", Columns: deliveryColumns, Rows: rows}
	if err := sqldb.QueueInsert(b, sqldb.DialectOf(w.q), t, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	return w.all(ctx, "write deliveries", b)
}

// all runs the statements of a batch one after the other.
func (w *writes) all(ctx context.Context, doing string, b *pgx.Batch) error {
	for _, query := range b.QueuedQueries {
		if _, err := exec(ctx, w.q, doing, query.SQL, query.Arguments...); err != nil {
			return err
		}
	}
	return nil
}

// dueDeliveries locks deliveries in the order of their places. Those that are claimed already lie behind, so that no claim looks at them again. The state is asked
// twice: SQLite uses an index of some rows only where its condition is there word by word.
//
// They are marked by a statement of its own. PostgreSQL, which knows nothing yet of a campaign that has just begun, expects one row of it, and would look for what
// it has found by going through all deliveries of the campaign again and again.
const dueDeliveries = ` FROM delivery d
	WHERE d.program_id = $1 AND d.campaign_id = $2 AND d.channel = $3 AND d.sender = $4 AND d.state IN ('queued', 'sending') AND d.state = 'queued' AND d.no > $5 AND NOT d.acts
		AND (d.wait_until IS NULL OR d.wait_until <= $6)
		AND EXISTS (SELECT 1 FROM campaign c WHERE c.program_id = $1 AND c.id = $2 AND c.state = 'running')
		AND NOT EXISTS (SELECT 1 FROM bot b WHERE b.channel = $3 AND b.sender = $4 AND b.fence > $7)
	ORDER BY d.no, d.period LIMIT $8
	FOR UPDATE OF d SKIP LOCKED`

// claimedColumns are those that name a delivery, and those that a claim changes.
var claimedColumns = []string{"program_id", "campaign_id", "period", "no", "state", "fence", "tries"}

// take claims deliveries that are due.
func (w *writes) take(ctx context.Context, q engine.DeliveryClaim) ([]engine.Delivery, error) {
	claimed, err := manyOf(ctx, w.q, "deliveries", q.Limit, scanDelivery, `SELECT `+columnList(deliveryColumns)+dueDeliveries,
		q.ProgramID, q.CampaignID, q.Channel, q.Sender, q.After, q.Now, q.Fence, q.Limit)
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	rows := make([][]any, len(claimed))
	for i := range claimed {
		d := &claimed[i]
		d.State, d.Fence, d.Tries = engine.OutboundSending, q.Fence, d.Tries+1
		rows[i] = []any{d.ProgramID, d.CampaignID, d.Period, d.No, string(d.State), d.Fence, int64(d.Tries)}
	}
	b := &pgx.Batch{}
	if err := sqldb.QueueUpdate(b, sqldb.DialectOf(w.q), sqldb.Table{Name: "delivery", Columns: claimedColumns, Rows: rows}, 4); err != nil {
		return nil, err
	}
	return claimed, w.all(ctx, "mark deliveries", b)
}

// ClaimDeliveries implements [engine.Deliveries].
func (s *Store) ClaimDeliveries(ctx context.Context, q engine.DeliveryClaim) (claimed []engine.Delivery, err error) {
	err = s.inTx(ctx, func(tx *writes) (err error) {
		claimed, err = tx.take(ctx, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	slices.SortFunc(claimed, func(a, b engine.Delivery) int {
		return cmp.Or(cmp.Compare(a.No, b.No), cmp.Compare(a.Period, b.Period))
	})
	if len(claimed) == 0 || q.Since.IsZero() {
		return claimed, nil
	}
	places := make([]int64, len(claimed))
	for i := range claimed {
		places[i] = claimed[i].No
	}
	rows, err := many(ctx, s.q, "deliveries", func(row pgx.Row) (n [2]int64, err error) {
		err = row.Scan(&n[0], &n[1])
		return n, err
	}, `SELECT no, CAST(sum(n) AS bigint) FROM (
			SELECT no, count(*) AS n FROM delivery WHERE program_id = $1 AND no = ANY($2) AND sent_at > $3 GROUP BY no
			UNION ALL
			SELECT no, count(*) AS n FROM delivery WHERE channel = $4 AND sender = $5 AND state = 'sending' AND program_id = $1 AND campaign_id <> $6 AND no = ANY($2) GROUP BY no
		) counted GROUP BY no`, q.ProgramID, places, q.Since, q.Channel, q.Sender, q.CampaignID)
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	recent := make(map[int64]int, len(rows))
	for _, row := range rows {
		recent[row[0]] = int(row[1])
	}
	for i := range claimed {
		claimed[i].Recent = recent[claimed[i].No]
	}
	return claimed, nil
}

// claimColumns say which claim of a delivery is meant: whoever recovers or repeats it changes fence or tries.
var claimColumns = []string{"program_id", "campaign_id", "period", "no", "fence", "tries"}

func claimOf(d *engine.Delivery) []any {
	return []any{d.ProgramID, d.CampaignID, d.Period, d.No, d.Fence, int64(d.Tries)}
}

// settledColumns say what a claim came to, after which it is.
var settledColumns = append(slices.Clone(claimColumns), "state", "wait_until", "sent_at", "until_at", "contact_id", "channel", "sender", "user_id", "gift", "ref", "reason", "tried")

// SettleDeliveries implements [engine.Deliveries].
func (s *Store) SettleDeliveries(ctx context.Context, all []engine.Delivery) error {
	rows := make([][]any, len(all))
	for i := range all {
		d := &all[i]
		user := ""
		switch d.State {
		case engine.OutboundQueued:
			user = d.Address.UserID
		case engine.OutboundSent, engine.OutboundFailed, engine.OutboundUnknown, engine.OutboundDropped:
		default:
			return &engine.Error{Kind: engine.KindInvalid, ID: "state_invalid", Err: fmt.Errorf("a delivery is not settled as %q", d.State)}
		}
		rows[i] = append(claimOf(d), string(d.State), nullable(d.Wait), nullable(d.SentAt), nullable(d.Until), d.ContactID, d.Address.Channel, d.Address.Sender, user, d.Gift,
			d.Ref, d.Reason, strings.Join(d.Tried, " "))
	}
	slices.SortFunc(rows, func(a, b []any) int { // rows are locked in one order
		return cmp.Or(cmp.Compare(a[1].(string), b[1].(string)), cmp.Compare(a[3].(int64), b[3].(int64)), cmp.Compare(a[2].(string), b[2].(string)))
	})
	return s.inTx(ctx, func(tx *writes) error {
		over, err := tx.endedOf(ctx, all)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		if err := sqldb.QueueUpdate(b, sqldb.DialectOf(tx.q), sqldb.Table{Name: "delivery", Columns: settledColumns, Rows: rows}, len(claimColumns)); err != nil {
			return err
		}
		if err := tx.all(ctx, "settle deliveries", b); err != nil {
			return err
		}
		for _, c := range over {
			if _, err := tx.EndDeliveries(ctx, c.ProgramID, c.ID, engine.ReasonCancelled); err != nil {
				return err
			}
		}
		return nil
	})
}

// endedOf finds, among the campaigns of deliveries that go back to the queue, those that were cancelled meanwhile: nobody would take them from there any
// more. It holds the campaigns, so that none is cancelled between.
func (w *writes) endedOf(ctx context.Context, all []engine.Delivery) (over []engine.Campaign, err error) {
	var seen [][2]string
	for i := range all {
		if one := [2]string{all[i].ProgramID, all[i].CampaignID}; all[i].State == engine.OutboundQueued && !slices.Contains(seen, one) {
			seen = append(seen, one)
		}
	}
	slices.SortFunc(seen, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, one := range seen {
		c, err := w.LockCampaign(ctx, one[0], one[1])
		if err != nil {
			return nil, err
		}
		if c.State == engine.CampaignCancelled {
			over = append(over, c)
		}
	}
	return over, nil
}

// LostDeliveries implements [engine.Deliveries].
func (s *Store) LostDeliveries(ctx context.Context, programID, channel, sender string, fence int64) ([]engine.Delivery, error) {
	return many(ctx, s.q, "deliveries", scanDelivery, `SELECT `+columnList(deliveryColumns)+` FROM delivery
		WHERE program_id = $1 AND channel = $2 AND sender = $3 AND state = 'sending' AND fence < $4 ORDER BY campaign_id, no, period`, programID, channel, sender, fence)
}

// RecoverDeliveries implements [engine.Deliveries]. From then on a settlement of the lost sender finds nothing to change.
func (s *Store) RecoverDeliveries(ctx context.Context, programID, channel, sender string, fence int64, now time.Time, given []engine.Delivery) (n int, err error) {
	rows := make([][]any, len(given))
	for i := range given {
		d := &given[i]
		rows[i] = append(claimOf(d), d.Gift)
	}
	err = s.inTx(ctx, func(tx *writes) error {
		b := &pgx.Batch{}
		if err := sqldb.QueueUpdate(b, sqldb.DialectOf(tx.q), sqldb.Table{Name: "delivery", Columns: append(slices.Clone(claimColumns), "gift"), Rows: rows}, len(claimColumns)); err != nil {
			return err
		}
		if err := tx.all(ctx, "note gifts", b); err != nil {
			return err
		}
		done, err := exec(ctx, tx.q, "recover deliveries", `UPDATE delivery SET state = 'unknown', reason = 'sender_lost', fence = $4, sent_at = $5, user_id = ''
			WHERE program_id = $1 AND channel = $2 AND sender = $3 AND state = 'sending' AND fence < $4`, programID, channel, sender, fence, now)
		n = int(done)
		return err
	})
	return n, err
}

// ReopenDeliveries implements [engine.CampaignWrites]. A person who cannot be reached any more is left as is.
func (w *writes) ReopenDeliveries(ctx context.Context, programID, campaignID string, state engine.OutboundState) (int, error) {
	n, err := exec(ctx, w.q, "reopen deliveries", `UPDATE delivery SET state = 'queued', reason = 'again', wait_until = NULL, sent_at = NULL, tries = tries + 1,
			user_id = (SELECT c.user_id FROM contact c WHERE c.program_id = $1 AND c.id = delivery.contact_id)
		WHERE program_id = $1 AND campaign_id = $2 AND state = $3
			AND EXISTS (SELECT 1 FROM contact c WHERE c.program_id = $1 AND c.id = delivery.contact_id AND c.blocked_at IS NULL)`, programID, campaignID, string(state))
	return int(n), err
}

// EndDeliveries implements [engine.CampaignWrites].
func (w *writes) EndDeliveries(ctx context.Context, programID, campaignID, reason string) (int, error) {
	n, err := exec(ctx, w.q, "end deliveries", `UPDATE delivery SET state = 'dropped', reason = $3, user_id = '' WHERE program_id = $1 AND campaign_id = $2 AND state = 'queued'`,
		programID, campaignID, reason)
	return int(n), err
}

// eraseDeliveries gives up what is queued for a member who leaves. What was sent stays, and names nobody but the member's id.
func (w *writes) eraseDeliveries(ctx context.Context, programID, memberID string) error {
	_, err := exec(ctx, w.q, "drop deliveries", `UPDATE delivery SET state = 'dropped', reason = 'erased', user_id = '' WHERE program_id = $1 AND member_id = $2 AND state = 'queued'`,
		programID, memberID)
	return err
}

// mergeDeliveries gives up what is queued for a member who becomes part of another, where the other is told the same, and what is queued for the other where
// this one was told: one person hears of a campaign, and gets its gift, once.
func (w *writes) mergeDeliveries(ctx context.Context, programID, goneID, keptID string) error {
	_, err := exec(ctx, w.q, "merge deliveries", `UPDATE delivery SET state = 'dropped', reason = 'gone', user_id = ''
		WHERE program_id = $1 AND state = 'queued' AND (
			member_id = $2 AND EXISTS (SELECT 1 FROM delivery o WHERE o.program_id = $1 AND o.member_id = $3 AND o.campaign_id = delivery.campaign_id
				AND o.period = delivery.period AND o.state <> 'dropped')
			OR member_id = $3 AND EXISTS (SELECT 1 FROM delivery o WHERE o.program_id = $1 AND o.member_id = $2 AND o.campaign_id = delivery.campaign_id
				AND o.period = delivery.period AND o.state IN ('sending', 'sent', 'unknown')))`, programID, goneID, keptID)
	return err
}

// DeliveryOf implements [engine.CampaignReads].
func (r reads) DeliveryOf(ctx context.Context, programID, campaignID, memberID string) (engine.Delivery, error) {
	return one(ctx, r.q, "delivery", scanDelivery, `SELECT `+columnList(deliveryColumns)+` FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND member_id = $3
		ORDER BY period DESC, no LIMIT 1`, programID, campaignID, memberID)
}

// DeliveryAt implements [engine.CampaignReads].
func (r reads) DeliveryAt(ctx context.Context, programID, campaignID string, no int64) (engine.Delivery, error) {
	return one(ctx, r.q, "delivery", scanDelivery, `SELECT `+columnList(deliveryColumns)+` FROM delivery WHERE program_id = $1 AND campaign_id = $2 AND no = $3
		ORDER BY period DESC LIMIT 1`, programID, campaignID, no)
}

// NotePress implements [engine.CampaignWrites].
func (w *writes) NotePress(ctx context.Context, d engine.Delivery, button int, stop bool, at time.Time) error {
	_, err := exec(ctx, w.q, "note press", `INSERT INTO campaign_press (program_id, campaign_id, button, no, n, first_at) VALUES ($1, $2, $3, $4, 1, $5)
		ON CONFLICT (program_id, campaign_id, button, no) DO UPDATE SET n = campaign_press.n + 1`, d.ProgramID, d.CampaignID, int64(button), d.No, at)
	if err != nil {
		return err
	}
	column := "clicked_at"
	if stop {
		column = "stopped_at"
	}
	_, err = exec(ctx, w.q, "note press", `UPDATE delivery SET `+column+` = COALESCE(`+column+`, $5) WHERE program_id = $1 AND campaign_id = $2 AND period = $3 AND no = $4`,
		d.ProgramID, d.CampaignID, d.Period, d.No, at)
	return err
}
