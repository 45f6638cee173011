package ui

import (
	"strings"
	"testing"

	"kartka/locales"
)

func TestScriptsAreServedWithoutComments(t *testing.T) {
	for _, c := range []struct{ kind, from, want string }{
		{".js", "// why\nlet a = 1; // stays\n  // more\n  b(`\n  // text\n`);\n", "\nlet a = 1; // stays\n\nb(`\n  // text\n`);\n"},
		{".js", "  /* kept, as it may be anywhere */ f(\"`\", '`');\n  g();", "/* kept, as it may be anywhere */ f(\"`\", '`');\ng();"},
		{".css", "/* why */\n/* over\n two lines */ a { b: c; }\n  d { e: f; } /* stays */\n", "\n\n a { b: c; }\nd { e: f; } /* stays */\n"},
		{".svg", "<!-- a -->\n  <b/>", "<!-- a -->\n  <b/>"},
	} {
		if got := string(uncommented(c.kind, []byte(c.from))); got != c.want {
			t.Errorf("of %q is left %q, want %q", c.from, got, c.want)
		}
	}
}

func TestAssetsKeepTheirLines(t *testing.T) {
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := New(catalog)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pages.Assets.Names() {
		whole, err := embedded.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		served := string(pages.Assets.files[name].body)
		if strings.HasPrefix(name, "vendor/") && served != string(whole) {
			t.Errorf("%s is not as it was made", name)
		}
		if strings.Count(served, "\n") != strings.Count(string(whole), "\n") {
			t.Errorf("%s has other lines than its source", name)
		}
		// Quotes balance within each line of a script of ours: what looks like a comment is one.
		if strings.HasSuffix(name, ".js") && !strings.HasPrefix(name, "vendor/") && strings.Count(served, "`")%2 != 0 {
			t.Errorf("%s leaves a text open", name)
		}
	}
}
