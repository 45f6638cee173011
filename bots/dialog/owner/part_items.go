package owner

import (
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// The items of the sections, with their terms. What guests are told in general terms, the owner is told in particular.

func ruleItems(v talk.View, s *rules.Settings) []item {
	var all []item
	for i, r := range s.Rules {
		all = append(all, item{name: v.Name("rule:"+r.ID, r.ID), terms: talk.Lines(v.RuleTerms(r), particulars(v, r)), flips: "rule", index: i, paused: r.Paused})
	}
	return all
}

// particulars are what the terms of a rule keep from guests.
func particulars(v talk.View, r rules.Rule) bots.Rich {
	var lines []bots.Rich
	if r.On == rules.TriggerEvent {
		lines = append(lines, v.Rich("owner.rule.event", locales.Args{"Event": r.Event}))
	}
	if len(r.When.Tags) > 0 {
		lines = append(lines, v.Rich("owner.rule.tags", locales.Args{"Tags": strings.Join(r.When.Tags, ", ")}))
	}
	if len(r.When.NotTags) > 0 {
		lines = append(lines, v.Rich("owner.rule.not_tags", locales.Args{"Tags": strings.Join(r.When.NotTags, ", ")}))
	}
	if len(r.When.Locations) > 0 {
		lines = append(lines, v.Rich("owner.rule.places", locales.Args{"Codes": strings.Join(r.When.Locations, ", ")}))
	}
	lines = append(lines, flagLine(v, "owner.rule.exclusive", r.Exclusive))
	if l := r.Limits; l.Budget > 0 || l.BudgetMoney > 0 || l.TotalTimes > 0 {
		var budget []string
		if l.Budget > 0 {
			budget = append(budget, v.Points(l.Budget))
		}
		if l.BudgetMoney > 0 {
			budget = append(budget, v.Money(l.BudgetMoney))
		}
		if l.TotalTimes > 0 {
			budget = append(budget, "× "+v.P.Number(int64(l.TotalTimes)))
		}
		lines = append(lines, v.Rich("owner.rule.budget", locales.Args{"Budget": strings.Join(budget, ", ")}))
	}
	return talk.Lines(lines...)
}

func stampItems(v talk.View, s *rules.Settings) []item {
	var all []item
	for i, c := range s.Stamps {
		all = append(all, item{name: v.Name("stamps:"+c.ID, c.ID), terms: v.StampTerms(c), flips: "stamps", index: i, paused: c.Paused})
	}
	return all
}

func tierItems(v talk.View, s *rules.Settings) []item {
	var all []item
	for _, t := range s.Tiers.List {
		all = append(all, item{name: v.Name("tier:"+t.ID, t.ID), terms: v.TierTerms(t)})
	}
	return all
}

func couponItems(v talk.View, s *rules.Settings) []item {
	var all []item
	for _, k := range s.Coupons {
		all = append(all, item{name: v.Name("coupon:"+k.ID, k.ID), terms: v.CouponTerms(k)})
	}
	for i, c := range s.Codes {
		terms := v.CodeTerms(c)
		if c.Total > 0 {
			terms = talk.Lines(terms, v.Rich("owner.rule.budget", locales.Args{"Budget": "× " + v.P.Number(int64(c.Total))}))
		}
		all = append(all, item{name: c.Code, terms: terms, flips: "code", index: i, paused: c.Paused})
	}
	return all
}

func rewardItems(v talk.View, s *rules.Settings) []item {
	var all []item
	for i, r := range s.Rewards {
		all = append(all, item{name: v.Name("reward:"+r.ID, r.ID), terms: v.RewardTerms(r), flips: "reward", index: i, paused: r.Paused})
	}
	return all
}

func giftItems(v talk.View, s *rules.Settings) []item {
	if len(s.Gifts.Amounts) == 0 && s.Gifts.Max == 0 {
		return nil
	}
	return []item{{name: v.T("owner.part.gifts.title"), flips: "gifts", paused: !s.Gifts.On}}
}

func giftsText(v talk.View, s *rules.Settings) bots.Rich {
	g := s.Gifts
	if !g.On && len(g.Amounts) == 0 && g.Max == 0 {
		return ""
	}
	var lines []bots.Rich
	if len(g.Amounts) > 0 {
		var sums []string
		for _, a := range g.Amounts {
			sums = append(sums, v.Money(a))
		}
		lines = append(lines, v.Rich("owner.gifts.amounts", locales.Args{"Sums": strings.Join(sums, ", ")}))
	}
	if g.Max > 0 {
		lines = append(lines, v.Rich("owner.gifts.most", locales.Args{"Sum": v.Money(g.Max)}))
	}
	return talk.Lines(append(lines, dayLine(v, "owner.gifts.days", g.Days))...)
}

func friendItems(v talk.View, s *rules.Settings) []item {
	if r := s.Referral; r.On || r.Inviter > 0 || r.Friend > 0 || len(r.Levels) > 0 {
		return []item{{name: v.T("owner.add.referral.name"), terms: v.ReferralTerms(r), flips: "referral", paused: !r.On}}
	}
	return nil
}

// feedbackItems is the question how a purchase was, which can be switched on where it has never been.
func feedbackItems(v talk.View, s *rules.Settings) []item {
	f := s.Feedback
	asks := item{name: v.T("owner.part.feedback.title"), flips: "feedback", paused: !f.On}
	if f.Low > 0 {
		asks.terms = talk.Lines(v.Rich("owner.part.feedback.low", locales.Args{"Stars": stars(f.Low)}), dayLine(v, "owner.part.feedback.days", f.AskDays))
	}
	return []item{asks}
}

func friendsText(v talk.View, s *rules.Settings) bots.Rich {
	var lines []bots.Rich
	if s.Transfer.On {
		lines = append(lines, v.Rich("owner.friends.transfer"), pointLine(v, "owner.friends.transfer_min", s.Transfer.Min),
			pointLine(v, "owner.friends.transfer_day", s.Transfer.PerDay))
	}
	if s.Sharing.People > 1 {
		lines = append(lines, v.Rich("owner.friends.sharing", locales.Args{"People": s.Sharing.People}))
	}
	return talk.Lines(lines...)
}

// Each of these is a line about a number, "" when it is zero.

func dayLine(v talk.View, key string, days int) bots.Rich {
	if days == 0 {
		return ""
	}
	return v.Rich(key, locales.Args{"Days": v.P.Days(int64(days))})
}

func pointLine(v talk.View, key string, points money.Points) bots.Rich {
	if points == 0 {
		return ""
	}
	return v.Rich(key, locales.Args{"Points": v.Points(points)})
}

func sumLine(v talk.View, key string, sum money.Amount) bots.Rich {
	if sum == 0 {
		return ""
	}
	return v.Rich(key, locales.Args{"Sum": v.Money(sum)})
}

func rateLine(v talk.View, key string, rate money.Rate) bots.Rich {
	if rate == 0 {
		return ""
	}
	return v.Rich(key, locales.Args{"Rate": v.Percent(rate)})
}

func countLine(v talk.View, key string, count int) bots.Rich {
	if count == 0 {
		return ""
	}
	return v.Rich(key, locales.Args{"Number": count})
}

func flagLine(v talk.View, key string, on bool) bots.Rich {
	if !on {
		return ""
	}
	return v.Rich(key)
}
