package sqldb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// SQLSTATE codes that callers tell apart, equal on both databases.
const (
	CodeUniqueViolation     = "23505"
	CodeForeignKeyViolation = "23503"
	CodeNotNullViolation    = "23502"
	CodeCheckViolation      = "23514"
	CodeSerialization       = "40001" // another transaction was in the way: run this one again
	CodeDeadlock            = "40P01" // the same
	CodeAborted             = "25P02" // the transaction has failed before
	CodeReadOnly            = "25006"
	CodeStalled             = "25P03" // the transaction stood still for so long that it was ended
	CodeUndefinedTable      = "42P01"
)

// HasCode tells whether err is, or wraps, an error of the database with the given SQLSTATE code.
func HasCode(err error, code string) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == code
}

var (
	errConnBusy    = errors.New("conn busy")
	errNoRowsOpen  = errors.New("scan: there is no current row; Next must return true first")
	errUnsupported = errors.New("not supported on SQLite")
	errClosed      = errors.New("closed pool")
)

func errAborted() error {
	return &pgconn.PgError{
		Severity: "ERROR", Code: CodeAborted,
		Message: "current transaction is aborted, commands ignored until end of transaction block",
	}
}

// liteError is an error of SQLite that also is the *pgconn.PgError PostgreSQL would have given.
type liteError struct {
	cause *sqlite.Error
	pg    *pgconn.PgError
}

func (e *liteError) Error() string   { return e.pg.Error() }
func (e *liteError) Unwrap() []error { return []error{e.pg, e.cause} }

// mapError gives an error of SQLite its SQLSTATE code. Other errors pass through.
func mapError(err error) error {
	var le *sqlite.Error
	if !errors.As(err, &le) {
		return err
	}
	pg := &pgconn.PgError{Severity: "ERROR", Code: sqlState(le), Message: le.Error()}
	// "… UNIQUE constraint failed: account.id (2067)": the table and column, or the name of a CHECK.
	if _, rest, ok := strings.Cut(le.Error(), " constraint failed: "); ok {
		what, _, _ := strings.Cut(rest, " (")
		if pg.Code == CodeCheckViolation {
			pg.ConstraintName = what
		} else {
			first, _, _ := strings.Cut(what, ",")
			pg.TableName, pg.ColumnName, _ = strings.Cut(first, ".")
		}
	}
	return &liteError{cause: le, pg: pg}
}

// Result codes, see sqlite.org/rescode.html: the low byte is the primary code, the rest makes it extended.
func sqlState(err *sqlite.Error) string {
	switch err.Code() {
	case 2067, 1555, 2579: // CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID
		return CodeUniqueViolation
	case 787: // CONSTRAINT_FOREIGNKEY
		return CodeForeignKeyViolation
	case 1299: // CONSTRAINT_NOTNULL
		return CodeNotNullViolation
	case 275: // CONSTRAINT_CHECK
		return CodeCheckViolation
	case 3091: // CONSTRAINT_DATATYPE, of a STRICT table
		return "42804"
	}
	switch err.Code() & 0xff {
	case 1: // ERROR: only the message says more
		return stateFromMessage(err.Error())
	case 5, 6: // BUSY, LOCKED
		return CodeSerialization
	case 8: // READONLY
		return CodeReadOnly
	case 9: // INTERRUPT
		return "57014"
	case 10: // IOERR
		return "58030"
	case 11, 26: // CORRUPT, NOTADB
		return "XX001"
	case 13: // FULL
		return "53100"
	case 14: // CANTOPEN
		return "58P01"
	case 18: // TOOBIG
		return "54000"
	case 19: // CONSTRAINT
		return "23000"
	case 20: // MISMATCH
		return "42804"
	}
	return "XX000"
}

func stateFromMessage(msg string) string {
	switch {
	case strings.Contains(msg, "no such table"):
		return CodeUndefinedTable
	case strings.Contains(msg, "no such column"), strings.Contains(msg, "has no column named"):
		return "42703"
	case strings.Contains(msg, "no such function"):
		return "42883"
	case strings.Contains(msg, "already exists"):
		return "42P07"
	case strings.Contains(msg, "duplicate column name"):
		return "42701"
	case strings.Contains(msg, "syntax error"), strings.Contains(msg, "unrecognized token"), strings.Contains(msg, "incomplete input"):
		return "42601"
	case strings.Contains(msg, "integer overflow"):
		return "22003"
	case strings.Contains(msg, "malformed JSON"):
		return "22P02"
	}
	return "42000"
}

// noTransaction recognises SQLite's answer to a rollback outside a transaction.
func noTransaction(err error) bool {
	return strings.Contains(err.Error(), "no transaction is active")
}

func unsupported(what string) error { return fmt.Errorf("%s: %w", what, errUnsupported) }
