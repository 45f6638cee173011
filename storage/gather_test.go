package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kartka/engine"
	"kartka/storage"
)

// library answers questions one statement after another, each when it is told to.
type library struct {
	*storage.Gatherer
	begun chan string          // a statement, as its key and values
	told  chan func() []string // what it answers
}

func newLibrary(most int) *library {
	l := &library{begun: make(chan string), told: make(chan func() []string)}
	l.Gatherer = storage.NewGatherer(most, func(ctx context.Context, key string, values []string) ([]string, error) {
		l.begun <- key + " " + strings.Join(values, " ")
		select {
		case answer := <-l.told:
			return answer(), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	return l
}

// answer is a row or two for each of the values.
func answer(rows ...string) func() []string { return func() []string { return rows } }

// question is one that is under way.
type question struct {
	rows []string
	err  error
	done chan struct{}
}

// ask asks in a goroutine of its own.
func (l *library) ask(ctx context.Context, key string, values ...string) *question {
	q := &question{done: make(chan struct{})}
	go func() {
		defer close(q.done)
		defer func() {
			if r := recover(); r != nil {
				q.err = fmt.Errorf("panicked: %v", r)
			}
		}()
		q.rows, q.err = storage.Ask(ctx, l.Gatherer, key, values...)
	}()
	synctest.Wait()
	return q
}

func (q *question) wants(t *testing.T, rows ...string) {
	t.Helper()
	<-q.done
	if q.err != nil || !slices.Equal(q.rows, rows) {
		t.Errorf("the answer is %v, %v, not %v", q.rows, q.err, rows)
	}
}

func (l *library) begins(t *testing.T, want string) {
	t.Helper()
	if got := <-l.begun; got != want {
		t.Errorf("the statement is %q, not %q", got, want)
	}
}

func TestAskersShareAStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLibrary(1), t.Context()
		first := l.ask(ctx, "card", "1")
		l.begins(t, "card 1") // at once, and alone
		second, third, again := l.ask(ctx, "card", "2"), l.ask(ctx, "phone", "3"), l.ask(ctx, "card", "2")
		several := l.ask(ctx, "card", "4", "5")
		l.told <- answer("1:a")
		first.wants(t, "1:a")
		l.begins(t, "card 2 2 4 5") // those alike, in the order they came
		l.told <- answer("5:x", "2:a", "2:b", "4:y")
		second.wants(t, "2:a", "2:b")
		again.wants(t, "2:a", "2:b")
		several.wants(t, "5:x", "4:y")
		l.begins(t, "phone 3")
		l.told <- answer()
		third.wants(t)

		last := l.ask(ctx, "card", "6") // nobody leads any more
		l.begins(t, "card 6")
		l.told <- answer("6:a")
		last.wants(t, "6:a")
	})
}

func TestAskersDoNotWaitForOneStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLibrary(2), t.Context()
		first := l.ask(ctx, "card", "1")
		l.begins(t, "card 1")
		second := l.ask(ctx, "card", "2")
		l.begins(t, "card 2")
		third := l.ask(ctx, "card", "3")
		l.told <- answer("a") // to either of them
		l.begins(t, "card 3")
		l.told <- answer("a")
		l.told <- answer("a")
		for _, q := range []*question{first, second, third} {
			q.wants(t, "a")
		}

		// Of what waits each takes its share.
		all := []*question{l.ask(ctx, "card", "1")}
		l.begins(t, "card 1")
		all = append(all, l.ask(ctx, "card", "2"))
		l.begins(t, "card 2")
		for _, value := range []string{"3", "4", "5", "6", "7", "8"} {
			all = append(all, l.ask(ctx, "card", value))
		}
		l.told <- answer("a")
		l.begins(t, "card 3 4 5 6") // half of eight; the one that is answered asks no more
		l.told <- answer("3:a", "4:a", "5:a", "6:a", "a")
		l.begins(t, "card 7 8")
		l.told <- answer("3:a", "4:a", "5:a", "6:a", "7:a", "8:a", "a")
		l.told <- answer("3:a", "4:a", "5:a", "6:a", "7:a", "8:a", "a")
		for _, q := range all {
			<-q.done
		}
	})
}

func TestAskersWhoLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLibrary(1), t.Context()
		gone := func(q *question) {
			t.Helper()
			<-q.done
			if !errors.Is(q.err, context.Canceled) {
				t.Errorf("the answer is %v, %v", q.rows, q.err)
			}
		}
		first := l.ask(ctx, "card", "1")
		l.begins(t, "card 1")
		leaving, leave := context.WithCancel(ctx)
		waiter, other := l.ask(leaving, "card", "2"), l.ask(ctx, "card", "3")
		leave()
		gone(waiter)
		gone(l.ask(leaving, "card", "4")) // one who has left does not begin
		l.told <- answer("1:a")
		first.wants(t, "1:a")
		l.begins(t, "card 3")

		// Who leads for others reads to the end; who follows does not wait for it.
		leading, stopLeading := context.WithCancel(ctx)
		following, stopFollowing := context.WithCancel(ctx)
		leader, follower, third := l.ask(leading, "card", "5"), l.ask(following, "card", "6"), l.ask(ctx, "card", "7")
		l.told <- answer("3:a")
		other.wants(t, "3:a")
		l.begins(t, "card 5 6 7")
		stopFollowing()
		gone(follower)
		stopLeading()
		synctest.Wait()
		l.told <- answer("5:a", "6:a", "7:a")
		leader.wants(t, "5:a")
		third.wants(t, "7:a")

		// Who reads alone leaves with the context.
		alone, stop := context.WithCancel(ctx)
		q := l.ask(alone, "card", "8")
		l.begins(t, "card 8")
		stop()
		gone(q)
	})
}

// Who leaves at the moment of becoming the leader hands the lead on.
func TestAskersWhoLeaveInsteadOfLeading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLibrary(1), t.Context()
		for range 200 {
			first := l.ask(ctx, "card", "1")
			l.begins(t, "card 1")
			leaving, leave := context.WithCancel(ctx)
			waiter, last := l.ask(leaving, "card", "2"), l.ask(ctx, "phone", "3")
			l.told <- func() []string { leave(); return []string{"1:a"} }
			first.wants(t, "1:a")
			<-waiter.done
			if !errors.Is(waiter.err, context.Canceled) {
				t.Errorf("the answer is %v, %v", waiter.rows, waiter.err)
			}
			l.begins(t, "phone 3")
			l.told <- answer("3:a")
			last.wants(t, "3:a")
		}
	})
}

// However who is to lead and who leaves meet, nobody is forgotten.
func TestAskersAreNotForgotten(t *testing.T) {
	g := storage.NewGatherer(2, func(_ context.Context, _ string, values []string) ([]string, error) {
		rows := make([]string, len(values))
		for i, v := range values {
			rows[i] = v + ":" + v
		}
		slices.Sort(rows)
		return slices.Compact(rows), nil
	})
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			for i := range 400 {
				ctx, cancel := context.WithCancel(t.Context())
				if (n+i)%5 == 0 {
					go cancel()
				}
				value := fmt.Sprint((n * i) % 37)
				rows, err := storage.Ask(ctx, g, fmt.Sprint(n%3), value)
				if err == nil && !slices.Equal(rows, []string{value + ":" + value}) || err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("%s is %v, %v", value, rows, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
}

func TestAskersOfABrokenStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLibrary(1), t.Context()
		first := l.ask(ctx, "card", "1")
		l.begins(t, "card 1")
		leader, follower := l.ask(ctx, "card", "2"), l.ask(ctx, "card", "3")
		last := l.ask(ctx, "phone", "4")
		l.told <- answer("1:a")
		first.wants(t, "1:a")
		l.begins(t, "card 2 3")
		l.told <- func() []string { panic("no more") }
		<-leader.done
		<-follower.done
		if leader.err == nil || !strings.Contains(leader.err.Error(), "panicked: no more") || follower.err == nil || follower.rows != nil {
			t.Errorf("the answers are %v and %v", leader.err, follower.err)
		}
		l.begins(t, "phone 4")

		// A statement that does not come back is given up, for everybody who waits for it.
		leader, follower = l.ask(ctx, "card", "5"), l.ask(ctx, "card", "6")
		l.told <- answer("4:a")
		last.wants(t, "4:a")
		began := time.Now()
		l.begins(t, "card 5 6")
		<-leader.done
		<-follower.done
		if !errors.Is(leader.err, context.DeadlineExceeded) || !errors.Is(follower.err, context.DeadlineExceeded) || time.Since(began) != storage.AskPatience {
			t.Errorf("after %s the answers are %v and %v", time.Since(began), leader.err, follower.err)
		}
	})
}

func TestAskersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLibrary(1), t.Context()
		first := l.ask(ctx, "card", "first")
		l.begins(t, "card first")
		waiting := make([]*question, storage.AskWaiting)
		for i := range waiting {
			waiting[i] = l.ask(ctx, "card", fmt.Sprint(i))
		}
		tooMuch := l.ask(ctx, "card", "more")
		<-tooMuch.done
		if !engine.IsKind(tooMuch.err, engine.KindBusy) {
			t.Errorf("one too many is told %v, %v", tooMuch.rows, tooMuch.err)
		}
		l.told <- answer("first:a")
		first.wants(t, "first:a")
		for range storage.AskWaiting / storage.AskTogether {
			values := strings.Fields(<-l.begun)[1:]
			if len(values) != storage.AskTogether {
				t.Errorf("%d values in a statement", len(values))
			}
			for i := range values {
				values[i] += ":a"
			}
			l.told <- answer(values...)
		}
		for i, q := range waiting {
			q.wants(t, fmt.Sprint(i, ":a"))
		}
	})
}
