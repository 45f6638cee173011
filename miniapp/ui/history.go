package ui

import "kartka/locales"

// History is what has moved on the card, newest first.
type History struct {
	Moves []Move
	Older string // address of what was before, "" nothing
}

func (History) template() string { return "history.html" }

// Move is one line of the history.
type Move struct {
	Path, What, When string
	Change           string // "" when it was not about points
	Sign             string // "plus", "minus" or "" where nothing changed
}

// Why explains one line of the history.
type Why struct {
	What, When   string
	Change, Sign string // as of a Move
	Reasons      []locales.Safe
	More         int // reasons that are not told
	Notes        []string
	Bought       []Bought
	Sums         []Sum
	Stars        int    // the mark it was given, 0 none
	Rate         string // address where it can be rated, "" it cannot
	Version      string // of the rules
}

func (Why) template() string { return "why.html" }

// Bought is a line of a receipt.
type Bought struct {
	Name, Sum     string
	Times, Earned string // "" for one, and for nothing
}

// Sum is a named amount.
type Sum struct{ Name, Value string }
