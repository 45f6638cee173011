package rules

import (
	"math"
	"math/bits"
	"slices"

	"kartka/engine/money"
)

// wide is a sum that may need 128 bits.
type wide struct{ hi, lo uint64 }

func product(a, b uint64) wide {
	hi, lo := bits.Mul64(a, b)
	return wide{hi, lo}
}

func (w wide) plus(v wide) wide {
	lo, carry := bits.Add64(w.lo, v.lo, 0)
	hi, _ := bits.Add64(w.hi, v.hi, carry)
	return wide{hi, lo}
}

// over divides; false says that the quotient is no int64.
func (w wide) over(d uint64) (quotient int64, remainder uint64, ok bool) {
	if w.hi >= d {
		return 0, 0, false
	}
	q, r := bits.Div64(w.hi, w.lo, d)
	return int64(q), r, q <= math.MaxInt64
}

// rounded divides and rounds once.
func (w wide) rounded(d uint64, mode money.Rounding) (int64, bool) {
	q, r, ok := w.over(d)
	if ok && (mode == money.Up && r > 0 || mode == money.HalfUp && r >= d-r) {
		ok = q < math.MaxInt64
		q++
	}
	return q, ok
}

// shift is by how many bits a sum must be cut to fit 62 bits.
func (w wide) shift() int {
	if w.hi != 0 {
		return 64 + bits.Len64(w.hi) - 62
	}
	return max(0, bits.Len64(w.lo)-62)
}

func (w wide) right(n int) uint64 {
	if n >= 64 {
		return w.hi >> (n - 64)
	}
	return w.lo>>n | w.hi<<(64-n)
}

// splitter divides as [money.Split] does, by largest remainder with ties to the lower index, without an allocation for each time.
type splitter struct {
	weights, remainders []uint64
	parts               []int64
	order               []int
}

// begin makes room for n weights, which the caller sets. They must add up to less than 2⁶³.
func (s *splitter) begin(n int) []uint64 {
	if cap(s.order) < n {
		numbers := make([]uint64, 2*n)
		s.weights, s.remainders = numbers[:n:n], numbers[n:]
		s.parts, s.order = make([]int64, n), make([]int, n)
	}
	s.weights = s.weights[:n]
	clear(s.weights)
	return s.weights
}

// divide splits a total of at least zero over the weights. They may all be zero only if the total is. The parts are good until the next use.
func (s *splitter) divide(total int64) ([]int64, error) {
	n := len(s.weights)
	parts, remainders, order := s.parts[:n], s.remainders[:n], s.order[:0]
	clear(parts)
	if total == 0 {
		return parts, nil
	}
	var sum uint64
	for _, w := range s.weights {
		sum += w
	}
	if total < 0 || sum == 0 || sum > math.MaxInt64 {
		return nil, ErrTooLarge
	}
	left := total
	for i, w := range s.weights {
		if w == 0 {
			continue
		}
		hi, lo := bits.Mul64(uint64(total), w)
		quotient, remainder := bits.Div64(hi, lo, sum) // hi < sum, because w ≤ sum and total < 2⁶³
		parts[i], remainders[i] = int64(quotient), remainder
		left -= int64(quotient)
		if remainder > 0 {
			order = append(order, i)
		}
	}
	if left > 0 {
		slices.SortStableFunc(order, func(a, b int) int {
			if remainders[a] != remainders[b] {
				if remainders[a] > remainders[b] {
					return -1
				}
				return 1
			}
			return 0
		})
		for _, i := range order[:left] {
			parts[i]++
		}
	}
	return parts, nil
}

// amounts splits a sum in proportion to others, one per line.
func (s *splitter) amounts(total money.Amount, weights []money.Amount) ([]int64, error) {
	into := s.begin(len(weights))
	for i, w := range weights {
		into[i] = uint64(w)
	}
	return s.divide(int64(total))
}
