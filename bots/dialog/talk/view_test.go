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

func TestViewSpeaksTheLanguageOfThePerson(t *testing.T) {
	catalog := view(t, locales.EN).Catalog
	for _, c := range []struct {
		name    string
		contact engine.Contact
		want    locales.Language
	}{
		{"chosen", engine.Contact{Language: "kk", Locale: "ru"}, locales.KK},
		{"hinted at by the platform", engine.Contact{Locale: "ru-RU"}, locales.RU},
		{"the shop's", engine.Contact{Locale: "de"}, locales.UK},
	} {
		v := viewOf(t, catalog, c.contact, "uk", "ru")
		if got := v.Language(); got != c.want || v.P.Language() != c.want {
			t.Errorf("%s: %s, printed in %s; want %s", c.name, got, v.P.Language(), c.want)
		}
	}
}

// What a view says is of the view as it stands: of another language, place or program once these have changed.
func TestViewSaysWhatItsWordsSay(t *testing.T) {
	v := view(t, locales.UK)
	v.P, v.Place = v.Catalog.Printer(locales.ES), &engine.Location{Zone: "America/New_York"}
	if got := v.Points(1250); plain(got) != "1250 bonus" {
		t.Errorf("points are %q", got)
	}
	if got := v.Date(now); plain(got) != "1 de octubre" {
		t.Errorf("the day is %q", got)
	}
	if got, want := v.CouponTerms(rules.CouponKind{Days: 1, Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 10000}}), "descuento"; !strings.Contains(string(got), want) {
		t.Errorf("terms are %q, want %q among them", got, want)
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
		staff                           *engine.Staff
		counter, markets, manages, owns bool
	}{
		{nil, false, false, false, false},
		{&engine.Staff{Role: engine.RoleCashier}, true, false, false, false},
		{&engine.Staff{Role: engine.RoleMarketer}, false, true, false, false},
		{&engine.Staff{Role: engine.RoleMarketer, Disabled: true}, false, false, false, false},
		{&engine.Staff{Role: engine.RoleManager}, true, true, true, false},
		{&engine.Staff{Role: engine.RoleOwner}, true, true, true, true},
		{&engine.Staff{Role: engine.RoleOwner, Disabled: true}, false, false, false, false},
		{&engine.Staff{Role: "pope"}, false, false, false, false},
	} {
		v.Staff = c.staff
		if v.AtCounter() != c.counter || v.Markets() != c.markets || v.Manages() != c.manages || v.Owns() != c.owns {
			t.Errorf("%+v: counter %v, markets %v, manages %v, owns %v", c.staff, v.AtCounter(), v.Markets(), v.Manages(), v.Owns())
		}
	}
}

func TestAppPage(t *testing.T) {
	v := view(t, locales.UK)
	for _, page := range []string{"", "scan/", "?to=history"} {
		if got := v.AppPage(page); got != "" {
			t.Errorf("without a Mini App there is a page %q", got)
		}
		v.App = "https://kava.example/app/kava/"
		if got := v.AppPage(page); got != "https://kava.example/app/kava/"+page {
			t.Errorf("page %q is %q", page, got)
		}
		v.App = ""
	}
}
