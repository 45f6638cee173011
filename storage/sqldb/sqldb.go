package sqldb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Querier runs statements: a database, or a transaction on it.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// DB is a database. It is safe for concurrent use. *pgxpool.Pool is one.
type DB interface {
	Querier
	// Begin starts a transaction that may write.
	Begin(ctx context.Context) (pgx.Tx, error)
	// BeginTx starts a transaction with options. SQLite minds AccessMode alone: a read-only transaction sees one
	// snapshot and does not wait for the writer; every transaction is serializable.
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
	// Ping answers nil when the database can be asked something.
	Ping(ctx context.Context) error
	// Close waits for what is running and closes every connection.
	Close()
}

var (
	_ DB     = (*pgxpool.Pool)(nil)
	_ DB     = (*liteDB)(nil)
	_ pgx.Tx = (*liteTx)(nil)
)

// Dialect is a kind of database.
type Dialect string

// The databases there are.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// DialectOf tells which database q runs on. Whatever does not say otherwise is PostgreSQL, so that pgx's own types
// need no wrapping.
func DialectOf(q Querier) Dialect {
	if d, ok := q.(interface{ Dialect() Dialect }); ok {
		return d.Dialect()
	}
	return Postgres
}

// Option changes how [Open] opens a database.
type Option func(*options)

type options struct {
	maxConns    int
	busyTimeout time.Duration
}

// MaxConns bounds the open connections: the pool of PostgreSQL, or the readers of SQLite (its writer is always one).
// The default is twice the number of processors, and at least 8. For PostgreSQL pool_max_conns in the URL wins.
func MaxConns(n int) Option { return func(o *options) { o.maxConns = n } }

// BusyTimeout bounds how long SQLite waits for another process that is writing to the same file, before it answers
// 40001. The default is 5 s. It means nothing on PostgreSQL.
func BusyTimeout(d time.Duration) Option { return func(o *options) { o.busyTimeout = d } }

// Open opens a database and checks that it answers. The URL is one of
//
//	postgres://user:password@host:5432/name?sslmode=require    (whatever pgxpool.ParseConfig understands)
//	sqlite:kartka.db, sqlite:/var/lib/kartka/kartka.db         (the rest is a path; the file is made when missing)
//
// A file that Open makes is readable by its owner alone. No error contains the password of the URL.
func Open(ctx context.Context, url string, opts ...Option) (DB, error) {
	o := options{maxConns: defaultMaxConns(), busyTimeout: 5 * time.Second}
	for _, opt := range opts {
		opt(&o)
	}
	if o.maxConns < 1 {
		return nil, fmt.Errorf("open database: at least one connection is needed, not %d", o.maxConns)
	}
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		return openPostgres(ctx, url, o)
	}
	return nil, fmt.Errorf("open database: the URL must begin with sqlite: or postgres://")
}
