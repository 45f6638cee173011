package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/campaign"
)

// Codes is short-lived shared state: live codes and counters. It is implemented by package kv, in memory or on Redis.
type Codes interface {
	// PutOnce stores a value unless the key is taken.
	PutOnce(ctx context.Context, key, value string, ttl time.Duration) (stored bool, err error)
	// Take reads and removes a value; ok is false when there is none.
	Take(ctx context.Context, key string) (value string, ok bool, err error)
	// Count adds one to a counter that starts anew every window, and returns it.
	Count(ctx context.Context, key string, window time.Duration) (int, error)
}

// Config is what an Engine needs. Now, NewID and Random have production defaults.
type Config struct {
	Store  Store
	Codes  Codes
	Now    func() time.Time
	NewID  func() string     // unique and increasing in time
	Random func(into []byte) // cryptographic
	// Changed is told of every member whose card may look otherwise than before, after the change is committed: pages that show the card
	// are brought up to date by it. It must not wait, and nothing depends on it. Nil: nobody is told.
	Changed func(programID, memberID string)
	// Channels says what channels there are for messages to many, and what they cost. Nil: all that members have, and nothing is known of their costs.
	Channels campaign.Channels
	// Serial writes every change in a transaction of its own, even where the store can write those of many callers together.
	Serial bool
}

// Engine is the product: every use case is a method. It is safe for concurrent use.
type Engine struct {
	store    Store
	groups   Grouper  // nil: every change has its own transaction
	audience Audience // nil: nothing is known for segments
	codes    Codes
	now      func() time.Time
	newID    func() string
	random   func([]byte)
	watcher  func(programID, memberID string)
	channels campaign.Channels
	programs cache[Program]
	places   cache[Location]
	heard    heard
}

// New makes an engine.
func New(c Config) *Engine {
	e := &Engine{store: c.Store, codes: c.Codes, now: c.Now, newID: c.NewID, random: c.Random, watcher: c.Changed, channels: c.Channels}
	e.audience, _ = c.Store.(Audience)
	if !c.Serial {
		e.groups, _ = c.Store.(Grouper)
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.newID == nil {
		e.newID = makeID
	}
	if e.random == nil {
		e.random = func(into []byte) { _, _ = rand.Read(into) } // never fails since Go 1.24
	}
	return e
}

// Now is the engine's clock.
func (e *Engine) Now() time.Time { return e.now().UTC().Truncate(time.Microsecond) }

// NewID makes an id.
func (e *Engine) NewID() string { return e.newID() }

// Store gives the edges their questions. Changes go through the engine.
func (e *Engine) Store() Reads { return e.store }

// Program returns a program with its current settings, at most two seconds old. Every posting records the version it was computed under.
func (e *Engine) Program(ctx context.Context, id string) (Program, error) {
	return e.programs.get(ctx, e.now, id, func(ctx context.Context) (Program, error) {
		p, err := e.store.Program(ctx, id)
		if err != nil {
			return Program{}, fmt.Errorf("read program: %w", err)
		}
		return p, nil
	})
}

// place returns a location, at most two seconds old, and nil when there is none.
func (e *Engine) place(ctx context.Context, programID, id string) (*Location, error) {
	if id == "" {
		return nil, nil
	}
	l, err := e.places.get(ctx, e.now, programID+" "+id, func(ctx context.Context) (Location, error) {
		return e.store.Location(ctx, programID, id)
	})
	switch {
	case IsKind(err, KindNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read location: %w", err)
	}
	return &l, nil
}

// activeProgram is Program for calls that change value.
func (e *Engine) activeProgram(ctx context.Context, id string) (Program, error) {
	p, err := e.Program(ctx, id)
	if err != nil {
		return p, err
	}
	if p.State != ProgramActive {
		return p, fail(KindForbidden, "program_not_active")
	}
	return p, nil
}

// inTxTwice runs a transaction, and again when another process used the key between our look and our write.
func (e *Engine) inTxTwice(ctx context.Context, run func(Tx) error) error {
	err := e.store.InTx(ctx, run)
	if IsKind(err, KindTaken) {
		err = e.store.InTx(ctx, run)
	}
	return err
}

// write makes a change together with others where the store can, and again when another process used the key between our look and our write.
func (e *Engine) write(ctx context.Context, w Work) error {
	err := e.writeOnce(ctx, w)
	if e.groups != nil && IsKind(err, KindTaken) {
		err = e.writeOnce(ctx, w)
	}
	if err == nil {
		e.changed(w.ProgramID, w.MemberIDs...)
	}
	return err
}

func (e *Engine) writeOnce(ctx context.Context, w Work) error {
	if e.groups == nil {
		return e.inTxTwice(ctx, w.Run)
	}
	return e.groups.InGroup(ctx, w)
}

// changed tells whoever watches cards. Members that are part of another are told of as that other where it is known, and as themselves else.
func (e *Engine) changed(programID string, memberIDs ...string) {
	if e.watcher == nil {
		return
	}
	for _, id := range memberIDs {
		if id != "" {
			e.watcher(programID, id)
		}
	}
}

// writeAll makes many changes, in their order on each member, and answers each in its place: as [Engine.write] does, but that a store with too
// much to do has them wait.
func (e *Engine) writeAll(ctx context.Context, works []Work) []error {
	errs := make([]error, len(works))
	if e.groups != nil && len(works) > 0 {
		errs = e.groups.InGroups(ctx, works)
	}
	for i, w := range works {
		alone := e.groups == nil || IsKind(errs[i], KindBusy) || IsKind(errs[i], KindTaken)
		if alone {
			errs[i] = ctx.Err()
		}
		if alone && errs[i] == nil {
			errs[i] = e.inTxTwice(ctx, w.Run)
		}
		if errs[i] == nil {
			e.changed(w.ProgramID, w.MemberIDs...)
		}
	}
	return errs
}

// hashOf is the fingerprint of an input, for idempotency.
func hashOf(input any) (string, error) {
	canonical, err := json.Marshal(input)
	if err != nil {
		return "", fmt.Errorf("hash input: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:16]), nil
}

// replay answers a key that has been used: the remembered answer for the same input, a conflict for another.
func replay(p Posting, hash string) (Posted, error) {
	if p.Hash != hash {
		return Posted{}, fail(KindConflict, "key_reused")
	}
	answer, err := p.Told()
	answer.Replayed = true
	return answer, err
}

// known reads the posting of a key, or nil when the key is new.
func known(ctx context.Context, tx Tx, programID, key string) (*Posting, error) {
	p, err := tx.PostingByKey(ctx, programID, key)
	switch {
	case IsKind(err, KindNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look key up: %w", err)
	}
	return &p, nil
}
