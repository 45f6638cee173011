package segment

import (
	"strconv"
	"strings"
)

// Format writes an expression, as [Normal] has it, as a sentence that [Parse] reads as the same expression, in the language of the grammar. names
// puts names for ids, nil leaves ids.
func Format(x Expr, g Grammar, names func(thing Thing, id string) string) string {
	if names == nil {
		names = func(_ Thing, id string) string { return id }
	}
	w := writer{grammar: g, names: names}
	w.expr(x, 0)
	return w.String()
}

// How tightly things bind.
const (
	bindsOr = iota
	bindsAnd
	bindsNot
)

type writer struct {
	strings.Builder
	grammar Grammar
	names   func(Thing, string) string
}

func (w *writer) expr(x Expr, within int) {
	switch x := x.(type) {
	case All:
		if len(x) == 0 {
			w.WriteString(w.word(wordEveryone))
			return
		}
		w.joined(x, " "+w.word(wordAnd)+" ", bindsAnd, within)
	case Any:
		w.joined(x, " "+w.word(wordOr)+" ", bindsOr, within)
	case Not:
		w.WriteString(w.word(wordNot) + " ")
		w.expr(x.X, bindsNot)
	case Cond:
		w.cond(x)
	}
}

// joined writes parts with a word between them, in parentheses where they would be read otherwise.
func (w *writer) joined(parts []Expr, by string, binds, within int) {
	parens := binds < within
	if parens {
		w.WriteByte('(')
	}
	for i, part := range parts {
		if i > 0 {
			w.WriteString(by)
		}
		w.expr(part, binds+1) // a part of the same kind keeps parentheses of its own
	}
	if parens {
		w.WriteByte(')')
	}
}

func (w *writer) cond(c Cond) {
	fact := FactOf(c.Fact)
	if fact == nil {
		w.WriteString(quoted(c.Fact))
		return
	}
	w.WriteString(w.word(c.Fact))
	var args []string
	if c.Of != "" {
		args = append(args, w.name(fact.Of, c.Of))
	}
	if c.Days > 0 {
		args = append(args, w.days(strconv.Itoa(c.Days), int64(c.Days)))
	}
	if len(args) > 0 {
		w.WriteString("(" + strings.Join(args, ", ") + ")")
	}
	switch c.Op {
	case "":
	case OpIn:
		values := make([]string, len(c.Values))
		for i, v := range c.Values {
			values[i] = w.value(fact, v)
		}
		w.WriteString(" " + w.word(string(OpIn)) + " (" + strings.Join(values, ", ") + ")")
	case OpBetween:
		w.WriteString(" " + w.word(string(OpBetween)) + " " + w.value(fact, c.Values[0]) + " " + w.word(wordAnd) + " " + w.value(fact, c.Values[1]))
	default:
		w.WriteString(" " + string(c.Op) + " " + w.value(fact, c.Values[0]))
	}
}

func (w *writer) value(fact *Fact, v Value) string {
	if fact.Kind == KindText {
		switch {
		case fact.Values == ThingGender && w.grammar.Spell != nil && (v.Text == "female" || v.Text == "male"):
			return w.word(v.Text)
		case fact.Values != NoThing:
			return w.name(fact.Values, v.Text)
		}
		return quoted(v.Text)
	}
	text := unscaled(v.Number, fact.Kind.decimals(w.grammar))
	if fact.Kind == KindDays {
		return w.days(text, v.Number)
	}
	return text
}

// word writes a word of the language as the grammar spells it.
func (w *writer) word(word string) string {
	if w.grammar.Spell == nil {
		return word
	}
	return w.grammar.Spell(word)
}

func (w *writer) days(digits string, n int64) string {
	if w.grammar.Days == nil {
		return digits + wordDays
	}
	return digits + " " + w.grammar.Days(n)
}

// unscaled writes steps as a decimal, without zeros that say nothing.
func unscaled(n int64, decimals int) string {
	digits := strconv.FormatInt(n, 10)
	if decimals == 0 {
		return digits
	}
	if pad := decimals + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, part := digits[:len(digits)-decimals], strings.TrimRight(digits[len(digits)-decimals:], "0")
	if part == "" {
		return whole
	}
	return whole + "." + part
}

// name writes what a thing is called, or its id when a sentence cannot hold that.
func (w *writer) name(thing Thing, id string) string {
	if name := w.names(thing, id); name != "" && sound(name) {
		return quoted(name)
	}
	return quoted(id)
}

// quoted puts a text in quotation marks, of the kind that it does not hold itself.
func quoted(text string) string {
	if strings.Contains(text, `"`) {
		return "«" + text + "»"
	}
	return `"` + text + `"`
}
