package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/storage/sqldb"
)

// spooled makes tables of every kind of column on a database, and a spool for them.
func spooled(t *testing.T, db sqldb.DB) (s *sqldb.Spool, dir string) {
	t.Helper()
	mustExec(t, db, "CREATE TABLE deed (id bigint PRIMARY KEY, who text NOT NULL, done boolean NOT NULL, at timestamptz, note text)")
	mustExec(t, db, "CREATE TABLE other (id text PRIMARY KEY, n bigint NOT NULL)")
	dir = t.TempDir()
	s, err := sqldb.NewSpool(dir, sqldb.Table{Name: "deed", Columns: []string{"id", "who", "done", "at", "note"}}, sqldb.Table{Name: "other", Columns: []string{"id", "n"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		nothingIn(t, dir)
	})
	return s, dir
}

func nothingIn(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSpool(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		s, _ := spooled(t, db)
		long := strings.Repeat("довго ", 20_000) // more than a piece of a file
		moment := time.Date(1987, 6, 5, 4, 3, 2, 1000, time.FixedZone("", 7200))
		must := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		must(s.Add("deed", 7, []any{int64(-1) << 63, "", true, moment, nil}))
		must(s.Add("deed", -1, []any{int64(1), "'; --\t\\N", false, nil, long}))
		must(s.Add("other", 2, []any{"a", int64(2)}))
		must(s.Add("other", 1, []any{"z", int64(1)}))
		var all sync.WaitGroup
		const many, at = 4000, 4
		for part := range at {
			all.Go(func() {
				for i := range many {
					must(s.Add("deed", part, []any{int64(part*many + i + 2), fmt.Sprint("somebody ", i), i%2 == 0, moment.Add(time.Duration(i) * time.Microsecond), "Ґ"}))
				}
			})
		}
		all.Wait()
		const total = at*many + 2
		wantEqual(t, s.Rows(), int64(total+2))
		var mu sync.Mutex
		told := 0
		must(s.Write(t.Context(), db, func(n int) { mu.Lock(); defer mu.Unlock(); told += n }, "deed", "other"))
		wantEqual(t, told, total+2)
		must(sqldb.Settle(t.Context(), db, "deed", "other"))
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM deed"), int64(total))
		wantEqual(t, one[string](t, db, "SELECT note FROM deed WHERE id = 1 AND NOT done AND at IS NULL AND who = $1", "'; --\t\\N"), long)
		wantEqual(t, one[time.Time](t, db, "SELECT at FROM deed WHERE id = $1 AND done AND note IS NULL AND who = ''", int64(-1)<<63), moment.UTC())
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM deed WHERE id > 1 AND who = 'somebody ' || CAST((id - 2) % 4000 AS text) AND done = (id % 2 = 0) AND note = 'Ґ'"), int64(at*many))
		// Parts lie in their order, whenever they were handed in.
		wantEqual(t, column[int64](t, db, "SELECT n FROM other"), []int64{1, 2})

		// Once written, it is written.
		must(s.Write(t.Context(), db, nil, "deed", "other"))
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM deed"), int64(total))
	})
}

func TestSpoolRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		s, _ := spooled(t, db)
		good := []any{int64(1), "a", true, nil, nil}
		for name, err := range map[string]error{
			"a table that there is not": s.Add("absent", 0, good),
			"a row that is too short":   s.Add("deed", 0, good[:4]),
			"a value of no column":      s.Add("deed", 0, []any{1, "a", true, nil, nil}),
			"a good row":                s.Add("deed", 0, good),
			"another type":              s.Add("deed", 0, []any{"2", "a", true, nil, nil}),
			"writing no table":          s.Write(t.Context(), db, nil, "deed", "absent"),
		} {
			if (err == nil) != (name == "a good row") {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantEqual(t, s.Rows(), 1)
		if err := s.Write(t.Context(), db, nil, "deed"); err != nil {
			t.Error(err)
		}
		wantEqual(t, column[int64](t, db, "SELECT id FROM deed"), []int64{1})
	})
}

// What fails, or is not wanted any more, ends the writing of all tables; the part that failed is not there.
func TestSpoolFails(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		s, _ := spooled(t, db)
		fill := func(part, from, n int) {
			for i := range n {
				if err := s.Add("deed", part, []any{int64(from + i), strings.Repeat("x", 100), true, nil, nil}); err != nil {
					t.Fatal(err)
				}
			}
		}
		fill(1, 0, 10)
		fill(2, 9, 5000)
		fill(3, 20_000, 10)
		err := s.Write(t.Context(), db, nil, "deed")
		wantCode(t, err, sqldb.CodeUniqueViolation)
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM deed"), 10)

		fill(1, 30_000, 5000)
		ctx, stop := context.WithCancel(t.Context())
		if err := s.Write(ctx, db, func(int) { stop() }, "deed", "other"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
