package campaign_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"kartka/engine/campaign"
)

func weights(all ...int) []campaign.Variant {
	variants := make([]campaign.Variant, len(all))
	for i, w := range all {
		variants[i].Weight = w
	}
	return variants
}

// These lots were drawn once and stay drawn: whoever changes them writes to people who were held out.
func TestLotsNeverChange(t *testing.T) {
	held, variant := "", ""
	for n := range 60 {
		member := fmt.Sprintf("m%d", n)
		if campaign.Held("c1", member, 1000) {
			held += fmt.Sprint(n, " ")
		}
		variant += fmt.Sprint(campaign.VariantOf("c1", member, weights(1, 1, 2)))
	}
	if want := goldenHeld; held != want {
		t.Errorf("held out: %s, want %s", held, want)
	}
	if want := goldenVariants; variant != want {
		t.Errorf("variants: %s, want %s", variant, want)
	}
}

const (
	goldenHeld     = "9 12 24 38 58 "
	goldenVariants = "222102101210220122102211011001221200220222211002122202200222"
)

// share fails unless so many of all lie within five deviations of what an even lot draws: with the ids given that is either so for ever or never.
func share(t *testing.T, what string, of, all int, want float64) {
	t.Helper()
	if wide := 5 * math.Sqrt(want*(1-want)*float64(all)); math.Abs(float64(of)-want*float64(all)) > wide {
		t.Errorf("%s: %d of %d, want %.0f ± %.0f", what, of, all, want*float64(all), wide)
	}
}

// Lots are even, for ids that differ in one digit too, and have nothing to do with each other: between campaigns, and between who is held out and
// who gets which variant.
func TestLotsAreEvenAndIndependent(t *testing.T) {
	const members = 50_000
	var held, heldElsewhere, both, second, secondElsewhere, same, heldSecond int
	variants := weights(3, 1)
	for n := range members {
		member := fmt.Sprintf("0193a7c2-5b1e-7000-8000-%012x", n)
		h, elsewhere := campaign.Held("0193a7c2-c1", member, 1000), campaign.Held("0193a7c2-c2", member, 1000)
		v, vElsewhere := campaign.VariantOf("0193a7c2-c1", member, variants), campaign.VariantOf("0193a7c2-c2", member, variants)
		for _, c := range []struct {
			count *int
			holds bool
		}{
			{&held, h}, {&heldElsewhere, elsewhere}, {&both, h && elsewhere}, {&second, v == 1}, {&secondElsewhere, vElsewhere == 1},
			{&same, v == 1 && vElsewhere == 1}, {&heldSecond, h && v == 1},
		} {
			if c.holds {
				*c.count++
			}
		}
	}
	share(t, "held out", held, members, 0.1)
	share(t, "held out of another", heldElsewhere, members, 0.1)
	share(t, "held out of both", both, members, 0.01)
	share(t, "second variant", second, members, 0.25)
	share(t, "second variant of another", secondElsewhere, members, 0.25)
	share(t, "second variant of both", same, members, 1.0/16)
	share(t, "held out with the second variant", heldSecond, members, 0.025)
}

func TestHeldBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, m := rapid.String().Draw(t, "campaign"), rapid.String().Draw(t, "member")
		less := rapid.IntRange(0, 10_000).Draw(t, "less")
		more := rapid.IntRange(less, 10_000).Draw(t, "more")
		switch {
		case campaign.Held(c, m, 0), campaign.Held(c, m, -1), !campaign.Held(c, m, 10_000):
			t.Fatal("nobody is held out of nothing, and everybody of all")
		case campaign.Held(c, m, less) && !campaign.Held(c, m, more):
			t.Fatal("held out with a share, and not with a larger one")
		}
	})
}

func TestVariantOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SliceOfN(rapid.IntRange(-1, 100), 0, 4).Draw(t, "weights")
		c, m := rapid.String().Draw(t, "campaign"), rapid.String().Draw(t, "member")
		got := campaign.VariantOf(c, m, weights(w...))
		sum := 0
		for _, n := range w {
			sum += max(0, n)
		}
		switch {
		case len(w) == 0:
			if got != -1 {
				t.Fatalf("of none: %d", got)
			}
		case sum == 0:
			if got != 0 {
				t.Fatalf("of no weight: %d", got)
			}
		case got < 0 || got >= len(w) || w[got] < 1:
			t.Fatalf("%v: %d", w, got)
		}
	})
}
