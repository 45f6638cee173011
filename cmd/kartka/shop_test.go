package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/storage/storagetest"
)

// patience is how long a test waits for something that must come; nothing waits longer than it takes.
const patience = 90 * time.Second

// eachDatabase runs a test on every database the product supports.
func eachDatabase(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, storagetest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, storagetest.Postgres(t)) })
}

// world is the messenger with its people; shops come and go in it.
type world struct {
	t      *testing.T
	server *httptest.Server
	driver *sandbox.Driver
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldBehind(t, func(s http.Handler) http.Handler { return s })
}

// newWorldBehind is a world with something in front of the messenger: to look at the calls, or to get in their way.
func newWorldBehind(t *testing.T, front func(http.Handler) http.Handler) *world {
	t.Helper()
	s := sandbox.New(sandbox.Config{Seed: t.Name()})
	server := httptest.NewServer(front(s))
	t.Cleanup(func() { s.Close(); server.Close() })
	return &world{t: t, server: server, driver: sandbox.NewDriver(server.URL, server.Client())}
}

func (w *world) bot(username string) telegram.Bot {
	w.t.Helper()
	b, err := w.driver.CreateBot(w.t.Context(), telegram.BotSpec{Username: username, Name: username})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// shop is a running instance in a world.
type shop struct {
	*world
	env     map[string]string
	service *service
	out     *bytes.Buffer
	stop    func()
}

// fast is a pace that no test waits for.
var fast = bots.Pace{Reserve: 5000, Bulk: 5000, BulkCap: 5000, Chat: 5000, ChatRun: 5000, Group: 5000, GroupRun: 5000}

// open starts an instance on a database as "kartka serve" does. With hooks the messenger delivers to it; otherwise it polls.
func (w *world) open(database string, token string, hooks bool) *shop {
	t := w.t
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{world: w, out: &bytes.Buffer{}, env: map[string]string{
		"KARTKA_DATABASE": database, "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "test.key"), "KARTKA_LOG_LEVEL": "error",
		"KARTKA_TELEGRAM_API": w.server.URL + "/sandbox/telegram", "KARTKA_TELEGRAM_TOKEN": token,
	}}
	if hooks {
		s.env["KARTKA_PUBLIC_URL"] = "http://" + listener.Addr().String()
	}
	if code := s.kartka("migrate", "-new-key"); code != 0 {
		t.Fatalf("migrate: %s", s.out)
	}
	s.serve(listener)
	return s
}

// serve runs the instance until stop is called or the test ends.
func (s *shop) serve(listener net.Listener) {
	t := s.t
	t.Helper()
	cons := console{out: s.out, err: testLog{t}, env: s.getenv}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), cons, cfg, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.firstProgram(t.Context(), cons); err != nil {
		t.Fatal(err)
	}
	s.service = &service{app: a, pace: &fast}
	if err := s.service.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.claimLinks(t.Context(), cons); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.service.run(ctx, listener) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		a.close()
	})
	t.Cleanup(s.stop)
}

func (s *shop) getenv(name string) string { return s.env[name] }

// kartka runs a subcommand on the shop's database and keeps what it prints in s.out.
func (s *shop) kartka(args ...string) int {
	s.out.Reset()
	return run(context.Background(), console{out: s.out, err: s.out, env: s.getenv}, args)
}

// claim is the one-time link that serve printed.
func (s *shop) claim() string {
	s.t.Helper()
	_, link, ok := strings.Cut(s.out.String(), "https://t.me/")
	if !ok {
		s.t.Fatalf("no claim link in %q", s.out)
	}
	return "https://t.me/" + strings.TrimSpace(link)
}

// testLog writes an instance's log into the test's.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

// person is somebody with a phone.
type person struct {
	*sandbox.Phone
	t    *testing.T
	taps int
}

func (w *world) person(name, language, phone, bot string) *person {
	w.t.Helper()
	p, err := w.driver.NewUser(w.t.Context(), telegram.Person{FirstName: name, LanguageCode: language, Phone: phone}, bot)
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{Phone: p, t: w.t}
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		transcript, _ := p.Transcript(context.Background())
		p.t.Fatalf("%v\n%s", err, transcript)
	}
}

func (p *person) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.t.Cleanup(cancel)
	return ctx
}

func (p *person) start(payload string) {
	p.t.Helper()
	p.taps++
	p.must(p.Start(p.ctx(), payload))
}

func (p *person) follow(link string) {
	p.t.Helper()
	_, err := p.OpenLink(p.ctx(), link)
	p.must(err)
}

func (p *person) say(text string) {
	p.t.Helper()
	_, err := p.Text(p.ctx(), text)
	p.must(err)
}

// button waits for the newest message with a button whose id begins so.
func (p *person) button(prefix string) (message int64, data string) {
	p.t.Helper()
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		message, data = findButton(v, prefix)
		return data != ""
	})
	if err != nil {
		p.must(err)
	}
	return message, data
}

func findButton(v telegram.ChatView, prefix string) (int64, string) {
	for i := len(v.Messages) - 1; i >= 0; i-- {
		for _, row := range v.Messages[i].Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.CallbackData, prefix) && !v.Messages[i].Deleted {
					return v.Messages[i].ID, b.CallbackData
				}
			}
		}
	}
	return 0, ""
}

// tap presses the newest button whose id begins so, and waits for the answer to the press.
func (p *person) tap(prefix string) telegram.Answer {
	p.t.Helper()
	p.taps++
	message, data := p.button(prefix)
	return p.forge(message, data)
}

// forge presses a button with any id, whether there is one or not.
func (p *person) forge(message int64, data string) telegram.Answer {
	p.t.Helper()
	pressed, err := p.PressButton(p.ctx(), telegram.Pressing{Message: message, Data: data})
	p.must(err)
	answer, err := p.WaitAnswer(p.ctx(), pressed.Query)
	p.must(err)
	return answer
}

// sees waits until some message that is not deleted contains a text.
func (p *person) sees(text string) telegram.MessageView {
	p.t.Helper()
	var found telegram.MessageView
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		for i := len(v.Messages) - 1; i >= 0; i-- {
			if m := v.Messages[i]; m.From == "bot" && !m.Deleted && strings.Contains(plain(m.Text), text) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		transcript, _ := p.Transcript(context.Background())
		p.t.Fatalf("does not see %q: %v\n%s", text, err, transcript)
	}
	return found
}

// plain makes no-break spaces plain, so that tests can be typed.
func plain(text string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2060", "").Replace(text)
}

// program is the shop's only program.
func (s *shop) program() engine.Program {
	s.t.Helper()
	all, err := s.service.app.store.Programs(s.t.Context())
	if err != nil || len(all) == 0 {
		s.t.Fatalf("programs: %v, %v", all, err)
	}
	return all[0]
}
