package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// writeRows writes rows of goods, and what else is wanted, in a transaction of two trips.
func writeRows(ctx context.Context, db sqldb.DB, rows [][]any, onto string, also ...string) error {
	return sqldb.TwoTrips(ctx, db, &pgx.Batch{}, func(sqldb.Querier) (*sqldb.Trip, error) {
		w := &sqldb.Trip{}
		err := w.Insert(sqldb.DialectOf(db), sqldb.Table{Name: "goods", Columns: goodsColumns, Rows: rows}, onto)
		for _, sql := range also {
			w.Queue(sql)
		}
		return w, err
	})
}

// Few rows and many go different ways, and all arrive.
func TestTripInserts(t *testing.T) {
	onFew(t, func(t *testing.T, db sqldb.DB) {
		for _, n := range []int{0, 1, 23, 24, 25, 500, 5000} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				mustExec(t, db, "DROP TABLE IF EXISTS goods")
				mustExec(t, db, goods)
				rows, want := wares(0, n)
				if err := writeRows(t.Context(), db, rows, "", "UPDATE goods SET sold = 1"); err != nil {
					t.Fatal(err)
				}
				wantEqual(t, len(column[string](t, db, "SELECT id FROM goods WHERE sold = 1")), n)
				got, err := db.Query(t.Context(), "SELECT shop, id, name, n, yes, at FROM goods ORDER BY id")
				if err != nil {
					t.Fatal(err)
				}
				all, err := pgx.CollectRows(got, pgx.RowToStructByPos[ware])
				if err != nil {
					t.Fatal(err)
				}
				for i := range all {
					if all[i].At != nil {
						at := all[i].At.UTC()
						all[i].At = &at
					}
				}
				wantEqual(t, len(all), len(want))
				for i := range all {
					wantEqual(t, all[i], want[i])
				}
				more, _ := wares(n/2, n+30) // some are there already
				if err := writeRows(t.Context(), db, more, "ON CONFLICT DO NOTHING"); err != nil {
					t.Fatal(err)
				}
				wantEqual(t, one[int64](t, db, "SELECT count(*) FROM goods"), int64(n+30))
			})
		}
	})
}

// Whatever is wrong with one row of many: nothing is left, the code says why, and the connection can be used again.
func TestTripInsertsFail(t *testing.T) {
	onFew(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		spoil := func(change func(rows [][]any)) [][]any {
			rows, _ := wares(0, 300)
			change(rows)
			return rows
		}
		for _, c := range []struct {
			name string
			rows [][]any
			code string
		}{
			{"a row twice", spoil(func(rows [][]any) { rows[150][0], rows[150][1] = rows[3][0], rows[3][1] }), sqldb.CodeUniqueViolation},
			{"the last row twice", spoil(func(rows [][]any) { rows[299][0], rows[299][1] = rows[0][0], rows[0][1] }), sqldb.CodeUniqueViolation},
			{"NULL where none may be", spoil(func(rows [][]any) { rows[150][1] = nil }), sqldb.CodeNotNullViolation},
		} {
			t.Run(c.name, func(t *testing.T) {
				for range 5 { // more often than there are connections
					wantCode(t, writeRows(t.Context(), db, c.rows, "", "DELETE FROM goods"), c.code)
					wantEqual(t, one[int64](t, db, "SELECT count(*) FROM goods"), 0)
				}
			})
		}
		t.Run("a statement after it", func(t *testing.T) {
			rows, _ := wares(0, 300)
			wantCode(t, writeRows(t.Context(), db, rows, "", "UPDATE goods SET sold = -1"), sqldb.CodeCheckViolation)
			wantEqual(t, one[int64](t, db, "SELECT count(*) FROM goods"), 0)
		})
		rows, _ := wares(0, 300)
		if err := writeRows(t.Context(), db, rows, ""); err != nil { // whatever there was of it, the database works
			t.Error(err)
		}
	})
}

// Of two tables one fails: the other's rows go with it, and its answers do not get into what is asked next.
func TestTripInsertsOfTwoTables(t *testing.T) {
	onFew(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		mustExec(t, db, strings.Replace(goods, "goods", "more", 1))
		good, _ := wares(0, 100)
		bad, _ := wares(0, 100)
		bad[50][1] = bad[2][1]
		bad[50][0] = bad[2][0]
		write := func(first, second [][]any) error {
			return sqldb.TwoTrips(t.Context(), db, &pgx.Batch{}, func(sqldb.Querier) (*sqldb.Trip, error) {
				w := &sqldb.Trip{}
				d := sqldb.DialectOf(db)
				return w, errors.Join(w.Insert(d, sqldb.Table{Name: "goods", Columns: goodsColumns, Rows: first}, ""),
					w.Insert(d, sqldb.Table{Name: "more", Columns: goodsColumns, Rows: second}, ""))
			})
		}
		count := func() int64 {
			return one[int64](t, db, "SELECT (SELECT count(*) FROM goods) + (SELECT count(*) FROM more)")
		}
		for range 3 {
			wantCode(t, write(bad, good), sqldb.CodeUniqueViolation)
			wantEqual(t, count(), 0)
			wantCode(t, write(good, bad), sqldb.CodeUniqueViolation)
			wantEqual(t, count(), 0)
		}
		if err := write(good, good); err != nil {
			t.Fatal(err)
		}
		wantEqual(t, count(), 200)
	})
}

// A COPY that waits for somebody else's row is given up in time, and the connection with it; the others go on.
func TestTripInsertsAreGivenUp(t *testing.T) {
	db := open(t, storagetest.Postgres(t), sqldb.MaxConns(3))
	mustExec(t, db, goods)
	rows, _ := wares(0, 20_000) // more than the network keeps on the way
	odd, _ := wares(0, 100)
	odd[50][2] = struct{}{}
	if err := writeRows(t.Context(), db, odd, ""); err == nil {
		t.Error("a value of no type that a table has is written")
	}
	holder, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback(t.Context())
	mustExec(t, holder, "INSERT INTO goods (shop, id) VALUES ($1, $2)", rows[0][0], rows[0][1])
	for _, give := range []func(context.Context) (context.Context, context.CancelFunc){
		context.WithCancel,
		func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 300*time.Millisecond)
		},
	} {
		ctx, stop := give(t.Context())
		done := make(chan error, 1)
		go func() { done <- writeRows(ctx, db, rows[:200], "") }()
		for one[int64](t, db, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 {
			runtime.Gosched() // until it waits
		}
		if _, timed := ctx.Deadline(); !timed {
			stop()
		}
		if err := <-done; err == nil {
			t.Error("it is written while another has the row")
		}
		stop()
	}
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := writeRows(t.Context(), db, rows, ""); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, one[int64](t, db, "SELECT count(*) FROM goods"), 20_000)
}
