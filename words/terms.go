package words

import (
	"slices"
	"strings"

	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// The terms of a thing the shop offers are one line: what is given, a colon, and under which conditions: "+10 bonuses: Coffee,
// Mon–Fri 8:00–11:00, checks from 200 ₴, once a day, through 31 December". The line has no full stop, begins with a small letter where it
// begins with a word, and does not tell the thing's own name nor that it is paused: whoever shows it says these. What is not for guests
// is told without its particulars: tags as "chosen guests", a budget as "the number is limited".

// RuleTerms is what a rule gives and when.
func (w Words) RuleTerms(r rules.Rule) locales.Safe {
	when := w.occasion(r.On)
	when = append(when, w.condition(r.When, r.Gives)...)
	when = append(when, w.limits(r.Limits)...)
	when = append(when, w.span(r.From, r.To)...)
	if r.AfterDays > 0 {
		when = append(when, w.T("terms.points.after", w.days(r.AfterDays)))
	}
	if r.ValidDays > 0 {
		when = append(when, w.T("terms.points.life", w.days(r.ValidDays)))
	}
	return w.line(w.gives(r.Gives), when)
}

// CouponTerms is what a kind of coupon gives, on which check, and for how long.
func (w Words) CouponTerms(k rules.CouponKind) locales.Safe {
	return w.line(w.gives(k.Gives), w.couponWhen(k))
}

func (w Words) couponWhen(k rules.CouponKind) []string {
	when := w.condition(k.When, k.Gives)
	if k.Alone {
		when = append(when, w.T("terms.coupon.alone"))
	}
	if k.ByHand {
		when = append(when, w.T("terms.coupon.by_hand"))
	}
	if k.Days > 0 {
		when = append(when, w.T("terms.coupon.life", w.days(k.Days)))
	}
	return when
}

// TierTerms is how a tier is reached and what it gives. What it does not better is told as the program has it.
func (w Words) TierTerms(t rules.Tier) locales.Safe {
	s := w.Program.Settings
	var gives []string
	if rate := max(t.Rate, s.Earn.Rate); rate > 0 {
		gives = append(gives, w.T("terms.gives.rate", locales.Args{"Rate": w.Percent(rate)}))
	}
	if off := max(t.Discount, s.Discount.Rate); off > 0 {
		gives = append(gives, w.T("terms.gives.discount", locales.Args{"Rate": w.Percent(off)}))
	}
	if t.Limit != nil {
		gives = append(gives, w.T("terms.tier.limit", locales.Args{"Rate": w.Percent(*t.Limit)}))
	}
	if t.ValidDays > 0 {
		gives = append(gives, w.T("terms.points.life", w.days(t.ValidDays)))
	}
	if t.Coupon != "" {
		gives = append(gives, w.couponNamed(t.Coupon))
	}
	return w.line(w.threshold(s.Tiers, t.From), gives)
}

// threshold is from where a tier begins: "from 5 000 ₴ in 365 days".
func (w Words) threshold(t rules.Tiers, from int64) string {
	var text string
	switch {
	case from <= 0:
		return w.T("terms.tier.everyone")
	case t.Basis == rules.TierBySpend:
		text = w.T("terms.tier.spend", locales.Args{"Sum": w.Money(money.Amount(from))})
	case t.Basis == rules.TierByPoints:
		text = w.T("terms.tier.points", locales.Args{"Points": w.Points(money.Points(from))})
	case t.Basis == rules.TierByReferrals:
		text = w.P.N("terms.tier.friends", from)
	default:
		text = w.P.N("terms.tier.visits", from)
	}
	switch {
	case t.WindowDays > 0:
		text = w.T("terms.tier.window", locales.Args{"From": text, "Days": w.P.Days(int64(t.WindowDays))})
	case t.Calendar != rules.PeriodEver:
		text = w.T("terms.tier.calendar."+string(t.Calendar), locales.Args{"From": text})
	}
	return text
}

// StampTerms is what a stamp card is collected for.
func (w Words) StampTerms(c rules.StampCard) locales.Safe {
	var when []string
	var gives string
	switch {
	case c.Free() && !c.PerCheck:
		gives = w.T("terms.stamps.unit", locales.Args{"Paid": c.Every - 1})
	case c.Free():
		gives = w.P.N("terms.stamps.gift", int64(c.Every-1), locales.Args{"Gift": w.T("terms.gives.free")})
	case c.Points > 0:
		gives = w.P.N("terms.stamps.gift", int64(c.Every), locales.Args{"Gift": "+" + w.Points(c.Points)})
	default:
		gives = w.P.N("terms.stamps.gift", int64(c.Every), locales.Args{"Gift": w.couponNamed(c.Coupon)})
	}
	switch {
	case c.PerCheck:
		when = append(when, w.T("terms.stamps.per_check"))
	case !c.Free():
		when = append(when, w.T("terms.stamps.per_unit"))
	}
	when = append(when, w.goods(c.Goods)...)
	if c.MaxPrice > 0 {
		when = append(when, w.T("terms.up_to", locales.Args{"Sum": w.Money(c.MaxPrice)}))
	}
	if c.MinCheck > 0 {
		when = append(when, w.T("terms.when.check", locales.Args{"Sum": w.Money(c.MinCheck)}))
	}
	return w.line(gives, when)
}

// RewardTerms is what a reward costs and what is got for it.
func (w Words) RewardTerms(r rules.Reward) locales.Safe {
	gives := w.Points(r.Cost)
	var when []string
	if k, known := w.Program.Settings.CouponKind(r.Coupon); known {
		gives = w.T("terms.reward", locales.Args{"Points": gives, "Gift": w.gives(k.Gives)})
		when = w.couponWhen(k)
	}
	when = append(when, w.tiers(r.Tiers)...)
	return w.line(gives, append(when, w.limits(r.Limits)...))
}

// CodeTerms is what a promo code gives and to whom.
func (w Words) CodeTerms(c rules.PromoCode) locales.Safe {
	var gives, when []string
	if c.Points > 0 {
		gives = append(gives, "+"+w.Points(c.Points))
	}
	if c.Coupon != "" {
		gives = append(gives, w.couponNamed(c.Coupon))
	}
	if c.NewOnly {
		when = append(when, w.T("terms.code.new"))
	}
	when = append(when, w.limits(rules.Limits{Times: max(c.PerMember, 1), TotalTimes: c.Total})...)
	when = append(when, w.span(c.From, c.To)...)
	if c.ValidDays > 0 {
		when = append(when, w.T("terms.points.life", w.days(c.ValidDays)))
	}
	return w.line(w.P.List(gives), when)
}

// ReferralTerms is what bringing friends gives to both.
func (w Words) ReferralTerms(r rules.Referral) locales.Safe {
	var gives, when []string
	if r.Inviter > 0 {
		gives = append(gives, w.T("terms.referral.inviter", locales.Args{"Points": w.Points(r.Inviter)}))
	}
	if r.Friend > 0 {
		gives = append(gives, w.T("terms.referral.friend", locales.Args{"Points": w.Points(r.Friend)}))
	}
	if len(r.Levels) > 0 {
		gives = append(gives, w.T("terms.referral.levels", locales.Args{"Rates": w.percents(r.Levels)}))
	}
	if r.Purchase > 1 {
		when = append(when, w.T("terms.referral.nth", locales.Args{"N": r.Purchase}))
	} else {
		when = append(when, w.T("terms.referral.first"))
	}
	if r.MinCheck > 0 {
		when = append(when, w.T("terms.when.check", locales.Args{"Sum": w.Money(r.MinCheck)}))
	}
	if r.HoldDays > 0 {
		when = append(when, w.T("terms.referral.hold", w.days(r.HoldDays)))
	}
	if r.MaxPerMonth > 0 {
		when = append(when, w.P.N("terms.referral.most", int64(r.MaxPerMonth)))
	}
	if r.ValidDays > 0 {
		when = append(when, w.T("terms.points.life", w.days(r.ValidDays)))
	}
	return w.line(strings.Join(gives, ", "), when)
}

// gives is what a rule or a coupon gives, without what it is given on.
func (w Words) gives(b rules.Benefit) string {
	rate := locales.Args{"Rate": w.Percent(b.Rate)}
	switch b.Kind {
	case rules.GivesRate:
		return w.T("terms.gives.rate", rate)
	case rules.GivesExtraRate:
		return w.T("terms.gives.extra", rate)
	case rules.GivesMultiply:
		return w.T("terms.gives.times", locales.Args{"Times": w.factor(b.Rate)})
	case rules.GivesDiscount:
		return w.T("terms.gives.discount", rate)
	case rules.GivesMoneyOff:
		return w.T("terms.gives.off", locales.Args{"Sum": w.Money(b.Amount)})
	case rules.GivesFree:
		return w.T("terms.gives.free")
	case rules.GivesBundle:
		return w.T("terms.gives.bundle", locales.Args{"Free": b.Free, "Of": b.Of})
	case rules.GivesCoupon:
		return w.couponNamed(b.Coupon)
	}
	return w.gift(b)
}

func (w Words) couponNamed(kind string) string {
	return w.T("terms.gives.coupon", locales.Args{"Name": w.Name("coupon:"+kind, kind)})
}

// line puts what is given and its conditions together.
func (w Words) line(gives string, when []string) locales.Safe {
	if len(when) == 0 {
		return locales.Escape(gives)
	}
	return w.Rich("terms.line", locales.Args{"Gives": gives, "When": strings.Join(when, ", ")})
}

func (w Words) days(n int) locales.Args { return locales.Args{"Days": w.P.Days(int64(n))} }

func (w Words) percents(rates []money.Rate) string {
	texts := make([]string, len(rates))
	for i, r := range rates {
		texts[i] = w.Percent(r)
	}
	return strings.Join(texts, ", ")
}

// OffersOn reports whether there is anything beside points: coupons, stamps, codes, rewards, certificates, promotions. Without settings there is nothing.
func OffersOn(s *rules.Settings) bool {
	return s != nil && (len(s.Coupons)+len(s.Stamps)+len(s.Rewards) > 0 || CodesOn(s) ||
		slices.ContainsFunc(s.Rules, func(r rules.Rule) bool { return r.On == rules.TriggerSale && !r.Paused }))
}

// CodesOn reports whether there are codes to enter: promo codes or gift certificates.
func CodesOn(s *rules.Settings) bool { return s != nil && (len(s.Codes) > 0 || s.Gifts.On) }

// PointsOn reports whether points are earned, spent or used for anything: a program may live by discounts or stamps alone, and then
// nobody is told of points.
func PointsOn(s *rules.Settings) bool {
	return s.Earn.Rate > 0 || s.Earn.PerVisit > 0 || s.Redeem.Limit > 0 || len(s.Rewards) > 0 || s.Welcome.Points > 0 ||
		slices.ContainsFunc(s.Tiers.List, func(t rules.Tier) bool { return t.Rate > 0 }) ||
		slices.ContainsFunc(s.Rules, func(r rules.Rule) bool { return !r.Gives.Kind.IsDiscount() && r.Gives.Kind != rules.GivesCoupon }) ||
		slices.ContainsFunc(s.Stamps, func(c rules.StampCard) bool { return c.Points > 0 })
}
