package guest

import (
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/locales"
	"kartka/words"
)

// mostDots is the longest round that is drawn; a longer one is told in numbers.
const mostDots = 10

// stampCards lists the cards that collect stamps now, with what the person has on each.
func stampCards(v talk.View) []words.Stamps { return v.Words().StampCards(&v.Standing) }

// stampLine says how far a card is and what comes at its end. After returns the card may be empty and wait for more: the line says
// what has to be made up first.
func stampLine(v talk.View, c words.Stamps) bots.Rich {
	args := locales.Args{"Name": words.CleanName(c.Name, 24), "Have": c.Have, "Goal": c.Goal}
	var line bots.Rich
	if c.Goal > mostDots {
		line = v.Rich("guest.stamps.number", args)
	} else {
		args["Dots"] = strings.Repeat("●", c.Have) + strings.Repeat("○", c.Goal-c.Have)
		line = v.Rich("guest.stamps.dots", args)
	}
	whole := locales.Args{"Line": locales.Safe(line)}
	switch {
	case c.Missing > 0:
		return v.Rich("guest.stamps.below", whole, locales.Args{"Missing": c.Missing})
	case c.Card.Points > 0:
		return v.Rich("guest.stamps.points", whole, locales.Args{"Points": c.Gift})
	case c.Card.Coupon != "":
		return v.Rich("guest.stamps.coupon", whole, locales.Args{"Name": words.CleanName(c.Gift, 24)})
	case c.Full():
		return v.Rich("guest.stamps.next", whole)
	}
	return v.Rich("guest.stamps.free", whole)
}

// stampDetail adds to a card's line how stamps are collected, and how many rounds are done.
func stampDetail(v talk.View, c words.Stamps) bots.Rich {
	args := locales.Args{"Terms": locales.Safe(v.StampTerms(*c.Card))}
	terms := v.Rich("guest.stamps.terms", args)
	if c.Done > 0 {
		terms = v.Rich("guest.stamps.done", args, locales.Args{"Rounds": c.Done})
	}
	return talk.Lines(stampLine(v, c), terms)
}
