package money

import (
	"errors"
	"math/bits"
	"sort"
)

// Split divides total over weights in proportion, exactly: the parts add up to total, and each differs from its
// exact share by less than one. The units that flooring leaves over go to the largest remainders, ties to the
// lower index (till protocol, arithmetic). total may be negative; weights may not, and must not all be zero unless
// total is zero.
func Split[V, W Value](total V, weights []W) ([]V, error) {
	parts := make([]V, len(weights))
	if total == 0 {
		return parts, nil
	}
	var sum int64
	for _, w := range weights {
		if w < 0 {
			return nil, errors.New("money: negative weight")
		}
		if sum += int64(w); sum < 0 {
			return nil, ErrOverflow
		}
	}
	if sum == 0 {
		return nil, errors.New("money: nothing to split over")
	}
	size := magnitude(int64(total))
	left := size
	remainders := make([]uint64, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(size, uint64(w))
		quotient, remainder := bits.Div64(hi, lo, uint64(sum)) // hi < sum, because w ≤ sum and size < 2⁶⁴
		parts[i], remainders[i] = V(quotient), remainder
		left -= quotient
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return remainders[order[a]] > remainders[order[b]] })
	for _, i := range order[:left] {
		parts[i]++
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts, nil
}
