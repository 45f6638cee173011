package tills

import (
	"context"
	"net/http"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// quote says what a sale would do, without recording anything.
func (a *api) quote(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	var in quoteRequest
	if err := a.read(r, &in, mostNested); err != nil {
		return 0, nil, err
	}
	switch {
	case in.Basket == nil:
		return 0, nil, invalid("basket")
	case in.WantRedeem < 0:
		return 0, nil, invalid("want_redeem")
	case !text(in.CustomerID, 0, mostShort):
		return 0, nil, invalid("customer_id")
	}
	if err := in.Basket.check("basket."); err != nil {
		return 0, nil, err
	}
	var at time.Time
	if in.At != "" {
		var err error
		if at, err = instant("at", in.At); err != nil {
			return 0, nil, err
		}
	}
	if cur := c.program.Settings.Currency.Code; in.Basket.Currency != cur {
		return 0, nil, &engine.Error{Kind: engine.KindInvalid, ID: "currency_mismatch", Args: map[string]any{"Currency": in.Basket.Currency, "Want": cur}}
	}
	if in.WantRedeem > 0 && in.CustomerID == "" {
		return 0, nil, invalid("customer_id")
	}
	q, err := a.Engine.Quote(ctx, engine.SaleInput{ProgramID: c.till.ProgramID, MemberID: in.CustomerID, LocationID: c.till.LocationID, Till: c.till.Name,
		Lines: linesOf(in.Basket.Lines), Sum: money.Amount(*in.Basket.Total), Currency: in.Basket.Currency, Redeem: money.Points(in.WantRedeem), OccurredAt: at, Source: "till"})
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		return 0, nil, noCustomer
	case err != nil:
		return 0, nil, err
	}
	most, err := c.program.Settings.Unit.Money(q.RedeemLimit)
	if err != nil {
		return 0, nil, err
	}
	out := &quoteResult{ProgrammeVersion: q.Version, Total: int64(q.Total), DiscountTotal: int64(q.Discount), Redeem: int64(q.Redeem), RedeemAmount: int64(q.RedeemMoney),
		Payable: int64(q.Payable), Earn: int64(q.Earn), RedeemMaxPoints: int64(q.RedeemLimit), RedeemMaxAmount: int64(most), EarnIfRedeemMax: int64(q.EarnIfMax),
		PayableMin: int64(q.PayableIfMax), Effects: []effectResult{}}
	w := a.texts(c)
	for _, e := range q.Effects {
		out.Effects = append(out.Effects, effectOf(w, e))
	}
	return http.StatusOK, out, nil
}

func effectOf(w texts, e rules.Effect) effectResult {
	return effectResult{Rule: e.Rule, Status: string(e.State), ReasonCode: e.Reason.ID, Name: w.Name(e.Reason.Of, e.Reason.Text), Points: e.Points, Amount: e.Amount}
}
