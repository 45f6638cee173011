package words_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

var now = time.Date(2026, 10, 1, 21, 30, 0, 0, time.UTC)

// speaker speaks of a coffee shop in Kyiv.
func speaker(t testing.TB, language locales.Language) words.Words {
	t.Helper()
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { t.Errorf("%s: %s lacks %q", l, key, arg) }
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава", money.Currency{Code: "UAH", Decimals: 2}, zone(t, "Europe/Kyiv"), []string{"uk", "en", "ru", "kk", "pl", "es"}, 20000)
	program := engine.Program{ID: "p", Slug: "kava", Version: 1, Settings: &s, State: engine.ProgramActive}
	return words.New(catalog, language, program, nil, now)
}

// eachLanguage speaks of it in each language.
func eachLanguage(t testing.TB, visit func(w words.Words, l locales.Language)) {
	w := speaker(t, locales.EN)
	for _, l := range locales.Languages() {
		visit(words.New(w.Catalog, l, w.Program, w.Place, w.Now), l)
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// plain makes no-break spaces plain, so that tests can be typed.
func plain(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2060", "").Replace(s)
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		name         string
		chosen, hint string
		shop         []string
		want         locales.Language
	}{
		{"chosen", "kk", "ru", []string{"uk", "en"}, locales.KK},
		{"chosen, whatever the shop speaks", "es", "", []string{"uk"}, locales.ES},
		{"chosen is unknown, so the hint", "xx", "pl", []string{"uk", "pl"}, locales.PL},
		{"hint", "", "ru", []string{"uk", "ru"}, locales.RU},
		{"hint with a region", "", "es-MX", []string{"uk", "es"}, locales.ES},
		{"hint in another case", "", "PL", []string{"uk", "pl"}, locales.PL},
		{"hint the shop does not speak", "", "pl", []string{"uk", "en"}, locales.UK},
		{"hint of a language of nobody here", "", "de", []string{"uk", "en"}, locales.UK},
		{"garbage for a hint", "", "🍎", []string{"kk", "en"}, locales.KK},
		{"no hint", "", "", []string{"kk", "en"}, locales.KK},
		{"English is a language like the others", "", "en-GB", []string{"uk", "en"}, locales.EN},
		{"English is not spoken here", "", "en-GB", []string{"pl"}, locales.PL},
		{"Belarusian is not Russian", "", "be", []string{"uk", "ru"}, locales.UK},
		{"no languages at all", "", "", nil, locales.EN},
		{"no languages, but a hint", "", "uk", nil, locales.EN},
	} {
		if got := words.Language(c.chosen, c.hint, c.shop); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLocalIsTheClockOfThePlace(t *testing.T) {
	w := speaker(t, locales.EN)
	for _, c := range []struct {
		name  string
		place *engine.Location
		want  string
	}{
		{"the program's", nil, "02 Oct 00:30 EEST"},
		{"a place without a zone", &engine.Location{}, "02 Oct 00:30 EEST"},
		{"a place of its own", &engine.Location{Zone: "Asia/Almaty"}, "02 Oct 02:30 +05"},
		{"another day at the place", &engine.Location{Zone: "America/New_York"}, "01 Oct 17:30 EDT"},
		{"a zone nobody knows any more", &engine.Location{Zone: "Mars/Olympus"}, "02 Oct 00:30 EEST"},
	} {
		w.Place = c.place
		if got := w.Local(now).Format("02 Jan 15:04 MST"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	w.Place = nil
	if got := plain(w.Date(now)); got != "2 October" {
		t.Errorf("the day is %q", got)
	}
	if got := plain(w.Date(now.AddDate(1, 0, 0))); got != "2 October 2027" {
		t.Errorf("the day of another year is %q", got)
	}
	midnight := time.Date(2026, 10, 5, 0, 0, 0, 0, zone(t, "Europe/Kyiv"))
	if got := plain(w.LastDay(midnight)); got != "4 October" {
		t.Errorf("what ends at midnight is good through %q", got)
	}
}

func TestNumbersAreOfTheProgram(t *testing.T) {
	w := speaker(t, locales.UK)
	w.Program.Settings.Unit = rules.Unit{Name: "bonus", Decimals: 2, StepWorth: 1}
	for got, want := range map[string]string{
		w.Points(1250): "12,5 бонуса", w.PointsNumber(1250): "12,5", w.Money(120050): "1 200,50 ₴", w.Percent(550): "5,5 %",
	} {
		if plain(got) != want {
			t.Errorf("%q, want %q", plain(got), want)
		}
	}
}

// A till whose program is not known is refused in words, too.
func TestWordsOfNoProgram(t *testing.T) {
	w := words.New(speaker(t, locales.EN).Catalog, locales.EN, engine.Program{}, nil, now)
	for got, want := range map[string]string{
		w.Points(1250): "1,250", w.PointsNumber(12500): "12,500", w.Money(120050): "120,050", w.Date(now): "1 October", w.Day("2026-12-31"): "31 December",
		w.Name("tier:gold", "Gold"): "Gold",
		w.Problem(&engine.Error{ID: "reward_tier", Args: map[string]any{"Name": "Gold", "Tier": "gold"}}):                     "This reward opens with the level “Gold”.",
		string(w.Reason(rules.Reason{ID: "limit_times", Of: "rule:x", Text: "X", Args: map[string]int64{rules.ArgCount: 1}})): "X: already given (limit 1)",
	} {
		if plain(got) != want {
			t.Errorf("%q, want %q", plain(got), want)
		}
	}
}
