package owner

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/qr"
	"kartka/words"
)

// paper is a size a poster is offered in.
type paper struct {
	id     string // in button ids
	name   string // for people, and in file names
	format qr.Format
}

func papers() []paper { return []paper{{"a6", "A6", qr.A6}, {"a5", "A5", qr.A5}, {"a4", "A4", qr.A4}} }

func paperOf(id string) (paper, bool) {
	for _, p := range papers() {
		if p.id == id {
			return p, true
		}
	}
	return paper{}, false
}

// sourcePoster is the attribution of guests who scan a poster that is not for a table.
const sourcePoster = "poster"

// sheet is what is needed to draw a poster.
type sheet struct {
	Place    engine.Location
	Language locales.Language
	Paper    paper
	Label    string // of a table, "" for the counter
	Source   string
}

// pressPoster shows the choice of a poster: its argument is "", a place's code, or a code and a language.
func pressPoster(v talk.View, p talk.Pressed) talk.Output { return posterChoice(v, p.Arg) }

func posterChoice(v talk.View, arg string) talk.Output {
	code, language, _ := strings.Cut(arg, ".")
	return withPlaces(v, func(v talk.View, open []engine.Location) talk.Output {
		l, ok := placeOfCode(open, code)
		if len(open) == 1 {
			l, ok = open[0], true
		}
		if !ok {
			return askPosterPlace(v, open)
		}
		return showPoster(v, l, posterLanguage(v, language), len(open) > 1)
	})
}

// posterLanguage is the wanted one if the shop speaks it, else the shop's first.
func posterLanguage(v talk.View, wanted string) locales.Language {
	shop := v.Program.Settings.Languages
	if slices.Contains(shop, wanted) {
		return locales.Language(wanted)
	}
	return locales.Resolve(shop...)
}

func askPosterPlace(v talk.View, open []engine.Location) talk.Output {
	if len(open) == 0 {
		return showPlaces(v, open, 0)
	}
	var rows [][]bots.Button
	for _, l := range open {
		rows = append(rows, talk.Row(button(words.CleanName(l.Name, 28), "poster", l.Code)))
	}
	return v.SayAnd(talk.Session{}, v.Screen(v.Rich("owner.poster.place"), append(rows, back(v, "home", ""))...))
}

func showPoster(v talk.View, l engine.Location, language locales.Language, others bool) talk.Output {
	var rows [][]bots.Button
	var speaks []bots.Button
	for _, code := range v.Program.Settings.Languages {
		if len(v.Program.Settings.Languages) == 1 {
			break
		}
		text := locales.Language(code).Label()
		if code == string(language) {
			text = "✅ " + text
		}
		speaks = append(speaks, button(text, "poster", l.Code+"."+code))
	}
	for row := range slices.Chunk(speaks, 3) {
		rows = append(rows, row)
	}
	var sizes []bots.Button
	for _, p := range papers() {
		sizes = append(sizes, button(p.name, "print", l.Code+"."+string(language)+"."+p.id))
	}
	rows = append(rows, sizes, talk.Row(button(v.T("owner.poster.table.btn"), "table", l.Code+"."+string(language))))
	last := back(v, "home", "")
	if others {
		last = append(last, button(v.T("owner.poster.other.btn"), "poster", ""))
	}
	text := v.Rich("owner.poster.text", locales.Args{"Place": l.Name, "Language": language.Name()})
	return v.SayAnd(talk.Session{}, v.Screen(text, append(rows, last)...))
}

// pressPrint draws a poster for the counter: code.language.paper.
func pressPrint(v talk.View, p talk.Pressed) talk.Output {
	parts := strings.Split(p.Arg, ".")
	if len(parts) != 3 {
		return posterChoice(v, "")
	}
	size, ok := paperOf(parts[2])
	if !ok {
		return posterChoice(v, parts[0])
	}
	return withPlaces(v, func(v talk.View, open []engine.Location) talk.Output {
		l, ok := placeOfCode(open, parts[0])
		if !ok {
			return stale(v, askPosterPlace(v, open))
		}
		return sendPoster(v, v.Session, sheet{Place: l, Language: posterLanguage(v, parts[1]), Paper: size, Source: sourcePoster})
	})
}

// sendPoster says the poster as a file, with what to do with it, and leaves the screen above as it is.
func sendPoster(v talk.View, session talk.Session, s sheet) talk.Output {
	pdf, err := qr.PosterPDF(drawn(v, s), v.Now)
	if err != nil {
		return v.SayAnd(talk.Session{}, v.Alert(v.Problem(err)))
	}
	name := "poster-" + s.Paper.name
	caption := v.Rich("owner.poster.caption", locales.Args{"Size": s.Paper.name})
	more := button(v.T("owner.poster.more.btn"), "poster", s.Place.Code+"."+string(s.Language))
	if s.Label != "" {
		name += "-" + s.Source
		caption = v.Rich("owner.poster.caption_table", locales.Args{"Label": s.Label, "Size": s.Paper.name})
	}
	return v.SayAnd(session, bots.Message{
		File: &bots.File{Name: name + ".pdf", MIME: "application/pdf", Data: pdf}, Text: caption, Ack: v.Ack(),
		Buttons: talk.Column(more, button(v.T("owner.home.btn"), "home", "")),
	})
}

// drawn is the poster in the language of the guests.
func drawn(v talk.View, s sheet) qr.Poster {
	v.P = v.Catalog.Printer(s.Language)
	rules := v.Program.Settings
	point, worth := wholePoint(rules.Unit)
	rate, limit := v.Percent(rules.Earn.Rate), v.Percent(rules.Redeem.Limit)
	p := qr.Poster{
		Format: s.Paper.format, Lang: string(s.Language), Title: rules.Name,
		Headline: v.T("owner.poster.headline", locales.Args{"Rate": rate}),
		Steps:    []string{v.T("owner.poster.step1"), v.T("owner.poster.step2"), v.T("owner.poster.step3")},
		Footer:   v.T("owner.poster.footer", locales.Args{"Limit": limit, "Point": v.Points(point), "Worth": v.Money(worth)}),
		QRText:   v.DeepLink(talk.Link{Place: s.Place.Code, Source: s.Source}),
	}
	if rules.Welcome.Points > 0 {
		p.Headline = v.T("owner.poster.headline_welcome", locales.Args{"Points": v.Points(rules.Welcome.Points), "Rate": rate})
	}
	if s.Label != "" {
		p.Footer = v.T("owner.poster.footer_table", locales.Args{"Label": s.Label, "Text": p.Footer})
	}
	return p
}

const stepTable = "table"

// maxLabel is the longest label of a table, in characters.
const maxLabel = 20

// tablePoster is a series of posters for tables: after the first, each typed label brings the next.
type tablePoster struct {
	Code     string `json:"code"`
	Language string `json:"language"`
	Label    string `json:"label,omitempty"` // "" while the first is asked for
	Paper    string `json:"paper,omitempty"` // "" until it is chosen for the first
}

// pressTable begins a series (code.language) or takes the paper of its first poster.
func pressTable(v talk.View, p talk.Pressed) talk.Output {
	form := talk.Data[tablePoster](v.Session, Flow)
	if _, ok := paperOf(p.Arg); ok {
		if !v.Session.At(Flow, stepTable) || p.Mark == "" || p.Mark != v.Session.Mark || form.Label == "" {
			return stale(v, posterChoice(v, ""))
		}
		form.Paper = p.Arg
		return printTable(v, form)
	}
	code, language, _ := strings.Cut(p.Arg, ".")
	return askTable(v, tablePoster{Code: code, Language: string(posterLanguage(v, language))}, "")
}

// askTable asks for a label, then for the paper.
func askTable(v talk.View, form tablePoster, about bots.Rich) talk.Output {
	mark := v.NewMark()
	session := talk.In(Flow, stepTable, form).Marked(mark)
	leave := back(v, "poster", form.Code+"."+form.Language)
	if form.Label == "" || form.Paper != "" {
		return v.SayAnd(session, v.Screen(talk.Paragraphs(about, v.Rich("owner.poster.table.ask")), leave))
	}
	var sizes []bots.Button
	for _, p := range papers() {
		sizes = append(sizes, talk.Button(p.name, Flow, "table", p.id, mark))
	}
	text := v.Rich("owner.poster.table.size", locales.Args{"Label": form.Label})
	return v.SayAnd(session, v.Screen(talk.Paragraphs(about, text), sizes, leave))
}

func textTable(v talk.View) talk.Output {
	form := talk.Data[tablePoster](v.Session, Flow)
	name := words.CleanName(v.Event.Text, utf8.RuneCountInString(v.Event.Text))
	switch n := utf8.RuneCountInString(name); {
	case n > maxLabel:
		return askTable(v, form, v.Rich("owner.name.long", locales.Args{"Length": n, "Limit": maxLabel}))
	case slug(name) == "":
		return askTable(v, form, v.Rich("owner.poster.table.unreadable"))
	}
	form.Label = name
	if form.Paper == "" {
		return askTable(v, form, "")
	}
	return printTable(v, form)
}

func printTable(v talk.View, form tablePoster) talk.Output {
	size, ok := paperOf(form.Paper)
	if !ok {
		return askTable(v, form, "")
	}
	return withPlaces(v, func(v talk.View, open []engine.Location) talk.Output {
		l, ok := placeOfCode(open, form.Code)
		if !ok {
			return stale(v, askPosterPlace(v, open))
		}
		session := talk.In(Flow, stepTable, form).Marked(v.NewMark())
		return sendPoster(v, session, sheet{Place: l, Language: posterLanguage(v, form.Language), Paper: size, Label: form.Label, Source: slug(form.Label)})
	})
}
