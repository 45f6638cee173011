package main

import "testing"

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"one", []float64{5}, "5.00 [5.00–5.00]"},
		{"odd", []float64{9, 1, 5}, "5.00 [1.00–9.00]"},
		{"even: between the middle two", []float64{1, 4, 2, 100}, "3.00 [1.00–100]"},
		{"digits", []float64{0.1234, 12.345, 123456.7}, "12.3 [0.12–123,457]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := spreadOf(c.values)
			if !ok || got.String() != c.want {
				t.Errorf("%s, %v; want %s", got, ok, c.want)
			}
		})
	}
	if _, ok := spreadOf(nil); ok {
		t.Error("nothing has a median")
	}
}

func TestSpreadLeavesTheRoundsInOrder(t *testing.T) {
	values := []float64{3, 1, 2}
	spreadOf(values)
	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("%v", values)
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 0.204: "0.20", 1.5: "1.50", 9.999: "10.0", 99.96: "100", 999.6: "1,000", 1234567: "1,234,567", -1500: "-1,500", -2.25: "-2.25"} {
		if got := figure(v); got != want {
			t.Errorf("%v is shown as %s, not %s", v, got, want)
		}
	}
}
