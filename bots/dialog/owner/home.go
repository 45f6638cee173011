package owner

import (
	"context"
	"fmt"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// facts are what the home screen tells.
type facts struct {
	Today   engine.Totals
	Members int
}

// Home is the shop at a glance, with the way to everything that can be changed. It leaves every form.
func Home(v talk.View) talk.Output {
	if settingUp(v) {
		return Begin(v)
	}
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (f facts, err error) {
		if f.Today, err = e.Today(ctx, program, "", ""); err != nil {
			return f, err
		}
		if f.Members, err = e.Store().CountMembers(ctx, program); err != nil {
			return f, fmt.Errorf("count members: %w", err)
		}
		return f, nil
	}, showHome))
}

func showHome(v talk.View, f facts, err error) talk.Output {
	if err != nil {
		return v.SayAnd(talk.Session{}, v.Screen(bots.Escape(v.Problem(err)), talk.Row(button(v.T("owner.home.again.btn"), "home", ""))))
	}
	head := "owner.home.active"
	if v.Program.State == engine.ProgramPaused {
		head = "owner.home.paused"
	}
	today := v.Rich("owner.home.today", locales.Args{"Sales": f.Today.Sales, "Amount": v.Money(f.Today.Amount), "Earned": v.Points(f.Today.Earned),
		"Burned": v.Points(f.Today.Burned), "New": f.Today.New, "Members": f.Members})
	text := talk.Paragraphs(v.Rich(head, locales.Args{"Shop": v.Program.Settings.Name}), today,
		talk.Lines(v.Rich("owner.home.terms"), termLines(v, v.Program.Settings)))
	return v.SayAnd(talk.Session{}, v.Screen(text, homeButtons(v)...))
}

func homeButtons(v talk.View) [][]bots.Button {
	var rows [][]bots.Button
	if v.Manages() {
		people := talk.Row(button(v.T("owner.home.staff.btn"), "staff", ""), button(v.T("owner.home.places.btn"), "places", ""))
		rows = append(rows, people)
	}
	var guests []bots.Button
	if v.Manages() && v.Program.Settings.Feedback.On {
		guests = append(guests, button(v.T("owner.part.feedback.btn"), "feedback", ""))
	}
	if v.Markets() {
		guests = append(guests, talk.Button(v.T("market.segments.btn"), "market", "list", "", ""))
	}
	if guests != nil {
		rows = append(rows, guests)
	}
	if v.Markets() {
		rows = append(rows, talk.Row(talk.Button(v.T("campaigns.btn"), "market", "camps", "", ""), talk.Button(v.T("triggers.btn"), "market", "t-list", "", "")))
	}
	poster := button(v.T("owner.home.poster.btn"), "poster", "")
	switch {
	case v.Owns():
		rows = append(rows, talk.Row(button(v.T("owner.home.rules.btn"), "rules", ""), poster))
	case v.Markets():
		rows = append(rows, talk.Row(poster))
	}
	last := talk.Row(cardButton(v))
	if v.AtCounter() {
		last = talk.Row(counterButton(v), cardButton(v))
	}
	rows = append(rows, last)
	if v.Owns() && v.Program.State == engine.ProgramPaused {
		rows = append(rows, talk.Row(button(v.T("owner.state.open.btn"), "state", "open")))
	} else if v.Owns() {
		rows = append(rows, talk.Row(button(v.T("owner.state.pause.btn"), "state", "pause")))
	}
	return rows
}

// counterButton and cardButton lead to the homes of the other conversations.
func counterButton(v talk.View) bots.Button {
	return talk.Button(v.T("owner.home.counter.btn"), "staff", "home", "", "")
}

func cardButton(v talk.View) bots.Button {
	return talk.Button(v.T("owner.home.card.btn"), "guest", "home", "", "")
}

const stepState = "state"

// askState asks before a shop is paused or opened again.
func askState(v talk.View, p talk.Pressed) talk.Output {
	text, yes, style := v.Rich("owner.state.pause.text"), v.T("owner.state.pause.btn"), bots.StyleDanger
	if p.Arg == "open" {
		text, yes, style = v.Rich("owner.state.open.text"), v.T("owner.state.open.btn"), bots.StyleSuccess
	}
	mark := v.NewMark()
	confirm := talk.Button(yes, Flow, "setstate", p.Arg, mark)
	confirm.Style = style
	return v.SayAnd(aside(stepState, nil).Marked(mark), v.Screen(text, talk.Row(confirm), back(v, "home", "")))
}

func pressState(v talk.View, p talk.Pressed) talk.Output {
	state := map[string]engine.ProgramState{"pause": engine.ProgramPaused, "open": engine.ProgramActive}[p.Arg]
	if _, fresh := asideData[any](v, stepState, p); !fresh || state == "" {
		return stale(v, Home(v))
	}
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.SetState(ctx, program, staff, state)
	}, stateSet))
}

func stateSet(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return v.SayAnd(talk.Session{}, v.Alert(v.Problem(err)))
	}
	return Home(v)
}
