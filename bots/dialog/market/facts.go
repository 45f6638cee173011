package market

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/segment"
	"kartka/locales"
)

// factList shows everything that can be asked, as it is written in the person's language. The form it was opened from stays.
func factList(v talk.View) talk.Output {
	var lines []bots.Rich
	for _, fact := range segment.Facts() {
		lines = append(lines, factLine(v, fact))
	}
	text := talk.Paragraphs(v.Rich("market.facts.head"), talk.Lines(lines...), v.Rich("market.facts.foot", locales.Args{
		"And": v.T("segment.word.and"), "Or": v.T("segment.word.or"), "Not": v.T("segment.word.not"),
		"Signs": "= != < <= > >=", "In": v.T("segment.word.in"), "Between": v.T("segment.word.between"), "Everyone": v.T("segment.word.everyone"),
	}), v.Rich("market.facts.spans", locales.Args{"Visits": v.T("segment.word.visits"), "Spent": v.T("segment.word.spent")}))
	leave := back(v, actWrite, "")
	if v.Session.Flow == Flow {
		leave = talk.Row(talk.Button(v.T("common.back.btn"), Flow, actAgain, "", v.Session.Mark))
	}
	return v.Say(v.Screen(text, leave))
}

// factLine is how a fact is written, and what it is.
func factLine(v talk.View, fact segment.Fact) bots.Rich {
	written := v.T("segment.word." + fact.Name)
	args := locales.Args{"Of": "…"}
	ending := ""
	switch {
	case fact.Needs:
		written, ending = written+"(…)", "_of"
	case fact.Windows != nil && fact.Windows[0] != 0: // never without a span
		days := v.P.Days(int64(fact.Windows[0]))
		written, ending, args["Days"] = written+"("+days+")", "_in", days
	}
	key := "segment.label." + fact.Name + ending
	if fact.Kind == segment.KindFlag {
		key = "segment.yes." + fact.Name + ending
	}
	return v.Rich("market.facts.line", locales.Args{"Written": written, "About": v.T(key, args)})
}
