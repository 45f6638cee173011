package storagetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"kartka/engine"
	"kartka/storage"
)

// Gate is a store that writes works in groups of the test's choosing. The store behind it must be opened with [storage.Options] that allow one
// group at a time.
type Gate struct {
	*storage.Store
	// Begin is called when a work begins to be done, with the number of its call; it may be nil.
	Begin func(call int)
	// Many is called when one of the works that a caller brings at once begins to be done, with its place among them, and then, when all have
	// been done, with the order in which they were. It may be nil.
	Many func(place int, alone bool, order []int)

	apart sync.Mutex // held by a work done in a transaction of its own until that has ended: their order is known then too
	mu    sync.Mutex
	done  []int // calls, in the order in which the works that counted were done
	alone []int // of these, those done in a transaction of their own
}

var (
	_ engine.Store   = (*Gate)(nil)
	_ engine.Grouper = (*Gate)(nil)
)

// NewGate opens a database, as [Open] does, behind a gate.
func NewGate(t testing.TB, url string) *Gate {
	t.Helper()
	return &Gate{Store: openStore(t, url, storage.Options{Sealer: Sealer(t), Groups: 1})}
}

// Together makes calls, each of which writes one work at most, so that the works form one group in the order of the calls. It returns the
// order in which they were done at last, and which of them had a transaction of their own. Calls use the context that they are given.
func (g *Gate) Together(ctx context.Context, calls ...func(context.Context)) (done, alone []int) {
	g.done, g.alone = nil, nil
	var all sync.WaitGroup
	var once sync.Once
	holding, release := make(chan struct{}), make(chan struct{})
	all.Go(func() {
		defer once.Do(func() { close(holding) })
		// While this one is being written, the others gather behind it. Should it fail, they fail too, and say why.
		_ = g.Store.InGroup(ctx, engine.Work{Run: func(engine.Tx) error {
			once.Do(func() { close(holding) })
			<-release
			return nil
		}})
	})
	<-holding
	for n, call := range calls {
		t := &turn{n: n, taken: make(chan struct{})}
		all.Go(func() {
			defer t.take() // a call that writes nothing
			call(context.WithValue(ctx, turnKey{}, t))
		})
		<-t.taken
	}
	close(release)
	all.Wait()
	return g.done, g.alone
}

type turnKey struct{}

// turn is the place of a call in the group.
type turn struct {
	n     int
	once  sync.Once
	taken chan struct{}
}

func (t *turn) take() { t.once.Do(func() { close(t.taken) }) }

// queueing is a context whose end is waited for by whoever has taken a place in the queue.
type queueing struct {
	context.Context
	turn *turn
}

func (q queueing) Done() <-chan struct{} {
	q.turn.take()
	return q.Context.Done()
}

// InGroup implements [engine.Grouper].
func (g *Gate) InGroup(ctx context.Context, w engine.Work) error {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		return g.Store.InGroup(ctx, w)
	}
	run, holds := w.Run, false
	w.Run = func(tx engine.Tx) error {
		alone := !inUnit(tx)
		if alone && !holds {
			g.apart.Lock()
			holds = true
		}
		g.note(t.n, alone)
		if g.Begin != nil {
			g.Begin(t.n)
		}
		return run(tx)
	}
	defer func() {
		if holds {
			g.apart.Unlock()
		}
	}()
	return g.Store.InGroup(queueing{ctx, t}, w)
}

// InGroups implements [engine.Grouper].
func (g *Gate) InGroups(ctx context.Context, works []engine.Work) []error {
	if g.Many == nil {
		return g.Store.InGroups(ctx, works)
	}
	var order []int // one at a time is done: the gate has one queue, and what comes after has none
	noted := slices.Clone(works)
	for i, w := range works {
		noted[i].Run = func(tx engine.Tx) error {
			order = append(slices.DeleteFunc(order, func(o int) bool { return o == i }), i)
			g.Many(i, !inUnit(tx), nil)
			return w.Run(tx)
		}
	}
	errs := g.Store.InGroups(ctx, noted)
	g.Many(len(works), false, append([]int{}, order...)) // never nil
	return errs
}

// note keeps the last time at which a call's work is done: before, it was undone with its group.
func (g *Gate) note(n int, alone bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	others := func(o int) bool { return o == n }
	g.done = append(slices.DeleteFunc(g.done, others), n)
	if g.alone = slices.DeleteFunc(g.alone, others); alone {
		g.alone = append(g.alone, n)
	}
}

// inUnit tells whether a transaction is that of a group.
func inUnit(tx engine.Tx) bool { return fmt.Sprintf("%T", tx) == "*storage.unit" }
