package rules

import "kartka/engine/money"

// earn applies the base accrual: one rounding for the whole check, then a split over the lines by what each adds to
// the base (till protocol, arithmetic).
func earn(in Input, r *Result) error {
	s := in.Settings
	var base, excluded money.Amount
	weights := make([]money.Amount, len(in.Lines))
	for i, line := range in.Lines {
		if line.NoEarn {
			excluded += line.Net
			continue
		}
		weights[i] = line.Net
		if s.Earn.Basis == BasisPaid {
			weights[i] -= r.Lines[i].RedeemMoney
		}
		base += weights[i]
	}
	inapplicable := func(id string, args map[string]int64) error {
		r.Effects = append(r.Effects, Effect{Rule: "earn", State: Inapplicable, Reason: Reason{ID: id, Args: args}})
		return nil
	}
	switch {
	case s.Earn.Rate == 0:
		return inapplicable("earn_off", nil)
	case r.Total < s.Earn.MinCheck:
		return inapplicable("earn_min_check", map[string]int64{ArgMoney: int64(s.Earn.MinCheck)})
	}
	points, err := money.MulDiv(int64(base), int64(s.Earn.Rate), int64(money.Whole)*int64(s.Unit.StepWorth), s.Earn.Rounding)
	if err != nil {
		return err
	}
	if points == 0 {
		return inapplicable("earn_too_small", map[string]int64{ArgBase: int64(base), ArgRate: int64(s.Earn.Rate)})
	}
	r.Earn = money.Points(points)
	r.EarnExpires = s.ExpiryAfter(in.OccurredAt, s.Lots.Days)
	shares, err := money.Split(r.Earn, weights)
	if err != nil {
		return err
	}
	for i := range r.Lines {
		r.Lines[i].Earn = shares[i]
	}
	args := map[string]int64{ArgBase: int64(base), ArgRate: int64(s.Earn.Rate), ArgPoints: points}
	id := "earned"
	if excluded > 0 {
		id, args["excluded"] = "earned_excluded", int64(excluded)
	}
	r.Effects = append(r.Effects, Effect{Rule: "earn", State: Applied, Points: points, Reason: Reason{ID: id, Args: args}})
	return nil
}
