package sqldb_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

func TestOpenErrors(t *testing.T) {
	for _, url := range []string{
		"", "kartka.db", "mysql://localhost/x", "sqlite:", "sqlite::memory:", "sqlite://host/kartka.db",
		"sqlite:" + filepath.Join(t.TempDir(), "absent", "kartka.db"),
		"postgres://u:s3cret@127.0.0.1:1/x?connect_timeout=1", "postgres://u:s3cret@127.0.0.1:notaport/x",
	} {
		db, err := sqldb.Open(t.Context(), url)
		if err == nil {
			db.Close()
			t.Errorf("%q: no error", url)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// A path may hold what means something in a URL.
func TestSQLiteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "50% off? #1 &c= тест.db")
	for _, url := range []string{"sqlite:" + path, "sqlite://" + path} {
		db := open(t, url)
		mustExec(t, db, "CREATE TABLE IF NOT EXISTS x (id bigint)")
		mustExec(t, db, "INSERT INTO x (id) VALUES (1)")
		db.Close()
		db.Close() // twice does no harm
		if _, err := db.Exec(t.Context(), "SELECT 1"); err == nil {
			t.Error("a closed database answers")
		}
	}
	db := open(t, "sqlite:"+path)
	wantEqual(t, one[int64](t, db, "SELECT count(*) FROM x"), 2)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(path)) {
			t.Errorf("unexpected file %s", e.Name())
		}
	}
}

func TestSQLitePragmas(t *testing.T) {
	db := open(t, storagetest.SQLite(t))
	check := func(q sqldb.Querier) {
		wantEqual(t, one[int64](t, q, "SELECT foreign_keys FROM pragma_foreign_keys"), 1)
		wantEqual(t, one[string](t, q, "SELECT journal_mode FROM pragma_journal_mode"), "wal")
		wantEqual(t, one[int64](t, q, "SELECT timeout FROM pragma_busy_timeout"), 5000)
	}
	check(db)
	err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
		check(tx)
		wantEqual(t, one[int64](t, tx, "SELECT synchronous FROM pragma_synchronous"), 2) // FULL
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Two programs on one file: the second waits for the first, and gives up with a code that is worth another try.
func TestSQLiteBusy(t *testing.T) {
	url := storagetest.SQLite(t)
	a, b := open(t, url), open(t, url, sqldb.BusyTimeout(1))
	tx, err := a.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	_, err = b.Begin(t.Context())
	wantCode(t, err, sqldb.CodeSerialization)
	if !sqldb.Retryable(err) {
		t.Errorf("not worth another try: %v", err)
	}
}

func TestSQLiteUnsupported(t *testing.T) {
	db := open(t, storagetest.SQLite(t))
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	said := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "not supported on SQLite") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = tx.CopyFrom(t.Context(), pgx.Identifier{"x"}, nil, pgx.CopyFromRows(nil))
	said("CopyFrom", err)
	_, err = tx.Prepare(t.Context(), "x", "SELECT 1")
	said("Prepare", err)
	_, err = db.BeginTx(t.Context(), pgx.TxOptions{BeginQuery: "BEGIN"})
	said("begin", err)
	func() {
		defer func() {
			err, _ := recover().(error)
			said("LargeObjects", err)
		}()
		tx.LargeObjects()
	}()
	if tx.Conn() != nil {
		t.Error("there is a pgx connection")
	}
	mustExec(t, tx, "CREATE TABLE x (id bigint)") // none of it harmed the transaction
}

// Types that mean something else on each database are refused rather than guessed.
func TestSQLiteRefusesOtherTypes(t *testing.T) {
	db := open(t, storagetest.SQLite(t))
	for _, typ := range []string{"numeric", "date", "timestamp", "bigserial", "text[]"} {
		if _, err := db.Exec(t.Context(), "CREATE TABLE x (id "+typ+")"); err == nil {
			t.Errorf("a column of type %s was accepted", typ)
		}
	}
	for _, arg := range []any{make(chan int), func() {}, uint64(1 << 63), complex(1, 1)} {
		if err := db.QueryRow(t.Context(), "SELECT $1", arg).Scan(nil); err == nil {
			t.Errorf("an argument of type %T was accepted", arg)
		}
	}
}

// A time is read back as it was bound, and what is none is refused.
func TestSQLiteTimes(t *testing.T) {
	db := open(t, storagetest.SQLite(t))
	read := func(text any) (at time.Time, null *time.Time, err error) {
		err = db.QueryRow(t.Context(), "SELECT $1, $1", text).Scan(&at, &null)
		return at, null, err
	}
	rapid.Check(t, func(t *rapid.T) {
		from, to := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
		want := time.Unix(rapid.Int64Range(from, to).Draw(t, "second"), rapid.Int64Range(0, 999_999).Draw(t, "microsecond")*1000).UTC()
		at, null, err := read(want)
		if err != nil || !at.Equal(want) || at.Location() != time.UTC || null == nil || !null.Equal(want) {
			t.Fatalf("%s came back as %s and %s: %v", want, at, null, err)
		}
	})
	for _, text := range []string{
		"2026-02-30T10:00:00.000000Z", "2026-13-01T10:00:00.000000Z", "2026-00-01T10:00:00.000000Z", "2026-01-00T10:00:00.000000Z", "2026-01-01T24:00:00.000000Z",
		"2026-01-01T10:60:00.000000Z", "2026-01-01T10:00:61.000000Z", "2026-01-01T10:00:00.00000xZ", "2026-01-01 10:00:00.000000Z", "2026-01-01T10:00:00.000000+", "2026-01-01", "x",
	} {
		if at, _, err := read(text); err == nil {
			t.Errorf("%s was read as %s", text, at)
		}
	}
	var null *time.Time
	if err := db.QueryRow(t.Context(), "SELECT NULL").Scan(&null); err != nil || null != nil {
		t.Errorf("NULL was read as %v: %v", null, err)
	}
}
