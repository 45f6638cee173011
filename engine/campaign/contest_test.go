package campaign_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kartka/engine/campaign"
	"kartka/engine/money"
)

// arm is a variant that reached so many, of whom so many pressed and so many bought for as much each.
func arm(reached, pressed, buyers int, each money.Amount) campaign.Arm {
	return campaign.Arm{Reached: reached, Pressed: pressed, Group: group(reached, buyers, 1, each)}
}

// The shares are those of Newcombe's paper of 1998: 56 of 70 and 48 of 80, 0.0524 to 0.3339; at 99 % the lower bound is 0.0054. The revenue is that of the visits in TestCompare for each member:
// means 1.00 and 0.40, 30.1 of 100 to each side; at 99 % Student's quantile for 118.9 degrees of freedom is 2.6177, which leaves 0.202.
func TestCompareVariants(t *testing.T) {
	got := campaign.CompareVariants([]campaign.Arm{arm(80, 48, 48, 100), arm(70, 56, 56, 100)})
	want := campaign.Verdict{Best: 1, Next: 0, More: campaign.Estimate{Value: 2000, Low: 524, High: 3339, Sure: true}, Sure: campaign.Clear}
	if diff := cmp.Diff(want, got.Presses); diff != "" {
		t.Errorf("presses: %s", diff)
	}
	got = campaign.CompareVariants([]campaign.Arm{arm(100, 0, 50, 200), arm(50, 0, 10, 200)})
	want = campaign.Verdict{Best: 0, Next: 1, More: campaign.Estimate{Value: 60, Low: 29, High: 91, Sure: true}, Sure: campaign.Clear}
	if diff := cmp.Diff(want, got.Revenue); diff != "" {
		t.Errorf("revenue: %s", diff)
	}
	if want := (campaign.Verdict{Reason: campaign.FewPresses}); got.Presses != want {
		t.Errorf("presses: %+v", got.Presses)
	}
}

func TestCompareVariantsKnowsItsBounds(t *testing.T) {
	for _, c := range []struct {
		name             string
		arms             []campaign.Arm
		presses, revenue campaign.Verdict // without More
	}{
		{"none", nil, campaign.Verdict{Reason: campaign.FewPeople}, campaign.Verdict{Reason: campaign.FewPeople}},
		{"one", []campaign.Arm{arm(900, 90, 90, 100)}, campaign.Verdict{Reason: campaign.FewPeople}, campaign.Verdict{Reason: campaign.FewPeople}},
		{"a small one", []campaign.Arm{arm(900, 90, 90, 100), arm(29, 20, 20, 100)}, campaign.Verdict{Reason: campaign.FewPeople}, campaign.Verdict{Reason: campaign.FewPeople}},
		{"few did anything", []campaign.Arm{arm(50, 9, 9, 100), arm(50, 0, 0, 100)}, campaign.Verdict{Reason: campaign.FewPresses}, campaign.Verdict{Reason: campaign.FewBuyers}},
		{"just enough", []campaign.Arm{arm(50, 10, 10, 100), arm(50, 0, 0, 100)}, campaign.Verdict{Next: 1, Sure: campaign.Clear}, campaign.Verdict{Next: 1, Sure: campaign.Likely}},
		{"more than there are", []campaign.Arm{arm(50, 60, 60, 100), arm(50, 9, 9, 100)}, campaign.Verdict{Reason: campaign.FewPresses}, campaign.Verdict{Reason: campaign.FewBuyers}},
		{"alike", []campaign.Arm{arm(500, 90, 90, 100), arm(500, 90, 90, 100)}, campaign.Verdict{Next: 1, Sure: campaign.Open}, campaign.Verdict{Next: 1, Sure: campaign.Open}},
		{"everybody does", []campaign.Arm{arm(60, 60, 60, 100), arm(60, 60, 60, 100)}, campaign.Verdict{Next: 1, Sure: campaign.Open}, campaign.Verdict{Next: 1, Sure: campaign.Open}},
		{"two are enough for a winner", []campaign.Arm{arm(200, 40, 40, 10_000), arm(200, 60, 60, 10_000)}, campaign.Verdict{Best: 1, Sure: campaign.Likely},
			campaign.Verdict{Best: 1, Sure: campaign.Likely}},
		{"three of the same are not", []campaign.Arm{arm(200, 40, 40, 10_000), arm(200, 60, 60, 10_000), arm(200, 40, 40, 10_000)}, campaign.Verdict{Best: 1, Sure: campaign.Open},
			campaign.Verdict{Best: 1, Sure: campaign.Open}},
		{"the second is as good", []campaign.Arm{arm(500, 20, 20, 100), arm(500, 150, 150, 100), arm(500, 149, 149, 100)}, campaign.Verdict{Best: 1, Next: 2, Sure: campaign.Open},
			campaign.Verdict{Best: 1, Next: 2, Sure: campaign.Open}},
		{"better than both", []campaign.Arm{arm(500, 20, 20, 100), arm(500, 60, 60, 100), arm(500, 150, 150, 100)}, campaign.Verdict{Best: 2, Next: 1, Sure: campaign.Clear},
			campaign.Verdict{Best: 2, Next: 1, Sure: campaign.Clear}},
	} {
		got := campaign.CompareVariants(c.arms)
		for what, pair := range map[string][2]campaign.Verdict{"presses": {got.Presses, c.presses}, "revenue": {got.Revenue, c.revenue}} {
			is := pair[0]
			is.More = campaign.Estimate{}
			if is != pair[1] {
				t.Errorf("%s, %s: %+v, want %+v", c.name, what, pair[0], pair[1])
			}
			if (pair[0].Sure == campaign.Open || pair[0].Sure == "") == pair[0].More.Sure {
				t.Errorf("%s, %s: the words and the bounds differ: %+v", c.name, what, pair[0])
			}
		}
	}
}

// Variants in another order have the same verdict, the data of one variant given to all makes no winner, and no word contradicts the bounds.
func TestCompareVariantsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arms := make([]campaign.Arm, rapid.IntRange(2, campaign.MaxVariants).Draw(t, "variants"))
		for i := range arms {
			reached := rapid.IntRange(25, 400).Draw(t, "reached")
			arms[i] = arm(reached, rapid.IntRange(0, reached).Draw(t, "pressed"), rapid.IntRange(0, reached).Draw(t, "buyers"), money.Amount(rapid.Int64Range(1, 1e9).Draw(t, "sum")))
		}
		order := rapid.Permutation([]int{0, 1, 2, 3}[:len(arms)]).Draw(t, "order")
		moved := make([]campaign.Arm, len(arms))
		for to, from := range order {
			moved[to] = arms[from]
		}
		there, back := campaign.CompareVariants(arms), campaign.CompareVariants(moved)
		for _, v := range [][2]campaign.Verdict{{there.Presses, back.Presses}, {there.Revenue, back.Revenue}} {
			if v[0].Reason != v[1].Reason || v[0].Sure != v[1].Sure {
				t.Fatalf("%+v, moved %+v", v[0], v[1])
			}
			if v[0].Reason != "" {
				if v[0] != (campaign.Verdict{Reason: v[0].Reason}) {
					t.Fatalf("what is not known is told: %+v", v[0])
				}
				continue
			}
			if v[0].More.Low > v[0].More.Value || v[0].More.Value > v[0].More.High || v[0].More.Value < 0 || v[0].More.Sure != (v[0].Sure != campaign.Open) {
				t.Fatalf("%+v", v[0])
			}
			if v[0].Sure != campaign.Open && (order[v[1].Best] != v[0].Best || v[1].More != v[0].More) {
				t.Fatalf("%+v, moved %+v by %v", v[0], v[1], order)
			}
		}
		for i := range arms {
			arms[i] = arms[0]
		}
		same := campaign.CompareVariants(arms)
		for _, v := range []campaign.Verdict{same.Presses, same.Revenue} {
			if v.Reason == "" && (v.Sure != campaign.Open || v.More.Value != 0) {
				t.Fatalf("one of the same is better: %+v", v)
			}
		}
	})
}

// Of simulated campaigns whose variants are alike a winner is found in about 5 of 100 at most, and in 1 of 100 a clear one, however many variants there are. A variant
// that is better is found in most. The seeds are fixed.
func TestCompareVariantsSeldomErrs(t *testing.T) {
	const runs = 1500
	usual := habit{chance: 0.2, more: 0.3, sum: 150_00}
	better := habit{chance: 0.32, more: 0.3, sum: 170_00}
	draw := func(r *rand.Rand, h habit, press float64, n int) campaign.Arm {
		a := campaign.Arm{Reached: n, Group: h.draw(r, n)}
		for range n {
			if r.Float64() < press {
				a.Pressed++
			}
		}
		return a
	}
	for k := 2; k <= campaign.MaxVariants; k++ {
		r := rand.New(rand.NewPCG(11, uint64(k)))
		var won, clear, found [2]int
		for range runs {
			arms := make([]campaign.Arm, k)
			for i := range arms {
				arms[i] = draw(r, usual, 0.1, 400)
			}
			count := func(into *[2]int, is func(campaign.Verdict) bool) {
				c := campaign.CompareVariants(arms)
				for i, v := range []campaign.Verdict{c.Presses, c.Revenue} {
					if is(v) {
						into[i]++
					}
				}
			}
			count(&won, func(v campaign.Verdict) bool { return v.Sure == campaign.Likely || v.Sure == campaign.Clear })
			count(&clear, func(v campaign.Verdict) bool { return v.Sure == campaign.Clear })
			arms[k-1] = draw(r, better, 0.2, 400)
			count(&found, func(v campaign.Verdict) bool { return v.Best == k-1 && v.Sure != campaign.Open })
		}
		t.Logf("%d variants: of %d found by mistake %v, clear %v, rightly %v", k, runs, won, clear, found)
		for i, what := range []string{"presses", "revenue"} {
			if won[i] > runs*6/100 || clear[i] > runs*15/1000 {
				t.Errorf("%d variants, %s: %d winners of nothing, %d clear", k, what, won[i], clear[i])
			}
			if found[i] < runs/2 {
				t.Errorf("%d variants, %s: the better one is found %d times", k, what, found[i])
			}
		}
	}
}
