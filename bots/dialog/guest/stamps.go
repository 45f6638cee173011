package guest

import (
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/rules"
	"kartka/locales"
)

// mostDots is the longest round that is drawn; a longer one is told in numbers.
const mostDots = 10

// stampCount is how many stamps the person has on a card, and how many rounds are done.
func stampCount(v talk.View, card string) rules.StampCount {
	for _, s := range v.Standing.Stamps {
		if s.Card == card {
			return s
		}
	}
	return rules.StampCount{Card: card}
}

// stampCards lists the cards that collect stamps now.
func stampCards(v talk.View) []*rules.StampCard {
	var cards []*rules.StampCard
	for i := range v.Program.Settings.Stamps {
		if c := &v.Program.Settings.Stamps[i]; !c.Paused {
			cards = append(cards, c)
		}
	}
	return cards
}

// stampGoal is how many stamps are collected in a round: of a card that gives a unit of its goods, the last one is that unit.
func stampGoal(c *rules.StampCard) int {
	if c.Free() {
		return c.Every - 1
	}
	return c.Every
}

// stampLine says how far a card is and what comes at its end. After returns a count may be below zero: the card is empty
// then, and the line says what has to be made up first.
func stampLine(v talk.View, c *rules.StampCard) bots.Rich {
	count, goal := stampCount(v, c.ID).Count, stampGoal(c)
	have := min(max(0, count), goal)
	args := locales.Args{"Name": bots.CleanName(v.Name("stamps:"+c.ID, ""), 24), "Have": have, "Goal": goal}
	var line bots.Rich
	if goal > mostDots {
		line = v.Rich("guest.stamps.number", args)
	} else {
		args["Dots"] = strings.Repeat("●", have) + strings.Repeat("○", goal-have)
		line = v.Rich("guest.stamps.dots", args)
	}
	whole := locales.Args{"Line": locales.Safe(line)}
	switch {
	case count < 0:
		return v.Rich("guest.stamps.below", whole, locales.Args{"Missing": -count})
	case c.Points > 0:
		return v.Rich("guest.stamps.points", whole, locales.Args{"Points": v.Points(c.Points)})
	case c.Coupon != "":
		return v.Rich("guest.stamps.coupon", whole, locales.Args{"Name": bots.CleanName(v.Name("coupon:"+c.Coupon, ""), 24)})
	case count >= goal:
		return v.Rich("guest.stamps.next", whole)
	}
	return v.Rich("guest.stamps.free", whole)
}

// stampDetail adds to a card's line how stamps are collected, and how many rounds are done.
func stampDetail(v talk.View, c *rules.StampCard) bots.Rich {
	args := locales.Args{"Terms": locales.Safe(v.StampTerms(*c))}
	terms := v.Rich("guest.stamps.terms", args)
	if done := stampCount(v, c.ID).Done; done > 0 {
		terms = v.Rich("guest.stamps.done", args, locales.Args{"Rounds": done})
	}
	return talk.Lines(stampLine(v, c), terms)
}
