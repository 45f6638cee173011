package sqldb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/storage/sqldb"
)

// goods is a table with a column of every type that rows may have.
const goods = `CREATE TABLE goods (
	shop text NOT NULL,
	id   text NOT NULL,
	name text,
	n    bigint,
	yes  boolean,
	at   timestamptz,
	sold bigint NOT NULL DEFAULT 0 CHECK (sold >= 0),
	PRIMARY KEY (shop, id)
)`

var goodsColumns = []string{"shop", "id", "name", "n", "yes", "at"}

// ware is a row of goods.
type ware struct {
	Shop, ID string
	Name     *string
	N        *int64
	Yes      *bool
	At       *time.Time
}

// wares makes rows, of which some have NULL in each column, and what they are read back as.
func wares(from, to int) (rows [][]any, want []ware) {
	texts := []string{"", "кава", "a'b\"c\\d", "{1,2}", "NULL", strings.Repeat("ґ", 300), "line\nbreak\t"}
	for i := from; i < to; i++ {
		w := ware{Shop: fmt.Sprint("shop", i%3), ID: fmt.Sprintf("id%04d", i)}
		row := []any{w.Shop, w.ID, nil, nil, nil, nil}
		if i%5 != 1 {
			name := texts[i%len(texts)]
			w.Name, row[2] = &name, name
		}
		if i%5 != 2 {
			n := int64(i) - 3
			if i%7 == 0 {
				n = -1 << 63
			}
			w.N, row[3] = &n, n
		}
		if i%5 != 3 {
			yes := i%2 == 0
			w.Yes, row[4] = &yes, yes
		}
		if i%5 != 4 {
			at := time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC).Add(time.Duration(i) * time.Microsecond)
			if i%3 == 0 {
				at = at.In(time.FixedZone("there", 7200))
			}
			row[5] = at
			at = at.UTC()
			w.At = &at
		}
		rows, want = append(rows, row), append(want, w)
	}
	return rows, want
}

// send runs what was queued in a transaction.
func send(t *testing.T, db sqldb.DB, queue ...func(*pgx.Batch, sqldb.Dialect) error) error {
	t.Helper()
	b := &pgx.Batch{}
	for _, add := range queue {
		if err := add(b, sqldb.DialectOf(db)); err != nil {
			return err
		}
	}
	return sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error { return tx.SendBatch(t.Context(), b).Close() })
}

func inserting(rows [][]any, onto string) func(*pgx.Batch, sqldb.Dialect) error {
	return func(b *pgx.Batch, d sqldb.Dialect) error {
		return sqldb.QueueInsert(b, d, sqldb.Table{Name: "goods", Columns: goodsColumns, Rows: rows}, onto)
	}
}

func updating(columns []string, keys int, rows [][]any) func(*pgx.Batch, sqldb.Dialect) error {
	return func(b *pgx.Batch, d sqldb.Dialect) error {
		return sqldb.QueueUpdate(b, d, sqldb.Table{Name: "goods", Columns: columns, Rows: rows}, keys)
	}
}

func readWares(t *testing.T, db sqldb.DB) []ware {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT shop, id, name, n, yes, at FROM goods ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ware])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestQueueInsert(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		for _, n := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 100, 300} {
			mustExec(t, db, "DELETE FROM goods")
			rows, want := wares(0, n)
			if err := send(t, db, inserting(rows, "")); err != nil {
				t.Fatalf("%d rows: %v", n, err)
			}
			wantEqual(t, readWares(t, db), want)
		}
		if err := send(t, db, inserting(nil, ""), inserting([][]any{}, "ON CONFLICT DO NOTHING"), updating(goodsColumns, 2, nil)); err != nil {
			t.Errorf("no rows: %v", err)
		}
		rows, _ := wares(299, 310)
		wantCode(t, send(t, db, inserting(rows, "")), sqldb.CodeUniqueViolation)
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM goods"), 300)

		// A column in which every row has NULL is one of times.
		untimed := [][]any{{"s", "x1", "a", int64(1), true, nil}, {"s", "x2", "b", int64(2), false, nil}}
		if err := send(t, db, inserting(untimed, "")); err != nil {
			t.Errorf("times that are all NULL: %v", err)
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM goods WHERE at IS NULL AND id IN ('x1', 'x2')"), 2)
	})
}

func TestInsert(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		insert := func(rows [][]any, onto string) error {
			return sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
				return sqldb.Insert(t.Context(), tx, sqldb.Table{Name: "goods", Columns: goodsColumns, Rows: rows}, onto)
			})
		}
		rows, want := wares(0, 20)
		for name, err := range map[string]error{"none": insert(nil, ""), "some": insert(rows[:7], ""), "and all": insert(rows, "ON CONFLICT DO NOTHING")} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantEqual(t, readWares(t, db), want)
		wantCode(t, insert(rows[19:], ""), sqldb.CodeUniqueViolation)
		if err := insert([][]any{{"s", "x", "a", 1.5, true, nil}}, ""); err == nil {
			t.Error("a value of no column was taken")
		}
	})
}

func TestQueueInsertOnto(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		first, before := wares(0, 20)
		if err := send(t, db, inserting(first, "ON CONFLICT DO NOTHING")); err != nil {
			t.Fatal(err)
		}
		again, _ := wares(10, 40)
		for _, row := range again {
			row[2] = "another"
		}
		if err := send(t, db, inserting(again, "ON CONFLICT DO NOTHING")); err != nil {
			t.Fatal(err)
		}
		all := readWares(t, db)
		wantEqual(t, len(all), 40)
		wantEqual(t, all[:20], before) // as they were
		wantEqual(t, *all[20].Name, "another")

		adding := func(rows ...[]any) func(*pgx.Batch, sqldb.Dialect) error {
			return func(b *pgx.Batch, d sqldb.Dialect) error {
				return sqldb.QueueInsert(b, d, sqldb.Table{Name: "goods", Columns: []string{"shop", "id", "sold"}, Rows: rows},
					"ON CONFLICT (shop, id) DO UPDATE SET sold = goods.sold + excluded.sold")
			}
		}
		for range 2 {
			if err := send(t, db, adding([]any{"shop0", "id0000", int64(5)}, []any{"shop1", "id0001", int64(7)}, []any{"new", "new", int64(1)})); err != nil {
				t.Fatal(err)
			}
		}
		wantEqual(t, column[int64](t, db, "SELECT sold FROM goods WHERE sold > 0 ORDER BY sold"), []int64{2, 10, 14})
		wantCode(t, send(t, db, adding([]any{"shop0", "id0003", int64(1)}, []any{"shop1", "id0004", int64(-1)})), sqldb.CodeCheckViolation)
		wantEqual(t, one[int64](t, db, "SELECT sum(sold) FROM goods"), 26)
	})
}

func TestQueueUpdate(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		rows, _ := wares(0, 300)
		if err := send(t, db, inserting(rows, "")); err != nil {
			t.Fatal(err)
		}
		// Each row gets what the one after it had, NULLs included.
		changed, want := wares(0, 300)
		_, others := wares(1, 301)
		for i, row := range changed {
			copy(row[2:], next(others[i]))
			want[i].Name, want[i].N, want[i].Yes, want[i].At = others[i].Name, others[i].N, others[i].Yes, others[i].At
		}
		for _, part := range []struct{ from, to int }{{0, 1}, {1, 3}, {3, 40}, {40, 300}} {
			if err := send(t, db, updating(goodsColumns, 2, changed[part.from:part.to])); err != nil {
				t.Fatal(err)
			}
		}
		wantEqual(t, readWares(t, db), want)

		// One column alone; a row that is not there, or is another shop's, is left out.
		if err := send(t, db, updating([]string{"shop", "id", "sold"}, 2, [][]any{{"shop0", "id0000", int64(3)}, {"shop1", "id0000", int64(9)}, {"shop0", "nothing", int64(9)}})); err != nil {
			t.Fatal(err)
		}
		if err := send(t, db, updating([]string{"id", "sold", "n"}, 1, [][]any{{"id0001", int64(4), int64(44)}})); err != nil {
			t.Fatal(err)
		}
		wantEqual(t, column[int64](t, db, "SELECT sold FROM goods WHERE sold > 0 ORDER BY id"), []int64{3, 4})
		wantCode(t, send(t, db, updating([]string{"shop", "id", "sold"}, 2, [][]any{{"shop0", "id0003", int64(1)}, {"shop0", "id0000", int64(-1)}})), sqldb.CodeCheckViolation)
		wantEqual(t, one[int64](t, db, "SELECT sum(sold) FROM goods"), 7)
	})
}

func TestQueueAdd(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		rows, _ := wares(0, 40)
		if err := send(t, db, inserting(rows, "")); err != nil {
			t.Fatal(err)
		}
		growing := func(rows ...[]any) func(*pgx.Batch, sqldb.Dialect) error {
			return func(b *pgx.Batch, d sqldb.Dialect) error {
				return sqldb.QueueAdd(b, d, sqldb.Table{Name: "goods", Columns: []string{"shop", "id", "sold"}, Rows: rows}, 2)
			}
		}
		for _, grow := range []func(*pgx.Batch, sqldb.Dialect) error{
			growing(), growing([]any{"shop0", "id0000", int64(3)}), growing([]any{"shop0", "id0000", int64(-1)}, []any{"shop0", "id0003", int64(4)}, []any{"shop1", "id0000", int64(9)}),
		} {
			if err := send(t, db, grow); err != nil {
				t.Fatal(err)
			}
		}
		wantEqual(t, column[int64](t, db, "SELECT sold FROM goods WHERE sold > 0 ORDER BY id"), []int64{2, 4})
		wantCode(t, send(t, db, growing([]any{"shop0", "id0003", int64(1)}, []any{"shop0", "id0000", int64(-3)})), sqldb.CodeCheckViolation)
		wantEqual(t, one[int64](t, db, "SELECT sum(sold) FROM goods"), 6)
	})
}

// next is what a ware has beside its name, as a row takes it.
func next(w ware) []any {
	values := []any{nil, nil, nil, nil}
	if w.Name != nil {
		values[0] = *w.Name
	}
	if w.N != nil {
		values[1] = *w.N
	}
	if w.Yes != nil {
		values[2] = *w.Yes
	}
	if w.At != nil {
		values[3] = *w.At
	}
	return values
}

// Rows are found by keys, however many there are; keys that nobody has find nothing.
func TestQueueFind(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		rows, want := wares(0, 100)
		if err := send(t, db, inserting(rows, "")); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 2, 70} {
			keys := sqldb.Table{Name: "keys", Columns: []string{"of_shop", "of_id"}}
			for i := range n {
				keys.Rows = append(keys.Rows, []any{want[i].Shop, want[i].ID}, []any{want[i].Shop, "nobody's"})
			}
			var found []string
			find := func(b *pgx.Batch, d sqldb.Dialect) error {
				return sqldb.QueueFind(b, d, keys, func(set string) string {
					return "SELECT g.id FROM " + set + " CROSS JOIN goods g WHERE g.shop = v.of_shop AND g.id = v.of_id AND g.sold = $3"
				}, func(rows pgx.Rows) error {
					ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
					found = append(found, ids...)
					return err
				}, int64(0))
			}
			if err := send(t, db, find); err != nil {
				t.Fatal(err)
			}
			slices.Sort(found)
			wantEqual(t, len(found), n)
			for i, id := range found {
				wantEqual(t, id, want[i].ID)
			}
		}
	})
}

// The text of a statement is one of two on PostgreSQL, for a row or for more, and one of four on SQLite: it stays prepared.
func TestQueueTexts(t *testing.T) {
	for dialect, most := range map[sqldb.Dialect]int{sqldb.Postgres: 2, sqldb.SQLite: 4} {
		texts := map[string]bool{}
		for n := 1; n < 300; n++ {
			rows, _ := wares(0, n)
			for _, row := range rows {
				row[2], row[3], row[4], row[5] = "a", int64(1), true, time.Now()
			}
			b := &pgx.Batch{}
			if err := inserting(rows, "")(b, dialect); err != nil {
				t.Fatal(err)
			}
			for _, q := range b.QueuedQueries {
				texts[q.SQL] = true
			}
		}
		wantEqual(t, len(texts), most)
	}
}

// PostgreSQL is told the types of columns, so values that do not agree are found out before anything is sent.
func TestQueueWrongTypes(t *testing.T) {
	for name, rows := range map[string][][]any{
		"a type that is none":  {{"s", "a", 1}},
		"in the second row":    {{"s", "a", int64(1)}, {"s", "b", 2}},
		"in the first row":     {{"s", "a", "1"}, {"s", "b", int64(2)}},
		"beside NULL":          {{"s", "a", nil}, {"s", "b", int64(2)}, {"s", "c", true}},
		"a type of its own":    {{"s", "a", sqldb.Postgres}},
		"a pointer":            {{"s", "a", new(int64)}},
		"a time among numbers": {{"s", "a", time.Now()}, {"s", "b", int64(1)}},
	} {
		for what, queue := range map[string]func(*pgx.Batch, sqldb.Table) error{
			"insert": func(b *pgx.Batch, table sqldb.Table) error { return sqldb.QueueInsert(b, sqldb.Postgres, table, "") },
			"update": func(b *pgx.Batch, table sqldb.Table) error { return sqldb.QueueUpdate(b, sqldb.Postgres, table, 2) },
			"add":    func(b *pgx.Batch, table sqldb.Table) error { return sqldb.QueueAdd(b, sqldb.Postgres, table, 2) },
		} {
			b := &pgx.Batch{}
			err := queue(b, sqldb.Table{Name: "goods", Columns: []string{"shop", "id", "n"}, Rows: slices.Clone(rows)})
			if err == nil || !strings.Contains(err.Error(), "goods") || !strings.Contains(err.Error(), "column n") || b.Len() != 0 {
				t.Errorf("%s, %s: %v, %d statements", what, name, err, b.Len())
			}
		}
	}
	// What is wrong for the column itself the database finds.
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		mustExec(t, db, goods)
		if err := send(t, db, inserting([][]any{{"s", "a", "b", "many", true, nil}}, "")); err == nil {
			t.Error("a text went into a bigint")
		}
		wantCode(t, send(t, db, inserting([][]any{{nil, "a", "b", int64(1), true, nil}, {"s", "b", "b", int64(1), true, nil}}, "")), sqldb.CodeNotNullViolation)
	})
}
