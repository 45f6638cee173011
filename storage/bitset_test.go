package storage

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is what a bitset must be like.
type model map[int64]bool

func (m model) bitset() (s bitset) {
	for place := range m {
		s.Set(place)
	}
	return s
}

func (m model) places() []int64 { return slices.Sorted(maps.Keys(m)) }

func drawModel(t *rapid.T, what string) model {
	m := model{}
	for _, place := range rapid.SliceOfN(rapid.Int64Range(0, 300), 0, 40).Draw(t, what) {
		m[place] = true
	}
	return m
}

func sameAs(t *rapid.T, what string, got bitset, want func(place int64) bool) {
	n := 0
	for place := int64(-1); place < 400; place++ {
		if got.Has(place) != want(place) {
			t.Fatalf("%s: %d is %v", what, place, got.Has(place))
		}
		if want(place) {
			n++
		}
	}
	if got.Count() != n {
		t.Fatalf("%s: %d places, want %d", what, got.Count(), n)
	}
}

// TestBitset holds sets of places against sets of numbers.
func TestBitset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawModel(t, "a"), drawModel(t, "b")
		sameAs(t, "a", a.bitset(), func(i int64) bool { return a[i] })

		or, and, less := a.bitset(), a.bitset(), a.bitset()
		or.Or(b.bitset())
		and.And(b.bitset())
		less.AndNot(b.bitset())
		sameAs(t, "or", or, func(i int64) bool { return a[i] || b[i] })
		sameAs(t, "and", and, func(i int64) bool { return a[i] && b[i] })
		sameAs(t, "and not", less, func(i int64) bool { return a[i] && !b[i] })

		cleared := a.bitset()
		for place := range b {
			cleared.Clear(place)
		}
		if !slices.Equal(cleared, less) {
			t.Fatalf("cleared one by one it is %v, at once %v", cleared, less)
		}

		first := rapid.Int64Range(-5, 400).Draw(t, "first")
		most := rapid.IntRange(1, 50).Draw(t, "most")
		var want, got []int64
		for _, place := range a.places() {
			if place >= first && len(want) < most {
				want = append(want, place)
			}
		}
		for place := range a.bitset().From(first) {
			if got = append(got, place); len(got) == most {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("from %d: %v, want %v", first, got, want)
		}

		raw, err := less.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back bitset
		if err := back.UnmarshalBinary(raw); err != nil {
			t.Fatal(err)
		}
		sameAs(t, "read back", back, func(i int64) bool { return a[i] && !b[i] })
		if again, err := back.MarshalBinary(); err != nil || !slices.Equal(again, raw) {
			t.Fatalf("the same set is written as %x and %x (%v)", raw, again, err)
		}
	})
}

// TestBitsetKept holds the form in which sets are kept: what was frozen yesterday is read tomorrow.
func TestBitsetKept(t *testing.T) {
	var s bitset
	s.Set(0)
	s.Set(65)
	s.Set(200)
	s.Clear(200)
	raw, err := s.MarshalBinary()
	want := []byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}
	if err != nil || !slices.Equal(raw, want) {
		t.Errorf("%x (%v), want %x", raw, err, want)
	}
	if none, err := bitset(nil).MarshalBinary(); err != nil || !slices.Equal(none, []byte{1}) {
		t.Errorf("nobody is %x (%v)", none, err)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "another version": {2}, "a torn word": want[:12]} {
		was := slices.Clone(s)
		if err := s.UnmarshalBinary(bad); err == nil || !slices.Equal(s, was) {
			t.Errorf("%s: %v, and the set is %v", name, err, s)
		}
	}
}
