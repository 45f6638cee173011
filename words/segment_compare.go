package words

import (
	"slices"
	"strings"

	"kartka/engine/money"
	"kartka/engine/segment"
	"kartka/locales"
)

// comparison says what a fact's value must be: "3 or more", "more than 30 days ago", "Gold or Silver". Whether a text is told makes no
// difference to a negation; a number that is not known fulfils it too, and that is said.
func (t teller) comparison(fact *segment.Fact, c segment.Cond, negated bool) string {
	if len(c.Values) == 0 {
		return ""
	}
	if fact.Of == segment.ThingField {
		c.Values = t.choices(c.Of, c.Values)
	}
	op := c.Op
	if negated {
		op = opposite[op]
	}
	text := ""
	switch op {
	case segment.OpIn:
		text = t.either(t.values(fact, c.Values))
	case notIn, segment.OpIsNot:
		texts := t.values(fact, c.Values)
		for i := range texts {
			texts[i] = t.T("segment.not", locales.Args{"Is": texts[i]})
		}
		text = t.P.List(texts)
	case segment.OpBetween:
		text = t.between(fact, c.Values)
	case notBetween:
		text = t.T("segment.not", locales.Args{"Is": t.between(fact, c.Values)})
	case segment.OpIs:
		text = t.value(fact, c.Values[0])
	default:
		text = t.bound(fact, op, c.Values[0].Number)
	}
	if unknown := unknowns[fact.Name]; negated && unknown != "" {
		return t.T("segment.unless."+unknown, locales.Args{"Is": text})
	}
	return text
}

// What "between" and "in" come to when they do not hold; these are no comparisons of the language itself.
const (
	notBetween segment.Op = "not between"
	notIn      segment.Op = "not in"
)

var opposite = map[segment.Op]segment.Op{
	segment.OpIs: segment.OpIsNot, segment.OpIsNot: segment.OpIs,
	segment.OpLess: segment.OpAtLeast, segment.OpAtLeast: segment.OpLess,
	segment.OpMore: segment.OpAtMost, segment.OpAtMost: segment.OpMore,
	segment.OpBetween: notBetween, segment.OpIn: notIn,
}

// unknowns says, of each number that may not be known, why it is not: it was not told, it never was, or there is none yet.
var unknowns = map[string]string{
	"age": "untold", "birthday": "untold", "birthday_ago": "untold",
	"first_visit": "never", "last_visit": "never", "last_bought": "never", "last_category": "never", "last_place": "never",
	"average": "none", "rhythm": "none", "recency": "none", "frequency": "none", "value": "none", "rfm": "none", "rating": "none",
}

// sort is which texts a number is compared by.
func sort(fact *segment.Fact) string {
	switch fact.Kind {
	case segment.KindMoney:
		return "money"
	case segment.KindPoints:
		return "points"
	case segment.KindYears:
		return "years"
	case segment.KindRatio:
		return "ratio"
	case segment.KindDays:
		if fact.Name == "birthday" {
			return "until"
		}
		return "ago"
	}
	return "number"
}

// choices calls values of a field as the settings do.
func (t teller) choices(field string, values []segment.Value) []segment.Value {
	named := slices.Clone(values)
	for i := range named {
		named[i].Text = t.FieldValue(field, named[i].Text)
	}
	return named
}

func (t teller) values(fact *segment.Fact, values []segment.Value) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = t.value(fact, v)
	}
	return texts
}

// value is a value as it stands alone: "Gold", "500 ₴", "30 days ago".
func (t teller) value(fact *segment.Fact, v segment.Value) string {
	if fact.Kind == segment.KindText {
		if fact.Values == segment.NoThing {
			return v.Text
		}
		return t.name(fact.Values, v.Text)
	}
	switch s := sort(fact); s {
	case "ago":
		if v.Number <= 0 {
			return t.T("common.today")
		}
		return t.P.N("segment.is.ago.is", v.Number)
	case "until":
		return t.P.InDays(v.Number)
	default:
		return t.number(s, v.Number)
	}
}

func (t teller) number(sort string, n int64) string {
	switch sort {
	case "money":
		return t.Money(money.Amount(n))
	case "points":
		return t.Points(money.Points(n))
	case "ratio":
		const decimals = 2 // a ratio is in hundredths
		return "×" + t.P.Decimal(n, decimals)
	}
	return t.P.Number(n)
}

// bound is a value with all above or below it: "3 or more", "in the last 30 days".
func (t teller) bound(fact *segment.Fact, op segment.Op, n int64) string {
	names := map[segment.Op]string{segment.OpLess: "less", segment.OpAtMost: "most", segment.OpMore: "more", segment.OpAtLeast: "least"}
	s := sort(fact)
	key := "segment.is." + s + "." + names[op]
	switch {
	case op == segment.OpMore && n == 0 && s == "number":
		return t.bound(fact, segment.OpAtLeast, 1)
	case op == segment.OpMore && n == 0 && (s == "money" || s == "points"):
		return t.T("segment.is.something")
	case s != "ago" && s != "until":
		return t.T(key, locales.Args{"Value": t.number(s, n)})
	case op == segment.OpAtMost && n == 0, op == segment.OpLess && n == 1:
		return t.T("common.today")
	case op == segment.OpMore && n == 0:
		return t.bound(fact, segment.OpAtLeast, 1)
	case op == segment.OpAtLeast:
		return t.T(key, locales.Args{"Is": t.value(fact, segment.Value{Number: n})})
	}
	return t.P.N(key, n)
}

// between is two values with all that lies between them: "3–5", "30–90 days ago".
func (t teller) between(fact *segment.Fact, values []segment.Value) string {
	if len(values) != 2 {
		return ""
	}
	from, to := values[0].Number, values[1].Number
	s := sort(fact)
	key := "segment.is." + s + ".between"
	switch {
	case from == to:
		return t.value(fact, values[0])
	case s == "ago" || s == "until":
		if from == 0 {
			return t.bound(fact, segment.OpAtMost, to)
		}
		return t.P.N(key, to, locales.Args{"From": t.P.Number(from)})
	case s == "points":
		return t.T(key, locales.Args{"From": t.PointsNumber(money.Points(from)), "To": t.number(s, to)})
	}
	return t.T(key, locales.Args{"From": t.number(s, from), "To": t.number(s, to)})
}

// either joins items of which one is enough: "a", "a or b", "a, b or c".
func (w Words) either(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := items[len(items)-1]
	key := "segment.list.or"
	if soundsLikeO(last) {
		key = "segment.list.or_before_o"
	}
	return w.T(key, locales.Args{"Items": strings.Join(items[:len(items)-1], ", "), "Last": last})
}

// soundsLikeO reports whether a word begins with the sound of a Spanish o, before which "o" becomes "u": "plata u oro", "7 u 8".
func soundsLikeO(word string) bool {
	word = strings.TrimPrefix(strings.ToLower(word), "h")
	return strings.HasPrefix(word, "o") || strings.HasPrefix(word, "ó") || strings.HasPrefix(word, "8") || word == "11"
}
