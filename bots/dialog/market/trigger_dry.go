package market

import (
	"context"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// dry says whom a trigger would reach today.
type dry struct {
	engine.TriggerPreview
	Unknown *segment.Problem // why that cannot be asked
	Long    bool             // it takes longer than one waits for in a chat
}

// dryPatience is how long somebody waits for it. A day of a very large shop takes longer than that: whoever runs it can ask on the command line.
var dryPatience = 4 * time.Second

func readDry(ctx context.Context, e *engine.Engine, program string, c engine.Campaign) (d dry, err error) {
	within, cancel := context.WithTimeout(ctx, dryPatience)
	defer cancel()
	d.TriggerPreview, err = e.PreviewTrigger(within, program, c, e.Now())
	d.Campaign = c
	if d.Long = err != nil && within.Err() != nil && ctx.Err() == nil; d.Long {
		return d, nil
	}
	d.Unknown, err = problemOf(err)
	return d, err
}

// dryRun shows whom a trigger would reach today. Nothing comes of it.
func dryRun(v talk.View, id string) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (dry, error) {
		c, err := e.Campaign(ctx, program, id)
		if err != nil {
			return dry{}, err
		}
		return readDry(ctx, e, program, c)
	}, func(v talk.View, d dry, err error) talk.Output {
		if err != nil {
			return triggerList(v, 0, note(v, err))
		}
		head := v.Rich("triggers.dry.head", locales.Args{"Name": called(d.Campaign), "Date": v.Date(v.Now)})
		text := talk.Paragraphs(head, loaded{Campaign: d.Campaign}.waitsLine(v), d.lines(v), d.cards(v))
		return v.SayAnd(talk.Session{}, v.Screen(text, back(v, actCampaign, id)))
	}))
}

// lines say how many get it today, and why others do not.
func (d dry) lines(v talk.View) bots.Rich {
	var lines []bots.Rich
	switch sales := d.Campaign.Plan.Trigger.On == campaign.EventPurchase; {
	case d.Long:
		return v.Rich("triggers.dry.long")
	case d.Unknown != nil:
		return talk.Lines(v.Rich("market.size.unknown"), wrong(v, missing(d.Campaign.Plan, d.Unknown)))
	case !d.Known && !sales:
		return v.Rich("triggers.dry.unknown")
	case d.Matched == 0:
		lines = append(lines, v.Rich("triggers.dry.nobody"))
	default:
		lines = append(lines, bots.Rich(v.P.RichN("triggers.dry.to", int64(d.To))))
	}
	for _, left := range []struct {
		what string
		n    int
	}{{v.Words().CampaignLeft("no_consent"), d.Left[engine.ReasonNoConsent]}, {v.Words().CampaignLeft("unreachable"), d.Left[engine.ReasonUnreachable]},
		{v.Words().CampaignLeft("held"), d.Held}, {v.T("triggers.dry.again"), d.Again}} {
		if left.n > 0 {
			lines = append(lines, countLine(v, left.what, left.n))
		}
	}
	if d.Campaign.Plan.Trigger.On == campaign.EventPurchase {
		lines = append(lines, v.Rich("triggers.dry.sales"))
	}
	return talk.Lines(lines...)
}

// dryCards is how many cards are named.
const dryCards = 10

// cards name some of those who get it, with the hour at which it comes.
func (d dry) cards(v talk.View) bots.Rich {
	var lines []bots.Rich
	for _, r := range d.First {
		if r.Why == "" && len(lines) < dryCards {
			lines = append(lines, v.Rich("triggers.dry.card", locales.Args{"Card": words.CleanName(r.Card, maxTitle), "Time": clock(v, r.Due)}))
		}
	}
	return talk.Lines(lines...)
}
