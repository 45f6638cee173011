package guest

import (
	"context"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

func settings(v talk.View) talk.Output { return v.SayAnd(away(v), settingsScreen(v)) }

func settingsScreen(v talk.View) bots.Message {
	name, phone := words.CleanName(v.Member.Name, 64), "—"
	if name == "" {
		name = "—"
	}
	if v.Member.Phone != "" {
		phone = v.P.PhoneMasked(v.Member.Phone.Reveal())
	}
	messages, tick := v.Rich("guest.settings.news_off"), button(v.T("guest.consent.news_off.btn"), actNews, "on")
	if v.Consent[engine.PurposeMarketing] {
		messages, tick = v.Rich("guest.settings.news_on"), button(v.T("guest.consent.news_on.btn"), actNews, "off")
	}
	var born bots.Rich
	if birthdaysOn(v.Program.Settings) && v.Standing.Birthday.Known() {
		born = v.Rich("guest.settings.birthday", locales.Args{"Date": birthdayText(v, v.Standing.Birthday)})
	}
	text := talk.Paragraphs(v.Rich("guest.settings.title"), talk.Lines(
		v.Rich("guest.settings.called", locales.Args{"Name": name}),
		v.Rich("guest.settings.number", locales.Args{"Phone": phone}),
		born,
		v.Rich("guest.settings.language", locales.Args{"Language": v.Language().Name()}),
		messages,
	))
	first := talk.Row(button(v.T("guest.settings.name.btn"), actName, ""), button(v.T("guest.settings.phone.btn"), actPhone, ""))
	second := talk.Row(button(v.T("guest.privacy.btn"), actPrivacy, ""))
	if len(v.Program.Settings.Languages) > 1 {
		second = append(talk.Row(button(v.T("guest.language.btn"), actLanguages, "")), second...)
	}
	rows := append([][]bots.Button{first, second}, settingsMore(v)...)
	if v.Member.State == engine.MemberPaused {
		text = talk.Paragraphs(text, v.Rich("guest.pause.card"))
	}
	rows = append(rows, talk.Row(tick), talk.Row(button(v.T("guest.settings.export.btn"), actExport, ""), cardButton(v)))
	return v.Screen(text, append(rows, leaveRows(v)...)...)
}

// settingsMore are the buttons of what the guest can tell and of what the program has beside points, two in a row.
func settingsMore(v talk.View) [][]bots.Button {
	all := talk.Row(button(v.T("guest.about.btn"), actAbout, ""))
	s := v.Program.Settings
	if birthdaysOn(s) {
		all = append(all, button(v.T("guest.birthday.btn"), actBirthday, ""))
	}
	if sharingOn(s) {
		all = append(all, button(v.T("guest.family.btn"), actFamily, ""))
	}
	if givingOn(s) {
		all = append(all, button(v.T("guest.give.btn"), actGive, ""))
	}
	return slices.Collect(slices.Chunk(all, 2))
}

// setNews records the choice about marketing on this channel. A choice that is in force already is not recorded again.
func setNews(v talk.View, on bool, source string, then func(talk.View, struct{}, error) talk.Output) talk.Output {
	if v.Consent[engine.PurposeMarketing] == on {
		return then(v, struct{}{}, nil)
	}
	consent := engine.Consent{ProgramID: v.Program.ID, MemberID: v.Member.ID, Channel: v.Contact.Address.Channel,
		Purpose: engine.PurposeMarketing, Given: on, Source: source, Text: consentText, Language: string(v.Language())}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.SetConsent(ctx, consent)
	}, then))
}

func newsSet(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	done := v.T("guest.news_off.toast")
	if v.Consent[engine.PurposeMarketing] {
		done = v.T("guest.news_on.toast")
	}
	return v.SayAnd(away(v), toast(settingsScreen(v), done))
}

// stop ends news and offers, and says how to end the rest.
func stop(v talk.View) talk.Output {
	if v.Member == nil {
		next := v.Session
		if next.At(Flow, stepJoin) {
			j := joiningOf(v)
			j.News = false
			next = talk.In(Flow, stepJoin, j).Marked(next.Mark)
		}
		return v.SayAnd(next, v.Screen(v.Rich("guest.stop.nothing"), talk.Row(cardButton(v))))
	}
	return setNews(v, false, "stop", stopped)
}

func stopped(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	return v.SayAnd(away(v), v.Screen(v.Rich("guest.stop.text"), talk.Row(cardButton(v), button(v.T("guest.settings.btn"), actSettings, ""))))
}

// askName asks how to call the person, after saying what was wrong with the last answer.
func askName(v talk.View, wrong bots.Rich) talk.Output {
	return v.SayAnd(talk.In(Flow, stepName, nil), v.Screen(talk.Paragraphs(wrong, v.Rich("guest.name.ask")),
		talk.Row(button(v.T("common.cancel.btn"), actSettings, ""))))
}

func rename(v talk.View) talk.Output {
	name := words.CleanName(v.Event.Text, 64)
	if name == "" {
		return askName(v, v.Rich("guest.name.empty"))
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Member, error) {
		return e.Rename(ctx, v.Program.ID, v.Member.ID, name)
	}, renamed))
}

func renamed(v talk.View, m engine.Member, err error) talk.Output {
	if err != nil {
		return askName(v, bots.Escape(v.Problem(err)))
	}
	done := settingsScreen(v)
	done.Text = talk.Paragraphs(v.Rich("guest.name.saved", locales.Args{"Name": m.Name}), done.Text)
	return v.SayAnd(away(v), done, refresh(v))
}
