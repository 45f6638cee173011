package storage_test

import (
	"testing"

	"kartka/engine"
	"kartka/engine/segment"
	"kartka/storage"
	"kartka/storage/storagetest"
)

// BenchmarkColumnsRead counts segments of 100,000 members by the database; in columns that are at hand; in such as have yet to be read; and after every row has
// changed, as when a day turns. Where a member has been is asked of the database either way.
func BenchmarkColumnsRead(b *testing.B) {
	read := func(text string) segment.Expr {
		x, err := segment.Parse(text, segment.Grammar{})
		if err != nil {
			b.Fatal(err)
		}
		return x
	}
	x := read("visits >= 2 and last_visit > 30d and balance > 0")
	for _, backend := range backends {
		address := backend.url(b)
		plain, p := storagetest.Open(b, address), storagetest.Program(b, "p")
		if err := plain.InTx(b.Context(), func(tx engine.Tx) error { return tx.InsertProgram(b.Context(), p) }); err != nil {
			b.Fatal(err)
		}
		_, err := plain.DB().Exec(b.Context(), `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
			INSERT INTO trait (program_id, member_id, no, live, as_of, joined, first_day, last_day, visits, visits_30, visits_90, visits_365, spent, spent_30, spent_90, spent_365,
				balance, burning_7, burning_14, burning_30, referrals, ratings, rating, birth_year, consent, reach, invited, gender, language, tier, city, source, tags, rev)
			SELECT 'p', '0198f7f4-4d38-7cc3-9d3c-' || CAST(1000000000 + i AS text), i, i % 50 > 0, 20500, 20000 - i % 900, 20000, 20500 - i % 400, i % 17, i % 3, i % 5, i % 9,
				i * 7 % 90000, 0, i % 4000, i % 9000, i % 700, 0, 0, i % 70, 0, i % 2, i % 6, 0, 1, 1, i % 9 = 0, 'female', 'uk', 'a', 'київ', '', '[]', 1 + i / 250 FROM n`)
		if err != nil {
			b.Fatal(err)
		}
		_, err = plain.DB().Exec(b.Context(), `INSERT INTO trait_item (program_id, kind, of_what, member_id, n, day, value)
			SELECT program_id, 'place', 'l', member_id, 1 + no % 4, 20400, '' FROM trait WHERE program_id = 'p' AND no % 5 < 2`)
		if err != nil {
			b.Fatal(err)
		}
		open := func(columns int) *storage.Store {
			s, err := storage.Open(b.Context(), address, storage.Options{Sealer: storagetest.Sealer(b), Columns: columns})
			if err != nil {
				b.Fatal(err)
			}
			return s
		}
		count := func(s *storage.Store, x segment.Expr) {
			if _, err := s.CountSegment(b.Context(), p, x, "2026-02-16"); err != nil {
				b.Fatal(err)
			}
		}
		for name, columns := range map[string]int{"database": -1, "columns": 1} {
			for _, text := range []string{"visits >= 2 and last_visit > 30d and balance > 0", "visits >= 2 and place(l) >= 2", "visits >= 2 or place(l) >= 2", "visits >= 2 and not place(l) < 2"} {
				x := read(text)
				b.Run(backend.name+"/"+name+"/"+text, func(b *testing.B) {
					s := open(columns)
					defer s.Close()
					count(s, x)
					for b.Loop() {
						count(s, x)
					}
				})
			}
		}
		b.Run(backend.name+"/first", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := open(1)
				b.StartTimer()
				count(s, x)
				b.StopTimer()
				s.Close()
				b.StartTimer()
			}
		})
		b.Run(backend.name+"/changed", func(b *testing.B) {
			s := open(1)
			defer s.Close()
			count(s, x)
			for b.Loop() {
				b.StopTimer()
				if _, err := plain.DB().Exec(b.Context(), `UPDATE trait SET rev = rev + 1000, balance = balance + 1 WHERE program_id = 'p'`); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				count(s, x)
			}
		})
	}
}
