package sqldb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// liteBatch is a batch on its way through a transaction. It embeds the interface because pgx may add methods to it.
type liteBatch struct {
	pgx.BatchResults

	ctx    context.Context
	tx     *liteTx
	queued []*pgx.QueuedQuery
	next   int
	rows   pgx.Rows // of the statement read last, which may still be open
	err    error    // why nothing runs any more
	closed bool
}

var errBatchRead = errors.New("sqldb: every result of the batch has been read")

// step closes what is open and returns the statement whose turn it is.
func (b *liteBatch) step() (*pgx.QueuedQuery, error) {
	if b.rows != nil {
		b.rows.Close()
		b.fail(b.rows.Err())
		b.rows = nil
	}
	switch {
	case b.err != nil:
		return nil, b.err
	case b.next >= len(b.queued):
		return nil, errBatchRead
	}
	b.next++
	return b.queued[b.next-1], nil
}

func (b *liteBatch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Exec runs the next statement to its end.
func (b *liteBatch) Exec() (pgconn.CommandTag, error) {
	q, err := b.step()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := b.tx.Exec(b.ctx, q.SQL, q.Arguments...)
	b.fail(err)
	return tag, err
}

// Query runs the next statement and hands over its rows.
func (b *liteBatch) Query() (pgx.Rows, error) {
	q, err := b.step()
	if err != nil {
		return failedRows(err), err
	}
	rows, err := b.tx.Query(b.ctx, q.SQL, q.Arguments...)
	b.fail(err)
	b.rows = rows
	return rows, err
}

// QueryRow runs the next statement, of which one row is wanted.
func (b *liteBatch) QueryRow() pgx.Row {
	rows, err := b.Query()
	return &liteRow{rows: rows, err: err}
}

// Close runs what has not been run, with the functions that wait for the results, and returns the first error.
func (b *liteBatch) Close() error {
	if b.closed {
		return b.err
	}
	for b.err == nil && b.next < len(b.queued) {
		var err error
		if q := b.queued[b.next]; q.Fn != nil {
			err = q.Fn(b)
		} else {
			_, err = b.Exec()
		}
		b.fail(err)
	}
	if b.rows != nil {
		b.rows.Close()
		b.fail(b.rows.Err())
	}
	b.closed = true
	return b.err
}

// Tx returns nil: the batch did not begin a transaction, it is part of one.
func (b *liteBatch) Tx() pgx.Tx { return nil }
