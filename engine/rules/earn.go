package rules

import (
	"math"
	"slices"

	"kartka/engine/money"
)

// rateUnit is how many units of an accrual's rates are the whole: basis points of basis points, so that a rate times a factor is exact.
const rateUnit = int64(money.Whole) * int64(money.Whole)

// maxRate is beyond any rate that validated settings have; with it sums stay within their bits.
const maxRate = 1_000_000 * money.Whole

// component is a part of what a sale earns, with a reason of its own.
type component struct {
	rule   string // "" where it is the tier's or an offer's that is no rule
	tier   *Tier
	offer  *offer
	reason note
	// rates are what each line earns of its base, in units of 1/rateUnit; nil for a fixed number of points, which
	// lines take part in.
	rates []int64
	lines lineSet

	exact    wide         // Σ base × rate
	points   money.Points // after rounding, then after caps
	uncapped money.Points
	cut      note // by a limit of the rule

	ownLot               bool
	validDays, afterDays int
}

// accrual is what a sale earns while it is counted (stage 7).
type accrual struct {
	e           *evaluation
	base        []money.Amount // of each line
	rates       []int64        // of each line so far, in units of 1/rateUnit
	components  []component
	excluded    money.Amount
	excludedSet lineSet
	capped      note // by which of the program's caps
}

// earn counts the points of the check: base, promotions, one rounding, caps, lots, lines.
func (e *evaluation) earn() error {
	a := accrual{e: e}
	a.measure()
	counts := e.r.Total >= e.s.Earn.MinCheck
	bought := counts && e.r.Total > 0 // nothing bought earns no fixed gifts either
	if e.alone == nil && counts {
		a.baseRates()
	}
	if e.alone == nil && bought {
		a.perVisit()
	}
	a.stampGifts()
	if bought {
		if err := a.promotions(); err != nil {
			return err
		}
	}
	a.welcome()
	if err := a.round(); err != nil {
		return err
	}
	if err := a.limit(); err != nil {
		return err
	}
	a.explain(counts)
	a.lots()
	return a.spread()
}

// measure finds what points are earned on.
func (a *accrual) measure() {
	e := a.e
	n := len(e.left)
	a.base = make([]money.Amount, n)
	for i, line := range e.r.Lines {
		if !e.goods.earning.has(i) {
			if a.excludedSet == nil {
				a.excludedSet = e.goods.set()
			}
			a.excludedSet.add(i)
			a.excluded += e.left[i]
			continue
		}
		a.base[i] = e.left[i]
		if e.s.Earn.Basis == BasisPaid {
			a.base[i] -= line.RedeemMoney
		}
	}
	open := 3
	for _, o := range e.offers {
		if o.open && (o.isPromotion() || o.isBaseRate()) {
			o.lines = e.goods.both(o.lines, e.goods.earning)
			if o.lines.empty() {
				o.fail(Inapplicable, why("goods_excluded"))
			}
		}
		if o.open && (o.isPromotion() || o.isBaseRate() || o.card != nil) {
			open++
		}
	}
	e.scratch.components = room(e.scratch.components, open)
	a.components = e.scratch.components
	a.rates = make([]int64, n)
}

// baseRates gives every line the best single rate of the program's, the tier's and the rules'.
func (a *accrual) baseRates() {
	e := a.e
	best := newChoice(len(a.base))
	best.offer(e.goods.earning, e.s.Earn.Rate, ofProgram)
	if e.tier != nil {
		best.offer(e.goods.earning, e.tier.Rate, ofTheTier)
	}
	for k, o := range e.offers {
		if o.open && o.isBaseRate() {
			best.offer(o.lines, o.gives.Rate, k)
		}
	}
	take := func(from int, c component, id string) bool {
		var base money.Amount
		var rate money.Rate
		for i, source := range best.source {
			if source != from {
				continue
			}
			if c.rates == nil {
				c.rates = make([]int64, len(a.base))
			}
			base, rate = base+a.base[i], best.rate[i]
			c.rates[i] = int64(rate) * int64(money.Whole)
			a.rates[i] = c.rates[i]
		}
		if c.rates != nil {
			c.reason = why(id, number(argBase, base), number(argRate, rate))
			a.components = append(a.components, c)
		}
		return c.rates != nil
	}
	take(ofProgram, component{rule: "earn"}, "earned")
	if e.tier != nil {
		take(ofTheTier, component{tier: e.tier}, "earned_tier")
	}
	for k, o := range e.offers {
		if o.open && o.isBaseRate() && !take(k, ofOffer(o), "earned_rule") {
			o.fail(Skipped, why("better_rule"))
		}
	}
}

// ofOffer begins a component of an offer.
func ofOffer(o *offer) component {
	c := component{offer: o, lines: o.lines}
	if o.rule != nil {
		c.rule, c.validDays, c.afterDays = o.rule.ID, o.rule.ValidDays, o.rule.AfterDays
		c.ownLot = c.validDays != 0 || c.afterDays != 0
	}
	return c
}

// subject is what a component that is no offer's names.
func (c *component) subject() subject {
	if c.tier == nil {
		return subject{}
	}
	return ofTier(c.tier)
}

// perVisit adds the fixed points of every check.
func (a *accrual) perVisit() {
	if p := a.e.s.Earn.PerVisit; p > 0 && !a.e.goods.earning.empty() {
		a.components = append(a.components, component{rule: "visit", lines: a.e.goods.earning, points: p, reason: why("earned_visit")})
	}
}

// welcome adds the gift for joining to the first purchase that there is something to earn on. It comes with a small check too, and with a coupon
// that stands alone: there is no second first purchase.
func (a *accrual) welcome() {
	w := &a.e.s.Welcome
	if !w.WithPurchase || w.Points <= 0 || a.e.purchase != 1 || a.e.goods.earning.empty() {
		return
	}
	// Caps cut from the end, the gift last.
	a.components = slices.Insert(a.components, 0, component{rule: "welcome", lines: a.e.goods.earning, points: w.Points,
		reason: why("welcome"), ownLot: true, validDays: w.Days})
}

// round rounds the sum of all components with rates once and splits it over them by largest remainder.
func (a *accrual) round() error {
	worth := int64(a.e.s.Unit.StepWorth)
	if worth > math.MaxInt64/rateUnit {
		return ErrTooLarge
	}
	step := uint64(worth * rateUnit)
	var sum wide
	var whole int64
	for k := range a.components {
		c := &a.components[k]
		if c.rates == nil {
			continue
		}
		for i, rate := range c.rates {
			if rate > 0 {
				c.exact = c.exact.plus(product(uint64(a.base[i]), uint64(rate)))
			}
		}
		sum = sum.plus(c.exact)
		q, _, ok := c.exact.over(step)
		if !ok {
			return ErrTooLarge
		}
		c.points = money.Points(q)
		whole += q
	}
	total, ok := sum.rounded(step, a.e.s.Earn.Rounding)
	if !ok || total > int64(MaxTotal)*int64(money.Whole) {
		return ErrTooLarge
	}
	for left := total - whole; left > 0; left-- {
		largest, at := uint64(0), -1
		for k := range a.components {
			c := &a.components[k]
			q, r, _ := c.exact.over(step)
			if c.rates != nil && int64(c.points) == q && r > largest {
				largest, at = r, k
			}
		}
		if at < 0 {
			break
		}
		a.components[at].points++
	}
	for k := range a.components {
		a.components[k].uncapped = a.components[k].points
	}
	return nil
}

// limit applies the limits of rules, then those of the program, from the last component backwards.
func (a *accrual) limit() error {
	e := a.e
	var total money.Points
	for k := range a.components {
		c := &a.components[k]
		if o := c.offer; o != nil && o.rule != nil {
			if most := o.rule.Limits.PerSale; most > 0 && c.points > most {
				c.points, c.cut = most, why("cap_rule", number(argMost, most))
			}
			if o.pointsLeft >= 0 && c.points > o.pointsLeft {
				c.points, c.cut = o.pointsLeft, why("budget_left_points")
			}
			if c.cut.id != "" {
				c.cut = c.cut.and(number(argPoints, c.uncapped-c.points))
			}
		}
		if c.points < 0 || c.points > money.Points(MaxTotal)*money.Points(money.Whole)-total {
			return ErrTooLarge
		}
		total += c.points
	}
	most, reason, bound := e.earnCap()
	if bound && total > most {
		over := total - most
		e.r.Earn = most
		for k := len(a.components) - 1; k >= 0 && over > 0; k-- {
			c := &a.components[k]
			n := min(over, c.points)
			c.points -= n
			over -= n
		}
		a.capped = reason.and(number(argPoints, total-most))
		return nil
	}
	e.r.Earn = total
	return nil
}

// explain tells what became of each component, and of the whole when nothing is earned.
func (a *accrual) explain(counts bool) {
	e := a.e
	based, program := false, false
	for k := range a.components {
		c := &a.components[k]
		based = based || c.rates != nil && (c.offer == nil || c.offer.isBaseRate())
		if o := c.offer; o != nil {
			a.settle(c, o)
			continue
		}
		switch {
		case c.points > 0:
			reason := c.reason
			if c.rule == "earn" {
				program = true
				reason = a.plain(c)
			} else {
				reason = reason.and(number(argPoints, c.uncapped))
			}
			of := c.subject()
			if c.rule == "earn" && reason.id == "earned_excluded_goods" {
				of = a.excludedGoods()
			}
			e.tell(Effect{Rule: c.rule, State: Applied, Points: int64(c.points)}, of, reason)
		case c.uncapped == 0:
			reason := c.reason
			reason.id = "earn_too_small"
			e.tell(Effect{Rule: c.rule, State: Inapplicable}, c.subject(), reason)
		}
	}
	if a.capped.id != "" {
		e.tell(Effect{Rule: "earn", State: Skipped}, subject{}, a.capped)
	}
	if based && a.excluded > 0 && !program && e.r.Earn > 0 {
		e.tellExcluded(a)
	}
	switch {
	case based:
	case e.alone != nil:
		e.tell(Effect{Rule: "earn", State: Inapplicable}, subject{}, why("earn_alone"))
	case e.s.Earn.Rate == 0 && (e.tier == nil || e.tier.Rate == 0):
		if len(a.components) == 0 && !e.hopes() {
			e.tell(Effect{Rule: "earn", State: Inapplicable}, subject{}, why("earn_off"))
		}
	case !counts:
		e.tell(Effect{Rule: "earn", State: Inapplicable}, subject{}, why("earn_min_check", number(argMoney, e.s.Earn.MinCheck)))
	case a.excludedGoods().kind != "":
		e.tellExcluded(a)
	default:
		e.tell(Effect{Rule: "earn", State: Inapplicable}, subject{}, why("earn_too_small", number(argBase, money.Amount(0)), number(argRate, e.s.Earn.Rate)))
	}
	if counts {
		return
	}
	for _, o := range e.offers {
		if o.open && (o.isPromotion() || o.isBaseRate()) {
			o.fail(Inapplicable, why("earn_min_check", number(argMoney, e.s.Earn.MinCheck)))
		}
	}
}

// hopes reports whether the program has other ways to earn than the rate.
func (e *evaluation) hopes() bool {
	if e.s.Earn.PerVisit > 0 {
		return true
	}
	for _, o := range e.offers {
		if o.isPromotion() || o.isBaseRate() || o.card != nil {
			return true
		}
	}
	return false
}

// settle closes an offer by what its component came to.
func (a *accrual) settle(c *component, o *offer) {
	switch {
	case c.points > 0:
		o.given, o.points = true, c.points
		a.e.tellOffer(o, Applied, c.points, 0, c.reason.and(number(argPoints, c.uncapped)))
		if c.cut.id != "" {
			a.e.tellOffer(o, Skipped, 0, 0, c.cut)
		}
		if o.coupon != nil {
			a.e.r.Coupons = append(a.e.r.Coupons, CouponUse{ID: o.coupon.ID, Kind: o.coupon.Kind, Points: c.points})
		}
	case o.card != nil:
		o.given = true // the round is complete, whatever the caps leave of its gift
	case c.uncapped > 0:
		o.fail(Skipped, why("cap"))
	default:
		o.fail(Inapplicable, why("too_small"))
	}
}

// plain is the reason of the program's rate: with the goods that earned nothing, by their category when they have one in common.
func (a *accrual) plain(c *component) note {
	n := c.reason.and(number(argPoints, c.uncapped))
	if a.excluded == 0 {
		return n
	}
	n.id = "earned_excluded"
	if a.excludedGoods().kind != "" {
		n.id = "earned_excluded_goods"
	}
	return n.and(number(argExcluded, a.excluded))
}

// excludedGoods names the category of all goods that earn nothing, or nothing.
func (a *accrual) excludedGoods() subject {
	if a.excluded == 0 {
		return subject{}
	}
	c := a.e.goods.common(a.excludedSet, func(c *Category) bool { return c.NoEarn || c.StoredValue })
	if c == nil {
		return subject{}
	}
	return subject{"category:", c.ID, c.Name}
}

func (e *evaluation) tellExcluded(a *accrual) {
	of := a.excludedGoods()
	id := "excluded"
	if of.kind != "" {
		id = "excluded_goods"
	}
	e.tell(Effect{Rule: "earn", State: Inapplicable}, of, why(id, number(argExcluded, a.excluded)))
}
