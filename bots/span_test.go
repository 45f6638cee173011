package bots_test

import (
	"strings"
	"testing"

	"kartka/bots"

	"pgregory.net/rapid"
)

func TestMark(t *testing.T) {
	b := func(from, to int) bots.Span { return bots.Span{From: from, To: to, Tag: "b"} }
	i := func(from, to int) bots.Span { return bots.Span{From: from, To: to, Tag: "i"} }
	s := func(from, to int) bots.Span { return bots.Span{From: from, To: to, Tag: "s"} }
	code := func(from, to int) bots.Span { return bots.Span{From: from, To: to, Tag: "code"} }
	a := func(from, to int, href string) bots.Span {
		return bots.Span{From: from, To: to, Tag: "a", Href: href}
	}
	for _, tt := range []struct {
		name  string
		text  string
		spans []bots.Span
		want  bots.Rich
	}{
		{name: "nothing"},
		{name: "plain", text: `1 < 2 & "кава"`, want: `1 &lt; 2 &amp; &quot;кава&quot;`},
		{name: "one", text: "Кава і торт", spans: []bots.Span{b(0, 4)}, want: "<b>Кава</b> і торт"},
		{name: "to the end", text: "Кава", spans: []bots.Span{b(2, 4)}, want: "Ка<b>ва</b>"},
		{name: "nested", text: "abcd", spans: []bots.Span{b(0, 4), i(1, 3)}, want: "<b>a<i>bc</i>d</b>"},
		{name: "nested, inner first", text: "abcd", spans: []bots.Span{b(1, 3), i(0, 4)}, want: "<i>a<b>bc</b>d</i>"},
		{name: "together", text: "ab", spans: []bots.Span{s(0, 2), i(0, 2), b(0, 2)}, want: "<b><i><s>ab</s></i></b>"},
		{name: "overlapping", text: "abcdef", spans: []bots.Span{b(0, 4), i(2, 6)}, want: "<b>ab<i>cd</i></b><i>ef</i>"},
		{name: "beside one another", text: "ab", spans: []bots.Span{b(0, 1), b(1, 2)}, want: "<b>ab</b>"},
		{name: "twice", text: "abc", spans: []bots.Span{b(0, 2), b(1, 3)}, want: "<b>abc</b>"},
		{name: "link", text: "тут", spans: []bots.Span{a(0, 3, `https://a.b/?x=1&y="2"`)}, want: `<a href="https://a.b/?x=1&amp;y=&quot;2&quot;">тут</a>`},
		{name: "link in bold", text: "a тут", spans: []bots.Span{b(0, 5), a(2, 5, "https://a.b")}, want: `<b>a <a href="https://a.b">тут</a></b>`},
		{name: "link in a link", text: "abc", spans: []bots.Span{a(0, 3, "https://a.b"), a(1, 2, "https://c.d")}, want: `<a href="https://a.b">abc</a>`},
		{name: "two links", text: "ab", spans: []bots.Span{a(0, 1, "https://a.b"), a(1, 2, "https://c.d")},
			want: `<a href="https://a.b">a</a><a href="https://c.d">b</a>`},
		{name: "unsafe links", text: "abc", spans: []bots.Span{a(0, 1, "javascript:alert(1)"), a(1, 2, ""), a(2, 3, "https://a b")}, want: "abc"},
		{name: "code holds nothing else", text: "abc", spans: []bots.Span{b(0, 3), code(1, 2), a(1, 2, "https://a.b")}, want: "<b>a</b><code>b</code><b>c</b>"},
		{name: "surrogate pairs", text: "👍🏽 ок 👨‍👩‍👧!", spans: []bots.Span{b(0, 4), i(8, 16)}, want: "<b>👍🏽</b> ок <i>👨‍👩‍👧</i>!"},
		{name: "ends inside characters", text: "a👍b", spans: []bots.Span{b(0, 2)}, want: "<b>a👍</b>b"},
		{name: "begins inside a character", text: "a👍b", spans: []bots.Span{b(2, 4)}, want: "a<b>👍b</b>"},
		{name: "one half of a character", text: "👍", spans: []bots.Span{b(1, 2)}, want: "<b>👍</b>"},
		{name: "right to left", text: "שלום עולם", spans: []bots.Span{b(5, 9)}, want: "שלום <b>עולם</b>"},
		{name: "past the end", text: "abc", spans: []bots.Span{b(1, 1<<60), i(3, 5), s(99, 100)}, want: "a<b>bc</b>"},
		{name: "nonsense", text: "abc", spans: []bots.Span{b(-1, 2), i(2, 1), s(1, 1), {From: 0, To: 2, Tag: "script"}}, want: "abc"},
		{name: "nul", text: "a\x00bc", spans: []bots.Span{b(1, 3)}, want: "a<b>b</b>c"},
		{name: "not UTF-8", text: "a\xffb", spans: []bots.Span{b(1, 2)}, want: "a<b>\uFFFD</b>b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := bots.Mark(tt.text, tt.spans)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err := bots.Validate(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMarkHoldsForAnything: whatever text and spans, the result is well formed and shows the text, and each
// character is marked as the spans over it say.
func TestMarkHoldsForAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab<>&\"\n 👍🏽\u200dקוї\u0301")), 0, 12, -1).Draw(t, "text")
		spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) bots.Span {
			return bots.Span{
				From: rapid.IntRange(-2, 20).Draw(t, "from"), To: rapid.IntRange(-2, 20).Draw(t, "to"),
				Tag:  rapid.SampledFrom([]string{"b", "i", "s", "code", "a", "u"}).Draw(t, "tag"),
				Href: rapid.SampledFrom([]string{"https://a.b/?c=1&d=\"<", "javascript:x", "", "tg://user?id=1"}).Draw(t, "href"),
			}
		}), 0, 6).Draw(t, "spans")
		rich := bots.Mark(text, spans)
		if err := bots.Validate(rich); err != nil {
			t.Fatalf("%s: %v", rich, err)
		}
		if got := bots.Plain(rich); got != text {
			t.Fatalf("%s shows %q", rich, got)
		}
		shown := marksOf(rich)
		unit := 0
		for n, r := range []rune(text) {
			width := bots.UTF16Len(string(r))
			want := map[string]bool{}
			for _, s := range spans {
				if s.From >= 0 && s.From < s.To && s.From < unit+width && unit < s.To && (s.Tag != "a" || bots.SafeLink(s.Href)) && s.Tag != "u" {
					want[s.Tag] = true
				}
			}
			if want["code"] {
				want = map[string]bool{"code": true}
			}
			for _, tag := range []string{"a", "b", "i", "s", "code"} {
				if shown[n][tag] != want[tag] {
					t.Fatalf("%s: character %d has %v, want %v", rich, n, shown[n], want)
				}
			}
			unit += width
		}
	})
}

// marksOf tells the open tags at each character of well-formed Rich.
func marksOf(r bots.Rich) []map[string]bool {
	var out []map[string]bool
	open := map[string]bool{}
	rest := string(r)
	for rest != "" {
		if rest[0] == '<' {
			tag, after, _ := strings.Cut(rest[1:], ">")
			name, _, _ := strings.Cut(tag, " ")
			if closed, ok := strings.CutPrefix(name, "/"); ok {
				delete(open, closed)
			} else {
				open[name] = true
			}
			rest = after
			continue
		}
		text, _, _ := strings.Cut(rest, "<")
		rest = rest[len(text):]
		for range []rune(bots.Plain(bots.Rich(text))) {
			now := map[string]bool{}
			for tag := range open {
				now[tag] = true
			}
			out = append(out, now)
		}
	}
	return out
}
