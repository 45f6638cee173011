package main

import (
	"encoding/json"
	"testing"
	"time"

	"kartka/bots"
	"kartka/engine"
	"kartka/locales"
	"kartka/storage/storagetest"
)

// An instance that pays sends in bulk as paid, and answers as ever; one that does not never does.
func TestBroadcastsArePaidWhenConfigured(t *testing.T) {
	for _, paid := range []string{"", "true"} {
		t.Run("KARTKA_TELEGRAM_PAID="+paid, func(t *testing.T) {
			m := newWorld(t).mall(storagetest.SQLite(t))
			m.env["KARTKA_TELEGRAM_PAID"] = paid
			m.add("kava", speaks(t, "Kava", "UAH", "Europe/Kyiv", string(locales.EN)))
			m.run()
			s := m.scene(t, "kava", locales.EN)
			if told := s.service.desk.Bulk[bots.Telegram]; told.Paid != (paid == "true") || told.PerSecond == 0 {
				t.Errorf("marketers are told of %+v", told)
			}
			g := s.guest()
			contact := s.known(g.person).Contact
			message, err := json.Marshal(bots.Message{Text: "New menu", Purpose: bots.PurposeService})
			if err != nil {
				t.Fatal(err)
			}
			before := s.version(g.person)
			err = s.service.app.store.InTx(t.Context(), func(tx engine.Tx) error {
				return tx.Enqueue(t.Context(), engine.Outbound{
					ID: "paid-news", ProgramID: s.program.ID, ContactID: contact.ID, Address: contact.Address, Key: "news", Lane: engine.LaneBulk,
					Purpose: string(bots.PurposeService), Message: message, State: engine.OutboundQueued, At: time.Now(),
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			s.service.outbox.Wake(contact.Address.Channel, contact.Address.Sender)
			s.hears(g.person, before, "New menu")
			calls, err := s.driver.Calls(t.Context(), 0, "sendMessage")
			if err != nil {
				t.Fatal(err)
			}
			news := 0
			for _, c := range calls {
				want := ""
				if c.Params["text"] == "New menu" {
					want = paid
					news++
				}
				if got := c.Params["allow_paid_broadcast"]; got != want {
					t.Errorf("%q was sent with allow_paid_broadcast %q, want %q", c.Params["text"], got, want)
				}
			}
			if news != 1 {
				t.Errorf("the news was sent %d times", news)
			}
		})
	}
}
