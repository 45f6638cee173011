package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"
)

// At the demo's coffee shop, with all its mechanics, no ordinary check needs a transaction of its own: guests who buy, spend points, come
// without a card, and tills that ask twice.
func TestChecksAreWrittenTogether(t *testing.T) {
	file, err := os.ReadFile("../cmd/kartka/seed_cafe.json")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := rules.ParseSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	gate := storagetest.NewGate(t, storagetest.SQLite(t))
	w := &world{store: gate.Store, now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	w.engine = engine.New(engine.Config{Store: gate, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10000)}, Now: func() time.Time { return w.now }})
	p := w.newProgram(t, settings)
	w.attach(t, p)
	owner, _ := w.hire(t, p, "8000", engine.RoleOwner)
	const guests, rounds, calls = 40, 40, 30
	var members []engine.Member
	for i := range guests {
		members = append(members, w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, fmt.Sprint("7000", i)).ID}))
	}
	random := rand.New(rand.NewPCG(2026, 3))
	var total, spent, apart, failed int
	var before engine.PostInput
	for round := range rounds {
		acts := make([]func(context.Context), calls)
		errs := make([]error, calls)
		for i := range acts {
			in := engine.PostInput{Key: fmt.Sprint("key-", round, "-", i), Sale: engine.SaleInput{ProgramID: p.ID, MemberID: members[random.IntN(guests)].ID, StaffID: owner.ID, Till: "1", Source: "till",
				Lines: []rules.Line{{Category: "кава", Quantity: 1000, Net: money.Amount(6000 + random.IntN(9000))}, {Category: "випічка", Quantity: 2000, Net: money.Amount(random.IntN(20000))}}}}
			switch random.IntN(10) {
			case 0:
				in.Sale.MemberID = ""
			case 1:
				if before.Key != "" {
					in = before
				}
			case 2, 3, 4:
				quote, err := w.engine.Quote(t.Context(), in.Sale)
				if err != nil {
					t.Fatal(err)
				}
				if in.Sale.Redeem = min(quote.RedeemLimit, money.Points(1+random.IntN(20))); in.Sale.Redeem > 0 {
					spent++
				}
			}
			before = in
			acts[i] = func(ctx context.Context) { _, errs[i] = w.engine.Post(ctx, in) }
		}
		_, alone := gate.Together(t.Context(), acts...)
		total, apart = total+calls, apart+len(alone)
		for _, err := range errs {
			if err == nil {
				continue
			}
			if failed++; !engine.IsKind(err, engine.KindInsufficient) && !engine.IsKind(err, engine.KindLimit) { // two spend the same points
				t.Error(err)
			}
		}
		w.now = w.now.Add(time.Duration(1+random.IntN(9)) * time.Hour)
	}
	w.verify(t, p)
	t.Logf("%d checks, %d spending, %d refused, %d apart", total, spent, failed, apart)
	if apart > 0 {
		t.Errorf("%d of %d checks had a transaction of their own", apart, total)
	}
	if spent < total/10 || failed > total/10 {
		t.Errorf("of %d checks %d spent points and %d were refused: that is no ordinary day", total, spent, failed)
	}
}
