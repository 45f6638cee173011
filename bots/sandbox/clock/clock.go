// Package clock is the time the emulated platforms live in. The real one is for people; the manual one lets a test
// walk through retries, expiry and long polls without waiting for any of them.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and calls back later.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine once d has passed. A d of zero or less calls it at once.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a callback that has not happened yet.
type Timer interface {
	// Stop reports whether it kept the callback from happening.
	Stop() bool
}

// System returns the machine's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time                            { return time.Now() }
func (system) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Manual is a clock that moves only when told to. It is safe for concurrent use.
type Manual struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*manualTimer]struct{}
	// moved is closed and replaced whenever the set of timers changes.
	moved chan struct{}
}

// NewManual returns a clock that stands at now.
func NewManual(now time.Time) *Manual {
	return &Manual{now: now, timers: make(map[*manualTimer]struct{}), moved: make(chan struct{})}
}

type manualTimer struct {
	clock *Manual
	at    time.Time
	f     func()
}

// Now returns where the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc arms a callback; Advance fires it.
func (m *Manual) AfterFunc(d time.Duration, f func()) Timer {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &manualTimer{clock: m, at: m.now.Add(d), f: f}
	if d <= 0 {
		go f()
		return t
	}
	m.timers[t] = struct{}{}
	m.notify()
	return t
}

// Stop disarms the callback.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	_, armed := t.clock.timers[t]
	delete(t.clock.timers, t)
	t.clock.notify()
	return armed
}

// Advance moves the clock by d and fires what has become due, each in its own goroutine.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	for t := range m.timers {
		if !t.at.After(m.now) {
			delete(m.timers, t)
			go t.f()
		}
	}
	m.notify()
}

// Pending returns how long until each armed callback, in no particular order.
func (m *Manual) Pending() []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := make([]time.Duration, 0, len(m.timers))
	for t := range m.timers {
		left = append(left, t.at.Sub(m.now))
	}
	return left
}

// Changed returns a channel that is closed at the next change of the clock or of its armed callbacks. A test takes
// the channel, looks at [Manual.Pending], and waits on the channel when it has not seen what it waits for.
func (m *Manual) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.moved
}

func (m *Manual) notify() {
	close(m.moved)
	m.moved = make(chan struct{})
}
