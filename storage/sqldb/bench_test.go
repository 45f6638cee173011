package sqldb_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

func benchmarkBoth(b *testing.B, bench func(b *testing.B, db sqldb.DB)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, seeded(b, storagetest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) {
		server := storagetest.StartPostgres(b, storagetest.PostgresOptions{Durable: true})
		bench(b, seeded(b, server.URL()))
	})
}

func seeded(b *testing.B, url string) sqldb.DB {
	db := open(b, url)
	create(b, db)
	rows := make([][]any, 1000)
	for i := range rows {
		rows[i] = []any{fmt.Sprint(i), int64(1) << 50, "gold"}
	}
	if _, err := sqldb.BulkInsert(b.Context(), db, "account", []string{"id", "balance", "tier"}, rows); err != nil {
		b.Fatal(err)
	}
	return db
}

// One row by its key, into a struct.
func BenchmarkPointRead(b *testing.B) {
	type account struct {
		ID      string
		Balance int64
		Tier    *string
	}
	benchmarkBoth(b, func(b *testing.B, db sqldb.DB) {
		b.ReportAllocs()
		for b.Loop() {
			rows, _ := db.Query(b.Context(), "SELECT id, balance, tier FROM account WHERE id = $1", "500")
			if _, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[account]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A durable withdrawal: a conditional UPDATE and an INSERT in one transaction.
func BenchmarkBurn(b *testing.B) {
	benchmarkBoth(b, func(b *testing.B, db sqldb.DB) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i++
			err := sqldb.InTx(b.Context(), db, func(tx pgx.Tx) error {
				var left int64
				if err := tx.QueryRow(b.Context(), "UPDATE account SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING balance", "500", int64(1)).Scan(&left); err != nil {
					return err
				}
				_, err := tx.Exec(b.Context(), "INSERT INTO entry (id, account_id, points) VALUES ($1, $2, $3)", fmt.Sprint(i), "500", i)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkBulkInsert(b *testing.B) {
	rows := make([][]any, 1000)
	benchmarkBoth(b, func(b *testing.B, db sqldb.DB) {
		n := 0
		for b.Loop() {
			for i := range rows {
				n++
				rows[i] = []any{n, n}
			}
			if _, err := sqldb.BulkInsert(b.Context(), db, "job", []string{"id", "worker"}, rows); err != nil {
				b.Fatal(err)
			}
		}
	})
}
