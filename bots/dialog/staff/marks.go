package staff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// buttonUnits is how many units a row of buttons offers; more can be typed.
const buttonUnits = 4

// unitCards are the stamp cards that count units, which a bare sum cannot tell.
func unitCards(v talk.View) []rules.StampCard {
	return slices.DeleteFunc(slices.Clone(v.Program.Settings.Stamps), func(c rules.StampCard) bool { return c.Paused || c.PerCheck })
}

// units is how many units are reported for a card.
func (c counter) units(card string) int {
	for _, m := range c.Marks {
		if m.Card == card {
			return m.Units
		}
	}
	return 0
}

// marked reports units for a card; 0 takes the report back.
func (c counter) marked(card rules.StampCard, units int) counter {
	c.Marks = slices.DeleteFunc(slices.Clone(c.Marks), func(m rules.Mark) bool { return m.Card == card.ID })
	if units > 0 {
		c.Marks = append(c.Marks, rules.Mark{Card: card.ID, Units: units})
	}
	c.Offer, c.Limit = 0, 0
	return c
}

// markRows let the cashier tap how many units of a stamp card's goods a bare sum holds. With several cards each row names its own.
func markRows(v talk.View, c counter) [][]bots.Button {
	if len(c.Lines) > 0 {
		return nil
	}
	cards := unitCards(v)
	var rows [][]bots.Button
	for i, card := range cards[:min(len(cards), 3)] {
		var row []bots.Button
		for n := 1; n <= buttonUnits; n++ {
			text := "☑ " + strconv.Itoa(n)
			if c.units(card.ID) == n {
				text = "✅ " + strconv.Itoa(n)
			} else if len(cards) > 1 {
				text = fmt.Sprintf("%s %d", words.CleanName(v.Name("stamps:"+card.ID, card.ID), 5), n)
			}
			row = append(row, marked(v, text, actMark, fmt.Sprintf("%d:%d", i, n)))
		}
		rows = append(rows, row)
	}
	return rows
}

// markLine asks for the units.
func markLine(v talk.View, c counter) bots.Rich {
	cards := unitCards(v)
	if len(c.Lines) > 0 || len(cards) == 0 {
		return ""
	}
	var names []string
	for _, card := range cards[:min(len(cards), 3)] {
		names = append(names, v.Name("stamps:"+card.ID, card.ID))
	}
	return v.Rich("staff.offer.units", locales.Args{"Names": strings.Join(names, ", ")})
}

// markTapped takes a tap on a number of units; the same number again takes it back.
func markTapped(v talk.View, c counter, arg string) talk.Output {
	card, number, _ := strings.Cut(arg, ":")
	i, err := strconv.Atoi(card)
	n, numberErr := strconv.Atoi(number)
	cards := unitCards(v)
	if err != nil || numberErr != nil || i < 0 || i >= len(cards) || n < 1 || n > buttonUnits {
		return stale(v)
	}
	if c.units(cards[i].ID) == n {
		n = 0
	}
	return offer(v, c.marked(cards[i], n), note{})
}
