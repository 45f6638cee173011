package storage

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"kartka/engine/segment"
)

// A condition on a number holds for spans of it, so that it is answered by a look through one column. What a condition means is said by
// [segment.Match]; what is compiled for the database means the same.

// spansOf are the numbers for which a condition holds.
func spansOf(q segment.Cond) (spans []span) {
	if len(q.Values) == 0 {
		return nil
	}
	n := q.Values[0].Number
	below := func() {
		if n > math.MinInt64 {
			spans = append(spans, span{math.MinInt64, n - 1})
		}
	}
	above := func() {
		if n < math.MaxInt64 {
			spans = append(spans, span{n + 1, math.MaxInt64})
		}
	}
	switch q.Op {
	case segment.OpIs:
		return []span{{n, n}}
	case segment.OpIsNot:
		below()
		above()
	case segment.OpLess:
		below()
	case segment.OpAtMost:
		return []span{{math.MinInt64, n}}
	case segment.OpMore:
		above()
	case segment.OpAtLeast:
		return []span{{n, math.MaxInt64}}
	case segment.OpBetween:
		if len(q.Values) == 2 {
			return []span{{n, q.Values[1].Number}}
		}
	case segment.OpIn:
		for _, v := range q.Values {
			spans = append(spans, span{v.Number, v.Number})
		}
	}
	return spans
}

// atLeast cuts spans off below a number.
func atLeast(spans []span, least int64) []span {
	out := slices.Clone(spans)
	for i := range out {
		out[i].from = max(out[i].from, least)
	}
	return out
}

// daysAgo are the days that were so many days ago as spans say; days to come were today. A day that never was is in none.
func daysAgo(spans []span, today segment.Day) []span {
	var out []span
	for _, ago := range spans {
		if ago.to < 0 || ago.from > ago.to {
			continue
		}
		days := span{int64(today) - ago.to, math.MaxInt64}
		if ago.from > 0 {
			days.to = int64(today) - ago.from
		}
		out = append(out, days)
	}
	return atLeast(out, 1)
}

// fifthsAs are the numbers of a column whose fifth is as a condition wants it.
func fifthsAs(q segment.Cond, bounds [4]int64) (spans []span) {
	slices.Sort(bounds[:])
	for fifth := range 5 {
		if !q.Holds(int64(fifth + 1)) {
			continue
		}
		of := span{math.MinInt64, math.MaxInt64}
		if fifth > 0 {
			of.from = bounds[fifth-1]
		}
		if fifth < 4 {
			of.to = bounds[fifth] - 1 // a bound is a number that somebody has
		}
		spans = append(spans, of)
	}
	return spans
}

// inColumns reports whether the columns tell for whom a condition holds.
func inColumns(q segment.Cond) bool {
	_, number := numbers[q.Fact][q.Days]
	return number || computed[q.Fact] != nil || days[q.Fact] != "" || texts[q.Fact] != "" || q.Fact == "tag"
}

// cond finds the members for whom a condition holds, dead or alive. The columns tell, see [inColumns].
func (c *columns) cond(q segment.Cond, today segment.Day, f segment.Fifths) bitset {
	found := newBitset(c.size)
	if answer := computed[q.Fact]; answer != nil {
		answer(c, q, today, f, found)
		return found
	}
	if of, ok := numbers[q.Fact][q.Days]; ok {
		c.number(strings.TrimPrefix(of.name, "t.")).within(spansOf(q), found)
		return found
	}
	if name, ok := days[q.Fact]; ok {
		c.number(strings.TrimPrefix(name, "t.")).within(daysAgo(spansOf(q), today), found)
		return found
	}
	name := cmp.Or(strings.TrimPrefix(texts[q.Fact], "t."), "tags")
	c.text(name).equal(q.Values, found)
	if q.Op == segment.OpIsNot {
		found.flip()
	}
	return found
}

// flip turns a set into all others of its words.
func (s bitset) flip() {
	for i := range s {
		s[i] = ^s[i]
	}
}

// computed are the facts that take more than one look at one column.
var computed = map[string]func(c *columns, q segment.Cond, today segment.Day, f segment.Fifths, found bitset){
	"consent": func(c *columns, q segment.Cond, _ segment.Day, _ segment.Fifths, found bitset) {
		c.number("consent").of.masked(channelMask(q.Of), found)
	},
	"reachable": func(c *columns, q segment.Cond, _ segment.Day, _ segment.Fifths, found bitset) {
		c.number("reach").of.masked(channelMask(q.Of), found)
	},
	"invited": func(c *columns, _ segment.Cond, _ segment.Day, _ segment.Fifths, found bitset) { found.Or(c.invited) },
	"rating": func(c *columns, q segment.Cond, _ segment.Day, _ segment.Fifths, found bitset) {
		c.number("rating").within(atLeast(spansOf(q), 1), found)
	},
	"average": func(c *columns, q segment.Cond, _ segment.Day, _ segment.Fifths, found bitset) {
		visits, spent := c.number("visits"), c.number("spent")
		c.each(q, found, func(place int) (int64, bool) {
			n := visits.at(place)
			if n <= 0 {
				return 0, false
			}
			return spent.at(place) / n, true
		})
	},
	"rhythm": func(c *columns, q segment.Cond, today segment.Day, _ segment.Fifths, found bitset) {
		visits, first, last := c.number("visits"), c.number("first_day"), c.number("last_day")
		c.each(q, found, func(place int) (int64, bool) {
			n := visits.at(place)
			if n < segment.RhythmVisits {
				return 0, false
			}
			from, to := first.at(place), last.at(place)
			since, ok := segment.Day(to).Since(today)
			if !ok || from <= 0 || to <= from {
				return 0, false
			}
			return 100 * since * (n - 1) / (to - from), true
		})
	},
	"recency": func(c *columns, q segment.Cond, _ segment.Day, f segment.Fifths, found bitset) {
		c.fifth("last_day", q, f, f.Recency, found)
	},
	"frequency": func(c *columns, q segment.Cond, _ segment.Day, f segment.Fifths, found bitset) {
		c.fifth("visits_365", q, f, f.Frequency, found)
	},
	"value": func(c *columns, q segment.Cond, _ segment.Day, f segment.Fifths, found bitset) {
		c.fifth("spent_365", q, f, f.Value, found)
	},
	"rfm": func(c *columns, q segment.Cond, _ segment.Day, f segment.Fifths, found bitset) {
		last, visits, spent := c.number("last_day"), c.number("visits_365"), c.number("spent_365")
		c.each(q, found, func(place int) (int64, bool) {
			recency, frequency, value := f.Place(segment.Day(last.at(place)), visits.at(place), spent.at(place))
			return 100*recency + 10*frequency + value, recency > 0
		})
	},
}

// channelMask is the bit of a channel, or the bits of all of them.
func channelMask(channel string) int64 {
	if channel == "" {
		return -1
	}
	return channelBits[channel]
}

// fifth finds the guests whose number is in the fifth that a condition wants.
func (c *columns) fifth(name string, q segment.Cond, f segment.Fifths, bounds [4]int64, found bitset) {
	if !f.Known() {
		return
	}
	c.number(name).within(fifthsAs(q, bounds), found)
	guests := newBitset(c.size)
	c.number("last_day").within([]span{{1, math.MaxInt64}}, guests)
	found.And(guests)
}

// each finds the members whose number, reckoned for each, is as a condition wants it.
func (c *columns) each(q segment.Cond, found bitset, number func(place int) (n int64, known bool)) {
	spans := spansOf(q)
	for place := range c.size {
		n, known := number(place)
		if !known {
			continue
		}
		for _, s := range spans {
			if s.from <= n && n <= s.to {
				found.Set(int64(place))
				break
			}
		}
	}
}
