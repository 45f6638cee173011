package telegram_test

import (
	"errors"
	"testing"

	"kartka/bots/sandbox/telegram"
)

// Whoever is acquainted with a bot hears from it, and the bot hears nothing of that.
func TestAcquaint(t *testing.T) {
	w := newWorld(t)
	before := w.webhookInfo().PendingUpdateCount
	people := []telegram.Person{{ID: 70001, FirstName: "Марта"}, {ID: 70002, FirstName: "Ілля"}}
	if err := w.srv.Acquaint(w.bot.ID, people...); err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		w.must("sendMessage", args{"chat_id": p.ID, "text": "hello"})
	}
	if n := w.webhookInfo().PendingUpdateCount; n != before {
		t.Errorf("the bot heard %d updates", n-before)
	}
	if err := w.srv.Acquaint(w.bot.ID, people[0]); err != nil {
		t.Errorf("twice: %v", err)
	}
	for _, bad := range []telegram.Person{{FirstName: "Nobody"}, {ID: 70003}, {ID: w.bot.ID, FirstName: "Bot"}} {
		if err := w.srv.Acquaint(w.bot.ID, bad); !errors.Is(err, telegram.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := w.srv.Acquaint(424242, people[0]); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("no such bot: %v", err)
	}
}
