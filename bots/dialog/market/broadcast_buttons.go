package market

import (
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// buttonList shows the buttons below a variant's message.
func buttonList(v talk.View, id string, variant int, about bots.Rich) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark := l.seen(), v.NewMark()
		d.Variant = min(variant, max(0, len(l.Plan.Variants)-1))
		at := strconv.Itoa(d.Variant)
		rows := variantRow(v, d, len(l.Plan.Variants), actButtons)
		text := v.Rich("broadcast.buttons.ask")
		var buttons []campaign.Button
		if c := content(&l.Campaign, d.Variant); c != nil {
			buttons = c.Buttons
		}
		for i, b := range buttons {
			label := strconv.Itoa(i+1) + ". " + words.CleanName(v.Words().CampaignButton(b), 28)
			rows = append(rows, talk.Row(d.open(label, actButton, at, strconv.Itoa(i))))
		}
		if len(buttons) < campaign.MaxButtons {
			for _, kind := range campaign.ButtonKinds() {
				there := slices.ContainsFunc(buttons, func(b campaign.Button) bool { return b.Kind == kind && kind != campaign.ButtonLink })
				if !there {
					rows = append(rows, talk.Row(d.change(mark, "➕ "+v.T("campaign.btn."+string(kind)), actAdd, at, string(kind))))
				}
			}
		}
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(talk.Paragraphs(about, text), append(rows, d.backTo(v, actDraft))...))
	})
}

// buttonOf is a button of a variant, nil when it is not there any more.
func buttonOf(c *engine.Campaign, d draft) *campaign.Button {
	if v := content(c, d.Variant); v != nil && d.Button >= 0 && d.Button < len(v.Buttons) {
		return &v.Buttons[d.Button]
	}
	return nil
}

// addButton puts one more button below the message. A link is asked for its label and its address first.
func addButton(v talk.View, d draft, kind campaign.ButtonKind) talk.Output {
	if !slices.Contains(campaign.ButtonKinds(), kind) {
		return staleDraft(v, d.ID)
	}
	if kind == campaign.ButtonLink {
		return askLabel(v, draft{ID: d.ID, Variant: d.Variant, Button: campaign.MaxButtons, Language: mainLanguage(v)}, "")
	}
	return addOne(v, d, campaign.Button{Kind: kind})
}

func addOne(v talk.View, d draft, b campaign.Button) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		if c := written(now, d.Variant); len(c.Buttons) < campaign.MaxButtons {
			c.Buttons = append(c.Buttons, b)
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return buttonList(v, c.ID, d.Variant, v.Rich("market.saved"))
	}, d.onPage)
}

// buttonPage shows one button.
func buttonPage(v talk.View, d draft, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		b := buttonOf(&l.Campaign, d)
		if b == nil {
			return buttonList(v, l.ID, d.Variant, about)
		}
		d.Version = l.Version
		mark, at, which := v.NewMark(), strconv.Itoa(d.Variant), strconv.Itoa(d.Button)
		lines := []bots.Rich{v.Rich("broadcast.button.head", locales.Args{"Number": d.Button + 1, "Label": v.Words().CampaignButton(*b)})}
		if b.Kind == campaign.ButtonLink {
			lines = append(lines, v.Rich("broadcast.button.address", locales.Args{"Address": b.URL}))
		}
		var rows [][]bots.Button
		for _, language := range v.Program.Settings.Languages {
			if label := b.Labels[language]; label != "" {
				lines = append(lines, v.Rich("broadcast.button.label", locales.Args{"Language": languageName(v, language), "Label": words.CleanName(label, campaign.MaxLabel)}))
			}
			rows = append(rows, talk.Row(d.change(mark, "🏷 "+languageName(v, language), actLabel, at, which, language)))
		}
		if b.Kind == campaign.ButtonLink {
			rows = append(rows, talk.Row(d.change(mark, v.T("broadcast.address.btn"), actAddress, at, which)))
		}
		last := talk.Row(d.change(mark, v.T("market.delete.btn"), actRemove, at, which))
		if d.Button > 0 {
			last = append(talk.Row(d.change(mark, v.T("broadcast.up.btn"), actUp, at, which)), last...)
		}
		rows = append(rows, last, d.backTo(v, actButtons, at))
		text := talk.Paragraphs(about, talk.Lines(lines...), v.Rich("broadcast.button.ask"))
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(text, rows...))
	})
}

// moveButton moves a button up, or takes it away.
func moveButton(v talk.View, d draft, action string) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		c := content(now, d.Variant)
		switch {
		case buttonOf(now, d) == nil:
		case action == actRemove:
			c.Buttons = slices.Delete(c.Buttons, d.Button, d.Button+1)
		case d.Button > 0:
			c.Buttons[d.Button-1], c.Buttons[d.Button] = c.Buttons[d.Button], c.Buttons[d.Button-1]
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return buttonList(v, c.ID, d.Variant, "").Toasted(v.T("broadcast.saved.toast"))
	}, d.onPage)
}

// askLabel asks what a button is to say in a language. A button beyond the last is a link that is being made.
func askLabel(v talk.View, d draft, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		if !slices.Contains(l.languages(v), d.Language) {
			d.Language = mainLanguage(v)
		}
		d.Version = l.Version
		text := v.Rich("broadcast.label.ask", locales.Args{"Language": languageName(v, d.Language), "Max": campaign.MaxLabel})
		leave := d.backTo(v, actButton, strconv.Itoa(d.Variant), strconv.Itoa(d.Button))
		return v.SayAnd(d.at(stepLabel, v.NewMark()), v.Screen(talk.Paragraphs(about, text), leave))
	})
}

// labelled takes a label: of a new link it is kept until there is an address, else it is saved.
func labelled(v talk.View, d draft, text string) talk.Output {
	label := strings.Join(strings.Fields(text), " ")
	if about := wrongButton(v, campaign.Button{Kind: campaign.ButtonLink, URL: "https://example.com", Labels: map[string]string{mainLanguage(v): label}}); about != "" {
		return broadcastAgain(v, about)
	}
	if d.Button >= campaign.MaxButtons {
		d.Label = label
		return askAddress(v, d, "")
	}
	return keep(v, d, func(now *engine.Campaign) {
		if b := buttonOf(now, d); b != nil {
			if b.Labels == nil {
				b.Labels = map[string]string{}
			}
			b.Labels[d.Language] = label
		}
	}, func(v talk.View, _ engine.Campaign) talk.Output {
		return buttonPage(v, d, v.Rich("market.saved"))
	}, broadcastAgain)
}

// wrongButton says what is wrong with a button by itself, "" when nothing is.
func wrongButton(v talk.View, b campaign.Button) bots.Rich {
	plan := campaign.Plan{Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Buttons: []campaign.Button{b}}}}}
	for _, p := range plan.Check(v.Program.Settings, v.Words().CampaignWords()) {
		if p.Variant == 0 && p.Args["Button"] != nil {
			p.Language = ""
			return wrongPlan(v, &p, 1)
		}
	}
	return ""
}

// askAddress asks where a link leads.
func askAddress(v talk.View, d draft, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		d.Version = l.Version
		leave := d.backTo(v, actButton, strconv.Itoa(d.Variant), strconv.Itoa(d.Button))
		return v.SayAnd(d.at(stepAddress, v.NewMark()), v.Screen(talk.Paragraphs(about, v.Rich("broadcast.address.ask")), leave))
	})
}

func addressed(v talk.View, d draft, text string) talk.Output {
	if about := wrongButton(v, campaign.Button{Kind: campaign.ButtonLink, URL: text, Labels: map[string]string{mainLanguage(v): "…"}}); about != "" {
		return broadcastAgain(v, about)
	}
	if d.Button >= campaign.MaxButtons {
		return addOne(v, d, campaign.Button{Kind: campaign.ButtonLink, URL: text, Labels: map[string]string{d.Language: d.Label}})
	}
	return keep(v, d, func(now *engine.Campaign) {
		if b := buttonOf(now, d); b != nil {
			b.URL = text
		}
	}, func(v talk.View, _ engine.Campaign) talk.Output {
		return buttonPage(v, d, v.Rich("market.saved"))
	}, broadcastAgain)
}
