package storage_test

import (
	"strings"
	"testing"

	"kartka/storage"
	"kartka/storage/storagetest"
)

// TestPlans checks that SQLite, which keeps no statistics, answers the hot questions from the partial indexes made for them: a
// predicate spelled otherwise than in the index would turn each into a walk over the program.
func TestPlans(t *testing.T) {
	s := storagetest.Open(t, storagetest.SQLite(t))
	for name, c := range map[string]struct {
		sql  string
		args int
		want []string
	}{
		"claim":    {storage.ClaimQuery, 7, []string{"outbox_queue (program_id=? AND channel=? AND sender=? AND lane=?)", "outbox_person (program_id=? AND channel=? AND sender=? AND user_id=?"}},
		"person":   {storage.PersonQuery, 4, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)", "consent_member (program_id=? AND member_id=?)"}},
		"account":  {storage.OpenOfOne, 2, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)"}},
		"accounts": {storage.OpenOfMany, 2, []string{"lot_open (program_id=? AND account_id=?)", "hold_open (program_id=? AND account_id=?)"}},
		"history":  {storage.HistoryQuery, 3, []string{"posting_account (program_id=? AND account_id=?)"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := make([]any, c.args)
			for i := range args {
				args[i] = "1"
			}
			rows, err := s.DB().Query(t.Context(), "EXPLAIN QUERY PLAN "+c.sql, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var plan strings.Builder
			for rows.Next() {
				var id, parent, unused int64
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				plan.WriteString(detail + "\n")
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(plan.String(), want) {
					t.Errorf("%s is not in the plan:\n%s", want, plan.String())
				}
			}
			if strings.Contains(plan.String(), "SCAN outbox\n") || strings.Contains(plan.String(), "SCAN lot\n") {
				t.Errorf("a whole table is read:\n%s", plan.String())
			}
		})
	}
}
