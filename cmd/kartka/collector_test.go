package main

import (
	"testing"
	"time"
)

func TestNextPercent(t *testing.T) {
	const small, large = 10 << 20, 128 << 20
	for _, c := range []struct {
		name    string
		percent int
		since   time.Duration
		live    uint64
		want    int
	}{
		{"at rest", 50, time.Minute, small, 50},
		{"a rush begins", 50, 20 * time.Millisecond, small, 100},
		{"and goes on", 200, 20 * time.Millisecond, small, 400},
		{"no further", 400, 20 * time.Millisecond, small, 400},
		{"busy enough", 400, time.Second, small, 400},
		{"the rush is over", 400, 3 * time.Second, small, 50},
		{"much is in use", 50, 20 * time.Millisecond, large, 100},
		{"and more must not be", 200, 20 * time.Millisecond, large, 100},
		{"more than that is in use anyway", 100, 20 * time.Millisecond, 1 << 30, 50},
		{"nobody knows how much", 50, 20 * time.Millisecond, 0, 100},
	} {
		if got := nextPercent(c.percent, c.since, c.live); got != c.want {
			t.Errorf("%s: %d instead of %d", c.name, got, c.want)
		}
	}
}
