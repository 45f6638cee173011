package main

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode"

	"kartka/locales"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// The keys of a keyboard in the order of [layouts], by their places: what a scanner presses, which has the US layout.
var (
	keyPlaces = strings.Fields("Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal " +
		"KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash")
	usKeyboard = [2]string{"1234567890-=qwertyuiopasdfghjkl;zxcvbnm,./", "!@#$%^&*()_+QWERTYUIOPASDFGHJKL:ZXCVBNM<>?"}
)

// layouts are what the same keys write, without and with Shift, as the layouts of the system have it.
var layouts = map[string][2]string{
	"US":        usKeyboard,
	"Ukrainian": {"1234567890-=йцукенгшщзфівапролджячсмитьбю.", "!\"№;%:?*()_+ЙЦУКЕНГШЩЗФІВАПРОЛДЖЯЧСМИТЬБЮ,"},
	"Russian":   {"1234567890-=йцукенгшщзфывапролджячсмитьбю.", "!\"№;%:?*()_+ЙЦУКЕНГШЩЗФЫВАПРОЛДЖЯЧСМИТЬБЮ,"},
	"Kazakh":    {"\"әіңғ,.үұқөһйцукенгшщзфывапролджячсмитьбю№", "!ӘІҢҒ;:ҮҰҚӨҺЙЦУКЕНГШЩЗФЫВАПРОЛДЖЯЧСМИТЬБЮ?"},
}

// strikes presses the keys that write a text on a US keyboard, and Enter, under a layout, with so much time between one key and the next as the page
// is told.
func (p *browserPage) strikes(text, layout string, between time.Duration) {
	p.t.Helper()
	at := time.Now()
	strike := func(code, key, written string, shift bool) {
		modifiers := int64(0)
		if shift {
			modifiers = 8
		}
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			e := input.DispatchKeyEventParams{Type: kind, Code: code, Key: key, Modifiers: modifiers, Timestamp: input.TimeSinceEpoch(float64(at.UnixMicro()) / 1e6)}
			if kind == input.DispatchKeyEventTypeKeyDown {
				e.Text = written
			}
			if key == "Enter" {
				e.WindowsVirtualKeyCode = 13
			}
			p.call(func(ctx context.Context) error {
				_, err := chromedp.Call(ctx, input.DispatchKeyEvent, e)
				return err
			})
		}
		at = at.Add(between)
	}
	for _, r := range text {
		shift, place := false, strings.IndexRune(usKeyboard[0], r)
		if place < 0 {
			shift, place = true, strings.IndexRune(usKeyboard[1], r)
		}
		if place < 0 || r > unicode.MaxASCII {
			p.t.Fatalf("no key writes %q", r)
		}
		row := layouts[layout][0]
		if shift {
			row = layouts[layout][1]
		}
		written := string([]rune(row)[place])
		strike(keyPlaces[place], written, written, shift)
	}
	strike("Enter", "Enter", "\r", false)
}

// TestHandHeldScanner: a scanner that types finds the guest under every layout, whether the page waits for the code in a field or the focus is nowhere.
func TestHandHeldScanner(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.desk(t, s.base)
	link := "https://t.me/" + s.bot.Username + "?start=c_" + g.member.Token
	for _, c := range []struct {
		name, layout, text string
		inField            bool
	}{
		{"digits, US, nowhere", "US", s.static(t, g), false},
		{"digits, Kazakh, nowhere", "Kazakh", s.static(t, g), false},
		{"digits, Kazakh, in the field", "Kazakh", s.static(t, g), true},
		{"a link, US, nowhere", "US", link, false},
		{"a link, Ukrainian, nowhere", "Ukrainian", link, false},
		{"a link, Ukrainian, in the field", "Ukrainian", link, true},
		{"a link, Russian, nowhere", "Russian", link, false},
		{"a link, Russian, in the field", "Russian", link, true},
		{"a link, Kazakh, nowhere", "Kazakh", link, false},
		{"a link, Kazakh, in the field", "Kazakh", link, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask[bool](p, `window.left = document.querySelector("#page"), true`)
			p.click(`.tabs a[href$="/scan/"]`)
			p.until(scannerShown + ` && !window.left.isConnected`)
			focus := `(document.activeElement.blur(), document.activeElement === document.body)`
			if c.inField {
				focus = `(document.querySelector("#find-code").focus(), document.activeElement.id === "find-code")`
			}
			if !ask[bool](p, focus) {
				t.Fatal("the focus is elsewhere")
			}
			p.strikes(c.text, c.layout, 4*time.Millisecond)
			p.until(saleReady)
			if !strings.Contains(p.text(), g.member.Card[len(g.member.Card)-3:]) {
				t.Errorf("found somebody else:\n%s", p.text())
			}
		})
	}
}

// TestHandHeldScannerAmidASale: a card read while a sum is typed, or on a receipt, is the next guest's, and never a sum. The same guest's once more, and a
// code of nobody, leave the check as it is.
func TestHandHeldScannerAmidASale(t *testing.T) {
	s := theStand(t)
	first, second := s.guest(t, locales.UK), s.guest(t, locales.UK)
	p := s.desk(t, s.base)
	read := func(g *regularGuest) {
		t.Helper()
		ask[bool](p, `window.left = document.querySelector("#page"), true`)
		p.strikes(s.static(t, g), "Ukrainian", 4*time.Millisecond)
		p.until(saleReady + ` && !window.left.isConnected`)
		if card := g.member.Card; !strings.Contains(p.text(), card[len(card)-3:]) {
			t.Errorf("another guest than %s:\n%s", card, p.text())
		}
	}
	sum := func() string { return ask[string](p, `document.querySelector("#sum").value`) }
	read(first)
	ask[bool](p, `(document.querySelector("#sum").focus(), true)`)
	p.strikes("85", "US", 150*time.Millisecond)
	ask[bool](p, `(document.querySelector(".menu").closest("details").open = true)`)
	p.click(`.menu .chip`)
	p.until(`document.querySelector("#lines li")`)
	ask[bool](p, `(document.querySelector("#sum").focus(), true)`)
	p.strikes("12", "US", 150*time.Millisecond)
	check := func(after string) {
		t.Helper()
		if lines := ask[int](p, `document.querySelectorAll("#lines li").length`); sum() != "12" || lines != 1 {
			t.Errorf("after %s the check has the sum %q and %d lines, want 12 and 1", after, sum(), lines)
		}
	}
	ask[bool](p, `window.proof = document.querySelector("#sale [name=proof]").value, true`)
	p.strikes(s.static(t, first), "Ukrainian", 4*time.Millisecond)
	p.until(`document.querySelector("#sale [name=proof]").value !== window.proof`)
	check("the same guest's card")
	p.strikes("4820000123456", "US", 4*time.Millisecond)
	p.until(`document.querySelector("#toast p.bad")?.textContent`)
	check("a code of nobody")
	for _, fault := range p.takeFaults() {
		if !strings.Contains(fault, "422") { // the answer that says so
			t.Errorf("the page: %s", fault)
		}
	}
	ask[bool](p, `(document.querySelector("#sum").focus(), true)`)
	read(second)
	if got := sum(); got != "" {
		t.Errorf("the next guest's sum is %q, want none", got)
	}
	ask[bool](p, `(document.querySelector("#sum").focus(), true)`)
	p.strikes("50", "US", 150*time.Millisecond)
	p.until(`document.querySelector("#quote .reckoned")`)
	p.click(`#quote [name=do]`)
	p.until(`document.querySelector("#page[data-ready] [data-done]")`)
	read(first)
	if at := ask[string](p, `location.pathname`); strings.Contains(at, "receipt") {
		t.Errorf("the next guest is served at %s", at)
	}
}

// TestSlowTypingIsNoScanner: what a person types looks for nobody by itself; in the field it is what they typed.
func TestSlowTypingIsNoScanner(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.desk(t, s.base)
	searches := func() (n int) {
		for _, r := range p.requests() {
			if strings.HasSuffix(r.Path, "/scan/find") {
				n++
			}
		}
		return n
	}
	const person = 150 * time.Millisecond
	ask[bool](p, `(document.querySelector("#continuous").focus(), true)`)
	p.strikes(s.static(t, g), "US", person)
	ask[bool](p, `new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => next(true))))`)
	if n := searches(); n != 0 || !ask[bool](p, `document.querySelector("#page[data-ready] #find-code")?.value === ""`) {
		t.Errorf("keys pressed by hand look for a guest: %d searches; the page says\n%s", n, p.text())
	}
	ask[bool](p, `(document.querySelector("#find-code").focus(), true)`)
	p.strikes(g.member.Card, "US", person)
	p.until(saleReady)
	if n := searches(); n != 1 {
		t.Errorf("%d searches for one card", n)
	}
}
