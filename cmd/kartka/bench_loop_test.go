package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What is done, refused and failed is counted apart, and each asker asks in its own, repeatable order.
func TestLoopCounts(t *testing.T) {
	drawn := func(seed uint64) []uint64 {
		var mu sync.Mutex
		var first []uint64
		var asked, refused, failed atomic.Uint64
		m, err := loop(t.Context(), turn{round: 1, length: 2 * time.Millisecond, seed: seed}, 4, meter{}, func(_ context.Context, a *asker) error {
			if a.of != 4 {
				t.Errorf("asker %d of %d", a.no, a.of)
			}
			if a.took.count+a.refused+a.failed == 0 {
				mu.Lock()
				first = append(first, uint64(a.no)<<32|uint64(a.rand.Uint32()))
				mu.Unlock()
			}
			switch asked.Add(1) % 3 {
			case 0:
				refused.Add(1)
				return errRefused
			case 1:
				failed.Add(1)
				return errors.New("broken")
			}
			return nil
		})
		if err != nil || m.Done != asked.Load()-refused.Load()-failed.Load() || m.Refused != refused.Load() || m.Errors != failed.Load() || m.FirstError != "broken" {
			t.Errorf("%+v, %v; %d asked, %d refused, %d failed", m, err, asked.Load(), refused.Load(), failed.Load())
		}
		if m.Seconds < 0.002-0.005 || m.Done > 0 && m.Rate <= 0 {
			t.Errorf("%+v", m)
		}
		slices.Sort(first)
		return first
	}
	one, again, other := drawn(1), drawn(1), drawn(2)
	if len(one) != 4 || !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Errorf("%v, again %v, with another seed %v", one, again, other)
	}
}

func TestLoopEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := loop(ctx, turn{length: time.Hour}, 2, meter{}, func(context.Context, *asker) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
