package storage

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"kartka/engine"
)

// Works are written in groups. Whoever comes while nobody writes becomes the leader and writes its own work at once; those who
// come meanwhile wait, and when the leader is done the first of them leads a group of all that wait. There is no timer: the
// commit of one group is the time in which the next one gathers.
//
// On PostgreSQL there are two such queues unless [Options] say otherwise, and a member's works are all in one of them, so that one group is prepared while
// the other one is being made durable. Nothing depends on it: accounts are locked in the database.

const (
	groupQueues   = 2
	groupMost     = 512              // works of one group
	groupWaiting  = 4096             // works that may wait in one queue
	groupPatience = 30 * time.Second // for one group, whoever waits for it
)

// committer gathers works into groups.
type committer struct {
	queues []groupQueue
	seed   maphash.Seed
	// write writes a group. Every member of it is answered, by its err or by being marked alone.
	write func(ctx context.Context, group []*waiting)
}

func newCommitter(queues int, write func(context.Context, []*waiting)) *committer {
	return &committer{queues: make([]groupQueue, queues), seed: maphash.MakeSeed(), write: write}
}

type groupQueue struct {
	mu      sync.Mutex
	leading bool // somebody leads, or has been told to
	waiting []*waiting
}

// waiting is a work on its way.
type waiting struct {
	engine.Work
	lead chan struct{} // closed when it is this one's turn to lead
	done chan struct{} // closed when it has been written, or answered otherwise
	// taken is guarded by the queue's lock: it cannot be given up any more.
	taken bool

	err      error
	alone    bool // it needs a transaction of its own
	panicked any  // what its Run panicked with
}

var errBusy = &engine.Error{Kind: engine.KindBusy, ID: "busy", Err: errors.New("too many works are waiting to be written")}

// errUnanswered is what those get whose leader did not come back from writing the group, because it panicked outside of any work: nobody
// knows what became of them.
var errUnanswered = errors.New("storage: writing the group was broken off")

// do has a work written and returns it answered, or the reason why it was not done.
func (c *committer) do(ctx context.Context, work engine.Work) (*waiting, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q := c.queueOf(work)
	w := &waiting{Work: work}
	q.mu.Lock()
	if !q.leading {
		q.leading, w.taken = true, true
		q.mu.Unlock()
		c.run(ctx, q, []*waiting{w})
		return w, nil
	}
	if len(q.waiting) >= groupWaiting {
		q.mu.Unlock()
		return nil, errBusy
	}
	w.lead, w.done = make(chan struct{}), make(chan struct{})
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()

	leads, err := q.await(ctx, w)
	if err != nil {
		return nil, err
	}
	if leads {
		c.run(ctx, q, q.take())
	}
	return w, nil
}

// doAll is do for many works of one caller, in their order. Each is returned with its answer, which may be that it was not done.
func (c *committer) doAll(ctx context.Context, works []engine.Work) []*waiting {
	all := make([]*waiting, len(works))
	parts := map[*groupQueue][]*waiting{}
	for i, work := range works {
		all[i] = &waiting{Work: work, lead: make(chan struct{}), done: make(chan struct{})}
		q := c.queueOf(work)
		parts[q] = append(parts[q], all[i])
	}
	panics := make([]any, len(c.queues))
	var wait sync.WaitGroup
	for i := range c.queues {
		if part := parts[&c.queues[i]]; len(part) > 0 {
			wait.Go(func() { panics[i] = c.doPart(ctx, &c.queues[i], part) })
		}
	}
	wait.Wait()
	for _, p := range panics {
		if p != nil {
			panic(p) // as it would have reached the caller of do
		}
	}
	return all
}

// doPart does works of one queue. They are answered in their order: whoever is waited for is the first of those left, and so the first
// that may be told to lead. It returns what writing a group panicked with.
func (c *committer) doPart(ctx context.Context, q *groupQueue, part []*waiting) (panicked any) {
	lead := func(group []*waiting) {
		defer func() {
			if p := recover(); p != nil { // those of the part that still wait may be told to lead
				panicked, group[0].err = p, errUnanswered
			}
		}()
		c.run(ctx, q, group)
	}
	if err := ctx.Err(); err != nil {
		answer(part, err)
		return nil
	}
	group, queued := q.join(part)
	answer(part[len(group)+len(queued):], errBusy)
	if len(group) > 0 {
		lead(group)
	}
	for i, w := range queued {
		leads, err := q.await(ctx, w)
		if leads && ctx.Err() != nil { // nobody listened to it while a group was led
			for _, rest := range queued[i+1:] {
				q.giveUp(rest)
			}
		}
		if leads {
			lead(q.take())
		} else if err != nil {
			w.err = err
		}
	}
	return panicked
}

func answer(works []*waiting, err error) {
	for _, w := range works {
		w.err = err
	}
}

// join puts works at the end of the queue, as many as it has room for. When nobody leads the first of them are a group to be led at once.
func (q *groupQueue) join(works []*waiting) (group, queued []*waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.leading {
		n := min(len(works), groupMost)
		group, works = works[:n], works[n:]
		for _, w := range group {
			w.taken = true
		}
		q.leading = true
	}
	queued = works[:max(0, min(len(works), groupWaiting-len(q.waiting)))]
	q.waiting = append(q.waiting, queued...)
	return group, queued
}

// await waits until a work that has joined the queue is answered, or leads the next group. An error means that it has been taken out again.
func (q *groupQueue) await(ctx context.Context, w *waiting) (leads bool, err error) {
	select {
	case <-w.done:
		return false, nil
	case <-w.lead:
		return true, nil
	case <-ctx.Done():
	}
	if q.giveUp(w) {
		return false, ctx.Err()
	}
	select { // its turn had come: it is answered, and leads if it was told to
	case <-w.done:
		return false, nil
	case <-w.lead:
		return true, nil
	}
}

func (c *committer) queueOf(w engine.Work) *groupQueue {
	by := ""
	switch {
	case len(w.MemberIDs) > 0:
		by = w.MemberIDs[0]
	case len(w.Keys) > 0:
		by = w.Keys[0]
	}
	return &c.queues[maphash.String(c.seed, by)%uint64(len(c.queues))]
}

// giveUp takes a work out of the queue, unless its turn has come. It may be called again.
func (q *groupQueue) giveUp(w *waiting) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.taken {
		return false
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(o *waiting) bool { return o == w })
	return true
}

// take gathers the next group.
func (q *groupQueue) take() []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), groupMost)
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	for _, w := range group {
		w.taken = true
	}
	return group
}

// run writes a group, whose first member leads, answers the others and hands the lead on, whatever happens.
func (c *committer) run(ctx context.Context, q *groupQueue, group []*waiting) {
	answered := false
	defer func() {
		for _, w := range group[1:] {
			if !answered {
				w.err, w.alone, w.panicked = errUnanswered, false, nil
			}
			close(w.done)
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.leading = len(q.waiting) > 0; q.leading {
			next := q.waiting[0]
			next.taken = true
			close(next.lead)
		}
	}()
	// The group is nobody's alone: that the leader's caller has gone must not undo what others wait for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupPatience)
	defer cancel()
	c.write(ctx, group)
	answered = true
}
