package docs_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// section is the text under a heading of the page on segments.
func section(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile("segments.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("there is no section %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// rows are the cells of the table of a section.
func rows(t *testing.T, heading string) [][]string {
	t.Helper()
	var all [][]string
	for line := range strings.Lines(section(t, heading)) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		all = append(all, cells)
	}
	if len(all) < 2 {
		t.Fatalf("no table in %q", heading)
	}
	return all[1:]
}

var kinds = map[segment.Kind]string{
	segment.KindFlag: "yes or no", segment.KindText: "text", segment.KindNumber: "number", segment.KindMoney: "money", segment.KindPoints: "points",
	segment.KindDays: "days", segment.KindYears: "years", segment.KindRatio: "ratio",
}

// The page lists every fact there is, in the order in which they are offered, with its kind and its spans, and says of each what it is.
func TestSegmentFacts(t *testing.T) {
	var want, got []string
	for _, f := range segment.Facts() {
		name := f.Name
		switch {
		case f.Needs:
			name += "(…)"
		case f.Of != segment.NoThing:
			name += "[…]"
		}
		var spans []string
		for _, days := range f.Windows {
			if days > 0 {
				spans = append(spans, strconv.Itoa(days)+"d")
			}
		}
		want = append(want, fmt.Sprintf("`%s` | %s | %s", name, kinds[f.Kind], strings.Join(spans, ", ")))
	}
	for _, row := range rows(t, "What can be asked") {
		if len(row) != 4 || row[3] == "" {
			t.Fatalf("the row %q", row)
		}
		got = append(got, strings.Join(row[:3], " | "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the facts (-engine +page):\n%s", diff)
	}
}

// The ready-made segments are called in the page as in the console, and mean the same.
func TestSegmentsReadyMade(t *testing.T) {
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	english := catalog.Printer(locales.EN)
	var want, got []string
	for _, r := range segment.ReadyMade() {
		want = append(want, english.T("segment.ready."+r.ID+".name")+" | `"+segment.Format(r.Expr, segment.Grammar{}, nil)+"`")
	}
	for _, row := range rows(t, "Segments you have already") {
		got = append(got, strings.Join(row, " | "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the ready-made segments (-engine +page):\n%s", diff)
	}
}

var code = regexp.MustCompile("`([^`]+)`")

// Every example of the page is a sentence.
func TestSegmentExamples(t *testing.T) {
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	grammar := segment.Grammar{Money: 2, Words: words.Lexicon(catalog.Printer(locales.UK))}
	examples := 0
	for _, row := range rows(t, "How to write one") {
		for _, m := range code.FindAllStringSubmatch(row[2], -1) {
			examples++
			if _, err := segment.Parse(m[1], grammar); err != nil {
				t.Errorf("%s: %v", m[1], err)
			}
		}
	}
	for _, example := range []string{`visits(90d) >= 3 and last_visit > 30d and not clicked("Spring")`, "spent in (99.50, 120)", "візитів(90 днів) >= 3 і не запрошені", `in("Neighbours")`} {
		if page, err := os.ReadFile("segments.md"); err != nil || !strings.Contains(string(page), example) {
			t.Errorf("the page lacks %s: %v", example, err)
		}
		if _, err := segment.Parse(example, grammar); err != nil {
			t.Errorf("%s: %v", example, err)
		}
	}
	if examples < 20 {
		t.Errorf("found only %d examples", examples)
	}
}
