package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
)

// A sale is a row of posting as long as it is as it was made, and a row of sale from its first correction on. The view every_sale has both,
// with the columns of sale.

// saleColumns are the columns of a sale, in the order of [saleRow].
var saleColumns = []string{"program_id", "id", "member_id", "account_id", "location_id", "till", "staff_id", "receipt_no", "business", "source",
	"currency", "version", "total", "redeemed", "redeem_money", "earned", "lot_id", "occurred_at", "recorded_at",
	"returned_total", "reversed_earn", "reversed_redeem", "lapsed_used", "discount", "certificate", "did", "revision", "lines", "tenders"}

const (
	saleFields = `program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version,
	total, redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total, reversed_earn, reversed_redeem, lapsed_used,
	discount, certificate, did, revision`
	selectSaleHead = `SELECT ` + saleFields + ` FROM every_sale `
	selectSale     = `SELECT ` + saleFields + `, lines, tenders FROM every_sale `

	// soldFields are the same of a posting that is a sale.
	soldFields = `program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version,
	total, burned AS redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, CAST(0 AS bigint) AS returned_total, CAST(0 AS bigint) AS reversed_earn,
	CAST(0 AS bigint) AS reversed_redeem, CAST(0 AS bigint) AS lapsed_used, discount, certificate, did, CAST(0 AS bigint) AS revision`
)

// saleInto lists where the columns go; the JSON one goes through a text.
func saleInto(s *engine.Sale, did *string) []any {
	return []any{&s.ProgramID, &s.ID, &s.MemberID, &s.AccountID, &s.LocationID, &s.Till, &s.StaffID, &s.ReceiptNo, &s.Business, &s.Source,
		&s.Currency, &s.Version, &s.Total, &s.Redeemed, &s.RedeemMoney, &s.Earned, &s.LotID, &s.OccurredAt, &s.RecordedAt,
		&s.ReturnedTotal, &s.ReversedEarn, &s.ReversedRedeem, &s.LapsedUsed, &s.Discount, &s.Certificate, did, &s.Revision}
}

// scanSaleHead reads a sale without lines and tenders.
func scanSaleHead(row pgx.Row) (s engine.Sale, err error) {
	var did string
	if err := row.Scan(saleInto(&s, &did)...); err != nil {
		return s, err
	}
	return s, decode("did", did, &s.Did)
}

func scanSale(row pgx.Row) (s engine.Sale, err error) {
	var did, lines, tenders string
	if err := row.Scan(append(saleInto(&s, &did), &lines, &tenders)...); err != nil {
		return s, err
	}
	if err := decode("did", did, &s.Did); err != nil {
		return s, err
	}
	if s.Lines, err = decodeLines(nil, lines); err != nil {
		return s, err
	}
	s.Tenders, err = decodeTenders(tenders)
	return s, err
}

// encodeDid writes what a sale did beside moving its own points; nothing is "".
func encodeDid(did engine.Did) (string, error) {
	text, err := did.AppendTo(make([]byte, 0, 128))
	if err != nil {
		return "", fmt.Errorf("encode did: %w", err)
	}
	if string(text) == "{}" {
		return "", nil
	}
	return string(text), nil
}

// Sale implements [engine.LedgerReads].
func (r reads) Sale(ctx context.Context, programID, id string) (engine.Sale, error) {
	return one(ctx, r.q, "sale", scanSale, selectSale+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// Sale locks the sale until the transaction ends, so that of two returns at once the second one sees the first, even when
// no account is there to be locked. Who waits for a sale that is corrected meanwhile finds it where it is then.
func (w *writes) Sale(ctx context.Context, programID, id string) (engine.Sale, error) {
	s, err := one(ctx, w.q, "sale", scanSale, `SELECT `+soldFields+`, lines, tenders FROM posting WHERE program_id = $1 AND id = $2 AND sold FOR UPDATE`, programID, id)
	if !engine.IsKind(err, engine.KindNotFound) {
		return s, err
	}
	return one(ctx, w.q, "sale", scanSale, `SELECT `+saleFields+`, lines, tenders FROM sale WHERE program_id = $1 AND id = $2 FOR UPDATE`, programID, id)
}

const saleByReceipt = selectSale + `WHERE program_id = $1 AND location_id = $2 AND till = $3 AND business = $4 AND receipt_no = $5 AND receipt_no <> ''`

// SaleByReceipt implements [engine.LedgerReads].
func (r reads) SaleByReceipt(ctx context.Context, programID, locationID, till, business, receiptNo string) (engine.Sale, error) {
	return one(ctx, r.q, "sale", scanSale, saleByReceipt, programID, locationID, till, business, receiptNo)
}

// saleTexts are the columns of a sale that are JSON.
type saleTexts struct{ did, lines, tenders string }

func textsOf(s *engine.Sale) (t saleTexts, err error) {
	if t.did, err = encodeDid(s.Did); err != nil {
		return t, err
	}
	if t.lines, err = encodeLines(s.Lines); err != nil {
		return t, err
	}
	t.tenders, err = encodeTenders(s.Tenders)
	return t, err
}

// saleRow is the row of a sale that has been corrected.
func saleRow(s engine.Sale) ([]any, error) {
	t, err := textsOf(&s)
	if err != nil {
		return nil, err
	}
	return []any{s.ProgramID, s.ID, s.MemberID, s.AccountID, s.LocationID, s.Till, s.StaffID, s.ReceiptNo, s.Business, s.Source,
		s.Currency, s.Version, int64(s.Total), int64(s.Redeemed), int64(s.RedeemMoney), int64(s.Earned), s.LotID, s.OccurredAt, s.RecordedAt,
		int64(s.ReturnedTotal), int64(s.ReversedEarn), int64(s.ReversedRedeem), int64(s.LapsedUsed),
		int64(s.Discount), int64(s.Certificate), t.did, int64(s.Revision), t.lines, t.tenders}, nil
}

// InsertSale implements [engine.LedgerWrites].
func (w *writes) InsertSale(ctx context.Context, s engine.Sale, p engine.Posting, plan ledger.Plan) error {
	if s.ReceiptNo != "" {
		// What is corrected keeps its receipt in its posting, what was recorded by an old version does not.
		_, err := w.SaleByReceipt(ctx, s.ProgramID, s.LocationID, s.Till, s.Business, s.ReceiptNo)
		if err == nil {
			return taken("sale")
		}
		if !engine.IsKind(err, engine.KindNotFound) {
			return err
		}
	}
	return w.post(ctx, p, plan, &s)
}

// correct makes a sale that is as it was made a row of its own, which can change.
func (w *writes) correct(ctx context.Context, programID, id string) error {
	n, err := exec(ctx, w.q, "correct sale", `INSERT INTO sale (`+columnList(saleColumns)+`) SELECT `+soldFields+`, lines, tenders
		FROM posting WHERE program_id = $1 AND id = $2 AND sold`, programID, id)
	if err != nil || n == 0 {
		return err
	}
	return update(ctx, w.q, "sale", `UPDATE posting SET sold = false WHERE program_id = $1 AND id = $2 AND sold`, programID, id)
}

// UpdateSaleReturned implements [engine.LedgerWrites]. The lines are written as given: they are those that the transaction has
// read, with what has been returned of each.
func (w *writes) UpdateSaleReturned(ctx context.Context, s engine.Sale) error {
	lines, err := encodeLines(s.Lines)
	if err != nil {
		return err
	}
	if err := w.correct(ctx, s.ProgramID, s.ID); err != nil {
		return err
	}
	return update(ctx, w.q, "sale", `UPDATE sale SET returned_total = $3, reversed_earn = $4, reversed_redeem = $5, lapsed_used = $6, lines = $7
		WHERE program_id = $1 AND id = $2`,
		s.ProgramID, s.ID, int64(s.ReturnedTotal), int64(s.ReversedEarn), int64(s.ReversedRedeem), int64(s.LapsedUsed), lines)
}
