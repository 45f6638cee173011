package market

import (
	"context"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// purposeBroadcast is the errand of choosing whom a broadcast is for. It keeps a draft, with no id for a new one.
const purposeBroadcast = "broadcast"

// maxDraftName is how many characters the engine takes.
const maxDraftName = 60

func broadcastPurpose(v talk.View) purpose {
	return purpose{Ask: v.Rich("broadcast.whom"), Agreed: true, Picked: audiencePicked, Left: audienceLeft}
}

func draftOf(kept json.RawMessage) (d draft) {
	if len(kept) == 0 || json.Unmarshal(kept, &d) != nil {
		return draft{}
	}
	return d
}

// pressAudience chooses another audience.
func pressAudience(v talk.View, id string) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		if isTrigger(l.Campaign) {
			return pickWhom(v, tuning{ID: l.ID, Version: l.Version})
		}
		raw, err := json.Marshal(l.seen())
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return pick(v, errand{For: purposeBroadcast, Kept: raw})
	})
}

// audiencePicked makes a new draft, or changes whom one is for.
func audiencePicked(v talk.View, raw json.RawMessage, c choice) talk.Output {
	d := draftOf(raw)
	if d.ID == "" {
		return newDraft(v, c)
	}
	return keep(v, d, func(now *engine.Campaign) {
		if now.Name == draftName(v, now.Plan.Title) {
			now.Name = draftName(v, c.Title)
		}
		now.Plan.Title, now.Plan.Audience = c.Title, c.Expr
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, v.Rich("market.saved"))
	}, d.onPage)
}

// audienceLeft goes back without an audience.
func audienceLeft(v talk.View, raw json.RawMessage) talk.Output {
	if d := draftOf(raw); d.ID != "" {
		return draftPage(v, d.ID, "")
	}
	return Home(v)
}

// draftName is what a broadcast is called until somebody names it: its audience and the day.
func draftName(v talk.View, title string) string {
	day := v.T("market.keep.name", locales.Args{"Name": "", "Date": v.Date(v.Now)})
	return v.T("market.keep.name", locales.Args{"Name": words.CleanName(title, maxDraftName-utf8.RuneCountInString(day)), "Date": v.Date(v.Now)})
}

// recentDraft is how long a draft without any text is taken for the one that was just begun.
const recentDraft = time.Hour

// newDraft begins a broadcast and asks for its text. Handled again, it finds the one it has begun: one for the same audience, by the same person, in which
// nothing is written yet.
func newDraft(v talk.View, picked choice) talk.Output {
	program, staff, rules := v.Program.ID, v.Staff.ID, v.Program.Settings.CampaignRules()
	name, language, now := draftName(v, picked.Title), mainLanguage(v), v.Now
	plan := campaign.Plan{Title: picked.Title, Audience: picked.Expr, Variants: []campaign.Variant{{Weight: 1}}, Holdout: int(rules.Holdout), Window: rules.WindowDays}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (k kept, err error) {
		drafts, err := e.Campaigns(ctx, program, engine.CampaignDraft)
		if err != nil {
			return k, err
		}
		for _, c := range drafts {
			if c.Version == 1 && c.By == staff && c.Name == name && now.Sub(c.MadeAt) < recentDraft && sameAudience(c.Plan.Audience, plan.Audience) {
				k.Campaign = c
				return k, nil
			}
		}
		k.Campaign, err = e.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: program, Name: name, Plan: plan, StaffID: staff})
		if errors.As(err, &k.Problem) {
			err = nil
		}
		return k, err
	}, func(v talk.View, k kept, err error) talk.Output {
		switch {
		case err != nil:
			return broadcastGone(v, note(v, err))
		case k.Problem != nil:
			return broadcastGone(v, wrongPlan(v, k.Problem, 1))
		}
		return askText(v, draft{ID: k.ID, Version: k.Version, Language: language}, "")
	}))
}

func sameAudience(a, b segment.Expr) bool { return string(encode(a)) == string(encode(b)) }

// askTitle asks what a broadcast is to be called. Guests never see it.
func askTitle(v talk.View, d draft, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		text := v.Rich("broadcast.name.ask", locales.Args{"Name": words.CleanName(l.Name, maxDraftName)})
		return v.SayAnd(l.seen().at(stepTitle, v.NewMark()), v.Screen(talk.Paragraphs(about, text), d.backTo(v, actDraft)))
	})
}

func titled(v talk.View, d draft, text string) talk.Output {
	name := words.CleanName(text, utf8.RuneCountInString(text))
	if name == "" {
		return broadcastAgain(v, v.Rich("market.name.empty"))
	}
	return keep(v, d, func(now *engine.Campaign) { now.Name = name }, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, v.Rich("market.saved"))
	}, broadcastAgain)
}
