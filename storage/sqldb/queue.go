package sqldb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Table is rows of one table that are written together. A column holds values of one type, string, int64, bool or
// time.Time, or nil for NULL.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]any
}

// QueueInsert adds statements that insert the rows of a table to a batch. On PostgreSQL a single row is written as values, which is quickest by far, and
// more as arrays. Onto is what follows the rows, such as "ON CONFLICT
// DO NOTHING", or "". Names are used as they are.
func QueueInsert(b *pgx.Batch, d Dialect, t Table, onto string) error {
	if len(t.Rows) == 0 {
		return nil
	}
	if err := t.check(); err != nil {
		return err
	}
	head := "INSERT INTO " + t.Name + " (" + strings.Join(t.Columns, ", ") + ") "
	if d == Postgres && len(t.Rows) > 1 {
		from, args, err := t.unnest()
		if err != nil {
			return err
		}
		// WHERE true keeps the parser from taking ON CONFLICT for a join's condition on either database.
		b.Queue(head+"SELECT * FROM "+from+" WHERE true "+onto, args...)
		return nil
	}
	for rows := t.Rows; len(rows) > 0; {
		n := 1
		for n*2 <= min(len(rows), maxLiteRows) {
			n *= 2
		}
		args := make([]any, 0, n*len(t.Columns))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		b.Queue(head+"VALUES "+Placeholders(n, len(t.Columns))+" "+onto, args...)
		rows = rows[n:]
	}
	return nil
}

// Insert inserts the rows of a table in a transaction at once, as [QueueInsert] writes them.
func Insert(ctx context.Context, tx pgx.Tx, t Table, onto string) error {
	b := &pgx.Batch{}
	err := QueueInsert(b, DialectOf(tx), t, onto)
	if err == nil && b.Len() > 0 {
		err = tx.SendBatch(ctx, b).Close()
	}
	if err != nil {
		return fmt.Errorf("insert into %s: %w", t.Name, err)
	}
	return nil
}

// check refuses values of other types than columns have. Of one row nothing else would.
func (t Table) check() error {
	if len(t.Rows) > 1 {
		return nil
	}
	for c, value := range t.Rows[0] {
		switch value.(type) {
		case nil, string, int64, bool, time.Time:
		default:
			return fmt.Errorf("write %s: column %s: a %T is no value of a table", t.Name, t.Columns[c], value)
		}
	}
	return nil
}

// maxLiteRows is how many rows a statement inserts on SQLite: more gain nothing, there is no round trip to save.
const maxLiteRows = 8

// QueueUpdate adds statements that change rows of a table: the first so many columns say which, the others become as given.
func QueueUpdate(b *pgx.Batch, d Dialect, t Table, keys int) error {
	return t.queueChange(b, d, keys, func(_, given string) string { return given })
}

// QueueAdd is QueueUpdate for columns that grow by what is given.
func QueueAdd(b *pgx.Batch, d Dialect, t Table, keys int) error {
	return t.queueChange(b, d, keys, func(is, given string) string { return is + " + " + given })
}

// queueChange adds statements that change rows; become says what a column becomes, of what it is and what is given.
func (t Table) queueChange(b *pgx.Batch, d Dialect, keys int, become func(is, given string) string) error {
	if len(t.Rows) == 0 {
		return nil
	}
	if err := t.check(); err != nil {
		return err
	}
	if d == Postgres && len(t.Rows) > 1 {
		from, args, err := t.unnest()
		if err != nil {
			return err
		}
		b.Queue("UPDATE "+t.Name+" AS t SET "+each(t.Columns[keys:], ", ", func(c string, _ int) string { return c + " = " + become("t."+c, "v."+c) })+
			" FROM "+from+" WHERE "+each(t.Columns[:keys], " AND ", func(c string, _ int) string { return "t." + c + " = v." + c }), args...)
		return nil
	}
	sql := "UPDATE " + t.Name + " SET " + each(t.Columns[keys:], ", ", func(c string, i int) string { return c + " = " + become(c, "$"+strconv.Itoa(keys+i+1)) }) +
		" WHERE " + each(t.Columns[:keys], " AND ", func(c string, i int) string { return c + " = $" + strconv.Itoa(i+1) })
	for _, row := range t.Rows {
		b.Queue(sql, row...)
	}
	return nil
}

// QueueFind adds statements that look rows up by keys, of which each is a row of a table: on PostgreSQL one statement for all of them, on
// SQLite one for each. ask writes the statement; it is given the keys as a set named v, to stand on the left of a CROSS JOIN. Their columns
// are the first parameters, args come after them. read is called with the rows of each statement.
func QueueFind(b *pgx.Batch, d Dialect, keys Table, ask func(set string) string, read func(pgx.Rows) error, args ...any) error {
	if len(keys.Rows) == 0 {
		return nil
	}
	if d == Postgres {
		set, arrays, err := keys.unnest()
		if err != nil {
			return err
		}
		b.Queue(ask(set), append(arrays, args...)...).Query(read)
		return nil
	}
	sql := ask("(SELECT " + each(keys.Columns, ", ", func(c string, i int) string { return "$" + strconv.Itoa(i+1) + " AS " + c }) + ") AS v")
	for _, row := range keys.Rows {
		b.Queue(sql, append(slices.Clone(row), args...)...).Query(read)
	}
	return nil
}

func each(columns []string, between string, write func(column string, i int) string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = write(c, i)
	}
	return strings.Join(parts, between)
}

// unnest writes the rows as a set that PostgreSQL makes of one array for each column: the text of the statement is the same
// for any number of rows, so that it stays prepared.
func (t Table) unnest() (from string, args []any, err error) {
	var types strings.Builder
	args = make([]any, len(t.Columns))
	for c, name := range t.Columns {
		kind, array, err := t.column(c)
		if err != nil {
			return "", nil, fmt.Errorf("write %s: column %s: %w", t.Name, name, err)
		}
		if c > 0 {
			types.WriteString(", ")
		}
		types.WriteString("$" + strconv.Itoa(c+1) + "::" + kind + "[]")
		args[c] = array
	}
	return "unnest(" + types.String() + ") AS v(" + strings.Join(t.Columns, ", ") + ")", args, nil
}

// column gathers the values of a column.
func (t Table) column(c int) (kind string, array any, err error) {
	nulls := false
	var sample any
	for _, row := range t.Rows {
		if row[c] == nil {
			nulls = true
		} else {
			sample = row[c]
		}
	}
	switch sample.(type) {
	case string:
		array, err = gather[string](t.Rows, c, nulls)
		return "text", array, err
	case int64:
		array, err = gather[int64](t.Rows, c, nulls)
		return "bigint", array, err
	case bool:
		array, err = gather[bool](t.Rows, c, nulls)
		return "boolean", array, err
	case time.Time, nil: // a column without a value is one of times: nothing else is ever NULL
		array, err = gather[time.Time](t.Rows, c, nulls)
		return "timestamptz", array, err
	}
	return "", nil, fmt.Errorf("a %T is no value of a table", sample)
}

func gather[T any](rows [][]any, c int, nulls bool) (any, error) {
	if !nulls {
		values := make([]T, len(rows))
		for i, row := range rows {
			v, ok := row[c].(T)
			if !ok {
				return nil, fmt.Errorf("a %T among values of %T", row[c], v)
			}
			values[i] = v
		}
		return values, nil
	}
	values := make([]*T, len(rows))
	for i, row := range rows {
		if row[c] == nil {
			continue
		}
		v, ok := row[c].(T)
		if !ok {
			return nil, fmt.Errorf("a %T among values of %T", row[c], v)
		}
		values[i] = &v
	}
	return values, nil
}
