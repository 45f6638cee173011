package storage_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/storage"
	"kartka/storage/storagetest"
)

// expiring is how many accounts a run of BenchmarkExpireDue ends points of, unless KARTKA_ACCOUNTS says otherwise.
const expiring = 2000

// leaving is a member with three lots, two of which have ended.
func leaving(b *testing.B, program string, n int) storage.History {
	b.Helper()
	id := func(what string, i int) string { return fmt.Sprintf("%s-%08d-%s-%02d", program, n, what, i) }
	joined := now.AddDate(-1, 0, 0)
	m := engine.Member{ProgramID: program, ID: id("m", 0), AccountID: id("a", 0), Card: fmt.Sprint(n), Token: id("t", 0), InviteTag: id("i", 0), State: engine.MemberActive, JoinedAt: joined}
	h := storage.History{Member: m, Contacts: []engine.Contact{{ID: id("c", 0), ProgramID: program, MemberID: m.ID, CreatedAt: joined,
		Address: engine.Address{Channel: "telegram", Sender: "bot of " + program, UserID: fmt.Sprint(n)}}}}
	account := ledger.Account{ID: m.AccountID}
	for i, months := range []int{3, 6, 24} {
		at, key := joined.AddDate(0, i, n%28), id("p", i)
		plan, err := account.Credit(ledger.Lot{ID: id("l", i), Points: 50, ActiveFrom: at, EarnedAt: at, ExpiresAt: at.AddDate(0, months, 0), Kind: ledger.KindBonus}, ledger.ContraEarn)
		if err != nil {
			b.Fatal(err)
		}
		account = account.Apply(plan)
		h.Postings = append(h.Postings, storage.Booked{Plan: plan, Posting: engine.Posting{ID: key, ProgramID: program, Kind: ledger.KindBonus, Key: key, Hash: key, MemberID: m.ID,
			AccountID: m.AccountID, Version: 1, Points: 50, Earned: 50, Balance: money.Points(50 * (i + 1)), Answer: []byte(`{}`), OccurredAt: at, RecordedAt: at}})
	}
	return h
}

// BenchmarkExpireDue measures a run that ends points of many accounts, in a program of their own in one database that grows.
func BenchmarkExpireDue(b *testing.B) {
	accounts := expiring
	if s := os.Getenv("KARTKA_ACCOUNTS"); s != "" {
		var err error
		if accounts, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) {
			s := storagetest.Open(b, backend.url(b))
			e := engine.New(engine.Config{Store: s})
			b.ReportAllocs()
			done := 0
			for b.Loop() {
				b.StopTimer()
				program := loadLeaving(b, s, fmt.Sprint("p", done), accounts)
				b.StartTimer()
				sum, err := e.ExpireDue(b.Context(), program, now, nil)
				if err != nil || sum != (engine.Expired{Accounts: accounts, Points: money.Points(accounts * 100)}) {
					b.Fatal(sum, err)
				}
				done++
			}
			b.ReportMetric(float64(done*accounts)/b.Elapsed().Seconds(), "accounts/s")
		})
	}
}

// loadLeaving fills a new program with members whose points have ended, and a bot to tell them.
func loadLeaving(b *testing.B, s *storage.Store, id string, members int) string {
	b.Helper()
	program := storagetest.Program(b, id)
	err := s.InTx(b.Context(), func(tx engine.Tx) error {
		if err := tx.InsertProgram(b.Context(), program); err != nil {
			return err
		}
		return tx.PutBot(b.Context(), engine.Bot{ProgramID: id, Channel: "telegram", Sender: "bot of " + id, Token: "t"})
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := s.NewLoader(b.Context(), id, "")
	if err != nil {
		b.Fatal(err)
	}
	for n := range members {
		if err := l.Add(leaving(b, id, n)); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Load(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	return id
}
