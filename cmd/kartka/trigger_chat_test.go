package main

import (
	"strings"
	"testing"

	"kartka/engine"
)

// An owner switches a ready-made trigger on by chat. A guest joins, agrees to news and buys something: the message comes once, also when the process is killed and
// started again.
func TestATriggerFromChatToGuest(t *testing.T) {
	eachDatabase(t, func(t *testing.T, database string) {
		s := newStage(newWorld(t), database, 1, 0)
		var owner *person
		s.with(func(a *app) { owner = s.hires(a, "Olha", engine.RoleOwner) })
		var log logBook
		i := s.instance(&log)
		defer func() { log.noPanics(t) }()

		owner.start("")
		owner.say("/triggers")
		owner.tap("v1|market|t-one|welcome")
		owner.sees("thank you for your first visit")
		owner.tap("v1|market|t-first|welcome")
		owner.tap("v1|market|b-hold|") // nobody is held out: there are two guests
		owner.forge(owner.holdNobody())
		owner.tap("v1|market|t-on|")
		owner.sees("It is on and looks at what happens from now on.")

		cashier := s.cashiers[0]
		cashier.start("")
		anna := s.newcomer("Anna")
		cashier.say("/accrue " + anna.card + " 500")
		anna.sees(thanked)
		i.kill()
		i = s.instance(&log)
		cashier.say("/accrue " + anna.card + " 600")
		anna.sees("600 ₴")

		borys := s.newcomer("Borys")
		cashier.say("/accrue " + borys.card + " 700")
		cashier.sees("700 ₴")
		i.kill()
		i = s.instance(&log)
		until(t, "it is known what became of both messages", func() bool {
			n, err := s.ask(`SELECT count(*) FROM delivery WHERE period = '1' AND state IN ('sent', 'unknown')`)
			return err == nil && n == 2
		})
		s.stop(i)
		unknown, err := s.ask(`SELECT count(*) FROM delivery WHERE state = 'unknown'`)
		if err != nil {
			t.Fatal(err)
		}
		if n := anna.told(); n != 1 {
			t.Errorf("the first guest was thanked %d times", n)
		}
		if n := borys.told(); n > 1 || n+unknown < 1 { // what was under way when the process was killed may have arrived
			t.Errorf("the second guest was thanked %d times, %d in doubt", n, unknown)
		}
		if rows, err := s.ask(`SELECT count(*) FROM delivery`); err != nil || rows != 2 {
			t.Errorf("%d deliveries, %v", rows, err)
		}
	})
}

// thanked is how the message of the trigger reads.
const thanked = "thank you for your first visit to Storm Coffee"

// hires makes somebody staff.
func (s *stage) hires(a *app, name string, role engine.Role) *person {
	s.t.Helper()
	own, err := a.store.Bots(s.t.Context(), s.program.ID)
	if err != nil || len(own) != 1 {
		s.t.Fatalf("bots: %v, %v", own, err)
	}
	p, contact := s.meet(a, own[0], name)
	invited, err := a.engine.OperatorInvite(s.t.Context(), s.program.ID, role, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := a.engine.AcceptInvite(s.t.Context(), s.program.ID, contact.ID, invited.Token, "en"); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// newcomer joins by chat, and agrees to news after that.
func (s *stage) newcomer(name string) *holder {
	s.t.Helper()
	g := &holder{person: s.person(name, "en", "", s.bot.Username)}
	g.start("")
	g.tap("v1|guest|lang|en")
	g.tap("v1|guest|join")
	g.card = g.person.card().number
	g.tap("v1|guest|settings")
	g.tap("v1|guest|news|on")
	g.button("v1|guest|news|off")
	return g
}

// holdNobody finds the button that leaves nobody out.
func (p *person) holdNobody() (message int64, data string) {
	p.t.Helper()
	message, _ = p.button("v1|market|b-holdset|")
	v, err := p.Chat(p.ctx())
	p.must(err)
	for _, m := range v.Messages {
		for _, row := range m.Buttons {
			for _, b := range row {
				if m.ID == message && strings.Contains(b.CallbackData, ".0|") {
					return message, b.CallbackData
				}
			}
		}
	}
	p.t.Fatal("nobody can be left out")
	return 0, ""
}

// told counts the messages of the trigger.
func (p *person) told() (n int) {
	p.t.Helper()
	v, err := p.Chat(p.ctx())
	p.must(err)
	for _, m := range v.Messages {
		if m.From == "bot" && strings.Contains(plain(m.Text), thanked) {
			n++
		}
	}
	return n
}
