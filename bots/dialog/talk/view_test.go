package talk_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

var now = time.Date(2026, 10, 1, 21, 30, 0, 0, time.UTC)

// view is somebody who writes to a coffee shop in Kyiv and has chosen a language.
func view(t testing.TB, language locales.Language) talk.View {
	t.Helper()
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { t.Errorf("%s: %s lacks %q", l, key, arg) }
	return viewOf(t, catalog, engine.Contact{Language: string(language)}, "uk", "en", "ru", "kk", "pl", "es")
}

// eachLanguage gives the view of somebody in each language.
func eachLanguage(t testing.TB, visit func(v talk.View, l locales.Language)) {
	v := view(t, locales.EN)
	for _, l := range locales.Languages() {
		v.Contact.Language = string(l)
		visit(talk.NewView(v.Person, v.Event, v.Session, v.Now, v.Catalog), l)
	}
}

func viewOf(t testing.TB, catalog *locales.Catalog, contact engine.Contact, shopSpeaks ...string) talk.View {
	t.Helper()
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава", money.Currency{Code: "UAH", Decimals: 2}, zone(t, "Europe/Kyiv"), shopSpeaks, 20000)
	contact.Address = engine.Address{Channel: string(bots.Telegram), Sender: "1", UserID: "7"}
	person := engine.Person{Contact: contact, Bot: engine.Bot{Channel: string(bots.Telegram), Sender: "1", Username: "kava_bot"},
		Program: engine.Program{ID: "p", Slug: "kava", Version: 1, Settings: &s, State: engine.ProgramActive}}
	event := bots.Event{Kind: bots.EventText, Key: "u:1", From: bots.Address{Channel: bots.Telegram, Sender: "1", UserID: "7"}}
	return talk.NewView(person, event, talk.Session{}, now, catalog)
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
	catalog := view(t, locales.EN).Catalog
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
		v := viewOf(t, catalog, engine.Contact{Language: c.chosen, Locale: c.hint}, c.shop...)
		if got := v.Language(); got != c.want || v.P.Language() != c.want {
			t.Errorf("%s: %s, printed in %s; want %s", c.name, got, v.P.Language(), c.want)
		}
	}
}

func TestLocalIsTheClockOfThePlace(t *testing.T) {
	v := view(t, locales.EN)
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
		v.Place = c.place
		if got := v.Local(now).Format("02 Jan 15:04 MST"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	v.Place = nil
	if got := plain(v.Date(now)); got != "2 October" {
		t.Errorf("the day is %q", got)
	}
	if got := plain(v.Date(now.AddDate(1, 0, 0))); got != "2 October 2027" {
		t.Errorf("the day of another year is %q", got)
	}
	midnight := time.Date(2026, 10, 5, 0, 0, 0, 0, zone(t, "Europe/Kyiv"))
	if got := plain(v.LastDay(midnight)); got != "4 October" {
		t.Errorf("what ends at midnight is good through %q", got)
	}
}

func TestNumbersAreOfTheProgram(t *testing.T) {
	v := view(t, locales.UK)
	v.Program.Settings.Unit = rules.Unit{Name: "bonus", Decimals: 2, StepWorth: 1}
	for got, want := range map[string]string{
		v.Points(1250): "12,5 бонуса", v.PointsNumber(1250): "12,5", v.Money(120050): "1 200,50 ₴", v.Percent(550): "5,5 %",
	} {
		if plain(got) != want {
			t.Errorf("%q, want %q", plain(got), want)
		}
	}
}

func TestBalanceIsOfTheMoment(t *testing.T) {
	v := view(t, locales.EN)
	v.Account = ledger.Account{ID: "a", Lots: []ledger.Lot{
		{ID: "l1", Points: 30, Remaining: 30, ActiveFrom: now.Add(-time.Hour)},
		{ID: "l2", Points: 12, Remaining: 12, ActiveFrom: now.Add(time.Hour)},
		{ID: "l3", Points: 5, Remaining: 5, ActiveFrom: now.Add(-2 * time.Hour), ExpiresAt: now.Add(-time.Minute)},
	}}
	if b := v.Balance(); b.Available != 30 || b.Pending != 12 || b.Total != 42 {
		t.Errorf("balance is %+v", b)
	}
}

func TestRightsAreOfThoseWhoWorkHere(t *testing.T) {
	v := view(t, locales.EN)
	for _, c := range []struct {
		staff                  *engine.Staff
		counter, manages, owns bool
	}{
		{nil, false, false, false},
		{&engine.Staff{Role: engine.RoleCashier}, true, false, false},
		{&engine.Staff{Role: engine.RoleMarketer}, false, false, false},
		{&engine.Staff{Role: engine.RoleManager}, true, true, false},
		{&engine.Staff{Role: engine.RoleOwner}, true, true, true},
		{&engine.Staff{Role: engine.RoleOwner, Disabled: true}, false, false, false},
		{&engine.Staff{Role: "pope"}, false, false, false},
	} {
		v.Staff = c.staff
		if v.AtCounter() != c.counter || v.Manages() != c.manages || v.Owns() != c.owns {
			t.Errorf("%+v: counter %v, manages %v, owns %v", c.staff, v.AtCounter(), v.Manages(), v.Owns())
		}
	}
}
