package main

import (
	"fmt"
	"math"
	"slices"
)

// spread is a value over the rounds: its median, and the least and the most.
type spread struct{ median, least, most float64 }

// spreadOf takes the values of the rounds; ok is false when there are none.
func spreadOf(values []float64) (s spread, ok bool) {
	if len(values) == 0 {
		return spread{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + median) / 2
	}
	return spread{median: median, least: sorted[0], most: sorted[len(sorted)-1]}, true
}

// String shows the median with the spread around it, as in "5.4 [5.1–5.9]".
func (s spread) String() string {
	return fmt.Sprintf("%s [%s–%s]", figure(s.median), figure(s.least), figure(s.most))
}

// figure writes a number with as many digits as mean something in a measurement: three, or whole thousands apart.
func figure(v float64) string {
	switch size := math.Abs(v); {
	case size >= 999.5:
		return thousands(int64(math.Round(v)))
	case size >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case size >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// thousands writes a whole number in groups of three digits.
func thousands(v int64) string {
	if v < 0 {
		return "-" + thousands(-v)
	}
	if v < 1000 {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%s,%03d", thousands(v/1000), v%1000)
}
