package storage

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"kartka/engine"
)

// Works are written in groups. Whoever comes while nobody writes becomes a leader and writes its own work at once; those who come meanwhile
// wait, and when a leader is done the first of them leads a group of those that wait. There is no timer: the commit of one group is the
// time in which the next one gathers.
//
// On PostgreSQL two groups are written at a time unless [Options] say otherwise, so that one is prepared while the other one is being made
// durable. Works on one member are never in both: those of the second would only wait for the locks of the first, and keep everybody else in
// their group waiting. Nothing but that depends on it, for accounts are locked in the database.

const (
	groupsAtOnce  = 2
	groupMost     = 512              // works of one group
	groupWaiting  = 4096             // works that may wait
	groupPatience = 30 * time.Second // for one group, whoever waits for it
)

// committer gathers works into groups.
type committer struct {
	atOnce int // groups
	// write writes a group. Every member of it is answered, by its err or by being marked alone.
	write func(ctx context.Context, group []*waiting)

	mu      sync.Mutex
	waiting []*waiting
	leading int              // groups that are being written, or are about to be
	flying  int              // works in them
	busy    map[ref]struct{} // members of these works
}

func newCommitter(atOnce int, write func(context.Context, []*waiting)) *committer {
	return &committer{atOnce: atOnce, write: write, busy: map[ref]struct{}{}}
}

// waiting is a work on its way.
type waiting struct {
	engine.Work
	lead func()        // says that it is this one's turn to lead; it is called under the committer's lock and must not wait
	done chan struct{} // closed when it has been written, or answered otherwise
	// taken is guarded by the committer's lock: it cannot be given up any more.
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
	w := &waiting{Work: work}
	c.mu.Lock()
	if c.leading < c.atOnce && !c.meets(w) {
		c.begin(w)
		c.mu.Unlock()
		c.run(ctx, []*waiting{w})
		return w, nil
	}
	if len(c.waiting) >= groupWaiting {
		c.mu.Unlock()
		return nil, errBusy
	}
	turn := make(chan struct{})
	w.lead, w.done = func() { close(turn) }, make(chan struct{})
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()

	select {
	case <-w.done:
		return w, nil
	case <-turn:
		c.run(ctx, c.gather(w))
		return w, nil
	case <-ctx.Done():
	}
	if c.giveUp(w) {
		return nil, ctx.Err()
	}
	select { // its turn had come: it is answered, and leads if it was told to
	case <-w.done:
	case <-turn:
		c.run(ctx, c.gather(w))
	}
	return w, nil
}

// doAll is do for many works of one caller, in their order. Each is returned with its answer, which may be that it was not done.
func (c *committer) doAll(ctx context.Context, works []engine.Work) []*waiting {
	all := make([]*waiting, len(works))
	var leaders sync.WaitGroup
	var mu sync.Mutex
	var panicked any // what writing a group panicked with
	for i, work := range works {
		w := &waiting{Work: work, done: make(chan struct{})}
		w.lead = func() {
			leaders.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						mu.Lock()
						defer mu.Unlock()
						panicked = p
					}
				}()
				c.run(ctx, c.gather(w))
			})
		}
		all[i] = w
	}
	queued, err := all, ctx.Err()
	if err == nil {
		queued, err = c.join(all), errBusy
	} else {
		queued = nil
	}
	for _, w := range all[len(queued):] {
		w.err = err
	}
	gone := ctx.Done()
	for i, w := range queued {
		select {
		case <-w.done:
			continue
		case <-gone:
		}
		for _, rest := range queued[i:] { // whatever has not had its turn has not been there
			if c.giveUp(rest) {
				rest.err = ctx.Err()
				close(rest.done)
			}
		}
		gone = nil
		<-w.done
	}
	leaders.Wait()
	if panicked != nil {
		panic(panicked) // as it would have reached the caller of do
	}
	return all
}

// join lets works wait, as many as there is room for. What can be led at once is no matter of room.
func (c *committer) join(works []*waiting) (queued []*waiting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	room := groupWaiting - len(c.waiting)
	if c.leading < c.atOnce {
		room += groupMost
	}
	queued = works[:max(0, min(len(works), room))]
	c.waiting = append(c.waiting, queued...)
	c.hand()
	return queued
}

// eachMember names the members of a work.
func (w *waiting) eachMember(do func(ref)) {
	for _, id := range w.MemberIDs {
		do(ref{w.ProgramID, id})
	}
}

// meets reports whether a work is on a member of whom another one is being written.
func (c *committer) meets(w *waiting) bool {
	if len(c.busy) == 0 {
		return false
	}
	for _, id := range w.MemberIDs {
		if _, busy := c.busy[ref{w.ProgramID, id}]; busy {
			return true
		}
	}
	return false
}

// begin makes a work the first of a group.
func (c *committer) begin(w *waiting) {
	w.taken = true
	c.leading++
	c.flying++
	w.eachMember(func(m ref) { c.busy[m] = struct{}{} })
}

// hand tells works that wait that it is their turn to lead, while there is room for another group.
func (c *committer) hand() {
	for c.leading < c.atOnce {
		next := slices.IndexFunc(c.waiting, func(w *waiting) bool { return !c.meets(w) })
		if next < 0 {
			return
		}
		w := c.waiting[next]
		c.waiting = slices.Delete(c.waiting, next, next+1)
		c.begin(w)
		w.lead()
	}
}

// gather makes a group of its first work and of those that wait: of as many that each group gets its share of all there are, and
// beyond that of those that have to follow others of the group anyway. Those on one member stay in their order.
func (c *committer) gather(first *waiting) []*waiting {
	c.mu.Lock()
	defer c.mu.Unlock()
	share := (len(c.waiting) + c.flying + c.atOnce - 1) / c.atOnce
	group := []*waiting{first}
	ours, passed := map[ref]struct{}{}, map[ref]struct{}{} // members of the group, and of those that wait on
	first.eachMember(func(m ref) { ours[m] = struct{}{} })
	rest := c.waiting[:0]
	for _, w := range c.waiting {
		free, follows := len(group) < groupMost, len(w.MemberIDs) > 0
		w.eachMember(func(m ref) {
			_, our := ours[m]
			_, busy := c.busy[m]
			_, waits := passed[m]
			free = free && !waits && (our || !busy)
			follows = follows && our
		})
		if !free || len(group) >= share && !follows {
			w.eachMember(func(m ref) { passed[m] = struct{}{} })
			rest = append(rest, w)
			continue
		}
		w.taken = true
		group = append(group, w)
		w.eachMember(func(m ref) { ours[m], c.busy[m] = struct{}{}, struct{}{} })
	}
	clear(c.waiting[len(rest):])
	c.waiting = rest
	c.flying += len(group) - 1
	return group
}

// giveUp takes a work out of those that wait, unless its turn has come. It may be called again.
func (c *committer) giveUp(w *waiting) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.taken {
		return false
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(o *waiting) bool { return o == w })
	return true
}

// run writes a group, whose first member leads, answers all of them and hands the lead on, whatever happens.
func (c *committer) run(ctx context.Context, group []*waiting) {
	answered := false
	defer func() {
		for _, w := range group {
			if !answered {
				w.err, w.alone, w.panicked = errUnanswered, false, nil
			}
			if w.done != nil {
				close(w.done)
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.leading--
		c.flying -= len(group)
		for _, w := range group {
			w.eachMember(func(m ref) { delete(c.busy, m) })
		}
		c.hand()
	}()
	// The group is nobody's alone: that the leader's caller has gone must not undo what others wait for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupPatience)
	defer cancel()
	c.write(ctx, group)
	answered = true
}
