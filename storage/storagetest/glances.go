package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
)

// idents are all ways to find a member who writes from an address.
func idents(m engine.Member, a engine.Address) map[string]engine.Ident {
	return map[string]engine.Ident{
		"member": {MemberID: m.ID}, "account": {AccountID: m.AccountID}, "card": {Card: m.Card}, "token": {Token: m.Token}, "phone": {Phone: m.Phone}, "address": {Address: a},
	}
}

// seen is what a glance at a member must show, by what the account holds.
func (s *shop) seen(m engine.Member, at time.Time) engine.Glance {
	s.Helper()
	account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(s)
	standing := must(s.Standing(s.ctx, s.program.ID, m.ID, engine.StandingQuery{}))(s)
	return engine.Glance{MemberID: m.ID, AccountID: m.AccountID, Card: m.Card, State: m.State, Tier: standing.Tier.ID, Balance: engine.BalanceOf(&account, at)}
}

// glances checks that everything a member is found by shows the same.
func (s *shop) glances(what string, found engine.Member, a engine.Address, at time.Time, want engine.Glance, name string) {
	s.Helper()
	for by, ident := range idents(found, a) {
		equal(s, what+" by "+by, must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: ident}, at))(s), want)
		named := want
		named.Name = name
		equal(s, what+" by "+by+" with the name", must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: ident, Name: true}, at))(s), named)
	}
}

// hold keeps points of a member aside for some time from the epoch.
func (s *shop) hold(m engine.Member, points money.Points, long time.Duration) {
	s.Helper()
	id := s.id("hold")
	s.tx(func(tx engine.Tx) error {
		return tx.InsertHold(s.ctx, engine.Hold{Hold: ledger.Hold{ID: id, Points: points, CreatedAt: epoch, ExpiresAt: epoch.Add(long)}, ProgramID: s.program.ID,
			MemberID: m.ID, AccountID: m.AccountID, State: engine.HoldHeld, Key: id})
	})
}

// forgetLots makes the row of an account say nothing of its lots.
func (s *shop) forgetLots(m engine.Member) {
	s.Helper()
	s.exec(`UPDATE account SET known_until = $3 WHERE program_id = $1 AND id = $2`, s.program.ID, m.AccountID, time.Unix(0, 0).UTC())
}

func testGlances(t *testing.T, url func(testing.TB) string) {
	t.Run("by everything", func(t *testing.T) {
		s := openShop(t, url)
		a := s.bot()
		c, m := s.contact(a), s.member()
		s.tx(func(tx engine.Tx) error { return tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, "") })
		s.glances("an empty card", m, a, epoch, engine.Glance{MemberID: m.ID, AccountID: m.AccountID, Card: m.Card, State: engine.MemberActive}, m.Name)

		s.credit(m, 100, epoch.Add(time.Hour))
		s.credit(m, 50, time.Time{})
		s.credit(m, 7, epoch.Add(2*time.Hour))
		s.tx(func(tx engine.Tx) error {
			return tx.SetTier(s.ctx, s.program.ID, m.ID, rules.TierState{ID: "gold", Since: epoch})
		})
		s.hold(m, 30, time.Minute)
		s.hold(m, 4, 90*time.Minute)
		for round, what := range []string{"what is known, ", "when nothing is known, "} {
			if round == 1 {
				s.forgetLots(m)
			}
			s.glances(what+"at first", m, a, epoch, engine.Glance{MemberID: m.ID, AccountID: m.AccountID, Card: m.Card, State: engine.MemberActive, Tier: "gold",
				Balance: engine.Balance{Total: 157, Available: 123, Held: 34, Next: epoch.Add(time.Hour), NextPoints: 100}}, m.Name)
			for _, after := range []time.Duration{-time.Microsecond, time.Minute - time.Microsecond, time.Minute, time.Hour - time.Microsecond, time.Hour, time.Hour + 999*time.Nanosecond,
				90 * time.Minute, 2 * time.Hour, 1000 * time.Hour} {
				at := epoch.Add(after)
				want := s.seen(m, at.Truncate(time.Microsecond))
				s.glances(what+after.String(), m, a, at, want, m.Name)
				p := must(s.Person(s.ctx, s.program.ID, a, at))(t)
				equal(t, what+after.String()+" on the first screen", engine.BalanceOf(&p.Account, at.Truncate(time.Microsecond)), want.Balance)
			}
		}
	})

	t.Run("the row of the account is enough", func(t *testing.T) {
		s := openShop(t, url)
		a := s.bot()
		c, m := s.contact(a), s.member()
		s.tx(func(tx engine.Tx) error { return tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, "") })
		s.credit(m, 100, epoch.Add(time.Hour))
		s.exec(`UPDATE account SET known_active = 90, known_ended = 6, known_next = $3, known_next_points = 11, known_from = $4, known_until = $5 WHERE program_id = $1 AND id = $2`,
			s.program.ID, m.AccountID, epoch.Add(30*time.Minute), epoch, epoch.Add(time.Minute))
		says := engine.Balance{Total: 94, Available: 90, Pending: 4, Next: epoch.Add(30 * time.Minute), NextPoints: 11}
		lots := engine.Balance{Total: 100, Available: 100, Next: epoch.Add(time.Hour), NextPoints: 100}
		for at, want := range map[time.Time]engine.Balance{epoch: says, epoch.Add(time.Minute - time.Microsecond): says, epoch.Add(time.Minute): lots} {
			equal(t, at.String(), must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{Card: m.Card}}, at))(t).Balance, want)
			p := must(s.Person(s.ctx, s.program.ID, a, at))(t)
			equal(t, at.String()+" on the first screen", engine.BalanceOf(&p.Account, at), want)
		}
		s.exec(`UPDATE account SET known_from = $3, known_until = NULL WHERE program_id = $1 AND id = $2`, s.program.ID, m.AccountID, epoch.Add(time.Microsecond))
		equal(t, "before it holds", must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{Card: m.Card}}, epoch))(t).Balance, lots)
	})

	t.Run("debt and points to come", func(t *testing.T) {
		s := openShop(t, url)
		m, owing := s.member(), s.member()
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			lot := ledger.Lot{ID: s.id("lot"), Points: 60, ActiveFrom: epoch.Add(time.Hour), ExpiresAt: epoch.Add(3 * time.Hour), EarnedAt: epoch, Kind: ledger.KindEarn}
			plan, err := accounts[0].Credit(lot, ledger.ContraEarn)
			if err != nil {
				return err
			}
			return tx.InsertPosting(s.ctx, s.posting(m, ledger.KindEarn, s.id("key"), &accounts[0], plan), plan)
		})
		s.credit(owing, 25, time.Time{})
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, owing.AccountID)
			if err != nil {
				return err
			}
			plan, err := accounts[0].Overdraw(40, epoch)
			if err != nil {
				return err
			}
			return tx.InsertPosting(s.ctx, s.posting(owing, ledger.KindBurn, s.id("key"), &accounts[0], plan), plan)
		})
		look := func(m engine.Member, after time.Duration) engine.Balance {
			t.Helper()
			return must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{MemberID: m.ID}}, epoch.Add(after)))(t).Balance
		}
		ends := epoch.Add(3 * time.Hour)
		for range 2 {
			equal(t, "to come", look(m, 0), engine.Balance{Total: 60, Pending: 60, Next: ends, NextPoints: 60})
			equal(t, "come", look(m, time.Hour), engine.Balance{Total: 60, Available: 60, Next: ends, NextPoints: 60})
			equal(t, "gone", look(m, 3*time.Hour), engine.Balance{})
			equal(t, "owing", look(owing, 0), engine.Balance{Total: -15, Debt: 15})
			s.forgetLots(m)
			s.forgetLots(owing)
		}
	})

	t.Run("nobody", func(t *testing.T) {
		s := openShop(t, url)
		a := s.bot()
		s.contact(a) // of nobody yet
		other := newShop(t, s.Store)
		m, theirs := s.member(), other.member()
		theirAddress := other.bot()
		c := other.contact(theirAddress)
		other.tx(func(tx engine.Tx) error { return tx.LinkContact(other.ctx, other.program.ID, c.ID, theirs.ID, "") })
		theirs.Card, theirs.Token, theirs.Phone = "987654321", "their-token", "+380501112233"
		other.exec(`UPDATE member SET card = $3, token = $4 WHERE program_id = $1 AND id = $2`, other.program.ID, theirs.ID, theirs.Card, theirs.Token)
		other.tx(func(tx engine.Tx) error { return tx.UpdateMember(other.ctx, theirs) })
		other.glances("where they belong", theirs, theirAddress, epoch, other.seen(theirs, epoch), theirs.Name)
		unknown := engine.Member{ID: "x", AccountID: "x", Card: "x", Token: "x", Phone: "+380990000000"}
		for who, of := range map[string]map[string]engine.Ident{
			"unknown": idents(unknown, a), "another program's": idents(theirs, theirAddress), "nothing": idents(engine.Member{}, engine.Address{}),
			"another user": {"address": {Address: engine.Address{Channel: a.Channel, Sender: a.Sender, UserID: "200600"}}},
		} {
			for by, ident := range of {
				if g, err := s.Glance(s.ctx, s.program.ID, engine.Look{Ident: ident, Name: true}, epoch); !engine.IsKind(err, engine.KindNotFound) {
					t.Errorf("%s by %s: %+v, %v", who, by, g, err)
				}
			}
		}
		_, err := s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{Card: "1\x00"}}, epoch)
		s.wants(engine.KindInvalid, err)
		_, err = s.Glance(s.ctx, "nowhere", engine.Look{Ident: engine.Ident{MemberID: m.ID}}, epoch)
		s.wants(engine.KindNotFound, err)

		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) })
		gone := must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{MemberID: m.ID}, Name: true}, epoch))(t)
		equal(t, "who has left", gone, engine.Glance{MemberID: m.ID, AccountID: m.AccountID, State: engine.MemberErased})
		for _, ident := range []engine.Ident{{Card: m.Card}, {Token: m.Token}, {Phone: m.Phone}} {
			_, err := s.Glance(s.ctx, s.program.ID, engine.Look{Ident: ident}, epoch)
			s.wants(engine.KindNotFound, err)
		}
	})

	t.Run("the one kept", func(t *testing.T) {
		s := openShop(t, url)
		a := s.bot()
		c, kept, gone := s.contact(a), s.member(), s.member()
		kept.Name = "Катерина"
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.UpdateMember(s.ctx, kept), tx.LinkContact(s.ctx, s.program.ID, c.ID, gone.ID, ""))
		})
		s.credit(kept, 40, time.Time{})
		s.hold(kept, 15, time.Minute)
		r := s.merge(gone, kept)
		s.glances("who was merged", gone, a, epoch, s.seen(kept, epoch), kept.Name)
		s.forgetLots(kept)
		s.glances("who was merged", gone, a, epoch, s.seen(kept, epoch), kept.Name)
		s.unmerge(r)
		s.glances("who is another again", gone, a, epoch, s.seen(gone, epoch), gone.Name)
	})

	t.Run("a phone of several", func(t *testing.T) {
		s := openShop(t, url)
		first, second, third := s.member(), s.member(), s.member()
		share := func(proofs ...engine.Proof) engine.Glance {
			t.Helper()
			s.tx(func(tx engine.Tx) error {
				var all error
				for i, m := range []engine.Member{first, second, third} {
					m.Phone, m.Proof = "+380671234567", proofs[i]
					all = errors.Join(all, tx.UpdateMember(s.ctx, m))
				}
				return all
			})
			return must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{Phone: "+380671234567"}}, epoch))(t)
		}
		s.credit(first, 10, time.Time{})
		s.credit(second, 20, time.Time{})
		s.hold(second, 5, time.Minute)
		s.hold(second, 6, time.Minute)
		doubtful := s.seen(first, epoch)
		doubtful.Others = 2
		equal(t, "of whom none has proved it", share(engine.ProofTyped, engine.ProofTyped, engine.ProofTyped), doubtful)
		equal(t, "of whom one has proved it", share(engine.ProofTyped, engine.ProofOTP, engine.ProofTyped), s.seen(second, epoch))
		s.merge(third, first)
		doubtful.Others = 1
		equal(t, "of whom two are one", share(engine.ProofTyped, engine.ProofTyped, engine.ProofTyped), doubtful)
	})

	t.Run("in a transaction", func(t *testing.T) {
		s := openShop(t, url)
		m := s.member()
		s.credit(m, 10, time.Time{})
		look := engine.Look{Ident: engine.Ident{Card: m.Card}}
		s.tx(func(tx engine.Tx) error {
			if _, err := s.creditIn(tx, m, 5, time.Time{}); err != nil {
				return err
			}
			inside, err := tx.Glance(s.ctx, s.program.ID, look, epoch)
			if err == nil {
				equal(t, "inside", inside.Balance, engine.Balance{Total: 15, Available: 15})
			}
			return err
		})
		equal(t, "after it", must(s.Glance(s.ctx, s.program.ID, look, epoch))(t).Balance, engine.Balance{Total: 15, Available: 15})
	})

	t.Run("many at once", func(t *testing.T) { testManyGlances(t, url) })
	t.Run("while others write", func(t *testing.T) { testReadsGoOn(t, url) })
}

// Whoever asks together with others gets what is asked for, nothing else.
func testManyGlances(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	a := s.bot()
	type known struct {
		engine.Member
		at   engine.Address
		want engine.Glance
	}
	all := make([]known, 12)
	for i := range all {
		k := known{Member: s.member(), at: a}
		k.at.UserID = fmt.Sprint(700 + i)
		c := s.contact(k.at)
		s.tx(func(tx engine.Tx) error { return tx.LinkContact(s.ctx, s.program.ID, c.ID, k.ID, "") })
		s.credit(k.Member, money.Points(100+i), epoch.Add(time.Hour))
		if i%3 == 0 {
			s.hold(k.Member, money.Points(i+1), time.Hour)
		}
		if i%4 == 0 {
			s.forgetLots(k.Member)
		}
		all[i] = k
	}
	s.merge(all[10].Member, all[11].Member)
	for i := range all {
		all[i].want = s.seen(all[i].Member, epoch)
	}
	all[10].want = all[11].want
	var askers sync.WaitGroup
	for n := range 40 {
		askers.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			for range 25 {
				k, look, want := all[r.IntN(len(all))], engine.Look{Name: r.IntN(2) == 0}, engine.Glance{}
				want = k.want
				by := []string{"member", "account", "card", "token", "phone", "address"}[r.IntN(6)]
				look.Ident = idents(k.Member, k.at)[by]
				if look.Name {
					want.Name = k.Name
				}
				if r.IntN(10) == 0 {
					look.Ident = engine.Ident{Card: fmt.Sprint("no card ", n)}
				}
				got, err := s.Glance(s.ctx, s.program.ID, look, epoch)
				switch {
				case look.Card != "" && look.Card != k.Card:
					if !engine.IsKind(err, engine.KindNotFound) {
						t.Errorf("nobody is %+v, %v", got, err)
					}
				case err != nil || got != want:
					t.Errorf("by %s: %+v, %v, not %+v", by, got, err, want)
				}
			}
		})
	}
	askers.Wait()
}

// Members are found while a transaction writes, which has the only connection there is for that, and for whatever else is asked.
func testReadsGoOn(t *testing.T, url func(testing.TB) string) {
	at, _ := strings.CutPrefix(url(t), inGroups)
	s := newShop(t, openStore(t, at, storage.Options{Sealer: Sealer(t), MaxConns: 1, Groups: 1}))
	a := s.bot()
	c, m := s.contact(a), s.member()
	s.tx(func(tx engine.Tx) error { return tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, "") })
	s.credit(m, 10, time.Time{})
	before := s.seen(m, epoch)
	answered := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute) // else nobody would end the test
		defer cancel()
		for by, ident := range idents(m, a) {
			equal(t, "by "+by, must(s.Glance(ctx, s.program.ID, engine.Look{Ident: ident}, epoch))(t), before)
		}
		if p := must(s.Person(ctx, s.program.ID, a, epoch))(t); p.Account.Balance() != 10 {
			t.Errorf("the first screen shows %d", p.Account.Balance())
		}
		equal(t, "member", must(s.Member(ctx, s.program.ID, m.ID))(t), m)
		equal(t, "by card", must(s.MemberByCard(ctx, s.program.ID, m.Card))(t), m)
		equal(t, "by token", must(s.MemberByToken(ctx, s.program.ID, m.Token))(t), m)
		equal(t, "by phone", must(s.MembersByPhone(ctx, s.program.ID, m.Phone))(t), []engine.Member{m})
		if account := must(s.Account(ctx, s.program.ID, m.AccountID))(t); account.Balance() != 10 {
			t.Errorf("the account has %d", account.Balance())
		}
	}
	s.tx(func(tx engine.Tx) error {
		_, err := s.creditIn(tx, m, 5, time.Time{})
		answered()
		return err
	})
	before = s.seen(m, epoch)
	equal(t, "afterwards", before.Balance, engine.Balance{Total: 15, Available: 15})
}
