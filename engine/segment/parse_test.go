package segment_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
)

var hryvnias = segment.Grammar{Money: 2, Points: 0}

func TestParse(t *testing.T) {
	number := func(fact string, op segment.Op, n ...int64) segment.Cond {
		c := segment.Cond{Fact: fact, Op: op}
		for _, n := range n {
			c.Values = append(c.Values, segment.Value{Number: n})
		}
		return c
	}
	text := func(fact string, op segment.Op, texts ...string) segment.Cond {
		c := segment.Cond{Fact: fact, Op: op}
		for _, s := range texts {
			c.Values = append(c.Values, segment.Value{Text: s})
		}
		return c
	}
	clicked := segment.Cond{Fact: "clicked", Of: "spring"}
	for in, want := range map[string]segment.Expr{
		"everyone":                      segment.All{},
		"visits >= 3":                   number("visits", segment.OpAtLeast, 3),
		"visits ≥ 3":                    number("visits", segment.OpAtLeast, 3),
		"VISITS=3":                      number("visits", segment.OpIs, 3),
		"spent > 5 000":                 number("spent", segment.OpMore, 500000),
		"spent > 5\u00a0000,5":          number("spent", segment.OpMore, 500050),
		"spent < 12 345 678.9":          number("spent", segment.OpLess, 1234567890),
		"rhythm >= 1,5":                 number("rhythm", segment.OpAtLeast, 150),
		"(spent > 99,50 or visits > 3)": segment.Any{number("spent", segment.OpMore, 9950), number("visits", segment.OpMore, 3)},
		"spent between 1,5 and 2,50":    number("spent", segment.OpBetween, 150, 250),
		"rfm in (555,545)":              number("rfm", segment.OpIn, 555, 545),
		"city = Кам'янець":              text("city", segment.OpIs, "Кам'янець"),
		"city in (Кам'янець, 'Біла Церква')": text("city", segment.OpIn, "Кам'янець", "Біла Церква"),
		`bought(«Піца "Маргарита"») = 0`:     segment.Cond{Fact: "bought", Of: `Піца "Маргарита"`, Op: segment.OpIs, Values: []segment.Value{{}}},
		"last_visit > 30 days":               number("last_visit", segment.OpMore, 30),
		"last_visit > 30d":                   number("last_visit", segment.OpMore, 30),
		"age between 18 and 25 and visits = 0": segment.All{
			number("age", segment.OpBetween, 18, 25), number("visits", segment.OpIs, 0)},
		"rfm in (555,545, 554)": number("rfm", segment.OpIn, 555, 545, 554),
		"age not in (18, 19)":   segment.Not{X: number("age", segment.OpIn, 18, 19)},
		"city in (Київ, «Івано-Франківськ»)":     text("city", segment.OpIn, "Київ", "Івано-Франківськ"),
		`tag != "likes oat milk"`:                text("tag", segment.OpIsNot, "likes oat milk"),
		"visits(90d) >= 3":                       segment.Cond{Fact: "visits", Days: 90, Op: segment.OpAtLeast, Values: []segment.Value{{Number: 3}}},
		"visits (90 days) >= 3":                  segment.Cond{Fact: "visits", Days: 90, Op: segment.OpAtLeast, Values: []segment.Value{{Number: 3}}},
		"burning(7) > 0":                         segment.Cond{Fact: "burning", Days: 7, Op: segment.OpMore, Values: []segment.Value{{}}},
		"bought(501) = 0":                        segment.Cond{Fact: "bought", Of: "501", Op: segment.OpIs, Values: []segment.Value{{}}},
		`coupons > 0 or coupons("birthday") > 0`: segment.Any{number("coupons", segment.OpMore, 0), segment.Cond{Fact: "coupons", Of: "birthday", Op: segment.OpMore, Values: []segment.Value{{}}}},
		"consent and not clicked(spring)":        segment.All{segment.Cond{Fact: "consent"}, segment.Not{X: clicked}},
		"not (clicked(spring) or in(vip))":       segment.Not{X: segment.Any{clicked, segment.Cond{Fact: "in", Of: "vip"}}},
		"invited or consent and invited":         segment.Any{segment.Cond{Fact: "invited"}, segment.All{segment.Cond{Fact: "consent"}, segment.Cond{Fact: "invited"}}},
		"(invited or consent) and invited":       segment.All{segment.Any{segment.Cond{Fact: "invited"}, segment.Cond{Fact: "consent"}}, segment.Cond{Fact: "invited"}},
	} {
		got, err := segment.Parse(in, hryvnias)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", in, diff)
		}
	}
}

func TestParseInAnotherLanguage(t *testing.T) {
	words := map[string]string{"візитів": "visits", "останній_візит": "last_visit", "і": "and", "не": "not", "днів": "d", "стать": "gender", "жінка": "female", "від": "between"}
	got, err := segment.Parse("Візитів >= 3 і не останній_візит від 7 і 30 днів і стать = жінка", segment.Grammar{Words: words})
	if err != nil {
		t.Fatal(err)
	}
	want := `visits >= 3 and not last_visit between 7d and 30d and gender = "female"`
	if got := segment.Format(got, segment.Grammar{}, nil); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParseProblems(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "empty at 0",
		"  ":                              "empty at 0",
		"visits":                          "op at 6",
		"visits >=":                       "value at 9",
		"visits >= many":                  "value at 10 (many)",
		"visits >= 3.5":                   "value at 10 (3.5)",
		"visits >= 99999999999999999999":  "value at 10",
		"spent = 1.005":                   "value at 8",
		"spent > 5,000":                   "value at 8 (5,000)",
		"visits >= 1,000":                 "value at 10 (1,000)",
		"spent > 1.000":                   "value at 8 (1.000)",
		"spent > 1.000,50":                "value",
		`coupons(" ") > 0`:                "argument",
		"visits(91d) > 1":                 "window at 7 (91)",
		"visits(0d) > 1":                  "window",
		"burning > 1":                     "window at 0",
		"wisits > 1":                      "fact at 0 (wisits)",
		"visits > 1 spent > 2":            "more at 11 (spent)",
		"visits > 1 and":                  "wanted at 14",
		"and visits > 1":                  "wanted at 0",
		"(visits > 1":                     "paren at 0",
		"visits > 1)":                     "more at 10",
		"tier > gold":                     "op at 5 (>)",
		"consent = yes":                   "op at 8",
		"clicked":                         "argument at 0",
		"clicked()":                       "argument at 8",
		"visits(spring) > 1":              "argument at 7",
		"clicked(spring, summer)":         "argument at 16",
		`city = "Київ`:                    "quote at 7",
		`city = ""`:                       "value at 7",
		"age between 25 and 18":           "range at 12",
		"age between 25 or 18":            "op at 15",
		"age in ()":                       "value at 8",
		"age in 18":                       "paren at 7",
		"visits > 1; drop table member":   "more at 10",
		"city = 'x' OR 1=1":               "wanted at 14",
		"visits > -1":                     "sign at 9",
		"visits > 1 # comment":            "sign at 11",
		strings.Repeat("(", 40):           "long",
		strings.Repeat("not ", 40):        "long",
		strings.Repeat("invited or ", 99): "long",
		strings.Repeat("a", 5000):         "long at 0",
		`city = "` + strings.Repeat("a", 101) + `"`: "value",
	} {
		_, err := segment.Parse(in, hryvnias)
		var p *segment.Problem
		if !errors.As(err, &p) {
			t.Errorf("%q: %v, want %s", in, err, want)
			continue
		}
		if got := strings.TrimPrefix(err.Error(), "segment: "); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// What is written is read as the same again, as a sentence and as JSON.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := segmenttest.Expr().Draw(t, "expression")
		text := segment.Format(x, hryvnias, nil)
		again, err := segment.Parse(text, hryvnias)
		if len(segment.Conds(x)) > segment.MaxConds {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(x, again); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", text, diff)
		}
		raw, err := segment.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := segment.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if diff := cmp.Diff(x, decoded); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", raw, diff)
		}
	})
}

func TestDecodeProblems(t *testing.T) {
	for in, want := range map[string]string{
		``:                      "json",
		`null`:                  "json",
		`{}`:                    "json",
		`[]`:                    "json",
		`{"all":[],"any":[]}`:   "json",
		`{"all":[],"op":"="}`:   "json",
		`{"all":[]} {"all":[]}`: "json",
		`{"fact":"visits","op":"=","values":[1],"sql":"1=1"}`:                                               "json",
		`{"fact":"wisits","op":"=","values":[1]}`:                                                           "fact",
		`{"fact":"visits","op":"or 1=1","values":[1]}`:                                                      "op",
		`{"fact":"visits","op":"=","values":["1"]}`:                                                         "value",
		`{"fact":"visits","op":"=","values":[1.5]}`:                                                         "value",
		`{"fact":"visits","op":"=","values":[null]}`:                                                        "value",
		`{"fact":"visits","op":"=","values":[-1]}`:                                                          "value",
		`{"fact":"visits","op":"=","values":[1,2]}`:                                                         "value",
		`{"fact":"visits","op":"=","values":[]}`:                                                            "value",
		`{"fact":"visits","op":"between","values":[2,1]}`:                                                   "range",
		`{"fact":"visits","days":5,"op":"=","values":[1]}`:                                                  "window",
		`{"fact":"visits","of":"x","op":"=","values":[1]}`:                                                  "argument",
		`{"fact":"clicked"}`:                                                                                "argument",
		`{"fact":"clicked","of":"«a\"b»"}`:                                                                  "argument",
		`{"fact":"clicked","of":"a\nb"}`:                                                                    "argument",
		`{"fact":"visits","op":">=","values":[""]}`:                                                         "value",
		`{"fact":"visits","op":"in","values":["",5]}`:                                                       "value",
		`{"fact":"city","op":"=","values":[5]}`:                                                             "value",
		strings.Repeat(`{"not":`, 20) + `{"fact":"invited"}` + strings.Repeat(`}`, 20):                      "long",
		`{"fact":"city","op":"in","values":["` + strings.Repeat(strings.Repeat("a", 99)+`","`, 45) + `b"]}`: "long",
		`{"fact":"city","op":"=","values":["a\u0000b"]}`:                                                    "value",
		`{"fact":"consent","op":"=","values":[1]}`:                                                          "op",
		strings.Repeat(`{"not":`, 60) + `{"all":[]}` + strings.Repeat(`}`, 60):                              "long",
		`{"any":[` + strings.Repeat(`{"fact":"invited"},`, 80) + `{"fact":"in"}]}`:                          "argument",
		`{"any":[` + strings.Repeat(`{"fact":"invited"},`, 80) + `{"all":[]}]}`:                             "long",
		`{"fact":"city","op":"=","values":["` + strings.Repeat("a", 20_000) + `"]}`:                         "long",
	} {
		_, err := segment.Decode([]byte(in))
		var p *segment.Problem
		if !errors.As(err, &p) || p.ID != want {
			t.Errorf("%.80s: %v, want %s", in, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"visits >= 3 and not clicked(spring)", `city in ("Київ", x) or (age between 18 and 25)`, "spent(90d) > 5 000,50", "((((", "not", `"`, "„x“", "in(a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := segment.Parse(text, hryvnias)
		if err != nil {
			var p *segment.Problem
			if !errors.As(err, &p) || p.At < 0 || p.At > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		written := segment.Format(x, hryvnias, nil)
		again, err := segment.Parse(written, hryvnias)
		if err != nil {
			t.Fatalf("%q was read, and written as %q, which is not: %v", text, written, err)
		}
		if diff := cmp.Diff(x, again); diff != "" {
			t.Fatalf("%q and %q differ:\n%s", text, written, diff)
		}
	})
}
