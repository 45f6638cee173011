package tills

import (
	"sync"
	"time"
)

// memo remembers a bounded number of things for a while. It is safe for concurrent use.
type memo[K comparable, V any] struct {
	most int
	kept time.Duration

	mu    sync.Mutex
	known map[K]memory[V]
}

type memory[V any] struct {
	value V
	until time.Time
}

func newMemo[K comparable, V any](most int, kept time.Duration) *memo[K, V] {
	return &memo[K, V]{most: most, kept: kept, known: map[K]memory[V]{}}
}

// get returns what is remembered at an instant, and whether anything is.
func (m *memo[K, V]) get(key K, now time.Time) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was, ok := m.known[key]
	if !ok || !was.until.After(now) {
		var none V
		return none, false
	}
	return was.value, true
}

// put remembers a value from an instant on. Where there is no room, what is over goes, and then whatever comes first.
func (m *memo[K, V]) put(key K, value V, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.known[key]; !there {
		m.makeRoom(now)
	}
	m.known[key] = memory[V]{value, now.Add(m.kept)}
}

// add changes what is remembered, and leaves its end where it is.
func (m *memo[K, V]) change(key K, now time.Time, change func(V) V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	was, ok := m.known[key]
	if !ok || !was.until.After(now) {
		if !ok {
			m.makeRoom(now)
		}
		was = memory[V]{until: now.Add(m.kept)}
	}
	was.value = change(was.value)
	m.known[key] = was
	return was.value
}

func (m *memo[K, V]) makeRoom(now time.Time) {
	if len(m.known) < m.most {
		return
	}
	for k, was := range m.known {
		if !was.until.After(now) {
			delete(m.known, k)
		}
	}
	for k := range m.known {
		if len(m.known) < m.most {
			return
		}
		delete(m.known, k)
	}
}
