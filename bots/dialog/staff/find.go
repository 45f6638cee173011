package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// Scan answers a card's link that the phone's camera has opened.
func Scan(v talk.View, token string) talk.Output { return heard(v, "c_"+token) }

// Contact answers a contact card that the cashier shares: the guest is found by its phone.
func Contact(v talk.View) talk.Output {
	if v.Event.Contact == nil {
		return current(v, note{})
	}
	return heard(v, v.Event.Contact.Phone)
}

// heard looks a guest up by something that can be nothing else. A sum typed before stays; a guest who is being asked for
// a code may be proving that it is the guest.
func heard(v talk.View, input string) talk.Output {
	c := onCounter(v)
	switch step(v) {
	case stepWait, stepCode:
		return prove(v, c, input)
	case stepWho:
		next := c.cleared()
		next.Sum, next.Typed, next.tab = c.Sum, c.Typed, c.tab
		return identify(v, next, input)
	case stepMore:
		if v.Manages() && c.Work.at(formJoin) {
			return joinTyped(v, c, input)
		}
	}
	return identify(v, c.cleared(), input)
}

// met is who or what an input names: a guest, or a gift certificate by its code.
type met struct {
	found engine.Found
	paper *engine.Certificate
}

// identify looks a guest up and goes on with the sale. Digits that name nobody may be those of a certificate: a guest shows it at
// the moment of paying, and it is typed at once.
func identify(v talk.View, c counter, input string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (m met, err error) {
		m.found, err = e.Identify(ctx, v.Program.ID, v.Staff.ID, input)
		if engine.IsKind(err, engine.KindNotFound) && v.Program.Settings.Gifts.On && digits(input) == certificateDigits {
			if paper, none := e.FindCertificate(ctx, v.Program.ID, v.Staff.ID, input); none == nil {
				return met{paper: &paper}, nil
			}
		}
		return m, err
	}, func(v talk.View, m met, err error) talk.Output {
		if m.paper != nil {
			return paperShown(v, c, *m.paper)
		}
		return found(v, c, m.found, err)
	}))
}

// paperShown shows a certificate that was typed where a guest is awaited: it may pay for the check of the screen, if there is one.
func paperShown(v talk.View, c counter, paper engine.Certificate) talk.Output {
	if open := onCounter(v); step(v) == stepSale && open.Guest.ID != "" && open.Sum > 0 {
		return paperForm(v, open, note{}, paper)
	}
	next := c.cleared()
	next.Sell = &sell{}
	return lookedUp(v, next, note{}, paper, nil)
}

func found(v talk.View, c counter, f engine.Found, err error) talk.Output {
	if err != nil {
		return lost(v, c, v.Problem(err))
	}
	var cards []guest
	for _, m := range append([]engine.Member{f.Member}, f.Others...) {
		if m.State == engine.MemberActive {
			cards = append(cards, guestOf(m))
		}
	}
	switch {
	case len(cards) == 0:
		if f.Member.State == engine.MemberPaused {
			return lost(v, c, v.Problem(refusal(engine.KindForbidden, "card_paused")))
		}
		return lost(v, c, v.Problem(refusal(engine.KindForbidden, "card_blocked")))
	case len(cards) > 1:
		c.Choice = cards
		return pickForm(v, c, note{})
	}
	g := cards[0]
	if f.Present {
		g.Present = v.Now.Add(presentFor)
	}
	return picked(v, c, g)
}

// picked goes on with one guest. The own card is refused at once, not only when the sum has been typed.
func picked(v talk.View, c counter, g guest) talk.Output {
	if v.Member != nil && v.Member.ID == g.ID {
		return lost(v, c, v.Problem(refusal(engine.KindForbidden, "own_card")))
	}
	c.Guest, c.Choice = g, nil
	return proceed(v, c)
}

// lost says why there is no guest and how to try again. Nobody stays on the counter: the next sum must not go to whoever was
// there before.
func lost(v talk.View, c counter, why string) talk.Output {
	next := c.cleared()
	n := note{problem: bots.Escape(why)}
	if next.Sum, next.Typed, next.tab = c.Sum, c.Typed, c.tab; next.Sum > 0 || next.Typed != "" {
		return whoForm(v, next, n)
	}
	return shown(v, stepHome, next, n, howTo(v), talk.Row(homeButton(v)))
}

// howTo says how to name a guest: in the form of the command that was typed, if one was.
func howTo(v talk.View) bots.Rich {
	if v.Event.Kind == bots.EventCommand {
		switch v.Event.Command {
		case cmdAccrue:
			return talk.Lines(v.Rich("staff.usage.accrue"), goodsHint(v))
		case cmdRedeem:
			return v.Rich("staff.usage.redeem")
		}
	}
	return begin(v)
}

// begin says how to begin a sale: with the guest, and by goods where the program knows them.
func begin(v talk.View) bots.Rich { return talk.Lines(v.Rich("staff.home.begin"), goodsHint(v)) }

// pickForm has the cashier ask whose card it is. Names are shown by their beginning only: it is not known yet who is asking.
func pickForm(v talk.View, c counter, n note) talk.Output {
	rows := make([][]bots.Button, 0, len(c.Choice)+1)
	for _, g := range c.Choice[:min(len(c.Choice), 8)] {
		rows = append(rows, talk.Row(marked(v, v.T("staff.btn.pick", locales.Args{"Name": g.masked(v), "Tail": g.tail()}), actPick, g.ID)))
	}
	return shown(v, stepPick, c, n, v.Rich("staff.pick.ask"), append(rows, talk.Row(cancelButton(v)))...)
}
