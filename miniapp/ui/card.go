package ui

// Card is the guest's first page.
type Card struct {
	Pass  Pass
	State CardState
}

func (Card) template() string { return "card.html" }

// Pass is what a scanner reads.
type Pass struct {
	Program string
	Name    string // of the guest, "" unknown
	Number  string // to read aloud, in groups
	// Alias, Key (hex) and Until (Unix milliseconds) are what the page draws rotating codes from; Now is the server's clock, against one that is
	// wrong.
	Alias, Key string
	Now, Until int64
	Static     string // digits of the barcode
	Bars       string // path of the barcode
	BarWidth   int
	Off        string // why nothing can be scanned, "" it can
	Paused     bool   // the guest has paused the card, and may resume it
	Note       string
	Spends     bool // a live code is of use
}

// CardState is what a sale may change.
type CardState struct {
	HasPoints    bool
	Number, Unit string // of the balance
	Worth        string
	Facts        []Fact
	Tier         *Tier
	Stamps       []Stamp
	Coupons      int
}

func (CardState) template() string { return "state.html" }

// Fact is a line about the balance; its kind is the name of its icon.
type Fact struct{ Kind, Text string }

// Tier is a level with the way to the next one.
type Tier struct {
	Name, Benefit string
	Next, Missing string // "" none
	Have, From    int64
}

// Stamp is a stamp card.
type Stamp struct {
	Name       string
	Dots       []bool // nil where they would be too many
	Have, Goal int
	Gift       string
	Full       bool
	Missing    string // to be made up after a return, "" nothing
}

// Pulse is the pieces of a page that change while it is open.
type Pulse struct {
	Ask    Ask
	State  CardState
	Notice Note
}

func (Pulse) template() string { return "pulse.html" }

// Code is a live code.
type Code struct {
	Digits, Until string
	Seconds       int
}

func (Code) template() string { return "code.html" }

// Shell is the page before anybody has signed in.
type Shell struct {
	Open, Bot string // where the Mini App can be opened
	SignIn    string // where a browser signs in with Telegram, "" nowhere
}

func (Shell) template() string { return "shell.html" }

// Problem is what went wrong.
type Problem struct{ Text string }

func (Problem) template() string { return "problem.html" }
