package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func testLedger(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	day := 24 * time.Hour

	t.Run("round trip", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		lot := s.credit(m, 100, epoch.Add(day))
		account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t)
		equal(t, "account", account, ledger.Account{ID: m.AccountID, Lots: []ledger.Lot{lot}})

		plan, err := account.Burn(30, epoch)
		if err != nil {
			t.Fatal(err)
		}
		want := s.posting(m, ledger.KindBurn, "full", &account, plan)
		want.SaleID, want.ReversesID, want.StaffID, want.LocationID, want.Version, want.Note = "sale", "other", "staff", "place", 3, "нотатка"
		want.Burned, want.Hash, want.RecordedAt = 30, "abc", epoch.Add(time.Second)
		want.Reasons = []rules.Effect{{Rule: "redeem", State: rules.Applied, Points: -30, Reason: rules.Reason{ID: "spent", Args: map[string]int64{"points": 30}, Text: "кава"}}}
		want.Answer = json.RawMessage(`{"z":1,  "a":"\u0000"}`)
		s.tx(func(tx engine.Tx) error { return tx.InsertPosting(s.ctx, want, plan) })
		equal(t, "posting", must(s.Posting(s.ctx, s.program.ID, want.ID))(t), want)
		equal(t, "posting by key", must(s.PostingByKey(s.ctx, s.program.ID, "full"))(t), want)
		equal(t, "entries", must(s.Entries(s.ctx, s.program.ID, want.ID))(t), []engine.Entry{
			{PostingID: want.ID, No: 1, AccountID: m.AccountID, LotID: lot.ID, Points: -30, Contra: ledger.ContraBurn}})
		lot.Remaining = 70
		equal(t, "lots", must(s.Lots(s.ctx, s.program.ID, []string{"nothing", lot.ID}))(t), []ledger.Lot{lot})
		equal(t, "no lots", must(s.Lots(s.ctx, s.program.ID, nil))(t), []ledger.Lot(nil))
		_, err = s.Posting(s.ctx, s.program.ID, "nothing")
		s.wants(engine.KindNotFound, err)
		_, err = s.PostingByKey(s.ctx, s.program.ID, "nothing")
		s.wants(engine.KindNotFound, err)
		s.clean()
	})

	t.Run("key is taken", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		s.credit(m, 100, time.Time{})
		s.tx(func(tx engine.Tx) error { return s.burnIn(tx, m, 10, "once", epoch) })
		var again error
		s.tx(func(tx engine.Tx) error {
			again = s.burnIn(tx, m, 10, "once", epoch)
			_, err := tx.PostingByKey(s.ctx, s.program.ID, "once") // the transaction still works
			return err
		})
		s.wants(engine.KindTaken, again)
		if a := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t); a.Balance() != 90 {
			t.Errorf("balance %d", a.Balance())
		}
	})

	t.Run("debt", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		lot := s.credit(m, 100, time.Time{})
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			plan, err := accounts[0].Overdraw(130, epoch)
			if err != nil {
				return err
			}
			return tx.InsertPosting(s.ctx, s.posting(m, ledger.KindBurn, "overdraw", &accounts[0], plan), plan)
		})
		equal(t, "account in debt", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID, Debt: 30})
		lot.Remaining = 0
		equal(t, "used-up lot", must(s.Lots(s.ctx, s.program.ID, []string{lot.ID}))(t), []ledger.Lot{lot})
		paid := s.credit(m, 50, time.Time{})
		if paid.Remaining != 20 {
			t.Errorf("the new lot keeps %d", paid.Remaining)
		}
		equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID, Lots: []ledger.Lot{paid}})
		s.clean()
	})

	t.Run("a wrong plan is refused", func(t *testing.T) {
		s := s.on(t)
		m, other := s.member(), s.member()
		lot := s.credit(m, 100, time.Time{})
		account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t)
		plan, err := account.Burn(30, epoch)
		if err != nil {
			t.Fatal(err)
		}
		good := s.posting(m, ledger.KindBurn, "wrong", &account, plan)
		for name, spoil := range map[string]func(*engine.Posting, *ledger.Plan){
			"sum":             func(p *engine.Posting, _ *ledger.Plan) { p.Points = -31 },
			"no account":      func(p *engine.Posting, _ *ledger.Plan) { p.AccountID = "" },
			"account of else": func(p *engine.Posting, _ *ledger.Plan) { p.AccountID = other.AccountID },
			"no such account": func(p *engine.Posting, _ *ledger.Plan) { p.AccountID = "nobody" },
			"no such lot": func(_ *engine.Posting, l *ledger.Plan) {
				l.Moves = []ledger.Move{{LotID: "nothing", Points: -30, Contra: ledger.ContraBurn}}
			},
			"too much": func(p *engine.Posting, l *ledger.Plan) {
				p.Points, l.Moves = -101, []ledger.Move{{LotID: lot.ID, Points: -101, Contra: ledger.ContraBurn}}
			},
			"contra": func(_ *engine.Posting, l *ledger.Plan) {
				l.Moves = []ledger.Move{{LotID: lot.ID, Points: -30, Contra: "gift"}}
			},
			"lot": func(p *engine.Posting, l *ledger.Plan) {
				p.Points = 5
				l.NewLots, l.Moves = []ledger.Lot{{ID: "new", Points: 5, Remaining: 4}}, []ledger.Move{{LotID: "new", Points: 5, Contra: ledger.ContraEarn}}
			},
		} {
			p, l := good, plan
			spoil(&p, &l)
			if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.InsertPosting(s.ctx, p, l) }); err == nil {
				t.Errorf("%s: it was written", name)
			}
		}
		equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), account)
		s.clean()
	})

	t.Run("life of lots", func(t *testing.T) {
		s := s.on(t)
		m, other := s.member(), s.member()
		one, two := s.credit(m, 100, epoch.Add(day)), s.credit(m, 50, time.Time{})
		strange := s.credit(other, 5, time.Time{})
		change := func(key string, plan ledger.Plan) func(engine.Tx) error {
			return func(tx engine.Tx) error {
				account, err := tx.Account(s.ctx, s.program.ID, m.AccountID)
				return errors.Join(err, tx.InsertPosting(s.ctx, s.posting(m, ledger.KindAdjust, s.id(key), &account, plan), plan))
			}
		}
		account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t)
		plan, err := account.Burn(30, epoch)
		if err != nil {
			t.Fatal(err)
		}
		plan.Changed = []ledger.Change{{LotID: one.ID, ExpiresAt: epoch.Add(9 * day)}, {LotID: two.ID, ActiveFrom: epoch.Add(-day)}}
		s.tx(change("both", plan))
		one.Remaining, one.ExpiresAt, two.ActiveFrom = 70, epoch.Add(9*day), epoch.Add(-day)
		equal(t, "lots", must(s.Lots(s.ctx, s.program.ID, []string{one.ID, two.ID}))(t), []ledger.Lot{one, two})
		s.tx(change("life only", ledger.Plan{Changed: []ledger.Change{{LotID: one.ID, ActiveFrom: epoch.Add(day), ExpiresAt: epoch.Add(2 * day)}}}))
		one.ActiveFrom, one.ExpiresAt = epoch.Add(day), epoch.Add(2*day)
		equal(t, "lots", must(s.Lots(s.ctx, s.program.ID, []string{one.ID, two.ID}))(t), []ledger.Lot{one, two})
		for _, id := range []string{strange.ID, "nothing"} {
			s.fails(engine.KindNotFound, change("strange", ledger.Plan{Changed: []ledger.Change{{LotID: id, ExpiresAt: epoch}}}))
		}
		equal(t, "lot of another", must(s.Lots(s.ctx, s.program.ID, []string{strange.ID}))(t), []ledger.Lot{strange})
		s.clean()
	})

	t.Run("transfer", func(t *testing.T) {
		s := s.on(t)
		from, to := s.member(), s.member()
		lot := s.credit(from, 100, epoch.Add(day))
		given := ledger.Lot{ID: s.id("lot"), Kind: ledger.KindTransfer, Points: 40, Remaining: 40, ActiveFrom: epoch, ExpiresAt: lot.ExpiresAt, EarnedAt: epoch}
		minus := ledger.Plan{Moves: []ledger.Move{{LotID: lot.ID, Points: -40, Contra: ledger.ContraTransfer}}}
		plus := ledger.Plan{NewLots: []ledger.Lot{given}, Moves: []ledger.Move{{LotID: given.ID, Points: 40, Contra: ledger.ContraTransfer}}}
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, from.AccountID, to.AccountID)
			if err != nil {
				return err
			}
			return errors.Join(tx.InsertPosting(s.ctx, s.posting(from, ledger.KindTransfer, "give", &accounts[0], minus), minus),
				tx.InsertPosting(s.ctx, s.posting(to, ledger.KindTransfer, "get", &accounts[1], plus), plus))
		})
		equal(t, "account", must(s.Account(s.ctx, s.program.ID, to.AccountID))(t), ledger.Account{ID: to.AccountID, Lots: []ledger.Lot{given}})
		s.clean()
	})

	t.Run("expiry", func(t *testing.T) {
		s := newShop(t, s.Store) // alone, for the list of accounts
		var members []engine.Member
		for i := range 5 {
			m := s.member()
			s.credit(m, 100, epoch.Add(time.Duration(i)*day))
			s.credit(m, 10, epoch.Add(time.Duration(i)*day))
			members = append(members, m)
		}
		never := s.member()
		s.credit(never, 5, time.Time{})
		due := func(by time.Time, after string, limit int) []engine.Ended {
			return must(s.AccountsWithExpired(s.ctx, s.program.ID, by, after, limit))(t)
		}
		var ids []engine.Ended
		for _, m := range members[:3] {
			lots := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t).Lots
			ids = append(ids, engine.Ended{AccountID: m.AccountID, MemberID: m.ID, LotID: lots[0].ID})
		}
		equal(t, "due", due(epoch.Add(2*day), "", 10), ids)
		equal(t, "first page", due(epoch.Add(2*day), "", 2), ids[:2])
		equal(t, "second page", due(epoch.Add(2*day), ids[1].AccountID, 2), ids[2:])
		if got := due(epoch.Add(-time.Microsecond), "", 10); len(got) != 0 {
			t.Errorf("too early: %v", got)
		}
		m := members[0]
		var lots []string
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			lots = nil
			for _, l := range accounts[0].Lots {
				lots = append(lots, l.ID)
			}
			plan := accounts[0].Expire(epoch)
			return tx.InsertPosting(s.ctx, s.posting(m, ledger.KindExpire, "expire", &accounts[0], plan), plan)
		})
		equal(t, "due after", due(epoch.Add(2*day), "", 10), ids[1:])
		var gone money.Points
		for _, id := range lots {
			gone += must(s.LotExpired(s.ctx, s.program.ID, id))(t)
		}
		if gone != 110 {
			t.Errorf("expiry took %d", gone)
		}
		_, err := s.LotExpired(s.ctx, s.program.ID, "nothing")
		s.wants(engine.KindNotFound, err)
		s.clean()
	})

	t.Run("lock", func(t *testing.T) {
		s := s.on(t)
		one, two := s.member(), s.member()
		lot := s.credit(two, 9, time.Time{})
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, two.AccountID, one.AccountID, two.AccountID)
			want := []ledger.Account{{ID: one.AccountID}, {ID: two.AccountID, Lots: []ledger.Lot{lot}}}
			slices.SortFunc(want, func(a, b ledger.Account) int { return strings.Compare(a.ID, b.ID) })
			equal(t, "locked accounts", accounts, want)
			return err
		})
		s.fails(engine.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.LockAccounts(s.ctx, s.program.ID, one.AccountID, "nobody")
			return err
		})
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID)
			if len(accounts) != 0 {
				t.Errorf("no ids lock %d accounts", len(accounts))
			}
			return err
		})
	})

	t.Run("rollback", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		failure := fmt.Errorf("no electricity")
		err := s.InTx(s.ctx, func(tx engine.Tx) error {
			if _, err := s.creditIn(tx, m, 100, time.Time{}); err != nil {
				return err
			}
			return failure
		})
		if err != failure {
			t.Errorf("the error is %v", err)
		}
		equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID})
	})

	t.Run("many entries", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		var lots []string
		for range 40 {
			lots = append(lots, s.credit(m, 10, time.Time{}).ID)
		}
		account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t)
		plan, err := account.Overdraw(450, epoch)
		if err != nil {
			t.Fatal(err)
		}
		p := s.posting(m, ledger.KindBurn, "many", &account, plan)
		s.tx(func(tx engine.Tx) error { return tx.InsertPosting(s.ctx, p, plan) })
		var want []engine.Entry
		for i, id := range append(lots, "") {
			want = append(want, engine.Entry{PostingID: p.ID, No: i + 1, AccountID: m.AccountID, LotID: id, Points: -10, Contra: ledger.ContraBurn})
		}
		want[40].Points = -50
		equal(t, "entries", must(s.Entries(s.ctx, s.program.ID, p.ID))(t), want)
		equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID, Debt: 50})
		s.clean()
	})

	t.Run("large numbers", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		const most = money.Points(1) << 60
		lot := s.credit(m, most, time.Time{})
		account := must(s.Account(s.ctx, s.program.ID, m.AccountID))(t)
		if lot.Points != most || account.Balance() != most {
			t.Errorf("a large number came back as %d", account.Balance())
		}
	})
}

func testHistory(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m, other := s.member(), s.member()
	s.tx(func(tx engine.Tx) error {
		return tx.InsertLocation(s.ctx, engine.Location{ID: "l1", ProgramID: s.program.ID, Name: "Ринок", CreatedAt: epoch})
	})
	// Two sales a minute for three minutes, the second of each at the same instant as the first.
	var all []engine.HistoryItem
	for i := range 6 {
		at := epoch.Add(time.Duration(i/2) * time.Minute)
		sale := engine.Sale{ID: s.id("sale"), ProgramID: s.program.ID, MemberID: m.ID, AccountID: m.AccountID, LocationID: "l1", StaffID: "s1",
			Business: "2026-03-14", Currency: "UAH", Version: 1, Total: 1000, Earned: 10, OccurredAt: at, RecordedAt: at}
		s.tx(func(tx engine.Tx) error {
			accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
			if err != nil {
				return err
			}
			expires := at.Add(time.Hour)
			plan, err := accounts[0].Credit(ledger.Lot{ID: s.id("lot"), Points: 10, ActiveFrom: at, EarnedAt: at, ExpiresAt: expires, SaleID: sale.ID, Kind: ledger.KindEarn}, ledger.ContraEarn)
			if err != nil {
				return err
			}
			sale.LotID = plan.NewLots[0].ID
			p := s.posting(m, ledger.KindSale, s.id("key"), &accounts[0], plan)
			p.ID, p.SaleID, p.LocationID, p.StaffID, p.RecordedAt, p.OccurredAt, p.Earned, p.Version = sale.ID, sale.ID, "l1", "s1", at, at, 10, 1
			all = append(all, engine.HistoryItem{Posting: p, Sale: &sale, Location: "Ринок", Expires: expires})
			return tx.InsertSale(s.ctx, sale, p, plan)
		})
	}
	s.credit(m, 5, time.Time{}) // at epoch: without a sale
	s.credit(other, 5, time.Time{})
	newest := must(s.History(s.ctx, s.program.ID, m.AccountID, "", 100))(t)
	if len(newest) != 7 {
		t.Fatalf("%d postings", len(newest))
	}
	for i, want := range []int{5, 4, 3, 2} {
		equal(t, "history", newest[i], all[want])
	}
	without := slices.IndexFunc(newest, func(h engine.HistoryItem) bool { return h.Sale == nil })
	if without < 4 || newest[without].Location != "" || !newest[without].Expires.IsZero() {
		t.Errorf("the bonus is %d: %+v", without, newest)
	}
	var paged []engine.HistoryItem
	for before := ""; ; {
		page := must(s.History(s.ctx, s.program.ID, m.AccountID, before, 2))(t)
		paged = append(paged, page...)
		if len(page) < 2 {
			break
		}
		before = page[1].Posting.ID
	}
	equal(t, "pages", paged, newest)
	equal(t, "of nobody", must(s.History(s.ctx, s.program.ID, "", "", 10))(t), []engine.HistoryItem(nil))
}
