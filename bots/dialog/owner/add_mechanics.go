package owner

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// mechanics are what can be added ready-made, in the order they are offered.
func mechanics() []mechanic {
	return []mechanic{
		{kind: "stamps", questions: []question{askEvery(), askGoods()}, put: putStamps, terms: stampAdded},
		{kind: "hours", questions: []question{askDays(), askHours(), askBoost()}, put: putHours, terms: ruleAdded},
		{kind: "birthday", questions: []question{askPoints("gift", 500, 1000, 2000), askWindow()}, put: putBirthday, terms: ruleAdded},
		{kind: "tiers", questions: []question{askThresholds(), askRates()}, put: putTiers, terms: tiersAdded,
			there: func(s *rules.Settings) bool { return len(s.Tiers.List) > 0 }},
		{kind: "referral", questions: []question{askPoints("friends", 1000, 2000, 3000)}, put: putReferral, terms: referralAdded,
			there: func(s *rules.Settings) bool { return s.Referral.On }},
		{kind: "winback", questions: []question{askGaps(), askPoints("gift", 1000, 2000, 3000)}, put: putWinback, terms: ruleAdded},
		{kind: "welcome", questions: []question{askPoints("welcome", 500, 1000, 2000)}, put: putWelcome, terms: welcomeAdded,
			there: func(s *rules.Settings) bool { return s.Welcome.WithPurchase }},
		{kind: "bigcheck", questions: []question{askSum(), askPoints("gift", 500, 1000, 2000)}, put: putBigCheck, terms: ruleAdded},
	}
}

// The ready-made terms that are not asked about.
const (
	giftDays       = 14  // life of gift points, after the window of a birthday and after a long absence
	tierDays       = 365 // what is counted towards a tier, and how long it is kept
	tierWarnDays   = 14
	referralDays   = 14 // the return window
	referralMonth  = 10 // most friends of one guest in a month
	winbackVisits  = 3  // visits from which a rhythm is known
	winbackPause   = 90 // days before the same guest is called back again
	usualReturnGap = 30 // days between visits, for an industry that is not known
)

// named is a ready-made name in every language of the shop.
func named(v talk.View, key string) rules.Name {
	n := rules.Name{}
	for _, code := range v.Program.Settings.Languages {
		if l, ok := locales.Parse(code); ok {
			n[code] = v.Catalog.Printer(l).T(key)
		}
	}
	return n
}

// putRule adds a rule, or writes it anew.
func putRule(s *rules.Settings, r rules.Rule) {
	if there := s.Rule(r.ID); there != nil {
		*there = r
		return
	}
	s.Rules = append(s.Rules, r)
}

func ruleAdded(v talk.View, s *rules.Settings, a addition) bots.Rich {
	if r := s.Rule(a.ID); r != nil {
		return v.RuleTerms(*r)
	}
	return ""
}

func putStamps(v talk.View, s *rules.Settings, a addition) {
	card := rules.StampCard{ID: a.ID, Name: named(v, "owner.add.stamps.title"), Every: a.Every}
	category := a.Category
	if category == "" && a.Goods != "" {
		category = a.Goods
		if s.Category(category) == nil {
			s.Goods = append(s.Goods, rules.Category{ID: category, Name: rules.Named(a.Goods)})
		}
	}
	if c := s.Category(category); c != nil {
		card.Goods.Categories, card.Name = []string{category}, c.Name
	} else {
		card.PerCheck = true
	}
	if there := s.StampCard(a.ID); there != nil {
		*there = card
		return
	}
	s.Stamps = append(s.Stamps, card)
}

func stampAdded(v talk.View, s *rules.Settings, a addition) bots.Rich {
	c := s.StampCard(a.ID)
	if c == nil {
		return ""
	}
	text := v.StampTerms(*c)
	if a.Category == "" && a.Goods != "" {
		text = talk.Paragraphs(text, v.Rich("owner.add.stamps.category", locales.Args{"Goods": a.Goods}))
	}
	return text
}

func putHours(v talk.View, s *rules.Settings, a addition) {
	putRule(s, rules.Rule{ID: a.ID, Name: named(v, "owner.add.hours.title"), On: rules.TriggerSale, Gives: a.Gives,
		When: rules.Condition{Weekdays: a.Days, Hours: a.Hours}})
}

func putBirthday(v talk.View, s *rules.Settings, a addition) {
	putRule(s, rules.Rule{ID: a.ID, Name: named(v, "owner.add.birthday.title"), On: rules.TriggerBirthday,
		Gives: rules.Benefit{Kind: rules.GivesPoints, Points: a.Points}, ValidDays: a.Before + a.After + giftDays,
		When: rules.Condition{Birthday: rules.Window{Set: true, Before: a.Before, After: a.After}}})
}

// putTiers makes three tiers by spend. The first begins at once; when it gives less than the base, that is what everybody has now.
func putTiers(v talk.View, s *rules.Settings, a addition) {
	if len(a.Rates) != 3 || len(a.From) != 2 {
		return
	}
	s.Earn.Rate = min(s.Earn.Rate, a.Rates[0])
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: tierDays, KeepDays: tierDays, WarnDays: tierWarnDays, Downgrade: rules.DowngradeStep,
		List: []rules.Tier{
			{ID: "silver", Name: named(v, "owner.add.tiers.silver"), Rate: a.Rates[0]},
			{ID: "gold", Name: named(v, "owner.add.tiers.gold"), From: int64(a.From[0]), Rate: a.Rates[1]},
			{ID: "platinum", Name: named(v, "owner.add.tiers.platinum"), From: int64(a.From[1]), Rate: a.Rates[2]},
		}}
}

func tiersAdded(v talk.View, s *rules.Settings, _ addition) bots.Rich {
	var lines []bots.Rich
	for _, t := range s.Tiers.List {
		lines = append(lines, v.Rich("owner.add.tiers.line", locales.Args{"Tier": v.Name("tier:"+t.ID, t.ID), "Terms": locales.Safe(v.TierTerms(t))}))
	}
	lines = append(lines, tiersText(v, s))
	return talk.Lines(lines...)
}

func putReferral(_ talk.View, s *rules.Settings, a addition) {
	s.Referral = rules.Referral{On: true, Inviter: a.Points, Friend: a.Points, MinCheck: s.Earn.MinCheck, Purchase: 1, HoldDays: referralDays,
		MaxPerMonth: referralMonth}
}

func referralAdded(v talk.View, s *rules.Settings, _ addition) bots.Rich {
	return v.ReferralTerms(s.Referral)
}

func putWinback(v talk.View, s *rules.Settings, a addition) {
	usual := usualReturnGap
	if p, ok := rules.LookupPreset(s.Preset); ok {
		usual = p.ReturnDays
	}
	days, err := money.MulDiv(int64(usual), int64(a.Gaps), int64(money.Whole), money.HalfUp)
	if err != nil {
		days = int64(usual)
	}
	putRule(s, rules.Rule{ID: a.ID, Name: named(v, "owner.add.winback.title"), On: rules.TriggerAbsence,
		Gives: rules.Benefit{Kind: rules.GivesPoints, Points: a.Points}, ValidDays: giftDays, Limits: rules.Limits{CooldownDays: winbackPause},
		When: rules.Condition{Absent: rules.Absence{Gaps: a.Gaps, MinVisits: winbackVisits, Days: int(days)}}})
}

func putWelcome(_ talk.View, s *rules.Settings, a addition) {
	s.Welcome.Points, s.Welcome.WithPurchase = a.Points, true
}

func welcomeAdded(v talk.View, s *rules.Settings, _ addition) bots.Rich {
	return talk.Lines(welcomeLine(v, s), v.Rich("owner.base.with_purchase"))
}

func putBigCheck(v talk.View, s *rules.Settings, a addition) {
	putRule(s, rules.Rule{ID: a.ID, Name: named(v, "owner.add.bigcheck.title"), On: rules.TriggerSale,
		Gives: rules.Benefit{Kind: rules.GivesPoints, Points: a.Points}, When: rules.Condition{MinCheck: a.Sum},
		Limits: rules.Limits{Times: 1, Every: rules.PeriodDay}})
}
