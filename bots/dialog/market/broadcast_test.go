package market_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/market"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// begins starts a broadcast to everybody who agreed, with a text, and without anybody left out.
func (c *chat) begins(text string) engine.Campaign {
	c.t.Helper()
	c.settings(func(s *rules.Settings) {
		usual := rules.DefaultCampaigns()
		usual.Holdout = 0
		s.Campaigns = &usual
	})
	c.command("broadcast")
	c.press("agreed")
	if text != "" {
		c.types(text)
	}
	return c.campaigns()[0]
}

// text is what a variant of a broadcast says.
func (c *chat) text(id string, variant int, language string) string {
	c.t.Helper()
	plan := c.now(id).Plan
	if variant >= len(plan.Variants) {
		return ""
	}
	return plan.Variants[variant].Texts[language]
}

func TestBroadcastsAreForWhoeverSpeaksToMany(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Hello")
	c.press("b-del")
	erased := c.find("b-erased")
	for role, may := range map[engine.Role]bool{engine.RoleCashier: false, engine.RoleManager: true, engine.RoleOwner: true} {
		c.user, c.session = "staff "+string(role), talk.Session{}
		c.hire(c.user, role)
		c.command("broadcast")
		if shown := strings.Contains(c.shows(), "Whom is it for?"); shown != may {
			t.Errorf("/broadcast of a %s: %s", role, c.shows())
		}
		for _, id := range []string{"b-new", "b-draft|" + b.ID, "b-text|" + b.ID + ".0.uk", "b-see|" + b.ID, "b-when|" + b.ID, "b-del|" + b.ID} {
			c.session = talk.Session{}
			c.pressID("v1|market|" + id)
			if refused := c.toast() == c.T("error.not_allowed"); refused == may {
				t.Errorf("a %s presses %s: %s", role, id, c.shows())
			}
		}
		c.session = talk.Session{}
		c.pressID(erased)
	}
	c.user, c.session = "Оксана", talk.Session{}
	c.pressID(erased)
	if c.toast() != c.T("error.not_staff") || c.now(b.ID).State != engine.CampaignDraft {
		t.Errorf("somebody else's button: %s", c.shows())
	}
}

// One press makes one draft, and one press sends it once, however often it is handled.
func TestABroadcastIsSentOnce(t *testing.T) {
	c := newChat(t, locales.EN)
	c.settings(func(s *rules.Settings) {
		usual := rules.DefaultCampaigns()
		usual.Holdout = 0
		s.Campaigns = &usual
	})
	c.command("broadcast")
	agreed := c.find("agreed")
	c.press("agreed")
	c.again(agreed)
	if all := c.campaigns(); len(all) != 1 || all[0].By != c.personOf("marketer").Staff.ID || all[0].State != engine.CampaignDraft {
		t.Fatalf("drafts %+v", all)
	}
	b := c.campaigns()[0]
	c.types("Hi, {name|friend}!")
	c.press("b-when")
	c.press("b-start|" + b.ID + ".now")
	send := c.find("b-send")
	c.press("b-send")
	c.mustShow(c.T("broadcast.sent.now"))
	c.again(send)
	c.mustShow(c.T("broadcast.sent.now"))
	c.pressID(send)
	if c.toast() != c.T("owner.stale.toast") {
		t.Errorf("pressed twice: %s", c.shows())
	}
	sent := c.now(b.ID)
	if sent.State != engine.CampaignScheduled || sent.Version != 3 || !sent.Start.IsZero() || sent.Sizes.To != 2 {
		t.Fatalf("sent %+v", sent)
	}
	run, err := c.engine.RunCampaigns(t.Context(), c.program.ID)
	if err != nil || run.Started != 1 || run.Fed != 2 {
		t.Fatalf("run %+v, %v", run, err)
	}
	for _, id := range []string{"b-draft|" + b.ID, "b-text|" + b.ID, "b-gift|" + b.ID, "b-when|" + b.ID} {
		c.pressID("v1|market|" + id)
		c.mustShow(c.T("error.campaign_begun"))
	}
}

// Whatever is wrong with a message, it is told with its place, and what was there before stays.
func TestAMistakeInAMessageLosesNothing(t *testing.T) {
	c := newChat(t, locales.UK)
	b := c.begins("Вітаємо, {ім’я|друже}! У вас {баланс}, {Ім'я|друже}.")
	if got := c.text(b.ID, 0, "uk"); got != "Вітаємо, {name|друже}! У вас {balance}, {name|друже}." {
		t.Fatalf("kept as %q", got)
	}
	before := c.now(b.ID)
	c.press("b-text")
	for _, sent := range []struct {
		rich        bots.Rich
		says, where string
	}{
		{"<b>Вітаємо</b> &amp; &lt;{імя}&gt; {іма}!", "{ім’я}", "Вітаємо & <{імя}> 👉{іма}!"},
		{"{{name}}", "{name}", "👉{{name}}"},
		{"Привіт, {ім’я", "дужки", "Привіт, 👉{ім’я"},
		{"{<b>name</b>}", "форматування", ""},
		{`<a href="https://example.com/{name}">тут</a>`, "посилання", ""},
		{bots.Rich(strings.Repeat("{name}", 51)), "50", ""},
		{"%username%", "{name}", "👉%username%"},
	} {
		c.sends(bots.Event{Kind: bots.EventText, Rich: sent.rich})
		c.mustShow("❗", sent.says, sent.where)
		if !c.session.At(market.Flow, "b-text?") {
			t.Fatalf("%s: at %+v", sent.rich, c.session)
		}
	}
	c.sends(bots.Event{Kind: bots.EventOther, Lost: []bots.Loss{{What: bots.LostVideo}}})
	c.mustShow(c.T("broadcast.text.nothing"), c.T("broadcast.lost.video"))
	c.sends(bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "+380671234567"}})
	c.mustShow(c.T("owner.no_contact"))
	if now := c.now(b.ID); now.Version != before.Version || now.Plan.Variants[0].Texts["uk"] != before.Plan.Variants[0].Texts["uk"] {
		t.Errorf("a mistake changed it to %+v", now)
	}
	c.sends(bots.Event{Kind: bots.EventText, Rich: "<i>Гаразд</i>, {name|друже} 👩‍🍳"})
	c.mustShow(c.T("market.saved"))
	if got := c.text(b.ID, 0, "uk"); got != "<i>Гаразд</i>, {name|друже} 👩‍🍳" {
		t.Errorf("kept as %q", got)
	}
}

// What looks like markup or an order is what somebody wrote.
func TestAnythingCanBeWritten(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins(`<b>5 < 6</b> & "x" {} { 1 } 🇺🇦`)
	c.mustShow(c.T("market.saved"))
	if got := bots.Plain(bots.Rich(c.text(b.ID, 0, "uk"))); got != `<b>5 < 6</b> & "x" {} { 1 } 🇺🇦` {
		t.Errorf("kept as %q", got)
	}
	c.press("b-text")
	c.sends(bots.Event{Kind: bots.EventText, Text: "/start us", Rich: "/start us", Forwarded: true})
	if got := c.text(b.ID, 0, "uk"); got != "/start us" {
		t.Errorf("kept as %q", got)
	}
	c.press("b-see")
	c.mustShow("/start us")
}

// Every loss that an adapter can tell has words, and what is left is taken.
func TestWhatCannotBeSentOn(t *testing.T) {
	for _, l := range locales.Languages() {
		c := newChat(t, l)
		b := c.begins("")
		all := []string{bots.LostUnderline, bots.LostSpoiler, bots.LostQuote, bots.LostCustomEmoji, bots.LostMention, bots.LostLink, bots.LostMarkup, bots.LostButtons,
			bots.LostAlbum, bots.LostPhoto, bots.LostImageFile, bots.LostFile, bots.LostVideo, bots.LostAudio, bots.LostSticker, bots.LostPoll, bots.LostPlace}
		for _, what := range all {
			c.sends(bots.Event{Kind: bots.EventOther, Rich: bots.Rich(what), Lost: []bots.Loss{{What: what}}})
			c.mustShow(c.T("broadcast.lost."+what), c.T("market.saved"))
			if got := c.text(b.ID, 0, "uk"); got != what {
				t.Errorf("%s: kept %q of a message with %s", l, got, what)
			}
			c.press("b-text")
		}
		for _, what := range []string{bots.LostOther, "hologram"} {
			c.sends(bots.Event{Kind: bots.EventOther, Lost: []bots.Loss{{What: what}}})
			c.mustShow(c.T("broadcast.lost.something"))
		}
	}
}

// A picture stays when the text changes, is shown to guests, and makes long texts too long.
func TestAPicture(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins(strings.Repeat("a", 1010) + " {shop}{card}")
	c.press("b-text")
	c.sends(bots.Event{Kind: bots.EventOther, Photo: picture()})
	c.mustShow("under a picture in Telegram", "1,024", c.T("market.saved")) // the picture is kept, and what is wrong with it is told
	if got := c.now(b.ID).Plan.Variants[0].Picture; got != picture().String() {
		t.Fatalf("picture %q", got)
	}
	c.press("b-when")
	c.mustShow(c.T("broadcast.send.unready"))
	c.press("b-text")
	c.types(strings.Repeat("я", 1025))
	c.mustShow("it has 1 more")
	c.types("Short {tier|}")
	c.mustNotShow("❗")
	c.press("b-see")
	if shown := c.said[0]; shown.Photo == nil || shown.Photo.Ref != picture().String() || shown.Text != "Short " || shown.Purpose != "" {
		t.Errorf("shown %+v", shown)
	}
	c.press("b-draft")
	c.press("b-text")
	drop := c.find("b-nopic")
	c.press("b-nopic")
	c.again(drop)
	if v := c.now(b.ID).Plan.Variants[0]; v.Picture != "" || v.Texts["uk"] != "Short {tier|}" {
		t.Errorf("left %+v", v)
	}
}

func TestATextInTheMainLanguageIsNeeded(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Вітаємо")
	c.press("b-langs")
	c.pressID(c.findEnd("b-text", ".0.kk"))
	c.types("Сәлем, {есімі|дос}!")
	c.press("b-langs")
	c.pressID(c.findEnd("b-notext", ".0.uk"))
	c.press("b-draft")
	c.mustShow("There is no text in the shop’s main language (Ukrainian)", "Ukrainian ✗ (reads Kazakh)")
	c.press("b-when")
	c.mustShow(c.T("broadcast.send.unready"))
	if got := c.text(b.ID, 0, "kk"); got != "Сәлем, {name|дос}!" { // by the names of the text's own language
		t.Errorf("kept as %q", got)
	}
	c.press("b-see")
	c.mustShow("Сәлем, Олена!")
}

// Nobody is written to whom it is not for, and that is said before and at the sending.
func TestAnAudienceOfNobody(t *testing.T) {
	c := newChat(t, locales.EN)
	s := c.saves("New ones", "joined <= 10d")
	c.command("broadcast")
	c.press("take|" + s.ID)
	c.mustShow("🎯 For: New ones", "0 guests of 2 would get it now", "did not agree to news: 2")
	b := c.campaigns()[0]
	c.types("Hello")
	c.press("b-when")
	c.press("b-start|" + b.ID + ".hour")
	c.mustShow("Nobody would get this message: of 2 guests")
	c.mustNotShow(c.T("broadcast.confirm.btn"))
	if c.now(b.ID).State != engine.CampaignDraft {
		t.Error("sent to nobody")
	}
}

func TestASegmentThatIsTakenAway(t *testing.T) {
	c := newChat(t, locales.EN)
	s := c.saves("Core", "joined > 30d")
	c.command("broadcast")
	c.press("take|" + s.ID)
	b := c.campaigns()[0]
	c.types("Hello")
	c.press("b-when")
	c.press("b-start|" + b.ID + ".now")
	send := c.find("b-send")
	if err := c.engine.DeleteSegment(t.Context(), c.program.ID, "", s.ID); err != nil {
		t.Fatal(err)
	}
	c.pressID(send)
	c.mustShow("❗", c.T("market.size.unknown"))
	c.press("b-when")
	c.mustShow(c.T("broadcast.send.unready"))
	if now := c.now(b.ID); now.State != engine.CampaignDraft || now.Plan.Title != "Core" {
		t.Errorf("left %+v", now)
	}
	c.press("b-whom")
	c.press("agreed")
	c.mustShow("🎯 For: Everybody who agreed to news")
	c.mustNotShow("❗")
}

// What somebody else changes meanwhile is not overwritten by what one has not seen.
func TestABroadcastThatChangesMeanwhile(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Hello")
	c.press("b-text")
	other := c.now(b.ID)
	other.Plan.Variants[0].Texts["uk"] = "Theirs"
	if _, err := c.engine.SaveBroadcast(t.Context(), engine.SaveBroadcastInput{ProgramID: c.program.ID, ID: b.ID, Name: "Theirs", Plan: other.Plan}); err != nil {
		t.Fatal(err)
	}
	c.types("Mine")
	c.mustShow(c.T("error.changed_meanwhile"), "Now it is: Theirs")
	if c.text(b.ID, 0, "uk") != "Theirs" {
		t.Fatal("overwritten")
	}
	c.types("Mine")
	c.mustShow(c.T("market.saved"))
	c.press("b-when")
	c.press("b-start|" + b.ID + ".now")
	send := c.find("b-send")
	other = c.now(b.ID)
	if _, err := c.engine.SaveBroadcast(t.Context(), engine.SaveBroadcastInput{ProgramID: c.program.ID, ID: b.ID, Name: "Again", Plan: other.Plan}); err != nil {
		t.Fatal(err)
	}
	c.pressID(send)
	c.mustShow(c.T("error.changed_meanwhile"), "Again")
	if c.now(b.ID).State != engine.CampaignDraft {
		t.Error("sent what nobody has seen")
	}
	if err := c.engine.DeleteBroadcast(t.Context(), c.program.ID, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b-draft", "b-text", "b-langs", "b-btns", "b-btn", "b-gift", "b-coups", "b-whom", "b-vars", "b-hold", "b-name", "b-when", "b-del", "b-see"} {
		c.pressID("v1|market|" + id + "|" + b.ID)
		c.mustShow(c.T("error.campaign_not_found"))
	}
}

// What is planned becomes a draft when it is changed, and is not sent by the old plan.
func TestAPlannedBroadcastIsChanged(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Hello")
	c.press("b-when")
	c.types("Tomorrow 12:00")
	c.press("b-send")
	if now := c.now(b.ID); now.State != engine.CampaignScheduled || !now.Start.Equal(time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)) {
		t.Fatalf("planned %+v", now)
	}
	c.pressID("v1|market|b-draft|" + b.ID)
	c.mustShow("(scheduled)", "makes it a draft again")
	c.press("b-text")
	c.types("Hello again")
	if now := c.now(b.ID); now.State != engine.CampaignDraft || !now.Start.IsZero() {
		t.Errorf("changed %+v", now)
	}
}

func TestStalePressesOfBroadcasts(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Hello")
	c.press("b-hold")
	twenty := c.findEnd("b-holdset", ".20")
	c.pressID(twenty)
	if c.now(b.ID).Plan.Holdout != 2000 {
		t.Fatal("not kept")
	}
	c.press("b-hold")
	c.pressID(c.findEnd("b-holdset", ".5"))
	at := c.now(b.ID).Version
	for _, id := range []string{twenty, "v1|market|b-holdset|" + b.ID + ".10", "v1|market|b-erased|" + b.ID + "|x", "v1|market|b-send|" + b.ID + "|x",
		"v1|market|b-novar|" + b.ID + ".0", "v1|market|b-add|" + b.ID + ".0.card|x", "v1|market|b-var|" + b.ID} {
		c.pressID(id)
		if c.toast() != c.T("owner.stale.toast") {
			t.Errorf("%s: %s", id, c.shows())
		}
		c.mustShow("📣 Everybody who agreed to news")
	}
	for _, action := range []string{"b-erased", "b-send", "b-holdset", "b-unknown", "b-add", "b-coup", "b-give", "b-start"} { // forged, with the mark of another screen
		mark := c.session.Mark
		c.pressID("v1|market|" + action + "|" + b.ID + ".99.x|" + mark)
	}
	if now := c.now(b.ID); now.Version != at || now.State != engine.CampaignDraft {
		t.Errorf("changed to %+v", now)
	}
	c.press("b-text")
	c.pressID(twenty)
	c.mustShow(c.T("broadcast.text.ask")) // the current screen
	if c.toast() != c.T("owner.stale.toast") {
		t.Errorf("%s", c.shows())
	}
	for _, id := range []string{"b-text|" + b.ID + ".7.xx", "b-btn|" + b.ID + ".3.9", "b-langs|" + b.ID + ".x", "b-draft", "b-draft|x.y.z", "b-coups|" + b.ID + ".9"} {
		c.pressID("v1|market|" + id)
	}
}

// What an owner types beside a draft is for the counter.
func TestWhatIsTypedBesideADraftIsForTheCounter(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Hello")
	for _, id := range []string{"b-draft", "b-langs", "b-btns", "b-gift", "b-vars", "b-hold", "b-del", "b-see"} {
		c.pressID("v1|market|" + id + "|" + b.ID)
		if c.session.Flow != "" {
			t.Errorf("%s keeps what is typed for itself: %+v", id, c.session)
		}
	}
}

// Where a second person is asked, that is said before and after.
func TestASecondPersonIsAsked(t *testing.T) {
	c := newChat(t, locales.EN)
	c.hire("manager", engine.RoleManager)
	b := c.begins("Hello")
	c.settings(func(s *rules.Settings) {
		asks := *s.Campaigns
		asks.ApproveAbove = 1
		s.Campaigns = &asks
	})
	c.press("b-when")
	c.press("b-start|" + b.ID + ".now")
	c.mustShow("More than 1 guests get it")
	c.press("b-send")
	c.mustShow(c.T("broadcast.sent.waiting"))
	if c.now(b.ID).State != engine.CampaignWaiting {
		t.Error("not waiting")
	}
}

func TestDraftsHaveABound(t *testing.T) {
	c := newChat(t, locales.EN)
	for i := range 50 {
		if _, err := c.engine.SaveBroadcast(t.Context(), engine.SaveBroadcastInput{ProgramID: c.program.ID, Name: fmt.Sprint("Draft ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	c.command("broadcast")
	c.press("agreed")
	c.mustShow("There are 50 drafts already")
}
