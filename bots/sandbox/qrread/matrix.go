package qrread

import (
	"fmt"
	"math/bits"
)

// matrix is a code as modules; true is dark.
type matrix struct {
	size int
	dark []bool
}

func (m matrix) at(row, col int) bool { return m.dark[row*m.size+col] }

func (m matrix) version() (int, error) {
	if m.size < 21 || m.size > 177 || m.size%4 != 1 {
		return 0, fmt.Errorf("%w: %d modules wide", ErrNoCode, m.size)
	}
	return (m.size - 17) / 4, nil
}

// Levels of error correction in the order of the block tables.
const (
	levelL = iota
	levelM
	levelQ
	levelH
)

// format reads the level and the mask from the fifteen bits around the upper left finder.
func (m matrix) format() (level, mask int, err error) {
	var read uint16
	for i := 0; i < 15; i++ {
		row, col := formatPosition(i)
		if m.at(row, col) {
			read |= 1 << i
		}
	}
	for value := uint16(0); value < 32; value++ {
		// The code words are at least seven bits apart, so up to three wrong bits still tell them from each other.
		if bits.OnesCount16(formatBits(value)^read) <= 3 {
			// The two level bits are ordered M, L, H, Q.
			return [4]int{levelM, levelL, levelH, levelQ}[value>>3], int(value & 7), nil
		}
	}
	return 0, 0, fmt.Errorf("%w: unreadable format", ErrDamaged)
}

// formatPosition is where bit i (0 is the least significant) of the first copy lies.
func formatPosition(i int) (row, col int) {
	switch {
	case i <= 5:
		return i, 8
	case i == 6:
		return 7, 8
	case i == 7:
		return 8, 8
	case i == 8:
		return 8, 7
	default:
		return 8, 14 - i
	}
}

// formatBits appends the ten BCH check bits and applies the fixed mask.
func formatBits(value uint16) uint16 {
	rem := uint32(value)
	for i := 0; i < 10; i++ {
		rem = rem<<1 ^ (rem>>9)*0x537
	}
	return (value<<10 | uint16(rem&0x3ff)) ^ 0x5412
}

// codewords walks the data modules in their zigzag order, takes the mask off and packs the bits.
func (m matrix) codewords(version, mask int) []byte {
	words := make([]byte, 0, rawBits(version)/8)
	centres := alignmentCentres(version)
	var word byte
	n := 0
	for right := m.size - 1; right >= 1; right -= 2 {
		if right == 6 { // the vertical timing column is not part of the walk
			right = 5
		}
		upward := (right+1)&2 == 0
		for i := 0; i < m.size; i++ {
			row := i
			if upward {
				row = m.size - 1 - i
			}
			for _, col := range [2]int{right, right - 1} {
				if m.isFunction(version, centres, row, col) {
					continue
				}
				word <<= 1
				if m.at(row, col) != masked(mask, row, col) {
					word |= 1
				}
				if n++; n%8 == 0 {
					words = append(words, word)
				}
			}
		}
	}
	return words
}

func masked(mask, row, col int) bool {
	switch mask {
	case 0:
		return (row+col)%2 == 0
	case 1:
		return row%2 == 0
	case 2:
		return col%3 == 0
	case 3:
		return (row+col)%3 == 0
	case 4:
		return (row/2+col/3)%2 == 0
	case 5:
		return row*col%2+row*col%3 == 0
	case 6:
		return (row*col%2+row*col%3)%2 == 0
	default:
		return ((row+col)%2+row*col%3)%2 == 0
	}
}

// isFunction reports whether a module is a pattern rather than data; centres are those of the alignment patterns.
func (m matrix) isFunction(version int, centres []int, row, col int) bool {
	far := m.size - 8
	switch {
	case row == 6 || col == 6:
		return true
	case row <= 8 && col <= 8, row <= 8 && col >= far, row >= far && col <= 8:
		return true
	case version >= 7 && (row < 6 && col >= m.size-11 || col < 6 && row >= m.size-11):
		return true
	}
	for i, r := range centres {
		for j, c := range centres {
			last := len(centres) - 1
			// Three corners belong to the finders.
			if i == 0 && j == 0 || i == 0 && j == last || i == last && j == 0 {
				continue
			}
			if abs(row-r) <= 2 && abs(col-c) <= 2 {
				return true
			}
		}
	}
	return false
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// alignmentCentres are the coordinates at which alignment patterns cross.
func alignmentCentres(version int) []int {
	if version == 1 {
		return nil
	}
	n := version/7 + 2
	step := (version*4 + n*2 + 1) / (n*2 - 2) * 2
	if version == 32 {
		step = 26
	}
	centres := make([]int, n)
	centres[0] = 6
	for i, at := n-1, version*4+10; i > 0; i, at = i-1, at-step {
		centres[i] = at
	}
	return centres
}

// rawBits is the number of modules that carry data and error correction.
func rawBits(version int) int {
	n := (16*version+128)*version + 64
	if version >= 2 {
		a := version/7 + 2
		n -= (25*a-10)*a - 55
		if version >= 7 {
			n -= 36
		}
	}
	return n
}
