package owner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

const stepAdd = "add"

// addition is a ready-made mechanic as far as the owner has described it. It lives in the session, and makes the same settings
// however often it is put into them.
type addition struct {
	Kind    string       `json:"kind"`
	Version int64        `json:"version"`
	Check   money.Amount `json:"check"` // an average one, for the proposals
	ID      string       `json:"id"`    // of the rule or card it becomes
	At      int          `json:"at"`    // the question that is asked; after the last one the summary is shown

	Every    int            `json:"every,omitempty"`
	Category string         `json:"category,omitempty"` // id of the goods
	Goods    string         `json:"goods,omitempty"`    // their name, when the shop has no such category yet
	Days     []time.Weekday `json:"days,omitempty"`
	Hours    rules.Hours    `json:"hours,omitzero"`
	Gives    rules.Benefit  `json:"gives,omitzero"`
	Points   money.Points   `json:"points,omitempty"`
	Before   int            `json:"before,omitempty"`
	After    int            `json:"after,omitempty"`
	Gaps     money.Rate     `json:"gaps,omitempty"`
	Sum      money.Amount   `json:"sum,omitempty"`
	From     []money.Amount `json:"from,omitempty"`  // where the second tier and those above begin
	Rates    []money.Rate   `json:"rates,omitempty"` // of the tiers
}

// mechanic is a ready-made mechanic: a few questions with proposed answers, and what it makes of them.
type mechanic struct {
	kind      string
	questions []question
	// there reports whether the shop has it already, when it can have it once only.
	there func(*rules.Settings) bool
	// put writes it into settings.
	put func(talk.View, *rules.Settings, addition)
	// terms tell it in words.
	terms func(talk.View, *rules.Settings, addition) bots.Rich
}

// question asks for one thing. Buttons and typed text give the same answers: the value of a button is what could be typed.
type question struct {
	name    string
	propose func(talk.View, addition) [][]choice
	// take reads an answer, or says what to type instead. pressed tells a button's value from typed text.
	take func(v talk.View, a addition, text string, pressed bool) (addition, bots.Rich)
}

func findMechanic(kind string) (mechanic, bool) {
	for _, m := range mechanics() {
		if m.kind == kind {
			return m, true
		}
	}
	return mechanic{}, false
}

// pressAdd shows what can be added, or begins with one.
func pressAdd(v talk.View, p talk.Pressed) talk.Output {
	if m, known := findMechanic(p.Arg); known {
		return beginAdding(v, m)
	}
	return showMechanics(v)
}

func showMechanics(v talk.View) talk.Output {
	var lines []bots.Rich
	var buttons []bots.Button
	for _, m := range mechanics() {
		if m.there != nil && m.there(v.Program.Settings) {
			continue
		}
		lines = append(lines, v.Rich("owner.add."+m.kind+".about"))
		buttons = append(buttons, button(v.T("owner.add."+m.kind+".btn"), "add", m.kind))
	}
	rows := append(paired(buttons), talk.Row(button(v.T("owner.parts.btn"), "parts", ""), button(v.T("owner.file.btn"), "file", "")), back(v, "rules", ""))
	return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(v.Rich("owner.add.text"), talk.Lines(lines...)), rows...))
}

func beginAdding(v talk.View, m mechanic) talk.Output {
	return withRules(v, func(v talk.View, f ruleFacts) talk.Output {
		s := f.Program.Settings
		if m.there != nil && m.there(s) {
			return showPartsWith(v, v.Rich("owner.add.there"))
		}
		a := addition{Kind: m.kind, Version: f.Program.Version, Check: averageCheck(s, f.Recent), ID: freeID(s, m.kind)}
		return drawAddition(v, m, a, v.NewMark(), "")
	})
}

// withRules reads the rules in force and the checks of late.
func withRules(v talk.View, then func(talk.View, ruleFacts) talk.Output) talk.Output {
	program, to := v.Program.ID, v.Now
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (f ruleFacts, err error) {
		if f.Program, err = e.Store().Program(ctx, program); err != nil {
			return f, fmt.Errorf("read program: %w", err)
		}
		f.Recent, err = e.Store().DayTotals(ctx, program, "", "", to.Add(-90*24*time.Hour), to)
		if err != nil {
			return f, fmt.Errorf("read totals: %w", err)
		}
		return f, nil
	}, func(v talk.View, f ruleFacts, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		v.Program = f.Program
		return then(v, f)
	}))
}

// freeID is an id for a new rule or stamp card: that of its kind, with a number when it is taken.
func freeID(s *rules.Settings, kind string) string {
	id := kind
	for n := 2; s.Rule(id) != nil || s.StampCard(id) != nil; n++ {
		id = fmt.Sprintf("%s-%d", kind, n)
	}
	return id
}

// drawAddition shows the question a mechanic is at, or the summary.
func drawAddition(v talk.View, m mechanic, a addition, mark string, about bots.Rich) talk.Output {
	session := talk.In(Flow, stepAdd, a)
	if a.At == len(m.questions) { // buttons alone: what is typed meanwhile is for the counter
		session = aside(stepAdd, a)
	}
	head := v.Rich("owner.add.head", locales.Args{"Name": v.T("owner.add." + m.kind + ".name"), "Step": a.At + 1, "Steps": len(m.questions) + 1})
	var text bots.Rich
	var rows [][]bots.Button
	add := func(text, value string, style bots.Style) bots.Button {
		b := talk.Button(text, Flow, "answer", value, mark)
		b.Style = style
		return b
	}
	if a.At < len(m.questions) {
		q := m.questions[a.At]
		text = v.Rich("owner.add.ask."+q.name, locales.Args{"Check": v.Money(a.Check)})
		for _, choices := range q.propose(v, a) {
			var row []bots.Button
			for _, c := range choices {
				row = append(row, add(c.text, q.name+"."+c.value, c.style))
			}
			rows = append(rows, row)
		}
	} else {
		text = additionSummary(v, m, a)
		rows = append(rows, talk.Row(add(v.T("owner.add.on.btn"), "on", bots.StyleSuccess)))
	}
	if a.At > 0 {
		rows = append(rows, talk.Row(add(v.T("common.back.btn"), valueBack, "")))
	} else {
		rows = append(rows, back(v, "add", ""))
	}
	return v.SayAnd(session.Marked(mark), v.Screen(talk.Paragraphs(about, head, text), rows...))
}

// additionSummary tells the mechanic in words, what it costs, and what to think twice about.
func additionSummary(v talk.View, m mechanic, a addition) bots.Rich {
	settings := a.settings(v, m)
	shop := shopView(v, &settings)
	return talk.Paragraphs(v.Rich("owner.add.ready", locales.Args{"Name": v.T("owner.add." + m.kind + ".name")}), m.terms(shop, &settings, a),
		additionCost(shop, v.Program.Settings, &settings, a))
}

// settings are those in force with the mechanic in them.
func (a addition) settings(v talk.View, m mechanic) rules.Settings {
	s := copied(v.Program.Settings)
	m.put(v, &s, a)
	return s
}

// pressAnswer takes a button of a question or of the summary.
func pressAnswer(v talk.View, p talk.Pressed) talk.Output {
	m, a, ok := currentAddition(v)
	if !ok || p.Mark == "" || p.Mark != v.Session.Mark {
		if ok {
			return stale(v, drawAddition(v, m, a, v.Session.Mark, ""))
		}
		return stale(v, showMechanics(v))
	}
	name, value, _ := strings.Cut(p.Arg, ".")
	switch {
	case p.Arg == valueBack && a.At > 0:
		a.At--
		return drawAddition(v, m, a, v.NewMark(), "")
	case p.Arg == "on" && a.At == len(m.questions):
		return switchOn(v, m, a)
	case a.At < len(m.questions) && m.questions[a.At].name == name:
		next, problem := m.questions[a.At].take(v, a, value, true)
		if problem == "" {
			next.At++
			return drawAddition(v, m, next, v.NewMark(), "")
		}
	}
	return stale(v, drawAddition(v, m, a, v.Session.Mark, ""))
}

func currentAddition(v talk.View) (mechanic, addition, bool) {
	if !v.Session.At(Flow, stepAdd) && !v.Session.At("", stepAdd) {
		return mechanic{}, addition{}, false
	}
	a := talk.Data[addition](v.Session, v.Session.Flow)
	m, known := findMechanic(a.Kind)
	return m, a, known && a.At >= 0 && a.At <= len(m.questions)
}

// textAnswer takes a typed answer; with a word about something else the question is only asked again.
func textAnswer(v talk.View, about bots.Rich) talk.Output {
	m, a, ok := currentAddition(v)
	switch {
	case !ok || a.At == len(m.questions):
		return showMechanics(v)
	case about != "":
		return drawAddition(v, m, a, v.Session.Mark, about)
	}
	next, problem := m.questions[a.At].take(v, a, strings.TrimSpace(v.Event.Text), false)
	if problem != "" {
		return drawAddition(v, m, a, v.Session.Mark, problem)
	}
	next.At++
	return drawAddition(v, m, next, v.NewMark(), "")
}

// switchOn puts the mechanic in force.
func switchOn(v talk.View, m mechanic, a addition) talk.Output {
	settings := a.settings(v, m)
	return v.ChangeSettings(a.Version, &settings, func(v talk.View, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindConflict):
			return showPartsWith(v, v.Rich("owner.rules.changed"))
		case err != nil:
			return drawAddition(v, m, a, v.NewMark(), note(v, err))
		}
		v.Program.Settings = &settings
		text := talk.Paragraphs(v.Rich("owner.add.done", locales.Args{"Name": v.T("owner.add." + m.kind + ".name")}), m.terms(v, &settings, a))
		return v.SayAnd(talk.Session{}, v.Screen(text, talk.Row(button(v.T("owner.parts.btn"), "parts", ""), button(v.T("owner.add.more.btn"), "add", "")),
			talk.Row(button(v.T("owner.home.btn"), "home", ""))))
	})
}
