package tills_test

import (
	"context"
	"sync"
	"testing"

	"kartka/engine"
	"kartka/storage/storagetest"
	"kartka/tills"
)

func sqlite(t testing.TB) string { return storagetest.SQLite(t) }

// failing is an engine whose first postings fail, or wait.
type failing struct {
	tills.Engine
	mu    sync.Mutex
	posts []error
	// hold, if not nil, keeps postings waiting until it is closed, and entered is told of each.
	hold    chan struct{}
	entered chan struct{}
	// err fails every look at a key.
	err error
}

func (f *failing) Post(ctx context.Context, in engine.PostInput) (engine.Posted, error) {
	f.mu.Lock()
	var err error
	if len(f.posts) > 0 {
		err, f.posts = f.posts[0], f.posts[1:]
	}
	f.mu.Unlock()
	if err != nil {
		return engine.Posted{}, err
	}
	if f.hold != nil {
		f.entered <- struct{}{}
		select {
		case <-f.hold:
		case <-ctx.Done():
			return engine.Posted{}, ctx.Err()
		}
	}
	return f.Engine.Post(ctx, in)
}

func (f *failing) TillByKey(ctx context.Context, key engine.Secret) (engine.Till, error) {
	if f.err != nil {
		return engine.Till{}, f.err
	}
	return f.Engine.TillByKey(ctx, key)
}
