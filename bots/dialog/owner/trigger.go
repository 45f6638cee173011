package owner

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// Triggered tells one of the staff that a trigger was set off, and by whom. Who speaks to many gets the way to the trigger. Of a guest who has left there is nothing to
// tell.
func Triggered(v talk.View, n engine.Notice) []bots.Message {
	card := word(n.Args["card"])
	if v.Staff == nil || v.Staff.Disabled || card == "" {
		return nil
	}
	args := locales.Args{"Name": words.CleanName(word(n.Args["name"]), 40), "Card": card}
	who := v.Rich("trigger.notice.guest", args)
	if args["Name"] == "" {
		who = v.Rich("trigger.notice.nameless", args)
	}
	title := v.Rich("trigger.notice.title", locales.Args{"Trigger": words.CleanName(word(n.Args["trigger"]), 60)})
	m := bots.Message{Purpose: bots.PurposeService, Text: talk.Lines(title, who)}
	if id := word(n.Args["campaign"]); v.Markets() && id != "" {
		m.Buttons = talk.Column(talk.Button(v.T("triggers.open.btn"), "market", "camp", id, ""))
	}
	return []bots.Message{m}
}
