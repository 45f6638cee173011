package staff

import (
	"context"
	"errors"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// quotes are a check reckoned both ways.
type quotes struct {
	plain engine.Quote // all paid with money; with what spending the most would mean
	spend engine.Quote // spending the points chosen, when points were chosen
	// refused is why the chosen points cannot be spent, nil when they can.
	refused error
}

func reckon(ctx context.Context, e *engine.Engine, v talk.View, c counter) (q quotes, err error) {
	if q.plain, err = e.Quote(ctx, check(v, c, 0)); err != nil || c.Points == 0 || c.Sum == 0 {
		return q, err
	}
	if q.spend, err = e.Quote(ctx, check(v, c, c.Points)); engine.IsKind(err, engine.KindInsufficient) || engine.IsKind(err, engine.KindLimit) {
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
		return stopped(v, c, err)
	}
	if c.Sum == 0 {
		body := talk.Paragraphs(talk.Lines(guestLine(v, c.Guest), balanceLines(v, q.plain.Before)), v.Rich("staff.sum.ask"))
		return shown(v, stepSale, c, n, body, talk.Row(cancelButton(v)))
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
	body := talk.Paragraphs(
		talk.Lines(guestLine(v, c.Guest), balanceLines(v, q.plain.Before)),
		talk.Lines(v.Rich("staff.offer.total", locales.Args{"Sum": v.Money(c.Sum)}), plainLine(v, q.plain)),
		spendLines(v, c, q))
	return shown(v, stepSale, c, n, body, offerButtons(v, c, q)...)
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
	return append(rows, change, talk.Row(cancelButton(v)))
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
	if why, ok := reason(v, q.Effects, "earn"); ok {
		return v.Rich("staff.offer.no_earn_why", locales.Args{"Why": why})
	}
	return v.Rich("staff.offer.no_earn")
}

// spendLines say what spending would mean, or why nothing can be spent.
func spendLines(v talk.View, c counter, q quotes) bots.Rich {
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

func tooMany(v talk.View, points, limit money.Points) bots.Rich {
	if limit == 0 {
		return v.Rich("staff.amount.none")
	}
	return v.Rich("staff.amount.over", locales.Args{"Points": v.Points(points), "Limit": v.Points(limit)})
}

// amountForm asks how many points to spend.
func amountForm(v talk.View, c counter, n note) talk.Output {
	args := locales.Args{"Limit": v.Points(c.Limit), "Sum": v.Money(c.Sum)}
	body := talk.Paragraphs(guestLine(v, c.Guest), v.Rich("staff.amount.ask", args))
	return shown(v, stepAmount, c, n, body, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))
}

func amountTyped(v talk.View, c counter, text string) talk.Output {
	value, err := money.Parse(text, v.Program.Settings.Unit.Decimals)
	points := money.Points(value)
	switch {
	case errors.Is(err, money.ErrTooLarge):
		return amountForm(v, c, note{problem: v.Rich("staff.amount.huge")})
	case err != nil || points == 0:
		return amountForm(v, c, note{problem: v.Rich("staff.amount.bad", locales.Args{"Typed": bots.CleanName(text, 20)})})
	case points > c.Limit:
		return amountForm(v, c, note{problem: tooMany(v, points, c.Limit)})
	}
	c.Points = points
	return offer(v, c, note{})
}
