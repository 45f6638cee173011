package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold brings a free text into the form in which texts are compared and kept for comparing: lower case, single spaces.
func Fold(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

// Key is the name under which habits of a good, a category or a field are kept: folded, without quotation marks, and not endless.
func Key(name string) string {
	text := []rune(Fold(strings.Map(func(c rune) rune {
		if c == '"' || unicode.IsControl(c) {
			return ' '
		}
		return c
	}, name)))
	if len(text) > MaxName {
		text = text[:MaxName]
	}
	return strings.TrimSpace(string(text))
}
