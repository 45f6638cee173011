package rules

import (
	"strings"

	"kartka/engine/money"
)

// note is a reason before anybody has asked to read it: small, and without an allocation.
type note struct {
	id     string
	values [4]int64
	names  [4]argName
	n      uint8
}

// argName is the name of a number, as an index of argNames.
type argName uint8

const (
	argBase argName = iota
	argRate
	argPoints
	argMoney
	argLimit
	argDays
	argCount
	argOf
	argTimes
	argMost
	argFrom
	argTo
	argExcluded
)

var argNames = [...]string{ArgBase, ArgRate, ArgPoints, ArgMoney, ArgLimit, ArgDays, ArgCount, ArgOf, ArgTimes, ArgMost, ArgFrom, ArgTo, ArgExcluded}

// arg is a number of a reason.
type arg struct {
	name  argName
	value int64
}

func number[N ~int | ~int64](name argName, v N) arg { return arg{name, int64(v)} }

func why(id string, args ...arg) note {
	n := note{id: id}
	for _, a := range args {
		n = n.and(a)
	}
	return n
}

// and adds a number; a reason has at most four.
func (n note) and(a arg) note {
	n.names[n.n], n.values[n.n] = a.name, a.value
	n.n++
	return n
}

// reason is the note as it is read.
func (n note) reason() Reason {
	r := Reason{ID: n.id}
	if n.n > 0 {
		r.Args = make(map[string]int64, n.n)
		for i, name := range n.names[:n.n] {
			r.Args[argNames[name]] = n.values[i]
		}
	}
	return r
}

// subject is a thing of the settings that a reason names.
type subject struct {
	kind, id string // "rule:", "gold"
	name     Name
}

// words joins names of things with few allocations.
type words struct{ text strings.Builder }

func (w *words) join(a, b string) string {
	if w.text.Cap()-w.text.Len() < len(a)+len(b) {
		w.text.Reset()
		w.text.Grow(max(512, len(a)+len(b)))
	}
	from := w.text.Len()
	w.text.WriteString(a)
	w.text.WriteString(b)
	return w.text.String()[from:]
}

// tell adds an effect with its reason, unless nobody listens.
func (e *evaluation) tell(effect Effect, of subject, n note) {
	if e.in.Silent {
		return
	}
	if e.r.Effects == nil {
		e.r.Effects = make([]Effect, 0, 8+len(e.offers)*5/4)
	}
	effect.Reason = n.reason()
	if of.kind != "" {
		effect.Reason.Of = e.words.join(of.kind, of.id)
		effect.Reason.Text = e.nameOf(of.name)
		if effect.Rule == "" {
			effect.Rule = effect.Reason.Of
		}
	}
	e.r.Effects = append(e.r.Effects, effect)
}

// nameOf is a name in the program's first language.
func (e *evaluation) nameOf(n Name) string {
	if len(n) == 0 {
		return ""
	}
	if len(e.s.Languages) == 0 {
		return n.In("")
	}
	return n.In(e.s.Languages[0])
}

// tellOffer adds an effect of an offer.
func (e *evaluation) tellOffer(o *offer, state State, points money.Points, amount money.Amount, n note) {
	if e.in.Silent {
		return
	}
	effect := Effect{State: state, Points: int64(points), Amount: int64(amount)}
	if o.rule != nil {
		effect.Rule = o.rule.ID
	}
	e.tell(effect, o.subject(), n)
}

func ofTier(t *Tier) subject { return subject{"tier:", t.ID, t.Name} }
