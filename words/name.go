package words

import (
	"strings"
	"unicode"
)

// CleanName makes a name that a person chose fit to stand in our own lines: no control, bidirectional,
// zero-width or otherwise invisible characters, spaces collapsed, at most two combining marks in a row, and at
// most max characters, ended by an ellipsis when it was longer. It is "" when nothing visible is left: the
// caller then says something neutral. It does not escape markup.
func CleanName(s string, max int) string {
	var b strings.Builder
	marks, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case invisible(r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > 2 || b.Len() == 0 || space {
				continue
			}
		default:
			marks = 0
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	name := []rune(b.String())
	if len(name) <= max {
		return string(name)
	}
	if max < 1 {
		return ""
	}
	end := max - 1
	for end > 0 && unicode.Is(unicode.M, name[end]) {
		end--
	}
	return strings.TrimRight(string(name[:end]), " ") + "…"
}

// invisible reports characters that show nothing, or change how others show.
func invisible(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800', '\u034F', '\uFFFD': // fillers, blank braille, joiner
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || !unicode.IsGraphic(r)
}
