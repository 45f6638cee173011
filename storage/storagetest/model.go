package storagetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// testModel runs random operations on the store and on plain values, and compares accounts after each.
func testModel(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	const seed = 20260314
	random := rand.New(rand.NewPCG(seed, 1))
	members := []engine.Member{s.member(), s.member(), s.member()}
	model := map[string]ledger.Account{}
	for _, m := range members {
		model[m.ID] = ledger.Account{ID: m.AccountID}
	}
	now := epoch
	for step := range 250 {
		m := members[random.IntN(len(members))]
		now = now.Add(time.Duration(random.IntN(3600)) * time.Second)
		amount := money.Points(random.IntN(200) + 1)
		account := model[m.ID]
		var plan ledger.Plan
		var err error
		what := ""
		switch random.IntN(6) {
		case 0, 1:
			what = "credit"
			lot := ledger.Lot{ID: s.id("lot"), Points: amount, ActiveFrom: now.Add(time.Duration(random.IntN(2)) * time.Hour), EarnedAt: now, Kind: ledger.KindEarn}
			if random.IntN(3) > 0 {
				lot.ExpiresAt = now.Add(time.Duration(random.IntN(72)) * time.Hour)
			}
			plan, err = account.Credit(lot, ledger.ContraEarn)
		case 2:
			what = "burn"
			plan, err = account.Burn(amount, now)
		case 3:
			what = "overdraw"
			plan, err = account.Overdraw(amount, now)
		case 4:
			what = "expire"
			plan = account.Expire(now)
		case 5:
			what = "forfeit"
			if random.IntN(5) == 0 {
				plan = account.Forfeit()
			}
		}
		if err == ledger.ErrInsufficient || plan.Empty() {
			continue
		}
		if err != nil {
			t.Fatalf("step %d, %s: %v", step, what, err)
		}
		s.tx(func(tx engine.Tx) error {
			locked, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("step %d, %s, before", step, what), locked[0], sorted(account))
			return tx.InsertPosting(s.ctx, s.posting(m, ledger.KindAdjust, fmt.Sprintf("step-%d", step), &account, plan), plan)
		})
		account = account.Apply(plan)
		model[m.ID] = account
		equal(t, fmt.Sprintf("step %d, %s, after", step, what), must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), sorted(account))
	}
	var total money.Points
	for _, a := range model {
		total += a.Balance()
	}
	if sum := s.clean(); sum.Balance != total || sum.Accounts != len(members) || sum.Postings < 100 {
		t.Errorf("verification saw %+v, the model holds %d", sum, total)
	}
}
