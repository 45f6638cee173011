package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// cacheTime is how old what a cache knows may be.
const cacheTime = 2 * time.Second

// cache spares most calls the questions that every call asks. A change made by this process is seen at once, one made by another within
// cacheTime. Of all who find something too old only one asks, and nobody waits for the answer longer than its own caller does. The zero
// cache is empty.
type cache[V any] struct {
	mu    sync.Mutex
	known map[string]cached[V]
	asked map[string]*question[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

// question is asked for everybody who wants the answer.
type question[V any] struct {
	done  chan struct{}
	stale bool // guarded by the cache's lock: what it is about has changed since
	value V
	err   error
}

// get returns what is known under a key, or asks read.
func (c *cache[V]) get(ctx context.Context, now func() time.Time, key string, read func(context.Context) (V, error)) (V, error) {
	for {
		c.mu.Lock()
		if k, ok := c.known[key]; ok && now().Before(k.until) {
			c.mu.Unlock()
			return k.value, nil
		}
		q := c.asked[key]
		if q == nil {
			q = &question[V]{done: make(chan struct{})}
			if c.asked == nil {
				c.known, c.asked = map[string]cached[V]{}, map[string]*question[V]{}
			}
			c.asked[key] = q
			c.mu.Unlock()
			return c.ask(ctx, now, key, q, read)
		}
		c.mu.Unlock()
		select {
		case <-q.done:
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
		if q.err == nil {
			return q.value, nil
		}
		if ctx.Err() != nil || !gaveUp(q.err) {
			return q.value, q.err
		} // it was whoever asked that gave up
	}
}

func (c *cache[V]) ask(ctx context.Context, now func() time.Time, key string, q *question[V], read func(context.Context) (V, error)) (V, error) {
	asked := now()
	q.err = errUnread
	defer func() { // whatever read does
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.asked[key] == q {
			delete(c.asked, key)
		}
		if q.err == nil && !q.stale {
			c.known[key] = cached[V]{q.value, asked.Add(cacheTime)}
		}
		close(q.done)
	}()
	q.value, q.err = read(ctx)
	return q.value, q.err
}

// errUnread is what those get whose question was never answered, because it panicked.
var errUnread = errors.New("engine: reading was broken off")

// gaveUp reports whether somebody did not wait for an answer, which says nothing of the answer.
func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// forget lets the next one ask again.
func (c *cache[V]) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, key)
	if q := c.asked[key]; q != nil {
		q.stale = true
		delete(c.asked, key)
	}
}
