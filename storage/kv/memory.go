package kv

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"
)

var _ Store = (*Memory)(nil)

// Memory is a [Store] in the memory of one process.
type Memory struct {
	now  func() time.Time
	most int

	mu       sync.Mutex
	items    map[itemKey]*item
	byExpiry expiryHeap
	subs     map[string][]*subscriber
}

// DefaultMaxKeys is how many keys a [Memory] holds unless told otherwise.
const DefaultMaxKeys = 100_000

// NewMemory makes an empty store that tells the time by now. It holds at most maxKeys keys ([DefaultMaxKeys] when 0 or
// less); when there would be more, those that expire soonest go first.
func NewMemory(now func() time.Time, maxKeys int) *Memory {
	if maxKeys <= 0 {
		maxKeys = DefaultMaxKeys
	}
	return &Memory{now: now, most: maxKeys, items: make(map[itemKey]*item), subs: make(map[string][]*subscriber)}
}

type itemKey struct {
	kind byte // o once, v value, c counter, b bucket, l lease
	name string
}

type item struct {
	key     itemKey
	expires time.Time
	index   int // in the heap

	text   string    // value, or owner of a lease
	count  int64     // of a counter
	filled time.Time // of a bucket: when it is full again
}

// live returns an item that has not expired, or nil.
func (m *Memory) live(k itemKey, now time.Time) *item {
	it := m.items[k]
	if it == nil || !it.expires.After(now) {
		return nil
	}
	return it
}

// put returns the item of a key, made when missing, to expire at the given time.
func (m *Memory) put(k itemKey, now, expires time.Time) *item {
	if it := m.items[k]; it != nil {
		it.expires = expires
		heap.Fix(&m.byExpiry, it.index)
		return it
	}
	for len(m.byExpiry) > 0 && (len(m.items) >= m.most || !m.byExpiry[0].expires.After(now)) {
		m.drop(m.byExpiry[0])
	}
	it := &item{key: k, expires: expires}
	m.items[k] = it
	heap.Push(&m.byExpiry, it)
	return it
}

func (m *Memory) drop(it *item) {
	heap.Remove(&m.byExpiry, it.index)
	delete(m.items, it.key)
}

// Once implements [Store].
func (m *Memory) Once(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, now := itemKey{'o', key}, m.now()
	if m.live(k, now) != nil {
		return false, nil
	}
	m.put(k, now, now.Add(ttl))
	return true, nil
}

// Set implements [Store].
func (m *Memory) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.put(itemKey{'v', key}, now, now.Add(ttl)).text = value
	return nil
}

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, key string) (string, bool, error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.live(itemKey{'v', key}, m.now())
	if it == nil {
		return "", false, nil
	}
	return it.text, true, nil
}

// Take implements [Store].
func (m *Memory) Take(ctx context.Context, key string) (string, bool, error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.live(itemKey{'v', key}, m.now())
	if it == nil {
		return "", false, nil
	}
	m.drop(it)
	return it.text, true, nil
}

// Delete implements [Store].
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if it := m.items[itemKey{'v', key}]; it != nil {
		m.drop(it)
	}
	return nil
}

// Incr implements [Store].
func (m *Memory) Incr(ctx context.Context, key string, window time.Duration) (int64, error) {
	if err := begin(ctx, checkTTL(window)); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, now := itemKey{'c', key}, m.now()
	it := m.live(k, now)
	if it == nil {
		it = m.put(k, now, now.Add(window))
		it.count = 0
	}
	it.count++
	return it.count, nil
}

// Allow implements [Store].
func (m *Memory) Allow(ctx context.Context, key string, limit Limit) (bool, time.Duration, error) {
	if err := begin(ctx, checkLimit(limit)); err != nil {
		return false, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, now := itemKey{'b', key}, m.now()
	every := limit.Every.Truncate(time.Microsecond)
	filled := now
	if it := m.live(k, now); it != nil {
		filled = it.filled
	}
	// A bucket is known by the moment it will be full again: every event puts that off by one Every, and no
	// event may put it off by more than a whole bucket.
	filled = filled.Add(every)
	if wait := filled.Sub(now) - time.Duration(limit.Burst)*every; wait > 0 {
		return false, wait, nil
	}
	m.put(k, now, filled).filled = filled
	return true, 0, nil
}

// Acquire implements [Store].
func (m *Memory) Acquire(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, now := itemKey{'l', key}, m.now()
	if it := m.live(k, now); it != nil && it.text != owner {
		return false, nil
	}
	m.put(k, now, now.Add(ttl)).text = owner
	return true, nil
}

// Release implements [Store].
func (m *Memory) Release(ctx context.Context, key, owner string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if it := m.items[itemKey{'l', key}]; it != nil && it.text == owner {
		m.drop(it)
	}
	return nil
}

// Publish implements [Store].
func (m *Memory) Publish(ctx context.Context, topic, payload string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.subs[topic] {
		select {
		case s.ch <- Message{topic, payload}:
		default: // it does not keep up
		}
	}
	return nil
}

type subscriber struct{ ch chan Message }

// Subscribe implements [Store].
func (m *Memory) Subscribe(ctx context.Context, topics ...string) (<-chan Message, error) {
	if len(topics) == 0 {
		return nil, errTopic
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &subscriber{ch: make(chan Message, subscriberBuffer)}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range topics {
		m.subs[t] = append(m.subs[t], s)
	}
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, t := range topics {
			m.subs[t] = slices.DeleteFunc(m.subs[t], func(o *subscriber) bool { return o == s })
			if len(m.subs[t]) == 0 {
				delete(m.subs, t)
			}
		}
		close(s.ch) // under the lock, so that nobody is publishing to it
	})
	return s.ch, nil
}

// Len returns how many keys are held, those that have expired but were not yet cleared among them.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.items)
}

// begin returns the first reason not to begin.
func begin(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return ctx.Err()
}

// expiryHeap has the item that expires soonest on top.
type expiryHeap []*item

func (h expiryHeap) Len() int           { return len(h) }
func (h expiryHeap) Less(i, j int) bool { return h[i].expires.Before(h[j].expires) }
func (h expiryHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *expiryHeap) Push(x any) {
	it := x.(*item)
	it.index = len(*h)
	*h = append(*h, it)
}
func (h *expiryHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
