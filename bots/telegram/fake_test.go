package telegram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/telegram"
)

const (
	testToken  = telegram.Token("7012345678:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8")
	secretPart = "AAH5YkoiEuPk8"
)

var testNow = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// call is one request as the API saw it.
type call struct {
	Method string
	Params map[string]string
	Files  map[string]string
}

// api is a Bot API server that answers as the test says and remembers what it was asked.
type api struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []call
	answer func(c call, w http.ResponseWriter) // nil answers a message with number 100, or true
}

func newAPI(t *testing.T) *api {
	a := &api{}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	prefix := "/bot" + string(testToken) + "/"
	if !strings.HasPrefix(r.URL.Path, prefix) {
		http.NotFound(w, r)
		return
	}
	c := call{Method: strings.TrimPrefix(r.URL.Path, prefix), Params: map[string]string{}, Files: map[string]string{}}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "application/json" {
		var params map[string]json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&params)
		for k, v := range params {
			c.Params[k] = strings.Trim(string(v), `"`)
		}
	} else if err := r.ParseMultipartForm(1 << 20); err == nil {
		for k, v := range r.MultipartForm.Value {
			c.Params[k] = v[0]
		}
		for k, v := range r.MultipartForm.File {
			f, _ := v[0].Open()
			data, _ := io.ReadAll(f)
			c.Files[k] = v[0].Filename + ":" + string(data)
		}
	}
	a.mu.Lock()
	a.calls = append(a.calls, c)
	answer := a.answer
	a.mu.Unlock()
	if answer != nil {
		answer(c, w)
		return
	}
	accept(c, w)
}

// accept answers as the server does when all is well.
func accept(c call, w http.ResponseWriter) {
	switch {
	case strings.HasPrefix(c.Method, "send"):
		fmt.Fprintf(w, `{"ok":true,"result":{"message_id":100,"date":1,"chat":{"id":%s,"type":"private"}}}`, c.Params["chat_id"])
	case strings.HasPrefix(c.Method, "editMessage"):
		fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%s,"date":1,"chat":{"id":1,"type":"private"}}}`, c.Params["message_id"])
	default:
		io.WriteString(w, `{"ok":true,"result":true}`)
	}
}

// refuse answers with a Bot API error.
func refuse(w http.ResponseWriter, code int, description, parameters string) {
	w.WriteHeader(code)
	if parameters != "" {
		parameters = `,"parameters":` + parameters
	}
	fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q%s}`, code, description, parameters)
}

func (a *api) on(answer func(c call, w http.ResponseWriter)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
}

// took returns the calls so far and forgets them.
func (a *api) took() []call {
	a.mu.Lock()
	defer a.mu.Unlock()
	calls := a.calls
	a.calls = nil
	return calls
}

func methods(calls []call) string {
	var names []string
	for _, c := range calls {
		names = append(names, c.Method)
	}
	return strings.Join(names, " ")
}

// newBot is a bot of the fake API; change may adjust its configuration.
func newBot(t *testing.T, a *api, change func(*telegram.Config)) *telegram.Bot {
	t.Helper()
	c := telegram.Config{
		Token: testToken, APIURL: a.URL, Now: func() time.Time { return testNow },
		Draw: func(p bots.Photo) ([]byte, error) { return []byte("png of " + p.QR), nil },
	}
	if change != nil {
		change(&c)
	}
	b, err := telegram.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inbox keeps rows in memory, each key once.
type inbox struct {
	mu   sync.Mutex
	rows []bots.Raw
	fail int // how many Accepts fail first
}

var errInbox = errors.New("database is away")

func (i *inbox) Accept(_ context.Context, rows []bots.Raw) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail > 0 {
		i.fail--
		return 0, errInbox
	}
	n := 0
next:
	for _, row := range rows {
		for _, old := range i.rows {
			if old.Key == row.Key {
				continue next
			}
		}
		i.rows = append(i.rows, row)
		n++
	}
	return n, nil
}

func (i *inbox) keys() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var keys []string
	for _, row := range i.rows {
		keys = append(keys, row.Key)
	}
	return strings.Join(keys, " ")
}

// logTo is a logger whose text a test can read.
func logTo() (*slog.Logger, *syncBuffer) {
	b := &syncBuffer{}
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})), b
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
