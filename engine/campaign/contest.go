package campaign

import (
	"cmp"
	"math"
)

// Arm is one variant of a campaign and what came of it. A member counts once, however many messages came.
type Arm struct {
	// Reached are the members whom a message reached, Pressed those of them who pressed a button of it.
	Reached, Pressed int
	// Group is whom purchases are counted of.
	Group
}

// Contest says which of a campaign's variants does better.
type Contest struct {
	Presses, Revenue Verdict
}

// Verdict says which variant leads by one measure, and whether that may be chance.
type Verdict struct {
	// Reason says why nothing can be told, "" when something can: a message of the catalogue under "campaign.best.". Without anything to tell the rest is zero.
	Reason string
	// Best is the index of the variant that leads, Next that of the one it is hardest to tell from.
	Best, Next int
	// More is how much more Best has than Next: of presses in basis points of the members reached, of revenue in minor units for each member. The bounds are
	// those between which the truth lies for every pair of variants at once in 95 of 100 campaigns.
	More Estimate
	Sure Certainty
}

// Certainty is how surely the variant that leads is better than every other: a message of the catalogue under "campaign.best.".
type Certainty string

// How sure it is.
const (
	Clear  Certainty = "clear"  // chance would do this in fewer than 1 of 100 campaigns whose variants are alike
	Likely Certainty = "likely" // in fewer than 5
	Open   Certainty = "open"   // it may be chance
)

// Why variants cannot be compared, beside [FewBuyers].
const (
	FewPeople  = "few_people"  // a variant has fewer than MinGroup
	FewPresses = "few_presses" // too few pressed anything
)

// CompareVariants tells which of two or more variants is better. Shares of those who pressed are compared by Newcombe's interval, revenue by the means of a member
// with Welch's, as [Compare] does. The variant that leads is known only afterwards, so every pair counts as a comparison of its own and the chance of error is
// divided by their number (Bonferroni): with more variants the bounds are wider.
func CompareVariants(arms []Arm) Contest {
	return Contest{
		Presses: contest(arms, FewPresses, func(a *Arm) (int, int) { return a.Reached, a.Pressed },
			func(a *Arm) float64 { return float64(a.Pressed) / float64(a.Reached) }, comparePresses),
		Revenue: contest(arms, FewBuyers, func(a *Arm) (int, int) { return a.Members, a.Buyers },
			func(a *Arm) float64 { return a.Revenue.mean(a.Members) }, compareRevenue),
	}
}

// comparePresses compares the shares of those who pressed, in basis points.
func comparePresses(a, b *Arm, z float64) Estimate {
	const points = 10_000
	more, low, high := shares(a.Pressed, a.Reached, b.Pressed, b.Reached, z)
	return estimate(more*points, low*points, high*points)
}

// compareRevenue compares what a member spends.
func compareRevenue(a, b *Arm, z float64) Estimate {
	more, wide := means(a.Group, b.Group, a.Group.Revenue, b.Group.Revenue, z)
	return estimate(more, more-wide, more+wide)
}

// contest compares variants by one measure. size says how many members an arm has, and how many of them did something.
func contest(arms []Arm, few string, size func(*Arm) (members, did int), mean func(*Arm) float64, compare func(a, b *Arm, z float64) Estimate) (v Verdict) {
	if reason := tooFew(arms, few, size); reason != "" {
		return Verdict{Reason: reason}
	}
	for i := range arms {
		if mean(&arms[i]) > mean(&arms[v.Best]) {
			v.Best = i
		}
	}
	pairs := float64(len(arms)*(len(arms)-1)) / 2
	likely, clear := quantile(0.05/pairs), quantile(0.01/pairs)
	v.Sure, v.Next = Clear, -1
	for i := range arms {
		if i == v.Best {
			continue
		}
		more := compare(&arms[v.Best], &arms[i], likely)
		switch {
		case more.Low <= 0:
			v.Sure = Open
		case v.Sure == Clear && compare(&arms[v.Best], &arms[i], clear).Low <= 0:
			v.Sure = Likely
		}
		if v.Next < 0 || harder(more, v.More) {
			v.Next, v.More = i, more
		}
	}
	return v
}

// harder reports whether one lead is harder to tell from none than another, whichever variant comes first.
func harder(a, b Estimate) bool {
	return cmp.Or(cmp.Compare(a.Low, b.Low), cmp.Compare(a.High, b.High), cmp.Compare(a.Value, b.Value)) < 0
}

// tooFew says why arms cannot be compared: as many have to have done something as [Compare] asks of buyers.
func tooFew(arms []Arm, few string, size func(*Arm) (members, did int)) string {
	if len(arms) < 2 {
		return FewPeople
	}
	all, acted, smallest := 0, 0, math.MaxInt
	for i := range arms {
		members, did := size(&arms[i])
		if members < MinGroup {
			return FewPeople
		}
		if did > members { // the members were not set: there is nothing to go by
			return few
		}
		all, acted, smallest = all+members, acted+did, min(smallest, members)
	}
	if float64(acted)*float64(smallest)/float64(all) < MinBuyers {
		return few
	}
	return ""
}

// quantile is that of the normal distribution beyond which, to both sides together, an error lies.
func quantile(err float64) float64 { return math.Sqrt2 * math.Erfinv(1-err) }
