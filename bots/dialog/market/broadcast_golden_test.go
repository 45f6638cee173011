package market_test

import (
	"strings"
	"testing"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/words"
)

// TestBroadcastScreens walks through every screen of a broadcast in every language and compares what is shown with testdata.
func TestBroadcastScreens(t *testing.T) { golden(t, "broadcast-", broadcastScenes) }

// placeholder is how a field is written in the person's language.
func (c *chat) placeholder(f campaign.Field, instead string) string {
	w := words.Words{P: c.catalog.Printer(c.language), Catalog: c.catalog, Program: c.program, Now: c.clock}
	written, _ := w.CampaignField(f)
	return strings.TrimSuffix(written, "}") + instead + "}"
}

// picture is one that the bot was sent.
func picture() *bots.PhotoRef {
	return &bots.PhotoRef{Channel: bots.Telegram, Sender: "1", ID: "AgACAgIAAxkB", Unique: "u"}
}

func (c *chat) sends(event bots.Event) {
	c.t.Helper()
	c.deeds++
	c.do(event)
}

func broadcastScenes(c *chat, scene func(string)) {
	c.settings(func(s *rules.Settings) {
		s.Coupons = append(s.Coupons, rules.CouponKind{ID: "latte", Name: rules.Named("Лате в подарунок"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 5000}, Days: 14})
		s.Gifts = rules.Certificates{On: true, Max: 100000, Days: 365}
		usual := rules.DefaultCampaigns()
		usual.Holdout = 0 // who is left out is drawn by the broadcast's id
		s.Campaigns = &usual
	})
	c.command("broadcast")
	scene("whom")
	c.press("agreed")
	scene("write the message")
	c.sends(bots.Event{Kind: bots.EventOther, Lost: []bots.Loss{{What: bots.LostSticker}}})
	scene("a sticker")
	c.types("Hi {nmae}!")
	scene("a misspelt placeholder")
	c.types("Hi {{" + "name}}!")
	scene("a placeholder of another product")
	c.types(strings.Repeat("я", 4100))
	scene("too long a text")
	c.sends(bots.Event{Kind: bots.EventText, Rich: bots.Rich("<b>Привіт, " + c.placeholder(campaign.FieldName, "|друже") + "!</b> " + c.placeholder(campaign.FieldGift, "")),
		Lost: []bots.Loss{{What: bots.LostUnderline}, {What: bots.LostCustomEmoji}}})
	scene("a draft that promises a gift")
	c.press("b-gift")
	scene("no gift")
	c.press("b-give")
	scene("how many points")
	c.types("1,200")
	scene("thousands or decimals")
	c.types("many")
	scene("no number")
	c.types("50")
	scene("points")
	c.press("b-days")
	scene("for how many days")
	c.types("30")
	c.press("b-most")
	scene("how many gifts")
	c.types("1")
	scene("points for a while")
	c.press("b-draft")
	c.press("b-text")
	scene("the text again")
	c.sends(bots.Event{Kind: bots.EventOther, Photo: picture(), Lost: []bots.Loss{{What: bots.LostAlbum}}})
	scene("with a picture")
	c.press("b-langs")
	scene("languages")
	c.sends(bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: c.findEnd("b-text", ".0.en"), Query: "q", Ref: "10"}})
	scene("the text in English")
	c.types("Hello, {name|friend}! You get {gift}.")
	c.press("b-btns")
	scene("no buttons")
	c.pressID(c.findEnd("b-add", ".0.card"))
	c.pressID(c.findEnd("b-add", ".0.link"))
	scene("a label")
	c.types("Menu {name}")
	scene("a label with a placeholder")
	c.types("Menu")
	scene("an address")
	c.types("http://example.com")
	scene("no safe address")
	c.types("https://example.com/menu")
	c.pressID(c.findEnd("b-add", ".0.stop"))
	scene("three buttons")
	c.pressID(c.findEnd("b-btn", ".0.1"))
	scene("a link")
	c.pressID(c.findEnd("b-label", ".0.1.en"))
	c.types("Our menu")
	scene("its label in another language")
	c.press("b-up")
	c.press("b-draft")
	scene("a draft")
	c.press("b-see")
	scene("a preview")
	c.pressID("v1|market|b-sample")
	scene("a button of the preview")
	c.command("broadcast")
	c.pressID("v1|market|b-draft|" + c.drafts()[0].ID)
	c.press("b-vars")
	scene("one variant")
	c.press("b-var")
	scene("variant B")
	c.types("Salut, {ім’я}")
	scene("two variants")
	c.press("b-vars")
	c.pressID(c.findEnd("b-share", ".70"))
	scene("shares")
	c.pressID(c.findEnd("b-novar", ".1"))
	c.press("b-hold")
	scene("how many to compare with")
	c.pressID(c.findEnd("b-holdset", ".0"))
	c.press("b-name")
	scene("a name")
	c.types(strings.Repeat("я", 61))
	scene("too long a name")
	c.types("Весна")
	c.press("b-gift")
	c.press("b-coups")
	scene("which coupon")
	c.press("b-coup")
	scene("a coupon")
	c.pressID(c.findEnd("b-give", ".certificate"))
	scene("how much")
	c.types("5000")
	scene("too much")
	c.types("100")
	scene("a certificate")
	c.press("b-draft")
	c.press("b-when")
	scene("when")
	c.types("колись")
	scene("no time")
	c.press("b-until")
	scene("too late when?")
	c.types("після дощику")
	scene("too late, but when?")
	c.pressID(c.findEnd("b-end", ".2026-03-02"))
	scene("too late tonight")
	c.pressID(c.findEnd("b-start", ".now"))
	scene("send now?")
	c.press("b-when")
	c.types("22:30")
	scene("send at night?")
	c.press("b-until")
	scene("too late for the night when?")
	c.pressID(c.findEnd("b-end", ".2026-03-04"))
	scene("send at night, until when?")
	c.press("b-send")
	scene("planned")
	c.pressID("v1|market|b-draft|" + c.campaigns()[0].ID)
	scene("planned, and to be changed")
	c.press("b-whom")
	c.press("picks")
	c.press("take|ready:vip")
	scene("another audience")
	c.press("b-del")
	scene("delete?")
	c.press("b-erased")
	scene("deleted")
	c.pressID("v1|market|b-draft|nothing")
	scene("gone")
	c.onViber("Ярина")
	c.pressID("v1|market|b-draft|" + c.drafted("Весна", plan()).ID)
	c.press("b-see")
	scene("a guest whose messenger is not connected")
}

// onViber has a guest join on a messenger for which the shop has no bot any more.
func (c *chat) onViber(name string) {
	c.t.Helper()
	there := engine.Address{Channel: string(bots.Viber), Sender: "kava", UserID: name}
	person, err := c.engine.Meet(c.t.Context(), c.program, engine.Bot{}, engine.Contact{Address: there, Name: name, Locale: "uk"})
	if err == nil {
		_, err = c.engine.Join(c.t.Context(), engine.JoinInput{ProgramID: c.program.ID, ContactID: person.Contact.ID, Name: name, Language: "uk", Marketing: true,
			Channel: there.Channel, Text: "join-v1"})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// drafts lists the broadcasts that are drafts, the newest first.
func (c *chat) drafts() []engine.Campaign {
	c.t.Helper()
	return c.campaigns(engine.CampaignDraft)
}

func (c *chat) campaigns(states ...engine.CampaignState) []engine.Campaign {
	c.t.Helper()
	all, err := c.engine.Campaigns(c.t.Context(), c.program.ID, states...)
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// findEnd finds a button by its action and by how its argument ends.
func (c *chat) findEnd(action, end string) string {
	c.t.Helper()
	for _, id := range c.buttons() {
		parts := strings.Split(id+"||", "|")
		if strings.HasPrefix(id, "v1|market|"+action+"|") && strings.HasSuffix(parts[3], end) {
			return id
		}
	}
	c.t.Fatalf("no button %s…%s, only %s", action, end, strings.Join(c.buttons(), " "))
	return ""
}
