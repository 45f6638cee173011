package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// SalesOf implements [engine.MechanicReads].
func (r reads) SalesOf(ctx context.Context, programID, memberID string, limit int) ([]engine.Sale, error) {
	return many(ctx, r.q, "sales", scanSaleHead, `SELECT * FROM (SELECT `+soldFields+` FROM posting
			WHERE program_id = $1 AND account_id = (SELECT m.account_id FROM member m WHERE m.program_id = $1 AND m.id = $2) AND account_id <> '' AND sold
			ORDER BY occurred_at DESC, id DESC LIMIT $3) AS made
		UNION ALL
		SELECT * FROM (SELECT `+saleFields+` FROM sale WHERE program_id = $1 AND member_id = $2 AND member_id <> ''
			ORDER BY occurred_at DESC, id DESC LIMIT $3) AS corrected
		ORDER BY occurred_at DESC, id DESC LIMIT $3`, programID, memberID, limit)
}

// salesPage is how many sales are read at a time: the memory a stream of them takes. buyersPage is how many members' sales are read together:
// what is read of them is put in order.
const (
	salesPage  = 1000
	buyersPage = 200
)

// EachSale implements [engine.MechanicReads]. Sales without a card come first. It reads a page before it hands over the sales of it,
// so each may ask the database in turn. Outside a transaction the pages are of different moments: a sale recorded or revised
// meanwhile is met or not.
func (r reads) EachSale(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	return r.eachPage(ctx, salesStream(soldFields+`, lines, tenders`, saleFields+`, lines, tenders`), scanSale, programID, from, to, oneByOne(each))
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

// stream is the statements that read sales page by page, those of nobody and those of some members.
type stream struct{ nobodys, theirs string }

// salesStream reads columns of sales as they were made and of those that have been corrected. Both statements take the program, the time
// from and to, the instant and id of the last sale that has been read, and how many are wanted; that of members takes in the end the members, their
// accounts, and whose the last sale was.
func salesStream(sold, corrected string) stream {
	const (
		between = `program_id = $1 AND occurred_at >= $2 AND occurred_at < $3`
		newer   = ` AND (occurred_at, id) > ($4, $5)`
		later   = ` AND (member_id, occurred_at, id) > ($9, $4, $5)`
	)
	page := func(from, where, order string) string {
		return `SELECT * FROM (SELECT ` + from + ` WHERE ` + between + where + ` ORDER BY ` + order + ` LIMIT $6)`
	}
	both := func(of, ofCorrected, order string) string {
		return page(sold+` FROM posting`, of, order) + ` AS made UNION ALL ` + page(corrected+` FROM sale`, ofCorrected, order) + ` AS corrected ORDER BY ` + order + ` LIMIT $6`
	}
	return stream{
		nobodys: both(` AND sold AND account_id = ''`+newer, ` AND member_id = ''`+newer, `occurred_at, id`),
		theirs:  both(` AND sold AND account_id = ANY($8) AND account_id <> ''`+later, ` AND member_id = ANY($7)`+later, `member_id, occurred_at, id`),
	}
}

// eachPage hands over the pages of a stream.
func (r reads) eachPage(ctx context.Context, q stream, scan func(pgx.Row) (engine.Sale, error), programID string, from, to time.Time,
	each func(page []engine.Sale) error) error {
	pages := func(sql string, with func(last engine.Sale) []any) error {
		last := engine.Sale{OccurredAt: from} // before any: no id is ''
		for {
			page, err := manyOf(ctx, r.q, "sales", salesPage, scan, sql, append([]any{programID, from, to, last.OccurredAt, last.ID, salesPage}, with(last)...)...)
			if err != nil || len(page) == 0 {
				return err
			}
			last = page[len(page)-1]
			if err := each(page); err != nil || len(page) < salesPage {
				return err
			}
		}
	}
	if err := pages(q.nobodys, func(engine.Sale) []any { return nil }); err != nil {
		return err
	}
	type buyer struct{ id, account string }
	for after := ""; ; {
		buyers, err := many(ctx, r.q, "members", func(row pgx.Row) (b buyer, err error) {
			err = row.Scan(&b.id, &b.account)
			return b, err
		}, `SELECT id, account_id FROM member WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`, programID, after, buyersPage)
		if err != nil || len(buyers) == 0 {
			return err
		}
		members, accounts := make([]string, len(buyers)), make([]string, len(buyers))
		for i, b := range buyers {
			members[i], accounts[i] = b.id, b.account
		}
		err = pages(q.theirs, func(last engine.Sale) []any { return []any{members, accounts, last.MemberID} })
		if err != nil {
			return err
		}
		after = members[len(members)-1]
	}
}

// ReviseSale implements [engine.MechanicWrites]. Where and when the sale was made, its receipt, source and the version of the
// settings stay; everything else, lines and tenders among it, becomes as given. KindConflict when the revision is not newer
// than what is there.
func (w *writes) ReviseSale(ctx context.Context, s engine.Sale) error {
	t, err := textsOf(&s)
	if err != nil {
		return err
	}
	if err := w.correct(ctx, s.ProgramID, s.ID); err != nil {
		return err
	}
	n, err := exec(ctx, w.q, "revise sale", `UPDATE sale SET member_id = $3, account_id = $4, staff_id = $5, total = $6, redeemed = $7, redeem_money = $8,
			discount = $9, certificate = $10, earned = $11, lot_id = $12, did = $13, revision = $14, returned_total = $15, reversed_earn = $16,
			reversed_redeem = $17, lapsed_used = $18, lines = $19, tenders = $20
		WHERE program_id = $1 AND id = $2 AND revision < $14`,
		s.ProgramID, s.ID, s.MemberID, s.AccountID, s.StaffID, int64(s.Total), int64(s.Redeemed), int64(s.RedeemMoney), int64(s.Discount),
		int64(s.Certificate), int64(s.Earned), s.LotID, t.did, int64(s.Revision), int64(s.ReturnedTotal), int64(s.ReversedEarn),
		int64(s.ReversedRedeem), int64(s.LapsedUsed), t.lines, t.tenders)
	if err != nil || n > 0 {
		return err
	}
	return goneOr(ctx, w.q, conflict("sale"), "sale", `SELECT 1 FROM sale WHERE program_id = $1 AND id = $2`, s.ProgramID, s.ID)
}
