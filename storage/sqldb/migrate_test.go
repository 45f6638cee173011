package sqldb_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

var migratedAt = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

func files(kv ...string) fstest.MapFS {
	m := fstest.MapFS{"README.md": {Data: []byte("not a migration")}}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = &fstest.MapFile{Data: []byte(kv[i+1])}
	}
	return m
}

const (
	first  = "CREATE TABLE a (id bigint PRIMARY KEY, note text DEFAULT '; not the end');\nCREATE TABLE b (id bigint REFERENCES a (id));\n"
	second = `ALTER TABLE a ADD COLUMN at timestamptz;
-- only: postgres
CREATE INDEX a_brin ON a USING brin (id);
INSERT INTO a (id, note) VALUES (1, 'postgres');
-- end only
-- only: sqlite
INSERT INTO a (id, note) VALUES (1, 'sqlite');
-- end only
INSERT INTO b (id) VALUES (1);
`
)

func TestMigrate(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		v, err := sqldb.SchemaVersion(t.Context(), db)
		if err != nil || v != 0 {
			t.Fatalf("empty database: version %d, %v", v, err)
		}
		one_ := files("0001_first.sql", first)
		both := files("0001_first.sql", first, "0002_second.sql", second)
		for _, step := range []struct {
			fs   fstest.MapFS
			want []int
		}{{one_, []int{1}}, {one_, nil}, {both, []int{2}}, {both, nil}} {
			got, err := sqldb.Migrate(t.Context(), db, step.fs, migratedAt)
			if err != nil {
				t.Fatal(err)
			}
			wantEqual(t, got, step.want)
		}
		wantEqual(t, column[string](t, db, "SELECT note FROM a"), []string{string(sqldb.DialectOf(db))})
		wantEqual(t, column[string](t, db, "SELECT name FROM schema_migration ORDER BY version"), []string{"first", "second"})
		wantEqual(t, column[time.Time](t, db, "SELECT DISTINCT applied_at FROM schema_migration"), []time.Time{migratedAt})

		_, err = sqldb.Migrate(t.Context(), db, one_, migratedAt)
		if !errors.Is(err, sqldb.ErrNewerSchema) {
			t.Errorf("older program: %v", err)
		}
		changed := files("0001_first.sql", first+"-- an afterthought", "0002_second.sql", second)
		if _, err = sqldb.Migrate(t.Context(), db, changed, migratedAt); !errors.Is(err, sqldb.ErrChangedMigration) {
			t.Errorf("changed file: %v", err)
		}
		crlf := files("0001_first.sql", strings.ReplaceAll(first, "\n", "\r\n"), "0002_second.sql", second)
		if _, err = sqldb.Migrate(t.Context(), db, crlf, migratedAt); err != nil {
			t.Errorf("other line ends: %v", err)
		}
	})
}

// A file that fails leaves nothing of itself, and what came before stays.
func TestMigrateFailure(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		fs := files("0001_first.sql", first, "0002_bad.sql", "CREATE TABLE c (id bigint);\nINSERT INTO absent (id) VALUES (1);\n")
		got, err := sqldb.Migrate(t.Context(), db, fs, migratedAt)
		wantCode(t, err, sqldb.CodeUndefinedTable)
		if err == nil || !strings.Contains(err.Error(), "0002_bad") {
			t.Errorf("the error does not name the file: %v", err)
		}
		wantEqual(t, got, []int{1})
		_, err = db.Exec(t.Context(), "SELECT id FROM c")
		wantCode(t, err, sqldb.CodeUndefinedTable)
		v, err := sqldb.SchemaVersion(t.Context(), db)
		if err != nil || v != 1 {
			t.Errorf("version %d, %v", v, err)
		}
	})
}

// Programs that start at once, each with connections of its own: every file is applied once.
func TestMigrateConcurrently(t *testing.T) {
	fs := files("0001_first.sql", first, "0002_second.sql", second)
	for name, url := range map[string]string{"postgres": storagetest.Postgres(t), "sqlite": storagetest.SQLite(t)} {
		t.Run(name, func(t *testing.T) {
			const programs = 4
			dbs := make([]sqldb.DB, programs)
			for i := range dbs {
				dbs[i] = open(t, url)
			}
			steps := make([]int, programs)
			parallel(t, programs, func(i int) (bool, error) {
				applied, err := sqldb.Migrate(t.Context(), dbs[i], fs, migratedAt)
				steps[i] = len(applied)
				return true, err
			})
			sum := 0
			for _, n := range steps {
				sum += n
			}
			wantEqual(t, sum, 2)
		})
	}
}

func TestMigrationsAreChecked(t *testing.T) {
	for name, fs := range map[string]fstest.MapFS{
		"gap":             files("0001_a.sql", "", "0003_c.sql", ""),
		"twice":           files("0001_a.sql", "", "0001_b.sql", ""),
		"from zero":       files("0000_a.sql", ""),
		"short number":    files("1_a.sql", ""),
		"no name":         files("0001_.sql", ""),
		"no end":          files("0001_a.sql", "-- only: sqlite\nSELECT 1;"),
		"no beginning":    files("0001_a.sql", "-- end only\n"),
		"nested":          files("0001_a.sql", "-- only: sqlite\n-- only: postgres\n-- end only\n-- end only\n"),
		"another product": files("0001_a.sql", "-- only: mysql\n-- end only\n"),
	} {
		if _, err := sqldb.Migrations(fs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
