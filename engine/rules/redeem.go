package rules

import "kartka/engine/money"

// redeem finds how many points the check can take, takes what is asked, and spreads it over the lines.
// Source: till protocol, arithmetic: min(available, redeemable × limit, total − minimum payable), rounded down to a step.
func redeem(in Input, r *Result) error {
	s := in.Settings
	var redeemable money.Amount
	weights := make([]money.Amount, len(in.Lines))
	for i, line := range in.Lines {
		if !line.NoRedeem {
			weights[i] = line.Net
			redeemable += line.Net // at most the total, which did not overflow
		}
	}
	capMoney, err := money.Share(redeemable, s.Redeem.Limit, money.Down)
	if err != nil {
		return err
	}
	effect := Effect{Rule: "redeem", State: Inapplicable}
	switch {
	case in.Debt > 0:
		capMoney = 0
		effect.Reason = Reason{ID: "redeem_debt", Args: map[string]int64{ArgPoints: int64(in.Debt)}}
	case s.Redeem.Limit == 0:
		effect.Reason = Reason{ID: "redeem_off"}
	case r.Total < s.Redeem.MinCheck:
		capMoney = 0
		effect.Reason = Reason{ID: "redeem_min_check", Args: map[string]int64{ArgMoney: int64(s.Redeem.MinCheck)}}
	case in.Available < s.Redeem.MinPoints:
		capMoney = 0
		effect.Reason = Reason{ID: "redeem_min_points", Args: map[string]int64{ArgPoints: int64(s.Redeem.MinPoints)}}
	default:
		capMoney = max(0, min(capMoney, r.Total-s.Redeem.MinPayable))
		effect.State = Suggested
		effect.Reason = Reason{ID: "redeem_limit", Args: map[string]int64{
			ArgBase: int64(redeemable), ArgRate: int64(s.Redeem.Limit), ArgLimit: int64(capMoney)}}
	}
	r.RedeemLimit = max(0, min(in.Available, s.Unit.PointsFor(capMoney)))

	wanted := in.Redeem
	if in.RedeemMax {
		wanted = r.RedeemLimit
	}
	if wanted < 0 || wanted > r.RedeemLimit {
		r.Effects = append(r.Effects, effect)
		return ErrOverLimit
	}
	if wanted == 0 {
		r.Effects = append(r.Effects, effect)
		return nil
	}
	r.Redeem = wanted
	if r.RedeemMoney, err = s.Unit.Money(wanted); err != nil {
		return err
	}
	r.Payable = r.Total - r.RedeemMoney
	moneyShares, err := money.Split(r.RedeemMoney, weights)
	if err != nil {
		return err
	}
	pointShares, err := money.Split(r.Redeem, weights)
	if err != nil {
		return err
	}
	for i := range r.Lines {
		r.Lines[i].RedeemMoney, r.Lines[i].RedeemPoints = moneyShares[i], pointShares[i]
	}
	r.Effects = append(r.Effects, Effect{Rule: "redeem", State: Applied, Points: -int64(wanted), Reason: Reason{
		ID: "redeemed", Args: map[string]int64{ArgPoints: int64(wanted), ArgMoney: int64(r.RedeemMoney)}}})
	return nil
}
