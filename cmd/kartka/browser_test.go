package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// cardShown is true of a card whose code has been drawn.
const cardShown = `document.querySelector("#qr")?.dataset.qr`

var (
	rotatingCode = regexp.MustCompile(`^7[0-9]{17}$`)
	staticCode   = regexp.MustCompile(`^6[0-9]{17}$`)
)

// finds checks that an engine takes a code for a guest's card.
func finds(t *testing.T, e *engine.Engine, s *stand, code, card string) {
	t.Helper()
	found, err := e.Identify(t.Context(), s.program.ID, "counter", code)
	if err != nil || found.Member.Card != card {
		t.Errorf("%s is the card %q, want %q: %v", code, found.Member.Card, card, err)
	}
}

// TestCardIsReadFromTheScreen: a guest joins in the chat and opens the card there. An independent reader sees the code on every screen, and the counter
// takes it.
func TestCardIsReadFromTheScreen(t *testing.T) {
	s := theStand(t)
	guest := s.someone(t, "Anna", locales.UK)
	guest.start("")
	guest.tap("v1|guest|join")
	card := guest.card().number
	guest.awaitApp(s.app.catalog.Printer(locales.UK).T("guest.open.btn"), s.page(""))
	for name, on := range map[string]screen{
		"a small phone": {width: 320, height: 568, client: "light"}, "a dark phone": {width: 390, height: 844, scale: 3, dark: true, client: "dark"},
		"a desktop": {width: 1280, height: 800}, "a dark desktop": {width: 1280, height: 800, dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.open(t, guest, "", cardShown, on)
			code := p.readQR()
			if !rotatingCode.MatchString(code) || code != ask[string](p, cardShown) {
				t.Errorf("the screen says %q, the page %q", code, ask[string](p, cardShown))
			}
			finds(t, s.app.engine, s, code, card)
		})
	}
}

// TestCardTurns: the code changes every half a minute, with a dead network too, and what was shown a while ago is worth nothing.
func TestCardTurns(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.open(t, g.person, "", cardShown, phone)
	turned := func(from string, later time.Duration) string {
		t.Helper()
		p.later(30 * time.Second)
		p.until(cardShown + ` !== "` + from + `"`)
		code := p.readQR()
		finds(t, s.at(later), s, code, g.member.Card)
		return code
	}
	first := p.readQR()
	second := turned(first, 30*time.Second)
	p.disconnect(true)
	third := turned(second, time.Minute)
	if ask[bool](p, `navigator.onLine`) {
		t.Error("the page was to be without a network")
	}
	_, err := s.at(2*time.Minute+31*time.Second).Identify(t.Context(), s.program.ID, "counter", third)
	if !engine.IsKind(err, engine.KindInvalid) || !strings.Contains(err.Error(), "code_old") {
		t.Errorf("a code of a minute and a half ago: %v", err)
	}
	p.disconnect(false)
	p.until(`(await fetch("pulse", { headers: { "HX-Request": "true" } }).catch(() => 0)).status === 401`) // there is a network, and no session in a bare call
	p.takeFaults()
}

// TestCardHasABarcode: the static code is for scanners that see no QR code.
func TestCardHasABarcode(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.open(t, g.person, "", cardShown, screen{width: 360, height: 740, scale: 2, client: "light"})
	p.press(".bars summary")
	p.until(`document.querySelector(".bars").open`)
	ask[bool](p, `(document.querySelector(".bars svg[data-bars]").scrollIntoView({ block: "center" }), true)`)
	code := p.readBars()
	if !staticCode.MatchString(code) {
		t.Errorf("the bars say %q", code)
	}
	finds(t, s.app.engine, s, code, g.member.Card)
}

// TestCardHearsOfSales: a sale changes the balance of an open card by itself.
func TestCardHearsOfSales(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.open(t, g.person, "", cardShown, phone)
	const balance = `document.querySelector(".balance .big").textContent`
	before := ask[string](p, balance)
	ask[bool](p, `window.sameDocument = true`)
	posted := s.sells(t, g, rules.Line{Category: "кава", Quantity: 1000, Net: 9500})
	if posted.Earned == 0 {
		t.Fatal("the sale earns nothing")
	}
	p.until(balance + ` !== "` + before + `"`)
	if !ask[bool](p, `window.sameDocument === true`) {
		t.Error("the page was loaded anew")
	}
	if after, want := plain(ask[string](p, balance)), s.balance(t, g); after != want {
		t.Errorf("the page says %q, want %q", after, want)
	}
	// It has begun to listen with the mark of what it showed, so that nothing that happened before was lost to it.
	shown := ask[string](p, `document.getElementById("page").dataset.live`)
	if i := slices.IndexFunc(p.requests(), func(r request) bool { return strings.HasSuffix(r.Path, "/live") }); i < 0 || shown == "" || p.requests()[i].Seen != shown {
		t.Errorf("the page shows %q and asks: %+v", shown, p.requests())
	}
}

// balance is what a guest can spend, as the card writes it.
func (s *stand) balance(t *testing.T, g *regularGuest) string {
	t.Helper()
	account, err := s.app.store.Account(t.Context(), s.program.ID, g.member.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	b := engine.BalanceOf(&account, s.app.engine.Now())
	return plain(s.app.catalog.Printer(locales.UK).Number(int64(b.Available)))
}

// mostFirst is how much a guest's phone loads for the first card, in bytes as they come over the wire.
const mostFirst = 40 << 10

// TestCardLoadsFast: the first card is small, is one question away once the page is there, and nothing on it moves.
func TestCardLoadsFast(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.open(t, g.person, "", cardShown, phone)
	p.until(`performance.getEntriesByType("resource").some((r) => r.name.includes("/icons.svg") && r.responseEnd)`)
	sum := 0.0
	var asked []string
	for _, r := range p.requests() {
		sum += r.Bytes
		t.Logf("%6.0f %s %s", r.Bytes, r.Method, r.Path)
		if !strings.HasPrefix(r.Path, "/assets/") {
			asked = append(asked, r.Method+" "+r.Path)
		}
	}
	if sum > mostFirst {
		t.Errorf("the first card takes %.0f bytes, %d are enough", sum, mostFirst)
	}
	// The document, the question with what is signed, whose answer is the card; and then the stream of news.
	base := "/app/" + s.slug + "/"
	if got, want := strings.Join(asked, ", "), "GET "+base+", POST "+base+"session"; got != want && got != want+", GET "+base+"live" {
		t.Errorf("it asks %s", got)
	}
	if moved := ask[float64](p, `test.shifts`); moved != 0 {
		t.Errorf("things move by %v: %s", moved, ask[string](p, `test.said.join("\n")`))
	}
}
