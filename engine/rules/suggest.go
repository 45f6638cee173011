package rules

// explain tells what became of all that had no part, and what the guest or the cashier could do (stage 11).
func (e *evaluation) explain() {
	if e.in.Silent {
		return
	}
	for _, o := range e.offers {
		if !o.given && o.why.id != "" {
			e.tellOffer(o, o.state, 0, 0, o.why)
		}
	}
	if e.in.Member == nil {
		return
	}
	e.suggestCoupons()
	e.suggestTier()
}

// suggestCoupons tells of issued coupons that the check would fit if the guest activated them: one of each kind.
func (e *evaluation) suggestCoupons() {
	coupons := e.in.Member.Coupons
	for i := range coupons {
		c := &coupons[i]
		if c.State != CouponIssued || !c.live(e.in.OccurredAt) || e.suggestedBefore(i) {
			continue
		}
		kind := e.kindOf(c.Kind)
		if kind == nil {
			continue
		}
		o := offer{coupon: c, kind: kind, gives: &kind.Gives, open: true}
		if kind.ByHand || e.holds(&o, &kind.When) && e.large(&o, &kind.When) {
			e.tellOffer(&o, Suggested, 0, 0, why("coupon_activate"))
		}
	}
}

func (e *evaluation) suggestedBefore(i int) bool {
	coupons := e.in.Member.Coupons
	for k := range i {
		if coupons[k].Kind == coupons[i].Kind && coupons[k].State == CouponIssued && coupons[k].live(e.in.OccurredAt) {
			return true
		}
	}
	return false
}

// suggestTier tells how far the next tier is after this sale, when half of the way is done.
func (e *evaluation) suggestTier() {
	next, missing := e.s.ToNextTier(e.in.Member)
	if next == nil {
		return
	}
	var id string
	var unit argName
	switch e.s.Tiers.Basis {
	case TierBySpend:
		missing -= int64(e.r.Total - e.r.Discount)
		id, unit = "tier_spend_more", argMoney
	case TierByVisits:
		missing--
		id, unit = "tier_visits_more", argCount
	case TierByPoints:
		missing -= int64(e.r.Earn)
		id, unit = "tier_points_more", argPoints
	default:
		id, unit = "tier_friends_more", argCount
	}
	switch {
	case missing <= 0:
		e.tell(Effect{State: Suggested}, ofTier(next), why("tier_reached"))
	case missing <= next.From/2:
		e.tell(Effect{State: Suggested}, ofTier(next), why(id, arg{unit, missing}))
	}
}
