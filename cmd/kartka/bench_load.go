package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"kartka/storage"
)

// loadBatch is how many members are made before anybody is told.
const loadBatch = 200

// load fills the program with its members and their past.
func (b *bench) load(ctx context.Context) (err error) {
	began := time.Now()
	loader, err := b.app.store.NewLoader(ctx, b.program.ID, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, loader.Close()) }()
	bar := newGauge(b.console, "making "+thousands(int64(b.members))+" members", int64(b.members))
	err = b.makeMembers(ctx, loader, bar.add)
	bar.finish()
	if err != nil {
		return err
	}
	bar = newGauge(b.console, "loading "+thousands(loader.Rows())+" rows", loader.Rows())
	err = loader.Load(ctx, bar.add)
	bar.finish()
	b.about.LoadSeconds = rounded(time.Since(began).Seconds())
	return err
}

// makeMembers hands the members to the loader, on every processor.
func (b *bench) makeMembers(ctx context.Context, loader *storage.Loader, done func(more int)) error {
	return makeMembers(ctx, loader, b.members, b.past.history, done)
}

// makeMembers hands so many members to a loader, on every processor.
func makeMembers(ctx context.Context, loader *storage.Loader, members int, history func(n int) (storage.History, error), done func(more int)) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, runtime.GOMAXPROCS(0))
	for i := range failed {
		all.Go(func() {
			for failed[i] == nil {
				to := int(next.Add(loadBatch))
				from := to - loadBatch
				if from >= members {
					return
				}
				to = min(to, members)
				failed[i] = makePart(ctx, loader, from, to, history)
				done(to - from)
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// makePart makes the members from a number on, up to another one.
func makePart(ctx context.Context, loader *storage.Loader, from, to int, history func(n int) (storage.History, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for n := from; n < to; n++ {
		h, err := history(n)
		if err != nil {
			return err
		}
		if err := loader.Add(h); err != nil {
			return err
		}
	}
	return nil
}
