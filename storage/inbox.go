package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// fingerprint is what is kept of a delivery's key for ever: enough to know it again, too little to read it, because the
// keys of some messengers spell the sender's phone.
func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:12])
}

const selectInbound = `SELECT program_id, id, channel, sender, user_id, key, ord, at, body, state, attempts, reason FROM inbox `

func scanInbound(row pgx.Row) (in engine.Inbound, err error) {
	a := &in.Address
	err = row.Scan(&in.ProgramID, &in.ID, &a.Channel, &a.Sender, &a.UserID, &in.Key, &in.Order, &in.At, &in.Body, &in.State, &in.Attempts, &in.Reason)
	return in, err
}

// Accept implements [engine.Messages]. All are stored or none. A delivery for a bot that is not there is KindNotFound.
func (s *Store) Accept(ctx context.Context, in []engine.Inbound) (newIDs []string, err error) {
	if len(in) == 0 {
		return nil, nil
	}
	for _, d := range in {
		if err := s.knowBot(ctx, d.ProgramID, d.Address.Channel, d.Address.Sender); err != nil {
			return nil, fmt.Errorf("accept: %w", err)
		}
	}
	err = s.inTx(ctx, func(tx *writes) error {
		newIDs = nil
		for _, d := range in {
			isNew, err := tx.accept(ctx, d)
			if err != nil {
				return fmt.Errorf("accept: %w", err)
			}
			if isNew {
				newIDs = append(newIDs, d.ID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newIDs, nil
}

func (w *writes) accept(ctx context.Context, d engine.Inbound) (isNew bool, err error) {
	state := d.State
	if state == "" {
		state = engine.InboundNew
	}
	body := d.Body
	if body == nil {
		body = []byte{}
	}
	a := d.Address
	n, err := exec(ctx, w.q, "insert delivery", `INSERT INTO inbox (program_id, id, channel, sender, user_id, fingerprint, key, ord, at, body, state, attempts, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		d.ProgramID, d.ID, a.Channel, a.Sender, a.UserID, fingerprint(d.Key), d.Key, d.Order, d.At, body, string(state), d.Attempts, d.Reason)
	return n == 1, err
}

// botKey names a bot in the memory of those known to exist.
type botKey struct{ program, channel, sender string }

// knowBot makes sure that a bot is there. It stands for a foreign key, which would have all deliveries lock the bot's row.
func (s *Store) knowBot(ctx context.Context, programID, channel, sender string) error {
	key := botKey{programID, channel, sender}
	if _, ok := s.bots.Load(key); ok {
		return nil
	}
	_, err := one(ctx, s.q, "bot", scanText, `SELECT sender FROM bot WHERE program_id = $1 AND channel = $2 AND sender = $3`, programID, channel, sender)
	if err != nil {
		return err
	}
	s.bots.Store(key, struct{}{})
	return nil
}

// PendingInbound implements [engine.Messages].
func (s *Store) PendingInbound(ctx context.Context, a engine.Address, limit int) ([]engine.Inbound, error) {
	return many(ctx, s.q, "deliveries", scanInbound, selectInbound+`
		WHERE program_id = (SELECT b.program_id FROM bot b WHERE b.channel = $1 AND b.sender = $2)
		AND channel = $1 AND sender = $2 AND user_id = $3 AND state = 'new' ORDER BY ord, id LIMIT $4`, a.Channel, a.Sender, a.UserID, limit)
}

// PendingPeople implements [engine.Messages].
func (s *Store) PendingPeople(ctx context.Context, limit int) ([]engine.Address, error) {
	return many(ctx, s.q, "people", func(row pgx.Row) (a engine.Address, err error) {
		err = row.Scan(&a.Channel, &a.Sender, &a.UserID)
		return a, err
	}, `SELECT channel, sender, user_id FROM inbox WHERE state = 'new'
		GROUP BY program_id, channel, sender, user_id ORDER BY min(at), channel, sender, user_id LIMIT $1`, limit)
}

// RetryInbound implements [engine.Messages]. A delivery that is not new any more is KindConflict.
func (s *Store) RetryInbound(ctx context.Context, programID, id, reason string) (attempts int, err error) {
	err = s.q.QueryRow(ctx, `UPDATE inbox SET attempts = attempts + 1, reason = $3
		WHERE program_id = $1 AND id = $2 AND state = 'new' RETURNING attempts`, programID, id, reason).Scan(&attempts)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, goneOr(ctx, s.q, conflict("delivery"), "delivery", `SELECT 1 FROM inbox WHERE program_id = $1 AND id = $2`, programID, id)
	}
	if err != nil {
		return 0, fmt.Errorf("retry delivery: %w", err)
	}
	return attempts, nil
}

// DeadInbound implements [engine.Messages].
func (s *Store) DeadInbound(ctx context.Context, programID string, limit int) ([]engine.Inbound, error) {
	return many(ctx, s.q, "deliveries", scanInbound, selectInbound+`WHERE program_id = $1 AND state = 'dead' ORDER BY at DESC, id DESC LIMIT $2`, programID, limit)
}

// SettleInbound implements [engine.MessageWrites]. Of a delivery that is done only its fingerprint stays; a dead one is
// kept whole.
func (w *writes) SettleInbound(ctx context.Context, programID, id string, state engine.InboundState, reason string) error {
	var n int64
	var err error
	switch state {
	case engine.InboundDone:
		n, err = exec(ctx, w.q, "settle delivery", `UPDATE inbox SET state = 'done', reason = $3, user_id = '', key = '', body = $4
			WHERE program_id = $1 AND id = $2 AND state = 'new'`, programID, id, reason, []byte{})
	case engine.InboundDead:
		n, err = exec(ctx, w.q, "settle delivery", `UPDATE inbox SET state = 'dead', reason = $3
			WHERE program_id = $1 AND id = $2 AND state = 'new'`, programID, id, reason)
	default:
		return &engine.Error{Kind: engine.KindInvalid, ID: "state_invalid", Err: fmt.Errorf("a delivery is not settled as %q", state)}
	}
	if err != nil || n > 0 {
		return err
	}
	return goneOr(ctx, w.q, conflict("delivery"), "delivery", `SELECT 1 FROM inbox WHERE program_id = $1 AND id = $2`, programID, id)
}
