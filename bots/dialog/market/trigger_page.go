package market

import (
	"context"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// triggerPage shows a trigger under a note: what it waits for, for whom, what it does and what has come of it.
func (c campaignView) triggerPage(v talk.View, about bots.Rich) talk.Output {
	mark, l := v.NewMark(), loaded{Campaign: c.Campaign, Found: c.Campaign.Plan.Check(v.Program.Settings, nil)}
	parts := []bots.Rich{about, titleOf(v, c.Campaign)}
	if c.Campaign.State == engine.CampaignPaused {
		parts = append(parts, whyOf(v, &c.CampaignProgress))
	}
	var came bots.Rich
	if !c.Campaign.StartedAt.IsZero() {
		came = c.cameLines(v)
	}
	parts = append(parts, l.planLines(v), came)
	if c.Campaign.State.Open() {
		parts = append(parts, l.problemLines(v))
	}
	screen := v.Screen(talk.Paragraphs(parts...), append(c.triggerRows(v, mark), back(v, actTriggers, ""))...)
	return v.SayAnd(talk.In("", stepCampaign, c.Campaign.ID).Marked(mark), screen)
}

// cameLines says in short what has come of it.
func (c campaignView) cameLines(v talk.View) bots.Rich {
	var lines []bots.Rich
	if c.Campaign.State == engine.CampaignRunning {
		lines = append(lines, v.Rich("triggers.page.since", locales.Args{"Date": v.Date(c.Campaign.Start)}))
	}
	lines = append(lines, v.Rich("triggers.page.sent", locales.Args{"Count": c.Sent}))
	for _, n := range []struct {
		key   string
		count int
	}{{"campaigns.failed", c.Failed}, {"campaigns.unknown", c.Unknown}, {"campaigns.report.waiting", c.Waiting}, {"triggers.page.quiet", c.Silent}} {
		if n.count > 0 {
			lines = append(lines, v.Rich(n.key, locales.Args{"Count": n.count}))
		}
	}
	if gift := v.Words().CampaignGift(c.Campaign.Plan.Gift); gift != "" {
		lines = append(lines, v.Rich("campaigns.report.gifts", locales.Args{"Gift": gift, "Count": c.Gifts}))
	}
	if c.Sent > 0 {
		lines = append(lines, c.clicks(v))
	}
	return talk.Lines(lines...)
}

// planLines say what a trigger waits for, for whom, and what it does.
func (l loaded) planLines(v talk.View) bots.Rich {
	said := l.textLines(v)
	if len(l.Plan.Variants) == 0 {
		said = []bots.Rich{v.Rich("triggers.page.silent")}
	}
	return talk.Paragraphs(talk.Lines(l.waitsLine(v), l.whomLine(v)), talk.Lines(slices.Concat(said, l.doesLines(v), l.moreLines(v))...))
}

// waitsLine says when it comes, and that an hour in the quiet ones is put off.
func (l loaded) waitsLine(v talk.View) bots.Rich {
	on, zone := l.Plan.Trigger, v.Program.Settings.Zone
	line := v.Rich("triggers.page.when", locales.Args{"When": v.Words().TriggerWhen(on)})
	if !on.On.Calendar() {
		return line
	}
	awake := campaign.QuietOf(v.Program.Settings).End(campaign.At(rules.DateOf(v.Now, zone), on.Minute, zone), zone)
	if awake.IsZero() {
		return line
	}
	return talk.Lines(line, v.Rich("triggers.page.asleep", locales.Args{"Time": v.P.Time(awake.In(zone))}))
}

func (l loaded) whomLine(v talk.View) bots.Rich {
	if l.Plan.Audience == nil {
		return v.Rich("triggers.page.everybody")
	}
	return v.Rich("broadcast.page.whom", locales.Args{"Title": words.CleanName(l.Plan.Title, 2*maxTitle)})
}

// doesLines say what a trigger does beside its message and its gift.
func (l loaded) doesLines(v talk.View) (lines []bots.Rich) {
	on := l.Plan.Trigger
	if on.Tag != "" {
		lines = append(lines, v.Rich("triggers.page.tag", locales.Args{"Tag": words.CleanName(on.Tag, maxTitle)}))
	}
	if on.Notify != "" {
		lines = append(lines, v.Rich("triggers.page.staff", locales.Args{"Staff": staffName(v, on.Notify)}))
	}
	return lines
}

// triggerRows are what can be done about a trigger.
func (c campaignView) triggerRows(v talk.View, mark string) [][]bots.Button {
	id := c.Campaign.ID
	var rows [][]bots.Button
	change := button(v.T("campaigns.change.btn"), actChange, id)
	switch c.Campaign.State {
	case engine.CampaignRunning:
		rows = append(rows, talk.Row(button(v.T("campaigns.pause.btn"), actPause, id), change))
	case engine.CampaignPaused:
		change = button(v.T("campaigns.change.btn"), actDraft, id)
		start := button(v.T("triggers.on.btn"), actGoOn, id)
		if c.Campaign.Why == engine.WhyBudget {
			start = button(v.T("campaigns.budget.btn"), actBudget, id)
		}
		start.Style = bots.StyleSuccess
		rows = append(rows, talk.Row(start), talk.Row(change))
	}
	if len(c.Campaign.Plan.Variants) > 0 {
		rows = append(rows, talk.Row(button(v.T("campaigns.see.btn"), actSee, id)))
	}
	if !c.Campaign.StartedAt.IsZero() {
		rows = append(rows, talk.Row(button(v.T("campaigns.report.btn"), actReport, id)))
	}
	copied := talk.Button(v.T("campaigns.copy.btn"), Flow, actCopy, id, mark)
	if !c.Campaign.State.Open() {
		return append(rows, talk.Row(copied))
	}
	return append(rows, talk.Row(button(v.T("triggers.dry.btn"), actDry, id)), talk.Row(copied), talk.Row(danger(button(v.T("campaigns.stop.btn"), actStop, id))))
}

// triggerDraft shows a trigger that does not run, with the way to everything that can be changed.
func (l loaded) triggerDraft(v talk.View, about bots.Rich) talk.Output {
	d, mark := l.seen(), v.NewMark()
	head := v.Rich("triggers.draft.head", locales.Args{"Name": words.CleanName(l.Name, maxDraftName), "State": stateOf(v, l.Campaign)})
	said := l.textLines(v)
	if len(l.Plan.Variants) == 0 {
		said = []bots.Rich{v.Rich("triggers.page.silent")}
	}
	text := talk.Paragraphs(about, head, talk.Lines(l.waitsLine(v), l.audienceLines(v)), talk.Lines(slices.Concat(said, l.doesLines(v), l.moreLines(v))...), l.problemLines(v))
	variants := d.open(v.T("broadcast.variant.btn", locales.Args{"Variant": words.CampaignVariant(1)}), actVariants)
	if len(l.Plan.Variants) > 1 {
		variants = d.open(v.T("broadcast.variants.btn"), actVariants)
	}
	start := d.change(mark, v.T("triggers.on.btn"), actOn)
	start.Style = bots.StyleSuccess
	away, leave := d.open(v.T("market.delete.btn"), actErase), button(v.T("triggers.btn"), actTriggers, "")
	if !l.StartedAt.IsZero() { // it has a past
		away = danger(button(v.T("campaigns.stop.btn"), actStop, l.ID))
	}
	if l.State == engine.CampaignPaused {
		leave = button(v.T("common.back.btn"), actCampaign, l.ID)
	}
	rows := [][]bots.Button{
		{d.open(v.T("broadcast.preview.btn"), actPreview), d.open(v.T("broadcast.text.btn"), actText)},
		{d.open(v.T("broadcast.buttons.btn"), actButtons), d.open(v.T("broadcast.gift.btn"), actGift)},
		{d.open(v.T("triggers.event.btn"), actWaits), d.open(v.T("broadcast.audience.btn"), actAudience)},
		{d.open(v.T("triggers.tag.btn"), actTag), d.open(v.T("triggers.staff.btn"), actStaff)},
		{variants, d.open(v.T("broadcast.holdout.btn"), actHoldout)},
		{d.open(v.T("broadcast.name.btn"), actTitle), d.open(v.T("triggers.dry.btn"), actDry)},
		{start},
		{away, leave},
	}
	if len(l.languages(v)) > 1 {
		rows = slices.Insert(rows, 1, talk.Row(d.open(v.T("broadcast.languages.btn"), actLanguages)))
	}
	return v.SayAnd(d.at(stepDraft, mark), v.Screen(text, rows...))
}

// switchOn has a trigger look at what happens from now on. Pressed or handled again, it is on. What keeps it from that is told on its page.
func switchOn(v talk.View, d draft) talk.Output {
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (unready bool, err error) {
		l := loaded{}
		l.Campaign, err = e.Campaign(ctx, program, d.ID)
		switch {
		case err != nil || isTrigger(l.Campaign) && l.State == engine.CampaignRunning:
			return false, err
		case l.Version != d.Version:
			return false, &engine.Error{Kind: engine.KindConflict, ID: "changed_meanwhile"}
		}
		if l.Shop, err = readShop(ctx, e, program); err != nil || len(l.tooLong(v)) > 0 {
			return true, err
		}
		_, err = e.StartTrigger(ctx, program, d.ID, staff)
		fault, err := planFaultOf(err)
		return fault.any(), err
	}, func(v talk.View, unready bool, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindNotFound):
			return broadcastGone(v, note(v, err))
		case err != nil:
			return campaignPage(v, d.ID, note(v, err))
		case unready:
			return draftPage(v, d.ID, v.Rich("triggers.on.unready"))
		}
		return campaignPage(v, d.ID, v.Rich("triggers.on.done"))
	}))
}

// askChange asks whether a trigger that is on is to be paused, so that it can be changed.
func askChange(v talk.View, id string) talk.Output {
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output {
		if !isTrigger(c.Campaign) || c.Campaign.State != engine.CampaignRunning {
			return draftPage(v, id, "")
		}
		d, mark := draft{ID: id, Version: c.Campaign.Version}, v.NewMark()
		text := v.Rich("triggers.change.ask", locales.Args{"Name": called(c.Campaign)})
		return v.SayAnd(d.at(stepChange, mark), v.Screen(text, talk.Row(d.change(mark, v.T("triggers.change.btn"), actChanged)), back(v, actCampaign, id)))
	})
}

// pauseToChange pauses it and shows the page on which it is changed. One that somebody else has paused rests already.
func pauseToChange(v talk.View, d draft) talk.Output {
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		c, err := e.Campaign(ctx, program, d.ID)
		if err == nil && c.State == engine.CampaignRunning {
			_, err = e.PauseCampaign(ctx, program, d.ID, staff)
		}
		return struct{}{}, err
	}, func(v talk.View, _ struct{}, err error) talk.Output {
		if err != nil {
			return campaignPage(v, d.ID, note(v, err))
		}
		return draftPage(v, d.ID, "").Toasted(v.T("campaigns.paused.toast"))
	}))
}
