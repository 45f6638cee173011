package words_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// spoken is everything the engine says by an id: its own sources, those of the rules, and of the storage, whose refusals reach
// people as they are.
func spoken(t *testing.T) []said {
	t.Helper()
	var all []said
	for _, dir := range []string{"engine", "engine/rules", "storage", "tills"} {
		found, strange := searchDir(t, filepath.Join("..", filepath.FromSlash(dir)))
		for _, where := range strange {
			t.Errorf("%s: cannot tell what this says; teach the search, or write it plainly", where)
		}
		all = append(all, found...)
	}
	if len(all) < 200 {
		t.Fatalf("found only %d messages", len(all))
	}
	return all
}

// newcomer is a rule that gives points once a month: what is said of it can name a gift and a period.
func newcomer() rules.Rule {
	return rules.Rule{ID: "newcomer", Name: rules.Named("Новенькі"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10},
		Limits: rules.Limits{Times: 1, Every: rules.PeriodMonth}}
}

// Every id of the engine has a text in every language, no text asks for what its speakers do not give (a printer
// that lacks an argument fails the test), and each fits into an alert.
func TestEveryReasonHasWords(t *testing.T) {
	all := spoken(t)
	eachLanguage(t, func(w words.Words, l locales.Language) {
		w.Program.Settings.Rules = []rules.Rule{newcomer()}
		w.Program.Settings.Tiers.List = []rules.Tier{{ID: "gold", Name: rules.Named("Золото")}}
		for _, s := range all {
			if !w.P.Has(s.subject + "." + s.id) {
				t.Errorf("%s: %s: no text for %s.%s", l, s.where, s.subject, s.id)
				continue
			}
			for _, text := range tellings(w, s) {
				if text == "" || strings.ContainsAny(text, "[{") || strings.Contains(text, "%!") || len([]rune(text)) > 200 {
					t.Errorf("%s: %s: %s.%s is told as %q", l, s.where, s.subject, s.id, text)
				}
			}
		}
	})
}

// ofCertificates are reasons that are said of certificates of one kind only, of money or of points, though one function writes both.
var ofCertificates = map[string]string{"certificate_on_card": rules.ArgMoney, "certificate_points": rules.ArgPoints}

// tellings are the ways in which one place's words can come out.
func tellings(w words.Words, s said) (texts []string) {
	switch s.subject {
	case "error":
		e := &engine.Error{ID: s.id, Args: sample(s.args)}
		texts = append(texts, w.Problem(e))
		if e.Args["Every"] != nil {
			e.Args["Every"] = ""
			texts = append(texts, w.Problem(e))
		}
	case "issue":
		texts = append(texts, w.Issue(engine.Issue{ID: s.id, Args: sample(s.args)}))
	default:
		if needs := ofCertificates[s.id]; needs != "" && !slices.Contains(s.args, needs) {
			return []string{"another certificate"}
		}
		numbers := make(map[string]int64)
		for _, arg := range append(slices.Clone(s.args), s.later...) {
			numbers[arg] = 10000
		}
		r := rules.Reason{ID: s.id, Text: "Кава", Args: numbers}
		texts = append(texts, string(w.Reason(r)))
		r.Of = "rule:newcomer"
		texts = append(texts, string(w.Reason(r)))
		r.Of = "rule:gone"
		texts = append(texts, string(w.Reason(r)))
		if w.P.Has("reasons."+s.id+"_with_points") && !slices.Contains(s.args, rules.ArgPoints) {
			delete(numbers, rules.ArgPoints)
			texts = append(texts, string(w.Reason(r)))
		}
	}
	return texts
}

// sample is a value for each argument of an error or issue.
func sample(names []string) map[string]any {
	args := make(map[string]any)
	for _, name := range names {
		switch name {
		case "From":
			args[name] = "2026-12-01"
		case "Every":
			args[name] = "month"
		case "Tier":
			args[name] = "gold"
		case "Name", "Event", "Receipt", "Slug":
			args[name] = "Кава"
		default:
			args[name] = money.Points(7)
		}
	}
	return args
}

// No text waits for an id that nobody says.
func TestEveryTextOfTheEngineIsSaid(t *testing.T) {
	known := map[string]bool{"error.internal": true} // of errors that have no words
	for _, s := range spoken(t) {
		known[s.subject+"."+s.id] = true
	}
	key := regexp.MustCompile(`(?m)^((?:reasons|error|issue)\.[a-z0-9_]+)`)
	for _, subject := range []string{"reasons", "error", "issue"} {
		text, err := os.ReadFile(filepath.Join("..", "locales", "en", subject+".toml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range key.FindAllStringSubmatch(string(text), -1) {
			plain, _, _ := strings.Cut(match[1], "_with_")
			if !known[match[1]] && !known[plain] {
				t.Errorf("nobody says %s", match[1])
			}
		}
	}
}

// What a guest or a cashier reads of the mechanics, with the numbers of a till.
func TestReasonsOfMechanics(t *testing.T) {
	w := speaker(t, locales.EN)
	s := w.Program.Settings
	s.Rules = []rules.Rule{
		{ID: "morning", Name: rules.Name{"en": "Morning coffee", "uk": "Ранкова кава"}, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10},
			Limits: rules.Limits{Times: 1, Every: rules.PeriodDay}},
		{ID: "big", Name: rules.Named("Big check"), Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 15000}},
		{ID: "free", Name: rules.Named("8th coffee"), Gives: rules.Benefit{Kind: rules.GivesFree}, Limits: rules.Limits{Times: 2}},
	}
	s.Goods = []rules.Category{{ID: "beer", Name: rules.Named("Beer")}}
	s.Tiers.List = []rules.Tier{{ID: "gold", Name: rules.Named("Gold")}}
	n := func(pairs ...any) map[string]int64 {
		args := make(map[string]int64)
		for i := 0; i < len(pairs); i += 2 {
			args[pairs[i].(string)] = int64(pairs[i+1].(int))
		}
		return args
	}
	for _, tt := range []struct {
		reason rules.Reason
		want   string
	}{
		{rules.Reason{ID: "earned_excluded_goods", Of: "category:beer", Args: n("base", 70000, "rate", 500, "points", 35, "excluded", 30000)},
			"700 ₴ × 5% = 35 bonuses; Beer excluded (−300 ₴)"},
		{rules.Reason{ID: "earned_points", Of: "rule:morning", Args: n("points", 10)}, "Morning coffee: +10 bonuses"},
		{rules.Reason{ID: "earned_times", Of: "rule:big", Args: n("base", 10000, "times", 15000, "points", 15)}, "Big check ×1.5: +15 bonuses"},
		{rules.Reason{ID: "earned_tier", Of: "tier:gold", Args: n("base", 70000, "rate", 700, "points", 49)}, "Gold: 700 ₴ × 7% = 49 bonuses"},
		{rules.Reason{ID: "free_units", Of: "rule:free", Args: n("count", 1, "money", 6000)}, "8th coffee: −60 ₴ (free: 1)"},
		{rules.Reason{ID: "limit_times", Of: "rule:morning", Args: n("count", 1)}, "Morning coffee: already given today (limit 1)"},
		{rules.Reason{ID: "limit_times", Of: "rule:free", Args: n("count", 2)}, "8th coffee: already given (limit 2)"},
		{rules.Reason{ID: "limit_times", Of: "rule:gone", Text: "Gone", Args: n("count", 2)}, "Gone: already given (limit 2)"},
		{rules.Reason{ID: "cooldown", Of: "rule:free", Args: n("days", 3)}, "8th coffee: the next time is in 3 days"},
		{rules.Reason{ID: "when_hours", Of: "rule:morning", Args: n("from", 7*60, "to", 24*60)}, "Morning coffee: works 07:00–00:00"},
		{rules.Reason{ID: "spend_more", Of: "rule:morning", Args: n("money", 1200, "limit", 25000)}, "12 ₴ more and +10 bonuses (Morning coffee)"},
		{rules.Reason{ID: "spend_more", Of: "rule:free", Args: n("money", 1200, "limit", 25000)}, "8th coffee: 12 ₴ more and it applies"},
		{rules.Reason{ID: "take_more", Of: "rule:big", Args: n("count", 1)}, "1 more item and ×1.5 (Big check)"},
		{rules.Reason{ID: "tier_visits_more", Of: "tier:gold", Args: n("count", 2)}, "2 more purchases to the level “Gold”"},
		{rules.Reason{ID: "earn_too_small", Args: n("base", 100, "rate", 500)}, "1 ₴ × 5% makes less than the smallest bonus"},
		{rules.Reason{ID: "earn_too_small", Of: "rule:big", Args: n("base", 100, "times", 15000)}, "Big check: comes to less than the smallest bonus"},
		{rules.Reason{ID: "cap_sales", Args: n("count", 2, "points", 35)}, "only 2 purchases a day earn bonuses (−35 bonuses)"},
	} {
		if got := plain(string(w.Reason(tt.reason))); got != tt.want {
			t.Errorf("%s of %q is %q, want %q", tt.reason.ID, tt.reason.Of, got, tt.want)
		}
	}
	w.P = w.Catalog.Printer(locales.UK)
	if got := plain(string(w.Reason(rules.Reason{ID: "earned_points", Of: "rule:morning", Text: "Morning coffee", Args: n("points", 10)}))); got != "Ранкова кава: +10 бонусів" {
		t.Errorf("the name is not in the reader's language: %q", got)
	}
}

// What applied comes first, what gave way next, what did not fit last; suggestions are apart.
func TestReasonsInOrder(t *testing.T) {
	w := speaker(t, locales.EN)
	effect := func(rule string, state rules.State, id string) rules.Effect {
		return rules.Effect{Rule: rule, State: state, Reason: rules.Reason{ID: id, Text: rule}}
	}
	effects := []rules.Effect{
		effect("a", rules.Inapplicable, "when_goods"), effect("b", rules.Suggested, "stamps_one_more"), effect("c", rules.Skipped, "better_rule"),
		effect("redeem", rules.Suggested, "redeem_off"), effect("d", rules.Applied, "coupon_granted"), effect("e", rules.Applied, "coupon_given"),
	}
	words := func(lines []locales.Safe) (texts []string) {
		for _, line := range lines {
			texts = append(texts, string(line))
		}
		return texts
	}
	want := []string{"coupon for later: d", "coupon given by hand: e", "c: a better offer counts instead", "a: none of its goods on the check"}
	if got := words(w.Reasons(effects)); !slices.Equal(got, want) {
		t.Errorf("reasons are %q, want %q", got, want)
	}
	if got := words(w.Suggestions(effects)); !slices.Equal(got, []string{"b: one more stamp to the gift"}) {
		t.Errorf("suggestions are %q", got)
	}
	if effects[3].Rule != "redeem" || len(effects) != 6 {
		t.Error("the effects themselves have changed")
	}
}

func TestDaysAndNames(t *testing.T) {
	w := speaker(t, locales.UK)
	w.Program.Settings.Tiers.List = []rules.Tier{{ID: "gold", Name: rules.Name{"uk": "Золото", "en": "Gold"}}}
	if got := w.Day("2026-12-31"); got != "31 грудня" {
		t.Errorf("a day is %q", got)
	}
	if got := w.Day("") + w.Day("soon"); got != "" {
		t.Errorf("no day is %q", got)
	}
	for _, tt := range [][3]string{{"tier:gold", "Gold", "Золото"}, {"tier:gone", "Срібло", "Срібло"}, {"", "Латте", "Латте"}, {"tier:gone", "", ""}} {
		if got := w.Name(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%q, %q is called %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
	problem := &engine.Error{ID: "reward_tier", Args: map[string]any{"Name": "Gold", "Tier": "gold"}}
	if got := w.Problem(problem); !strings.Contains(got, "«Золото»") {
		t.Errorf("a level is told as %q", got)
	}
	problem = &engine.Error{ID: "code_not_yet", Args: map[string]any{"From": "2026-12-01"}}
	if got := w.Problem(problem); !strings.Contains(got, "1 грудня") {
		t.Errorf("a day is told as %q", got)
	}
	problem = &engine.Error{ID: "reward_limit", Args: map[string]any{"Max": 1, "Every": "week"}}
	if got := w.Problem(problem); !strings.Contains(got, "цього тижня") {
		t.Errorf("a period is told as %q", got)
	}
}
