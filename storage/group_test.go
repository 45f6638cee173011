package storage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kartka/engine"
)

// desk is a committer of one group at a time, which are written when the test says so.
type desk struct {
	*committer
	began chan []string // each group as it begins, by the names of its works
	end   chan func()   // lets a group end, after the function
	all   sync.WaitGroup
	// members are whom a work is on, by its name; nil: nobody.
	members func(name string) []string
}

func newDesk() *desk {
	d := &desk{began: make(chan []string), end: make(chan func())}
	d.committer = newCommitter(1, func(_ context.Context, group []*waiting) {
		d.began <- namesOf(group)
		if fn := <-d.end; fn != nil {
			fn()
		}
		for _, w := range group {
			w.err = errors.New("answer to " + w.StaffID)
		}
	})
	return d
}

// named is a work that can be told from others.
func (d *desk) named(name string) engine.Work {
	w := engine.Work{StaffID: name}
	if d.members != nil {
		w.MemberIDs = d.members(name)
	}
	return w
}

func namesOf(group []*waiting) (names []string) {
	for _, w := range group {
		names = append(names, w.StaffID)
	}
	return names
}

// watched tells when a context's end is waited for: the work made with it is in the queue then.
type watched struct {
	context.Context
	once   *sync.Once
	queued chan struct{}
}

func (c watched) Done() <-chan struct{} {
	c.once.Do(func() { close(c.queued) })
	return c.Context.Done()
}

// called is what became of a call.
type called struct {
	answer   string // of whoever wrote it
	err      error  // instead
	panicked any
}

// call has a work written in the background.
func (d *desk) call(ctx context.Context, name string) (result chan called) {
	result = make(chan called, 1)
	d.all.Go(func() {
		var c called
		defer func() { result <- c }()
		defer func() { c.panicked = recover() }()
		w, err := d.do(ctx, d.named(name))
		if c.err = err; err == nil {
			c.answer = w.err.Error()
		}
	})
	return result
}

// queue is a call that has to wait; it returns when it does.
func (d *desk) queue(ctx context.Context, name string) chan called {
	w := watched{ctx, &sync.Once{}, make(chan struct{})}
	result := d.call(w, name)
	<-w.queued
	return result
}

func wantAnswer(t *testing.T, name string, result chan called) {
	t.Helper()
	if c := <-result; c.err != nil || c.panicked != nil || c.answer != "answer to "+name {
		t.Errorf("%s: %+v", name, c)
	}
}

func wantGroup(t *testing.T, d *desk, names ...string) {
	t.Helper()
	if got := <-d.began; !slices.Equal(got, names) {
		t.Errorf("the group is %v, not %v", got, names)
	}
}

// idle checks that nobody waits and nobody leads.
func (d *desk) idle(t *testing.T) {
	t.Helper()
	d.all.Wait()
	if d.leading != 0 || d.flying != 0 || len(d.waiting) > 0 || len(d.busy) > 0 {
		t.Errorf("leading: %d with %d, waiting: %v, busy: %v", d.leading, d.flying, namesOf(d.waiting), d.busy)
	}
}

func TestGroupsGather(t *testing.T) {
	d := newDesk()
	for _, name := range []string{"one", "two"} { // whoever finds nobody leads at once, alone
		c := d.call(t.Context(), name)
		wantGroup(t, d, name)
		d.end <- nil
		wantAnswer(t, name, c)
	}
	first := d.call(t.Context(), "first")
	wantGroup(t, d, "first")
	names := []string{"a", "b", "c", "d"}
	var calls []chan called
	for _, name := range names {
		calls = append(calls, d.queue(t.Context(), name))
	}
	d.end <- nil
	wantAnswer(t, "first", first)
	wantGroup(t, d, names...)
	late := d.queue(t.Context(), "late")
	d.end <- nil
	for i, c := range calls {
		wantAnswer(t, names[i], c)
	}
	wantGroup(t, d, "late")
	d.end <- nil
	wantAnswer(t, "late", late)
	d.idle(t)
}

func TestGroupsAreBounded(t *testing.T) {
	d := newDesk()
	first := d.call(t.Context(), "first")
	wantGroup(t, d, "first")
	calls := make([]chan called, groupWaiting)
	for i := range calls {
		calls[i] = d.queue(t.Context(), fmt.Sprint(i))
	}
	if c := <-d.call(t.Context(), "one too many"); !engine.IsKind(c.err, engine.KindBusy) {
		t.Errorf("one too many: %+v", c)
	}
	d.end <- nil
	wantAnswer(t, "first", first)
	for done := 0; done < groupWaiting; {
		group := <-d.began
		if want := min(groupMost, groupWaiting-done); len(group) != want || group[0] != fmt.Sprint(done) {
			t.Fatalf("after %d works a group of %d begins with %s", done, len(group), group[0])
		}
		done += len(group)
		d.end <- nil
	}
	for i, c := range calls {
		wantAnswer(t, fmt.Sprint(i), c)
	}
	d.idle(t)
}

// Whoever goes while waiting has not been there.
func TestGroupsGivenUp(t *testing.T) {
	for _, gone := range [][]string{{"a"}, {"b"}, {"c"}, {"a", "b"}, {"a", "c"}, {"a", "b", "c"}} {
		t.Run(strings.Join(gone, ""), func(t *testing.T) {
			d := newDesk()
			first := d.call(t.Context(), "first")
			wantGroup(t, d, "first")
			var stay []string
			calls, leave := map[string]chan called{}, map[string]context.CancelFunc{}
			for _, name := range []string{"a", "b", "c"} {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				calls[name], leave[name] = d.queue(ctx, name), cancel
				if !slices.Contains(gone, name) {
					stay = append(stay, name)
				}
			}
			for _, name := range gone {
				leave[name]()
				if c := <-calls[name]; !errors.Is(c.err, context.Canceled) {
					t.Errorf("%s: %+v", name, c)
				}
			}
			d.end <- nil
			wantAnswer(t, "first", first)
			if len(stay) > 0 {
				wantGroup(t, d, stay...)
				d.end <- nil
			}
			for _, name := range stay {
				wantAnswer(t, name, calls[name])
			}
			d.idle(t)
		})
	}
	d := newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c := <-d.call(ctx, "gone before"); !errors.Is(c.err, context.Canceled) {
		t.Errorf("gone before it came: %+v", c)
	}
	d.idle(t)
}

// Whoever goes after the turn has come gets the answer all the same, and takes it from nobody else.
func TestGroupsGoneTooLate(t *testing.T) {
	d := newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	leader := d.call(ctx, "leader")
	wantGroup(t, d, "leader")
	second, third := d.queue(ctx, "second"), d.queue(t.Context(), "third")
	d.end <- nil
	wantGroup(t, d, "second", "third")
	cancel()
	d.end <- nil
	wantAnswer(t, "leader", leader)
	wantAnswer(t, "second", second)
	wantAnswer(t, "third", third)
	d.idle(t)
}

// The group has a context of its own, which ends some time, but not with that of its leader.
func TestGroupsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newCommitter(1, func(group context.Context, _ []*waiting) {
		cancel()
		if _, ends := group.Deadline(); group.Err() != nil || !ends {
			t.Errorf("the group's context: %v, ends %v", group.Err(), ends)
		}
	})
	if _, err := c.do(ctx, (&desk{}).named("leader")); err != nil {
		t.Error(err)
	}
}

// When writing breaks off, nobody takes that for an answer, and the next group is led.
func TestGroupsBrokenOff(t *testing.T) {
	d := newDesk()
	first := d.call(t.Context(), "first")
	wantGroup(t, d, "first")
	leader, second := d.queue(t.Context(), "leader"), d.queue(t.Context(), "second")
	d.end <- nil
	wantAnswer(t, "first", first)
	wantGroup(t, d, "leader", "second")
	next := d.queue(t.Context(), "next")
	d.end <- func() { panic("no more") }
	if c := <-leader; c.panicked != "no more" {
		t.Errorf("the leader: %+v", c)
	}
	if c := <-second; c.answer != errUnanswered.Error() {
		t.Errorf("the second: %+v", c)
	}
	wantGroup(t, d, "next")
	d.end <- nil
	wantAnswer(t, "next", next)
	d.idle(t)
}

// Of two groups at once each has its share of those that wait. Works on one member are in one of them, in their order.
func TestGroupsAtOnce(t *testing.T) {
	for name, c := range map[string]struct{ first, wait, second, rest string }{
		"shares":                     {"x y", "a b c d e", "a b c", "d e"},
		"of nobody":                  {"x1 y1", "- - - -", "- - -", "-"},
		"a member of the other":      {"x1 y1", "x2 a1 y2 x3 b1", "a1 y2 b1", "x2 x3"},
		"more than a share":          {"x1 y1", "h1 h2 h3 z1 h4", "h1 h2 h3 h4", "z1"},
		"behind one that waits":      {"x1 y1", "a1 xb1 b2 c1", "a1 c1", "xb1 b2"},
		"behind one of their number": {"x1 y1", "a1 b1 c1 bd1 d2 b3", "a1 b1 c1 bd1 d2 b3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			began, ends := make(chan []string, 2), map[string]chan struct{}{}
			for _, who := range strings.Fields(c.first + " " + c.wait) {
				ends[who] = make(chan struct{}, 5)
			}
			committer := newCommitter(2, func(_ context.Context, group []*waiting) {
				began <- namesOf(group)
				<-ends[group[0].StaffID]
			})
			d := &desk{committer: committer, members: func(name string) (ids []string) {
				for _, id := range strings.TrimRight(strings.TrimPrefix(name, "-"), "0123456789") {
					ids = append(ids, string(id))
				}
				return ids
			}}
			for _, who := range strings.Fields(c.first) {
				d.call(t.Context(), who)
				if group := <-began; len(group) != 1 || group[0] != who {
					t.Fatalf("%s leads %v", who, group)
				}
			}
			for _, who := range strings.Fields(c.wait) {
				d.queue(t.Context(), who)
			}
			first := strings.Fields(c.first)
			ends[first[1]] <- struct{}{}
			second := <-began
			if got := strings.Join(second, " "); got != c.second {
				t.Errorf("behind %s: %q, want %q", first[1], got, c.second)
			}
			ends[first[0]] <- struct{}{}
			if c.rest != "" {
				rest := <-began
				if got := strings.Join(rest, " "); got != c.rest {
					t.Errorf("behind %s: %q, want %q", first[0], got, c.rest)
				}
				ends[rest[0]] <- struct{}{}
			}
			ends[second[0]] <- struct{}{}
			d.idle(t)
		})
	}
}

// Whatever callers and writers do, each call is answered once, what was given up was not written, what was written was written once and in
// turn, and nobody waits for a lead that nobody has.
func TestGroupsAtRandom(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	largest := 0
	for round := range rounds {
		random := rand.New(rand.NewPCG(uint64(round), 7))
		var mu sync.Mutex
		written := map[string]int{}
		var writing atomic.Int64
		breaks := random.IntN(3) == 0
		d := &desk{committer: newCommitter(1+random.IntN(2), nil)}
		if random.IntN(2) == 0 { // on few members, some on two
			d.members = func(name string) []string {
				n := len(name) * int(name[len(name)-1])
				return []string{fmt.Sprint(n % 4), fmt.Sprint(n % 5)}[:1+n%2]
			}
		}
		served := map[string]int{} // members whose works are being written
		d.write = func(ctx context.Context, group []*waiting) {
			if n := writing.Add(1); int(n) > d.atOnce {
				t.Errorf("%d groups are written at once", n)
			}
			defer writing.Add(-1)
			serve := func(more int) {
				mu.Lock()
				defer mu.Unlock()
				members := map[string]bool{}
				for _, w := range group {
					for _, id := range w.MemberIDs {
						members[id] = true
					}
				}
				for id := range members {
					if served[id] += more; served[id] > 1 {
						t.Errorf("works on %s are in two groups at once", id)
					}
				}
			}
			serve(1)
			defer serve(-1)
			for range 3 { // let others come
				runtime.Gosched()
			}
			mu.Lock()
			defer mu.Unlock()
			largest = max(largest, len(group))
			for _, w := range group {
				written[w.StaffID]++
				w.err = errors.New("answer to " + w.StaffID)
			}
			if breaks && len(group) > 2 {
				panic("broken off")
			}
		}
		calls := make([]chan called, 4+random.IntN(30))
		for i := 0; i < len(calls); i++ {
			ctx, cancel := context.WithCancel(t.Context())
			name := fmt.Sprint(i)
			switch random.IntN(5) {
			case 0:
				calls[i] = d.call(ctx, name)
				d.all.Go(cancel)
			case 1:
				cancel()
				calls[i] = d.call(ctx, name)
			case 2: // some at once
				var names []string
				for n := i; n < min(len(calls), i+2+random.IntN(5)); n++ {
					names = append(names, fmt.Sprint(n))
				}
				copy(calls[i:], d.callAll(ctx, names...))
				if i += len(names) - 1; random.IntN(2) == 0 {
					d.all.Go(cancel)
				}
				defer cancel()
			default:
				defer cancel()
				calls[i] = d.call(ctx, name)
			}
		}
		for i, result := range calls {
			c, times := <-result, 0
			mu.Lock()
			times = written[fmt.Sprint(i)]
			mu.Unlock()
			switch {
			case c.err != nil:
				if !errors.Is(c.err, context.Canceled) || times != 0 {
					t.Fatalf("round %d: %d was written %d times and answered %v", round, i, times, c.err)
				}
			case c.panicked != nil || c.answer == errUnanswered.Error():
				if !breaks || times > 1 || times == 0 && c.panicked == nil { // of several at once some may not have had their turn
					t.Fatalf("round %d: %d was written %d times and answered %+v", round, i, times, c)
				}
			case times != 1 || c.answer != "answer to "+fmt.Sprint(i):
				t.Fatalf("round %d: %d was written %d times and answered %q", round, i, times, c.answer)
			}
		}
		if d.idle(t); t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	if largest < 5 {
		t.Errorf("the largest group had %d works", largest)
	}
}
