package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/telegram"
)

// fileServer answers getFile with result and the file's address with file.
func fileServer(t *testing.T, result string, file http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/bot"+string(testToken)+"/getFile", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != `{"file_id":"kept"}` {
			refuse(w, 400, "Bad Request: invalid file_id", "")
			return
		}
		fmt.Fprintf(w, `{"ok":true,"result":%s}`, result)
	})
	mux.HandleFunc("/file/bot"+string(testToken)+"/", file)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestFetch(t *testing.T) {
	const known = `{"file_id":"kept","file_size":5,"file_path":"photos/file 1.png"}`
	own := bots.PhotoRef{Channel: bots.Telegram, Sender: "7012345678", ID: "kept"}
	foreign, gone := own, own
	foreign.Sender, gone.ID = "7", "forgotten"
	give := func(data string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/photos/file 1.png") {
				t.Errorf("asked for %s", r.URL.Path)
			}
			io.WriteString(w, data)
		}
	}
	for _, tt := range []struct {
		name    string
		ref     bots.PhotoRef
		result  string
		file    http.HandlerFunc
		data    string
		outcome bots.Outcome
		large   bool
	}{
		{name: "whole", ref: own, result: known, file: give("01234"), data: "01234"},
		{name: "as long as may be", ref: own, result: known, file: give("0123456789"), data: "0123456789"},
		{name: "longer than it said", ref: own, result: known, file: give("0123456789a"), outcome: bots.Invalid, large: true},
		{name: "said to be too long", ref: own, result: `{"file_size":11,"file_path":"photos/file 1.png"}`, outcome: bots.Invalid, large: true},
		{name: "another bot's", ref: foreign, result: known, outcome: bots.Invalid},
		{name: "forgotten", ref: gone, result: known, outcome: bots.Invalid},
		{name: "no path", ref: own, result: `{"file_size":5}`, outcome: bots.Invalid},
		{name: "a file of the machine", ref: own, result: `{"file_path":"/var/lib/bot/photos/1.png"}`, outcome: bots.Invalid},
		{name: "a way out", ref: own, result: `{"file_path":"photos/../../getMe"}`, outcome: bots.Invalid},
		{name: "gone since", ref: own, result: known, outcome: bots.Invalid,
			file: func(w http.ResponseWriter, _ *http.Request) { refuse(w, 404, "Not Found", "") }},
		{name: "token withdrawn", ref: own, result: known, outcome: bots.Unauthorized,
			file: func(w http.ResponseWriter, _ *http.Request) { refuse(w, 401, "Unauthorized", "") }},
		{name: "flooded", ref: own, result: known, outcome: bots.RetryAfter,
			file: func(w http.ResponseWriter, _ *http.Request) { refuse(w, 429, "Too Many Requests", `{"retry_after":3}`) }},
		{name: "a proxy's page", ref: own, result: known, outcome: bots.Unknown,
			file: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }},
		{name: "torn", ref: own, result: known, outcome: bots.Unknown,
			file: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "9")
				io.WriteString(w, "0123")
			}},
		{name: "redirected", ref: own, result: known, outcome: bots.Unknown,
			file: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://evil.example/", http.StatusFound)
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file
			if file == nil {
				file = func(http.ResponseWriter, *http.Request) { t.Error("the file was asked for") }
			}
			s := fileServer(t, tt.result, file)
			logger, log := logTo()
			b, err := telegram.New(telegram.Config{Token: testToken, APIURL: s.URL, Logger: logger})
			if err != nil {
				t.Fatal(err)
			}
			data, err := b.Fetch(t.Context(), tt.ref, 10)
			var failed *bots.SendError
			if tt.outcome == "" && err != nil || tt.outcome != "" && (!errors.As(err, &failed) || failed.Outcome != tt.outcome) {
				t.Errorf("error %v, want %q", err, tt.outcome)
			}
			if errors.Is(err, bots.ErrTooLarge) != tt.large || string(data) != tt.data {
				t.Errorf("%q, %v", data, err)
			}
			if all := fmt.Sprintf("%v %+v %#v", err, err, err) + log.String(); strings.Contains(all, secretPart) {
				t.Errorf("the token is told: %s", all)
			}
		})
	}
}

// TestFetchHidesTheToken: not even the error of an address that cannot be reached shows it.
func TestFetchHidesTheToken(t *testing.T) {
	s := fileServer(t, `{"file_path":"photos/1.png"}`, func(http.ResponseWriter, *http.Request) {})
	broken := errors.New("no way")
	b, err := telegram.New(telegram.Config{Token: testToken, APIURL: s.URL, Client: doFunc(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "/file/") {
			return nil, fmt.Errorf("get %s: %w", r.URL, broken)
		}
		return http.DefaultClient.Do(r)
	})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Fetch(t.Context(), bots.PhotoRef{Channel: bots.Telegram, Sender: "7012345678", ID: "kept"}, 10)
	if !errors.Is(err, broken) || strings.Contains(fmt.Sprintf("%v %#v", err, err), secretPart) {
		t.Errorf("error %#v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var failed *bots.SendError
	if _, err := b.Fetch(ctx, bots.PhotoRef{}, 10); !errors.As(err, &failed) || failed.Outcome != bots.RetryAfter {
		t.Errorf("error %v", err)
	}
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }
