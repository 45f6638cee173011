package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// appPage is a page of the Mini App, as tests and pictures see it.
type appPage struct {
	name string // of its pictures
	path string // below the program's; {posting}, {coupon} and {bought} are the regular's
	who  string // whose phone: "regular", "newcomer" (no card yet), "blocked", "cashier", "manager", "nobody" (a browser without a session)
	// ready is what is true when the page can be looked at, "" = [pageShown].
	ready string
	// arrange brings the page into the state that is meant; nil: it is as it opens.
	arrange func(v *viewers, p *browserPage)
}

// appPages are all pages there are. A new page needs a row here, and with it is checked and shown in every language, on every screen.
var appPages = []appPage{
	{name: "card", who: "regular", ready: cardShown},
	{name: "card-open", who: "regular", ready: cardShown, arrange: func(_ *viewers, p *browserPage) {
		p.press(".bars summary")
		p.press(`form[action="code"] button`)
		p.until(`document.querySelector("#code .code") && document.querySelector(".bars").open`)
	}},
	{name: "card-asked", who: "regular", ready: cardShown, arrange: asked},
	{name: "card-blocked", who: "blocked"},
	{name: "history", path: "history", who: "regular"},
	{name: "why", path: "history/{posting}", who: "regular"},
	{name: "offers", path: "offers", who: "regular"},
	{name: "coupon", path: "coupon/{coupon}", who: "regular"},
	{name: "coupon-cancel", path: "coupon/{bought}/cancel", who: "regular"},
	{name: "rewards", path: "rewards", who: "regular"},
	{name: "reward", path: "rewards/coffee", who: "regular"},
	{name: "enter", path: "enter", who: "regular"},
	{name: "tier", path: "tier", who: "regular"},
	{name: "more", path: "more", who: "regular"},
	{name: "invite", path: "invite", who: "regular"},
	{name: "profile", path: "profile", who: "regular"},
	{name: "settings", path: "settings", who: "regular"},
	{name: "privacy", path: "privacy", who: "regular"},
	{name: "delete", path: "delete", who: "regular"},
	{name: "rate", path: "rate/{sale}", who: "regular"},
	{name: "opinion", path: "r/{token}", who: "nobody", ready: `document.querySelector(".rate-form")`},
	{name: "join", who: "newcomer"},
	{name: "outside", who: "nobody", ready: `document.querySelector("#outside:not([hidden])") || document.querySelector(".outside:not([hidden])")`},
	{name: "scan", path: "scan/", who: "cashier"},
	{name: "scan-guest", path: "scan/", who: "cashier", arrange: func(v *viewers, p *browserPage) {
		p.do(chromedp.SendKeys(chromedp.CSS("#find-code"), v.regular.member.Card+kb.Enter))
		p.until(`document.querySelector("#sale")`)
	}},
	{name: "scan-check", path: "scan/", who: "cashier", arrange: reckoned},
	{name: "scan-asked", path: "scan/", who: "cashier", arrange: func(v *viewers, p *browserPage) {
		reckoned(v, p)
		p.click("#quote [name=do]")
		p.until(`document.querySelector(".wait-guest")`)
		p.t.Cleanup(func() { v.letGo(p.t) })
	}},
	{name: "scan-receipt", path: "scan/receipt/{sold}", who: "cashier"},
	{name: "scan-return", path: "scan/returns", who: "cashier", arrange: func(v *viewers, p *browserPage) {
		p.fill("[name=no]", v.receipt)
		p.click("main form button")
		p.until(`document.querySelector("[name=what]")`)
	}},
	{name: "scan-feedback", path: "scan/feedback", who: "manager"},
	{name: "scan-today", path: "scan/today", who: "cashier"},
	{name: "scan-place", path: "scan/place", who: "cashier"},
	{name: "scan-returns", path: "scan/returns", who: "cashier"},
}

// asked has a cashier ask the guest whether points may be spent.
func asked(v *viewers, p *browserPage) {
	p.listens()
	held, err := v.app.engine.Reserve(p.t.Context(), engine.ReserveInput{Key: v.app.engine.NewID(), Ask: true, Sale: engine.SaleInput{
		ProgramID: v.program.ID, MemberID: v.regular.member.ID, LocationID: v.place.ID, Sum: 20000, Redeem: 30, Source: "till"}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = v.app.engine.Release(context.Background(), v.program.ID, held.Hold.ID) })
	p.until(`document.querySelector("[role=alertdialog]")`)
}

// reckoned brings a check on the scanner to where it can be made, with points to be spent.
func reckoned(v *viewers, p *browserPage) {
	p.fill("#find-code", v.regular.member.Card)
	p.click("#find button")
	p.until(saleReady)
	p.fill("#sum", "200")
	p.until(`document.querySelector(".reckoned") && !document.querySelector("#redeem").disabled`)
	ask[bool](p, `(() => { const slider = document.querySelector("#redeem"); slider.value = 20; return slider.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	p.until(`document.querySelector("#quote [name=do][value=ask]")`)
}

// letGo gives up the questions that the regular was asked.
func (v *viewers) letGo(t *testing.T) {
	account, err := v.app.store.Account(context.Background(), v.program.ID, v.regular.member.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range account.Holds {
		if err := v.app.engine.Release(context.Background(), v.program.ID, h.ID); err != nil {
			t.Error(err)
		}
	}
}

// viewers are who opens the pages.
type viewers struct {
	*stand
	regular, blocked  *regularGuest
	newcomer, cashier *person
	manager           *person
	// of the regular: a posting of a sale, the sale and the token on its receipt, a coupon to activate, one bought with points
	posting, sale, token, coupon, bought string
	// of the cashier: a sale and the number on its receipt
	sold, receipt string
}

// newViewers makes them.
func newViewers(t *testing.T) *viewers {
	t.Helper()
	s := theStand(t)
	v := &viewers{stand: s, regular: s.guest(t, locales.UK), blocked: s.guest(t, locales.UK), newcomer: s.someone(t, "Марко", locales.UK), cashier: s.someone(t, "Богдан", locales.UK)}
	s.known(t, v.newcomer)
	if _, err := s.app.store.DB().Exec(t.Context(), "UPDATE member SET state = $1 WHERE program_id = $2 AND id = $3",
		string(engine.MemberBlocked), s.program.ID, v.blocked.member.ID); err != nil {
		t.Fatal(err)
	}
	invited, err := s.app.engine.OperatorInvite(t.Context(), s.program.ID, engine.RoleCashier, s.place.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.engine.AcceptInvite(t.Context(), s.program.ID, s.known(t, v.cashier).Contact.ID, invited.Token, "uk"); err != nil {
		t.Fatal(err)
	}
	history, err := s.app.engine.History(t.Context(), s.program.ID, v.regular.member.AccountID, "", 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range history {
		if h.Posting.SaleID != "" {
			v.posting, v.sale = h.Posting.ID, h.Posting.SaleID
		}
	}
	coupons, err := s.app.engine.Coupons(t.Context(), s.program.ID, v.regular.member.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range coupons {
		if c.Kind.ID == "minus-30" {
			v.coupon = c.Coupon.ID
		}
	}
	bought, err := s.app.engine.BuyReward(t.Context(), engine.BuyRewardInput{Key: s.app.engine.NewID(), ProgramID: s.program.ID, MemberID: v.regular.member.ID, RewardID: "coffee"})
	if err != nil || v.coupon == "" || v.posting == "" {
		t.Fatalf("the coupon %q, the sale %q: %v", v.coupon, v.posting, err)
	}
	v.bought, v.token, v.manager = bought.Coupon.ID, s.app.engine.RatingToken(s.program, v.sale), s.cashier(t, engine.RoleManager)
	v.receipt = fmt.Sprintf("7K3F%04d", s.people.Add(1))
	posted, err := s.app.engine.Post(t.Context(), engine.PostInput{Key: s.app.engine.NewID(), Sale: engine.SaleInput{ProgramID: s.program.ID, MemberID: v.regular.member.ID, LocationID: s.place.ID,
		StaffID: s.known(t, v.cashier).Staff.ID, Till: "scanner", ReceiptNo: v.receipt, Source: "scanner",
		Lines: []rules.Line{{Category: "кава", Name: "Кава", Quantity: 2000, Net: 17000}, {Category: "випічка", Name: "Випічка", Quantity: 1000, Net: 6000}}}})
	if err != nil {
		t.Fatal(err)
	}
	v.sold = posted.SaleID
	return v
}

// pathOf is where a page is.
func (v *viewers) pathOf(page appPage) string {
	return strings.NewReplacer("{coupon}", v.coupon, "{bought}", v.bought, "{posting}", v.posting, "{sale}", v.sale, "{token}", v.token, "{sold}", v.sold).Replace(page.path)
}

// phoneOf is the phone a page is opened on, set to a language.
func (v *viewers) phoneOf(t *testing.T, page appPage, l locales.Language) *person {
	t.Helper()
	switch page.who {
	case "regular":
		v.speaks(t, v.regular, l)
		return v.regular.person
	case "blocked":
		v.speaks(t, v.blocked, l)
		return v.blocked.person
	case "newcomer", "cashier", "manager":
		p := map[string]*person{"newcomer": v.newcomer, "cashier": v.cashier, "manager": v.manager}[page.who]
		if err := v.app.engine.SetLanguage(t.Context(), v.program.ID, v.known(t, p).Contact.ID, string(l)); err != nil {
			t.Fatal(err)
		}
		return p
	case "nobody":
		return nil
	}
	t.Fatalf("%s: who is %q?", page.name, page.who)
	return nil
}

// opened opens a page in a language.
func (v *viewers) opened(t *testing.T, page appPage, l locales.Language, on screen) *browserPage {
	t.Helper()
	on.language = string(l)
	p := v.newPage(t, on)
	address := v.page(v.pathOf(page))
	if who := v.phoneOf(t, page, l); who != nil {
		address = v.launch(t, who, v.pathOf(page), on)
	}
	p.visit(address, page.ready)
	if page.arrange != nil {
		ask[float64](p, `test.arranged = performance.now()`) // what moves from here on is moved by us
		page.arrange(v, p)
	}
	return p
}

// sound runs checks on a page.
func sound(p *browserPage, checks []pageCheck) {
	p.t.Helper()
	for _, check := range checks {
		for _, found := range check.find(p) {
			p.t.Errorf("%s: %s", check.name, found)
		}
	}
}

// TestPagesAreSound holds every page in every language to what people can read and use.
func TestPagesAreSound(t *testing.T) {
	for _, l := range locales.Languages() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			v := newViewers(t)
			for _, page := range appPages {
				t.Run(page.name, func(t *testing.T) {
					p := v.opened(t, page, l, screen{width: 320, height: 640, client: "light"})
					sound(p, checksOf(l))
					for _, percent := range []int{130, 200} {
						for _, found := range enlarged(p, percent, clipped) {
							t.Errorf("text at %d %%: %s", percent, found)
						}
					}
				})
			}
		})
	}
}

// checksOf are the checks of words in a language. What is built wrongly is so in every language, so the slow look for it is taken in two: that of the
// other tests, and the one with the longest words.
func checksOf(l locales.Language) []pageCheck {
	if l == locales.UK || l == locales.KK {
		return wordChecks
	}
	return slices.DeleteFunc(slices.Clone(wordChecks), func(c pageCheck) bool { return c.name == "accessibility" })
}

// TestPagesInEveryLight: colours and the way of the Tab key do not depend on words, so one language is enough to see them.
func TestPagesInEveryLight(t *testing.T) {
	for name, on := range map[string]screen{
		"light client": {width: 360, height: 740, client: "light"}, "dark client on a light system": {width: 360, height: 740, client: "dark"},
		"dark browser": {width: 1280, height: 800, dark: true}, "twice as large": {width: 640, height: 400, scale: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newViewers(t)
			for _, page := range appPages {
				t.Run(page.name, func(t *testing.T) { sound(v.opened(t, page, locales.UK, on), lightChecks) })
			}
		})
	}
}

// TestChecksOfPagesCatch: a page that does everything wrong is found out by each check.
func TestChecksOfPagesCatch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'sha256-none'")
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>[app.card.title]</title>
<style>.cut { width: 3rem; overflow: hidden; white-space: nowrap; } .far { position: absolute; left: 110vw; } button { outline: 0 !important; } .over { position: fixed; inset: 50% 0 0; z-index: 9; background: #fff; } .low { position: fixed; bottom: 1rem; }</style></head>
<body><h1 style="color: #ccc; background: #fff">Shop</h1><p class="cut">A text that is longer than its box</p><p class="far">Far away</p><img src="missing.png" width="9" height="9">
<button onclick="f()">Press</button><a class="low" href="/x">Below</a><a tabindex="-1" href="/y">Left out</a><div class="over"></div></body></html>`))
	}))
	t.Cleanup(server.Close)
	p := theStand(t).newPage(t, screen{width: 360, height: 640})
	p.visit(server.URL, `document.readyState === "complete"`)
	ask[bool](p, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
	const late = document.createElement("div");
	late.style.height = "200px";
	document.body.prepend(late);
	console.error("planted");
	setTimeout(() => { null.planted; });
	setTimeout(() => done(true), 100);
})))`)
	found := map[string]string{}
	checks := append(slices.Clone(wordChecks), lightChecks...)
	for _, check := range checks {
		found[check.name] = strings.Join(check.find(p), "\n")
	}
	for name, parts := range map[string][]string{
		"accessibility": {"image-alt"}, "accessibility of colours": {"color-contrast"}, "clipped text": {"cut off", "beyond the screen"}, "inline code": {"BUTTON has onclick", "inline STYLE", "DIV has style"},
		"keyboard": {"the focus is not seen", "the focus lies under something"}, "shifts": {"things move"}, "raw text": {"[app.card.title]"},
	} {
		for _, part := range parts {
			if !strings.Contains(found[name], part) {
				t.Errorf("%s: found %q, want %q", name, found[name], part)
			}
		}
	}
	for _, check := range checks {
		if found[check.name] == "" {
			t.Errorf("%s finds nothing on a page that does everything wrong", check.name)
		}
	}
	faults := p.takeFaults()
	for _, part := range []string{"planted", "Cannot read properties of null", "missing.png", "status 404", "Content Security Policy"} {
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, part) }) {
			t.Errorf("the page's faults are %q, without %q", faults, part)
		}
	}
}
