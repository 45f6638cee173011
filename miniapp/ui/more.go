package ui

import "kartka/locales"

// More leads to what has no tab of its own.
type More struct {
	SignOut bool // of a browser
	Items   []MoreItem
	Staff   []MoreItem // for those who work here
	Support string     // where to write to, "" unknown
}

func (More) template() string { return "more.html" }

// MoreItem leads to a page.
type MoreItem struct {
	Path, Icon, Text string
	Hint             string // in small letters, "" none
}

// Share is a link to pass on.
type Share struct {
	Link, Text string
	Address    string // where Telegram asks whom to send it to
}

// Invite is a guest's invitation.
type Invite struct {
	About   string
	Share   Share
	Gets    []string // what is got for a friend
	When    []string // and when
	Friends []string // how far each has come
	All     int
	More    int // friends that are not told
}

func (Invite) template() string { return "invite.html" }

// Option is one of several.
type Option struct {
	Value, Text string
	On          bool
}

// Languages lets one be chosen; an empty list does not.
type Languages struct {
	To   string // the page that follows
	List []Option
}

// Profile is who the guest is.
type Profile struct {
	Name, NameWrong string
	HasBirthday     bool
	Birthday        string // as it is kept, in words, "" unknown
	Fixed           bool   // it can be changed no more
	Day, Year       string // as they were typed
	Month           int
	Months          []Option
	BirthdayWrong   string
	About           About
	Phone           string // masked, "" unknown
	Chat            string // address of the chat with the bot
}

func (Profile) template() string { return "profile.html" }

// About is what else the guest can tell.
type About struct {
	Genders []Option
	City    string
	Fields  []AboutField
	Wrong   string // about what was sent last, "" nothing
}

// AboutField is something that the shop asks.
type AboutField struct {
	ID, Name string
	Value    string
	Choices  []Option // empty: any text
}

// Settings is what the guest decides.
type Settings struct {
	Languages Languages
	Channels  []Channel
	CanPause  bool // the card is the guest's to pause, or paused by the guest
	Paused    bool
}

func (Settings) template() string { return "settings.html" }

// Channel is a messenger that the guest wrote from.
type Channel struct {
	ID, Name string
	News     bool // news and offers may be sent there
}

// Privacy says what is kept and why.
type Privacy struct {
	Title   string
	Text    []locales.Safe
	Policy  string // address of the shop's own, "" none
	Support string
	Holder  bool // the reader has a card
}

func (Privacy) template() string { return "privacy.html" }

// Leave asks whether to delete the card, or to leave one that belongs to somebody else.
type Leave struct {
	Title  string
	Text   []locales.Safe // what is lost, with the first question
	Last   string         // the last question, "" with the first
	Shared string         // the question of leaving somebody's card, "" otherwise
}

func (Leave) template() string { return "leave.html" }

// Farewell is said to somebody who has left.
type Farewell struct{ Title, Text string }

func (Farewell) template() string { return "farewell.html" }
