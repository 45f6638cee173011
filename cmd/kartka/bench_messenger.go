package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kartka/engine"
)

// The bot of a bench, and the first of its users: guests follow each other.
const (
	messengerBot = "7000000042"
	firstUser    = 1001
)

// messengerToken is a token of that bot that looks like a real one.
func messengerToken() engine.Secret {
	return engine.Secret(messengerBot + ":" + strings.Repeat("b", 35))
}

// messenger is a Bot API on loopback that takes every message at once and tells who it was for.
type messenger struct {
	server   *http.Server
	listener net.Listener
	ids      atomic.Int64
	// told is called with the user of every message; nil: nobody wants to know.
	told atomic.Pointer[func(user int64)]
}

func startMessenger() (*messenger, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as a messenger: %w", err)
	}
	m := &messenger{listener: l}
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: 5 * time.Second}
	go m.server.Serve(l) // ends with close
	return m, nil
}

func (m *messenger) url() string { return "http://" + m.listener.Addr().String() }

func (m *messenger) close() error {
	if err := m.server.Close(); err != nil {
		return fmt.Errorf("close the messenger: %w", err)
	}
	return nil
}

// tell has somebody told about messages from now on.
func (m *messenger) tell(told func(user int64)) { m.told.Store(&told) }

// ServeHTTP is the part of the Bot API that a bot needs to answer.
func (m *messenger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; method {
	case "getMe":
		fmt.Fprintf(w, `{"ok":true,"result":{"id":%s,"is_bot":true,"first_name":"Bench","username":"bench_bot"}}`, messengerBot)
	case "sendMessage":
		user, err := strconv.ParseInt(r.FormValue("chat_id"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d,"date":1770000000,"chat":{"id":%d,"type":"private"}}}`, m.ids.Add(1), user)
		if told := m.told.Load(); told != nil {
			(*told)(user)
		}
	default:
		fmt.Fprint(w, `{"ok":true,"result":true}`)
	}
}

// command is what the platform delivers when a user writes a command.
func (m *messenger) command(user int64, text string) string {
	id := m.ids.Add(1)
	name, _, _ := strings.Cut(text, " ")
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Guest","language_code":"en"},`+
		`"chat":{"id":%d,"first_name":"Guest","type":"private"},"date":1770000000,"text":%q,"entities":[{"offset":0,"length":%d,"type":"bot_command"}]}}`,
		id, id, user, user, text, len(name))
}

var errUnanswered = errors.New("the bot has not answered within 30 s")

// answered waits for a message.
func answered(ctx context.Context, message <-chan struct{}) error {
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	select {
	case <-message:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return errUnanswered
	}
}
