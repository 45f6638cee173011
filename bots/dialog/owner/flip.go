package owner

import (
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

const stepFlip = "flip"

// flip is a thing about to be paused or resumed.
type flip struct {
	partShown
	Kind  string `json:"kind"`
	Index int    `json:"index"`
	Pause bool   `json:"pause"`
}

// askFlip asks before a thing is paused or resumed.
func askFlip(v talk.View, p talk.Pressed) talk.Output {
	shown, fresh := asideData[partShown](v, stepPart, p)
	if !fresh {
		return stale(v, showPartsWith(v, ""))
	}
	if shown.Version != v.Program.Version {
		return showPart(v, shown.Part, shown.Page, v.Rich("owner.rules.changed"))
	}
	kind, no, _ := strings.Cut(p.Arg, ".")
	section, _ := findPart(shown.Part)
	for _, i := range section.itemsOf(v) {
		if i.flips != kind || strconv.Itoa(i.index) != no {
			continue
		}
		text, yes, style := v.Rich("owner.flip.pause.text", locales.Args{"Name": i.name}), v.T("owner.flip.pause.btn"), bots.StyleDanger
		if i.paused {
			text, yes, style = v.Rich("owner.flip.resume.text", locales.Args{"Name": i.name}), v.T("owner.flip.resume.btn"), bots.StyleSuccess
		}
		mark := v.NewMark()
		confirm := talk.Button(yes, Flow, "setflip", "", mark)
		confirm.Style = style
		f := flip{partShown: shown, Kind: kind, Index: i.index, Pause: !i.paused}
		return v.SayAnd(aside(stepFlip, f).Marked(mark), v.Screen(talk.Paragraphs(text, i.terms), talk.Row(confirm),
			back(v, "part", shown.Part+"."+strconv.Itoa(shown.Page))))
	}
	return stale(v, showPart(v, shown.Part, shown.Page, ""))
}

func pressFlip(v talk.View, p talk.Pressed) talk.Output {
	f, fresh := asideData[flip](v, stepFlip, p)
	if !fresh {
		return stale(v, showPartsWith(v, ""))
	}
	return v.WithProgram(func(v talk.View) talk.Output {
		settings := copied(v.Program.Settings)
		if !f.set(&settings) {
			return showPart(v, f.Part, f.Page, v.Rich("owner.rules.changed"))
		}
		return v.ChangeSettings(f.Version, &settings, func(v talk.View, err error) talk.Output {
			switch {
			case engine.IsKind(err, engine.KindConflict):
				return showPart(v, f.Part, f.Page, v.Rich("owner.rules.changed"))
			case err != nil:
				return v.Say(v.Alert(v.Problem(err)))
			}
			done := "owner.flip.resumed.toast"
			if f.Pause {
				done = "owner.flip.paused.toast"
			}
			return showPart(v, f.Part, f.Page, "").Toasted(v.T(done))
		})
	})
}

// set pauses or resumes the thing. It reports false when there is no such thing any more.
func (f flip) set(s *rules.Settings) bool {
	i := f.Index
	switch {
	case i < 0:
		return false
	case f.Kind == "rule" && i < len(s.Rules):
		s.Rules[i].Paused = f.Pause
	case f.Kind == "stamps" && i < len(s.Stamps):
		s.Stamps[i].Paused = f.Pause
	case f.Kind == "code" && i < len(s.Codes):
		s.Codes[i].Paused = f.Pause
	case f.Kind == "reward" && i < len(s.Rewards):
		s.Rewards[i].Paused = f.Pause
	case f.Kind == "gifts":
		s.Gifts.On = !f.Pause
	case f.Kind == "referral":
		s.Referral.On = !f.Pause
	case f.Kind == "feedback" && s.Feedback == rules.Feedback{}:
		s.Feedback = rules.DefaultFeedback()
	case f.Kind == "feedback":
		s.Feedback.On = !f.Pause
	default:
		return false
	}
	return true
}

// copied is a copy of settings whose lists can be changed without the others noticing.
func copied(s *rules.Settings) rules.Settings {
	c := *s
	c.Goods, c.Rules, c.Stamps = slices.Clone(s.Goods), slices.Clone(s.Rules), slices.Clone(s.Stamps)
	c.Codes, c.Rewards = slices.Clone(s.Codes), slices.Clone(s.Rewards)
	return c
}
