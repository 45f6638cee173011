package staff

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// note is what is said besides a screen: a toast over it, or what went wrong above it.
type note struct {
	toast   string
	problem bots.Rich
	good    bots.Rich // what has been done
}

// trouble is a note of an error.
func trouble(v talk.View, err error) note { return note{problem: bots.Escape(v.Problem(err))} }

// refusal is an error that is found here before the engine would find it, told in the engine's words.
func refusal(kind engine.Kind, id string) error { return &engine.Error{Kind: kind, ID: id} }

// shown ends a deed with a screen at a step.
func shown(v talk.View, at string, c counter, n note, body bots.Rich, buttons ...[]bots.Button) talk.Output {
	return v.SayAnd(talk.In(Flow, at, c).Marked(v.NewMark()), screen(v, n, body, buttons...))
}

func screen(v talk.View, n note, body bots.Rich, buttons ...[]bots.Button) bots.Message {
	problem := n.problem
	if problem != "" {
		problem = "❗ " + problem
	}
	good := n.good
	if good != "" {
		good = "✅ " + good
	}
	m := v.Screen(talk.Paragraphs(good, problem, body), buttons...)
	if m.Ack != nil {
		m.Ack.Text = n.toast
	}
	return m
}

// marked is a button of the current screen, lasting one that works wherever it stands.
func marked(v talk.View, text, action, arg string) bots.Button {
	return talk.Button(text, Flow, action, arg, v.NewMark())
}

func lasting(text, action, arg string) bots.Button { return talk.Button(text, Flow, action, arg, "") }

func primary(b bots.Button) bots.Button {
	b.Style = bots.StylePrimary
	return b
}

func cancelButton(v talk.View) bots.Button {
	return marked(v, v.T("common.cancel.btn"), actCancel, "")
}

func homeButton(v talk.View) bots.Button { return lasting(v.T("staff.btn.counter"), actHome, "") }

// nextButton leads to the next guest.
func nextButton(v talk.View) bots.Button { return lasting(v.T("staff.btn.next"), actHome, "") }

func (g guest) called(v talk.View) string {
	if g.Name == "" {
		return v.T("staff.guest.unnamed")
	}
	return g.Name
}

// tail is the end of a card's number: enough to tell cards apart.
func (g guest) tail() string {
	if len(g.Card) < 4 {
		return g.Card
	}
	return g.Card[len(g.Card)-3:]
}

// masked shows only the beginning of a name, when it is not sure whose card it is.
func (g guest) masked(v talk.View) string {
	if g.Name == "" {
		return g.called(v)
	}
	name := []rune(g.Name)
	return string(name[:min(2, len(name))]) + "•••"
}

func guestOf(m engine.Member) guest {
	return guest{ID: m.ID, Name: words.CleanName(m.Name, 24), Card: m.Card}
}

// balanceLines are the numbers of an account that matter at a counter.
func balanceLines(v talk.View, b engine.Balance) bots.Rich {
	if pointless(v, b) {
		return ""
	}
	out := []bots.Rich{v.Rich("staff.guest.available", locales.Args{"Points": v.Points(b.Available)})}
	if b.Pending > 0 {
		out = append(out, v.Rich("staff.guest.pending", locales.Args{"Points": v.Points(b.Pending)}))
	}
	if b.Held > 0 {
		out = append(out, v.Rich("staff.guest.held", locales.Args{"Points": v.Points(b.Held)}))
	}
	return talk.Lines(append(out, debtLine(v, b))...)
}

// balanceAfter is what a guest can spend once something has been done, as the guest is told it, with what still waits and what is owed.
func balanceAfter(v talk.View, b engine.Balance) bots.Rich {
	if pointless(v, b) {
		return ""
	}
	out := []bots.Rich{v.Rich("staff.receipt.balance", locales.Args{"Points": v.Points(b.Available)})}
	if b.Pending > 0 {
		out = append(out, v.Rich("staff.guest.pending", locales.Args{"Points": v.Points(b.Pending)}))
	}
	return talk.Lines(append(out, debtLine(v, b))...)
}

// pointless reports whether an account is not worth a word: the program has no points, and nothing is left of earlier ones.
func pointless(v talk.View, b engine.Balance) bool {
	return b.Total == 0 && b.Debt == 0 && !talk.PointsOn(v.Program.Settings)
}

func debtLine(v talk.View, b engine.Balance) bots.Rich {
	if b.Debt == 0 {
		return ""
	}
	return v.Rich("staff.guest.debt", locales.Args{"Points": v.Points(b.Debt)})
}
