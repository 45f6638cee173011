package storage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// TestMigrateLean brings postings with entries and sales with lines and tenders from the last schema with tables of their own for
// those.
func TestMigrateLean(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"postgres": storagetest.Postgres, "sqlite": storagetest.SQLite} {
		t.Run(name, func(t *testing.T) { testMigrateLean(t, url(t)) })
	}
}

func testMigrateLean(t *testing.T, url string) {
	ctx := t.Context()
	at := time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)
	const odd = "\"\\/ \t\n\x1f\x7f 'Ґ' 👩🏽‍🍳 \u2028"
	db := migrated(t, url, 3, at)
	must := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(ctx, sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for i, p := range []string{"p", "q"} { // the second program has the same ids
		must(`INSERT INTO program (id, slug, version, card_key, state, created_at) VALUES ($1, $1, 1, '', 'active', $2)`, p, at)
		must(`INSERT INTO member (program_id, id, account_id, card, token, invite_tag, language, state, source, inviter_id, joined_at, joined_at_location)
			VALUES ($1, 'm', 'a', '', '', '', '', 'active', '', '', $2, '')`, p, at)
		must(`INSERT INTO account (program_id, id, balance, debt) VALUES ($1, 'a', $2, 20)`, p, 30+i)
		must(`INSERT INTO lot (program_id, id, account_id, kind, points, remaining, active_from, earned_at, sale_id) VALUES ($1, $2, 'a', 'earn', 51, $3, $4, $4, '')`, p, odd, 50+i, at)
		for _, posting := range []struct{ id, sale string }{{"made", "sale"}, {"back", "sale"}, {"empty", ""}} {
			points := 0
			if posting.id == "made" {
				points = 30 + i
			}
			must(`INSERT INTO posting (program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id, staff_id, location_id, version, points, earned, burned,
					debt, balance, reasons, note, answer, occurred_at, recorded_at)
				VALUES ($1, $2, 'sale', $2, '', 'm', 'a', $3, '', '', '', 1, $4, 0, 0, 0, 0, '', '', '', $5, $5)`, p, posting.id, posting.sale, points, at)
		}
		must(`INSERT INTO entry (program_id, posting_id, no, lot_id, points, contra)
			VALUES ($1, 'made', 2, '', -20, 'burn'), ($1, 'made', 1, $2, $3, 'earn'), ($1, 'made', 10, $2, -1, 'adjust'), ($1, 'made', 9, $2, 1, 'adjust')`, p, odd, 50+i)
		for _, sale := range []string{"sale", "bare"} {
			total := 0
			if sale == "sale" {
				total = 16_002 + i
			}
			must(`INSERT INTO sale (program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version, total, redeemed,
					redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total, reversed_earn, reversed_redeem, lapsed_used, discount, certificate)
				VALUES ($1, $2, '', '', '', '', '', '', '2026-03-14', 'till', 'UAH', 1, $3, 0, 0, 0, '', $4, $4, 0, 0, 0, 0, 0, 0)`, p, sale, total, at)
		}
		must(`INSERT INTO sale_line (program_id, sale_id, no, sku, name, category, quantity, net, no_earn, no_redeem, redeem_money, redeem_points, earn,
				returned_qty, returned_net, returned_cash, reversed_earn, reversed_redeem, discount, certificate, returned_gift)
			VALUES ($1, 'sale', 1, '', $2, '', 2000, 16000, false, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
				($1, 'sale', 11, $2, 'n', $2, 1, $3, true, false, 4, 5, 7, 8, 9, 10, 12, 13, 3, 6, 11), ($1, 'sale', 3, '', '', '', 0, 0, false, true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`,
			p, odd, 2+i)
		must(`INSERT INTO sale_tender (program_id, sale_id, no, kind, amount) VALUES ($1, 'sale', 2, 'gift', 2), ($1, 'sale', 10, 'house', 0), ($1, 'sale', 1, 'card', $2)`, p, i)
	}
	db.Close()

	s := storagetest.Open(t, url)
	same := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", what, diff)
		}
	}
	for i, p := range []string{"p", "q"} {
		entries, err := s.Entries(ctx, p, "made")
		if err != nil {
			t.Fatal(err)
		}
		var want []engine.Entry
		for no, m := range []ledger.Move{{LotID: odd, Points: 50, Contra: "earn"}, {Points: -20, Contra: "burn"}, {LotID: odd, Points: 1, Contra: "adjust"}, {LotID: odd, Points: -1, Contra: "adjust"}} {
			want = append(want, engine.Entry{PostingID: "made", No: no + 1, AccountID: "a", LotID: m.LotID, Points: m.Points, Contra: m.Contra})
		}
		want[0].Points += []ledger.Move{{}, {Points: 1}}[i].Points
		same("entries", entries, want)
		if entries, err := s.Entries(ctx, p, "back"); err != nil || len(entries) != 0 {
			t.Errorf("entries of a posting without any are %v, %v", entries, err)
		}
		postings, err := s.SalePostings(ctx, p, "sale")
		if err != nil || len(postings) != 2 || postings[0].ID != "back" || postings[1].ID != "made" {
			t.Errorf("postings of the sale are %+v, %v", postings, err)
		}
		sale, err := s.Sale(ctx, p, "sale")
		if err != nil {
			t.Fatal(err)
		}
		line := engine.SaleLine{No: 11, Line: rules.Line{SKU: odd, Name: "n", Category: odd, Quantity: 1, Net: 2, NoEarn: true},
			LineResult:  rules.LineResult{Discount: 3, RedeemMoney: 4, RedeemPoints: 5, Certificate: 6, Earn: 7},
			ReturnedQty: 8, ReturnedNet: 9, ReturnedCash: 10, ReturnedGift: 11, ReversedEarn: 12, ReversedRedeem: 13}
		tenders := []engine.Tender{{Kind: engine.TenderCard}, {Kind: engine.TenderGift, Amount: 2}, {Kind: engine.TenderHouse}}
		if i == 1 {
			line.Net, tenders[0].Amount = 3, 1
		}
		same("lines", sale.Lines, []engine.SaleLine{{No: 1, Line: rules.Line{Name: odd, Quantity: 2000, Net: 16_000}}, {No: 3, Line: rules.Line{NoRedeem: true}}, line})
		same("tenders", sale.Tenders, tenders)
		bare, err := s.Sale(ctx, p, "bare")
		if err != nil || len(bare.Lines) != 0 || len(bare.Tenders) != 0 {
			t.Errorf("the bare sale is %+v, %v", bare, err)
		}
		sum, err := s.Verify(ctx, p, nil, func(a engine.Audited) {
			if a.Check == "account_entries" || a.Check == "account_lots" || a.Check == "lot_entries" || a.Check == "posting_entries" || a.Check == "program_sum" || a.Check == "posting_account" {
				t.Errorf("verify: %s %s: %s", a.Check, a.ID, a.Detail)
			}
		})
		if err != nil || sum.Entries != 4 || sum.Postings != 3 || sum.Sales != 2 {
			t.Errorf("verification saw %+v, %v", sum, err)
		}
	}
	for _, sql := range []string{"UPDATE posting SET moves = ''", "DELETE FROM posting", "SELECT 1 FROM entry", "SELECT 1 FROM sale_line", "SELECT 1 FROM sale_tender"} {
		if _, err := s.DB().Exec(ctx, sql); err == nil {
			t.Errorf("%s is allowed", sql)
		}
	}
}

// TestTextsAreComparedByBytes: every text column has the collation that compares bytes, as SQLite's does, in whichever migration it was
// added.
func TestTextsAreComparedByBytes(t *testing.T) {
	s := storagetest.Open(t, storagetest.Postgres(t))
	if s.Dialect() != sqldb.Postgres {
		t.Fatal("this is no PostgreSQL")
	}
	rows, err := s.DB().Query(t.Context(), `SELECT table_name || '.' || column_name || ' ' || COALESCE(collation_name, 'of the database')
		FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name <> 'schema_migration' AND data_type IN ('text', 'character varying', 'character')
		ORDER BY table_name, column_name`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range columns {
		if len(column) < 3 || column[len(column)-2:] != " C" {
			t.Errorf("%s: give the column COLLATE \"C\" in its migration", column)
		}
	}
	if len(columns) < 150 {
		t.Errorf("only %d columns were found", len(columns))
	}
}
