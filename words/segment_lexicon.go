package words

import (
	"kartka/engine/segment"
	"kartka/locales"
)

// keywords are the words of the language of segments that are no facts. "in" is both.
var keywords = []string{"and", "or", "not", "between", "everyone", "female", "male"}

// dayCounts are counts of days that between them ask for every form of the word that a whole number has.
var dayCounts = []int64{1, 2, 5, 1_000_000}

// Lexicon is the language of segments in a person's own: from words in lower case to those of [segment.Parse], for [segment.Grammar].
func Lexicon(p *locales.Printer) map[string]string {
	words := make(map[string]string)
	for _, fact := range segment.Facts() {
		words[p.T("segment.word."+fact.Name)] = fact.Name
	}
	for _, word := range keywords {
		words[p.T("segment.word."+word)] = word
	}
	for _, n := range dayCounts {
		words[p.N("segment.word.days", n)] = "d"
	}
	return words
}

// SegmentGrammar is how the person reads and may write segments of the program: in the own language, with sums in its currency and points in its unit.
func (w Words) SegmentGrammar() segment.Grammar {
	g := segment.Grammar{Words: Lexicon(w.P),
		Spell: func(word string) string { return w.T("segment.word." + word) },
		Days:  func(n int64) string { return w.P.N("segment.word.days", n) },
	}
	if s := w.Program.Settings; s != nil {
		g.Money, g.Points = s.Currency.Decimals, s.Unit.Decimals
	}
	return g
}

// SegmentSentence writes an expression as a sentence that the person can change and send again: read with [Words.SegmentGrammar], it is the same
// expression once names are found. names may be nil.
func (w Words) SegmentSentence(x segment.Expr, names Namer) string {
	teller := teller{w, names}
	return segment.Format(segment.Normal(x), w.SegmentGrammar(), func(thing segment.Thing, id string) string {
		switch thing {
		case segment.ThingChannel, segment.ThingLanguage, segment.ThingGender:
			return id // as they are written in every language
		}
		return teller.name(thing, id)
	})
}
