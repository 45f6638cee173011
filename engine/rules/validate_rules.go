package rules

import (
	"fmt"
	"slices"

	"kartka/engine/money"
)

// goods checks the categories.
func (c *checker) goods() {
	c.size("categories", len(c.s.Goods), maxCategories)
	seen, skus := map[string]bool{}, 0
	for i, v := range c.s.Goods[:min(len(c.s.Goods), maxCategories)] {
		at := entry("categories", v.ID, i)
		if !isPlain(v.ID) || len(v.ID) > maxNameLen {
			c.problems.add(at+".id", "is %q; use the text the till sends, on one line and of at most %d bytes", v.ID, maxNameLen)
		} else if seen[v.ID] {
			c.problems.add(fmt.Sprintf("categories[%d].id", i), "is %q, as of an entry before it; choose another", v.ID)
		}
		seen[v.ID] = true
		skus += len(v.SKUs)
		c.name(at, v.Name)
		c.texts(at+".skus", v.SKUs, maxSKUs, "SKU", isSKU)
		if v.Limit == nil {
			continue
		}
		c.rate(at+".redeem_limit", *v.Limit, 0, money.Whole)
		if *v.Limit > 0 && (v.NoRedeem || v.StoredValue) {
			c.problems.add(at+".redeem_limit", "contradicts no_redeem or stored_value: points cannot pay for these goods; remove one")
		}
	}
	if skus > maxSKUs {
		c.problems.add("categories", "have %d SKUs together; use at most %d, and let the till name the category of the others", skus, maxSKUs)
	}
}

// texts checks a list of references: their shape, and that each is there once.
func (c *checker) texts(field string, list []string, most int, what string, fits func(string) bool) {
	c.size(field, len(list), most)
	var seen map[string]bool
	if len(list) > 1 {
		seen = make(map[string]bool, len(list))
	}
	for _, text := range list[:min(len(list), most)] {
		switch {
		case !fits(text):
			c.problems.add(field, "has %q, which is not a %s; remove it or correct it", text, what)
		case seen[text]:
			c.problems.add(field, "has %q twice", text)
		}
		if seen != nil {
			seen[text] = true
		}
	}
}

func isSKU(text string) bool { return len(text) <= 128 && isPlain(text) }
func isTag(text string) bool { return len(text) <= 128 && isPlain(text) }
func isLocation(text string) bool {
	return len(text) <= 16 && made(text, "abcdefghijklmnopqrstuvwxyz0123456789")
}
func isEvent(text string) bool {
	return len(text) <= 40 && made(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.")
}
func isChannel(text string) bool {
	return slices.Contains([]string{"bot", "scanner", "till", "import"}, text)
}

// reserved are the names that results give to what is not a rule.
var reserved = []string{"earn", "visit", "welcome", "redeem", "discount", "certificate", "tier"}

func (c *checker) rules() {
	c.size("rules", len(c.s.Rules), maxRules)
	ids := names{list: "rules", taken: reserved}
	for i := range min(len(c.s.Rules), maxRules) {
		v := &c.s.Rules[i]
		at := entry("rules", v.ID, i)
		ids.check(&c.problems, at, i, v.ID)
		c.name(at, v.Name)
		c.trigger(at, v)
		c.condition(at+".when", &v.When)
		c.benefit(at+".gives", &v.Gives)
		c.dates(at, v.From, v.To)
		between(&c.problems, at+".priority", v.Priority, -1000, 1000, nil)
		c.days(at+".valid_days", v.ValidDays)
		between(&c.problems, at+".pending_days", v.AfterDays, 0, 365, nil)
		c.limits(at+".limits", &v.Limits)
		c.ruleEffect(at, v)
	}
}

// trigger checks that what a rule asks for is there when it is asked.
func (c *checker) trigger(at string, v *Rule) {
	p := &c.problems
	triggers := []Trigger{TriggerSale, TriggerJoin, TriggerBirthday, TriggerAbsence, TriggerEvent}
	if !slices.Contains(triggers, v.On) {
		p.add(at+".on", "is %q; use sale, join, birthday, absence or event", v.On)
		return
	}
	switch {
	case v.On == TriggerEvent && v.Event == "":
		p.add(at+".event", "is missing; name the event that sets the rule off")
	case v.On == TriggerEvent && !isEvent(v.Event):
		p.add(at+".event", "is %q; use 1 to 40 small letters, digits, dots, hyphens and underscores", v.Event)
	case v.On != TriggerEvent && v.Event != "":
		p.add(at+".event", "has no effect; set \"on\" to \"event\" or remove it")
	}
	if v.On == TriggerBirthday && !v.When.Birthday.Set {
		p.add(at+".when.birthday", "is missing; say around which days, such as {\"before\":3,\"after\":7}")
	}
	if v.On == TriggerAbsence && v.When.Absent.Gaps == 0 && v.When.Absent.Days == 0 {
		p.add(at+".when.absent", "is missing; say how long, such as {\"days\":60}")
	}
	if v.On == TriggerSale {
		return
	}
	w := &v.When
	daily := v.On == TriggerBirthday || v.On == TriggerAbsence
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"goods", !w.Goods.Any()}, {"min_check", w.MinCheck != 0}, {"min_units", w.MinUnits != 0},
		{"purchase", w.Purchase != 0}, {"every_nth", w.EveryNth != 0},
		{"weekdays", daily && len(w.Weekdays) > 0}, {"hours", daily && w.Hours != Hours{}},
		{"locations", daily && len(w.Locations) > 0}, {"channels", daily && len(w.Channels) > 0},
		{"tiers", v.On == TriggerJoin && len(w.Tiers) > 0}, {"joined_days", v.On == TriggerJoin && w.JoinedDays != 0},
		{"absent", v.On == TriggerJoin && w.Absent != Absence{}},
	} {
		if field.set {
			p.add(at+".when."+field.name, "makes no sense for a rule on %s; remove it", v.On)
		}
	}
	if v.Gives.Kind != "" && v.Gives.Kind != GivesPoints && v.Gives.Kind != GivesCoupon {
		p.add(at+".gives", "is %q, which needs a check; a rule on %s can give points or a coupon", v.Gives.Kind, v.On)
	}
}

// ruleEffect reports settings of a rule that contradict its benefit or do nothing.
func (c *checker) ruleEffect(at string, v *Rule) {
	p, kind := &c.problems, v.Gives.Kind
	base := kind == GivesRate || kind == GivesDiscount
	points := kind == GivesRate || kind == GivesExtraRate || kind == GivesMultiply || kind == GivesPoints
	sale := v.On == TriggerSale
	if v.Exclusive && (base || kind == GivesCoupon || !sale) {
		p.add(at+".exclusive", "has no effect: only promotions of a check, such as extra_rate, multiply or money_off, can be exclusive; remove it")
	}
	if v.Stacks && kind != GivesMultiply {
		p.add(at+".stacks", "has no effect: only multipliers stack; remove it")
	}
	if v.ValidDays > 0 && !points {
		p.add(at+".valid_days", "has no effect: the rule gives no points; remove it")
	}
	if v.AfterDays > 0 && !points {
		p.add(at+".pending_days", "has no effect: the rule gives no points; remove it")
	}
	if v.Limits.PerSale > 0 && !(points && sale) {
		p.add(at+".limits.per_sale", "has no effect: the rule gives no points on a check; remove it")
	}
	if v.Limits.Budget > 0 && !points {
		p.add(at+".limits.budget", "has no effect: the rule gives no points; remove it or use budget_money")
	}
	if v.Limits.BudgetMoney > 0 && !kind.IsDiscount() {
		p.add(at+".limits.budget_money", "has no effect: the rule takes no money off; remove it or use budget")
	}
}

func (c *checker) limits(at string, l *Limits) {
	p := &c.problems
	between(p, at+".times", l.Times, 0, maxTimes, nil)
	if l.Every != PeriodEver {
		c.period(at+".every", l.Every)
		if l.Times == 0 {
			p.add(at+".every", "has no effect without times; set it or remove this")
		}
	}
	c.days(at+".cooldown_days", l.CooldownDays)
	c.between(at+".per_sale", l.PerSale, 0, maxPoints)
	between(p, at+".total_times", l.TotalTimes, 0, 1000*maxTimes, nil)
	c.between(at+".budget", l.Budget, 0, maxBudget)
	c.sum(at+".budget_money", l.BudgetMoney)
	if l.BudgetEvery != PeriodEver {
		c.period(at+".budget_every", l.BudgetEvery)
		if l.Budget == 0 && l.BudgetMoney == 0 && l.TotalTimes == 0 {
			p.add(at+".budget_every", "has no effect without budget, budget_money or total_times; set one or remove this")
		}
	}
}

// condition checks what holds for conditions of rules and coupons alike.
func (c *checker) condition(at string, v *Condition) {
	p := &c.problems
	c.chosen(at+".goods", &v.Goods)
	c.texts(at+".tiers", v.Tiers, maxTiers, "tier of the program", func(id string) bool { return c.tiers[id] })
	c.texts(at+".tags", v.Tags, maxChosen, "tag", isTag)
	c.texts(at+".not_tags", v.NotTags, maxChosen, "tag", isTag)
	for _, tag := range v.NotTags[:min(len(v.NotTags), maxChosen)] {
		if slices.Contains(v.Tags, tag) {
			p.add(at+".not_tags", "has %q, which tags asks for; remove it from one", tag)
		}
	}
	c.size(at+".weekdays", len(v.Weekdays), len(weekdays))
	for i, day := range v.Weekdays[:min(len(v.Weekdays), len(weekdays))] {
		if day < 0 || int(day) >= len(weekdays) {
			p.add(at+".weekdays", "has the day %d; use mon, tue, wed, thu, fri, sat and sun", int(day))
		} else if slices.Contains(v.Weekdays[:i], day) {
			p.add(at+".weekdays", "has %q twice", weekdays[day])
		}
	}
	if h := v.Hours; h.From < 0 || h.From >= dayMinutes || h.To < 0 || h.To > dayMinutes {
		p.add(at+".hours", "is not within a day; write it as \"08:00-11:00\"")
	}
	c.texts(at+".locations", v.Locations, maxChosen, "code of a location", isLocation)
	c.texts(at+".channels", v.Channels, 4, "channel: bot, scanner, till, import", isChannel)
	c.sum(at+".min_check", v.MinCheck)
	between(p, at+".min_units", v.MinUnits, 0, 10_000, nil)
	between(p, at+".purchase", v.Purchase, 0, 10_000, nil)
	if v.EveryNth != 0 {
		between(p, at+".every_nth", v.EveryNth, 2, 10_000, nil)
		if v.Purchase != 0 {
			p.add(at+".every_nth", "contradicts purchase: one purchase counts or every so many, not both; remove one")
		}
	}
	c.days(at+".joined_days", v.JoinedDays)
	if v.Birthday.Set {
		between(p, at+".birthday.before", v.Birthday.Before, 0, 90, nil)
		between(p, at+".birthday.after", v.Birthday.After, 0, 90, nil)
	} else if v.Birthday != (Window{}) {
		p.add(at+".birthday", "has days but is not set; set it or remove them")
	}
	if v.Absent != (Absence{}) {
		c.absence(at+".absent", v.Absent)
	}
}

func (c *checker) absence(at string, v Absence) {
	p := &c.problems
	c.days(at+".days", v.Days)
	switch {
	case v.Gaps != 0:
		between(p, at+".gaps", v.Gaps, money.Whole, maxFactor, formatFactor)
		if v.MinVisits != 0 { // left out: as few as show a rhythm
			between(p, at+".min_visits", v.MinVisits, 3, 1000, nil)
		}
	case v.MinVisits != 0:
		p.add(at+".min_visits", "has no effect without gaps; set them or remove this")
	}
}

// chosen checks a choice of goods. SKUs may be unknown: the till has more than the settings name.
func (c *checker) chosen(at string, g *Goods) {
	c.texts(at+".categories", g.Categories, maxCategories, "category of the program", func(id string) bool { return c.categories[id] })
	c.texts(at+".skus", g.SKUs, maxChosen, "SKU", isSKU)
	c.texts(at+".except", g.Except, maxChosen, "category or SKU", isSKU)
	for _, out := range g.Except {
		if slices.Contains(g.Categories, out) || slices.Contains(g.SKUs, out) {
			c.problems.add(at+".except", "has %q, which is chosen too; remove it from one", out)
		}
	}
}

// benefit checks the numbers of a benefit: those its kind needs, and no others.
func (c *checker) benefit(at string, b *Benefit) {
	p, rest := &c.problems, *b
	rest.Kind = ""
	switch b.Kind {
	case "":
		p.add(at, "is nothing; give one of rate, extra_rate, points, multiply, discount, money_off, free, bundle or coupon")
		return
	case GivesRate:
		c.rate(at+".rate", b.Rate, 1, maxEarnRate)
		rest.Rate = 0
	case GivesExtraRate:
		c.rate(at+".extra_rate", b.Rate, 1, money.Whole)
		rest.Rate = 0
	case GivesDiscount:
		c.rate(at+".discount", b.Rate, 1, money.Whole)
		rest.Rate = 0
	case GivesMultiply:
		if b.Rate <= money.Whole || b.Rate > maxFactor {
			p.add(at+".multiply", "is %s; use more than x1 and at most %s", formatFactor(b.Rate), formatFactor(maxFactor))
		}
		rest.Rate = 0
	case GivesPoints:
		c.between(at+".points", b.Points, 1, maxPoints)
		rest.Points = 0
	case GivesMoneyOff:
		between(p, at+".money_off", b.Amount, 1, maxSum, c.scale.amount)
		rest.Amount = 0
	case GivesFree:
		c.sum(at+".free.up_to", b.Amount)
		rest.Amount = 0
	case GivesBundle:
		between(p, at+".bundle.of", b.Of, 2, 100, nil)
		if b.Free < 1 || b.Free >= b.Of {
			p.add(at+".bundle.free", "is %d of %d; give at least 1 and fewer than all free", b.Free, b.Of)
		}
		rest.Of, rest.Free = 0, 0
	case GivesCoupon:
		c.coupon(at+".coupon", b.Coupon)
		rest.Coupon = ""
	default:
		p.add(at, "is %q; give one of rate, extra_rate, points, multiply, discount, money_off, free, bundle or coupon", b.Kind)
		return
	}
	if rest != (Benefit{}) {
		p.add(at, "has numbers that a benefit of the kind %s does not use; remove them", b.Kind)
	}
}

// coupon checks a reference to a kind of coupons.
func (c *checker) coupon(field, id string) {
	if _, found := c.s.CouponKind(id); !found {
		c.problems.add(field, "is %q, which is not a coupon of the program; add it to coupons or correct it", id)
	}
}
