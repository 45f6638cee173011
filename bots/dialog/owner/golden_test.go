package owner_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine"
	"kartka/locales"
)

var update = flag.Bool("update", false, "write the golden files")

// TestScreens walks through every screen in every language and compares what is shown with testdata.
func TestScreens(t *testing.T) {
	for _, l := range locales.Languages() {
		t.Run(string(l), func(t *testing.T) {
			var got strings.Builder
			scene := func(name string, c *chat) {
				got.WriteString("=== " + name + "\n")
				for _, m := range c.said {
					got.WriteString(talktest.Render(m) + "\n\n")
				}
			}
			setupScenes(newChat(t, l), scene)
			shopScenes(openChat(t, l), scene)
			posterScenes(openChat(t, l), scene)
			madrid := shopChat(t, l, settingsOf(t, "horeca", "EUR", "Europe/Madrid", 1200, "es", "en"))
			madrid.command("places")
			madrid.press("newplace")
			madrid.types("Tenerife")
			scene("the clock of a place", madrid)
			early := newChat(t, l)
			early.store.staff[0].Role = engine.RoleManager
			early.command("staff")
			scene("not open yet", early)
			name := filepath.Join("testdata", string(l)+".golden")
			talktest.Golden(t, name, got.String(), *update)
		})
	}
}

func setupScenes(c *chat, scene func(string, *chat)) {
	c.start()
	scene("the name of the shop", c)
	c.types("\u200b")
	scene("a name of nothing", c)
	c.types(strings.Repeat("Кава ", 20))
	scene("a name too long", c)
	c.types("Кава на розі")
	scene("the currency", c)
	c.types("гроші")
	scene("an unknown currency", c)
	c.press("w|currency.EUR")
	scene("the clock", c)
	c.types("Атлантида")
	scene("an unknown clock", c)
	c.press("w|zone.madrid")
	scene("the languages", c)
	c.press("w|languages." + c.store.language)
	scene("no language", c)
	c.press("w|languages.uk")
	c.press("w|languages.es")
	c.press("w|languages.done")
	scene("the industry", c)
	c.types("кафе")
	scene("typed where buttons are", c)
	c.press("w|preset.services")
	scene("the average check", c)
	for _, bad := range []string{"багато", "-5", "0", "9999999999", "1.005,555", "1,200"} {
		c.types(bad)
		scene("an average check of "+bad, c)
	}
	c.types("42,50 €")
	scene("the proposal with a warning of the industry itself", c)
	c.press("w|terms.rate-")
	c.press("w|terms.days-")
	scene("the proposal, tuned", c)
	c.press("w|terms.good")
	scene("the welcome bonus", c)
	c.press("w|welcome.1000")
	scene("the first place", c)
	c.shares()
	scene("a contact nobody needs", c)
	c.press("w|place.same")
	scene("the summary", c)
	c.store.fail = &engine.Error{Kind: engine.KindConflict, ID: "settings_changed"}
	c.press("w|summary.open")
	scene("it cannot be opened", c)
	c.store.fail = nil
	c.press("w|summary.open")
	scene("open", c)
}

func shopScenes(c *chat, scene func(string, *chat)) {
	c.store.totals = engine.Totals{Sales: 41, Amount: 1043050, Earned: 512, Burned: 180, New: 7}
	c.command("shop")
	scene("the shop at a glance", c)
	c.press("rules")
	scene("the rules", c)
	for range 5 {
		c.press("tune|rate+")
		c.press("tune|limit+")
		c.press("tune|days+")
	}
	scene("unwise rules", c)
	c.press("tune|days+")
	scene("the end of a ladder", c)
	c.press("tune|rate-")
	c.press("tune|apply")
	scene("applied", c)
	c.press("home")
	c.press("state|pause")
	scene("pause?", c)
	c.press("setstate|pause")
	scene("paused", c)
	c.press("state|open")
	scene("open again?", c)
	c.press("setstate|open")
	c.press("staff")
	scene("nobody but the owner", c)
	c.press("invite")
	scene("invite whom", c)
	c.press("invite|cashier")
	scene("an invitation", c)
	c.addPlace("Поділ", "def456")
	c.press("invite")
	c.press("invite|manager")
	scene("invite where", c)
	c.store.staff = append(c.store.staff,
		engine.Staff{ID: anyoneID, ProgramID: "program", Role: engine.RoleCashier, Name: "Ерлан", LocationID: c.store.places[0].ID, CreatedAt: now.AddDate(0, 0, -3)})
	c.press("staff")
	scene("two people", c)
	c.press("person|" + anyoneID)
	scene("one person", c)
	c.press("dismiss|" + anyoneID)
	scene("dismissed", c)
	c.press("home")
	c.press("places")
	scene("places", c)
	c.press("newplace")
	scene("a new place", c)
	c.types("Поділ")
	scene("a place of the same name", c)
	c.press("places")
	c.press("newplace")
	c.types("Печерськ")
	scene("a place added", c)
}

func posterScenes(c *chat, scene func(string, *chat)) {
	c.command("poster")
	scene("a poster", c)
	c.press("print|abc123.uk.a5")
	scene("a poster to print", c)
	c.press("poster|abc123.uk")
	c.press("table|abc123.uk")
	scene("a poster for a table", c)
	c.types("☕")
	scene("a label of nothing", c)
	c.types("Стіл 4")
	scene("the paper of a table", c)
	c.press("table|a6")
	scene("the poster of a table", c)
	c.addPlace("Поділ", "def456")
	c.press("poster|abc123.uk")
	c.press("poster")
	scene("the poster of which place", c)
	for _, m := range c.said {
		if m.Slot != bots.SlotScreen {
			c.t.Error("not on the screen")
		}
	}
}
