package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// SalesOf implements [engine.MechanicReads].
func (r reads) SalesOf(ctx context.Context, programID, memberID string, limit int) ([]engine.Sale, error) {
	return many(ctx, r.q, "sales", scanSaleHead, selectSaleHead+`WHERE program_id = $1 AND member_id = $2 AND member_id <> ''
		ORDER BY occurred_at DESC, id DESC LIMIT $3`, programID, memberID, limit)
}

// salesPage is how many sales are read at a time: the memory a stream of them takes.
const salesPage = 1000

const eachSaleQuery = selectSale + `WHERE program_id = $1 AND (member_id, occurred_at, id) > ($2, $3, $4) AND occurred_at >= $5 AND occurred_at < $6
	ORDER BY member_id, occurred_at, id LIMIT $7`

// EachSale implements [engine.MechanicReads]. Sales without a card come first. It reads a page before it hands over the sales of it,
// so each may ask the database in turn. Outside a transaction the pages are of different moments: a sale recorded or revised
// meanwhile is met or not.
func (r reads) EachSale(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	return r.eachPage(ctx, eachSaleQuery, scanSale, programID, from, to, oneByOne(each))
}

// oneByOne hands over the sales of a page.
func oneByOne(each func(engine.Sale) error) func([]engine.Sale) error {
	return func(page []engine.Sale) error {
		for i := range page {
			if err := each(page[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// eachPage reads sales page by page with a query like [eachSaleQuery].
func (r reads) eachPage(ctx context.Context, query string, scan func(pgx.Row) (engine.Sale, error), programID string, from, to time.Time,
	each func(page []engine.Sale) error) error {
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
		if err := each(page); err != nil {
			return err
		}
		if len(page) < salesPage {
			return nil
		}
	}
}

// ReviseSale implements [engine.MechanicWrites]. Where and when the sale was made, its receipt, source and the version of the
// settings stay; everything else, lines and tenders among it, becomes as given. KindConflict when the revision is not newer
// than what is there.
func (w *writes) ReviseSale(ctx context.Context, s engine.Sale) error {
	did, err := encodeDid(s.Did)
	if err != nil {
		return err
	}
	lines, err := encodeLines(s.Lines)
	if err != nil {
		return err
	}
	tenders, err := encodeTenders(s.Tenders)
	if err != nil {
		return err
	}
	n, err := exec(ctx, w.q, "revise sale", `UPDATE sale SET member_id = $3, account_id = $4, staff_id = $5, total = $6, redeemed = $7, redeem_money = $8,
			discount = $9, certificate = $10, earned = $11, lot_id = $12, did = $13, revision = $14, returned_total = $15, reversed_earn = $16,
			reversed_redeem = $17, lapsed_used = $18, lines = $19, tenders = $20
		WHERE program_id = $1 AND id = $2 AND revision < $14`,
		s.ProgramID, s.ID, s.MemberID, s.AccountID, s.StaffID, int64(s.Total), int64(s.Redeemed), int64(s.RedeemMoney), int64(s.Discount),
		int64(s.Certificate), int64(s.Earned), s.LotID, did, int64(s.Revision), int64(s.ReturnedTotal), int64(s.ReversedEarn),
		int64(s.ReversedRedeem), int64(s.LapsedUsed), lines, tenders)
	if err != nil || n > 0 {
		return err
	}
	return goneOr(ctx, w.q, conflict("sale"), "sale", `SELECT 1 FROM sale WHERE program_id = $1 AND id = $2`, s.ProgramID, s.ID)
}
