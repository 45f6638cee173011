package ui

import "kartka/locales"

// Scan is where the next guest is found.
type Scan struct {
	Shop, Place, Staff string
	Wrong, Typed       string // what did not work, and what was typed
	Currency           string // sign beside sums
	Decimals           int
}

func (Scan) template() string { return "scan.html" }

// Pick asks which of several guests it is.
type Pick struct{ List []Choice }

// Choice is a guest to be picked.
type Choice struct{ Proof, Name, Tail string }

func (Pick) template() string { return "scan_pick.html" }

// Guest is the guest at the counter, with the check to be typed.
type Guest struct {
	Proof            string
	Present          bool
	Name, Tail, Tier string
	HasPoints        bool
	Spendable        bool // something can be spent
	Balance, Worth   string
	Debt             string
	Stamps           []Stamp
	Coupons          []string
	Gifts            []Gift
	Papers           []Paper
	Note             string
	Visits           []string
	Menu             []Good
	Marks            []Mark
	Decimals         int
	Sign             string
}

func (Guest) template() string { return "scan_guest.html" }

// Gift is a coupon whose gift is handed over.
type Gift struct{ Coupon, Name, Key string }

// Paper is a gift certificate that can pay.
type Paper struct{ ID, Left string }

// Good is a category of the quick menu.
type Good struct{ ID, Name string }

// Mark is a stamp card that units are counted for.
type Mark struct{ Card, Name string }

// Quote is what the check would do.
type Quote struct {
	Ready           bool // false: there is no sum yet
	Present         bool
	Payable, Total  string
	Cut             bool // something is taken off
	Earns           bool
	Earn            string // number alone
	Limit, Redeem   int64  // smallest steps of the unit
	Spend, Most     string
	SpendNumber     string
	NoSpend, NoEarn locales.Safe
	Reasons, Say    []locales.Safe
	Coupons         bool
	Wrong           string
	Later           bool // coupons are kept for another time
}

func (Quote) template() string { return "scan_quote.html" }

// Wait is the question to the guest, as the cashier sees it.
type Wait struct {
	Hold    string
	Proof   string
	Name    string
	Points  string
	Seconds int
	Wrong   string
}

func (Wait) template() string { return "scan_wait.html" }

// Receipt is a sale that was made.
type Receipt struct {
	Sale, Name    string
	Take          string
	Free          bool // nothing is to be taken
	Sum, Time, No string
	HasPoints     bool
	Earned, Spent string
	Discount      string
	Balance, Tier string
	Issues        []string
	Reasons       []locales.Safe
	Gifts         []Gift
	Undo          int // seconds in which it can be undone
	Back          bool
	Key, Again    string
	Rate          Picture
}

func (Receipt) template() string { return "scan_receipt.html" }

// Picture is a QR code as an SVG path.
type Picture struct {
	Text string
	Size int // modules with the quiet zone
	Path string
}

// Totals is what a day came to.
type Totals struct {
	Checks, Sum, Earned, Burned string
	Returns, New, Guests        int
}

// Today is the day of a member of staff and, for managers, of all.
type Today struct {
	Date    string
	Own     Totals
	All     *Totals
	Last    string // id of the last sale
	SignOut bool   // of a browser
	Manager bool   // may see what guests say
}

func (Today) template() string { return "scan_today.html" }

// Places asks where the person works.
type Places struct{ List []Place }

// Place is a location.
type Place struct {
	ID, Name string
	Here     bool
}

func (Places) template() string { return "scan_places.html" }

// Returns asks for the number of a receipt.
type Returns struct{ Wrong, Typed string }

func (Returns) template() string { return "scan_returns.html" }

// Return is a check and what can come back of it.
type Return struct {
	Sale, No, Sum, When, Left string
	Over                      bool
	Lines                     []BackLine
	Key, Wrong, Typed         string
	All                       bool
	// Try says what the return would mean.
	Try                     bool
	Cash, Restored, Revoked string
	HasRestored, HasRevoked bool
}

// BackLine is a line that can come back.
type BackLine struct {
	No, Units int
	Name, Sum string
	Chosen    bool
}

func (Return) template() string { return "scan_return.html" }

// Returned is a return that was made.
type Returned struct {
	Sum, Cash, Restored, Revoked     string
	HasCash, HasRestored, HasRevoked bool
}

func (Returned) template() string { return "scan_returned.html" }
