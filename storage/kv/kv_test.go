package kv_test

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"
)

// clock is a time that moves when told.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	kv.LogRedis(slog.New(slog.DiscardHandler))
	c, err := kv.OpenRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestMemory(t *testing.T) {
	kvtest.Run(t, func(*testing.T) kvtest.Harness {
		c := newClock()
		m := kv.NewMemory(c.now, 0)
		return kvtest.Harness{Store: m, Peer: m, Advance: c.advance}
	})
}

func TestRedis(t *testing.T) {
	url := storagetest.Redis(t)
	kvtest.Run(t, func(t *testing.T) kvtest.Harness {
		prefix := "kvtest:" + uuid.NewString() + ":"
		c := client(t, url)
		return kvtest.Harness{
			Store: kv.NewRedis(c, prefix), Peer: kv.NewRedis(client(t, url), prefix),
			Advance: func(d time.Duration) { age(t, c, prefix, d) },
		}
	})
}

// age makes everything under a prefix older. A real server's clock cannot be moved, so what it keeps is moved instead:
// the time each key has left, and the moment a bucket is full again, which is its value.
func age(t *testing.T, c *redis.Client, prefix string, d time.Duration) {
	t.Helper()
	ctx := t.Context()
	keys, err := c.Keys(ctx, prefix+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		left, err := c.PTTL(ctx, key).Result()
		if err != nil {
			t.Fatal(err)
		}
		if left < 0 {
			t.Errorf("key %s never expires", key)
		}
		if strings.HasPrefix(key, prefix+"b:") {
			filled, err := c.Get(ctx, key).Int64()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Set(ctx, key, strconv.FormatInt(filled-d.Microseconds(), 10), redis.KeepTTL).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if left -= d; left <= 0 {
			err = c.Del(ctx, key).Err()
		} else {
			err = c.PExpire(ctx, key, left).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// miniredis has a clock that moves, so here the scripts themselves see time pass.
func TestMiniredis(t *testing.T) {
	kvtest.Run(t, func(t *testing.T) kvtest.Harness {
		server := miniredis.RunT(t)
		clk := newClock()
		server.SetTime(clk.now())
		url := "redis://" + server.Addr()
		return kvtest.Harness{
			Store: kv.NewRedis(client(t, url), "p:"), Peer: kv.NewRedis(client(t, url), "p:"),
			Advance: func(d time.Duration) {
				clk.advance(d)
				server.SetTime(clk.now())
				server.FastForward(d)
			},
		}
	})
}

// While Redis works, and while it does not, a Fallback is a store like any other.
func TestFallbackConforms(t *testing.T) {
	t.Run("up", func(t *testing.T) {
		url := storagetest.Redis(t)
		kvtest.Run(t, func(t *testing.T) kvtest.Harness {
			prefix := "kvtest:" + uuid.NewString() + ":"
			c := client(t, url)
			open := func() kv.Store {
				return kv.NewFallback(kv.NewRedis(c, prefix), kv.NewMemory(time.Now, 0), slog.New(slog.DiscardHandler), time.Now)
			}
			return kvtest.Harness{Store: open(), Peer: open(), Advance: func(d time.Duration) { age(t, c, prefix, d) }}
		})
	})
	t.Run("down", func(t *testing.T) {
		kvtest.Run(t, func(t *testing.T) kvtest.Harness {
			clk := newClock()
			dead := kv.NewRedis(client(t, "redis://127.0.0.1:1"), "")
			f := kv.NewFallback(dead, kv.NewMemory(clk.now, 0), slog.New(slog.DiscardHandler), clk.now)
			return kvtest.Harness{Store: f, Peer: f, Advance: clk.advance}
		})
	})
}

// Redis dies, stays away for an hour under load, and comes back: no call fails, one line a minute is logged.
func TestFallback(t *testing.T) {
	ctx := t.Context()
	server := storagetest.StartRedis(t)
	clk := newClock()
	var log bytes.Buffer
	f := kv.NewFallback(kv.NewRedis(client(t, server.URL()), "p:"), kv.NewMemory(clk.now, 0),
		slog.New(slog.NewTextHandler(&log, nil)), clk.now)
	sub, err := f.Subscribe(ctx, "topic")
	if err != nil {
		t.Fatal(err)
	}
	incr := func(want int64) {
		t.Helper()
		if n, err := f.Incr(ctx, "k", 2*time.Hour); err != nil || n != want {
			t.Fatalf("counter: %d, %v; want %d", n, err, want)
		}
	}
	hear := func(payload string) {
		t.Helper()
		if err := f.Publish(ctx, "topic", payload); err != nil {
			t.Fatal(err)
		}
		if m := <-sub; m.Payload != payload {
			t.Fatalf("received %v, want %s", m, payload)
		}
	}
	incr(1)
	hear("by Redis")
	if !f.Up() || log.Len() > 0 {
		t.Fatalf("up %v, log %s", f.Up(), &log)
	}

	server.Crash()
	for i := range int64(360) {
		incr(i + 1) // counted anew: memory knows nothing of what Redis knew
		clk.advance(10 * time.Second)
	}
	hear("by memory")
	if f.Up() {
		t.Error("up without a server")
	}
	// The first failure is at minute 0, the last at minute 60.
	if n := strings.Count(log.String(), "level=WARN"); n != 61 {
		t.Errorf("%d warnings in an hour", n)
	}

	server.Start()
	// The client finds out in its own time that there is a server again, within a second or so.
	var n int64
	for tick := time.Tick(5 * time.Millisecond); !f.Up(); <-tick {
		clk.advance(2 * time.Second)
		if n, err = f.Incr(ctx, "k", 2*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if n != 1 { // the server lost its memory
		t.Errorf("counter %d after the return", n)
	}
	if !f.Up() || !strings.Contains(log.String(), "level=INFO") {
		t.Errorf("up %v after the return, log ends %s", f.Up(), log.String()[max(0, log.Len()-200):])
	}
}

// A caller who hangs up says nothing about Redis.
func TestFallbackCancelledCaller(t *testing.T) {
	server := miniredis.RunT(t)
	f := kv.NewFallback(kv.NewRedis(client(t, "redis://"+server.Addr()), ""), kv.NewMemory(time.Now, 0),
		slog.New(slog.DiscardHandler), time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.Get(ctx, "k"); err == nil {
		t.Error("no error")
	}
	if !f.Up() {
		t.Error("down because of a caller")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	ctx := t.Context()
	clk := newClock()
	m := kv.NewMemory(clk.now, 100)
	for i := range 1000 {
		if err := m.Set(ctx, strconv.Itoa(i), "v", time.Duration(i+1)*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if m.Len() != 100 {
		t.Errorf("%d keys", m.Len())
	}
	for key, want := range map[string]bool{"0": false, "899": false, "900": true, "999": true} {
		if _, ok, _ := m.Get(ctx, key); ok != want {
			t.Errorf("key %s: %v", key, ok)
		}
	}
	clk.advance(10000 * time.Minute)
	if err := m.Set(ctx, "fresh", "v", time.Minute); err != nil {
		t.Fatal(err)
	}
	if m.Len() != 1 {
		t.Errorf("%d keys after all but one have expired", m.Len())
	}
}

func TestOpenRedisErrors(t *testing.T) {
	for _, url := range []string{"", "http://x", "redis://u:s3cret@host:port/0"} {
		if _, err := kv.OpenRedis(url); err == nil {
			t.Errorf("%q: no error", url)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}
