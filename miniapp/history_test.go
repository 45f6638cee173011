package miniapp_test

import (
	"net/http"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
)

func TestHistory(t *testing.T) {
	r := newRig(t, func(s *rules.Settings) { s.Welcome = rules.Welcome{}; s.Feedback.On = true })
	anna, m := r.guest(1, "Anna", "en")
	anna.get("history").want(http.StatusOK, "Nothing here yet")
	for range 21 {
		r.give(m, 1)
	}
	sold := r.sell(m, engine.SaleInput{Lines: []rules.Line{
		{Name: "Flat white", Quantity: 2000, Net: 15000}, {Name: "<b>Bun</b>", Quantity: 1000, Net: 5050}}})

	first := anna.get("history").want(http.StatusOK, "check 200.50 ₴ · Головна, 1", "+1", "by hand: test", "Show older")
	older := strings.Count(first.body, "history/")
	if older != 20 {
		t.Errorf("%d lines on the first page, want 20", older)
	}
	_, next, _ := strings.Cut(first.body, `hx-get="`)
	next, _, _ = strings.Cut(next, `"`)
	second := anna.get(next).want(http.StatusOK, "by hand: test").lacks("check", "Show older")
	if n := strings.Count(second.body, "history/"); n != 2 {
		t.Errorf("%d lines on the second page, want 2", n)
	}

	why := anna.get("history/"+sold.PostingID).want(http.StatusOK, "check 200.50 ₴ · Головна, 1", "Why so", "Flat white × 2", "150 ₴", "<b>Bun</b>", "50.50 ₴",
		"On the card after that:", "Counted by version 1", "Rate this visit").lacks("× 1 ")
	if !strings.Contains(why.body, `href="rate/`+sold.SaleID+`"`) || strings.Contains(why.body, "<b>Bun") {
		t.Errorf("the page of a check: %s", why.body)
	}
	if _, err := r.engine.Rate(t.Context(), engine.RateInput{ProgramID: r.program.ID, SaleID: sold.SaleID, MemberID: m.ID, Stars: 4, Via: engine.RatedInApp}); err != nil {
		t.Fatal(err)
	}
	anna.get("history/"+sold.PostingID).want(http.StatusOK, "Your mark: 4 of 5", "Rate this visit")
	r.pass(engine.RatingChanges * 2)
	anna.token = ""
	anna.get("history/"+sold.PostingID).want(http.StatusOK, "Your mark: 4 of 5").lacks("Rate this visit")

	bohdan, _ := r.guest(2, "Bohdan", "en")
	bohdan.get("history/"+sold.PostingID).want(http.StatusNotFound, "There is no such page here")
	anna.get("history/nothing").want(http.StatusNotFound)
}
