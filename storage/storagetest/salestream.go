package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func testSaleStream(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	anna := s.member()

	t.Run("of a member", func(t *testing.T) {
		s := s.on(t)
		early, late := s.sale(anna, "1", epoch), s.sale(anna, "2", epoch.Add(time.Hour))
		same := s.sale(anna, "3", epoch)
		early.RecordedAt = epoch.Add(24 * time.Hour) // from a till that was offline
		s.tx(func(tx engine.Tx) error {
			return errors.Join(s.sell(tx, late), s.sell(tx, early), s.sell(tx, same), s.sell(tx, s.sale(engine.Member{}, "4", epoch)))
		})
		for _, sale := range []*engine.Sale{&early, &late, &same} {
			sale.Lines, sale.Tenders = nil, nil
		}
		equal(t, "newest first", must(s.SalesOf(s.ctx, s.program.ID, anna.ID, 9))(t), []engine.Sale{late, same, early})
		equal(t, "the newest", must(s.SalesOf(s.ctx, s.program.ID, anna.ID, 1))(t), []engine.Sale{late})
		equal(t, "of nobody", must(s.SalesOf(s.ctx, s.program.ID, "", 9))(t), []engine.Sale(nil))
	})

	t.Run("of all", func(t *testing.T) {
		s := newShop(t, s.Store)
		anna, boris := s.member(), s.member()
		from, to := epoch, epoch.Add(24*time.Hour)
		var all []engine.Sale
		for i := range 2*1000 + 1 { // more than two pages, with many at one instant
			m := []engine.Member{{}, boris, anna}[i%3]
			sale := engine.Sale{ID: s.id("sale"), ProgramID: s.program.ID, MemberID: m.ID, AccountID: m.AccountID, Business: "2026-03-14", Currency: "UAH", Version: 1,
				Total: money.Amount(i), OccurredAt: from.Add(time.Duration(i%5) * time.Minute), RecordedAt: to, Did: engine.Did{Referral: fmt.Sprint(i % 2)}, Source: "till", Discount: money.Amount(i % 7), Earned: money.Points(i % 5), Redeemed: money.Points(i % 3),
				Lines: []engine.SaleLine{{No: 1, Line: rules.Line{Name: fmt.Sprint(i), Quantity: 1000, Net: money.Amount(i)},
					LineResult: rules.LineResult{Earn: money.Points(i % 5)}, ReturnedNet: money.Amount(i % 11), ReturnedCash: money.Amount(i % 11)}}}
			if i%3 == 0 {
				sale.Did.Stamps = []rules.StampChange{{Card: "c", Units: i, Delta: 1}}
			}
			if i%2 == 0 {
				sale.Lines = append(sale.Lines, engine.SaleLine{No: 2, Line: rules.Line{Quantity: 1000}})
				sale.Tenders = []engine.Tender{{Kind: engine.TenderCash, Amount: money.Amount(i)}}
			}
			all = append(all, sale)
		}
		before, after := s.sale(anna, "", from.Add(-time.Microsecond)), s.sale(anna, "", to)
		s.tx(func(tx engine.Tx) error {
			random := rand.New(rand.NewPCG(1, 2))
			for _, i := range random.Perm(len(all)) {
				if err := s.sell(tx, all[i]); err != nil {
					return err
				}
			}
			for i := range all { // some are corrected
				if i%4 != 1 {
					continue
				}
				all[i].ReversedEarn = 1
				if err := tx.UpdateSaleReturned(s.ctx, all[i]); err != nil {
					return err
				}
			}
			return errors.Join(s.sell(tx, before), s.sell(tx, after))
		})
		slices.SortFunc(all, func(a, b engine.Sale) int {
			return max(-1, min(1, 4*strings.Compare(a.MemberID, b.MemberID)+2*a.OccurredAt.Compare(b.OccurredAt)+strings.Compare(a.ID, b.ID)))
		})
		read := func(r engine.Reads) (got []engine.Sale) {
			t.Helper()
			err := r.EachSale(s.ctx, s.program.ID, from, to, func(sale engine.Sale) error {
				if len(got) == 0 { // the database can be asked in the middle
					must(r.Sale(s.ctx, s.program.ID, sale.ID))(t)
				}
				got = append(got, sale)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		equal(t, "sales", read(s.Store), all)
		s.tx(func(tx engine.Tx) error {
			equal(t, "sales inside a transaction", read(tx), all)
			return nil
		})
		s.purchases(t, all, from, to)
		stop := errors.New("enough")
		seen := 0
		err := s.EachSale(s.ctx, s.program.ID, from, to, func(engine.Sale) error {
			if seen++; seen == 3 {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || seen != 3 {
			t.Errorf("stopped after %d with %v", seen, err)
		}
		err = s.EachSale(s.ctx, s.program.ID, to.Add(time.Hour), to.Add(2*time.Hour), func(engine.Sale) error { return stop })
		if err != nil {
			t.Errorf("an empty stream: %v", err)
		}
	})
}

// purchases checks the narrow stream against the sales there are.
func (s *shop) purchases(t *testing.T, all []engine.Sale, from, to time.Time) {
	t.Helper()
	var want []engine.Sale
	for _, sale := range all {
		narrow := engine.Sale{ProgramID: sale.ProgramID, ID: sale.ID, MemberID: sale.MemberID, AccountID: sale.AccountID, LocationID: sale.LocationID,
			Source: sale.Source, Total: sale.Total, Redeemed: sale.Redeemed, Discount: sale.Discount, Earned: sale.Earned, OccurredAt: sale.OccurredAt,
			ReturnedTotal: sale.ReturnedTotal, ReversedEarn: sale.ReversedEarn, ReversedRedeem: sale.ReversedRedeem, Did: engine.Did{Stamps: sale.Did.Stamps}}
		for _, l := range sale.Lines {
			narrow.Lines = append(narrow.Lines, engine.SaleLine{No: l.No, Line: l.Line, ReturnedQty: l.ReturnedQty, ReturnedNet: l.ReturnedNet})
		}
		want = append(want, narrow)
	}
	read := func(r engine.Reads) (got []engine.Sale) {
		t.Helper()
		err := r.EachPurchase(s.ctx, s.program.ID, from, to, func(sale engine.Sale) error {
			if len(got) == 0 { // the database can be asked in the middle
				must(r.Sale(s.ctx, s.program.ID, sale.ID))(t)
			}
			got = append(got, sale)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	equal(t, "purchases", read(s.Store), want)
	s.tx(func(tx engine.Tx) error {
		equal(t, "purchases inside a transaction", read(tx), want)
		return nil
	})
	for _, after := range []int{1, 1500} {
		stop, seen := errors.New("enough"), 0
		err := s.EachPurchase(s.ctx, s.program.ID, from, to, func(engine.Sale) error {
			if seen++; seen == after {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || seen != after {
			t.Errorf("stopped after %d with %v", seen, err)
		}
	}
	ended, end := context.WithCancel(s.ctx)
	end()
	err := s.EachPurchase(ended, s.program.ID, from, to, func(engine.Sale) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}

func testOpening(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m, other := s.member(), s.member()
	s.tx(func(tx engine.Tx) error {
		sales := []engine.Sale{s.sale(m, "1", epoch), s.sale(m, "2", epoch.Add(2*time.Hour)), s.sale(other, "3", epoch.Add(time.Hour))}
		var errs []error
		for _, sale := range sales {
			sale.RecordedAt = epoch.Add(-time.Hour) // before what moves points
			errs = append(errs, s.sell(tx, sale))
		}
		return errors.Join(errs...)
	})
	visited := func(member engine.Member, at time.Time) time.Time {
		t.Helper()
		return must(s.Opening(s.ctx, s.program.ID, member.ID, member.AccountID, at))(t).LastVisit
	}
	equal(t, "before all", visited(m, epoch), time.Time{})
	equal(t, "between", visited(m, epoch.Add(2*time.Hour)), epoch)
	equal(t, "after all", visited(m, epoch.Add(3*time.Hour)), epoch.Add(2*time.Hour))
	equal(t, "nobody", must(s.Opening(s.ctx, s.program.ID, "", "", epoch.Add(3*time.Hour)))(t), engine.Opening{})

	for i, points := range []money.Points{100, -130, 5} { // through a debt
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			var plan ledger.Plan
			if points < 0 {
				plan, err = accounts[0].Overdraw(-points, epoch)
			} else {
				lot := ledger.Lot{ID: s.id("lot"), Kind: ledger.KindEarn, Points: points, Remaining: points, ActiveFrom: epoch, EarnedAt: epoch}
				plan, err = accounts[0].Credit(lot, ledger.ContraEarn)
			}
			if err != nil {
				return err
			}
			p := s.posting(m, ledger.KindAdjust, s.id("key"), &accounts[0], plan)
			p.RecordedAt = epoch.Add(time.Duration(i) * time.Hour)
			return tx.InsertPosting(s.ctx, p, plan)
		})
	}
	for hours, want := range []engine.Opening{{}, {Balance: 100, LastVisit: epoch}, {Balance: -30, Debt: 30, LastVisit: epoch},
		{Balance: -25, Debt: 25, LastVisit: epoch.Add(2 * time.Hour)}} {
		at := epoch.Add(time.Duration(hours) * time.Hour)
		equal(t, fmt.Sprintf("after %d hours", hours), must(s.Opening(s.ctx, s.program.ID, m.ID, m.AccountID, at))(t), want)
	}
}

func testRevisedSales(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m, other := s.member(), s.member()
	sale := s.sale(m, "42", epoch)
	neighbour := s.sale(m, "43", epoch)
	s.tx(func(tx engine.Tx) error {
		return errors.Join(s.sell(tx, sale), s.sell(tx, neighbour))
	})
	revised := sale
	revised.MemberID, revised.AccountID, revised.StaffID, revised.LotID = other.ID, other.AccountID, "s2", "lot-2"
	revised.Total, revised.Redeemed, revised.RedeemMoney, revised.Discount, revised.Certificate, revised.Earned = 9_000, 1, 100, 200, 300, 7
	revised.Did = engine.Did{Lots: []string{"lot-2"}, Paid: []rules.CertificateUse{{ID: "c", Amount: 300}}}
	revised.Revision, revised.ReturnedTotal, revised.ReversedEarn, revised.ReversedRedeem, revised.LapsedUsed = 1, 1_000, 2, 1, 1
	revised.Lines = []engine.SaleLine{{No: 1, Line: rules.Line{Name: "Лате", Quantity: 1000, Net: 9_000},
		LineResult:  rules.LineResult{Discount: 200, RedeemMoney: 100, RedeemPoints: 1, Certificate: 300, Earn: 7},
		ReturnedQty: 100, ReturnedNet: 1_000, ReturnedCash: 900, ReturnedGift: 50, ReversedEarn: 2, ReversedRedeem: 1}}
	revised.Tenders = []engine.Tender{{Kind: engine.TenderGift, Amount: 300}, {Kind: engine.TenderHouse, Amount: 1}, {Kind: engine.TenderCash, Amount: 5}}
	given := revised // with what a revision leaves alone
	given.LocationID, given.Till, given.ReceiptNo, given.Business, given.Source, given.Version = "x", "x", "x", "x", "x", 9
	given.Currency, given.OccurredAt, given.RecordedAt = "x", epoch.Add(time.Hour), epoch.Add(time.Hour)
	s.tx(func(tx engine.Tx) error { return tx.ReviseSale(s.ctx, given) })
	equal(t, "revised", must(s.Sale(s.ctx, s.program.ID, sale.ID))(t), revised)
	equal(t, "its neighbour", must(s.Sale(s.ctx, s.program.ID, neighbour.ID))(t), neighbour)
	s.clean()

	anonymous := revised
	anonymous.MemberID, anonymous.AccountID, anonymous.Did, anonymous.Lines, anonymous.Tenders, anonymous.Revision = "", "", engine.Did{}, nil, nil, 2
	anonymous.Total, anonymous.Redeemed, anonymous.RedeemMoney, anonymous.Discount, anonymous.Certificate, anonymous.Earned = 0, 0, 0, 0, 0, 0
	anonymous.ReturnedTotal, anonymous.ReversedEarn, anonymous.ReversedRedeem = 0, 0, 0
	s.tx(func(tx engine.Tx) error { return tx.ReviseSale(s.ctx, anonymous) })
	equal(t, "revised again", must(s.Sale(s.ctx, s.program.ID, sale.ID))(t), anonymous)
	s.fails(engine.KindConflict, func(tx engine.Tx) error { return tx.ReviseSale(s.ctx, anonymous) })
	s.fails(engine.KindConflict, func(tx engine.Tx) error { return tx.ReviseSale(s.ctx, revised) })
	equal(t, "an older revision changed nothing", must(s.Sale(s.ctx, s.program.ID, sale.ID))(t), anonymous)
	anonymous.ID, anonymous.Revision = "nothing", 3
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.ReviseSale(s.ctx, anonymous) })
}
