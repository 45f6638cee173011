package words

import (
	"cmp"
	"strings"

	"kartka/engine/segment"
	"kartka/locales"
)

// nearMost is how many characters of a sentence are repeated to show where a problem is.
const nearMost = 40

// SegmentProblem says what is wrong with an expression that a person wrote, where, and what to write instead.
func (w Words) SegmentProblem(p *segment.Problem) string {
	near := CleanName(p.Near, nearMost)
	args := locales.Args{"Near": near}
	text := func(id string) string { return w.T("segment.problem."+id, args) }
	fact := segment.FactOf(argument(p, "Fact"))
	if fact != nil {
		args["Fact"] = w.written(fact.Name)
	}
	switch p.ID {
	case segment.ProblemFact:
		if like := w.closest(near); like != "" {
			args["Like"] = like
			return text("fact_like")
		}
		return text("fact")
	case segment.ProblemUnknown:
		args["Female"], args["Male"] = w.T("segment.word.female"), w.T("segment.word.male")
		key := "segment.unknown." + argument(p, "Thing")
		if !w.P.Has(key) {
			key = "segment.unknown.thing"
		}
		return w.T(key, args)
	case segment.ProblemSign:
		return text("sign")
	case segment.ProblemLong:
		return w.tooLong(p)
	case segment.ProblemEmpty, segment.ProblemWanted:
		args["Example"] = w.T("segment.word.visits") + " >= 3"
		return w.at(text(p.ID), near)
	case segment.ProblemMore:
		args["And"], args["Or"] = w.T("segment.word.and"), w.T("segment.word.or")
		return w.at(text("more"), near)
	case segment.ProblemArgument:
		return w.at(text(w.argumentWanted(fact, args)), near)
	case segment.ProblemWindow:
		args["Windows"] = w.spans(argument(p, "Windows"))
		if args["Windows"] == "" {
			return w.at(text("window_none"), near)
		}
		return w.at(text("window"), near)
	case segment.ProblemOp:
		args["Ops"] = w.comparisons(argument(p, "Ops"))
		if args["Ops"] == "" {
			return w.at(text("op_flag"), near)
		}
		return w.at(text("op"), near)
	case segment.ProblemValue:
		kind := "text"
		if fact != nil {
			kind = valueOf(fact.Kind)
		}
		return w.at(text("value_"+kind), near)
	case segment.ProblemQuote, segment.ProblemParen, segment.ProblemRange, segment.ProblemLoop, segment.ProblemJSON:
		return w.at(text(p.ID), near)
	}
	return w.T("error.internal")
}

// argument is a word of a problem, "" when it has none of the name.
func argument(p *segment.Problem, name string) string {
	text, _ := p.Args[name].(string)
	return text
}

// at adds where a problem is.
func (w Words) at(text, near string) string {
	if near == "" {
		return text
	}
	return w.T("segment.problem.at", locales.Args{"Problem": text, "Near": near})
}

// written is how a word of the language is written: in the person's own, and beside it as everybody understands it.
func (w Words) written(word string) string {
	own := w.T("segment.word." + word)
	if own == word {
		return own
	}
	return own + " (" + word + ")"
}

// tooLong says which of the bounds was met; they are all different.
func (w Words) tooLong(p *segment.Problem) string {
	bounds := map[int]string{segment.MaxText: "long_text", 4 * segment.MaxText: "long_text", segment.MaxDepth: "long_depth", segment.MaxConds: "long_conds", segment.MaxValues: "long_values"}
	most, _ := p.Args["Max"].(int)
	return w.T("segment.problem."+cmp.Or(bounds[most], "long_text"), locales.Args{"Max": w.P.Number(int64(most))})
}

// argumentWanted is which problem there is with what stands in parentheses after a fact.
func (w Words) argumentWanted(fact *segment.Fact, args locales.Args) string {
	switch {
	case fact == nil:
		return "argument_none"
	case fact.Of != segment.NoThing:
		args["Thing"] = w.T("segment.thing." + string(fact.Of))
		args["Example"] = w.T("segment.word."+fact.Name) + `("…")`
		return "argument_of"
	case len(fact.Windows) > 0:
		var spans []string
		for _, days := range fact.Windows {
			if days > 0 {
				spans = append(spans, w.P.Days(int64(days)))
			}
		}
		args["Windows"] = w.either(spans)
		return "argument_days"
	}
	return "argument_none"
}

// spans puts "30d, 90d" into words.
func (w Words) spans(windows string) string {
	var texts []string
	for span := range strings.SplitSeq(windows, ",") {
		days := int64(0)
		for _, c := range span {
			if '0' <= c && c <= '9' {
				days = 10*days + int64(c-'0')
			}
		}
		if days > 0 {
			texts = append(texts, w.P.Days(days))
		}
	}
	return w.either(texts)
}

// comparisons lists the comparisons of a fact as the person may write them.
func (w Words) comparisons(ops string) string {
	all := strings.Fields(ops)
	for i, op := range all {
		switch segment.Op(op) {
		case segment.OpIn:
			all[i] = w.T("segment.word.in") + " (…, …)"
		case segment.OpBetween:
			all[i] = w.T("segment.word.between") + " … " + w.T("segment.word.and") + " …"
		}
	}
	return strings.Join(all, "  ")
}

// valueOf names a kind in the problems with values.
func valueOf(kind segment.Kind) string {
	switch kind {
	case segment.KindMoney:
		return "money"
	case segment.KindPoints:
		return "points"
	case segment.KindDays:
		return "days"
	case segment.KindYears:
		return "years"
	case segment.KindRatio:
		return "ratio"
	case segment.KindNumber:
		return "number"
	}
	return "text"
}

// closest is the fact that somebody most likely meant, in the language they wrote in, "" when nothing is like it.
func (w Words) closest(written string) string {
	var names []string
	for _, fact := range segment.Facts() {
		names = append(names, w.T("segment.word."+fact.Name), fact.Name)
	}
	return segment.Closest(written, names)
}
