package words_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

var (
	lexeme  = regexp.MustCompile(`^[\p{L}]+(_[\p{L}]+)*$`)
	pieceOf = regexp.MustCompile(`"[^"]*"|[\p{L}_]+|[^\p{L}_"]+`)
)

// everyWord is what a lexicon has to translate: "d" stands for days.
func everyWord() []string {
	all := []string{"and", "or", "not", "between", "everyone", "female", "male", "d"}
	for _, fact := range segment.Facts() {
		all = append(all, fact.Name)
	}
	return all
}

// Each word has one of its own in every language, and none of them takes an English word for something else: English is always understood too.
func TestLexicon(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		lexicon := words.Lexicon(w.P)
		for _, word := range everyWord() {
			if !slices.Contains(slices.Collect(maps.Values(lexicon)), word) {
				t.Errorf("%s has no word of its own for %q: two things have one", l, word)
			}
		}
		for own, word := range lexicon {
			if !lexeme.MatchString(own) || own != strings.ToLower(own) {
				t.Errorf("%s: %q is not one word in lower case", l, own)
			}
			if slices.Contains(append(everyWord(), "all", "everybody"), own) && word != own {
				t.Errorf("%s: %q means %q, and in English itself", l, own, word)
			}
		}
	})
}

// translated writes a sentence with the words of a language; days have all the words that a number can ask for.
func translated(sentence string, lexicon map[string]string, days string) string {
	own := map[string]string{}
	for word, meaning := range lexicon {
		own[meaning] = word
	}
	own["d"] = " " + days
	return pieceOf.ReplaceAllStringFunc(sentence, func(piece string) string {
		if word, known := own[piece]; known {
			return word
		}
		return piece
	})
}

// Every question, in the words of every language, is read as the same question in English, alone and joined with others.
func TestEveryQuestionIsReadInEveryLanguage(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		grammar := w.SegmentGrammar()
		if grammar.Money != 2 {
			t.Errorf("%s: sums have %d decimals", l, grammar.Money)
		}
		var days []string
		for own, word := range grammar.Words {
			if word == "d" {
				days = append(days, own)
			}
		}
		read := func(sentence string) {
			want, err := segment.Parse(sentence, segment.Grammar{Money: 2})
			if err != nil {
				t.Fatalf("%s: %v", sentence, err)
			}
			for _, d := range days {
				own := translated(sentence, grammar.Words, d)
				got, err := segment.Parse(own, grammar)
				if err != nil {
					t.Fatalf("%s: %s: %v", l, own, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s: %s: (-want +got)\n%s", l, own, diff)
				}
			}
		}
		for _, fact := range segment.Facts() {
			for _, c := range questions(fact) {
				if n := len(c.Values); n > 0 && c.Values[0].Number != 2 && c.Values[0].Text != "a2" {
					continue // other numbers are read alike
				}
				asked := segment.Format(c, segment.Grammar{Money: 2}, nil)
				read(asked)
				own := w.SegmentSentence(c, nil)
				if got, err := segment.Parse(own, grammar); err != nil || cmp.Diff(segment.Expr(c), got) != "" {
					t.Fatalf("%s: %s is written %s, which is read as %v, %v", l, asked, own, got, err)
				}
				read("not (" + asked + " or everyone) and gender in (female, male)")
			}
		}
		for _, sentence := range explained {
			read(sentence)
		}
	})
}

// What a person wrote is shown again in the own language, with names for ids.
func TestSentencesAreWrittenInEveryLanguage(t *testing.T) {
	want := map[locales.Language]string{
		locales.EN: `(visits(90 days) >= 3 or gender = female) and not in("Neighbours") and last_visit > 1 day and spent in (99.5, 120)`,
		locales.UK: `(візитів(90 днів) >= 3 або стать = жінки) і не в("Neighbours") і останній_візит > 1 день і витрачено в (99.5, 120)`,
		locales.RU: `(визитов(90 дней) >= 3 или пол = женщины) и не в("Neighbours") и последний_визит > 1 день и потрачено в (99.5, 120)`,
		locales.KK: `(келуі(90 күн) >= 3 немесе жынысы = әйел) және емес ішінде("Neighbours") және соңғы_келуі > 1 күн және жұмсағаны ішінде (99.5, 120)`,
		locales.PL: `(wizyt(90 dni) >= 3 lub płeć = kobiety) i nie w("Neighbours") i ostatnia_wizyta > 1 dzień i wydano w (99.5, 120)`,
		locales.ES: `(visitas(90 días) >= 3 o género = mujeres) y no en("Neighbours") y última_visita > 1 día y gastado en (99.5, 120)`,
	}
	for _, w := range marketers(t) {
		x := parse(t, `(visits(90d) >= 3 or gender = female) and not in(s1) and last_visit > 1d and spent in (99.50, 120)`)
		got := w.SegmentSentence(x, things)
		if got != want[w.P.Language()] {
			t.Errorf("%s: %s", w.P.Language(), got)
		}
		again, err := segment.Parse(strings.Replace(got, "Neighbours", "s1", 1), w.SegmentGrammar())
		if err != nil || cmp.Diff(x, again) != "" {
			t.Errorf("%s: %s is read as %v, %v", w.P.Language(), got, again, err)
		}
	}
}
