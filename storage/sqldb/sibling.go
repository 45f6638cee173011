package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Sibling returns the same database through connections of its own, at most n, for few statements that run all the time and find
// rows by their keys. PostgreSQL plans each of them once, for indexes alone, and again whenever a connection has been used twice as often: planned for
// every list of keys, or for ever as it was best while the tables were empty, they would cost several times as much. Connections open when they are
// needed. The sibling is closed apart from the database. SQLite has one writer anyhow, and is its own sibling.
func Sibling(ctx context.Context, db DB, n int) (DB, error) {
	pool, ok := db.(*pgxpool.Pool)
	if !ok {
		return db, nil
	}
	return keyedPool(ctx, pool, n, keyedSettings)
}

// Reader asks a database questions, and changes nothing: a statement that writes answers 25006. It is safe for concurrent use.
type Reader interface {
	Querier
	// Close waits for what is running and closes every connection.
	Close()
}

// KeyReader returns connections of their own to the same database, at most n, for questions that find few rows by their keys. They are answered whatever
// else the database is busy with: neither writers nor long reports use these connections. PostgreSQL plans the statements as those of a
// [Sibling]. On SQLite a statement that has begun is not broken off before its first row when its context ends: to watch for that costs
// as much as to find a row, which takes microseconds. The reader is closed apart from the database, and before it.
func KeyReader(ctx context.Context, db DB, n int) (Reader, error) {
	switch db := db.(type) {
	case *pgxpool.Pool:
		return keyedPool(ctx, db, n, keyedSettings+`, ('default_transaction_read_only', 'on')`)
	case *liteDB:
		return db.keyReader(n), nil
	}
	return nil, errors.New("read by keys: it is no database that Open has opened")
}

// keyedSettings let PostgreSQL find rows by keys alone.
const keyedSettings = `('plan_cache_mode', 'force_generic_plan'), ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('jit', 'off')`

// keyedPool opens a pool beside another one, whose connections have settings of their own.
func keyedPool(ctx context.Context, pool *pgxpool.Pool, n int, settings string) (*pgxpool.Pool, error) {
	cfg := pool.Config()
	cfg.MinConns, cfg.MinIdleConns, cfg.MaxConns = 0, 0, int32(n)
	after := cfg.AfterConnect
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err
			}
		}
		if _, err := conn.Exec(ctx, `SELECT set_config(name, value, false) FROM (VALUES `+settings+`) AS s(name, value)`); err != nil {
			return fmt.Errorf("set up connection: %w", err)
		}
		return nil
	}
	cfg.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		const uses = "kartka_uses"
		n, _ := conn.PgConn().CustomData()[uses].(uint)
		n++
		conn.PgConn().CustomData()[uses] = n
		if n&(n-1) != 0 {
			return true, nil
		}
		_, err := conn.Exec(ctx, "DISCARD PLANS")
		return err == nil, err
	}
	sibling, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	return sibling, nil
}
