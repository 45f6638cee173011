package guest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// found returns the first group of every match in the Go files of the given folders, tests aside.
func found(t *testing.T, pattern string, folders ...string) map[string]bool {
	t.Helper()
	re := regexp.MustCompile(pattern)
	all := map[string]bool{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s: %v", folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range re.FindAllStringSubmatch(string(code), -1) {
				all[match[1]] = true
			}
		}
	}
	return all
}

// TestEveryRefusalHasWords finds every error the engine and the storage can answer with, and says each in every language
// within the length of an alert.
func TestEveryRefusalHasWords(t *testing.T) {
	ids := found(t, `(?:fail\(Kind\w+, |Error\{Kind: (?:engine\.)?Kind\w+, ID: )"(\w+)"`, "engine", "storage")
	for id := range found(t, `\n\t+id(?: :?=) "(\w+)"`, "engine") {
		ids[id] = true
	}
	for id := range found(t, `, lookupWindow, "(\w+)"`, "engine") {
		ids[id] = true
	}
	if len(ids) < 50 {
		t.Fatalf("found only %d errors", len(ids))
	}
	c := newCatalog(t)
	args := map[string]any{"Points": money.Points(1250), "Available": money.Points(40), "Limit": money.Points(12000), "Left": money.Amount(1234500),
		"Max": money.Amount(1000000), "Matched": 12, "Minutes": 5, "No": 3, "Receipt": "A-1002", "Slug": "кава",
		"Name": "Капучино", "From": "2026-12-01", "Event": "review", "Days": 90, "Min": money.Points(10), "Missing": money.Points(160), "Debt": money.Points(20),
		"Every": "month", "Tier": "gold", "Currency": "EUR", "Want": "UAH"}
	for _, lang := range locales.Languages() {
		v := guest(t, c, lang)
		v.P = c.Printer(lang)
		for id := range ids {
			if !v.P.Has("error." + id) {
				t.Errorf("%s: error.%s has no words", lang, id)
				continue
			}
			said := v.Problem(&engine.Error{ID: id, Args: args})
			if n := bots.UTF16Len(said); n > 200 {
				t.Errorf("%s: error.%s has %d characters, an alert 200: %s", lang, id, n, said)
			}
		}
	}
}

func TestEveryReasonAndIssueHasWords(t *testing.T) {
	reasons := found(t, `Reason\{\s*ID: "(\w+)"`, "engine", "engine/rules")
	for id := range found(t, `inapplicable\("(\w+)"`, "engine/rules") {
		reasons[id] = true
	}
	reasons["earned"], reasons["earned_excluded"] = true, true
	for id := range reasons { // the beginning of a few
		if strings.HasSuffix(id, "_on_") {
			delete(reasons, id)
			for _, on := range []rules.Trigger{rules.TriggerJoin, rules.TriggerBirthday, rules.TriggerAbsence, rules.TriggerEvent} {
				reasons[id+string(on)] = true
			}
		}
	}
	for id := range found(t, `[^.\w](?:why|couponReason)\((?:\w+\.\w+, )?"(\w+)"`, "engine", "engine/rules") {
		reasons[id] = true
	}
	issues := found(t, `Issue\{ID: "(\w+)"`, "engine")
	if len(reasons) < 15 || len(issues) < 3 {
		t.Fatalf("found only %d reasons and %d issues", len(reasons), len(issues))
	}
	c := newCatalog(t)
	args := map[string]int64{rules.ArgBase: 1, rules.ArgRate: 1, rules.ArgPoints: 1, rules.ArgMoney: 1, rules.ArgLimit: 1, rules.ArgDays: 1, rules.ArgExcluded: 1,
		rules.ArgCount: 2, rules.ArgOf: 7, rules.ArgTimes: 20000, rules.ArgMost: 100, rules.ArgFrom: 480, rules.ArgTo: 660}
	for _, lang := range locales.Languages() {
		v := guest(t, c, lang)
		for id := range reasons {
			if said := v.Reason(rules.Reason{ID: id, Args: args, Text: "x"}); strings.Contains(string(said), "[") {
				t.Errorf("%s: reason %s: %s", lang, id, said)
			}
		}
		for id := range issues {
			if said := v.Issue(engine.Issue{ID: id, Args: map[string]any{"Points": 5.0, "Receipt": "A-1", "Name": "x", "Max": 3.0, "Paid": 9000.0, "Payable": 10000.0}}); strings.Contains(said, "[") {
				t.Errorf("%s: issue %s: %s", lang, id, said)
			}
		}
	}
}
