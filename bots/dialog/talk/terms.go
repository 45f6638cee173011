package talk

import (
	"slices"
	"strings"

	"kartka/bots"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// The terms of a thing the shop offers are one line: what is given, a colon, and under which conditions: "+10 bonuses: Coffee,
// Mon–Fri 8:00–11:00, checks from 200 ₴, once a day, through 31 December". The line has no full stop, begins with a small letter where it
// begins with a word, and does not tell the thing's own name nor that it is paused: whoever shows it says these. What is not for guests
// is told without its particulars: tags as "chosen guests", a budget as "the number is limited".

// RuleTerms is what a rule gives and when.
func (v View) RuleTerms(r rules.Rule) bots.Rich {
	when := v.occasion(r.On)
	when = append(when, v.condition(r.When, r.Gives)...)
	when = append(when, v.limits(r.Limits)...)
	when = append(when, v.span(r.From, r.To)...)
	if r.AfterDays > 0 {
		when = append(when, v.T("terms.points.after", v.days(r.AfterDays)))
	}
	if r.ValidDays > 0 {
		when = append(when, v.T("terms.points.life", v.days(r.ValidDays)))
	}
	return v.line(v.benefit(r.Gives), when)
}

// CouponTerms is what a kind of coupon gives, on which check, and for how long.
func (v View) CouponTerms(k rules.CouponKind) bots.Rich {
	return v.line(v.benefit(k.Gives), v.couponWhen(k))
}

func (v View) couponWhen(k rules.CouponKind) []string {
	when := v.condition(k.When, k.Gives)
	if k.Alone {
		when = append(when, v.T("terms.coupon.alone"))
	}
	if k.ByHand {
		when = append(when, v.T("terms.coupon.by_hand"))
	}
	if k.Days > 0 {
		when = append(when, v.T("terms.coupon.life", v.days(k.Days)))
	}
	return when
}

// TierTerms is how a tier is reached and what it gives. What it does not better is told as the program has it.
func (v View) TierTerms(t rules.Tier) bots.Rich {
	s := v.Program.Settings
	var gives []string
	if rate := max(t.Rate, s.Earn.Rate); rate > 0 {
		gives = append(gives, v.T("terms.gives.rate", locales.Args{"Rate": v.Percent(rate)}))
	}
	if off := max(t.Discount, s.Discount.Rate); off > 0 {
		gives = append(gives, v.T("terms.gives.discount", locales.Args{"Rate": v.Percent(off)}))
	}
	if t.Limit != nil {
		gives = append(gives, v.T("terms.tier.limit", locales.Args{"Rate": v.Percent(*t.Limit)}))
	}
	if t.ValidDays > 0 {
		gives = append(gives, v.T("terms.points.life", v.days(t.ValidDays)))
	}
	if t.Coupon != "" {
		gives = append(gives, v.couponNamed(t.Coupon))
	}
	return v.line(v.threshold(s.Tiers, t.From), gives)
}

// threshold is from where a tier begins: "from 5 000 ₴ in 365 days".
func (v View) threshold(t rules.Tiers, from int64) string {
	var text string
	switch {
	case from <= 0:
		return v.T("terms.tier.everyone")
	case t.Basis == rules.TierBySpend:
		text = v.T("terms.tier.spend", locales.Args{"Sum": v.Money(money.Amount(from))})
	case t.Basis == rules.TierByPoints:
		text = v.T("terms.tier.points", locales.Args{"Points": v.Points(money.Points(from))})
	case t.Basis == rules.TierByReferrals:
		text = v.P.N("terms.tier.friends", from)
	default:
		text = v.P.N("terms.tier.visits", from)
	}
	switch {
	case t.WindowDays > 0:
		text = v.T("terms.tier.window", locales.Args{"From": text, "Days": v.P.Days(int64(t.WindowDays))})
	case t.Calendar != rules.PeriodEver:
		text = v.T("terms.tier.calendar."+string(t.Calendar), locales.Args{"From": text})
	}
	return text
}

// StampTerms is what a stamp card is collected for.
func (v View) StampTerms(c rules.StampCard) bots.Rich {
	var when []string
	var gives string
	switch {
	case c.Free() && !c.PerCheck:
		gives = v.T("terms.stamps.unit", locales.Args{"Paid": c.Every - 1})
	case c.Free():
		gives = v.P.N("terms.stamps.gift", int64(c.Every-1), locales.Args{"Gift": v.T("terms.gives.free")})
	case c.Points > 0:
		gives = v.P.N("terms.stamps.gift", int64(c.Every), locales.Args{"Gift": "+" + v.Points(c.Points)})
	default:
		gives = v.P.N("terms.stamps.gift", int64(c.Every), locales.Args{"Gift": v.couponNamed(c.Coupon)})
	}
	switch {
	case c.PerCheck:
		when = append(when, v.T("terms.stamps.per_check"))
	case !c.Free():
		when = append(when, v.T("terms.stamps.per_unit"))
	}
	when = append(when, v.goods(c.Goods)...)
	if c.MaxPrice > 0 {
		when = append(when, v.T("terms.up_to", locales.Args{"Sum": v.Money(c.MaxPrice)}))
	}
	if c.MinCheck > 0 {
		when = append(when, v.T("terms.when.check", locales.Args{"Sum": v.Money(c.MinCheck)}))
	}
	return v.line(gives, when)
}

// RewardTerms is what a reward costs and what is got for it.
func (v View) RewardTerms(r rules.Reward) bots.Rich {
	gives := v.Points(r.Cost)
	var when []string
	if k, known := v.Program.Settings.CouponKind(r.Coupon); known {
		gives = v.T("terms.reward", locales.Args{"Points": gives, "Gift": v.benefit(k.Gives)})
		when = v.couponWhen(k)
	}
	when = append(when, v.tiers(r.Tiers)...)
	return v.line(gives, append(when, v.limits(r.Limits)...))
}

// CodeTerms is what a promo code gives and to whom.
func (v View) CodeTerms(c rules.PromoCode) bots.Rich {
	var gives, when []string
	if c.Points > 0 {
		gives = append(gives, "+"+v.Points(c.Points))
	}
	if c.Coupon != "" {
		gives = append(gives, v.couponNamed(c.Coupon))
	}
	if c.NewOnly {
		when = append(when, v.T("terms.code.new"))
	}
	when = append(when, v.limits(rules.Limits{Times: max(c.PerMember, 1), TotalTimes: c.Total})...)
	when = append(when, v.span(c.From, c.To)...)
	if c.ValidDays > 0 {
		when = append(when, v.T("terms.points.life", v.days(c.ValidDays)))
	}
	return v.line(v.P.List(gives), when)
}

// ReferralTerms is what bringing friends gives to both.
func (v View) ReferralTerms(r rules.Referral) bots.Rich {
	var gives, when []string
	if r.Inviter > 0 {
		gives = append(gives, v.T("terms.referral.inviter", locales.Args{"Points": v.Points(r.Inviter)}))
	}
	if r.Friend > 0 {
		gives = append(gives, v.T("terms.referral.friend", locales.Args{"Points": v.Points(r.Friend)}))
	}
	if len(r.Levels) > 0 {
		gives = append(gives, v.T("terms.referral.levels", locales.Args{"Rates": v.percents(r.Levels)}))
	}
	if r.Purchase > 1 {
		when = append(when, v.T("terms.referral.nth", locales.Args{"N": r.Purchase}))
	} else {
		when = append(when, v.T("terms.referral.first"))
	}
	if r.MinCheck > 0 {
		when = append(when, v.T("terms.when.check", locales.Args{"Sum": v.Money(r.MinCheck)}))
	}
	if r.HoldDays > 0 {
		when = append(when, v.T("terms.referral.hold", v.days(r.HoldDays)))
	}
	if r.MaxPerMonth > 0 {
		when = append(when, v.P.N("terms.referral.most", int64(r.MaxPerMonth)))
	}
	if r.ValidDays > 0 {
		when = append(when, v.T("terms.points.life", v.days(r.ValidDays)))
	}
	return v.line(strings.Join(gives, ", "), when)
}

// benefit is what a rule or a coupon gives, without what it is given on.
func (v View) benefit(b rules.Benefit) string {
	rate := locales.Args{"Rate": v.Percent(b.Rate)}
	switch b.Kind {
	case rules.GivesRate:
		return v.T("terms.gives.rate", rate)
	case rules.GivesExtraRate:
		return v.T("terms.gives.extra", rate)
	case rules.GivesMultiply:
		return v.T("terms.gives.times", locales.Args{"Times": v.factor(b.Rate)})
	case rules.GivesDiscount:
		return v.T("terms.gives.discount", rate)
	case rules.GivesMoneyOff:
		return v.T("terms.gives.off", locales.Args{"Sum": v.Money(b.Amount)})
	case rules.GivesFree:
		return v.T("terms.gives.free")
	case rules.GivesBundle:
		return v.T("terms.gives.bundle", locales.Args{"Free": b.Free, "Of": b.Of})
	case rules.GivesCoupon:
		return v.couponNamed(b.Coupon)
	}
	return v.gift(b)
}

func (v View) couponNamed(kind string) string {
	return v.T("terms.gives.coupon", locales.Args{"Name": v.Name("coupon:"+kind, kind)})
}

// line puts what is given and its conditions together.
func (v View) line(gives string, when []string) bots.Rich {
	if len(when) == 0 {
		return bots.Escape(gives)
	}
	return v.Rich("terms.line", locales.Args{"Gives": gives, "When": strings.Join(when, ", ")})
}

func (v View) days(n int) locales.Args { return locales.Args{"Days": v.P.Days(int64(n))} }

func (v View) percents(rates []money.Rate) string {
	texts := make([]string, len(rates))
	for i, r := range rates {
		texts[i] = v.Percent(r)
	}
	return strings.Join(texts, ", ")
}

// PointsOn reports whether points are earned, spent or used for anything: a program may live by discounts or stamps alone, and then
// nobody is told of points.
func PointsOn(s *rules.Settings) bool {
	return s.Earn.Rate > 0 || s.Earn.PerVisit > 0 || s.Redeem.Limit > 0 || len(s.Rewards) > 0 || s.Welcome.Points > 0 ||
		slices.ContainsFunc(s.Tiers.List, func(t rules.Tier) bool { return t.Rate > 0 }) ||
		slices.ContainsFunc(s.Rules, func(r rules.Rule) bool { return !r.Gives.Kind.IsDiscount() && r.Gives.Kind != rules.GivesCoupon }) ||
		slices.ContainsFunc(s.Stamps, func(c rules.StampCard) bool { return c.Points > 0 })
}
