package words_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// misspelt are sentences with a mistake each.
var misspelt = []string{
	"", "visits >= 3 and", "visits >= 3 or )", "visits >= 3 tier = gold", "(visits >= 3", "visits >= 3)", "city in Kyiv",
	"visists >= 3", "moonphase = 3", "last_vsiit > 30d", "visits % 3", `clicked("spring`,
	"clicked", "tier(gold) = gold", "visits(spring) >= 3", "consent(a, b)", "coupons() > 0",
	"visits(60d) >= 3", "burning > 5", "joined(30d) > 3", "burning(10d) > 5",
	"visits", "tier > gold", "invited = 3", "age between 18 or 25", "last_visit > spring",
	"visits >= 3.5", "spent >= gold", "balance >= 1.5", "age = old", "rhythm >= 1.555", "tier = (", "age between 25 and 18",
	strings.Repeat("(", segment.MaxDepth+1) + "invited", strings.Repeat("invited and ", segment.MaxConds) + "invited",
	"visits in (1" + strings.Repeat(", 1", segment.MaxValues) + ")", strings.Repeat(" ", segment.MaxText+1),
}

// unreadable is JSON that is no expression.
var unreadable = []string{`{}`, `{"fact":"moon"}`, `{"fact":"visits","op":">=","values":["a"]}`, `{"fact":"tier","op":"=","values":["a\u0000"]}`}

// nothing is a program that has nothing.
type nothing struct{}

func (nothing) Resolve(segment.Thing, string) (string, bool) { return "", false }

// problems are all that can be wrong, by how one comes upon it.
func problems(t *testing.T) (names []string, all []*segment.Problem) {
	t.Helper()
	add := func(name string, err error) {
		var p *segment.Problem
		if !errors.As(err, &p) {
			t.Fatalf("%s: %v is no problem", name, err)
		}
		names, all = append(names, name), append(all, p)
	}
	for _, text := range misspelt {
		_, err := segment.Parse(text, segment.Grammar{Money: 2})
		name := text
		if len(name) > 60 {
			name = fmt.Sprintf("%s… (%d)", name[:20], len(name))
		}
		add(name, err)
	}
	for _, raw := range unreadable {
		_, err := segment.Decode(json.RawMessage(raw))
		add(raw, err)
	}
	for _, text := range []string{"tier = x1", "stamps(x1) > 0", "coupons(x1) > 0", "bought(x1) > 0", "category(x1) > 0", "place(x1) > 0", "clicked(x1)", "in(x1)",
		"consent(x1)", "field(x1) = a", "language = x1", "gender = x1"} {
		_, err := segment.Check(parse(t, text), nothing{})
		add("the shop has none: "+text, err)
	}
	_, err := segment.Check(parse(t, "field(f1) = x1"), chooser{})
	add("the field has no such choice: field(f1) = x1", err)
	add("a thing of a new kind", &segment.Problem{ID: segment.ProblemUnknown, At: -1, Near: "x1", Args: map[string]any{"Thing": "moon"}})
	add("a loop", &segment.Problem{ID: segment.ProblemLoop, At: -1, Near: "Neighbours"})
	return names, all
}

// Problems are read aloud, in every language, and all there are are among them.
func TestSegmentProblem(t *testing.T) {
	names, all := problems(t)
	speakers := marketers(t)
	met := map[string]bool{}
	var got strings.Builder
	for i, p := range all {
		met[p.ID] = true
		fmt.Fprintf(&got, "=== %s\n", names[i])
		for _, w := range speakers {
			l, text := w.P.Language(), w.SegmentProblem(p)
			if text == "" || text == w.T("error.internal") || strings.ContainsAny(text, "[]{}") || len([]rune(text)) > 300 {
				t.Errorf("%s: %s is told as %q", l, names[i], text)
			}
			if p.Near != "" && p.ID != segment.ProblemLong && !strings.Contains(text, words.CleanName(p.Near, 40)) {
				t.Errorf("%s: %s does not say near what: %q", l, names[i], text)
			}
			fmt.Fprintf(&got, "%s  %s\n", l, plain(text))
		}
		got.WriteString("\n")
	}
	for _, id := range problemIDs(t) {
		if !met[id] {
			t.Errorf("no problem %q is told", id)
		}
	}
	golden(t, "segment_problems.golden", got.String())
}

// problemIDs are the problems that the engine knows.
func problemIDs(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../engine/segment/problem.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Problem") {
			id, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return true
	})
	if len(ids) < 16 {
		t.Fatalf("found only the problems %q", ids)
	}
	return ids
}

// A slip of the keyboard is understood, in the person's own language and in English; what is like nothing is not guessed at.
func TestUnknownFactSuggestsTheClosest(t *testing.T) {
	of := map[locales.Language]words.Words{}
	for _, w := range marketers(t) {
		of[w.P.Language()] = w
	}
	for _, c := range []struct {
		language      locales.Language
		wrote, closer string
	}{
		{locales.EN, "visist", "“visits”"}, {locales.EN, "teir", "“tier”"}, {locales.EN, "LASTVISIT", "“last_visit”"}, {locales.EN, "balanse", "“balance”"},
		{locales.UK, "візітів", "«візитів»"}, {locales.UK, "visitts", "«visits»"}, {locales.UK, "останнійвізит", "«останній_візит»"},
		{locales.PL, "wizty", "„wizyt”"}, {locales.ES, "genero", "«género»"}, {locales.KK, "денгейі", "«деңгейі»"}, {locales.RU, "возрост", "«возраст»"},
	} {
		_, err := segment.Parse(c.wrote+" = 3", segment.Grammar{})
		var p *segment.Problem
		if !errors.As(err, &p) {
			t.Fatalf("%s: %v", c.wrote, err)
		}
		w := of[c.language]
		if got := w.SegmentProblem(p); !strings.Contains(got, c.closer) {
			t.Errorf("%s: %s is told as %q, want %s", c.language, c.wrote, got, c.closer)
		}
		p.Near = "абракадабра"
		if got, want := w.SegmentProblem(p), w.T("segment.problem.fact", locales.Args{"Near": p.Near}); got != want {
			t.Errorf("%s: what is like nothing is told as %q, want %q", c.language, got, want)
		}
	}
}

func TestProblemWithoutWords(t *testing.T) {
	w := speaker(t, locales.EN)
	if got := w.SegmentProblem(&segment.Problem{ID: "no_such_thing"}); got != w.T("error.internal") {
		t.Errorf("%q", got)
	}
}

// chooser has every field there may be, and no choice of any.
type chooser struct{}

func (chooser) Resolve(_ segment.Thing, name string) (string, bool) { return name, true }
func (chooser) Choice(string, string) (string, bool)                { return "", false }
