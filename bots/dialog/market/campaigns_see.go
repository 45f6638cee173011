package market

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// asGuest is the message of a campaign as the person would get it as a guest: each of its variants, in a language, "" the person's own. Nothing that is pressed in it
// counts.
func asGuest(v talk.View, c engine.Campaign, language string) []bots.Message {
	language = cmp.Or(language, string(v.Language()))
	var all []bots.Message
	for i := range c.Plan.Variants {
		m, ok := sample(v, c, i, language)
		if !ok {
			continue
		}
		m.Purpose = bots.PurposeReply
		if len(c.Plan.Variants) > 1 {
			m.Text = talk.Paragraphs(v.Rich("campaigns.variant", locales.Args{"Variant": words.CampaignVariant(i)}), m.Text)
		}
		all = append(all, m)
	}
	return all
}

// textLanguages are those in which a campaign says anything.
func textLanguages(c engine.Campaign) []string {
	all := map[string]bool{}
	for _, variant := range c.Plan.Variants {
		for language := range variant.Texts {
			if _, ok := locales.Parse(language); ok {
				all[language] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// pressSee shows the message as guests get it, and the page of the campaign below.
func pressSee(v talk.View, p talk.Pressed) talk.Output {
	id, language, _ := strings.Cut(p.Arg, ".")
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output {
		page := c.page(v, "")
		if len(page.Say) == 0 { // it is a draft by now, whose page shows its message itself
			return page
		}
		screen := page.Say[0]
		screen.Fresh = true // it goes below them
		var others []bots.Button
		for _, l := range textLanguages(c.Campaign) {
			others = append(others, button(languageLabel(v, l), actSee, id+"."+l))
		}
		if len(others) > 1 {
			screen.Buttons = slices.Concat(pairs(others), screen.Buttons)
		}
		page.Say = append(asGuest(v, c.Campaign, language), screen)
		return page
	})
}

func languageLabel(v talk.View, code string) string { return "👁 " + v.T("segment.language."+code) }

// pairs puts buttons two in a row.
func pairs(all []bots.Button) (rows [][]bots.Button) {
	for two := range slices.Chunk(all, 2) {
		rows = append(rows, two)
	}
	return rows
}
