package bots_test

import (
	"strings"
	"testing"

	"kartka/bots"

	"pgregory.net/rapid"
)

func TestRenderRich(t *testing.T) {
	for _, tt := range []struct {
		name               string
		in                 bots.Rich
		plain, light, html string
		none               string // "" when it equals plain
	}{
		{name: "text", in: "Привіт", plain: "Привіт", light: "Привіт", html: "Привіт"},
		{name: "bold", in: "<b>120</b> балів", plain: "120 балів", light: "*120* балів", html: "<b>120</b> балів"},
		{name: "nested", in: "<b>a <i>b</i> c</b>", plain: "a b c", light: "*a* *_b_* *c*", html: "<b>a <i>b</i> c</b>"},
		{name: "twice bold", in: "<b><b>a</b></b>", plain: "a", light: "*a*", html: "<b><b>a</b></b>"},
		{name: "lines", in: "<i>one\ntwo</i>", plain: "one\ntwo", light: "_one_\n_two_", html: "<i>one\ntwo</i>"},
		{name: "outer spaces", in: "a<s> b </s>c", plain: "a b c", light: "a ~b~ c", html: "a<s> b </s>c"},
		{name: "code", in: "<code>1*2</code>", plain: "1*2", light: "1*2", html: "<code>1*2</code>"},
		{name: "link", in: `<a href="https://a.b/?x=1&amp;y=2">тут</a>`, plain: "тут", light: "тут (https://a.b/?x=1&y=2)",
			none: "тут (https://a.b/?x=1&y=2)", html: `<a href="https://a.b/?x=1&amp;y=2">тут</a>`},
		{name: "bare link", in: `<a href="https://a.b">https://a.b</a>`, plain: "https://a.b", light: "https://a.b",
			html: `<a href="https://a.b">https://a.b</a>`},
		{name: "entities", in: "&lt;b&gt; &amp; &quot;&#39;&#x2014;", plain: "<b> & \"'—", light: "<b> & \"'—",
			html: "&lt;b&gt; &amp; &quot;'—"},
		{name: "loose signs", in: "Fish & Chips > <b>x</b>", plain: "Fish & Chips > x", light: "Fish & Chips > *x*",
			html: "Fish &amp; Chips &gt; <b>x</b>"},
		{name: "malformed", in: "<b>x", plain: "<b>x", light: "<b>x", html: "&lt;b&gt;x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := bots.Plain(tt.in); got != tt.plain {
				t.Errorf("Plain = %q, want %q", got, tt.plain)
			}
			if got := bots.Light(tt.in); got != tt.light {
				t.Errorf("Light = %q, want %q", got, tt.light)
			}
			if got := bots.Render(tt.in, bots.MarkupHTML); got != tt.html {
				t.Errorf("HTML = %q, want %q", got, tt.html)
			}
			none := tt.none
			if none == "" {
				none = tt.plain
			}
			if got := bots.Render(tt.in, bots.MarkupNone); got != none {
				t.Errorf("none = %q, want %q", got, none)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	good := []bots.Rich{"", "a\nb", "<b>a</b><i><s>b</s></i>", `<a href="tg://user?id=1"><code>&lt;x&gt;</code></a>`, "&#39;"}
	for _, r := range good {
		if err := bots.Validate(r); err != nil {
			t.Errorf("Validate(%q) = %v", r, err)
		}
	}
	bad := []bots.Rich{"<b>", "</b>", "<b><i></b></i>", "<u>x</u>", "a < b", "a > b", "Fish & Chips", "&nbsp;", "<b >x</b>",
		`<a href="javascript:x">y</a>`, `<a href="/x">y</a>`, `<a href='https://a'>y</a>`, "<a>x</a>", "\xff", "x\x00"}
	for _, r := range bad {
		if err := bots.Validate(r); err == nil {
			t.Errorf("Validate(%q) found nothing", r)
		}
	}
}

// TestEscapeShowsTheText: whatever a person is called, escaping it shows it and only it.
func TestEscapeShowsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ReplaceAll(rapid.String().Draw(t, "s"), "\x00", "")
		r := bots.Escape(s)
		if err := bots.Validate(r); err != nil {
			t.Fatal(err)
		}
		if got := bots.Plain(r); got != s {
			t.Fatalf("shown as %q, want %q", got, s)
		}
	})
}

func TestUnits(t *testing.T) {
	if got := bots.UTF16Len("aї👍"); got != 4 {
		t.Errorf("UTF16Len = %d, want 4", got)
	}
	r := bots.Rich(`<b>a</b> <a href="https://x.y">b</a>`)
	for m, want := range map[bots.Markup]int{bots.MarkupHTML: 3, bots.MarkupLight: 19, bots.MarkupNone: 17} {
		if got := bots.Units(r, m); got != want {
			t.Errorf("Units(%s) = %d, want %d", m, got, want)
		}
	}
}
