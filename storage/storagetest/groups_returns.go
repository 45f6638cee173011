package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// testReturnsInGroups has works of a group correct sales that are as they were made and sales that have been corrected before, give points back to
// lots that the works before have emptied, and look at what has become of it all.
func testReturnsInGroups(t *testing.T, both homes) {
	w := both.twins(t, func(s *shop) {
		s.staffed(3)
		for i, name := range []string{"first", "second", "of nobody"} {
			m := s.at(i + 1)
			if name == "of nobody" {
				m = engine.Member{}
			}
			sale := s.sale(m, name, epoch.Add(time.Duration(i)*time.Minute))
			sale.ID = name
			s.tx(func(tx engine.Tx) error { return s.sell(tx, sale) })
		}
		s.tx(func(tx engine.Tx) error { return s.returnOf(tx, "second", "before", 100) })
	})
	on := func(run func(s *shop, tx engine.Tx) error) func(*shop) engine.Work {
		return func(s *shop) engine.Work {
			work := s.work(s.at(1), func(tx engine.Tx) error { return run(s, tx) })
			work.MemberIDs = append(work.MemberIDs, "m-2")
			work.Spends, work.Whole, work.SaleIDs = false, true, []string{"first", "second", "of nobody", "nothing"}
			return work
		}
	}
	returned := func(sale, key string, amount money.Amount, err error) func(*shop) engine.Work {
		return on(func(s *shop, tx engine.Tx) error { return errors.Join(s.returnOf(tx, sale, key, amount), err) })
	}
	looked := func(key string) func(*shop) engine.Work {
		return on(func(s *shop, tx engine.Tx) error {
			return s.look(tx, key, "m-1-long", "m-1-short", "m-1-over", "m-2-long", "fresh")
		})
	}
	spent := func(i int, key string, points money.Points) func(*shop) engine.Work {
		return on(func(s *shop, tx engine.Tx) error { return s.spendIn(tx, s.at(i), key, points, false) })
	}
	// restored gives points back to the lots they came from, closed ones too.
	restored := func(i int, key string, lots ...string) func(*shop) engine.Work {
		return on(func(s *shop, tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, s.at(i).AccountID)
			if err != nil {
				return err
			}
			back := ledger.Return{GraceUntil: epoch, NewLotID: "grace-" + key}
			for _, id := range lots {
				back.Restore += 10
				back.Taken = append(back.Taken, ledger.Move{LotID: "lot-" + id, Points: -10, Contra: ledger.ContraBurn})
				if slices.ContainsFunc(accounts[0].Lots, func(l ledger.Lot) bool { return l.ID == "lot-"+id }) {
					continue
				}
				closed, err := tx.Lots(s.ctx, s.program.ID, []string{"lot-" + id})
				if err != nil {
					return err
				}
				back.Closed = append(back.Closed, closed...)
			}
			return s.book(tx, s.at(i), key, ledger.KindReverse, &accounts[0], accounts[0].Reverse(back, epoch))
		})
	}
	expired := func(key string, at time.Time) func(*shop) engine.Work {
		return on(func(s *shop, tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
			if err != nil {
				return err
			}
			return s.book(tx, s.at(1), key, ledger.KindExpire, &accounts[0], accounts[0].Expire(at))
		})
	}
	fresh := on(func(s *shop, tx engine.Tx) error { return s.earnIn(tx, s.at(1), "fresh", 10, epoch.Add(time.Hour)) })

	errs, alone := w.write(looked("a"), returned("first", "part", 5000, nil), looked("b"), returned("first", "not", 700, errSorry), returned("second", "more", 200, nil), looked("c"),
		returned("of nobody", "all", 15000, nil), returned("nothing", "none", 1, nil), returned("first", "rest", 10000, nil), looked("d"))
	wantAlone(t, alone)
	for i, err := range errs {
		if (err != nil) != (i == 3 || i == 7) {
			t.Errorf("work %d: %v", i, err)
		}
	}
	if !engine.IsKind(errs[7], engine.KindNotFound) {
		t.Errorf("a return of nothing: %v", errs[7])
	}
	_, alone = w.write(returned("second", "again", 300, nil), returned("first", "too much", 1, nil), looked("e"))
	wantAlone(t, alone, 1) // the database refuses the whole group, and it is written in halves until it is alone
	errs, alone = w.write(spent(1, "all of it", 140), looked("f"), restored(1, "back", "m-1-short", "m-1-long"), looked("g"), spent(1, "once more", 20), restored(1, "back again", "m-1-short"),
		expired("over", epoch.Add(2*time.Hour)), looked("h"), fresh, spent(1, "fresh too", 10), restored(1, "to the fresh one", "fresh"), looked("i"), expired("fresh over", epoch.Add(3*time.Hour)), looked("j"))
	wantAlone(t, alone)
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	errs, alone = w.write(spent(2, "of another", 140), restored(1, "stolen", "m-2-long"), restored(2, "its own", "m-2-long"))
	wantAlone(t, alone, 1)
	if errs[1] == nil || errs[2] != nil {
		t.Errorf("points of another account: %v", errs)
	}
}

// returnOf books a return of an amount of a sale, which moves no points.
func (s *shop) returnOf(tx engine.Tx, saleID, key string, amount money.Amount) error {
	sale, err := tx.Sale(s.ctx, s.program.ID, saleID)
	if err != nil {
		return err
	}
	sale.ReturnedTotal += amount
	for i := range sale.Lines {
		part := min(amount, sale.Lines[i].Net-sale.Lines[i].ReturnedNet)
		sale.Lines[i].ReturnedNet += part
		amount -= part
	}
	sale.Lines[0].ReturnedNet += amount // too much
	return errors.Join(tx.UpdateSaleReturned(s.ctx, sale), tx.InsertPosting(s.ctx, engine.Posting{ID: "return-" + key, ProgramID: s.program.ID, Kind: ledger.KindReverse, Key: key,
		Hash: "hash", MemberID: sale.MemberID, AccountID: sale.AccountID, SaleID: sale.ID, ReversesID: sale.ID, OccurredAt: epoch, RecordedAt: epoch.Add(time.Hour)}, ledger.Plan{}))
}

// look writes down what a work sees of sales and lots, so that both ways of doing it can be compared.
func (s *shop) look(tx engine.Tx, key string, lots ...string) error {
	type saleSeen struct {
		Sale, ByReceipt engine.Sale
		Postings        []engine.Posting
		Entries         [][]engine.Entry
	}
	var seen struct {
		Sales   []saleSeen
		Lots    []ledger.Lot
		Expired []string
		Counted int
	}
	p, errs := s.program.ID, []error(nil)
	note := func(err error) { errs = append(errs, err) }
	for _, id := range []string{"first", "second", "of nobody"} {
		var sale saleSeen
		var err error
		sale.Sale, err = tx.Sale(s.ctx, p, id)
		note(err)
		sale.ByReceipt, err = tx.SaleByReceipt(s.ctx, p, "l1", "till-1", "2026-03-14", id)
		note(err)
		sale.Postings, err = tx.SalePostings(s.ctx, p, id)
		note(err)
		for _, posting := range sale.Postings {
			entries, err := tx.Entries(s.ctx, p, posting.ID)
			note(err)
			sale.Entries = append(sale.Entries, append([]engine.Entry{}, entries...))
		}
		seen.Sales = append(seen.Sales, sale)
	}
	var ids []string
	for _, lot := range lots {
		ids = append(ids, "lot-"+lot)
		points, err := tx.LotExpired(s.ctx, p, "lot-"+lot)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			note(err)
		}
		seen.Expired = append(seen.Expired, fmt.Sprint(points, err != nil))
	}
	var err error
	seen.Lots, err = tx.Lots(s.ctx, p, ids)
	note(err)
	seen.Counted, err = tx.CountSales(s.ctx, p, "s1", "", epoch.Add(-time.Hour), epoch.Add(time.Hour))
	note(err)
	text, err := json.Marshal(seen)
	note(err)
	return errors.Join(append(errs, tx.InsertPosting(s.ctx, engine.Posting{ID: "seen-" + key, ProgramID: p, Kind: ledger.KindCoupon, Key: "seen-" + key, Note: string(text),
		OccurredAt: epoch, RecordedAt: epoch}, ledger.Plan{}))...)
}
