package market

import (
	"cmp"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// Notice tells whoever speaks to many what becomes of that. What is not so any more when it is told is left out: a question that has been answered, say.
func Notice(v talk.View, n engine.Notice) []bots.Message {
	if !v.Markets() || n.Campaign == nil {
		return nil
	}
	p := n.Campaign
	if isTrigger(p.Campaign) {
		if n.Kind == engine.NoticeCampaignRests && p.Campaign.State == engine.CampaignPaused {
			text := talk.Paragraphs(titleOf(v, p.Campaign), whyOf(v, p))
			return []bots.Message{{Purpose: bots.PurposeService, Text: text, Buttons: append(restRows(v, p.Campaign), openRow(v, p.Campaign))}}
		}
		return nil // of a trigger nothing is under way
	}
	switch state := p.Campaign.State; n.Kind {
	case engine.NoticeCampaignApprove:
		if state == engine.CampaignWaiting {
			return approvalAsked(v, n)
		}
	case engine.NoticeCampaignAnswer:
		return []bots.Message{answered(v, n)}
	case engine.NoticeCampaignOverdue:
		if state == engine.CampaignOverdue {
			text := talk.Paragraphs(titleOf(v, p.Campaign), v.Rich("campaigns.overdue", locales.Args{"When": whenOf(v, p.Campaign, p.Campaign.Start)}))
			return []bots.Message{{Purpose: bots.PurposeService, Text: text, Buttons: append(overdueRows(v, versioned(p.Campaign)), openRow(v, p.Campaign))}}
		}
	case engine.NoticeCampaignProgress:
		if state == engine.CampaignRunning || state == engine.CampaignPaused {
			m := progressMessage(v, p)
			first, _ := n.Args["first"].(bool)
			m.OnlyIfShown, m.Silent = !first, !first
			return []bots.Message{m}
		}
		if state == engine.CampaignCancelled {
			m := endedMessage(v, p)
			m.OnlyIfShown = true
			return []bots.Message{m}
		}
	case engine.NoticeCampaignRests:
		if state == engine.CampaignPaused {
			return rested(v, p)
		}
	case engine.NoticeCampaignDone:
		if state == engine.CampaignDone {
			m := endedMessage(v, p)
			m.Fresh = true // at the end of the chat, where it is seen
			return []bots.Message{m}
		}
	}
	return nil
}

func versioned(c engine.Campaign) string { return c.ID + "." + strconv.FormatInt(c.Version, 10) }

func openRow(v talk.View, c engine.Campaign) []bots.Button {
	return talk.Row(button(v.T("campaigns.open.btn"), actCampaign, c.ID))
}

// doer is who did it, by the name that came with a notice.
func doer(v talk.View, n engine.Notice) string {
	name, _ := n.Args["name"].(string)
	return cmp.Or(words.CleanName(name, 40), v.T("campaigns.somebody"))
}

// approvalAsked shows the message to a second person and asks.
func approvalAsked(v talk.View, n engine.Notice) []bots.Message {
	c := n.Campaign.Campaign
	all := asGuest(v, c, "")
	for i := range all {
		all[i].Purpose = bots.PurposeService
	}
	text := talk.Paragraphs(v.Rich("campaigns.notice.approve", locales.Args{"By": doer(v, n), "Name": called(c)}), whomOf(v, c), startOf(v, c))
	return append(all, bots.Message{Purpose: bots.PurposeService, Text: text, Buttons: append(approvalRows(v, versioned(c)), openRow(v, c))})
}

// answered tells the author what the second person says.
func answered(v talk.View, n engine.Notice) bots.Message {
	c := n.Campaign.Campaign
	m := bots.Message{Purpose: bots.PurposeService, Buttons: [][]bots.Button{openRow(v, c)}}
	args := locales.Args{"By": doer(v, n), "Name": called(c)}
	if yes, _ := n.Args["yes"].(bool); !yes {
		m.Text = v.Rich("campaigns.notice.no", args)
		return m
	}
	m.Text = v.Rich("campaigns.notice.yes", args)
	if c.State == engine.CampaignScheduled {
		m.Text = talk.Lines(m.Text, startOf(v, c))
	}
	return m
}

// rested tells that a campaign does not go on by itself, and brings the message that shows how far it is up to date.
func rested(v talk.View, p *engine.CampaignProgress) []bots.Message {
	shown := progressMessage(v, p)
	shown.OnlyIfShown = true
	text := talk.Paragraphs(titleOf(v, p.Campaign), whyOf(v, p), countLines(v, p))
	return []bots.Message{shown, {Purpose: bots.PurposeService, Text: text, Buttons: append(restRows(v, p.Campaign), openRow(v, p.Campaign))}}
}
