package words

import (
	"cmp"

	"kartka/engine/segment"
	"kartka/locales"
)

// Namer finds what a thing is called that the settings of a program do not name: a place, a campaign, a segment, an article of goods. It
// answers "" when it knows no such thing.
type Namer func(thing segment.Thing, id string) string

// Segment says whom an expression means, in one line: "visits in 90 days: 3 or more and last visit: more than 30 days ago". Negations are told as
// what they come to, groups within groups stand in parentheses. names may be nil; a thing without a name is called by its id.
func (w Words) Segment(x segment.Expr, names Namer) string {
	return w.joined(teller{w, names}.tell(x, false), false)
}

// SegmentLine is a line of an expression that is told as a list.
type SegmentLine struct {
	Depth int // 0 for the outermost
	Text  string
}

// SegmentLines says the same as [Words.Segment], one condition a line. A line that ends in a colon is followed by what it joins, one deeper.
func (w Words) SegmentLines(x segment.Expr, names Namer) []SegmentLine {
	return w.listed(teller{w, names}.tell(x, false), 0)
}

// told is an expression in words: one condition, or several that are joined.
type told struct {
	text   string
	parts  []told
	either bool // one of the parts is enough
}

func (w Words) joined(t told, within bool) string {
	if len(t.parts) == 0 {
		return t.text
	}
	key := "segment.join.and"
	if t.either {
		key = "segment.join.or"
	}
	line := w.joined(t.parts[0], true)
	for _, part := range t.parts[1:] {
		line = w.T(key, locales.Args{"Left": line, "Right": w.joined(part, true)})
	}
	if within {
		return "(" + line + ")"
	}
	return line
}

func (w Words) listed(t told, depth int) []SegmentLine {
	if len(t.parts) == 0 {
		return []SegmentLine{{depth, t.text}}
	}
	key := "segment.group.all"
	if t.either {
		key = "segment.group.any"
	}
	lines := []SegmentLine{{depth, w.T(key)}}
	for _, part := range t.parts {
		lines = append(lines, w.listed(part, depth+1)...)
	}
	return lines
}

// teller puts questions into words.
type teller struct {
	Words
	names Namer
}

// tell puts an expression, or its negation, into words. Negations of groups are passed on to their parts: that neither holds is easier to
// understand than that it is not so that either does.
func (t teller) tell(x segment.Expr, negated bool) told {
	switch x := x.(type) {
	case segment.All:
		return t.group(x, false, negated)
	case segment.Any:
		return t.group(x, true, negated)
	case segment.Not:
		return t.tell(x.X, !negated)
	case segment.Cond:
		return told{text: t.question(x, negated)}
	}
	return told{}
}

func (t teller) group(parts []segment.Expr, either, negated bool) told {
	if negated {
		either = !either
	}
	all := told{either: either}
	for _, part := range parts {
		p := t.tell(part, negated)
		if len(p.parts) > 0 && p.either == either {
			all.parts = append(all.parts, p.parts...)
		} else {
			all.parts = append(all.parts, p)
		}
	}
	switch {
	case len(parts) == 0 && either:
		return told{text: t.T("segment.nobody")}
	case len(parts) == 0:
		return told{text: t.T("segment.everyone")}
	case len(all.parts) == 1:
		return all.parts[0]
	}
	return all
}

// question puts one question, or its negation, into words.
func (t teller) question(c segment.Cond, negated bool) string {
	fact := segment.FactOf(c.Fact)
	if fact == nil {
		return c.Fact
	}
	var args locales.Args
	ending := ""
	switch {
	case c.Of != "":
		args, ending = locales.Args{"Of": t.name(fact.Of, c.Of)}, "_of"
	case c.Days > 0:
		args, ending = locales.Args{"Days": t.P.Days(int64(c.Days))}, "_in"
	}
	if fact.Kind == segment.KindFlag {
		form := "segment.yes."
		if negated {
			form = "segment.no."
		}
		return t.T(form+c.Fact+ending, args)
	}
	return t.T("segment.line", locales.Args{"Label": t.T("segment.label."+c.Fact+ending, args), "Is": t.comparison(fact, c, negated)})
}

// name is what a thing is called: as the settings have it in the person's language, as the caller knows it, or by its id.
func (t teller) name(thing segment.Thing, id string) string {
	own := func(key string) string {
		if !t.P.Has(key) {
			return ""
		}
		return t.T(key)
	}
	name := ""
	switch thing {
	case segment.ThingTier, segment.ThingCard, segment.ThingCoupon, segment.ThingCategory, segment.ThingField:
		name = t.Name(string(thing)+":"+id, "")
	case segment.ThingChannel:
		name = own("app.channel." + id)
	case segment.ThingLanguage:
		name = own("segment.language." + id)
	case segment.ThingGender:
		name = own("segment.gender." + id)
	}
	if name == "" && t.names != nil {
		name = t.names(thing, id)
	}
	return cmp.Or(name, id)
}
