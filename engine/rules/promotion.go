package rules

import "kartka/engine/money"

// promotions adds to the base, in this order: further rates, then multipliers of base and further rates together, then fixed points. An
// exclusive one that would give something is the only one.
func (a *accrual) promotions() error {
	e := a.e
	for _, o := range e.offers {
		if !o.open || !o.exclusive || !o.isPromotion() || !a.gives(o) {
			continue
		}
		for _, other := range e.offers {
			if other.open && other != o && other.isPromotion() {
				other.fail(Skipped, why("exclusive"))
			}
		}
		break
	}
	for _, o := range e.offers {
		if o.open && o.isPromotion() && o.gives.Kind == GivesExtraRate {
			a.addRate(o)
		}
	}
	if err := a.multiply(); err != nil {
		return err
	}
	for _, o := range e.offers {
		if o.open && o.isPromotion() && o.gives.Kind == GivesPoints {
			c := ofOffer(o)
			c.points, c.reason = o.gives.Points, why("earned_points")
			a.components = append(a.components, c)
		}
	}
	return nil
}

// gives reports whether a promotion would come to anything by itself.
func (a *accrual) gives(o *offer) bool {
	if o.gives.Kind == GivesPoints {
		return o.gives.Points > 0
	}
	for i := o.lines.next(0); i >= 0; i = o.lines.next(i + 1) {
		if a.base[i] == 0 {
			continue
		}
		if o.gives.Kind == GivesExtraRate && o.gives.Rate > 0 || o.gives.Kind == GivesMultiply && o.gives.Rate > money.Whole && a.rates[i] > 0 {
			return true
		}
	}
	return false
}

// addRate adds a rate to that of its lines.
func (a *accrual) addRate(o *offer) {
	rate := min(max(0, o.gives.Rate), maxRate)
	c := ofOffer(o)
	c.rates = make([]int64, len(a.base))
	var base money.Amount
	for i := o.lines.next(0); i >= 0; i = o.lines.next(i + 1) {
		c.rates[i] = int64(rate) * int64(money.Whole)
		a.rates[i] += c.rates[i]
		base += a.base[i]
	}
	c.reason = why("earned_extra", number(argBase, base), number(argRate, rate))
	a.components = append(a.components, c)
}

// multiply multiplies the rates of lines: each by the best single factor, or by the product of those that stack when that is more.
func (a *accrual) multiply() error {
	first := len(a.components)
	for _, o := range a.e.offers {
		if !o.open || !o.isPromotion() || o.gives.Kind != GivesMultiply {
			continue
		}
		if !a.gives(o) {
			o.fail(Inapplicable, why("nothing_to_multiply"))
			continue
		}
		a.components = append(a.components, ofOffer(o))
	}
	factors := a.components[first:]
	if len(factors) == 0 {
		return nil
	}
	numbers := make([]int64, len(factors)*len(a.base))
	for k := range factors {
		factors[k].rates = numbers[k*len(a.base) : (k+1)*len(a.base)]
	}
	for i := range a.base {
		if a.rates[i] > 0 {
			if err := a.multiplyLine(factors, i); err != nil {
				return err
			}
		}
	}
	kept := factors[:0]
	for _, c := range factors {
		var base money.Amount
		for i, rate := range c.rates {
			if rate > 0 {
				base += a.base[i]
			}
		}
		if base == 0 {
			c.offer.fail(Skipped, why("better_rule"))
			continue
		}
		c.reason = why("earned_times", number(argBase, base), number(argTimes, c.offer.gives.Rate))
		kept = append(kept, c)
	}
	a.components = a.components[:first+len(kept)]
	return nil
}

// multiplyLine gives what a line's factor adds to the factors that make it.
func (a *accrual) multiplyLine(factors []component, line int) error {
	best, single := -1, money.Rate(0)
	stacked := a.rates[line]
	more := func(c *component, rate int64) (int64, error) {
		return money.MulDiv(rate, int64(c.offer.gives.Rate-money.Whole), int64(money.Whole), money.Down)
	}
	for k := range factors {
		c := &factors[k]
		if !c.lines.has(line) {
			continue
		}
		if !c.stacks() {
			if c.offer.gives.Rate > single {
				best, single = k, c.offer.gives.Rate
			}
			continue
		}
		added, err := more(c, stacked)
		if err != nil || stacked > int64(MaxTotal)-added {
			return ErrTooLarge
		}
		c.rates[line] = added
		stacked += added
	}
	if best < 0 {
		return nil
	}
	added, err := more(&factors[best], a.rates[line])
	if err != nil || added > int64(MaxTotal) {
		return ErrTooLarge
	}
	if a.rates[line]+added < stacked {
		return nil
	}
	for k := range factors {
		factors[k].rates[line] = 0
	}
	factors[best].rates[line] = added
	return nil
}

func (c *component) stacks() bool { return c.offer.rule != nil && c.offer.rule.Stacks }
