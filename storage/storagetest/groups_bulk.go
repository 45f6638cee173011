package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/storage"
)

// testManyOfOneCaller has one caller bring more works than a group holds, some of which fail, need a transaction of their own, or cannot even
// be looked up.
func testManyOfOneCaller(t *testing.T, url func(testing.TB) string) {
	address := url(t)
	s := newShop(t, Open(t, address))
	const accounts, works = 20, 700
	s.staffed(accounts)
	all := make([]engine.Work, works)
	order := make([][]int, accounts) // of the works on each account, as they were done
	for i := range all {
		m, key := s.at(1+i%accounts), fmt.Sprint("key-", i)
		all[i] = s.work(m, func(tx engine.Tx) error {
			order[i%accounts] = append(slices.DeleteFunc(order[i%accounts], func(o int) bool { return o == i }), i)
			if i%50 == 7 { // what it has just written is not there to be read in a group
				if err := s.earnIn(tx, m, key+"-before", 1, time.Time{}); err != nil {
					return err
				}
				if _, err := tx.History(s.ctx, s.program.ID, m.AccountID, "", 1); err != nil {
					return err
				}
			}
			err := s.earnIn(tx, m, key, 2, time.Time{})
			if i%50 == 9 {
				err = errors.Join(err, errSorry)
			}
			return err
		})
		all[i].Keys = []string{key}
		if i == 100 {
			all[i].Keys = []string{"a\x00b"}
		}
	}
	errs := s.InGroups(t.Context(), all)
	for i, err := range errs {
		if (i%50 == 9) != errors.Is(err, errSorry) || i%50 != 9 && err != nil {
			t.Errorf("work %d: %v", i, err)
		}
	}
	for account, done := range order {
		done = slices.DeleteFunc(done, func(i int) bool { return i%50 == 7 || i == 100 }) // they come last
		if !slices.IsSorted(done) {
			t.Errorf("on account %d the order was %v", account, done)
		}
	}
	if sum := s.clean(); sum.Balance != accounts*(100+40+7)+2*(works-works/50)+works/50 {
		t.Errorf("the books: %+v", sum)
	}
	if errs := s.InGroups(t.Context(), nil); len(errs) != 0 {
		t.Errorf("nothing is answered %v", errs)
	}

	t.Run("a panic", func(t *testing.T) {
		defer func() {
			if p := recover(); p != "no more" {
				t.Errorf("the caller gets %v", p)
			}
			if _, err := s.PostingByKey(t.Context(), s.program.ID, "beside"); err != nil {
				t.Errorf("the neighbour: %v", err)
			}
		}()
		s.InGroups(t.Context(), []engine.Work{s.work(s.at(1), func(engine.Tx) error { panic("no more") }), s.work(s.at(2), func(tx engine.Tx) error { return s.earnIn(tx, s.at(2), "beside", 1, time.Time{}) })})
	})

	t.Run("two processes", func(t *testing.T) {
		stores := []*storage.Store{s.Store, Open(t, address)}
		errs := together(8, func(caller int) error {
			var works []engine.Work
			for i := range 60 {
				n := (i + caller*7) % 60
				m, key := s.at(1+n%accounts), fmt.Sprint("shared-", n)
				work := s.work(m, func(tx engine.Tx) error {
					_, err := tx.PostingByKey(s.ctx, s.program.ID, key)
					if !engine.IsKind(err, engine.KindNotFound) {
						return err
					}
					return tx.InsertPosting(s.ctx, engine.Posting{ID: "of " + key, ProgramID: s.program.ID, Kind: ledger.KindCoupon, Key: key, OccurredAt: epoch, RecordedAt: epoch}, ledger.Plan{})
				})
				work.Keys = []string{key}
				works = append(works, work)
			}
			errs := stores[caller%2].InGroups(t.Context(), works)
			for i, err := range errs {
				if engine.IsKind(err, engine.KindTaken) { // the other one came between
					errs[i] = stores[caller%2].InGroup(t.Context(), works[i])
				}
			}
			return errors.Join(errs...)
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		s.clean()
	})
}
