package campaign

import (
	"math"

	"kartka/engine/money"
)

// Sample is what is kept of numbers, one of each member, to say how they spread.
type Sample struct {
	Sum     int64
	Squares float64 // the sum of their squares
}

func (s *Sample) add(n int64) {
	s.Sum += n
	s.Squares += float64(n) * float64(n)
}

// mean and variance of one member of so many, 2 or more. The members who were not added are zeros.
func (s Sample) mean(members int) float64 { return float64(s.Sum) / float64(members) }

func (s Sample) variance(members int) float64 {
	n, sum := float64(members), float64(s.Sum)
	return max(0, (s.Squares-sum*sum/n)/(n-1))
}

// Group is the members who were to get a campaign's message, or those who were held out of it, with what they bought in its window. All who were drawn
// belong to their group, whether the message reached them or not: who is hard to reach buys less as it is, so that leaving them out of one group
// would credit the campaign with the difference.
type Group struct {
	Members int
	Buyers  int // members who came at least once
	Visits  Sample
	Revenue Sample
}

// Add counts what one member of the group bought; it is called once for each who bought something, and Members is set apart.
func (g *Group) Add(visits int64, revenue money.Amount) {
	if visits > 0 {
		g.Buyers++
	}
	g.Visits.add(visits)
	g.Revenue.add(int64(revenue))
}

// Proof is what a campaign brought: how much more the members of the group that got it did than they would have done without.
type Proof struct {
	// Enough says that there is enough to go by. Without, Reason says why not and the estimates are zero.
	Enough bool
	Reason string
	// Visits, Revenue (in minor units) and Buyers are for the whole group that got the campaign.
	Visits, Revenue, Buyers Estimate
}

// Estimate is a number with the interval in which it lies in 95 of 100 campaigns.
type Estimate struct {
	Value, Low, High int64
	// Sure says that zero is outside: the campaign did something, for better or worse.
	Sure bool
}

// Why a proof has not enough to go by: messages of the catalogue under "campaign.proof.".
const (
	NoHoldout = "no_holdout" // nobody was held out
	FewHeld   = "few_held"   // fewer than MinGroup were
	FewGot    = "few_got"    // fewer than MinGroup were to get it
	FewBuyers = "few_buyers" // too few bought anything
)

// What a proof needs.
const (
	// MinGroup is how many members each group needs before a mean of skewed numbers, as sums of purchases are, spreads as the interval says.
	MinGroup = 30
	// MinBuyers is how many buyers the smaller group would have, had both bought alike. It is the usual bound for comparing shares, and with fewer the
	// spread of sums is not known: a group of zeros has none. It goes by both groups together, because asking for buyers in the held-out group would let
	// through the campaigns in which it happened to buy more, and hide those that worked best.
	MinBuyers = 5
)

// Compare tells from what both groups did what the campaign brought. Visits and revenue are compared by the means of a member with Welch's interval,
// buyers by their share with Newcombe's (of Wilson's intervals), which holds near 0 and 1 too. Bounds are rounded outwards.
func Compare(got, held Group) Proof {
	if reason := lacking(got, held); reason != "" {
		return Proof{Reason: reason}
	}
	return Proof{
		Enough:  true,
		Visits:  welch(got, held, got.Visits, held.Visits),
		Revenue: welch(got, held, got.Revenue, held.Revenue),
		Buyers:  newcombe(got, held),
	}
}

func lacking(got, held Group) string {
	switch {
	case held.Members <= 0:
		return NoHoldout
	case held.Members < MinGroup:
		return FewHeld
	case got.Members < MinGroup:
		return FewGot
	case got.Buyers > got.Members || held.Buyers > held.Members: // Members were not set: there is nothing to go by
		return FewBuyers
	}
	smaller, all := float64(min(got.Members, held.Members)), float64(got.Members+held.Members)
	if float64(got.Buyers+held.Buyers)*smaller/all < MinBuyers {
		return FewBuyers
	}
	return ""
}

// welch compares two means whose spreads may differ.
func welch(got, held Group, g, h Sample) Estimate {
	n := float64(got.Members)
	more, wide := means(got, held, g, h, z)
	return estimate(more*n, more*n-wide*n, more*n+wide*n)
}

// means is how much more a member of one group did than one of another, and how far the truth may lie from it by the quantile of a normal distribution.
func means(one, other Group, s, t Sample, z float64) (more, wide float64) {
	n, m := float64(one.Members), float64(other.Members)
	v, w := s.variance(one.Members), t.variance(other.Members)
	if min(one.Buyers, other.Buyers) < MinBuyers {
		// The spread of so few is a guess, and of none it is zero, which would make any difference sure: both are taken to spread as the wider one.
		v, w = max(v, w), max(v, w)
	}
	a, b := v/n, w/m
	more = s.mean(one.Members) - t.mean(other.Members)
	if a+b == 0 {
		return more, 0
	}
	freedom := (a + b) * (a + b) / (a*a/(n-1) + b*b/(m-1))
	return more, student(freedom, z) * math.Sqrt(a+b)
}

// z is the 97.5 % quantile of the normal distribution.
const z = 1.959963984540054

// student is the quantile of Student's distribution that belongs to one of the normal distribution, by the expansion of Cornish and Fisher, which is right to three
// decimals from 6 degrees of freedom at 97.5 %; here there are at least 29.
func student(freedom, z float64) float64 {
	z3, z5, z7 := z*z*z, z*z*z*z*z, z*z*z*z*z*z*z
	return z + (z3+z)/(4*freedom) + (5*z5+16*z3+3*z)/(96*freedom*freedom) + (3*z7+19*z5+17*z3-15*z)/(384*freedom*freedom*freedom)
}

// newcombe compares two shares.
func newcombe(got, held Group) Estimate {
	n := float64(got.Members)
	more, low, high := shares(got.Buyers, got.Members, held.Buyers, held.Members, z)
	return estimate(more*n, low*n, high*n)
}

// shares is how much larger one share is than another, with the bounds of that by a quantile of the normal distribution.
func shares(of, all, otherOf, otherAll int, z float64) (more, low, high float64) {
	p, pLow, pHigh := wilson(of, all, z)
	q, qLow, qHigh := wilson(otherOf, otherAll, z)
	return p - q, p - q - math.Hypot(p-pLow, qHigh-q), p - q + math.Hypot(pHigh-p, q-qLow)
}

// wilson is a share with its score interval.
func wilson(of, all int, z float64) (share, low, high float64) {
	n := float64(all)
	share = float64(of) / n
	middle := (share + z*z/(2*n)) / (1 + z*z/n)
	wide := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return share, max(0, middle-wide), min(1, middle+wide)
}

func estimate(value, low, high float64) Estimate {
	e := Estimate{Value: whole(math.Round(value)), Low: whole(math.Floor(low)), High: whole(math.Ceil(high))}
	e.Sure = e.Low > 0 || e.High < 0
	return e
}

// whole is a number as it can be told.
func whole(f float64) int64 {
	const most = 1 << 62
	return int64(max(-most, min(most, f)))
}
