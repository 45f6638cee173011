package miniapp_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// inline is what the policy of pages forbids: styles, scripts and handlers within them.
var inline = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script[^>]*>[^<]|javascript:`)

// checked fails a test whose page breaks the rules of pages.
func (a answer) checked() answer {
	a.t.Helper()
	if found := inline.FindString(a.body); found != "" {
		a.t.Errorf("the page has %q within it", found)
	}
	if strings.Contains(a.text(), "[app.") || strings.Contains(a.text(), "[guest.") {
		a.t.Errorf("a text is missing: %s", a.text())
	}
	if n := strings.Count(a.body, "<h1"); n != 1 {
		a.t.Errorf("%d main headings, want one: %s", n, a.text())
	}
	level := byte('1')
	for _, h := range headings.FindAllStringSubmatch(a.body, -1) {
		if h[1][0] > level+1 {
			a.t.Errorf("a heading of level %s below one of %c", h[1], level)
		}
		level = h[1][0]
	}
	for _, f := range fields.FindAllString(a.body, -1) {
		id := fieldID.FindStringSubmatch(f)
		switch {
		case strings.Contains(f, `type="hidden"`), strings.Contains(f, "aria-label="), strings.Contains(f, `type="checkbox"`), strings.Contains(f, `type="radio"`):
		case id == nil, !strings.Contains(a.body, `for="`+id[1]+`"`):
			a.t.Errorf("a field without a label: %s", f)
		}
	}
	return a
}

var (
	headings = regexp.MustCompile(`<h([1-6])`)
	fields   = regexp.MustCompile(`<(?:input|select|textarea)[^>]*>`)
	fieldID  = regexp.MustCompile(`\sid="([^"]*)"`)
)

// TestPages opens every page of the guest in six languages, with something of everything on the card.
func TestPages(t *testing.T) {
	r := newRig(t, nil)
	for i, l := range locales.Languages() {
		p, m := r.guest(int64(100+i), "Олена Коваль", string(l))
		r.give(m, 300)
		r.coupon(m, "ten")
		cake := r.coupon(m, "cake")
		posted := r.sell(m, engine.SaleInput{Lines: []rules.Line{{Name: "Лате", Category: "coffee", Quantity: 2000, Net: 15000}, {Name: "Bun", Quantity: 1000, Net: 5000}}, Redeem: 20})
		bought, err := r.engine.BuyReward(t.Context(), engine.BuyRewardInput{Key: "buy-" + m.ID, ProgramID: r.program.ID, MemberID: m.ID, RewardID: "mug"})
		if err != nil {
			t.Fatal(err)
		}
		sold, err := r.engine.SellCertificate(t.Context(), engine.SellCertificateInput{Key: "gift-" + m.ID, ProgramID: r.program.ID, Amount: 50000, MemberID: m.ID})
		if err != nil || sold.Certificate.MemberID != m.ID {
			t.Fatal(sold, err)
		}
		for _, page := range []string{
			"", "history", "history/" + posted.PostingID, "offers", "coupon/" + cake.ID, "coupon/" + bought.Coupon.ID, "coupon/" + bought.Coupon.ID + "/cancel",
			"rewards", "rewards/mug", "enter", "tier",
			"more", "invite", "profile", "settings", "privacy", "delete", "delete/sure",
		} {
			p.open(page).want(http.StatusOK).checked()
			p.get(page).want(http.StatusOK).checked()
			p.browse(page).want(http.StatusOK).checked()
		}
		p.post("enter", with(p.get("enter").form("enter"), "code", "nothing")).want(http.StatusUnprocessableEntity).checked()
	}
}

// TestShell looks at the page of somebody who is not signed in.
func TestShell(t *testing.T) {
	r := newRig(t, nil)
	for _, l := range locales.Languages() {
		q := request(http.MethodGet, base+"history", nil)
		q.Header.Set("Accept-Language", string(l))
		got := r.do(q).want(http.StatusOK)
		if found := inline.FindString(got.body); found != "" || strings.Contains(got.text(), "[app.") {
			t.Errorf("%s: the shell has %q within it, or lacks a text: %s", l, found, got.text())
		}
	}
}

// TestWithoutScripts sends a form as a browser without scripts does: it is sent on to the page that is to be seen next.
func TestWithoutScripts(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	ten := r.coupon(m, "ten")
	got := anna.submit("coupon/"+ten.ID+"/activate", nil)
	if got.status != http.StatusSeeOther || got.header.Get("Location") != base+"offers" {
		t.Errorf("status %d, to %q", got.status, got.header.Get("Location"))
	}
	anna.submit("enter", url.Values{"key": {"abc"}, "code": {"nothing"}}).want(http.StatusUnprocessableEntity, "Promo code").checked()
	anna.submit("enter", url.Values{"code": {"SPRING"}}).want(http.StatusUnprocessableEntity, "out of date")
}
