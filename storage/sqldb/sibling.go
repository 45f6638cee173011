package sqldb

import (
	"context"
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
	cfg := pool.Config()
	cfg.MinConns, cfg.MinIdleConns, cfg.MaxConns = 0, 0, int32(n)
	after := cfg.AfterConnect
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err
			}
		}
		_, err := conn.Exec(ctx, `SELECT set_config(name, value, false) FROM (VALUES ('plan_cache_mode', 'force_generic_plan'),
			('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('jit', 'off')) AS s(name, value)`)
		if err != nil {
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
