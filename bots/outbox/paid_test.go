package outbox_test

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"kartka/bots"
	"kartka/bots/outbox"
	"kartka/engine"
)

// What goes in bulk through a bot that pays is sent as paid, and nothing else is, whatever the stored message says.
func TestBulkIsPaidWhereTheBotPays(t *testing.T) {
	for _, pays := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p, m := &platform{}, newMail()
			s := open(t, m, m, p, fast, func(presence *outbox.Presence) { presence.Paid = pays })
			s.mail.meet("1")
			s.mail.meet("2")
			s.mail.advertise("1", "news")
			s.mail.say("2", bots.Message{Text: "answer", Paid: true})
			s.mail.put(engine.Outbound{ContactID: "c2", Address: address("2"), Lane: engine.LaneBulk,
				Message: []byte(`{"text":"ends soon","paid":true,"Paid":true}`)})
			s.finish()
			paid := map[string]bool{}
			for _, c := range p.made() {
				paid[string(c.Message.Text)] = c.Message.Paid
			}
			if want := (map[string]bool{"news": pays, "answer": false, "ends soon": pays}); !maps.Equal(paid, want) {
				t.Errorf("bot that pays %t: sent as paid %v, want %v", pays, paid, want)
			}
		})
	}
}

// A bot that pays has enough under way for a thousand messages a second at the platform's usual speed.
func TestPaidBulkIsFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := slow(64*time.Millisecond), newMail()
		s := open(t, m, m, p, fast, func(presence *outbox.Presence) { presence.Paid = true })
		for i := range 2000 {
			s.mail.meet(fmt.Sprint(i))
			s.mail.advertise(fmt.Sprint(i), "news")
		}
		began := time.Now()
		s.finish()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("2000 messages took %v", took)
		}
	})
}
