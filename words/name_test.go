package words_test

import (
	"strings"
	"testing"

	"kartka/words"

	"pgregory.net/rapid"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Олена", "Олена"},
		{"  Anna \n\t Maria ", "Anna Maria"},
		{"\u202Egnp.exe\u202C", "gnp.exe"},
		{"\u200B\u200D\uFEFF\u2060\u3164\u2800", ""},
		{"a\u200Bb\u00ADc\x00d", "abcd"},
		{"Z\u0300\u0301\u0302\u0303\u0304a", "Z\u0300\u0301a"},
		{"\u0301x", "x"},
		{"Ольга Ковальчук-Петренко", "Ольга Ковальчук…"},
		{"<b>Ім'я</b>", "<b>Ім'я</b>"},
	} {
		if got := words.CleanName(tt.in, 16); got != tt.want {
			t.Errorf("CleanName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCleanNameKeepsItsPromise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		max := rapid.IntRange(0, 20).Draw(t, "max")
		got := words.CleanName(rapid.String().Draw(t, "s"), max)
		if n := len([]rune(got)); n > max {
			t.Fatalf("%d characters, want at most %d", n, max)
		}
		if got != strings.TrimSpace(got) || strings.ContainsAny(got, "\u202E\u200B\n\x00") {
			t.Fatalf("not clean: %q", got)
		}
	})
}
