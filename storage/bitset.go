package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/bits"
)

// bitset is a set of members by their places in audiences, a bit for each, 64 in a word. What is beyond its words is not in it; nil is the empty set.
type bitset []uint64

const wordBits = 64

// newBitset is an empty set with room for the places below n.
func newBitset(n int) bitset { return make(bitset, (n+wordBits-1)/wordBits) }

// Set puts a place into the set, which grows as it must. A place is not negative.
func (s *bitset) Set(place int64) {
	word := int(place / wordBits)
	if word >= len(*s) {
		*s = append(*s, make(bitset, word+1-len(*s))...)
	}
	(*s)[word] |= 1 << (place % wordBits)
}

// Clear takes a place out of the set.
func (s bitset) Clear(place int64) {
	if word := place / wordBits; word < int64(len(s)) {
		s[word] &^= 1 << (place % wordBits)
	}
}

// Has reports whether a place is in the set.
func (s bitset) Has(place int64) bool {
	word := place / wordBits
	return place >= 0 && word < int64(len(s)) && s[word]&(1<<(place%wordBits)) != 0
}

// Count is how many places are in the set.
func (s bitset) Count() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// And leaves what is in the other set too.
func (s bitset) And(other bitset) {
	n := min(len(s), len(other))
	for i, word := range other[:n] {
		s[i] &= word
	}
	clear(s[n:])
}

// AndNot leaves what is not in the other set.
func (s bitset) AndNot(other bitset) {
	for i, word := range other[:min(len(s), len(other))] {
		s[i] &^= word
	}
}

// Or adds what is in the other set.
func (s *bitset) Or(other bitset) {
	if len(other) > len(*s) {
		*s = append(*s, make(bitset, len(other)-len(*s))...)
	}
	for i, word := range other {
		(*s)[i] |= word
	}
}

// From visits the places of the set in their order, beginning with a number or the next after it.
func (s bitset) From(first int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		first = max(first, 0)
		for i := first / wordBits; i < int64(len(s)); i++ {
			word := s[i]
			if i == first/wordBits {
				word &= ^uint64(0) << (first % wordBits)
			}
			for ; word != 0; word &= word - 1 {
				if !yield(i*wordBits + int64(bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// bitsetVersion is the first byte of a set as it is kept.
const bitsetVersion = 1

// MarshalBinary writes the set as it is kept: a version, and the words with the lowest byte first, up to the last that is not empty.
func (s bitset) MarshalBinary() ([]byte, error) {
	n := len(s)
	for n > 0 && s[n-1] == 0 {
		n--
	}
	out := make([]byte, 1, 1+8*n)
	out[0] = bitsetVersion
	for _, word := range s[:n] {
		out = binary.LittleEndian.AppendUint64(out, word)
	}
	return out, nil
}

// UnmarshalBinary reads what [bitset.MarshalBinary] wrote. Anything else is refused and leaves the set as it was.
func (s *bitset) UnmarshalBinary(data []byte) error {
	switch {
	case len(data) == 0:
		return errors.New("read set of members: it is empty")
	case data[0] != bitsetVersion:
		return fmt.Errorf("read set of members: version %d is unknown", data[0])
	case len(data)%8 != 1:
		return errors.New("read set of members: it ends within a word")
	}
	words := make(bitset, 0, len(data)/8)
	for at := 1; at < len(data); at += 8 {
		words = append(words, binary.LittleEndian.Uint64(data[at:]))
	}
	*s = words
	return nil
}
