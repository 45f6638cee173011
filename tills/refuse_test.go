package tills_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/storage/storagetest"
	"kartka/tills"
)

func TestKeys(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	hello := func(headers ...string) answer {
		t.Helper()
		return c.call(t, http.MethodGet, "/hello", nil, nil, headers...)
	}
	hello().is(t, "the key", http.StatusOK, nil)
	hello("Authorization", "bearer  "+c.key).is(t, "written otherwise", http.StatusOK, nil)
	if a := hello("Authorization", "").problem(t, "no key", http.StatusUnauthorized, "unauthorized"); a.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("it is not said what is asked for: %v", a.header)
	}
	for _, wrong := range []string{"Basic " + c.key, "Bearer", "Bearer " + c.key[1:], "Bearer " + c.key[:len(c.key)-1] + "z", "Bearer " + strings.Repeat("k", 5000)} {
		hello("Authorization", wrong).problem(t, wrong, http.StatusUnauthorized, "unauthorized")
	}

	if err := w.engine.RevokeTill(t.Context(), w.program.ID, c.id); err != nil {
		t.Fatal(err)
	}
	w.pass(31 * time.Second)
	hello().problem(t, "revoked", http.StatusUnauthorized, "till_revoked")
	hello().problem(t, "revoked, again", http.StatusUnauthorized, "till_revoked")

	known := w.till(t, "2")
	known.call(t, http.MethodGet, "/hello", nil, nil).is(t, "another till", http.StatusOK, nil)
	guessed := answer{}
	for range 25 {
		guessed = hello("Authorization", "Bearer "+known.key[:len(known.key)-2]+"zz")
	}
	guessed.problem(t, "guessing", http.StatusTooManyRequests, "rate_limited")
	w.pass(31 * time.Second)
	known.call(t, http.MethodGet, "/hello", nil, nil).is(t, "a key that was right before, from the same address", http.StatusOK, nil)
	w.pass(time.Minute)
	hello("Authorization", "Bearer "+known.key[:len(known.key)-2]+"zz").problem(t, "a minute later", http.StatusUnauthorized, "unauthorized")
}

// A till that was known a moment ago is not turned away because the database cannot be asked.
func TestKeysWithoutADatabase(t *testing.T) {
	w := newWorld(t, sqlite(t))
	f := &failing{Engine: w.engine}
	w.url = serve(t, f, nil)
	c := w.till(t, "1")
	ask := func() answer { return c.call(t, http.MethodGet, "/hello", nil, nil) }
	ask().is(t, "at first", http.StatusOK, nil)
	f.err = context.DeadlineExceeded
	w.pass(25 * time.Second)
	ask().is(t, "without a database", http.StatusOK, nil)
	w.pass(6 * time.Second)
	ask().problem(t, "for too long", http.StatusServiceUnavailable, "unavailable")
	f.err = nil
	ask().is(t, "with it again", http.StatusOK, nil)
}

func TestBadInput(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	good := string(encode(t, check("R-1", nil)))
	with := func(field string, value any) string { return string(encode(t, check("R-1", object{field: value}))) }
	line := func(field string, value any) string {
		l := object{"line_id": "1", "qty": 1000, "net": 29500}
		l[field] = value
		return with("lines", []object{l})
	}
	without := func(field string) string {
		sale := check("R-1", nil)
		delete(sale, field)
		return string(encode(t, sale))
	}
	const (
		bad   = http.StatusBadRequest
		unfit = http.StatusUnprocessableEntity
	)
	for n, x := range []struct {
		name, body string
		status     int
		field      string
		headers    []string
	}{
		{"no key", good, bad, "Idempotency-Key", []string{"Idempotency-Key", ""}},
		{"a short key", good, bad, "Idempotency-Key", key("1234567")},
		{"a long key", good, bad, "Idempotency-Key", key(strings.Repeat("k", 129))},
		{"a key with a space", good, bad, "Idempotency-Key", key("sale 0001")},
		{"a key in Cyrillic", good, bad, "Idempotency-Key", key("чек-0001")},
		{"a form", "receipt_no=1", http.StatusUnsupportedMediaType, "", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"no type", good, http.StatusUnsupportedMediaType, "", []string{"Content-Type", ""}},
		{"nothing", "", bad, "", nil},
		{"null", "null", bad, "", nil},
		{"a list", "[" + good + "]", bad, "", nil},
		{"no JSON", "{receipt}", bad, "", nil},
		{"cut off", good[:len(good)-1], bad, "", nil},
		{"two bodies", good + good, bad, "", nil},
		{"no UTF-8", strings.Replace(good, "R-1", "R-\xff", 1), bad, "", nil},
		{"nested without end", strings.Replace(good, `"R-1"`, strings.Repeat("[", 100_000), 1), bad, "", nil},
		{"more than a mebibyte", with("note", strings.Repeat("n", 1<<20)), http.StatusRequestEntityTooLarge, "", nil},
		{"a field twice", `{"total":1,` + good[1:], bad, "total", nil},
		{"a field twice in another case", `{"ToTal":1,` + good[1:], bad, "total", nil},
		{"a field twice, once escaped", `{"tot\u0061l":1,` + good[1:], bad, "total", nil},
		{"a field of a line twice", strings.Replace(good, `"line_id":"1"`, `"line_id":"1","net":5`, 1), bad, "net", nil},
		{"beyond 64 bits", strings.Replace(good, `"total":29500`, `"total":9223372036854775808`, 1), unfit, "total", nil},
		{"a fraction", strings.Replace(good, `"total":29500`, `"total":295.5`, 1), unfit, "total", nil},
		{"an exponent", strings.Replace(good, `"total":29500`, `"total":2.95e4`, 1), unfit, "total", nil},
		{"a number as a text", with("total", "29500"), unfit, "total", nil},
		{"below zero", with("total", -1), unfit, "total", nil},
		{"no total", without("total"), unfit, "total", nil},
		{"no lines", without("lines"), unfit, "lines", nil},
		{"no tenders", without("tenders"), unfit, "tenders", nil},
		{"no receipt", without("receipt_no"), unfit, "receipt_no", nil},
		{"a long receipt", with("receipt_no", strings.Repeat("я", 65)), unfit, "receipt_no", nil},
		{"a receipt with a NUL", with("receipt_no", "a\x00b"), unfit, "receipt_no", nil},
		{"a day that is none", with("business_date", "2026-02-30"), unfit, "business_date", nil},
		{"no time", without("occurred_at"), unfit, "occurred_at", nil},
		{"a time without a zone", with("occurred_at", "2026-03-02T12:00:00"), unfit, "occurred_at", nil},
		{"a currency that is none", with("currency", "грн."), unfit, "currency", nil},
		{"too many lines", with("lines", make([]object, 1001)), unfit, "lines", nil},
		{"a line without a name", line("line_id", ""), unfit, "lines.0.line_id", nil},
		{"a line below zero", line("net", -1), unfit, "lines.0.net", nil},
		{"a line without a sum", line("net", nil), unfit, "lines.0.net", nil},
		{"a line without a quantity", line("qty", nil), unfit, "lines.0.qty", nil},
		{"a line of an odd kind", line("kind", "gold"), unfit, "lines.0.kind", nil},
		{"a long category", line("category", strings.Repeat("c", 65)), unfit, "lines.0.category", nil},
		{"two lines of one name", with("lines", []object{{"line_id": "1", "qty": 1, "net": 1}, {"line_id": "1", "qty": 1, "net": 1}}), unfit, "lines.1.line_id", nil},
		{"an odd tender", with("tenders", []object{{"kind": "shells", "amount": 1}}), unfit, "tenders.0", nil},
		{"a tender below zero", with("tenders", []object{{"kind": "cash", "amount": -1}}), unfit, "tenders.0", nil},
		{"more than can be counted", with("lines", []object{{"line_id": "1", "qty": 1000, "net": int64(9e18)}, {"line_id": "2", "qty": 1000, "net": int64(9e18)}}), unfit, "", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			headers := append(key(fmt.Sprintf("bad-%04d", n)), x.headers...)
			a := c.send(t, request{method: http.MethodPost, path: "/sales", body: []byte(x.body), headers: headers})
			a.is(t, x.name, x.status, nil)
			if got := a.text("field"); !strings.EqualFold(got, x.field) {
				t.Errorf("the field is %q, not %q: %v", got, x.field, a.body)
			}
			if a.text("detail") == "" || strings.ContainsAny(a.text("detail"), "[{") {
				t.Errorf("the cashier reads %q", a.text("detail"))
			}
		})
	}
	day := c.call(t, http.MethodGet, "/sales?receipt_no=R-1&business_date=2026-03-02", nil, nil)
	day.is(t, "nothing was recorded", http.StatusOK, object{"items": []object{}})
	c.send(t, request{method: http.MethodPost, path: "/sales", body: []byte(good), headers: append(key("good-0001"), "Content-Type", "application/json; charset=utf-8")}).
		is(t, "what is right", http.StatusCreated, nil)

	for _, x := range []struct {
		method, path string
		body         string
		status       int
		code         string
	}{
		{http.MethodGet, "/nothing", "", http.StatusNotFound, "not_found"},
		{http.MethodDelete, "/sales", "", http.StatusMethodNotAllowed, "method_not_allowed"},
		{http.MethodGet, "/sales", "", unfit, "validation_failed"},
		{http.MethodGet, "/sales?receipt_no=1&business_date=x", "", unfit, "validation_failed"},
		{http.MethodPost, "/quotes", "{}", unfit, "validation_failed"},
		{http.MethodPost, "/quotes", `{"basket":{"currency":"UAH","lines":[],"total":1},"want_redeem":1}`, unfit, "validation_failed"},
		{http.MethodPost, "/quotes", `{"basket":{"currency":"UAH","lines":[],"total":1},"at":"noon"}`, unfit, "validation_failed"},
		{http.MethodPost, "/customers/resolve", "{}", unfit, "validation_failed"},
		{http.MethodPost, "/customers/resolve", `{"identifier":{"kind":"face","value":"x"}}`, unfit, "validation_failed"},
		{http.MethodPost, "/sales/x/refunds", "{}", unfit, "validation_failed"},
		{http.MethodPost, "/sales/x/refunds", `{"amount":1,"lines":[{"line_id":"1","qty":1}]}`, unfit, "validation_failed"},
		{http.MethodPost, "/sales/x/refunds", `{"amount":0}`, unfit, "validation_failed"},
		{http.MethodPost, "/sales/x/refunds", `{"lines":[{"line_id":"1","qty":0}]}`, unfit, "validation_failed"},
		{http.MethodPost, "/sales/a%2Fb/refunds", `{"amount":1}`, unfit, "validation_failed"},
		{http.MethodPost, "/batches", `{"items":[],"sent_at":"x"}`, unfit, "validation_failed"},
		{http.MethodPost, "/batches", `{"items":[{}],"sent_at":"x"}`, unfit, "validation_failed"},
		{http.MethodPost, "/batches", `{"items":[{"seq":1,"seq":2}]}`, bad, "validation_failed"},
	} {
		a := c.send(t, request{method: x.method, path: x.path, body: []byte(x.body), headers: append(key("odd-00001"), "Content-Type", "application/json")})
		a.problem(t, x.method+" "+x.path+" "+x.body, x.status, x.code)
		if x.status == http.StatusMethodNotAllowed && a.header.Get("Allow") != "GET, POST" {
			t.Errorf("allowed is %q", a.header.Get("Allow"))
		}
	}
	w.verify(t)
}

// Every kind of error of the engine looks like something that a till can act on.
func TestErrorsOfTheEngine(t *testing.T) {
	w := newWorld(t, sqlite(t))
	f := &failing{Engine: w.engine}
	w.url = serve(t, f, nil)
	c := w.till(t, "1")
	for _, x := range []struct {
		err    error
		status int
		code   string
	}{
		{&engine.Error{Kind: engine.KindBusy, ID: "busy"}, http.StatusServiceUnavailable, "overloaded"},
		{&engine.Error{Kind: engine.KindForbidden, ID: "program_not_active"}, http.StatusForbidden, "programme_not_active"},
		{&engine.Error{Kind: engine.KindForbidden, ID: "own_card"}, http.StatusForbidden, "forbidden"},
		{&engine.Error{Kind: engine.KindNotFound, ID: "not_found"}, http.StatusNotFound, "not_found"},
		{&engine.Error{Kind: engine.KindTaken, ID: "taken"}, http.StatusConflict, "in_progress"},
		{&engine.Error{Kind: engine.KindConflict, ID: "changed_meanwhile"}, http.StatusConflict, "in_progress"},
		{&engine.Error{Kind: engine.KindLimit, ID: "staff_daily_limit", Args: map[string]any{"Max": 5}}, http.StatusConflict, "limit_reached"},
		{&engine.Error{Kind: engine.KindExpired, ID: "hold_over"}, http.StatusConflict, "expired"},
		{&engine.Error{Kind: engine.KindInvalid, ID: "without_words"}, http.StatusUnprocessableEntity, "validation_failed"},
		{&engine.Error{Kind: "new", ID: "x"}, http.StatusInternalServerError, "internal"},
		{fmt.Errorf("write: %w", context.DeadlineExceeded), http.StatusServiceUnavailable, "unavailable"},
		{errors.New("disk on fire, password secret"), http.StatusInternalServerError, "internal"},
	} {
		f.posts = []error{x.err}
		a := c.sell(t, "sale-0001", check("R-1", nil)).problem(t, x.err.Error(), x.status, x.code)
		if traced := a.text("trace_id") != ""; traced != (x.status >= 500 && x.code != "overloaded") {
			t.Errorf("%v: the trace is %q", x.err, a.text("trace_id"))
		}
		if strings.Contains(fmt.Sprint(a.body), "secret") {
			t.Errorf("the till reads what is for the logs: %v", a.body)
		}
	}
	c.sell(t, "sale-0001", check("R-1", nil)).is(t, "in the end", http.StatusCreated, nil)
}

// More batches than there is room for are refused before anything of them is written, and each item tells for itself when the engine is busy.
func TestOverload(t *testing.T) {
	w := newWorld(t, sqlite(t))
	f := &failing{Engine: w.engine, hold: make(chan struct{}), entered: make(chan struct{}, 100)}
	w.url = serve(t, f, nil)
	c := w.till(t, "1")
	batch := func(n int) request {
		no := fmt.Sprintf("sale-%04d", n)
		return request{method: http.MethodPost, path: "/batches", body: encode(t, object{"items": []object{item(n, no, "sale", "", check(no, nil))}})}
	}
	const room = 16
	done := make(chan answer, room)
	for n := range room {
		go func() { done <- c.send(t, batch(n)) }()
	}
	for range room {
		<-f.entered
	}
	c.send(t, batch(room)).problem(t, "one batch more", http.StatusServiceUnavailable, "overloaded")
	close(f.hold)
	for range room {
		outcomes(t, []object{{"seq": json.Number("0")}}, rename(<-done))[0].is(t, "a batch that had room", http.StatusCreated, nil)
	}
	f.posts = []error{&engine.Error{Kind: engine.KindBusy, ID: "busy"}}
	items := []object{item(1, "sale-1001", "sale", "", check("A", nil)), item(2, "sale-1002", "sale", "", check("B", nil))}
	busy := 0
	for _, a := range c.upload(t, items) {
		if a.status == http.StatusServiceUnavailable {
			busy++
			a.is(t, "the busy one", http.StatusServiceUnavailable, object{"code": "overloaded", "retry_after_ms": 1000})
		}
	}
	if busy != 1 {
		t.Errorf("%d of two items were refused", busy)
	}
	for _, a := range c.upload(t, items) {
		if a.status != http.StatusCreated && a.status != http.StatusOK {
			t.Errorf("sent again: %d %v", a.status, a.body)
		}
	}
	w.verify(t)
}

// rename gives the one outcome of a batch the number 0.
func rename(a answer) answer {
	a.body["results"].([]any)[0].(object)["seq"] = json.Number("0")
	return a
}

// A caller who does not wait is noted as such, and nothing is written for it.
func TestCallerWhoHasGone(t *testing.T) {
	w := newWorld(t, sqlite(t))
	f := &failing{Engine: w.engine, hold: make(chan struct{}), entered: make(chan struct{}, 1)}
	handled := make(chan int, 1)
	w.url = serve(t, f, func(c tills.Call) { handled <- c.Status })
	c := w.till(t, "1")
	ctx, leave := context.WithCancel(t.Context())
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/till/v1/sales", bytes.NewReader(encode(t, check("R-1", nil))))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+c.key)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Idempotency-Key", "sale-0001")
	left := make(chan error, 1)
	go func() {
		got, err := http.DefaultClient.Do(q)
		if err == nil {
			got.Body.Close()
		}
		left <- err
	}()
	<-f.entered
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	if status := <-handled; status != 499 {
		t.Errorf("noted was %d", status)
	}
	close(f.hold)
	if _, err := w.store.PostingByKey(t.Context(), w.program.ID, "sale-0001"); !engine.IsKind(err, engine.KindNotFound) {
		t.Errorf("it was written: %v", err)
	}
}

// While the database is away calls are answered 503, and afterwards the same call is recorded once.
func TestDatabaseAway(t *testing.T) {
	server := storagetest.StartPostgres(t, storagetest.PostgresOptions{})
	w := newWorld(t, server.URL())
	c := w.till(t, "1")
	m := w.join(t, engine.JoinInput{})
	c.sell(t, "sale-0001", check("R-1", object{"customer_id": m.ID})).is(t, "with a database", http.StatusCreated, nil)
	server.Crash()
	for range 3 {
		c.sell(t, "sale-0002", check("R-2", object{"customer_id": m.ID})).problem(t, "without", http.StatusServiceUnavailable, "unavailable")
	}
	items := []object{item(1, "sale-0003", "sale", "", check("R-3", object{"customer_id": m.ID})), item(2, "void-0001", "void", w.place.ID+"/1/2026-03-02/R-1", nil)}
	for _, a := range c.upload(t, items) {
		a.is(t, "an item without", http.StatusServiceUnavailable, object{"code": "unavailable", "retry_after_ms": 5000})
	}
	server.Start()
	c.sell(t, "sale-0002", check("R-2", object{"customer_id": m.ID})).is(t, "with it again", http.StatusCreated, nil)
	c.upload(t, items)[0].is(t, "an item with it again", http.StatusCreated, nil)
	w.verify(t)
}
