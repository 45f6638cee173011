package telegram_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/telegram"
)

const goodUpdate = `{"update_id":7,"message":{"message_id":1,"date":1795255200,"from":{"id":42},"chat":{"id":42,"type":"private"},"text":"x"}}`

func TestWebhookAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, method, secret, media, body string
		fail                              int
		status, rows                      int
	}{
		{name: "good", status: 200, rows: 1},
		{name: "with a charset", media: "application/json; charset=utf-8", status: 200, rows: 1},
		{name: "GET", method: "GET", status: 405},
		{name: "HEAD", method: "HEAD", status: 405},
		{name: "no secret", secret: "-", status: 401},
		{name: "wrong secret", secret: "s3creT", status: 401},
		{name: "longer secret", secret: "s3cret0", status: 401},
		{name: "form", media: "application/x-www-form-urlencoded", status: 415},
		{name: "no type", media: "-", status: 415},
		{name: "exactly 1 MiB of nonsense", body: strings.Repeat(" ", 1<<20), status: 200, rows: 1},
		{name: "more than 1 MiB", body: strings.Repeat(" ", 1<<20+1), status: 413},
		{name: "inbox fails", fail: 1, status: 503},
		{name: "unwanted kind", body: `{"update_id":8,"poll":{}}`, status: 200},
		{name: "poison", body: `{"update_id":8,"message":[]}`, status: 200, rows: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(t, newAPI(t), nil)
			in := &inbox{fail: tt.fail}
			woken := 0
			h, err := b.WebhookHandler("s3cret", in, func(string) { woken++ })
			if err != nil {
				t.Fatal(err)
			}
			or := func(v, otherwise string) string {
				switch v {
				case "":
					return otherwise
				case "-":
					return ""
				}
				return v
			}
			r := httptest.NewRequest(or(tt.method, "POST"), "/hook", strings.NewReader(or(tt.body, goodUpdate)))
			r.Header.Set("Content-Type", or(tt.media, "application/json"))
			r.Header.Set(telegram.SecretHeader, or(tt.secret, "s3cret"))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || len(in.rows) != tt.rows {
				t.Errorf("status %d, %d rows; want %d, %d", w.Code, len(in.rows), tt.status, tt.rows)
			}
			if good := tt.rows == 1 && in.rows[0].Reason == ""; (woken == 1) != good {
				t.Errorf("woken %d times", woken)
			}
			if (w.Header().Get("Retry-After") != "") != (tt.status == 503) {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
			if tt.status == 405 && w.Header().Get("Allow") != "POST" {
				t.Errorf("Allow %q", w.Header().Get("Allow"))
			}
		})
	}
}

// TestWebhookStoresBeforeItAnswers: while the inbox has not returned, nobody is woken and nothing is answered.
func TestWebhookStoresBeforeItAnswers(t *testing.T) {
	var order []string
	in := acceptFunc(func([]bots.Raw) { order = append(order, "stored") })
	h, err := newBot(t, newAPI(t), nil).WebhookHandler("s3cret", in, func(string) { order = append(order, "woken") })
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(goodUpdate))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(telegram.SecretHeader, "s3cret")
	h.ServeHTTP(answerFunc{httptest.NewRecorder(), func() { order = append(order, "answered") }}, r)
	order = append(order, "returned")
	if got := strings.Join(order, " "); got != "stored woken returned" {
		t.Errorf("order: %s", got)
	}
}

func TestWebhookNeedsASecret(t *testing.T) {
	b := newBot(t, newAPI(t), nil)
	for _, secret := range []string{"", "with space", strings.Repeat("x", 257), "пароль"} {
		if _, err := b.WebhookHandler(secret, &inbox{}, func(string) {}); err == nil {
			t.Errorf("secret %q accepted", secret)
		}
	}
}

type acceptFunc func([]bots.Raw)

func (f acceptFunc) Accept(_ context.Context, rows []bots.Raw) (int, error) {
	f(rows)
	return len(rows), nil
}

// answerFunc notices the first thing written.
type answerFunc struct {
	http.ResponseWriter
	wrote func()
}

func (a answerFunc) WriteHeader(code int) {
	a.wrote()
	a.ResponseWriter.WriteHeader(code)
}
