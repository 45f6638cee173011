package engine

import (
	"slices"
	"testing"
)

func TestIDsGrow(t *testing.T) {
	ids := make([]string, 2000)
	for i := range ids {
		if ids[i] = makeID(); len(ids[i]) != 26 {
			t.Fatalf("%q has %d letters", ids[i], len(ids[i]))
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids do not grow")
	}
}
