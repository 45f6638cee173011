package owner

import (
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/rules"
	"kartka/locales"
)

// baseText is what every purchase earns and what points pay for.
func baseText(v talk.View, s *rules.Settings) bots.Rich {
	return talk.Lines(termLines(v, s),
		flagLine(v, "owner.base.with_purchase", s.Welcome.WithPurchase),
		pointLine(v, "owner.base.per_visit", s.Earn.PerVisit),
		flagLine(v, "owner.base.whole", s.Earn.Basis == rules.BasisTotal),
		dayLine(v, "owner.base.pending", s.Earn.PendingDays),
		sumLine(v, "owner.base.redeem_check", s.Redeem.MinCheck),
		sumLine(v, "owner.base.redeem_payable", s.Redeem.MinPayable),
		pointLine(v, "owner.base.redeem_points", s.Redeem.MinPoints))
}

func discountText(v talk.View, s *rules.Settings) bots.Rich {
	d := s.Discount
	return talk.Lines(rateLine(v, "owner.discount.rate", d.Rate), rateLine(v, "owner.discount.most", d.MaxShare),
		flagLine(v, "owner.discount.no_earn", d.NoEarn), flagLine(v, "owner.discount.no_redeem", d.NoRedeem))
}

// tiersText is how tiers are kept and lost.
func tiersText(v talk.View, s *rules.Settings) bots.Rich {
	t := s.Tiers
	if len(t.List) == 0 {
		return ""
	}
	kept := v.Rich("owner.tiers.forever")
	switch {
	case t.Downgrade == rules.DowngradeNone:
	case t.KeepDays > 0:
		kept = dayLine(v, "owner.tiers.keep", t.KeepDays)
	case t.Calendar != rules.PeriodEver:
		kept = v.Rich("owner.tiers.calendar")
	}
	lines := []bots.Rich{kept, dayLine(v, "owner.tiers.grace", t.GraceDays), dayLine(v, "owner.tiers.warn", t.WarnDays)}
	if t.KeepDays > 0 || t.Calendar != rules.PeriodEver {
		switch t.Downgrade {
		case rules.DowngradeStep:
			lines = append(lines, v.Rich("owner.tiers.step"))
		case rules.DowngradeFull:
			lines = append(lines, v.Rich("owner.tiers.full"))
		}
	}
	return talk.Lines(lines...)
}

func expiryText(v talk.View, s *rules.Settings) bots.Rich {
	l := s.Lots
	life := lifeLine(v, s)
	if len(l.Until) > 0 {
		var days []string
		for _, text := range l.Until {
			if day, err := time.Parse("2006-01-02", "2000-"+text); err == nil {
				days = append(days, v.P.DateLong(day, day))
			}
		}
		life = v.Rich("owner.expiry.until", locales.Args{"Days": strings.Join(days, ", ")})
	}
	lines := []bots.Rich{life, flagLine(v, "owner.expiry.sliding", l.Sliding)}
	if l.RoundTo != rules.PeriodEver {
		lines = append(lines, v.Rich("owner.expiry.round."+string(l.RoundTo)))
	}
	return talk.Lines(append(lines, dayLine(v, "owner.expiry.grace", l.GraceDays), dayLine(v, "owner.expiry.warn", s.Rescue.WarnDays),
		dayLine(v, "owner.expiry.rescue", s.Rescue.KeepDays))...)
}

func limitsText(v talk.View, s *rules.Settings) bots.Rich {
	e, r, c := s.Earn.Caps, s.Redeem.Caps, s.Staff
	guests := talk.Lines(
		pointLine(v, "owner.limits.earn_sale", e.PerSale), pointLine(v, "owner.limits.earn_day", e.PerDay), pointLine(v, "owner.limits.earn_month", e.PerMonth),
		pointLine(v, "owner.limits.balance", e.Balance), countLine(v, "owner.limits.earn_times", e.SalesPerDay),
		pointLine(v, "owner.limits.redeem_day", r.PerDay), pointLine(v, "owner.limits.redeem_month", r.PerMonth), countLine(v, "owner.limits.redeem_times", r.TimesPerDay))
	if guests != "" {
		guests = talk.Lines(v.Rich("owner.limits.guests"), guests)
	}
	counter := talk.Lines(
		sumLine(v, "owner.limits.check", c.MaxCheck), countLine(v, "owner.limits.sales", c.SalesPerDay), countLine(v, "owner.limits.card", c.SameCardDaily),
		pointLine(v, "owner.limits.adjust", c.AdjustMax))
	if counter != "" {
		counter = talk.Lines(v.Rich("owner.limits.counter"), counter)
	}
	return talk.Paragraphs(guests, counter, v.Rich("owner.limits.returns."+string(s.Returns.Policy)))
}

// newsText is what bounds messages to many.
func newsText(v talk.View, s *rules.Settings) bots.Rich {
	var lines []bots.Rich
	for _, line := range v.Words().CampaignLimits(s.CampaignRules()) {
		lines = append(lines, bots.Escape(line))
	}
	return talk.Lines(lines...)
}
