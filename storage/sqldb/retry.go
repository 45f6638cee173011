package sqldb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxAttempts bounds how often a transaction is run.
const maxAttempts = 8

// Retryable tells whether err says that the transaction lost to another one and may win when run again: 40001 or 40P01.
func Retryable(err error) bool {
	return HasCode(err, CodeSerialization) || HasCode(err, CodeDeadlock)
}

// Retry runs fn until its error, if any, is not [Retryable], at most 8 times, with a growing random pause between. It
// returns the last error of fn, or the error of ctx when that ends first, wrapping both.
func Retry(ctx context.Context, fn func() error) error {
	for attempt := 1; ; attempt++ {
		err := fn()
		if err == nil || !Retryable(err) {
			return err
		}
		if attempt == maxAttempts {
			return fmt.Errorf("after %d attempts: %w", attempt, err)
		}
		// 1–2 ms, 2–4 ms, … : those who collided must not meet again at the same instant.
		base := time.Millisecond << (attempt - 1)
		pause := time.NewTimer(base + rand.N(base))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return errors.Join(ctx.Err(), err)
		}
	}
}

// InTx runs fn in a transaction and commits it, or rolls it back when fn returns an error or panics. When the
// transaction loses to another one it is run again, so fn may run several times: it must touch nothing but tx, and
// set what it returns through variables anew each time.
func InTx(ctx context.Context, db DB, fn func(tx pgx.Tx) error) error {
	return Retry(ctx, func() error { return pgx.BeginFunc(ctx, db, fn) })
}

// ReadTx runs fn in a read-only transaction that sees one snapshot of the database. It does not keep writers waiting.
// A statement that writes answers 25006.
func ReadTx(ctx context.Context, db DB, fn func(tx pgx.Tx) error) error {
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return Retry(ctx, func() error { return pgx.BeginTxFunc(ctx, db, opts, fn) })
}
