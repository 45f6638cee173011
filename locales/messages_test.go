package locales

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// sourceMessage is a message as it is written: the text of each form it has.
type sourceMessage map[form]string

// readSources returns the written messages of a language by id.
func readSources(t *testing.T, lang Language) map[string]sourceMessage {
	t.Helper()
	paths, err := files.ReadDir(string(lang))
	if err != nil {
		t.Fatalf("list files: %v", err)
	}
	sources := make(map[string]sourceMessage)
	for _, entry := range paths {
		parsed, err := parseFile(files, path.Join(string(lang), entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range parsed {
			source := make(sourceMessage)
			for f, s := range map[form]string{one: m.One, few: m.Few, many: m.Many, other: m.Other} {
				if s != "" {
					source[f] = strings.Trim(s, "\n")
				}
			}
			sources[m.ID] = source
		}
	}
	return sources
}

// eachText calls visit for every form of every message of every language.
func eachText(t *testing.T, visit func(lang Language, key, text string)) {
	t.Helper()
	for _, lang := range Languages() {
		for key, source := range readSources(t, lang) {
			for _, text := range source {
				visit(lang, key, text)
			}
		}
	}
}

func TestEveryKeyInEveryLanguage(t *testing.T) {
	all := make(map[string]bool)
	sources := make(map[Language]map[string]sourceMessage)
	for _, lang := range Languages() {
		sources[lang] = readSources(t, lang)
		for key := range sources[lang] {
			all[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		for _, lang := range Languages() {
			if sources[lang][key] == nil {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
	}
}

var keyShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

func TestKeysAreWellShaped(t *testing.T) {
	for _, lang := range Languages() {
		for key := range readSources(t, lang) {
			if !keyShape.MatchString(key) {
				t.Errorf("%s: id %q: want lower-case words, digits and _ between dots", lang, key)
			}
		}
	}
}

// TestPluralFormsAreComplete takes a message for plural when some language gives it a form besides other.
func TestPluralFormsAreComplete(t *testing.T) {
	plural := make(map[string]bool)
	sources := make(map[Language]map[string]sourceMessage)
	for _, lang := range Languages() {
		sources[lang] = readSources(t, lang)
		for key, source := range sources[lang] {
			if len(source) > 1 {
				plural[key] = true
			}
		}
	}
	for _, lang := range Languages() {
		for key, source := range sources[lang] {
			want := []form{other}
			if plural[key] {
				want = lang.forms()
			}
			got := slices.Collect(maps.Keys(source))
			slices.Sort(got)
			want = slices.Sorted(slices.Values(want))
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %v, want %v", lang, key, got, want)
			}
		}
	}
}

func TestPluralsPrint(t *testing.T) {
	c := newCatalog(t)
	for _, lang := range Languages() {
		p := c.Printer(lang)
		for key, source := range readSources(t, lang) {
			if len(source) == 1 {
				continue
			}
			for _, n := range []int64{0, 1, 2, 5, 11, 21, 101, 1_000_000} {
				want := source[lang.formOf(abs(n), false)]
				for name := range placeholders(want) {
					value := "@"
					if name == "Count" {
						value = p.Number(n)
					}
					want = strings.ReplaceAll(want, "{{."+name+"}}", value)
				}
				args := make(Args)
				for name := range placeholders(source[other]) {
					if name != "Count" {
						args[name] = "@"
					}
				}
				if got := string(p.RichN(key, n, args)); got != want {
					t.Errorf("%s: %s for %d is %q, want %q", lang, key, n, got, want)
				}
			}
		}
	}
}

// TestUnitsPrint prints every ready-made unit, with the fraction 1.5 too.
func TestUnitsPrint(t *testing.T) {
	c := newCatalog(t)
	for _, id := range c.Units() {
		for lang, names := range c.Unit(id) {
			p := c.Printer(lang)
			for _, steps := range []int64{0, 10, 20, 50, 110, 210, 1010, 10_000_000, 15} {
				want := p.Decimal(steps, 1) + nbsp + names.form(lang.formOf(abs(steps)/10, steps%10 != 0))
				if got := p.Points(steps, 1, c.Unit(id)); got != want {
					t.Errorf("%s: %d tenths of %s are %q, want %q", lang, steps, id, got, want)
				}
			}
		}
	}
}

var (
	placeholderPattern = regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	tagPattern         = regexp.MustCompile(`<[^>]*>`)
)

// placeholders counts the names of the placeholders of a text.
func placeholders(text string) map[string]int {
	names := make(map[string]int)
	for _, match := range placeholderPattern.FindAllStringSubmatch(text, -1) {
		names[match[1]]++
	}
	return names
}

// skeleton lists what must be equal in all forms and languages of a message: which placeholders it has
// and which tags. Their order and how often a placeholder comes is the translator's.
func skeleton(text string) string {
	var tags []string
	for _, tag := range tagPattern.FindAllString(text, -1) {
		if !strings.HasPrefix(tag, "</") {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return fmt.Sprintf("%v %v", slices.Sorted(maps.Keys(placeholders(text))), tags)
}

func TestPlaceholdersAndTagsAreEqual(t *testing.T) {
	english := readSources(t, EN)
	eachText(t, func(lang Language, key, text string) {
		if _, ok := english[key]; !ok {
			return // told by TestEveryKeyInEveryLanguage
		}
		if got, want := skeleton(text), skeleton(english[key][other]); got != want {
			t.Errorf("%s: %s has %s, English has %s", lang, key, got, want)
		}
	})
}

func TestSkeleton(t *testing.T) {
	equal := [][2]string{
		{"<b>{{.A}}</b> {{.B}}", "{{.B}} {{.B}} <b>{{.A}}</b>"},
		{"<i>x</i><b>y</b>", "<b>y</b> <i>x</i>"},
	}
	for _, pair := range equal {
		if skeleton(pair[0]) != skeleton(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	different := [][2]string{
		{"{{.A}}", "{{.B}}"}, {"{{.A}}", ""}, {"<b>x</b>", "x"}, {"<b>x</b>", "<i>x</i>"},
		{`<a href="{{.A}}">x</a>`, `<a href="{{.B}}">x</a>`}, {"<b>x</b><b>y</b>", "<b>x</b>"},
	}
	for _, pair := range different {
		if skeleton(pair[0]) == skeleton(pair[1]) {
			t.Errorf("%q and %q are equal", pair[0], pair[1])
		}
	}
}

// TestTextsAreNFC finds letters put together from a base and a combining mark, which look right and are
// found by no search.
func TestTextsAreNFC(t *testing.T) {
	eachText(t, func(lang Language, key, text string) {
		if !norm.NFC.IsNormalString(text) {
			t.Errorf("%s: %s is not in NFC: %q", lang, key, text)
		}
	})
}
