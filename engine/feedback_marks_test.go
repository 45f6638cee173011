package engine_test

import (
	"maps"
	"testing"

	"kartka/engine"
)

func TestMarksAreCounted(t *testing.T) {
	for _, c := range []struct {
		marks  engine.Marks
		total  int
		tenths int64
	}{
		{engine.Marks{}, 0, 0},
		{engine.Marks{0, 0, 0, 0, 3}, 3, 50},
		{engine.Marks{1, 0, 0, 0, 1}, 2, 30},
		{engine.Marks{1, 0, 0, 0, 2}, 3, 37}, // 3.67
		{engine.Marks{0, 0, 0, 1, 2}, 3, 47}, // 4.67
		{engine.Marks{0, 0, 0, 3, 1}, 4, 43}, // 4.25, half up
		{engine.Marks{1, 1, 1, 1, 1}, 5, 30},
	} {
		if n := c.marks.Total(); n != c.total {
			t.Errorf("%v: %d marks", c.marks, n)
		}
		if average := c.marks.Tenths(); average != c.tenths {
			t.Errorf("%v: %d tenths, not %d", c.marks, average, c.tenths)
		}
	}
	sums := []engine.RatingSum{
		{Day: "2026-03-01", LocationID: "l1", StaffID: "s1", Counts: engine.Marks{1, 0, 0, 0, 2}},
		{Day: "2026-03-01", LocationID: "l1", StaffID: "s2", Counts: engine.Marks{0, 1}},
		{Day: "2026-03-02", LocationID: "l2", StaffID: "s1", Counts: engine.Marks{0, 0, 0, 4}},
	}
	if all := engine.MarksOf(sums); all != (engine.Marks{1, 1, 0, 4, 2}) {
		t.Errorf("together they are %v", all)
	}
	by := engine.MarksBy(sums, func(s engine.RatingSum) string { return s.StaffID })
	if want := map[string]engine.Marks{"s1": {1, 0, 0, 4, 2}, "s2": {0, 1}}; !maps.Equal(by, want) {
		t.Errorf("by person they are %v, not %v", by, want)
	}
}
