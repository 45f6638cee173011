package tills

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"net"
	"strings"
	"sync"
	"time"

	"kartka/engine"
)

// How long a key that was right is taken for right, and how much of it is remembered.
const (
	keyFresh = 20 * time.Second // from then on the next caller asks anew, the others go on
	keyKnown = 30 * time.Second // until then at most a revoked key works
	mostKeys = 20_000
	// strangers is how many wrong keys an address may try in a window. Known keys are not held up by them.
	strangers     = 20
	strangeWindow = time.Minute
	mostStrangers = 20_000
)

// Live codes that a guest read for a sale: they work once, so a sale that has to be sent again needs to know whose it was.
const (
	mostSpoken = 10_000
	spokenKept = 10 * time.Minute
)

// keyring knows tills by their keys. Keys are remembered as hashes.
type keyring struct {
	engine Engine
	wrong  *memo[string, int] // keys tried, by address

	mu    sync.Mutex
	known map[[sha256.Size]byte]*known
}

type known struct {
	till   engine.Till
	at     time.Time
	asking bool // somebody looks whether it still is so
}

func newKeyring(e Engine) *keyring {
	return &keyring{engine: e, wrong: newMemo[string, int](mostStrangers, strangeWindow), known: map[[sha256.Size]byte]*known{}}
}

// till finds who calls, from the header Authorization and the remote address.
func (k *keyring) till(ctx context.Context, header, remote string) (engine.Till, error) {
	scheme, key, _ := strings.Cut(header, " ")
	if key = strings.TrimSpace(key); key == "" || len(key) > 256 || !strings.EqualFold(scheme, "Bearer") {
		return engine.Till{}, unauthorized
	}
	hash, now := sha256.Sum256([]byte(key)), k.engine.Now()
	till, age, ask := k.remembered(hash, now)
	if !ask {
		return till, nil
	}
	address, _, err := net.SplitHostPort(remote)
	if err != nil {
		address = remote
	}
	if tried, _ := k.wrong.get(address, now); age < 0 && tried >= strangers {
		return engine.Till{}, strange
	}
	found, err := k.engine.TillByKey(ctx, engine.Secret(key))
	switch {
	case err == nil:
		k.remember(hash, found, now)
		return found, nil
	case engine.IsKind(err, engine.KindForbidden):
		k.forget(hash)
		k.wrong.change(address, now, func(n int) int { return n + 1 })
		return engine.Till{}, err
	}
	k.answered(hash)
	if age >= 0 && age < keyKnown { // the database is away: the till is who it was
		return till, nil
	}
	return engine.Till{}, err
}

// remembered returns the till of a key, how long ago it was right (below zero: never), and whether this caller is to look again.
func (k *keyring) remembered(hash [sha256.Size]byte, now time.Time) (engine.Till, time.Duration, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.known[hash]
	if was == nil {
		return engine.Till{}, -1, true
	}
	age := max(0, now.Sub(was.at))
	if age < keyFresh || age < keyKnown && was.asking {
		return was.till, age, false
	}
	was.asking = true
	return was.till, age, true
}

func (k *keyring) remember(hash [sha256.Size]byte, t engine.Till, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= mostKeys && k.known[hash] == nil {
		for other := range k.known { // any: it is asked for again
			delete(k.known, other)
			break
		}
	}
	k.known[hash] = &known{till: t, at: now}
}

func (k *keyring) forget(hash [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.known, hash)
}

func (k *keyring) answered(hash [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if was := k.known[hash]; was != nil {
		was.asking = false
	}
}

var tagLetters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// tag is a short sign of a till in its program: 40 bits of a hash.
func tag(locationID, name string) string {
	sum := sha256.Sum256([]byte(locationID + "/" + name))
	var b [10]byte
	b[0] = 't'
	tagLetters.Encode(b[1:9], sum[:5])
	b[9] = ':'
	return string(b[:])
}
