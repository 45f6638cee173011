package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Amount is money in minor units (kopecks, cents, tiyn) of the program's currency.
type Amount int64

// Points is loyalty points in the smallest step of the program's unit: with two decimals, 150 is 1.50.
type Points int64

// Quantity is an amount of goods in thousandths: 2 pieces are 2000, 350 g of a kilogram are 350.
type Quantity int64

// Rate is a share in basis points: 500 is 5 %.
type Rate int64

// Whole is the rate of 100 %.
const Whole Rate = 10000

// ErrOverflow is returned by arithmetic whose exact result does not fit 64 bits.
var ErrOverflow = errors.New("money: result does not fit 64 bits")

// Value is any type counted in 64-bit integers.
type Value interface{ ~int64 }

// Add returns the exact sum or ErrOverflow.
func Add[V Value](values ...V) (V, error) {
	var sum int64
	for _, v := range values {
		next := sum + int64(v)
		if (next > sum) != (int64(v) > 0) && v != 0 {
			return 0, ErrOverflow
		}
		sum = next
	}
	return V(sum), nil
}

// Rounding says what happens to a fraction of the smallest step.
type Rounding string

// The rounding modes. Down is the default of the field: points are never rounded in the guest's disfavour twice,
// and never in the shop's.
const (
	Down   Rounding = "down"    // towards zero
	HalfUp Rounding = "half_up" // to the nearest, halves away from zero
	Up     Rounding = "up"      // away from zero
)

// Valid reports whether r is one of the rounding modes.
func (r Rounding) Valid() bool { return r == Down || r == HalfUp || r == Up }

// MulDiv returns a × b ÷ c, computed in 128 bits and rounded once. c must be positive; a and b may have any sign.
func MulDiv(a, b, c int64, r Rounding) (int64, error) {
	if c <= 0 {
		return 0, fmt.Errorf("money: divisor %d is not positive", c)
	}
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= uint64(c) {
		return 0, ErrOverflow
	}
	quotient, remainder := bits.Div64(hi, lo, uint64(c))
	switch {
	case r == Up && remainder > 0, r == HalfUp && remainder >= uint64(c)-remainder:
		if quotient == math.MaxUint64 {
			return 0, ErrOverflow
		}
		quotient++
	}
	switch {
	case negative && quotient <= 1<<63:
		return -int64(quotient), nil //nolint:gosec // -1<<63 is its own negation
	case !negative && quotient <= math.MaxInt64:
		return int64(quotient), nil
	}
	return 0, ErrOverflow
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// Share returns the part of a value that a rate is, rounded once.
func Share[V Value](of V, rate Rate, r Rounding) (V, error) {
	v, err := MulDiv(int64(of), int64(rate), int64(Whole), r)
	return V(v), err
}
