package main

import (
	"slices"
	"testing"

	"kartka/bots/dialog/talk"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/storage/storagetest"
)

// awaitApp waits until a message has a button that opens a page of the Mini App.
func (p *person) awaitApp(label, page string) {
	p.t.Helper()
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		return slices.ContainsFunc(v.Messages, func(m telegram.MessageView) bool {
			return slices.ContainsFunc(slices.Concat(m.Buttons...), func(b telegram.InlineButton) bool {
				return b.Text == label && b.WebApp != nil && b.WebApp.URL == page
			})
		})
	})
	p.must(err)
}

// awaitMenu waits until the button beside a person's input field is what it should be.
func (p *person) awaitMenu(text, page string) {
	p.t.Helper()
	v, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		return v.Menu != nil && v.Menu.WebApp != nil && v.Menu.Text == text && v.Menu.WebApp.URL == page
	})
	if err != nil {
		p.t.Fatalf("the menu button is %+v, want %q to %q: %v", v.Menu, text, page, err)
	}
}

// TestMiniAppIsOffered follows the buttons that open the Mini App: under the card, at the counter, beside the input field.
func TestMiniAppIsOffered(t *testing.T) {
	w := newWorld(t)
	bot := w.bot("kava_bot")
	s := w.open(storagetest.SQLite(t), bot.Token, true)
	a, program := s.service.app, s.program()
	if err := a.engine.SetState(t.Context(), program.ID, "", engine.ProgramActive); err != nil {
		t.Fatal(err)
	}
	base := s.env["KARTKA_PUBLIC_URL"] + "/app/" + program.Slug + "/"

	guest := w.person("Anna", "uk", "380501112233", bot.Username)
	guest.start("")
	guest.tap("v1|guest|lang|uk")
	guest.tap("v1|guest|join")
	guest.awaitApp("💳 Відкрити картку", base)
	guest.awaitMenu("My card", base) // the program has not said what it speaks

	invited, err := a.engine.OperatorInvite(t.Context(), program.ID, engine.RoleCashier, "")
	if err != nil {
		t.Fatal(err)
	}
	cashier := w.person("Bohdan", "uk", "380501112244", bot.Username)
	cashier.start(talk.Link{Staff: invited.Token}.Payload())
	cashier.awaitMenu("Сканер", base+"scan/")
	cashier.say("/counter")
	cashier.awaitApp("📷 Сканер", base+"scan/")
	cashier.say("/language")
	cashier.tap("v1|guest|lang|en")
	cashier.awaitMenu("Scanner", base+"scan/")
}

func TestMiniAppNeedsAnAddress(t *testing.T) {
	for base, want := range map[string]string{
		"": "", "https://shop.example": "https://shop.example/app/kava/", "http://127.0.0.1:8080": "http://127.0.0.1:8080/app/kava/",
		"http://192.168.1.5:8080": "", "http://shop.example": "",
	} {
		if got := (&app{base: base}).miniApp(engine.Program{Slug: "kava"}); got != want {
			t.Errorf("%q: %q, want %q", base, got, want)
		}
	}
}
