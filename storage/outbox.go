package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/storage/sqldb"
)

// outboundColumns are those an [engine.Outbound] is read from.
const outboundColumns = `program_id, id, channel, sender, user_id, contact_id, member_id, staff_id, key, lane, purpose, message, notice,
	wait_until, expires_at, state, tries, fence, ref, reason, at`

func scanOutbound(row pgx.Row) (o engine.Outbound, err error) {
	var message, notice string
	var wait, expires *time.Time
	a := &o.Address
	err = row.Scan(&o.ProgramID, &o.ID, &a.Channel, &a.Sender, &a.UserID, &o.ContactID, &o.MemberID, &o.StaffID, &o.Key, &o.Lane, &o.Purpose,
		&message, &notice, &wait, &expires, &o.State, &o.Tries, &o.Fence, &o.Ref, &o.Reason, &o.At)
	if err != nil {
		return o, err
	}
	o.Message, o.Wait, o.Expires = rawJSON(message), timeOrZero(wait), timeOrZero(expires)
	if notice != "" {
		o.Notice = &engine.Notice{}
		err = decode("notice", notice, o.Notice)
	}
	return o, err
}

// Enqueue implements [engine.MessageWrites]. A message to a contact goes to its address. A message to a member or to staff goes to
// the contact that was seen last among those that are not blocked when a sender of the program next looks for something to send. When there is
// none, or the contact is blocked, nothing is written. A contact that is gone, because the person has just left, is still told what
// the address given allows.
func (w *writes) Enqueue(ctx context.Context, out ...engine.Outbound) error {
	var later []told
	for _, o := range out {
		if unaddressed(o) {
			t, err := toldOf(o)
			if err != nil {
				return fmt.Errorf("enqueue: %w", err)
			}
			later = append(later, t)
			continue
		}
		reachable, err := w.address(ctx, &o)
		if err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
		if !reachable {
			continue
		}
		if err := w.insertOutbound(ctx, o); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	for _, row := range noticeRows(later) {
		if _, err := exec(ctx, w.q, "insert notices", insertNotice, row...); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	return nil
}

// address completes contact and address of a message to a contact, and tells whether anybody is there.
func (w *writes) address(ctx context.Context, o *engine.Outbound) (reachable bool, err error) {
	a := &o.Address
	if o.ContactID == "" {
		return a.UserID != "", nil
	}
	var blocked *time.Time
	err = w.q.QueryRow(ctx, `SELECT channel, sender, user_id, blocked_at FROM contact WHERE program_id = $1 AND id = $2`, o.ProgramID, o.ContactID).
		Scan(&a.Channel, &a.Sender, &a.UserID, &blocked)
	if errors.Is(err, pgx.ErrNoRows) {
		return a.UserID != "", nil
	}
	if err != nil {
		return false, fmt.Errorf("find contact: %w", err)
	}
	return blocked == nil, nil
}

// outboxColumns are those that a queued message is written to, in the order of [outboxRow].
var outboxColumns = []string{"program_id", "id", "channel", "sender", "user_id", "contact_id", "member_id", "staff_id", "key", "lane", "purpose",
	"message", "notice", "wait_until", "expires_at", "state", "tries", "fence", "ref", "reason", "at"}

// noticeText is the JSON of a message's notice, "" when it has none.
func noticeText(o engine.Outbound) (string, error) {
	if o.Notice == nil {
		return "", nil
	}
	text, err := o.Notice.AppendTo(make([]byte, 0, 128))
	if err != nil {
		return "", fmt.Errorf("encode notice: %w", err)
	}
	return string(text), nil
}

func laneOrDefault(lane engine.Lane) engine.Lane { return cmp.Or(lane, engine.LaneInteractive) }

// outboxRow is the row of a message whose notice has been encoded.
func outboxRow(o engine.Outbound, notice string) []any {
	a := o.Address
	return []any{o.ProgramID, o.ID, a.Channel, a.Sender, a.UserID, o.ContactID, o.MemberID, o.StaffID, o.Key, string(laneOrDefault(o.Lane)), o.Purpose,
		string(o.Message), notice, nullable(o.Wait), nullable(o.Expires), string(engine.OutboundQueued), int64(0), int64(0), "", "", o.At}
}

var insertMessage = `INSERT INTO outbox (` + columnList(outboxColumns) + `) VALUES ` + sqldb.Placeholders(1, len(outboxColumns)) + ` ON CONFLICT DO NOTHING`

func (w *writes) insertOutbound(ctx context.Context, o engine.Outbound) error {
	notice, err := noticeText(o)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "insert message", insertMessage, outboxRow(o, notice)...)
	return err
}

// claimQuery takes messages that are due. A message waits while an earlier one to the same person on the same lane is being
// sent, or is due, or is to be tried again: order is kept. One that was only planned for later holds nobody up. It also waits while
// messages of the lane that are older are not relayed yet: one of them may be to the same person.
// A sender that has been replaced claims nothing: the bot remembers a higher fence.
const claimQuery = `
WITH next AS (
	SELECT o.id AS next_id FROM outbox o
	WHERE o.program_id = $1 AND o.channel = $2 AND o.sender = $3 AND o.lane = $4 AND o.state = 'queued'
		AND (o.wait_until IS NULL OR o.wait_until <= $5)
		AND NOT EXISTS (
			SELECT 1 FROM outbox e
			WHERE e.program_id = $1 AND e.channel = $2 AND e.sender = $3 AND e.user_id = o.user_id AND e.lane = $4
				AND (e.at, e.id) < (o.at, o.id) AND e.state IN ('queued', 'sending')
				AND (e.state = 'sending' OR e.tries > 0 OR e.wait_until IS NULL OR e.wait_until <= $5)
		)
		AND NOT EXISTS (
			SELECT 1 FROM (SELECT at, id FROM notice WHERE program_id = $1 AND lane = $4 ORDER BY at, id LIMIT 1) AS oldest
			WHERE (oldest.at, oldest.id) < (o.at, o.id)
		)
		AND NOT EXISTS (SELECT 1 FROM bot b WHERE b.channel = $2 AND b.sender = $3 AND b.fence > $6)
	ORDER BY o.at, o.id LIMIT $7
	FOR UPDATE OF o SKIP LOCKED
)
UPDATE outbox SET state = 'sending', fence = $6, tries = tries + 1
FROM next WHERE program_id = $1 AND id = next_id
RETURNING ` + outboundColumns

// ClaimOutbound implements [engine.Messages]. Messages whose time is over are claimed too: the sender settles them as dropped. Before,
// the lane's messages to members and staff are relayed, whoever sends them.
func (s *Store) ClaimOutbound(ctx context.Context, programID, channel, sender string, lane engine.Lane, now time.Time, fence int64, limit int) ([]engine.Outbound, error) {
	claimed, err := s.claim(ctx, programID, channel, sender, lane, now, fence, limit)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	slices.SortFunc(claimed, func(a, b engine.Outbound) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return claimed, nil
}

// claimTries is how often a claim comes back for what was held up by messages that had not been there when it relayed.
const claimTries = 4

func (s *Store) claim(ctx context.Context, programID, channel, sender string, lane engine.Lane, now time.Time, fence int64, limit int) (claimed []engine.Outbound, err error) {
	for try := range claimTries {
		due, relayed, err := s.relay(ctx, programID, channel, sender, lane)
		if err != nil {
			return nil, err
		}
		if !due || try > 0 && !relayed {
			return nil, nil
		}
		claimed, err = many(ctx, s.q, "outbox", scanOutbound, claimQuery, programID, channel, sender, string(lane), now, fence, limit)
		if err != nil || len(claimed) > 0 {
			return claimed, err
		}
	}
	return nil, nil
}

// SettleOutbound implements [engine.Messages]. A message that was put back is claimed again with one try more, so a settlement of the
// claim before, late or repeated, finds nothing to change. Once a message is settled for good its text, address and notice are removed.
func (s *Store) SettleOutbound(ctx context.Context, o engine.Outbound, slot string) error {
	return s.inTx(ctx, func(tx *writes) error {
		n, err := tx.settle(ctx, o)
		if err != nil {
			return err
		}
		if n == 0 {
			return goneOr(ctx, tx.q, conflict("message"), "message", `SELECT 1 FROM outbox WHERE program_id = $1 AND id = $2`, o.ProgramID, o.ID)
		}
		if slot == "" || o.Ref == "" || o.ContactID == "" {
			return nil
		}
		err = tx.SaveSlot(ctx, o.ProgramID, o.ContactID, slot, o.Ref)
		if engine.IsKind(err, engine.KindNotFound) {
			return nil // the person has left meanwhile
		}
		return err
	})
}

func (w *writes) settle(ctx context.Context, o engine.Outbound) (int64, error) {
	const claimed = ` WHERE program_id = $1 AND id = $2 AND state = 'sending' AND fence = $3 AND tries = $4`
	switch o.State {
	case engine.OutboundQueued:
		return exec(ctx, w.q, "settle message", `UPDATE outbox SET state = 'queued', wait_until = $5, reason = $6`+claimed,
			o.ProgramID, o.ID, o.Fence, o.Tries, nullable(o.Wait), o.Reason)
	case engine.OutboundSent, engine.OutboundFailed, engine.OutboundUnknown, engine.OutboundDropped:
		return exec(ctx, w.q, "settle message", `UPDATE outbox SET state = $5, reason = $6, ref = $7, message = '', notice = '', user_id = ''`+claimed,
			o.ProgramID, o.ID, o.Fence, o.Tries, string(o.State), o.Reason, o.Ref)
	}
	return 0, &engine.Error{Kind: engine.KindInvalid, ID: "state_invalid", Err: fmt.Errorf("a message is not settled as %q", o.State)}
}

// mostRecoveries is how often a reply whose sender was lost is queued again. More than once, because a process that dies soon after
// its start takes the same messages with it again; not for ever, because a message may be what it dies of.
const mostRecoveries = 5

// RecoverOutbound implements [engine.Messages]. From then on a sender with a lower fence claims nothing.
func (s *Store) RecoverOutbound(ctx context.Context, programID, channel, sender string, fence int64) (requeued, unknown int, err error) {
	err = s.inTx(ctx, func(tx *writes) error {
		if _, err := exec(ctx, tx.q, "raise fence", `UPDATE bot SET fence = $4
			WHERE program_id = $1 AND channel = $2 AND sender = $3 AND fence < $4`, programID, channel, sender, fence); err != nil {
			return err
		}
		const left = ` WHERE program_id = $1 AND channel = $2 AND sender = $3 AND state = 'sending' AND fence < $4`
		n, err := exec(ctx, tx.q, "recover messages", `UPDATE outbox SET state = 'unknown', reason = 'sender_lost', message = '', notice = '', user_id = ''`+left+
			` AND (recovered >= $5 OR purpose = 'marketing')`, programID, channel, sender, fence, mostRecoveries)
		if err != nil {
			return err
		}
		unknown = int(n)
		n, err = exec(ctx, tx.q, "recover messages", `UPDATE outbox SET state = 'queued', recovered = recovered + 1, reason = 'sender_lost'`+left, programID, channel, sender, fence)
		requeued = int(n)
		return err
	})
	return requeued, unknown, err
}

// OutboundDepth implements [engine.Messages]. Messages that are not relayed yet count too, those to nobody and repeated ones among them.
func (s *Store) OutboundDepth(ctx context.Context) (map[engine.Lane]int, error) {
	type depth struct {
		lane engine.Lane
		n    int
	}
	lanes, err := many(ctx, s.q, "outbox", func(row pgx.Row) (d depth, err error) {
		err = row.Scan(&d.lane, &d.n)
		return d, err
	}, `SELECT lane, CAST(sum(n) AS bigint) FROM (
			SELECT lane, count(*) AS n FROM outbox WHERE state IN ('queued', 'sending') GROUP BY lane
			UNION ALL
			SELECT lane, CAST(sum(n) AS bigint) AS n FROM notice GROUP BY lane
		) AS waiting GROUP BY lane`)
	if err != nil {
		return nil, err
	}
	out := make(map[engine.Lane]int, len(lanes))
	for _, d := range lanes {
		out[d.lane] = d.n
	}
	return out, nil
}
