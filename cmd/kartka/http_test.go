package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/telegram"
	"kartka/engine"
	"kartka/storage/storagetest"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// still is an instance that is prepared and not run: its handler can be asked without a listener.
func still(t *testing.T, database string, more environment) *service {
	t.Helper()
	w := newWorld(t)
	env := shopEnvironment(t, database, w)
	env["KARTKA_TELEGRAM_TOKEN"] = w.bot("still_coffee_bot").Token
	maps.Copy(env, more)
	env.migrate(t)
	cons := console{out: io.Discard, err: testLog{t}, env: env.get}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), cons, cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	if err := a.firstProgram(t.Context(), cons); err != nil {
		t.Fatal(err)
	}
	s := &service{app: a}
	if err := s.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// shopEnvironment configures an instance on a database in a world.
func shopEnvironment(t *testing.T, database string, w *world) environment {
	t.Helper()
	return environment{
		"KARTKA_DATABASE": database, "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "test.key"), "KARTKA_LOG_LEVEL": "error",
		"KARTKA_LISTEN": freeAddress(t), "KARTKA_TELEGRAM_API": w.server.URL + "/sandbox/telegram",
	}
}

// migrate makes key and schema.
func (e environment) migrate(t *testing.T) {
	t.Helper()
	if code, _, errs := e.command(t, "migrate", "-new-key"); code != exitOK {
		t.Fatalf("migrate: %s", errs)
	}
}

// ask sends a request to the handler of an instance; headers are names and values in turn.
func (s *service) ask(method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// readiness asks for readiness and reads the state of each part.
func (s *service) readiness(t *testing.T) (int, map[string]string) {
	t.Helper()
	w := s.ask(http.MethodGet, "/readyz")
	state := map[string]string{}
	if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("readiness is %q: %v", w.Body, err)
	}
	return w.Code, state
}

func TestHealthNeedsNothing(t *testing.T) {
	s := still(t, storagetest.SQLite(t), nil)
	s.app.store.Close()
	if w := s.ask(http.MethodGet, "/healthz"); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestReadyFollowsTheDatabase(t *testing.T) {
	server := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true})
	s := still(t, server.URL(), nil)
	if code, state := s.readiness(t); code != http.StatusOK || state["database"] != "ok" {
		t.Errorf("with a database: %d %v", code, state)
	}
	server.Crash()
	if code, state := s.readiness(t); code != http.StatusServiceUnavailable || state["database"] != "no answer" {
		t.Errorf("without a database: %d %v", code, state)
	}
	server.Start()
	if code, state := s.readiness(t); code != http.StatusOK || state["database"] != "ok" {
		t.Errorf("with the database back: %d %v", code, state)
	}
}

func TestReadyNeedsTheSchema(t *testing.T) {
	for _, c := range []struct{ name, change string }{
		{"older", "DELETE FROM schema_migration"},
		{"newer", "INSERT INTO schema_migration (version, name, sha256, applied_at) VALUES (999, 'tomorrow', 'x', '2099-01-01T00:00:00Z')"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := still(t, storagetest.SQLite(t), nil)
			if _, err := s.app.store.DB().Exec(t.Context(), c.change); err != nil {
				t.Fatal(err)
			}
			if code, state := s.readiness(t); code != http.StatusServiceUnavailable || state["schema"] != "not current" || state["database"] != "ok" {
				t.Errorf("%d %v", code, state)
			}
		})
	}
}

// A bot or Redis that is away is told, but takes no instance out of service: restarting it would mend neither.
func TestReadyTellsOfBotsAndRedis(t *testing.T) {
	s := still(t, storagetest.SQLite(t), environment{"KARTKA_REDIS": "redis://" + freeAddress(t) + "/0"})
	s.metrics.botReady("42", false)
	code, state := s.readiness(t)
	if code != http.StatusOK || state["bot 42"] != "not reachable yet" || state["redis"] == "" {
		t.Errorf("%d %v", code, state)
	}
	s.metrics.botReady("42", true)
	if code, state := s.readiness(t); code != http.StatusOK || state["bot 42"] != "ok" {
		t.Errorf("%d %v", code, state)
	}
}

func TestMetricsNeedTheirToken(t *testing.T) {
	const token = "s3cret-of-metrics"
	s := still(t, storagetest.SQLite(t), environment{"KARTKA_METRICS_TOKEN": token})
	for _, c := range []struct {
		name, header string
		want         int
	}{
		{"right", "Bearer " + token, http.StatusOK},
		{"none", "", http.StatusUnauthorized},
		{"empty", "Bearer ", http.StatusUnauthorized},
		{"without scheme", token, http.StatusUnauthorized},
		{"shorter", "Bearer " + token[:len(token)-1], http.StatusUnauthorized},
		{"longer", "Bearer " + token + "x", http.StatusUnauthorized},
		{"other case", "Bearer " + strings.ToUpper(token), http.StatusUnauthorized},
		{"basic", "Basic " + token, http.StatusUnauthorized},
	} {
		w := s.ask(http.MethodGet, "/metrics", "Authorization", c.header)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
		if refused := w.Code == http.StatusUnauthorized; refused && (w.Header().Get("WWW-Authenticate") != "Bearer" || strings.Contains(w.Body.String(), "kartka_")) {
			t.Errorf("%s: %v %q", c.name, w.Header(), w.Body)
		}
	}
}

func TestMetricsAreNotPublic(t *testing.T) {
	s := still(t, storagetest.SQLite(t), nil)
	if w := s.ask(http.MethodGet, "/metrics"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

// What is exposed follows Prometheus's own rules, those of "promtool check metrics", and says what operators look for.
func TestMetricsAreWellNamed(t *testing.T) {
	s := still(t, storagetest.SQLite(t), environment{"KARTKA_METRICS_TOKEN": "x", "KARTKA_REDIS": "redis://" + freeAddress(t) + "/0"})
	s.metrics.turn("done", time.Millisecond)
	hooks := s.metrics.outboxHooks()
	hooks.Claimed("telegram", "1", engine.LaneInteractive, time.Millisecond)
	hooks.Called("telegram", "1", engine.LaneBulk, bots.Sent, time.Millisecond)
	hooks.Settled("telegram", "1", engine.LaneBulk, engine.OutboundSent, "")
	body := s.ask(http.MethodGet, "/metrics", "Authorization", "Bearer x").Body.Bytes()
	problems, err := promlint.New(bytes.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, want := range []string{
		`kartka_turn_seconds_count{outcome="done"} 1`, `kartka_queue_seconds_count{lane="interactive"} 1`, `kartka_send_seconds_count{outcome="sent"} 1`,
		`kartka_messages_total{lane="bulk",state="sent"} 1`, "kartka_redis_up ", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(string(body), "\n"+want) {
			t.Errorf("%s is not exposed", want)
		}
	}
	if strings.Contains(string(body), `"telegram"`) {
		t.Error("a metric names bots or people")
	}
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	s := still(t, storagetest.SQLite(t), environment{"KARTKA_METRICS_TOKEN": "x"})
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/healthz", http.StatusOK},
		{http.MethodGet, "/readyz", http.StatusOK},
		{http.MethodGet, "/", http.StatusNotFound},
		{http.MethodGet, "/nothing", http.StatusNotFound},
		{http.MethodPost, "/healthz", http.StatusMethodNotAllowed},
		{http.MethodGet, "/metrics", http.StatusUnauthorized},
		{http.MethodGet, "/a/../healthz", http.StatusTemporaryRedirect},
		{http.MethodPost, s.presences[0].hookPath(), http.StatusUnauthorized},
	} {
		w := s.ask(c.method, c.path)
		if w.Code != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.want)
		}
		if h := w.Header(); h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s %s: %v", c.method, c.path, h)
		}
	}
}

// The path of a webhook cannot be derived from anything public, and what is near it does not exist.
func TestWebhookPathsAreNotGuessed(t *testing.T) {
	s := still(t, storagetest.SQLite(t), nil)
	p := s.presences[0]
	path := p.hookPath()
	for _, public := range []string{p.bot.Sender, p.bot.Username, p.program.ID, p.program.Slug, p.bot.Token.Reveal(), p.bot.Secret.Reveal()} {
		if strings.Contains(path, public) {
			t.Errorf("%s tells %s", path, public)
		}
	}
	if len(filepath.Base(path)) < 32 {
		t.Errorf("%s is short", path)
	}
	other := presence{bot: p.bot}
	other.bot.Secret = randomSecret()
	last := "0"
	if strings.HasSuffix(path, last) {
		last = "1"
	}
	for _, near := range []string{"/hooks", "/hooks/", "/hooks/telegram", "/hooks/telegram/", "/hooks/telegram/" + p.bot.Sender, other.hookPath(),
		path + "/", path + "0", path[:len(path)-1], path[:len(path)-1] + last, strings.Replace(path, "telegram", "viber", 1)} {
		if w := s.ask(http.MethodPost, near, telegram.SecretHeader, p.bot.Secret.Reveal(), "Content-Type", "application/json"); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", near, w.Code)
		}
	}
	if w := s.ask(http.MethodPost, path, telegram.SecretHeader, "wrong", "Content-Type", "application/json"); w.Code != http.StatusUnauthorized {
		t.Errorf("with a wrong secret: %d", w.Code)
	}
	if w := s.ask(http.MethodGet, path); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("looked at: %d", w.Code)
	}
}

// serving is "kartka serve" in this process.
type serving struct {
	t    *testing.T
	log  *waitLog
	out  *bytes.Buffer // to be read after end
	quit context.CancelFunc
	code chan int
}

// serve starts "kartka serve" and returns when it is ready.
func (e environment) serve(t *testing.T) *serving {
	t.Helper()
	ctx, quit := context.WithCancel(context.Background())
	s := &serving{t: t, log: newWaitLog(), out: &bytes.Buffer{}, quit: quit, code: make(chan int, 1)}
	go func() {
		s.code <- run(ctx, console{out: s.out, err: s.log, env: e.get}, []string{"serve"})
		s.log.end()
	}()
	t.Cleanup(func() { s.end() })
	s.log.await(t, "msg=ready")
	return s
}

// end stops it as a signal does, and returns its exit code.
func (s *serving) end() int {
	s.t.Helper()
	s.quit()
	code := <-s.code
	s.code <- code
	return code
}

// waitLog is a log that can be waited on.
type waitLog struct {
	mu    sync.Mutex
	text  bytes.Buffer
	more  chan struct{} // closed and renewed with each line
	ended bool
}

func newWaitLog() *waitLog { return &waitLog{more: make(chan struct{})} }

func (l *waitLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.text.Write(p)
}

// end says that nothing more will be written.
func (l *waitLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.more)
	l.more = make(chan struct{})
}

func (l *waitLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log contains a text.
func (l *waitLog) await(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		l.mu.Lock()
		found, ended, more := bytes.Contains(l.text.Bytes(), []byte(text)), l.ended, l.more
		l.mu.Unlock()
		if found {
			return
		}
		if ended {
			t.Fatalf("%q never came:\n%s", text, l)
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("%q never came:\n%s", text, l)
		}
	}
}

func TestMetricsOnTheirOwnAddress(t *testing.T) {
	w := newWorld(t)
	env := shopEnvironment(t, storagetest.SQLite(t), w)
	env["KARTKA_TELEGRAM_TOKEN"], env["KARTKA_LOG_LEVEL"] = w.bot("metrics_coffee_bot").Token, "info"
	env["KARTKA_METRICS_LISTEN"] = freeAddress(t)
	env.migrate(t)
	s := env.serve(t)
	if code, body := get(t, "http://"+env["KARTKA_METRICS_LISTEN"]+"/metrics"); code != http.StatusOK || !strings.Contains(body, "go_goroutines ") {
		t.Errorf("on their own address: %d %.80s", code, body)
	}
	if code, _ := get(t, "http://"+env["KARTKA_METRICS_LISTEN"]+"/readyz"); code != http.StatusNotFound {
		t.Errorf("beside the metrics: %d", code)
	}
	if code, _ := get(t, "http://"+env["KARTKA_LISTEN"]+"/metrics"); code != http.StatusNotFound {
		t.Errorf("on the main address: %d", code)
	}
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, s.log)
	}
	if code, _ := get(t, "http://"+env["KARTKA_METRICS_LISTEN"]+"/metrics"); code != 0 {
		t.Error("the metrics are served after the end")
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, name := range []string{"KARTKA_LISTEN", "KARTKA_METRICS_LISTEN"} {
		w := newWorld(t)
		env := shopEnvironment(t, storagetest.SQLite(t), w)
		env["KARTKA_TELEGRAM_TOKEN"] = w.bot("late_coffee_bot").Token
		env[name] = taken.Addr().String()
		env.migrate(t)
		if code, _, errs := env.command(t, "serve"); code != exitConfig || !strings.Contains(errs, "address already in use") {
			t.Errorf("%s: exit code %d: %s", name, code, errs)
		}
	}
}

// A delivery that has begun when the instance is told to stop is accepted, stored and acknowledged; the instance then ends as asked.
func TestGracefulShutdown(t *testing.T) {
	w := newWorld(t)
	database := storagetest.SQLite(t)
	env := shopEnvironment(t, database, w)
	env["KARTKA_TELEGRAM_TOKEN"], env["KARTKA_LOG_LEVEL"] = w.bot("calm_coffee_bot").Token, "info"
	env["KARTKA_PUBLIC_URL"] = "http://" + env["KARTKA_LISTEN"]
	env.migrate(t)
	s := env.serve(t)
	bot := theBot(t, env)

	begun := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	body, send := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, env["KARTKA_PUBLIC_URL"]+(&presence{bot: bot}).hookPath(), body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue") // answered when the handler begins to read
	req.Header.Set(telegram.SecretHeader, bot.Secret.Reveal())
	answered := make(chan int, 1)
	go func() {
		resp, err := (&http.Transport{ExpectContinueTimeout: patience}).RoundTrip(req)
		if err != nil {
			t.Errorf("deliver: %v", err)
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-begun
	s.quit()
	for refused := false; !refused; { // until nobody new is let in
		c, err := net.Dial("tcp", env["KARTKA_LISTEN"])
		if refused = err != nil; !refused {
			c.Close()
		}
	}
	_, err = io.WriteString(send, `{"update_id":77,"message":{"message_id":1,"date":1770000000,"chat":{"id":7,"type":"private"},"from":{"id":7,"first_name":"Late"},"text":"hello"}}`)
	if err = errors.Join(err, send.Close()); err != nil {
		t.Error(err)
	}
	if code := <-answered; code != http.StatusOK {
		t.Errorf("the delivery was answered with %d", code)
	}
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if log := s.log.String(); !strings.HasSuffix(strings.TrimSpace(log), "msg=stopped") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log is\n%s", log)
	}
	env.with(t, func(a *app) {
		if got := count(t, a.store.DB(), "SELECT count(*) FROM inbox"); got != 1 {
			t.Errorf("%d deliveries are stored", got)
		}
	})
}

// with opens the database of an environment.
func (e environment) with(t *testing.T, do func(*app)) {
	t.Helper()
	cons := console{out: io.Discard, err: testLog{t}, env: e.get}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), cons, cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	do(a)
}

// theBot reads the only bot of an environment's database.
func theBot(t *testing.T, e environment) (bot engine.Bot) {
	t.Helper()
	e.with(t, func(a *app) {
		all, err := a.store.Bots(t.Context(), "")
		if err != nil || len(all) != 1 {
			t.Fatalf("bots: %v, %v", all, err)
		}
		bot = all[0]
	})
	return bot
}

func TestLocalAddress(t *testing.T) {
	for listen, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:1": "127.0.0.1:1", "[::]:1": "127.0.0.1:1", "127.0.0.1:1": "127.0.0.1:1", "shop.example:1": "shop.example:1", "odd": "odd",
	} {
		if got := localAddress(listen); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}
