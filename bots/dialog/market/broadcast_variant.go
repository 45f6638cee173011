package market

import (
	"maps"
	"slices"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// firstShares are the shares, in per cent, that the first of two variants can have.
var firstShares = []int{50, 70, 90}

// variantPage shows the variants of a broadcast: ways to say it that are compared.
func variantPage(v talk.View, id string, about bots.Rich) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark, n := l.seen(), v.NewMark(), len(l.Plan.Variants)
		var rows [][]bots.Button
		if n < campaign.MaxVariants {
			rows = append(rows, talk.Row(d.change(mark, v.T("broadcast.variant.add.btn", locales.Args{"Variant": words.CampaignVariant(n)}), actVariant)))
		}
		if n == 2 {
			var shares []bots.Button
			for _, percent := range firstShares {
				label := strconv.Itoa(percent) + " : " + strconv.Itoa(100-percent)
				shares = append(shares, d.change(mark, label, actShare, strconv.Itoa(percent)))
			}
			rows = append(rows, shares)
		}
		for i := range n {
			if n > 1 {
				name := locales.Args{"Variant": words.CampaignVariant(i)}
				rows = append(rows, talk.Row(d.open(v.T("broadcast.variant.text.btn", name), actText, strconv.Itoa(i), mainLanguage(v)),
					d.change(mark, v.T("broadcast.variant.remove.btn", name), actUnvariant, strconv.Itoa(i))))
			}
		}
		text := talk.Paragraphs(about, v.Rich("broadcast.variant.ask"), talk.Lines(l.textLines(v)...))
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(text, append(rows, d.backTo(v, actDraft))...))
	})
}

// addVariant makes one more variant, a copy of the first to begin with, and asks for its text.
func addVariant(v talk.View, d draft) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		made := len(now.Plan.Variants)
		if made >= campaign.MaxVariants {
			return
		}
		one := campaign.Variant{Weight: 1}
		if made > 0 {
			one = now.Plan.Variants[0]
			one.Texts, one.Buttons = maps.Clone(one.Texts), slices.Clone(one.Buttons)
		}
		now.Plan.Variants = append(now.Plan.Variants, one)
		evenOut(now)
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return askText(v, draft{ID: c.ID, Version: c.Version, Variant: len(c.Plan.Variants) - 1, Language: mainLanguage(v)}, "")
	}, d.onPage)
}

// evenOut gives all variants the same share.
func evenOut(c *engine.Campaign) {
	for i := range c.Plan.Variants {
		c.Plan.Variants[i].Weight = 1
	}
}

// removeVariant takes a variant away. A trigger without any says nothing.
func removeVariant(v talk.View, d draft, variant int) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		if n := len(now.Plan.Variants); (n > 1 || isTrigger(*now)) && variant < n {
			now.Plan.Variants = slices.Delete(now.Plan.Variants, variant, variant+1)
			evenOut(now)
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, "").Toasted(v.T("broadcast.saved.toast"))
	}, d.onPage)
}

func shareVariants(v talk.View, d draft, percent int) talk.Output {
	if !slices.Contains(firstShares, percent) {
		return staleDraft(v, d.ID)
	}
	return keep(v, d, func(now *engine.Campaign) {
		if len(now.Plan.Variants) == 2 {
			now.Plan.Variants[0].Weight, now.Plan.Variants[1].Weight = percent, 100-percent
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return variantPage(v, c.ID, "").Toasted(v.T("broadcast.saved.toast"))
	}, d.onPage)
}
