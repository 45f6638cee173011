package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/storage/sqldb"
)

// Identity tells this database from a copy of it: one that was copied, dumped and loaded, or restored from a backup has another. Restarting, moving a file within
// its disk, and vacuuming leave it as it is. It is "" for a database in memory.
func (s *Store) Identity(ctx context.Context) (string, error) {
	if s.Dialect() == sqldb.SQLite {
		path, err := one(ctx, s.q, "file of the database", scanText, `SELECT file FROM pragma_database_list WHERE name = 'main'`)
		if err != nil || path == "" {
			return "", err
		}
		return fileIdentity(path)
	}
	return one(ctx, s.q, "identity of the database", func(row pgx.Row) (string, error) {
		var cluster, database string
		err := row.Scan(&cluster, &database)
		return fmt.Sprintf("postgres:%s:%s", cluster, database), err
	}, `SELECT CAST(c.system_identifier AS text), CAST(d.oid AS text) FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()`)
}
