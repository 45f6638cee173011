package rules

import (
	"cmp"
	"slices"

	"kartka/engine/money"
)

// bundles says how many full bundles a number of units makes; when none, missing is how many more units would make one, if those would be
// no more than the free ones.
func bundles(b *Benefit, units int64) (missing, rounds int64) {
	if b.Of < 1 || b.Free < 1 || b.Free > b.Of {
		return 0, 0
	}
	rounds = units / int64(b.Of)
	if missing = int64(b.Of) - units; rounds == 0 && units > 0 && missing <= int64(b.Free) {
		return missing, 0
	}
	return 0, rounds
}

// pickUnits chooses at most so many of the cheapest whole units of a set of lines: e.picked says how many of each line, e.work what they cost.
// A unit costs what is left of its line, divided by the line's units and rounded down; all units of a line together cost all of it. Units
// dearer than maxPrice are not chosen, and of each at most bound is free; both are no bound when zero.
func (e *evaluation) pickUnits(lines lineSet, most int64, maxPrice, bound money.Amount) (units int64, amount money.Amount) {
	if e.picked == nil {
		e.picked = make([]int64, len(e.left))
	}
	clear(e.picked)
	clear(e.work)
	price := func(i int) money.Amount { return e.left[i] / money.Amount(e.goods.units[i]) }
	e.order = e.order[:0]
	for i := lines.next(0); i >= 0; i = lines.next(i + 1) {
		if e.goods.units[i] > 0 && e.left[i] > 0 && (maxPrice == 0 || price(i) <= maxPrice) {
			e.order = append(e.order, i)
		}
	}
	slices.SortStableFunc(e.order, func(a, b int) int { return cmp.Compare(price(a), price(b)) })
	for _, i := range e.order {
		n := min(e.goods.units[i], most-units)
		if n <= 0 {
			break
		}
		each := price(i)
		cost := each * money.Amount(n)
		switch {
		case bound > 0 && each >= bound:
			cost = bound * money.Amount(n)
		case n == e.goods.units[i]:
			cost = e.left[i]
		}
		e.picked[i], e.work[i] = n, cost
		units, amount = units+n, amount+cost
	}
	return units, amount
}

// settleUnits keeps the units just made free from being made free again.
func (e *evaluation) settleUnits() {
	for i, n := range e.picked {
		e.goods.units[i] -= n
	}
}
