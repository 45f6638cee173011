package storagetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/storage/sqldb"
)

// tampering lets a test write what the schema forbids, as a fault or an intruder with the database in hand would.
func (s *shop) tampering(changes ...string) {
	s.Helper()
	off, on := []string{"PRAGMA ignore_check_constraints = 1", "PRAGMA foreign_keys = 0"}, []string{"PRAGMA ignore_check_constraints = 0", "PRAGMA foreign_keys = 1"}
	for _, table := range []string{"posting", "certificate_move"} {
		off = append(off, "DROP TRIGGER IF EXISTS "+table+"_no_update", "DROP TRIGGER IF EXISTS "+table+"_no_delete")
	}
	if s.Dialect() == sqldb.Postgres {
		off, on = nil, nil
		for _, table := range []string{"posting", "certificate_move", "referral"} { // ALL: foreign keys are triggers too
			off = append(off, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
			on = append(on, "ALTER TABLE "+table+" ENABLE TRIGGER ALL")
		}
		for table, checks := range map[string][]string{"lot": {"lot_check"}, "account": {"account_check", "account_debt_check"}, "certificate": {"certificate_check"}} {
			for _, check := range checks {
				off = append(off, "ALTER TABLE "+table+" DROP CONSTRAINT IF EXISTS "+check)
			}
		}
	}
	for _, sql := range append(append(off, changes...), on...) {
		s.exec(sql)
	}
}

func testVerify(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m, rich := s.member(), s.member()
	lot := s.credit(m, 100, epoch.Add(time.Hour))
	big := s.credit(rich, 1000, time.Time{})
	s.tx(func(tx engine.Tx) error { return s.burnIn(tx, m, 30, "burn", epoch) })
	s.tx(func(tx engine.Tx) error {
		accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
		if err != nil {
			return err
		}
		plan := accounts[0].Expire(epoch.Add(time.Hour))
		return tx.InsertPosting(s.ctx, s.posting(m, ledger.KindExpire, "expire", &accounts[0], plan), plan)
	})
	sale := s.sale(m, "1", epoch)
	s.tx(func(tx engine.Tx) error {
		// A return of nothing, so that there is a row which can be falsified.
		return errors.Join(s.sell(tx, sale), tx.UpdateSaleReturned(s.ctx, sale), tx.AddActivity(s.ctx, s.activity(rich, "2026-03-14", 2, 700, 30, epoch)))
	})
	hold := engine.Hold{Hold: ledger.Hold{ID: s.id("hold"), Points: 1, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}, ProgramID: s.program.ID, MemberID: rich.ID,
		AccountID: rich.AccountID, State: engine.HoldHeld, Key: "held"}
	s.tx(func(tx engine.Tx) error { return tx.InsertHold(s.ctx, hold) })
	burn := must(s.PostingByKey(s.ctx, s.program.ID, "burn"))(t)
	// More accounts than one chunk holds.
	const more = 620
	s.tx(func(tx engine.Tx) error {
		for range more {
			n := s.serial.Add(1)
			if err := tx.InsertMember(s.ctx, engine.Member{ID: fmt.Sprint("many-", n), ProgramID: s.program.ID, AccountID: fmt.Sprint("many-", n), State: engine.MemberActive, JoinedAt: epoch}); err != nil {
				return err
			}
		}
		return nil
	})
	var progress []int
	sum, err := s.Verify(s.ctx, s.program.ID, func(done int) { progress = append(progress, done) }, func(a engine.Audited) { t.Errorf("found %+v", a) })
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "sum", sum, engine.Verified{Accounts: more + 2, Lots: 2, Postings: 5, Entries: 4, Sales: 1, Balance: 1000})
	size := must(s.VerifySize(s.ctx, s.program.ID))(t)
	equal(t, "progress", progress, []int{500, more + 2, more + 502, 2*more + 4, 2*more + 5, 2*more + 505, 3*more + 7})
	equal(t, "size", size, 3*more+7)

	id := func(table, id string) string {
		return " WHERE program_id = '" + s.program.ID + "' AND " + table + " = '" + id + "'"
	}
	account, ofLot, ofPosting, ofSale := id("id", rich.AccountID), id("id", big.ID), id("id", burn.ID), id("id", sale.ID)
	ofMember, ofHold := id("member_id", rich.ID), id("id", hold.ID)
	type plant struct {
		name, change, undo string
		want               string // check and id, among what is found
	}
	// within plants another text in a column of JSON.
	within := func(name, table, column, of, was, is, want string) plant {
		var text string
		if err := s.DB().QueryRow(s.ctx, "SELECT "+column+" FROM "+table+of).Scan(&text); err != nil || !strings.Contains(text, was) {
			t.Fatalf("%s: %s.%s is %s, %v", name, table, column, text, err)
		}
		set := func(text string) string { return "UPDATE " + table + " SET " + column + " = '" + text + "'" + of }
		return plant{name, set(strings.Replace(text, was, is, 1)), set(text), want}
	}
	entry := func(name, was, is, want string) plant {
		return within(name, "posting", "moves", ofPosting, was, is, want)
	}
	// known plants what the account's row says of its lots, and may change the lot too.
	known := func(name, says string, lot ...string) plant {
		set := func(says, change string) string {
			sql := "UPDATE account SET (known_active, known_ended, known_next, known_next_points, known_from, known_until) = (" + says + ")" + account
			if change != "" {
				sql += "; UPDATE lot SET " + change + ofLot
			}
			return sql
		}
		lot = append(lot, "", "")
		return plant{"known " + name, set(says, lot[0]), set("1000, 0, NULL, 0, '2026-03-14T09:26:53.589793Z', NULL", lot[1]), "account_known " + rich.AccountID}
	}
	line := func(name, was, is, want string) plant {
		return within(name, "sale", "lines", ofSale, was, is, want)
	}
	for _, plant := range []plant{
		{"balance", "UPDATE account SET balance = balance + 1" + account, "UPDATE account SET balance = balance - 1" + account, "account_entries " + rich.AccountID},
		{"balance against lots", "UPDATE account SET balance = balance + 1" + account, "UPDATE account SET balance = balance - 1" + account, "account_lots " + rich.AccountID},
		{"balance against the program", "UPDATE account SET balance = balance + 1" + account, "UPDATE account SET balance = balance - 1" + account, "program_sum " + s.program.ID},
		{"debt", "UPDATE account SET debt = 5" + account, "UPDATE account SET debt = 0" + account, "account_debt " + rich.AccountID},
		{"debt below zero", "UPDATE account SET debt = -5" + account, "UPDATE account SET debt = 0" + account, "below_zero " + rich.AccountID},
		{"remaining", "UPDATE lot SET remaining = 999" + ofLot, "UPDATE lot SET remaining = 1000" + ofLot, "lot_entries " + big.ID},
		{"remaining against balance", "UPDATE lot SET remaining = 999" + ofLot, "UPDATE lot SET remaining = 1000" + ofLot, "account_lots " + rich.AccountID},
		{"remaining below zero", "UPDATE lot SET remaining = -1" + ofLot, "UPDATE lot SET remaining = 1000" + ofLot, "below_zero " + big.ID},
		{"remaining beyond earned", "UPDATE lot SET remaining = 1001" + ofLot, "UPDATE lot SET remaining = 1000" + ofLot, "lot_range " + big.ID},
		{"a used lot comes back", "UPDATE lot SET remaining = 3" + id("id", lot.ID), "UPDATE lot SET remaining = 0" + id("id", lot.ID), "lot_entries " + lot.ID},
		{"expired", "UPDATE lot SET expired = 1" + ofLot, "UPDATE lot SET expired = 0" + ofLot, "lot_expired " + big.ID},
		{"lot of another account", "UPDATE lot SET account_id = '" + m.AccountID + "'" + ofLot, "UPDATE lot SET account_id = '" + rich.AccountID + "'" + ofLot, "lot_account " + big.ID},
		{"lot is gone", "UPDATE lot SET id = 'gone'" + ofLot, "UPDATE lot SET id = '" + big.ID + "'" + id("id", "gone"), "lot_entries " + big.ID},
		{"lot from nowhere", "UPDATE lot SET id = 'gone'" + ofLot, "UPDATE lot SET id = '" + big.ID + "'" + id("id", "gone"), "lot_entries gone"},
		{"posting", "UPDATE posting SET points = -31" + ofPosting, "UPDATE posting SET points = -30" + ofPosting, "posting_entries " + burn.ID},
		entry("entry", `,-30,`, `,-31,`, "posting_entries "+burn.ID),
		entry("entry against account", `,-30,`, `,-31,`, "account_entries "+m.AccountID),
		entry("entry against lot", `,-30,`, `,-31,`, "lot_entries "+lot.ID),
		entry("entry against the program", `,-30,`, `,-31,`, "program_sum "+s.program.ID),
		entry("entry of another lot", lot.ID, "gone", "lot_entries gone"),
		entry("entry of the lot of another account", lot.ID, big.ID, "lot_account "+big.ID),
		entry("entry of the debt", lot.ID, "", "account_debt "+m.AccountID),
		entry("debt contra", `"burn"`, `"debt"`, "debt_contra "+burn.ID),
		entry("no entries", `[[`, `[`, "posting_entries "+burn.ID),
		{"posting of another account", "UPDATE posting SET account_id = '" + m.AccountID + "-'" + ofPosting, "UPDATE posting SET account_id = '" + m.AccountID + "'" + ofPosting, "account_entries " + m.AccountID},
		{"posting without an account", "UPDATE posting SET account_id = '~'" + ofPosting, "UPDATE posting SET account_id = '" + m.AccountID + "'" + ofPosting, "posting_account ~"},
		{"posting of nobody", "UPDATE posting SET account_id = ''" + ofPosting, "UPDATE posting SET account_id = '" + m.AccountID + "'" + ofPosting, "posting_account " + burn.ID},
		{"lot without an account", "UPDATE lot SET account_id = '~'" + ofLot, "UPDATE lot SET account_id = '" + rich.AccountID + "'" + ofLot, "lot_account " + big.ID},
		{"hold without an account", "UPDATE hold SET account_id = '~'" + ofHold, "UPDATE hold SET account_id = '" + rich.AccountID + "'" + ofHold, "hold_account " + hold.ID},
		{"total", "UPDATE sale SET total = total + 1" + ofSale, "UPDATE sale SET total = total - 1" + ofSale, "sale_lines " + sale.ID},
		line("line", `"e":4`, `"e":5`, "sale_lines "+sale.ID),
		line("no lines", `[{`, `[`, "sale_lines "+sale.ID),
		{"redeemed", "UPDATE sale SET redeem_money = 1" + ofSale, "UPDATE sale SET redeem_money = 3000" + ofSale, "sale_lines " + sale.ID},
		{"returned", "UPDATE sale SET returned_total = 1" + ofSale, "UPDATE sale SET returned_total = 0" + ofSale, "sale_returned " + sale.ID},
		line("returned too much", `"e":4`, `"e":4,"rq":9000`, "sale_returned "+sale.ID),
		{"discount", "UPDATE sale SET discount = 1501" + ofSale, "UPDATE sale SET discount = 1500" + ofSale, "sale_lines " + sale.ID},
		line("discount of a line", `"d":1000`, `"d":999`, "sale_lines "+sale.ID),
		{"certificate", "UPDATE sale SET certificate = 701" + ofSale, "UPDATE sale SET certificate = 700" + ofSale, "sale_lines " + sale.ID},
		line("returned to a certificate", `"e":4`, `"e":4,"rg":701`, "sale_returned "+sale.ID),
		entry("transfer", `"burn"`, `"transfer"`, "transfer_contra "+s.program.ID),
		known("active", "999, 0, NULL, 0, '2026-03-14T00:00:00.000000Z', NULL"),
		known("ended", "1000, 1, NULL, 0, NULL, NULL"),
		known("what ends next", "1000, 0, NULL, 1000, NULL, NULL"),
		known("when it ends", "1000, 0, '2026-05-01T00:00:00.000000Z', 0, NULL, NULL"),
		known("for ever, though a lot ends", "1000, 0, '2026-04-01T00:00:00.000000Z', 1000, '2026-03-15T00:00:00.000000Z', NULL", "expires_at = '2026-04-01T00:00:00.000000Z'", "expires_at = NULL"),
		known("until after a lot begins", "0, 0, NULL, 0, NULL, '2026-04-01T00:00:00.000001Z'", "active_from = '2026-04-01T00:00:00.000000Z'", "active_from = '2026-03-14T09:26:53.589793Z'"),
		{"visits", "UPDATE account SET visits = 3" + account, "UPDATE account SET visits = 2" + account, "standing_activity " + rich.ID},
		{"spent", "UPDATE account SET spent = 701" + account, "UPDATE account SET spent = 700" + account, "standing_activity " + rich.ID},
		{"earned", "UPDATE activity SET earned = 31" + ofMember, "UPDATE activity SET earned = 30" + ofMember, "standing_activity " + rich.ID},
		{"account of nobody", "UPDATE account SET member_id = ''" + account, "UPDATE account SET member_id = '" + rich.ID + "'" + account, "account_member " + rich.AccountID},
		{"account of another", "UPDATE account SET member_id = 'another'" + account, "UPDATE account SET member_id = '" + rich.ID + "'" + account, "account_member " + rich.AccountID},
		{"account of somebody blocked", "UPDATE account SET holder_state = 'blocked'" + account, "UPDATE account SET holder_state = 'active'" + account, "account_holder " + rich.AccountID},
		{"account of somebody merged", "UPDATE account SET merged_into = 'another'" + account, "UPDATE account SET merged_into = ''" + account, "account_holder " + rich.AccountID},
		{"account of somebody invited", "UPDATE account SET inviter_id = 'another'" + account, "UPDATE account SET inviter_id = ''" + account, "account_holder " + rich.AccountID},
		{"account that no member has", "INSERT INTO account (program_id, id, balance, debt, member_id) VALUES ('" + s.program.ID + "', 'stray', 0, 0, 'another')",
			"DELETE FROM account" + id("id", "stray"), "account_member stray"},
		{"account is gone", "UPDATE account SET id = 'gone'" + account, "UPDATE account SET id = '" + rich.AccountID + "'" + id("id", "gone"), "standing_activity " + rich.ID},
	} {
		t.Run(plant.name, func(t *testing.T) {
			s := s.on(t)
			s.tampering(plant.change)
			found := map[string]bool{}
			if _, err := s.Verify(s.ctx, s.program.ID, nil, func(a engine.Audited) { found[a.Check+" "+a.ID] = true }); err != nil {
				t.Fatal(err)
			}
			if !found[plant.want] {
				t.Errorf("%s is not among %v", plant.want, found)
			}
			s.tampering(plant.undo)
			s.clean()
		})
	}
}
