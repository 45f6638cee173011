package bots

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// Mailboxes runs the work of many people in bounded concurrency: one thing at a time per key, keys taken in
// the order they became ready, each put back at the end of the queue while it has more. A key with nothing to
// do takes no memory, and no goroutine waits for one. The work itself is durable elsewhere (the inbox), so that
// what is still queued when the process ends is found again at the next start.
type Mailboxes struct {
	handle   func(ctx context.Context, key string) (more bool)
	panicked func(key string, value any, stack []byte) (more bool)
	logger   *slog.Logger
	workers  int

	ctx    context.Context // given to handle; cancelled when Drain runs out of time
	cancel context.CancelFunc

	mu       sync.Mutex
	boxes    map[string]*box // keys that are queued or running
	ready    []string        // first in, first out; ready[head:] is live
	head     int
	running  int
	draining bool
	idle     chan struct{} // closed and renewed whenever nothing is queued or running
}

// box is the state of one busy key.
type box struct {
	running bool
	again   bool // woken while running
}

// NewMailboxes makes mailboxes handled by at most workers goroutines. handle does one unit of work of the key
// and reports whether there is more. panicked, which may be nil, is told of a panic in handle, after it was
// logged, and reports whether to go on with the key: it is where the poisoned row is put aside.
func NewMailboxes(workers int, handle func(ctx context.Context, key string) (more bool), logger *slog.Logger,
	panicked func(key string, value any, stack []byte) (more bool)) *Mailboxes {
	ctx, cancel := context.WithCancel(context.Background())
	return &Mailboxes{
		handle: handle, panicked: panicked, logger: logger, workers: max(1, workers),
		ctx: ctx, cancel: cancel,
		boxes: map[string]*box{}, idle: make(chan struct{}),
	}
}

// Wake says that key has something to do. It never blocks. A key woken while it is handled is handled once
// more, so that no wake is lost; waking a queued key again changes nothing. After Drain it does nothing.
func (m *Mailboxes) Wake(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.draining {
		return
	}
	b := m.boxes[key]
	if b == nil {
		m.boxes[key] = &box{}
		m.push(key)
		return
	}
	b.again = b.again || b.running
}

// Busy is the number of keys that are queued or being handled.
func (m *Mailboxes) Busy() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.boxes)
}

// Idle returns when nothing is queued or running, or with the context's error.
func (m *Mailboxes) Idle(ctx context.Context) error {
	for {
		m.mu.Lock()
		quiet, idle := len(m.boxes) == 0 && m.running == 0, m.idle
		m.mu.Unlock()
		if quiet {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Drain stops gracefully: nothing queued is started any more, what runs is waited for. When ctx ends first, the
// context of what still runs is cancelled and the error of ctx is returned. Mailboxes cannot be used afterwards.
func (m *Mailboxes) Drain(ctx context.Context) error {
	m.mu.Lock()
	m.draining = true
	for _, key := range m.ready[m.head:] {
		delete(m.boxes, key)
	}
	m.ready, m.head = nil, 0
	m.mu.Unlock()
	defer m.cancel()
	if err := m.Idle(ctx); err != nil {
		return fmt.Errorf("drain mailboxes: %w", err)
	}
	return nil
}

// push queues key and sees that a worker comes for it. The caller holds mu.
func (m *Mailboxes) push(key string) {
	m.ready = append(m.ready, key)
	if m.running < m.workers {
		m.running++
		go m.work()
	}
}

// pop takes the next key, or reports false and lets the worker go.
func (m *Mailboxes) pop() (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.head == len(m.ready) {
		return "", false
	}
	key := m.ready[m.head]
	m.ready[m.head] = ""
	m.head++
	switch {
	case m.head == len(m.ready):
		m.ready, m.head = m.ready[:0], 0
		if cap(m.ready) > 1024 {
			m.ready = nil
		}
	case m.head > 1024 && m.head > len(m.ready)/2:
		m.ready, m.head = append([]string(nil), m.ready[m.head:]...), 0
	}
	m.boxes[key].running = true
	return key, true
}

func (m *Mailboxes) work() {
	defer m.leave()
	for {
		key, ok := m.pop()
		if !ok {
			return
		}
		m.run(key)
	}
}

// leave ends a worker. It looks at the queue once more, under the lock, because a key may have been pushed
// after the last pop while all workers still counted as running.
func (m *Mailboxes) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.head < len(m.ready) {
		go m.work()
		return
	}
	m.running--
	if m.running == 0 && len(m.boxes) == 0 {
		close(m.idle)
		m.idle = make(chan struct{})
	}
}

// run handles key once. The deferred part also runs when handle panics or ends its goroutine.
func (m *Mailboxes) run(key string) {
	more := false
	defer func() {
		if value := recover(); value != nil {
			more = m.report(key, value)
		}
		m.done(key, more)
	}()
	more = m.handle(m.ctx, key)
}

func (m *Mailboxes) report(key string, value any) (more bool) {
	stack := debug.Stack()
	defer func() {
		if again := recover(); again != nil {
			m.logger.Error("mailbox panic hook panicked", "mailbox", key, "panic", fmt.Sprint(again))
		}
	}()
	m.logger.Error("mailbox handler panicked", "mailbox", key, "panic", fmt.Sprint(value), "stack", string(stack))
	if m.panicked == nil {
		return false
	}
	return m.panicked(key, value, stack)
}

// done puts key back at the end of the queue, or forgets it.
func (m *Mailboxes) done(key string, more bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.boxes[key]
	if (more || b.again) && !m.draining {
		b.running, b.again = false, false
		m.push(key)
		return
	}
	delete(m.boxes, key)
}
