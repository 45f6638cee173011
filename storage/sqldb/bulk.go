package sqldb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Most parameters of one statement: a 16-bit count in PostgreSQL's protocol, SQLITE_MAX_VARIABLE_NUMBER in SQLite.
const (
	maxParamsPostgres = 65535
	maxParamsSQLite   = 32766
)

// copyFrom is the number of rows from which COPY is worth its extra round trip.
const copyFrom = 128

// BulkInsert inserts rows, each with a value per column, and returns how many there were. Either all are inserted or
// none: given a database rather than a transaction it makes a transaction of its own. Table and column names are
// quoted. Where q supports COPY (pgx's pool and transaction do) large inserts use it.
func BulkInsert(ctx context.Context, q Querier, table string, columns []string, rows [][]any) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	for i, row := range rows {
		if len(row) != len(columns) {
			return 0, fmt.Errorf("insert into %s: row %d has %d values for %d columns", table, i, len(row), len(columns))
		}
	}
	copier, ok := q.(interface {
		CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error)
	})
	if ok && DialectOf(q) == Postgres && len(rows) >= copyFrom {
		n, err := copier.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		if err != nil {
			return 0, fmt.Errorf("copy into %s: %w", table, err)
		}
		return n, nil
	}
	insert := func(tx Querier) error { return insertChunks(ctx, tx, table, columns, rows) }
	var err error
	if db, ok := q.(DB); ok && len(rows) > chunkRows(q, len(columns), len(rows)) {
		err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return insert(tx) })
	} else {
		err = insert(q)
	}
	if err != nil {
		return 0, fmt.Errorf("insert into %s: %w", table, err)
	}
	return int64(len(rows)), nil
}

func insertChunks(ctx context.Context, q Querier, table string, columns []string, rows [][]any) error {
	head := "INSERT INTO " + pgx.Identifier{table}.Sanitize() + " (" + quoteAll(columns) + ") VALUES "
	args := make([]any, 0, min(len(rows), maxChunkRows)*len(columns))
	for len(rows) > 0 {
		n := chunkRows(q, len(columns), len(rows))
		args = args[:0]
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := q.Exec(ctx, head+Placeholders(n, len(columns)), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// maxChunkRows bounds one INSERT: beyond it a longer statement gains nothing.
const maxChunkRows = 256

// chunkRows returns how many of the remaining rows the next statement takes: a power of two, so that a table is
// inserted into with a handful of statement texts, which stay prepared.
func chunkRows(q Querier, columns, remaining int) int {
	params := maxParamsPostgres
	if DialectOf(q) == SQLite {
		params = maxParamsSQLite
	}
	most := min(remaining, maxChunkRows, params/max(columns, 1))
	n := 1
	for n*2 <= most {
		n *= 2
	}
	return n
}

// Placeholders writes the parameters of a multi-row VALUES: Placeholders(2, 2) is "($1,$2),($3,$4)".
func Placeholders(rows, columns int) string {
	var b strings.Builder
	b.Grow(rows * (columns*5 + 3))
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteByte(')')
	}
	return b.String()
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
