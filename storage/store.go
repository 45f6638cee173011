package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/storage/sqldb"
)

// Store keeps everything in one database. It is safe for concurrent use.
type Store struct {
	reads
	db     sqldb.DB
	now    func() time.Time
	logger *slog.Logger
	// groups gathers what many callers write at once; groupDB has a connection for each group that is being written.
	groups  *committer
	groupDB sqldb.DB
	// byKey answers about one member, through connections that nothing else uses; glances share statements on them.
	byKey   sqldb.Reader
	glances *glances
	// bots are the senders known to exist: a bot is never deleted, so a sender found once need not be looked up again.
	bots sync.Map
	// tails are the postings that traits have followed lately.
	tails tails
	// columns are what segments ask of the members of large programs.
	columns *columnKeeper
}

var (
	_ engine.Store    = (*Store)(nil)
	_ engine.Grouper  = (*Store)(nil)
	_ engine.Messages = (*Store)(nil)
	_ engine.Verifier = (*Store)(nil)
	_ engine.Audience = (*Store)(nil)
	_ engine.Tx       = (*writes)(nil)
)

// Options is what a Store needs beside its URL.
type Options struct {
	Sealer   *Sealer          // seals personal data and secrets; required
	Logger   *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // of migrations and rotation; nil: time.Now
	MaxConns int              // most open connections; 0: the default of sqldb
	Groups   int              // groups of works written at once, each through one more connection; 0: two
	// Columns says from how many members on what segments ask of a program is kept in memory, where a million take some 50 MB; 0: 20,000; below: never.
	// ColumnsMost bounds the members that are kept, of all programs together; 0: four million.
	Columns, ColumnsMost int
}

// Open opens a database, which may still be empty: see [Store.Migrate]. The URL is sqlite:path or postgres://…, as
// [sqldb.Open] takes it.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	if o.Sealer == nil {
		return nil, errors.New("open storage: a Sealer is needed")
	}
	var opts []sqldb.Option
	if o.MaxConns > 0 {
		opts = append(opts, sqldb.MaxConns(o.MaxConns))
	}
	db, err := sqldb.Open(ctx, url, opts...)
	if err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	s := &Store{db: db, now: o.Now, logger: o.Logger, columns: newColumnKeeper(o.Columns, o.ColumnsMost)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.reads = reads{q: textGuard{db}, seal: o.Sealer}
	groups := cmp.Or(o.Groups, groupsAtOnce)
	if s.groupDB, err = sqldb.Sibling(ctx, db, groups); err != nil {
		db.Close()
		return nil, fmt.Errorf("open storage: %w", err)
	}
	if s.byKey, err = sqldb.KeyReader(ctx, db, keyReaders()); err != nil {
		s.Close()
		return nil, fmt.Errorf("open storage: %w", err)
	}
	s.glances = newGlances(s.keyed())
	if s.groupDB == db && o.Groups == 0 {
		groups = 1 // on SQLite one writes at a time: a second group would wait, and be missing from the first
	}
	s.groups = newCommitter(groups, s.writeGroup)
	return s, nil
}

// Migrate brings the schema up to the program's and returns the versions it applied. Several programs may do so at once.
// A database migrated by a newer program is refused with [sqldb.ErrNewerSchema].
func (s *Store) Migrate(ctx context.Context) (applied []int, err error) {
	files, err := migrations()
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	applied, err = sqldb.Migrate(ctx, s.db, files, s.now().UTC())
	for _, version := range applied {
		s.logger.LogAttrs(ctx, slog.LevelInfo, "migration applied", slog.Int("version", version))
	}
	return applied, err
}

// SchemaVersion returns the version of the database's schema, and that of the program's.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int, err error) {
	files, err := migrations()
	if err != nil {
		return 0, 0, fmt.Errorf("open migrations: %w", err)
	}
	all, err := sqldb.Migrations(files)
	if err != nil {
		return 0, 0, fmt.Errorf("read migrations: %w", err)
	}
	have, err = sqldb.SchemaVersion(ctx, s.db)
	return have, len(all), err
}

// Dialect tells which kind of database it is.
func (s *Store) Dialect() sqldb.Dialect { return sqldb.DialectOf(s.db) }

// DB is the database itself, for tests and for what reports on it. Whatever belongs to the product goes through Store.
func (s *Store) DB() sqldb.DB { return s.db }

// Ping answers nil when the database can be asked something.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.Ping(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close waits for what is running and closes every connection.
func (s *Store) Close() {
	s.columns.close()
	if s.byKey != nil {
		s.byKey.Close()
	}
	if s.groupDB != s.db {
		s.groupDB.Close()
	}
	s.db.Close()
}

// InTx runs fn in one transaction. It runs it again when the transaction lost to another one, at most eight times.
func (s *Store) InTx(ctx context.Context, fn func(tx engine.Tx) error) error {
	return s.inTx(ctx, func(tx *writes) error { return fn(tx) })
}

func (s *Store) inTx(ctx context.Context, fn func(tx *writes) error) error {
	return sqldb.InTx(ctx, s.db, func(tx pgx.Tx) error {
		return fn(&writes{reads: reads{q: textGuard{tx}, seal: s.seal}})
	})
}

// ErrUsePgDump is what [Store.Backup] answers on PostgreSQL.
var ErrUsePgDump = errors.New("this database is PostgreSQL: make backups with pg_dump --format=custom, or with continuous archiving")

// Backup writes a consistent, compact copy of a SQLite database to a file that must not exist yet, while the database is
// in use. The copy holds no secrets in plain text, but it needs the key file to be read again: keep that apart.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.Dialect() == sqldb.Postgres {
		return fmt.Errorf("backup: %w", ErrUsePgDump)
	}
	if strings.TrimSpace(path) == "" {
		return errors.New("backup: a file name is needed")
	}
	if err := createPrivate(path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if _, err := s.db.Exec(ctx, "VACUUM INTO $1", filepath.Clean(path)); err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	return nil
}
