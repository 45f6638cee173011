package staff

import (
	"context"
	"fmt"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// ask has the guest confirm the spend in the guest's own chat.
func ask(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Reserved, error) {
		sale, err := check(ctx, e, v, c, c.Offer)
		if err != nil {
			return engine.Reserved{}, err
		}
		return e.Reserve(ctx, engine.ReserveInput{Key: key, Sale: sale, Ask: true, Asker: v.Contact.ID})
	}, func(v talk.View, r engine.Reserved, err error) talk.Output { return reserved(v, c, r, err) }))
}

func reserved(v talk.View, c counter, r engine.Reserved, err error) talk.Output {
	switch {
	case err != nil:
		return refused(v, c, err)
	case !r.Reachable:
		return codeForm(v, c, note{problem: v.Rich("staff.code.unreachable", locales.Args{"Name": c.Guest.called(v)})})
	}
	c.Asked = &asked{Hold: r.Hold.ID, Guest: c.Guest, Sum: c.Sum, Points: c.Offer, Tab: c.tab}
	return waitScreen(v, c, note{})
}

func waitScreen(v talk.View, c counter, n note) talk.Output {
	seconds := v.Program.Settings.Staff.HoldSeconds
	body := talk.Paragraphs(
		v.Rich("staff.wait.asked", locales.Args{"Name": c.Asked.Guest.called(v)}),
		planLine(v, c.Asked.Sum, c.Asked.Tab.Off, c.Asked.Points),
		v.Rich("staff.wait.how", locales.Args{"Seconds": seconds}))
	return shown(v, stepWait, c, n, body, talk.Row(marked(v, v.T("staff.btn.code"), actCode, ""), cancelButton(v)))
}

// planLine says what is to be spent and what is left to pay.
func planLine(v talk.View, sum, off money.Amount, points money.Points) bots.Rich {
	worth, err := v.Program.Settings.Unit.Money(points)
	if err != nil {
		return ""
	}
	return v.Rich("staff.wait.plan", locales.Args{"Points": v.Points(points), "Payable": v.Money(sum - off - worth), "Sum": v.Money(sum)})
}

// codeForm asks for the guest's live code.
func codeForm(v talk.View, c counter, n note) talk.Output {
	body := talk.Paragraphs(
		planLine(v, c.Sum, c.Off, c.Offer),
		v.Rich("staff.code.ask", locales.Args{"Name": c.Guest.called(v)}))
	return shown(v, stepCode, c, n, body,
		talk.Row(marked(v, v.T("staff.btn.plain"), actAdd, "")),
		talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))
}

// codeInstead takes the question back and asks for the code.
func codeInstead(v talk.View, c counter) talk.Output {
	return settle(v, c, func(v talk.View) talk.Output { return codeForm(v, c.unasked(), note{}) })
}

// settle takes a question back and goes on. If the guest was faster and has confirmed, the receipt is shown instead.
func settle(v talk.View, c counter, then func(v talk.View) talk.Output) talk.Output {
	hold := c.Asked.Hold
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (*engine.Posted, error) {
		return takeBack(ctx, e, v.Program.ID, hold)
	}, func(v talk.View, answer *engine.Posted, err error) talk.Output {
		return settled(v, c, answer, err, then)
	}))
}

func settled(v talk.View, c counter, answer *engine.Posted, err error, then func(v talk.View) talk.Output) talk.Output {
	switch {
	case err != nil:
		return stopped(v, c, err)
	case answer != nil:
		name := c.Asked.Guest.Name
		c.Asked = nil
		return receiptShown(v, c.made(*answer, name, nil).at(v), note{toast: v.T("staff.receipt.confirmed.toast")})
	}
	return then(v)
}

// takeBack releases a hold. It returns the sale when the guest had confirmed before.
func takeBack(ctx context.Context, e *engine.Engine, programID, hold string) (*engine.Posted, error) {
	if err := e.Release(ctx, programID, hold); err != nil {
		return nil, err
	}
	return confirmed(ctx, e, programID, hold)
}

// confirmed is the sale that a hold became, nil when it did not.
func confirmed(ctx context.Context, e *engine.Engine, programID, hold string) (*engine.Posted, error) {
	h, err := e.Store().Hold(ctx, programID, hold)
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read hold: %w", err)
	case h.State != engine.HoldCommitted:
		return nil, nil
	}
	return posting(ctx, e, programID, "hold:"+hold)
}

// withoutPoints records the check of a question that was refused or never answered, all paid with money.
func withoutPoints(v talk.View, c counter) talk.Output {
	return settle(v, c, func(v talk.View) talk.Output { return add(v, c.unasked()) })
}

// askAgain asks the guest once more.
func askAgain(v talk.View, c counter) talk.Output {
	return settle(v, c, func(v talk.View) talk.Output { return ask(v, c.unasked()) })
}

// unasked puts the check of a question back on the counter.
func (c counter) unasked() counter {
	next := c.cleared()
	next.Guest, next.Sum, next.Offer, next.tab = c.Asked.Guest, c.Asked.Sum, c.Asked.Points, c.Asked.Tab
	next.Asked = nil
	return next
}
