package market

import (
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// barCells is how wide a bar is.
const barCells = 10

// barOf draws how much of a campaign is over.
func barOf(v talk.View, p *engine.CampaignProgress) string {
	done, to := p.Done(), max(p.To, 1)
	if p.To == 0 {
		done = 1
	}
	done = min(done, to)
	full := done * barCells / to
	return strings.Repeat("▓", full) + strings.Repeat("░", barCells-full) + " " + v.Percent(money.Rate(done*100/to*100))
}

// countLines say how many messages went out, did not arrive, or may have.
func countLines(v talk.View, p *engine.CampaignProgress) bots.Rich {
	lines := []bots.Rich{v.Rich("campaigns.sent", locales.Args{"Count": p.Sent, "Of": p.To})}
	if p.Failed > 0 {
		lines = append(lines, v.Rich("campaigns.failed", locales.Args{"Count": p.Failed}))
	}
	if p.Unknown > 0 {
		lines = append(lines, v.Rich("campaigns.unknown", locales.Args{"Count": p.Unknown}))
	}
	return talk.Lines(lines...)
}

// progressLines say how far a running campaign is, how fast it goes and how long it will take.
func progressLines(v talk.View, p *engine.CampaignProgress) bots.Rich {
	lines := []bots.Rich{bots.Escape(barOf(v, p)), countLines(v, p)}
	if p.Pace.PerMinute > 0 {
		lines = append(lines, bots.Rich(v.P.RichN("campaigns.pace", int64(p.Pace.PerMinute))))
	}
	if left := p.Pace.Left; left > 0 {
		line := v.Rich("campaigns.time_left", locales.Args{"Time": lasting(v, left)})
		if left < time.Minute {
			line = v.Rich("campaigns.time_left_soon")
		}
		lines = append(lines, line)
	}
	if p.Pace.Later > 0 {
		lines = append(lines, v.Rich("campaigns.later", locales.Args{"Count": p.Pace.Later}))
	}
	return talk.Lines(lines...)
}

// lasting is about how long something takes: minutes up to an hour and a half, then hours.
func lasting(v talk.View, d time.Duration) string {
	if d < 90*time.Minute {
		return v.P.Minutes(int64((d + time.Minute - 1) / time.Minute))
	}
	return v.P.Hours(int64((d + 30*time.Minute) / time.Hour))
}

// progressSlot is the living message that shows its author how far a campaign is. Each campaign has its own until it is over, so that what is said of one
// stays in the chat when the next begins.
func progressSlot(id string) string { return "campaign." + id }

// progressMessage shows how far a campaign is that runs or rests, in its own slot.
func progressMessage(v talk.View, p *engine.CampaignProgress) bots.Message {
	id := p.Campaign.ID
	m := bots.Message{Slot: progressSlot(id), Purpose: bots.PurposeService, Silent: true}
	if p.Campaign.State == engine.CampaignPaused {
		m.Text = talk.Paragraphs(titleOf(v, p.Campaign), whyOf(v, p), countLines(v, p))
		m.Buttons = append(restRows(v, p.Campaign), talk.Row(danger(button(v.T("campaigns.stop.btn"), actStop, id))))
		return m
	}
	m.Text = talk.Paragraphs(titleOf(v, p.Campaign), progressLines(v, p))
	m.Buttons = [][]bots.Button{{button(v.T("campaigns.pause.btn"), actPause, id)}, {button(v.T("campaigns.open.btn"), actCampaign, id)}}
	return m
}

// endedMessage is what stays of it when the campaign is over.
func endedMessage(v talk.View, p *engine.CampaignProgress) bots.Message {
	return bots.Message{Slot: progressSlot(p.Campaign.ID), Last: true, Purpose: bots.PurposeService, Text: talk.Paragraphs(titleOf(v, p.Campaign), countLines(v, p)),
		Buttons: talk.Column(button(v.T("campaigns.report.btn"), actReport, p.Campaign.ID))}
}
