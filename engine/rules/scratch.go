package rules

import "sync"

// scratch is where the working parts of one evaluation live. Nothing of it is in the result, so the next evaluation may have it: a
// sale under many rules would else make more garbage of its offers and line sets than of everything it answers.
type scratch struct {
	store      []offer
	offers     []*offer
	components []component
	split      splitter
	sets       []uint64
	categories []lineSet
	bySKU      map[string]int
	others     []int
}

var scratches = sync.Pool{New: func() any { return &scratch{bySKU: map[string]int{}} }}

func takeScratch() *scratch {
	s, _ := scratches.Get().(*scratch)
	return s
}

// room returns an empty slice with room for n, the given one where it is large enough.
func room[T any](have []T, n int) []T {
	if cap(have) < n {
		return make([]T, 0, n)
	}
	return have[:0]
}

// lineSets returns n empty words for sets of lines.
func (s *scratch) lineSets(n int) []uint64 {
	s.sets = room(s.sets, n)[:n]
	clear(s.sets)
	return s.sets
}

// categorySets returns room for the sets of n categories.
func (s *scratch) categorySets(n int) []lineSet {
	s.categories = room(s.categories, n)[:n]
	return s.categories
}

// skus returns an empty index of n lines by SKU.
func (s *scratch) skus(n int) (first map[string]int, next []int) {
	s.others = room(s.others, n)[:n]
	clear(s.others)
	return s.bySKU, s.others
}

// giveBack empties the scratch, so that it keeps no settings and no member alive.
func (s *scratch) giveBack() {
	clear(s.store[:cap(s.store)])
	clear(s.offers[:cap(s.offers)])
	clear(s.components[:cap(s.components)])
	clear(s.categories[:cap(s.categories)])
	clear(s.bySKU)
	scratches.Put(s)
}
