// Package guest is what a guest does in the chat: joins, holds the card, sees why each point came, invites, settles the own data,
// confirms a payment with points.
//
// Two messages live in a guest's chat. The card, in [bots.SlotCard], is a photo with the QR code, the number and the balance; its
// buttons open everything else. The screen, in [bots.SlotScreen], is whatever was opened last. A third, in [slotAsk], is the
// question whether to spend, which ends in its own place. A receipt is a message by itself; one that asks how the purchase was is edited
// to the thanks, for which [slotRate] remembers it.
//
// Buttons that only open something carry no mark, and those that switch something say to which side: pressing one twice, or late,
// does no harm. Joining and leaving, and whatever spends points or cannot be taken back, carry the mark of their screen, so that nobody
// agrees to what is not shown. What a program does not have leaves no button, no command and no line.
package guest

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/words"
)

// Flow names the conversation in button ids and sessions.
const Flow = "guest"

// slotAsk holds the question whether to spend points.
const slotAsk = "ask"

// Actions of buttons. Those of [actHome] are made by the other conversations too.
const (
	actHome      = "home"
	actCode      = "code"
	actBalance   = "balance"
	actHistory   = "history" // arg: the posting before which the page begins, "" = the newest
	actNewer     = "newer"   // arg: the posting after which the page begins
	actWhy       = "why"     // arg: the posting
	actInvite    = "invite"
	actSettings  = "settings"
	actLanguages = "langs"
	actLanguage  = "lang" // arg: the language
	actNews      = "news" // arg: "on" or "off"
	actJoin      = "join" // marked
	actName      = "name"
	actPhone     = "phone"
	actPrivacy   = "privacy"
	actExport    = "export"
	actPause     = "pause" // arg: "on" or "off"
	actDelete    = "delete"
	actDelete2   = "delete2" // marked
	actErase     = "erase"   // marked
	actHelp      = "help"
	actWeb       = "web"
	actYes       = "yes" // arg: the hold
	actNo        = "no"  // arg: the hold
)

// Steps of the session.
const (
	stepJoin   = "join"   // Data: joining
	stepPhone  = "phone"  // the phone is asked for
	stepName   = "name"   // a new name is typed
	stepDelete = "delete" // the first question of leaving
	stepErase  = "erase"  // the last
)

// Commands lists what a guest can type, in the order of the menu.
func Commands() []talk.Command {
	return talk.Menu("commands.",
		talk.Command{Name: "start", Hidden: true, Handle: func(v talk.View) talk.Output { return Start(v, talk.Link{}) }},
		talk.Command{Name: "card", Handle: Home},
		talk.Command{Name: "balance", Handle: member(balance)},
		talk.Command{Name: "history", Handle: member(func(v talk.View) talk.Output { return history(v, "") })},
		talk.Command{Name: "why", Handle: member(func(v talk.View) talk.Output { return why(v, "") })},
		talk.Command{Name: "offers", May: with(words.OffersOn), Handle: member(func(v talk.View) talk.Output { return offers(v, "") })},
		talk.Command{Name: "code", May: with(words.CodesOn), Handle: member(codeCommand)},
		talk.Command{Name: "rewards", May: with(rewardsOn), Handle: member(func(v talk.View) talk.Output { return rewards(v, "") })},
		talk.Command{Name: "tier", May: with(tiersOn), Handle: member(tier)},
		talk.Command{Name: "invite", Handle: member(invite)},
		talk.Command{Name: "give", May: with(givingOn), Handle: member(giveCommand)},
		talk.Command{Name: "family", May: with(sharingOn), Handle: member(family)},
		talk.Command{Name: "birthday", May: with(birthdaysOn), Handle: member(birthdayCommand)},
		talk.Command{Name: "settings", Handle: member(settings)},
		talk.Command{Name: "language", Handle: languages},
		talk.Command{Name: "web", May: webOn, Handle: member(web)},
		talk.Command{Name: "stop", Handle: stop},
		talk.Command{Name: "privacy", Handle: privacy},
		talk.Command{Name: "export", Handle: member(export)},
		talk.Command{Name: "delete_me", Handle: leave},
		talk.Command{Name: "help", Handle: func(v talk.View) talk.Output { return help(v, "") }},
	)
}

// member lets those in who have a card, and offers one to the others.
func member(handle func(talk.View) talk.Output) func(talk.View) talk.Output {
	return func(v talk.View) talk.Output {
		if v.Member == nil {
			return begin(v, joiningOf(v))
		}
		return handle(v)
	}
}

// Press answers a pressed button of this conversation.
func Press(v talk.View, p talk.Pressed) talk.Output {
	switch p.Action {
	case actLanguages:
		return languages(v)
	case actLanguage:
		return choose(v, p.Arg)
	case actNews:
		return news(v, p)
	case actJoin:
		return join(v, p)
	case actOwn:
		return ownCard(v)
	case actPrivacy:
		return privacy(v)
	case actHelp:
		return help(v, "")
	case actHome:
		return Home(v)
	case actRate, actWrite, actSkip:
		return rate(v, p)
	}
	return member(func(v talk.View) talk.Output { return pressed(v, p) })(v)
}

// pressed answers the buttons of those who have a card.
func pressed(v talk.View, p talk.Pressed) talk.Output {
	switch p.Action {
	case actHeard:
		return toldPress(v, p)
	case actCode:
		return code(v)
	case actBalance:
		return balance(v)
	case actHistory:
		return history(v, p.Arg)
	case actNewer:
		return newer(v, p.Arg)
	case actWhy:
		return why(v, p.Arg)
	case actInvite:
		return invite(v)
	case actWeb:
		return web(v)
	case actSettings:
		return settings(v)
	case actName:
		return askName(v, "")
	case actPhone:
		return changePhone(v)
	case actExport:
		return export(v)
	case actPause:
		return pause(v, p.Arg)
	case actDelete:
		return leave(v)
	case actDelete2:
		return leaveSure(v, p)
	case actErase:
		return erase(v, p)
	case actYes:
		return confirm(v, p.Arg)
	case actNo:
		return deny(v, p.Arg)
	}
	return mechanics(v, p)
}

// Text answers what was typed, and anything else that is no command: stickers, voice, photos.
func Text(v talk.View) talk.Output {
	typed := v.Event.Text
	switch {
	case v.Session.At(Flow, stepSay) && !skips(v, typed):
		return say(v)
	case v.Member == nil:
		return begin(v, joiningOf(v))
	case skips(v, typed): // its keyboard may still be up while a form is open
		return skipped(v)
	case v.Session.At(Flow, stepName):
		return rename(v)
	case formOf(v) != nil:
		return formOf(v)(v)
	case looksLikePhone(typed):
		return askPhone(v, v.Rich("guest.phone.typed"))
	}
	return v.SayAnd(away(v), v.Screen(v.Rich("guest.help.nudge"), talk.Row(cardButton(v), helpButton(v))))
}

// away is the session after leaving a form: none, unless another conversation or joining is going on.
func away(v talk.View) talk.Session {
	if v.Session.Flow != Flow || v.Member == nil {
		return v.Session
	}
	return talk.Session{}
}

// problem tells an error: over the chat after a press, else as a screen that leads back.
func problem(v talk.View, err error) talk.Output {
	text := v.Problem(err)
	if v.Event.Press != nil {
		return v.Say(v.Alert(text))
	}
	return v.Say(v.Screen(bots.Escape(text), talk.Row(cardButton(v), helpButton(v))))
}

// toast adds a short text over the chat to a screen that answers a press.
func toast(m bots.Message, text string) bots.Message {
	if m.Ack != nil {
		m.Ack.Text = text
	}
	return m
}

// stale answers a button of a screen that is not the current one any more.
func stale(v talk.View, current talk.Output) talk.Output {
	for i := range current.Say {
		if current.Say[i].Ack != nil {
			current.Say[i] = toast(current.Say[i], v.T("guest.stale.toast"))
			return current
		}
	}
	current.Say = append([]bots.Message{v.Toast(v.T("guest.stale.toast"))}, current.Say...)
	return current
}

func button(text, action, arg string) bots.Button { return talk.Button(text, Flow, action, arg, "") }

// cardButton leads to the card, or to getting one.
func cardButton(v talk.View) bots.Button {
	if v.Member == nil {
		return button(v.T("guest.consent.join.btn"), actHome, "")
	}
	return button(v.T("guest.card.btn"), actHome, "")
}

func helpButton(v talk.View) bots.Button { return button(v.T("guest.help.btn"), actHelp, "") }

// active reports whether points are earned and spent now.
func active(v talk.View) bool { return v.Program.State == engine.ProgramActive }
