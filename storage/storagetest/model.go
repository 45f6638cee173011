package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// testModel runs random operations on the store and on plain values, and compares accounts and what their members stand at after each.
func testModel(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	const seed = 20260314
	random := rand.New(rand.NewPCG(seed, 1))
	members := []engine.Member{s.member(), s.member(), s.member()}
	model := map[string]ledger.Account{}
	standings := map[string]rules.Standing{}
	for _, m := range members {
		model[m.ID] = ledger.Account{ID: m.AccountID}
		standings[m.ID] = rules.Standing{JoinedAt: m.JoinedAt}
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
		standing, stand := s.stand(random, m, standings[m.ID], now)
		s.tx(func(tx engine.Tx) error {
			locked, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("step %d, %s, before", step, what), locked[0], sorted(account))
			return errors.Join(stand(tx), tx.InsertPosting(s.ctx, s.posting(m, ledger.KindAdjust, fmt.Sprintf("step-%d", step), &account, plan), plan))
		})
		account = account.Apply(plan)
		model[m.ID], standings[m.ID] = account, standing
		equal(t, fmt.Sprintf("step %d, %s, standing after", step, what), s.standing(m, engine.StandingQuery{}), standing)
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

// stand picks what changes beside the points, and returns what the member stands at then.
func (s *shop) stand(random *rand.Rand, m engine.Member, before rules.Standing, now time.Time) (after rules.Standing, write func(engine.Tx) error) {
	after = before
	switch random.IntN(5) {
	case 0:
		at := now.Add(-time.Duration(random.IntN(100)) * time.Hour) // some tills report late
		a := s.activity(m, rules.DateOf(at, time.UTC), 1, money.Amount(random.IntN(1000)), money.Points(random.IntN(50)), at)
		if after.FirstVisit.IsZero() || at.Before(after.FirstVisit) {
			after.FirstVisit = at
		}
		if at.After(after.LastVisit) {
			after.LastVisit = at
		}
		after.Visits, after.Spent, after.Earned = after.Visits+1, after.Spent+a.Spent, after.Earned+a.Earned
		return after, func(tx engine.Tx) error { return tx.AddActivity(s.ctx, a) }
	case 1:
		a := s.activity(m, rules.DateOf(now, time.UTC), -1, -money.Amount(random.IntN(1000)), -money.Points(random.IntN(50)), time.Time{}) // a return
		a.Referrals = random.IntN(2)
		after.Visits, after.Spent, after.Earned, after.Referrals = after.Visits-1, after.Spent+a.Spent, after.Earned+a.Earned, after.Referrals+a.Referrals
		return after, func(tx engine.Tx) error { return tx.AddActivity(s.ctx, a) }
	case 2:
		after.Tier = rules.TierState{}
		if random.IntN(3) > 0 {
			after.Tier = rules.TierState{ID: "gold", Since: now, ByHand: random.IntN(2) == 0, Grace: random.IntN(2) == 0, Warned: random.IntN(2) == 0}
			if random.IntN(2) == 0 {
				after.Tier.Until = now.Add(time.Hour)
			}
		}
		return after, func(tx engine.Tx) error { return tx.SetTier(s.ctx, s.program.ID, m.ID, after.Tier) }
	case 3:
		after.Tags = []string{"vip", "ґ"}[:random.IntN(3)]
		return after, func(tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, m.ID, after.Tags) }
	}
	return after, func(engine.Tx) error { return nil }
}
