package guest

import (
	"context"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// shopLanguages are the languages of the program, the person's own first.
func shopLanguages(v talk.View) []locales.Language {
	all := []locales.Language{v.Language()}
	for _, tag := range v.Program.Settings.Languages {
		if l, ok := locales.Parse(tag); ok && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// mustChoose reports whether the language has to be asked before anything else: the messenger's hint does not decide it.
// Kazakh is always asked about, because messengers offer it to few of those who speak it.
func mustChoose(v talk.View) bool {
	shop := v.Program.Settings.Languages
	if v.Contact.Language != "" || len(shop) < 2 {
		return false
	}
	base, _, _ := strings.Cut(strings.ToLower(v.Contact.Locale), "-")
	return !slices.Contains(shop, base) || slices.Contains(shop, string(locales.KK))
}

// languages is the question of the language, in every language of the shop at once.
func languages(v talk.View) talk.Output {
	var asks []bots.Rich
	var rows [][]bots.Button
	for _, l := range shopLanguages(v) {
		asks = append(asks, bots.Rich(v.Catalog.Printer(l).Rich("guest.language.ask")))
		rows = append(rows, talk.Row(button(l.Name(), actLanguage, string(l))))
	}
	switch {
	case v.Member != nil:
		rows = append(rows, talk.Row(button(v.T("common.back.btn"), actSettings, "")))
	case !mustChoose(v):
		rows = append(rows, talk.Row(button(v.T("common.back.btn"), actHome, "")))
	}
	title := v.Rich("guest.card.title", locales.Args{"Program": v.Program.Settings.Name})
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(title, talk.Lines(asks...)), rows...))
}

// choose remembers a language. A language the shop does not speak is no button of ours.
func choose(v talk.View, tag string) talk.Output {
	l, ok := locales.Parse(tag)
	if !ok || !slices.Contains(shopLanguages(v), l) {
		return v.Say(bots.Message{Ack: v.Ack()})
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.SetLanguage(ctx, v.Program.ID, v.Contact.ID, string(l))
	}, chosen))
}

func chosen(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	if v.Member == nil {
		return begin(v, joiningOf(v))
	}
	m := toast(settingsScreen(v), v.T("guest.language.done.toast"))
	return v.SayAnd(away(v), m, refresh(v))
}
