package telegram_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/bots/sandbox/clock"
	"kartka/bots/sandbox/telegram"
)

var morning = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is a server with one bot and one person who has started it, under a clock that stands still.
type world struct {
	t     *testing.T
	srv   *telegram.Server
	web   *httptest.Server
	clock *clock.Manual
	bot   telegram.Bot
	anna  int64
}

func newWorld(t *testing.T, change ...func(*telegram.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(morning)}
	cfg := telegram.Config{Clock: w.clock, Seed: "test"}
	for _, f := range change {
		f(&cfg)
	}
	w.srv = telegram.New(cfg)
	w.web = httptest.NewServer(w.srv)
	t.Cleanup(w.web.Close)
	t.Cleanup(w.srv.Close)
	var err error
	w.bot, err = w.srv.CreateBot(telegram.BotSpec{Username: "kava_bot", Name: "Kava"})
	w.ok(err)
	w.anna = w.person("Anna")
	w.send(w.srv.Start(w.anna, w.bot.ID, ""))
	w.confirm()
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// send unwraps what people's actions return.
func (w *world) send(id int64, err error) int64 {
	w.t.Helper()
	w.ok(err)
	return id
}

func (w *world) person(name string) int64 {
	w.t.Helper()
	p, err := w.srv.CreatePerson(telegram.Person{FirstName: name, LanguageCode: "uk", Phone: "380501112233"})
	w.ok(err)
	return p.ID
}

func (w *world) private(user int64) telegram.Place { return telegram.Place{User: user, Bot: w.bot.ID} }

// confirm takes all waiting updates away.
func (w *world) confirm() {
	w.t.Helper()
	w.must("getUpdates", map[string]any{"offset": 1 << 40})
	w.clock.Advance(time.Second) // the next poll must not look hasty
}

// answer is a decoded response.
type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`

	status     int
	retryAfter string
}

type args = map[string]any

func (w *world) call(method string, params args) answer {
	w.t.Helper()
	body, err := json.Marshal(params)
	w.ok(err)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url(method), bytes.NewReader(body))
	w.ok(err)
	req.Header.Set("Content-Type", "application/json")
	a, err := w.do(req)
	w.ok(err)
	return a
}

func (w *world) url(method string) string { return w.web.URL + "/bot" + w.bot.Token + "/" + method }

func (w *world) do(req *http.Request) (answer, error) {
	var a answer
	resp, err := w.web.Client().Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.status, a.retryAfter = resp.StatusCode, resp.Header.Get("Retry-After")
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(body, &a)
}

// must calls a method that has to succeed.
func (w *world) must(method string, params args) answer {
	w.t.Helper()
	a := w.call(method, params)
	if !a.OK {
		w.t.Fatalf("%s: %d %s", method, a.Code, a.Description)
	}
	return a
}

// refused calls a method that has to fail.
func (w *world) refused(method string, params args, code int, description string) {
	w.t.Helper()
	a := w.call(method, params)
	if a.OK || a.Code != code || a.status != code || a.Description != description {
		w.t.Errorf("%s: got %d (%d) %q, want %d %q", method, a.Code, a.status, a.Description, code, description)
	}
}

func (a answer) message(t *testing.T) telegram.Message {
	t.Helper()
	var m telegram.Message
	if err := json.Unmarshal(a.Result, &m); err != nil {
		t.Fatalf("decode %s: %v", a.Result, err)
	}
	return m
}

// update is a decoded update.
type update struct {
	ID       int64             `json:"update_id"`
	Message  *telegram.Message `json:"message"`
	Callback *struct {
		ID      string            `json:"id"`
		Data    string            `json:"data"`
		From    telegram.User     `json:"from"`
		Message *telegram.Message `json:"message"`
	} `json:"callback_query"`
	Member *telegram.ChatMemberUpdated `json:"my_chat_member"`
}

func (a answer) updates(t *testing.T) []update {
	t.Helper()
	var list []update
	if err := json.Unmarshal(a.Result, &list); err != nil {
		t.Fatalf("decode %s: %v", a.Result, err)
	}
	return list
}

func texts(list []update) string {
	var out []string
	for _, u := range list {
		switch {
		case u.Message != nil:
			out = append(out, u.Message.Text)
		case u.Callback != nil:
			out = append(out, "press "+u.Callback.Data)
		case u.Member != nil:
			out = append(out, u.Member.NewChatMember.Status)
		}
	}
	return strings.Join(out, ",")
}

// timer waits until a callback is armed that many from now.
func (w *world) timer(d time.Duration) {
	w.t.Helper()
	for {
		changed := w.clock.Changed()
		if slices.Contains(w.clock.Pending(), d) {
			return
		}
		select {
		case <-changed:
		case <-w.t.Context().Done():
			w.t.Fatalf("no callback in %v", d)
		}
	}
}

// transcript compares the chat of a person.
func (w *world) transcript(user int64, want string) {
	w.t.Helper()
	got, err := w.srv.Transcript(w.private(user))
	w.ok(err)
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		w.t.Errorf("transcript:\n%s\nwant:\n%s", got, want)
	}
}
