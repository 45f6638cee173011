package ui

import "kartka/locales"

// Join offers a card to somebody who has none.
type Join struct {
	Program   string
	Closed    string // why nobody can join now, "" they can
	Offer     []locales.Safe
	Agree     string // what is agreed to by joining
	Languages Languages
	Staff     []MoreItem // for those who work here
}

func (Join) template() string { return "join.html" }
