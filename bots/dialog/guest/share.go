package guest

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// sharedConsent is the consent of whoever is invited to hold a card together with others: one card, one balance. An own card is the
// other choice.
func sharedConsent(v talk.View, j joining, mark string) talk.Output {
	program, label := locales.Args{"Program": v.Program.Settings.Name}, v.T("guest.family.join.btn")
	text := talk.Paragraphs(v.Rich("guest.family.hello", program), v.Rich("guest.family.agree", program, locales.Args{"Button": label}))
	primary := talk.Button(label, Flow, actJoin, "", mark)
	primary.Style = bots.StylePrimary
	more := talk.Row(button(v.T("guest.privacy.btn"), actPrivacy, ""))
	if len(v.Program.Settings.Languages) > 1 {
		more = append(more, button(v.T("guest.language.btn"), actLanguages, ""))
	}
	rows := append(talk.Column(primary, button(v.T("guest.family.own.btn"), actOwn, "")), more)
	return v.SayAnd(talk.In(Flow, stepJoin, j).Marked(mark), v.Screen(text, append(rows, staffRow(v)...)...))
}

// ownCard turns from somebody's card to an own one. Whoever has a card is shown it.
func ownCard(v talk.View) talk.Output {
	if v.Member != nil {
		return Home(v)
	}
	j := joiningOf(v)
	j.Share = ""
	return begin(v, j)
}

// joinShared makes the person one of those who hold the card. Asking again is no error.
func joinShared(v talk.View, j joining) talk.Output {
	in := engine.ShareInput{ProgramID: v.Program.ID, ContactID: v.Contact.ID, Token: j.Share, Language: string(v.Language()), Text: shareText}
	keepLanguage := v.Contact.Language == ""
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Member, error) {
		if keepLanguage {
			if err := e.SetLanguage(ctx, in.ProgramID, in.ContactID, in.Language); err != nil {
				return engine.Member{}, err
			}
		}
		return e.JoinShared(ctx, in)
	}, sharedJoined))
}

// shareText is the version of the words a person agrees to who holds a card together with others.
const shareText = "share-v1"

func sharedJoined(v talk.View, _ engine.Member, err error) talk.Output {
	switch {
	case err != nil && v.Member != nil:
		return v.SayAnd(talk.Session{}, card(v, bots.Escape(v.Problem(err))))
	case err != nil:
		j := joiningOf(v)
		j.Share = ""
		return v.SayAnd(talk.In(Flow, stepJoin, j), v.Screen(bots.Escape(v.Problem(err)), talk.Row(button(v.T("guest.family.own.btn"), actOwn, ""))))
	case v.Member == nil:
		return begin(v, joining{})
	}
	first := card(v, v.Rich("guest.family.joined"))
	first.Fresh, first.Celebrate = true, true
	return v.SayAnd(talk.Session{}, first)
}
