package storage

// series is one number of each member, by place, in the narrowest form that holds all of them: most numbers are small, and a million of them are looked
// through faster the less memory they take.
type series struct{ of numberList }

// numberList is a list of numbers of one width.
type numberList interface {
	at(place int) int64
	holds(n int64) bool // the width has room for it
	put(place int, n int64)
	grow(n int)
	// within adds to a set the places whose numbers are in a span.
	within(s span, into bitset)
	// masked adds the places whose numbers share a bit with the mask.
	masked(mask int64, into bitset)
	// picked adds the places whose numbers are marked in a table.
	picked(table []uint8, into bitset)
}

// span is a range of numbers, both ends in it.
type span struct{ from, to int64 }

// at is a member's number.
func (s *series) at(place int) int64 { return s.of.at(place) }

// set changes a member's number. The place is below what was last given to grow.
func (s *series) set(place int, n int64) {
	for !s.of.holds(n) {
		s.widen()
	}
	s.of.put(place, n)
}

// grow makes room for the places below n; the numbers of new ones are 0.
func (s *series) grow(n int) {
	if s.of == nil {
		s.of = &list[int8]{}
	}
	s.of.grow(n)
}

func (s *series) widen() {
	switch of := s.of.(type) {
	case *list[int8]:
		s.of = widened[int16](of)
	case *list[int16]:
		s.of = widened[int32](of)
	case *list[int32]:
		s.of = widened[int64](of)
	}
}

// within adds to a set the places whose numbers are in one of some spans.
func (s *series) within(spans []span, into bitset) {
	for _, span := range spans {
		if span.from <= span.to {
			s.of.within(span, into)
		}
	}
}

type width interface{ int8 | int16 | int32 | int64 }

type list[T width] []T

func widened[T, F width](from *list[F]) *list[T] {
	out := make(list[T], len(*from), cap(*from))
	for i, n := range *from {
		out[i] = T(n)
	}
	return &out
}

func (l *list[T]) at(place int) int64 { return int64((*l)[place]) }

func (l *list[T]) holds(n int64) bool { return int64(T(n)) == n }

func (l *list[T]) put(place int, n int64) { (*l)[place] = T(n) }

func (l *list[T]) grow(n int) {
	if n > len(*l) {
		*l = append(*l, make([]T, n-len(*l))...)
	}
}

func (l *list[T]) within(s span, into bitset) {
	wide := uint64(s.to - s.from)
	for word, rest := 0, *l; len(rest) > 0; word++ {
		block := rest[:min(wordBits, len(rest))]
		rest = rest[len(block):]
		var found uint64
		for place, n := range block {
			var in uint64
			if uint64(int64(n)-s.from) <= wide { // one comparison, and no jump
				in = 1
			}
			found |= in << place
		}
		into[word] |= found
	}
}

func (l *list[T]) masked(mask int64, into bitset) {
	for word, rest := 0, *l; len(rest) > 0; word++ {
		block := rest[:min(wordBits, len(rest))]
		rest = rest[len(block):]
		var found uint64
		for place, n := range block {
			var in uint64
			if int64(n)&mask != 0 {
				in = 1
			}
			found |= in << place
		}
		into[word] |= found
	}
}

func (l *list[T]) picked(table []uint8, into bitset) {
	for word, rest := 0, *l; len(rest) > 0; word++ {
		block := rest[:min(wordBits, len(rest))]
		rest = rest[len(block):]
		var found uint64
		for place, n := range block {
			found |= uint64(table[n]) << place
		}
		into[word] |= found
	}
}
