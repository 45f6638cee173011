package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// add records the check on the counter, all paid with money.
func add(v talk.View, c counter) talk.Output { return record(v, c, 0) }

// spend spends the offered points: at once when a live code has shown that the guest is here, else after the guest's own tap.
func spend(v talk.View, c counter) talk.Output {
	if c.Guest.Present.After(v.Now) {
		return record(v, c, c.Offer)
	}
	return ask(v, c)
}

func record(v talk.View, c counter, redeem money.Points) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Post(ctx, engine.PostInput{Key: key, Sale: check(v, c, redeem)})
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return posted(v, c, p, err) }))
}

func posted(v talk.View, c counter, p engine.Posted, err error) talk.Output {
	if err != nil {
		return refused(v, c, err)
	}
	return receiptShown(v, c.made(p, c.Guest.Name).at(v), note{})
}

// refused tells why a sale was not made. When somebody else was faster with the points, the check is reckoned anew; a check that
// is too large is asked for again; anything else ends this sale.
func refused(v talk.View, c counter, err error) talk.Output {
	switch {
	case engine.IsKind(err, engine.KindInsufficient) || isID(err, "over_limit"):
		c.Points = 0
		return offer(v, c, note{problem: v.Rich("staff.offer.changed")})
	case isID(err, "check_too_large") || isID(err, "sum_zero") || isID(err, "sum_too_large") || isID(err, "sum_invalid"):
		return summed(v, c, sumRead{problem: bots.Escape(v.Problem(err))}, note{})
	}
	return stopped(v, c, err)
}

// made puts a sale on the counter as its receipt and as what Undo would undo.
func (c counter) made(p engine.Posted, name string) counter {
	p.Effects = nil
	c.Receipt = &receipt{Name: name, Posted: p}
	c.Last = lastOf(p, name)
	return c
}

func lastOf(p engine.Posted, name string) *last {
	return &last{Sale: p.SaleID, Name: name, Sum: p.Total, At: p.At}
}

// at notes on the receipt where it was made.
func (c counter) at(v talk.View) counter {
	if at := place(v); at != nil {
		c.Receipt.Place = bots.CleanName(at.Name, 64)
	}
	return c
}

func receiptShown(v talk.View, c counter, n note) talk.Output {
	return shown(v, stepReceipt, c, n, receiptText(v, *c.Receipt), receiptButtons(v, c.Receipt.Posted.SaleID)...)
}

// receiptText begins with what to do now: the money to take when points were spent, else the good news to tell.
func receiptText(v talk.View, r receipt) bots.Rich {
	p, g := r.Posted, guest{Name: r.Name}
	args := locales.Args{"Name": g.called(v), "Earned": v.Points(p.Earned), "Spent": v.Points(p.Redeemed)}
	var head, moves bots.Rich
	switch {
	case p.Redeemed > 0 && p.Payable == 0:
		head = v.Rich("staff.receipt.covered")
	case p.Redeemed > 0:
		head = v.Rich("staff.receipt.take", locales.Args{"Money": v.Money(p.Payable)})
	case p.Earned > 0:
		head = v.Rich("staff.receipt.earned", args)
	default:
		head = v.Rich("staff.receipt.plain", args)
	}
	switch {
	case p.Redeemed > 0 && p.Earned > 0:
		moves = v.Rich("staff.receipt.spent_and_earned", args)
	case p.Redeemed > 0:
		moves = v.Rich("staff.receipt.spent", args)
	}
	balance := v.Rich("staff.receipt.balance", locales.Args{"Points": v.Points(p.Balance.Total)})
	var issues []bots.Rich
	for _, i := range p.Issues {
		issues = append(issues, "❗ "+bots.Escape(v.Issue(i)))
	}
	sale := locales.Args{"Sum": v.Money(p.Total), "Time": v.P.Time(v.Local(p.At)), "Place": r.Place}
	foot := v.Rich("staff.receipt.foot", sale)
	if r.Place != "" {
		foot = v.Rich("staff.receipt.foot_place", sale)
	}
	return talk.Paragraphs(talk.Lines(head, moves, balance, debtLine(v, p.Balance)), talk.Lines(issues...), foot)
}

func receiptButtons(v talk.View, saleID string) [][]bots.Button {
	if v.Program.Settings.Staff.UndoMinutes == 0 || saleID == "" {
		return talk.Column(nextButton(v))
	}
	return [][]bots.Button{talk.Row(undoButton(saleID, v.T("staff.btn.undo")), nextButton(v))}
}

func undoButton(saleID, text string) bots.Button { return lasting(text, actUndo, saleID) }
