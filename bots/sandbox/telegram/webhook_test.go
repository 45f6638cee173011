package telegram_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
)

// receiver is a webhook that holds every request until the test answers it.
type receiver struct {
	web  *httptest.Server
	came chan delivery
	busy atomic.Int32 // requests being served
	most atomic.Int32 // the most there were at once
}

type delivery struct {
	update update
	secret string
	reply  chan reply
}

type reply struct {
	status     int
	retryAfter string
	body       string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{came: make(chan delivery)}
	r.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		for now := r.busy.Add(1); ; {
			if most := r.most.Load(); now <= most || r.most.CompareAndSwap(most, now) {
				break
			}
		}
		defer r.busy.Add(-1)
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		d := delivery{secret: req.Header.Get("X-Telegram-Bot-Api-Secret-Token"), reply: make(chan reply, 1)}
		if err := json.Unmarshal(body, &d.update); err != nil {
			t.Errorf("decode %s: %v", body, err)
		}
		select {
		case r.came <- d:
		case <-req.Context().Done():
			return
		}
		select {
		case answer := <-d.reply:
			if answer.retryAfter != "" {
				w.Header().Set("Retry-After", answer.retryAfter)
			}
			if answer.body != "" {
				w.Header().Set("Content-Type", "application/json")
			}
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
		case <-req.Context().Done():
		}
	}))
	t.Cleanup(r.web.Close)
	return r
}

func (d delivery) text() string { return texts([]update{d.update}) }

func (d delivery) answer(status int) { d.reply <- reply{status: status} }

func (w *world) hook(t *testing.T, params args) *receiver {
	t.Helper()
	r := newReceiver(t)
	all := args{"url": r.web.URL + "/hook"}
	for name, value := range params {
		all[name] = value
	}
	w.must("setWebhook", all)
	return r
}

// settled waits until no delivery is under way: their sixty-second limits are disarmed.
func (w *world) settled() {
	w.t.Helper()
	for {
		changed := w.clock.Changed()
		if !slices.Contains(w.clock.Pending(), time.Minute) {
			return
		}
		<-changed
	}
}

func TestWebhookKeepsTheOrderOfAQueue(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, args{"secret_token": "s3cret_-"})
	bob := w.person("Bob")
	w.send(w.srv.SendText(w.private(w.anna), "one", 0))
	first := <-r.came
	if first.secret != "s3cret_-" {
		t.Errorf("secret %q", first.secret)
	}
	w.send(w.srv.SendText(w.private(w.anna), "two", 0))
	// A press travels in another queue, and so does another person.
	_, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Message: 1, Data: "x"})
	w.ok(err)
	second := <-r.came
	w.send(w.srv.Start(bob, w.bot.ID, ""))
	third := <-r.came
	if got := first.text() + " " + second.text() + " " + third.text(); got != "one press x /start" {
		t.Fatalf("deliveries: %s", got)
	}
	second.answer(200)
	third.answer(204)
	first.answer(200)
	if d := <-r.came; d.text() != "two" {
		t.Errorf("after the first came %q", d.text())
	} else {
		d.answer(200)
	}
	w.settled()
	if n, err := w.srv.PendingUpdates(w.bot.ID); err != nil || n != 0 {
		t.Errorf("%d updates left, %v", n, err)
	}
}

func TestWebhookRetries(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, nil)
	w.send(w.srv.SendText(w.private(w.anna), "stubborn", 0))
	(<-r.came).answer(500)
	(<-r.came).answer(503) // the second attempt comes at once
	for _, pause := range []time.Duration{2, 4, 8, 16, 32} {
		w.timer(pause * time.Second)
		w.clock.Advance(pause * time.Second)
		d := <-r.came
		if d.text() != "stubborn" {
			t.Fatalf("retried %q", d.text())
		}
		d.answer(500)
	}
	// From here on the pause is random, between one and two minutes.
	pause := w.pause()
	if pause < time.Minute || pause > 2*time.Minute {
		t.Errorf("pause of %v", pause)
	}
	w.clock.Advance(pause)
	d := <-r.came
	d.reply <- reply{status: 429, retryAfter: "700"}
	w.timer(700 * time.Second)
	info := w.webhookInfo()
	if info.LastErrorMessage != "Wrong response from the webhook: 429 Too Many Requests" || info.PendingUpdateCount != 1 || info.LastErrorDate == 0 {
		t.Errorf("info %+v", info)
	}
	w.clock.Advance(700 * time.Second)
	d = <-r.came
	d.reply <- reply{status: 500, retryAfter: "99999"}
	w.timer(time.Hour) // no more than that
	w.clock.Advance(time.Hour)
	(<-r.came).answer(200)
	w.settled()
	if info := w.webhookInfo(); info.PendingUpdateCount != 0 {
		t.Errorf("info %+v", info)
	}
}

func TestWebhookDropsWhatExpires(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, nil)
	_, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Message: 1, Data: "late"})
	w.ok(err)
	_, err = w.srv.Press(w.private(w.anna), telegram.Pressing{Message: 1, Data: "next"})
	w.ok(err)
	// The receiver asks to wait longer than the press lives.
	(<-r.came).reply <- reply{status: 500, retryAfter: "151"}
	if d := <-r.came; d.text() != "press next" {
		t.Errorf("after the dropped one came %q", d.text())
	} else {
		d.answer(200)
	}
}

func TestWebhookGone(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, nil)
	w.send(w.srv.SendText(w.private(w.anna), "anybody?", 0))
	(<-r.came).answer(410)
	for range 23 {
		(<-r.came).reply <- reply{status: 410, retryAfter: "3600"}
		w.timer(time.Hour)
		w.clock.Advance(time.Hour)
	}
	(<-r.came).reply <- reply{status: 410, retryAfter: "7"}
	w.timer(7 * time.Second)
	if w.webhookInfo().URL == "" {
		t.Fatal("removed after 23 hours, not after more")
	}
	w.clock.Advance(7 * time.Second)
	(<-r.came).answer(410)
	w.settled()
	if url := w.webhookInfo().URL; url != "" {
		t.Errorf("the webhook is still %q", url)
	}
}

func TestWebhookReplyCallsAMethod(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, nil)
	w.send(w.srv.SendText(w.private(w.anna), "hi", 0))
	d := <-r.came
	d.reply <- reply{status: 200, body: fmt.Sprintf(`{"method":"sendMessage","chat_id":%d,"text":"answered in the reply"}`, w.anna)}
	w.sees(w.anna, "answered in the reply")
	// Methods that make no sense there are passed over.
	w.send(w.srv.SendText(w.private(w.anna), "again", 0))
	d = <-r.came
	d.reply <- reply{status: 200, body: `{"method":"deleteWebhook"}`}
	w.settled()
	if w.webhookInfo().URL == "" {
		t.Error("a reply deleted the webhook")
	}
}

func TestWebhookConnections(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, args{"max_connections": 2})
	w.ok(w.srv.Hold(w.bot.ID))
	for i := range 20 {
		w.send(w.srv.Start(w.person(fmt.Sprint("P", i)), w.bot.ID, ""))
	}
	w.ok(w.srv.Release(w.bot.ID, false))
	for range 10 {
		first, second := <-r.came, <-r.came
		first.answer(200)
		second.answer(200)
	}
	w.settled()
	if got := r.most.Load(); got != 2 {
		t.Errorf("%d requests at once, want 2", got)
	}
}

func TestWebhookHoldAndShuffle(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, args{"max_connections": 1})
	w.ok(w.srv.Hold(w.bot.ID))
	var people []int64
	for i := range 6 {
		id := w.person(fmt.Sprint("P", i))
		people = append(people, id)
		w.send(w.srv.Start(id, w.bot.ID, ""))
		w.send(w.srv.SendText(w.private(id), "second", 0))
	}
	w.ok(w.srv.Release(w.bot.ID, true))
	var order []int64
	last := map[int64]string{}
	for range 12 {
		d := <-r.came
		from := d.update.Message.From.ID
		if last[from] == "" {
			order = append(order, from)
		} else if last[from] != "/start" || d.text() != "second" {
			t.Errorf("the queue of %d is out of order", from)
		}
		last[from] = d.text()
		d.answer(200)
	}
	if slices.Equal(order, people) {
		t.Errorf("queues were served in the order they were filled: %v", order)
	}
	w.settled()
}

func TestWebhookTimesOut(t *testing.T) {
	w := newWorld(t)
	r := w.hook(t, nil)
	w.send(w.srv.SendText(w.private(w.anna), "slow", 0))
	<-r.came
	w.clock.Advance(time.Minute)
	d := <-r.came // a delivery without an answer is a failure, and the first retry comes at once
	if d.text() != "slow" {
		t.Errorf("retried %q", d.text())
	}
	d.answer(200)
	w.settled()
}

func (w *world) webhookInfo() telegram.WebhookInfo {
	w.t.Helper()
	var info telegram.WebhookInfo
	w.ok(json.Unmarshal(w.must("getWebhookInfo", nil).Result, &info))
	return info
}

// pause waits until the delivery of just now has failed and returns the time until the next attempt.
func (w *world) pause() time.Duration {
	for {
		changed := w.clock.Changed()
		// The failure is looked at first: once it is booked, the next attempt is armed.
		failed := w.webhookInfo().LastErrorDate == w.clock.Now().Unix()
		if pending := w.clock.Pending(); failed && len(pending) == 1 {
			return pending[0]
		}
		<-changed
	}
}

// sees waits until the person's newest message is the text.
func (w *world) sees(user int64, text string) {
	w.t.Helper()
	since := uint64(0)
	for {
		version, views := w.srv.Watch(w.t.Context(), []telegram.Place{w.private(user)}, since)
		for _, v := range views {
			if n := len(v.Messages); n > 0 && v.Messages[n-1].Text == text {
				return
			}
		}
		since = version
		if w.t.Context().Err() != nil {
			w.t.Fatalf("never saw %q", text)
		}
	}
}
