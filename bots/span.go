package bots

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Span marks a part of a plain text, the way platforms tell formatting: beside the text, not in it.
type Span struct {
	From, To int    // UTF-16 code units, To exclusive
	Tag      string // "b", "i", "s", "code" or "a", the tags of Rich
	Href     string // of "a"
}

// maxSpans is more than any platform puts into a message; what is beyond it marks nothing.
const maxSpans = 1000

// Mark gives text with its spans as Rich that [Validate] accepts and whose [Plain] is text, whatever the spans
// say: they may nest, overlap, repeat, and reach beyond the text. A span that marks nothing, begins before the
// text, has an unknown tag or an address that [SafeLink] refuses is left out. An end inside a character moves to its
// edge, so that the whole character is marked. Code holds no other formatting. NUL characters, which nothing shows,
// are left out.
func Mark(text string, spans []Span) Rich {
	text = strings.ToValidUTF8(text, "\uFFFD")
	spans, edges := locate(text, spans)
	m := marking{}
	for i, from := range edges {
		to := len(text)
		if i+1 < len(edges) {
			to = edges[i+1]
		}
		m.turn(covering(spans, from))
		m.b.WriteString(string(Escape(strings.ReplaceAll(text[from:to], "\x00", ""))))
	}
	m.turn(nil)
	return Rich(m.b.String())
}

// SafeLink reports whether a link in Rich may lead to href: to a page, a chat, a phone or a letter, and to nothing
// that runs. Mark leaves out other links.
func SafeLink(href string) bool { return utf8.ValidString(href) && safeLink(href) }

// locate turns the spans' ends into byte offsets, leaves out those that mark nothing, and lists the offsets at which
// formatting may change, zero always being one.
func locate(text string, spans []Span) (located []Span, edges []int) {
	edges = []int{0}
	units := UTF16Len(text)
	var ends []int // UTF-16 offsets that are asked for
	for _, s := range spans[:min(len(spans), maxSpans)] {
		s.To = min(s.To, units)
		if s.From < 0 || s.From >= s.To || !slices.Contains(tagOrder, s.Tag) || s.Tag == "a" && !SafeLink(s.Href) {
			continue
		}
		located = append(located, s)
		ends = append(ends, s.From, s.To)
	}
	if len(located) == 0 {
		return nil, edges
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	begins, closes := make(map[int]int, len(ends)), make(map[int]int, len(ends)) // byte offsets by UTF-16 offset
	at, next := 0, 0
	for i, r := range text {
		for ; next < len(ends) && ends[next] < at+runeUnits(r); next++ {
			begins[ends[next]], closes[ends[next]] = i, i
			if ends[next] > at { // in the middle of a surrogate pair
				closes[ends[next]] = i + utf8.RuneLen(r)
			}
		}
		at += runeUnits(r)
	}
	for ; next < len(ends); next++ {
		begins[ends[next]], closes[ends[next]] = len(text), len(text)
	}
	for i, s := range located {
		located[i].From, located[i].To = begins[s.From], closes[s.To]
		edges = append(edges, located[i].From, located[i].To)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	return located, slices.DeleteFunc(edges, func(edge int) bool { return edge == len(text) && edge > 0 })
}

// tagOrder is the nesting of tags that cover the same text, outermost first.
var tagOrder = []string{"a", "b", "i", "s", "code"}

// covering lists the spans at a byte offset, each tag once, those that last longest first.
func covering(spans []Span, at int) []Span {
	var found []Span
	for _, s := range spans {
		if s.From > at || s.To <= at {
			continue
		}
		if i := slices.IndexFunc(found, func(f Span) bool { return f.Tag == s.Tag }); i < 0 {
			found = append(found, s)
		} else if s.Tag != "a" { // of links the first counts, of other tags the one that lasts longest
			found[i].To = max(found[i].To, s.To)
		}
	}
	if i := slices.IndexFunc(found, func(f Span) bool { return f.Tag == "code" }); i >= 0 {
		return found[i : i+1]
	}
	slices.SortFunc(found, func(a, b Span) int {
		return cmp.Or(cmp.Compare(b.To, a.To), cmp.Compare(slices.Index(tagOrder, a.Tag), slices.Index(tagOrder, b.Tag)))
	})
	return found
}

// marking writes text and opens and closes tags in it.
type marking struct {
	b    strings.Builder
	open []Span
}

// turn leaves exactly the wanted tags open. Those that stay wanted stay open as far as the nesting allows.
func (m *marking) turn(want []Span) {
	same := func(s Span) func(Span) bool {
		return func(o Span) bool { return o.Tag == s.Tag && o.Href == s.Href }
	}
	stay := 0
	for stay < len(m.open) && slices.ContainsFunc(want, same(m.open[stay])) {
		stay++
	}
	for i := len(m.open) - 1; i >= stay; i-- {
		m.b.WriteString("</" + m.open[i].Tag + ">")
	}
	m.open = m.open[:stay]
	for _, s := range want {
		if slices.ContainsFunc(m.open, same(s)) {
			continue
		}
		if s.Tag == "a" {
			m.b.WriteString(`<a href="` + string(Escape(s.Href)) + `">`)
		} else {
			m.b.WriteString("<" + s.Tag + ">")
		}
		m.open = append(m.open, s)
	}
}
