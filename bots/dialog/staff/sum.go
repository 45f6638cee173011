package staff

import (
	"errors"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// sumRead is a typed sum as it was understood.
type sumRead struct {
	amount   money.Amount   // > 0 when there is no problem
	problem  bots.Rich      // what to type instead
	readings []money.Amount // what "1,200" may mean
	money    bool           // it is a number, only not a possible sum
}

func (s sumRead) ok() bool { return s.problem == "" }

// readSum reads a sum as people type them. Every way to get it wrong has an advice of its own.
func readSum(v talk.View, text string) sumRead {
	decimals := v.Program.Settings.Currency.Decimals
	value, err := money.Parse(text, decimals)
	typed := locales.Args{"Typed": bots.CleanName(text, 20)}
	switch {
	case errors.Is(err, money.ErrNegative):
		return sumRead{problem: v.Rich("staff.sum.negative"), money: true}
	case errors.Is(err, money.ErrTooLarge):
		return sumRead{problem: v.Rich("staff.sum.too_large"), money: true}
	case errors.Is(err, money.ErrTooPrecise):
		return sumRead{problem: tooPrecise(v), money: true}
	case errors.Is(err, money.ErrAmbiguous):
		return ambiguous(v, text)
	case err != nil:
		return sumRead{problem: v.Rich("staff.sum.not_number", typed)}
	}
	return reading(v, money.Amount(value))
}

func tooPrecise(v talk.View) bots.Rich {
	example := money.Amount(120)
	if decimals := v.Program.Settings.Currency.Decimals; decimals > 0 {
		example = 12
		for range decimals {
			example *= 10
		}
		example += 5
	}
	return v.Rich("staff.sum.too_precise", locales.Args{"Example": v.Money(example)})
}

// reading checks a sum that is understood against what one check can be.
func reading(v talk.View, sum money.Amount) sumRead {
	whole := money.Amount(1)
	for range v.Program.Settings.Currency.Decimals {
		whole *= 10
	}
	most := v.Program.Settings.Staff.MaxCheck
	switch {
	case sum <= 0:
		return sumRead{problem: v.Rich("staff.sum.nil"), money: true}
	case sum/whole > money.MaxTyped:
		return sumRead{problem: v.Rich("staff.sum.too_large"), money: true}
	case most > 0 && sum > most:
		return sumRead{money: true, problem: bots.Escape(v.Problem(&engine.Error{Kind: engine.KindLimit, ID: "check_too_large", Args: map[string]any{"Max": most}}))}
	}
	return sumRead{amount: sum, money: true}
}

// ambiguous finds what a number with one mark before three digits may mean: thousands, or decimals if the currency has so many.
func ambiguous(v talk.View, text string) sumRead {
	decimals := v.Program.Settings.Currency.Decimals
	whole, tail, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), ".")
	var readings []money.Amount
	if value, err := money.Parse(whole+tail, decimals); err == nil {
		readings = append(readings, money.Amount(value))
	}
	if short := strings.TrimRight(tail, "0"); len(short) <= decimals {
		if value, err := money.Parse(whole+"."+short+"0", max(decimals, 1)); err == nil && decimals > 0 {
			readings = append(readings, money.Amount(value))
		}
	}
	if decimals == 0 && len(readings) == 1 { // a currency without small change leaves one meaning
		return reading(v, readings[0])
	}
	return sumRead{problem: v.Rich("staff.sum.ambiguous", locales.Args{"Typed": bots.CleanName(text, 20)}), readings: readings, money: true}
}

// summed goes on with a sum that was typed or chosen for the guest on the counter.
func summed(v talk.View, c counter, sum sumRead, n note) talk.Output {
	c.Typed = ""
	if sum.ok() {
		if c.Sum != sum.amount {
			c.Offer, c.Limit = 0, 0
		}
		c.Sum = sum.amount
		return offer(v, c, n)
	}
	c.Sum = 0
	var choices []bots.Button
	for _, r := range sum.readings {
		choices = append(choices, marked(v, v.Money(r), actSum, strconv.FormatInt(int64(r), 10)))
	}
	var rows [][]bots.Button
	if len(choices) > 0 {
		rows = append(rows, choices)
	}
	return shown(v, stepSale, c, note{problem: sum.problem}, talk.Paragraphs(guestLine(v, c.Guest), v.Rich("staff.sum.ask")), append(rows, talk.Row(cancelButton(v)))...)
}

func guestLine(v talk.View, g guest) bots.Rich {
	return v.Rich("staff.guest.line", locales.Args{"Name": g.called(v), "Tail": g.tail()})
}
