package market

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// campaignView is a campaign with what is needed to tell of it.
type campaignView struct {
	engine.CampaignReport // of one that has not ended only its progress
	People                []engine.Staff
}

// stepCampaign is the session under the page of a campaign: its buttons that must not work twice carry its mark.
const stepCampaign = "campaign"

func readCampaign(ctx context.Context, e *engine.Engine, program, id string) (c campaignView, err error) {
	if c.CampaignProgress, err = e.CampaignProgress(ctx, program, id); err != nil {
		return c, err
	}
	if !c.Campaign.State.Open() && !c.Campaign.StartedAt.IsZero() {
		if c.CampaignReport, err = e.CampaignReport(ctx, program, id); err != nil {
			return c, err
		}
	}
	if c.People, err = e.Store().StaffList(ctx, program); err != nil {
		return c, fmt.Errorf("read staff: %w", err)
	}
	return c, nil
}

// withCampaign reads a campaign and goes on. One that is gone leads to the list.
func withCampaign(v talk.View, id string, then func(talk.View, campaignView) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (campaignView, error) {
		return readCampaign(ctx, e, program, id)
	}, func(v talk.View, c campaignView, err error) talk.Output {
		if err != nil {
			return campaignList(v, 0, note(v, err))
		}
		return then(v, c)
	}))
}

// campaignPage shows a campaign under a note: what becomes of it and what can be done about it. Of a draft that is the page on which it is written.
func campaignPage(v talk.View, id string, about bots.Rich) talk.Output {
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output { return c.page(v, about) })
}

func (c campaignView) page(v talk.View, about bots.Rich) talk.Output {
	if c.Campaign.State == engine.CampaignDraft {
		return draftPage(v, c.Campaign.ID, about)
	}
	if isTrigger(c.Campaign) {
		return c.triggerPage(v, about)
	}
	mark := v.NewMark()
	screen := v.Screen(talk.Paragraphs(about, c.text(v)), append(c.rows(v, mark), back(v, actCampaigns, ""))...)
	return v.SayAnd(talk.In("", stepCampaign, c.Campaign.ID).Marked(mark), screen)
}

// text says what becomes of the campaign.
func (c campaignView) text(v talk.View) bots.Rich {
	parts := []bots.Rich{titleOf(v, c.Campaign)}
	switch c.Campaign.State {
	case engine.CampaignWaiting:
		parts = append(parts, c.asked(v), c.whom(v), startOf(v, c.Campaign))
	case engine.CampaignScheduled:
		parts = append(parts, startOf(v, c.Campaign), c.whom(v))
	case engine.CampaignOverdue:
		parts = append(parts, v.Rich("campaigns.overdue", locales.Args{"When": whenOf(v, c.Campaign, c.Campaign.Start)}), c.whom(v))
	case engine.CampaignRunning:
		parts = append(parts, progressLines(v, &c.CampaignProgress))
	case engine.CampaignPaused:
		parts = append(parts, whyOf(v, &c.CampaignProgress), countLines(v, &c.CampaignProgress))
	default:
		parts = append(parts, c.short(v))
	}
	if c.Campaign.State.Open() {
		parts = append(parts, untilLine(v, c.Campaign.Plan))
	}
	return talk.Paragraphs(parts...)
}

func titleOf(v talk.View, c engine.Campaign) bots.Rich {
	return v.Rich("campaigns.head", locales.Args{"Icon": iconFor(c), "Name": called(c), "State": stateOf(v, c)})
}

// iconFor is the sign of what becomes of a campaign.
func iconFor(c engine.Campaign) string {
	if isTrigger(c) && c.State == engine.CampaignRunning {
		return "🟢"
	}
	return iconOf(c.State)
}

// stateOf says what becomes of a campaign. Of a trigger nothing is being sent, it is on.
func stateOf(v talk.View, c engine.Campaign) string {
	if key := "triggers.state." + string(c.State); isTrigger(c) && v.P.Has(key) {
		return v.T(key)
	}
	return v.Words().CampaignState(string(c.State))
}

// asked says who has to approve it.
func (c campaignView) asked(v talk.View) bots.Rich {
	if c.mayApprove(v) {
		return v.Rich("campaigns.waiting.you", locales.Args{"Name": c.person(v, c.Campaign.By)})
	}
	var names []string
	for _, s := range c.People {
		if !s.Disabled && s.Role.Manages() && s.ID != c.Campaign.By {
			names = append(names, nameOf(v, s))
		}
	}
	if len(names) == 0 {
		return v.Rich("campaigns.waiting.nobody")
	}
	return v.Rich("campaigns.waiting.asked", locales.Args{"Names": v.P.List(names)})
}

// mayApprove reports whether the person is one of those who are asked.
func (c campaignView) mayApprove(v talk.View) bool {
	return c.Campaign.State == engine.CampaignWaiting && v.Manages() && v.Staff.ID != c.Campaign.By
}

func (c campaignView) person(v talk.View, id string) string {
	i := slices.IndexFunc(c.People, func(s engine.Staff) bool { return s.ID == id })
	if i < 0 {
		return v.T("campaigns.somebody")
	}
	return nameOf(v, c.People[i])
}

func nameOf(v talk.View, s engine.Staff) string {
	return cmp.Or(words.CleanName(s.Name, 40), v.T("owner.role."+string(s.Role)+".name"))
}

// startOf says when it begins.
func startOf(v talk.View, c engine.Campaign) bots.Rich {
	switch {
	case !c.Start.IsZero():
		return v.Rich("campaigns.starts", locales.Args{"When": whenOf(v, c, c.Start)})
	case c.State == engine.CampaignWaiting:
		return v.Rich("campaigns.starts_approved")
	}
	return v.Rich("campaigns.starts_now")
}

// whom says who gets it, who is left out and for what, and what is given.
func (c campaignView) whom(v talk.View) bots.Rich { return whomOf(v, c.Campaign) }

func whomOf(v talk.View, c engine.Campaign) bots.Rich {
	var lines []bots.Rich
	if title := words.CleanName(c.Plan.Title, 2*maxTitle); title != "" {
		lines = append(lines, v.Rich("campaigns.whom", locales.Args{"Title": title}))
	}
	lines = append(lines, bots.Rich(v.P.RichN("campaigns.to", int64(c.Sizes.To))))
	lines = append(lines, leftLines(v, "campaigns.count", c.Sizes))
	if gift := v.Words().CampaignGift(c.Plan.Gift); gift != "" {
		line := v.Rich("campaigns.gift", locales.Args{"Gift": gift})
		if c.Plan.Budget > 0 {
			line = v.Rich("campaigns.gift_most", locales.Args{"Gift": gift, "Count": c.Plan.Budget})
		}
		lines = append(lines, line)
	}
	return talk.Lines(lines...)
}

// leftLines say who of an audience is left out for what, each as a text that takes What and Count.
func leftLines(v talk.View, key string, sizes engine.AudienceSizes) bots.Rich {
	var lines []bots.Rich
	for _, left := range []struct {
		reason string
		n      int
	}{{"no_consent", sizes.NoConsent}, {"unreachable", sizes.Unreachable}, {"capped", sizes.Capped}, {"held", sizes.Held}} {
		if left.n > 0 {
			lines = append(lines, v.Rich(key, locales.Args{"What": v.Words().CampaignLeft(left.reason), "Count": left.n}))
		}
	}
	return talk.Lines(lines...)
}

// countLine is a line of a list: what, and how many.
func countLine(v talk.View, what string, n int) bots.Rich {
	return v.Rich("campaigns.count", locales.Args{"What": what, "Count": n})
}

// whyOf says why it rests, and what can be done about that.
func whyOf(v talk.View, p *engine.CampaignProgress) bots.Rich {
	if key := "triggers.why." + p.Campaign.Why; isTrigger(p.Campaign) && v.P.Has(key) {
		return v.Rich(key)
	}
	switch p.Campaign.Why {
	case engine.WhyBudget:
		return v.Rich("campaigns.why.budget", locales.Args{"Count": p.Campaign.Plan.Budget, "Left": p.Waiting})
	case engine.WhyMoved:
		return v.Rich("campaigns.why.moved")
	case engine.WhyBroken:
		return v.Rich("campaigns.why.broken")
	}
	return v.Rich("campaigns.why.staff")
}

// short is what one that is over came to, in a few lines.
func (c campaignView) short(v talk.View) bots.Rich {
	if c.Campaign.StartedAt.IsZero() {
		return v.Rich("campaigns.never")
	}
	return talk.Paragraphs(countLines(v, &c.CampaignProgress), talk.Lines(c.clicks(v), c.came(v)))
}

// rows are what can be done about it.
func (c campaignView) rows(v talk.View, mark string) [][]bots.Button {
	id := c.Campaign.ID
	version := versioned(c.Campaign)
	see := button(v.T("campaigns.see.btn"), actSee, id)
	stop := danger(button(v.T("campaigns.stop.btn"), actStop, id))
	copied := talk.Button(v.T("campaigns.copy.btn"), Flow, actCopy, id, mark)
	switch c.Campaign.State {
	case engine.CampaignWaiting:
		if c.mayApprove(v) {
			return append([][]bots.Button{talk.Row(see)}, approvalRows(v, version)...)
		}
		return [][]bots.Button{{see}, {button(v.T("campaigns.take_back.btn"), actRedraft, version)}, {stop}}
	case engine.CampaignScheduled:
		return [][]bots.Button{{see}, {button(v.T("campaigns.change.btn"), actRedraft, version)}, {stop}}
	case engine.CampaignOverdue:
		return append(overdueRows(v, version), talk.Row(see), talk.Row(stop))
	case engine.CampaignRunning:
		return [][]bots.Button{{button(v.T("campaigns.look.btn"), actLook, id)}, {button(v.T("campaigns.pause.btn"), actPause, id), stop}, {see},
			{button(v.T("campaigns.report.btn"), actReport, id)}}
	case engine.CampaignPaused:
		return append(restRows(v, c.Campaign), talk.Row(see), talk.Row(stop))
	}
	var rows [][]bots.Button
	if !c.Campaign.StartedAt.IsZero() {
		rows = append(rows, talk.Row(button(v.T("campaigns.report.btn"), actReport, id)))
	}
	if c.Campaign.State == engine.CampaignDone && c.Unknown > 0 {
		rows = append(rows, talk.Row(button(v.T("campaigns.resend.btn"), actResend, id)))
	}
	return append(rows, talk.Row(see), talk.Row(copied))
}

func danger(b bots.Button) bots.Button {
	b.Style = bots.StyleDanger
	return b
}

// approvalRows are what a second person can answer.
func approvalRows(v talk.View, version string) [][]bots.Button {
	yes := button(v.T("campaigns.approve.btn"), actYes, version)
	yes.Style = bots.StyleSuccess
	return [][]bots.Button{{yes}, {button(v.T("campaigns.refuse.btn"), actNo, version)}}
}

// overdueRows are what can be done about a start that was missed.
func overdueRows(v talk.View, version string) [][]bots.Button {
	return [][]bots.Button{{button(v.T("campaigns.now.btn"), actNow, version)}, {button(v.T("campaigns.new_time.btn"), actRedraft, version)}}
}

// restRows are how what rests goes on.
func restRows(v talk.View, c engine.Campaign) [][]bots.Button {
	if c.Why == engine.WhyBudget {
		return [][]bots.Button{{button(v.T("campaigns.budget.btn"), actBudget, c.ID)}}
	}
	return [][]bots.Button{{button(v.T("campaigns.go.btn"), actGoOn, c.ID)}}
}
