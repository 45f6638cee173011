package staff

import (
	"errors"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// sumRead is a typed sum as it was understood.
type sumRead struct {
	amount   money.Amount   // > 0 when there is no problem
	problem  bots.Rich      // what to type instead
	readings []money.Amount // what "1,200" may mean
	money    bool           // it is a number, only not a possible sum
	lines    []rules.Line   // goods by category, when they were typed
	units    int            // of the goods of the first stamp card, as in "120 x2"
}

func (s sumRead) ok() bool { return s.problem == "" }

// readSum reads a sum as people type them: "120.50", with units for a stamp card "120 x2", or by goods "85 coffee, 60 cake" where the
// program knows categories.
func readSum(v talk.View, text string) sumRead {
	if s, ok := readGoods(v, text); ok {
		return s
	}
	if head, units := cutUnits(text); units > 0 && len(unitCards(v)) > 0 {
		s := readPlain(v, head)
		s.units = units
		return s
	}
	return readPlain(v, text)
}

// readPlain reads a bare sum. Every way to get it wrong has an advice of its own.
func readPlain(v talk.View, text string) sumRead {
	decimals := v.Program.Settings.Currency.Decimals
	value, err := money.Parse(text, decimals)
	typed := locales.Args{"Typed": words.CleanName(text, 20)}
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
	return sumRead{problem: v.Rich("staff.sum.ambiguous", locales.Args{"Typed": words.CleanName(text, 20)}), readings: readings, money: true}
}

// summed goes on with a sum that was typed or chosen for the guest on the counter.
func summed(v talk.View, c counter, sum sumRead, n note) talk.Output {
	c.Typed = ""
	if sum.ok() {
		return offer(v, c.with(v, sum), n)
	}
	c.Sum, c.Lines = 0, nil
	if sum.units > 0 {
		c = c.marked(unitCards(v)[0], sum.units) // kept for the reading that is tapped
	}
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

// with puts a sum that was understood on the counter.
func (c counter) with(v talk.View, s sumRead) counter {
	if c.Sum != s.amount {
		c.Offer, c.Limit = 0, 0
	}
	c.Sum, c.Lines = s.amount, s.lines
	switch cards := unitCards(v); {
	case len(s.lines) > 0:
		c.Marks = nil
	case s.units > 0 && len(cards) > 0:
		c = c.marked(cards[0], s.units)
	}
	return c
}

func guestLine(v talk.View, g guest) bots.Rich {
	return v.Rich("staff.guest.line", locales.Args{"Name": g.called(v), "Tail": g.tail()})
}
