package words

import (
	"slices"

	"kartka/engine/rules"
)

// Stamps is how far somebody is on a stamp card.
type Stamps struct {
	Card *rules.StampCard
	Name string
	// Have of Goal stamps are collected, 0 to Goal.
	Have, Goal int
	// Missing is what has to be made up after returns before anything counts again, 0 when nothing has.
	Missing int
	Done    int    // rounds completed
	Gift    string // what comes at the end: "50 bonuses", the name of a coupon, "1 item free"
}

// Full reports whether nothing is missing but the gift.
func (s Stamps) Full() bool { return s.Missing == 0 && s.Have == s.Goal }

// StampCards lists the cards that collect stamps now, with what somebody has on each.
func (w Words) StampCards(m *rules.Standing) []Stamps {
	var cards []Stamps
	for i := range w.Program.Settings.Stamps {
		c := &w.Program.Settings.Stamps[i]
		if c.Paused {
			continue
		}
		s := Stamps{Card: c, Name: w.Name("stamps:"+c.ID, ""), Goal: StampGoal(c), Gift: w.stampGift(c)}
		if at := slices.IndexFunc(m.Stamps, func(n rules.StampCount) bool { return n.Card == c.ID }); at >= 0 {
			n := m.Stamps[at]
			s.Have, s.Missing, s.Done = min(max(0, n.Count), s.Goal), max(0, -n.Count), n.Done
		}
		cards = append(cards, s)
	}
	return cards
}

// StampGoal is how many stamps are collected in a round: of a card that gives a unit of its goods, the last one is that unit.
func StampGoal(c *rules.StampCard) int {
	if c.Free() {
		return c.Every - 1
	}
	return c.Every
}

func (w Words) stampGift(c *rules.StampCard) string {
	switch {
	case c.Points > 0:
		return w.Points(c.Points)
	case c.Coupon != "":
		return w.Name("coupon:"+c.Coupon, "")
	}
	return w.T("terms.gives.free")
}
