package rules_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

const (
	schemaPath   = "../../docs/settings.schema.json"
	examplesPath = "../../docs/examples"
)

// schema compiles the published schema of settings.
func schema(t fataler) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("settings.schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("settings.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// fits reports whether JSON obeys a schema.
func fits(t fataler, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(document)
}

// exampleFiles returns the settings of the documentation by file name.
func exampleFiles(t fataler) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(examplesPath, "*.json"))
	if err != nil || len(paths) < 6 {
		t.Fatal("examples missing: ", paths, err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = raw
	}
	return files
}

func TestExamplesWork(t *testing.T) {
	published := schema(t)
	for name, raw := range exampleFiles(t) {
		if err := fits(t, published, raw); err != nil {
			t.Errorf("%s does not obey the schema: %v", name, err)
		}
		s, err := rules.ParseSettings(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		written, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(t, published, written); err != nil {
			t.Errorf("%s, written again, does not obey the schema: %v", name, err)
		}
	}
}

// TestGuideWorks: every piece of JSON in the guide is accepted as it stands, put into plain settings.
func TestGuideWorks(t *testing.T) {
	published := schema(t)
	guide, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(guide), "```json\n")[1:]
	for _, block := range blocks {
		sections, _, closed := strings.Cut(block, "\n```")
		if !closed {
			t.Fatal("a block without an end: ", block)
		}
		document := withSections(t, strings.TrimSuffix(strings.TrimPrefix(sections, "{"), "}"))
		if _, err := rules.ParseSettings([]byte(document)); err != nil {
			t.Errorf("%v\n%s", err, sections)
		}
		if err := fits(t, published, []byte(document)); err != nil {
			t.Errorf("%v\n%s", err, sections)
		}
	}
	for name := range fieldsOfSchema(t) {
		if !strings.Contains(name, ".") && !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("the guide has no word of %s", name)
		}
	}
}

// TestExamplesUseEverything: every field that settings may have is shown in an example, so that whoever looks for one finds it used.
func TestExamplesUseEverything(t *testing.T) {
	used := map[string]bool{}
	for _, raw := range exampleFiles(t) {
		var document any
		if err := json.Unmarshal(raw, &document); err != nil {
			t.Fatal(err)
		}
		notePaths(used, "", document)
	}
	for _, path := range slices.Sorted(maps.Keys(fieldsOfSchema(t))) {
		place, field := path[:strings.LastIndex(path, ".")+1], path[strings.LastIndex(path, ".")+1:]
		found := false
		for u := range used {
			// A condition or a benefit may be shown with a rule or with a coupon.
			found = found || u == path || (strings.Contains(place, "when.") || strings.Contains(place, "gives.") || strings.Contains(place, "goods.") || strings.Contains(place, "limits.")) && strings.HasSuffix(u, lastPlace(place)+field)
		}
		if !found {
			t.Errorf("no example uses %s", path)
		}
	}
}

// lastPlace is the object a field is in: "when." of "coupons.when.".
func lastPlace(place string) string {
	parts := strings.Split(strings.TrimSuffix(place, "."), ".")
	return "." + parts[len(parts)-1] + "."
}

// notePaths remembers the paths of all fields of a document, without places in lists.
func notePaths(seen map[string]bool, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			path := strings.TrimPrefix(at+"."+name, ".")
			seen[path] = true
			notePaths(seen, path, item)
		}
	case []any:
		for _, item := range v {
			notePaths(seen, at, item)
		}
	}
}

// fieldsOfSchema returns the paths of all fields the schema knows, names by language aside, and whether each is described.
func fieldsOfSchema(t fataler) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	definitions, _ := root["$defs"].(map[string]any)
	fields := map[string]bool{}
	var walk func(at string, node map[string]any)
	walk = func(at string, node map[string]any) {
		if ref, _ := node["$ref"].(string); ref != "" {
			definition, _ := definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
			if definition == nil {
				t.Fatal("the schema refers to nothing: ", ref)
			}
			walk(at, definition)
		}
		if parts, _ := node["allOf"].([]any); len(parts) > 0 {
			walk(at, parts[0].(map[string]any))
		}
		if items, _ := node["items"].(map[string]any); items != nil {
			walk(at, items)
		}
		properties, _ := node["properties"].(map[string]any)
		for name, property := range properties {
			path := strings.TrimPrefix(at+"."+name, ".")
			inner, _ := property.(map[string]any)
			_, described := inner["description"]
			_, refers := inner["$ref"]
			fields[path] = described || refers || inner["allOf"] != nil
			walk(path, inner)
		}
	}
	walk("", root)
	return fields
}

// TestSchemaKnowsWhatSettingsKnow: the schema and the parser have the same fields. Those of the parser are told by its complaint about
// a field it does not know, object by object.
func TestSchemaKnowsWhatSettingsKnow(t *testing.T) {
	fields := fieldsOfSchema(t)
	objects := map[string][]string{}
	for path, described := range fields {
		place, name := "", path
		if i := strings.LastIndex(path, "."); i >= 0 {
			place, name = path[:i], path[i+1:]
		}
		objects[place] = append(objects[place], name)
		if !described && name != "on" && name != "paused" && name != "code" && name != "weekdays" {
			t.Errorf("%s has no description in the schema", path)
		}
	}
	for place, names := range objects {
		problems := problemsOf(t, nested(place))
		_, list, found := strings.Cut(problems, "it may have ")
		if !found {
			t.Errorf("%q: %s", place, problems)
			continue
		}
		list, _, _ = strings.Cut(list, "\n")
		known := strings.Split(list, ", ")
		slices.Sort(known)
		slices.Sort(names)
		if !slices.Equal(known, names) {
			t.Errorf("%q has in the schema\n%v, and in the parser\n%v", place, names, known)
		}
	}
}

// nested is a document with an unknown field at a path of objects and lists.
func nested(place string) string {
	document := `{"no_such_field":1}`
	if place == "" {
		return document
	}
	parts := strings.Split(place, ".")
	for i, part := range slices.Backward(parts) {
		list := part == "list" || (i == 0 && slices.Contains([]string{"categories", "rules", "stamps", "coupons", "codes", "rewards", "fields"}, part)) || part == "choices"
		if list {
			document = "[" + document + "]"
		}
		document = `{"` + part + `":` + document + `}`
	}
	return document
}

func problemsOf(t fataler, document string) string {
	t.Helper()
	_, err := rules.ParseSettings([]byte(document))
	if err == nil {
		t.Fatal("accepted: ", document)
	}
	return err.Error()
}

// TestSchemaAcceptsWhatKartkaWrites holds the schema against settings of every kind.
func TestSchemaAcceptsWhatKartkaWrites(t *testing.T) {
	published := schema(t)
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(drawSettings(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(t, published, raw); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
	})
}

func TestSchemaAcceptsEveryDraft(t *testing.T) {
	published := schema(t)
	for _, p := range rules.Presets() {
		for _, code := range []string{"UAH", "KZT", "PLN", "EUR", "JPY"} {
			c, err := money.LookupCurrency(code)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(p.Draft("Кава на розі", c, zone(t, "Europe/Kyiv"), []string{"uk", "en"}, 25000))
			if err != nil {
				t.Fatal(err)
			}
			if err := fits(t, published, raw); err != nil {
				t.Errorf("%s in %s: %v", p.ID, code, err)
			}
		}
	}
}

// TestExamplesWithAMistake: an example with one thing wrong is refused, by whom the row says and by Kartka in any case.
func TestExamplesWithAMistake(t *testing.T) {
	published, examples := schema(t), exampleFiles(t)
	for _, c := range []struct {
		file, from, to string
		bySchema       bool
		field          string
	}{
		{"coffee-shop.json", `"multiply": "x2"`, `"multiply": "2"`, true, "rules[morning-x2].gives.multiply"},
		{"coffee-shop.json", `"multiply": "x2"`, `"multiply": "x200"`, false, "rules[morning-x2].gives.multiply"},
		{"coffee-shop.json", `"multiply": "x2"`, `"multiply": "x2", "points": "5"`, true, "rules[morning-x2].gives"},
		{"coffee-shop.json", `"hours": "08:00-11:00"`, `"hours": "8-11"`, true, "rules[morning-x2].when.hours"},
		{"coffee-shop.json", `["coffee"] }, "weekdays"`, `["cofee"] }, "weekdays"`, false, "rules[morning-x2].when.goods.categories"},
		{"coffee-shop.json", `"event": "review",`, ``, true, "rules[review].event"},
		{"coffee-shop.json", `"every": 8`, `"every": 1`, true, "stamps[coffee-8].every"},
		{"coffee-shop.json", `"every": 8`, `"every": "8"`, true, "stamps[coffee-8].every"},
		{"coffee-shop.json", `"id": "second-visit"`, `"id": "birthday"`, false, "rules[3].id"},
		{"coffee-shop.json", `"when": { "birthday": { "before": 3, "after": 7 } },`, ``, false, "rules[birthday].when.birthday"},
		{"clothing-store.json", `"from": "2000"`, `"from": "400"`, false, "tiers.list[gold].from"},
		{"clothing-store.json", `"redeem_limit": "50%"`, `"redeem_limit": "150%"`, true, "tiers.list[platinum].redeem_limit"},
		{"clothing-store.json", `"free": 1`, `"free": 3`, false, "rules[third-pair].gives.bundle.free"},
		{"clothing-store.json", `"coupon": "styling"`, `"coupon": "stylist"`, false, "tiers.list[platinum].coupon"},
		{"clothing-store.json", `"to": "2026-10-31"`, `"to": "2026-08-31"`, false, "rules[new-collection].to"},
		{"grocery.json", `"until": ["06-30", "12-31"]`, `"until": ["06-31", "12-31"]`, false, "points.until"},
		{"grocery.json", `"per_month": "3000"`, `"per_month": "-3000"`, true, "earn.caps.per_month"},
		{"grocery.json", `"rate": "2%"`, `"rate": "10000%"`, true, "earn.rate"},
		{"grocery.json", `"budget": "10000"`, `"budgets": "10000"`, true, "rules[weekend].limits"},
		{"beauty-salon.json", `"levels": ["3%", "1%"]`, `"levels": ["19%", "2%"]`, false, "referral.levels"},
		{"beauty-salon.json", `"gives": { "coupon": "come-back" }`, `"gives": { "discount": "10%" }`, false, "rules[we-miss-you].gives"},
		{"restaurant.json", `"code": "MARTES"`, `"code": "Martes!"`, true, "codes[Martes!].code"},
		{"restaurant.json", `"cost": "60"`, `"cost": "0"`, false, "rewards[dessert].cost"},
		{"restaurant.json", `"amounts": ["25", "50", "100"]`, `"amounts": ["25", "500"]`, false, "certificates.amounts"},
		{"restaurant.json", `"currency": "EUR"`, `"currency": "EURO"`, true, "currency"},
		{"discount-card.json", `"max_share": "15%"`, `"max_share": "2%"`, false, "discount.max_share"},
		{"discount-card.json", `"downgrade": "never"`, `"downgrade": "never", "keep_for": 1`, true, "tiers"},
	} {
		good := string(examples[c.file])
		if strings.Count(good, c.from) != 1 {
			t.Errorf("%s has %s %d times", c.file, c.from, strings.Count(good, c.from))
			continue
		}
		bad := []byte(strings.Replace(good, c.from, c.to, 1))
		if err := fits(t, published, bad); (err != nil) != c.bySchema {
			t.Errorf("%s with %s: the schema says %v", c.file, c.to, err)
		}
		if told := problemsOf(t, string(bad)); !strings.HasPrefix(told, c.field+" ") {
			t.Errorf("%s with %s: %s\nwant a word of %s first", c.file, c.to, told, c.field)
		}
	}
}
