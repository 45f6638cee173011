package owner

import (
	"context"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// step is one question of the wizard.
type step struct {
	name string
	// asked says whether the question has to be asked at all; nil = always.
	asked func(draft) bool
	show  func(v talk.View, d draft) (bots.Rich, [][]choice)
	// press takes a choice of the step.
	press func(v talk.View, d draft, value string) (draft, move)
	// typed takes a typed answer, or says what to type instead; nil = there is nothing to type.
	typed func(v talk.View, d draft, text string) (draft, bots.Rich)
}

// choice is a button of a step.
type choice struct {
	text, value string
	style       bots.Style
}

// move is where a press leads.
type move int

const (
	unknown move = iota // no such choice
	stay                // the step is drawn again with what has changed
	onward
)

// steps are the questions in their order.
func steps() []step {
	return []step{
		{name: "name", show: showName, press: pressName, typed: typedName},
		{name: "currency", show: showCurrency, press: pressCurrency, typed: typedCurrency},
		{name: "zone", asked: func(d draft) bool { return len(zonesOf(d.Currency)) != 1 }, show: showZone, press: pressZone, typed: typedZone},
		{name: "languages", show: showLanguages, press: pressLanguages},
		{name: "preset", show: showPreset, press: pressPreset},
		{name: "check", show: showCheck, press: pressCheck, typed: typedCheck},
		{name: "terms", show: showTerms, press: pressTerms},
		{name: "welcome", show: showWelcome, press: pressWelcome},
		{name: "place", show: showPlaceName, press: pressPlaceName, typed: typedPlaceName},
		{name: "summary", show: showSummary, press: func(_ talk.View, d draft, _ string) (draft, move) { return d, unknown }},
	}
}

// Values of buttons every step may have, and the actions of the wizard.
const (
	valueBack      = "back"
	valueKeep      = "keep"
	valueOpen      = "open"
	actionWizard   = "w"
	actionLanguage = "lang" // of the owner's own texts
)

// Begin starts the wizard, or goes on where it was left.
func Begin(v talk.View) talk.Output {
	if !settingUp(v) {
		return Home(v)
	}
	if !v.Owns() {
		return waiting(v)
	}
	if s, d, ok := current(v.Session); ok {
		return ask(v, s, d)
	}
	return ask(v, steps()[0], draft{Languages: []string{string(v.Language())}})
}

// waiting tells staff other than the owner that the shop is not open yet.
func waiting(v talk.View) talk.Output {
	return v.SayAnd(talk.Session{}, v.Screen(v.Rich("owner.waiting.text"), talk.Row(button(v.T("owner.waiting.btn"), "home", ""))))
}

// current is the step a session is at.
func current(s talk.Session) (step, draft, bool) {
	if s.Flow == Flow {
		for _, candidate := range steps() {
			if candidate.name == s.Step {
				return candidate, talk.Data[draft](s, Flow), true
			}
		}
	}
	return step{}, draft{}, false
}

// neighbour is the asked step before (by = -1) or after (by = 1) a step; at the ends the step itself.
func neighbour(s step, d draft, by int) step {
	all := steps()
	i := slices.IndexFunc(all, func(candidate step) bool { return candidate.name == s.name })
	for i += by; i >= 0 && i < len(all); i += by {
		if all[i].asked == nil || all[i].asked(d) {
			return all[i]
		}
	}
	return s
}

// ask begins a step: buttons of every earlier screen are stale from now on.
func ask(v talk.View, s step, d draft) talk.Output { return draw(v, s, d, v.NewMark(), "") }

// redraw shows the step the person is at again.
func redraw(v talk.View, s step, d draft, note bots.Rich) talk.Output {
	return draw(v, s, d, v.Session.Mark, note)
}

func draw(v talk.View, s step, d draft, mark string, note bots.Rich) talk.Output {
	text, choices := s.show(v, d)
	no, of := 0, 0
	for _, candidate := range steps() {
		if candidate.asked == nil || candidate.asked(d) {
			of++
			if candidate.name == s.name {
				no = of
			}
		}
	}
	var rows [][]bots.Button
	for _, row := range choices {
		var buttons []bots.Button
		for _, c := range row {
			b := talk.Button(c.text, Flow, actionWizard, s.name+"."+c.value, mark)
			b.Style = c.style
			buttons = append(buttons, b)
		}
		rows = append(rows, buttons)
	}
	if no == 1 {
		rows = append(rows, languageRows(v, mark)...)
	} else {
		rows = append(rows, talk.Row(talk.Button(v.T("common.back.btn"), Flow, actionWizard, s.name+"."+valueBack, mark)))
	}
	head := v.Rich("owner.setup.head", locales.Args{"Step": no, "Steps": of})
	return v.SayAnd(talk.In(Flow, s.name, d).Marked(mark), v.Screen(talk.Paragraphs(note, head, text), rows...))
}

// languageRows let an owner whom we greeted in a wrong language choose another.
func languageRows(v talk.View, mark string) [][]bots.Button {
	var others []bots.Button
	for _, l := range locales.Languages() {
		if l != v.Language() {
			others = append(others, talk.Button(l.Label(), Flow, actionLanguage, string(l), mark))
		}
	}
	return [][]bots.Button{others}
}

func pressInSetup(v talk.View, p talk.Pressed) talk.Output {
	if !v.Owns() {
		return waiting(v)
	}
	s, d, ok := current(v.Session)
	name, value, _ := strings.Cut(p.Arg, ".")
	fresh := ok && p.Mark != "" && p.Mark == v.Session.Mark
	switch {
	case fresh && p.Action == actionLanguage:
		return speak(v, d, p.Arg)
	case !fresh || p.Action != actionWizard || name != s.name:
		return stale(v, Begin(v))
	case value == valueBack:
		return ask(v, neighbour(s, d, -1), d)
	case s.name == "summary" && value == valueOpen:
		return openShop(v, d)
	}
	next, to := s.press(v, d, value)
	switch to {
	case onward:
		return ask(v, neighbour(s, next, 1), next)
	case stay:
		return redraw(v, s, next, "")
	}
	return stale(v, redraw(v, s, d, ""))
}

// speak changes the language in which we talk with the owner, and with it the first guess of the guests'.
func speak(v talk.View, d draft, code string) talk.Output {
	l, ok := locales.Parse(code)
	if !ok {
		return stale(v, Begin(v))
	}
	d.Languages = []string{string(l)}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.SetLanguage(ctx, v.Program.ID, v.Contact.ID, string(l))
	}, func(v talk.View, _ struct{}, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return ask(v, steps()[0], d)
	}))
}

func textInSetup(v talk.View) talk.Output {
	if !v.Owns() {
		return waiting(v)
	}
	s, d, ok := current(v.Session)
	switch {
	case !ok:
		return Begin(v)
	case s.typed == nil:
		return redraw(v, s, d, v.Rich("owner.use_buttons"))
	}
	next, problem := s.typed(v, d, v.Event.Text)
	if problem != "" {
		return redraw(v, s, d, problem)
	}
	return ask(v, neighbour(s, next, 1), next)
}
