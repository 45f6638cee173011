package main

import (
	"net/http"
	"strings"
	"testing"

	"kartka/bots/telegram"
	"kartka/storage/storagetest"
)

// What anybody on the internet can send to the webhook of a running shop is refused and leaves no trace.
func TestWebhookRefusesStrangers(t *testing.T) {
	s := newStage(newWorld(t), storagetest.SQLite(t), 1, 1)
	s.hooks(true)
	var log logBook
	i := s.instance(&log)
	good := []byte(`{"update_id":7,"message":{"message_id":1,"date":1795255200,"from":{"id":42},"chat":{"id":42,"type":"private"},"text":"x"}}`)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, tt := range []struct {
		name   string
		body   []byte
		change func(*http.Request)
		status int
	}{
		{"wrong secret", good, header(telegram.SecretHeader, "guess"), http.StatusUnauthorized},
		{"no secret", good, func(r *http.Request) { r.Header.Del(telegram.SecretHeader) }, http.StatusUnauthorized},
		{"two secrets", good, header(telegram.SecretHeader, s.secret+", "+s.secret), http.StatusUnauthorized},
		{"GET", nil, func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed},
		{"PUT", good, func(r *http.Request) { r.Method = http.MethodPut }, http.StatusMethodNotAllowed},
		{"more than 1 MiB", []byte(strings.Repeat(" ", 1<<20+1)), nil, http.StatusRequestEntityTooLarge},
		{"a form", good, header("Content-Type", "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType},
		{"no type", good, header("Content-Type", ""), http.StatusUnsupportedMediaType},
		{"another path", good, func(r *http.Request) { r.URL.Path = "/hooks/telegram/" + strings.Repeat("0", 32) }, http.StatusNotFound},
		{"below the path", good, func(r *http.Request) { r.URL.Path += "/x" }, http.StatusNotFound},
	} {
		if status := s.deliver(tt.body, tt.change); status != tt.status {
			t.Errorf("%s: answered %d, want %d", tt.name, status, tt.status)
		}
	}
	stored := func() int { return s.count(`SELECT count(*) FROM inbox`) }
	if n := stored(); n != 0 {
		t.Errorf("%d of them were stored", n)
	}
	if status := s.deliver(good, nil); status != http.StatusOK || stored() != 1 {
		t.Errorf("the update itself is answered %d, and %d are stored", status, stored())
	}
	if strings.Contains(log.String(), s.secret) || strings.Contains(log.String(), s.bot.Token) {
		t.Errorf("a secret is in the log:\n%s", &log)
	}
	s.stop(i)
}

// Without its database a shop acknowledges nothing: the messenger is told when to come again, and does.
func TestWebhookWithoutDatabase(t *testing.T) {
	server := storagetest.StartPostgres(t, storagetest.PostgresOptions{})
	s := newStage(newWorld(t), server.URL(), 1, 1)
	s.hooks(true)
	var log logBook
	i := s.instance(&log)
	guest := s.guests[0]
	guest.start("")
	guest.button("v1|guest|history")
	server.Stop()
	resp := s.request([]byte(`{"update_id":7,"message":{"message_id":1,"date":1795255200,"from":{"id":42},"chat":{"id":42,"type":"private"},"text":"x"}}`), nil)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("answered %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	guest.say("/privacy")
	server.Start()
	guest.sees(lastAnswer)
	s.stop(i)
}
