package market

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// Actions of buttons about campaigns. A campaign is named by its id; where its version matters, that follows after a dot.
const (
	actCampaigns = "camps"     // a page of the list
	actCampaign  = "camp"      // the page of one
	actLook      = "c.look"    // the same as it is by now
	actSee       = "c.see"     // its message as guests get it; in a language, which follows after a dot
	actYes       = "c.yes"     // approve it
	actNo        = "c.no"      // send it back
	actRedraft   = "c.draft"   // make a draft of it again
	actNow       = "c.now"     // start what is late
	actPause     = "c.pause"   // have it rest
	actGoOn      = "c.go"      // have it go on
	actStop      = "c.stop"    // asks whether to cancel
	actStopped   = "c.stopped" // does
	actBudget    = "c.budget"  // asks for the number of gifts
	actReport    = "c.report"  // what it came to
	actCopy      = "c.copy"    // a new draft that says the same
	actResend    = "c.again"   // asks whether to send again where it is not known
	actResent    = "c.resent"  // does
)

// pressCampaign answers a pressed button about campaigns; it is false when the button is about something else.
func pressCampaign(v talk.View, p talk.Pressed) (talk.Output, bool) {
	switch p.Action {
	case actCampaigns:
		return campaignList(v, pageArg(p.Arg), ""), true
	case actCampaign:
		return campaignPage(v, p.Arg, ""), true
	case actLook:
		return campaignPage(v, p.Arg, "").Toasted(v.T("campaigns.look.toast")), true
	case actSee:
		return pressSee(v, p), true
	case actYes, actNo:
		return pressApprove(v, p), true
	case actRedraft:
		return pressRedraft(v, p), true
	case actNow:
		return pressNow(v, p), true
	case actPause, actGoOn:
		return pressPause(v, p), true
	case actStop:
		return askStop(v, p.Arg), true
	case actStopped:
		return pressStop(v, p), true
	case actBudget:
		return askBudget(v, p.Arg, ""), true
	case actReport:
		return reportOf(v, p.Arg), true
	case actCopy:
		return pressCopy(v, p), true
	case actResend:
		return askResend(v, p.Arg), true
	case actResent:
		return pressResend(v, p), true
	}
	return talk.Output{}, false
}

// Campaigns lists what the shop has sent to many, sends now or is about to.
func Campaigns(v talk.View) talk.Output { return campaignList(v, 0, "") }

// campaigns are a page of the list, newest first.
type campaigns struct {
	All         []engine.Campaign
	From, To    int
	Page, Pages int
	Under       map[string]engine.CampaignProgress // of those on the page that run
}

// readCampaigns reads a page. Triggers are no part of it: they neither begin nor end.
func readCampaigns(ctx context.Context, e *engine.Engine, program string, page int) (l campaigns, err error) {
	if l.All, err = e.Campaigns(ctx, program); err != nil {
		return l, err
	}
	l.All = slices.DeleteFunc(l.All, func(c engine.Campaign) bool { return c.Kind != engine.CampaignBroadcast })
	l.From, l.To, l.Page, l.Pages = pageOf(len(l.All), page)
	l.Under = map[string]engine.CampaignProgress{}
	for _, c := range l.All[l.From:l.To] {
		if c.State != engine.CampaignRunning {
			continue
		}
		if l.Under[c.ID], err = e.CampaignProgress(ctx, program, c.ID); err != nil {
			return l, err
		}
	}
	return l, nil
}

// campaignList shows a page of the campaigns under a note.
func campaignList(v talk.View, page int, about bots.Rich) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (campaigns, error) {
		return readCampaigns(ctx, e, program, page)
	}, func(v talk.View, l campaigns, err error) talk.Output {
		if err != nil {
			return v.SayAnd(talk.Session{}, v.Screen(note(v, err), talk.Row(button(v.T("owner.home.again.btn"), actCampaigns, ""))))
		}
		home := talk.Row(shopButton(v))
		if !v.Manages() {
			home = talk.Row(button(v.T("market.home.btn"), actHome, ""))
		}
		fresh := talk.Row(newBroadcast(v))
		home = append(talk.Row(button(v.T("triggers.btn"), actTriggers, "")), home...)
		if len(l.All) == 0 {
			return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(about, v.Rich("campaigns.title"), v.Rich("campaigns.none")), fresh, home))
		}
		text := talk.Paragraphs(append([]bots.Rich{about, v.Rich("campaigns.title")}, l.lines(v)...)...)
		return v.SayAnd(talk.Session{}, v.Screen(text, append(l.rows(v), fresh, home)...))
	}))
}

// newBroadcast leads to the making of another one.
func newBroadcast(v talk.View) bots.Button {
	return button(v.T("campaigns.new.btn"), actNew, "")
}

func (l campaigns) lines(v talk.View) []bots.Rich {
	var lines []bots.Rich
	for i, c := range l.All[l.From:l.To] {
		line := v.Rich("campaigns.line", locales.Args{"No": l.From + i + 1, "Icon": iconOf(c.State), "Name": called(c), "About": aboutInList(v, c)})
		if p, ok := l.Under[c.ID]; ok {
			line = talk.Lines(line, bots.Escape(barOf(v, &p)))
		}
		lines = append(lines, line)
	}
	return lines
}

func (l campaigns) rows(v talk.View) [][]bots.Button {
	var rows [][]bots.Button
	for _, c := range l.All[l.From:l.To] {
		rows = append(rows, talk.Row(button(iconOf(c.State)+" "+words.CleanName(c.Name, 26), actCampaign, c.ID)))
	}
	return append(rows, arrows(l.Page, l.Pages, func(text string, page int) bots.Button { return button(text, actCampaigns, strconv.Itoa(page)) })...)
}

// aboutInList is the state of a campaign, the day that matters of it and how many it is for, as far as that is known.
func aboutInList(v talk.View, c engine.Campaign) string {
	day := c.MadeAt
	switch {
	case !c.StartedAt.IsZero():
		day = c.StartedAt
	case !c.Start.IsZero():
		day = c.Start
	}
	parts := []string{v.Words().CampaignState(string(c.State)), v.P.DateLong(day.In(v.Program.Settings.Zone), v.Now.In(v.Program.Settings.Zone))}
	if c.Sizes.To > 0 {
		parts = append(parts, v.P.N("campaigns.guests", int64(c.Sizes.To)))
	}
	return strings.Join(parts, " · ")
}

// called is what a campaign is called.
func called(c engine.Campaign) string { return words.CleanName(c.Name, maxTitle) }

func iconOf(s engine.CampaignState) string {
	switch s {
	case engine.CampaignWaiting:
		return "🙋"
	case engine.CampaignScheduled:
		return "🗓"
	case engine.CampaignOverdue:
		return "⏰"
	case engine.CampaignRunning:
		return "📤"
	case engine.CampaignPaused:
		return "⏸"
	case engine.CampaignDone:
		return "✅"
	case engine.CampaignCancelled:
		return "🚫"
	}
	return "📝"
}

// whenOf is an instant on the program's wall clock, and which clock that is; of a start that comes for each guest in the own zone, that.
func whenOf(v talk.View, c engine.Campaign, at time.Time) string {
	zone := v.Program.Settings.Zone
	args := locales.Args{"Date": v.P.DateLong(at.In(zone), v.Now.In(zone)), "Time": v.P.Time(at.In(zone)), "Zone": zone.String()}
	if c.Plan.Zoned {
		return v.T("campaigns.when_own", args)
	}
	return v.T("campaigns.when", args)
}
