package words

import (
	"strings"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// TierName is what a tier is called, "" for none and for one that is no more.
func (w Words) TierName(id string) string { return w.Name("tier:"+id, "") }

// Benefit is what a tier gives in signs: "5 %" comes back, "−7 %" is taken off. What it does not better is the program's.
func (w Words) Benefit(t *rules.Tier) string {
	var all []string
	if rate := max(t.Rate, w.Program.Settings.Earn.Rate); rate > 0 {
		all = append(all, w.Percent(rate))
	}
	if off := max(t.Discount, w.Program.Settings.Discount.Rate); off > 0 {
		all = append(all, "−"+w.Percent(off))
	}
	return strings.Join(all, " · ")
}

// Counted is an amount of what the program's tiers count, with its unit: "3 purchases", "5 000 ₴".
func (w Words) Counted(n int64) string { return w.CountedBy(w.Program.Settings.Tiers.Basis, n) }

// CountedBy is such an amount under a basis that may have been another then.
func (w Words) CountedBy(basis rules.TierBasis, n int64) string {
	switch basis {
	case rules.TierByVisits:
		return w.P.N("notice.tier.visits", n)
	case rules.TierByPoints:
		return w.Points(money.Points(n))
	case rules.TierByReferrals:
		return w.P.N("notice.tier.friends", n)
	}
	return w.Money(money.Amount(n))
}

// Bare is such an amount before one that has its unit: "3" of "3 of 5 purchases".
func (w Words) Bare(n int64) string {
	switch w.Program.Settings.Tiers.Basis {
	case rules.TierByVisits, rules.TierByReferrals:
		return w.P.Number(n)
	case rules.TierByPoints:
		return w.PointsNumber(money.Points(n))
	}
	return w.Money(money.Amount(n))
}

// Lifelong is what counts towards a tier over a whole life. What counts in a window has to be read from the books.
func Lifelong(m *rules.Standing, basis rules.TierBasis) int64 {
	switch basis {
	case rules.TierByVisits:
		return int64(m.Visits)
	case rules.TierByPoints:
		return int64(m.Earned)
	case rules.TierByReferrals:
		return int64(m.Referrals)
	}
	return int64(m.Spent)
}
