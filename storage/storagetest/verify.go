package storagetest

import (
	"errors"
	"fmt"
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
	for _, table := range []string{"posting", "entry", "certificate_move"} {
		off = append(off, "DROP TRIGGER IF EXISTS "+table+"_no_update", "DROP TRIGGER IF EXISTS "+table+"_no_delete")
	}
	if s.Dialect() == sqldb.Postgres {
		off, on = nil, nil
		for _, table := range []string{"posting", "entry", "lot", "sale_line", "certificate_move", "referral"} { // ALL: foreign keys are triggers too
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
		return errors.Join(tx.InsertSale(s.ctx, sale), tx.AddActivity(s.ctx, s.activity(rich, "2026-03-14", 2, 700, 30, epoch)))
	})
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
	equal(t, "sum", sum, engine.Verified{Accounts: more + 2, Lots: 2, Postings: 4, Entries: 4, Sales: 1, Balance: 1000})
	equal(t, "progress", progress, []int{500, more + 2})

	id := func(table, id string) string {
		return " WHERE program_id = '" + s.program.ID + "' AND " + table + " = '" + id + "'"
	}
	account, ofLot, ofPosting, ofEntry, ofSale, ofLine := id("id", rich.AccountID), id("id", big.ID), id("id", burn.ID), id("posting_id", burn.ID), id("id", sale.ID), id("sale_id", sale.ID)
	ofMember := id("member_id", rich.ID)
	entry := func(posting, lot string, points int, contra string) string {
		return fmt.Sprintf("INSERT INTO entry (program_id, posting_id, no, lot_id, points, contra) VALUES ('%s', '%s', 9, '%s', %d, '%s')", s.program.ID, posting, lot, points, contra)
	}
	drop := func(posting string) string { return "DELETE FROM entry" + id("posting_id", posting) + " AND no = 9" }
	for _, plant := range []struct {
		name, change, undo string
		want               string // check and id, among what is found
	}{
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
		{"entry", "UPDATE entry SET points = -31" + ofEntry, "UPDATE entry SET points = -30" + ofEntry, "posting_entries " + burn.ID},
		{"entry against account", "UPDATE entry SET points = -31" + ofEntry, "UPDATE entry SET points = -30" + ofEntry, "account_entries " + m.AccountID},
		{"entry against lot", "UPDATE entry SET points = -31" + ofEntry, "UPDATE entry SET points = -30" + ofEntry, "lot_entries " + lot.ID},
		{"debt contra", "UPDATE entry SET contra = 'debt'" + ofEntry + " AND no = 1", "UPDATE entry SET contra = 'burn'" + ofEntry + " AND no = 1", "debt_contra " + burn.ID},
		{"entry without a posting", entry("nowhere", lot.ID, 7, "earn"), drop("nowhere"), "entry_posting nowhere"},
		{"entry without a posting against the program", entry("nowhere", lot.ID, 7, "earn"), drop("nowhere"), "program_sum " + s.program.ID},
		{"posting of no account", "UPDATE posting SET account_id = '" + m.AccountID + "-'" + ofPosting, "UPDATE posting SET account_id = '" + m.AccountID + "'" + ofPosting, "account_entries " + m.AccountID},
		{"posting without an account", "UPDATE posting SET account_id = '~'" + ofPosting, "UPDATE posting SET account_id = '" + m.AccountID + "'" + ofPosting, "posting_account ~"},
		{"total", "UPDATE sale SET total = total + 1" + ofSale, "UPDATE sale SET total = total - 1" + ofSale, "sale_lines " + sale.ID},
		{"line", "UPDATE sale_line SET earn = 5" + ofLine + " AND no = 1", "UPDATE sale_line SET earn = 4" + ofLine + " AND no = 1", "sale_lines " + sale.ID},
		{"redeemed", "UPDATE sale SET redeem_money = 1" + ofSale, "UPDATE sale SET redeem_money = 3000" + ofSale, "sale_lines " + sale.ID},
		{"returned", "UPDATE sale SET returned_total = 1" + ofSale, "UPDATE sale SET returned_total = 0" + ofSale, "sale_returned " + sale.ID},
		{"returned too much", "UPDATE sale_line SET returned_qty = 9000" + ofLine + " AND no = 1", "UPDATE sale_line SET returned_qty = 0" + ofLine + " AND no = 1", "sale_returned " + sale.ID},
		{"discount", "UPDATE sale SET discount = 1501" + ofSale, "UPDATE sale SET discount = 1500" + ofSale, "sale_lines " + sale.ID},
		{"discount of a line", "UPDATE sale_line SET discount = 999" + ofLine + " AND no = 1", "UPDATE sale_line SET discount = 1000" + ofLine + " AND no = 1", "sale_lines " + sale.ID},
		{"certificate", "UPDATE sale SET certificate = 701" + ofSale, "UPDATE sale SET certificate = 700" + ofSale, "sale_lines " + sale.ID},
		{"returned to a certificate", "UPDATE sale_line SET returned_gift = 701" + ofLine + " AND no = 1", "UPDATE sale_line SET returned_gift = 0" + ofLine + " AND no = 1", "sale_returned " + sale.ID},
		{"transfer", "UPDATE entry SET contra = 'transfer'" + ofEntry + " AND no = 1", "UPDATE entry SET contra = 'burn'" + ofEntry + " AND no = 1", "transfer_contra " + s.program.ID},
		{"visits", "UPDATE standing SET visits = 3" + ofMember, "UPDATE standing SET visits = 2" + ofMember, "standing_activity " + rich.ID},
		{"spent", "UPDATE standing SET spent = 701" + ofMember, "UPDATE standing SET spent = 700" + ofMember, "standing_activity " + rich.ID},
		{"earned", "UPDATE activity SET earned = 31" + ofMember, "UPDATE activity SET earned = 30" + ofMember, "standing_activity " + rich.ID},
		{"days without a standing", "DELETE FROM standing" + ofMember,
			"INSERT INTO standing (program_id, member_id, visits, spent, earned) VALUES ('" + s.program.ID + "', '" + rich.ID + "', 2, 700, 30)", "standing_activity " + rich.ID},
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
