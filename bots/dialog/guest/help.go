package guest

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// help lists the commands, after a line about what led here.
func help(v talk.View, first bots.Rich) talk.Output {
	if first == "" {
		first = v.Rich("guest.help.title", locales.Args{"Program": v.Program.Settings.Name})
	}
	var list []bots.Rich
	for _, c := range Commands() {
		if !c.Hidden && (c.May == nil || c.May(v)) {
			list = append(list, v.Rich("guest.help.line", locales.Args{"Command": c.Name, "Does": v.T("commands." + c.Name)}))
		}
	}
	rows := talk.Column(cardButton(v), button(v.T("guest.privacy.btn"), actPrivacy, ""))
	if v.Member != nil {
		rows = [][]bots.Button{talk.Row(cardButton(v), button(v.T("guest.settings.btn"), actSettings, ""))}
	}
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(first, talk.Lines(list...), support(v)), append(rows, staffRow(v)...)...))
}

// Unknown answers a command that is not there, or not for this person.
func Unknown(v talk.View) talk.Output { return help(v, v.Rich("guest.help.unknown")) }

// Closed answers whoever comes while nobody can join: before the opening, or during a break.
func Closed(v talk.View) talk.Output {
	program := locales.Args{"Program": v.Program.Settings.Name}
	text := v.Rich("guest.closed.soon", program)
	if v.Program.State == engine.ProgramPaused {
		text = v.Rich("guest.closed.paused", program)
	}
	rows := append(talk.Column(button(v.T("guest.closed.retry.btn"), actHome, "")), staffRow(v)...)
	return v.Say(v.Screen(text, rows...))
}
