package qr

import "math/bits"

// The patterns that look like a finder: 1:1:3:1:1 with four light modules on one side.
const (
	finderLength = 11
	finderBefore = 0b00001011101
	finderAfter  = 0b10111010000
)

// penalty is the unevenness of a code by ISO/IEC 18004, 7.8.3: the lower, the easier to scan. All modules
// of a row are looked at together, as the bits of a word.
func (c *Code) penalty() int {
	sum, dark := 0, 0
	all := uint64(1)<<c.size - 1
	inner := all >> 1 // the modules that have a right neighbour
	var alikeDown [maxSize]uint64
	for y := range c.size {
		row := c.rows[y]
		dark += bits.OnesCount64(row)
		alike := ^(row ^ row>>1) & inner
		sum += runPenalty(alike&(alike>>1)&(alike>>2)&(alike>>3), 0, true)
		sum += 40 * finders(func(k int) uint64 { return row >> k }, all>>(finderLength-1))
		if y+1 < c.size {
			next := c.rows[y+1]
			alikeDown[y] = ^(row ^ next) & all
			blocks := alike & ^(next ^ next>>1) & alikeDown[y]
			sum += 3 * bits.OnesCount64(blocks)
		}
	}
	var above uint64
	for y := range c.size - 4 {
		five := alikeDown[y] & alikeDown[y+1] & alikeDown[y+2] & alikeDown[y+3]
		sum += runPenalty(five, above, false)
		above = five
	}
	for y := range c.size - finderLength + 1 {
		sum += 40 * finders(func(k int) uint64 { return c.rows[y+k] }, all)
	}
	total := c.size * c.size
	return sum + 10*(abs(20*dark-10*total)/total)
}

// runPenalty weighs lines of five or more modules of one colour: 3 for five and 1 for each more. A set bit of five
// is a place where five alike modules begin, so a line of n modules shows as n-4 bits in a row; the first of
// them costs two more than the others.
func runPenalty(five, above uint64, horizontal bool) int {
	before := above
	if horizontal {
		before = five << 1
	}
	return bits.OnesCount64(five) + 2*bits.OnesCount64(five&^before)
}

// finders counts the places, among those given, where modules 0 to 10 look like a finder.
func finders(module func(k int) uint64, places uint64) int {
	before, after := places, places
	for k := range finderLength {
		m := module(k)
		if finderBefore>>k&1 == 1 {
			before &= m
		} else {
			before &^= m
		}
		if finderAfter>>k&1 == 1 {
			after &= m
		} else {
			after &^= m
		}
	}
	return bits.OnesCount64(before) + bits.OnesCount64(after)
}

func abs(n int) int { return max(n, -n) }
