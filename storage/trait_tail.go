package storage

import (
	"sync"
	"time"
)

// tails remembers which postings have been followed though one begun earlier may still come. Who has just started remembers none, and makes some traits
// twice. The zero value is ready.
type tails struct {
	mu  sync.Mutex
	ids map[string]map[string]time.Time // by program and posting
}

// seen lists the postings of a program that have been followed.
func (t *tails) seen(programID string) map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := make(map[string]bool, len(t.ids[programID]))
	for id := range t.ids[programID] {
		seen[id] = true
	}
	return seen
}

// note remembers postings until they are older than the horizon.
func (t *tails) note(programID string, news []followed, horizon time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ids == nil {
		t.ids = map[string]map[string]time.Time{}
	}
	ids := t.ids[programID]
	if ids == nil {
		ids = map[string]time.Time{}
		t.ids[programID] = ids
	}
	for id, at := range ids {
		if at.Before(horizon) {
			delete(ids, id)
		}
	}
	for _, f := range news {
		ids[f.id] = f.at
	}
}
