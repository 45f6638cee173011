package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"kartka/engine"
)

// callAll has works of one caller written in the background.
func (d *desk) callAll(ctx context.Context, names ...string) (results []chan called) {
	works := make([]engine.Work, len(names))
	for i, name := range names {
		works[i] = d.named(name)
		results = append(results, make(chan called, 1))
	}
	d.all.Go(func() {
		answers := make([]called, len(names))
		defer func() {
			for i, result := range results {
				result <- answers[i]
			}
		}()
		defer func() {
			if p := recover(); p != nil {
				for i := range answers {
					answers[i].panicked = p
				}
			}
		}()
		for i, w := range d.doAll(ctx, works) {
			if answers[i].answer = w.err.Error(); !strings.HasPrefix(answers[i].answer, "answer to") && !errors.Is(w.err, errUnanswered) {
				answers[i].err = w.err
			}
		}
	})
	return results
}

// queued is how many works wait.
func (d *desk) queued() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

// queueAll is callAll that has to wait; it returns when it does.
func (d *desk) queueAll(ctx context.Context, names ...string) []chan called {
	w := watched{ctx, &sync.Once{}, make(chan struct{})}
	results := d.callAll(w, names...)
	<-w.queued
	return results
}

func numbered(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint("n", i))
	}
	return names
}

// What one caller brings at once is one group, alone or behind others.
func TestGroupsOfOneCaller(t *testing.T) {
	d := newDesk()
	for _, names := range [][]string{{"a"}, {"a", "b", "c"}} {
		results := d.callAll(t.Context(), names...)
		wantGroup(t, d, names...)
		d.end <- nil
		for i, name := range names {
			wantAnswer(t, name, results[i])
		}
	}
	first := d.call(t.Context(), "first")
	wantGroup(t, d, "first")
	many := d.queueAll(t.Context(), "a", "b")
	one := d.queue(t.Context(), "c")
	more := d.queueAll(t.Context(), "d", "e")
	d.end <- nil
	wantAnswer(t, "first", first)
	wantGroup(t, d, "a", "b", "c", "d", "e")
	d.end <- nil
	wantAnswer(t, "a", many[0])
	wantAnswer(t, "b", many[1])
	wantAnswer(t, "c", one)
	wantAnswer(t, "d", more[0])
	wantAnswer(t, "e", more[1])
	if len(d.doAll(t.Context(), nil)) != 0 {
		t.Error("nothing has an answer")
	}
	d.idle(t)
}

// More than a group holds is several, and more than may wait is refused.
func TestGroupsOfOneCallerAreBounded(t *testing.T) {
	d := newDesk()
	names := numbered(groupMost + groupWaiting + 2)
	results := d.callAll(t.Context(), names...)
	for done := 0; done < groupMost+groupWaiting; done += groupMost {
		if group := <-d.began; len(group) != groupMost || group[0] != names[done] {
			t.Fatalf("after %d works a group of %d begins with %s", done, len(group), group[0])
		}
		d.end <- nil
	}
	for i, result := range results {
		if i < groupMost+groupWaiting {
			wantAnswer(t, names[i], result)
		} else if c := <-result; !engine.IsKind(c.err, engine.KindBusy) {
			t.Errorf("%d: %+v", i, c)
		}
	}
	d.idle(t)
}

// A caller who goes is answered of what had its turn.
func TestGroupsOfOneCallerGivenUp(t *testing.T) {
	d := newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	names := numbered(groupMost + 2)
	results := d.callAll(ctx, names...)
	<-d.began
	cancel()
	for d.queued() > 0 { // until the others are taken back
		runtime.Gosched()
	}
	d.end <- nil
	for i, result := range results {
		c := <-result
		if i < groupMost && c.answer != "answer to "+names[i] || i >= groupMost && !errors.Is(c.err, context.Canceled) {
			t.Errorf("%d: %+v", i, c)
		}
	}
	for _, result := range d.callAll(ctx, "a", "b") {
		if c := <-result; !errors.Is(c.err, context.Canceled) {
			t.Errorf("gone before it came: %+v", c)
		}
	}
	d.idle(t)
}

// When writing one group breaks off, the caller's others are written before it learns of it.
func TestGroupsOfOneCallerBrokenOff(t *testing.T) {
	d := newDesk()
	names := numbered(groupMost + 1)
	results := d.callAll(t.Context(), names...)
	<-d.began
	other := d.queue(t.Context(), "other")
	d.end <- func() { panic("no more") }
	wantGroup(t, d, names[groupMost], "other")
	d.end <- nil
	wantAnswer(t, "other", other)
	for i, result := range results {
		if c := <-result; c.panicked != "no more" {
			t.Errorf("%d: %+v", i, c)
		}
	}
	d.idle(t)
}
