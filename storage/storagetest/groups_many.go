package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// testMeanwhile has another process write the key and the receipt between the moment at which a group was read and that at which it is written.
func testMeanwhile(t *testing.T, url func(testing.TB) string) {
	address := url(t)
	s := newShop(t, openStore(t, address, storage.Options{Sealer: Sealer(t), Groups: 1}))
	s.staffed(2)
	if s.Dialect() == sqldb.SQLite {
		return // it has one writer: nobody comes between
	}
	other := Open(t, address)
	meanwhile := false
	gate := &Gate{Store: s.Store}
	errs := make([]error, 3)
	work := func(i int, run func(tx engine.Tx) error) func(context.Context) {
		w := s.work(s.at(1+i%2), run)
		w.Keys, w.Receipt = []string{"key"}, engine.Receipt{LocationID: "l1", Till: "till-1", Business: "2026-03-14", No: "receipt"}
		return func(ctx context.Context) { errs[i] = gate.InGroup(ctx, w) }
	}
	posting := engine.Posting{ID: "theirs", ProgramID: s.program.ID, Kind: ledger.KindCoupon, Key: "key", OccurredAt: epoch, RecordedAt: epoch}
	_, alone := gate.Together(t.Context(), work(0, func(tx engine.Tx) error {
		if !meanwhile {
			meanwhile = true
			err := other.InTx(t.Context(), func(tx engine.Tx) error {
				return errors.Join(tx.InsertPosting(t.Context(), posting, ledger.Plan{}), s.sell(tx, s.sale(engine.Member{}, "receipt", epoch)))
			})
			if err != nil {
				t.Error(err)
			}
		}
		return s.everything(tx, s.at(1), "mine")
	}), work(1, func(tx engine.Tx) error {
		if _, err := tx.PostingByKey(t.Context(), s.program.ID, "key"); err == nil {
			return errSorry // as whoever comes second finds it
		}
		p := posting
		p.ID = "ours"
		return tx.InsertPosting(t.Context(), p, ledger.Plan{})
	}), work(2, func(tx engine.Tx) error {
		sale := s.sale(s.at(1), "receipt", epoch)
		sale.ID = "sale-ours"
		return s.sell(tx, sale)
	}))
	wantAlone(t, alone) // what is written again sees it
	if errs[0] != nil || !errors.Is(errs[1], errSorry) || !engine.IsKind(errs[2], engine.KindTaken) {
		t.Errorf("answers: %v", errs)
	}
	equal(t, "whose posting it is", must(s.PostingByKey(t.Context(), s.program.ID, "key"))(t).ID, "theirs")
	s.clean()
}

// testGroupsOfPrograms writes works of three programs, in which everything is called the same, as one group.
func testGroupsOfPrograms(t *testing.T, url func(testing.TB) string) {
	store := openStore(t, url(t), storage.Options{Sealer: Sealer(t), Groups: 1})
	var shops []*shop
	for range 3 {
		s := newShop(t, store)
		s.staffed(2)
		shops = append(shops, s)
	}
	gate := &Gate{Store: store}
	errs := make([]error, 12)
	var calls []func(context.Context)
	for i := range errs {
		s := shops[i%3]
		key, fail := fmt.Sprint("key-", i/3), error(nil)
		if i == 4 || i == 10 {
			fail = errSorry
		}
		w := s.work(s.at(1+i/3%2), func(tx engine.Tx) error { return errors.Join(s.everything(tx, s.at(1+i/3%2), key), fail) })
		w.Keys = []string{key + "-earn", key + "-spend"}
		calls = append(calls, func(ctx context.Context) { errs[i] = gate.InGroup(ctx, w) })
	}
	_, alone := gate.Together(t.Context(), calls...)
	wantAlone(t, alone)
	for i, err := range errs {
		if (err != nil) != (i == 4 || i == 10) {
			t.Errorf("work %d: %v", i, err)
		}
	}
	for i, s := range shops {
		want := money.Points(2*(100+40+7) - 2*7 + 4*(30-100))
		if i == 1 {
			want += 7 - 2*(30-100) // the work that fails would have written off what has ended
		}
		if sum := s.clean(); sum.Balance != want {
			t.Errorf("shop %d holds %d, not %d", i, sum.Balance, want)
		}
	}
}

// testGoneCaller has the callers of a group go while it is being written.
func testGoneCaller(t *testing.T, url func(testing.TB) string) {
	s := newShop(t, openStore(t, url(t), storage.Options{Sealer: Sealer(t), Groups: 1}))
	s.staffed(3)
	gate := &Gate{Store: s.Store}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs := make([]error, 3)
	var calls []func(context.Context)
	for i := range errs {
		calls = append(calls, func(in context.Context) {
			if i < 2 {
				mine, stop := context.WithCancel(in)
				defer stop()
				defer context.AfterFunc(ctx, stop)()
				in = mine
			}
			errs[i] = gate.InGroup(in, s.work(s.at(1+i), func(tx engine.Tx) error {
				if i == 1 {
					cancel() // the leader's caller goes, and so does this one's
				}
				shop := *s
				shop.ctx = in
				return shop.everything(tx, s.at(1+i), fmt.Sprint("key-", i))
			}))
		})
	}
	_, alone := gate.Together(t.Context(), calls...)
	wantAlone(t, alone)
	if err := errors.Join(errs...); err != nil {
		t.Errorf("a work whose turn had come: %v", err)
	}
	if sum := s.clean(); sum.Sales != 3 {
		t.Errorf("%d of 3 works were written", sum.Sales)
	}
}

// testTwoProcesses has two stores on one database write the same keys, receipts and accounts at once.
func testTwoProcesses(t *testing.T, url func(testing.TB) string) {
	address := url(t)
	s := newShop(t, Open(t, address))
	s.staffed(4)
	stores := []*storage.Store{s.Store, Open(t, address)}
	const callers, keys = 40, 60
	var written, answered atomic.Int64
	errs := together(callers, func(caller int) error {
		store := stores[caller%2]
		for n := range keys {
			key := fmt.Sprint("key-", (n+caller*7)%keys)
			m := s.at(1 + (n+caller*7)%keys%4)
			fresh := false
			work := s.work(m, func(tx engine.Tx) error {
				fresh = false
				if _, err := tx.PostingByKey(s.ctx, s.program.ID, key); !engine.IsKind(err, engine.KindNotFound) {
					return err
				}
				fresh = true
				sale := s.sale(m, key, epoch)
				return errors.Join(s.earnIn(tx, m, key, 1, time.Time{}), s.sell(tx, sale), tx.AddUses(s.ctx, s.program.ID, m.ID, []rules.Use{{Counter: rules.Counter{Of: "all", All: true}, Times: 1}}),
					tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 1, 1, epoch)))
			})
			if caller%3 == 0 {
				work.MemberIDs = nil // it locks nobody: a transaction of its own
			}
			work.Keys, work.Receipt = []string{key}, engine.Receipt{LocationID: "l1", Till: "till-1", Business: "2026-03-14", No: key}
			err := store.InGroup(t.Context(), work)
			if engine.IsKind(err, engine.KindTaken) {
				err = store.InGroup(t.Context(), work)
			}
			if err != nil {
				return err
			}
			if answered.Add(1); fresh {
				written.Add(1)
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if written.Load() != keys || answered.Load() != callers*keys {
		t.Errorf("%d of %d keys were written, %d of %d calls answered", written.Load(), keys, answered.Load(), callers*keys)
	}
	if sum := s.clean(); sum.Sales != keys || sum.Balance != 4*(100+40+7)+keys {
		t.Errorf("the books: %+v", sum)
	}
	equal(t, "the counter", must(s.Uses(t.Context(), s.program.ID, []rules.Counter{{Of: "all"}}))(t), []rules.Use{{Counter: rules.Counter{Of: "all", All: true}, Times: keys}})
}

// testFewConnections has five hundred callers share two connections beside those of the groups: nobody may wait for a connection while holding
// what the owner of one waits for.
func testFewConnections(t *testing.T, url func(testing.TB) string) {
	s := newShop(t, openStore(t, url(t), storage.Options{Sealer: Sealer(t), MaxConns: 2}))
	const accounts, callers, each = 50, 500, 4
	s.staffed(accounts)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a deadlock fails the test instead of stopping it
	defer cancel()
	var alone atomic.Int64
	errs := together(callers, func(caller int) error {
		for n := range each {
			m, other := s.at(1+(caller+n)%accounts), s.at(1+(caller*3+n)%accounts)
			key := fmt.Sprint(caller, "-", n)
			err := s.InGroup(ctx, s.work(m, func(tx engine.Tx) error {
				if !inUnit(tx) {
					alone.Add(1)
				}
				if caller%5 == 0 && n%2 == 0 && other.ID != m.ID { // of the other one nothing was said
					if _, err := tx.LockAccounts(ctx, s.program.ID, m.AccountID, other.AccountID); err != nil {
						return err
					}
				}
				err := errors.Join(s.earnIn(tx, m, key, 3, time.Time{}), s.spendIn(tx, m, key+"-spend", 1, false),
					tx.AddUses(ctx, s.program.ID, m.ID, []rules.Use{{Counter: rules.Counter{Of: "all", All: true}, Times: 1}}))
				if err == nil && caller%7 == 0 && n == 0 { // what it has just written is not there to be read
					_, err = tx.History(ctx, s.program.ID, m.AccountID, "", 1)
				}
				return err
			}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := alone.Load(); n < callers/7 {
		t.Errorf("%d works had a transaction of their own", n)
	}
	if sum := s.clean(); sum.Balance != accounts*(100+40+7)+callers*each*2 {
		t.Errorf("the books: %+v", sum)
	}
	equal(t, "the counter", must(s.Uses(t.Context(), s.program.ID, []rules.Counter{{Of: "all"}}))(t), []rules.Use{{Counter: rules.Counter{Of: "all", All: true}, Times: callers * each}})
}
