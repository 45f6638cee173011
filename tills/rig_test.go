package tills_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/storage"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
	"kartka/tills"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// each runs a test on every database the product supports.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t, storagetest.SQLite(t))) })
	t.Run("postgres", func(t *testing.T) { test(t, newWorld(t, storagetest.Postgres(t))) })
}

// world is a shop with tills that call over HTTP.
type world struct {
	store   *storage.Store
	engine  *engine.Engine
	program engine.Program
	place   engine.Location
	url     string
	doc     *openapi3.T
	*pulse
}

// pulse is what goes on in a world.
type pulse struct {
	mu    sync.Mutex
	clock time.Time
	calls []tills.Call
}

var began = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

var hryvnia = money.Currency{Code: "UAH", Decimals: 2}

func newWorld(t testing.TB, database string) *world {
	t.Helper()
	w := &world{store: storagetest.Open(t, database), doc: contract(t), pulse: &pulse{clock: began.AddDate(0, 0, -1)}} // the shop is a day old
	w.engine = engine.New(engine.Config{Store: w.store, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10000)}, Now: w.now})
	w.program = w.newProgram(t, "shop")
	w.place = w.newPlace(t, w.program)
	w.pass(24 * time.Hour)
	w.url = serve(t, w.engine, func(c tills.Call) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls = append(w.calls, c)
	})
	return w
}

// serve has an engine serve tills over HTTP.
func serve(t testing.TB, e tills.Engine, handled func(tills.Call)) string {
	t.Helper()
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { t.Errorf("text missing in %s: %s %s", l, key, arg) }
	server := httptest.NewServer(tills.New(tills.Config{Engine: e, Catalog: catalog, Logger: slog.New(slog.DiscardHandler), Down: sqldb.Outage, Handled: handled, RatingLink: ratingLink}))
	t.Cleanup(server.Close)
	return server.URL
}

// ratingLink is where ratings are given of a server that has a public address.
func ratingLink(p engine.Program, saleID string) string {
	return "https://shop.example/" + p.Slug + "/r/" + url.PathEscape(saleID)
}

func contract(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(tills.Contract)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func (p *pulse) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock
}

func (p *pulse) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = p.clock.Add(d)
}

func (w *world) newProgram(t testing.TB, slug string, change ...func(*rules.Settings)) engine.Program {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Test", hryvnia, zone, []string{"uk", "en"}, 25000)
	s.Earn.MinCheck, s.Earn.Rate, s.Welcome.Points = 0, 500, 0
	for _, f := range change {
		f(&s)
	}
	p, err := w.engine.CreateProgram(t.Context(), slug, &s, engine.ProgramActive)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) newPlace(t testing.TB, p engine.Program) engine.Location {
	t.Helper()
	place, err := w.engine.AddLocation(t.Context(), p.ID, "", "Counter", "")
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func (w *world) join(t testing.TB, in engine.JoinInput) engine.Member {
	t.Helper()
	in.ProgramID, in.Name, in.Language, in.Channel, in.Text = w.program.ID, "Олена Коваль", "uk", "telegram", "join-v1"
	j, err := w.engine.Join(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return j.Member
}

// give puts points on a card.
func (w *world) give(t testing.TB, m engine.Member, points money.Points) {
	t.Helper()
	_, err := w.engine.Adjust(t.Context(), engine.AdjustInput{Key: w.engine.NewID(), ProgramID: w.program.ID, MemberID: m.ID, Points: points, Note: "test"})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) balance(t testing.TB, m engine.Member) engine.Balance {
	t.Helper()
	a, err := w.store.Account(t.Context(), w.program.ID, m.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	return engine.BalanceOf(&a, w.engine.Now())
}

func (w *world) verify(t testing.TB) {
	t.Helper()
	if _, err := w.store.Verify(t.Context(), w.program.ID, func(int) {}, func(d engine.Audited) { t.Errorf("verify: %s %s: %s", d.Check, d.ID, d.Detail) }); err != nil {
		t.Fatal(err)
	}
}

// till is a till that calls.
type till struct {
	*world
	id, key string
	name    string
}

func (w *world) till(t testing.TB, name string) *till {
	t.Helper()
	added, key, err := w.engine.AddTill(t.Context(), w.place.ProgramID, w.place.ID, name)
	if err != nil {
		t.Fatal(err)
	}
	return &till{world: w, id: added.ID, key: key.Reveal(), name: name}
}

// object is a JSON object.
type object = map[string]any

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   object
}

// call is a request as a well-behaved till makes it. Request and answer are held against the contract.
func (c *till) call(t testing.TB, method, path string, params map[string]string, body any, headers ...string) answer {
	t.Helper()
	return c.send(t, request{method: method, path: path, params: params, body: encode(t, body), headers: headers, kept: true})
}

// request is any request; kept says that it is held against the contract.
type request struct {
	method, path string // as the contract has it
	params       map[string]string
	body         []byte
	headers      []string // names and values in turn; a value "" takes the header away
	kept         bool
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	if body == nil {
		return nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (c *till) send(t testing.TB, r request) answer {
	t.Helper()
	path, query, _ := strings.Cut(r.path, "?")
	at := path
	for name, value := range r.params {
		at = strings.ReplaceAll(at, "{"+name+"}", url.PathEscape(value))
	}
	address := c.url + "/till/v1" + at
	if query != "" {
		address += "?" + query
	}
	q, err := http.NewRequestWithContext(t.Context(), r.method, address, bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+c.key)
	if r.body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(r.headers); i += 2 {
		if q.Header.Set(r.headers[i], r.headers[i+1]); r.headers[i+1] == "" {
			q.Header.Del(r.headers[i])
		}
	}
	input := c.input(t, q, path, r.params)
	if r.kept {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("%s %s does not keep the contract: %v", r.method, r.path, err)
		}
		q.Body = io.NopCloser(bytes.NewReader(r.body))
	}
	got, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if input != nil {
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: got.StatusCode, Header: got.Header,
			Body: io.NopCloser(bytes.NewReader(raw)), Options: &openapi3filter.Options{IncludeResponseStatus: true}})
		if err != nil {
			t.Errorf("the answer of %s %s, %d %s, does not keep the contract: %v", r.method, r.path, got.StatusCode, raw, err)
		}
	}
	a := answer{status: got.StatusCode, header: got.Header}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&a.body); err != nil {
		t.Fatalf("the answer of %s %s is %q: %v", r.method, r.path, raw, err)
	}
	return a
}

// input is a request as the contract sees it; nil for what the contract has not.
func (c *till) input(t testing.TB, q *http.Request, path string, params map[string]string) *openapi3filter.RequestValidationInput {
	t.Helper()
	item := c.doc.Paths.Value(path)
	if item == nil || item.GetOperation(q.Method) == nil {
		return nil
	}
	return &openapi3filter.RequestValidationInput{Request: q, PathParams: params, QueryParams: q.URL.Query(),
		Route:   &routers.Route{Spec: c.doc, Server: c.doc.Servers[0], Path: path, PathItem: item, Method: q.Method, Operation: item.GetOperation(q.Method)},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true}}
}

// is fails unless an answer has a status and these values.
func (a answer) is(t testing.TB, what string, status int, values object) answer {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d, not %d: %v", what, a.status, status, a.body)
		return a
	}
	compare(t, what, a.body, values)
	return a
}

func compare(t testing.TB, what string, got, want object) {
	t.Helper()
	for name, value := range want {
		have, want := encode(t, got[name]), encode(t, value)
		if !bytes.Equal(have, want) {
			t.Errorf("%s: %s is %s, not %s", what, name, have, want)
		}
	}
}

// problem fails unless an answer is the problem.
func (a answer) problem(t testing.TB, what string, status int, code string) answer {
	t.Helper()
	a.is(t, what, status, object{"code": code, "status": status})
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: the answer is %s", what, got)
	}
	if status == http.StatusServiceUnavailable && (a.header.Get("Retry-After") == "" || a.body["retry_after_ms"] == nil) {
		t.Errorf("%s: 503 without saying when to come again: %v", what, a.header)
	}
	return a
}

func (a answer) issues() (codes []string) {
	list, _ := a.body["issues"].([]any)
	for _, i := range list {
		codes = append(codes, i.(object)["code"].(string))
	}
	return codes
}

func (a answer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// check is a sale of two coffees and a cake, 295 hryvnias.
func check(receipt string, more object) object {
	sale := object{
		"receipt_no": receipt, "business_date": "2026-03-02", "occurred_at": "2026-03-02T11:59:00+02:00", "currency": "UAH", "total": 29500,
		"lines":   []object{{"line_id": "1", "sku": "C1", "name": "Капучино", "category": "coffee", "qty": 2000, "net": 17000}, {"line_id": "cake", "name": "Торт", "qty": 1000, "net": 12500}},
		"tenders": []object{{"kind": "card", "amount": 29500}},
	}
	maps.Copy(sale, more)
	return sale
}

func key(k string) []string { return []string{"Idempotency-Key", k} }

func (c *till) sell(t testing.TB, k string, sale object) answer {
	t.Helper()
	return c.call(t, http.MethodPost, "/sales", nil, sale, key(k)...)
}
