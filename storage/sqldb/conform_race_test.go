package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// 40 withdrawals of 10 from 250: exactly 25 succeed, without a lock.
func TestConcurrentBurns(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 250)")
		won := parallel(t, 40, func(i int) (bool, error) {
			ok := false
			err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
				ok = false
				var left int64
				err := tx.QueryRow(t.Context(), "UPDATE account SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING balance", "a", int64(10)).Scan(&left)
				if errors.Is(err, pgx.ErrNoRows) {
					return nil
				}
				if err != nil {
					return err
				}
				ok = true
				_, err = tx.Exec(t.Context(), "INSERT INTO entry (id, account_id, points) VALUES ($1, 'a', $2)", fmt.Sprint(i), -left-1)
				return err
			})
			return ok, err
		})
		wantEqual(t, won, 25)
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 0)
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM entry"), 25)
	})
}

func TestForUpdate(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 0)")
		parallel(t, 20, func(int) (bool, error) {
			return true, sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
				var n int64
				if err := tx.QueryRow(t.Context(), "SELECT balance FROM account WHERE id = $1 FOR NO KEY UPDATE OF account", "a").Scan(&n); err != nil {
					return err
				}
				_, err := tx.Exec(t.Context(), "UPDATE account SET balance = $1", n+1)
				return err
			})
		})
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 20)
	})
}

// Deadlocks and serialization failures are run again until they pass.
func TestInTxRunsAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 0), ('b', 0)")
		parallel(t, 8, func(i int) (bool, error) {
			return true, sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
				for _, id := range [][]string{{"a", "b"}, {"b", "a"}}[i%2] {
					if _, err := tx.Exec(t.Context(), "UPDATE account SET balance = balance + 1 WHERE id = $1", id); err != nil {
						return err
					}
				}
				return nil
			})
		})
		wantEqual(t, column[int64](t, db, "SELECT balance FROM account"), []int64{8, 8})
	})
}

// 8 workers claim 200 jobs: each is done by one of them.
func TestSkipLocked(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		var jobs [][]any
		for i := range 200 {
			jobs = append(jobs, []any{i})
		}
		if _, err := sqldb.BulkInsert(t.Context(), db, "job", []string{"id"}, jobs); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var claimed []int64
		parallel(t, 8, func(w int) (bool, error) {
			for {
				rows, err := db.Query(t.Context(), `UPDATE job SET worker = $1 WHERE id IN (
					SELECT id FROM job WHERE worker IS NULL ORDER BY id LIMIT 7 FOR UPDATE SKIP LOCKED) RETURNING id`, w)
				if err != nil {
					return false, err
				}
				ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
				if err != nil || len(ids) == 0 {
					return true, err
				}
				mu.Lock()
				claimed = append(claimed, ids...)
				mu.Unlock()
			}
		})
		slices.Sort(claimed)
		wantEqual(t, len(claimed), 200)
		wantEqual(t, len(slices.Compact(claimed)), 200)
	})
}

// parallel runs n functions at once and returns how many said true.
func parallel(t *testing.T, n int, fn func(i int) (bool, error)) int {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			ok, err := fn(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
			if ok {
				won++
			}
		})
	}
	close(start)
	wg.Wait()
	return won
}

func TestCancellation(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := db.Exec(gone, "INSERT INTO account (id, balance) VALUES ('a', 1)"); !errors.Is(err, context.Canceled) {
			t.Errorf("exec: %v", err)
		}
		if _, err := db.Begin(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("begin: %v", err)
		}
		// A statement that would run for hours ends with its context.
		soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		var n int64
		err := db.QueryRow(soon, "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT count(*) FROM n").Scan(&n)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("long query: %v", err)
		}
		// So it does in a transaction, which then has nothing left but to roll back.
		err = pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
			mustExec(t, tx, "INSERT INTO account (id, balance) VALUES ('a', 1)")
			soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			err := tx.QueryRow(soon, "INSERT INTO account (id, balance) WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT 'b', count(*) FROM n RETURNING id").Scan(nil)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("long query in a transaction: %v", err)
			}
			if _, err := tx.Exec(t.Context(), "SELECT 1"); err == nil {
				t.Error("the transaction goes on as if nothing had happened")
			}
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("transaction: %v", err)
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
		// Cancelling in a transaction undoes it, and rolling back with a dead context works.
		ctx, cancel := context.WithCancel(t.Context())
		err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			mustExec(t, tx, "INSERT INTO account (id, balance) VALUES ('a', 1)")
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("commit: %v", err)
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1)")
	})
}

func TestWaitingForWriterEndsWithContext(t *testing.T) {
	db := open(t, storagetest.SQLite(t))
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := db.Begin(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second transaction: %v", err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec(t.Context(), "CREATE TABLE x (id bigint)"); err != nil {
		t.Error(err)
	}
}

// Who stands still in a transaction holds its locks for a while only. SQLite is one process, which stands still as a whole.
func TestStalled(t *testing.T) {
	url := storagetest.Postgres(t)
	db := open(t, url)
	create(t, db)
	mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 0)")
	wantEqual(t, one[string](t, db, "SHOW idle_in_transaction_session_timeout"), "15s")

	stalled := open(t, url+"&idle_in_transaction_session_timeout=50")
	err := sqldb.InTx(t.Context(), stalled, func(tx pgx.Tx) error {
		mustExec(t, tx, "UPDATE account SET balance = 1")
		mustExec(t, db, "UPDATE account SET balance = 2") // waits for the lock
		_, err := tx.Exec(t.Context(), "UPDATE account SET balance = 3")
		return err
	})
	if !sqldb.Outage(err) {
		t.Errorf("it went on with %v", err)
	}
	wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 2)
}
