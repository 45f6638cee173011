package rules

import (
	"kartka/engine/money"
)

// The sections every program has: what points are, how they are earned and spent, how long they live.

type unitFile struct {
	Name     string `json:"name"`
	Decimals int    `json:"decimals"`
	Worth    string `json:"worth"` // money one whole point pays for
}

type earnFile struct {
	Rate        string         `json:"rate"`
	MinCheck    string         `json:"min_check"`
	Rounding    money.Rounding `json:"rounding"`
	Basis       Basis          `json:"basis"`
	PerVisit    string         `json:"per_visit,omitempty"`
	PendingDays int            `json:"pending_days,omitempty"`
	Caps        earnCapsFile   `json:"caps,omitzero"`
}

type earnCapsFile struct {
	PerSale     string `json:"per_sale,omitempty"`
	PerDay      string `json:"per_day,omitempty"`
	PerMonth    string `json:"per_month,omitempty"`
	Balance     string `json:"balance,omitempty"`
	SalesPerDay int    `json:"sales_per_day,omitempty"`
}

type discountFile struct {
	Rate     string `json:"rate,omitempty"`
	MaxShare string `json:"max_share,omitempty"`
	NoEarn   bool   `json:"no_earn,omitempty"`
	NoRedeem bool   `json:"no_redeem,omitempty"`
}

type redeemFile struct {
	Limit      string         `json:"limit"`
	MinCheck   string         `json:"min_check"`
	MinPayable string         `json:"min_payable"`
	MinPoints  string         `json:"min_points"`
	Caps       redeemCapsFile `json:"caps,omitzero"`
}

type redeemCapsFile struct {
	PerDay      string `json:"per_day,omitempty"`
	PerMonth    string `json:"per_month,omitempty"`
	TimesPerDay int    `json:"times_per_day,omitempty"`
}

type lotsFile struct {
	ValidDays int      `json:"valid_days"`
	GraceDays int      `json:"grace_days"`
	Sliding   bool     `json:"sliding,omitempty"`
	RoundTo   Period   `json:"round_to,omitempty"`
	Until     []string `json:"until,omitempty"`
	MinDays   int      `json:"min_days,omitempty"`
}

type rescueFile struct {
	KeepDays int `json:"keep_days,omitempty"`
	WarnDays int `json:"warn_days,omitempty"`
}

type welcomeFile struct {
	Points       string `json:"points"`
	ValidDays    int    `json:"valid_days"`
	WithPurchase bool   `json:"with_purchase,omitempty"`
}

type returnsFile struct {
	Policy ReturnPolicy `json:"policy"`
}

type staffFile struct {
	MaxCheck      string `json:"max_check"`
	SalesPerDay   int    `json:"sales_per_day"`
	SameCardDaily int    `json:"same_card_per_day"`
	AdjustMax     string `json:"adjust_max"`
	UndoMinutes   int    `json:"undo_minutes"`
	HoldSeconds   int    `json:"hold_seconds"`
}

type linksFile struct {
	Privacy string `json:"privacy,omitempty"`
	Support string `json:"support,omitempty"`
}

func (c scale) unit(u Unit) unitFile {
	whole := u.StepWorth
	for range u.Decimals {
		whole *= 10
	}
	return unitFile{Name: u.Name, Decimals: u.Decimals, Worth: c.amount(whole)}
}

func (r *reader) unit(f unitFile) Unit {
	worth := r.amount("unit.worth", f.Worth)
	for range r.points {
		if worth%10 != 0 {
			r.problems.add("unit.worth", "is too small to have %d decimals of a point; use fewer decimals or a larger worth", r.points)
			worth = 1
			break
		}
		worth /= 10
	}
	return Unit{Name: f.Name, Decimals: r.points, StepWorth: worth}
}

func (c scale) earn(e Earn) earnFile {
	return earnFile{
		Rate: formatRate(e.Rate), MinCheck: c.amount(e.MinCheck), Rounding: e.Rounding, Basis: e.Basis,
		PerVisit: c.somePoints(e.PerVisit), PendingDays: e.PendingDays,
		Caps: earnCapsFile{
			PerSale: c.somePoints(e.Caps.PerSale), PerDay: c.somePoints(e.Caps.PerDay), PerMonth: c.somePoints(e.Caps.PerMonth),
			Balance: c.somePoints(e.Caps.Balance), SalesPerDay: e.Caps.SalesPerDay,
		},
	}
}

func (r *reader) earn(f earnFile) Earn {
	return Earn{
		Rate: r.rate("earn.rate", f.Rate), MinCheck: r.amount("earn.min_check", f.MinCheck), Rounding: f.Rounding, Basis: f.Basis,
		PerVisit: r.point("earn.per_visit", f.PerVisit), PendingDays: f.PendingDays,
		Caps: EarnCaps{
			PerSale: r.point("earn.caps.per_sale", f.Caps.PerSale), PerDay: r.point("earn.caps.per_day", f.Caps.PerDay),
			PerMonth: r.point("earn.caps.per_month", f.Caps.PerMonth), Balance: r.point("earn.caps.balance", f.Caps.Balance),
			SalesPerDay: f.Caps.SalesPerDay,
		},
	}
}

func (c scale) discount(d Discount) discountFile {
	return discountFile{Rate: someRate(d.Rate), MaxShare: someRate(d.MaxShare), NoEarn: d.NoEarn, NoRedeem: d.NoRedeem}
}

func (r *reader) discount(f discountFile) Discount {
	return Discount{
		Rate: r.rate("discount.rate", f.Rate), MaxShare: r.rate("discount.max_share", f.MaxShare), NoEarn: f.NoEarn, NoRedeem: f.NoRedeem,
	}
}

func (c scale) redeem(v Redeem) redeemFile {
	return redeemFile{
		Limit: formatRate(v.Limit), MinCheck: c.amount(v.MinCheck), MinPayable: c.amount(v.MinPayable), MinPoints: c.point(v.MinPoints),
		Caps: redeemCapsFile{PerDay: c.somePoints(v.Caps.PerDay), PerMonth: c.somePoints(v.Caps.PerMonth), TimesPerDay: v.Caps.TimesPerDay},
	}
}

func (r *reader) redeem(f redeemFile) Redeem {
	return Redeem{
		Limit: r.rate("redeem.limit", f.Limit), MinCheck: r.amount("redeem.min_check", f.MinCheck),
		MinPayable: r.amount("redeem.min_payable", f.MinPayable), MinPoints: r.point("redeem.min_points", f.MinPoints),
		Caps: RedeemCaps{
			PerDay: r.point("redeem.caps.per_day", f.Caps.PerDay), PerMonth: r.point("redeem.caps.per_month", f.Caps.PerMonth),
			TimesPerDay: f.Caps.TimesPerDay,
		},
	}
}

func (c scale) lots(l Lots) lotsFile {
	return lotsFile{ValidDays: l.Days, GraceDays: l.GraceDays, Sliding: l.Sliding, RoundTo: l.RoundTo, Until: l.Until, MinDays: l.MinDays}
}

func (r *reader) lots(f lotsFile) Lots {
	return Lots{Days: f.ValidDays, GraceDays: f.GraceDays, Sliding: f.Sliding, RoundTo: f.RoundTo, Until: f.Until, MinDays: f.MinDays}
}

func (c scale) welcome(w Welcome) welcomeFile {
	return welcomeFile{Points: c.point(w.Points), ValidDays: w.Days, WithPurchase: w.WithPurchase}
}

func (r *reader) welcome(f welcomeFile) Welcome {
	return Welcome{Points: r.point("welcome.points", f.Points), Days: f.ValidDays, WithPurchase: f.WithPurchase}
}

func (c scale) staff(l StaffLimits) staffFile {
	return staffFile{
		MaxCheck: c.amount(l.MaxCheck), SalesPerDay: l.SalesPerDay, SameCardDaily: l.SameCardDaily,
		AdjustMax: c.point(l.AdjustMax), UndoMinutes: l.UndoMinutes, HoldSeconds: l.HoldSeconds,
	}
}

func (r *reader) staff(f staffFile) StaffLimits {
	return StaffLimits{
		MaxCheck: r.amount("staff.max_check", f.MaxCheck), SalesPerDay: f.SalesPerDay, SameCardDaily: f.SameCardDaily,
		AdjustMax: r.point("staff.adjust_max", f.AdjustMax), UndoMinutes: f.UndoMinutes, HoldSeconds: f.HoldSeconds,
	}
}
