package main

import (
	"testing"

	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/locales"
	"kartka/storage/storagetest"
)

// A shop that has not opened tells everybody so, and one that pauses keeps what everybody has and moves nothing.
func TestClosedShops(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	m.add("soon", nil)
	m.add("rest", speaks(t, "Пауза", "UAH", "Europe/Kyiv", allLanguages()...))
	m.run()
	m.eachLanguage(t, "soon", func(s *scene) { s.opensSoon() })
	casts := map[locales.Language]*cast{}
	for _, l := range locales.Languages() {
		s := m.scene(t, "rest", l)
		casts[l] = &cast{scene: s, cashier: s.cashier(), guest: s.guest()}
	}
	rest := m.programOf(t, "rest")
	if err := m.service.app.engine.SetState(t.Context(), rest.ID, "", engine.ProgramPaused); err != nil {
		t.Fatal(err)
	}
	for _, c := range casts {
		c.paused()
	}
	m.spoken(t)
	m.readable()
	m.balanced("rest")
}

func (s *scene) opensSoon() {
	soon := s.says("guest.closed.soon", locales.Args{"Program": s.program.Settings.Name})
	p := s.someone()
	p.start("q_flyer")
	s.hears(p, 0, soon)
	for what, deed := range map[string]func(){
		"start":          func() { p.start("") },
		"text":           func() { p.say("hello") },
		"command":        func() { p.say("/card") },
		"unknown":        func() { p.say("/nonsense") },
		"staff's":        func() { p.say("/accrue 1 1") },
		"contact":        func() { p.must(p.ShareContact(p.ctx())) },
		"sticker":        func() { p.must(p.Attach(p.ctx(), "sticker")) },
		"forged consent": func() { p.forge(0, "v1|guest|join||m") },
	} {
		before := s.version(p)
		deed()
		if m := s.hears(p, before, soon); len(m.Buttons) == 0 {
			s.t.Errorf("%s: %q leads nowhere", what, m.Text)
		}
	}
	p.tap("v1|guest|home") // the same screen again: the messenger finds nothing to change in it
	s.hears(p, 0, soon)
	if known := s.known(p); known.Member != nil || known.Staff != nil {
		s.t.Errorf("before the opening somebody is %+v, %+v", known.Member, known.Staff)
	}
}

func (c *cast) paused() {
	newcomer := c.someone()
	newcomer.start("")
	c.hears(newcomer, 0, c.says("guest.closed.paused", locales.Args{"Program": c.program.Settings.Name}))
	if c.known(newcomer).Member != nil {
		c.t.Error("somebody joins during the break")
	}
	c.answers(c.guest.person, "/card", c.says("guest.card.paused"), c.p.CardNumber(c.guest.member.Card))
	c.posts(0, c.guest, "a sale during the break", func() {
		c.answers(c.cashier, "/accrue "+c.guest.card.number+" 100", c.says("error.program_not_active"))
		for _, action := range []string{"spend", "add"} {
			offer := c.answers(c.cashier, "/redeem "+c.guest.card.number+" 100 max", c.says("staff.offer.total", locales.Args{"Sum": c.money(10000)}))
			_, data := findButton(telegram.ChatView{Messages: []telegram.MessageView{offer}}, "v1|staff|"+action)
			if data == "" {
				c.t.Fatalf("the offer %q has no way to %s", offer.Text, action)
			}
			before := c.version(c.cashier)
			c.cashier.forge(offer.ID, data)
			c.hears(c.cashier, before, c.says("error.program_not_active"))
		}
	})
}
