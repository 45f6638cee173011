package sqldb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Errors of [Migrate] that a caller may want to tell apart.
var (
	// ErrNewerSchema: the database has been migrated by a newer program. Running this one on it could lose data.
	ErrNewerSchema = errors.New("the database is newer than this program")
	// ErrChangedMigration: what was applied to the database is not what this program carries.
	ErrChangedMigration = errors.New("an applied migration has changed")
)

// Migration is one step of the schema, from a file NNNN_name.sql. The files are numbered from 0001 without gaps and
// never change once released: the schema only moves forward.
type Migration struct {
	Version int
	Name    string // of the file, without number and suffix
	SHA256  string // of the file, in hex, with line ends as LF
	SQL     string // the whole file, for both databases
}

// Migrations reads the migrations at the top of fsys, in order. Files with another suffix are not looked at.
func Migrations(fsys fs.FS) ([]Migration, error) {
	names, err := fs.Glob(fsys, "*.sql") // sorted, and with four digits in front that is the order of versions
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	out := make([]Migration, 0, len(names))
	for i, file := range names {
		number, name, ok := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
		version, err := strconv.Atoi(number)
		if !ok || err != nil || len(number) != 4 || name == "" {
			return nil, fmt.Errorf("migration %s: the name must look like 0001_name.sql", file)
		}
		if version != i+1 {
			return nil, fmt.Errorf("migration %s: number %04d is expected here", file, i+1)
		}
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		for _, d := range []Dialect{Postgres, SQLite} {
			if _, err := forDialect(string(b), d); err != nil {
				return nil, fmt.Errorf("migration %s: %w", file, err)
			}
		}
		sum := sha256.Sum256(b)
		out = append(out, Migration{version, name, hex.EncodeToString(sum[:]), string(b)})
	}
	return out, nil
}

const (
	onlyPrefix = "-- only:"
	onlyEnd    = "-- end only"
)

// forDialect leaves out the lines meant for the other database, those between
//
//	-- only: postgres
//	-- end only
//
// It keeps the number of lines, so that an error points at the line of the file.
func forDialect(sql string, d Dialect) (string, error) {
	var out strings.Builder
	only := Dialect("")
	for i, line := range strings.SplitAfter(sql, "\n") {
		mark := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(mark, onlyPrefix):
			if only != "" {
				return "", fmt.Errorf("line %d: %q inside another one", i+1, mark)
			}
			only = Dialect(strings.TrimSpace(strings.TrimPrefix(mark, onlyPrefix)))
			if only != Postgres && only != SQLite {
				return "", fmt.Errorf("line %d: %q: the databases are postgres and sqlite", i+1, mark)
			}
		case mark == onlyEnd:
			if only == "" {
				return "", fmt.Errorf("line %d: %q without a beginning", i+1, mark)
			}
			only = ""
		case only == "" || only == d:
			out.WriteString(line)
			continue
		}
		if strings.HasSuffix(line, "\n") {
			out.WriteByte('\n')
		}
	}
	if only != "" {
		return "", fmt.Errorf("%q has no end", onlyPrefix+" "+string(only))
	}
	return out.String(), nil
}

// Migrate brings the schema up to the last migration of fsys, each file in a transaction of its own, and notes each in
// the table schema_migration with the time now. It returns the versions it applied. Several programs may do so
// at once: they take turns, and each finds what the others have done. On an error everything up to the failed file
// stays applied.
//
// It refuses a database that knows more versions than fsys ([ErrNewerSchema]) or others ([ErrChangedMigration]).
func Migrate(ctx context.Context, db DB, fsys fs.FS, now time.Time) (applied []int, err error) {
	all, err := Migrations(fsys)
	if err != nil {
		return nil, err
	}
	for {
		var next *Migration
		err := InTx(ctx, db, func(tx pgx.Tx) error {
			next = nil
			if err := lockSchema(ctx, tx); err != nil {
				return err
			}
			done, err := checkApplied(ctx, tx, all)
			if err != nil || done == len(all) {
				return err
			}
			next = &all[done]
			return apply(ctx, tx, *next, now)
		})
		if err != nil {
			if next != nil {
				return applied, fmt.Errorf("apply migration %04d_%s: %w", next.Version, next.Name, err)
			}
			return applied, fmt.Errorf("migrate: %w", err)
		}
		if next == nil {
			return applied, nil
		}
		applied = append(applied, next.Version)
	}
}

// SchemaVersion returns the version of the last migration applied, 0 for a database that has none.
func SchemaVersion(ctx context.Context, q Querier) (int, error) {
	var v int
	err := q.QueryRow(ctx, "SELECT COALESCE(max(version), 0) FROM schema_migration").Scan(&v)
	if HasCode(err, CodeUndefinedTable) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return v, nil
}

// schemaLock is the key of the advisory lock that migrating programs hold: "kartka" in ASCII.
const schemaLock = 0x6b6172746b61

// lockSchema keeps other migrating programs waiting until the transaction ends, and makes the table. SQLite has locked
// the file at BEGIN.
func lockSchema(ctx context.Context, tx pgx.Tx) error {
	if DialectOf(tx) == Postgres {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(schemaLock)); err != nil {
			return fmt.Errorf("lock schema: %w", err)
		}
		// A migration that waits long for a table keeps everyone behind it waiting too: better it fails.
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '10s'"); err != nil {
			return fmt.Errorf("set lock timeout: %w", err)
		}
	}
	_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migration (
		version    bigint PRIMARY KEY,
		name       text NOT NULL,
		sha256     text NOT NULL,
		applied_at timestamptz NOT NULL
	)`)
	if err != nil {
		return fmt.Errorf("create schema_migration: %w", err)
	}
	return nil
}

// checkApplied compares the database with the migrations and returns how many of them are applied.
func checkApplied(ctx context.Context, tx pgx.Tx, all []Migration) (int, error) {
	type row struct {
		Version int
		Name    string
		SHA256  string
	}
	rows, err := tx.Query(ctx, "SELECT version, name, sha256 FROM schema_migration ORDER BY version")
	if err != nil {
		return 0, fmt.Errorf("read schema_migration: %w", err)
	}
	applied, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return 0, fmt.Errorf("read schema_migration: %w", err)
	}
	if n := len(applied); n > 0 && applied[n-1].Version > len(all) {
		return 0, fmt.Errorf("%w: it is at version %d, the program knows %d", ErrNewerSchema, applied[n-1].Version, len(all))
	}
	for i, a := range applied {
		m := all[i]
		if a.Version != m.Version || a.Name != m.Name || a.SHA256 != m.SHA256 {
			return 0, fmt.Errorf("%w: version %d was applied as %04d_%s", ErrChangedMigration, m.Version, a.Version, a.Name)
		}
	}
	return len(applied), nil
}

func apply(ctx context.Context, tx pgx.Tx, m Migration, now time.Time) error {
	sql, err := forDialect(m.SQL, DialectOf(tx))
	if err != nil {
		return err
	}
	// Without arguments, so that PostgreSQL takes the whole script at once.
	if _, err := tx.Exec(ctx, sql); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO schema_migration (version, name, sha256, applied_at) VALUES ($1, $2, $3, $4)",
		m.Version, m.Name, m.SHA256, now)
	return err
}
