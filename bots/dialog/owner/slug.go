package owner

import (
	"strings"
	"unicode"
)

// maxSlug is the longest source of a deep link made here.
const maxSlug = 20

// slug writes a label in the letters a deep link can carry: «Стіл 4» becomes "stil-4". It is "" when nothing is left.
func slug(label string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		latin, known := latinOf(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case known:
			b.WriteString(latin)
		case unicode.IsLetter(r) || unicode.IsMark(r):
		default:
			b.WriteByte('-')
		}
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	s := strings.Join(parts, "-")
	if len(s) > maxSlug {
		s = strings.Trim(s[:maxSlug], "-")
	}
	return s
}

// latinOf writes a letter of our languages in plain Latin.
func latinOf(r rune) (string, bool) {
	from := []rune("абвгґдеєёжзиіїйклмнопрстуфхцчшщыэюяәғқңөұүһąćęłńóśźżáéíúüñьъ")
	to := strings.Split("a b v h g d e ie e zh z y i i i k l m n o p r s t u f kh ts ch sh shch y e iu ia a g k n o u u h a c e l n o s z z a e i u u n", " ")
	for i, letter := range from {
		if letter != r {
			continue
		}
		if i >= len(to) { // the signs that are not heard
			return "", true
		}
		return to[i], true
	}
	return "", false
}
