package market

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// Report tells what a campaign came to: the newest that has begun, or one by its number in the list or its name.
func Report(v talk.View) talk.Output {
	wanted, program := strings.Join(strings.Fields(v.Event.Text), " "), v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (campaigns, error) {
		return readCampaigns(ctx, e, program, 0)
	}, func(v talk.View, l campaigns, err error) talk.Output {
		if err != nil {
			return v.SayAnd(talk.Session{}, v.Screen(note(v, err), talk.Row(button(v.T("owner.home.again.btn"), actCampaigns, ""))))
		}
		found := l.find(wanted)
		switch {
		case len(found) == 1:
			return reportOf(v, found[0].ID)
		case len(found) > 1:
			return whichReport(v, found)
		case wanted == "":
			return campaignList(v, 0, v.Rich("campaigns.report.none"))
		}
		return campaignList(v, 0, v.Rich("campaigns.report.unknown", locales.Args{"Name": words.CleanName(wanted, maxTitle)}))
	}))
}

// find lists the campaigns that are meant: with nothing wanted the one that began last.
func (l campaigns) find(wanted string) (found []engine.Campaign) {
	if wanted == "" {
		for _, c := range l.All {
			if !c.StartedAt.IsZero() && (found == nil || c.StartedAt.After(found[0].StartedAt)) {
				found = []engine.Campaign{c}
			}
		}
		return found
	}
	for _, same := range []func(engine.Campaign) bool{
		func(c engine.Campaign) bool { return strings.EqualFold(c.Name, wanted) },
		func(c engine.Campaign) bool {
			return strings.Contains(strings.ToLower(c.Name), strings.ToLower(wanted))
		},
	} {
		if n, err := strconv.Atoi(wanted); err == nil && found == nil && n >= 1 && n <= len(l.All) {
			return l.All[n-1 : n]
		}
		for _, c := range l.All {
			if same(c) {
				found = append(found, c)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// whichReport asks which of several campaigns is meant.
func whichReport(v talk.View, found []engine.Campaign) talk.Output {
	var rows [][]bots.Button
	for _, c := range found[:min(len(found), perPage)] {
		rows = append(rows, talk.Row(button(iconOf(c.State)+" "+words.CleanName(c.Name, 26), actReport, c.ID)))
	}
	return v.SayAnd(talk.Session{}, v.Screen(v.Rich("campaigns.report.which"), append(rows, back(v, actCampaigns, ""))...))
}

// reportOf tells what a campaign has come to by now.
func reportOf(v talk.View, id string) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.CampaignReport, error) {
		return e.CampaignReport(ctx, program, id)
	}, func(v talk.View, r engine.CampaignReport, err error) talk.Output {
		switch {
		case err != nil:
			return campaignList(v, 0, note(v, err))
		case r.Campaign.StartedAt.IsZero():
			return campaignPage(v, id, v.Rich("campaigns.report.not_begun"))
		}
		c := campaignView{CampaignReport: r}
		text := talk.Paragraphs(v.Rich("campaigns.report.title", locales.Args{"Name": called(c.Campaign), "State": stateOf(v, c.Campaign)}),
			c.when(v), c.messages(v), c.pressed(v), c.bought(v), c.variants(v), c.proof(v))
		list := actCampaigns
		if isTrigger(c.Campaign) {
			list = actTriggers
		}
		return v.SayAnd(talk.Session{}, v.Screen(text, talk.Row(button(v.T("campaigns.open.btn"), actCampaign, id)), back(v, list, "")))
	}))
}

// when says when it ran and for whom.
func (c campaignView) when(v talk.View) bots.Rich {
	plain := c.Campaign
	plain.Plan.Zoned = false
	lines := []bots.Rich{v.Rich("campaigns.report.began", locales.Args{"When": whenOf(v, plain, plain.StartedAt)})}
	if !plain.EndedAt.IsZero() {
		lines = append(lines, v.Rich("campaigns.report.ended", locales.Args{"When": whenOf(v, plain, plain.EndedAt)}))
	}
	if late := untilLine(v, plain.Plan); late != "" {
		lines = append(lines, late)
	}
	if isTrigger(plain) {
		l := loaded{Campaign: plain}
		return talk.Lines(append(lines, l.waitsLine(v), l.whomLine(v))...)
	}
	if title := words.CleanName(plain.Plan.Title, 2*maxTitle); title != "" {
		lines = append(lines, v.Rich("campaigns.whom", locales.Args{"Title": title}))
	}
	return talk.Lines(append(lines, leftLines(v, "campaigns.count", plain.Sizes))...)
}

// messages says what became of the messages.
func (c campaignView) messages(v talk.View) bots.Rich {
	lines := []bots.Rich{v.Rich("campaigns.report.messages"), v.Rich("campaigns.sent", locales.Args{"Count": c.Sent, "Of": c.To})}
	if c.Delivered > 0 || c.Read > 0 {
		lines = append(lines, v.Rich("campaigns.report.delivered", locales.Args{"Count": c.Delivered, "Read": c.Read}))
	} else if c.Sent > 0 {
		lines = append(lines, v.Rich("campaigns.report.no_receipts"))
	}
	if c.Failed > 0 {
		lines = append(lines, v.Rich("campaigns.failed", locales.Args{"Count": c.Failed}))
		for _, reason := range c.Reasons {
			lines = append(lines, countLine(v, v.Words().CampaignFailed(reason.Reason), reason.N))
		}
	}
	if c.Unknown > 0 {
		lines = append(lines, v.Rich("campaigns.unknown", locales.Args{"Count": c.Unknown}))
	}
	if c.Waiting > 0 {
		lines = append(lines, v.Rich("campaigns.report.waiting", locales.Args{"Count": c.Waiting}))
	}
	if c.Silent > 0 {
		lines = append(lines, v.Rich("triggers.page.quiet", locales.Args{"Count": c.Silent}))
	}
	if gift := v.Words().CampaignGift(c.Campaign.Plan.Gift); gift != "" {
		line := v.Rich("campaigns.report.gifts", locales.Args{"Gift": gift, "Count": c.Gifts})
		if most := c.Campaign.Plan.Budget; most > 0 {
			line = v.Rich("campaigns.report.gifts_left", locales.Args{"Gift": gift, "Count": c.Gifts, "Most": most, "Left": max(0, most-c.Gifts)})
		}
		lines = append(lines, line)
	}
	return talk.Lines(lines...)
}

// clicks says how many pressed any button.
func (c campaignView) clicks(v talk.View) bots.Rich {
	return v.Rich("campaigns.report.clicked", locales.Args{"Count": c.Clicked, "Share": shareOf(v, c.Clicked, c.Sent)})
}

// shareOf is a part of a whole, in whole percents.
func shareOf(v talk.View, part, of int) string {
	if of == 0 {
		return v.Percent(0)
	}
	return v.Percent(money.Rate((part*100 + of/2) / of * 100))
}

// pressed says who pressed what.
func (c campaignView) pressed(v talk.View) bots.Rich {
	lines := []bots.Rich{v.Rich("campaigns.report.answers"), c.clicks(v)}
	for _, p := range c.Presses {
		lines = append(lines, countLine(v, buttonSays(v, c.Campaign, p.Button), p.People))
	}
	if c.Stopped > 0 {
		lines = append(lines, v.Rich("campaigns.report.stopped", locales.Args{"Count": c.Stopped}))
	}
	return talk.Lines(lines...)
}

// buttonSays is what a button says; where variants differ, what it says in each.
func buttonSays(v talk.View, c engine.Campaign, i int) string {
	var labels []string
	for _, variant := range c.Plan.Variants {
		if i >= 0 && i < len(variant.Buttons) {
			if label := v.Words().CampaignButton(variant.Buttons[i]); !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
	}
	if labels == nil {
		return strconv.Itoa(i + 1)
	}
	return strings.Join(labels, " / ")
}

// came says how many came afterwards and what they left.
func (c campaignView) came(v talk.View) bots.Rich {
	return talk.Lines(v.Rich("campaigns.report.came", locales.Args{"Count": c.Came, "Visits": c.Visits}), v.Rich("campaigns.report.revenue", locales.Args{"Sum": v.Money(c.Revenue)}))
}

// bought says what those bought who got it, and until when that counts.
func (c campaignView) bought(v talk.View) bots.Rich {
	lines := []bots.Rich{v.Rich("campaigns.report.bought", locales.Args{"Days": v.P.Days(int64(max(1, c.Campaign.Plan.Window)))}), c.came(v)}
	if !c.Over {
		lines = append(lines, v.Rich("campaigns.report.counting", locales.Args{"Date": v.Date(c.Until)}))
	}
	return talk.Lines(lines...)
}

// variants compares the ways to say it, where there are several.
func (c campaignView) variants(v talk.View) bots.Rich {
	if len(c.Variants) < 2 {
		return ""
	}
	lines := []bots.Rich{v.Rich("campaigns.report.variants")}
	for i, one := range c.Variants {
		lines = append(lines, v.Rich("campaigns.report.variant", locales.Args{"Variant": words.CampaignVariant(i), "Sent": one.Sent, "Clicked": one.Clicked,
			"Share": shareOf(v, one.Clicked, one.Sent), "Stopped": one.Stopped}))
	}
	return talk.Lines(append(lines, bestLines(v, "presses", c.Contest.Presses, func(n int64) string { return v.P.Decimal(n, 2) }),
		bestLines(v, "revenue", c.Contest.Revenue, func(n int64) string { return v.Money(money.Amount(n)) }))...)
}

// bestLines say which variant is better by a measure, how surely, and by how much.
func bestLines(v talk.View, measure string, best campaign.Verdict, write func(int64) string) bots.Rich {
	key, lead := "campaigns.report.best."+measure, words.CampaignVariant(best.Best)
	line := v.Rich(key, locales.Args{"Verdict": v.Words().CampaignBest(best, lead)})
	if best.Reason != "" {
		return line
	}
	number := func(n int64) string { return signed(n, write(n)) }
	return talk.Lines(line, v.Rich(key+"_by", locales.Args{"Variant": lead, "Next": words.CampaignVariant(best.Next), "Value": number(best.More.Value),
		"Low": number(best.More.Low), "High": number(best.More.High)}))
}

// proof says what the campaign itself brought: how much more those it was for did than those who were left without it.
func (c campaignView) proof(v talk.View) bots.Rich {
	title := v.Rich("campaigns.report.proof.title")
	if !c.Proof.Enough {
		return talk.Lines(title, bots.Escape(v.Words().CampaignNoProof(c.Proof.Reason)))
	}
	verdict := "campaigns.report.proof.unsure"
	switch r := c.Proof.Revenue; {
	case r.Sure && r.Low > 0:
		verdict = "campaigns.report.proof.gain"
	case r.Sure:
		verdict = "campaigns.report.proof.loss"
	}
	between := func(key string, e campaign.Estimate, write func(int64) string) bots.Rich {
		return v.Rich(key, locales.Args{"Value": write(e.Value), "Low": write(e.Low), "High": write(e.High)})
	}
	number := func(n int64) string { return signed(n, v.P.Number(n)) }
	sum := func(n int64) string { return signed(n, v.Money(money.Amount(n))) }
	return talk.Lines(title, v.Rich("campaigns.report.proof.how", locales.Args{"Count": c.Held}),
		between("campaigns.report.proof.buyers", c.Proof.Buyers, number), between("campaigns.report.proof.visits", c.Proof.Visits, number), between("campaigns.report.proof.revenue", c.Proof.Revenue, sum), v.Rich(verdict))
}

// signed puts a plus before what is more.
func signed(n int64, text string) string {
	if n > 0 {
		return "+" + text
	}
	return text
}
