package rules

import (
	"slices"
	"strconv"

	"kartka/engine/money"
)

// tierScheme checks the tiers.
func (c *checker) tierScheme() {
	t, p := &c.s.Tiers, &c.problems
	if len(t.List) == 0 {
		if !(tiersFile{Basis: t.Basis, WindowDays: t.WindowDays, Calendar: t.Calendar, KeepDays: t.KeepDays, GraceDays: t.GraceDays,
			WarnDays: t.WarnDays, Downgrade: t.Downgrade}).IsZero() {
			p.add("tiers.list", "is empty; write the tiers or remove the section")
		}
		return
	}
	c.size("tiers.list", len(t.List), maxTiers)
	if !slices.Contains([]TierBasis{TierBySpend, TierByVisits, TierByPoints, TierByReferrals}, t.Basis) {
		p.add("tiers.basis", "is %q; use spend, visits, points or referrals", t.Basis)
	}
	c.days("tiers.window_days", t.WindowDays)
	if t.Calendar != PeriodEver {
		c.period("tiers.calendar", t.Calendar)
		if t.WindowDays > 0 {
			p.add("tiers.calendar", "contradicts window_days: count the last days or a period of the calendar, not both; remove one")
		}
	}
	if t.Basis == TierByReferrals && (t.WindowDays > 0 || t.Calendar != PeriodEver) {
		p.add("tiers.basis", "is referrals, which count for life; remove window_days and calendar")
	}
	c.days("tiers.keep_days", t.KeepDays)
	between(p, "tiers.grace_days", t.GraceDays, 0, 365, nil)
	between(p, "tiers.warn_days", t.WarnDays, 0, 180, nil)
	if !slices.Contains([]Downgrade{DowngradeStep, DowngradeFull, DowngradeNone}, t.Downgrade) {
		p.add("tiers.downgrade", "is %q; use step, full or never", t.Downgrade)
	}
	ends := (t.KeepDays > 0 || t.Calendar != PeriodEver) && t.Downgrade != DowngradeNone
	if t.GraceDays > 0 && !ends {
		p.add("tiers.grace_days", "has no effect: tiers never end; set keep_days or calendar with a downgrade, or remove it")
	}
	if t.WarnDays > 0 && !ends {
		p.add("tiers.warn_days", "has no effect: tiers never end; set keep_days or calendar with a downgrade, or remove it")
	}
	ids := names{list: "tiers.list"}
	for i := range min(len(t.List), maxTiers) {
		v := &t.List[i]
		at := entry("tiers.list", v.ID, i)
		ids.check(p, at, i, v.ID)
		c.name(at, v.Name)
		c.threshold(at+".from", i)
		c.rate(at+".rate", v.Rate, 0, maxEarnRate)
		c.rate(at+".discount", v.Discount, 0, money.Whole)
		if most := c.s.Discount.MaxShare; most > 0 && v.Discount > most && v.Discount <= money.Whole {
			p.add(at+".discount", "is %s, more than discount.max_share, %s; lower it or raise that", formatRate(v.Discount), formatRate(most))
		}
		if v.Limit != nil {
			c.rate(at+".redeem_limit", *v.Limit, 0, money.Whole)
		}
		c.days(at+".valid_days", v.ValidDays)
		if v.Coupon != "" {
			c.coupon(at+".coupon", v.Coupon)
		}
	}
}

// threshold checks where a tier begins: in bounds, and above the tier before it.
func (c *checker) threshold(field string, i int) {
	t := &c.s.Tiers
	from, decimals := t.List[i].From, c.scale.tierFrom(t.Basis)
	show := func(v int64) string { return money.Format(v, decimals) }
	most := int64(maxSum)
	if t.Basis == TierByVisits || t.Basis == TierByReferrals {
		most = maxTimes
	}
	between(&c.problems, field, from, 0, most, show)
	if i == 0 || from < 0 {
		return
	}
	switch before := t.List[i-1]; {
	case from == before.From:
		c.problems.add(field, "is %s, as of the tier %s; two tiers cannot begin at once", show(from), strconv.Quote(before.ID))
	case from < before.From:
		c.problems.add(field, "is %s, less than %s of the tier %s before it; write tiers from the lowest to the highest",
			show(from), show(before.From), strconv.Quote(before.ID))
	}
}

func (c *checker) stamps() {
	p := &c.problems
	c.size("stamps", len(c.s.Stamps), maxStamps)
	ids := names{list: "stamps"}
	for i := range min(len(c.s.Stamps), maxStamps) {
		v := &c.s.Stamps[i]
		at := entry("stamps", v.ID, i)
		ids.check(p, at, i, v.ID)
		c.name(at, v.Name)
		between(p, at+".every", v.Every, 2, 100, nil)
		c.chosen(at+".goods", &v.Goods)
		c.sum(at+".min_check", v.MinCheck)
		c.sum(at+".max_price", v.MaxPrice)
		c.between(at+".points", v.Points, 0, maxPoints)
		if v.Coupon != "" {
			c.coupon(at+".coupon", v.Coupon)
		}
		if v.Points != 0 && v.Coupon != "" {
			p.add(at+".coupon", "contradicts points: a card has one gift; remove one")
		}
		if v.MaxPrice > 0 && !v.Free() {
			p.add(at+".max_price", "has no effect: the gift is not a free unit; remove it")
		}
	}
}

func (c *checker) coupons() {
	p := &c.problems
	c.size("coupons", len(c.s.Coupons), maxCoupons)
	ids := names{list: "coupons"}
	for i := range min(len(c.s.Coupons), maxCoupons) {
		v := &c.s.Coupons[i]
		at := entry("coupons", v.ID, i)
		ids.check(p, at, i, v.ID)
		c.name(at, v.Name)
		c.benefit(at+".gives", &v.Gives)
		c.condition(at+".when", &v.When)
		c.days(at+".valid_days", v.Days)
		between(p, at+".max_open", v.MaxOpen, 0, 1000, nil)
		between(p, at+".priority", v.Priority, -1000, 1000, nil)
		if v.Gives.Kind == GivesRate || v.Gives.Kind == GivesCoupon {
			p.add(at+".gives", "is %q, which a coupon cannot give; use extra_rate, points, multiply, discount, money_off, free or bundle", v.Gives.Kind)
		}
		if v.Alone && !v.Gives.Kind.IsDiscount() && v.Gives.Kind != "" {
			p.add(at+".alone", "contradicts gives: a check with a coupon alone earns nothing, so use a discount, money_off, free or bundle, or remove it")
		}
		if v.Alone && v.ByHand {
			p.add(at+".alone", "contradicts by_hand: what is handed over needs no check; remove one")
		}
	}
}

func (c *checker) codes() {
	p := &c.problems
	c.size("codes", len(c.s.Codes), maxCodes)
	seen := map[string]bool{}
	for i := range min(len(c.s.Codes), maxCodes) {
		v := &c.s.Codes[i]
		at := entry("codes", v.Code, i)
		if len(v.Code) < 3 || len(v.Code) > 24 || !made(v.Code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") {
			p.add(at+".code", "is %q; use 3 to 24 capital letters and digits", v.Code)
		} else if seen[v.Code] {
			p.add("codes["+strconv.Itoa(i)+"].code", "is %q, as of an entry before it; choose another", v.Code)
		}
		seen[v.Code] = true
		c.between(at+".points", v.Points, 0, maxPoints)
		c.days(at+".valid_days", v.ValidDays)
		c.dates(at, v.From, v.To)
		between(p, at+".total", v.Total, 0, 1000*maxTimes, nil)
		between(p, at+".per_member", v.PerMember, 0, 1000, nil)
		if v.Coupon != "" {
			c.coupon(at+".coupon", v.Coupon)
		}
		if v.Points == 0 && v.Coupon == "" {
			p.add(at, "gives nothing; set points or coupon")
		}
		if v.Points == 0 && v.ValidDays > 0 {
			p.add(at+".valid_days", "has no effect without points; remove it, or set the days of the coupon")
		}
	}
}

func (c *checker) rewards() {
	p := &c.problems
	c.size("rewards", len(c.s.Rewards), maxRewards)
	ids := names{list: "rewards"}
	for i := range min(len(c.s.Rewards), maxRewards) {
		v := &c.s.Rewards[i]
		at := entry("rewards", v.ID, i)
		ids.check(p, at, i, v.ID)
		c.name(at, v.Name)
		c.between(at+".cost", v.Cost, 1, maxPoints)
		c.coupon(at+".coupon", v.Coupon)
		c.texts(at+".tiers", v.Tiers, maxTiers, "tier of the program", func(id string) bool { return c.tiers[id] })
		c.limits(at+".limits", &v.Limits)
		for _, field := range []struct {
			name string
			set  bool
		}{
			{"cooldown_days", v.Limits.CooldownDays != 0}, {"per_sale", v.Limits.PerSale != 0},
			{"budget", v.Limits.Budget != 0}, {"budget_money", v.Limits.BudgetMoney != 0},
		} {
			if field.set {
				p.add(at+".limits."+field.name, "has no effect on a reward; use times, every, total_times and budget_every")
			}
		}
	}
}

func (c *checker) certificates() {
	v, p := &c.s.Gifts, &c.problems
	c.days("certificates.valid_days", v.Days)
	c.sum("certificates.max", v.Max)
	c.size("certificates.amounts", len(v.Amounts), maxAmounts)
	for i, a := range v.Amounts[:min(len(v.Amounts), maxAmounts)] {
		switch {
		case a <= 0 || a > maxSum:
			p.add("certificates.amounts", "has %s; use sums above zero", c.scale.amount(a))
		case v.Max > 0 && a > v.Max:
			p.add("certificates.amounts", "has %s, more than certificates.max, %s", c.scale.amount(a), c.scale.amount(v.Max))
		case slices.Contains(v.Amounts[:i], a):
			p.add("certificates.amounts", "has %s twice", c.scale.amount(a))
		}
	}
	if v.On && len(v.Amounts) == 0 && v.Max == 0 {
		p.add("certificates.amounts", "is empty; name the sums that are sold, or set max for any sum up to it")
	}
}

// maxLevels is the largest share that points for friends of friends may take of a check, all levels together.
const maxLevels = 20 * money.Whole / 100

func (c *checker) referral() {
	v, p := &c.s.Referral, &c.problems
	c.between("referral.inviter", v.Inviter, 0, maxPoints)
	c.between("referral.friend", v.Friend, 0, maxPoints)
	c.sum("referral.min_check", v.MinCheck)
	between(p, "referral.purchase", v.Purchase, 0, 10, nil)
	between(p, "referral.hold_days", v.HoldDays, 0, 365, nil)
	between(p, "referral.max_per_month", v.MaxPerMonth, 0, maxTimes, nil)
	c.days("referral.valid_days", v.ValidDays)
	between(p, "referral.suspect_minutes", v.SuspectWithin, 0, 24*60, nil)
	if len(v.Levels) > 3 {
		p.add("referral.levels", "has %d levels; use at most 3", len(v.Levels))
	}
	var sum money.Rate
	for _, level := range v.Levels {
		if level <= 0 || level > maxLevels {
			p.add("referral.levels", "has %s; use more than 0%% and at most %s", formatRate(level), formatRate(maxLevels))
			return
		}
		sum += level
	}
	if sum > maxLevels && len(v.Levels) <= 3 {
		p.add("referral.levels", "are %s together; use at most %s", formatRate(sum), formatRate(maxLevels))
	}
	switch {
	case !v.On:
	case v.Purchase == 0:
		p.add("referral.purchase", "is missing; use 1 for the friend's first purchase")
	case v.Inviter == 0 && v.Friend == 0 && len(v.Levels) == 0:
		p.add("referral", "gives nothing; set inviter, friend or levels, or turn it off")
	}
}

// feedback checks when guests are asked how a purchase was. What is off may be left out.
func (c *checker) feedback() {
	v, least := c.s.Feedback, 0
	if v.On {
		least = 1
	}
	between(&c.problems, "feedback.low", v.Low, least, MostStars-1, nil)
	between(&c.problems, "feedback.ask_days", v.AskDays, least, 365, nil)
}
