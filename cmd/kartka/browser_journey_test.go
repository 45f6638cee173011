package main

import (
	"encoding/json"
	"testing"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/locales"
)

// scannerShown is true of the scanner when it waits for the next guest.
const scannerShown = `document.querySelector("#page[data-ready] #find-code")`

// saleReady is true of a guest on the scanner whose check can be typed.
const saleReady = `document.querySelector("#page[data-ready] #sale")`

// cashier is somebody who works at the café's first place.
func (s *stand) cashier(t *testing.T, role engine.Role) *person {
	t.Helper()
	p := s.someone(t, "Богдан", locales.UK)
	invited, err := s.app.engine.OperatorInvite(t.Context(), s.program.ID, role, s.place.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.engine.AcceptInvite(t.Context(), s.program.ID, s.known(t, p).Contact.ID, invited.Token, "uk"); err != nil {
		t.Fatal(err)
	}
	return p
}

// desk is the browser of a cashier, signed in by a link of the bot, with the scanner open.
func (s *stand) desk(t *testing.T, base string) *browserPage {
	t.Helper()
	p := s.newPage(t, screen{width: 360, height: 740})
	token, _, err := s.app.engine.IssueLogin(t.Context(), s.program.ID, s.known(t, s.cashier(t, engine.RoleCashier)).Contact.ID)
	if err != nil {
		t.Fatal(err)
	}
	p.visit(base+"/app/"+s.slug+"/in/"+token+"?to=scan/", `document.querySelector("main form button")`)
	p.press("main form button")
	p.arrives(scannerShown)
	return p
}

// static is the code on a guest's printed card.
func (s *stand) static(t *testing.T, g *regularGuest) string {
	t.Helper()
	alias, err := cardcode.ParseAlias(g.member.Card)
	if err != nil {
		t.Fatal(err)
	}
	return cardcode.Static([]byte(s.program.CardKey.Reveal()), alias)
}

// hears has the client around the page tell it something.
func (p *browserPage) hears(event string, data any) {
	p.t.Helper()
	said, err := json.Marshal(data)
	if err != nil {
		p.t.Fatal(err)
	}
	ask[bool](p, `(Telegram.WebView.receiveEvent("`+event+`", `+string(said)+`), true)`)
}

// fill puts a text into a field as typing does.
func (p *browserPage) fill(selector, text string) {
	p.t.Helper()
	said, err := json.Marshal(text)
	if err != nil {
		p.t.Fatal(err)
	}
	ask[bool](p, `(() => { const field = document.querySelector(`+"`"+selector+"`"+`); field.value = `+string(said)+`; return field.dispatchEvent(new Event("input", { bubbles: true })); })()`)
}

// tapSum types a sum on the keypad and waits until it is reckoned.
func (p *browserPage) tapSum(digits string) {
	p.t.Helper()
	for _, digit := range digits {
		p.press(`[data-key="` + string(digit) + `"]`)
	}
	p.until(`document.querySelector(".reckoned .pay b")?.textContent.startsWith("` + digits + `")`)
}

// click is press for what may be put anew at any moment: it happens within the page, at once.
func (p *browserPage) click(selector string) {
	p.t.Helper()
	ask[bool](p, "(document.querySelector(`"+selector+"`).click(), true)")
}

// TestJourney is what the web is for, in two browsers: the guest opens the card, the cashier's scanner reads it from the screen, points are added and
// the open card shows them; points are spent with the guest's tap; a sale without a network is kept and recorded later; the guest says how it was.
func TestJourney(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	card := s.open(t, g.person, "", cardShown, phone)
	desk := s.open(t, s.cashier(t, engine.RoleCashier), "scan/", scannerShown, phone)
	const balance = `document.querySelector(".balance .big").textContent`
	moves := func(from string) string {
		t.Helper()
		card.until(balance + ` !== "` + from + `"`)
		after := ask[string](card, balance)
		if want := s.balance(t, g); plain(after) != want {
			t.Errorf("the card says %q, the books %q", after, want)
		}
		return after
	}
	before := ask[string](card, balance)

	desk.press("[data-scan]") // Telegram's own scanner opens, and sees the guest's screen
	desk.hears("qr_text_received", map[string]string{"data": card.readQR()})
	desk.until(saleReady)
	if !ask[bool](desk, `!!document.querySelector(".tag.good")`) {
		t.Error("the live code does not prove that the guest is here")
	}
	desk.tapSum("400")
	desk.click("#quote [name=do]")
	desk.until(`document.querySelector(".receipt [data-next]")`)
	earned := moves(before)

	desk.press("[data-next]")
	desk.until(scannerShown)
	desk.fill("#find-code", g.member.Card)
	desk.press("#find button")
	desk.until(saleReady)
	desk.tapSum("200")
	ask[bool](desk, `(() => { const slider = document.querySelector("#redeem"); slider.value = slider.max; return slider.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	desk.until(`document.querySelector("#quote [name=do][value=ask]")`)
	desk.click("#quote [name=do]")
	desk.until(`document.querySelector(".wait-guest")`)
	card.until(`document.querySelector("[role=alertdialog]")`)
	card.press("[role=alertdialog] [value=yes]")
	desk.until(`document.querySelector(".receipt .spent")`)
	card.until(`!document.querySelector("[role=alertdialog]")`)
	spent := moves(earned)

	desk.press("[data-next]")
	desk.until(scannerShown)
	desk.disconnect(true)
	desk.fill("#find-code", ask[string](card, cardShown))
	desk.press("#find button")
	desk.until(`document.querySelector("#offline-form")`)
	desk.fill("#offline-form [name=sum]", "100")
	desk.press("[data-keep] button:not([type=button])")
	desk.until(`!document.querySelector("#kept").hidden && document.querySelectorAll("#kept li").length === 1`)
	if s.balance(t, g) != plain(spent) {
		t.Error("a sale was made without a network")
	}
	desk.disconnect(false)
	desk.until(`document.querySelector("#kept").hidden`)
	moves(spent)
	desk.takeFaults() // requests without a network are meant to fail

	card.press(`.tabs a[href$="history"]`)
	card.until(`document.querySelector("main a[href*='history/']")`)
	card.press("main a[href*='history/']")
	card.until(`document.querySelector("main a[href*='rate/']")`)
	card.press("main a[href*='rate/']")
	card.until(`document.querySelector(".rate-form")`)
	card.click(".stars [value='5']")
	card.fill("textarea", "Смачно!")
	card.click(".rate-form [data-main]")
	card.until(`document.querySelector(".given")`)
	opinions, err := s.app.engine.Ratings(t.Context(), s.program.ID, engine.RatingQuery{Limit: 1})
	if err != nil || len(opinions) != 1 || opinions[0].Stars != 5 || opinions[0].Comment != "Смачно!" || opinions[0].Via != engine.RatedInApp {
		t.Errorf("%+v, %v", opinions, err)
	}
}
