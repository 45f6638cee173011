package rules

import "kartka/engine/money"

// Whose rate a line has, when it is not that of an offer, whose index it is then.
const (
	ofProgram = -1
	ofTheTier = -2
	ofNobody  = -3
)

// choice finds the best single base rate of every line; of equal ones the first offered counts.
type choice struct {
	rate   []money.Rate
	source []int
}

func newChoice(lines int) choice {
	c := choice{rate: make([]money.Rate, lines), source: make([]int, lines)}
	for i := range c.source {
		c.source[i] = ofNobody
	}
	return c
}

func (c choice) offer(lines lineSet, rate money.Rate, from int) {
	rate = min(rate, maxRate)
	for i := lines.next(0); i >= 0; i = lines.next(i + 1) {
		if rate > c.rate[i] {
			c.rate[i], c.source[i] = rate, from
		}
	}
}
