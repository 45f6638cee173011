package locales

import "strings"

// List joins items as one reads them out: "a", "a and b", "a, b and c".
func (p *Printer) List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := items[len(items)-1]
	and := "common.list.and"
	if soundsLikeI(last) {
		and = "common.list.and_before_i"
	}
	return strings.Join(items[:len(items)-1], ", ") + " " + p.T(and) + " " + last
}

// soundsLikeI reports whether a word begins with the sound of a Spanish i, before which "y" becomes "e":
// "aguja e hilo" but "agua y hielo".
func soundsLikeI(word string) bool {
	word = strings.TrimPrefix(strings.ToLower(word), "h")
	rest, ok := strings.CutPrefix(word, "i")
	if !ok {
		return strings.HasPrefix(word, "í")
	}
	return !strings.HasPrefix(rest, "e") && !strings.HasPrefix(rest, "a") && !strings.HasPrefix(rest, "o")
}
