// Package kvtest is the conformance suite of kv: what every [kv.Store] must do.
package kvtest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kartka/storage/kv"
)

// Harness is a store under test.
type Harness struct {
	// Store is empty, and belongs to one test.
	Store kv.Store
	// Peer is the same state seen by another instance. Where there is none, it is the store itself.
	Peer kv.Store
	// Advance lets the given time pass for the state in the store.
	Advance func(d time.Duration)
}

// Run runs the suite. For every case it asks for a new harness.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, h Harness)
	}{
		{"once", once},
		{"values", values},
		{"take", take},
		{"counters", counters},
		{"limits", limits},
		{"limits at once", limitsAtOnce},
		{"leases", leases},
		{"kinds do not meet", kinds},
		{"publish", publish},
		{"slow subscriber", slowSubscriber},
		{"bad arguments", badArguments},
		{"ended context", endedContext},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func once(t *testing.T, h Harness) {
	ctx := t.Context()
	ask := func(s kv.Store, key string, want bool) {
		t.Helper()
		got, err := s.Once(ctx, key, time.Minute)
		if err != nil || got != want {
			t.Errorf("once %q: %v, %v; want %v", key, got, err, want)
		}
	}
	ask(h.Store, "a", true)
	ask(h.Store, "a", false)
	ask(h.Peer, "a", false)
	ask(h.Peer, "b", true)
	h.Advance(40 * time.Second)
	ask(h.Store, "a", false) // and being asked does not prolong it
	h.Advance(21 * time.Second)
	ask(h.Store, "a", true)

	if n := winners(t, func() (bool, error) { return h.Store.Once(ctx, "race", time.Minute) }); n != 1 {
		t.Errorf("%d callers were the first", n)
	}
}

func values(t *testing.T, h Harness) {
	ctx := t.Context()
	want := func(key, value string, ok bool) {
		t.Helper()
		for _, s := range []kv.Store{h.Store, h.Peer} {
			if v, found, err := s.Get(ctx, key); err != nil || v != value || found != ok {
				t.Errorf("get %q: %q, %v, %v; want %q, %v", key, v, found, err, value, ok)
			}
		}
	}
	want("k", "", false)
	no(t, h.Store.Set(ctx, "k", "a", time.Minute))
	no(t, h.Store.Set(ctx, "empty", "", time.Minute))
	no(t, h.Store.Set(ctx, "київ: *?[", "\x00\xff\r\n", time.Minute))
	want("k", "a", true)
	want("empty", "", true)
	want("київ: *?[", "\x00\xff\r\n", true)
	h.Advance(50 * time.Second)
	no(t, h.Peer.Set(ctx, "k", "b", time.Minute)) // in place of the value and of its time
	h.Advance(50 * time.Second)
	want("k", "b", true)
	want("empty", "", false)
	h.Advance(11 * time.Second)
	want("k", "", false)
	no(t, h.Store.Set(ctx, "k", "c", time.Minute))
	no(t, h.Store.Delete(ctx, "k"))
	no(t, h.Store.Delete(ctx, "k"))
	want("k", "", false)
}

func take(t *testing.T, h Harness) {
	ctx := t.Context()
	if _, ok, err := h.Store.Take(ctx, "k"); ok || err != nil {
		t.Errorf("took what is not there: %v", err)
	}
	no(t, h.Store.Set(ctx, "k", "v", time.Minute))
	h.Advance(61 * time.Second)
	if _, ok, err := h.Store.Take(ctx, "k"); ok || err != nil {
		t.Errorf("took what has expired: %v", err)
	}
	no(t, h.Store.Set(ctx, "k", "v", time.Minute))
	n := winners(t, func() (bool, error) {
		v, ok, err := h.Peer.Take(ctx, "k")
		if ok && v != "v" {
			return false, errors.New("took " + v)
		}
		return ok, err
	})
	if n != 1 {
		t.Errorf("%d callers took the value", n)
	}
}

func counters(t *testing.T, h Harness) {
	ctx := t.Context()
	want := func(n int64) {
		t.Helper()
		if got, err := h.Store.Incr(ctx, "k", time.Minute); err != nil || got != n {
			t.Errorf("counter: %d, %v; want %d", got, err, n)
		}
	}
	want(1)
	want(2)
	h.Advance(50 * time.Second)
	want(3) // does not prolong the window
	h.Advance(11 * time.Second)
	want(1)
	winners(t, func() (bool, error) {
		_, err := h.Peer.Incr(ctx, "k", time.Minute)
		return false, err
	})
	want(2 + callers)
}

func limits(t *testing.T, h Harness) {
	ctx := t.Context()
	limit := kv.Limit{Burst: 3, Every: 10 * time.Second}
	ask := func(key string, want bool) {
		t.Helper()
		ok, wait, err := h.Store.Allow(ctx, key, limit)
		if err != nil || ok != want {
			t.Errorf("allow %q: %v, %v; want %v", key, ok, err, want)
		}
		if ok != (wait == 0) || wait < 0 || wait > limit.Every {
			t.Errorf("allow %q: %v and wait %s", key, ok, wait)
		}
	}
	for range 3 {
		ask("k", true)
	}
	ask("k", false)
	ask("k", false) // what is refused does not count
	ask("other", true)
	h.Advance(10 * time.Second)
	ask("k", true)
	ask("k", false)
	h.Advance(25 * time.Second) // two and a half
	ask("k", true)
	ask("k", true)
	ask("k", false)
	h.Advance(time.Hour) // the bucket holds no more than its burst
	for range 3 {
		ask("k", true)
	}
	ask("k", false)
}

func limitsAtOnce(t *testing.T, h Harness) {
	limit := kv.Limit{Burst: 5, Every: time.Hour}
	n := winners(t, func() (bool, error) {
		ok, _, err := h.Peer.Allow(t.Context(), "k", limit)
		return ok, err
	})
	if n != limit.Burst {
		t.Errorf("%d events were allowed, want %d", n, limit.Burst)
	}
}

func leases(t *testing.T, h Harness) {
	ctx := t.Context()
	ask := func(s kv.Store, owner string, want bool) {
		t.Helper()
		if got, err := s.Acquire(ctx, "k", owner, time.Minute); err != nil || got != want {
			t.Errorf("%s acquires: %v, %v; want %v", owner, got, err, want)
		}
	}
	ask(h.Store, "a", true)
	ask(h.Peer, "b", false)
	h.Advance(50 * time.Second)
	ask(h.Store, "a", true) // prolongs
	h.Advance(50 * time.Second)
	ask(h.Peer, "b", false)
	no(t, h.Peer.Release(ctx, "k", "b")) // it is not b's to give back
	ask(h.Peer, "b", false)
	no(t, h.Store.Release(ctx, "k", "a"))
	ask(h.Peer, "b", true)
	h.Advance(61 * time.Second)
	ask(h.Store, "a", true)
	var who atomic.Int64
	no(t, h.Store.Release(ctx, "k", "a"))
	if n := winners(t, func() (bool, error) {
		return h.Store.Acquire(ctx, "k", strconv.FormatInt(who.Add(1), 10), time.Minute)
	}); n != 1 {
		t.Errorf("%d callers hold the lease", n)
	}
}

func kinds(t *testing.T, h Harness) {
	ctx := t.Context()
	no(t, h.Store.Set(ctx, "k", "not a number", time.Minute))
	if ok, err := h.Store.Once(ctx, "k", time.Minute); !ok || err != nil {
		t.Errorf("once: %v, %v", ok, err)
	}
	if n, err := h.Store.Incr(ctx, "k", time.Minute); n != 1 || err != nil {
		t.Errorf("counter: %d, %v", n, err)
	}
	if ok, _, err := h.Store.Allow(ctx, "k", kv.Limit{Burst: 1, Every: time.Second}); !ok || err != nil {
		t.Errorf("limit: %v, %v", ok, err)
	}
	if ok, err := h.Store.Acquire(ctx, "k", "me", time.Minute); !ok || err != nil {
		t.Errorf("lease: %v, %v", ok, err)
	}
	no(t, h.Store.Delete(ctx, "k"))
	if ok, err := h.Store.Acquire(ctx, "k", "you", time.Minute); ok || err != nil {
		t.Errorf("deleting the value gave the lease away: %v", err)
	}
}

func publish(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	subscribe := func(s kv.Store, topics ...string) <-chan kv.Message {
		t.Helper()
		ch, err := s.Subscribe(ctx, topics...)
		if err != nil {
			t.Fatal(err)
		}
		return ch
	}
	both, mine, peers := subscribe(h.Store, "a", "b"), subscribe(h.Store, "a"), subscribe(h.Peer, "a")
	no(t, h.Store.Publish(ctx, "nobody listens", "x"))
	no(t, h.Store.Publish(ctx, "a", "1"))
	no(t, h.Peer.Publish(ctx, "b", "привіт\x00"))
	no(t, h.Store.Publish(ctx, "a", "2"))
	want := func(ch <-chan kv.Message, messages ...kv.Message) {
		t.Helper()
		seen := map[kv.Message]bool{}
		for range messages {
			seen[receive(t, ch)] = true
		}
		for _, m := range messages {
			if !seen[m] {
				t.Errorf("%v was not received, but %v", m, seen)
			}
		}
	}
	want(both, kv.Message{Topic: "a", Payload: "1"}, kv.Message{Topic: "b", Payload: "привіт\x00"}, kv.Message{Topic: "a", Payload: "2"})
	for _, ch := range []<-chan kv.Message{mine, peers} {
		for _, p := range []string{"1", "2"} { // in order
			if m := receive(t, ch); m.Payload != p {
				t.Errorf("received %v, want %s", m, p)
			}
		}
	}
	cancel()
	for _, ch := range []<-chan kv.Message{both, mine, peers} {
		for range ch { // until it is closed
		}
	}
	no(t, h.Store.Publish(t.Context(), "a", "3"))
}

// A subscriber that reads nothing must not stop anyone from publishing.
func slowSubscriber(t *testing.T, h Harness) {
	if _, err := h.Store.Subscribe(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	awake, err := h.Store.Subscribe(t.Context(), "last")
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		no(t, h.Store.Publish(t.Context(), "a", "x"))
	}
	no(t, h.Store.Publish(t.Context(), "last", "x"))
	receive(t, awake)
}

func badArguments(t *testing.T, h Harness) {
	ctx := t.Context()
	for _, d := range []time.Duration{0, -time.Second, time.Microsecond} {
		_, err := h.Store.Once(ctx, "k", d)
		must(t, err)
		must(t, h.Store.Set(ctx, "k", "v", d))
		_, err = h.Store.Incr(ctx, "k", d)
		must(t, err)
		_, err = h.Store.Acquire(ctx, "k", "me", d)
		must(t, err)
	}
	for _, l := range []kv.Limit{{}, {Burst: 1}, {Every: time.Second}, {Burst: -1, Every: time.Second}} {
		_, _, err := h.Store.Allow(ctx, "k", l)
		must(t, err)
	}
	_, err := h.Store.Subscribe(ctx)
	must(t, err)
}

func endedContext(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Store.Once(ctx, "k", time.Minute)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("once: %v", err)
	}
	if err := h.Store.Publish(ctx, "k", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("publish: %v", err)
	}
	if _, _, err := h.Store.Get(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v", err)
	}
	if ok, err := h.Store.Once(t.Context(), "k", time.Minute); !ok || err != nil {
		t.Errorf("the cancelled call counted: %v", err)
	}
}

const callers = 20

// winners calls fn from many goroutines at once and returns how often it said true.
func winners(t *testing.T, fn func() (bool, error)) int {
	t.Helper()
	var wg sync.WaitGroup
	var won atomic.Int64
	start := make(chan struct{})
	for range callers {
		wg.Go(func() {
			<-start
			ok, err := fn()
			if err != nil {
				t.Error(err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(won.Load())
}

// receive waits for a message; the context of the test, which ends with go test's timeout, bounds the wait.
func receive(t *testing.T, ch <-chan kv.Message) kv.Message {
	t.Helper()
	select {
	case m, ok := <-ch:
		if !ok {
			t.Fatal("the subscription has ended")
		}
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("no message came")
	}
	return kv.Message{}
}

func no(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
	}
}
