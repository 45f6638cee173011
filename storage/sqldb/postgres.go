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

// stalledTime is how long PostgreSQL waits for the next statement of a transaction. A process that stands still holds its locks no longer than that: those
// who take over from it wait for them.
const stalledTime = 15 * time.Second

const stalledSetting = "idle_in_transaction_session_timeout"

func openPostgres(ctx context.Context, url string, o options) (DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err) // pgconn leaves the password out of its message
	}
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = int32(o.maxConns)
	}
	_, said := cfg.ConnConfig.RuntimeParams[stalledSetting]
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		// A time comes back in UTC, as it does from SQLite, whatever the zone of the machine.
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		if said {
			return nil
		}
		// Not a parameter of the connection: poolers between refuse those they do not know.
		_, err := conn.Exec(ctx, fmt.Sprintf("SET %s = %d", stalledSetting, stalledTime.Milliseconds()))
		return err
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
