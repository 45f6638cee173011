package telegram_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
)

func TestFloodPerChat(t *testing.T) {
	w := newWorld(t, func(c *telegram.Config) { c.Flood = telegram.StrictFlood() })
	say := func() answer { t.Helper(); return w.call("sendMessage", args{"chat_id": w.anna, "text": "x"}) }
	for range 3 {
		if a := say(); !a.OK {
			t.Fatalf("a short burst was refused: %+v", a)
		}
	}
	a := say()
	if a.status != 429 || a.Code != 429 || a.retryAfter != "1" || a.Parameters.RetryAfter != 1 || a.Description != "Too Many Requests: retry after 1" {
		t.Fatalf("the fourth: %+v", a)
	}
	w.clock.Advance(time.Second)
	if a := say(); !a.OK {
		t.Errorf("after retry_after: %+v", a)
	}
	if a := say(); a.OK {
		t.Error("one second buys one message")
	}
	// Methods that show nothing are free.
	w.must("sendChatAction", args{"chat_id": w.anna, "action": "typing"})
}

func TestFloodInBulk(t *testing.T) {
	w := newWorld(t, func(c *telegram.Config) { c.Flood = telegram.StrictFlood() })
	var people []int64
	for i := range 40 {
		id := w.person(fmt.Sprint("P", i))
		people = append(people, id)
		w.send(w.srv.Start(id, w.bot.ID, ""))
	}
	// Everybody has just written, so answers are not bulk.
	for _, id := range people {
		w.must("sendMessage", args{"chat_id": id, "text": "welcome"})
	}
	w.clock.Advance(2 * time.Minute)
	refused := 0
	for _, id := range people {
		if a := w.call("sendMessage", args{"chat_id": id, "text": "news"}); !a.OK {
			refused++
			w.must("sendMessage", args{"chat_id": id, "text": "paid news", "allow_paid_broadcast": true})
		}
	}
	if refused != 10 {
		t.Errorf("%d of 40 refused, want 10", refused)
	}
}

// Paid messages have a thousand a second of their own and leave the free thirty alone; a person still gets one a second.
func TestFloodWhenPaid(t *testing.T) {
	w := newWorld(t, func(c *telegram.Config) { c.Flood = telegram.StrictFlood() })
	var people []int64
	for i := range 1001 {
		id := w.person(fmt.Sprint("P", i))
		people = append(people, id)
		w.send(w.srv.Start(id, w.bot.ID, ""))
	}
	w.clock.Advance(2 * time.Minute)
	for _, id := range people[:1000] {
		w.must("sendMessage", args{"chat_id": id, "text": "paid news", "allow_paid_broadcast": true})
	}
	w.refused("sendMessage", args{"chat_id": people[1000], "text": "paid news", "allow_paid_broadcast": true}, 429, "Too Many Requests: retry after 1")
	for _, id := range people[:30] {
		w.must("sendMessage", args{"chat_id": id, "text": "news"})
	}
	w.refused("sendMessage", args{"chat_id": people[1000], "text": "news"}, 429, "Too Many Requests: retry after 1")
	w.clock.Advance(time.Second)
	for range 2 {
		w.must("sendMessage", args{"chat_id": people[0], "text": "more", "allow_paid_broadcast": true})
	}
	w.refused("sendMessage", args{"chat_id": people[0], "text": "too much for one", "allow_paid_broadcast": true}, 429, "Too Many Requests: retry after 1")
}

func TestFloodInGroups(t *testing.T) {
	w := newWorld(t, func(c *telegram.Config) { c.Flood = telegram.StrictFlood() })
	group, err := w.srv.CreateGroup(w.anna, w.bot.ID, "Staff")
	w.ok(err)
	for range 20 {
		w.must("sendMessage", args{"chat_id": group, "text": "x"})
	}
	w.refused("sendMessage", args{"chat_id": group, "text": "x"}, 429, "Too Many Requests: retry after 3")
}

func TestFaults(t *testing.T) {
	w := newWorld(t)
	say := func(text string) (answer, error) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url("sendMessage"),
			strings.NewReader(fmt.Sprintf(`{"chat_id":%d,"text":%q}`, w.anna, text)))
		w.ok(err)
		req.Header.Set("Content-Type", "application/json")
		return w.do(req)
	}
	w.ok(w.srv.Break(w.bot.ID, telegram.Fault{Method: "sendMessage", Kind: telegram.FaultHTML, Count: 2}))
	w.ok(w.srv.Break(w.bot.ID, telegram.Fault{Method: "sendMessage", Kind: telegram.FaultResetBefore}))
	w.ok(w.srv.Break(w.bot.ID, telegram.Fault{Method: "sendMessage", Kind: telegram.FaultResetAfter}))
	w.ok(w.srv.Break(w.bot.ID, telegram.Fault{Method: "sendMessage", Kind: telegram.FaultTruncate}))
	w.ok(w.srv.Break(w.bot.ID, telegram.Fault{Kind: telegram.FaultError, Status: 429, Description: "Too Many Requests: retry after 77", RetryAfter: 77}))

	for range 2 {
		var syntax *json.SyntaxError
		if a, err := say("html"); !errors.As(err, &syntax) || a.status != 502 {
			t.Errorf("html: %+v, %v", a, err)
		}
	}
	if _, err := say("reset before"); !errors.Is(err, io.EOF) {
		t.Errorf("reset before: %v", err)
	}
	if _, err := say("reset after"); !errors.Is(err, io.EOF) {
		t.Errorf("reset after: %v", err)
	}
	if _, err := say("truncated"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("truncated: %v", err)
	}
	w.must("getUpdates", nil) // a fault of every method leaves polling alone
	if a, err := say("error"); err != nil || a.Code != 429 || a.Parameters.RetryAfter != 77 || a.retryAfter != "77" {
		t.Errorf("error: %+v, %v", a, err)
	}
	w.ok(w.srv.Break(w.bot.ID, telegram.Fault{Method: "SENDMESSAGE", Kind: telegram.FaultSlow, DelayMS: 4000}))
	slow := make(chan answer, 1)
	go func() { slow <- w.call("sendMessage", args{"chat_id": w.anna, "text": "slow"}) }()
	w.timer(4 * time.Second)
	w.clock.Advance(4 * time.Second)
	if a := <-slow; !a.OK {
		t.Errorf("slow: %+v", a)
	}
	w.transcript(w.anna, "Anna: /start\nbot: reset after\nbot: truncated\nbot: slow")
	if err := w.srv.Break(w.bot.ID, telegram.Fault{Kind: "gremlin"}); !errors.Is(err, telegram.ErrInvalid) {
		t.Errorf("an unknown fault: %v", err)
	}
}

func TestCallsAreLoggedWithoutSecrets(t *testing.T) {
	w := newWorld(t)
	w.must("setWebhook", args{"url": "http://127.0.0.1:9/hook", "secret_token": "very-secret"})
	w.must("deleteWebhook", nil)
	w.call("sendMessage", args{"chat_id": 5, "text": "nobody hears"})
	calls := w.srv.Calls(0, "")
	if len(calls) != 3 || calls[2].Method != "sendmessage" || calls[2].Error != "Bad Request: chat not found" || calls[2].Params["text"] != "nobody hears" {
		t.Fatalf("calls %+v", calls)
	}
	if all := fmt.Sprint(calls); strings.Contains(all, "very-secret") || strings.Contains(all, w.bot.Token) {
		t.Errorf("a secret is in the log: %s", all)
	}
	if later := w.srv.Calls(calls[0].N, "sendMessage"); len(later) != 1 {
		t.Errorf("filtered calls %+v", later)
	}
}
