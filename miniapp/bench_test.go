package miniapp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

// BenchmarkPages measures what the server does for a page, from the call to the last byte, on SQLite: signing in included where the page is opened
// from the chat.
func BenchmarkPages(b *testing.B) {
	r := newRig(b, nil)
	anna, member := r.guest(11, "Anna", "uk")
	cashier := r.somebody(21, "Богдан", "uk")
	cashier.staff(engine.RoleCashier)
	for i := range 40 {
		sale := engine.SaleInput{ProgramID: r.program.ID, MemberID: member.ID, LocationID: r.place.ID, Lines: []rules.Line{{Name: "Latte", Category: "coffee", Quantity: 1000, Net: 8500}}}
		if _, err := r.engine.Post(b.Context(), engine.PostInput{Key: fmt.Sprint("past", i), Sale: sale}); err != nil {
			b.Fatal(err)
		}
	}
	proof := cashier.post("scan/find", url.Values{"code": {member.Card}}).want(http.StatusOK).field("proof")
	run := func(name string, p *person, method, page string, form url.Values) {
		b.Run(name, func(b *testing.B) {
			timed(b, r, func() *http.Request {
				q := request(method, base+page, form)
				q.Header.Set("HX-Request", "true")
				q.Header.Set("Authorization", "Bearer "+p.token)
				return q
			})
		})
	}
	anna.open("").want(http.StatusOK)
	signed := anna.initData(botToken)
	b.Run("open", func(b *testing.B) {
		timed(b, r, func() *http.Request {
			q := request(http.MethodPost, base+"session", url.Values{"to": {""}})
			q.Header.Set("Authorization", "tma "+signed)
			return q
		})
	})
	for _, page := range []string{"", "pulse", "history", "offers", "rewards", "tier", "more", "settings", "profile", "invite"} {
		run("guest/"+page, anna, http.MethodGet, page, nil)
	}
	for _, page := range []string{"scan/", "scan/today", "scan/returns"} {
		run(page, cashier, http.MethodGet, page, nil)
	}
	run("scan/quote", cashier, http.MethodPost, "scan/quote", url.Values{"proof": {proof}, "sum": {"400"}, "redeem": {"5"}})
	run("scan/pick", cashier, http.MethodPost, "scan/pick", url.Values{"proof": {proof}})
}

// timed makes calls and reports the median of what each took.
func timed(b *testing.B, r *rig, call func() *http.Request) {
	var took []time.Duration
	for b.Loop() {
		q, w := call(), httptest.NewRecorder()
		q.Header.Set("Accept-Encoding", "gzip")
		began := time.Now()
		r.app.ServeHTTP(w, q)
		took = append(took, time.Since(began))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body.String())
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
}
