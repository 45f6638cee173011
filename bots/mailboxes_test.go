package bots_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kartka/bots"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// TestMailboxesKeepOrderPerKey feeds queues from several goroutines: every item is handled once, in the order
// of its key, never two of a key at once, and never more than the allowed number in all.
func TestMailboxesKeepOrderPerKey(t *testing.T) {
	const keys, items, workers = 40, 200, 4
	var mu sync.Mutex
	queued := map[string][]int{}
	handled := map[string][]int{}
	var inside [keys]atomic.Int32
	var busy, most atomic.Int32
	handle := func(_ context.Context, key string) bool {
		var k int
		fmt.Sscanf(key, "key%d", &k)
		if inside[k].Add(1) != 1 {
			t.Errorf("%s handled twice at once", key)
		}
		if n := busy.Add(1); n > most.Load() {
			most.Store(n)
		}
		runtime.Gosched()
		mu.Lock()
		more := false
		if q := queued[key]; len(q) > 0 {
			handled[key] = append(handled[key], q[0])
			queued[key] = q[1:]
			more = len(q) > 1
		}
		mu.Unlock()
		busy.Add(-1)
		inside[k].Add(-1)
		return more
	}
	m := bots.NewMailboxes(workers, handle, quiet(), nil)
	var feeders sync.WaitGroup
	for f := range 4 {
		feeders.Go(func() {
			for k := f; k < keys; k += 4 {
				key := fmt.Sprintf("key%d", k)
				for i := range items {
					mu.Lock()
					queued[key] = append(queued[key], i)
					mu.Unlock()
					m.Wake(key)
				}
			}
		})
	}
	feeders.Wait()
	if err := m.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for key, got := range handled {
		if len(got) != items || !slices.IsSorted(got) {
			t.Errorf("%s: %d of %d handled, in order: %v", key, len(got), items, slices.IsSorted(got))
		}
	}
	if len(handled) != keys || most.Load() > workers {
		t.Errorf("%d keys handled, at most %d at once", len(handled), most.Load())
	}
	if m.Busy() != 0 {
		t.Errorf("%d keys kept after the work was done", m.Busy())
	}
}

// TestMailboxesAreFair: with one worker, a key with endless work lets the others through.
func TestMailboxesAreFair(t *testing.T) {
	var order []string
	left := map[string]int{"busy": 5, "a": 1, "b": 2}
	start := make(chan struct{})
	m := bots.NewMailboxes(1, func(_ context.Context, key string) bool {
		<-start
		order = append(order, key)
		left[key]--
		return left[key] > 0
	}, quiet(), nil)
	for _, key := range []string{"busy", "a", "b"} {
		m.Wake(key)
	}
	close(start)
	if err := m.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "busy a b busy b busy busy busy" {
		t.Errorf("order: %s", got)
	}
}

// TestMailboxesLoseNoWake: a key woken while it is handled is handled again.
func TestMailboxesLoseNoWake(t *testing.T) {
	var m *bots.Mailboxes
	runs := 0
	m = bots.NewMailboxes(2, func(_ context.Context, key string) bool {
		if runs++; runs == 1 {
			m.Wake(key)
			m.Wake(key)
		}
		return false
	}, quiet(), nil)
	m.Wake("k")
	if err := m.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if runs != 2 {
		t.Errorf("handled %d times, want 2", runs)
	}
}

// TestMailboxesSurvivePanics: a panic, and even a goroutine ended from inside, stops neither the key nor the rest.
func TestMailboxesSurvivePanics(t *testing.T) {
	var log bytes.Buffer
	var told atomic.Int32
	var good atomic.Int32
	left := 3
	m := bots.NewMailboxes(1, func(_ context.Context, key string) bool {
		switch key {
		case "poison":
			if left--; left >= 0 {
				panic("bad update")
			}
			return false
		case "exit":
			runtime.Goexit()
		}
		good.Add(1)
		return false
	}, slog.New(slog.NewTextHandler(&log, nil)), func(key string, value any, stack []byte) bool {
		told.Add(1)
		if key != "poison" || value != "bad update" || !bytes.Contains(stack, []byte("mailboxes_test.go")) {
			t.Errorf("told of %s: %v", key, value)
		}
		if told.Load() == 3 {
			panic("and the hook too")
		}
		return true
	})
	for _, key := range []string{"poison", "exit", "a", "b"} {
		m.Wake(key)
	}
	if err := m.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told.Load() != 3 || good.Load() != 2 {
		t.Errorf("told %d times, handled %d others", told.Load(), good.Load())
	}
	if !strings.Contains(log.String(), "mailbox handler panicked") || !strings.Contains(log.String(), "mailbox=poison") {
		t.Errorf("log: %s", log.String())
	}
}

func TestMailboxesDrain(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	var runs atomic.Int32
	m := bots.NewMailboxes(1, func(context.Context, string) bool {
		runs.Add(1)
		close(started)
		<-release
		return true
	}, quiet(), nil)
	m.Wake("a")
	<-started
	m.Wake("b")
	done := make(chan error)
	go func() { done <- m.Drain(context.Background()) }()
	for m.Busy() > 1 { // until the queued key is let go
		runtime.Gosched()
	}
	m.Wake("c")
	close(release)
	if err := <-done; err != nil {
		t.Errorf("Drain = %v", err)
	}
	if runs.Load() != 1 || m.Busy() != 0 {
		t.Errorf("%d runs, %d keys left", runs.Load(), m.Busy())
	}
}

func TestMailboxesDrainOutOfTime(t *testing.T) {
	started := make(chan struct{})
	m := bots.NewMailboxes(1, func(ctx context.Context, _ string) bool {
		close(started)
		<-ctx.Done()
		return true
	}, quiet(), nil)
	m.Wake("a")
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Drain = %v", err)
	}
	// The handler was told to stop, so it does end.
	if err := m.Idle(t.Context()); err != nil {
		t.Error(err)
	}
}

func BenchmarkMailboxesWake(b *testing.B) {
	m := bots.NewMailboxes(2, func(context.Context, string) bool { return false }, quiet(), nil)
	keys := make([]string, 1024)
	for i := range keys {
		keys[i] = fmt.Sprintf("telegram:1:%d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Wake(keys[i%len(keys)])
	}
	_ = m.Idle(context.Background())
}
