package rules

import (
	"math/bits"

	"kartka/engine/money"
)

// lineSet is a set of a check's lines, one bit each.
type lineSet []uint64

func (s lineSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s lineSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s lineSet) remove(i int)   { s[i/64] &^= 1 << (i % 64) }

func (s lineSet) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// within reports whether all of s is in t.
func (s lineSet) within(t lineSet) bool {
	for i := range s {
		if s[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

// next returns the first line of the set that is not before i, or −1.
func (s lineSet) next(i int) int {
	for w := i / 64; w < len(s); w++ {
		word := s[w]
		if w == i/64 {
			word &= ^uint64(0) << (i % 64)
		}
		if word != 0 {
			return w*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// basket is a check's lines as rules choose among them.
type basket struct {
	lines      []Line
	settings   *Settings
	categories []lineSet // of Settings.Goods, by index
	all        lineSet
	// The lines that may earn, be paid for with points, get a discount.
	earning, redeemable, discountable lineSet
	collecting                        lineSet // that earned before any discount: they count for stamps
	// units are whole units of each line that nothing has made free yet; 0 where a quantity is a weight.
	units []int64

	scratch *scratch
	arena   []uint64
	bySKU   map[string]int // the first line of an SKU
	others  []int          // the next line of the same SKU, −1: none
}

// fill reads the lines. offers says how many choices are to come.
func (b *basket) fill(room *scratch, s *Settings, lines []Line, offers int) {
	b.lines, b.settings, b.scratch = lines, s, room
	width := (len(lines) + 63) / 64
	b.arena = room.lineSets(width * (4 + len(s.Goods) + 2*offers))
	b.all = b.set()
	for i := range lines {
		b.all.add(i)
	}
	b.earning, b.redeemable, b.discountable = b.copy(b.all), b.copy(b.all), b.copy(b.all)
	if offers > 0 {
		b.units = make([]int64, len(lines))
	}
	for i := range lines {
		if lines[i].NoEarn {
			b.earning.remove(i)
		}
		if lines[i].NoRedeem {
			b.redeemable.remove(i)
		}
		if offers > 0 {
			b.units[i] = wholeUnits(lines[i].Quantity)
		}
	}
	b.collecting = b.earning
	if len(s.Goods) == 0 {
		return
	}
	b.categories = room.categorySets(len(s.Goods))
	for c := range s.Goods {
		category := &s.Goods[c]
		set := b.set()
		for i := range lines {
			if lines[i].Category == category.ID {
				set.add(i)
			}
		}
		b.skus(set, category.SKUs, lineSet.add)
		b.categories[c] = set
		for w := range set {
			if category.NoEarn || category.StoredValue {
				b.earning[w] &^= set[w]
			}
			if category.NoRedeem || category.StoredValue {
				b.redeemable[w] &^= set[w]
			}
			if category.NoDiscount || category.StoredValue {
				b.discountable[w] &^= set[w]
			}
		}
	}
}

func (b *basket) set() lineSet {
	width := (len(b.lines) + 63) / 64
	if len(b.arena) < width {
		b.arena = make([]uint64, 16*width)
	}
	set := lineSet(b.arena[:width:width])
	b.arena = b.arena[width:]
	return set
}

func (b *basket) copy(s lineSet) lineSet {
	set := b.set()
	copy(set, s)
	return set
}

// both returns the lines that are in both sets.
func (b *basket) both(s, t lineSet) lineSet {
	if s.within(t) {
		return s
	}
	set := b.set()
	for i := range set {
		set[i] = s[i] & t[i]
	}
	return set
}

// skus does something to a set with every line of the given SKUs.
func (b *basket) skus(set lineSet, skus []string, do func(lineSet, int)) {
	if len(skus) == 0 {
		return
	}
	if b.bySKU == nil {
		b.bySKU, b.others = b.scratch.skus(len(b.lines))
		for i := len(b.lines) - 1; i >= 0; i-- {
			sku := b.lines[i].SKU
			if sku == "" {
				continue
			}
			b.others[i] = -1
			if next, found := b.bySKU[sku]; found {
				b.others[i] = next
			}
			b.bySKU[sku] = i
		}
	}
	for _, sku := range skus {
		i, found := b.bySKU[sku]
		for found && i >= 0 {
			do(set, i)
			i = b.others[i]
		}
	}
}

// category returns the lines of a category, whether the settings know it or only the till.
func (b *basket) category(id string) lineSet {
	for c := range b.categories {
		if b.settings.Goods[c].ID == id {
			return b.categories[c]
		}
	}
	set := b.set()
	for i := range b.lines {
		if b.lines[i].Category == id {
			set.add(i)
		}
	}
	return set
}

// choose returns the lines that goods name.
func (b *basket) choose(g *Goods) lineSet {
	if g.Any() {
		return b.all
	}
	set := b.set()
	if len(g.Categories) == 0 && len(g.SKUs) == 0 {
		copy(set, b.all)
	}
	for _, id := range g.Categories {
		for w, word := range b.category(id) {
			set[w] |= word
		}
	}
	b.skus(set, g.SKUs, lineSet.add)
	for _, id := range g.Except {
		for w, word := range b.category(id) {
			set[w] &^= word
		}
	}
	b.skus(set, g.Except, lineSet.remove)
	return set
}

// count returns the whole units of lines that nothing has made free yet.
func (b *basket) count(set lineSet) int64 {
	var n int64
	for i := set.next(0); i >= 0; i = set.next(i + 1) {
		n += b.units[i]
	}
	return n
}

// maxUnits is beyond what a person buys in pieces; a larger quantity is a measure.
const maxUnits = 1_000_000

// wholeUnits returns how many pieces a quantity is; a weight or another measure with a fraction has none.
func wholeUnits(q money.Quantity) int64 {
	if q%1000 != 0 || q/1000 > maxUnits {
		return 0
	}
	return int64(q / 1000)
}

// bare reports whether the check is a sum without goods.
func (b *basket) bare() bool {
	if len(b.lines) != 1 {
		return false
	}
	l := &b.lines[0]
	return l.SKU == "" && l.Name == "" && l.Category == ""
}

// common returns a category that holds all of the given lines, one that the test prefers if there is such, or nil.
func (b *basket) common(set lineSet, prefer func(*Category) bool) *Category {
	var found *Category
	for c := range b.categories {
		if !set.within(b.categories[c]) {
			continue
		}
		if category := &b.settings.Goods[c]; prefer(category) {
			return category
		} else if found == nil {
			found = category
		}
	}
	return found
}
