package cardcode

import "strings"

// A scanner that acts as a keyboard presses the keys of the US layout; the till types what its own layout has on
// them. These are the characters of the same keys, in the same order, the second line of each pair with Shift.
const (
	usKeys      = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./"
	usShifted   = "~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?"
	russianKeys = "ёйцукенгшщзхъфывапролджэячсмитьбю."
	russianUp   = "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"

	// Where the Ukrainian layout differs from the Russian one.
	usForUkrainian = "]s'\\}S\"|"
	ukrainianKeys  = "їієґЇІЄҐ"

	// The digit row with Shift, where Russian and Ukrainian differ from US.
	usSigns       = "@#$^&"
	cyrillicSigns = "\"№;:?"

	// The Kazakh layout (RST KazSSR 903-90, as Windows and XKB have it) is the Russian one with its own letters on the
	// digit row, and with the displaced signs elsewhere.
	usForKazakh = "1234567890-=/"
	kazakhKeys  = "\"әіңғ,.үұқөһ№"
	usForUp     = "@#$%^&*()_+?"
	kazakhUp    = "ӘІҢҒ;:ҮҰҚӨҺ?"

	// Letters that only the Kazakh layout types. Its і is not among them: Ukrainian has it too, on another key.
	kazakhOnly = "әңғүұқөһӘҢҒҮҰҚӨҺ"
)

// retype gives back what the scanner meant when the text holds Cyrillic letters, else the text itself.
func retype(text string) string {
	switch {
	case strings.ContainsAny(text, kazakhOnly):
		return strings.Map(kazakhToUS, text)
	case strings.ContainsFunc(text, isCyrillic):
		return strings.Map(cyrillicToUS, text)
	default:
		return text
	}
}

func isCyrillic(r rune) bool { return 'Ѐ' <= r && r <= 'ӿ' }

func cyrillicToUS(r rune) rune {
	for _, t := range [...][2]string{
		{russianKeys, usKeys}, {russianUp, usShifted}, {ukrainianKeys, usForUkrainian}, {cyrillicSigns, usSigns},
	} {
		if us, ok := sameKey(r, t[0], t[1]); ok {
			return us
		}
	}
	return r
}

func kazakhToUS(r rune) rune {
	for _, t := range [...][2]string{
		{kazakhKeys, usForKazakh}, {kazakhUp, usForUp}, {russianKeys, usKeys}, {russianUp, usShifted},
	} {
		if us, ok := sameKey(r, t[0], t[1]); ok {
			return us
		}
	}
	return r
}

// sameKey finds r among the characters of one layout and returns the one at the same place in US ASCII.
func sameKey(r rune, layout, us string) (rune, bool) {
	at := 0
	for _, l := range layout {
		if l == r {
			return rune(us[at]), true
		}
		at++
	}
	return 0, false
}
