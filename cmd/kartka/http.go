package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"kartka/bots/desk"
	"kartka/miniapp"
	"kartka/tills"
)

// routes puts the HTTP server together.
func (s *service) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, p := range s.presences {
		inbox := s.desk.Inbox(desk.Presence{ProgramID: p.program.ID, Bot: p.bot, Decoder: p.adapter})
		hook, err := p.hook(inbox, s.desk.Wake)
		if err != nil {
			return nil, err
		}
		mux.Handle(p.hookPath(), hook)
	}
	mux.Handle(tills.Path, s.tillAPI())
	mux.Handle(miniapp.Path, s.web)
	mux.Handle(miniapp.AssetsPath, s.web)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	if s.app.config.MetricsToken != "" {
		mux.Handle("GET /metrics", s.onlyWithToken(s.metrics.handler()))
	}
	if s.extra != nil {
		mux.Handle("/sandbox/", s.extra)
		mux.Handle("GET /{$}", http.RedirectHandler("/sandbox/", http.StatusFound))
	}
	return secureHeaders(mux), nil
}

// secureHeaders are on every answer, errors included.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// ready tells whether this instance can serve: database, schema and bots, each by name.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	state := map[string]string{"database": "ok"}
	ok := true
	if err := s.app.store.Ping(ctx); err != nil {
		state["database"], ok = "no answer", false
	} else if have, want, err := s.schemaVersion(ctx); err != nil {
		state["database"], ok = "no answer", false
	} else if have != want {
		state["schema"], ok = "not current", false
	}
	if s.app.redisUp != nil {
		state["redis"] = "ok"
		if !s.app.redisUp() {
			state["redis"] = "down, serving from memory"
		}
	}
	for bot, up := range s.metrics.botsReady() {
		state["bot "+bot] = "ok"
		if !up {
			state["bot "+bot] = "not reachable yet"
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(state)
}

// schemaVersion asks for the schema, more than once: connections from before an outage of the database fail when they are used next.
func (s *service) schemaVersion(ctx context.Context) (have, want int, err error) {
	const tries = 5
	for range tries {
		if have, want, err = s.app.store.SchemaVersion(ctx); err == nil {
			break
		}
	}
	return have, want, err
}

// onlyWithToken asks for the bearer token of the metrics.
func (s *service) onlyWithToken(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + s.app.config.MetricsToken.Reveal()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveMetrics starts the listener of the metrics, when there is to be one.
func (s *service) serveMetrics(failed chan<- error) (*http.Server, error) {
	if s.app.config.MetricsListen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", s.app.config.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w: %w", err, errConfig)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("metrics: %w", err)
		}
	}()
	return server, nil
}

// localAddress is where a process on the same machine reaches a listener of this address.
func localAddress(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if host == "" || host == "0.0.0.0" || strings.Trim(host, ":") == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
