package sqldb

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

func defaultMaxConns() int { return max(8, 2*runtime.GOMAXPROCS(0)) }

func openPostgres(ctx context.Context, url string, o options) (DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err) // pgconn leaves the password out of its message
	}
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = int32(o.maxConns)
	}
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		// A time comes back in UTC, as it does from SQLite, whatever the zone of the machine.
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	return pool, nil
}
