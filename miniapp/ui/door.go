package ui

// Doorway asks whoever follows a one-time link to press a button, which uses it up.
type Doorway struct {
	Action  string // where the button leads
	Program string
}

func (Doorway) template() string { return "doorway.html" }

// Outside tells somebody who cannot come in why, and where to begin.
type Outside struct {
	Title, Text string
	Hint        string
	Open, Bot   string // where the bot is and what it is called, "" none
}

func (Outside) template() string { return "outside.html" }
