package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// SalesOf implements [engine.MechanicReads].
func (r reads) SalesOf(ctx context.Context, programID, memberID string, limit int) ([]engine.Sale, error) {
	return many(ctx, r.q, "sales", scanSale, selectSale+`WHERE program_id = $1 AND member_id = $2 AND member_id <> ''
		ORDER BY occurred_at DESC, id DESC LIMIT $3`, programID, memberID, limit)
}

// salesPage is how many sales are read at a time: the memory a stream of them takes.
const salesPage = 1000

const eachSaleQuery = selectSale + `WHERE program_id = $1 AND (member_id, occurred_at, id) > ($2, $3, $4) AND occurred_at >= $5 AND occurred_at < $6
	ORDER BY member_id, occurred_at, id LIMIT $7`

// EachSale implements [engine.MechanicReads]. Sales without a card come first. It reads a page, with lines and tenders, before
// it hands over the sales of it, so each may ask the database in turn. Outside a transaction the pages are of different
// moments: a sale recorded or revised meanwhile is met or not.
func (r reads) EachSale(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	return r.eachSale(ctx, eachSaleQuery, scanSale, r.fillSales, programID, from, to, each)
}

// eachSale reads sales page by page with a query like [eachSaleQuery].
func (r reads) eachSale(ctx context.Context, query string, scan func(pgx.Row) (engine.Sale, error), fill func(context.Context, string, []engine.Sale) error,
	programID string, from, to time.Time, each func(engine.Sale) error) error {
	last := engine.Sale{OccurredAt: from} // before any sale of nobody: no id is ''
	for {
		page, err := manyOf(ctx, r.q, "sales", salesPage, scan, query, programID, last.MemberID, last.OccurredAt, last.ID, from, to, salesPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		last = page[len(page)-1]
		if err := fill(ctx, programID, page); err != nil {
			return err
		}
		for _, s := range page {
			if err := each(s); err != nil {
				return err
			}
		}
		if len(page) < salesPage {
			return nil
		}
	}
}

// part is a line or a tender beside the id of its sale.
type part[T any] struct {
	sale string
	it   T
}

// fillSales reads lines and tenders of sales.
func (r reads) fillSales(ctx context.Context, programID string, sales []engine.Sale) error {
	ids := make([]string, len(sales))
	at := make(map[string]*engine.Sale, len(sales))
	for i := range sales {
		ids[i] = sales[i].ID
		at[sales[i].ID] = &sales[i]
	}
	lines, err := many(ctx, r.q, "lines", scanPart(scanLine), `SELECT sale_id, `+lineFields+` FROM sale_line
		WHERE program_id = $1 AND sale_id = ANY($2) ORDER BY sale_id, no`, programID, ids)
	if err != nil {
		return err
	}
	for _, l := range lines {
		s := at[l.sale]
		s.Lines = append(s.Lines, l.it)
	}
	tenders, err := many(ctx, r.q, "tenders", scanPart(scanTender), `SELECT sale_id, kind, amount FROM sale_tender
		WHERE program_id = $1 AND sale_id = ANY($2) ORDER BY sale_id, no`, programID, ids)
	if err != nil {
		return err
	}
	for _, t := range tenders {
		s := at[t.sale]
		s.Tenders = append(s.Tenders, t.it)
	}
	return nil
}

// scanPart reads the sale's id before what scan reads.
func scanPart[T any](scan func(pgx.Row) (T, error)) func(pgx.Row) (part[T], error) {
	return func(row pgx.Row) (p part[T], err error) {
		p.it, err = scan(ahead{row, &p.sale})
		return p, err
	}
}

// ahead is a row with one column before those that are asked for.
type ahead struct {
	pgx.Row
	first any
}

func (a ahead) Scan(into ...any) error { return a.Row.Scan(append([]any{a.first}, into...)...) }

// ReviseSale implements [engine.MechanicWrites]. Where and when the sale was made, its receipt, source and the version of the
// settings stay; everything else, lines and tenders among it, becomes as given. KindConflict when the revision is not newer
// than what is there.
func (w *writes) ReviseSale(ctx context.Context, s engine.Sale) error {
	did, err := encodeDid(s.Did)
	if err != nil {
		return err
	}
	n, err := exec(ctx, w.q, "revise sale", `UPDATE sale SET member_id = $3, account_id = $4, staff_id = $5, total = $6, redeemed = $7, redeem_money = $8,
			discount = $9, certificate = $10, earned = $11, lot_id = $12, did = $13, revision = $14, returned_total = $15, reversed_earn = $16,
			reversed_redeem = $17, lapsed_used = $18
		WHERE program_id = $1 AND id = $2 AND revision < $14`,
		s.ProgramID, s.ID, s.MemberID, s.AccountID, s.StaffID, int64(s.Total), int64(s.Redeemed), int64(s.RedeemMoney), int64(s.Discount),
		int64(s.Certificate), int64(s.Earned), s.LotID, did, int64(s.Revision), int64(s.ReturnedTotal), int64(s.ReversedEarn),
		int64(s.ReversedRedeem), int64(s.LapsedUsed))
	if err != nil {
		return err
	}
	if n == 0 {
		return goneOr(ctx, w.q, conflict("sale"), "sale", `SELECT 1 FROM sale WHERE program_id = $1 AND id = $2`, s.ProgramID, s.ID)
	}
	if _, err := exec(ctx, w.q, "delete lines", `DELETE FROM sale_line WHERE program_id = $1 AND sale_id = $2`, s.ProgramID, s.ID); err != nil {
		return err
	}
	if _, err := exec(ctx, w.q, "delete tenders", `DELETE FROM sale_tender WHERE program_id = $1 AND sale_id = $2`, s.ProgramID, s.ID); err != nil {
		return err
	}
	return w.insertParts(ctx, s)
}
