package market

import (
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// Actions of buttons. Whoever came from a broadcast goes back to it: its id is carried along.
const (
	actLimits = "lim"     // .campaign: what holds
	actLimit  = "lim.ask" // .limit.campaign: asks what shall hold
	actBound  = "lim.set" // .value: this does
)

// stepLimit waits for what shall hold.
const stepLimit = "limit"

// asked is which limit is being changed, and from which settings on.
type asked struct {
	Limit    string `json:"limit"`
	Version  int64  `json:"version"`
	Campaign string `json:"campaign,omitempty"` // the broadcast that led here
}

// pressLimits answers the buttons of limits.
func pressLimits(v talk.View, p talk.Pressed) talk.Output {
	switch {
	case p.Action == actLimits:
		return limitPage(v, p.Arg, "")
	case !v.Owns():
		return v.Say(v.Alert(v.Problem(&engine.Error{Kind: engine.KindForbidden, ID: "not_allowed"})))
	case p.Action == actLimit:
		name, campaign, _ := strings.Cut(p.Arg, ".")
		return askLimit(v, asked{Limit: name, Campaign: campaign}, "")
	}
	a := talk.Data[asked](v.Session, Flow)
	if !v.Session.At(Flow, stepLimit) || p.Mark == "" || p.Mark != v.Session.Mark {
		return stale(v)
	}
	return bind(v, a, func(v talk.View, l limit, now rules.Campaigns) (rules.Campaigns, bool) {
		choices := l.choices(now)
		i := slices.IndexFunc(choices, func(c rules.Campaigns) bool { return l.key(c) == p.Arg })
		if i < 0 {
			return now, false
		}
		return choices[i], true
	})
}

// limitPage says what bounds messages to many, under a note, and lets the owner change it.
func limitPage(v talk.View, campaign string, about bots.Rich) talk.Output {
	return v.WithProgram(func(v talk.View) talk.Output {
		now := v.Program.Settings.CampaignRules()
		var lines []bots.Rich
		for _, line := range v.Words().CampaignLimits(now) {
			lines = append(lines, bots.Escape(line))
		}
		var buttons []bots.Button
		for _, l := range limits() {
			buttons = append(buttons, button(v.T("limits."+l.name+".btn"), actLimit, strings.TrimRight(l.name+"."+campaign, ".")))
		}
		footer := v.Rich("limits.new")
		rows := talk.Column(buttons...)
		if !v.Owns() {
			footer, rows = talk.Lines(footer, v.Rich("limits.owner")), nil
		}
		home := back(v, actHome, "")
		if campaign != "" {
			home = back(v, actDraft, campaign)
		}
		return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(about, v.Rich("limits.text"), talk.Lines(lines...), footer), append(rows, home)...))
	})
}

// limitsRow leads to them from a broadcast of which they keep somebody.
func limitsRow(v talk.View, campaign string) []bots.Button {
	return talk.Row(button(v.T("limits.btn"), actLimits, campaign))
}

// askLimit asks what shall hold, under a note: one of the usual, or something typed.
func askLimit(v talk.View, a asked, about bots.Rich) talk.Output {
	l, ok := findLimit(a.Limit)
	if !ok {
		return limitPage(v, a.Campaign, about)
	}
	return v.WithProgram(func(v talk.View) talk.Output {
		a.Version = v.Program.Version
		now, mark := v.Program.Settings.CampaignRules(), v.NewMark()
		var choices []bots.Button
		for _, choice := range l.choices(now) {
			label := l.label(v, choice)
			if l.key(choice) == l.key(now) {
				label = "✓ " + label
			}
			choices = append(choices, talk.Button(label, Flow, actBound, l.key(choice), mark))
		}
		rows := append(slices.Collect(slices.Chunk(choices, 2)), back(v, actLimits, a.Campaign))
		text := talk.Paragraphs(about, bots.Escape(l.says(v.Words(), now)), v.Rich("limits."+l.name+".ask", boundArgs(v)))
		return v.SayAnd(talk.In(Flow, stepLimit, a).Marked(mark), v.Screen(text, rows...))
	})
}

// limitTyped reads what shall hold. Whoever types what a button says means the button.
func limitTyped(v talk.View, text string) talk.Output {
	return bind(v, talk.Data[asked](v.Session, Flow), func(v talk.View, l limit, now rules.Campaigns) (rules.Campaigns, bool) {
		for _, choice := range l.choices(now) {
			if strings.EqualFold(strings.TrimSpace(text), l.label(v, choice)) {
				return choice, true
			}
		}
		next, ok := l.read(text, now)
		return next, ok && bound(v.Program.Settings, next).Validate() == nil
	})
}

// bound are settings under which something else holds.
func bound(s *rules.Settings, c rules.Campaigns) *rules.Settings {
	next := *s
	next.Campaigns = &c
	return &next
}

// bind puts into force what shall hold; what that is, set says of what holds now, or that it cannot be read. If somebody has changed the settings since it was
// asked, it tells so, and nothing changes. Handled again, what is in force already is no conflict.
func bind(v talk.View, a asked, set func(talk.View, limit, rules.Campaigns) (rules.Campaigns, bool)) talk.Output {
	l, ok := findLimit(a.Limit)
	if !ok || !v.Owns() {
		return limitPage(v, a.Campaign, "")
	}
	return v.WithProgram(func(v talk.View) talk.Output {
		now := v.Program.Settings.CampaignRules()
		next, ok := set(v, l, now)
		switch {
		case !ok:
			return askLimit(v, a, v.Rich("limits."+l.name+".bad", boundArgs(v)))
		case l.key(next) == l.key(now):
			return limitPage(v, a.Campaign, v.Rich("limits.saved"))
		case v.Program.Version != a.Version:
			return limitPage(v, a.Campaign, v.Rich("owner.rules.changed"))
		}
		return v.ChangeSettings(a.Version, bound(v.Program.Settings, next), func(v talk.View, err error) talk.Output {
			switch {
			case engine.IsKind(err, engine.KindConflict):
				return limitPage(v, a.Campaign, v.Rich("owner.rules.changed"))
			case err != nil:
				return limitPage(v, a.Campaign, note(v, err))
			}
			return limitPage(v, a.Campaign, v.Rich("limits.saved"))
		})
	})
}

// boundArgs are the numbers that texts about limits name.
func boundArgs(v talk.View) locales.Args {
	usual := rules.DefaultCampaigns().Quiet
	return locales.Args{"Messages": rules.MaxCapMessages, "Days": v.P.Days(rules.MaxCapDays), "Share": v.Percent(rules.MaxHoldout),
		"Window": v.P.Days(rules.MaxWindowDays), "Span": v.Words().Span(usual.From, usual.To)}
}
