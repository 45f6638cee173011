package rules

import (
	"slices"
	"time"

	"kartka/engine/money"
)

// earning checks the base accrual, the welcome and the base discount.
func (c *checker) earning() {
	e, p := c.s.Earn, &c.problems
	c.rate("earn.rate", e.Rate, 0, maxEarnRate)
	notNegative(p, "earn.min_check", int64(e.MinCheck))
	if !e.Rounding.Valid() {
		p.add("earn.rounding", "is %q; use down, half_up or up", e.Rounding)
	}
	if e.Basis != BasisPaid && e.Basis != BasisTotal {
		p.add("earn.basis", "is %q; use paid_cash or before_points", e.Basis)
	}
	c.between("earn.per_visit", e.PerVisit, 0, maxPoints)
	between(p, "earn.pending_days", e.PendingDays, 0, 365, nil)
	if life := c.s.Lots.Days; e.PendingDays > 0 && life > 0 && e.PendingDays >= life {
		p.add("earn.pending_days", "is %d: points would wait as long as they live, %d days; let them wait less or live longer", e.PendingDays, life)
	}
	c.caps("earn.caps", e.Caps.PerSale, e.Caps.PerDay, e.Caps.PerMonth)
	c.between("earn.caps.balance", e.Caps.Balance, 0, maxBudget)
	between(p, "earn.caps.sales_per_day", e.Caps.SalesPerDay, 0, 1000, nil)
	c.between("welcome.points", c.s.Welcome.Points, 0, maxPoints)
	c.days("welcome.valid_days", c.s.Welcome.Days)
	if c.s.Welcome.WithPurchase && c.s.Welcome.Points == 0 {
		p.add("welcome.with_purchase", "has no effect without welcome.points; set them or remove it")
	}
	d := c.s.Discount
	c.rate("discount.rate", d.Rate, 0, money.Whole)
	c.rate("discount.max_share", d.MaxShare, 0, money.Whole)
	if d.MaxShare > 0 && d.MaxShare < d.Rate {
		p.add("discount.max_share", "is %s, less than discount.rate, %s; raise it or lower the rate", formatRate(d.MaxShare), formatRate(d.Rate))
	}
}

// caps checks the bounds of a check, a day and a month against each other. Zero is no bound.
func (c *checker) caps(at string, sale, day, month money.Points) {
	c.between(at+".per_sale", sale, 0, maxBudget)
	c.between(at+".per_day", day, 0, maxBudget)
	c.between(at+".per_month", month, 0, maxBudget)
	if day > 0 && sale > day {
		c.problems.add(at+".per_sale", "is more than per_day, so it has no effect; lower it or remove it")
	}
	if month > 0 && day > month {
		c.problems.add(at+".per_day", "is more than per_month, so it has no effect; lower it or remove it")
	}
}

// spending checks what points may pay for.
func (c *checker) spending() {
	r, p := c.s.Redeem, &c.problems
	c.rate("redeem.limit", r.Limit, 0, money.Whole)
	notNegative(p, "redeem.min_check", int64(r.MinCheck))
	notNegative(p, "redeem.min_payable", int64(r.MinPayable))
	c.between("redeem.min_points", r.MinPoints, 0, maxPoints)
	c.caps("redeem.caps", 0, r.Caps.PerDay, r.Caps.PerMonth)
	between(p, "redeem.caps.times_per_day", r.Caps.TimesPerDay, 0, 1000, nil)
}

// lots checks how long points live.
func (c *checker) lots() {
	l, p := c.s.Lots, &c.problems
	c.days("points.valid_days", l.Days)
	between(p, "points.grace_days", l.GraceDays, 0, 365, nil)
	if l.RoundTo != PeriodEver {
		c.period("points.round_to", l.RoundTo)
	}
	c.size("points.until", len(l.Until), maxUntil)
	for i, day := range l.Until[:min(len(l.Until), maxUntil)] {
		switch _, err := time.Parse("01-02", day); {
		case day == "02-29":
			p.add("points.until", "has 02-29, which does not come every year; use 02-28")
		case err != nil:
			p.add("points.until", "has %q, which is not a day of the year; write it as \"12-31\"", day)
		case slices.Contains(l.Until[:i], day):
			p.add("points.until", "has %q twice", day)
		}
	}
	between(p, "points.min_days", l.MinDays, 0, 364, nil)
	switch {
	case len(l.Until) == 0:
		if l.MinDays > 0 {
			p.add("points.min_days", "has no effect without points.until; set it or remove this")
		}
		if l.Sliding && l.Days == 0 {
			p.add("points.sliding", "has no effect on points that live for ever; set points.valid_days or remove it")
		}
	case l.Sliding:
		p.add("points.sliding", "contradicts points.until: points end on fixed days or are renewed by purchases, not both; remove one")
	case l.RoundTo != PeriodEver:
		p.add("points.round_to", "contradicts points.until: points end on fixed days or at the end of a period, not both; remove one")
	}
	between(p, "rescue.keep_days", c.s.Rescue.KeepDays, 0, 365, nil)
	between(p, "rescue.warn_days", c.s.Rescue.WarnDays, 0, 90, nil)
}

// period reports a period that is none. [PeriodEver] is none here: it is written by leaving the field out.
func (c *checker) period(field string, v Period) {
	if !slices.Contains([]Period{PeriodDay, PeriodWeek, PeriodMonth, PeriodQuarter, PeriodYear}, v) {
		c.problems.add(field, "is %q; use day, week, month, quarter or year", v)
	}
}
