package owner_test

import (
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// walk answers every question of the wizard up to the summary.
func walk(c *chat, currency, zone, preset, check string) {
	c.t.Helper()
	c.start()
	c.types("  Кава   на розі ")
	c.press("w|currency." + currency)
	if zone != "" {
		c.types(zone)
	}
	c.press("w|languages.done")
	c.press("w|preset." + preset)
	c.types(check)
	c.press("w|terms.good")
	c.press("w|welcome.500")
	c.types("Поділ")
	c.at("summary")
}

func TestWizardOpensAShop(t *testing.T) {
	cases := []struct {
		currency, zone, preset, check string
		wantZone                      string
		want                          func(*rules.Settings) bool
	}{
		{"UAH", "", "horeca", "250 грн.", "Europe/Kyiv", func(s *rules.Settings) bool {
			return s.Earn.Rate == 500 && s.Earn.MinCheck == 15000 && s.Redeem.Limit == 3000 && s.Lots.Days == 90 && s.Unit.StepWorth == 100 && s.Welcome.Points == 10
		}},
		{"EUR", "Canarias", "horeca", "3,50", "Atlantic/Canary", func(s *rules.Settings) bool {
			return s.Unit.StepWorth == 1 && s.Earn.MinCheck == 200 && s.Welcome.Points == 15
		}},
		{"KZT", "", "services", "8 000", "Asia/Almaty", func(s *rules.Settings) bool { return s.Earn.Rate == 1000 && s.Welcome.Points == 400 }},
		{"EUR", "europe/vienna", "b2b", "12000", "Europe/Vienna", func(s *rules.Settings) bool { return s.Earn.Rate == 200 && s.Redeem.Limit == 1000 }},
		{"USD", "los angeles", "auto", "300", "America/Los_Angeles", func(s *rules.Settings) bool { return s.Lots.Days == 365 }},
	}
	for _, tt := range cases {
		t.Run(tt.currency+" "+tt.preset, func(t *testing.T) {
			c := newChat(t, "uk")
			walk(c, tt.currency, tt.zone, tt.preset, tt.check)
			c.press("w|summary.open")
			p := c.store.program
			if p.State != engine.ProgramActive || p.Version != 2 || c.store.versions != 1 {
				t.Fatalf("state %s, version %d, %d versions written", p.State, p.Version, c.store.versions)
			}
			s := p.Settings
			if s.Name != "Кава на розі" || s.Currency.Code != tt.currency || s.Zone.String() != tt.wantZone || strings.Join(s.Languages, " ") != "uk" || s.Preset != tt.preset || !tt.want(s) {
				t.Errorf("opened with %s", settingsJSON(t, s))
			}
			if len(c.store.places) != 1 || c.store.places[0].Name != "Поділ" || c.store.staff[0].LocationID != c.store.places[0].ID {
				t.Errorf("places %+v, the owner works at %q", c.store.places, c.store.staff[0].LocationID)
			}
			if c.session.Flow != "" {
				t.Errorf("the wizard goes on: %+v", c.session)
			}
			c.find("invite")
			c.find("poster")
		})
	}
}

func TestOpeningTwiceIsOpeningOnce(t *testing.T) {
	c := newChat(t, "en")
	walk(c, "UAH", "", "retail", "1000")
	open := c.find("w|summary.open")
	c.press("w|summary.open")
	c.again(open)
	if c.store.versions != 1 || len(c.store.places) != 1 || c.store.program.Version != 2 {
		t.Errorf("%d versions, %d places, version %d", c.store.versions, len(c.store.places), c.store.program.Version)
	}
}

// TestOpeningAfterACrash stops the opening after its first write, then handles the press again.
func TestOpeningAfterACrash(t *testing.T) {
	c := newChat(t, "en")
	walk(c, "UAH", "", "retail", "1000")
	open := c.find("w|summary.open")
	c.press("w|summary.open")
	c.store.program.State, c.store.places = engine.ProgramSetup, nil // only the settings had been written
	c.wait()
	c.again(open)
	if c.store.versions != 1 || len(c.store.places) != 1 || c.store.program.State != engine.ProgramActive {
		t.Errorf("%d versions, %d places, state %s", c.store.versions, len(c.store.places), c.store.program.State)
	}
}

func TestOpeningConflictKeepsTheSummary(t *testing.T) {
	c := newChat(t, "en")
	walk(c, "UAH", "", "retail", "1000")
	c.store.fail = &engine.Error{Kind: engine.KindConflict, ID: "settings_changed"}
	c.press("w|summary.open")
	c.at("summary")
	c.mustSay("error.settings_changed")
	if c.store.program.State != engine.ProgramSetup {
		t.Error("opened all the same")
	}
	c.store.fail = nil
	c.press("w|summary.open")
	if c.store.program.State != engine.ProgramActive {
		t.Error("not opened at the second try")
	}
}

func TestWizardGoesOnWhereItWasLeft(t *testing.T) {
	c := newChat(t, "en")
	c.start()
	c.types("Kava")
	c.press("w|currency.PLN")
	c.start()
	c.at("languages")
	c.command("setup")
	c.at("languages")
	c.command("staff") // nothing else works before the shop is open
	c.at("languages")
	if c.said[0].Fresh != true || c.said[0].Slot != bots.SlotScreen {
		t.Error("a typed command must bring the screen to the bottom of the chat")
	}
}

func TestWizardGoesBack(t *testing.T) {
	c := newChat(t, "en")
	walk(c, "EUR", "Berlin", "medical", "60")
	for _, step := range []string{"place", "welcome", "terms", "check", "preset", "languages", "zone", "currency", "name"} {
		c.press("w|" + c.session.Step + ".back")
		c.at(step)
	}
	c.press("w|name.keep")
	c.press("w|currency.EUR") // the same again forgets nothing
	c.press("w|zone.berlin")
	c.press("w|languages.done")
	c.press("w|preset.medical")
	c.mustShow("Keep €60")
	c.press("w|check.keep")
	c.press("w|terms.good")
	c.press("w|welcome.500")
	c.press("w|place.keep")
	c.mustShow("Поділ", "Europe/Berlin")
}

func TestAnotherCurrencyForgetsSums(t *testing.T) {
	c := newChat(t, "en")
	walk(c, "EUR", "Berlin", "medical", "60")
	for c.session.Step != "currency" {
		c.press("w|" + c.session.Step + ".back")
	}
	c.press("w|currency.KZT")
	c.at("languages")
	c.press("w|languages.done")
	c.press("w|preset.medical")
	if strings.Contains(c.shows(), "60") {
		t.Error("sixty euros became sixty tenge")
	}
}

func TestOldButtonsHaveNoEffect(t *testing.T) {
	c := newChat(t, "en")
	c.start()
	keep := c.find("w|name.keep")
	c.types("Kava")
	c.pressID(keep)
	c.at("currency")
	if c.toast() == "" {
		t.Error("no word about the old button")
	}
	for _, forged := range []string{"v1|owner|w|currency.XXX|" + c.session.Mark, "v1|owner|w|summary.open|" + c.session.Mark, "v1|owner|w|currency.UAH", "v1|owner|setstate|open"} {
		c.pressID(forged)
		c.at("currency")
	}
	if c.store.program.State != engine.ProgramSetup {
		t.Error("a forged button opened the shop")
	}
}

func TestTuningIsLiveAndKeepsItsMark(t *testing.T) {
	c := newChat(t, "en")
	c.start()
	c.press("w|name.keep")
	c.press("w|currency.UAH")
	c.press("w|languages.done")
	c.press("w|preset.horeca")
	c.types("250")
	c.mustShow("a check of 250 ₴ gives 12 bonuses", "about 3.13 ₴", "1.25%", "75 ₴ of 250 ₴")
	more := c.find("w|terms.rate+")
	for range 5 { // tapped quickly: all five count
		c.pressID(more)
	}
	c.mustShow("7.5%", "18 bonuses", "is above 7%", "3–7%")
	c.press("w|terms.min-")
	c.mustShow("for checks from 100 ₴")
	c.press("w|terms.days-")
	c.mustShow("60 days")
	c.press("w|terms.limit-")
	c.mustShow("up to 25% of a check: 62.50 ₴ of 250 ₴")
	c.pressID(more)
	c.at("terms")
}

func TestOwnersLanguage(t *testing.T) {
	c := newChat(t, "en")
	c.start()
	c.press("lang|kk")
	if c.store.language != "kk" {
		t.Fatalf("language %q", c.store.language)
	}
	c.mustSay("owner.setup.name.text")
	c.press("w|name.keep")
	c.press("w|currency.KZT")
	c.mustShow("✅")
	if !strings.Contains(string(c.session.Data), `"languages":["kk"]`) {
		t.Errorf("guests are not offered the owner's language: %s", c.session.Data)
	}
}

func TestBadAverageChecks(t *testing.T) {
	c := newChat(t, "uk")
	c.start()
	c.press("w|name.keep")
	c.press("w|currency.UAH")
	c.press("w|languages.done")
	c.press("w|preset.horeca")
	for text, key := range map[string]string{
		"": "owner.sum.not_a_number", "багато": "owner.sum.not_a_number", "1e9": "owner.sum.not_a_number", "٢٥٠": "owner.sum.not_a_number", "-250": "owner.sum.negative",
		"0": "owner.sum.nothing", "0,00 грн": "owner.sum.nothing", "9999999999": "owner.sum.large", "12,345678": "owner.sum.precise", "1,200": "owner.sum.ambiguous",
	} {
		c.types(text)
		c.at("check")
		c.mustSay(key)
	}
	c.types("1 200,50 ₴")
	c.at("terms")
	if !strings.Contains(string(c.session.Data), `"check":120050`) {
		t.Errorf("read as %s", c.session.Data)
	}
}

func TestOthersWaitForTheOwner(t *testing.T) {
	c := newChat(t, "en")
	c.store.staff[0].Role = engine.RoleManager
	c.command("shop")
	c.mustSay("owner.waiting.text")
	c.pressID(talk.ID("owner", "w", "name.keep", c.session.Mark))
	c.mustSay("owner.waiting.text")
	c.types("Kava")
	c.mustSay("owner.waiting.text")
}

func TestOperatorsSettingsAreKept(t *testing.T) {
	c := newChat(t, "en")
	s := *c.store.program.Settings
	s.Currency, s.Unit.Name = money.Currency{Code: "UAH", Decimals: 2}, "bean"
	s.Links.Privacy, s.Staff.HoldSeconds = "https://kava.example/privacy", 90
	c.store.program.Settings = &s
	walk(c, "UAH", "", "horeca", "250")
	c.mustShow("10 beans")
	c.press("w|summary.open")
	got := c.store.program.Settings
	if got.Links.Privacy != s.Links.Privacy || got.Staff.HoldSeconds != 90 || got.Unit.Name != "bean" {
		t.Errorf("opened with %s", settingsJSON(t, got))
	}
}
