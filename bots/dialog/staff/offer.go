package staff

import (
	"context"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// quotes are a check reckoned both ways.
type quotes struct {
	plain engine.Quote // all paid with money; with what spending the most would mean
	spend engine.Quote // spending the points chosen, when points were chosen
	// refused is why the chosen points cannot be spent, nil when they can.
	refused error
	visit   visit
}

func reckon(ctx context.Context, e *engine.Engine, v talk.View, c counter) (q quotes, err error) {
	if q.visit, err = look(ctx, e, v, c.Guest.ID); err != nil {
		return q, err
	}
	plain, err := check(ctx, e, v, c, 0)
	if err != nil {
		return q, err
	}
	if q.plain, err = e.Quote(ctx, plain); err != nil || c.Points == 0 || c.Sum == 0 {
		return q, err
	}
	spend := plain
	spend.Redeem = c.Points
	if q.spend, err = e.Quote(ctx, spend); engine.IsKind(err, engine.KindInsufficient) || engine.IsKind(err, engine.KindLimit) {
		q.refused, err = err, nil
	}
	return q, err
}

// offer shows the guest on the counter with numbers of this moment: asking for the sum, or with both choices reckoned.
func offer(v talk.View, c counter, n note) talk.Output {
	if c.Typed != "" {
		return summed(v, c, readSum(v, c.Typed), n)
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (quotes, error) {
		return reckon(ctx, e, v, c)
	}, func(v talk.View, q quotes, err error) talk.Output { return offered(v, c, n, q, err) }))
}

func offered(v talk.View, c counter, n note, q quotes, err error) talk.Output {
	if err != nil {
		if len(c.Pays) > 0 && isCertificate(err) { // spent or blocked since it was shown
			c.Pays = nil
			return offer(v, c, trouble(v, err))
		}
		return stopped(v, c, err)
	}
	c.Papers = papers(c, q.visit)
	c.Gift, c.Work = nil, nil
	if c.Sum == 0 {
		return sumForm(v, c, n, q)
	}
	c.Limit = q.plain.RedeemLimit
	if q.refused != nil {
		if n.problem == "" {
			n.problem = tooMany(v, c.Points, c.Limit)
		}
		c.Points = 0
	}
	c.Offer = c.Points
	if c.Points == 0 {
		c.Offer = c.Limit
	}
	c.Off = takenOff(v, c, q)
	body := talk.Paragraphs(
		payLine(v, q.plain),
		talk.Lines(whoLine(v, c.Guest, q.visit), balanceLines(v, q.plain.Before)),
		talk.Lines(v.Rich("staff.offer.total", locales.Args{"Sum": v.Money(c.Sum)}), lineLines(v, c), offLines(v, q.plain), plainLine(v, q.plain), stampLines(v, q.plain.Effects)),
		markLine(v, c),
		spendLines(v, c, q),
		sayLine(v, q.plain.Effects))
	return shown(v, stepSale, c, n, body, offerButtons(v, c, q)...)
}

// sumForm shows the guest and asks for the sum.
func sumForm(v talk.View, c counter, n note, q quotes) talk.Output {
	body := talk.Paragraphs(
		talk.Lines(whoLine(v, c.Guest, q.visit), balanceLines(v, q.plain.Before), visitLines(v, q.visit)),
		talk.Lines(v.Rich("staff.sum.ask"), goodsHint(v)))
	rows := giftRows(v, q.visit)
	if row := besides(v); len(row) > 0 {
		rows = append(rows, row)
	}
	return shown(v, stepSale, c, n, body, append(rows, talk.Row(cancelButton(v)))...)
}

// takenOff is what discounts and certificates take off the check when the offered points are spent.
func takenOff(v talk.View, c counter, q quotes) money.Amount {
	payable, _ := spendOf(c, q)
	worth, err := v.Program.Settings.Unit.Money(c.Offer)
	if err != nil || c.Offer == 0 {
		return 0
	}
	return max(0, c.Sum-payable-worth)
}

func offerButtons(v talk.View, c counter, q quotes) [][]bots.Button {
	text := v.T("staff.btn.record")
	if q.plain.Earn > 0 {
		text = v.T("staff.btn.add", locales.Args{"Points": v.PointsNumber(q.plain.Earn)})
	}
	rows := talk.Column(primary(marked(v, text, actAdd, "")))
	change := talk.Row(marked(v, v.T("staff.btn.change"), actChange, ""))
	if c.Offer > 0 {
		payable, _ := spendOf(c, q)
		rows = append(rows, talk.Row(marked(v, v.T("staff.btn.spend", locales.Args{"Points": v.PointsNumber(c.Offer), "Money": v.Money(payable)}), actSpend, "")))
		change = append([]bots.Button{marked(v, v.T("staff.btn.amount"), actOther, "")}, change...)
	}
	rows = append(rows, markRows(v, c)...)
	rows = append(rows, paperRows(v, c)...)
	if text := couponText(v, c, q); text != "" {
		rows = append(rows, talk.Row(marked(v, text, actCoupons, "")))
	}
	rows = append(append(rows, giftRows(v, q.visit)...), change)
	var last []bots.Button
	if explains(v) {
		last = append(last, marked(v, v.T("staff.btn.why"), actWhy, ""))
	}
	if words.CodesOn(v.Program.Settings) {
		last = append(last, marked(v, v.T("staff.btn.enter"), actEnter, ""))
	}
	if len(last) > 0 {
		rows = append(rows, last)
	}
	return append(rows, talk.Row(cancelButton(v)))
}

// couponText is the button that leaves coupons for another time, or takes them after all; "" without any.
func couponText(v talk.View, c counter, q quotes) string {
	switch {
	case len(q.plain.Coupons) > 0:
		return v.T("staff.btn.coupons_later")
	case c.NoCoupons && slices.ContainsFunc(openCoupons(v, q.visit), func(c rules.Coupon) bool { return c.State == rules.CouponActivated }):
		return v.T("staff.btn.coupons_now")
	}
	return ""
}

// explains reports whether a check can come out so that somebody asks why.
func explains(v talk.View) bool {
	s := v.Program.Settings
	return len(s.Rules)+len(s.Goods)+len(s.Tiers.List)+len(s.Stamps)+len(s.Coupons) > 0 || s.Discount.Rate > 0
}

// spendOf is what is left to pay, and earned, when the offered points are spent.
func spendOf(c counter, q quotes) (payable money.Amount, earn money.Points) {
	if c.Points > 0 {
		return q.spend.Payable, q.spend.Earn
	}
	return q.plain.PayableIfMax, q.plain.EarnIfMax
}

// plainLine says what paying with money earns, or why it earns nothing.
func plainLine(v talk.View, q engine.Quote) bots.Rich {
	if q.Earn > 0 {
		return v.Rich("staff.offer.earn", locales.Args{"Points": v.Points(q.Earn)})
	}
	if pointless(v, q.Before) {
		return ""
	}
	if why, ok := reason(v, q.Effects, "earn"); ok {
		return v.Rich("staff.offer.no_earn_why", locales.Args{"Why": why})
	}
	return v.Rich("staff.offer.no_earn")
}

// spendLines say what spending would mean, or why nothing can be spent.
func spendLines(v talk.View, c counter, q quotes) bots.Rich {
	if c.Offer == 0 && pointless(v, q.plain.Before) {
		return ""
	}
	if c.Offer == 0 {
		if why, ok := reason(v, q.plain.Effects, "redeem"); ok {
			return v.Rich("staff.offer.nothing_why", locales.Args{"Why": why})
		}
		return v.Rich("staff.offer.nothing")
	}
	worth, err := v.Program.Settings.Unit.Money(c.Offer)
	if err != nil {
		return ""
	}
	args := locales.Args{"Points": v.Points(c.Offer), "Money": v.Money(worth), "Limit": v.Points(c.Limit)}
	head := v.Rich("staff.offer.most", args)
	if c.Points > 0 && c.Points < c.Limit {
		head = v.Rich("staff.offer.chosen", args)
	}
	payable, earn := spendOf(c, q)
	return talk.Lines(head, thenLine(v, payable, earn))
}

func thenLine(v talk.View, payable money.Amount, earn money.Points) bots.Rich {
	if earn == 0 {
		return v.Rich("staff.offer.pay", locales.Args{"Payable": v.Money(payable)})
	}
	return v.Rich("staff.offer.pay_and_earn", locales.Args{"Payable": v.Money(payable), "Points": v.Points(earn)})
}

// reason is why a rule does nothing; ok is false when it does something, or could.
func reason(v talk.View, effects []rules.Effect, rule string) (why locales.Safe, ok bool) {
	for _, e := range effects {
		if e.Rule == rule && e.State == rules.Inapplicable {
			return v.Reason(e.Reason), true
		}
	}
	return "", false
}
