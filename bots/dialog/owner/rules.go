package owner

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

const stepRules = "rules"

// ruleChange is what an owner is about to change, and the version it was begun from.
type ruleChange struct {
	Version int64        `json:"version"`
	Check   money.Amount `json:"check"` // an average one, for the arithmetic
	terms
	Welcome money.Points `json:"welcome,omitempty"`
}

// ruleFacts are the rules in force and the checks of late.
type ruleFacts struct {
	Program engine.Program
	Recent  engine.Totals
}

// Rules begins a change of the rules of an open shop.
func Rules(v talk.View) talk.Output { return rulesWith(v, "") }

// rulesWith begins it with a word about why.
func rulesWith(v talk.View, about bots.Rich) talk.Output {
	return withRules(v, func(v talk.View, f ruleFacts) talk.Output { return beginRules(v, f, about) })
}

func beginRules(v talk.View, f ruleFacts, about bots.Rich) talk.Output {
	s := f.Program.Settings
	c := ruleChange{Version: f.Program.Version, Check: averageCheck(s, f.Recent), terms: termsOf(s), Welcome: s.Welcome.Points}
	return drawRules(v, c, v.NewMark(), about)
}

// averageCheck is that of the last months; before the first sales it is told by the smallest check that earns, for which the
// wizard used the average one.
func averageCheck(s *rules.Settings, recent engine.Totals) money.Amount {
	if recent.Sales > 0 && recent.Amount > 0 {
		if check := rules.RoundSum(recent.Amount/money.Amount(recent.Sales), s.Currency); check > 0 {
			return check
		}
	}
	if p, ok := rules.LookupPreset(s.Preset); ok && s.Earn.MinCheck > 0 {
		check, err := money.MulDiv(int64(s.Earn.MinCheck), p.ExampleCheck, p.MinCheck, money.HalfUp)
		if err == nil {
			return rules.RoundSum(money.Amount(check), s.Currency)
		}
	}
	check := money.Amount(100)
	for range s.Currency.Decimals {
		check *= 10
	}
	return check
}

// settings are those in force with the change made.
func (c ruleChange) settings(now *rules.Settings) rules.Settings {
	s := *now
	s.Earn.Rate, s.Earn.MinCheck, s.Redeem.Limit, s.Lots.Days, s.Welcome.Points = c.Rate, c.MinCheck, c.Limit, c.Days, c.Welcome
	return s
}

func drawRules(v talk.View, c ruleChange, mark string, about bots.Rich) talk.Output {
	s := c.settings(v.Program.Settings)
	var rows [][]bots.Button
	add := func(choices []choice) {
		var row []bots.Button
		for _, one := range choices {
			b := talk.Button(one.text, Flow, "tune", one.value, mark)
			b.Style = one.style
			row = append(row, b)
		}
		rows = append(rows, row)
	}
	for _, row := range tuners(v) {
		add(row)
	}
	add([]choice{{text: v.T("owner.tune.welcome_less.btn"), value: "welcome-"}, {text: v.T("owner.tune.welcome_more.btn"), value: "welcome+"}})
	changed := !talk.SameSettings(&s, v.Program.Settings)
	footer := v.Rich("owner.rules.fixed")
	if changed {
		footer = v.Rich("owner.rules.apply.text")
		add([]choice{{text: v.T("owner.rules.apply.btn"), value: "apply", style: bots.StylePrimary}})
	}
	rows = append(rows, rulesRow(v), back(v, "home", ""))
	text := talk.Paragraphs(about, v.Rich("owner.rules.text", locales.Args{"Shop": s.Name}), arithmetic(v, &s, c.Check),
		talk.Lines(welcomeLine(v, &s), footer))
	return v.SayAnd(aside(stepRules, c).Marked(mark), v.Screen(text, rows...))
}

func pressRules(v talk.View, p talk.Pressed) talk.Output {
	c, fresh := asideData[ruleChange](v, stepRules, p)
	switch {
	case !fresh:
		return stale(v, Rules(v))
	case p.Arg == "apply": // compares versions itself: the change may be this very deed, handled again
		return applyRules(v, c)
	case c.Version != v.Program.Version:
		return rulesWith(v, v.Rich("owner.rules.changed"))
	}
	next, ok := c, false
	currency := v.Program.Settings.Currency
	switch p.Arg {
	case "welcome+", "welcome-":
		next.Welcome, ok = beside(welcomeLadder(v.Program.Settings, c.Check), c.Welcome, p.Arg == "welcome+"), true
	default:
		next.terms, ok = c.tuned(p.Arg, c.Check, currency)
	}
	out := drawRules(v, next, v.Session.Mark, "")
	switch {
	case !ok:
		return stale(v, out)
	case next == c:
		return out.Toasted(v.T("owner.tune.end.toast"))
	}
	return out
}

func welcomeLadder(s *rules.Settings, check money.Amount) []money.Points {
	var ladder []money.Points
	for _, share := range append(welcomeShares(), 3000, 5000) {
		ladder = append(ladder, welcomePoints(s, check, share))
	}
	return ladder
}

// applyRules puts a change in force. A deed that is handled again finds it there and is content.
func applyRules(v talk.View, c ruleChange) talk.Output {
	return v.WithProgram(func(v talk.View) talk.Output {
		settings := c.settings(v.Program.Settings)
		return v.ChangeSettings(c.Version, &settings, rulesApplied)
	})
}

func rulesApplied(v talk.View, err error) talk.Output {
	switch {
	case engine.IsKind(err, engine.KindConflict):
		return rulesWith(v, v.Rich("owner.rules.changed"))
	case err != nil:
		return v.Say(v.Alert(v.Problem(err)))
	}
	return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(v.Rich("owner.rules.applied"), termLines(v, v.Program.Settings)),
		talk.Row(button(v.T("owner.home.rules.btn"), "rules", ""), button(v.T("owner.home.btn"), "home", ""))))
}
