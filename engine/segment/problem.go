package segment

import "fmt"

// Problem says what is wrong with an expression: ID is a message of the catalogue under "segment.problem.", Args its words. It tells the person
// who wrote it where to look.
type Problem struct {
	ID string
	// At is the place in the sentence, in characters from 0; -1 where there is no sentence.
	At int
	// Near is what stands there.
	Near string
	// Args are further words: "Fact", "Ops", "Windows", "Max".
	Args map[string]any
}

func (p *Problem) Error() string {
	if p.At < 0 {
		return fmt.Sprintf("segment: %s (%s)", p.ID, p.Near)
	}
	return fmt.Sprintf("segment: %s at %d (%s)", p.ID, p.At, p.Near)
}

// The problems.
const (
	ProblemEmpty    = "empty"    // there is nothing
	ProblemLong     = "long"     // more than may be: Max
	ProblemSign     = "sign"     // a character that means nothing here
	ProblemQuote    = "quote"    // a quotation mark that is not closed
	ProblemFact     = "fact"     // nothing of this name is known
	ProblemWanted   = "wanted"   // a condition is missing here
	ProblemMore     = "more"     // there is something after the end: "and" or "or" may be missing
	ProblemParen    = "paren"    // a parenthesis that is not closed
	ProblemArgument = "argument" // the fact's argument is missing, or it has none: Fact
	ProblemWindow   = "window"   // not one of the spans that are kept: Fact, Windows
	ProblemOp       = "op"       // a comparison this fact does not take, or none: Fact, Ops
	ProblemValue    = "value"    // not a value of this fact: Fact
	ProblemRange    = "range"    // between: the second is less than the first
	ProblemUnknown  = "unknown"  // the program has no such thing: Thing
	ProblemLoop     = "loop"     // a segment that asks about itself
	ProblemJSON     = "json"     // not the JSON of an expression
)

func problem(id string, at int, near string, args ...any) *Problem {
	p := &Problem{ID: id, At: at, Near: near}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]any{}
		}
		p.Args[args[i].(string)] = args[i+1]
	}
	return p
}
