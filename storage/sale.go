package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/storage/sqldb"
)

var (
	saleColumns = []string{"program_id", "id", "member_id", "account_id", "location_id", "till", "staff_id", "receipt_no", "business", "source",
		"currency", "version", "total", "redeemed", "redeem_money", "earned", "lot_id", "occurred_at", "recorded_at",
		"returned_total", "reversed_earn", "reversed_redeem", "lapsed_used", "discount", "certificate", "did", "revision"}
	lineColumns = []string{"program_id", "sale_id", "no", "sku", "name", "category", "quantity", "net", "no_earn", "no_redeem",
		"redeem_money", "redeem_points", "earn", "returned_qty", "returned_net", "returned_cash", "reversed_earn", "reversed_redeem",
		"discount", "certificate", "returned_gift"}
	tenderColumns = []string{"program_id", "sale_id", "no", "kind", "amount"}
)

const selectSale = `SELECT program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version,
	total, redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total, reversed_earn, reversed_redeem, lapsed_used,
	discount, certificate, did, revision
	FROM sale `

func scanSale(row pgx.Row) (s engine.Sale, err error) {
	var did string
	err = row.Scan(&s.ProgramID, &s.ID, &s.MemberID, &s.AccountID, &s.LocationID, &s.Till, &s.StaffID, &s.ReceiptNo, &s.Business, &s.Source,
		&s.Currency, &s.Version, &s.Total, &s.Redeemed, &s.RedeemMoney, &s.Earned, &s.LotID, &s.OccurredAt, &s.RecordedAt,
		&s.ReturnedTotal, &s.ReversedEarn, &s.ReversedRedeem, &s.LapsedUsed, &s.Discount, &s.Certificate, &did, &s.Revision)
	if err != nil {
		return s, err
	}
	return s, decode("did", did, &s.Did)
}

// encodeDid writes what a sale did beside moving its own points; nothing is "".
func encodeDid(did engine.Did) (string, error) {
	text, err := encode("did", did)
	if text == "{}" {
		text = ""
	}
	return text, err
}

// Sale implements [engine.LedgerReads].
func (r reads) Sale(ctx context.Context, programID, id string) (engine.Sale, error) {
	return r.wholeSale(ctx, selectSale+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// Sale locks the sale until the transaction ends, so that of two returns at once the second one sees the first, even when
// no account is there to be locked.
func (w *writes) Sale(ctx context.Context, programID, id string) (engine.Sale, error) {
	return w.wholeSale(ctx, selectSale+`WHERE program_id = $1 AND id = $2 FOR UPDATE`, programID, id)
}

// SaleByReceipt implements [engine.LedgerReads].
func (r reads) SaleByReceipt(ctx context.Context, programID, locationID, till, business, receiptNo string) (engine.Sale, error) {
	return r.wholeSale(ctx, selectSale+`WHERE program_id = $1 AND location_id = $2 AND till = $3 AND business = $4 AND receipt_no = $5 AND receipt_no <> ''`,
		programID, locationID, till, business, receiptNo)
}

// wholeSale reads a sale with lines and tenders.
func (r reads) wholeSale(ctx context.Context, sql string, args ...any) (engine.Sale, error) {
	s, err := one(ctx, r.q, "sale", scanSale, sql, args...)
	if err != nil {
		return s, err
	}
	s.Lines, err = many(ctx, r.q, "lines", scanLine, `SELECT `+lineFields+` FROM sale_line WHERE program_id = $1 AND sale_id = $2 ORDER BY no`,
		s.ProgramID, s.ID)
	if err != nil {
		return s, err
	}
	s.Tenders, err = many(ctx, r.q, "tenders", scanTender, `SELECT kind, amount FROM sale_tender WHERE program_id = $1 AND sale_id = $2 ORDER BY no`,
		s.ProgramID, s.ID)
	return s, err
}

const lineFields = `no, sku, name, category, quantity, net, no_earn, no_redeem, redeem_money, redeem_points,
	earn, returned_qty, returned_net, returned_cash, reversed_earn, reversed_redeem, discount, certificate, returned_gift`

func scanLine(row pgx.Row) (l engine.SaleLine, err error) {
	err = row.Scan(&l.No, &l.SKU, &l.Name, &l.Category, &l.Quantity, &l.Net, &l.NoEarn, &l.NoRedeem, &l.RedeemMoney, &l.RedeemPoints,
		&l.Earn, &l.ReturnedQty, &l.ReturnedNet, &l.ReturnedCash, &l.ReversedEarn, &l.ReversedRedeem, &l.Discount, &l.Certificate, &l.ReturnedGift)
	return l, err
}

func scanTender(row pgx.Row) (t engine.Tender, err error) {
	err = row.Scan(&t.Kind, &t.Amount)
	return t, err
}

var insertSale = `INSERT INTO sale (` + columnList(saleColumns) + `) VALUES ` + sqldb.Placeholders(1, len(saleColumns)) + ` ON CONFLICT DO NOTHING`

// InsertSale implements [engine.LedgerWrites].
func (w *writes) InsertSale(ctx context.Context, s engine.Sale) error {
	did, err := encodeDid(s.Did)
	if err != nil {
		return err
	}
	err = insert(ctx, w.q, "sale", insertSale,
		s.ProgramID, s.ID, s.MemberID, s.AccountID, s.LocationID, s.Till, s.StaffID, s.ReceiptNo, s.Business, s.Source,
		s.Currency, s.Version, int64(s.Total), int64(s.Redeemed), int64(s.RedeemMoney), int64(s.Earned), s.LotID, s.OccurredAt, s.RecordedAt,
		int64(s.ReturnedTotal), int64(s.ReversedEarn), int64(s.ReversedRedeem), int64(s.LapsedUsed),
		int64(s.Discount), int64(s.Certificate), did, int64(s.Revision))
	if err != nil {
		return err
	}
	return w.insertParts(ctx, s)
}

// insertParts writes the lines and tenders of a sale.
func (w *writes) insertParts(ctx context.Context, s engine.Sale) error {
	lines := make([][]any, len(s.Lines))
	for i, l := range s.Lines {
		lines[i] = []any{s.ProgramID, s.ID, int64(l.No), l.SKU, l.Name, l.Category, int64(l.Quantity), int64(l.Net), l.NoEarn, l.NoRedeem,
			int64(l.RedeemMoney), int64(l.RedeemPoints), int64(l.Earn), int64(l.ReturnedQty), int64(l.ReturnedNet), int64(l.ReturnedCash),
			int64(l.ReversedEarn), int64(l.ReversedRedeem), int64(l.Discount), int64(l.Certificate), int64(l.ReturnedGift)}
	}
	if _, err := sqldb.BulkInsert(ctx, w.q, "sale_line", lineColumns, lines); err != nil {
		return fmt.Errorf("insert lines: %w", translate(err))
	}
	tenders := make([][]any, len(s.Tenders))
	for i, t := range s.Tenders {
		tenders[i] = []any{s.ProgramID, s.ID, int64(i + 1), string(t.Kind), int64(t.Amount)}
	}
	if _, err := sqldb.BulkInsert(ctx, w.q, "sale_tender", tenderColumns, tenders); err != nil {
		return fmt.Errorf("insert tenders: %w", translate(err))
	}
	return nil
}

// UpdateSaleReturned implements [engine.LedgerWrites].
func (w *writes) UpdateSaleReturned(ctx context.Context, s engine.Sale) error {
	err := update(ctx, w.q, "sale", `UPDATE sale SET returned_total = $3, reversed_earn = $4, reversed_redeem = $5, lapsed_used = $6
		WHERE program_id = $1 AND id = $2`,
		s.ProgramID, s.ID, int64(s.ReturnedTotal), int64(s.ReversedEarn), int64(s.ReversedRedeem), int64(s.LapsedUsed))
	if err != nil {
		return err
	}
	for _, l := range s.Lines {
		if l.ReturnedQty == 0 && l.ReturnedNet == 0 {
			continue // nothing can have changed: what is returned only grows
		}
		err := update(ctx, w.q, "line", `UPDATE sale_line SET returned_qty = $4, returned_net = $5, returned_cash = $6, reversed_earn = $7,
				reversed_redeem = $8, returned_gift = $9
			WHERE program_id = $1 AND sale_id = $2 AND no = $3`,
			s.ProgramID, s.ID, int64(l.No), int64(l.ReturnedQty), int64(l.ReturnedNet), int64(l.ReturnedCash), int64(l.ReversedEarn),
			int64(l.ReversedRedeem), int64(l.ReturnedGift))
		if err != nil {
			return err
		}
	}
	return nil
}
