package rules

import "sync"

// scratch is where the offers of one evaluation live. Nothing of it is in the result, so the next evaluation may have it: a sale under
// many rules would else make more garbage of its offers than of everything it answers.
type scratch struct {
	store  []offer
	offers []*offer
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func takeScratch(n int) *scratch {
	s, _ := scratches.Get().(*scratch)
	if cap(s.store) < n {
		s.store, s.offers = make([]offer, 0, n), make([]*offer, 0, n)
	}
	return s
}

// giveBack empties the scratch, so that it keeps no settings and no member alive.
func (s *scratch) giveBack() {
	if s == nil {
		return
	}
	clear(s.store[:cap(s.store)])
	clear(s.offers[:cap(s.offers)])
	scratches.Put(s)
}
