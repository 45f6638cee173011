package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kartka/engine"
	"kartka/storage/sqldb"
)

// reads implements engine.Reads on a database or on a transaction.
type reads struct {
	q    sqldb.Querier
	seal *Sealer
}

// writes implements engine.Tx.
type writes struct {
	reads
}

// one reads a single row. what names the thing for errors; an absent row is KindNotFound.
func one[T any](ctx context.Context, q sqldb.Querier, what string, scan func(pgx.Row) (T, error), sql string, args ...any) (T, error) {
	v, err := scan(q.QueryRow(ctx, sql, args...))
	if err != nil {
		var none T
		if errors.Is(err, pgx.ErrNoRows) {
			return none, notFound(what)
		}
		return none, fmt.Errorf("read %s: %w", what, err)
	}
	return v, nil
}

// many reads rows. All are read before it returns, so the next statement may follow.
func many[T any](ctx context.Context, q sqldb.Querier, what string, scan func(pgx.Row) (T, error), sql string, args ...any) ([]T, error) {
	return manyOf(ctx, q, what, 0, scan, sql, args...)
}

// manyOf is [many] where it is known about how many rows there are.
func manyOf[T any](ctx context.Context, q sqldb.Querier, what string, about int, scan func(pgx.Row) (T, error), sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		if out == nil && about > 0 {
			out = make([]T, 0, about)
		}
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return out, nil
}

// exec runs a statement and returns how many rows it touched.
func exec(ctx context.Context, q sqldb.Querier, doing, sql string, args ...any) (int64, error) {
	tag, err := q.Exec(ctx, sql, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, translate(err))
	}
	return tag.RowsAffected(), nil
}

// insert runs an INSERT … ON CONFLICT DO NOTHING; a row that is there already is KindTaken, without spoiling the
// transaction.
func insert(ctx context.Context, q sqldb.Querier, what, sql string, args ...any) error {
	n, err := exec(ctx, q, "insert "+what, sql, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return taken(what)
	}
	return nil
}

// update runs an UPDATE of one row; a row that is not there is KindNotFound.
func update(ctx context.Context, q sqldb.Querier, what, sql string, args ...any) error {
	n, err := exec(ctx, q, "update "+what, sql, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return notFound(what)
	}
	return nil
}

// The errors that have an answer for a person. The cause, for logs, names the thing.
func notFound(what string) error {
	return &engine.Error{Kind: engine.KindNotFound, ID: "not_found", Err: errors.New(what)}
}

func taken(what string) error {
	return &engine.Error{Kind: engine.KindTaken, ID: "taken", Err: errors.New(what)}
}

func conflict(what string) error {
	return &engine.Error{Kind: engine.KindConflict, ID: "changed_meanwhile", Err: errors.New(what)}
}

// translate gives violations of a constraint their meaning: the program, member or account named is not there, or the
// value belongs to another row.
func translate(err error) error {
	switch {
	case sqldb.HasCode(err, sqldb.CodeForeignKeyViolation):
		return &engine.Error{Kind: engine.KindNotFound, ID: "not_found", Err: err}
	case sqldb.HasCode(err, sqldb.CodeUniqueViolation):
		return &engine.Error{Kind: engine.KindTaken, ID: "taken", Err: err}
	}
	return err
}

// textGuard refuses text that PostgreSQL cannot store, NUL and broken UTF-8, before the statement is sent: the answer
// is then the same on both databases, and the transaction is not spoilt.
type textGuard struct{ sqldb.Querier }

func (g textGuard) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := checkTexts(args); err != nil {
		return pgconn.CommandTag{}, err
	}
	return g.Querier.Exec(ctx, sql, args...)
}

func (g textGuard) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := checkTexts(args); err != nil {
		return nil, err
	}
	return g.Querier.Query(ctx, sql, args...)
}

func (g textGuard) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := checkTexts(args); err != nil {
		return refusedRow{err}
	}
	return g.Querier.QueryRow(ctx, sql, args...)
}

// Dialect keeps the guard transparent to [sqldb.DialectOf].
func (g textGuard) Dialect() sqldb.Dialect { return sqldb.DialectOf(g.Querier) }

type refusedRow struct{ err error }

func (r refusedRow) Scan(...any) error { return r.err }

func checkTexts(args []any) error {
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			if !storable(v) {
				return errText
			}
		case []string:
			for _, s := range v {
				if !storable(s) {
					return errText
				}
			}
		case nil, int64, int, bool, time.Time, []byte:
		default:
			if rv := reflect.ValueOf(arg); rv.Kind() == reflect.String && !storable(rv.String()) {
				return errText
			}
		}
	}
	return nil
}

var errText = &engine.Error{Kind: engine.KindInvalid, ID: "text_invalid", Err: errors.New("text holds NUL or is not UTF-8")}

func storable(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// nullable stores the zero time as NULL.
func nullable(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// timeOrZero reads NULL as the zero time.
func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// encode writes opaque JSON; empty values become the text given for nothing.
func encode(what string, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", what, err)
	}
	return string(b), nil
}

// decode reads opaque JSON; "" leaves v alone.
func decode(what, text string, v any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("decode %s: %w", what, err)
	}
	return nil
}

// rawJSON is opaque JSON as its owner handed it in; "" is nil.
func rawJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// goneOr tells why a conditional UPDATE touched nothing: the row is not there, which is KindNotFound, or it is in another
// state, which is the given error.
func goneOr(ctx context.Context, q sqldb.Querier, otherwise error, what, sql string, args ...any) error {
	var found int64
	err := q.QueryRow(ctx, sql, args...).Scan(&found)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return notFound(what)
	case err != nil:
		return fmt.Errorf("read %s: %w", what, err)
	}
	return otherwise
}

// columnList writes column names for a statement.
func columnList(names []string) string { return strings.Join(names, ", ") }
