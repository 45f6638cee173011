package rules

import "kartka/engine/money"

// redeem finds how many points the check can take, takes what is asked, and spreads it over the lines (stage 5).
// Source: till protocol, arithmetic: min(available, redeemable × limit, total − minimum payable), rounded down to a step.
func (e *evaluation) redeem() error {
	s := e.s
	redeemable, capMoney, rate, mixed, err := e.redeemable()
	if err != nil {
		return err
	}
	state, reason := Inapplicable, note{}
	switch {
	case e.in.Debt > 0:
		capMoney = 0
		reason = why("redeem_debt", number(argPoints, e.in.Debt))
	case rate == 0 && !mixed:
		reason = why("redeem_off")
	case e.r.Total < s.Redeem.MinCheck:
		capMoney = 0
		reason = why("redeem_min_check", number(argMoney, s.Redeem.MinCheck))
	case e.in.Available < s.Redeem.MinPoints:
		capMoney = 0
		reason = why("redeem_min_points", number(argPoints, s.Redeem.MinPoints))
	default:
		capMoney = max(0, min(capMoney, e.r.Payable-s.Redeem.MinPayable))
		state = Suggested
		reason = why("redeem_limit", number(argBase, redeemable), number(argRate, rate), number(argLimit, capMoney))
		if mixed {
			reason = why("redeem_limit_mixed", number(argBase, redeemable), number(argLimit, capMoney))
		}
	}
	limit := max(0, min(e.in.Available, s.Unit.PointsFor(capMoney)))
	if most, bound, ok := e.redeemCap(); ok && most < limit {
		limit, reason = most, bound.and(number(argPoints, most))
		if most == 0 {
			state = Inapplicable
		}
	}
	e.r.RedeemLimit = limit
	wanted := e.in.Redeem
	if e.in.RedeemMax {
		wanted = limit
	}
	if wanted <= 0 || wanted > limit {
		e.tell(Effect{Rule: "redeem", State: state}, subject{}, reason)
		if wanted != 0 {
			return ErrOverLimit
		}
		return nil
	}
	return e.spend(wanted)
}

// redeemable sums up what points may pay for. Each line allows the share that its category, else the tier, else the program says; with
// several categories the least. rate is the one share of all lines when there is but one. e.work holds what each line allows, as a sum times
// a rate.
func (e *evaluation) redeemable() (base, most money.Amount, rate money.Rate, mixed bool, err error) {
	common := e.s.Redeem.Limit
	if e.tier != nil && e.tier.Limit != nil {
		common = *e.tier.Limit
	}
	rate = common
	clear(e.work)
	first := true
	var sum money.Amount
	set := e.goods.redeemable
	for i := set.next(0); i >= 0; i = set.next(i + 1) {
		own := e.goods.limit(i, common)
		if !first && own != rate {
			mixed = true
		}
		rate, first = own, false
		base += e.left[i]
		// At most 10¹² × 10⁴.
		e.work[i] = e.left[i] * money.Amount(min(max(0, own), money.Whole))
		sum += e.work[i]
	}
	return base, sum / money.Amount(money.Whole), rate, mixed, nil
}

// limit is the share of a line that points may pay for.
func (b *basket) limit(line int, common money.Rate) money.Rate {
	found := false
	for c, set := range b.categories {
		limit := b.settings.Goods[c].Limit
		if limit == nil || !set.has(line) {
			continue
		}
		if !found || *limit < common {
			common, found = *limit, true
		}
	}
	return common
}

// spend takes points and spreads them by what each line allows, which is in e.work.
func (e *evaluation) spend(points money.Points) error {
	worth, err := e.s.Unit.Money(points)
	if err != nil {
		return err
	}
	e.r.Redeem, e.r.RedeemMoney = points, worth
	e.r.Payable -= worth
	shares, err := e.split.amounts(worth, e.work)
	if err != nil {
		return err
	}
	for i, share := range shares {
		e.r.Lines[i].RedeemMoney = money.Amount(share)
	}
	if shares, err = e.split.amounts(money.Amount(points), e.work); err != nil {
		return err
	}
	for i, share := range shares {
		e.r.Lines[i].RedeemPoints = money.Points(share)
	}
	e.tell(Effect{Rule: "redeem", State: Applied, Points: -int64(points)}, subject{},
		why("redeemed", number(argPoints, points), number(argMoney, worth)))
	return nil
}
