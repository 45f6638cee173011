package guest

import (
	"context"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// What a guest can tell, as buttons and the session name it: these, and the ids of the shop's fields behind [aboutField].
const (
	aboutGender = "gender"
	aboutCity   = "city"
	aboutField  = "field:"
)

// about shows what the guest has told. The rest of the conversation never needs it, so that it is read only here.
func about(v talk.View) talk.Output {
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Profile, error) {
		return e.Profile(ctx, programID, memberID)
	}, aboutShown))
}

func aboutShown(v talk.View, p engine.Profile, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	return v.SayAnd(away(v), aboutScreen(v, p, ""))
}

// aboutScreen lists it, with a button for each thing.
func aboutScreen(v talk.View, p engine.Profile, done bots.Rich) bots.Message {
	line := func(name, value string) bots.Rich {
		if value == "" {
			value = "—"
		}
		return v.Rich("guest.about.line", locales.Args{"Name": name, "Value": value})
	}
	lines := []bots.Rich{line(v.T("guest.about.gender.btn"), genderName(v, p.Gender)), line(v.T("guest.about.city.btn"), words.CleanName(p.City, 60))}
	buttons := []bots.Button{button(v.T("guest.about.gender.btn"), actTell, aboutGender), button(v.T("guest.about.city.btn"), actTell, aboutCity)}
	for i := range v.Program.Settings.Fields {
		f := &v.Program.Settings.Fields[i]
		if !f.Asked {
			continue
		}
		name := fieldName(v, f)
		lines = append(lines, line(name, words.CleanName(v.Words().FieldValue(f.ID, p.Fields[f.ID]), 100)))
		buttons = append(buttons, button(words.CleanName(name, 30), actTell, aboutField+f.ID))
	}
	rows := append(slices.Collect(slices.Chunk(buttons, 2)), talk.Row(button(v.T("guest.settings.btn"), actSettings, ""), cardButton(v)))
	return v.Screen(talk.Paragraphs(done, v.Rich("guest.about.title"), talk.Lines(lines...), v.Rich("guest.about.why")), rows...)
}

func genderName(v talk.View, gender string) string {
	switch gender {
	case engine.GenderFemale:
		return v.T("guest.about.female.btn")
	case engine.GenderMale:
		return v.T("guest.about.male.btn")
	}
	return ""
}

func fieldName(v talk.View, f *rules.Field) string { return v.Name("field:"+f.ID, f.ID) }

// askedField is the field that a name speaks of, nil when it speaks of none or of one that guests are not asked any more.
func askedField(v talk.View, what string) *rules.Field {
	id, ok := strings.CutPrefix(what, aboutField)
	if !ok {
		return nil
	}
	if f := v.Program.Settings.Field(id); f != nil && f.Asked {
		return f
	}
	return nil
}

// askAbout asks for one thing, after saying what was wrong with the last answer. The mark ties the answers to what was asked.
func askAbout(v talk.View, what string, wrong bots.Rich) talk.Output {
	mark := v.NewMark()
	answer := func(text, value string) bots.Button { return talk.Button(text, Flow, actTold, value, mark) }
	var ask bots.Rich
	var answers []bots.Button
	switch f := askedField(v, what); {
	case what == aboutGender:
		ask = v.Rich("guest.about.gender.ask")
		answers = talk.Row(answer(v.T("guest.about.female.btn"), engine.GenderFemale), answer(v.T("guest.about.male.btn"), engine.GenderMale))
	case what == aboutCity:
		ask = v.Rich("guest.about.city.ask")
	case f == nil:
		return outdated(v, about)
	case len(f.Choices) == 0:
		ask = v.Rich("guest.about.text.ask", locales.Args{"Name": fieldName(v, f)})
	default:
		ask = v.Rich("guest.about.choice.ask", locales.Args{"Name": fieldName(v, f)})
		for _, c := range f.Choices {
			answers = append(answers, answer(words.CleanName(v.Words().FieldValue(f.ID, c.ID), 30), c.ID))
		}
	}
	rows := append(slices.Collect(slices.Chunk(answers, 2)),
		talk.Row(answer(v.T("guest.about.none.btn"), ""), button(v.T("common.cancel.btn"), actAbout, "")))
	return v.SayAnd(talk.In(Flow, stepAbout, what).Marked(mark), v.Screen(talk.Paragraphs(wrong, ask), rows...))
}

// aboutPressed takes an answer that is a button.
func aboutPressed(v talk.View, p talk.Pressed) talk.Output {
	if !current(v, stepAbout, p) {
		return outdated(v, about)
	}
	return tellAbout(v, talk.Data[string](v.Session, Flow), p.Arg)
}

// aboutTyped takes an answer that is typed. What is chosen among buttons is asked again.
func aboutTyped(v talk.View) talk.Output {
	what := talk.Data[string](v.Session, Flow)
	if f := askedField(v, what); what == aboutGender || f != nil && len(f.Choices) > 0 {
		return askAbout(v, what, v.Rich("guest.about.press"))
	}
	const readable = 1000 // characters; how many may be kept the engine says
	text := words.CleanName(v.Event.Text, readable)
	if text == "" {
		return askAbout(v, what, v.Rich("guest.about.empty"))
	}
	return tellAbout(v, what, text)
}

// tellAbout keeps an answer; "" takes it back.
func tellAbout(v talk.View, what, value string) talk.Output {
	in := engine.ProfileInput{ProgramID: v.Program.ID, MemberID: v.Member.ID}
	switch f := askedField(v, what); {
	case what == aboutGender:
		in.Gender = &value
	case what == aboutCity:
		in.City = &value
	case f != nil:
		in.Fields = map[string]string{f.ID: value}
	default:
		return outdated(v, about)
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Profile, error) {
		return e.TellProfile(ctx, in)
	}, func(v talk.View, p engine.Profile, err error) talk.Output { return aboutKept(v, what, p, err) }))
}

func aboutKept(v talk.View, what string, p engine.Profile, err error) talk.Output {
	if err != nil {
		return askAbout(v, what, bots.Escape(v.Problem(err)))
	}
	return v.SayAnd(away(v), aboutScreen(v, p, v.Rich("guest.about.saved")))
}
