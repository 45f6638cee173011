package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache[int]
		var asks atomic.Int64
		failing := errors.New("no answer")
		read := func(context.Context) (int, error) { return int(asks.Add(1)), nil }
		want := func(what string, n int) {
			t.Helper()
			if got, err := c.get(t.Context(), time.Now, "a", read); err != nil || got != n {
				t.Errorf("%s: %d and %v, want %d", what, got, err, n)
			}
		}
		want("first", 1)
		want("known", 1)
		<-time.After(cacheTime - 1)
		want("still known", 1)
		<-time.After(1)
		want("too old", 2)
		c.forget("a")
		want("forgotten", 3)
		c.forget("a")
		if _, err := c.get(t.Context(), time.Now, "a", func(context.Context) (int, error) { return 0, failing }); !errors.Is(err, failing) {
			t.Errorf("an error: %v", err)
		}
		want("an error is not kept", 4)
	})
}

// Of all who find nothing one asks, and those whose time is over do not wait for it.
func TestCacheAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache[int]
		var asks atomic.Int64
		slow := func(ctx context.Context) (int, error) {
			asks.Add(1)
			select {
			case <-time.After(time.Minute):
				return 7, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		first, giveUp := context.WithTimeout(t.Context(), time.Second)
		defer giveUp()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.get(first, time.Now, "a", slow); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("whoever asked first: %v", err)
			}
		})
		synctest.Wait()
		for range 5 {
			all.Go(func() {
				if got, err := c.get(t.Context(), time.Now, "a", slow); err != nil || got != 7 {
					t.Errorf("whoever waited: %d and %v", got, err)
				}
			})
		}
		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		if _, err := c.get(short, time.Now, "a", slow); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("whoever gave up: %v after %s", err, time.Since(began))
		}
		all.Wait()
		if n := asks.Load(); n > 3 {
			t.Errorf("asked %d times", n)
		}
	})
}

// What was asked before a change is not remembered after it.
func TestCacheForgetsWhatIsBeingAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache[int]
		var all sync.WaitGroup
		all.Go(func() {
			got, err := c.get(t.Context(), time.Now, "a", func(context.Context) (int, error) { <-time.After(time.Millisecond); return 1, nil })
			if err != nil || got != 1 {
				t.Errorf("%d and %v", got, err)
			}
		})
		synctest.Wait()
		c.forget("a")
		if got, err := c.get(t.Context(), time.Now, "a", func(context.Context) (int, error) { return 2, nil }); err != nil || got != 2 {
			t.Errorf("after the change: %d and %v", got, err)
		}
		all.Wait()
		if got, err := c.get(t.Context(), time.Now, "a", func(context.Context) (int, error) { return 3, nil }); err != nil || got != 2 {
			t.Errorf("later: %d and %v", got, err)
		}
	})
}
