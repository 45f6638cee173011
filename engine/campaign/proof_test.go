package campaign_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kartka/engine/campaign"
	"kartka/engine/money"
)

// group is so many members, of whom so many came visits times and spent so much each.
func group(members, buyers int, visits int64, revenue money.Amount) campaign.Group {
	g := campaign.Group{Members: members}
	for range buyers {
		g.Add(visits, revenue)
	}
	return g
}

// The visits: means 1 and 0.4, variances 100/99 and 32/49, so 60 visits more; of 118.9 degrees of freedom Student's quantile is 1.98009, and the interval is
// 30.1 wide to each side. The buyers are the example in Newcombe's paper of 1998 (56 of 70 and 48 of 80: 0.0524 to 0.3339), times 70.
func TestCompare(t *testing.T) {
	got := campaign.Compare(group(100, 50, 2, 0), group(50, 10, 2, 0))
	if !got.Enough || got.Reason != "" {
		t.Fatal(got)
	}
	if diff := cmp.Diff(campaign.Estimate{Value: 60, Low: 29, High: 91, Sure: true}, got.Visits); diff != "" {
		t.Errorf("visits: %s", diff)
	}
	if diff := cmp.Diff(campaign.Estimate{}, got.Revenue); diff != "" {
		t.Errorf("no revenue: %s", diff)
	}
	got = campaign.Compare(group(70, 56, 1, 100), group(80, 48, 1, 100))
	if diff := cmp.Diff(campaign.Estimate{Value: 14, Low: 3, High: 24, Sure: true}, got.Buyers); diff != "" {
		t.Errorf("buyers: %s", diff)
	}
	if got := campaign.Compare(group(80, 48, 1, 100), group(70, 56, 1, 100)).Buyers; got.Value != -16 || got.Low != -27 || got.High != -4 || !got.Sure {
		t.Errorf("a campaign that drives away: %v", got)
	}
}

// Half of 30 members spend a million: a variance of 7.5e12/29. With equal spreads there are 58 degrees of freedom, with none in one group 29; Student's
// quantiles are 2.0017175 and 2.0452296, so that the intervals reach 7,885,151 and 5,696,844 to each side.
func TestCompareKnowsStudent(t *testing.T) {
	half, same := group(30, 15, 1, 1_000_000), group(30, 30, 1, 500_000)
	for _, c := range []struct {
		held campaign.Group
		wide int64
	}{{half, 7_885_151}, {same, 5_696_844}} {
		got := campaign.Compare(half, c.held).Revenue
		const near = 60 // of the expansion of the quantile
		if got.Value != 0 || got.Sure || got.Low != -got.High || got.High < c.wide-near || got.High > c.wide+near {
			t.Errorf("got %v, want about ±%d", got, c.wide)
		}
	}
}

func TestCompareNotEnough(t *testing.T) {
	for _, c := range []struct {
		got, held campaign.Group
		want      string
	}{
		{group(1000, 100, 1, 100), campaign.Group{}, campaign.NoHoldout},
		{group(1000, 100, 1, 100), group(29, 20, 1, 100), campaign.FewHeld},
		{group(29, 20, 1, 100), group(1000, 100, 1, 100), campaign.FewGot},
		{campaign.Group{}, group(1000, 100, 1, 100), campaign.FewGot},
		{group(900, 44, 1, 100), group(100, 5, 1, 100), campaign.FewBuyers},
		{group(900, 45, 1, 100), group(100, 5, 1, 100), ""},
		{group(900, 50, 1, 100), group(100, 0, 1, 100), ""}, // nobody of the held out bought: that is what it has to tell
		{group(30, 0, 1, 100), group(30, 0, 1, 100), campaign.FewBuyers},
		{group(900, 901, 1, 100), group(100, 0, 1, 100), campaign.FewBuyers}, // no shop is like this
	} {
		got := campaign.Compare(c.got, c.held)
		if got.Reason != c.want || got.Enough != (c.want == "") {
			t.Errorf("%d of %d and %d of %d: %+v, want %q", c.got.Buyers, c.got.Members, c.held.Buyers, c.held.Members, got, c.want)
		}
		if c.want != "" && got != (campaign.Proof{Reason: c.want}) {
			t.Errorf("what is not known is told: %+v", got)
		}
	}
}

// A return may leave somebody who came with less than nothing, and who only returned something is no buyer.
func TestGroupAdd(t *testing.T) {
	var g campaign.Group
	g.Add(2, 300)
	g.Add(0, -500)
	if want := (campaign.Group{Buyers: 1, Visits: campaign.Sample{Sum: 2, Squares: 4}, Revenue: campaign.Sample{Sum: -200, Squares: 340_000}}); g != want {
		t.Errorf("got %+v, want %+v", g, want)
	}
}

// An interval holds its value, and is the mirror of itself when the groups change places and are as large.
func TestCompareLaws(t *testing.T) {
	draw := func(t *rapid.T, members int) campaign.Group {
		g := campaign.Group{Members: members}
		for range rapid.IntRange(0, members).Draw(t, "buyers") {
			g.Add(rapid.Int64Range(0, 20).Draw(t, "visits"), money.Amount(rapid.Int64Range(-1e6, 1e9).Draw(t, "revenue")))
		}
		return g
	}
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.IntRange(30, 60).Draw(t, "members")
		a, b := draw(t, members), draw(t, members)
		there, back := campaign.Compare(a, b), campaign.Compare(b, a)
		if there.Enough != back.Enough {
			t.Fatal(there, back)
		}
		for _, e := range [][2]campaign.Estimate{{there.Visits, back.Visits}, {there.Revenue, back.Revenue}, {there.Buyers, back.Buyers}} {
			if e[0].Low > e[0].Value || e[0].Value > e[0].High || e[0].Sure != (e[0].Low > 0 || e[0].High < 0) {
				t.Fatal(e[0])
			}
			if e[0].Value != -e[1].Value || e[0].Low != -e[1].High || e[0].High != -e[1].Low {
				t.Fatal(e)
			}
		}
	})
}

// habit is how a group of simulated members buys: each with a chance, then so many times with skewed sums, as in shops.
type habit struct {
	chance, more, sum float64
}

func (h habit) draw(r *rand.Rand, members int) campaign.Group {
	g := campaign.Group{Members: members}
	for range members {
		if r.Float64() >= h.chance {
			continue
		}
		visits, sum := int64(1), 0.0
		for r.Float64() < h.more {
			visits++
		}
		for range visits {
			sum += h.sum * math.Exp(0.6*r.NormFloat64()-0.18) // of the mean h.sum
		}
		g.Add(visits, money.Amount(math.Round(sum)))
	}
	return g
}

func (h habit) visits() float64  { return h.chance / (1 - h.more) }
func (h habit) revenue() float64 { return h.visits() * h.sum }

// Of 100 simulated campaigns about 95 have the truth in their intervals, and of those that did nothing about 5 are said to have done something. The seeds are
// fixed: the test says the same every time.
func TestIntervalsCover(t *testing.T) {
	usual := habit{chance: 0.2, more: 0.3, sum: 150_00}
	better := habit{chance: 0.26, more: 0.3, sum: 160_00}
	rare := habit{chance: 0.06, more: 0.1, sum: 150_00}
	for _, c := range []struct {
		name      string
		got, held habit
		n, m      int
		// least is the coverage that is met; the sums of a small group are skewed, and their intervals somewhat too short.
		least float64
	}{
		{"it did nothing", usual, usual, 1800, 200, 0.935},
		{"it worked", better, usual, 1800, 200, 0.935},
		{"a shop of 400", better, usual, 360, 40, 0.92},
		{"few come", rare, rare, 1350, 150, 0.92},
	} {
		t.Run(c.name, func(t *testing.T) {
			const runs = 1500
			r := rand.New(rand.NewPCG(7, uint64(c.n)))
			n := float64(c.n)
			truth := [3]float64{(c.got.visits() - c.held.visits()) * n, (c.got.revenue() - c.held.revenue()) * n, (c.got.chance - c.held.chance) * n}
			var told int
			var covered, sure [3]int
			for range runs {
				p := campaign.Compare(c.got.draw(r, c.n), c.held.draw(r, c.m))
				if !p.Enough {
					continue
				}
				told++
				for i, e := range []campaign.Estimate{p.Visits, p.Revenue, p.Buyers} {
					if float64(e.Low) <= truth[i] && truth[i] <= float64(e.High) {
						covered[i]++
					}
					if e.Sure {
						sure[i]++
					}
				}
			}
			for i, what := range []string{"visits", "revenue", "buyers"} {
				share := float64(covered[i]) / float64(told)
				t.Logf("%s: %d of %d covered (%.3f), %d sure", what, covered[i], told, share, sure[i])
				if share < c.least || share > 0.985 {
					t.Errorf("%s: %.3f of the intervals hold the truth", what, share)
				}
			}
			if told < runs/2 {
				t.Errorf("only %d of %d had enough", told, runs)
			}
		})
	}
}
