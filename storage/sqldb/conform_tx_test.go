package sqldb_test

import (
	"context"
	"errors"
	"sort"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kartka/storage/sqldb"
)

func TestErrorCodes(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 10)")
		mustExec(t, db, "INSERT INTO entry (id, account_id, points) VALUES ('e', 'a', 1)")
		for _, c := range []struct{ name, sql, code, table string }{
			{"primary key", "INSERT INTO account (id, balance) VALUES ('a', 1)", sqldb.CodeUniqueViolation, "account"},
			{"unique", "INSERT INTO entry (id, account_id, points) VALUES ('f', 'a', 1)", sqldb.CodeUniqueViolation, "entry"},
			{"foreign key", "INSERT INTO entry (id, account_id, points) VALUES ('f', 'nobody', 1)", sqldb.CodeForeignKeyViolation, ""},
			{"parent in use", "DELETE FROM account WHERE id = 'a'", sqldb.CodeForeignKeyViolation, ""},
			{"not null", "INSERT INTO account (id, balance) VALUES ('b', NULL)", sqldb.CodeNotNullViolation, "account"},
			{"null key", "INSERT INTO account (id, balance) VALUES (NULL, 1)", sqldb.CodeNotNullViolation, "account"},
			{"check", "UPDATE account SET balance = balance - 11", sqldb.CodeCheckViolation, ""},
			{"no table", "SELECT id FROM absent", sqldb.CodeUndefinedTable, ""},
			{"no column", "SELECT absent FROM account", "42703", ""},
			{"not a string", `SELECT "absent" FROM account`, "42703", ""},
			{"syntax", "SELEC 1", "42601", ""},
			{"table exists", "CREATE TABLE job (id bigint)", "42P07", ""},
		} {
			_, err := db.Exec(t.Context(), c.sql)
			wantCode(t, err, c.code)
			var pe *pgconn.PgError
			if errors.As(err, &pe) && c.table != "" && pe.TableName != c.table {
				t.Errorf("%s: table %q in %v", c.name, pe.TableName, err)
			}
		}
		// A wrong type is an error too, whoever notices it.
		if _, err := db.Exec(t.Context(), "UPDATE account SET balance = $1", "many"); err == nil {
			t.Error("text went into a bigint")
		}
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 10)
	})
}

func TestRollback(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		sorry := errors.New("sorry")
		err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
			mustExec(t, tx, "INSERT INTO account (id, balance) VALUES ('a', 1)")
			wantEqual(t, one[int64](t, tx, "SELECT count(*) FROM account"), 1)
			wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0) // others do not see it
			return sorry
		})
		if !errors.Is(err, sorry) {
			t.Errorf("got %v", err)
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)

		func() {
			defer func() { _ = recover() }()
			_ = sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
				mustExec(t, tx, "INSERT INTO account (id, balance) VALUES ('a', 1)")
				panic("in the middle")
			})
		}()
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)

		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, end := range map[string]func(context.Context) error{"commit": tx.Commit, "rollback": tx.Rollback} {
			if err := end(t.Context()); !errors.Is(err, pgx.ErrTxClosed) {
				t.Errorf("%s twice: %v", name, err)
			}
		}
		if _, err := tx.Exec(t.Context(), "SELECT 1"); !errors.Is(err, pgx.ErrTxClosed) {
			t.Errorf("statement after commit: %v", err)
		}
	})
}

func TestAbortedTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(t.Context())
		mustExec(t, tx, "INSERT INTO account (id, balance) VALUES ('a', 1)")
		_, err = tx.Exec(t.Context(), "INSERT INTO account (id, balance) VALUES ('a', 1)")
		wantCode(t, err, sqldb.CodeUniqueViolation)
		_, err = tx.Exec(t.Context(), "INSERT INTO account (id, balance) VALUES ('b', 1)")
		wantCode(t, err, sqldb.CodeAborted)
		wantCode(t, tx.QueryRow(t.Context(), "SELECT 1").Scan(nil), sqldb.CodeAborted)
		_, err = tx.Begin(t.Context())
		wantCode(t, err, sqldb.CodeAborted)
		if err := tx.Commit(t.Context()); !errors.Is(err, pgx.ErrTxCommitRollback) {
			t.Errorf("commit: %v", err)
		}
		wantEqual(t, one[int64](t, db, "SELECT count(*) FROM account"), 0)
	})
}

// An error that comes with the rows, not with the query, aborts the transaction as well.
func TestAbortedByRows(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1)")
		err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
			err := tx.QueryRow(t.Context(), "INSERT INTO account (id, balance) VALUES ('a', 1) RETURNING id").Scan(nil)
			wantCode(t, err, sqldb.CodeUniqueViolation)
			return nil
		})
		if !errors.Is(err, pgx.ErrTxCommitRollback) {
			t.Errorf("commit: %v", err)
		}
	})
}

func TestSavepoints(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		err := sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
			mustExec(t, tx, "INSERT INTO account (id, balance) VALUES ('outer', 1)")
			err := pgx.BeginFunc(t.Context(), tx, func(sp pgx.Tx) error {
				mustExec(t, sp, "INSERT INTO account (id, balance) VALUES ('lost', 1)")
				_, err := sp.Exec(t.Context(), "INSERT INTO account (id, balance) VALUES ('outer', 1)")
				return err
			})
			wantCode(t, err, sqldb.CodeUniqueViolation)
			if err := pgx.BeginFunc(t.Context(), tx, func(sp pgx.Tx) error {
				mustExec(t, sp, "INSERT INTO account (id, balance) VALUES ('kept', 1)")
				return pgx.BeginFunc(t.Context(), sp, func(inner pgx.Tx) error {
					mustExec(t, inner, "INSERT INTO account (id, balance) VALUES ('kept too', 1)")
					return nil
				})
			}); err != nil {
				t.Error(err)
			}
			sp, err := tx.Begin(t.Context())
			if err != nil {
				return err
			}
			if err := sp.Rollback(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := sp.Exec(t.Context(), "SELECT 1"); !errors.Is(err, pgx.ErrTxClosed) {
				t.Errorf("statement after the rollback of a savepoint: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, column[string](t, db, "SELECT id FROM account ORDER BY id"), []string{"kept", "kept too", "outer"})
	})
}

// A savepoint committed in spite of a failed statement fails, and takes the transaction with it.
func TestSavepointAborted(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(t.Context())
		sp, err := tx.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sp.Exec(t.Context(), "SELECT id FROM absent"); err == nil {
			t.Fatal("no error")
		}
		wantCode(t, sp.Commit(t.Context()), sqldb.CodeAborted)
		if err := tx.Commit(t.Context()); !errors.Is(err, pgx.ErrTxCommitRollback) {
			t.Errorf("commit: %v", err)
		}
	})
}

func TestConnBusy(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1), ('b', 2)")
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(t.Context())
		rows, err := tx.Query(t.Context(), "SELECT id FROM account ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		busy := func(err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "conn busy") {
				t.Errorf("got %v", err)
			}
		}
		_, err = tx.Exec(t.Context(), "UPDATE account SET balance = 3")
		busy(err)
		_, err = tx.Query(t.Context(), "SELECT 1")
		busy(err)
		busy(tx.QueryRow(t.Context(), "SELECT 1").Scan(nil))
		rows.Close()
		mustExec(t, tx, "UPDATE account SET balance = 3") // and it was no failure of the transaction
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantEqual(t, column[int64](t, db, "SELECT DISTINCT balance FROM account"), []int64{3})

		err = sqldb.InTx(t.Context(), db, func(tx pgx.Tx) error {
			mustExec(t, tx, "UPDATE account SET balance = 4")
			_, err := tx.Query(t.Context(), "SELECT id FROM account")
			return err // the rows are left open
		})
		busy(err)
		wantEqual(t, column[int64](t, db, "SELECT DISTINCT balance FROM account"), []int64{3})
	})
}

// Rows of the database itself do not keep anyone from writing, even rows of a writing statement that nobody closes.
func TestRowsOutsideTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1), ('b', 2)")
		rows, err := db.Query(t.Context(), "SELECT id FROM account ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		changed, err := db.Query(t.Context(), "UPDATE account SET balance = balance + 1 RETURNING id")
		if err != nil {
			t.Fatal(err)
		}
		defer changed.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			mustExec(t, db, "UPDATE account SET tier = 'seen' WHERE id = $1", id+"x")
		}
		ids, err := pgx.CollectRows(changed, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		sort.Strings(ids)
		wantEqual(t, ids, []string{"a", "b"})
	})
}

func TestReadTx(t *testing.T) {
	onBoth(t, func(t *testing.T, db sqldb.DB) {
		create(t, db)
		mustExec(t, db, "INSERT INTO account (id, balance) VALUES ('a', 1)")
		err := sqldb.ReadTx(t.Context(), db, func(tx pgx.Tx) error {
			wantEqual(t, one[int64](t, tx, "SELECT balance FROM account"), 1)
			mustExec(t, db, "UPDATE account SET balance = 2") // writers are not kept waiting
			wantEqual(t, one[int64](t, tx, "SELECT balance FROM account"), 1)
			_, err := tx.Exec(t.Context(), "UPDATE account SET balance = 3")
			wantCode(t, err, sqldb.CodeReadOnly)
			return err
		})
		wantCode(t, err, sqldb.CodeReadOnly)
		wantEqual(t, one[int64](t, db, "SELECT balance FROM account"), 2)
	})
}
