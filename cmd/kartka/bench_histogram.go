package main

import (
	"math"
	"math/bits"
	"time"
)

// How fine a histogram is: every power of two is divided into 64, so that a value is known to 1 part in 64 of itself. What takes
// longer than slowest counts as slowest.
const (
	fineBits = 6
	slowest  = time.Duration(1)<<40 - 1 // 18 minutes
)

// histogram counts how long things took. Its size does not grow with what is counted. The zero value is empty and ready.
type histogram struct {
	buckets [(41 - fineBits) << fineBits]uint64
	count   uint64
}

// add counts one.
func (h *histogram) add(took time.Duration) {
	h.buckets[bucketOf(took)]++
	h.count++
}

// merge adds everything that another one has counted.
func (h *histogram) merge(other *histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
}

// quantile returns what a share of everything took at most: 0.5 for the median, 0.999 for what one in a thousand exceeds. It is 0 when
// nothing was counted.
func (h *histogram) quantile(share float64) time.Duration {
	rank := min(max(uint64(math.Ceil(share*float64(h.count))), 1), h.count)
	var seen uint64
	for i, n := range h.buckets {
		if seen += n; n > 0 && seen >= rank {
			return bucketMiddle(i)
		}
	}
	return 0
}

// bucketOf finds the bucket of a duration. Up to 128 ns every nanosecond has its own; from there on the highest seven bits decide.
func bucketOf(took time.Duration) int {
	v := uint64(min(max(took, 0), slowest))
	shift := max(bits.Len64(v)-fineBits-1, 0)
	return shift<<fineBits + int(v>>shift)
}

// bucketMiddle is the duration in the middle of a bucket.
func bucketMiddle(i int) time.Duration {
	shift := max(i>>fineBits-1, 0)
	first := uint64(i-shift<<fineBits) << shift
	return time.Duration(first + (1<<shift-1)/2)
}
