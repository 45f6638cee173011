package ui

import (
	"testing"

	"kartka/locales"

	"github.com/jba/templatecheck"
)

// pages is one of each page and piece, to be held against its template.
var pages = []Page{
	Card{}, CardState{}, Pulse{}, Code{}, Join{}, Shell{}, Problem{},
	History{}, Why{},
	Doorway{}, Outside{}, Rate{}, Rated{}, Feedback{},
	Scan{}, Pick{}, Guest{}, Quote{}, Wait{}, Receipt{}, Today{}, Places{}, Returns{}, Return{}, Returned{},
	Offers{}, CouponPage{}, CouponCancel{}, EnterCode{}, Rewards{}, RewardAsk{}, TierPage{},
	More{}, Invite{}, Profile{}, Settings{}, Privacy{}, Leave{}, Farewell{},
}

// TestTemplatesFitTheirStructs has every field, method and function that a template names checked against the struct it is shown with.
func TestTemplatesFitTheirStructs(t *testing.T) {
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	u, err := New(catalog)
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{} // parts of pages, checked within them
	for _, part := range []string{"facts", "stamp", "own_coupon", "coupon_body", "totals", "tallies", "signin", "sign_out", "more_item", "share", "languages", "camera"} {
		checked[part] = true
	}
	check := func(name string, data any) {
		tmpl := u.byLang[locales.EN].Lookup(name)
		if tmpl == nil {
			t.Errorf("%T: no template %s", data, name)
			return
		}
		checked[name] = true
		if err := templatecheck.CheckHTML(tmpl, data); err != nil {
			t.Errorf("%T: %v", data, err)
		}
	}
	for _, p := range pages {
		check(p.template(), p)
	}
	check("ask.html", Ask{})
	for _, frame := range []string{"frame.html", "document.html", "part.html"} {
		check(frame, screen{})
	}
	for _, tmpl := range u.byLang[locales.EN].Templates() {
		if !checked[tmpl.Name()] && tmpl.Name() != "" {
			t.Errorf("template %s is of no page in the list", tmpl.Name())
		}
	}
}

// TestPlain keeps words, numbers and quotation marks, and drops the signs of the chat.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"💳 Card": "Card", "⏸ Keep": "Keep", "• −20 %": "−20 %", "↩ «Чай»": "«Чай»", "✅ ¡Listo!": "¡Listo!", "+5": "+5", "12 ₴": "12 ₴", "": "", "❗️ Ой": "Ой",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
