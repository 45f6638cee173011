package storage_test

import (
	"fmt"
	"testing"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/storagetest"
)

// regular is a member with ten sales and the ten lots that they left.
func regular(b *testing.B, program string, n int) storage.History {
	b.Helper()
	id := func(what string, i int) string { return fmt.Sprintf("%s-%08d-%s-%02d", program, n, what, i) }
	joined := now.AddDate(-1, 0, 0)
	m := engine.Member{ProgramID: program, ID: id("m", 0), AccountID: id("a", 0), Card: fmt.Sprint(n), Token: id("t", 0), InviteTag: id("i", 0), Name: "Олена", State: engine.MemberActive, JoinedAt: joined}
	h := storage.History{Member: m, Contacts: []engine.Contact{{ID: id("c", 0), ProgramID: program, MemberID: m.ID, Name: "Олена", CreatedAt: joined,
		Address: engine.Address{Channel: "telegram", Sender: "bot of " + program, UserID: fmt.Sprint(n)}}}}
	account := ledger.Account{ID: m.AccountID}
	for i := range 10 {
		at, sale := joined.AddDate(0, i, n%28), id("s", i)
		plan, err := account.Credit(ledger.Lot{ID: id("l", i), Points: 50, ActiveFrom: at, EarnedAt: at, ExpiresAt: at.AddDate(2, 0, 0), SaleID: sale, Kind: ledger.KindEarn}, ledger.ContraEarn)
		if err != nil {
			b.Fatal(err)
		}
		account = account.Apply(plan)
		s := engine.Sale{ID: sale, ProgramID: program, MemberID: m.ID, AccountID: m.AccountID, LocationID: "l", Till: "1", ReceiptNo: sale, Business: at.Format("2006-01-02"), Source: "till",
			Currency: "UAH", Version: 1, Total: 1000, Earned: 50, LotID: id("l", i), OccurredAt: at, RecordedAt: at,
			Lines: []engine.SaleLine{{No: 1, Line: rules.Line{Name: "Latte", Quantity: 1000, Net: 1000}, LineResult: rules.LineResult{Earn: 50}}}}
		h.Sales = append(h.Sales, s)
		h.Activity = append(h.Activity, engine.Activity{ProgramID: program, MemberID: m.ID, Day: rules.Date(s.Business), Visits: 1, Spent: 1000, Earned: 50, At: at})
		h.Postings = append(h.Postings, storage.Booked{Plan: plan, Posting: engine.Posting{ID: sale, ProgramID: program, Kind: ledger.KindSale, Key: sale, Hash: "0123456789abcdef", MemberID: m.ID,
			AccountID: m.AccountID, SaleID: sale, LocationID: "l", Version: 1, Points: 50, Earned: 50, Balance: money.Points(50 * (i + 1)),
			Answer: []byte(`{"posting_id":"` + sale + `"}`), OccurredAt: at, RecordedAt: at}})
	}
	return h
}

// BenchmarkLoader measures loading 2,000 members with ten sales and ten lots each, into a program of their own in one database that grows.
func BenchmarkLoader(b *testing.B) {
	const members = 2000
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) {
			s := storagetest.Open(b, backend.url(b))
			b.ReportAllocs()
			done := 0
			for b.Loop() {
				b.StopTimer()
				program := storagetest.Program(b, fmt.Sprint("p", done))
				if err := s.InTx(b.Context(), func(tx engine.Tx) error { return tx.InsertProgram(b.Context(), program) }); err != nil {
					b.Fatal(err)
				}
				all := make([]storage.History, members)
				for n := range all {
					all[n] = regular(b, program.ID, n)
				}
				b.StartTimer()
				l, err := s.NewLoader(b.Context(), program.ID, "")
				if err != nil {
					b.Fatal(err)
				}
				for _, h := range all {
					if err := l.Add(h); err != nil {
						b.Fatal(err)
					}
				}
				if err := l.Load(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
				done++
			}
			b.ReportMetric(float64(done*members)/b.Elapsed().Seconds(), "members/s")
		})
	}
}
