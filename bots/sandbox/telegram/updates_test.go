package telegram_test

import (
	"encoding/json"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
)

// poll runs getUpdates in the background.
func (w *world) poll(params args) <-chan answer {
	done := make(chan answer, 1)
	go func() { done <- w.call("getUpdates", params) }()
	return done
}

func TestPollingConfirmsByOffset(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"one", "two", "three"} {
		w.send(w.srv.SendText(w.private(w.anna), text, 0))
	}
	first := w.must("getUpdates", args{"limit": 2}).updates(t)
	if texts(first) != "one,two" || first[1].ID != first[0].ID+1 {
		t.Fatalf("got %s, ids %d and %d", texts(first), first[0].ID, first[1].ID)
	}
	if got := texts(w.must("getUpdates", args{"offset": first[0].ID}).updates(t)); got != "one,two,three" {
		t.Errorf("an offset keeps itself: %s", got)
	}
	if got := texts(w.must("getUpdates", args{"offset": first[1].ID + 1}).updates(t)); got != "three" {
		t.Errorf("an offset confirms what is below: %s", got)
	}
	w.send(w.srv.SendText(w.private(w.anna), "four", 0))
	w.send(w.srv.SendText(w.private(w.anna), "five", 0))
	if got := texts(w.must("getUpdates", args{"offset": -2}).updates(t)); got != "four,five" {
		t.Errorf("a negative offset counts from the end: %s", got)
	}
	if n, err := w.srv.PendingUpdates(w.bot.ID); err != nil || n != 2 {
		t.Errorf("%d updates left, %v", n, err)
	}
}

func TestLongPoll(t *testing.T) {
	w := newWorld(t)
	waiting := w.poll(args{"timeout": 600})
	w.timer(50 * time.Second) // the longest there is
	w.send(w.srv.SendText(w.private(w.anna), "hello", 0))
	if got := texts((<-waiting).updates(t)); got != "hello" {
		t.Errorf("the poll brought %q", got)
	}
	w.confirm()
	waiting = w.poll(args{"timeout": 10, "offset": 1})
	w.timer(10 * time.Second)
	w.clock.Advance(10 * time.Second)
	if a := <-waiting; !a.OK || string(a.Result) != "[]" {
		t.Errorf("a poll in vain: %+v", a)
	}
}

func TestOnlyOnePoller(t *testing.T) {
	w := newWorld(t)
	first := w.poll(args{"timeout": 30})
	w.timer(30 * time.Second)
	second := w.poll(args{"timeout": 20, "offset": 7})
	if a := <-first; a.Code != 409 || a.Description != "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running" {
		t.Errorf("the first poller: %+v", a)
	}
	w.timer(20 * time.Second)
	w.must("setWebhook", args{"url": "http://127.0.0.1:9/hook"})
	if a := <-second; a.Code != 409 || a.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("the second poller: %+v", a)
	}
	w.refused("getUpdates", nil, 409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	w.must("deleteWebhook", nil)
	w.must("getUpdates", args{"offset": 8})
}

func TestHastyPollsAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	w.send(w.srv.SendText(w.private(w.anna), "one", 0))
	w.send(w.srv.SendText(w.private(w.anna), "two", 0))
	w.must("getUpdates", args{"offset": 5})
	if got := texts(w.must("getUpdates", args{"offset": 5}).updates(t)); got != "one" {
		t.Errorf("the same offset again at once brought %q", got)
	}
	w.clock.Advance(500 * time.Millisecond)
	if got := texts(w.must("getUpdates", args{"offset": 5}).updates(t)); got != "one,two" {
		t.Errorf("half a second later it brought %q", got)
	}
	w.confirm()
	w.must("getUpdates", args{"offset": 6})
	waiting := w.poll(args{"offset": 6})
	w.timer(3 * time.Second)
	w.clock.Advance(3 * time.Second)
	<-waiting
}

func TestAllowedUpdatesStick(t *testing.T) {
	w := newWorld(t)
	w.must("getUpdates", args{"allowed_updates": []string{"callback_query"}})
	w.send(w.srv.SendText(w.private(w.anna), "unheard", 0))
	_, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Message: 1, Data: "x"})
	w.ok(err)
	w.clock.Advance(time.Second)
	if got := texts(w.must("getUpdates", nil).updates(t)); got != "press x" {
		t.Errorf("got %q", got)
	}
	w.clock.Advance(time.Second)
	w.must("getUpdates", args{"allowed_updates": []string{}})
	w.send(w.srv.SendText(w.private(w.anna), "heard", 0))
	w.clock.Advance(time.Second)
	if got := texts(w.must("getUpdates", nil).updates(t)); got != "press x,heard" {
		t.Errorf("an empty list means the usual kinds: %q", got)
	}
}

func TestUpdatesExpire(t *testing.T) {
	w := newWorld(t)
	w.send(w.srv.SendText(w.private(w.anna), "message", 0))
	_, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Message: 1, Data: "x"})
	w.ok(err)
	see := func(wait time.Duration, want string) {
		t.Helper()
		w.clock.Advance(wait)
		if got := texts(w.must("getUpdates", nil).updates(t)); got != want {
			t.Errorf("after %v more: %q, want %q", wait, got, want)
		}
	}
	see(150*time.Second, "message,press x")
	see(time.Second, "message")
	see(24*time.Hour-151*time.Second, "message")
	see(time.Second, "")
}

func TestDuplicatesAndInjections(t *testing.T) {
	w := newWorld(t)
	w.send(w.srv.SendText(w.private(w.anna), "once", 0))
	got := w.must("getUpdates", nil).updates(t)
	w.must("getUpdates", args{"offset": got[0].ID + 1})
	w.ok(w.srv.Duplicate(w.bot.ID, got[0].ID))
	w.clock.Advance(time.Second)
	again := w.must("getUpdates", args{"offset": got[0].ID + 1}).updates(t)
	if texts(again) != "once" || again[0].ID != got[0].ID {
		t.Errorf("repeated: %q", texts(again))
	}
	w.clock.Advance(time.Second)
	if left := w.must("getUpdates", args{"offset": got[0].ID + 1}); string(left.Result) != "[]" {
		t.Errorf("a repetition comes once: %s", left.Result)
	}
	id, err := w.srv.Inject(w.bot.ID, json.RawMessage(`{"update_id":1,"time_travel":{"to":[1985,null]}}`), 0)
	w.ok(err)
	w.clock.Advance(time.Second)
	raw := w.must("getUpdates", args{"offset": id})
	if want := `[{"update_id":100000003,"time_travel":{"to":[1985,null]}}]`; string(raw.Result) != want {
		t.Errorf("injected %s, want %s", raw.Result, want)
	}
	for _, bad := range []string{`[]`, `{}`, `{"a":1,"b":2}`} {
		if _, err := w.srv.Inject(w.bot.ID, json.RawMessage(bad), 0); err == nil {
			t.Errorf("%s was taken for an update", bad)
		}
	}
}
