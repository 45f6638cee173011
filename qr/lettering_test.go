package qr

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func newTestLettering(t *testing.T) *lettering {
	t.Helper()
	l, err := newLettering()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Every letter of the six languages is in both fonts.
func TestFontsHaveAllLetters(t *testing.T) {
	l := newTestLettering(t)
	for language, letters := range map[string]string{
		"en":    "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789",
		"uk":    "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ абвгґдеєжзиіїйклмнопрстуфхцчшщьюя ʼ’",
		"ru":    "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
		"kk":    "ӘҒҚҢӨҰҮҺІ әғқңөұүһі",
		"pl":    "ĄĆĘŁŃÓŚŹŻ ąćęłńóśźż",
		"es":    "ÁÉÍÑÓÚÜ áéíñóúü ¿¡ ªº",
		"signs": "₴ ₸ € ₽ £ $ zł № % ‰ « » „ “ ” ‘ ’ – — … • · × + = / & @ # ( ) [ ] ! ? : ; , . ' \" ° © ® ™",
	} {
		if got := l.clean(letters); got != letters {
			t.Errorf("%s: of %q only %q can be drawn", language, letters, got)
		}
		for _, r := range letters {
			if glyph, err := l.fonts[bold].GlyphIndex(&l.buf, r); glyph == 0 || err != nil {
				t.Errorf("%s: %q is not in the bold font: %v", language, r, err)
			}
		}
	}
}

func TestClean(t *testing.T) {
	l := newTestLettering(t)
	for in, want := range map[string]string{
		"Кава на розі":             "Кава на розі",
		"  two \t words\r\n":       "two words",
		"Coffee ☕🥐 & tea":          "Coffee & tea",
		"👨‍👩‍👧‍👦":                  "",
		"Кафе и\u0306од":           "Кафе йод", // a letter and its breve in one
		"5\u00a0% \u202f₸":         "5\u00a0% \u202f₸",
		"−5 % \u2011 so":           "–5 % \u2011 so",
		"日本 shop":                  "shop",
		"bad \xff bytes":           "bad bytes",
		"left\u200e\u202emark\x00": "leftmark",
	} {
		if got := l.clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	l := newTestLettering(t)
	wide := l.width(bold, "Кава на розі") * 10
	for _, c := range []struct {
		name  string
		text  string
		width float64
		lines string
		size  func(float64) bool
	}{
		{"fits", "Кава на розі", wide + 1, "Кава на розі", func(s float64) bool { return s == 10 }},
		{"shrinks", "Кава на розі", wide * 0.9, "Кава на розі", func(s float64) bool { return 8.9 < s && s < 9 }},
		{"wraps", "Кава на розі", wide * 0.6, "Кава|на розі", func(s float64) bool { return s == 10 }},
		{"wraps evenly", "один два три чотири", wide, "один два|три чотири", func(s float64) bool { return 6 < s && s <= 10 }},
		{"keeps together what must be", "за\u00a0100\u00a0₴", wide * 0.6, "за\u00a0100\u00a0₴", func(s float64) bool { return 6 < s && s < 10 }},
		{"is cut between words", "Очень длинное название магазина", wide * 0.7, "Очень|длинное…", func(s float64) bool { return s == 6 }},
		{"is cut within a word", strings.Repeat("щ", 50), wide * 0.5, "щщщщщ|щщщщ…", func(s float64) bool { return s == 6 }},
		{"loses what stands at its end only", strings.Repeat("щ", 8) + "—", l.width(bold, "щщщщ…")*6 + 0.01, "щщщщ|щщщщ…", func(s float64) bool { return s == 6 }},
		{"has nothing to draw", "☕", wide, "", func(s float64) bool { return s == 10 }},
	} {
		b := l.fit(bold, c.text, c.width, 10, 6, 2)
		if got := strings.Join(b.lines, "|"); got != c.lines || !c.size(b.size) {
			t.Errorf("%s: %q at %.2f, want %q", c.name, got, b.size, c.lines)
		}
	}
}

// Whatever the text, it stays within its lines, its width and its sizes.
func TestFitStaysWithinItsBounds(t *testing.T) {
	l := newTestLettering(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("аїқW i .—…"))), 0, 120, -1).Draw(t, "text")
		width := rapid.Float64Range(20, 400).Draw(t, "width")
		maxLines := rapid.IntRange(1, 3).Draw(t, "lines")
		b := l.fit(regular, text, width, 20, 10, maxLines)
		if len(b.lines) > maxLines || b.size > 20 || b.size < 10 {
			t.Fatalf("%d lines at %.2f", len(b.lines), b.size)
		}
		for _, line := range b.lines {
			if line == "" || l.clean(line) != line || !utf8.ValidString(line) {
				t.Fatalf("line %q", line)
			}
			if w := l.width(regular, line) * b.size; w > width {
				t.Fatalf("line %q is %.2f wide, more than %.2f", line, w, width)
			}
		}
	})
}
