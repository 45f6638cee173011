package rules

import "kartka/engine/money"

// room is what discounts may still take off the check.
func (e *evaluation) room() (money.Amount, error) {
	if e.s.Discount.MaxShare <= 0 {
		return e.r.Total - e.r.Discount, nil
	}
	most, err := money.Share(e.r.Total, e.s.Discount.MaxShare, money.Down)
	return min(e.r.Total, most) - e.r.Discount, err
}

// takeOff lowers lines in proportion to what the discount took off each without bounds; e.work holds that. It returns what was
// taken off, with the reason when a bound made it less.
func (e *evaluation) takeOff(wanted, budget money.Amount) (amount money.Amount, cut note, err error) {
	amount = wanted
	if budget >= 0 && budget < amount {
		amount, cut = budget, why("budget_left", number(argMoney, wanted-budget))
	}
	room, err := e.room()
	if err != nil {
		return 0, cut, err
	}
	if room < amount {
		amount, cut = room, why("discount_cap", number(argMoney, wanted-room), number(argRate, e.s.Discount.MaxShare))
	}
	shares, err := e.split.amounts(amount, e.work)
	if err != nil {
		return 0, cut, err
	}
	for i, share := range shares {
		e.r.Lines[i].Discount += money.Amount(share)
		e.left[i] -= money.Amount(share)
	}
	e.r.Discount += amount
	e.r.Payable -= amount
	return amount, cut, nil
}

// baseDiscount gives every line the best single one of the program's discount, the tier's and the rules' (stage 3).
func (e *evaluation) baseDiscount() error {
	if err := e.chooseAlone(); err != nil || e.alone != nil {
		return err
	}
	var tier money.Rate
	if e.tier != nil {
		tier = e.tier.Discount
	}
	rules := false
	for _, o := range e.offers {
		rules = rules || o.open && o.isBaseDiscount()
	}
	if !rules && e.s.Discount.Rate <= 0 && tier <= 0 {
		return nil
	}
	best := newChoice(len(e.left))
	best.offer(e.goods.discountable, e.s.Discount.Rate, ofProgram)
	best.offer(e.goods.discountable, tier, ofTheTier)
	for k, o := range e.offers {
		if o.open && o.isBaseDiscount() {
			best.offer(o.lines, o.gives.Rate, k)
		}
	}
	source := best.source
	if err := e.shareOff(source, ofProgram, e.s.Discount.Rate, nil, Effect{Rule: "discount"}, subject{}, "discounted"); err != nil {
		return err
	}
	if e.tier != nil {
		if err := e.shareOff(source, ofTheTier, tier, nil, Effect{}, ofTier(e.tier), "discounted_tier"); err != nil {
			return err
		}
	}
	for k, o := range e.offers {
		if !o.open || !o.isBaseDiscount() {
			continue
		}
		if err := e.shareOff(source, k, o.gives.Rate, o, Effect{Rule: o.rule.ID}, o.subject(), "discounted_rule"); err != nil {
			return err
		}
		if !o.given && o.open {
			o.fail(Skipped, why("better_rule"))
		}
	}
	return nil
}

// shareOff takes a rate off the lines that one source has won.
func (e *evaluation) shareOff(source []int, from int, rate money.Rate, o *offer, effect Effect, of subject, id string) error {
	var base money.Amount
	won := false
	for i := range source {
		e.work[i] = 0
		if source[i] == from {
			e.work[i], won = e.left[i], true
			base += e.left[i]
		}
	}
	if !won || base == 0 {
		return nil
	}
	rate = min(rate, money.Whole)
	wanted, err := money.Share(base, rate, money.HalfUp)
	if err != nil {
		return err
	}
	budget := money.Amount(-1)
	if o != nil {
		budget = o.moneyLeft
	}
	amount, cut, err := e.takeOff(wanted, budget)
	if err != nil {
		return err
	}
	if o != nil {
		o.given, o.amount = amount > 0, amount
	}
	if amount > 0 {
		effect.State, effect.Amount = Applied, int64(amount)
		e.tell(effect, of, why(id, number(argBase, base), number(argRate, rate), number(argMoney, wanted)))
	}
	if cut.id != "" {
		e.tell(Effect{Rule: effect.Rule, State: Skipped}, of, cut)
		if o != nil && amount == 0 {
			o.open, o.why = false, note{} // it is told already
		}
	}
	return nil
}

// chooseAlone looks for a coupon that wants the check for itself and gives something on it. All else then has no part.
func (e *evaluation) chooseAlone() error {
	for _, o := range e.offers {
		if !o.open || o.kind == nil || !o.kind.Alone {
			continue
		}
		if o.isDiscount() {
			if err := e.giveDiscount(o); err != nil {
				return err
			}
			if !o.given {
				continue
			}
		}
		e.alone = o
		break
	}
	if e.alone == nil {
		return nil
	}
	for _, o := range e.offers {
		if o != e.alone && o.open {
			o.fail(Skipped, why("alone"))
		}
	}
	return nil
}

// promotionalDiscounts takes off, in order, each on what is left (stage 4). An exclusive one that gives something is the only one.
func (e *evaluation) promotionalDiscounts() error {
	defer e.endDiscounts()
	if e.alone != nil {
		return nil
	}
	for _, o := range e.offers {
		if !o.open || !o.exclusive || !o.isDiscount() {
			continue
		}
		if err := e.giveDiscount(o); err != nil {
			return err
		}
		if !o.given {
			continue
		}
		for _, other := range e.offers {
			if other.open && other != o && other.isDiscount() {
				other.fail(Skipped, why("exclusive"))
			}
		}
		return nil
	}
	for _, o := range e.offers {
		if !o.open || o.exclusive {
			continue
		}
		var err error
		if o.card != nil {
			err = e.giveStampedUnits(o)
		} else if o.isDiscount() {
			err = e.giveDiscount(o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endDiscounts keeps points off lines with a discount, where the shop wants it so.
func (e *evaluation) endDiscounts() {
	if e.s.Discount.NoEarn {
		e.goods.earning = e.goods.copy(e.goods.earning)
	}
	for i := range e.left {
		if e.r.Lines[i].Discount == 0 {
			continue
		}
		if e.s.Discount.NoEarn {
			e.goods.earning.remove(i)
		}
		if e.s.Discount.NoRedeem {
			e.goods.redeemable.remove(i)
		}
	}
}

// giveDiscount takes off what a rule or a coupon gives.
func (e *evaluation) giveDiscount(o *offer) error {
	var base, wanted money.Amount
	var reason note
	var err error
	b := o.gives
	switch b.Kind {
	case GivesDiscount, GivesMoneyOff:
		base = e.weigh(o.lines)
		if b.Kind == GivesMoneyOff {
			wanted = min(b.Amount, base)
			reason = why("money_off", number(argMoney, wanted))
			break
		}
		rate := min(b.Rate, money.Whole)
		if wanted, err = money.Share(base, rate, money.HalfUp); err != nil {
			return err
		}
		reason = why("discounted_rule", number(argBase, base), number(argRate, rate), number(argMoney, wanted))
	case GivesFree:
		units, amount := e.pickUnits(o.lines, 1, 0, b.Amount)
		wanted = amount
		reason = why("free_units", number(argCount, units), number(argMoney, wanted))
	case GivesBundle:
		missing, rounds := bundles(b, e.goods.count(o.lines))
		if rounds == 0 {
			if missing > 0 {
				o.fail(Suggested, why("bundle_more", number(argCount, missing), number(argOf, b.Of)))
			} else {
				o.fail(Inapplicable, why("when_units", number(argCount, e.goods.count(o.lines)), number(argOf, b.Of)))
			}
			return nil
		}
		units, amount := e.pickUnits(o.lines, rounds*int64(b.Free), 0, b.Amount)
		wanted = amount
		reason = why("bundle_free", number(argCount, units), number(argMoney, wanted))
	}
	if wanted <= 0 {
		o.fail(Inapplicable, why("nothing_left"))
		return nil
	}
	amount, cut, err := e.takeOff(wanted, o.moneyLeft)
	if err != nil {
		return err
	}
	if amount == 0 {
		o.fail(Skipped, cut)
		return nil
	}
	if b.Kind == GivesFree || b.Kind == GivesBundle {
		e.settleUnits()
	}
	o.given, o.amount = true, amount
	e.tellOffer(o, Applied, 0, amount, reason)
	if cut.id != "" {
		e.tellOffer(o, Skipped, 0, 0, cut)
	}
	if o.coupon != nil {
		e.r.Coupons = append(e.r.Coupons, CouponUse{ID: o.coupon.ID, Kind: o.coupon.Kind, Amount: amount})
	}
	return nil
}

// weigh sets e.work to what is left of the lines of a set and returns the sum.
func (e *evaluation) weigh(lines lineSet) (sum money.Amount) {
	clear(e.work)
	for i := lines.next(0); i >= 0; i = lines.next(i + 1) {
		e.work[i] = e.left[i]
		sum += e.left[i]
	}
	return sum
}
