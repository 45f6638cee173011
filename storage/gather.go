package storage

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kartka/engine"
)

// Questions that are alike share a statement, as works share a commit: few statements run at once, each for one question while nobody else asks, and
// what has come meanwhile is the next statement. There is no timer. A question is answered by a statement that began after it was asked, so it sees
// whatever had been committed by then.

const (
	askTogether = 256 // values in one statement
	askWaiting  = 4096
	askPatience = 5 * time.Second // for one statement, whoever waits for it
)

// gatherer answers questions by key: each asks for the rows that some values name, and K says which questions are alike.
type gatherer[K comparable, R any] struct {
	// read asks the database for the rows that values name, and of tells which of them named a row.
	read func(ctx context.Context, key K, values []string) ([]R, error)
	of   func(R) string

	asked atomic.Int64 // questions under way, or waiting

	mu      sync.Mutex
	leading int // statements under way, or about to be
	most    int // of them
	waiting []*asking[K, R]
}

// asking is a question on its way.
type asking[K comparable, R any] struct {
	key    K
	values []string
	turn   chan bool // told once: true, to lead; false, when it is answered
	// Guarded by the gatherer's lock.
	taken bool // it does not wait any more
	leads bool // because it is to lead

	rows []R
	err  error
}

var (
	errAskedTooMuch = &engine.Error{Kind: engine.KindBusy, ID: "busy", Err: errors.New("too many questions are waiting to be answered")}
	errBrokenOff    = errors.New("storage: reading was broken off")
)

func newGatherer[K comparable, R any](most int, of func(R) string, read func(context.Context, K, []string) ([]R, error)) *gatherer[K, R] {
	return &gatherer[K, R]{most: most, of: of, read: read}
}

// ask returns the rows that the values name.
func (g *gatherer[K, R]) ask(ctx context.Context, key K, values ...string) ([]R, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.asked.Add(1)
	defer g.asked.Add(-1)
	a := &asking[K, R]{key: key, values: values}
	g.mu.Lock()
	switch {
	case g.leading < g.most:
		g.leading++
		a.taken = true
		g.mu.Unlock()
		g.lead(ctx, a)
		return a.rows, a.err
	case len(g.waiting) >= askWaiting:
		g.mu.Unlock()
		return nil, errAskedTooMuch
	}
	a.turn = make(chan bool, 1)
	g.waiting = append(g.waiting, a)
	g.mu.Unlock()

	select {
	case lead := <-a.turn:
		if lead {
			g.lead(ctx, a)
		}
		return a.rows, a.err
	case <-ctx.Done():
		g.giveUp(a)
		return nil, ctx.Err()
	}
}

// alike gathers a question and those that wait and are like it, but no more than a fair share of all that are asked now: one statement for all of
// them would keep one processor busy, while the others have nothing to do.
func (g *gatherer[K, R]) alike(first *asking[K, R]) []*asking[K, R] {
	g.mu.Lock()
	defer g.mu.Unlock()
	share := (int(g.asked.Load()) + g.most - 1) / g.most
	group, values := []*asking[K, R]{first}, len(first.values)
	g.waiting = slices.DeleteFunc(g.waiting, func(a *asking[K, R]) bool {
		if a.key != first.key || len(group) >= share || values+len(a.values) > askTogether {
			return false
		}
		values += len(a.values)
		a.taken = true
		group = append(group, a)
		return true
	})
	return group
}

// giveUp leaves. Whoever was to lead hands the lead on.
func (g *gatherer[K, R]) giveUp(a *asking[K, R]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case a.leads:
		g.handOn()
	case !a.taken:
		g.waiting = slices.DeleteFunc(g.waiting, func(o *asking[K, R]) bool { return o == a })
	}
}

// handOn lets the one who has waited longest lead. The lock is held.
func (g *gatherer[K, R]) handOn() {
	if len(g.waiting) == 0 {
		g.leading--
		return
	}
	next := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	next.taken, next.leads = true, true
	next.turn <- true
}

// lead answers a question and those that are like it, and hands the lead on, whatever happens.
func (g *gatherer[K, R]) lead(ctx context.Context, first *asking[K, R]) {
	// Whoever is about to ask does so first. Otherwise nobody comes to ask while a few go on and on with statements that never wait, as those of SQLite.
	runtime.Gosched()
	group := g.alike(first)
	rows, err := []R(nil), errBrokenOff
	defer func() {
		g.share(group, rows, err)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.handOn()
	}()
	values := group[0].values
	if len(group) > 1 {
		// The statement is nobody's alone: that the leader's caller has gone must not leave the others without an answer.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), askPatience)
		defer cancel()
		values = make([]string, 0, len(group))
		for _, a := range group {
			values = append(values, a.values...)
		}
	}
	rows, err = g.read(ctx, group[0].key, values)
}

// share gives everybody the rows they asked for, in the order in which they were read.
func (g *gatherer[K, R]) share(group []*asking[K, R], rows []R, err error) {
	if len(group) == 1 {
		group[0].rows, group[0].err = rows, err
		return
	}
	// Those who named the same are chained: places holds the first of a chain, from 1.
	type link struct {
		asker *asking[K, R]
		next  int
	}
	links := make([]link, 1, 1+len(group))
	places := make(map[string]int, len(group))
	for _, a := range group {
		a.err = err
		for _, v := range a.values {
			links = append(links, link{a, places[v]})
			places[v] = len(links) - 1
		}
	}
	for i, r := range rows {
		for at := places[g.of(r)]; at != 0; at = links[at].next {
			if a := links[at].asker; a.rows == nil {
				a.rows = rows[i : i+1 : i+1] // most have no more than this one
			} else {
				a.rows = append(a.rows, r)
			}
		}
	}
	for _, a := range group[1:] {
		a.turn <- false
	}
}
