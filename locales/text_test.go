package locales

import (
	"strings"
	"testing"
)

func TestParseTextRefuses(t *testing.T) {
	tests := []struct{ source, want string }{
		{"a < b", "write &lt;"},
		{"a > b", "write &gt;"},
		{"a & b", "write &amp;"},
		{"&nbsp;", "write &amp;"},
		{"<u>a</u>", "unknown tag"},
		{"<b class=x>a</b>", "unknown tag"},
		{`<a>x</a>`, "unknown tag"},
		{`<a href="">x</a>`, "unknown tag"},
		{`<a href="x" onclick="y">x</a>`, "unknown tag"},
		{"<b>a", "<b> is not closed"},
		{"a</b>", "</b> closes nothing"},
		{"<b><i>a</b></i>", "</b> closes nothing"},
		{"<b>a<b>b</b></b>", "inside itself"},
		{"{{.name}}", "bad placeholder"},
		{"{{ .Name }}", "bad placeholder"},
		{"{{Name}}", "bad placeholder"},
		{"{{.Name", "bad placeholder"},
		{"{{.}}", "bad placeholder"},
		{"{{if .A}}x{{end}}", "bad placeholder"},
		{"Name}} x", "}} without {{"},
		{"{{.A}} Name}} {{.B}}", "}} without {{"},
	}
	for _, tt := range tests {
		_, err := parseText(tt.source)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("parseText(%q): %v, want an error with %q", tt.source, err, tt.want)
		}
	}
}

func TestEscape(t *testing.T) {
	tests := map[string]Safe{
		"":                        "",
		"Олена":                   "Олена",
		`<b>&"x"</b>`:             "&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;",
		"&amp;":                   "&amp;amp;",
		"it’s 'fine' \u202e \x00": "it’s 'fine' \u202e \x00",
	}
	for in, want := range tests {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
		if got := stripMarkup(string(want)); got != in {
			t.Errorf("stripMarkup(Escape(%q)) = %q", in, got)
		}
	}
}

func TestStripMarkup(t *testing.T) {
	tests := map[string]string{
		`<b>5 &lt; 6</b> <a href="https://x?a=1&amp;b=2">here</a>`: "5 < 6 here",
		"a < b":    "a < b",
		"<":        "<",
		"&amp;lt;": "&lt;",
	}
	for in, want := range tests {
		if got := stripMarkup(in); got != want {
			t.Errorf("stripMarkup(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	for _, seed := range []string{"<b>{{.Name}}</b>", `<a href="{{.URL}}">x</a>`, "&lt;", "{{", "<", "</", "&"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stripMarkup(s)
		if err := checkMarkup(string(Escape(s))); err != nil {
			t.Errorf("Escape(%q) is no markup: %v", s, err)
		}
		if parsed, err := parseText(s); err == nil && s != "" && parsed.rich == nil {
			t.Errorf("parseText(%q) lost the text", s)
		}
	})
}
