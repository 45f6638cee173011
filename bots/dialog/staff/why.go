package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// why tells what every rule did with the check on the counter.
func why(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (quotes, error) {
		return reckon(ctx, e, v, c)
	}, func(v talk.View, q quotes, err error) talk.Output { return explained(v, c, n, q, err) }))
}

func explained(v talk.View, c counter, n note, q quotes, err error) talk.Output {
	if err != nil {
		return offered(v, c, n, q, err)
	}
	effects := q.plain.Effects
	if c.Points > 0 && q.refused == nil {
		effects = q.spend.Effects
	}
	body := talk.Paragraphs(
		v.Rich("staff.why.head", locales.Args{"Sum": v.Money(c.Sum), "Name": c.Guest.called(v)}),
		group(v, v.Rich("staff.why.applied"), effects, rules.Applied),
		group(v, v.Rich("staff.why.skipped"), effects, rules.Skipped),
		group(v, v.Rich("staff.why.inapplicable"), effects, rules.Inapplicable),
		group(v, v.Rich("staff.why.suggested"), effects, rules.Suggested))
	return shown(v, stepWhy, c, n, body, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))
}

// mostReasons is how many reasons of a group fit a screen.
const mostReasons = 15

// group is the reasons of one kind under their heading; "" when there are none.
func group(v talk.View, heading bots.Rich, effects []rules.Effect, state rules.State) bots.Rich {
	var out []bots.Rich
	for _, e := range effects {
		if e.State == state && len(out) < mostReasons {
			out = append(out, v.Rich("staff.why.line", locales.Args{"Why": v.Reason(e.Reason)}))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return talk.Lines(append([]bots.Rich{heading}, out...)...)
}
