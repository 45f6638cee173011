package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
)

// together runs fn n times at once and returns the errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// winners counts the calls that succeeded; every other one must have failed with the kind.
func winners(t testing.TB, errs []error, kind engine.Kind) (n int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			n++
		case !engine.IsKind(err, kind):
			t.Errorf("a loser failed otherwise: %v", err)
		}
	}
	return n
}

func testRaces(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)

	t.Run("forty burns", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		s.credit(m, 100, time.Time{})
		s.credit(m, 105, epoch.Add(time.Hour))
		errs := together(40, func(i int) error {
			err := s.InTx(s.ctx, func(tx engine.Tx) error { return s.burnIn(tx, m, 10, fmt.Sprintf("burn-%d", i), epoch) })
			if errors.Is(err, ledger.ErrInsufficient) {
				return &engine.Error{Kind: engine.KindInsufficient}
			}
			return err
		})
		if n := winners(t, errs, engine.KindInsufficient); n != 20 {
			t.Errorf("%d burns of 10 out of 205 succeeded", n)
		}
		if a := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t); a.Balance() != 5 {
			t.Errorf("balance %d", a.Balance())
		}
		s.clean()
	})

	t.Run("one key", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		s.credit(m, 1000, time.Time{})
		errs := together(20, func(int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error { return s.burnIn(tx, m, 10, "the key", epoch) })
		})
		if n := winners(t, errs, engine.KindTaken); n != 1 {
			t.Errorf("%d postings with one key", n)
		}
		// Without an account to lock, the key alone decides.
		errs = together(20, func(int) error {
			p := engine.Posting{ID: s.id("posting"), ProgramID: s.program.ID, Kind: ledger.KindSale, Key: "no card", OccurredAt: epoch, RecordedAt: epoch}
			return s.InTx(s.ctx, func(tx engine.Tx) error { return tx.InsertPosting(s.ctx, p, ledger.Plan{}) })
		})
		if n := winners(t, errs, engine.KindTaken); n != 1 {
			t.Errorf("%d postings without an account with one key", n)
		}
		s.clean()
	})

	t.Run("one receipt", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		errs := together(20, func(int) error {
			sale := s.sale(m, "race", epoch)
			return s.InTx(s.ctx, func(tx engine.Tx) error { return s.sell(tx, sale) })
		})
		if n := winners(t, errs, engine.KindTaken); n != 1 {
			t.Errorf("%d sales with one receipt", n)
		}
	})

	t.Run("returns of one sale", func(t *testing.T) {
		s := s.on(t)
		sale := s.sale(engine.Member{}, "returns", epoch)
		s.tx(func(tx engine.Tx) error { return s.sell(tx, sale) })
		errs := together(10, func(int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error {
				sale, err := tx.Sale(s.ctx, s.program.ID, sale.ID)
				if err != nil {
					return err
				}
				sale.ReturnedTotal += 100
				sale.Lines[0].ReturnedNet += 100
				return tx.UpdateSaleReturned(s.ctx, sale)
			})
		})
		if n := winners(t, errs, engine.KindConflict); n != 10 {
			t.Errorf("%d returns", n)
		}
		if got := must(s.Sale(s.ctx, s.program.ID, sale.ID))(t).ReturnedTotal; got != 1000 {
			t.Errorf("returned %d in all", got)
		}
		s.clean()
	})

	t.Run("two accounts", func(t *testing.T) {
		s := s.on(t)
		a, b := s.member(), s.member()
		errs := together(20, func(i int) error {
			first, second := a.AccountID, b.AccountID
			if i%2 == 1 {
				first, second = second, first
			}
			return s.InTx(s.ctx, func(tx engine.Tx) error {
				_, err := tx.LockAccounts(s.ctx, s.program.ID, first, second)
				return err
			})
		})
		if n := winners(t, errs, engine.KindConflict); n != 20 {
			t.Errorf("%d of 20 locked both accounts", n)
		}
	})

	t.Run("one contact", func(t *testing.T) {
		s := s.on(t)
		a := engine.Address{Channel: "telegram", Sender: "bot", UserID: "race"}
		var ids sync.Map
		errs := together(20, func(i int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error {
				c, err := tx.TouchContact(s.ctx, engine.Contact{ID: s.id("contact"), ProgramID: s.program.ID, Address: a, Name: fmt.Sprint(i), CreatedAt: epoch})
				if err == nil {
					ids.Store(c.ID, true)
				}
				return err
			})
		})
		if n := winners(t, errs, engine.KindConflict); n != 20 {
			t.Errorf("%d of 20 found the contact", n)
		}
		count := 0
		ids.Range(func(any, any) bool { count++; return true })
		if count != 1 {
			t.Errorf("%d contacts of one person", count)
		}
	})

	t.Run("one session", func(t *testing.T) {
		s := s.on(t)
		c := s.contact(engine.Address{Channel: "telegram", Sender: "bot", UserID: "session"})
		errs := together(20, func(i int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error { return tx.SaveSession(s.ctx, s.program.ID, c.ID, []byte(`{}`), 0) })
		})
		if n := winners(t, errs, engine.KindConflict); n != 1 {
			t.Errorf("%d saved the same version", n)
		}
		errs = together(20, func(i int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error { return tx.SaveSlot(s.ctx, s.program.ID, c.ID, fmt.Sprint(i), "ref") })
		})
		if n := winners(t, errs, engine.KindConflict); n != 20 {
			t.Errorf("%d of 20 saved a slot", n)
		}
		if got := must(s.Contact(s.ctx, s.program.ID, c.ID))(t); len(got.Slots) != 20 {
			t.Errorf("%d of 20 slots are kept", len(got.Slots))
		}
	})

	t.Run("one invite", func(t *testing.T) {
		s := s.on(t)
		s.tx(func(tx engine.Tx) error {
			return tx.InsertInvite(s.ctx, engine.Invite{ID: "i", ProgramID: s.program.ID, TokenHash: "h", Role: engine.RoleCashier, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)})
		})
		errs := together(20, func(i int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error { return tx.UseInvite(s.ctx, s.program.ID, "i", fmt.Sprint("s", i), epoch) })
		})
		if n := winners(t, errs, engine.KindExpired); n != 1 {
			t.Errorf("%d used the invite", n)
		}
	})

	t.Run("one hold", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		h := engine.Hold{Hold: ledger.Hold{ID: "h", Points: 1, CreatedAt: epoch, ExpiresAt: epoch}, ProgramID: s.program.ID, MemberID: m.ID, AccountID: m.AccountID,
			State: engine.HoldHeld, Key: "k"}
		s.tx(func(tx engine.Tx) error { return tx.InsertHold(s.ctx, h) })
		states := []engine.HoldState{engine.HoldCommitted, engine.HoldReleased, engine.HoldDenied, engine.HoldExpired}
		errs := together(20, func(i int) error {
			return s.InTx(s.ctx, func(tx engine.Tx) error {
				return tx.SetHoldState(s.ctx, s.program.ID, "h", states[i%4], engine.HoldHeld)
			})
		})
		if n := winners(t, errs, engine.KindConflict); n != 1 {
			t.Errorf("the hold ended %d times", n)
		}
	})

	t.Run("one delivery", func(t *testing.T) {
		s := s.on(t)
		a := s.bot()
		var accepted atomic.Int64
		for _, err := range together(20, func(i int) error {
			ids, err := s.Accept(s.ctx, []engine.Inbound{s.delivery(a, "same", 1), s.delivery(a, fmt.Sprint("own-", i), 2)})
			accepted.Add(int64(len(ids)))
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if accepted.Load() != 21 {
			t.Errorf("%d deliveries were new", accepted.Load())
		}
	})

	t.Run("one lease", func(t *testing.T) {
		s := s.on(t)
		var held atomic.Int64
		for _, err := range together(20, func(i int) error {
			_, ok, err := s.AcquireLease(s.ctx, "race", fmt.Sprint(i), epoch, time.Minute)
			if ok {
				held.Add(1)
			}
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if held.Load() != 1 {
			t.Errorf("%d hold the lease", held.Load())
		}
	})

	t.Run("eight senders", func(t *testing.T) { testSenders(queue{shop: newShop(t, s.Store)}) })

	t.Run("reading while writing", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		ctx, stop := context.WithCancel(s.ctx)
		var reader sync.WaitGroup
		reader.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.Verify(s.ctx, s.program.ID, nil, func(a engine.Audited) { t.Errorf("during load: %+v", a) }); err != nil {
					t.Error(err)
				}
			}
		})
		errs := together(4, func(i int) error {
			for n := range 15 {
				if err := s.InTx(s.ctx, func(tx engine.Tx) error { _, err := s.creditIn(tx, m, 10, time.Time{}); return err }); err != nil {
					return fmt.Errorf("credit %d of %d: %w", n, i, err)
				}
			}
			return nil
		})
		stop()
		reader.Wait()
		if n := winners(t, errs, engine.KindConflict); n != 4 {
			t.Errorf("%d of 4 writers came through", n)
		}
	})
}

// testSenders has eight senders claim and settle at once: no message twice, and each person's in order.
func testSenders(q queue) {
	t := q.TB
	q.a = q.bot()
	const people, each = 10, 12
	for p := range people {
		c := q.person(fmt.Sprint(p))
		for n := range each {
			q.enqueue(q.message(c, fmt.Sprintf("%d/%02d", p, n), time.Duration(n)*time.Second))
		}
	}
	var mu sync.Mutex
	var total int
	sent := map[string][]string{}
	for _, err := range together(8, func(int) error {
		for range 100_000 {
			mu.Lock()
			done := total == people*each
			mu.Unlock()
			if done {
				return nil
			}
			claimed, err := q.ClaimOutbound(q.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneInteractive, epoch, 1, 3)
			if err != nil {
				return err
			}
			for _, o := range claimed {
				mu.Lock()
				sent[o.Address.UserID] = append(sent[o.Address.UserID], o.Key)
				total++
				mu.Unlock()
				o.State = engine.OutboundSent
				if err := q.SettleOutbound(q.ctx, o, ""); err != nil {
					return err
				}
			}
		}
		return errors.New("some messages are never to be had")
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	for p := range people {
		var want []string
		for n := range each {
			want = append(want, fmt.Sprintf("%d/%02d", p, n))
		}
		equal(t, "messages of a person", sent[fmt.Sprint(p)], want)
	}
}
