package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// scanSaleCheck reads of a sale what its lines add up to.
func scanSaleCheck(row pgx.Row) (c saleCheck, err error) {
	s := &c.sale
	err = row.Scan(&s.ID, &s.Total, &s.Redeemed, &s.RedeemMoney, &s.Earned, &s.ReturnedTotal, &s.ReversedEarn, &s.ReversedRedeem, &s.Discount,
		&s.Certificate, &c.lines)
	return c, err
}

// saleCheck is a sale beside the text of its lines.
type saleCheck struct {
	sale  engine.Sale
	lines string
}

// sales compares sales with the sums of their lines.
func (v *verifier) sales(ctx context.Context) error {
	var lines []engine.SaleLine // of the sale at hand, kept to be filled again
	return pages(ctx, v, "sales", scanSaleCheck, func(c saleCheck) string { return c.sale.ID }, `SELECT id, total, redeemed, redeem_money, earned,
			returned_total, reversed_earn, reversed_redeem, discount, certificate, lines
		FROM every_sale WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`, func(c saleCheck) {
		v.sum.Sales++
		var err error
		if lines, err = decodeLines(lines[:0], c.lines); err != nil {
			v.differ("sale_lines", c.sale.ID, "its lines cannot be read: %v", err)
			return
		}
		v.sale(&c.sale, lines)
	})
}

func (v *verifier) sale(s *engine.Sale, lines []engine.SaleLine) {
	var sum engine.Sale
	overdone := 0 // lines of which more came back than was sold
	for i := range lines {
		l := &lines[i]
		sum.Total += l.Net
		sum.Redeemed += l.RedeemPoints
		sum.RedeemMoney += l.RedeemMoney
		sum.Discount += l.Discount
		sum.Certificate += l.Certificate
		sum.Earned += l.Earn
		sum.ReturnedTotal += l.ReturnedNet
		sum.ReversedEarn += l.ReversedEarn
		sum.ReversedRedeem += l.ReversedRedeem
		if l.ReturnedNet > l.Net || l.ReturnedQty > l.Quantity || l.ReversedEarn > l.Earn || l.ReversedRedeem > l.RedeemPoints || l.ReturnedGift > l.Certificate {
			overdone++
		}
	}
	for _, part := range [...]struct {
		check, name  string
		whole, lines int64
	}{
		{"sale_lines", "total", int64(s.Total), int64(sum.Total)},
		{"sale_lines", "redeemed", int64(s.Redeemed), int64(sum.Redeemed)},
		{"sale_lines", "redeem_money", int64(s.RedeemMoney), int64(sum.RedeemMoney)},
		{"sale_lines", "discount", int64(s.Discount), int64(sum.Discount)},
		{"sale_lines", "certificate", int64(s.Certificate), int64(sum.Certificate)},
		{"sale_lines", "earned", int64(s.Earned), int64(sum.Earned)},
		{"sale_returned", "returned_total", int64(s.ReturnedTotal), int64(sum.ReturnedTotal)},
		{"sale_returned", "reversed_earn", int64(s.ReversedEarn), int64(sum.ReversedEarn)},
		{"sale_returned", "reversed_redeem", int64(s.ReversedRedeem), int64(sum.ReversedRedeem)},
	} {
		if part.whole != part.lines {
			v.differ(part.check, s.ID, "%s is %d, its lines come to %d", part.name, part.whole, part.lines)
		}
	}
	if overdone > 0 {
		v.differ("sale_returned", s.ID, "of %d lines more came back than was sold", overdone)
	}
}
