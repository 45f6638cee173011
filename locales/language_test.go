package locales

import (
	"slices"
	"testing"
	"unicode/utf8"
)

func TestResolve(t *testing.T) {
	tests := []struct {
		hints []string
		want  Language
	}{
		{nil, EN},
		{[]string{""}, EN},
		{[]string{"uk"}, UK},
		{[]string{"uk-UA"}, UK},
		{[]string{"KK_kz"}, KK},
		{[]string{"ES-419"}, ES},
		{[]string{"", "pl"}, PL},
		{[]string{"de", "ru"}, RU},
		{[]string{"ru", "kk"}, RU},
		{[]string{"be", "kk"}, KK}, // no guess that Belarusian readers want Russian
		{[]string{"ukr"}, EN},      // a three-letter code is another tag
		{[]string{"de"}, EN},
		{[]string{"de-AT, es;q=0.8, en;q=0.5"}, ES},
		{[]string{" pl ;q=0.9"}, PL},
		{[]string{"*", ",,;", "-", "\x00", "uk"}, UK},
	}
	for _, tt := range tests {
		if got := Resolve(tt.hints...); got != tt.want {
			t.Errorf("Resolve(%q) = %s, want %s", tt.hints, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, lang := range Languages() {
		if got, ok := Parse(string(lang)); !ok || got != lang {
			t.Errorf("Parse(%q) = %q, %v", lang, got, ok)
		}
	}
	for _, code := range []string{"", "EN", "uk-UA", "de"} {
		if got, ok := Parse(code); ok || got != "" {
			t.Errorf("Parse(%q) = %q, %v, want none", code, got, ok)
		}
	}
}

func TestLanguageNames(t *testing.T) {
	var names, labels []string
	for _, lang := range Languages() {
		names = append(names, lang.Name())
		labels = append(labels, lang.Label())
		if n := utf8.RuneCountInString(lang.Label()); n != 3 {
			t.Errorf("%s: label %q has %d letters, want 3", lang, lang.Label(), n)
		}
	}
	for _, list := range [][]string{names, labels} {
		slices.Sort(list)
		if slices.Contains(list, "") || len(slices.Compact(list)) != len(Languages()) {
			t.Errorf("%q has an empty or double name", list)
		}
	}
	if Language("de").Name() != "" || Language("de").Label() != "" {
		t.Error("an unknown language has a name")
	}
}
