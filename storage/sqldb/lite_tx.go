package sqldb

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// liteTxRoot is what a transaction and its savepoints share.
type liteTxRoot struct {
	db      *liteDB
	pool    *litePool
	conn    *liteConn
	rows    *liteRows // the last rows handed out, which may still be open
	failed  bool      // a statement has failed: nothing but a rollback is accepted
	savings int       // savepoints made so far
}

// liteTx is a transaction, or a savepoint in one. It embeds the interface because pgx may add methods to it in a
// minor version; every method there is today is defined below.
type liteTx struct {
	pgx.Tx

	root      *liteTxRoot
	parent    *liteTx
	savepoint string // empty for the transaction itself
	done      bool
}

// Dialect tells [DialectOf] that this is not PostgreSQL.
func (tx *liteTx) Dialect() Dialect { return SQLite }

// closed tells whether the transaction, or one it is part of, has ended.
func (tx *liteTx) closed() bool {
	for t := tx; t != nil; t = t.parent {
		if t.done {
			return true
		}
	}
	return false
}

// ready returns the reason why no statement may run.
func (tx *liteTx) ready() error {
	switch {
	case tx.closed():
		return pgx.ErrTxClosed
	case tx.root.conn.busy.Load():
		return errConnBusy
	case tx.root.failed:
		return errAborted()
	}
	return nil
}

// settle remembers that a statement failed. Errors made before the statement reached SQLite do not count, as
// they do not reach PostgreSQL.
func (r *liteTxRoot) settle(err error) {
	if err != nil && err != errConnBusy {
		r.failed = true
	}
}

// Exec runs a statement in the transaction.
func (tx *liteTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := tx.ready(); err != nil {
		return pgconn.CommandTag{}, err
	}
	st, vals, err := tx.root.db.prepare(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tagged, err := tx.root.conn.exec(ctx, st, vals)
	tx.root.settle(err)
	return tagged, err
}

// Query runs a statement in the transaction. Until its rows are closed nothing else can run.
func (tx *liteTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := tx.ready(); err != nil {
		return failedRows(err), err
	}
	st, vals, err := tx.root.db.prepare(ctx, sql, args)
	if err != nil {
		return failedRows(err), err
	}
	rows, err := tx.root.conn.query(ctx, st, vals)
	if err != nil {
		tx.root.settle(err)
		return failedRows(err), err
	}
	rows.onClose = tx.root.settle
	tx.root.rows = rows
	return rows, nil
}

// QueryRow runs a statement of which one row is wanted.
func (tx *liteTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := tx.Query(ctx, sql, args...)
	return &liteRow{rows: rows, err: err}
}

// Begin makes a savepoint.
func (tx *liteTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := tx.ready(); err != nil {
		return nil, err
	}
	tx.root.savings++
	name := "sp_" + strconv.Itoa(tx.root.savings)
	if err := tx.root.conn.control(ctx, "SAVEPOINT "+name); err != nil {
		tx.root.settle(err)
		return nil, err
	}
	return &liteTx{root: tx.root, parent: tx, savepoint: name}, nil
}

// Commit makes the work durable, or for a savepoint part of the transaction around it. A transaction in which a
// statement has failed is rolled back and the answer is pgx.ErrTxCommitRollback.
func (tx *liteTx) Commit(ctx context.Context) error {
	if tx.closed() {
		return pgx.ErrTxClosed
	}
	if tx.savepoint != "" {
		err := tx.ready()
		if err == nil {
			err = tx.root.conn.control(ctx, "RELEASE "+tx.savepoint)
			tx.root.settle(err)
		}
		tx.done = true
		return err
	}
	var err error
	switch {
	case tx.root.conn.busy.Load():
		err = errConnBusy
	case ctx.Err() != nil:
		err = ctx.Err()
	case tx.root.failed:
		err = pgx.ErrTxCommitRollback
	default:
		// Once begun, a commit is seen through: a cancelled one would leave the caller without an answer.
		if err = tx.root.conn.control(context.WithoutCancel(ctx), "COMMIT"); err == nil {
			tx.finish()
			return nil
		}
	}
	tx.rollback(ctx)
	return err
}

// Rollback undoes the work. It does so even when ctx has ended, and closes rows that are open.
func (tx *liteTx) Rollback(ctx context.Context) error {
	if tx.closed() {
		return pgx.ErrTxClosed
	}
	if tx.savepoint == "" {
		tx.rollback(ctx)
		return nil
	}
	tx.root.closeRows()
	tx.done = true
	if err := tx.root.conn.control(context.WithoutCancel(ctx), "ROLLBACK TO "+tx.savepoint); err != nil {
		tx.root.failed = true // SQLite has undone the whole transaction, as it does when the disk is full
		return err
	}
	tx.root.failed = false
	return nil
}

func (tx *liteTx) rollback(ctx context.Context) {
	tx.root.closeRows()
	err := tx.root.conn.control(context.WithoutCancel(ctx), "ROLLBACK")
	// After some errors SQLite has rolled back by itself, and says that there is no transaction; after any other
	// answer the connection may still be inside one.
	if err != nil && !noTransaction(err) {
		tx.root.conn.broken = true
	}
	tx.finish()
}

func (r *liteTxRoot) closeRows() {
	if r.rows != nil {
		r.rows.Close()
		r.rows = nil
	}
}

func (tx *liteTx) finish() {
	tx.done = true
	tx.root.pool.release(tx.root.conn)
}

// CopyFrom is not supported: see [BulkInsert].
func (tx *liteTx) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, unsupported("CopyFrom")
}

// SendBatch runs the statements of a batch in turn, each when its result is read or the results are closed. After one
// that failed none of the others runs.
func (tx *liteTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return &liteBatch{ctx: ctx, tx: tx, queued: b.QueuedQueries}
}

// Prepare is not supported, nor needed: statements are prepared once per connection.
func (tx *liteTx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, unsupported("Prepare")
}

// LargeObjects is not supported. It has no way to return an error, so it panics with one.
func (tx *liteTx) LargeObjects() pgx.LargeObjects { panic(unsupported("LargeObjects")) }

// Conn returns nil: there is no pgx connection.
func (tx *liteTx) Conn() *pgx.Conn { return nil }
