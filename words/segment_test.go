package words_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
	"kartka/locales"
	"kartka/words"
)

// marketer speaks of a shop with things that segments name.
func marketer(w words.Words) words.Words {
	settings := *w.Program.Settings
	w.Program.Settings = &settings
	shop(&settings)
	settings.Stamps = []rules.StampCard{{ID: "eighth", Name: rules.Name{"en": "Eighth coffee", "uk": "Восьма кава", "ru": "Восьмой кофе", "kk": "Сегізінші кофе", "pl": "Ósma kawa", "es": "Octavo café"}}}
	settings.Fields = []rules.Field{{ID: "f1", Name: rules.Name{"en": "Drink", "uk": "Напій", "ru": "Напиток", "kk": "Сусын", "pl": "Napój", "es": "Bebida"},
		Choices: []rules.Choice{{ID: "latte", Name: rules.Name{"en": "Latte", "uk": "Лате", "ru": "Латте", "kk": "Латте", "pl": "Latte", "es": "Café con leche"}},
			{ID: "tea", Name: rules.Name{"en": "Tea", "uk": "Чай", "ru": "Чай", "kk": "Шай", "pl": "Herbata", "es": "Té"}}}}}
	return w
}

// marketers speak of it, one in each language.
func marketers(t testing.TB) []words.Words {
	var all []words.Words
	eachLanguage(t, func(w words.Words, _ locales.Language) { all = append(all, marketer(w)) })
	return all
}

// things names what settings do not.
func things(thing segment.Thing, id string) string {
	return map[string]string{"campaign:c1": "Spring", "place:p1": "Arena", "segment:s1": "Neighbours", "good:501": "Latte"}[string(thing)+":"+id]
}

func parse(t testing.TB, text string) segment.Expr {
	t.Helper()
	x, err := segment.Parse(text, segment.Grammar{Money: 2})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}

// explained are expressions that are read aloud.
var explained = strings.Split(strings.TrimSpace(`
everyone
not everyone
visits = 0
visits(90d) >= 3
visits(365d) between 2 and 5
visits(30d) in (1, 2, 4) or visits != 3
not visits > 3
spent(90d) > 500
not spent between 100.50 and 1000
average < 250
balance >= 22
balance between 5 and 21
burning(14d) > 0
tier in (silver, gold)
not tier in (silver, gold)
tier != gold
stamps(eighth) >= 3 or coupons > 0 or coupons(croissant) = 1
gender = female and age between 18 and 25
not age >= 18
age < 21 or age > 60 or age <= 21
birthday = 0
birthday <= 7d
birthday > 1d and birthday >= 2d and birthday < 21d and birthday between 3d and 22d
not birthday_ago <= 3d
joined <= 30d
last_visit > 30d
last_visit >= 61d and last_visit < 2d and last_visit = 0
not last_visit > 30d
first_visit between 21d and 90d
first_visit in (7d, 8d) or not first_visit in (1d, 2d)
last_visit <= 0d or last_visit > 0d or last_visit >= 0d
rhythm >= 1.5
not rhythm >= 2
recency = 5 and frequency >= 4 and value <= 2
rfm in (555, 554, 545)
bought(501) >= 3 and last_bought(501) > 21d
category(coffee) = 0 and last_category(cakes) < 7d
place(p1) >= 2 and not last_place(p1) <= 14d
city in (Київ, Gdańsk) and not city = Оболонь
tag = vip and field(f1) != latte and source = instagram
field(f1) in (latte, tea, oolong) or not field(f2) = latte
language = uk or language in (pl, es)
consent and reachable(viber) and not consent(telegram) and not reachable
invited and referrals >= 1
not invited
rating <= 3 or ratings > 10
not rating > 3
got(c1) and not read(c1)
read(c1) and not clicked(c1) and not came(c1) and in(s1)
not (clicked(c1) or not in(s1))
(tier = gold or spent(365d) >= 5000) and not clicked(c1) and last_visit > 30d
visits = 0 and joined > 7d or visits >= 1 and last_visit > 60d
`), "\n")

// Segments are read aloud: each expression in every language, in one line, and the last ones as lists.
func TestSegment(t *testing.T) {
	var got strings.Builder
	all := marketers(t)
	for i, text := range explained {
		x := parse(t, text)
		fmt.Fprintf(&got, "=== %s\n", text)
		for _, w := range all {
			fmt.Fprintf(&got, "%s  %s\n", w.P.Language(), plain(w.Segment(x, things)))
			if i < len(explained)-2 {
				continue
			}
			for _, line := range w.SegmentLines(x, things) {
				fmt.Fprintf(&got, "    %s• %s\n", strings.Repeat("  ", line.Depth), plain(line.Text))
			}
		}
		got.WriteString("\n")
	}
	for _, r := range segment.ReadyMade() {
		fmt.Fprintf(&got, "=== ready-made: %s\n", r.ID)
		for _, w := range all {
			name, about := w.ReadySegment(r.ID)
			fmt.Fprintf(&got, "%s  %s · %s · %s\n", w.P.Language(), name, about, plain(w.Segment(r.Expr, nil)))
		}
		got.WriteString("\n")
	}
	golden(t, "segment.golden", got.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	name := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and read the difference. Now:\n%s", name, got)
	}
}

// questions are all that can be asked of a fact: every window, with and without a name, every comparison, several numbers.
func questions(fact segment.Fact) []segment.Cond {
	windows, names := fact.Windows, []string{"x1"}
	if windows == nil {
		windows = []int{0}
	}
	switch {
	case fact.Of == segment.NoThing:
		names = []string{""}
	case !fact.Needs:
		names = append(names, "")
	}
	var all []segment.Cond
	for _, days := range windows {
		for _, of := range names {
			c := segment.Cond{Fact: fact.Name, Of: of, Days: days}
			if fact.Kind == segment.KindFlag {
				all = append(all, c)
				continue
			}
			for _, op := range fact.Ops() {
				for _, n := range []int64{0, 1, 2, 5, 21, 1_000_000} {
					c.Op = op
					values := []segment.Value{{Number: n}, {Number: n + 3}, {Number: n + 20}}
					if fact.Kind == segment.KindText {
						values = []segment.Value{{Text: fmt.Sprint("a", n)}, {Text: "b"}, {Text: "c"}}
					}
					switch op {
					case segment.OpIn:
						c.Values = values
					case segment.OpBetween:
						c.Values = values[:2]
					default:
						c.Values = values[:1]
					}
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// Every question and its negation have a text of their own in every language: a printer that lacks one, or an argument of one, fails the test.
func TestEveryQuestionHasWords(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		for _, fact := range segment.Facts() {
			for _, c := range questions(fact) {
				yes, no := w.Segment(c, nil), w.Segment(segment.Not{X: c}, nil)
				for _, text := range []string{yes, no} {
					if text == "" || strings.ContainsAny(text, "[]{}!") || strings.Contains(text, "  ") {
						t.Errorf("%s: %+v is told as %q", l, c, text)
					}
				}
				if yes == no {
					t.Errorf("%s: %+v and its negation are both told as %q", l, c, yes)
				}
				if c.Of != "" && !strings.Contains(yes, c.Of) || c.Of != "" && !strings.Contains(no, c.Of) {
					t.Errorf("%s: %+v does not say of what: %q, %q", l, c, yes, no)
				}
				if days := w.P.Days(int64(c.Days)); c.Days > 0 && !strings.Contains(yes, days) {
					t.Errorf("%s: %+v does not say %q: %q", l, c, days, yes)
				}
			}
		}
	})
}

// Questions that ask different things are told differently.
func TestDifferentQuestionsSoundDifferent(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		told := map[string]string{}
		for _, fact := range segment.Facts() {
			for _, c := range questions(fact) {
				if c.Op != "" && (fact.Kind.Number() && c.Values[0].Number < 2) {
					continue // "less than a day ago" and "at most 0 days ago" are both "today", and rightly so; likewise with "> 0"
				}
				asked := segment.Format(c, segment.Grammar{}, nil)
				text := w.Segment(c, nil)
				if before, known := told[text]; known && before != asked {
					t.Errorf("%s: %s and %s are both told as %q", l, before, asked, text)
				}
				told[text] = asked
			}
		}
	})
}

// What is not known fulfils the negation of a question, and exactly then it is said.
func TestNegationTellsOfTheUnknown(t *testing.T) {
	stranger := &segment.Member{Joined: segmenttest.Today} // every member has joined one day
	eachLanguage(t, func(w words.Words, l locales.Language) {
		for _, fact := range segment.Facts() {
			if !fact.Kind.Number() {
				continue
			}
			c := questions(fact)[0]
			c.Op, c.Values = segment.OpAtLeast, []segment.Value{{}}
			unknown := !segment.Match(c, stranger, segmenttest.Today)
			c.Values = []segment.Value{{Number: 5}}
			less := c
			less.Op = segment.OpLess
			no, plain := w.Segment(segment.Not{X: c}, nil), w.Segment(less, nil)
			if !strings.HasPrefix(no, plain) || (no != plain) != unknown {
				t.Errorf("%s: the negation of %s is told as %q, the opposite as %q; it may be unknown: %v", l, fact.Name, no, plain, unknown)
			}
		}
	})
}

// Whatever is asked can be told, as a line and as a list, and the list has every question once.
func TestAnySegmentCanBeTold(t *testing.T) {
	w := speaker(t, locales.PL)
	rapid.Check(t, func(t *rapid.T) {
		x := segmenttest.Expr().Draw(t, "segment")
		line, lines := w.Segment(x, nil), w.SegmentLines(x, nil)
		if line == "" || strings.Count(line, "(")-strings.Count(line, ")") != 0 || len(lines) == 0 || lines[0].Depth != 0 {
			t.Fatalf("%q, %v", line, lines)
		}
		for i, l := range lines {
			group := strings.HasSuffix(l.Text, ":")
			deeper := i+1 < len(lines) && lines[i+1].Depth == l.Depth+1
			if group != deeper || i+1 < len(lines) && lines[i+1].Depth > l.Depth+1 {
				t.Fatalf("line %d of %v", i, lines)
			}
			if !group && !strings.Contains(line, l.Text) {
				t.Fatalf("%q lacks %q", line, l.Text)
			}
		}
	})
}

func TestSegmentNames(t *testing.T) {
	w := marketer(speaker(t, locales.UK))
	for text, want := range map[string]string{
		`tier = gold`:           "рівень: Золото",
		`tier = gone`:           "рівень: gone",
		`clicked(c1)`:           "натискали в «Spring»",
		`clicked(gone)`:         "натискали в «gone»",
		`reachable(viber)`:      "можна написати (Viber)",
		`reachable(pigeon)`:     "можна написати (pigeon)",
		`language = kk`:         "мова: казахська",
		`language = la`:         "мова: la",
		`category(coffee) >= 2`: "покупок у категорії «Кава»: від 2",
	} {
		if got := w.Segment(parse(t, text), things); plain(got) != want {
			t.Errorf("%s is told as %q, want %q", text, got, want)
		}
	}
	if got := w.Segment(segment.Cond{Fact: "moon"}, nil); got != "moon" {
		t.Errorf("a fact that is not known is told as %q", got)
	}
}

// A name fits on a button, and what a segment is for into a line.
func TestReadyMadeSegmentsHaveNames(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		named := map[string]string{}
		for _, r := range segment.ReadyMade() {
			name, about := w.ReadySegment(r.ID)
			if other, taken := named[name]; taken || len([]rune(name)) > 30 || len([]rune(about)) > 100 || strings.HasSuffix(about, ".") {
				t.Errorf("%s: %s is called %q (as %q is), for %q", l, r.ID, name, other, about)
			}
			named[name] = r.ID
		}
	})
}
