package market

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/locales"
)

// versionOf reads what a button says of a campaign: its id, and the version that was shown.
func versionOf(arg string) (id string, version int64) {
	id, after, _ := strings.Cut(arg, ".")
	version, err := strconv.ParseInt(after, 10, 64)
	if err != nil || version < 1 {
		version = -1 // of no campaign: whoever sends this has seen none
	}
	return id, version
}

// turned changes a campaign and shows its page: with what could not be done above it, or with a short text over the chat.
func turned(v talk.View, id string, about bots.Rich, toast string, turn func(ctx context.Context, e *engine.Engine) error) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (planFault, error) {
		return planFaultOf(turn(ctx, e))
	}, func(v talk.View, fault planFault, err error) talk.Output {
		switch {
		case err != nil:
			return campaignPage(v, id, note(v, err))
		case fault.any():
			return campaignPage(v, id, fault.note(v))
		}
		return campaignPage(v, id, about).Toasted(toast)
	}))
}

// planFault is what of a plan keeps it from being sent: an answer, not a failure.
type planFault struct {
	Plan     *campaign.Problem
	Audience *segment.Problem
}

func (f planFault) any() bool { return f.Plan != nil || f.Audience != nil }

func (f planFault) note(v talk.View) bots.Rich {
	if f.Plan != nil {
		return "❗ " + bots.Escape(v.Words().CampaignProblem(f.Plan))
	}
	return wrong(v, f.Audience)
}

// planFaultOf takes such a fault out of an error.
func planFaultOf(err error) (f planFault, _ error) {
	if errors.As(err, &f.Plan) || errors.As(err, &f.Audience) {
		return f, nil
	}
	return f, err
}

// pressApprove answers for a second person.
func pressApprove(v talk.View, p talk.Pressed) talk.Output {
	id, version := versionOf(p.Arg)
	program, staff, yes := v.Program.ID, v.Staff.ID, p.Action == actYes
	toast := v.T("campaigns.refused.toast")
	if yes {
		toast = v.T("campaigns.approved.toast")
	}
	return turned(v, id, "", toast, func(ctx context.Context, e *engine.Engine) error {
		_, err := e.ApproveBroadcast(ctx, program, id, version, staff, yes)
		return err
	})
}

// pressRedraft makes a draft of what has not begun, so that it can be changed; it has to be sent anew.
func pressRedraft(v talk.View, p talk.Pressed) talk.Output {
	id, version := versionOf(p.Arg)
	program, staff := v.Program.ID, v.Staff.ID
	return turned(v, id, v.Rich("campaigns.drafted"), "", func(ctx context.Context, e *engine.Engine) error {
		c, err := e.Campaign(ctx, program, id)
		if err != nil {
			return err
		}
		_, err = e.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: program, ID: id, Version: version, Name: c.Name, Plan: c.Plan, StaffID: staff})
		return err
	})
}

// pressNow starts what is late.
func pressNow(v talk.View, p talk.Pressed) talk.Output {
	id, version := versionOf(p.Arg)
	program, staff := v.Program.ID, v.Staff.ID
	return turned(v, id, "", v.T("campaigns.now.toast"), func(ctx context.Context, e *engine.Engine) error {
		_, err := e.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: program, ID: id, Version: version, StaffID: staff})
		return err
	})
}

// pressPause has a campaign rest, or go on. Pressed below the message that shows how far it is, that message says so.
func pressPause(v talk.View, p talk.Pressed) talk.Output {
	program, staff, id := v.Program.ID, v.Staff.ID, p.Arg
	turn, toast := (*engine.Engine).PauseCampaign, v.T("campaigns.paused.toast")
	if p.Action == actGoOn {
		turn, toast = (*engine.Engine).ResumeCampaign, v.T("campaigns.resumed.toast")
	}
	type turned struct {
		engine.CampaignProgress
		planFault
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (t turned, err error) {
		_, err = turn(e, ctx, program, id, staff)
		if t.planFault, err = planFaultOf(err); err != nil {
			return t, err
		}
		if t.any() {
			t.Campaign, err = e.Campaign(ctx, program, id)
			t.Audience = missing(t.Campaign.Plan, t.Audience)
			return t, err
		}
		t.CampaignProgress, err = e.CampaignProgress(ctx, program, id)
		return t, err
	}, func(v talk.View, t turned, err error) talk.Output {
		switch {
		case err != nil:
			return campaignPage(v, id, note(v, err))
		case t.any():
			return campaignPage(v, id, t.note(v))
		}
		now := t.CampaignProgress
		if isTrigger(now.Campaign) {
			return campaignPage(v, id, "").Toasted(toast)
		}
		m := progressMessage(v, &now)
		m.OnlyIfShown, m.Purpose = true, bots.PurposeReply
		if v.PressedOn(m.Slot) {
			m.Ack = v.Ack()
			return v.Say(m).Toasted(toast)
		}
		return above(m, campaignPage(v, id, "").Toasted(toast))
	}))
}

// above says something before an output does.
func above(m bots.Message, out talk.Output) talk.Output {
	if call := out.Call; call != nil {
		out.Call = &talk.Call{Run: func(ctx context.Context, e *engine.Engine, key string) func(talk.View) talk.Output {
			then := call.Run(ctx, e, key)
			return func(v talk.View) talk.Output {
				after := then(v)
				if after.Fail != nil {
					return after
				}
				return above(m, after)
			}
		}}
		return out
	}
	out.Say = append([]bots.Message{m}, out.Say...)
	return out
}

// The steps in which it is asked whether something is meant. Their buttons work once.
const (
	stepStop   = "stop?"
	stepResend = "resend?"
)

// meant reports whether a press confirms what the screen that is shown asks about.
func meant(v talk.View, p talk.Pressed, step string) bool {
	return p.Mark != "" && p.Mark == v.Session.Mark && v.Session.At("", step) && talk.Data[string](v.Session, "") == p.Arg
}

// askStop asks whether a campaign is to end.
func askStop(v talk.View, id string) talk.Output {
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output {
		if !c.Campaign.State.Open() || c.Campaign.State == engine.CampaignDraft && !isTrigger(c.Campaign) {
			return c.page(v, "")
		}
		mark := v.NewMark()
		text := v.Rich("campaigns.stop.text", locales.Args{"Name": called(c.Campaign)})
		if !c.Campaign.StartedAt.IsZero() {
			text = v.Rich("campaigns.stop.begun", locales.Args{"Name": called(c.Campaign), "Sent": c.Sent, "Left": c.Waiting})
		}
		if isTrigger(c.Campaign) {
			text = v.Rich("triggers.stop.ask", locales.Args{"Name": called(c.Campaign), "Sent": c.Sent})
		}
		confirm := danger(talk.Button(v.T("campaigns.stop.yes.btn"), Flow, actStopped, id, mark))
		return v.SayAnd(talk.In("", stepStop, id).Marked(mark), v.Screen(text, talk.Row(confirm), back(v, actCampaign, id)))
	})
}

// pressStop ends it. What shows its author how far it was says the last of it.
func pressStop(v talk.View, p talk.Pressed) talk.Output {
	if !meant(v, p, stepStop) {
		return staleCampaign(v, p.Arg)
	}
	program, staff, id := v.Program.ID, v.Staff.ID, p.Arg
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.CampaignProgress, error) {
		if _, err := e.CancelCampaign(ctx, program, id, staff); err != nil {
			return engine.CampaignProgress{}, err
		}
		return e.CampaignProgress(ctx, program, id)
	}, func(v talk.View, now engine.CampaignProgress, err error) talk.Output {
		if err != nil {
			return campaignPage(v, id, note(v, err))
		}
		page := campaignPage(v, id, "").Toasted(v.T("campaigns.stopped.toast"))
		if now.Campaign.StartedAt.IsZero() || isTrigger(now.Campaign) {
			return page
		}
		m := endedMessage(v, &now)
		m.OnlyIfShown, m.Purpose = true, bots.PurposeReply
		return above(m, page)
	}))
}

// staleCampaign shows what has become of a campaign to whoever pressed a button of an older screen.
func staleCampaign(v talk.View, id string) talk.Output {
	return campaignPage(v, id, "").Toasted(v.T("owner.stale.toast"))
}

// askResend asks whether those are to be told again of whom it is not known whether the message reached them.
func askResend(v talk.View, id string) talk.Output {
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output {
		if c.Unknown == 0 {
			return c.page(v, note(v, &engine.Error{Kind: engine.KindConflict, ID: "campaign_nothing_unknown"}))
		}
		mark := v.NewMark()
		confirm := talk.Button(v.T("campaigns.resend.yes.btn"), Flow, actResent, id, mark)
		text := bots.Rich(v.P.RichN("campaigns.resend.text", int64(c.Unknown)))
		return v.SayAnd(talk.In("", stepResend, id).Marked(mark), v.Screen(text, talk.Row(confirm), back(v, actCampaign, id)))
	})
}

func pressResend(v talk.View, p talk.Pressed) talk.Output {
	if !meant(v, p, stepResend) {
		return staleCampaign(v, p.Arg)
	}
	program, staff := v.Program.ID, v.Staff.ID
	return turned(v, p.Arg, "", v.T("campaigns.resent.toast"), func(ctx context.Context, e *engine.Engine) error {
		_, err := e.ResendUnknown(ctx, program, p.Arg, staff)
		return err
	})
}

// pressCopy makes a new draft that says the same.
func pressCopy(v talk.View, p talk.Pressed) talk.Output {
	if !meant(v, p, stepCampaign) {
		return staleCampaign(v, p.Arg)
	}
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Campaign, error) {
		return e.CopyCampaign(ctx, key, program, p.Arg, staff)
	}, func(v talk.View, c engine.Campaign, err error) talk.Output {
		if err != nil {
			return campaignPage(v, p.Arg, note(v, err))
		}
		return campaignPage(v, c.ID, v.Rich("campaigns.copied"))
	}))
}
