package market_test

import (
	"slices"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
)

// The gifts of a campaign are told with what they come to.
func TestGiftsOfABroadcast(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Here you are: {gift}, until {gift_until|soon}")
	c.press("b-when")
	c.mustShow(c.T("broadcast.send.unready"))
	c.press("b-gift")
	c.pressID(c.findEnd("b-give", ".points"))
	for typed, says := range map[string]string{"0": "more than zero", "2000000000": "❗", "-5": "❗", "5x": "❗"} {
		c.types(typed)
		c.mustShow(says)
	}
	c.types("50")
	c.press("b-days")
	c.types("4000")
	c.mustShow("3,650 days at most")
	c.types("10")
	c.press("b-most")
	c.types("1")
	if p := c.now(b.ID).Plan; p.Gift == nil || *p.Gift != (campaign.Gift{Kind: campaign.GiftPoints, Points: 50, Days: 10}) || p.Budget != 1 {
		t.Fatalf("gift %+v", p.Gift)
	}
	c.pressID(c.findEnd("b-give", ".points"))
	c.types("70")
	if p := c.now(b.ID).Plan; p.Gift.Points != 70 || p.Gift.Days != 10 {
		t.Fatalf("gift %+v", p.Gift)
	}
	c.press("b-draft")
	c.press("b-see")
	c.mustShow("Here you are: 70", "until 12")
	c.press("b-draft")
	c.press("b-when")
	c.press("b-start|" + b.ID + ".now")
	c.mustShow("70 bonuses to each; gifts at most: 1. That makes 70 bonuses, worth 70 ₴")
	c.pressID("v1|market|b-gift|" + b.ID)
	c.pressID(c.findEnd("b-give", ".none"))
	if p := c.now(b.ID).Plan; p.Gift != nil || p.Budget != 0 {
		t.Errorf("gift %+v, %d", p.Gift, p.Budget)
	}
}

func TestButtonsOfABroadcast(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("Hello")
	c.press("b-btns")
	c.pressID(c.findEnd("b-add", ".0.link"))
	for _, label := range []string{strings.Repeat("я", 41), "{name}", "Hi {нema}"} {
		c.types(label)
		c.mustShow("❗")
	}
	c.types("  Our   menu ")
	for _, address := range []string{"menu", "http://example.com", "https://me:secret@example.com", "javascript:alert(1)", "https://example.com/{name}", "https://" + strings.Repeat("a", 600) + ".com"} {
		c.types(address)
		c.mustShow("❗")
	}
	c.types("https://example.com/menu?a=1&b=2")
	add := c.findEnd("b-add", ".0.card")
	c.pressID(add)
	c.again(add)
	c.pressID("v1|market|b-btns|" + b.ID)
	c.mustNotShow("➕ 💳")
	c.pressID(c.findEnd("b-btn", ".0.1"))
	c.press("b-up")
	c.pressID(c.findEnd("b-btn", ".0.0"))
	c.pressID(c.findEnd("b-label", ".0.0.uk"))
	c.types("Картка")
	if got := c.now(b.ID).Plan.Variants[0].Buttons; len(got) != 2 || got[0].Kind != campaign.ButtonCard || got[0].Labels["uk"] != "Картка" ||
		got[1].URL != "https://example.com/menu?a=1&b=2" || got[1].Labels["uk"] != "Our menu" {
		t.Fatalf("buttons %+v", got)
	}
	c.pressID("v1|market|b-see|" + b.ID)
	c.mustShow("[Картка]\n[Our menu]")
	if link := c.said[0].Buttons[1][0]; link.URL != "https://example.com/menu?a=1&b=2" || link.ID != "" {
		t.Errorf("link %+v", link)
	}
	c.pressID("v1|market|b-btn|" + b.ID + ".0.1")
	c.press("b-url")
	c.types("https://example.com/new")
	c.press("b-remove")
	if got := c.now(b.ID).Plan.Variants[0].Buttons; len(got) != 1 || got[0].Kind != campaign.ButtonCard {
		t.Errorf("left %+v", got)
	}
}

// A guest of the same name stands in a preview for an author without a card; an author with one sees the own numbers.
func TestAPreviewIsWhatGuestsGet(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("{name|friend}, {card}, {balance}")
	c.press("b-see")
	if shown := bots.Plain(c.said[0].Text); shown != "Олена, 100 000 009, 0 бонусів" && shown != strings.ReplaceAll("Олена, 100 000 009, 0 бонусів", " ", "\u00a0") {
		c.mustShow("Олена, 100 000 009, 0 бонусів")
	}
	if _, err := c.engine.Join(t.Context(), engine.JoinInput{ProgramID: c.program.ID, ContactID: c.personOf("marketer").Contact.ID, Name: "אולנה <b>", Language: "uk",
		Channel: c.bot.Channel, Text: "join-v1"}); err != nil {
		t.Fatal(err)
	}
	c.pressID("v1|market|b-see|" + b.ID)
	c.mustShow("\u2068אולנה <b>\u2069, ")
	if told := dialog.Campaign(c.view(bots.Event{}), c.now(b.ID), engine.Delivery{}, nil); len(told) != 1 || told[0].Text != c.said[0].Text {
		t.Errorf("guests get %+v, and the preview is %s", told, c.said[0].Text)
	}
	c.mustNotShow("100 000 009")
	if err := c.engine.AttachBot(t.Context(), engine.Bot{ProgramID: c.program.ID, Channel: string(bots.WhatsApp), Sender: "2", Username: "kava", Token: "2:x", Secret: "s"}); err != nil {
		t.Fatal(err)
	}
	c.pressID("v1|market|b-btns|" + b.ID)
	for range 2 {
		c.pressID(c.findEnd("b-add", ".0.link"))
		c.types("A page with a label that is long")
		c.types("https://example.com/menu")
	}
	c.pressID(c.findEnd("b-add", ".0.stop"))
	c.pressID("v1|market|b-see|" + b.ID)
	c.mustShow("✅ Telegram: free\n• all of it is shown", "💳 WhatsApp: each message is paid for", "• links stand in the text", "⚪ Viber: not connected")
}

// Variants begin as copies that do not hang together.
func TestVariants(t *testing.T) {
	c := newChat(t, locales.EN)
	b := c.begins("A {name|friend}")
	c.press("b-vars")
	c.press("b-var")
	c.types("B")
	c.press("b-vars")
	c.press("b-var")
	c.types("C")
	var texts []string
	for i := range 3 {
		texts = append(texts, c.text(b.ID, i, "uk"))
	}
	if !slices.Equal(texts, []string{"A {name|friend}", "B", "C"}) {
		t.Fatalf("texts %q", texts)
	}
	c.press("b-see")
	if len(c.said) != 4 {
		t.Errorf("%d messages", len(c.said))
	}
	c.press("b-draft")
	c.press("b-vars")
	drop := c.findEnd("b-novar", ".0")
	c.pressID(drop)
	c.again(drop)
	if v := c.now(b.ID).Plan.Variants; len(v) != 2 || v[0].Texts["uk"] != "B" || v[0].Weight != v[1].Weight {
		t.Fatalf("left %+v", v)
	}
	c.pressID("v1|market|b-vars|" + b.ID)
	c.pressID(c.findEnd("b-share", ".90"))
	c.mustShow("A (90%)", "B (10%)")
}
