package owner

import (
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

func showTerms(v talk.View, d draft) (bots.Rich, [][]choice) {
	s := d.settings(v.Program.Settings)
	p := d.preset()
	head := v.Rich("owner.setup.terms.text", locales.Args{"Industry": v.T("owner.preset." + p.ID + ".name")})
	usual := v.Rich("owner.terms.usual", locales.Args{"Rates": span(v, p.RateMin, p.RateMax), "Limits": span(v, p.LimitMin, p.LimitMax), "Days": daySpan(v, p)})
	text := talk.Paragraphs(head, arithmetic(v, &s, d.Check), talk.Lines(usual, v.Rich("owner.preset."+p.ID+".reason")))
	return text, append(tuners(v), []choice{{text: v.T("owner.setup.terms.btn"), value: "good", style: bots.StylePrimary}})
}

// daySpan prints the usual lifetimes of an industry: "45–90 days".
func daySpan(v talk.View, p rules.Preset) string {
	most := v.P.Days(int64(p.DaysMax))
	if p.DaysMin == p.DaysMax {
		return most
	}
	return strconv.Itoa(p.DaysMin) + "–" + most
}

func pressTerms(_ talk.View, d draft, value string) (draft, move) {
	if value == "good" {
		return d, onward
	}
	var ok bool
	if d.terms, ok = d.tuned(value, d.Check, d.currency()); !ok {
		return d, unknown
	}
	return d, stay
}

func showWelcome(v talk.View, d draft) (bots.Rich, [][]choice) {
	s := d.settings(v.Program.Settings)
	v = shopView(v, &s)
	var rows [][]choice
	last := money.Points(-1)
	for _, share := range welcomeShares() {
		points := welcomePoints(&s, d.Check, share)
		if points == last {
			continue
		}
		last = points
		text := v.T("owner.setup.welcome.none.btn")
		if points > 0 {
			text = v.T("owner.setup.welcome.btn", locales.Args{"Points": v.Points(points)})
		}
		rows = append(rows, []choice{{text: text, value: strconv.Itoa(int(share))}})
	}
	return v.Rich("owner.setup.welcome.text", locales.Args{"Check": v.Money(d.Check)}), rows
}

func pressWelcome(_ talk.View, d draft, value string) (draft, move) {
	for _, share := range welcomeShares() {
		if value == strconv.Itoa(int(share)) {
			d.Welcome = share
			return d, onward
		}
	}
	return d, unknown
}

func showPlaceName(v talk.View, d draft) (bots.Rich, [][]choice) {
	rows := [][]choice{{{text: v.T("owner.setup.place.same.btn"), value: "same"}}}
	if d.Place != "" && d.Place != d.Name {
		keep := v.T("owner.setup.name.keep.btn", locales.Args{"Name": label(d.Place)})
		rows = append(rows, []choice{{text: keep, value: valueKeep}})
	}
	return v.Rich("owner.setup.place.text", locales.Args{"Shop": d.Name}), rows
}

func pressPlaceName(_ talk.View, d draft, value string) (draft, move) {
	switch {
	case value == "same":
		d.Place = d.Name
		return d, onward
	case value == valueKeep && d.Place != "":
		return d, onward
	}
	return d, unknown
}

func typedPlaceName(v talk.View, d draft, text string) (draft, bots.Rich) {
	name, problem := cleanName(v, text)
	if problem == "" {
		d.Place = name
	}
	return d, problem
}

func showSummary(v talk.View, d draft) (bots.Rich, [][]choice) {
	s := d.settings(v.Program.Settings)
	var languages []string
	for _, code := range d.Languages {
		languages = append(languages, locales.Language(code).Name())
	}
	head := v.Rich("owner.setup.summary.text", locales.Args{"Shop": d.Name, "Place": d.Place, "Languages": v.P.List(languages),
		"Currency": d.Currency, "Zone": s.Zone.String(), "Time": v.P.Time(v.Now.In(s.Zone))})
	return talk.Paragraphs(head, termLines(v, &s), v.Rich("owner.setup.summary.fixed")),
		[][]choice{{{text: v.T("owner.setup.summary.btn"), value: valueOpen, style: bots.StyleSuccess}}}
}
