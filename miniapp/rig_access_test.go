package miniapp

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
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
)

// lobby is the web of two shops, with a clock that tests set, and everything it has logged.
type lobby struct {
	t           testing.TB
	store       *storage.Store
	engine      *engine.Engine
	app         *App
	kava, other engine.Program
	news        chan string
	logged      syncBuffer
	mu          sync.Mutex
	clock       time.Time
}

// Bots of the two shops.
const (
	kavaBot, kavaToken   = "7001", "7001:AAkava"
	otherBot, otherToken = "7002", "7002:AAother"
)

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newLobby(t testing.TB, change ...func(*Config)) *lobby {
	t.Helper()
	l := &lobby{t: t, clock: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), news: make(chan string, 100)}
	l.store = storagetest.Open(t, storagetest.SQLite(t))
	l.engine = engine.New(engine.Config{Store: l.store, Codes: kvtest.Codes{Store: kv.NewMemory(l.now, 10000)}, Now: l.now})
	l.kava, l.other = l.open("kava", kavaBot, kavaToken), l.open("other", otherBot, otherToken)
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(lang locales.Language, key, arg string) { t.Errorf("text missing in %s: %s %s", lang, key, arg) }
	c := Config{Engine: l.engine, Catalog: catalog, Down: sqldb.Outage, Secure: true,
		Logger: slog.New(slog.NewTextHandler(&l.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&c)
	}
	if l.app, err = New(c); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lobby) now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clock
}

func (l *lobby) pass(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock = l.clock.Add(d)
}

func (l *lobby) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// open makes a shop with a bot.
func (l *lobby) open(slug, sender, token string) engine.Program {
	l.t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	l.must(err)
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Shop "+slug, money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"en", "uk"}, 25000)
	s.Earn.MinCheck = 0
	p, err := l.engine.CreateProgram(l.t.Context(), slug, &s, engine.ProgramActive)
	l.must(err)
	l.must(l.engine.AttachBot(l.t.Context(), l.bot(p, sender, token)))
	return p
}

func (l *lobby) bot(p engine.Program, sender, token string) engine.Bot {
	return engine.Bot{ProgramID: p.ID, Channel: telegram, Sender: sender, Username: p.Slug + "_bot", Token: engine.Secret(token), Secret: "s"}
}

// meet makes a contact of a shop's bot.
func (l *lobby) meet(p engine.Program, user string) engine.Contact {
	l.t.Helper()
	sender := kavaBot
	if p.ID == l.other.ID {
		sender = otherBot
	}
	person, err := l.engine.Meet(l.t.Context(), p, engine.Bot{}, engine.Contact{Name: "Person " + user, Locale: "en", Address: engine.Address{Channel: telegram, Sender: sender, UserID: user}})
	l.must(err)
	return person.Contact
}

// guest gives somebody a card.
func (l *lobby) guest(p engine.Program, user string) (engine.Member, engine.Contact) {
	l.t.Helper()
	c := l.meet(p, user)
	j, err := l.engine.Join(l.t.Context(), engine.JoinInput{ProgramID: p.ID, ContactID: c.ID, Name: "Olena Tester", Phone: engine.Phone("+3805011122" + user), Proof: engine.ProofPlatform,
		Language: "en", Channel: telegram, Text: "join-v1"})
	l.must(err)
	return j.Member, c
}

// hire makes somebody staff.
func (l *lobby) hire(p engine.Program, user string, role engine.Role) (engine.Staff, engine.Contact) {
	l.t.Helper()
	c := l.meet(p, user)
	invited, err := l.engine.OperatorInvite(l.t.Context(), p.ID, role, "")
	l.must(err)
	s, err := l.engine.AcceptInvite(l.t.Context(), p.ID, c.ID, invited.Token, "en")
	l.must(err)
	return s, c
}

// initData is what Telegram would sign for somebody.
func (l *lobby) initData(token, user string, at time.Time, extra ...string) string {
	values := url.Values{"auth_date": {fmt.Sprint(at.Unix())}, "query_id": {"AAA"},
		"user": {fmt.Sprintf(`{"id":%s,"first_name":"Olena","last_name":"Tester","language_code":"en"}`, user)}}
	for i := 0; i+1 < len(extra); i += 2 {
		values.Set(extra[i], extra[i+1])
	}
	var pairs []string
	for k := range values {
		pairs = append(pairs, k+"="+values.Get(k))
	}
	slices.Sort(pairs)
	key := hmac.New(sha256.New, []byte("WebAppData"))
	key.Write([]byte(token))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(strings.Join(pairs, "\n")))
	values.Set("hash", hex.EncodeToString(mac.Sum(nil)))
	return values.Encode()
}

// request is a call as somebody's browser makes it.
func (l *lobby) request(method, path, body string, change ...func(*http.Request)) *http.Request {
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(l.t.Context(), method, path, from)
	r.Host = "kava.example"
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	return r
}

// do makes a call. Whatever comes back must keep others out of it.
func (l *lobby) do(method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	l.t.Helper()
	w, r := httptest.NewRecorder(), l.request(method, path, body, change...)
	file := strings.HasPrefix(r.URL.Path, AssetsPath) // the same for everybody, and no page
	l.app.ServeHTTP(w, r)
	h := w.Header()
	csp, wants := h.Get("Content-Security-Policy"), []string{"default-src 'none'", "script-src 'self'"}
	if !file {
		wants = append(wants, "frame-ancestors 'self' https://web.telegram.org", "base-uri 'self'", "form-action 'self'")
	}
	for _, want := range wants {
		if !strings.Contains(csp, want) {
			l.t.Errorf("%s %s: the policy %q lacks %s", method, path, csp, want)
		}
	}
	if !file && h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" {
		l.t.Errorf("%s %s: headers %v", method, path, h)
	}
	for _, c := range w.Result().Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != l.app.Secure || strings.HasPrefix(c.Name, "__Host-") != l.app.Secure {
			l.t.Errorf("%s %s: cookie %s", method, path, c.Raw)
		}
	}
	if strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Cache-Control") != "no-store" && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect {
		l.t.Errorf("%s %s: a page may be kept: %q", method, path, h.Get("Cache-Control"))
	}
	if strings.Contains(w.Body.String(), "kava.example") || strings.Contains(h.Get("Location"), "kava.example") {
		l.t.Errorf("%s %s: the name that was called got into the answer", method, path)
	}
	return w
}

// want makes a call and looks at its status.
func (l *lobby) want(status int, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	l.t.Helper()
	w := l.do(method, path, body, change...)
	if w.Code != status {
		l.t.Errorf("%s %s: %d, want %d\n%s", method, path, w.Code, status, w.Body)
	}
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func bearer(token string) func(*http.Request) { return header("Authorization", "Bearer "+token) }

// with sends the cookies that an answer has set.
func with(w *httptest.ResponseRecorder) func(*http.Request) {
	return func(r *http.Request) {
		for _, c := range w.Result().Cookies() {
			if c.MaxAge >= 0 {
				r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			}
		}
	}
}

// session signs somebody in as the Mini App does.
func (l *lobby) session(p engine.Program, token, user string) string {
	l.t.Helper()
	w := l.want(http.StatusOK, "POST", "/app/"+p.Slug+"/session", "to=", header("Authorization", "tma "+l.initData(token, user, l.now())))
	if w.Header().Get(tokenHeader) == "" {
		l.t.Fatal("no session")
	}
	return w.Header().Get(tokenHeader)
}

// login makes a one-time link of somebody, below the program's pages.
func (l *lobby) login(p engine.Program, c engine.Contact) string {
	l.t.Helper()
	token, _, err := l.engine.IssueLogin(l.t.Context(), p.ID, c.ID)
	l.must(err)
	return "/app/" + p.Slug + "/in/" + token
}

// browser signs somebody in with a one-time link and gives the answer that set the cookie.
func (l *lobby) browser(p engine.Program, c engine.Contact) *httptest.ResponseRecorder {
	l.t.Helper()
	return l.want(http.StatusSeeOther, "POST", l.login(p, c), "to=")
}
