package segment_test

import (
	"testing"

	"kartka/engine/segment"
)

// A slip of the keyboard is understood: a letter too many, too few, another, or two that changed places. What is like nothing is not guessed at.
func TestClosest(t *testing.T) {
	names := []string{"visits", "visit_last", "tier", "рівень"}
	for wrote, want := range map[string]string{
		"visits": "visits", "VISTIS": "visits", "vists": "visits", "vissits": "visits", "vizits": "visits", "teir": "tier", "рiвень": "рівень",
		"moon": "", "": "", "abracadabra": "",
	} {
		if got := segment.Closest(wrote, names); got != want {
			t.Errorf("%q: got %q, want %q", wrote, got, want)
		}
	}
	if got := segment.Closest("tie", []string{"tier", "tied"}); got != "tier" {
		t.Errorf("of two that are alike: %q", got)
	}
}
