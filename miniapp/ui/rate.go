package ui

// Rate asks how a purchase was.
type Rate struct {
	Action, Program  string
	When, Sum, Place string
	Stars            []Star
	Comment, Wrong   string
	Max              int // characters of a comment
}

// Star is a mark that can be given.
type Star struct {
	Value  int
	Chosen bool
}

func (Rate) template() string { return "rate.html" }

// Rated is the thanks for a mark.
type Rated struct {
	Stars int
	Low   bool
	Home  bool // the guest has a card to go back to
}

func (Rated) template() string { return "rated.html" }

// Feedback is what guests say, for those who manage the shop.
type Feedback struct {
	Periods              []Period
	All                  Tally
	Days, Places, People []Tally
	Opinions             []Opinion
	Older                string // address of older opinions, "" none
	Off                  bool   // nobody is asked now
}

// Period is a choice of days.
type Period struct {
	Days int
	Text string
	Here bool
}

// Tally is what marks come to.
type Tally struct {
	Name, Average string
	Marks         int
	Bars          []Bar
}

// Bar is how many gave so many stars.
type Bar struct{ Stars, Count, Of int }

// Opinion is a mark with its words.
type Opinion struct {
	Stars                                  int
	Comment, When, Sum, Name, Place, Staff string
}

func (Feedback) template() string { return "scan_feedback.html" }
