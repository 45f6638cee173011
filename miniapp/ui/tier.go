package ui

import "kartka/locales"

// TierPage is a guest's level, and all of them.
type TierPage struct {
	Name      string   // "" none yet
	Term      []string // how long it is held, and what keeps it
	Way       Tier     // to the next one, without Name; Next is "" where there is none, or it is not on the way
	So        string   // far: "3 of 5 purchases"
	Top       bool     // nothing is above it
	ByFriends bool     // friends count
	List      []TierTerms
}

func (TierPage) template() string { return "tier.html" }

// TierTerms is a level with what it asks and gives.
type TierTerms struct {
	Name  string
	Terms locales.Safe
	Own   bool
}
