package storage

import "kartka/engine/segment"

// words are a text of each member, as a number in a series: there are few different ones. A text that nobody has any more is forgotten.
type words struct {
	series
	numbers map[string]int64
	texts   []wordUse
	free    []int64
	// split takes a text apart into what it is compared by; nil: it is compared as it is, and "" not at all.
	split func(text string) []string
}

// wordUse is a text that so many members have.
type wordUse struct {
	text  string
	parts []string
	used  int
}

// grow makes room for the places below n; the texts of new ones are "".
func (w *words) grow(n int) {
	if w.numbers == nil {
		w.numbers = map[string]int64{"": 0}
		w.texts = []wordUse{{used: 1}} // for ever: it is what places begin with
	}
	w.series.grow(n)
}

// setText changes a member's text.
func (w *words) setText(place int, text string) {
	was := w.at(place)
	if w.texts[was].text == text {
		return
	}
	w.set(place, w.number(text))
	if was == 0 {
		return
	}
	if w.texts[was].used--; w.texts[was].used == 0 {
		delete(w.numbers, w.texts[was].text)
		w.texts[was] = wordUse{}
		w.free = append(w.free, was)
	}
}

// number is that of a text that one more member has.
func (w *words) number(text string) int64 {
	n, ok := w.numbers[text]
	if ok {
		w.texts[n].used++
		return n
	}
	use := wordUse{text: text, parts: []string{text}, used: 1}
	if w.split != nil {
		use.parts = w.split(text)
	}
	if last := len(w.free) - 1; last >= 0 {
		n, w.free = w.free[last], w.free[:last]
		w.texts[n] = use
	} else {
		n = int64(len(w.texts))
		w.texts = append(w.texts, use)
	}
	w.numbers[text] = n
	return n
}

// equal adds to a set the places whose texts have one of the values.
func (w *words) equal(values []segment.Value, into bitset) {
	wanted := make(map[string]bool, len(values))
	for _, v := range values {
		if text := segment.Fold(v.Text); text != "" {
			wanted[text] = true
		}
	}
	table := make([]uint8, len(w.texts))
	for n := range w.texts {
		for _, part := range w.texts[n].parts {
			if wanted[part] {
				table[n] = 1
			}
		}
	}
	w.of.picked(table, into)
}

// splitTags reads the tags of a row.
func splitTags(text string) []string {
	var tags []string
	if err := decode("tags", text, &tags); err != nil {
		return nil // what cannot be read was not written here, and equals nothing
	}
	for i, tag := range tags {
		tags[i] = segment.Fold(tag)
	}
	return tags
}
