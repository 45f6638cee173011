package owner_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"kartka/engine"
)

func TestRulesAreApplied(t *testing.T) {
	c := openChat(t, "en")
	c.store.totals = engine.Totals{Sales: 10, Amount: 400000}
	c.command("rules")
	c.mustShow("a check of 400 ₴ gives 20 bonuses")
	if strings.Contains(fmt.Sprint(c.said), "tune|apply") {
		t.Error("there is nothing to apply yet")
	}
	c.press("tune|rate-")
	c.press("tune|welcome+")
	c.press("tune|min-")
	apply := c.find("tune|apply")
	c.press("tune|apply")
	s := c.store.program.Settings
	if s.Earn.Rate != 450 || s.Welcome.Points != 40 || s.Earn.MinCheck != 10000 || c.store.program.Version != 2 {
		t.Errorf("version %d: %s", c.store.program.Version, settingsJSON(t, s))
	}
	c.again(apply)
	if c.store.program.Version != 2 {
		t.Error("applied twice")
	}
	c.mustSay("owner.rules.applied")
	c.pressID(apply)
	if c.store.program.Version != 2 || c.toast() == "" {
		t.Error("an old button applied something")
	}
}

func TestRulesChangedByAnother(t *testing.T) {
	c := openChat(t, "en")
	c.command("rules")
	c.press("tune|rate-")
	other := *c.store.program.Settings
	other.Earn.Rate = 300
	c.store.program.Settings, c.store.program.Version = &other, 2
	apply := c.find("tune|apply")
	c.wait()
	c.press("tune|limit+") // noticed before anything is applied
	c.mustSay("owner.rules.changed")
	c.mustShow("3%")
	c.pressID(apply)
	if c.store.program.Settings.Earn.Rate != 300 || c.store.program.Version != 2 {
		t.Error("another's change was overwritten")
	}
}

func TestTypedTextIsForTheCounter(t *testing.T) {
	c := openChat(t, "en")
	for _, screen := range []string{"shop", "rules", "staff", "places", "poster"} {
		c.command(screen)
		if c.session.Flow != "" {
			t.Errorf("/%s keeps what is typed for itself: %+v", screen, c.session)
		}
	}
}

func TestPauseNeedsAConfirmation(t *testing.T) {
	c := openChat(t, "en")
	c.command("shop")
	c.press("state|pause")
	confirm := c.find("setstate|pause")
	if c.store.program.State != engine.ProgramActive {
		t.Fatal("paused without a confirmation")
	}
	c.press("setstate|pause")
	if c.store.program.State != engine.ProgramPaused {
		t.Fatal("not paused")
	}
	c.press("state|open")
	c.press("setstate|open")
	c.pressID(confirm)
	if c.store.program.State != engine.ProgramActive || c.toast() == "" {
		t.Error("an old confirmation paused the shop")
	}
}

func TestInvitations(t *testing.T) {
	c := openChat(t, "en")
	c.command("staff")
	c.press("invite")
	again := c.find("invite|cashier")
	c.press("invite|cashier")
	if len(c.store.invites) != 1 || c.store.invites[0].Role != engine.RoleCashier || c.store.invites[0].LocationID != "" && c.store.invites[0].LocationID != c.store.places[0].ID {
		t.Fatalf("invites %+v", c.store.invites)
	}
	c.mustShow("https://t.me/kava_bot?start=s_", "until 4 March, 11:30")
	c.pressID(again)
	if len(c.store.invites) != 1 {
		t.Error("an old button made a second invitation")
	}
	c.addPlace("Поділ", "def456")
	c.pressID("v1|owner|invite")
	c.press("invite|cashier")
	c.press("invite|cashier.def456")
	if len(c.store.invites) != 2 || c.store.invites[1].LocationID != c.store.places[1].ID {
		t.Errorf("invites %+v", c.store.invites)
	}
}

func TestManagersInviteCashiersOnly(t *testing.T) {
	c := openChat(t, "en")
	c.store.staff[0].Role = engine.RoleManager
	c.command("staff")
	c.press("invite")
	c.mustShow("Role: cashier")
	for _, role := range []string{"manager", "owner", "marketer"} {
		c.pressID("v1|owner|invite|" + role + ".|" + c.session.Mark)
		if len(c.store.invites) != 0 {
			t.Fatalf("a manager invited a %s", role)
		}
	}
	c.pressID("v1|owner|invite")
	c.press("invite|cashier.")
	if len(c.store.invites) != 1 || c.store.invites[0].Role != engine.RoleCashier {
		t.Errorf("invites %+v", c.store.invites)
	}
}

func TestDismissal(t *testing.T) {
	c := openChat(t, "en")
	for i, role := range []engine.Role{engine.RoleCashier, engine.RoleManager} {
		c.store.staff = append(c.store.staff, engine.Staff{ID: fmt.Sprintf("01900000-0000-7000-8000-00000000010%d", i), Role: role, Name: "Ерлан", CreatedAt: now})
	}
	cashier, manager := c.store.staff[1].ID, c.store.staff[2].ID
	c.command("staff")
	c.press("person|" + cashier)
	c.pressID("v1|owner|dismiss|" + manager + "|" + c.session.Mark) // the mark of one person does not dismiss another
	if c.store.staff[2].Disabled {
		t.Fatal("the wrong person was dismissed")
	}
	c.press("person|" + cashier)
	c.press("dismiss|" + cashier)
	if !c.store.staff[1].Disabled || c.store.notices != 1 {
		t.Errorf("%+v, %d notices", c.store.staff[1], c.store.notices)
	}
	c.pressID("v1|owner|person|" + ownerID)
	if strings.Contains(fmt.Sprint(c.said), "dismiss|") {
		t.Error("an owner can be dismissed")
	}
	c.store.staff[0].Role = engine.RoleManager
	c.pressID("v1|owner|person|" + manager)
	if strings.Contains(fmt.Sprint(c.said), "dismiss|") {
		t.Error("a manager can dismiss a manager")
	}
}

func TestLongListsHavePages(t *testing.T) {
	c := openChat(t, "en")
	for i := range 23 {
		c.store.staff = append(c.store.staff, engine.Staff{ID: fmt.Sprintf("01900000-0000-7000-8000-0000000002%02d", i), Role: engine.RoleCashier, Name: fmt.Sprintf("Cashier %d", i), CreatedAt: now})
		c.addPlace(fmt.Sprintf("Place %d", i), fmt.Sprintf("code%02d", i))
	}
	c.command("staff")
	c.press("staff|1")
	c.press("staff|2")
	c.mustShow("Cashier 22")
	c.pressID("v1|owner|staff|99")
	c.mustShow("Cashier 22")
	c.command("places")
	c.press("place|1")
	c.press("place|code12")
	c.mustShow("Place 12", "start=l_code12")
}

func TestPlaces(t *testing.T) {
	c := openChat(t, "en")
	c.command("places")
	c.press("newplace")
	c.types(strings.Repeat("x", 65))
	c.mustShow("65 characters, 64 fit")
	c.types("\u200b")
	c.mustSay("owner.name.empty")
	c.types("Поділ")
	if len(c.store.places) != 2 || c.store.places[1].Name != "Поділ" || c.store.places[1].Zone != "" {
		t.Fatalf("places %+v", c.store.places)
	}
	c.press("places")
	c.press("newplace")
	c.types("поділ")
	if len(c.store.places) != 2 {
		t.Error("two places of one name")
	}
	c.mustSay("owner.places.known")
}

func TestPlacesWithTheirOwnClock(t *testing.T) {
	c := shopChat(t, "es", settingsOf(t, "horeca", "EUR", "Europe/Madrid", 1200, "es"))
	c.command("places")
	c.press("newplace")
	c.types("Tenerife")
	c.types("Atlántida")
	c.mustSay("owner.zone.unknown")
	canary := c.find("newplace|canary")
	c.press("newplace|canary")
	if len(c.store.places) != 2 || c.store.places[1].Zone != "Atlantic/Canary" {
		t.Fatalf("places %+v", c.store.places)
	}
	c.pressID(canary)
	c.press("newplace")
	c.types("Chamberí")
	c.press("newplace|madrid") // the shop's own clock is no clock of its own
	if len(c.store.places) != 3 || c.store.places[2].Zone != "" {
		t.Errorf("places %+v", c.store.places)
	}
}

func TestPoster(t *testing.T) {
	c := openChat(t, "en")
	c.command("poster")
	c.press("poster|abc123.kk")
	c.press("print|abc123.kk.a4")
	file := c.said[0].File
	if file == nil || file.Name != "poster-A4.pdf" || !bytes.HasPrefix(file.Data, []byte("%PDF-")) || !bytes.Contains(file.Data, []byte("kk")) {
		t.Fatalf("file %+v", c.said)
	}
	c.pressID("v1|owner|print|abc123.xx.a9")
	c.pressID("v1|owner|print|nosuch.uk.a5")
	c.pressID("v1|owner|poster|nosuch.uk")
	c.pressID("v1|owner|print|abc123.uk.a5") // a Fresh screen follows a file
	c.do(pressOn("v1|owner|home", "11"), pressStep("v1|owner|home"))
	if !c.said[0].Fresh {
		t.Error("the screen stays above the poster it was opened from")
	}
}

func TestTablePosters(t *testing.T) {
	c := openChat(t, "uk")
	c.command("poster")
	c.press("table|abc123.uk")
	c.types("дуже-дуже довга назва столу")
	c.mustShow("вміщується 20")
	c.types("Стіл 4")
	size := c.find("table|a6")
	c.press("table|a6")
	if c.said[0].File == nil || c.said[0].File.Name != "poster-A6-stil-4.pdf" {
		t.Fatalf("said %+v", c.said)
	}
	c.types("Стіл 5")
	if c.said[0].File == nil || c.said[0].File.Name != "poster-A6-stil-5.pdf" {
		t.Fatalf("said %+v", c.said)
	}
	c.pressID(size)
	if c.said[0].File != nil {
		t.Error("an old button printed something")
	}
}

func TestRights(t *testing.T) {
	c := openChat(t, "en")
	marks := []string{"rules", "tune|apply|x", "state|pause", "setstate|pause|x", "staff", "person|" + ownerID, "dismiss|" + ownerID + "|x", "invite|owner.|x", "places", "place|abc123", "newplace"}
	for role, allowed := range map[engine.Role]int{engine.RoleCashier: 0, engine.RoleMarketer: 0, engine.RoleManager: 7} {
		c.store.staff[0].Role = role
		may := 0
		for _, id := range marks {
			c.session = c.before
			c.pressRaw("v1|owner|" + id)
			if c.toast() != c.view(noEvent).T("error.not_allowed") {
				may++
			}
		}
		if may != allowed {
			t.Errorf("a %s may press %d of the buttons, want %d", role, may, allowed)
		}
	}
	if c.store.program.State != engine.ProgramActive || len(c.store.invites) != 0 {
		t.Error("somebody did what only an owner may")
	}
}

func TestRulesAppliedTooLate(t *testing.T) {
	c := openChat(t, "en")
	c.command("rules")
	c.press("tune|rate-")
	other := *c.store.program.Settings
	other.Earn.Rate = 300
	c.store.program.Settings, c.store.program.Version = &other, 2 // in the very moment, by another process
	c.press("tune|apply")
	c.mustSay("owner.rules.changed")
	if c.store.program.Settings.Earn.Rate != 300 || c.store.program.Version != 2 {
		t.Error("another's change was overwritten")
	}
}
