package sqldb_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// onBoth runs a test on an empty PostgreSQL database and on an empty SQLite file. Nothing in the test may depend on
// which of them it is.
func onBoth(t *testing.T, test func(t *testing.T, db sqldb.DB)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) { test(t, open(t, storagetest.Postgres(t))) })
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, storagetest.SQLite(t))) })
}

func open(t testing.TB, url string, opts ...sqldb.Option) sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// schema is what most tests need: an account that must not go below zero, and everything a column can be.
const schema = `
CREATE TABLE account (
	id      text PRIMARY KEY,
	balance bigint NOT NULL CHECK (balance >= 0),
	tier    text
);
CREATE TABLE entry (
	id         text PRIMARY KEY,
	account_id text NOT NULL REFERENCES account (id),
	points     bigint NOT NULL,
	UNIQUE (account_id, points)
);
CREATE TABLE thing (
	uuid  uuid PRIMARY KEY, -- a column may be called like a type: it's no reason to stumble
	n     bigint,
	small smallint,
	yes   boolean,
	body  bytea,
	at    timestamptz,
	attrs jsonb,
	note  text DEFAULT 'a jsonb; $1 -- FOR UPDATE'
);
CREATE TABLE job (id bigint PRIMARY KEY, worker bigint);
`

func create(t testing.TB, db sqldb.DB) {
	t.Helper()
	mustExec(t, db, schema)
}

func mustExec(t testing.TB, q sqldb.Querier, sql string, args ...any) pgconn.CommandTag {
	t.Helper()
	tag, err := q.Exec(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag
}

// one returns the single value of a query.
func one[T any](t testing.TB, q sqldb.Querier, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := q.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func column[T any](t testing.TB, q sqldb.Querier, sql string, args ...any) []T {
	t.Helper()
	rows, err := q.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if !sqldb.HasCode(err, code) {
		t.Errorf("got error %v, want code %s", err, code)
	}
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("unexpected (-want +got):\n%s", d)
	}
}

func TestDialect(t *testing.T) {
	for url, want := range map[string]sqldb.Dialect{storagetest.Postgres(t): sqldb.Postgres, storagetest.SQLite(t): sqldb.SQLite} {
		db := open(t, url)
		wantEqual(t, sqldb.DialectOf(db), want)
		err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
			wantEqual(t, sqldb.DialectOf(tx), want)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestCommandTags(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		for _, c := range []struct{ sql, want string }{
			{"INSERT INTO account (id, balance) VALUES ('a', 1), ('b', 2)", "INSERT 0 2"},
			{"UPDATE account SET balance = 5", "UPDATE 2"},
			{"UPDATE account SET balance = 5 WHERE id = 'nobody'", "UPDATE 0"},
			{"WITH rich AS (SELECT id FROM account) UPDATE account SET tier = 'x' WHERE id IN (SELECT id FROM rich)", "UPDATE 2"},
			{"DELETE FROM account WHERE id = 'a'", "DELETE 1"},
			{"CREATE INDEX account_tier ON account (tier)", "CREATE INDEX"},
		} {
			got := mustExec(t, db, c.sql).String()
			if !strings.HasPrefix(c.want, got) { // SQLite's tags of DDL are shorter
				t.Errorf("%s: tag %q, want %q", c.sql, got, c.want)
			}
		}
		rows, err := db.Query(t.Context(), "UPDATE account SET tier = 'y' RETURNING id")
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
		wantEqual(t, rows.CommandTag().RowsAffected(), 1)
	})
}

// What a row is scanned into by pgx's own functions.
func TestCollect(t *testing.T) {
	type account struct {
		Name    string  `db:"id"`
		Balance int64   // by its own name
		Tier    *string // may be NULL
	}
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance, tier) VALUES ('a', 1, NULL), ('b', 2, 'gold')")
		rows, _ := db.Query(t.Context(), "SELECT balance, tier, id FROM account ORDER BY id")
		got, err := pgx.CollectRows(rows, pgx.RowToStructByName[account])
		if err != nil {
			t.Fatal(err)
		}
		gold := "gold"
		wantEqual(t, got, []account{{"a", 1, nil}, {"b", 2, &gold}})

		rows, _ = db.Query(t.Context(), "SELECT id, balance FROM account WHERE id = @id", pgx.NamedArgs{"id": "b"})
		m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, m, map[string]any{"id": "b", "balance": int64(2)})

		rows, _ = db.Query(t.Context(), "SELECT id FROM account WHERE id = 'nobody'")
		if _, err = pgx.CollectOneRow(rows, pgx.RowTo[string]); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("no row: %v", err)
		}
		var n int64
		if err := db.QueryRow(t.Context(), "SELECT balance FROM account WHERE id = 'nobody'").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("no row: %v", err)
		}
		sum := int64(0)
		rows, _ = db.Query(t.Context(), "SELECT balance FROM account")
		if _, err := pgx.ForEachRow(rows, []any{&n}, func() error { sum += n; return nil }); err != nil || sum != 3 {
			t.Errorf("sum %d, %v", sum, err)
		}
	})
}

func TestScanErrors(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance, tier) VALUES ('a', 300, NULL)")
		var s string
		var n int64
		var small int8
		var yes bool
		for _, c := range []struct {
			sql  string
			dest []any
		}{
			{"SELECT tier FROM account", []any{&s}},        // NULL into a string
			{"SELECT id FROM account", []any{&n}},          // text into a number
			{"SELECT balance FROM account", []any{&small}}, // out of range
			{"SELECT balance FROM account", []any{&yes}},
			{"SELECT id, balance FROM account", []any{&s}}, // a destination too few
		} {
			if err := db.QueryRow(t.Context(), c.sql).Scan(c.dest...); err == nil {
				t.Errorf("%s into %T: no error", c.sql, c.dest[0])
			}
		}
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 300) // the connection is good as before

		// What the program does with a row is no failure of the transaction.
		err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
			if err := tx.QueryRow(t.Context(), "UPDATE account SET balance = 301 RETURNING id").Scan(&n); err == nil {
				t.Error("text went into a number")
			}
			wantEqual(t, one[int64](t, tx, "SELECT balance FROM account"), 301)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestArgumentCount(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		for _, args := range [][]any{{}, {"a", "b"}} {
			if err := db.QueryRow(t.Context(), "SELECT balance FROM account WHERE id = $1", args...).Scan(nil); err == nil || errors.Is(err, pgx.ErrNoRows) {
				t.Errorf("%d arguments for $1: %v", len(args), err)
			}
		}
	})
}

type points int64
type kind string

func TestValues(t *testing.T) {
	type attrs struct {
		Lang string   `json:"lang"`
		Tags []string `json:"tags,omitempty"`
	}
	type thing struct {
		UUID  string
		N     *points
		Small *int16
		Yes   *bool
		Body  []byte
		At    *time.Time
		Attrs *attrs
		Note  *kind
	}
	at := time.Date(2026, 3, 29, 3, 30, 0, 123456789, time.FixedZone("Kyiv", 3*3600))
	big, small, yes, note := points(1<<62), int16(-7), true, kind("it's \"привіт\" 🎁 \\ $1")
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		const insert = "INSERT INTO thing (uuid, n, small, yes, body, at, attrs, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		const id, none = "0198f3a0-7b1c-7000-8000-000000000001", "0198f3a0-7b1c-7000-8000-000000000002"
		mustExec(t, db, insert, id, big, &small, yes, []byte{0, 1, 255}, at, attrs{"uk", []string{"a", "б"}}, note)
		mustExec(t, db, insert, none, (*points)(nil), nil, nil, []byte(nil), (*time.Time)(nil), (*attrs)(nil), nil)
		rows, _ := db.Query(t.Context(), "SELECT uuid, n, small, yes, body, at, attrs, note FROM thing ORDER BY uuid")
		got, err := pgx.CollectRows(rows, pgx.RowToStructByName[thing])
		if err != nil {
			t.Fatal(err)
		}
		stored := at.UTC().Truncate(time.Microsecond)
		wantEqual(t, got, []thing{
			{id, &big, &small, &yes, []byte{0, 1, 255}, &stored, &attrs{"uk", []string{"a", "б"}}, &note},
			{UUID: none},
		})
		if zone, _ := got[0].At.Zone(); zone != "UTC" {
			t.Errorf("time in zone %s", zone)
		}
	})
}

// A time keeps its microseconds and its order, in columns, aggregates and expressions, and as an argument.
func TestTimes(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, "CREATE TABLE event (id bigint PRIMARY KEY, at timestamptz NOT NULL)")
		base := time.Date(1999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		times := []time.Time{base, base.Add(time.Microsecond), base.Add(time.Second), base.AddDate(30, 0, 0)}
		for i, at := range times {
			mustExec(t, db, "INSERT INTO event (id, at) VALUES ($1, $2)", i, at)
		}
		wantEqual(t, column[time.Time](t, db, "SELECT at FROM event ORDER BY at"), times)
		wantEqual(t, one[time.Time](t, db, "SELECT max(at) FROM event"), times[3])
		wantEqual(t, one[*time.Time](t, db, "SELECT max(at) FROM event WHERE id > 100"), nil)
		wantEqual(t, column[int64](t, db, "SELECT id FROM event WHERE at > $1 ORDER BY id", times[0]), []int64{1, 2, 3})
		wantEqual(t, column[int64](t, db, "SELECT id FROM event WHERE at = ANY($1) ORDER BY id", times[1:3]), []int64{1, 2})
		wantEqual(t, one[pgtype.Timestamptz](t, db, "SELECT min(at) FROM event").Time, times[0])
	})
}

func TestJSON(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, "CREATE TABLE doc (id bigint PRIMARY KEY, attrs jsonb NOT NULL)")
		values := []any{
			map[string]any{"k": "v", "n": 42}, json.RawMessage(`{"k": "raw", "n": 7}`),
			struct {
				K string `json:"k"`
				N int64  `json:"n"`
			}{"struct", 9},
		}
		for i, v := range values {
			mustExec(t, db, "INSERT INTO doc (id, attrs) VALUES ($1, $2)", i, v)
		}
		wantEqual(t, column[string](t, db, "SELECT attrs->>'k' FROM doc ORDER BY id"), []string{"v", "raw", "struct"})
		wantEqual(t, one[int64](t, db, "SELECT CAST(sum(CAST(attrs->>'n' AS bigint)) AS bigint) FROM doc"), 58)
		wantEqual(t, one[map[string]any](t, db, "SELECT attrs FROM doc WHERE id = 1"), map[string]any{"k": "raw", "n": 7.0})
		raw := one[json.RawMessage](t, db, "SELECT attrs FROM doc WHERE id = 2")
		var back map[string]any
		if err := json.Unmarshal(raw, &back); err != nil || back["k"] != "struct" {
			t.Errorf("raw %s, %v", raw, err)
		}
	})
}

func TestAny(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1), ('b''s', 2), ('ц', 3), ('d', 9007199254740993)")
		wantEqual(t, column[string](t, db, "SELECT id FROM account WHERE id = ANY($1) ORDER BY balance", []string{"ц", "b's", "zzz"}), []string{"b's", "ц"})
		wantEqual(t, column[string](t, db, "SELECT id FROM account WHERE balance = any ( $1 ) ORDER BY id", []int64{1, 9007199254740993}), []string{"a", "d"})
		wantEqual(t, column[string](t, db, "SELECT id FROM account WHERE id = ANY($1)", []string{}), []string{})
		wantEqual(t, column[string](t, db, "SELECT id FROM account WHERE id = ANY(@ids) AND balance > @min", pgx.StrictNamedArgs{"ids": []kind{"a", "d"}, "min": 1}), []string{"d"})
	})
}

func TestOptionalFilter(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1), ('b', 2)")
		const sql = "SELECT id FROM account WHERE (CAST($1 AS text) IS NULL OR id = $1) ORDER BY id"
		wantEqual(t, column[string](t, db, sql, nil), []string{"a", "b"})
		wantEqual(t, column[string](t, db, sql, "b"), []string{"b"})
	})
}

func TestBooleans(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, "CREATE TABLE flag (id bigint PRIMARY KEY, set_it boolean NOT NULL DEFAULT false)")
		mustExec(t, db, "INSERT INTO flag (id) VALUES (1)")
		mustExec(t, db, "INSERT INTO flag (id, set_it) VALUES (2, true), (3, $1)", true)
		wantEqual(t, column[bool](t, db, "SELECT set_it FROM flag ORDER BY id"), []bool{false, true, true})
		wantEqual(t, column[int64](t, db, "SELECT id FROM flag WHERE set_it ORDER BY id"), []int64{2, 3})
		wantEqual(t, column[int64](t, db, "SELECT id FROM flag WHERE set_it = $1", false), []int64{1})
		wantEqual(t, one[bool](t, db, "SELECT EXISTS (SELECT 1 FROM flag WHERE id > 2)"), true)
	})
}

func TestUpsert(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		const sql = `INSERT INTO account (id, balance) VALUES ($1, $2)
			ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance RETURNING balance`
		wantEqual(t, one[int64](t, db, sql, "a", 5), 5)
		wantEqual(t, one[int64](t, db, sql, "a", 7), 12)
		const gate = "INSERT INTO account (id, balance) VALUES ($1, 0) ON CONFLICT DO NOTHING RETURNING id"
		wantEqual(t, column[string](t, db, gate, "b"), []string{"b"})
		wantEqual(t, column[string](t, db, gate, "b"), []string{})
	})
}

func TestUnicode(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, "CREATE TABLE person (name text NOT NULL)")
		mustExec(t, db, "CREATE UNIQUE INDEX person_name ON person (lower(name))")
		mustExec(t, db, "INSERT INTO person (name) VALUES ('ПРИВІТ'), ('Әлия'), ('Łukasz'), ('Ñandú')")
		wantEqual(t, column[string](t, db, "SELECT lower(name) FROM person WHERE lower(name) LIKE lower($1)", "приВ%"), []string{"привіт"})
		wantEqual(t, column[string](t, db, "SELECT name FROM person WHERE lower(name) = ANY($1) ORDER BY upper(name)", []string{"łukasz", "әлия", "ñandú"}), []string{"Ñandú", "Łukasz", "Әлия"})
		wantEqual(t, column[string](t, db, "SELECT name FROM person WHERE name LIKE 'при%'"), []string{}) // LIKE minds the case
		_, err := db.Exec(t.Context(), "INSERT INTO person (name) VALUES ('привіт')")
		wantCode(t, err, sqldb.CodeUniqueViolation)
	})
}

// Literals, identifiers and comments reach the database as they were written.
func TestTextIsLeftAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, `INSERT INTO thing (uuid, n) VALUES ('0198f3a0-7b1c-7000-8000-000000000001', 1)`)
		wantEqual(t, one[string](t, db, "SELECT note FROM thing"), "a jsonb; $1 -- FOR UPDATE")
		var a, b, c string
		err := db.QueryRow(t.Context(), `-- it's a comment with $9 and FOR UPDATE
			SELECT '$2 = ANY($1) FOR UPDATE /* no comment */ ''x''', /* a comment /* in a comment, it's $7 */ */
				$1 || '--', "FOR UPDATE" FROM (SELECT 'col' AS "FOR UPDATE") AS q -- the end`, "arg").Scan(&a, &b, &c)
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, []string{a, b, c}, []string{"$2 = ANY($1) FOR UPDATE /* no comment */ 'x'", "arg--", "col"})
	})
}

func TestPagesAndWindows(t *testing.T) {
	type sale struct{ Day, ID, Points int64 }
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, "CREATE TABLE sale (id bigint PRIMARY KEY, day bigint NOT NULL, points bigint NOT NULL)")
		var want []sale
		var rows [][]any
		for i := range int64(50) {
			want = append(want, sale{i / 7, i, i * i % 11})
			rows = append(rows, []any{i, i / 7, i * i % 11})
		}
		if _, err := sqldb.BulkInsert(t.Context(), db, "sale", []string{"id", "day", "points"}, rows); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(want)
		var got []sale
		last := sale{Day: 1 << 40}
		for {
			r, _ := db.Query(t.Context(), "SELECT day, id, points FROM sale WHERE (day, id) < ($1, $2) ORDER BY day DESC, id DESC LIMIT 7", last.Day, last.ID)
			page, err := pgx.CollectRows(r, pgx.RowToStructByPos[sale])
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			last = page[len(page)-1]
		}
		wantEqual(t, got, want)

		wantEqual(t, column[int64](t, db, `
			WITH ranked AS (
				SELECT id, row_number() OVER (PARTITION BY day ORDER BY points DESC, id) AS place,
					sum(points) OVER (ORDER BY id) AS running FROM sale)
			SELECT id FROM ranked WHERE place = 1 ORDER BY id LIMIT 3`), []int64{3, 8, 14})
		wantEqual(t, one[int64](t, db, "SELECT count(*) FILTER (WHERE points > 5) FROM sale"), 9)
		wantEqual(t, column[int64](t, db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT i FROM n ORDER BY i"), []int64{1, 2, 3, 4})
		wantEqual(t, one[int64](t, db, "SELECT CAST(COALESCE(sum(points), 0) AS bigint) FROM sale WHERE id > 1000"), 0)
	})
}
