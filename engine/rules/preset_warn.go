package rules

import (
	"kartka/engine/money"
)

// Warning is a message id (subject "owner", prefix "owner.warn.") about settings that are legal but unwise.
type Warning string

// The warnings.
const (
	WarnHighRate     Warning = "high_rate"     // more than 7 %: the field's guard for most shops; some industries live above it
	WarnHighLimit    Warning = "high_limit"    // points pay for more than half of a check
	WarnNoExpiry     Warning = "no_expiry"     // points that never burn pile up as a debt
	WarnShortLife    Warning = "short_life"    // points burn before most guests come back
	WarnOutOfPreset  Warning = "out_of_range"  // a rate outside the industry's own range
	WarnHighTier     Warning = "high_tier"     // a status earns more than 7 %, which the program itself does not
	WarnHighPromo    Warning = "high_promo"    // the rate with promotions without a budget is more than 7 %
	WarnHighTogether Warning = "high_together" // discounts and points together take more than 30 % off a check
)

// The guards of the field: what most shops can give, and what guests may leave unpaid before a check feels like a loss.
const (
	guardRate  money.Rate = 700
	guardShare money.Rate = 3000
)

// Warnings lists what an owner should think twice about. They never forbid.
func (s *Settings) Warnings() []Warning {
	preset, known := LookupPreset(s.Preset)
	var warnings []Warning
	for _, w := range []struct {
		id Warning
		on bool
	}{
		{WarnHighRate, s.Earn.Rate > guardRate},
		{WarnHighLimit, s.Redeem.Limit > money.Whole/2},
		{WarnNoExpiry, s.Lots.Days == 0 && len(s.Lots.Until) == 0},
		{WarnShortLife, known && s.Lots.Days > 0 && s.Lots.Days < preset.ReturnDays},
		{WarnOutOfPreset, known && s.Earn.Rate > 0 && (s.Earn.Rate < preset.RateMin || s.Earn.Rate > preset.RateMax)},
		{WarnHighTier, s.Earn.Rate <= guardRate && s.tierRate() > guardRate},
		{WarnHighPromo, s.promoted() > max(guardRate, s.Earn.Rate, s.tierRate())},
		{WarnHighTogether, s.taken() > guardShare},
	} {
		if w.on {
			warnings = append(warnings, w.id)
		}
	}
	return warnings
}

// tierRate is the best rate of a status.
func (s *Settings) tierRate() money.Rate {
	var best money.Rate
	for _, t := range s.Tiers.List {
		best = max(best, t.Rate)
	}
	return best
}

// promoted is the highest rate that a member without a status comes to with all promotions that nothing bounds: a budget, a most for
// each check, or a last day bounds one.
func (s *Settings) promoted() money.Rate {
	base, extra, factor, stacked := s.Earn.Rate, money.Rate(0), money.Whole, int64(money.Whole)
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Paused || r.On != TriggerSale || r.To != "" || r.Limits.Budget > 0 || r.Limits.PerSale > 0 {
			continue
		}
		switch r.Gives.Kind {
		case GivesRate:
			base = max(base, r.Gives.Rate)
		case GivesExtraRate:
			extra += r.Gives.Rate
		case GivesMultiply:
			if !r.Stacks {
				factor = max(factor, r.Gives.Rate)
			} else if v, err := money.MulDiv(stacked, int64(r.Gives.Rate), int64(money.Whole), money.HalfUp); err == nil {
				stacked = v
			}
		}
	}
	rate, err := money.MulDiv(int64(base+extra), max(int64(factor), stacked), int64(money.Whole), money.HalfUp)
	if err != nil {
		return maxFactor
	}
	return money.Rate(rate)
}

// taken is the largest share of a whole check that its base discount and points take off together; 0 without a discount, or where
// points do not pay for goods with one. Discounts on some goods, to a last day or with a budget are not counted.
func (s *Settings) taken() money.Rate {
	discount := s.Discount.Rate
	limit := s.Redeem.Limit
	for _, t := range s.Tiers.List {
		discount = max(discount, t.Discount)
		if t.Limit != nil {
			limit = max(limit, *t.Limit)
		}
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.Paused && r.On == TriggerSale && r.To == "" && r.Limits.BudgetMoney == 0 && r.When.Goods.Any() && r.Gives.Kind == GivesDiscount {
			discount = max(discount, r.Gives.Rate)
		}
	}
	if most := s.Discount.MaxShare; most > 0 {
		discount = min(discount, most)
	}
	if discount == 0 || s.Discount.NoRedeem {
		return 0
	}
	points, err := money.Share(money.Whole-discount, limit, money.HalfUp)
	if err != nil {
		return money.Whole
	}
	return discount + points
}
