package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// Joined greets whoever has accepted an invitation, or says why it does not work.
func Joined(v talk.View, err error) talk.Output {
	if err != nil || v.Staff == nil {
		row := talk.Row(talk.Button(v.T("staff.btn.card"), guestFlow, "home", "", ""))
		if v.AtCounter() {
			row = append(row, homeButton(v))
		}
		return v.Say(screen(v, trouble(v, err), "", row))
	}
	if !v.AtCounter() {
		return v.Say(screen(v, note{}, greeting(v), talk.Row(talk.Button(v.T("market.home.btn"), marketFlow, "home", "", ""))))
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.Location, error) {
		_, choice, err := seat(ctx, e, v)
		return choice, err
	}, greeted))
}

// greeted says how to begin and, when there are several places, asks for the place at once.
func greeted(v talk.View, choice []engine.Location, err error) talk.Output {
	switch {
	case err != nil:
		return stopped(v, counter{}, err)
	case len(choice) > 0:
		out := placesShown(v, counter{}, note{}, choice)
		out.Say[0].Text = talk.Paragraphs(greeting(v), out.Say[0].Text)
		return out
	}
	row := talk.Row(homeButton(v))
	if v.Manages() {
		row = append(row, talk.Button(v.T("owner.home.btn"), ownerFlow, "home", "", ""))
	}
	return v.SayAnd(talk.In(Flow, stepHome, counter{}), screen(v, note{}, greeting(v), row))
}

// greeting is three short lines: who you are here, what you do, where the rest is.
func greeting(v talk.View) bots.Rich {
	args := locales.Args{"Shop": v.Program.Settings.Name, "Role": roleName(v, string(v.Staff.Role)), "Menu": v.T("owner.home.btn")}
	switch {
	case v.Staff.Role.Manages():
		return talk.Paragraphs(v.Rich("staff.joined.head", args), talk.Lines(v.Rich("staff.joined.counter"), v.Rich("staff.joined.manages", args)))
	case v.Staff.Role.AtCounter():
		return talk.Paragraphs(v.Rich("staff.joined.head", args), talk.Lines(v.Rich("staff.joined.counter"), v.Rich("staff.joined.undo")))
	}
	args["Menu"] = v.T("market.home.btn")
	return talk.Paragraphs(v.Rich("staff.joined.head", args), v.Rich("staff.joined.away", args))
}

func roleName(v talk.View, role string) string {
	for _, r := range engine.Roles() {
		if string(r) == role {
			return v.T("owner.role." + role + ".name")
		}
	}
	return role
}
