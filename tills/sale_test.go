package tills_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/rules"
)

func TestSaleAndItsRepetitions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.till(t, "Каса 1")
		m := w.join(t, engine.JoinInput{})
		sale := check("R-1", object{"customer_id": m.ID})
		first := c.sell(t, "sale-0001", sale).is(t, "a sale", http.StatusCreated, object{"status": "posted", "duplicate": false, "earned": 14, "total": 29500, "customer_id": m.ID})
		again := c.sell(t, "sale-0001", sale).is(t, "again", http.StatusOK, object{"duplicate": true, "earned": 14, "sale_id": first.body["sale_id"], "balance": first.body["balance"]})
		if len(again.issues()) > 0 {
			t.Errorf("again it has issues: %v", again.issues())
		}
		c.sell(t, "sale-0001", check("R-1", object{"customer_id": m.ID, "note": "fields that nobody knows are nobody's"})).is(t, "again with more", http.StatusOK, object{"duplicate": true})
		c.sell(t, "sale-0001", check("R-2", object{"customer_id": m.ID})).problem(t, "another sale under the key", http.StatusConflict, "idempotency_conflict")

		other := c.sell(t, "sale-0002", sale).is(t, "the receipt under another key", http.StatusOK, object{"duplicate": true, "sale_id": first.body["sale_id"]})
		if !slices.Equal(other.issues(), []string{"duplicate_receipt"}) {
			t.Errorf("the issues are %v", other.issues())
		}
		bigger := check("R-1", object{"customer_id": m.ID, "lines": []object{}, "total": 30000})
		c.sell(t, "sale-0003", bigger).problem(t, "the receipt with another sum", http.StatusConflict, "sale_conflict")

		c.call(t, http.MethodGet, "/sales?receipt_no=R-1&business_date=2026-03-02", nil, nil).is(t, "found", http.StatusOK, object{"items": []object{{
			"sale_id": first.body["sale_id"], "store_id": w.place.ID, "till_id": "Каса 1", "business_date": "2026-03-02", "receipt_no": "R-1", "occurred_at": "2026-03-02T09:59:00Z",
			"revision": 0, "customer_id": m.ID, "currency": "UAH", "total": 29500, "discount": 0, "earned": 14, "redeemed": 0, "returned": 0}}})
		c.call(t, http.MethodGet, "/sales?receipt_no=R-2&business_date=2026-03-02", nil, nil).is(t, "not there", http.StatusOK, object{"items": []object{}})

		second := w.till(t, "Каса 2")
		second.sell(t, "sale-0001", sale).is(t, "another till counts by itself", http.StatusCreated, object{"duplicate": false})
		second.call(t, http.MethodGet, "/sales?receipt_no=R-1&business_date=2026-03-02&till_id="+"%D0%9A%D0%B0%D1%81%D0%B0%201", nil, nil).
			is(t, "of another till", http.StatusOK, nil)
		renewed := w.till(t, "Каса 1")
		renewed.sell(t, "sale-0001", sale).is(t, "a till with a new key is the same till", http.StatusOK, object{"duplicate": true, "sale_id": first.body["sale_id"]})
		if got := w.balance(t, m).Available; got != 28 {
			t.Errorf("the guest has %d", got)
		}
		w.verify(t)
	})
}

func TestReturns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.till(t, "1")
		m := w.join(t, engine.JoinInput{})
		sale := c.sell(t, "sale-0001", check("R-1", object{"customer_id": m.ID})).text("sale_id")
		id := map[string]string{"id": sale}
		back := func(k string, body object) answer {
			t.Helper()
			return c.call(t, http.MethodPost, "/sales/{id}/refunds", id, body, key(k)...)
		}
		coffee := object{"lines": []object{{"line_id": "1", "qty": 1000}}}
		back("back-0000", object{"lines": coffee["lines"], "dry_run": true}).is(t, "a dry run", http.StatusOK, object{"status": "dry_run", "money_back": 8500, "earned_reversed": 4})
		first := back("back-0001", coffee).is(t, "one coffee", http.StatusCreated, object{"status": "posted", "duplicate": false, "money_back": 8500, "earned_reversed": 4, "sale_id": sale})
		back("back-0001", coffee).is(t, "again", http.StatusOK, object{"duplicate": true, "refund_id": first.body["refund_id"]})
		back("back-0001", object{"amount": 100}).problem(t, "another return under the key", http.StatusConflict, "idempotency_conflict")
		back("sale-0001", coffee).problem(t, "a return under the sale's key", http.StatusConflict, "idempotency_conflict")
		back("back-0002", object{"lines": []object{{"line_id": "1", "qty": 2000}}}).problem(t, "more than is left", http.StatusConflict, "refund_exceeds_sale")
		back("back-0003", object{"lines": []object{{"line_id": "2", "qty": 1000}}}).problem(t, "a line that has another name", http.StatusUnprocessableEntity, "validation_failed")
		back("back-0004", object{"lines": []object{{"line_id": "cake", "qty": 500}}}).is(t, "half a cake", http.StatusCreated, object{"money_back": 6250})
		c.call(t, http.MethodPost, "/sales/{id}/void", id, nil, key("void-0001")...).is(t, "the rest", http.StatusOK, object{"status": "posted", "money_back": 14750})
		c.call(t, http.MethodPost, "/sales/{id}/void", id, nil, key("void-0001")...).is(t, "the rest again", http.StatusOK, object{"duplicate": true, "money_back": 14750})
		c.call(t, http.MethodPost, "/sales/{id}/void", id, nil, key("void-0002")...).problem(t, "nothing is left", http.StatusConflict, "refund_exceeds_sale")
		c.call(t, http.MethodPost, "/sales/{id}/void", map[string]string{"id": "nothing"}, nil, key("void-0003")...).problem(t, "no such sale", http.StatusNotFound, "sale_not_found")

		other := *w
		other.program = w.newProgram(t, "other")
		other.place = w.newPlace(t, other.program)
		foreign := other.till(t, "1")
		foreign.call(t, http.MethodPost, "/sales/{id}/void", id, nil, key("void-0001")...).problem(t, "another programme's sale", http.StatusNotFound, "sale_not_found")
		foreign.sell(t, "sale-0001", check("R-1", object{"customer_id": m.ID})).is(t, "another programme's guest", http.StatusCreated, object{"status": "anonymous"})
		if got := w.balance(t, m); got.Available != 0 || got.Debt != 0 {
			t.Errorf("the guest has %+v", got)
		}
		w.verify(t)
	})
}

// A till that was offline sends a return before its sale.
func TestReturnBeforeItsSale(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.till(t, "1")
		m := w.join(t, engine.JoinInput{})
		id := map[string]string{"id": w.place.ID + "/1/2026-03-02/R/7"} // a receipt number may have a slash
		body := object{"lines": []object{{"line_id": "cake", "qty": 1000}}}
		back := func() answer {
			t.Helper()
			return c.call(t, http.MethodPost, "/sales/{id}/refunds", id, body, key("back-0001")...)
		}
		back().is(t, "before its sale", http.StatusAccepted, object{"status": "waiting"})
		back().is(t, "again", http.StatusAccepted, object{"status": "waiting"})
		sold := c.sell(t, "sale-0001", check("R/7", object{"customer_id": m.ID})).is(t, "the sale", http.StatusCreated, object{"status": "posted_with_issues", "earned": 14})
		if !slices.Equal(sold.issues(), []string{"orphan_applied"}) {
			t.Errorf("the issues are %v", sold.issues())
		}
		back().is(t, "when it has come", http.StatusOK, object{"status": "posted", "duplicate": true, "money_back": 12500, "sale_id": sold.body["sale_id"]})
		if got := w.balance(t, m).Available; got != 8 {
			t.Errorf("the guest has %d", got)
		}
		w.verify(t)
	})
}

// What is odd about a sale is told, and the sale stands.
func TestFactsAreRecorded(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	m := w.join(t, engine.JoinInput{Phone: "+380671234567", Proof: engine.ProofPlatform})
	twin := w.join(t, engine.JoinInput{Phone: "+380501112233", Proof: engine.ProofTyped})
	w.join(t, engine.JoinInput{Phone: "+380501112233", Proof: engine.ProofTyped})
	resting := w.join(t, engine.JoinInput{})
	if err := w.engine.PauseCard(t.Context(), w.program.ID, resting.ID, true); err != nil {
		t.Fatal(err)
	}
	blocked := w.join(t, engine.JoinInput{})
	blocked.State = engine.MemberBlocked
	if err := w.store.InTx(t.Context(), func(tx engine.Tx) error { return tx.UpdateMember(t.Context(), blocked) }); err != nil {
		t.Fatal(err)
	}
	secret, alias := []byte(w.program.CardKey.Reveal()), cardcode.Alias(m.Card)
	sign := func(kind, value string) object { return object{"identifier": object{"kind": kind, "value": value}} }
	rotating := cardcode.Rotating(secret, alias, began.Add(-time.Minute)) // when the sale occurred
	old := cardcode.Rotating(secret, alias, began.Add(-time.Hour))
	for n, x := range []struct {
		name   string
		more   object
		status string
		issues []string
	}{
		{"nobody", nil, "anonymous", nil},
		{"an id that is nobody's", object{"customer_id": "nobody"}, "anonymous", []string{"customer_not_found"}},
		{"a card number", sign("card", m.Card), "posted", nil},
		{"a static code", sign("scan", cardcode.Static(secret, alias)), "posted", nil},
		{"a rotating code of then", sign("scan", rotating), "posted", nil},
		{"a rotating code of another time", sign("scan", old), "anonymous", []string{"code_expired"}},
		{"a phone", sign("phone", "067 123 45 67"), "posted", nil},
		{"nobody's phone", sign("phone", "067 123 45 68"), "anonymous", []string{"customer_not_found"}},
		{"a phone of two", sign("phone", twin.Phone.Reveal()), "anonymous", []string{"ambiguous_phone"}},
		{"a mistyped card", sign("card", "000000001"), "anonymous", []string{"customer_not_found"}},
		{"a paused card", object{"customer_id": resting.ID}, "anonymous", []string{"customer_paused"}},
		{"a blocked card", object{"customer_id": blocked.ID}, "anonymous", []string{"customer_blocked"}},
		{"points that are not there", object{"customer_id": m.ID, "tenders": []object{{"kind": "points", "amount": 29500}}}, "posted_with_issues", []string{"redemption_overdraft"}},
		{"points of nobody", object{"tenders": []object{{"kind": "points", "amount": 500}, {"kind": "cash", "amount": 29000}}}, "anonymous", []string{"tenders_differ"}},
		{"a sum that differs", object{"customer_id": m.ID, "total": 30000, "tenders": []object{}}, "posted_with_issues", []string{"total_differs"}},
		{"points of the till's own", object{"customer_id": m.ID, "pos_programme_points": 5}, "posted_with_issues", []string{"double_earn"}},
		{"a sum alone", object{"customer_id": m.ID, "lines": []object{}}, "posted", nil},
		{"for nothing", object{"customer_id": m.ID, "lines": []object{}, "total": 0, "tenders": []object{}}, "posted", nil},
		{"on the house", object{"customer_id": m.ID, "tenders": []object{{"kind": "house", "amount": 29500}}}, "posted", nil},
		{"the clock ahead", object{"customer_id": m.ID, "occurred_at": "2026-03-03T00:00:00+02:00"}, "posted", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			id := "fact-000" + string(rune('a'+n))
			first := c.sell(t, id, check(id, x.more)).is(t, "first", http.StatusCreated, object{"status": x.status})
			if !slices.Equal(first.issues(), x.issues) {
				t.Errorf("the issues are %v", first.issues())
			}
			again := c.sell(t, id, check(id, x.more)).is(t, "again", http.StatusOK, object{"status": x.status, "sale_id": first.body["sale_id"], "duplicate": true})
			if !slices.Equal(again.issues(), x.issues) {
				t.Errorf("again the issues are %v", again.issues())
			}
		})
	}
	unknown := request{method: http.MethodPost, path: "/sales", headers: key("fact-kind"), body: encode(t, check("kind", sign("face", "x")))}
	if a := c.send(t, unknown).is(t, "a kind of sign that is not known", http.StatusCreated, object{"status": "anonymous"}); !slices.Equal(a.issues(), []string{"customer_not_found"}) {
		t.Errorf("the issues are %v", a.issues())
	}
	w.verify(t)
}

// A live code works once, but the sale that it was read for can be sent again.
func TestLiveCodeOfASaleThatIsSentAgain(t *testing.T) {
	w := newWorld(t, sqlite(t))
	m := w.join(t, engine.JoinInput{})
	code, _, err := w.engine.IssueCode(t.Context(), w.program.ID, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	flaky := &failing{Engine: w.engine, posts: []error{&engine.Error{Kind: engine.KindBusy, ID: "busy"}}}
	w.url = serve(t, flaky, nil)
	c := w.till(t, "1")
	sale := check("R-1", object{"identifier": object{"kind": "code", "value": code}, "occurred_at": "2026-03-02T12:00:00+02:00"})
	c.sell(t, "sale-0001", sale).problem(t, "too many at once", http.StatusServiceUnavailable, "overloaded")
	c.sell(t, "sale-0001", sale).is(t, "again", http.StatusCreated, object{"status": "posted", "customer_id": m.ID})
	c.sell(t, "sale-0001", sale).is(t, "and again", http.StatusOK, object{"status": "posted", "duplicate": true})
}

func TestGuestsAtTheTill(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	m := w.join(t, engine.JoinInput{Phone: "+380671234567", Proof: engine.ProofPlatform})
	w.give(t, m, 300)
	ask := func(kind, value string, headers ...string) answer {
		t.Helper()
		return c.call(t, http.MethodPost, "/customers/resolve", nil, object{"identifier": object{"kind": kind, "value": value}}, headers...)
	}
	customer := object{"id": m.ID, "display_name": "Олена К.", "phone_masked": "+380 ••• •• 45 67", "numeric_alias": m.Card, "assurance": "claimed", "blocked": false}
	got := ask("phone", "0671234567").is(t, "by phone", http.StatusOK, object{"customer": customer, "redeem_allowed": false, "redeem_block_reason": "not_presented"})
	compare(t, "balance", got.body["balance"].(object), object{"available": 300, "debt": 0, "money_value": 30000})
	rotating := cardcode.Rotating([]byte(w.program.CardKey.Reveal()), cardcode.Alias(m.Card), began)
	customer["assurance"] = "presented"
	ask("scan", rotating).is(t, "a live QR code", http.StatusOK, object{"customer": customer, "redeem_allowed": true})
	customer["assurance"] = "claimed"
	ask("scan", rotating).is(t, "a second time", http.StatusOK, object{"customer": customer, "redeem_allowed": false})
	w.pass(time.Hour)
	ask("scan", rotating).problem(t, "an hour later", http.StatusUnprocessableEntity, "code_expired")
	ask("phone", "0671234568").problem(t, "nobody", http.StatusNotFound, "customer_not_found")
	ask("code", "123456").problem(t, "no live code", http.StatusNotFound, "customer_not_found")
	details := map[string]bool{}
	for _, language := range []string{"en", "uk-UA,uk;q=0.9", "ru", "kk", "pl", "es", "de"} {
		details[ask("phone", "0671234568", "Accept-Language", language).text("detail")] = true
	}
	if len(details) != 6 { // de is that of the programme, Ukrainian
		t.Errorf("six languages say %v", slices.Collect(maps.Keys(details)))
	}

	w.join(t, engine.JoinInput{Phone: "+380501112233", Proof: engine.ProofTyped})
	w.join(t, engine.JoinInput{Phone: "+380501112233", Proof: engine.ProofTyped})
	two := ask("phone", "0501112233", "Accept-Language", "en").problem(t, "a phone of two", http.StatusConflict, "ambiguous_phone")
	if !strings.Contains(two.text("detail"), "Олена К., Олена К.") {
		t.Errorf("the cashier reads %q", two.text("detail"))
	}
	limited := answer{}
	for range 7 {
		limited = ask("code", "123456")
	}
	limited.problem(t, "guessing", http.StatusTooManyRequests, "rate_limited")
	if limited.header.Get("Retry-After") != "60" {
		t.Errorf("guessing may go on after %q", limited.header.Get("Retry-After"))
	}
}

func TestQuotes(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	m := w.join(t, engine.JoinInput{})
	w.give(t, m, 300)
	quote := func(more object) answer {
		t.Helper()
		body := object{"customer_id": m.ID, "basket": object{"currency": "UAH", "total": 29500, "lines": check("", nil)["lines"]}}
		maps.Copy(body, more)
		return c.call(t, http.MethodPost, "/quotes", nil, body)
	}
	q := quote(nil).is(t, "a quote", http.StatusOK, object{"total": 29500, "earn": 14, "redeem": 0, "payable": 29500, "programme_version": 1})
	most := q.body["redeem_max_points"]
	if effects, _ := q.body["effects"].([]any); len(effects) == 0 || most == nil {
		t.Errorf("the quote is %v", q.body)
	}
	spent := quote(object{"want_redeem": 50}).is(t, "with points", http.StatusOK, object{"redeem": 50, "redeem_amount": 5000, "payable": 24500, "redeem_max_points": most})
	sold := c.sell(t, "sale-0001", check("R-1", object{"customer_id": m.ID, "tenders": []object{{"kind": "points", "amount": 5000}, {"kind": "cash", "amount": 24500}}}))
	sold.is(t, "what was quoted", http.StatusCreated, object{"status": "posted", "redeemed": 50, "earned": spent.body["earn"]})
	quote(object{"want_redeem": 290}).problem(t, "more than there is", http.StatusConflict, "insufficient_points")
	quote(object{"want_redeem": 250}).problem(t, "more than the check takes", http.StatusConflict, "redeem_not_allowed")
	quote(object{"customer_id": "nobody"}).problem(t, "nobody", http.StatusNotFound, "customer_not_found")
	quote(object{"customer_id": ""}).is(t, "without a card", http.StatusOK, object{"earn": 0, "redeem_max_points": 0})
	quote(object{"basket": object{"currency": "EUR", "total": 100, "lines": []object{}}}).problem(t, "another currency", http.StatusUnprocessableEntity, "currency_mismatch")
	c.sell(t, "sale-0002", check("R-2", object{"currency": "EUR"})).problem(t, "a sale in another currency", http.StatusUnprocessableEntity, "currency_mismatch")
}

func TestHello(t *testing.T) {
	w := newWorld(t, sqlite(t))
	w.till(t, "Каса 1").call(t, http.MethodGet, "/hello", nil, nil).is(t, "hello", http.StatusOK, object{
		"server_time": "2026-03-02T10:00:00Z", "programme": "Test", "programme_version": 1, "store_id": w.place.ID, "store_name": "Counter", "till_id": "Каса 1",
		"currency": "UAH", "currency_exponent": 2, "points_decimals": 0, "points_step_worth": 100, "timezone": "Europe/Kyiv", "batch_items": 500})
	got, err := http.Get(w.url + "/till/v1/openapi.yaml") // without a key
	if err != nil || got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("the contract: %v, %v", got, err)
	}
	got.Body.Close()
}

// Where the shop asks how it was, a till is told what to print for whoever holds the receipt: with and without a card, at once and again.
func TestSalesSayWhereTheyAreRated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.till(t, "1")
		m := w.join(t, engine.JoinInput{})
		for name, sale := range map[string]object{"with a card": check("R-1", object{"customer_id": m.ID}), "without": check("R-2", nil)} {
			k := "sale-" + sale["receipt_no"].(string)
			first := c.sell(t, k, sale)
			want := ratingLink(w.program, first.text("sale_id"))
			first.is(t, name, http.StatusCreated, object{"rating_url": want})
			c.sell(t, k, sale).is(t, name+", again", http.StatusOK, object{"rating_url": want})
		}
		silent := *w
		silent.program = w.newProgram(t, "silent", func(s *rules.Settings) { s.Feedback.On = false })
		silent.place = w.newPlace(t, silent.program)
		if got := silent.till(t, "1").sell(t, "sale-0001", check("R-1", nil)); got.status != http.StatusCreated || got.body["rating_url"] != nil {
			t.Errorf("a shop that does not ask: %d %v", got.status, got.body)
		}
	})
}
