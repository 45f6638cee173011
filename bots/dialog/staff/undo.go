package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// undo takes back the sale of a receipt. The engine decides whether this person may, still.
func undo(v talk.View, saleID string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Reverse(ctx, engine.ReverseInput{Key: key, ProgramID: v.Program.ID, SaleID: saleID, All: true, Undo: true, StaffID: v.Staff.ID})
	}, undone))
}

func undone(v talk.View, p engine.Posted, err error) talk.Output {
	c := onCounter(v)
	if err != nil {
		if v.Event.Press != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return stopped(v, c, err)
	}
	g, known := c.served(p)
	if c.Last != nil && c.Last.Sale == p.SaleID {
		c.Last = nil
	}
	if c.Asked != nil && c.Asked.Guest.ID == p.MemberID {
		c.Asked = nil
	}
	body := talk.Lines(
		v.Rich("staff.undo.head", locales.Args{"Name": g.called(v), "Sum": v.Money(p.Total)}),
		undoLines(v, p),
		balanceAfter(v, p.Balance))
	if at := step(v); !known && at != stepHome && at != stepReceipt {
		// Somebody else is at the counter already: that sale goes on where it is.
		session := talk.In(Flow, at, c).Marked(v.Session.Mark)
		return v.SayAnd(session, bots.Message{Text: body, Buttons: talk.Column(homeButton(v)), Ack: v.Ack()})
	}
	next := c.cleared()
	if !known {
		return v.SayAnd(talk.In(Flow, stepHome, next), screen(v, note{}, body, talk.Row(nextButton(v))))
	}
	// It was a slip: the same guest is still here, and the right sum can be typed at once.
	next.Guest = g
	return shown(v, stepSale, next, note{}, talk.Paragraphs(body, v.Rich("staff.undo.again")), talk.Row(nextButton(v)))
}

// served is the guest of a sale, if that guest is still on the counter.
func (c counter) served(p engine.Posted) (guest, bool) {
	switch {
	case c.Guest.ID != "" && c.Guest.ID == p.MemberID && (c.Receipt != nil && c.Receipt.Posted.SaleID == p.SaleID):
		return c.Guest, true
	case c.Asked != nil && c.Asked.Guest.ID == p.MemberID && c.Asked.Guest.ID == c.Guest.ID:
		return c.Asked.Guest, true
	case c.Last != nil && c.Last.Sale == p.SaleID:
		return guest{Name: c.Last.Name}, false
	}
	return guest{}, false
}

func undoLines(v talk.View, p engine.Posted) bots.Rich {
	var taken, back bots.Rich
	if p.Revoked > 0 {
		taken = v.Rich("staff.undo.taken", locales.Args{"Points": v.Points(p.Revoked)})
	}
	if p.Restored > 0 {
		back = v.Rich("staff.undo.back", locales.Args{"Points": v.Points(p.Restored)})
	}
	var gift bots.Rich
	if p.GiftBack > 0 {
		gift = v.Rich("staff.return.certificate", locales.Args{"Money": v.Money(p.GiftBack)})
	}
	return talk.Lines(gift, taken, back)
}

// undoLast is /undo: the last sale of this person, whatever has happened on the screen since.
func undoLast(v talk.View) talk.Output {
	c := onCounter(v)
	if c.Asked == nil {
		return undoKnown(v, c)
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (*engine.Posted, error) {
		return confirmed(ctx, e, v.Program.ID, c.Asked.Hold)
	}, func(v talk.View, answer *engine.Posted, err error) talk.Output {
		if err != nil {
			return stopped(v, c, err)
		}
		if answer != nil && (c.Last == nil || answer.At.After(c.Last.At)) {
			return undo(v, answer.SaleID)
		}
		return undoKnown(v, c)
	}))
}

func undoKnown(v talk.View, c counter) talk.Output {
	if c.Last != nil {
		return undo(v, c.Last.Sale)
	}
	// Another conversation took the session since: the books know.
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (string, error) {
		return e.Store().LastSale(ctx, v.Program.ID, v.Staff.ID)
	}, func(v talk.View, sale string, err error) talk.Output { return undoFound(v, c, sale, err) }))
}

func undoFound(v talk.View, c counter, sale string, err error) talk.Output {
	if err != nil {
		return shown(v, stepHome, c.cleared(), note{problem: v.Rich("staff.undo.nothing")}, "", talk.Row(homeButton(v)))
	}
	return undo(v, sale)
}
