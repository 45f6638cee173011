package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// onFew is onBoth with two connections: whoever keeps one will be missed.
func onFew(t *testing.T, test func(t *testing.T, db sqldb.DB)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) { test(t, open(t, storagetest.Postgres(t), sqldb.MaxConns(2))) })
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, storagetest.SQLite(t), sqldb.MaxConns(2))) })
}

// batch queues statements without arguments.
func batch(statements ...string) *pgx.Batch {
	b := &pgx.Batch{}
	for _, sql := range statements {
		b.Queue(sql)
	}
	return b
}

// trip is such a batch as it is written.
func trip(statements ...string) *sqldb.Trip { return &sqldb.Trip{Batch: *batch(statements...)} }

const (
	insertA = "INSERT INTO account (id, balance) VALUES ('a', 1)"
	insertB = "INSERT INTO account (id, balance) VALUES ('b', 2)"
	insertC = "INSERT INTO account (id, balance) VALUES ('c', 3)"
	broken  = "INSERT INTO account (id, balance) VALUES ('bad', -1)"
)

func TestTwoTrips(t *testing.T) {
	onFew(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, insertA)
		for n := range 5 {
			ask, balance, order := &pgx.Batch{}, int64(0), []string(nil)
			ask.Queue("UPDATE account SET balance = balance + 1 WHERE id = $1", "a")
			ask.Queue("SELECT balance FROM account WHERE id = $1", "a").QueryRow(func(row pgx.Row) error {
				order = append(order, "asked")
				return row.Scan(&balance)
			})
			err := sqldb.TwoTrips(t.Context(), db, ask, func(q sqldb.Querier) (*sqldb.Trip, error) {
				order = append(order, "then")
				wantEqual(t, balance, int64(n)+2)
				wantEqual(t, one[int64](t, q, "SELECT balance FROM account WHERE id = $1", "a"), balance) // a trip of its own
				mustExec(t, q, "UPDATE account SET tier = 'gold'")
				wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), int64(n)+1) // others do not see it
				write := &sqldb.Trip{}
				write.Queue("INSERT INTO job (id, worker) VALUES ($1, $2)", n, balance)
				write.Queue("UPDATE job SET worker = worker + (SELECT count(*) FROM job) - $1 - 1 WHERE id = $1", n) // sees what was written before
				return write, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			wantEqual(t, order, []string{"asked", "then"})
		}
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account WHERE tier = 'gold'"), 6)
		wantEqual(t, column[int64](t, db, "SELECT worker FROM job ORDER BY id"), []int64{2, 3, 4, 5, 6})
		if err := sqldb.TwoTrips(t.Context(), db, &pgx.Batch{}, func(sqldb.Querier) (*sqldb.Trip, error) { return &sqldb.Trip{}, nil }); err != nil {
			t.Errorf("nothing to ask and nothing to write: %v", err)
		}
	})
}

// Whatever fails, wherever: nothing is left, the caller learns of it, and the connection can be used again.
func TestTwoTripsFail(t *testing.T) {
	sorry := errors.New("sorry")
	failing := func(b *pgx.Batch) *pgx.Batch {
		b.Queue("SELECT 1").Query(func(rows pgx.Rows) error { return sorry })
		return b
	}
	type trips struct {
		name string
		ask  func() *pgx.Batch // made anew for each try: pgx notes in it what it has prepared
		then func(t *testing.T, q sqldb.Querier) (*sqldb.Trip, error)
		want func(t *testing.T, err error)
	}
	isSorry := func(t *testing.T, err error) {
		t.Helper()
		if !errors.Is(err, sorry) {
			t.Errorf("the error is %v", err)
		}
	}
	isCheck := func(t *testing.T, err error) { t.Helper(); wantCode(t, err, sqldb.CodeCheckViolation) }
	asks := func(statements ...string) func() *pgx.Batch {
		return func() *pgx.Batch { return batch(statements...) }
	}
	writes := func(statements ...string) func(*testing.T, sqldb.Querier) (*sqldb.Trip, error) {
		return func(*testing.T, sqldb.Querier) (*sqldb.Trip, error) { return trip(statements...), nil }
	}
	never := func(t *testing.T, _ sqldb.Querier) (*sqldb.Trip, error) {
		t.Error("it goes on")
		return &sqldb.Trip{}, nil
	}
	all := []trips{
		{"a statement that asks", asks(insertA, broken, insertB), never, isCheck},
		{"the first statement", asks(broken), never, isCheck},
		{"a statement that makes no sense", asks(insertA, "SELEC 1"), never, func(t *testing.T, err error) { t.Helper(); wantCode(t, err, "42601") }},
		{"who reads the answer", func() *pgx.Batch { return failing(batch(insertA)) }, never, isSorry},
		{"then", asks(insertA), func(t *testing.T, q sqldb.Querier) (*sqldb.Trip, error) {
			mustExec(t, q, insertB)
			return nil, sorry
		}, isSorry},
		{"a statement between", asks(insertA), func(t *testing.T, q sqldb.Querier) (*sqldb.Trip, error) {
			_, err := q.Exec(t.Context(), broken)
			return trip(insertB), err
		}, isCheck},
		{"a statement between, unnoticed", asks(insertA), func(t *testing.T, q sqldb.Querier) (*sqldb.Trip, error) {
			_, err := q.Exec(t.Context(), broken)
			wantCode(t, err, sqldb.CodeCheckViolation)
			return trip(insertB), nil
		}, func(t *testing.T, err error) { t.Helper(); wantCode(t, err, sqldb.CodeAborted) }},
		{"a statement between, unnoticed, and nothing more to write", asks(insertA), func(t *testing.T, q sqldb.Querier) (*sqldb.Trip, error) {
			_, err := q.Exec(t.Context(), broken)
			wantCode(t, err, sqldb.CodeCheckViolation)
			return &sqldb.Trip{}, nil
		}, func(t *testing.T, err error) {
			t.Helper()
			if !errors.Is(err, pgx.ErrTxCommitRollback) {
				t.Errorf("the error is %v", err)
			}
		}},
		{"a statement that writes", asks(insertA), writes(insertB, broken, insertC), isCheck},
	}
	onFew(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) {
				for range 5 { // more often than there are connections
					err := sqldb.TwoTrips(t.Context(), db, c.ask(), func(q sqldb.Querier) (*sqldb.Trip, error) { return c.then(t, q) })
					c.want(t, err)
					wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
				}
			})
		}
		t.Run("a panic", func(t *testing.T) {
			for range 5 {
				func() {
					defer func() { wantEqual(t, fmt.Sprint(recover()), "sorry") }()
					t.Error(sqldb.TwoTrips(t.Context(), db, batch(insertA), func(sqldb.Querier) (*sqldb.Trip, error) { panic("sorry") }))
				}()
				wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
			}
		})
		t.Run("a caller who goes", func(t *testing.T) {
			for when := range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if when == 0 {
					cancel()
				}
				ask := batch(insertA)
				ask.Queue("SELECT 1").QueryRow(func(row pgx.Row) error {
					if when == 1 {
						cancel()
					}
					var n int
					return row.Scan(&n)
				})
				err := sqldb.TwoTrips(ctx, db, ask, func(sqldb.Querier) (*sqldb.Trip, error) {
					cancel()
					return trip(insertB), nil
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("gone at %d: %v", when, err)
				}
				wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
			}
		})
		mustExec(t, db, insertA) // whatever there was of it, the database works
		if err := sqldb.TwoTrips(t.Context(), db, batch(insertB), func(sqldb.Querier) (*sqldb.Trip, error) { return trip(insertC), nil }); err != nil {
			t.Error(err)
		}
		wantEqual(t, one[int64](t, db, "SELECT sum(balance) FROM account"), 6)
	})
}

// What is read after a lock was taken is what whoever held it before has left.
func TestTwoTripsReadWhatTheyLock(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, insertA)
		for n := range 3 {
			holder, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer holder.Rollback(t.Context())
			mustExec(t, holder, "UPDATE account SET balance = balance + 10 WHERE id = 'a'")
			mustExec(t, holder, "INSERT INTO job (id, worker) VALUES ($1, 0)", n)
			done := make(chan error, 1)
			var locked, balance, jobs int64
			go func() {
				ask := &pgx.Batch{}
				ask.Queue("SELECT balance FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE", []string{"a"}).QueryRow(func(row pgx.Row) error { return row.Scan(&locked) })
				ask.Queue("SELECT balance FROM account WHERE id = $1", "a").QueryRow(func(row pgx.Row) error { return row.Scan(&balance) })
				ask.Queue("SELECT count(*) FROM job").QueryRow(func(row pgx.Row) error { return row.Scan(&jobs) })
				done <- sqldb.TwoTrips(t.Context(), db, ask, func(sqldb.Querier) (*sqldb.Trip, error) { return &sqldb.Trip{}, nil })
			}()
			for sqldb.DialectOf(db) == sqldb.Postgres && one[int64](t, db, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 {
				runtime.Gosched() // until it waits
			}
			if err := holder.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			want := int64(1 + 10*(n+1))
			if locked != want || balance != want || jobs != int64(n+1) {
				t.Errorf("locked %d, read %d and %d jobs instead of %d and %d", locked, balance, jobs, want, n+1)
			}
		}
	})
}

// A batch of a transaction runs its statements in turn, and none after one that failed.
func TestSendBatch(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		inTx := func(t *testing.T, fn func(tx pgx.Tx)) {
			t.Helper()
			tx, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(t.Context())
			fn(tx)
		}
		must := func(t *testing.T, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Run("in turn", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				b := batch(insertA, "SELECT id FROM account", insertB)
				b.Queue("SELECT sum(balance) FROM account WHERE balance > $1", 0)
				b.Queue("UPDATE account SET tier = $1", "gold")
				results := tx.SendBatch(t.Context(), b)
				tag, err := results.Exec()
				must(t, err)
				wantEqual(t, tag.String(), "INSERT 0 1")
				rows, err := results.Query()
				must(t, err)
				ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
				must(t, err)
				wantEqual(t, ids, []string{"a"})
				_, err = results.Exec()
				must(t, err)
				var sum int64
				must(t, results.QueryRow().Scan(&sum))
				wantEqual(t, sum, 3)
				must(t, results.Close()) // runs the rest
				must(t, results.Close())
				wantEqual(t, one[int64](t, tx, "SELECT count(*) FROM account WHERE tier = 'gold'"), 2)
			})
		})
		t.Run("with functions", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				b := &pgx.Batch{}
				var said []string
				b.Queue(insertA).Exec(func(tag pgconn.CommandTag) error { said = append(said, tag.String()); return nil })
				b.Queue("SELECT id FROM account").Query(func(rows pgx.Rows) error { // leaves the rows to the batch
					rows.Next()
					var id string
					err := rows.Scan(&id)
					said = append(said, id)
					return err
				})
				b.Queue("SELECT balance FROM account WHERE id = 'nobody'").QueryRow(func(row pgx.Row) error {
					var balance int64
					if err := row.Scan(&balance); !errors.Is(err, pgx.ErrNoRows) {
						t.Errorf("of nobody: %v", err)
					}
					return nil
				})
				b.Queue(insertB)
				must(t, tx.SendBatch(t.Context(), b).Close())
				wantEqual(t, said, []string{"INSERT 0 1", "a"})
				wantEqual(t, one[int64](t, tx, "SELECT count(*) FROM account"), 2)
			})
		})
		t.Run("nothing", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				results := tx.SendBatch(t.Context(), &pgx.Batch{})
				if _, err := results.Exec(); err == nil {
					t.Error("a result of nothing")
				}
				_ = results.Close()
			})
		})
		t.Run("more than there is", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				results := tx.SendBatch(t.Context(), batch(insertA))
				_, err := results.Exec()
				must(t, err)
				var n int
				if err := results.QueryRow().Scan(&n); err == nil {
					t.Error("a second result of one statement")
				}
				_ = results.Close()
			})
		})
		t.Run("an error", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				results := tx.SendBatch(t.Context(), batch(insertA, broken, insertB))
				_, err := results.Exec()
				must(t, err)
				_, err = results.Exec()
				wantCode(t, err, sqldb.CodeCheckViolation)
				if _, err := results.Exec(); err == nil {
					t.Error("it goes on after an error")
				}
				if err := results.Close(); err == nil {
					t.Error("no error in the end")
				}
				_, err = tx.Exec(t.Context(), insertC)
				wantCode(t, err, sqldb.CodeAborted)
			})
			inTx(t, func(tx pgx.Tx) {
				b, reached := batch(insertA, broken), false
				b.Queue("SELECT 1").QueryRow(func(row pgx.Row) error { reached = true; var n int; return row.Scan(&n) })
				wantCode(t, tx.SendBatch(t.Context(), b).Close(), sqldb.CodeCheckViolation)
				if reached {
					t.Error("a function after the error was called with success")
				}
			})
			wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
		})
		t.Run("in a savepoint", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				must(t, tx.SendBatch(t.Context(), batch(insertA)).Close())
				sp, err := tx.Begin(t.Context())
				must(t, err)
				wantCode(t, sp.SendBatch(t.Context(), batch(insertB, broken)).Close(), sqldb.CodeCheckViolation)
				must(t, sp.Rollback(t.Context()))
				must(t, tx.SendBatch(t.Context(), batch(insertC)).Close())
				wantEqual(t, column[string](t, tx, "SELECT id FROM account ORDER BY id"), []string{"a", "c"})
			})
		})
		t.Run("a caller who has gone", func(t *testing.T) {
			inTx(t, func(tx pgx.Tx) {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if err := tx.SendBatch(ctx, batch(insertA, "SELECT 1")).Close(); !errors.Is(err, context.Canceled) {
					t.Errorf("the error is %v", err)
				}
			})
			wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
		})
	})
}

// Rows that are left open do not keep the next statement from running.
func TestSQLiteBatchRowsLeftOpen(t *testing.T) {
	db := open(t, storagetest.SQLite(t))
	create(t, db)
	mustExec(t, db, "INSERT INTO job (id) VALUES (1), (2), (3)")
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	results := tx.SendBatch(t.Context(), batch("SELECT id FROM job", "SELECT id FROM job", insertA, "SELECT id FROM job"))
	rows, err := results.Query()
	if err != nil || !rows.Next() {
		t.Fatalf("no row: %v", err)
	}
	var id int64
	if err := results.QueryRow().Scan(&id); err != nil || id != 1 {
		t.Errorf("the second statement: %d, %v", id, err)
	}
	if rows.Next() {
		t.Error("rows of the statement before go on")
	}
	if _, err := results.Exec(); err != nil {
		t.Error(err)
	}
	if last, err := results.Query(); err != nil || !last.Next() {
		t.Errorf("the last statement: %v", err)
	}
	if err := results.Close(); err != nil {
		t.Error(err)
	}
	if _, err := results.Exec(); err == nil {
		t.Error("a result after the end")
	}
	wantEqual(t, one[int64](t, tx, "SELECT count(*) FROM account"), 1)
	if results.(interface{ Tx() pgx.Tx }).Tx() != nil {
		t.Error("the batch has a transaction of its own")
	}
}

// A sibling is the same database through connections of its own.
func TestSibling(t *testing.T) {
	onFew(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		sibling, err := sqldb.Sibling(t.Context(), db, 1)
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, sqldb.DialectOf(sibling), sqldb.DialectOf(db))
		mustExec(t, sibling, insertA)
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 1)
		if sqldb.DialectOf(db) == sqldb.SQLite {
			if sibling != db {
				t.Error("SQLite has a sibling that is another")
			}
			return
		}
		// With every connection of the database in use the sibling has its own, and no more than was said.
		var held []pgx.Tx
		for range 2 {
			tx, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, tx)
		}
		mustExec(t, sibling, insertB)
		for name, want := range map[string]string{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"} {
			wantEqual(t, one[string](t, sibling, "SELECT current_setting($1)", name), want)
			if other := one[string](t, held[0], "SELECT current_setting($1)", name); name != "jit" && other == want {
				t.Errorf("%s is %s for everybody", name, other)
			}
		}
		wantEqual(t, one[int64](t, sibling, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"), 3)
		for _, tx := range held {
			if err := tx.Rollback(t.Context()); err != nil {
				t.Error(err)
			}
		}
		sibling.Close()
		wantEqual(t, one[int64](t, db, "SELECT sum(balance) FROM account"), 3)
		if _, err := sibling.Exec(t.Context(), "SELECT 1"); err == nil {
			t.Error("a closed sibling answers")
		}
	})
}

// A reader by keys is answered while a writer has begun and every other connection is taken, and it changes nothing.
func TestKeyReader(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"postgres": storagetest.Postgres, "sqlite": storagetest.SQLite} {
		t.Run(name, func(t *testing.T) {
			db := open(t, url(t), sqldb.MaxConns(1))
			create(t, db)
			mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 7)")
			reader, err := sqldb.KeyReader(t.Context(), db, 1)
			if err != nil {
				t.Fatal(err)
			}
			wantEqual(t, sqldb.DialectOf(reader), sqldb.DialectOf(db))
			const balance = "SELECT balance FROM account WHERE id = $1"
			tx, err := db.Begin(t.Context()) // on PostgreSQL this is the one connection
			if err != nil {
				t.Fatal(err)
			}
			mustExec(t, tx, "UPDATE account SET balance = 8 WHERE id = 'a'")
			wantEqual(t, one[int64](t, reader, balance, "a"), 7)
			if name == "sqlite" {
				rows, err := db.Query(t.Context(), balance, "a") // and this the one that reads
				if err != nil {
					t.Fatal(err)
				}
				defer rows.Close()
				wantEqual(t, one[int64](t, reader, balance, "a"), 7)
			}
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantEqual(t, one[int64](t, reader, balance, "a"), 8)
			_, err = reader.Exec(t.Context(), "UPDATE account SET balance = 9 WHERE id = 'a'")
			wantCode(t, err, sqldb.CodeReadOnly)
			ended, end := context.WithCancel(t.Context())
			end()
			if err := reader.QueryRow(ended, balance, "a").Scan(nil); !errors.Is(err, context.Canceled) {
				t.Errorf("asked in a context that has ended, it answers %v", err)
			}
			wantEqual(t, one[int64](t, reader, balance, "a"), 8)
			reader.Close()
			if err := reader.QueryRow(t.Context(), balance, "a").Scan(nil); err == nil {
				t.Error("it answers after it was closed")
			}
			mustExec(t, db, "UPDATE account SET balance = 10 WHERE id = 'a'")
		})
	}
}
