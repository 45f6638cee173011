package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// liteRows is the result of a query. It embeds the interface because pgx may add methods to it in a minor version;
// every method there is today is defined below.
type liteRows struct {
	pgx.Rows

	ctx     context.Context
	conn    *liteConn
	st      *statement
	raw     driver.Rows
	names   []string       // of the columns
	row     []driver.Value // the current row
	ahead   [][]driver.Value
	onRow   bool
	count   int64
	err     error
	fault   error // the part of err that is the database's: a destination that does not fit is none of its business
	closed  bool
	drained bool              // all rows are in ahead, the connection has been given back
	onClose func(fault error) // runs once, when the connection is free again; may be nil
}

func newLiteRows(ctx context.Context, c *liteConn, st *statement, raw driver.Rows) *liteRows {
	names := raw.Columns()
	return &liteRows{ctx: ctx, conn: c, st: st, raw: raw, names: names, row: make([]driver.Value, len(names))}
}

func failedRows(err error) *liteRows { return &liteRows{err: err, closed: true} }

// Next steps to the next row. A context that has ended ends the rows with its error.
func (r *liteRows) Next() bool {
	r.onRow = false
	if r.closed {
		return false
	}
	if r.drained {
		if len(r.ahead) == 0 {
			r.closed = true
			return false
		}
		r.row, r.ahead = r.ahead[0], r.ahead[1:]
		r.onRow = true
		return true
	}
	if !r.step() {
		r.Close()
		return false
	}
	r.onRow = true
	return true
}

// step reads the next row from SQLite.
func (r *liteRows) step() bool {
	if err := r.ctx.Err(); err != nil {
		r.err, r.fault = err, err
		return false
	}
	switch err := r.raw.Next(r.row); {
	case err == nil:
		r.count++
		return true
	case !errors.Is(err, io.EOF):
		r.fault = mapError(err)
		r.err = r.fault
	}
	return false
}

// buffer reads all rows and gives the connection back.
func (r *liteRows) buffer() {
	for r.step() {
		r.ahead = append(r.ahead, append([]driver.Value(nil), r.row...))
	}
	r.giveBack()
	r.drained = true
	if r.err != nil {
		r.ahead, r.closed = nil, true
	}
}

func (r *liteRows) giveBack() {
	if err := r.raw.Close(); err != nil && r.err == nil {
		r.fault = mapError(err)
		r.err = r.fault
	}
	r.conn.busy.Store(false)
	if r.onClose != nil {
		r.onClose(r.fault)
	}
}

// Close ends the rows. As in PostgreSQL a statement that writes has written all its rows by then.
func (r *liteRows) Close() {
	if r.closed {
		return
	}
	r.closed, r.onRow = true, false
	if !r.drained {
		r.giveBack()
	}
}

func (r *liteRows) Err() error { return r.err }

// FieldDescriptions names the columns. SQLite has no more to say about them.
func (r *liteRows) FieldDescriptions() []pgconn.FieldDescription {
	fields := make([]pgconn.FieldDescription, len(r.names))
	for i, name := range r.names {
		fields[i].Name = name
	}
	return fields
}

// CommandTag counts the rows that were read, which for a statement that was read to its end is all there were.
func (r *liteRows) CommandTag() pgconn.CommandTag {
	if r.st == nil {
		return pgconn.CommandTag{}
	}
	return tag(r.st, r.count)
}

// Scan reads the current row. As in pgx an error closes the rows.
func (r *liteRows) Scan(dest ...any) error {
	err := r.scan(dest)
	if err != nil && r.err == nil {
		r.err = err
		r.Close()
	}
	return err
}

func (r *liteRows) scan(dest []any) error {
	if !r.onRow {
		return errNoRowsOpen
	}
	if len(dest) == 1 {
		if rs, ok := dest[0].(pgx.RowScanner); ok {
			return rs.ScanRow(r)
		}
	}
	if len(dest) != len(r.row) {
		return fmt.Errorf("number of field descriptions must equal number of destinations, got %d and %d", len(r.row), len(dest))
	}
	for i, d := range dest {
		if err := scan(r.row[i], d); err != nil {
			return pgx.ScanArgError{ColumnIndex: i, FieldName: r.names[i], Err: err}
		}
	}
	return nil
}

// Values returns the current row as SQLite stores it.
func (r *liteRows) Values() ([]any, error) {
	if !r.onRow {
		return nil, errNoRowsOpen
	}
	out := make([]any, len(r.row))
	for i, v := range r.row {
		out[i] = v
	}
	return out, nil
}

// RawValues returns the current row as text, as PostgreSQL writes it in its text format.
func (r *liteRows) RawValues() [][]byte {
	if !r.onRow {
		return nil
	}
	out := make([][]byte, len(r.row))
	for i, v := range r.row {
		switch v := v.(type) {
		case nil:
		case []byte:
			out[i] = v
		default:
			out[i] = fmt.Append(nil, v)
		}
	}
	return out
}

// Conn returns nil: there is no pgx connection.
func (r *liteRows) Conn() *pgx.Conn { return nil }

// TypeMap returns a map that has no part in how values are read here.
func (r *liteRows) TypeMap() *pgtype.Map { return pgtype.NewMap() }

// liteRow is the result of QueryRow.
type liteRow struct {
	rows pgx.Rows
	err  error
}

// Scan reads the first row, or returns pgx.ErrNoRows, and closes the rows.
func (r *liteRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
