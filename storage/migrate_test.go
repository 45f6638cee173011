package storage_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage/storagetest"
)

// TestMigrateFull brings a database of the first schema with a few rows in every table that later ones rebuild or look at up to
// the last one.
func TestMigrateFull(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"postgres": storagetest.Postgres, "sqlite": storagetest.SQLite} {
		t.Run(name, func(t *testing.T) { testMigrateFull(t, url(t)) })
	}
}

func testMigrateFull(t *testing.T, url string) {
	ctx := t.Context()
	at := time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)
	db := migrated(t, url, 1, at)
	exec := func(sql string, args ...any) error {
		_, err := db.Exec(ctx, sql, args...)
		return err
	}
	must := func(sql string, args ...any) {
		t.Helper()
		if err := exec(sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	must(`INSERT INTO program (id, slug, version, card_key, state, created_at) VALUES ('p', 'p', 1, '', 'active', $1)`, at)
	for _, m := range []string{"anna", "boris", "idle"} {
		must(`INSERT INTO member (program_id, id, account_id, card, token, invite_tag, language, state, source, inviter_id, joined_at, joined_at_location)
			VALUES ('p', $1, $1, '', '', '', '', 'active', '', '', $2, '')`, m, at)
		must(`INSERT INTO account (program_id, id, balance, debt) VALUES ('p', $1, 0, 0)`, m)
	}
	must(`INSERT INTO profile (program_id, member_id, name, phone, phone_index, proof) VALUES ('p', 'anna', '', '', '', '')`)
	sale := func(id, member, day string, total, returned, earned, reversed int64, hours int) {
		t.Helper()
		must(`INSERT INTO sale (program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version, total, redeemed,
				redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total, reversed_earn, reversed_redeem, lapsed_used)
			VALUES ('p', $1, $2, $2, '', '', '', '', $3, 'till', 'UAH', 1, $4, 0, 0, $5, '', $6, $6, $7, $8, 0, 0)`,
			id, member, day, total, earned, at.Add(time.Duration(hours)*time.Hour), returned, reversed)
		must(`INSERT INTO sale_line (program_id, sale_id, no, sku, name, category, quantity, net, no_earn, no_redeem, redeem_money, redeem_points, earn,
				returned_qty, returned_net, returned_cash, reversed_earn, reversed_redeem)
			VALUES ('p', $1, 1, '', '', '', 1000, $2, false, false, 0, 0, $3, 0, $4, 0, $5, 0)`, id, total, earned, returned, reversed)
		must(`INSERT INTO sale_tender (program_id, sale_id, no, kind, amount) VALUES ('p', $1, 1, 'cash', $2)`, id, total)
	}
	sale("s1", "anna", "2026-03-14", 10_000, 0, 500, 0, 0)
	sale("s2", "anna", "2026-03-14", 5_000, 2_000, 250, 100, 2)
	sale("s3", "anna", "2026-03-15", 900, 900, 45, 45, 24) // returned in full
	sale("s4", "anna", "2026-03-16", 0, 0, 0, 0, 48)       // for nothing
	sale("s5", "boris", "2026-03-15", 300, 0, 15, 0, 24)
	sale("s6", "boris", "2026-03-15", 100, 100, 5, 5, 30)
	sale("s7", "idle", "2026-03-15", 100, 100, 5, 5, 24) // nothing but what came back
	sale("s8", "", "2026-03-15", 777, 0, 0, 0, 24)
	must(`INSERT INTO posting (program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id, staff_id, location_id, version, points, earned, burned,
			debt, balance, reasons, note, answer, occurred_at, recorded_at)
		VALUES ('p', 'e1', 'adjust', 'k', '', 'anna', 'anna', '', '', '', '', 1, 0, 0, 0, 0, 0, '', '', '', $1, $1)`, at)
	must(`INSERT INTO lot (program_id, id, account_id, kind, points, remaining, active_from, earned_at, sale_id) VALUES ('p', 'l1', 'anna', 'earn', 9, 0, $1, $1, '')`, at)
	must(`INSERT INTO entry (program_id, posting_id, no, lot_id, points, contra) VALUES ('p', 'e1', 1, 'l1', 9, 'earn'), ('p', 'e1', 2, 'l1', -9, 'burn')`)

	// The tables made anew allow more, and no less is forbidden.
	db.Close()
	db = migrated(t, url, 3, at)
	undone := func(sql string) error {
		tx, err := db.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := tx.Rollback(ctx); err != nil && err != pgx.ErrTxClosed {
				t.Error(err)
			}
		}()
		_, err = tx.Exec(ctx, sql)
		return err
	}
	for sql, allowed := range map[string]bool{
		`INSERT INTO entry (program_id, posting_id, no, lot_id, points, contra) VALUES ('p', 'e1', 3, 'l1', 1, 'transfer')`: true,
		`INSERT INTO entry (program_id, posting_id, no, lot_id, points, contra) VALUES ('p', 'e1', 3, 'l1', 1, 'gift')`:     false,
		`INSERT INTO entry (program_id, posting_id, no, lot_id, points, contra) VALUES ('p', 'e1', 2, 'l1', 1, 'earn')`:     false, // the key
		`UPDATE entry SET points = 1`: false,
		`DELETE FROM entry`:           false,
		`INSERT INTO sale_tender (program_id, sale_id, no, kind, amount) VALUES ('p', 's1', 2, 'gift', 1)`:  true,
		`INSERT INTO sale_tender (program_id, sale_id, no, kind, amount) VALUES ('p', 's1', 2, 'house', 1)`: true,
		`INSERT INTO sale_tender (program_id, sale_id, no, kind, amount) VALUES ('p', 's1', 2, 'iou', 1)`:   false,
		`INSERT INTO sale_tender (program_id, sale_id, no, kind, amount) VALUES ('p', 's1', 1, 'cash', 1)`:  false, // the key
	} {
		if err := undone(sql); (err == nil) != allowed {
			t.Errorf("%s: %v", sql, err)
		}
	}
	db.Close()

	s := storagetest.Open(t, url)
	anna, err := s.Standing(ctx, "p", "anna", engine.StandingQuery{Basis: rules.TierBySpend, Since: "2026-03-15"})
	if err != nil {
		t.Fatal(err)
	}
	if anna.Visits != 3 || anna.Spent != 13_000 || anna.Earned != 650 || anna.Qualified != 0 || !anna.FirstVisit.Equal(at) || !anna.LastVisit.Equal(at.Add(48*time.Hour)) {
		t.Errorf("anna stands at %+v", anna)
	}
	boris, err := s.Standing(ctx, "p", "boris", engine.StandingQuery{Basis: rules.TierByPoints, Since: "2026-03-15"})
	if err != nil {
		t.Fatal(err)
	}
	if boris.Visits != 1 || boris.Spent != 300 || boris.Qualified != 15 || !boris.LastVisit.Equal(at.Add(24*time.Hour)) {
		t.Errorf("boris stands at %+v", boris)
	}
	idle, err := s.Standing(ctx, "p", "idle", engine.StandingQuery{})
	if err != nil || idle.Visits != 0 || !idle.LastVisit.IsZero() || idle.Birthday.Known() {
		t.Errorf("idle stands at %+v, %v", idle, err)
	}
	for _, id := range []string{"s1", "s2", "s8"} {
		sale, err := s.Sale(ctx, "p", id)
		if err != nil {
			t.Fatal(err)
		}
		if len(sale.Lines) != 1 || sale.Lines[0].Net != sale.Total || len(sale.Tenders) != 1 || sale.Tenders[0] != (engine.Tender{Kind: engine.TenderCash, Amount: sale.Total}) ||
			sale.Discount != 0 || sale.Certificate != 0 || sale.Revision != 0 || len(sale.Did.Lots) != 0 {
			t.Errorf("the sale is %+v", sale)
		}
	}
	if entries, err := s.Entries(ctx, "p", "e1"); err != nil || len(entries) != 2 || entries[0].Points != 9 || entries[1].Contra != "burn" {
		t.Errorf("the entries are %+v, %v", entries, err)
	}
	if _, err := s.Verify(ctx, "p", nil, func(a engine.Audited) { t.Errorf("verify: %s %s: %s", a.Check, a.ID, a.Detail) }); err != nil {
		t.Fatal(err)
	}
}
