package engine_test

import (
	"context"
	"errors"
	"testing"

	"kartka/engine"
	"kartka/storage/kv/kvtest"
)

// dying is a store whose process dies within its n-th transaction.
type dying struct {
	engine.Store
	left int
}

func (s *dying) InTx(ctx context.Context, fn func(tx engine.Tx) error) error {
	s.left--
	if s.left < 0 {
		return errPower
	}
	return s.Store.InTx(ctx, func(tx engine.Tx) error {
		if err := fn(tx); err != nil || s.left > 0 {
			return err
		}
		return errPower
	})
}

// dyingInGroups is a store whose process dies when so many changes have been written, of those that were brought at once the first.
type dyingInGroups struct {
	*dying
	groups engine.Grouper
}

func (s dyingInGroups) InGroup(ctx context.Context, w engine.Work) error {
	return errors.Join(s.InGroups(ctx, []engine.Work{w})...)
}

func (s dyingInGroups) InGroups(ctx context.Context, works []engine.Work) []error {
	n := max(0, min(len(works), s.left))
	s.left -= len(works)
	errs := s.groups.InGroups(ctx, works[:n])
	for range works[n:] {
		errs = append(errs, errPower)
	}
	return errs
}

// Wherever a run is cut short, the next one leads to the same.
func TestRunCutShortIsFinished(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		t.Run("one by one", func(t *testing.T) { runCutShort(t, w, func(s *dying) engine.Store { return s }) })
		t.Run("in groups", func(t *testing.T) {
			runCutShort(t, w, func(s *dying) engine.Store { return dyingInGroups{s, w.store} })
		})
	})
}

func runCutShort(t *testing.T, w *world, dies func(*dying) engine.Store) {
	for n := 1; ; n++ {
		c := newCalendar(t, w)
		c.begin(t)
		doomed := engine.New(engine.Config{Store: dies(&dying{Store: w.store, left: n}), Codes: kvtest.Codes{}, Now: c.engine.Now})
		_, err := doomed.Daily(t.Context(), c.program.ID, c.engine.Now(), nil)
		if err == nil {
			if n < 10 {
				t.Errorf("a whole day took %d changes", n)
			}
			c.check(t)
			return
		}
		if !errors.Is(err, errPower) {
			t.Fatalf("cut short at %d: %v", n, err)
		}
		c.daily(t, c.program)
		c.check(t)
		if t.Failed() {
			t.Fatalf("after it was cut short at %d", n)
		}
	}
}
