package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// sale describes a sale of two lines on a member's card.
func (s *shop) sale(m engine.Member, receipt string, at time.Time) engine.Sale {
	return engine.Sale{
		ID: s.id("sale"), ProgramID: s.program.ID, MemberID: m.ID, AccountID: m.AccountID, LocationID: "l1", Till: "till-1", StaffID: "s1",
		ReceiptNo: receipt, Business: "2026-03-14", Source: "till", Currency: "UAH", Version: 1, Total: 15_000, Redeemed: 30, RedeemMoney: 3_000,
		Discount: 1_500, Certificate: 700, Earned: 6, LotID: "lot", OccurredAt: at, RecordedAt: at.Add(time.Second),
		Lines: []engine.SaleLine{
			{No: 1, Line: rules.Line{SKU: "4820", Name: "Флет-вайт «Ґ»", Category: "кава", Quantity: 2_000, Net: 10_000, NoEarn: true},
				LineResult: rules.LineResult{RedeemMoney: 2_000, RedeemPoints: 20, Earn: 4, Discount: 1_000, Certificate: 700}},
			{No: 2, Line: rules.Line{Quantity: 350, Net: 5_000, NoRedeem: true}, LineResult: rules.LineResult{RedeemMoney: 1_000, RedeemPoints: 10, Earn: 2, Discount: 500}},
		},
		Tenders: []engine.Tender{{Kind: engine.TenderCard, Amount: 10_000}, {Kind: engine.TenderCash, Amount: 1_300}, {Kind: engine.TenderGift, Amount: 500}, {Kind: engine.TenderHouse, Amount: 200}},
		Did: engine.Did{FriendLot: "lot-of-friend", Lots: []string{"lot"}, Stamps: []rules.StampChange{{Card: "кава", Units: 2, Delta: 2}}, Coupons: []rules.CouponUse{{ID: "c1", Kind: "k", Amount: 500}},
			Paid: []rules.CertificateUse{{ID: "g1", Amount: 700}}, Granted: []string{"c2"},
			Uses: []rules.Use{{Counter: rules.Counter{Of: "earn", Period: "2026-03-14"}, Times: 1, Points: 6, Last: at}}, Referral: "friend",
			Upline: []engine.UplineReward{{MemberID: "up", AccountID: "up-a", LotID: "up-l", Points: 1}}},
	}
}

// sell records a sale with a posting that moves nothing.
func (s *shop) sell(tx engine.Tx, sale engine.Sale) error {
	s.grouped.add("", sale.ID)
	return tx.InsertSale(s.ctx, sale, soldBy(sale), ledger.Plan{})
}

// soldBy is the posting that makes a sale.
func soldBy(sale engine.Sale) engine.Posting {
	return engine.Posting{ID: sale.ID, ProgramID: sale.ProgramID, Kind: ledger.KindSale, Key: "sale " + sale.ID, Hash: "hash", MemberID: sale.MemberID,
		AccountID: sale.AccountID, SaleID: sale.ID, StaffID: sale.StaffID, LocationID: sale.LocationID, Version: sale.Version, Earned: sale.Earned,
		Burned: sale.Redeemed, OccurredAt: sale.OccurredAt, RecordedAt: sale.RecordedAt}
}

func testSales(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m := s.member()
	sale := s.sale(m, "0042", epoch)
	insert := func(sale engine.Sale) func(engine.Tx) error {
		return func(tx engine.Tx) error { return s.sell(tx, sale) }
	}

	t.Run("round trip", func(t *testing.T) {
		s := s.on(t)
		s.tx(insert(sale))
		equal(t, "sale", must(s.Sale(s.ctx, s.program.ID, sale.ID))(t), sale)
		equal(t, "sale by receipt", must(s.SaleByReceipt(s.ctx, s.program.ID, "l1", "till-1", "2026-03-14", "0042"))(t), sale)
		s.tx(func(tx engine.Tx) error {
			got, err := tx.Sale(s.ctx, s.program.ID, sale.ID)
			equal(t, "sale inside a transaction", got, sale)
			return err
		})
		_, err := s.Sale(s.ctx, s.program.ID, "nothing")
		s.wants(engine.KindNotFound, err)
		_, err = s.SaleByReceipt(s.ctx, s.program.ID, "l1", "till-1", "2026-03-14", "")
		s.wants(engine.KindNotFound, err)
	})

	t.Run("natural key", func(t *testing.T) {
		s := s.on(t)
		again := sale
		again.ID = s.id("sale")
		s.tx(func(tx engine.Tx) error {
			if err := s.sell(tx, again); !engine.IsKind(err, engine.KindTaken) {
				t.Errorf("the same receipt: %v", err)
			}
			_, err := tx.SaleByReceipt(s.ctx, s.program.ID, "l1", "till-1", "2026-03-14", "0042") // the transaction still works
			return err
		})
		for name, differ := range map[string]func(*engine.Sale){
			"receipt":  func(s *engine.Sale) { s.ReceiptNo = "0043" },
			"till":     func(s *engine.Sale) { s.Till = "till-2" },
			"day":      func(s *engine.Sale) { s.Business = "2026-03-15" },
			"location": func(s *engine.Sale) { s.LocationID = "l2" },
			"none":     func(s *engine.Sale) { s.ReceiptNo = "" },
			"none too": func(s *engine.Sale) { s.ReceiptNo = "" },
		} {
			other := sale
			other.ID = s.id("sale")
			differ(&other)
			if err := s.InTx(s.ctx, insert(other)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})

	t.Run("returned", func(t *testing.T) {
		s := s.on(t)
		back := sale
		back.Lines = append([]engine.SaleLine(nil), sale.Lines...)
		back.ReturnedTotal, back.ReversedEarn, back.ReversedRedeem, back.LapsedUsed = 5_000, 2, 10, 1
		line := &back.Lines[0]
		line.ReturnedQty, line.ReturnedNet, line.ReturnedCash, line.ReversedEarn, line.ReversedRedeem, line.ReturnedGift = 1_000, 5_000, 4_000, 2, 10, 350
		s.tx(func(tx engine.Tx) error { return tx.UpdateSaleReturned(s.ctx, back) })
		equal(t, "sale", must(s.Sale(s.ctx, s.program.ID, sale.ID))(t), back)
		s.clean()
		back.ReturnedTotal = back.Total + 1
		if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.UpdateSaleReturned(s.ctx, back) }); err == nil {
			t.Error("more came back than was sold")
		}
		back.ID, back.ReturnedTotal = "nothing", 1
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateSaleReturned(s.ctx, back) })
	})

	t.Run("bare", func(t *testing.T) {
		s := s.on(t)
		bare := engine.Sale{ID: s.id("sale"), ProgramID: s.program.ID, Business: "2026-03-14", Currency: "UAH", Version: 1, OccurredAt: epoch, RecordedAt: epoch}
		s.tx(insert(bare))
		equal(t, "sale", must(s.Sale(s.ctx, s.program.ID, bare.ID))(t), bare)
		p := soldBy(bare)
		r := p
		r.ID, r.Key, r.Kind, r.ReversesID, r.RecordedAt = s.id("posting"), "bare-back", ledger.KindReverse, p.ID, epoch.Add(time.Hour)
		s.tx(func(tx engine.Tx) error { return tx.InsertPosting(s.ctx, r, ledger.Plan{}) })
		equal(t, "postings of the sale", must(s.SalePostings(s.ctx, s.program.ID, bare.ID))(t), []engine.Posting{p, r})
		equal(t, "postings of no sale", must(s.SalePostings(s.ctx, s.program.ID, ""))(t), []engine.Posting(nil))
	})

	t.Run("posting with the sale's id", func(t *testing.T) {
		s := s.on(t)
		made := engine.Posting{ID: s.id("posting"), ProgramID: s.program.ID, Kind: ledger.KindSale, Key: s.id("key"), OccurredAt: epoch, RecordedAt: epoch}
		made.SaleID = made.ID
		var others []engine.Posting
		for _, at := range []time.Duration{time.Hour, 0} { // back, and with it
			p := made
			p.ID, p.Key, p.Kind, p.RecordedAt = s.id("posting"), s.id("key"), ledger.KindReverse, epoch.Add(at)
			others = append(others, p)
		}
		strange := made // has an id that is a sale's elsewhere
		strange.ID, strange.Key, strange.SaleID = s.id("sale"), s.id("key"), "else"
		none := made
		none.ID, none.Key, none.SaleID = s.id("posting"), s.id("key"), ""
		s.tx(func(tx engine.Tx) error {
			var errs []error
			for _, p := range append(others, made, strange, none) {
				errs = append(errs, tx.InsertPosting(s.ctx, p, ledger.Plan{}))
			}
			return errors.Join(errs...)
		})
		equal(t, "postings of the sale", must(s.SalePostings(s.ctx, s.program.ID, made.ID))(t), []engine.Posting{made, others[1], others[0]})
		equal(t, "postings of another id", must(s.SalePostings(s.ctx, s.program.ID, strange.ID))(t), []engine.Posting(nil))
		equal(t, "postings of no sale", must(s.SalePostings(s.ctx, s.program.ID, ""))(t), []engine.Posting(nil))
		equal(t, "no entries", must(s.Entries(s.ctx, s.program.ID, made.ID))(t), []engine.Entry(nil))
		equal(t, "entries of nothing", must(s.Entries(s.ctx, s.program.ID, "nothing"))(t), []engine.Entry(nil))
	})

	t.Run("texts of lines", func(t *testing.T) {
		s := s.on(t)
		odd := s.sale(m, "odd", epoch)
		odd.Lines[0].SKU, odd.Lines[0].Name, odd.Lines[0].Category = `"\`, "a\tb\nc\x1f\x7f", "👩🏽‍🍳\u2028"
		odd.Lines[1].No = 7
		s.tx(insert(odd))
		equal(t, "sale", must(s.Sale(s.ctx, s.program.ID, odd.ID))(t), odd)
		for _, text := range []string{"a\x00b", "a\xffb"} {
			odd.ID, odd.ReceiptNo = s.id("sale"), "odder"
			odd.Lines[0].Name = text
			s.tx(func(tx engine.Tx) error {
				s.wants(engine.KindInvalid, s.sell(tx, odd))
				_, err := tx.SaleByReceipt(s.ctx, s.program.ID, "l1", "till-1", "2026-03-14", "odd") // the transaction still works
				return err
			})
		}
	})

	t.Run("what no sale has", func(t *testing.T) {
		s := s.on(t)
		for name, spoil := range map[string]func(*engine.Sale){
			"kind of tender":       func(s *engine.Sale) { s.Tenders = []engine.Tender{{Kind: "iou", Amount: 1}} },
			"quantity of a return": func(s *engine.Sale) { s.Lines[1].ReturnedQty = -1 },
			"sum of a return":      func(s *engine.Sale) { s.Lines[1].ReturnedNet = -1 },
			"money of a return":    func(s *engine.Sale) { s.Lines[1].ReturnedCash = -1 },
			"gift of a return":     func(s *engine.Sale) { s.Lines[1].ReturnedGift = -1 },
			"earned of a return":   func(s *engine.Sale) { s.Lines[1].ReversedEarn = -1 },
			"spent of a return":    func(s *engine.Sale) { s.Lines[1].ReversedRedeem = -1 },
		} {
			wrong := s.sale(m, "", epoch)
			spoil(&wrong)
			if err := s.InTx(s.ctx, insert(wrong)); err == nil {
				t.Errorf("%s: it was written", name)
			}
		}
	})

	t.Run("a thousand lines", func(t *testing.T) {
		s := s.on(t)
		long := s.sale(m, "long", epoch)
		long.Lines, long.Total = nil, 0
		for i := range rules.MaxLines {
			long.Lines = append(long.Lines, engine.SaleLine{No: i + 1, Line: rules.Line{Name: "рядок", Quantity: 1000, Net: money.Amount(i)}})
			long.Total += money.Amount(i)
		}
		s.tx(insert(long))
		equal(t, "sale", must(s.Sale(s.ctx, s.program.ID, long.ID))(t), long)
	})

	t.Run("totals", func(t *testing.T) { testTotals(newShop(t, s.Store)) })
}

func testTotals(s *shop) {
	t := s.TB
	anna, boris := s.member(), s.member()
	late := s.member()
	put := func(m engine.Member, staff, place string, at time.Time, total, returned money.Amount) engine.Sale {
		sale := engine.Sale{ID: s.id("sale"), ProgramID: s.program.ID, MemberID: m.ID, AccountID: m.AccountID, StaffID: staff, LocationID: place, Business: "2026-03-14",
			Currency: "UAH", Version: 1, Total: total, Earned: 5, Redeemed: 2, OccurredAt: at, RecordedAt: at}
		s.tx(func(tx engine.Tx) error {
			err := s.sell(tx, sale)
			if err != nil || returned == 0 {
				return err
			}
			sale.ReturnedTotal = returned
			return tx.UpdateSaleReturned(s.ctx, sale)
		})
		return sale
	}
	from, to := epoch, epoch.Add(24*time.Hour)
	put(anna, "s1", "l1", from, 10_000, 0)
	put(anna, "s1", "l1", from.Add(time.Hour), 5_000, 5_000) // returned in full
	last := put(boris, "s1", "l2", from.Add(2*time.Hour), 2_000, 500)
	put(engine.Member{}, "s2", "l1", to.Add(-time.Microsecond), 700, 0)
	put(boris, "s2", "l1", to, 999, 0)                       // the next day
	put(late, "s1", "l1", from.Add(-time.Microsecond), 1, 0) // the day before
	give := func(staff, place string, at time.Time) {
		p := engine.Posting{ID: s.id("posting"), ProgramID: s.program.ID, Kind: ledger.KindReverse, Key: s.id("key"), SaleID: "any", StaffID: staff, LocationID: place,
			OccurredAt: at, RecordedAt: at}
		s.tx(func(tx engine.Tx) error { return tx.InsertPosting(s.ctx, p, ledger.Plan{}) })
	}
	give("s1", "l1", from.Add(time.Hour))
	give("s2", "l2", from.Add(3*time.Hour))
	give("s2", "l2", to)

	for _, c := range []struct {
		staff, place string
		want         engine.Totals
	}{
		{"", "", engine.Totals{Sales: 3, Returns: 2, Amount: 10_000 + 1_500 + 700, Earned: 15, Burned: 6, Members: 2, New: 3}},
		{"s1", "", engine.Totals{Sales: 2, Returns: 1, Amount: 10_000 + 1_500, Earned: 10, Burned: 4, Members: 2, New: 2}},
		{"", "l1", engine.Totals{Sales: 2, Returns: 1, Amount: 10_000 + 700, Earned: 10, Burned: 4, Members: 1}},
		{"s2", "l2", engine.Totals{Returns: 1}},
		{"nobody", "", engine.Totals{}},
	} {
		equal(t, "totals of "+c.staff+" at "+c.place, must(s.DayTotals(s.ctx, s.program.ID, c.staff, c.place, from, to))(t), c.want)
	}
	equal(t, "last sale", must(s.LastSale(s.ctx, s.program.ID, "s1"))(t), last.ID)
	if _, err := s.LastSale(s.ctx, s.program.ID, "nobody"); !engine.IsKind(err, engine.KindNotFound) {
		t.Errorf("last sale of nobody: %v", err)
	}
	for _, c := range []struct {
		staff, member string
		want          int
	}{{"s1", "", 2}, {"s1", anna.ID, 1}, {"s2", "", 1}, {"s2", boris.ID, 0}, {"", "", 0}} {
		if n := must(s.CountSales(s.ctx, s.program.ID, c.staff, c.member, from, to))(t); n != c.want {
			t.Errorf("%d sales of %q on %q, want %d", n, c.staff, c.member, c.want)
		}
	}
}

func testHolds(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m := s.member()
	h := engine.Hold{
		Hold:      ledger.Hold{ID: "h1", Points: 30, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Minute)},
		ProgramID: s.program.ID, MemberID: m.ID, AccountID: m.AccountID, State: engine.HoldAsking, Key: "k1", Hash: "hash", Asker: "contact",
		Draft: engine.SaleInput{ProgramID: s.program.ID, MemberID: m.ID, Redeem: 30, Sum: 10_000, OccurredAt: epoch, Lines: []rules.Line{{Name: "Кава", Quantity: 1000, Net: 10_000}}},
	}
	s.tx(func(tx engine.Tx) error { return tx.InsertHold(s.ctx, h) })
	equal(t, "hold", must(s.Hold(s.ctx, s.program.ID, "h1"))(t), h)
	equal(t, "hold by key", must(s.HoldByKey(s.ctx, s.program.ID, "k1"))(t), h)
	equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID, Holds: []ledger.Hold{h.Hold}})
	_, err := s.Hold(s.ctx, s.program.ID, "nothing")
	s.wants(engine.KindNotFound, err)
	_, err = s.HoldByKey(s.ctx, s.program.ID, "nothing")
	s.wants(engine.KindNotFound, err)

	again := h
	again.ID = "h2"
	s.tx(func(tx engine.Tx) error {
		if err := tx.InsertHold(s.ctx, again); !engine.IsKind(err, engine.KindTaken) {
			t.Errorf("the second use of a key: %v", err)
		}
		_, err := tx.HoldByKey(s.ctx, s.program.ID, "k1") // the transaction still works
		return err
	})
	later := h
	later.ID, later.Key, later.State, later.ExpiresAt = "h3", "k3", engine.HoldHeld, epoch.Add(time.Hour)
	s.tx(func(tx engine.Tx) error { return tx.InsertHold(s.ctx, later) })
	ended := func(by time.Time, limit int) []engine.Hold {
		return must(s.HoldsToExpire(s.ctx, s.program.ID, by, limit))(t)
	}
	equal(t, "none ended", ended(epoch.Add(time.Minute-time.Microsecond), 10), []engine.Hold(nil))
	equal(t, "one ended", ended(epoch.Add(time.Minute), 10), []engine.Hold{h})
	equal(t, "both ended", ended(epoch.Add(time.Hour), 10), []engine.Hold{h, later})
	equal(t, "the first", ended(epoch.Add(time.Hour), 1), []engine.Hold{h})

	set := func(id string, to engine.HoldState, from ...engine.HoldState) func(engine.Tx) error {
		return func(tx engine.Tx) error { return tx.SetHoldState(s.ctx, s.program.ID, id, to, from...) }
	}
	s.fails(engine.KindConflict, set("h1", engine.HoldCommitted, engine.HoldHeld))
	s.fails(engine.KindNotFound, set("nothing", engine.HoldCommitted, engine.HoldHeld))
	s.tx(set("h1", engine.HoldCommitted, engine.HoldHeld, engine.HoldAsking))
	s.fails(engine.KindConflict, set("h1", engine.HoldReleased, engine.HoldHeld, engine.HoldAsking))
	equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID, Holds: []ledger.Hold{later.Hold}})
	equal(t, "still open", ended(epoch.Add(time.Hour), 10), []engine.Hold{later})
}
