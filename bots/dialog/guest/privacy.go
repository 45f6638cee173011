package guest

import (
	"context"
	"encoding/json"
	"fmt"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// privacy says what is kept, why, and how to take it along or away. It can be read before joining.
func privacy(v talk.View) talk.Output {
	text := talk.Paragraphs(v.Rich("guest.privacy.text", locales.Args{"Program": v.Program.Settings.Name}), support(v))
	var rows [][]bots.Button
	if policy := v.Program.Settings.Links.Privacy; policy != "" {
		rows = append(rows, talk.Row(bots.Button{Text: v.T("guest.privacy.policy.btn"), URL: policy}))
	}
	if v.Member == nil {
		rows = append(rows, talk.Row(button(v.T("common.back.btn"), actHome, "")))
	} else {
		rows = append(rows,
			talk.Row(button(v.T("guest.settings.export.btn"), actExport, ""), button(v.T("guest.settings.delete.btn"), actDelete, "")),
			talk.Row(button(v.T("guest.settings.btn"), actSettings, ""), cardButton(v)))
	}
	return v.SayAnd(away(v), v.Screen(text, rows...))
}

// export hands the person everything that is kept, as a file.
func export(v talk.View) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Export, error) {
		return e.ExportMember(ctx, v.Program.ID, v.Member.ID)
	}, exported))
}

func exported(v talk.View, x engine.Export, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	data, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return talk.Output{Session: v.Session, Fail: fmt.Errorf("encode export: %w", err)}
	}
	name := v.Program.Slug + "-" + v.Local(v.Now).Format("2006-01-02") + ".json"
	return v.SayAnd(away(v), bots.Message{
		Text: v.Rich("guest.export.text", locales.Args{"Program": v.Program.Settings.Name}), Ack: v.Ack(),
		File:    &bots.File{Name: name, MIME: "application/json", Data: append(data, '\n')},
		Buttons: [][]bots.Button{talk.Row(cardButton(v), button(v.T("guest.privacy.btn"), actPrivacy, ""))},
	})
}

// leave is the first question of leaving: it names what will be lost.
func leave(v talk.View) talk.Output {
	if v.Member == nil {
		return v.Say(v.Screen(v.Rich("guest.delete.none"), talk.Column(cardButton(v), button(v.T("guest.privacy.btn"), actPrivacy, ""))...))
	}
	if sharingOn(v.Program.Settings) { // who holds a card on somebody's invitation leaves it instead
		return readFamily(v, func(v talk.View, people []engine.SharePerson, err error) talk.Output {
			if err == nil && !sharesOnly(people, v.Contact.ID) {
				return askLeave(v)
			}
			return partAsked(v, people, v.Contact.ID, err)
		})
	}
	return askLeave(v)
}

func askLeave(v talk.View) talk.Output {
	mark := v.NewMark()
	text := v.Rich("guest.delete.text", locales.Args{"Program": v.Program.Settings.Name, "Points": v.Points(losing(v))})
	return v.SayAnd(talk.In(Flow, stepDelete, nil).Marked(mark), v.Screen(text,
		talk.Row(button(v.T("guest.delete.keep.btn"), actHome, "")),
		talk.Row(talk.Button(v.T("guest.delete.next.btn"), Flow, actDelete2, "", mark), button(v.T("guest.settings.export.btn"), actExport, ""))))
}

// losing is everything on the card, spendable or not yet.
func losing(v talk.View) money.Points {
	b := v.Balance()
	return max(0, b.Total)
}

// leaveSure is the last question.
func leaveSure(v talk.View, p talk.Pressed) talk.Output {
	if !v.Session.At(Flow, stepDelete) || p.Mark == "" || p.Mark != v.Session.Mark {
		return outdated(v, leave)
	}
	mark := v.NewMark()
	gone := talk.Button(v.T("guest.delete.erase.btn"), Flow, actErase, "", mark)
	gone.Style = bots.StyleDanger
	return v.SayAnd(talk.In(Flow, stepErase, nil).Marked(mark), v.Screen(
		v.Rich("guest.delete.sure", locales.Args{"Points": v.Points(losing(v))}),
		talk.Row(button(v.T("guest.delete.keep.btn"), actHome, "")), talk.Row(gone)))
}

// erase removes the person. Erasing twice is erasing once.
func erase(v talk.View, p talk.Pressed) talk.Output {
	if !v.Session.At(Flow, stepErase) || p.Mark == "" || p.Mark != v.Session.Mark {
		return outdated(v, leave)
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		people, err := e.Sharers(ctx, v.Program.ID, v.Member.ID)
		switch {
		case engine.IsKind(err, engine.KindNotFound): // removed by this very deed, before a crash
		case err != nil:
			return struct{}{}, err
		case sharesOnly(people, v.Contact.ID):
			return struct{}{}, &engine.Error{Kind: engine.KindForbidden, ID: "share_not_owner"}
		}
		return struct{}{}, e.Erase(ctx, v.Program.ID, v.Member.ID)
	}, erased))
}

// erased says farewell in a message of no slot: the memory of slots is gone with the person.
func erased(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	return v.SayAnd(talk.Session{}, bots.Message{
		Text: v.Rich("guest.delete.farewell", locales.Args{"Program": v.Program.Settings.Name}), Ack: v.Ack(),
		Buttons: talk.Column(button(v.T("guest.consent.join.btn"), actHome, "")),
	})
}
