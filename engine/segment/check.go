package segment

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// check reports what is wrong with a question by itself, wherever it came from.
func (c Cond) check(at int, near string) *Problem {
	fact := FactOf(c.Fact)
	if fact == nil {
		return problem(ProblemFact, at, near)
	}
	switch {
	case (c.Of != "" && fact.Of == NoThing) || (c.Of == "" && fact.Needs) || !sound(c.Of):
		return problem(ProblemArgument, at, near, "Fact", fact.Name)
	case !slices.Contains(fact.spans(), c.Days):
		return problem(ProblemWindow, at, near, "Fact", fact.Name, "Windows", fact.windows())
	case fact.Kind == KindFlag:
		if c.Op != "" || len(c.Values) > 0 {
			return problem(ProblemOp, at, near, "Fact", fact.Name, "Ops", "")
		}
		return nil
	case !slices.Contains(fact.Ops(), c.Op):
		return problem(ProblemOp, at, near, "Fact", fact.Name, "Ops", fact.ops())
	}
	switch n := len(c.Values); {
	case n > MaxValues:
		return problem(ProblemLong, at, near, "Max", MaxValues)
	case c.Op == OpBetween && n != 2, c.Op == OpIn && n == 0, c.Op != OpBetween && c.Op != OpIn && n != 1:
		return problem(ProblemValue, at, near, "Fact", fact.Name)
	}
	for _, v := range c.Values {
		text := fact.Kind == KindText
		if text != (v.Text != "") || text && v.Number != 0 || !sound(v.Text) || v.Number < 0 || v.Number > maxNumber {
			return problem(ProblemValue, at, near, "Fact", fact.Name)
		}
	}
	if c.Op == OpBetween && c.Values[0].Number > c.Values[1].Number {
		return problem(ProblemRange, at, near, "Fact", fact.Name)
	}
	return nil
}

// sound reports whether a text is one that a sentence can hold: no control characters, one kind of quotation marks at most, not endless.
func sound(text string) bool {
	return !(strings.Contains(text, `"`) && strings.ContainsAny(text, "«»")) && utf8.ValidString(text) && utf8.RuneCountInString(text) <= MaxName && strings.TrimSpace(text) == text &&
		!strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) })
}

// spans are the windows a fact may have; that of a whole life, 0, is there unless the fact is only known for spans.
func (f *Fact) spans() []int {
	if f.Windows == nil {
		return []int{0}
	}
	return f.Windows
}

// windows lists them as they are written.
func (f *Fact) windows() string {
	var all []string
	for _, days := range f.Windows {
		if days > 0 {
			all = append(all, strconv.Itoa(days)+wordDays)
		}
	}
	return strings.Join(all, ", ")
}

func (f *Fact) ops() string {
	var all []string
	for _, op := range f.Ops() {
		all = append(all, string(op))
	}
	return strings.Join(all, "  ")
}

// Known is what a program has, to resolve names with.
type Known interface {
	// Resolve finds what a person means by a name: the id, or false when the program has no such thing. An id is found too.
	Resolve(thing Thing, name string) (id string, ok bool)
}

// Chooser is a [Known] that knows which values fields have, too.
type Chooser interface {
	// Choice finds the id of what a person calls a value of a field, or false when the field has choices and none of that name. The field is an id.
	Choice(field, name string) (id string, ok bool)
}

// Check reports the first thing an expression asks for that the program does not have, and returns the expression with ids for names.
func Check(x Expr, known Known) (Expr, error) {
	if x == nil {
		return nil, problem(ProblemEmpty, -1, "")
	}
	if depth(x) > 4*MaxDepth { // before it is walked through
		return nil, problem(ProblemLong, -1, "", "Max", MaxDepth)
	}
	x, err := resolve(Normal(x), known)
	if err != nil {
		return nil, err
	}
	if p := bounded(x); p != nil {
		return nil, p
	}
	return x, nil
}

func resolve(x Expr, known Known) (Expr, error) {
	switch x := x.(type) {
	case All:
		parts, err := resolveAll(x, known)
		return All(parts), err
	case Any:
		parts, err := resolveAll(x, known)
		return Any(parts), err
	case Not:
		part, err := resolve(x.X, known)
		return Not{part}, err
	case Cond:
		return resolveCond(x, known)
	}
	return nil, problem(ProblemEmpty, -1, "")
}

func resolveAll(parts []Expr, known Known) ([]Expr, error) {
	out := make([]Expr, len(parts))
	for i, part := range parts {
		var err error
		if out[i], err = resolve(part, known); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func resolveCond(c Cond, known Known) (Expr, error) {
	if p := c.check(-1, c.Fact); p != nil {
		return nil, p
	}
	fact := FactOf(c.Fact)
	find := func(thing Thing, name string) (string, error) {
		id, ok := known.Resolve(thing, name)
		if !ok || !sound(id) || id == "" {
			return "", problem(ProblemUnknown, -1, name, "Thing", string(thing))
		}
		return id, nil
	}
	var err error
	if c.Of != "" {
		if c.Of, err = find(fact.Of, c.Of); err != nil {
			return nil, err
		}
	}
	if fact.Values != NoThing {
		c.Values = slices.Clone(c.Values)
		for i := range c.Values {
			if c.Values[i].Text, err = find(fact.Values, c.Values[i].Text); err != nil {
				return nil, err
			}
		}
	}
	if chooser, ok := known.(Chooser); ok && fact.Of == ThingField {
		c.Values = slices.Clone(c.Values)
		for i, v := range c.Values {
			id, ok := chooser.Choice(c.Of, v.Text)
			if !ok || !sound(id) || id == "" {
				return nil, problem(ProblemUnknown, -1, v.Text, "Thing", string(ThingChoice))
			}
			c.Values[i].Text = id
		}
	}
	return c, nil
}
