package segment

// Expr is a condition on a member: [All], [Any], [Not] or [Cond]. An All of nothing holds for everybody.
type Expr interface{ expr() }

// All holds when every one of its conditions does.
type All []Expr

// Any holds when one of its conditions does, so an Any of nothing for nobody.
type Any []Expr

// Not holds when its condition does not.
type Not struct{ X Expr }

// Cond is one question about a member.
type Cond struct {
	Fact string
	Of   string // what the fact's argument names, by id; "" none
	Days int    // the window, 0 the whole life
	Op   Op     // "" for a flag
	// Values are compared with: one, for OpBetween two, for OpIn one or more.
	Values []Value
}

func (All) expr()  {}
func (Any) expr()  {}
func (Not) expr()  {}
func (Cond) expr() {}

// Value is a text or a number, as the fact's kind says.
type Value struct {
	Text   string
	Number int64
}

// Op is a comparison.
type Op string

// The comparisons.
const (
	OpIs      Op = "="
	OpIsNot   Op = "!="
	OpLess    Op = "<"
	OpAtMost  Op = "<="
	OpMore    Op = ">"
	OpAtLeast Op = ">="
	OpBetween Op = "between" // both ends belong to it
	OpIn      Op = "in"
)

// Bounds of an expression. What goes beyond is refused, however it is written.
const (
	MaxText   = 4000 // bytes of a sentence
	MaxDepth  = 12   // parentheses within each other
	MaxConds  = 60
	MaxValues = 50  // of one list
	MaxName   = 100 // characters of a text or a name
)

// Conds lists an expression's questions from left to right.
func Conds(x Expr) []Cond {
	var all []Cond
	walk(x, func(c Cond) { all = append(all, c) })
	return all
}

func walk(x Expr, visit func(Cond)) {
	switch x := x.(type) {
	case All:
		for _, part := range x {
			walk(part, visit)
		}
	case Any:
		for _, part := range x {
			walk(part, visit)
		}
	case Not:
		walk(x.X, visit)
	case Cond:
		visit(x)
	}
}

// Segments lists the segments an expression asks membership of.
func Segments(x Expr) []string {
	var ids []string
	walk(x, func(c Cond) {
		if c.Fact == "in" {
			ids = append(ids, c.Of)
		}
	})
	return ids
}

// Normal is the expression without what says nothing: an All or Any of one is that one, an Any of none is "not everyone".
func Normal(x Expr) Expr {
	switch x := x.(type) {
	case All:
		return joined(x, func(parts []Expr) Expr { return All(parts) })
	case Any:
		if len(x) == 0 {
			return Not{All{}}
		}
		return joined(x, func(parts []Expr) Expr { return Any(parts) })
	case Not:
		return Not{Normal(x.X)}
	}
	return x
}

func joined(parts []Expr, join func([]Expr) Expr) Expr {
	if len(parts) == 1 {
		return Normal(parts[0])
	}
	out := make([]Expr, len(parts))
	for i, part := range parts {
		out[i] = Normal(part)
	}
	return join(out)
}

// bounded reports what of an expression in the form of [Normal] is more than may be. It is what can be written as a sentence and read again.
func bounded(x Expr) *Problem {
	switch {
	case len(Conds(x)) > MaxConds:
		return problem(ProblemLong, -1, "", "Max", MaxConds)
	case depth(x) > MaxDepth:
		return problem(ProblemLong, -1, "", "Max", MaxDepth)
	case len(Format(x, Grammar{}, nil)) > MaxText:
		return problem(ProblemLong, -1, "", "Max", MaxText)
	}
	return nil
}

// depth is how many parts stand within each other, one of which at least is a question.
func depth(x Expr) int {
	most := 0
	var parts []Expr
	switch x := x.(type) {
	case All:
		parts = x
	case Any:
		parts = x
	case Not:
		parts = []Expr{x.X}
	}
	for _, part := range parts {
		most = max(most, depth(part))
	}
	return most + 1
}
