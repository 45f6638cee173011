package guest

import (
	"context"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// birthdaysOn reports whether the program does anything for birthdays.
func birthdaysOn(s *rules.Settings) bool {
	return s != nil && s.Birthdays()
}

// birthdayText is a birthday in words, with the year when it was told.
func birthdayText(v talk.View, b rules.Birthday) string {
	year := b.Year
	if year == 0 {
		year = 2000 // has a 29 February
	}
	day := time.Date(year, time.Month(b.Month), b.Day, 12, 0, 0, 0, time.UTC)
	if b.Year == 0 {
		return v.P.DateLong(day, day)
	}
	return v.P.DateLong(day, v.Local(v.Now))
}

// birthday asks when the person celebrates, or says that it can be changed no more.
func birthday(v talk.View) talk.Output {
	if b := v.Standing.Birthday; b.Known() && !b.ChangedAt.IsZero() {
		return v.SayAnd(away(v), v.Screen(v.Rich("guest.birthday.fixed", locales.Args{"Date": birthdayText(v, b)}),
			talk.Row(button(v.T("guest.settings.btn"), actSettings, ""), cardButton(v))))
	}
	return askBirthday(v, "")
}

func askBirthday(v talk.View, wrong bots.Rich) talk.Output {
	ask := v.Rich("guest.birthday.ask")
	if b := v.Standing.Birthday; b.Known() {
		ask = v.Rich("guest.birthday.change", locales.Args{"Date": birthdayText(v, b)})
	}
	return v.SayAnd(talk.In(Flow, stepBirthday, nil), v.Screen(talk.Paragraphs(wrong, ask),
		talk.Row(button(v.T("common.cancel.btn"), actSettings, ""))))
}

// birthdayCommand is /birthday, with the day behind it or without.
func birthdayCommand(v talk.View) talk.Output {
	if b := v.Standing.Birthday; strings.TrimSpace(v.Event.Text) == "" || b.Known() && !b.ChangedAt.IsZero() {
		return birthday(v)
	}
	return readBirthday(v)
}

// readBirthday repeats the day that was typed before it is kept: it can be changed only once.
func readBirthday(v talk.View) talk.Output {
	b, err := rules.ParseBirthday(v.Event.Text, rules.DateOf(v.Now, v.Program.Settings.Zone))
	if err != nil {
		return askBirthday(v, v.Rich("guest.birthday.wrong"))
	}
	mark := v.NewMark()
	return v.SayAnd(talk.In(Flow, stepBorn, b.String()).Marked(mark), v.Screen(v.Rich("guest.birthday.sure", locales.Args{"Date": birthdayText(v, b)}),
		talk.Row(talk.Button(v.T("guest.birthday.yes.btn"), Flow, actBorn, b.String(), mark), button(v.T("guest.birthday.no.btn"), actBirthday, ""))))
}

// born keeps the birthday that was repeated.
func born(v talk.View, p talk.Pressed) talk.Output {
	b, err := rules.ParseBirthday(p.Arg, rules.DateOf(v.Now, v.Program.Settings.Zone))
	if err != nil || !current(v, stepBorn, p) || talk.Data[string](v.Session, Flow) != p.Arg {
		return stale(v, birthday(v))
	}
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (rules.Birthday, error) {
		return e.SetBirthday(ctx, programID, memberID, b)
	}, celebrated))
}

func celebrated(v talk.View, b rules.Birthday, err error) talk.Output {
	if err != nil {
		return left(v, problem(v, err))
	}
	done := settingsScreen(v)
	done.Text = talk.Paragraphs(v.Rich("guest.birthday.saved", locales.Args{"Date": birthdayText(v, b)}), done.Text)
	return v.SayAnd(away(v), done)
}
