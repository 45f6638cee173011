package words

import (
	"time"

	"kartka/engine/rules"
	"kartka/locales"
)

// CampaignLimits says what bounds messages to many, a line for each limit.
func (w Words) CampaignLimits(c rules.Campaigns) []string {
	return []string{w.CampaignCap(c), w.CampaignQuiet(c), w.CampaignApproval(c), w.CampaignHoldout(c), w.CampaignWindow(c)}
}

// CampaignCap says how many messages to many one guest gets at most.
func (w Words) CampaignCap(c rules.Campaigns) string {
	if c.Cap.Messages == 0 {
		return w.T("limits.cap.off")
	}
	return w.P.N("limits.cap.on", int64(c.Cap.Messages), locales.Args{"Days": w.P.Days(int64(c.Cap.Days))})
}

// CampaignQuiet says when nobody is written to.
func (w Words) CampaignQuiet(c rules.Campaigns) string {
	if c.Quiet.From == c.Quiet.To {
		return w.T("limits.quiet.off")
	}
	return w.T("limits.quiet.on", locales.Args{"From": w.minute(c.Quiet.From), "To": w.minute(c.Quiet.To)})
}

// CampaignApproval says how large an audience has to be for a second person to be asked.
func (w Words) CampaignApproval(c rules.Campaigns) string {
	if c.ApproveAbove == 0 {
		return w.T("limits.approve.off")
	}
	return w.T("limits.approve.on", locales.Args{"Count": c.ApproveAbove})
}

// CampaignHoldout says how many get nothing, to compare with.
func (w Words) CampaignHoldout(c rules.Campaigns) string {
	if c.Holdout == 0 {
		return w.T("limits.holdout.off")
	}
	return w.T("limits.holdout.on", locales.Args{"Share": w.Percent(c.Holdout)})
}

// CampaignWindow says for how many days a purchase counts as a message's doing.
func (w Words) CampaignWindow(c rules.Campaigns) string {
	return w.T("limits.window.on", locales.Args{"Days": w.P.Days(int64(c.WindowDays))})
}

// Span writes hours of a day: "21:00–10:00".
func (w Words) Span(from, to int) string { return w.minute(from) + "–" + w.minute(to) }

// minute is a minute of the day as a clock shows it.
func (w Words) minute(of int) string {
	return w.P.Time(time.Date(2000, time.January, 1, 0, of, 0, 0, time.UTC))
}
