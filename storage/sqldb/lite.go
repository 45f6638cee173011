package sqldb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// liteDB is a SQLite file in the shape of a pgxpool.Pool: one connection that writes, several that read.
type liteDB struct {
	file       string
	options    options
	driver     *liteDriver
	statements *statements
	writer     *litePool
	readers    *litePool
}

func openSQLite(ctx context.Context, path string, o options) (DB, error) {
	file, err := litePath(path)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	// SQLite would make the file readable by everyone; its -wal and -shm files take the mode of the file.
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	drv, err := newLiteDriver()
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	db := &liteDB{file: file, options: o, driver: drv, statements: newStatements()}
	db.writer = newLitePool(1, func() (*liteConn, error) { return drv.open(liteDSN(file, o, false)) })
	db.readers = newLitePool(o.maxConns, func() (*liteConn, error) { return drv.open(liteDSN(file, o, true)) })
	// The writer goes first: it turns the file to WAL, which a reader may not.
	if _, err := db.Exec(ctx, "PRAGMA user_version"); err != nil {
		db.Close()
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	if err := db.Ping(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return db, nil
}

// keyReader opens readers for [KeyReader]. What writes is sent to them too, and refused there.
func (db *liteDB) keyReader(n int) *liteDB {
	readers := newLitePool(n, func() (*liteConn, error) {
		c, err := db.driver.open(liteDSN(db.file, db.options, true) + "&_pragma=cache_size(-16000)") // what keys lead to is looked at again
		if err == nil {
			c.brief = true
		}
		return c, err
	})
	return &liteDB{file: db.file, options: db.options, driver: db.driver, statements: db.statements, writer: readers, readers: readers}
}

// litePath reads what follows "sqlite:": a path, or "///" and an absolute path.
func litePath(path string) (string, error) {
	if strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///") {
		return "", errors.New("write sqlite:relative/path.db or sqlite:/absolute/path.db, without a host")
	}
	if path == "" || strings.Contains(path, ":memory:") {
		return "", errors.New("the URL must name a file, such as sqlite:kartka.db")
	}
	return filepath.Clean(path), nil
}

// liteDSN writes the driver's own address of a file. Pragmas are set on every connection that is opened.
func liteDSN(file string, o options, reader bool) string {
	u := url.URL{Path: file}
	pragmas := []string{
		"busy_timeout(" + strconv.FormatInt(o.busyTimeout.Milliseconds(), 10) + ")",
		"foreign_keys(1)",
		"case_sensitive_like(1)",
		"cache_size(-8000)", // KiB
		"temp_store(memory)",
	}
	if reader {
		pragmas = append(pragmas, "query_only(1)")
	} else {
		pragmas = append(pragmas, "journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)", "secure_delete(fast)")
	}
	// Without _dqs=0 a misspelt "column" would be read as a string.
	return "file:" + u.EscapedPath() + "?_dqs=0&_pragma=" + strings.Join(pragmas, "&_pragma=")
}

// Dialect tells [DialectOf] that this is not PostgreSQL.
func (db *liteDB) Dialect() Dialect { return SQLite }

// Exec runs a statement, or several without arguments, each committed by itself.
func (db *liteDB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	st, vals, err := db.prepare(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	pool := db.poolFor(st)
	c, err := pool.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer pool.release(c)
	return c.exec(ctx, st, vals)
}

// Query runs a statement and returns its rows. The rows of a statement that writes are read at once, so that the writer
// is free again whatever the caller does with them.
func (db *liteDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	st, vals, err := db.prepare(ctx, sql, args)
	if err != nil {
		return failedRows(err), err
	}
	pool := db.poolFor(st)
	c, err := pool.acquire(ctx)
	if err != nil {
		return failedRows(err), err
	}
	rows, err := c.query(ctx, st, vals)
	if err != nil {
		pool.release(c)
		return failedRows(err), err
	}
	rows.onClose = func(error) { pool.release(c) }
	if !st.reads() {
		rows.buffer()
	}
	return rows, nil
}

// QueryRow runs a statement of which one row is wanted.
func (db *liteDB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := db.Query(ctx, sql, args...)
	return &liteRow{rows: rows, err: err}
}

// Begin takes the writer and starts a transaction.
func (db *liteDB) Begin(ctx context.Context) (pgx.Tx, error) {
	return db.BeginTx(ctx, pgx.TxOptions{})
}

// BeginTx starts a transaction: on the writer, or for a read-only one on a reader.
func (db *liteDB) BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error) {
	if opts.BeginQuery != "" || opts.CommitQuery != "" {
		return nil, unsupported("a begin or commit statement of one's own")
	}
	pool, begin := db.writer, "BEGIN IMMEDIATE"
	if opts.AccessMode == pgx.ReadOnly {
		pool, begin = db.readers, "BEGIN"
	}
	c, err := pool.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.control(ctx, begin); err != nil {
		pool.release(c)
		return nil, err
	}
	return &liteTx{root: &liteTxRoot{db: db, pool: pool, conn: c}}, nil
}

// Ping reads from the file.
func (db *liteDB) Ping(ctx context.Context) error {
	var n int64
	return db.QueryRow(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
}

// Close waits for what is running and closes every connection. The last one out folds the write-ahead log into the file.
func (db *liteDB) Close() {
	db.readers.close()
	db.writer.close()
}

func (db *liteDB) poolFor(st *statement) *litePool {
	if st.reads() {
		return db.readers
	}
	return db.writer
}

// prepare expands named arguments, rewrites the statement and binds the arguments.
func (db *liteDB) prepare(ctx context.Context, sql string, args []any) (*statement, []namedValue, error) {
	if len(args) > 0 {
		if _, ok := args[0].(pgx.QueryResultFormats); ok {
			args = args[1:] // what format PostgreSQL answers in
		}
	}
	if len(args) > 0 {
		if rw, ok := args[0].(pgx.QueryRewriter); ok {
			var err error
			if sql, args, err = rw.RewriteQuery(ctx, nil, sql, args[1:]); err != nil {
				return nil, nil, fmt.Errorf("rewrite query failed: %w", err)
			}
		}
	}
	st := db.statements.get(sql)
	if len(args) != st.params {
		return nil, nil, fmt.Errorf("expected %d arguments, got %d", st.params, len(args))
	}
	vals, err := bindArgs(args)
	return st, vals, err
}

// statements remembers rewritten statements by their text. A program has a bounded number of texts; the bound here is
// against one that builds them.
type statements struct {
	mu sync.RWMutex
	m  map[string]*statement
}

const maxStatements = 2048

func newStatements() *statements { return &statements{m: make(map[string]*statement)} }

func (s *statements) get(sql string) *statement {
	s.mu.RLock()
	st := s.m[sql]
	s.mu.RUnlock()
	if st != nil {
		return st
	}
	st = rewrite(sql)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.m) >= maxStatements {
		clear(s.m)
	}
	s.m[sql] = st
	return st
}
