package telegram

import (
	"context"
	"crypto/sha256"
	"sync"
)

// pictureKey names a picture by its bytes.
type pictureKey [sha256.Size]byte

// uploadsKept is how many pictures a bot remembers. A broadcast sends one; several run at a time.
const uploadsKept = 32

// uploads remembers what Telegram calls the pictures that a bot has uploaded, so that each goes over the wire once:
// Telegram slows down a bot that uploads the same large file again and again. Of too many, the one used longest ago
// is forgotten.
type uploads struct {
	mu    sync.Mutex
	known map[pictureKey]*uploaded
	tick  uint64
}

type uploaded struct {
	turn  chan struct{} // full while somebody uploads
	id    string        // file id, "" while there is none
	used  uint64
	users int // who hold it now; it is not forgotten meanwhile
}

// enter gives the file id of a picture, or says to upload it: then id is "", and leave must be called with the id
// the upload brought, "" when it failed. Whoever comes meanwhile waits, and uploads in turn when it failed. The
// error is that of ctx.
func (u *uploads) enter(ctx context.Context, key pictureKey) (id string, leave func(id string), err error) {
	p := u.hold(key)
	if id := u.idOf(p); id != "" {
		u.release(p)
		return id, nil, nil
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		u.release(p)
		return "", nil, ctx.Err()
	}
	leave = func(id string) {
		u.mu.Lock()
		if id != "" {
			p.id = id
		}
		u.mu.Unlock()
		<-p.turn
		u.release(p)
	}
	if id := u.idOf(p); id != "" { // uploaded by the one before
		leave("")
		return id, nil, nil
	}
	return "", leave, nil
}

// forget drops a file id that Telegram no longer knows, unless another has taken its place.
func (u *uploads) forget(key pictureKey, id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if p := u.known[key]; p != nil && p.id == id {
		p.id = ""
	}
}

func (u *uploads) hold(key pictureKey) *uploaded {
	u.mu.Lock()
	defer u.mu.Unlock()
	p := u.known[key]
	if p == nil {
		if u.known == nil {
			u.known = map[pictureKey]*uploaded{}
		}
		u.makeRoom()
		p = &uploaded{turn: make(chan struct{}, 1)}
		u.known[key] = p
	}
	u.tick++
	p.used = u.tick
	p.users++
	return p
}

// makeRoom forgets what was used longest ago. The caller holds the lock.
func (u *uploads) makeRoom() {
	for len(u.known) >= uploadsKept {
		var oldest *uploaded
		var oldestKey pictureKey
		for key, p := range u.known {
			if p.users == 0 && (oldest == nil || p.used < oldest.used) {
				oldest, oldestKey = p, key
			}
		}
		if oldest == nil {
			return // all of them are being sent
		}
		delete(u.known, oldestKey)
	}
}

func (u *uploads) release(p *uploaded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p.users--
}

func (u *uploads) idOf(p *uploaded) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return p.id
}
