package staff

import (
	"errors"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

func tooMany(v talk.View, points, limit money.Points) bots.Rich {
	if limit == 0 {
		return v.Rich("staff.amount.none")
	}
	return v.Rich("staff.amount.over", locales.Args{"Points": v.Points(points), "Limit": v.Points(limit)})
}

// amountForm asks how many points to spend.
func amountForm(v talk.View, c counter, n note) talk.Output {
	args := locales.Args{"Limit": v.Points(c.Limit), "Sum": v.Money(c.Sum)}
	body := talk.Paragraphs(guestLine(v, c.Guest), v.Rich("staff.amount.ask", args))
	return shown(v, stepAmount, c, n, body, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))
}

func amountTyped(v talk.View, c counter, text string) talk.Output {
	value, err := money.Parse(text, v.Program.Settings.Unit.Decimals)
	points := money.Points(value)
	switch {
	case errors.Is(err, money.ErrTooLarge):
		return amountForm(v, c, note{problem: v.Rich("staff.amount.huge")})
	case err != nil || points == 0:
		return amountForm(v, c, note{problem: v.Rich("staff.amount.bad", locales.Args{"Typed": words.CleanName(text, 20)})})
	case points > c.Limit:
		return amountForm(v, c, note{problem: tooMany(v, points, c.Limit)})
	}
	c.Points = points
	return offer(v, c, note{})
}
