package storage_test

import (
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/storagetest"
)

var backends = []struct {
	name string
	url  func(testing.TB) string
}{{"postgres", storagetest.Postgres}, {"sqlite", storagetest.SQLite}}

// benchProgram opens a database with one program and so many members.
func benchProgram(b *testing.B, url func(testing.TB) string, members int) *storage.Store {
	b.Helper()
	s := storagetest.Open(b, url(b))
	err := s.InTx(b.Context(), func(tx engine.Tx) error {
		if err := tx.InsertProgram(b.Context(), storagetest.Program(b, "p")); err != nil {
			return err
		}
		for i := range members {
			id := fmt.Sprint(i)
			err := tx.InsertMember(b.Context(), engine.Member{ID: id, ProgramID: "p", AccountID: id, Card: id, Token: id, InviteTag: id, State: engine.MemberActive, JoinedAt: now})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

var now = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// sell writes a sale with one line that earns one lot, as a posting does.
func sell(b *testing.B, tx engine.Tx, member string, n int) error {
	accounts, err := tx.LockAccounts(b.Context(), "p", member)
	if err != nil {
		return err
	}
	at, id := now.Add(time.Duration(n)*time.Second), fmt.Sprintf("%08d", n)
	plan, err := accounts[0].Credit(ledger.Lot{ID: "lot" + id, Points: 50, ActiveFrom: at, EarnedAt: at, ExpiresAt: at.AddDate(0, 6, 0), SaleID: id, Kind: ledger.KindEarn}, ledger.ContraEarn)
	if err != nil {
		return err
	}
	after := accounts[0].Apply(plan)
	sale := engine.Sale{ID: id, ProgramID: "p", MemberID: member, AccountID: member, LocationID: "l", StaffID: "s", Business: "2026-03-14", Source: "demo", Currency: "UAH", Version: 1,
		Total: 1000, Earned: 50, LotID: "lot" + id, OccurredAt: at, RecordedAt: at, Lines: []engine.SaleLine{{No: 1}}}
	sale.Lines[0].Quantity, sale.Lines[0].Net, sale.Lines[0].Earn = 1000, 1000, 50
	err = tx.AddActivity(b.Context(), engine.Activity{ProgramID: "p", MemberID: member, Day: "2026-03-14", Visits: 1, Spent: 1000, Earned: 50, At: at, Counted: true})
	if err != nil {
		return err
	}
	return tx.InsertSale(b.Context(), sale, engine.Posting{ID: id, ProgramID: "p", Kind: ledger.KindSale, Key: id, Hash: "0123456789abcdef", MemberID: member, AccountID: member, SaleID: id,
		StaffID: "s", LocationID: "l", Version: 1, Points: 50, Earned: 50, Balance: after.Balance(), Answer: []byte(`{"posting_id":"` + id + `"}`), OccurredAt: at, RecordedAt: at,
		Counted: true}, plan)
}

// BenchmarkPost measures a sale with its posting: alone in a transaction, and five hundred to one, as the demo is seeded.
func BenchmarkPost(b *testing.B) {
	for _, backend := range backends {
		for _, batch := range []int{1, 500} {
			b.Run(fmt.Sprintf("%s/%d", backend.name, batch), func(b *testing.B) {
				s := benchProgram(b, backend.url, 2000)
				b.ReportAllocs()
				b.ResetTimer()
				for n := 0; n < b.N; {
					err := s.InTx(b.Context(), func(tx engine.Tx) error {
						for range min(batch, b.N-n) {
							if err := sell(b, tx, fmt.Sprint(n%2000), n); err != nil {
								return err
							}
							n++
						}
						return nil
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "postings/s")
			})
		}
	}
}

// BenchmarkPerson measures the question every chat message begins with.
func BenchmarkPerson(b *testing.B) {
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) {
			s := benchProgram(b, backend.url, 2000)
			a := engine.Address{Channel: "telegram", Sender: "bot", UserID: "7"}
			err := s.InTx(b.Context(), func(tx engine.Tx) error {
				for n := range 10 {
					if err := sell(b, tx, "7", n); err != nil {
						return err
					}
				}
				c, err := tx.TouchContact(b.Context(), engine.Contact{ID: "c", ProgramID: "p", Address: a, Name: "Олена", CreatedAt: now})
				if err != nil {
					return err
				}
				return tx.LinkContact(b.Context(), "p", c.ID, "7", "")
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				p, err := s.Person(b.Context(), "p", a, now)
				if err != nil || p.Account.Balance() != 500 {
					b.Fatal(p.Account.Balance(), err)
				}
			}
		})
	}
}

// BenchmarkStanding measures what is read of a member before a sale is judged.
func BenchmarkStanding(b *testing.B) {
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) {
			s := benchProgram(b, backend.url, 2000)
			q := engine.StandingQuery{Since: "2026-03-01", Basis: rules.TierBySpend}
			var uses []rules.Use
			for i := range 10 {
				c := rules.Counter{Of: fmt.Sprint("rule:", i), Period: "2026-03", All: i%2 == 0}
				uses, q.Counters = append(uses, rules.Use{Counter: c, Times: 1, Last: now}), append(q.Counters, c)
			}
			err := s.InTx(b.Context(), func(tx engine.Tx) error {
				for n := range 10 {
					if err := sell(b, tx, "7", n); err != nil {
						return err
					}
				}
				if err := tx.AddStamps(b.Context(), "p", "7", "coffee", 3, 0); err != nil {
					return err
				}
				coupon := engine.Coupon{ProgramID: "p", MemberID: "7", IssuedAt: now, Coupon: rules.Coupon{ID: "c", Kind: "k", State: rules.CouponIssued, From: now}}
				if err := tx.InsertCoupons(b.Context(), coupon); err != nil {
					return err
				}
				return tx.AddUses(b.Context(), "p", "7", uses)
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				got, err := s.Standing(b.Context(), "p", "7", q)
				if err != nil || got.Qualified != 10_000 || len(got.Uses) != 10 {
					b.Fatal(got, err)
				}
			}
		})
	}
}
