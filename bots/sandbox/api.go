package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kartka/bots/sandbox/telegram"
)

// apiBase is where the people's side of Telegram lives.
const apiBase = "/sandbox/api/telegram"

// maxRequest is room for the largest picture, 10 MB, in base64.
const maxRequest = 14 << 20

// maxWait is the longest a request may wait for a change.
const maxWait = 60 * time.Second

// route is one request of the people's side. Example shows a body, or a query for GET.
type route struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	What    string `json:"what"`
	Example any    `json:"example,omitempty"`

	handle func(*http.Request) (any, error)
}

func (s *Server) handleAPI(mux *http.ServeMux) {
	routes := s.routes()
	api := http.NewServeMux()
	for _, r := range routes {
		api.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, req *http.Request) {
			out, err := r.handle(req)
			if err != nil {
				writeError(w, err)
				return
			}
			writeJSON(w, http.StatusOK, out)
		})
	}
	api.HandleFunc("GET /sandbox/api/{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, struct {
			About  string  `json:"about"`
			Routes []route `json:"routes"`
		}{phrase("api_about"), routes})
	})
	api.HandleFunc("GET "+apiBase+"/files/{n}", s.serveFile)
	// Other sites must not drive the sandbox through a visitor's browser.
	mux.Handle("/sandbox/api/", http.NewCrossOriginProtection().Handler(api))
}

// who names a chat in a request: a person and a bot, or a person and a group.
type who struct {
	User int64 `json:"user"`
	// Bot is a username or an id; it may be left out when there is one bot.
	Bot  string `json:"bot,omitempty"`
	Chat int64  `json:"chat,omitempty"`
}

func (s *Server) place(w who) (telegram.Place, error) {
	p := telegram.Place{User: w.User, Chat: w.Chat}
	if w.Bot == "" && w.Chat != 0 {
		return p, nil
	}
	b, err := s.telegram.FindBot(w.Bot)
	p.Bot = b.ID
	return p, err
}

// decode reads a JSON body. Unknown fields are mistakes.
func decode[T any](r *http.Request) (T, error) {
	var v T
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return v, fmt.Errorf("read request: %w: content type must be application/json", telegram.ErrInvalid)
	}
	dec := json.NewDecoder(io.LimitReader(r.Body, maxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("read request: %w: %v", telegram.ErrInvalid, err)
	}
	return v, nil
}

// action makes a handler of a function that takes a decoded body.
func action[T any](do func(T) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		in, err := decode[T](r)
		if err != nil {
			return nil, err
		}
		return do(in)
	}
}

// done is the answer of requests that have nothing to say.
var done = struct {
	OK bool `json:"ok"`
}{true}

type messageID struct {
	ID int64 `json:"message_id"`
}

func sent(id int64, err error) (any, error) { return messageID{id}, err }

func finished(err error) (any, error) { return done, err }

// query reads the place, version and waiting time of a GET request.
func (s *Server) query(r *http.Request) (p telegram.Place, since uint64, wait time.Duration, err error) {
	q := r.URL.Query()
	number := func(name string) int64 {
		n, parseErr := strconv.ParseInt(q.Get(name), 10, 64)
		if parseErr != nil && q.Get(name) != "" {
			err = fmt.Errorf("read request: %w: %s", telegram.ErrInvalid, name)
		}
		return n
	}
	w := who{User: number("user"), Bot: q.Get("bot"), Chat: number("chat")}
	since = uint64(max(number("since"), 0))
	wait = min(time.Duration(number("wait"))*time.Second, maxWait)
	if err == nil {
		p, err = s.place(w)
	}
	return p, since, wait, err
}

// chat answers at once when the chat has changed after since, and otherwise waits.
func (s *Server) chat(r *http.Request) (any, error) {
	p, since, wait, err := s.query(r)
	if err != nil {
		return nil, err
	}
	view, err := s.telegram.View(p, since)
	if err != nil || wait <= 0 || view.Version > since {
		return view, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	if _, views := s.telegram.Watch(ctx, []telegram.Place{p}, since); len(views) > 0 {
		return views[0], nil
	}
	return view, nil
}

type watched struct {
	Version uint64              `json:"version"`
	Chats   []telegram.ChatView `json:"chats"`
}

// watch waits for a change in any of several chats, each given as user:bot.
func (s *Server) watch(r *http.Request) (any, error) {
	q := r.URL.Query()
	since, _ := strconv.ParseUint(q.Get("since"), 10, 64)
	seconds, _ := strconv.Atoi(q.Get("wait"))
	var places []telegram.Place
	for _, pair := range q["chat"] {
		user, bot, _ := strings.Cut(pair, ":")
		id, err := strconv.ParseInt(user, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read request: %w: chat %q", telegram.ErrInvalid, pair)
		}
		p, err := s.place(who{User: id, Bot: bot})
		if err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	ctx, cancel := context.WithTimeout(r.Context(), min(time.Duration(max(seconds, 0))*time.Second, maxWait))
	defer cancel()
	version, views := s.telegram.Watch(ctx, places, since)
	if views == nil {
		views = []telegram.ChatView{}
	}
	return watched{version, views}, nil
}

// serveFile hands out uploaded files: pictures to show, everything else to download.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	file, ok := s.telegram.File(n)
	if err != nil || !ok {
		writeError(w, fmt.Errorf("serve file: %w", telegram.ErrNotFound))
		return
	}
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "private, max-age=3600")
	switch file.Mime {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		header.Set("Content-Type", file.Mime)
	default:
		header.Set("Content-Type", "application/octet-stream")
		header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	}
	header.Set("Content-Length", strconv.Itoa(len(file.Data)))
	_, _ = w.Write(file.Data) // a visitor who has gone away is no concern of the sandbox
}

func writeError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, telegram.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, telegram.ErrInvalid):
		status = http.StatusBadRequest
	}
	writeJSON(w, status, apiError{err.Error()})
}

type apiError struct {
	Error string `json:"error"`
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "encode answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
