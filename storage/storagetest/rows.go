package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// Rows returns every row of a program in every table as a text, by table, in the order of the texts, so that two databases can be compared. Left out is
// what is sealed, and so looks different each time; what an account's row says of its lots, which may be less in one than in the other:
// [storage.Store.Verify] tells whether it is true; and counters at nothing, which mean as much as none. Messages are relayed first: how many of
// them share a row of the table notice depends on who wrote them.
func Rows(t testing.TB, s *storage.Store, program string) map[string][]string {
	t.Helper()
	relay(t, s, program)
	list := `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
	if s.Dialect() == sqldb.SQLite {
		list = `SELECT name FROM sqlite_master WHERE type = 'table'`
	}
	found, err := s.DB().Query(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		if !slices.Contains([]string{"profile", "bot", "program", "program_settings", "schema_migration", "lease", "mark"}, table) {
			all[table] = rowsOf(t, s, table, program)
		}
	}
	return all
}

// relay has a sender of no bot, who finds nothing to send, look into both lanes of a program.
func relay(t testing.TB, s *storage.Store, program string) {
	t.Helper()
	for _, lane := range []engine.Lane{engine.LaneInteractive, engine.LaneBulk} {
		if out, err := s.ClaimOutbound(t.Context(), program, "", "", lane, epoch, 0, 1); err != nil || len(out) > 0 {
			t.Fatalf("a sender of no bot: %v, %v", out, err)
		}
	}
}

// differs lists columns that are left out.
func differs(column string) bool {
	return strings.HasPrefix(column, "known_") || column == "code" || column == "name"
}

func rowsOf(t testing.TB, s *storage.Store, table, program string) []string {
	t.Helper()
	rows, err := s.DB().Query(t.Context(), `SELECT * FROM "`+table+`" WHERE program_id = $1`, program)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for i, field := range rows.FieldDescriptions() {
			v := values[i]
			if at, ok := v.(time.Time); ok {
				v = at.UTC().Format(time.RFC3339Nano)
			}
			if !differs(field.Name) && v != "" && v != nil {
				fmt.Fprintf(&line, "%s=%v ", field.Name, v)
			}
		}
		if table == "counter" && strings.HasSuffix(line.String(), " times=0 points=0 amount=0 ") {
			continue
		}
		out = append(out, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
