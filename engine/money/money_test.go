package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"kartka/engine/money"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	cases := []struct {
		text string
		want int64
		err  error
	}{
		{"120", 12000, nil},
		{"120,50", 12050, nil},
		{"120.5", 12050, nil},
		{" 1 200.5 ", 120050, nil},
		{"1 200,50", 120050, nil},
		{"1’200.50", 120050, nil},
		{"1,200.50", 120050, nil},
		{"1.200,50", 120050, nil},
		{"1,200,300", 120030000, nil},
		{"0,5", 50, nil},
		{".50", 50, nil},
		{"007", 700, nil},
		{"0.050", 5, nil},
		{"999999999.99", 99999999999, nil},
		{"1000000000", 0, money.ErrTooLarge},
		{"99999999999999999999999999", 0, money.ErrTooLarge},
		{"1,200", 0, money.ErrAmbiguous},
		{"1.200", 0, money.ErrAmbiguous},
		{"120.505", 0, money.ErrAmbiguous},
		{"0.505", 0, money.ErrTooPrecise},
		{"1 200.505", 0, money.ErrTooPrecise},
		{"-5", 0, money.ErrNegative},
		{"−5", 0, money.ErrNegative},
		{"+5", 0, money.ErrNotANumber},
		{"1e9", 0, money.ErrNotANumber},
		{"0x10", 0, money.ErrNotANumber},
		{"١٢٠", 0, money.ErrNotANumber},
		{"１２０", 0, money.ErrNotANumber},
		{"", 0, money.ErrNotANumber},
		{"  ", 0, money.ErrNotANumber},
		{",", 0, money.ErrNotANumber},
		{"12,", 0, money.ErrNotANumber},
		{"1,2,3", 0, money.ErrNotANumber},
		{"1,200.300.400", 0, money.ErrNotANumber},
		{"12 34", 0, money.ErrNotANumber},
		{"1 200,300.5", 0, money.ErrNotANumber},
		{"12грн", 0, money.ErrNotANumber},
		{"NaN", 0, money.ErrNotANumber},
	}
	for _, c := range cases {
		got, err := money.Parse(c.text, 2)
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("Parse(%q) = %d, %v; want %d, %v", c.text, got, err, c.want, c.err)
		}
	}
}

func TestFormatAndParsePlainRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Int64Range(math.MinInt64+1, math.MaxInt64).Draw(t, "value")
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		got, err := money.ParsePlain(money.Format(value, decimals), decimals)
		if err != nil || got != value {
			t.Fatalf("%d with %d decimals: %q read back as %d, %v", value, decimals, money.Format(value, decimals), got, err)
		}
	})
}

func TestMulDivAgreesWithBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		c := rapid.Int64Range(1, math.MaxInt64).Draw(t, "c")
		mode := rapid.SampledFrom([]money.Rounding{money.Down, money.HalfUp, money.Up}).Draw(t, "mode")

		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		want, rest := new(big.Int).QuoRem(product, big.NewInt(c), new(big.Int))
		twice := new(big.Int).Abs(new(big.Int).Mul(rest, big.NewInt(2)))
		if (mode == money.Up && rest.Sign() != 0) || (mode == money.HalfUp && twice.Cmp(big.NewInt(c)) >= 0) {
			want.Add(want, big.NewInt(int64(product.Sign())))
		}
		got, err := money.MulDiv(a, b, c, mode)
		if !want.IsInt64() {
			if !errors.Is(err, money.ErrOverflow) {
				t.Fatalf("%d × %d ÷ %d = %d, %v; want overflow", a, b, c, got, err)
			}
			return
		}
		if err != nil || got != want.Int64() {
			t.Fatalf("%d × %d ÷ %d (%s) = %d, %v; want %s", a, b, c, mode, got, err, want)
		}
	})
}

func TestSplitIsExactAndFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 50).Draw(t, "weights")
		weights[0]++ // at least one weight to split over
		total := rapid.Int64Range(-1<<50, 1<<50).Draw(t, "total")
		parts, err := money.Split(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		var sum, weight int64
		for i := range parts {
			sum += parts[i]
			weight += weights[i]
		}
		if sum != total {
			t.Fatalf("parts add up to %d, want %d", sum, total)
		}
		for i, part := range parts {
			// |part × Σw − total × w| < Σw
			difference := new(big.Int).Sub(
				new(big.Int).Mul(big.NewInt(part), big.NewInt(weight)),
				new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])))
			if difference.CmpAbs(big.NewInt(weight)) >= 0 {
				t.Fatalf("part %d of weight %d/%d of %d is not its share", part, weights[i], weight, total)
			}
		}
	})
}

func TestSplitTiesGoToTheLowerIndex(t *testing.T) {
	parts, err := money.Split(money.Points(1000), []money.Amount{3333, 3333, 3334})
	if err != nil || parts[0] != 333 || parts[1] != 333 || parts[2] != 334 {
		t.Fatalf("got %v, %v", parts, err)
	}
	parts, err = money.Split(money.Points(2), []money.Amount{1, 1, 1})
	if err != nil || parts[0] != 1 || parts[1] != 1 || parts[2] != 0 {
		t.Fatalf("got %v, %v", parts, err)
	}
}

func TestSplitRefuses(t *testing.T) {
	if _, err := money.Split(int64(5), []int64{0, 0}); err == nil {
		t.Error("nothing to split over is accepted")
	}
	if _, err := money.Split(int64(5), []int64{2, -1}); err == nil {
		t.Error("a negative weight is accepted")
	}
	if _, err := money.Split(int64(5), []int64{math.MaxInt64, math.MaxInt64}); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("overflowing weights: %v", err)
	}
}

func TestAddChecksOverflow(t *testing.T) {
	if _, err := money.Add[money.Points](math.MaxInt64, 1); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("MaxInt64 + 1: %v", err)
	}
	if _, err := money.Add[money.Points](math.MinInt64, -1); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("MinInt64 − 1: %v", err)
	}
	if sum, err := money.Add[money.Points](5, -7, 0, 10); err != nil || sum != 8 {
		t.Errorf("5 − 7 + 0 + 10 = %d, %v", sum, err)
	}
}
