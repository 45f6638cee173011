package market

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// maxProblems is how many problems a page tells at once.
const maxProblems = 8

// draftPage shows a broadcast that has not begun, or a trigger that does not run: whom it is for and what it says, what is to be mended, and the way to everything that can be changed.
func draftPage(v talk.View, id string, about bots.Rich) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		if isTrigger(l.Campaign) {
			return l.triggerDraft(v, about)
		}
		d := l.seen()
		name := v.Rich("broadcast.page.head", locales.Args{"Name": words.CleanName(l.Name, maxDraftName), "State": v.Words().CampaignState(string(l.State))})
		if l.State != engine.CampaignDraft {
			name = talk.Lines(name, v.Rich("broadcast.page.resend"))
		}
		said := talk.Lines(append(l.textLines(v), l.moreLines(v)...)...)
		text := talk.Paragraphs(about, name, l.audienceLines(v), said, l.problemLines(v))
		variants := d.open(v.T("broadcast.variant.btn", locales.Args{"Variant": words.CampaignVariant(1)}), actVariants)
		if len(l.Plan.Variants) > 1 {
			variants = d.open(v.T("broadcast.variants.btn"), actVariants)
		}
		send := d.open(v.T("broadcast.send.btn"), actWhen)
		send.Style = bots.StylePrimary
		rows := [][]bots.Button{
			{d.open(v.T("broadcast.preview.btn"), actPreview), d.open(v.T("broadcast.text.btn"), actText)},
			{d.open(v.T("broadcast.buttons.btn"), actButtons), d.open(v.T("broadcast.gift.btn"), actGift)},
			{d.open(v.T("broadcast.audience.btn"), actAudience), d.open(v.T("broadcast.holdout.btn"), actHoldout)},
			{variants, d.open(v.T("broadcast.name.btn"), actTitle)},
			{send},
			{d.open(v.T("market.delete.btn"), actErase), button(v.T("broadcast.home.btn"), actHome, "")},
		}
		if len(l.languages(v)) > 1 {
			rows = slices.Insert(rows, 1, talk.Row(d.open(v.T("broadcast.languages.btn"), actLanguages)))
		}
		if l.Sizes.Capped > 0 {
			rows = slices.Insert(rows, len(rows)-2, limitsRow(v, l.ID))
		}
		return v.SayAnd(d.at(stepDraft, v.NewMark()), v.Screen(text, rows...))
	})
}

// audienceLines say whom it is for, how many get it now, and who is left out for what.
func (l loaded) audienceLines(v talk.View) bots.Rich {
	switch {
	case l.Plan.Audience == nil && isTrigger(l.Campaign):
		return v.Rich("triggers.page.everybody")
	case l.Plan.Audience == nil:
		return v.Rich("broadcast.page.nobody")
	}
	title := v.Rich("broadcast.page.whom", locales.Args{"Title": words.CleanName(l.Plan.Title, 2*maxTitle)})
	if l.Unknown != nil {
		return talk.Lines(title, v.Rich("market.size.unknown"), wrong(v, missing(l.Plan, l.Unknown)))
	}
	if isTrigger(l.Campaign) {
		return talk.Lines(title, bots.Rich(v.P.RichN("market.size.all", int64(l.Size))))
	}
	return talk.Lines(title, l.sizeLines(v))
}

func (l loaded) sizeLines(v talk.View) bots.Rich {
	if l.Sizes.Matched == 0 {
		return v.Rich("market.size.nobody")
	}
	to := bots.Rich(v.P.RichN("broadcast.size.to", int64(l.Sizes.To), locales.Args{"Matched": l.Sizes.Matched}))
	return talk.Lines(to, leftLines(v, "broadcast.size.left", l.Sizes))
}

// languages are those of the shop, and those that there is a text in besides.
func (l loaded) languages(v talk.View) []string {
	all := slices.Clone(v.Program.Settings.Languages)
	var more []string
	for _, variant := range l.Plan.Variants {
		for language := range variant.Texts {
			if !slices.Contains(all, language) && !slices.Contains(more, language) {
				more = append(more, language)
			}
		}
	}
	slices.Sort(more)
	return append(all, more...)
}

// textLines say which texts there are, a variant a line.
func (l loaded) textLines(v talk.View) []bots.Rich {
	var lines []bots.Rich
	for i, variant := range l.Plan.Variants {
		var texts []string
		_, instead := variant.In(v.Program.Settings.Languages...)
		for _, language := range l.languages(v) {
			switch {
			case has(variant.Content, language):
				texts = append(texts, v.T("broadcast.page.has", locales.Args{"Language": languageName(v, language)}))
			case instead == "":
				texts = append(texts, v.T("broadcast.page.lacks", locales.Args{"Language": languageName(v, language)}))
			default:
				texts = append(texts, v.T("broadcast.page.falls", locales.Args{"Language": languageName(v, language), "Main": languageName(v, instead)}))
			}
		}
		args := locales.Args{"Texts": strings.Join(texts, ", "), "Variant": words.CampaignVariant(i), "Share": l.share(v, i)}
		if len(l.Plan.Variants) == 1 {
			lines = append(lines, v.Rich("broadcast.page.texts", args))
		} else {
			lines = append(lines, v.Rich("broadcast.page.texts_of", args))
		}
		if variant.Picture != "" {
			lines = append(lines, v.Rich("broadcast.page.picture"))
		}
		if labels := buttonLabels(v, variant.Buttons); labels != "" {
			lines = append(lines, v.Rich("broadcast.page.buttons", locales.Args{"Buttons": labels}))
		}
	}
	return lines
}

// has reports whether there is a text in a language.
func has(c campaign.Content, language string) bool {
	_, found := c.In(language)
	return found == language && language != ""
}

// share is how many of those who get the message get a variant.
func (l loaded) share(v talk.View, variant int) string {
	all := 0
	for _, one := range l.Plan.Variants {
		all += max(0, one.Weight)
	}
	if all == 0 {
		return "?"
	}
	return v.Percent(money.Rate(max(0, l.Plan.Variants[variant].Weight) * 10000 / all))
}

func buttonLabels(v talk.View, buttons []campaign.Button) string {
	var labels []string
	for _, b := range buttons {
		labels = append(labels, words.CleanName(v.Words().CampaignButton(b), campaign.MaxLabel))
	}
	return strings.Join(labels, " · ")
}

// moreLines say what comes with the message.
func (l loaded) moreLines(v talk.View) []bots.Rich {
	var lines []bots.Rich
	if l.Plan.Gift != nil {
		lines = append(lines, giftLine(v, l.Plan))
	}
	if late := untilLine(v, l.Plan); late != "" {
		lines = append(lines, late)
	}
	return append(lines, v.Rich("broadcast.page.holdout", locales.Args{"Share": v.Percent(money.Rate(l.Plan.Holdout))}))
}

// problemLines say what is to be mended, first what keeps it from being sent.
func (l loaded) problemLines(v talk.View) bots.Rich {
	var blocking, warnings []bots.Rich
	for i := range l.Found {
		if l.Found[i].ID == campaign.ProblemTextMissing { // the line about the texts tells
			continue
		}
		line := wrongPlan(v, &l.Found[i], len(l.Plan.Variants))
		if l.Found[i].Warning {
			warnings = append(warnings, line)
		} else {
			blocking = append(blocking, line)
		}
	}
	lines := slices.Concat(blocking, l.tooLong(v), warnings)
	if more := len(lines) - maxProblems; more > 0 {
		lines = append(lines[:maxProblems], bots.Rich(v.P.RichN("broadcast.problem.more", int64(more))))
	}
	return talk.Lines(lines...)
}

// wrongPlan says what is wrong with a message for many, and where.
func wrongPlan(v talk.View, p *campaign.Problem, variants int) bots.Rich {
	sign := bots.Rich("❗ ")
	if p.Warning {
		sign = "⚠️ "
	}
	said := v.Words().CampaignProblem(p)
	at := *p
	if p.ID == campaign.ProblemText || p.ID == campaign.ProblemTextMissing { // they name the language themselves
		at.Language = ""
	}
	place := v.Words().CampaignPlace(&at, variants)
	if place == "" {
		return sign + bots.Escape(said)
	}
	return sign + v.Rich("broadcast.problem.at", locales.Args{"Place": capital(place), "Problem": said})
}

// capital begins a text, which is not empty, with a capital letter.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// holdoutShares are the shares, in per cent, that can be left out to compare with.
var holdoutShares = []int{0, 5, 10, 20}

// holdoutPage asks how many are left out to compare with.
func holdoutPage(v talk.View, id string) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark := l.seen(), v.NewMark()
		var shares []bots.Button
		for _, percent := range holdoutShares {
			label := v.P.Percent(int64(percent) * 100)
			if percent*100 == l.Plan.Holdout {
				label = "✓ " + label
			}
			shares = append(shares, d.change(mark, label, actHold, strconv.Itoa(percent)))
		}
		text := v.Rich("broadcast.holdout.ask", locales.Args{"Days": v.P.Days(int64(l.Plan.Window)), "Share": v.Percent(money.Rate(l.Plan.Holdout))})
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(text, shares, d.backTo(v, actDraft)))
	})
}

func holdOut(v talk.View, d draft, percent int) talk.Output {
	if !slices.Contains(holdoutShares, percent) {
		return staleDraft(v, d.ID)
	}
	return keep(v, d, func(now *engine.Campaign) { now.Plan.Holdout = percent * 100 }, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, "").Toasted(v.T("broadcast.saved.toast"))
	}, d.onPage)
}

// askErase asks whether a broadcast is to be taken away.
func askErase(v talk.View, id string) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark := l.seen(), v.NewMark()
		confirm := d.change(mark, v.T("market.delete.btn"), actErased)
		confirm.Style = bots.StyleDanger
		text := v.Rich("broadcast.delete.text", locales.Args{"Name": words.CleanName(l.Name, maxDraftName)})
		return v.SayAnd(d.at(stepErase, mark), v.Screen(text, talk.Row(confirm), d.backTo(v, actDraft)))
	})
}

// erase takes it away. One that is gone already is what was wished for.
func erase(v talk.View, d draft) talk.Output {
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (c engine.Campaign, err error) {
		if c, err = e.Campaign(ctx, program, d.ID); err == nil {
			err = e.DeleteBroadcast(ctx, program, d.ID, staff)
		}
		if engine.IsKind(err, engine.KindNotFound) {
			err = nil
		}
		return c, err
	}, func(v talk.View, c engine.Campaign, err error) talk.Output {
		switch {
		case err != nil:
			return campaignPage(v, d.ID, note(v, err))
		case isTrigger(c):
			return Triggers(v).Toasted(v.T("market.deleted.toast"))
		}
		return Home(v).Toasted(v.T("market.deleted.toast"))
	}))
}
