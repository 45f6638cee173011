package main

import (
	"encoding/json"
	"strings"
	"testing"

	"kartka/engine/rules"
	"kartka/storage/storagetest"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// try runs a subcommand and checks its exit code and that what it prints holds all the texts.
func (m *mall) try(code int, args []string, texts ...string) {
	m.t.Helper()
	got := m.kartka(args...)
	out := m.out.String()
	if got != code {
		m.t.Errorf("%q exits with %d, want %d: %s", args, got, code, out)
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			m.t.Errorf("%q does not say %q: %s", args, text, out)
		}
	}
	last := out[strings.LastIndex(strings.TrimRight(out, "\n"), "\n")+1:]
	if code != exitOK && (strings.Contains(out, "%!") || strings.Contains(out, "<nil>") || strings.TrimSpace(last) == errConfig.Error() || len(strings.TrimSpace(out)) < 20) {
		m.t.Errorf("%q fails with no clear sentence: %q", args, out)
	}
}

func program(args ...string) []string { return append([]string{"program"}, args...) }

func TestProgramsAreAddedListedAndChanged(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		m := newWorld(t).mall(url)
		m.add("kava", speaks(t, "Кава", "UAH", "Europe/Kyiv", "uk", "en"))
		if out := m.out.String(); !strings.Contains(out, "program kava is there") || !strings.Contains(out, "https://t.me/kava_bot?start=s_") {
			t.Errorf("add says %q", out)
		}
		m.add("murt", nil)
		m.try(exitOK, program("list"), "kava  Кава  active  1", "telegram:@kava_bot", "murt  murt  setup   1", "telegram:@murt_bot")

		m.try(exitOK, program("get", "kava"), `"currency": "UAH"`, `"rate": "5%"`)
		asPrinted := m.out.String()
		parsed, err := rules.ParseSettings([]byte(asPrinted))
		if err != nil {
			t.Fatalf("what get prints cannot be set: %v", err)
		}
		again, err := json.MarshalIndent(parsed, "", "  ")
		if err != nil || string(again)+"\n" != asPrinted {
			t.Errorf("settings change on their way: %s, %v", again, err)
		}
		changed := m.file("kava.json", strings.Replace(asPrinted, `"rate": "5%"`, `"rate": "7.5%"`, 1))
		m.try(exitOK, program("validate", changed), "Кава: settings are valid", "think twice: earn.rate")
		m.try(exitOK, program("get", "kava"), `"rate": "5%"`) // validating stores nothing
		m.try(exitOK, program("set", "kava", changed), "kava: settings version 2 is in force")
		m.try(exitOK, program("get", "kava"), `"rate": "7.5%"`)
		m.try(exitOK, program("get", "murt"), `"name": "murt"`)
		m.try(exitOK, program("list"), "kava  Кава  active  2", "murt  murt  setup   1")

		dearer := m.file("dearer.json", strings.Replace(asPrinted, `"worth": "1"`, `"worth": "2"`, 1))
		m.try(exitConfig, program("set", "kava", dearer), "unit.worth cannot change")
		m.try(exitOK, program("get", "kava"), `"worth": "1"`)
	})
}

func TestProgramsThatAreRefused(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	m.add("kava", speaks(t, "Кава", "UAH", "Europe/Kyiv", "uk"))
	good := m.file("good.json", settingsText(t, nil))
	broken := m.file("broken.json", settingsText(t, func(f map[string]any) { f["currency"] = "XXX" }))
	spare := m.bot("spare_bot").Token

	m.env["KARTKA_BOT_TOKEN"] = spare
	for _, slug := range []string{"Кава", "x-", "UPPER", "a b", "a/b", "", strings.Repeat("a", 41)} {
		m.try(exitConfig, program("add", slug), "cannot name a program", "a-z")
	}
	m.try(exitConfig, program("add", "kava"), `there is a program "kava" already`)
	m.try(exitConfig, program("add", "-settings", good), "usage:")
	m.try(exitConfig, program("add"), "usage:")
	m.try(exitConfig, program("add", "new", "more"), `unexpected argument "more"`)
	m.try(exitConfig, program("add", "new", "-nonsense"), "-nonsense")
	m.try(exitConfig, program("add", "new", "-currency", "XXX"), `unknown currency "XXX"`)
	m.try(exitConfig, program("add", "new", "-zone", "Mars/Olympus"), "Mars/Olympus")
	m.try(exitConfig, program("add", "new", "-settings", broken), "currency", "XXX", "broken.json")
	m.try(exitConfig, program("add", "new", "-settings", "/nowhere/none.json"), "none.json")

	m.env["KARTKA_BOT_TOKEN"] = m.bots["kava"].Token
	m.try(exitConfig, program("add", "new"), "@kava_bot works for another program already")
	m.env["KARTKA_BOT_TOKEN"] = "garbage"
	m.try(exitConfig, program("add", "new"), "malformed bot token")
	m.env["KARTKA_BOT_TOKEN"] = spare[:len(spare)-1] + "_"
	m.try(exitFailed, program("add", "new"), "ask who the bot is")
	if strings.Contains(m.out.String(), spare[len(spare)-20:len(spare)-1]) {
		t.Errorf("the token is told: %s", m.out)
	}
	delete(m.env, "KARTKA_BOT_TOKEN")
	m.try(exitConfig, program("add", "new"), "KARTKA_BOT_TOKEN")
	m.env["KARTKA_BOT_TOKEN_FILE"] = "/nowhere/token"
	m.try(exitConfig, program("add", "new"), "KARTKA_BOT_TOKEN_FILE", "/nowhere/token")
	m.env["KARTKA_BOT_TOKEN_FILE"] = m.file("token", " "+spare+"\n")
	m.try(exitOK, program("add", "new", "-settings", good), "program new is there")
	delete(m.env, "KARTKA_BOT_TOKEN_FILE")

	for _, verb := range [][]string{{}, {"nonsense"}, {"get"}, {"get", "a", "b"}, {"set"}, {"set", "kava"}, {"validate"}, {"validate", "a", "b"}, {"list", "more"}} {
		m.try(exitConfig, program(verb...), "usage:", "kartka program get SLUG")
	}
	for _, slug := range []string{"nobody", "", "KAVA", "' OR 1=1"} {
		m.try(exitConfig, program("get", slug), "no program", "kartka program list")
		m.try(exitConfig, program("set", slug, good), "no program", "kartka program list")
	}
	m.try(exitConfig, program("set", "kava", broken), "currency", "XXX")
	m.try(exitConfig, program("validate", "/nowhere.json"), "/nowhere.json")
	m.try(exitOK, program("list"), "kava  Кава", "new   Кава")
	if lines := strings.Count(m.out.String(), "\n"); lines != 3 {
		t.Errorf("what was refused has left something: %s", m.out)
	}
}

// settingsText are good settings with a change.
func settingsText(t *testing.T, change func(f map[string]any)) string {
	t.Helper()
	raw, err := json.Marshal(speaks(t, "Кава", "UAH", "Europe/Kyiv", "uk", "en"))
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(f)
	}
	if raw, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Every problem of a file names its field; several are told at once, one a line.
func TestBadSettingsNameTheirFields(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	at := func(path string, value any) func(f map[string]any) {
		return func(f map[string]any) {
			parts := strings.Split(path, ".")
			for _, part := range parts[:len(parts)-1] {
				f = f[part].(map[string]any)
			}
			f[parts[len(parts)-1]] = value
		}
	}
	for _, field := range []struct {
		path  string
		value any
	}{
		{"name", ""}, {"name", strings.Repeat("я", 65)}, {"currency", "XXX"}, {"currency", ""}, {"time_zone", "Mars/Olympus"}, {"time_zone", "Local"},
		{"languages", []string{}}, {"languages", []string{"de"}}, {"languages", []string{"uk", "uk"}},
		{"unit.name", ""}, {"unit.decimals", 9}, {"unit.worth", "0"}, {"unit.worth", "1e9"},
		{"earn.rate", "51%"}, {"earn.rate", "5"}, {"earn.rate", "-5%"}, {"earn.min_check", "1,200"}, {"earn.min_check", "-1"}, {"earn.rounding", "sideways"}, {"earn.basis", "hope"},
		{"redeem.limit", "101%"}, {"redeem.min_check", "x"}, {"redeem.min_payable", "0.001"}, {"redeem.min_points", "-1"},
		{"points.valid_days", -1}, {"points.grace_days", 366}, {"welcome.points", "٥"}, {"welcome.valid_days", 100000}, {"returns.policy", "shrug"},
		{"staff.max_check", "lots"}, {"staff.sales_per_day", -1}, {"staff.same_card_per_day", -1}, {"staff.adjust_max", "99999999999"}, {"staff.undo_minutes", -1}, {"staff.hold_seconds", 1},
		{"links.privacy", "http://kava.example"}, {"links.support", strings.Repeat("я", 201)},
	} {
		file := m.file("settings.json", settingsText(t, at(field.path, field.value)))
		m.try(exitConfig, program("validate", file), "settings.json", "\n"+field.path+" ")
	}
	two := m.file("two.json", settingsText(t, func(f map[string]any) { at("earn.rate", "five")(f); at("welcome.points", "many")(f) }))
	m.try(exitConfig, program("validate", two), "\nearn.rate ", "\nwelcome.points ")

	for name, text := range map[string]string{
		"empty": "", "no JSON": "earn.rate = 5%", "cut off": `{"name": "Кава"`, "a list": "[]", "two values": settingsText(t, nil) + "{}", "null": "null",
		"an unknown field": settingsText(t, at("cashback", "5%")), "a wrong type": settingsText(t, at("name", 7)), "a nested wrong type": settingsText(t, at("points", "90")),
	} {
		m.try(exitConfig, program("validate", m.file(strings.ReplaceAll(name, " ", "-")+".json", text)), ".json:\n")
	}
	m.try(exitOK, program("validate", m.file("good.json", settingsText(t, nil))), "Кава: settings are valid")
}

// A draft of every industry, plain and with what is suggested, is what validate accepts and add takes.
func TestProgramDrafts(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	for _, p := range rules.Presets() {
		m.try(exitOK, program("draft", "-preset", p.ID, "-check", "180", "-name", "Drafted"), `"preset": "`+p.ID+`"`, `"name": "Drafted"`)
		plain := m.out.String()
		m.try(exitOK, program("draft", "-preset", p.ID, "-check", "180", "-name", "Drafted", "-suggested"))
		full := m.out.String()
		if full == plain {
			t.Errorf("%s: nothing is suggested", p.ID)
		}
		if strings.Contains(full, "[suggest.") {
			t.Errorf("%s: a name is missing: %s", p.ID, full)
		}
		m.try(exitOK, program("validate", m.file(p.ID+".json", full)), "Drafted: settings are valid")
	}
	m.try(exitOK, program("draft", "-currency", "EUR", "-zone", "Europe/Madrid", "-check", "3.50", "-suggested"),
		`"currency": "EUR"`, `"time_zone": "Europe/Madrid"`, `"es": "Cada octavo café"`, `"max_price": "1"`)

	m.try(exitConfig, program("draft", "-preset", "bank"), `no preset "bank"; there are horeca, retail, services`)
	m.try(exitConfig, program("draft", "-check", "0"), `-check "0" is no sum above zero`)
	m.try(exitConfig, program("draft", "-check", "1,80"), `-check "1,80" is no sum above zero`)
	m.try(exitConfig, program("draft", "-check", "1.805"), `-check "1.805" is no sum above zero`)
	m.try(exitConfig, program("draft", "-check", "99999999999999999"), "-check")
	m.try(exitConfig, program("draft", "-currency", "XXX"), `unknown currency "XXX"`)
	m.try(exitConfig, program("draft", "-zone", "Mars/Olympus"), "Mars/Olympus")
	m.try(exitConfig, program("draft", "-name", ""), "name ")
	m.try(exitConfig, program("draft", "horeca"), `unexpected argument "horeca"`)
}

// The schema that is printed is the one of the documentation, and good settings obey it.
func TestProgramSchema(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	m.try(exitOK, program("schema"))
	if m.out.String() != read(t, "../../docs/settings.schema.json") {
		t.Errorf("the schema is %.200s", m.out)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(m.out.String()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("settings.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("settings.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	m.try(exitOK, program("draft", "-suggested"))
	for name, text := range map[string]string{"a draft": m.out.String(), "the café": string(cafeRules), "the barbershop": string(barbershopRules)} {
		settings, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(settings); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.try(exitConfig, program("schema", "more"), "usage:", "kartka program schema")
}

// What is wrong with the mechanics is told field by field, all at once, and what is unwise as well.
func TestEveryProblemOfTheMechanicsIsListed(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	broken := strings.NewReplacer(
		`"multiply": "x2" },
      "limits": { "times": 1`, `"multiply": "x20" },
      "limits": { "times": -1`,
		`"every": 8,`, `"every": 1,`,
		`"from": "2500"`, `"from": "600"`,
		`"coupon": "come-back"`, `"coupon": "come-again"`,
		`"categories": ["кава"]`, `"categories": ["какао"]`,
		`"WELCOME10"`, `"welcome 10"`,
		`"cost": "60"`, `"cost": "0"`,
		`"hold_days": 7`, `"hold_days": -7`,
	).Replace(string(cafeRules))
	m.try(exitConfig, program("validate", m.file("cafe.json", broken)), "cafe.json:",
		"\nrules[happy-morning].gives.multiply is x20; use more than x1 and at most x10",
		"\nrules[happy-morning].limits.times ", "\nrules[we-miss-you].gives.coupon is \"come-again\"",
		"\ntiers.list[gold].from is 600, as of the tier \"silver\"", "\nstamps[coffee-8].every ", "\nstamps[coffee-8].goods.categories has \"какао\"",
		"\ncodes[", "\nrewards[coffee].cost ", "\nreferral.hold_days ")

	unwise := strings.NewReplacer(`"times": 1, "every": "day", "per_sale": "40"`, `"times": 1, "every": "day"`,
		`"unit": {`, `"discount": { "rate": "5%" }, "unit": {`, `"rate": "6%"`, `"rate": "8%"`).Replace(string(cafeRules))
	m.try(exitOK, program("validate", m.file("cafe.json", unwise)), "Кава на розі: settings are valid",
		"think twice: tiers: a status earns more than 7 %", "think twice: rules: with promotions", "think twice: discounts and points together")
	m.try(exitOK, program("validate", m.file("cafe.json", string(cafeRules))))
	if strings.Contains(m.out.String(), "think twice") {
		t.Errorf("the demo's own café is unwise: %s", m.out)
	}
}
