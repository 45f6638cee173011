package owner

import (
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// additionCost is what a gift of points is worth, or what the highest rate costs, with what to think twice about.
func additionCost(v talk.View, before, after *rules.Settings, a addition) bots.Rich {
	var cost bots.Rich
	if a.Points > 0 {
		cost = giftCost(v, after, a)
	} else if peak := peakRate(before, a); peak > 0 {
		cost = rateCost(v, after, a.Check, peak)
	}
	var lower bots.Rich
	if after.Earn.Rate < before.Earn.Rate {
		lower = v.Rich("owner.add.lower", locales.Args{"Before": v.Percent(before.Earn.Rate), "After": v.Percent(after.Earn.Rate)})
	}
	return talk.Paragraphs(cost, talk.Lines(lower, newWarnings(v, before, after)))
}

// giftCost is what a gift of points is worth beside an average check.
func giftCost(v talk.View, s *rules.Settings, a addition) bots.Rich {
	worth, err := s.Unit.Money(a.Points)
	if err != nil || a.Check <= 0 {
		return ""
	}
	share, err := money.MulDiv(int64(worth), int64(money.Whole), int64(a.Check), money.HalfUp)
	if err != nil {
		return ""
	}
	text := v.Rich("owner.add.worth", locales.Args{"Points": v.Points(a.Points), "Sum": v.Money(worth), "Share": v.Percent(money.Rate(share)), "Check": v.Money(a.Check)})
	if money.Rate(share) > money.Whole/2 {
		return talk.Lines(text, v.Rich("owner.add.dear"))
	}
	return text
}

// rateCost is what a rate costs of an average check.
func rateCost(v talk.View, s *rules.Settings, check money.Amount, rate money.Rate) bots.Rich {
	highest := *s
	highest.Earn.Rate = rate
	cost, err := rules.CostOf(&highest, check, rules.UsualRedemption)
	if err != nil {
		return ""
	}
	return v.Rich("owner.add.cost", locales.Args{"Rate": v.Percent(rate), "Check": v.Money(check), "Cost": v.Money(cost.PerCheck), "Spent": v.Percent(cost.Redemption)})
}

// peakRate is the highest rate a purchase can earn by a mechanic, 0 when it changes no rate.
func peakRate(s *rules.Settings, a addition) money.Rate {
	switch {
	case len(a.Rates) > 0:
		return slices.Max(a.Rates)
	case a.Gives.Kind == rules.GivesExtraRate:
		return s.Earn.Rate + a.Gives.Rate
	case a.Gives.Kind == rules.GivesMultiply:
		peak, err := money.Share(s.Earn.Rate, a.Gives.Rate, money.HalfUp)
		if err != nil {
			return 0
		}
		return peak
	}
	return 0
}
