package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const (
	// The sale is the posting itself, or another one (o), or a row of its own once it has been corrected (s).
	historyQuery = `SELECT ` + postingFields + `, p.expires_at, COALESCE(l.name, ''), COALESCE(o.id, s.id, ''),
			COALESCE(o.till, s.till, ''), COALESCE(o.staff_id, s.staff_id, ''), COALESCE(o.receipt_no, s.receipt_no, ''), COALESCE(o.business, s.business, ''),
			COALESCE(o.source, s.source, ''), COALESCE(o.currency, s.currency, ''), COALESCE(o.version, s.version, 0), COALESCE(o.total, s.total, 0),
			COALESCE(o.burned, s.redeemed, 0), COALESCE(o.redeem_money, s.redeem_money, 0), COALESCE(o.earned, s.earned, 0), COALESCE(o.lot_id, s.lot_id, ''),
			COALESCE(o.occurred_at, s.occurred_at), COALESCE(o.recorded_at, s.recorded_at), COALESCE(s.returned_total, 0),
			COALESCE(s.reversed_earn, 0), COALESCE(s.reversed_redeem, 0), COALESCE(s.lapsed_used, 0), COALESCE(o.discount, s.discount, 0),
			COALESCE(o.certificate, s.certificate, 0), COALESCE(o.did, s.did, ''), COALESCE(s.revision, 0)
		FROM posting p
		LEFT JOIN posting o ON o.program_id = p.program_id AND o.id = p.sale_id AND o.sold
		LEFT JOIN sale s ON s.program_id = p.program_id AND s.id = p.sale_id
		LEFT JOIN location l ON l.program_id = p.program_id AND l.id = p.location_id
		WHERE p.program_id = $1 AND p.account_id = $2 AND p.account_id <> '' `
	historyOrder = ` ORDER BY p.recorded_at DESC, p.id DESC LIMIT $3`
)

func scanHistory(row pgx.Row) (h engine.HistoryItem, err error) {
	var reasons, answer, did string
	var expires, occurred, recorded *time.Time
	var s engine.Sale
	p := &h.Posting
	err = row.Scan(append(postingInto(p, &reasons, &answer), &expires, &h.Location, &s.ID, &s.Till, &s.StaffID, &s.ReceiptNo, &s.Business,
		&s.Source, &s.Currency, &s.Version, &s.Total, &s.Redeemed, &s.RedeemMoney, &s.Earned, &s.LotID, &occurred, &recorded,
		&s.ReturnedTotal, &s.ReversedEarn, &s.ReversedRedeem, &s.LapsedUsed, &s.Discount, &s.Certificate, &did, &s.Revision)...)
	if err != nil {
		return h, err
	}
	h.Expires = timeOrZero(expires)
	if s.ID != "" {
		s.ProgramID, s.MemberID, s.AccountID, s.LocationID = p.ProgramID, p.MemberID, p.AccountID, p.LocationID
		s.OccurredAt, s.RecordedAt = timeOrZero(occurred), timeOrZero(recorded)
		if err := decode("did", did, &s.Did); err != nil {
			return h, err
		}
		h.Sale = &s
	}
	return h, finishPosting(p, reasons, answer)
}

// History implements [engine.LedgerReads].
func (r reads) History(ctx context.Context, programID, accountID, before string, limit int) ([]engine.HistoryItem, error) {
	if before == "" {
		return many(ctx, r.q, "history", scanHistory, historyQuery+historyOrder, programID, accountID, limit)
	}
	return many(ctx, r.q, "history", scanHistory, historyQuery+
		`AND (p.recorded_at, p.id) < (SELECT b.recorded_at, b.id FROM posting b WHERE b.program_id = $1 AND b.id = $4)`+historyOrder,
		programID, accountID, limit, before)
}

// DayTotals implements [engine.LedgerReads]. New counts who joined in the time: at the location when one is given, and with a
// member of staff those whose card this person has served.
func (r reads) DayTotals(ctx context.Context, programID, staffID, locationID string, from, to time.Time) (engine.Totals, error) {
	const scope = `program_id = $1 AND recorded_at >= $2 AND recorded_at < $3 AND ($4 = '' OR staff_id = $4) AND ($5 = '' OR location_id = $5)`
	args := []any{programID, from, to, staffID, locationID}
	t, err := one(ctx, r.q, "totals", func(row pgx.Row) (t engine.Totals, err error) {
		err = row.Scan(&t.Sales, &t.Amount, &t.Earned, &t.Burned, &t.Members)
		return t, err
	}, `SELECT count(*), CAST(COALESCE(sum(total - returned_total), 0) AS bigint), CAST(COALESCE(sum(earned - reversed_earn), 0) AS bigint),
			CAST(COALESCE(sum(redeemed - reversed_redeem), 0) AS bigint), count(DISTINCT CASE WHEN member_id <> '' THEN member_id END)
		FROM every_sale WHERE (returned_total < total OR total = 0) AND `+scope, args...)
	if err != nil {
		return t, err
	}
	t.Returns, err = one(ctx, r.q, "returns", scanInt, `SELECT count(*) FROM posting WHERE kind = 'reverse' AND `+scope, args...)
	if err != nil {
		return t, err
	}
	if staffID == "" {
		t.New, err = one(ctx, r.q, "members", scanInt, `SELECT count(*) FROM member
			WHERE program_id = $1 AND joined_at >= $2 AND joined_at < $3 AND ($4 = '' OR joined_at_location = $4)`, programID, from, to, locationID)
		return t, err
	}
	t.New, err = one(ctx, r.q, "members", scanInt, `SELECT count(*) FROM member
		WHERE program_id = $1 AND joined_at >= $2 AND joined_at < $3
		AND id IN (SELECT member_id FROM every_sale WHERE `+scope+`)`, args...)
	return t, err
}

// LastSale implements [engine.LedgerReads].
func (r reads) LastSale(ctx context.Context, programID, staffID string) (string, error) {
	return one(ctx, r.q, "last sale", scanText, `SELECT id FROM (
		SELECT * FROM (SELECT id, recorded_at FROM posting WHERE program_id = $1 AND staff_id = $2 AND sold AND staff_id <> ''
			ORDER BY recorded_at DESC, id DESC LIMIT 1) AS made
		UNION ALL
		SELECT * FROM (SELECT id, recorded_at FROM sale WHERE program_id = $1 AND staff_id = $2 AND staff_id <> ''
			ORDER BY recorded_at DESC, id DESC LIMIT 1) AS corrected
		) AS last ORDER BY recorded_at DESC, id DESC LIMIT 1`, programID, staffID)
}

// CountSales implements [engine.LedgerReads].
func (r reads) CountSales(ctx context.Context, programID, staffID, memberID string, from, to time.Time) (int, error) {
	return one(ctx, r.q, "sales", scanInt, `SELECT count(*) FROM every_sale
		WHERE program_id = $1 AND staff_id = $2 AND staff_id <> '' AND recorded_at >= $3 AND recorded_at < $4
		AND ($5 = '' OR member_id = $5) AND (returned_total < total OR total = 0)`, programID, staffID, from, to, memberID)
}
