package main

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every duration is found again within 1 part in 64, whatever its size, and longer ones are never in an earlier bucket.
func TestHistogramKeepsDurations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := time.Duration(rapid.Int64Range(0, int64(slowest)).Draw(t, "a"))
		b := time.Duration(rapid.Int64Range(0, int64(slowest)).Draw(t, "b"))
		found := bucketMiddle(bucketOf(a))
		if off := (found - a).Abs(); off > a/64 {
			t.Fatalf("%d comes back as %d", a, found)
		}
		if a <= b && bucketOf(a) > bucketOf(b) {
			t.Fatalf("%d is in bucket %d, %d in %d", a, bucketOf(a), b, bucketOf(b))
		}
	})
	for _, edge := range []time.Duration{math.MinInt64, -1, 0, 1, 127, 128, slowest, slowest + 1, math.MaxInt64} {
		found, want := bucketMiddle(bucketOf(edge)), min(max(edge, 0), slowest)
		if off := (found - want).Abs(); off > want/64 {
			t.Errorf("%d comes back as %d", edge, found)
		}
	}
}

// Quantiles are those of the sorted values, to the fineness of the buckets, however the values are spread over histograms.
func TestHistogramQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		took := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, int64(time.Hour)), func(n int64) time.Duration { return time.Duration(n) }), 1, 300).Draw(t, "took")
		var parts [3]histogram
		for i, d := range took {
			parts[i%3].add(d)
		}
		var all histogram
		for i := range parts {
			all.merge(&parts[i])
		}
		if all.count != uint64(len(took)) {
			t.Fatalf("%d counted, not %d", all.count, len(took))
		}
		slices.Sort(took)
		for _, share := range []float64{0, 0.5, 0.99, 0.999, 1} {
			rank := max(int(math.Ceil(share*float64(len(took)))), 1)
			want := min(took[rank-1], slowest)
			if got := all.quantile(share); (got - want).Abs() > want/64 {
				t.Fatalf("quantile %v is %v, not %v", share, got, want)
			}
		}
	})
	if got := new(histogram).quantile(0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
