package staff

import (
	"context"
	"fmt"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// Home is the counter with nobody at it: the shop, the day so far, and how to begin.
func Home(v talk.View) talk.Output { return home(v, note{}) }

// shop is what the home screen tells.
type shop struct {
	today  engine.Totals
	places []engine.Location
	answer *engine.Posted // of a guest who was asked and has confirmed since
}

func home(v talk.View, n note) talk.Output {
	c := fresh(v)
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (s shop, err error) {
		if s.today, err = e.Today(ctx, v.Program.ID, v.Staff.ID, ""); err != nil {
			return s, err
		}
		if s.places, err = openPlaces(ctx, e, v.Program.ID); err != nil || c.Asked == nil {
			return s, err
		}
		s.answer, err = confirmed(ctx, e, v.Program.ID, c.Asked.Hold)
		return s, err
	}, func(v talk.View, s shop, err error) talk.Output { return homeShown(v, n, s, err) }))
}

func homeShown(v talk.View, n note, s shop, err error) talk.Output {
	c := fresh(v)
	if err != nil {
		return stopped(v, c, err)
	}
	if s.answer != nil && c.Asked != nil {
		if c.Last == nil || s.answer.At.After(c.Last.At) {
			c.Last = lastOf(*s.answer, c.Asked.Guest.Name)
		}
		c.Asked = nil
	}
	var rows [][]bots.Button
	if v.App != "" {
		rows = append(rows, talk.Row(primary(bots.Button{Text: v.T("staff.btn.scanner"), App: v.AppPage("scan/")})),
			talk.Row(lasting(v.T("staff.btn.browser"), actBrowser, "")))
	}
	if c.undoable(v) {
		rows = append(rows, talk.Row(undoButton(c.Last.Sale, v.T("staff.btn.undo_last", locales.Args{"Sum": v.Money(c.Last.Sum)}))))
	}
	first := talk.Row(lasting(v.T("staff.btn.today"), actToday, ""))
	if len(s.places) > 1 {
		first = append(first, lasting(v.T("staff.btn.place"), actPlace, ""))
	}
	second := talk.Row(talk.Button(v.T("staff.btn.card"), guestFlow, "home", "", ""))
	if v.Manages() {
		second = append(second, talk.Button(v.T("owner.home.btn"), ownerFlow, "home", "", ""))
	}
	body := talk.Paragraphs(
		talk.Lines(v.Rich("staff.home.shop", locales.Args{"Shop": v.Program.Settings.Name}), placeLine(v), dayLine(v, s.today)),
		begin(v))
	return v.SayAnd(talk.In(Flow, stepHome, c), screen(v, n, body, append(rows, first, second)...))
}

func placeLine(v talk.View) bots.Rich {
	at := place(v)
	if at == nil {
		return ""
	}
	return v.Rich("staff.home.place", locales.Args{"Place": at.Name})
}

// dayLine sums up the person's own day in one line.
func dayLine(v talk.View, t engine.Totals) bots.Rich {
	if t.Sales == 0 && t.Returns == 0 {
		return v.Rich("staff.home.quiet")
	}
	return v.Rich("staff.home.day", locales.Args{"Checks": v.P.RichN("staff.today.checks", int64(t.Sales)), "Sum": v.Money(t.Amount)})
}

func openPlaces(ctx context.Context, e *engine.Engine, programID string) ([]engine.Location, error) {
	all, err := e.Store().Locations(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	var open []engine.Location
	for _, l := range all {
		if !l.Closed {
			open = append(open, l)
		}
	}
	return open, nil
}

// whoForm asks whose check it is.
func whoForm(v talk.View, c counter, n note) talk.Output {
	c.Guest, c.Points = guest{}, 0
	head := v.Rich("staff.who.open")
	if c.Sum > 0 {
		head = v.Rich("staff.who.sum", locales.Args{"Sum": v.Money(c.Sum)})
	}
	hint := begin(v)
	if n.problem != "" {
		hint = howTo(v)
	}
	return shown(v, stepWho, c, n, talk.Paragraphs(head, hint), talk.Row(cancelButton(v)))
}

// stopped says why a sale cannot go on, and leaves it.
func stopped(v talk.View, c counter, err error) talk.Output {
	return v.SayAnd(talk.In(Flow, stepHome, c.cleared()), screen(v, trouble(v, err), "", talk.Row(nextButton(v))))
}
