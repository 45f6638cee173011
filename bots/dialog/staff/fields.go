package staff

import (
	"context"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// fieldsForm shows what is known of the guest in the shop's own fields. Those that guests are not asked have a button each.
func fieldsForm(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Profile, error) {
		return e.Profile(ctx, v.Program.ID, c.Guest.ID)
	}, func(v talk.View, p engine.Profile, err error) talk.Output { return fieldsShown(v, c, n, p, err) }))
}

func fieldsShown(v talk.View, c counter, n note, p engine.Profile, err error) talk.Output {
	if err != nil {
		return stopped(v, c, err)
	}
	var lines []bots.Rich
	var buttons []bots.Button
	hint := v.Rich("staff.fields.told")
	for i := range v.Program.Settings.Fields {
		f := &v.Program.Settings.Fields[i]
		value := words.CleanName(v.Words().FieldValue(f.ID, p.Fields[f.ID]), 100)
		if value == "" {
			value = "—"
		}
		lines = append(lines, v.Rich("staff.fields.line", locales.Args{"Name": fieldName(v, f), "Value": value}))
		if !f.Asked {
			buttons = append(buttons, marked(v, words.CleanName(fieldName(v, f), 30), actItem, f.ID))
			hint = v.Rich("staff.fields.ask")
		}
	}
	rows := append(slices.Collect(slices.Chunk(buttons, 2)), backRow(v))
	return shown(v, stepMore, c.doing(formFields), n, talk.Paragraphs(guestLine(v, c.Guest), talk.Lines(lines...), hint), rows...)
}

func fieldName(v talk.View, f *rules.Field) string { return v.Name("field:"+f.ID, f.ID) }

// notedField is a field that staff may set, nil when there is no such.
func notedField(v talk.View, id string) *rules.Field {
	if f := v.Program.Settings.Field(id); f != nil && !f.Asked {
		return f
	}
	return nil
}

func fieldChosen(v talk.View, c counter, id string) talk.Output {
	if notedField(v, id) == nil {
		return stale(v)
	}
	return fieldForm(v, c.doing(formField, func(w *work) { w.Field = id }), note{})
}

// fieldForm asks for the value of a field. The button without a value takes away what is noted.
func fieldForm(v talk.View, c counter, n note) talk.Output {
	f := notedField(v, c.Work.Field)
	if f == nil {
		return fieldsForm(v, c, n)
	}
	ask := v.Rich("staff.fields.text", locales.Args{"Name": fieldName(v, f)})
	var buttons []bots.Button
	if len(f.Choices) > 0 {
		ask = v.Rich("staff.fields.choice", locales.Args{"Name": fieldName(v, f)})
		for _, o := range f.Choices {
			buttons = append(buttons, marked(v, words.CleanName(v.Words().FieldValue(f.ID, o.ID), 30), actItem, o.ID))
		}
	}
	rows := append(slices.Collect(slices.Chunk(buttons, 2)), talk.Row(marked(v, v.T("staff.btn.field_none"), actItem, "")), backRow(v))
	return shown(v, stepMore, c.doing(formField), n, talk.Paragraphs(guestLine(v, c.Guest), ask), rows...)
}

// fieldTyped takes the text of a field. Where there are choices, they are shown again.
func fieldTyped(v talk.View, c counter, text string) talk.Output {
	f := notedField(v, c.Work.Field)
	if f != nil && len(f.Choices) > 0 {
		return fieldForm(v, c, note{problem: v.Rich("staff.fields.press")})
	}
	const readable = 1000 // characters; how many may be kept the engine says
	if text = words.CleanName(text, readable); text == "" {
		return fieldForm(v, c, note{})
	}
	return noteField(v, c, text)
}

// noteField keeps a value; "" takes it away.
func noteField(v talk.View, c counter, value string) talk.Output {
	f := notedField(v, c.Work.Field)
	if f == nil {
		return stale(v)
	}
	in := engine.FieldsInput{ProgramID: v.Program.ID, MemberID: c.Guest.ID, Fields: map[string]string{f.ID: value}, StaffID: v.Staff.ID}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Profile, error) {
		return e.NoteFields(ctx, in)
	}, func(v talk.View, p engine.Profile, err error) talk.Output {
		if err != nil {
			return fieldForm(v, c, trouble(v, err))
		}
		return fieldsShown(v, c, note{good: v.Rich("staff.fields.done")}, p, nil)
	}))
}
