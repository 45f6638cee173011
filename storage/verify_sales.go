package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// saleCheck is a sale beside the sums of its lines.
type saleCheck struct {
	sale, lines engine.Sale // of lines only the sums are filled in
	overdone    int         // lines of which more came back than was sold
}

func scanSaleCheck(row pgx.Row) (c saleCheck, err error) {
	s, l := &c.sale, &c.lines
	err = row.Scan(&s.ID, &s.Total, &s.Redeemed, &s.RedeemMoney, &s.Earned, &s.ReturnedTotal, &s.ReversedEarn, &s.ReversedRedeem, &s.Discount, &s.Certificate,
		&l.Total, &l.Redeemed, &l.RedeemMoney, &l.Earned, &l.ReturnedTotal, &l.ReversedEarn, &l.ReversedRedeem, &l.Discount, &l.Certificate, &c.overdone)
	return c, err
}

// sales compares sales with the sums of their lines.
func (v *verifier) sales(ctx context.Context) error {
	return pages(ctx, v, "sales", scanSaleCheck, func(c saleCheck) string { return c.sale.ID }, `WITH page AS (
			SELECT id, total, redeemed, redeem_money, earned, returned_total, reversed_earn, reversed_redeem, discount, certificate
			FROM sale WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3
		)
		SELECT s.id, s.total, s.redeemed, s.redeem_money, s.earned, s.returned_total, s.reversed_earn, s.reversed_redeem, s.discount, s.certificate,
			CAST(COALESCE(sum(l.net), 0) AS bigint), CAST(COALESCE(sum(l.redeem_points), 0) AS bigint),
			CAST(COALESCE(sum(l.redeem_money), 0) AS bigint), CAST(COALESCE(sum(l.earn), 0) AS bigint),
			CAST(COALESCE(sum(l.returned_net), 0) AS bigint), CAST(COALESCE(sum(l.reversed_earn), 0) AS bigint),
			CAST(COALESCE(sum(l.reversed_redeem), 0) AS bigint), CAST(COALESCE(sum(l.discount), 0) AS bigint), CAST(COALESCE(sum(l.certificate), 0) AS bigint),
			count(CASE WHEN l.returned_net > l.net OR l.returned_qty > l.quantity OR l.reversed_earn > l.earn OR l.reversed_redeem > l.redeem_points
				OR l.returned_gift > l.certificate THEN 1 END)
		FROM page s LEFT JOIN sale_line l ON l.program_id = $1 AND l.sale_id = s.id
		GROUP BY s.id, s.total, s.redeemed, s.redeem_money, s.earned, s.returned_total, s.reversed_earn, s.reversed_redeem, s.discount, s.certificate
		ORDER BY s.id`, func(c saleCheck) {
		v.sum.Sales++
		v.sale(c)
	})
}

func (v *verifier) sale(c saleCheck) {
	for _, part := range []struct {
		check, name  string
		whole, lines int64
	}{
		{"sale_lines", "total", int64(c.sale.Total), int64(c.lines.Total)},
		{"sale_lines", "redeemed", int64(c.sale.Redeemed), int64(c.lines.Redeemed)},
		{"sale_lines", "redeem_money", int64(c.sale.RedeemMoney), int64(c.lines.RedeemMoney)},
		{"sale_lines", "discount", int64(c.sale.Discount), int64(c.lines.Discount)},
		{"sale_lines", "certificate", int64(c.sale.Certificate), int64(c.lines.Certificate)},
		{"sale_lines", "earned", int64(c.sale.Earned), int64(c.lines.Earned)},
		{"sale_returned", "returned_total", int64(c.sale.ReturnedTotal), int64(c.lines.ReturnedTotal)},
		{"sale_returned", "reversed_earn", int64(c.sale.ReversedEarn), int64(c.lines.ReversedEarn)},
		{"sale_returned", "reversed_redeem", int64(c.sale.ReversedRedeem), int64(c.lines.ReversedRedeem)},
	} {
		if part.whole != part.lines {
			v.differ(part.check, c.sale.ID, "%s is %d, its lines come to %d", part.name, part.whole, part.lines)
		}
	}
	if c.overdone > 0 {
		v.differ("sale_returned", c.sale.ID, "of %d lines more came back than was sold", c.overdone)
	}
}
