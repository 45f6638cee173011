package sqldb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/storage/sqldb"
)

func TestBulkInsert(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	row := func(i int) []any {
		return []any{fmt.Sprintf("0198f3a0-7b1c-7000-8000-%012d", i), int64(i), i%2 == 0, at, map[string]int{"i": i}, []byte{byte(i)}}
	}
	columns := []string{"uuid", "n", "yes", "at", "attrs", "body"}
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		// Sizes around the chunk and COPY limits, in the database and in a transaction.
		total := 0
		for _, n := range []int{0, 1, 2, 3, 127, 128, 129, 255, 257, 3000} {
			rows := make([][]any, n)
			for i := range rows {
				rows[i] = row(total + i)
			}
			insert := func(q sqldb.Querier) error {
				got, err := sqldb.BulkInsert(t.Context(), q, "thing", columns, rows)
				wantEqual(t, got, int64(n))
				return err
			}
			var err error
			if n%2 == 0 {
				err = insert(db)
			} else {
				err = sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error { return insert(tx) })
			}
			if err != nil {
				t.Fatalf("%d rows: %v", n, err)
			}
			total += n
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM thing"), int64(total))
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM thing WHERE n = CAST(attrs->>'i' AS bigint) AND at = $1 AND (yes = (n % 2 = 0))", at), int64(total))
	})
}

// A bad row anywhere leaves nothing behind.
func TestBulkInsertIsAtomic(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, "CREATE TABLE part (id bigint PRIMARY KEY, a text, b text, c text)")
		for _, n := range []int{2, 100, 1000} {
			rows := make([][]any, n)
			for i := range rows {
				rows[i] = []any{i, "a", nil, "c"}
			}
			rows[n-1][0] = 0
			_, err := sqldb.BulkInsert(t.Context(), db, "part", []string{"id", "a", "b", "c"}, rows)
			wantCode(t, err, sqldb.CodeUniqueViolation)
		}
		if _, err := sqldb.BulkInsert(t.Context(), db, "part", []string{"id", "a"}, [][]any{{1, "a"}, {2}}); err == nil {
			t.Error("a row that is too short was accepted")
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM part"), 0)
	})
}

func TestBulkInsertWide(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		sql, columns := "CREATE TABLE wide (id bigint PRIMARY KEY", []string{"id"}
		for i := range 200 {
			name := fmt.Sprintf("c%d", i)
			sql += ", " + name + " bigint"
			columns = append(columns, name)
		}
		mustExec(t, db, sql+")")
		rows := make([][]any, 500) // 100,500 values, more than either database takes at once
		for i := range rows {
			rows[i] = make([]any, len(columns))
			for c := range rows[i] {
				rows[i][c] = i
			}
		}
		if _, err := sqldb.BulkInsert(t.Context(), db, "wide", columns, rows); err != nil {
			t.Fatal(err)
		}
		wantEqual(t, one[int64](t, db, "SELECT CAST(sum(c199) AS bigint) FROM wide"), 499*500/2)
	})
}

func TestPlaceholders(t *testing.T) {
	wantEqual(t, sqldb.Placeholders(2, 3), "($1,$2,$3),($4,$5,$6)")
	wantEqual(t, sqldb.Placeholders(1, 1), "($1)")
}
