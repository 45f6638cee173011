package rules

import "kartka/engine/money"

// lots gathers points that live together. What has no life of its own is the base lot, the first one.
func (a *accrual) lots() {
	e := a.e
	var base money.Points
	own := 0
	for k := range a.components {
		if c := &a.components[k]; !c.ownLot {
			base += c.points
		} else if c.points > 0 {
			own++
		}
	}
	if e.r.Earn == 0 {
		return
	}
	e.r.Lots = make([]EarnedLot, 0, own+1)
	add := func(rule string, points money.Points, pending, valid int) {
		from, expires := e.s.LotLife(e.in.OccurredAt, pending, valid, e.tier)
		e.r.Lots = append(e.r.Lots, EarnedLot{Rule: rule, Points: points, ActiveFrom: from, Expires: expires})
	}
	if base > 0 {
		add("earn", base, e.s.Earn.PendingDays, 0)
	}
	for k := range a.components {
		c := &a.components[k]
		if !c.ownLot || c.points == 0 {
			continue
		}
		pending := c.afterDays
		if pending == 0 {
			pending = e.s.Earn.PendingDays
		}
		add(c.rule, c.points, pending, c.validDays)
	}
	e.r.EarnExpires = e.r.Lots[0].Expires
}

// spread splits every component over its lines by what each adds to it: fixed points by the base of the lines, or by their price where there is
// none.
func (a *accrual) spread() error {
	for k := range a.components {
		c := &a.components[k]
		if c.points == 0 {
			continue
		}
		weights := a.e.split.begin(len(a.base))
		if c.rates != nil {
			shift := c.exact.shift()
			for i, rate := range c.rates {
				if rate > 0 {
					weights[i] = product(uint64(a.base[i]), uint64(rate)).right(shift)
				}
			}
		} else {
			a.weighFixed(weights, c.lines)
		}
		shares, err := a.e.split.divide(int64(c.points))
		if err != nil {
			return err
		}
		for i, share := range shares {
			a.e.r.Lines[i].Earn += money.Points(share)
		}
	}
	return nil
}

func (a *accrual) weighFixed(weights []uint64, lines lineSet) {
	var sum uint64
	for i := lines.next(0); i >= 0; i = lines.next(i + 1) {
		weights[i] = uint64(a.base[i])
		sum += weights[i]
	}
	if sum > 0 {
		return
	}
	for i := lines.next(0); i >= 0; i = lines.next(i + 1) {
		weights[i] = uint64(a.e.in.Lines[i].Net)
		sum += weights[i]
	}
	if sum > 0 || len(weights) == 0 {
		return
	}
	weights[max(0, lines.next(0))] = 1 // nothing is paid for, or the points are of no line: then of the first
}
