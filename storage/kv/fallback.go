package kv

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

var _ Store = (*Fallback)(nil)

// Fallback is a [Store] that uses one store while it works and another, on the spot, while it does not. What has been
// kept in the one is not known to the other.
type Fallback struct {
	primary   Store
	secondary Store
	log       *slog.Logger
	now       func() time.Time

	mu     sync.Mutex
	down   bool
	retry  time.Time // when the primary is tried again
	warned time.Time // when its failure was last logged
}

const (
	// retryEvery is how long the primary is left alone after a failure: one call in that time pays for finding out
	// whether it is back.
	retryEvery = time.Second
	// warnEvery is how often a failure that lasts is logged.
	warnEvery = time.Minute
	// resubscribeEvery is how long a subscription to the primary waits before it is tried again.
	resubscribeEvery = time.Second
)

// NewFallback makes a store of a primary one, usually [Redis], and a secondary one that does not fail, usually
// [Memory]. It logs a warning at most once a minute while the primary fails and a line when it is back.
func NewFallback(primary, secondary Store, log *slog.Logger, now func() time.Time) *Fallback {
	return &Fallback{primary: primary, secondary: secondary, log: log, now: now}
}

// Up tells whether the primary answered when last asked.
func (f *Fallback) Up() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.down
}

// usePrimary tells whether a call should go to the primary. While that is down one call a second may try.
func (f *Fallback) usePrimary() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.down {
		return true
	}
	now := f.now()
	if now.Before(f.retry) {
		return false
	}
	f.retry = now.Add(retryEvery)
	return true
}

// settle notes how a call to the primary went.
func (f *Fallback) settle(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if err == nil {
		if f.down {
			f.down = false
			f.log.Info("shared state is back")
		}
		return
	}
	f.down = true
	f.retry = now.Add(retryEvery)
	if f.warned.IsZero() || now.Sub(f.warned) >= warnEvery {
		f.warned = now
		f.log.Warn("shared state is unavailable, serving from memory", "error", err)
	}
}

// try runs fn on the primary, and on the secondary when the primary fails for a reason of its own. A call that fails
// because its context has ended says nothing about the primary.
func try[T any](ctx context.Context, f *Fallback, fn func(Store) (T, error)) (T, error) {
	if f.usePrimary() {
		v, err := fn(f.primary)
		if ctx.Err() != nil && err != nil {
			return v, err
		}
		f.settle(err)
		if err == nil {
			return v, nil
		}
	}
	return fn(f.secondary)
}

// with is try for calls with nothing to return.
func with(ctx context.Context, f *Fallback, fn func(Store) error) error {
	_, err := try(ctx, f, func(s Store) (struct{}, error) { return struct{}{}, fn(s) })
	return err
}

// Once implements [Store].
func (f *Fallback) Once(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return false, err
	}
	return try(ctx, f, func(s Store) (bool, error) { return s.Once(ctx, key, ttl) })
}

// Set implements [Store].
func (f *Fallback) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return err
	}
	return with(ctx, f, func(s Store) error { return s.Set(ctx, key, value, ttl) })
}

type maybe struct {
	value string
	ok    bool
}

// Get implements [Store].
func (f *Fallback) Get(ctx context.Context, key string) (string, bool, error) {
	m, err := try(ctx, f, func(s Store) (m maybe, err error) {
		m.value, m.ok, err = s.Get(ctx, key)
		return m, err
	})
	return m.value, m.ok, err
}

// Take implements [Store].
func (f *Fallback) Take(ctx context.Context, key string) (string, bool, error) {
	m, err := try(ctx, f, func(s Store) (m maybe, err error) {
		m.value, m.ok, err = s.Take(ctx, key)
		return m, err
	})
	return m.value, m.ok, err
}

// Delete implements [Store].
func (f *Fallback) Delete(ctx context.Context, key string) error {
	return with(ctx, f, func(s Store) error { return s.Delete(ctx, key) })
}

// Incr implements [Store].
func (f *Fallback) Incr(ctx context.Context, key string, window time.Duration) (int64, error) {
	if err := begin(ctx, checkTTL(window)); err != nil {
		return 0, err
	}
	return try(ctx, f, func(s Store) (int64, error) { return s.Incr(ctx, key, window) })
}

type verdict struct {
	ok   bool
	wait time.Duration
}

// Allow implements [Store].
func (f *Fallback) Allow(ctx context.Context, key string, limit Limit) (bool, time.Duration, error) {
	if err := begin(ctx, checkLimit(limit)); err != nil {
		return false, 0, err
	}
	v, err := try(ctx, f, func(s Store) (v verdict, err error) {
		v.ok, v.wait, err = s.Allow(ctx, key, limit)
		return v, err
	})
	return v.ok, v.wait, err
}

// Acquire implements [Store]. While the primary is down every instance gets the lease from its own memory: who must be
// alone needs a lease in the database.
func (f *Fallback) Acquire(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return false, err
	}
	return try(ctx, f, func(s Store) (bool, error) { return s.Acquire(ctx, key, owner, ttl) })
}

// Release implements [Store].
func (f *Fallback) Release(ctx context.Context, key, owner string) error {
	return with(ctx, f, func(s Store) error { return s.Release(ctx, key, owner) })
}

// Publish implements [Store]. While the primary is down messages reach the subscribers of this instance.
func (f *Fallback) Publish(ctx context.Context, topic, payload string) error {
	return with(ctx, f, func(s Store) error { return s.Publish(ctx, topic, payload) })
}

// Subscribe implements [Store]. It listens to both stores, and to the primary as soon as that can be subscribed to.
func (f *Fallback) Subscribe(ctx context.Context, topics ...string) (<-chan Message, error) {
	local, err := f.secondary.Subscribe(ctx, topics...)
	if err != nil {
		return nil, err
	}
	remote, err := f.primary.Subscribe(ctx, topics...)
	if err != nil && ctx.Err() == nil {
		f.settle(err)
	}
	out := make(chan Message)
	var wg sync.WaitGroup
	wg.Go(func() { forward(ctx, local, out) })
	wg.Go(func() {
		for ctx.Err() == nil {
			if remote != nil {
				forward(ctx, remote, out)
			}
			if !pause(ctx, resubscribeEvery) {
				return
			}
			remote, _ = f.primary.Subscribe(ctx, topics...) // other calls notice and log that it fails
		}
	})
	go func() {
		wg.Wait()
		close(out)
	}()
	return out, nil
}

// forward passes messages on until there are no more or ctx ends.
func forward(ctx context.Context, from <-chan Message, to chan<- Message) {
	for msg := range from {
		select {
		case to <- msg:
		case <-ctx.Done():
			return
		}
	}
}

// pause waits, and tells whether ctx is still alive after it.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
