package segment

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Grammar is how a sentence is to be read.
type Grammar struct {
	// Money and Points are the decimals of the program's currency and of its unit: "99.50" is 9950 with two.
	Money, Points int
	// Words are names in another language, in lower case, for those of this one: "візитів" for "visits". The names of this language are
	// always understood.
	Words map[string]string
	// Spell and Days are how [Format] writes words of this language and a number of days in another one, so that Words reads them; nil for this
	// language itself.
	Spell func(word string) string
	Days  func(days int64) string
}

// Parse reads a sentence:
//
//	expression = term {"or" term}
//	term       = factor {"and" factor}
//	factor     = "not" factor | "(" expression ")" | "everyone" | question
//	question   = fact ["(" [name] [","] [days] ")"] [comparison]
//	comparison = ("=" | "!=" | "<" | "<=" | ">" | ">=") value | ["not"] "in" "(" value {"," value} ")" | "between" value "and" value
//
// Facts are those of [Facts]. A name or a text stands in quotation marks, or without when it is one word. Days are "30", "30d" or "30 days". An error is a *Problem.
func Parse(text string, g Grammar) (Expr, error) {
	tokens, p := lex(text)
	if p != nil {
		return nil, p
	}
	r := reader{tokens: tokens, grammar: g}
	if r.peek().kind == tokenEnd {
		return nil, problem(ProblemEmpty, 0, "")
	}
	x, p := r.either(0)
	if p != nil {
		return nil, p
	}
	if t := r.peek(); t.kind != tokenEnd {
		return nil, problem(ProblemMore, t.at, t.near)
	}
	if p := bounded(x); p != nil {
		return nil, p
	}
	return x, nil
}

// The words that are no facts.
const (
	wordAnd      = "and"
	wordOr       = "or"
	wordNot      = "not"
	wordEveryone = "everyone"
	wordDays     = "d"
)

// synonyms are further names of this language.
var synonyms = map[string]string{"day": wordDays, "days": wordDays, "everybody": wordEveryone, "all": wordEveryone}

type reader struct {
	tokens  []token
	grammar Grammar
	conds   int
}

func (r *reader) peek() token { return r.tokens[0] }

func (r *reader) take() token {
	t := r.tokens[0]
	if t.kind != tokenEnd {
		r.tokens = r.tokens[1:]
	}
	return t
}

// word is what a token says, "" when it is no word.
func (r *reader) word(t token) string {
	if t.kind != tokenWord {
		return ""
	}
	w := strings.ToLower(t.text)
	if own, ok := r.grammar.Words[w]; ok {
		return own
	}
	if own, ok := synonyms[w]; ok {
		return own
	}
	return w
}

func (r *reader) takes(word string) bool {
	if r.word(r.peek()) != word {
		return false
	}
	r.take()
	return true
}

func (r *reader) either(deep int) (Expr, *Problem) {
	return r.joined(deep, wordOr, r.both, func(parts []Expr) Expr { return Any(parts) })
}

func (r *reader) both(deep int) (Expr, *Problem) {
	return r.joined(deep, wordAnd, r.factor, func(parts []Expr) Expr { return All(parts) })
}

// joined reads parts with a word between them; one alone is itself.
func (r *reader) joined(deep int, by string, read func(int) (Expr, *Problem), join func([]Expr) Expr) (Expr, *Problem) {
	var parts []Expr
	for {
		x, p := read(deep)
		if p != nil {
			return nil, p
		}
		parts = append(parts, x)
		if !r.takes(by) {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return join(parts), nil
}

func (r *reader) factor(deep int) (Expr, *Problem) {
	t := r.peek()
	if deep >= MaxDepth {
		return nil, problem(ProblemLong, t.at, t.near, "Max", MaxDepth)
	}
	switch {
	case r.takes(wordNot):
		x, p := r.factor(deep + 1)
		if p != nil {
			return nil, p
		}
		return Not{x}, nil
	case r.takes(wordEveryone):
		return All{}, nil
	case t.kind == tokenOpen:
		r.take()
		x, p := r.either(deep + 1)
		if p != nil {
			return nil, p
		}
		if end := r.take(); end.kind != tokenClose {
			return nil, problem(ProblemParen, t.at, t.near)
		}
		return x, nil
	}
	return r.question()
}

func (r *reader) question() (Expr, *Problem) {
	t := r.take()
	name := r.word(t)
	if t.kind != tokenWord || name == wordAnd || name == wordOr {
		return nil, problem(ProblemWanted, t.at, t.near)
	}
	fact := FactOf(name)
	if fact == nil {
		return nil, problem(ProblemFact, t.at, t.near)
	}
	if r.conds++; r.conds > MaxConds {
		return nil, problem(ProblemLong, t.at, t.near, "Max", MaxConds)
	}
	c := Cond{Fact: fact.Name}
	if r.peek().kind == tokenOpen {
		if p := r.argument(fact, &c); p != nil {
			return nil, p
		}
	}
	negated, p := r.comparison(fact, &c)
	if p != nil {
		return nil, p
	}
	if p := c.check(t.at, t.near); p != nil {
		return nil, p
	}
	if negated {
		return Not{c}, nil
	}
	return c, nil
}

// argument reads what stands in parentheses after a fact: a name, days, or both.
func (r *reader) argument(fact *Fact, c *Cond) *Problem {
	open := r.take()
	for {
		t := r.take()
		switch {
		case t.kind == tokenNumber && (r.takes(wordDays) || fact.Of == NoThing):
			days, err := strconv.Atoi(t.text)
			if err != nil || c.Days != 0 || days == 0 || !slices.Contains(fact.spans(), days) {
				return problem(ProblemWindow, t.at, t.near, "Fact", fact.Name, "Windows", fact.windows())
			}
			c.Days = days
		case (t.kind == tokenText || t.kind == tokenWord || t.kind == tokenNumber) && fact.Of != NoThing && c.Of == "" && t.text != "":
			if c.Of = strings.TrimSpace(t.text); c.Of == "" {
				return problem(ProblemArgument, t.at, t.near, "Fact", fact.Name)
			}
		default:
			return problem(ProblemArgument, t.at, t.near, "Fact", fact.Name)
		}
		switch end := r.take(); end.kind {
		case tokenClose:
			return nil
		case tokenComma:
		default:
			return problem(ProblemParen, open.at, open.near)
		}
	}
}

// comparison reads how a fact's value is compared, and with what. negated tells of "not in".
func (r *reader) comparison(fact *Fact, c *Cond) (negated bool, p *Problem) {
	t := r.peek()
	word := r.word(t)
	if fact.Kind == KindFlag {
		if t.kind == tokenOp || word == string(OpIn) || word == string(OpBetween) {
			return false, problem(ProblemOp, t.at, t.near, "Fact", fact.Name, "Ops", "")
		}
		return false, nil
	}
	if word == wordNot && len(r.tokens) > 1 && r.word(r.tokens[1]) == string(OpIn) {
		r.take()
		negated, word = true, string(OpIn)
	}
	switch {
	case t.kind == tokenOp:
		c.Op = Op(r.take().text)
	case word == string(OpIn), word == string(OpBetween):
		r.take()
		c.Op = Op(word)
	}
	if !slices.Contains(fact.Ops(), c.Op) {
		return false, problem(ProblemOp, t.at, t.near, "Fact", fact.Name, "Ops", fact.ops())
	}
	switch c.Op {
	case OpIn:
		return negated, r.list(fact, c)
	case OpBetween:
		first := r.peek()
		if p := r.value(fact, c); p != nil {
			return false, p
		}
		if and := r.peek(); !r.takes(wordAnd) {
			return false, problem(ProblemOp, and.at, and.near, "Fact", fact.Name, "Ops", fact.ops())
		}
		if p := r.value(fact, c); p != nil {
			return false, p
		}
		if c.Values[0].Number > c.Values[1].Number {
			return false, problem(ProblemRange, first.at, first.near, "Fact", fact.Name)
		}
		return false, nil
	}
	return false, r.value(fact, c)
}

func (r *reader) list(fact *Fact, c *Cond) *Problem {
	open := r.take()
	if open.kind != tokenOpen {
		return problem(ProblemParen, open.at, open.near)
	}
	for {
		if p := r.value(fact, c); p != nil {
			return p
		}
		switch end := r.take(); end.kind {
		case tokenClose:
			return nil
		case tokenComma:
		default:
			return problem(ProblemParen, open.at, open.near)
		}
	}
}

// value reads one value of a fact.
func (r *reader) value(fact *Fact, c *Cond) *Problem {
	t := r.take()
	wrong := problem(ProblemValue, t.at, t.near, "Fact", fact.Name)
	if len(c.Values) == MaxValues {
		return problem(ProblemLong, t.at, t.near, "Max", MaxValues)
	}
	if fact.Kind == KindText {
		text := strings.TrimSpace(t.text)
		switch {
		case t.kind == tokenWord && fact.Values == ThingGender:
			text = r.word(t)
		case t.kind != tokenWord && t.kind != tokenText && t.kind != tokenNumber, text == "":
			return wrong
		}
		c.Values = append(c.Values, Value{Text: text})
		return nil
	}
	if t.kind != tokenNumber {
		return wrong
	}
	if point := r.peek(); point.kind == tokenComma && point.tight && c.Op != OpIn {
		r.take()
		part := r.take()
		t.text, wrong.Near = t.text+"."+part.text, t.near+point.near+part.near
	}
	n, ok := scaled(t.text, fact.Kind.decimals(r.grammar))
	if !ok {
		return wrong
	}
	if fact.Kind == KindDays {
		r.takes(wordDays)
	}
	c.Values = append(c.Values, Value{Number: n})
	return nil
}

// decimals is how many a value of the kind may have.
func (k Kind) decimals(g Grammar) int {
	switch k {
	case KindMoney:
		return g.Money
	case KindPoints:
		return g.Points
	case KindRatio:
		return 2
	}
	return 0
}

// scaled reads a decimal as a whole number of its smallest steps. More decimals than there are steps are none: "5.000" is five thousand to many.
func scaled(text string, decimals int) (int64, bool) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > decimals || strings.Contains(part, ".") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	return n, err == nil && n <= maxNumber
}

// maxNumber bounds values, so that differences of days and sums stay far from the end of numbers.
const maxNumber = math.MaxInt64 / 1024
