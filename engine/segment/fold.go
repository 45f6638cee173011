package segment

import (
	"strings"
	"unicode/utf8"
)

// Fold brings a free text into the form in which texts are compared and kept for comparing: lower case, single spaces.
func Fold(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}
