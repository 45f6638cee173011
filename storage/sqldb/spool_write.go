package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Write writes what was added to tables, and forgets it. PostgreSQL takes the tables at the same time, each through a connection of the
// pool, with a COPY for each part; SQLite takes one after the other, with a transaction for each part. What has been written when it fails
// stays. Nothing may be added meanwhile. written, which may be nil, is told how many rows more have been sent, by several goroutines at
// once.
func (s *Spool) Write(ctx context.Context, db DB, written func(rows int), tables ...string) error {
	if written == nil {
		written = func(int) {}
	}
	for _, name := range tables {
		if s.tables[name] == nil {
			return fmt.Errorf("write %s: there is no such table", name)
		}
	}
	pool, copies := db.(*pgxpool.Pool)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for _, name := range tables {
		t := s.tables[name]
		each := func() {
			for ctx.Err() == nil {
				p := t.first()
				if p == nil {
					return
				}
				var err error
				if copies {
					err = t.copyPart(ctx, pool, p, written)
				} else {
					err = t.insertPart(ctx, db, p, written)
				}
				if err = errors.Join(err, p.forget()); err != nil {
					stop(fmt.Errorf("write %s: %w", name, err)) // the first one says why; the others stop because of it
				}
			}
		}
		if copies {
			all.Go(each)
		} else {
			each()
		}
	}
	all.Wait()
	return context.Cause(ctx)
}

// first takes the part that is to be written next, nil when there is none.
func (t *spoolTable) first() *spoolPart {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.parts) == 0 {
		return nil
	}
	n := slices.Min(slices.Collect(maps.Keys(t.parts)))
	p := t.parts[n]
	delete(t.parts, n)
	return p
}

// forget removes the part's file.
func (p *spoolPart) forget() error {
	if len(p.pieces) == 0 {
		return nil
	}
	if err := os.Remove(p.file); err != nil {
		return fmt.Errorf("remove temporary file: %w", err)
	}
	return nil
}

// each hands on the pieces of a part, with the number of their rows; a piece is the caller's until it returns.
func (p *spoolPart) each(do func(rows []byte, n int) error) error {
	if len(p.pieces) > 0 {
		f, err := os.Open(p.file)
		if err != nil {
			return fmt.Errorf("open temporary file: %w", err)
		}
		defer f.Close()
		var b []byte
		for _, from := range p.pieces {
			b = slices.Grow(b[:0], from.size)[:from.size]
			if _, err := io.ReadFull(f, b); err != nil {
				return fmt.Errorf("read temporary file: %w", err)
			}
			if err := do(b, from.rows); err != nil {
				return err
			}
		}
	}
	return do(p.pending, p.rows)
}

// What comes before the rows in the format of COPY … BINARY, the signature, flags and the length of an extension, and what comes after.
const (
	copyHead = "PGCOPY\n\377\r\n\000" + "\000\000\000\000" + "\000\000\000\000"
	copyTail = "\377\377"
)

// copyPart writes a part with one COPY.
func (t *spoolTable) copyPart(ctx context.Context, pool *pgxpool.Pool, p *spoolPart, written func(int)) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("acquire connection: %w", err)
	}
	defer conn.Release()
	rows, to := io.Pipe()
	var sending sync.WaitGroup
	sending.Go(func() {
		_, err := io.WriteString(to, copyHead)
		if err == nil {
			err = p.each(func(b []byte, n int) error {
				_, err := to.Write(b)
				written(n)
				return err
			})
		}
		if err == nil {
			_, err = io.WriteString(to, copyTail)
		}
		to.CloseWithError(err) // nil: the end
	})
	_, err = conn.Conn().PgConn().CopyFrom(ctx, rows, "COPY "+t.name+" ("+strings.Join(t.columns, ", ")+") FROM STDIN BINARY")
	rows.Close() // what was not read is not wanted any more
	sending.Wait()
	return err
}

// insertPart writes a part with INSERTs in a transaction.
func (t *spoolTable) insertPart(ctx context.Context, db DB, p *spoolPart, written func(int)) error {
	return InTx(ctx, db, func(tx pgx.Tx) error {
		return p.each(func(b []byte, n int) (err error) {
			rows := make([][]any, n)
			for i := range rows {
				if rows[i], b, err = t.decode(b); err != nil {
					return err
				}
			}
			if err := insertChunks(ctx, tx, t.name, t.columns, rows); err != nil {
				return err
			}
			written(n)
			return nil
		})
	})
}

// Settle makes tables fit to be asked after much has been written at once: PostgreSQL vacuums them and counts what is in them, SQLite folds its
// log into the file. Both would do so by themselves, but later, and while they are asked.
func Settle(ctx context.Context, db DB, tables ...string) error {
	sql := "VACUUM (ANALYZE) " + strings.Join(tables, ", ")
	if DialectOf(db) == SQLite {
		sql = "PRAGMA wal_checkpoint(TRUNCATE)"
	}
	if _, err := db.Exec(ctx, sql); err != nil {
		return fmt.Errorf("settle tables: %w", err)
	}
	return nil
}
