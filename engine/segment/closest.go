package segment

import (
	"slices"
	"strings"
)

// Closest is the one of the names that somebody most likely meant, the first of those that are alike; "" when none is like what they wrote. A third of the
// characters may be wrong.
func Closest(wrote string, names []string) string {
	text := []rune(strings.ToLower(wrote))
	best, least := "", max(1, len(text)/3)+1
	for _, name := range names {
		if n := distance(text, []rune(name)); n < least {
			best, least = name, n
		}
	}
	return best
}

// distance is how many characters must be put in, taken out, replaced or swapped with their neighbour to make one text of another.
func distance(a, b []rune) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range b {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			next[j+1] = slices.Min([]int{row[j+1] + 1, next[j] + 1, row[j] + same})
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
