package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kartka/engine/money"
)

// offer is a rule, a coupon or a stamp card that may have a part in the sale.
type offer struct {
	rule   *Rule
	coupon *Coupon
	kind   *CouponKind // of coupon
	card   *StampCard

	gives     *Benefit
	priority  int
	exclusive bool
	lines     lineSet // of its goods, that it may touch
	// open says that it holds and nothing has taken precedence yet. Otherwise state and why tell what became of it.
	open  bool
	state State
	why   note

	// What is left of budgets; below zero: there is no bound.
	pointsLeft money.Points
	moneyLeft  money.Amount

	given  bool // it had its part
	amount money.Amount
	points money.Points
	stamps stampTally // of card
}

// fail says what became of an offer that has no part.
func (o *offer) fail(state State, n note) bool {
	o.open, o.state, o.why = false, state, n
	return false
}

func (o *offer) subject() subject {
	switch {
	case o.rule != nil:
		return subject{"rule:", o.rule.ID, o.rule.Name}
	case o.coupon != nil:
		return subject{"coupon:", o.coupon.Kind, o.kind.Name}
	}
	return subject{"stamps:", o.card.ID, o.card.Name}
}

// baseDiscount and the like say at which stage an offer has its part.
func (o *offer) isBaseDiscount() bool { return o.rule != nil && o.gives.Kind == GivesDiscount }
func (o *offer) isBaseRate() bool     { return o.rule != nil && o.gives.Kind == GivesRate }
func (o *offer) isDiscount() bool {
	return o.gives != nil && o.gives.Kind.IsDiscount() && !o.isBaseDiscount()
}
func (o *offer) isPromotion() bool {
	return o.gives != nil && (o.gives.Kind == GivesExtraRate || o.gives.Kind == GivesPoints || o.gives.Kind == GivesMultiply)
}

// match finds what may have a part in the sale (stages 1 and 2) and brings it into order: by priority, then stamp cards, rules as written,
// coupons by their end.
func (e *evaluation) match() {
	var coupons []Coupon
	if m := e.in.Member; m != nil {
		coupons = m.Coupons
		e.tier = e.s.Tier(m.Tier.ID)
		e.purchase = m.Visits + 1
	}
	n := len(e.s.Stamps) + len(e.s.Rules) + len(coupons)
	e.goods.fill(e.scratch, e.s, e.in.Lines, n)
	if n == 0 {
		return
	}
	e.moment()
	e.scratch.store, e.scratch.offers = room(e.scratch.store, n), room(e.scratch.offers, n)
	store := e.scratch.store
	e.offers = e.scratch.offers
	add := func() *offer {
		store = store[:len(store)+1]
		o := &store[len(store)-1]
		o.open, o.pointsLeft, o.moneyLeft = true, -1, -1
		e.offers = append(e.offers, o)
		return o
	}
	for i := range e.s.Stamps {
		if card := &e.s.Stamps[i]; !card.Paused {
			o := add()
			o.card = card
			e.tally(o)
		}
	}
	for i := range e.s.Rules {
		if rule := &e.s.Rules[i]; rule.On == TriggerSale && !rule.Paused {
			o := add()
			o.rule, o.gives, o.priority, o.exclusive = rule, &rule.Gives, rule.Priority, rule.Exclusive
			e.matchRule(o)
		}
	}
	first := len(e.offers)
	for i := range coupons {
		c := &coupons[i]
		if c.State != CouponActivated || !c.live(e.in.OccurredAt) {
			continue
		}
		if kind := e.kindOf(c.Kind); kind != nil {
			o := add()
			o.coupon, o.kind, o.gives, o.priority = c, kind, &kind.Gives, kind.Priority
			e.matchCoupon(o)
		}
	}
	slices.SortStableFunc(e.offers[first:], func(a, b *offer) int { return a.coupon.compareEnd(b.coupon) })
	slices.SortStableFunc(e.offers, func(a, b *offer) int { return cmp.Compare(b.priority, a.priority) })
}

// live reports whether a coupon is good at an instant.
func (c *Coupon) live(at time.Time) bool {
	return !at.Before(c.From) && (c.Expires.IsZero() || at.Before(c.Expires))
}

// compareEnd orders coupons by their end, those without one last.
func (c *Coupon) compareEnd(d *Coupon) int {
	if c.Expires.IsZero() != d.Expires.IsZero() {
		if c.Expires.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(c.Expires.Compare(d.Expires), strings.Compare(c.ID, d.ID))
}

func (e *evaluation) kindOf(id string) *CouponKind {
	for i := range e.s.Coupons {
		if e.s.Coupons[i].ID == id {
			return &e.s.Coupons[i]
		}
	}
	if kind, found := e.s.CouponKind(id); found {
		return &kind
	}
	return nil
}

// moment reads the clock of the place where the sale is made.
func (e *evaluation) moment() {
	e.zone = e.in.Zone
	if e.zone == nil {
		e.zone = e.s.Zone
	}
	local := e.in.OccurredAt.In(e.zone)
	e.day = DateOf(local, e.zone)
	e.weekday = local.Weekday()
	e.minute = local.Hour()*60 + local.Minute()
}

func (e *evaluation) matchRule(o *offer) bool {
	r := o.rule
	switch {
	case r.From != "" && e.day < r.From:
		return o.fail(Inapplicable, why("when_begins", number(argDays, daysFrom(e.day, r.From))))
	case r.To != "" && e.day > r.To:
		return o.fail(Inapplicable, why("when_over", number(argDays, daysFrom(r.To, e.day))))
	}
	return e.holds(o, &r.When) && e.within(o, r) && e.large(o, &r.When)
}

func (e *evaluation) matchCoupon(o *offer) bool {
	switch {
	case e.in.NoCoupons:
		return o.fail(Skipped, why("coupon_kept"))
	case o.kind.ByHand:
		return o.fail(Suggested, why("coupon_by_hand"))
	}
	return e.holds(o, &o.kind.When) && e.large(o, &o.kind.When)
}

// daysFrom is the number of days from one day to a later one.
func daysFrom(a, b Date) int {
	return int(b.Start(time.UTC).Sub(a.Start(time.UTC)) / (24 * time.Hour))
}

// holds checks all of a condition but the size of the check, and sets the offer's lines.
func (e *evaluation) holds(o *offer, c *Condition) bool {
	if len(c.Locations) > 0 && !slices.Contains(c.Locations, e.in.Location) {
		return o.fail(Inapplicable, why("when_location"))
	}
	if len(c.Channels) > 0 && !slices.Contains(c.Channels, e.in.Channel) {
		return o.fail(Inapplicable, why("when_channel"))
	}
	if inHours, inWeek := e.timely(c); !inWeek {
		return o.fail(Inapplicable, why("when_weekday"))
	} else if !inHours {
		return o.fail(Inapplicable, why("when_hours", number(argFrom, c.Hours.From), number(argTo, c.Hours.To)))
	}
	return e.holdsMember(o, c) && e.holdsGoods(o, c)
}

// timely checks hours and weekday. A span that goes past midnight belongs to the day it began on.
func (e *evaluation) timely(c *Condition) (inHours, inWeek bool) {
	weekday := e.weekday
	inHours = true
	switch h := c.Hours; {
	case h == Hours{}:
	case h.From < h.To:
		inHours = e.minute >= h.From && e.minute < h.To
	case e.minute < h.To:
		weekday = (weekday + 6) % 7
	default:
		inHours = e.minute >= h.From
	}
	return inHours, len(c.Weekdays) == 0 || slices.Contains(c.Weekdays, weekday)
}

// holdsMember checks what a condition asks about the member.
func (e *evaluation) holdsMember(o *offer, c *Condition) bool {
	m := e.in.Member
	if m == nil {
		m = &Standing{}
	}
	if len(c.Tiers) > 0 && (e.tier == nil || !slices.Contains(c.Tiers, e.tier.ID)) {
		return o.fail(Inapplicable, why("when_tier"))
	}
	tagged := func(t string) bool { return slices.Contains(m.Tags, t) }
	if len(c.Tags) > 0 && !slices.ContainsFunc(c.Tags, tagged) || slices.ContainsFunc(c.NotTags, tagged) {
		return o.fail(Inapplicable, why("when_tag"))
	}
	if c.Purchase > 0 && e.purchase != c.Purchase {
		return o.fail(Inapplicable, why("when_purchase", number(argCount, e.purchase), number(argOf, c.Purchase)))
	}
	if c.EveryNth > 0 && (e.purchase == 0 || e.purchase%c.EveryNth != 0) {
		return o.fail(Inapplicable, why("when_every_nth", number(argCount, e.purchase%c.EveryNth), number(argOf, c.EveryNth)))
	}
	if c.JoinedDays > 0 && (m.JoinedAt.IsZero() || daysFrom(DateOf(m.JoinedAt, e.zone), e.day) > c.JoinedDays) {
		return o.fail(Inapplicable, why("when_joined", number(argDays, c.JoinedDays)))
	}
	if c.Birthday.Set {
		if ok, reason := e.s.BirthdayHolds(c.Birthday, m.Birthday, e.day); !ok {
			n := why(reason.ID)
			if days, found := reason.Args[ArgDays]; found {
				n = n.and(number(argDays, days))
			}
			return o.fail(Inapplicable, n)
		}
	}
	if c.Absent != (Absence{}) && !c.Absent.Holds(m, e.in.OccurredAt) {
		return o.fail(Inapplicable, why("when_absent"))
	}
	return true
}

// holdsGoods chooses the offer's lines: those of its goods that a benefit of its kind may touch.
func (e *evaluation) holdsGoods(o *offer, c *Condition) bool {
	o.lines = e.goods.choose(&c.Goods)
	if o.lines.empty() {
		return o.fail(Inapplicable, why("when_goods"))
	}
	switch {
	case o.gives.Kind.IsDiscount():
		o.lines = e.goods.both(o.lines, e.goods.discountable)
	case o.gives.Kind != GivesCoupon:
		o.lines = e.goods.both(o.lines, e.goods.earning)
	}
	if o.lines.empty() {
		return o.fail(Inapplicable, why("goods_excluded"))
	}
	return true
}

// large checks the size of the check. It comes last: when only it fails and half is there, the guest is told what is missing.
func (e *evaluation) large(o *offer, c *Condition) bool {
	if c.MinUnits > 0 {
		units := e.goods.count(e.goods.choose(&c.Goods))
		if missing := int64(c.MinUnits) - units; missing > 0 {
			if units >= missing {
				return o.fail(Suggested, why("take_more", number(argCount, missing)))
			}
			return o.fail(Inapplicable, why("when_units", number(argCount, units), number(argOf, c.MinUnits)))
		}
	}
	if missing := c.MinCheck - e.r.Total; missing > 0 {
		if e.r.Total >= missing {
			return o.fail(Suggested, why("spend_more", number(argMoney, missing), number(argLimit, c.MinCheck)))
		}
		return o.fail(Inapplicable, why("when_check", number(argMoney, c.MinCheck)))
	}
	return true
}
