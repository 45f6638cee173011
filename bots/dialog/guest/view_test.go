package guest

import (
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// newCatalog is the whole catalogue; a text that is missing, or lacks an argument, fails the test.
func newCatalog(t *testing.T) *locales.Catalog {
	t.Helper()
	c, err := locales.New()
	if err != nil {
		t.Fatalf("load catalogue: %v", err)
	}
	c.OnMissing = func(lang locales.Language, key, arg string) { t.Errorf("%s: %s lacks %q", lang, key, arg) }
	return c
}

var testNow = time.Date(2026, 10, 1, 11, 5, 0, 0, time.UTC)

const (
	postingID = "01927f3e-5b7a-7c31-9d2e-0a1b2c3d4e5f"
	holdID    = "01927f3e-5b7a-7c31-9d2e-ffffffffffff"
)

// shop is a coffee shop in Kyiv that speaks all six languages.
func shop(t *testing.T) engine.Program {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	currency, err := money.LookupCurrency("UAH")
	if err != nil {
		t.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава на розі", currency, zone, []string{"uk", "en", "ru", "kk", "pl", "es"}, 20000)
	s.Welcome = rules.Welcome{Points: 50, Days: 30}
	s.Links = rules.Links{Privacy: "https://kava.example/privacy", Support: "@kava_help"}
	return engine.Program{ID: "p", Slug: "kava", Version: 3, Settings: &s, State: engine.ProgramActive}
}

// someone is a person who has just opened the bot and has no card.
func someone(t *testing.T, c *locales.Catalog, lang locales.Language) talk.View {
	t.Helper()
	person := engine.Person{
		Program: shop(t),
		Bot:     engine.Bot{ProgramID: "p", Channel: string(bots.Telegram), Sender: "1", Username: "kava_bot"},
		Contact: engine.Contact{ID: "c", ProgramID: "p", Name: "Олена <b>", Language: string(lang),
			Address: engine.Address{Channel: string(bots.Telegram), Sender: "1", UserID: "7"}, Slots: map[string]string{}},
		Consent: map[engine.Purpose]bool{},
	}
	event := bots.Event{Kind: bots.EventStart, Key: "update-1", Name: "Олена <b>"}
	return talk.NewView(person, event, talk.Session{}, testNow, c)
}

// guest has a card with two lots.
func guest(t *testing.T, c *locales.Catalog, lang locales.Language) talk.View {
	t.Helper()
	v := someone(t, c, lang)
	v.Member = &engine.Member{ID: "m", ProgramID: "p", AccountID: "a", Card: "123456786", Token: "tok3n", Name: "Олена <b>",
		InviteTag: "abcdefghjk", State: engine.MemberActive, Phone: "+380671234567", Proof: engine.ProofPlatform}
	v.Contact.MemberID = "m"
	v.Consent[engine.PurposeService] = true
	v.Account = ledger.Account{ID: "a", Lots: []ledger.Lot{
		{ID: "l1", Points: 50, Remaining: 50, EarnedAt: testNow, ActiveFrom: testNow.Add(-time.Hour), ExpiresAt: time.Date(2026, 10, 31, 22, 0, 0, 0, time.UTC)},
		{ID: "l2", Points: 1290, Remaining: 1290, EarnedAt: testNow, ActiveFrom: testNow.Add(-time.Hour), ExpiresAt: time.Date(2027, 1, 14, 22, 0, 0, 0, time.UTC)},
	}}
	return v
}

// press is the view after a press on the message that holds a slot.
func press(v talk.View, slot string) talk.View {
	v.Contact.Slots = map[string]string{bots.SlotCard: "10", bots.SlotScreen: "11", slotAsk: "12"}
	v.Event = bots.Event{Kind: bots.EventPress, Key: "update-2", Press: &bots.Press{Query: "q", Ref: v.Contact.Slots[slot]}}
	return v
}

// typed is the view after a typed text.
func typed(v talk.View, text string) talk.View {
	v.Event = bots.Event{Kind: bots.EventText, Key: "update-3", Text: text}
	return v
}

// pressID presses a button by its id.
func pressID(t *testing.T, v talk.View, id string) talk.Output {
	t.Helper()
	p, ok := talk.ParseID(id)
	if !ok || p.Flow != Flow {
		t.Fatalf("button id %q is not ours", id)
	}
	return Press(v, p)
}

// buttonOf returns the id of the button with the action, "" when there is none.
func buttonOf(o talk.Output, action string) string {
	for _, m := range o.Say {
		for _, row := range m.Buttons {
			for _, b := range row {
				if p, ok := talk.ParseID(b.ID); ok && p.Flow == Flow && p.Action == action {
					return b.ID
				}
			}
		}
	}
	return ""
}
