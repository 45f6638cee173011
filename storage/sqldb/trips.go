package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Trip is what [TwoTrips] writes: rows and statements, in the order in which they were added, but for many rows of a table on
// PostgreSQL, which come first.
type Trip struct {
	pgx.Batch
	copies []Table
}

// copyTrip is the number of rows from which COPY is worth a round trip of its own.
const copyTrip = 24

// Insert adds the rows of a table. Onto is what an INSERT says after the rows, such as "ON CONFLICT DO NOTHING", or "".
func (t *Trip) Insert(d Dialect, rows Table, onto string) error {
	if d == Postgres && onto == "" && len(rows.Rows) >= copyTrip {
		t.copies = append(t.copies, rows)
		return nil
	}
	return QueueInsert(&t.Batch, d, rows, onto)
}

// TwoTrips runs a transaction in two round trips: the first begins it and asks, the second writes and commits. Many rows of
// a table take a third one between them. Statements
// of one trip see what those before them have done, and each sees what others had committed when its turn came, so that
// a statement that locks rows may be followed by one that reads what is locked.
//
// then is called with the answers of ask at hand (its functions have run) and returns what is to be written. It may ask
// further questions of q, each a round trip of its own. What is written has no functions: on PostgreSQL they would run when it has been
// committed. Whatever fails rolls everything back; an error while the commit
// was under way may leave it open whether it happened, and the caller asks again by a key that was written with it.
// Nothing is run a second time.
func TwoTrips(ctx context.Context, db DB, ask *pgx.Batch, then func(q Querier) (*Trip, error)) error {
	pool, ok := db.(*pgxpool.Pool)
	if !ok {
		return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			if err := tx.SendBatch(ctx, ask).Close(); err != nil {
				return err
			}
			write, err := then(tx)
			if err != nil {
				return err
			}
			return tx.SendBatch(ctx, &write.Batch).Close()
		})
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("acquire connection: %w", err)
	}
	defer conn.Release() // a connection that is still in a transaction is closed, which undoes it
	trip := &pgx.Batch{}
	trip.Queue("BEGIN")
	trip.QueuedQueries = append(trip.QueuedQueries, ask.QueuedQueries...)
	if err := conn.SendBatch(ctx, trip).Close(); err != nil {
		return rollback(ctx, conn.Conn(), err)
	}
	write, err := then(conn.Conn())
	if err != nil {
		return rollback(ctx, conn.Conn(), err)
	}
	if len(write.copies) > 0 {
		if err := copyTables(ctx, conn.Conn().PgConn(), write.copies); err != nil {
			return rollback(ctx, conn.Conn(), err)
		}
	}
	write.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	if err := conn.SendBatch(ctx, &write.Batch).Close(); err != nil {
		return rollback(ctx, conn.Conn(), err)
	}
	return nil
}

// rollback undoes a transaction and returns why.
func rollback(ctx context.Context, conn *pgx.Conn, why error) error {
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return why
	}
	if _, err := conn.Exec(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
		return errors.Join(why, err)
	}
	return why
}
