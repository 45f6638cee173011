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

	select {
	case <-w.done:
		return w, nil
	case <-w.lead:
	case <-ctx.Done():
		if q.giveUp(w) {
			return nil, ctx.Err()
		}
		select { // its turn had come: it is answered, and leads if it was told to
		case <-w.done:
			return w, nil
		case <-w.lead:
		}
	}
	c.run(ctx, q, q.take())
	return w, nil
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

// giveUp takes a work out of the queue, unless its turn has come.
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
