package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

func testDue(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	day := 24 * time.Hour
	var members []engine.Member
	for range 6 {
		members = append(members, s.member())
	}
	blocked, gone := members[4], members[5]
	for i, m := range members {
		tier := rules.TierState{ID: "gold", Since: epoch, Until: epoch.Add(time.Duration(i%4) * day)}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 1, 1, epoch.Add(time.Duration(i%4)*day))), tx.SetTier(s.ctx, s.program.ID, m.ID, tier))
		})
	}
	forever, none, never := s.member(), s.member(), s.member() // never came
	blocked.State = engine.MemberBlocked
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.SetTier(s.ctx, s.program.ID, forever.ID, rules.TierState{ID: "gold", Since: epoch}),
			tx.SetTier(s.ctx, s.program.ID, none.ID, rules.TierState{}), tx.SetTags(s.ctx, s.program.ID, never.ID, []string{"new"}),
			tx.UpdateMember(s.ctx, blocked), tx.EraseMember(s.ctx, s.program.ID, gone.ID, epoch))
	})
	ids := func(from, to int) (out []string) {
		for _, m := range members[from:to] {
			out = append(out, m.ID)
		}
		return out
	}

	t.Run("away", func(t *testing.T) {
		away := func(from, before time.Time, after string, limit int) []string {
			return must(s.MembersAway(s.ctx, s.program.ID, from, before, after, limit))(t)
		}
		equal(t, "away", away(epoch, epoch.Add(3*day), "", 9), ids(0, 3))
		equal(t, "away long", away(time.Time{}, epoch, "", 9), []string(nil))
		equal(t, "some", away(epoch.Add(time.Microsecond), epoch.Add(2*day), "", 9), ids(1, 2))
		equal(t, "first page", away(epoch, epoch.Add(9*day), "", 3), ids(0, 3))
		equal(t, "second page", away(epoch, epoch.Add(9*day), members[2].ID, 3), ids(3, 4))
	})

	t.Run("tiers", func(t *testing.T) {
		due := func(by time.Time, after string, limit int) []string {
			return must(s.MembersWithTierDue(s.ctx, s.program.ID, by, after, limit))(t)
		}
		equal(t, "due", due(epoch.Add(2*day), "", 9), append(ids(0, 3), blocked.ID))
		equal(t, "first page", due(epoch.Add(2*day), "", 2), ids(0, 2))
		equal(t, "second page", due(epoch.Add(2*day), members[1].ID, 1), ids(2, 3))
		equal(t, "too early", due(epoch.Add(-time.Microsecond), "", 9), []string(nil))
	})

	t.Run("lots", func(t *testing.T) {
		s := newShop(t, s.Store)
		var accounts []string
		for i := range 4 {
			m := s.member()
			accounts = append(accounts, m.AccountID)
			for range 2 {
				s.tx(func(tx engine.Tx) error {
					account := must(tx.Account(s.ctx, s.program.ID, m.AccountID))(t)
					plan, err := account.Credit(ledger.Lot{ID: s.id("lot"), Points: 10, EarnedAt: epoch, ActiveFrom: epoch.Add(time.Duration(i) * day),
						ExpiresAt: epoch.Add(time.Duration(i+10) * day), Kind: ledger.KindEarn}, ledger.ContraEarn)
					if err != nil {
						return err
					}
					return tx.InsertPosting(s.ctx, s.posting(m, ledger.KindEarn, s.id("key"), &account, plan), plan)
				})
			}
		}
		lots := func(activating bool, from, to time.Time, after string, limit int) []string {
			return must(s.AccountsWithLots(s.ctx, s.program.ID, activating, from, to, after, limit))(t)
		}
		before := epoch.Add(-day)
		equal(t, "activating", lots(true, before, epoch.Add(2*day), "", 9), accounts[1:3]) // the first could be spent at once
		equal(t, "activating later", lots(true, epoch.Add(day), epoch.Add(3*day), "", 9), accounts[2:])
		equal(t, "first page", lots(true, before, epoch.Add(9*day), "", 2), accounts[1:3])
		equal(t, "second page", lots(true, before, epoch.Add(9*day), accounts[2], 2), accounts[3:])
		equal(t, "ending", lots(false, before, epoch.Add(11*day), "", 9), accounts[:2])
		equal(t, "ending later", lots(false, epoch.Add(10*day), epoch.Add(12*day), "", 9), accounts[1:3])
		equal(t, "ending, first page", lots(false, before, epoch.Add(90*day), "", 3), accounts[:3])
		equal(t, "ending, second page", lots(false, before, epoch.Add(90*day), accounts[2], 3), accounts[3:])
		s.exec("UPDATE lot SET remaining = 0 WHERE program_id = $1 AND account_id = $2", s.program.ID, accounts[1])
		equal(t, "activating, unspent", lots(true, before, epoch.Add(2*day), "", 9), accounts[2:3])
		equal(t, "ending, unspent", lots(false, before, epoch.Add(11*day), "", 9), accounts[:1])
	})
}
