package guest

import (
	"context"
	"errors"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// askPhone asks for the phone, with the reason as its text. The card works without one.
func askPhone(v talk.View, why bots.Rich) talk.Output {
	return v.SayAnd(talk.In(Flow, stepPhone, nil), bots.Message{Text: why, Ack: v.Ack(), Ask: &bots.Ask{
		Kind: bots.AskPhone, Label: v.T("guest.phone.share.btn"), Options: []string{v.T("guest.phone.skip.btn")}, Hint: v.T("guest.phone.press.hint"),
	}})
}

// Contact answers a shared contact. Only the person's own number, vouched for by the messenger, is kept.
func Contact(v talk.View) talk.Output {
	contact := v.Event.Contact
	switch {
	case v.Member == nil:
		return begin(v, joiningOf(v))
	case contact != nil && !contact.Own && v.Session.At(Flow, stepGiveTo): // the friend's, instead of typing it
		v.Event.Text = contact.Phone
		return findFriend(v)
	case contact == nil || !contact.Own:
		return askPhone(v, v.Rich("guest.phone.foreign"))
	}
	raw, known := contact.Phone, v.Member.Phone != ""
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Member, error) {
		if known { // the number that was there rests, so that whoever gets it next inherits nothing
			return e.ChangePhone(ctx, v.Program.ID, v.Member.ID, raw, engine.ProofPlatform)
		}
		return e.AttachPhone(ctx, v.Program.ID, v.Member.ID, raw, engine.ProofPlatform)
	}, attached))
}

// changePhone asks for the phone of whoever may have given one: a new number takes the place of the old one.
func changePhone(v talk.View) talk.Output {
	if v.Member.Phone == "" {
		return askPhone(v, v.Rich("guest.phone.ask"))
	}
	return askPhone(v, v.Rich("guest.phone.change", locales.Args{"Phone": v.P.PhoneMasked(v.Member.Phone.Reveal())}))
}

// attached takes the keyboard away with what became of the number, and shows the card again below it.
func attached(v talk.View, m engine.Member, err error) talk.Output {
	var refused *engine.Error
	switch {
	case errors.As(err, &refused) && refused.ID == "phone_resting":
		return v.SayAnd(away(v), cleared(talk.Paragraphs(bots.Escape(v.Problem(err)), support(v))), card(v, ""))
	case engine.IsKind(err, engine.KindTaken):
		return v.SayAnd(away(v), cleared(talk.Paragraphs(v.Rich("guest.phone.taken"), support(v))), card(v, ""))
	case err != nil:
		return askPhone(v, bots.Escape(v.Problem(err)))
	}
	saved := v.Rich("guest.phone.saved", locales.Args{"Phone": v.P.PhoneMasked(m.Phone.Reveal())})
	return v.SayAnd(away(v), cleared(saved), card(v, ""))
}

// cleared is a plain line that takes the keyboard away: a message cannot do that and carry buttons.
func cleared(text bots.Rich) bots.Message { return bots.Message{Text: text, ClearAsk: true} }

// skips reports whether the text is the answer that skips the phone, in whatever language the keyboard was put up.
func skips(v talk.View, text string) bool {
	for _, l := range locales.Languages() {
		if strings.EqualFold(strings.TrimSpace(text), v.Catalog.Printer(l).T("guest.phone.skip.btn")) {
			return true
		}
	}
	return false
}

func skipped(v talk.View) talk.Output {
	return v.SayAnd(away(v), cleared(v.Rich("guest.phone.skipped")), card(v, ""))
}

// looksLikePhone reports whether a typed text is a phone number rather than words or a code.
func looksLikePhone(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-() .\u00a0", r):
			return false
		}
	}
	return digits >= 9 && digits <= 15
}

// support is where to write to, if the shop says so.
func support(v talk.View) bots.Rich {
	if v.Program.Settings.Links.Support == "" {
		return ""
	}
	return v.Rich("guest.support", locales.Args{"Support": v.Program.Settings.Links.Support})
}
