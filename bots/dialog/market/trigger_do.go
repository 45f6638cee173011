package market

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// purposeTrigger is the errand of choosing whom a trigger is for. It keeps a tuning, with no id for a new one.
const purposeTrigger = "trigger"

func triggerPurpose(v talk.View) purpose {
	return purpose{Ask: v.Rich("triggers.whom"), All: true, Picked: whomPicked, Left: whomLeft}
}

// pickWhom chooses whom a trigger is for.
func pickWhom(v talk.View, t tuning) talk.Output {
	raw, err := json.Marshal(t)
	if err != nil {
		return v.Say(v.Alert(v.Problem(err)))
	}
	return pick(v, errand{For: purposeTrigger, Kept: raw})
}

func tuningOf(kept json.RawMessage) (t tuning) {
	if len(kept) == 0 || json.Unmarshal(kept, &t) != nil {
		return tuning{}
	}
	return t
}

// whomPicked makes a new trigger, or changes whom one is for.
func whomPicked(v talk.View, raw json.RawMessage, c choice) talk.Output {
	t := tuningOf(raw)
	if t.ID == "" {
		return newTrigger(v, t.On, c)
	}
	d := draft{ID: t.ID, Version: t.Version}
	return keep(v, d, func(now *engine.Campaign) { now.Plan.Title, now.Plan.Audience = c.Title, c.Expr }, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, v.Rich("market.saved"))
	}, d.onPage)
}

// whomLeft goes back without an audience.
func whomLeft(v talk.View, raw json.RawMessage) talk.Output {
	t := tuningOf(raw)
	if t.ID != "" {
		return draftPage(v, t.ID, "")
	}
	if parts := partsOf(v, t.On.On); slices.Contains(campaign.Events(), t.On.On) {
		t.Part = parts[len(parts)-1]
		return askPart(v, t, 0, "")
	}
	return eventList(v, "")
}

// triggerName is what a trigger is called until somebody names it: what it waits for.
func triggerName(v talk.View, on *campaign.Trigger) string {
	return words.CleanName(v.Words().TriggerEvent(on), maxDraftName)
}

// newTrigger makes a trigger and shows the page on which it is written. Handled again, it finds the one it has made.
func newTrigger(v talk.View, on campaign.Trigger, picked choice) talk.Output {
	program, staff, rules := v.Program.ID, v.Staff.ID, v.Program.Settings.CampaignRules()
	name, now := triggerName(v, &on), v.Now
	plan := campaign.Plan{Title: picked.Title, Audience: picked.Expr, Trigger: &on, Holdout: int(rules.Holdout), Window: rules.WindowDays}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (k kept, err error) {
		drafts, err := e.Campaigns(ctx, program, engine.CampaignDraft)
		if err != nil {
			return k, err
		}
		for _, c := range drafts {
			same := isTrigger(c) && c.Plan.Trigger != nil && *c.Plan.Trigger == on && len(c.Plan.Variants) == 0
			if same && c.Version == 1 && c.By == staff && c.Name == name && now.Sub(c.MadeAt) < recentDraft && sameAudience(c.Plan.Audience, plan.Audience) {
				k.Campaign = c
				return k, nil
			}
		}
		k.Campaign, err = e.SaveTrigger(ctx, engine.SaveTriggerInput{ProgramID: program, Name: name, Plan: plan, StaffID: staff})
		if errors.As(err, &k.Problem) {
			err = nil
		}
		return k, err
	}, func(v talk.View, k kept, err error) talk.Output {
		switch {
		case err != nil:
			return triggerList(v, 0, note(v, err))
		case k.Problem != nil:
			return triggerList(v, 0, wrongPlan(v, k.Problem, 1))
		}
		return draftPage(v, k.ID, v.Rich("triggers.made"))
	}))
}

// askTag asks which tag the guest gets.
func askTag(v talk.View, d draft, about bots.Rich) talk.Output {
	return withTrigger(v, d.ID, func(v talk.View, l loaded) talk.Output {
		d, mark := l.seen(), v.NewMark()
		var rows [][]bots.Button
		text := v.Rich("triggers.tag.ask")
		if tag := l.Plan.Trigger.Tag; tag != "" {
			text = talk.Lines(text, v.Rich("triggers.tag.now", locales.Args{"Tag": words.CleanName(tag, maxTitle)}))
			rows = append(rows, talk.Row(d.change(mark, v.T("triggers.tag.none.btn"), actUntag)))
		}
		return v.SayAnd(d.at(stepTag, mark), v.Screen(talk.Paragraphs(about, text), append(rows, d.backTo(v, actDraft))...))
	})
}

// setTag takes a tag as tags are kept; "" takes it away.
func setTag(v talk.View, d draft, text string) talk.Output {
	tag := strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, p := range (campaign.Plan{Trigger: &campaign.Trigger{On: campaign.EventJoined, Tag: tag}, Window: 1}).Check(v.Program.Settings, nil) {
		if p.ID == campaign.ProblemTriggerTag || p.ID == campaign.ProblemLarge {
			return askTag(v, d, wrongPlan(v, &p, 1))
		}
	}
	return keepTrigger(v, d, func(on *campaign.Trigger) { on.Tag = tag })
}

// keepTrigger changes what a trigger does beside writing, and shows its page.
func keepTrigger(v talk.View, d draft, edit func(*campaign.Trigger)) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		if now.Plan.Trigger != nil {
			on := *now.Plan.Trigger
			edit(&on)
			now.Plan.Trigger = &on
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, v.Rich("market.saved"))
	}, d.onPage)
}

// tellable are those of the staff who can be told; "" is nobody.
var tellable = []string{string(engine.RoleOwner), string(engine.RoleManager), campaign.NotifyManagers, string(engine.RoleMarketer), string(engine.RoleCashier), ""}

// staffName is who that is.
func staffName(v talk.View, role string) string {
	if role == "" {
		role = "none"
	}
	if key := "triggers.staff." + role; v.P.Has(key) {
		return v.T(key)
	}
	return words.CleanName(role, maxTitle)
}

// staffPage asks who of the staff is told.
func staffPage(v talk.View, id string) talk.Output {
	return withTrigger(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark := l.seen(), v.NewMark()
		var rows [][]bots.Button
		for _, role := range tellable {
			label := staffName(v, role)
			if role == l.Plan.Trigger.Notify {
				label = "✓ " + label
			}
			rows = append(rows, talk.Row(d.change(mark, label, actStaffSet, role)))
		}
		return v.SayAnd(d.at(stepStaff, mark), v.Screen(v.Rich("triggers.staff.ask"), append(rows, d.backTo(v, actDraft))...))
	})
}

func setStaff(v talk.View, d draft, role string) talk.Output {
	if !slices.Contains(tellable, role) {
		return staleTrigger(v, d.ID)
	}
	return keepTrigger(v, d, func(on *campaign.Trigger) { on.Notify = role })
}
