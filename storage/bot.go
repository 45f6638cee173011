package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

func (r reads) scanBot(row pgx.Row) (b engine.Bot, err error) {
	var token, secret string
	if err := row.Scan(&b.ProgramID, &b.Channel, &b.Sender, &b.Username, &token, &secret); err != nil {
		return b, err
	}
	if token, err = r.seal.openText(token, placeToken(b.Channel, b.Sender)); err != nil {
		return b, err
	}
	if secret, err = r.seal.openText(secret, placeSecret(b.Channel, b.Sender)); err != nil {
		return b, err
	}
	b.Token, b.Secret = engine.Secret(token), engine.Secret(secret)
	return b, nil
}

func placeToken(channel, sender string) []byte  { return place("bot.token", channel, sender) }
func placeSecret(channel, sender string) []byte { return place("bot.secret", channel, sender) }

// Bots implements [engine.ProgramReads].
func (r reads) Bots(ctx context.Context, programID string) ([]engine.Bot, error) {
	return many(ctx, r.q, "bots", r.scanBot, `SELECT program_id, channel, sender, username, token, secret FROM bot
		WHERE $1 = '' OR program_id = $1 ORDER BY program_id, channel, sender`, programID)
}

// PutBot implements [engine.ProgramWrites].
func (w *writes) PutBot(ctx context.Context, b engine.Bot) error {
	var program string
	err := w.q.QueryRow(ctx, `INSERT INTO bot (channel, sender, program_id, username, token, secret)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (channel, sender) DO UPDATE SET username = excluded.username, token = excluded.token, secret = excluded.secret
			WHERE bot.program_id = excluded.program_id
		RETURNING program_id`,
		b.Channel, b.Sender, b.ProgramID, b.Username, w.seal.sealText(b.Token.Reveal(), placeToken(b.Channel, b.Sender)),
		w.seal.sealText(b.Secret.Reveal(), placeSecret(b.Channel, b.Sender))).Scan(&program)
	if errors.Is(err, pgx.ErrNoRows) {
		return taken("bot")
	}
	if err != nil {
		return fmt.Errorf("put bot: %w", translate(err))
	}
	return nil
}
