package rules

import (
	"cmp"

	"kartka/engine/money"
)

// What guests collect and receive: tiers, stamps, coupons, codes, rewards, certificates, points for friends.

type tiersFile struct {
	Basis      TierBasis  `json:"basis"`
	WindowDays int        `json:"window_days,omitempty"`
	Calendar   Period     `json:"calendar,omitempty"`
	KeepDays   int        `json:"keep_days,omitempty"`
	GraceDays  int        `json:"grace_days,omitempty"`
	WarnDays   int        `json:"warn_days,omitempty"`
	Downgrade  Downgrade  `json:"downgrade,omitempty"` // left out: step
	List       []tierFile `json:"list"`
}

// IsZero leaves the section out.
func (f tiersFile) IsZero() bool {
	return f.Basis == "" && f.WindowDays == 0 && f.Calendar == "" && f.KeepDays == 0 && f.GraceDays == 0 && f.WarnDays == 0 &&
		f.Downgrade == "" && len(f.List) == 0
}

type tierFile struct {
	ID          string   `json:"id"`
	Name        nameFile `json:"name"`
	From        string   `json:"from"` // money, points, visits or friends, as the basis says
	Rate        string   `json:"rate,omitempty"`
	Discount    string   `json:"discount,omitempty"`
	RedeemLimit string   `json:"redeem_limit,omitempty"`
	ValidDays   int      `json:"valid_days,omitempty"`
	Coupon      string   `json:"coupon,omitempty"`
}

type stampCardFile struct {
	ID       string     `json:"id"`
	Name     nameFile   `json:"name"`
	Every    int        `json:"every"`
	PerCheck bool       `json:"per_check,omitempty"`
	Goods    *goodsFile `json:"goods,omitempty"`
	MinCheck string     `json:"min_check,omitempty"`
	MaxPrice string     `json:"max_price,omitempty"`
	Points   string     `json:"points,omitempty"`
	Coupon   string     `json:"coupon,omitempty"`
	Paused   bool       `json:"paused,omitempty"`
}

type couponKindFile struct {
	ID        string        `json:"id"`
	Name      nameFile      `json:"name"`
	Gives     benefitFile   `json:"gives"`
	When      conditionFile `json:"when,omitzero"`
	ValidDays int           `json:"valid_days,omitempty"`
	AtOnce    bool          `json:"at_once,omitempty"`
	Alone     bool          `json:"alone,omitempty"`
	MaxOpen   int           `json:"max_open,omitempty"`
	ByHand    bool          `json:"by_hand,omitempty"`
	Priority  int           `json:"priority,omitempty"`
}

type codeFile struct {
	Code      string `json:"code"`
	Points    string `json:"points,omitempty"`
	ValidDays int    `json:"valid_days,omitempty"`
	Coupon    string `json:"coupon,omitempty"`
	From      Date   `json:"from,omitempty"`
	To        Date   `json:"to,omitempty"`
	Total     int    `json:"total,omitempty"`
	PerMember int    `json:"per_member,omitempty"`
	NewOnly   bool   `json:"new_only,omitempty"`
	Paused    bool   `json:"paused,omitempty"`
}

type rewardFile struct {
	ID     string     `json:"id"`
	Name   nameFile   `json:"name"`
	Cost   string     `json:"cost"`
	Coupon string     `json:"coupon"`
	Tiers  []string   `json:"tiers,omitempty"`
	Limits limitsFile `json:"limits,omitzero"`
	Paused bool       `json:"paused,omitempty"`
}

type certificatesFile struct {
	On        bool     `json:"on"`
	ValidDays int      `json:"valid_days,omitempty"`
	Amounts   []string `json:"amounts,omitempty"`
	Max       string   `json:"max,omitempty"`
}

// IsZero leaves the section out.
func (f certificatesFile) IsZero() bool {
	return !f.On && f.ValidDays == 0 && len(f.Amounts) == 0 && f.Max == ""
}

type referralFile struct {
	On             bool     `json:"on"`
	Inviter        string   `json:"inviter,omitempty"`
	Friend         string   `json:"friend,omitempty"`
	MinCheck       string   `json:"min_check,omitempty"`
	Purchase       int      `json:"purchase,omitempty"` // left out: the first
	HoldDays       int      `json:"hold_days,omitempty"`
	MaxPerMonth    int      `json:"max_per_month,omitempty"`
	ValidDays      int      `json:"valid_days,omitempty"`
	Levels         []string `json:"levels,omitempty"`
	SuspectMinutes int      `json:"suspect_minutes,omitempty"`
}

// IsZero leaves the section out.
func (f referralFile) IsZero() bool {
	return !f.On && f.Inviter == "" && f.Friend == "" && f.MinCheck == "" && f.Purchase == 0 && f.HoldDays == 0 && f.MaxPerMonth == 0 &&
		f.ValidDays == 0 && len(f.Levels) == 0 && f.SuspectMinutes == 0
}

type transferFile struct {
	On     bool   `json:"on"`
	Min    string `json:"min,omitempty"`
	PerDay string `json:"per_day,omitempty"`
}

type sharingFile struct {
	People int `json:"people"`
}

type feedbackFile struct {
	On      bool `json:"on"`
	Low     int  `json:"low,omitempty"`      // left out: 3
	AskDays int  `json:"ask_days,omitempty"` // left out: 7
}

// tierFrom is how the threshold of a tier is written: in whole units of what its basis counts.
func (c scale) tierFrom(basis TierBasis) int {
	switch basis {
	case TierBySpend:
		return c.money
	case TierByPoints:
		return c.points
	}
	return 0
}

func (c scale) tiers(t Tiers) tiersFile {
	f := tiersFile{
		Basis: t.Basis, WindowDays: t.WindowDays, Calendar: t.Calendar, KeepDays: t.KeepDays, GraceDays: t.GraceDays, WarnDays: t.WarnDays,
		Downgrade: t.Downgrade,
	}
	f.List = each(t.List, func(v Tier) tierFile {
		return tierFile{
			ID: v.ID, Name: nameFile(v.Name), From: money.Format(v.From, c.tierFrom(t.Basis)), Rate: someRate(v.Rate), Discount: someRate(v.Discount),
			RedeemLimit: boundRate(v.Limit), ValidDays: v.ValidDays, Coupon: v.Coupon,
		}
	})
	return f
}

func (r *reader) tiers(f tiersFile) Tiers {
	t := Tiers{
		Basis: f.Basis, WindowDays: f.WindowDays, Calendar: f.Calendar, KeepDays: f.KeepDays, GraceDays: f.GraceDays, WarnDays: f.WarnDays,
		Downgrade: f.Downgrade,
	}
	t.List = eachAt("tiers.list", f.List, func(c tierFile) string { return c.ID }, func(at string, v tierFile) Tier {
		return Tier{
			ID: v.ID, Name: Name(v.Name), From: r.plain(at+".from", v.From, r.tierFrom(t.Basis)), Rate: r.rate(at+".rate", v.Rate),
			Discount: r.rate(at+".discount", v.Discount), Limit: r.boundRate(at+".redeem_limit", v.RedeemLimit),
			ValidDays: v.ValidDays, Coupon: v.Coupon,
		}
	})
	if t.Downgrade == "" && len(t.List) > 0 {
		t.Downgrade = DowngradeStep
	}
	return t
}

func (c scale) stampCard(v StampCard) stampCardFile {
	return stampCardFile{
		ID: v.ID, Name: nameFile(v.Name), Every: v.Every, PerCheck: v.PerCheck, Goods: c.goods(v.Goods), MinCheck: c.someAmount(v.MinCheck),
		MaxPrice: c.someAmount(v.MaxPrice), Points: c.somePoints(v.Points), Coupon: v.Coupon, Paused: v.Paused,
	}
}

func (r *reader) stampCard(at string, f stampCardFile) StampCard {
	return StampCard{
		ID: f.ID, Name: Name(f.Name), Every: f.Every, PerCheck: f.PerCheck, Goods: goodsOf(f.Goods), MinCheck: r.amount(at+".min_check", f.MinCheck),
		MaxPrice: r.amount(at+".max_price", f.MaxPrice), Points: r.point(at+".points", f.Points), Coupon: f.Coupon, Paused: f.Paused,
	}
}

func (c scale) couponKind(v CouponKind) couponKindFile {
	return couponKindFile{
		ID: v.ID, Name: nameFile(v.Name), Gives: c.benefit(v.Gives), When: c.condition(v.When), ValidDays: v.Days,
		AtOnce: v.AtOnce, Alone: v.Alone, MaxOpen: v.MaxOpen, ByHand: v.ByHand, Priority: v.Priority,
	}
}

func (r *reader) couponKind(at string, f couponKindFile) CouponKind {
	return CouponKind{
		ID: f.ID, Name: Name(f.Name), Gives: r.benefit(at+".gives", f.Gives), When: r.condition(at+".when", f.When), Days: f.ValidDays,
		AtOnce: f.AtOnce, Alone: f.Alone, MaxOpen: f.MaxOpen, ByHand: f.ByHand, Priority: f.Priority,
	}
}

func (c scale) code(v PromoCode) codeFile {
	return codeFile{
		Code: v.Code, Points: c.somePoints(v.Points), ValidDays: v.ValidDays, Coupon: v.Coupon, From: v.From, To: v.To,
		Total: v.Total, PerMember: v.PerMember, NewOnly: v.NewOnly, Paused: v.Paused,
	}
}

func (r *reader) code(at string, f codeFile) PromoCode {
	return PromoCode{
		Code: f.Code, Points: r.point(at+".points", f.Points), ValidDays: f.ValidDays, Coupon: f.Coupon, From: f.From, To: f.To,
		Total: f.Total, PerMember: f.PerMember, NewOnly: f.NewOnly, Paused: f.Paused,
	}
}

func (c scale) reward(v Reward) rewardFile {
	return rewardFile{
		ID: v.ID, Name: nameFile(v.Name), Cost: c.point(v.Cost), Coupon: v.Coupon, Tiers: v.Tiers, Limits: c.limits(v.Limits), Paused: v.Paused,
	}
}

func (r *reader) reward(at string, f rewardFile) Reward {
	return Reward{
		ID: f.ID, Name: Name(f.Name), Cost: r.point(at+".cost", f.Cost), Coupon: f.Coupon, Tiers: f.Tiers,
		Limits: r.limits(at+".limits", f.Limits), Paused: f.Paused,
	}
}

func (c scale) certificates(v Certificates) certificatesFile {
	return certificatesFile{On: v.On, ValidDays: v.Days, Amounts: each(v.Amounts, c.amount), Max: c.someAmount(v.Max)}
}

func (r *reader) certificates(f certificatesFile) Certificates {
	amount := func(text string) money.Amount { return r.amount("certificates.amounts", text) }
	return Certificates{On: f.On, Days: f.ValidDays, Amounts: each(f.Amounts, amount), Max: r.amount("certificates.max", f.Max)}
}

func (c scale) referral(v Referral) referralFile {
	return referralFile{
		On: v.On, Inviter: c.somePoints(v.Inviter), Friend: c.somePoints(v.Friend), MinCheck: c.someAmount(v.MinCheck), Purchase: v.Purchase,
		HoldDays: v.HoldDays, MaxPerMonth: v.MaxPerMonth, ValidDays: v.ValidDays, Levels: each(v.Levels, formatRate), SuspectMinutes: v.SuspectWithin,
	}
}

func (r *reader) referral(f referralFile) Referral {
	rate := func(text string) money.Rate { return r.rate("referral.levels", text) }
	v := Referral{
		On: f.On, Inviter: r.point("referral.inviter", f.Inviter), Friend: r.point("referral.friend", f.Friend),
		MinCheck: r.amount("referral.min_check", f.MinCheck), Purchase: f.Purchase, HoldDays: f.HoldDays, MaxPerMonth: f.MaxPerMonth,
		ValidDays: f.ValidDays, Levels: each(f.Levels, rate), SuspectWithin: f.SuspectMinutes,
	}
	if v.On && v.Purchase == 0 {
		v.Purchase = 1
	}
	return v
}

func (c scale) transfer(v Transfer) transferFile {
	return transferFile{On: v.On, Min: c.somePoints(v.Min), PerDay: c.somePoints(v.PerDay)}
}

func (r *reader) transfer(f transferFile) Transfer {
	return Transfer{On: f.On, Min: r.point("transfer.min", f.Min), PerDay: r.point("transfer.per_day", f.PerDay)}
}

func (r *reader) feedback(f feedbackFile) Feedback {
	v := Feedback(f)
	if usual := DefaultFeedback(); v.On {
		v.Low, v.AskDays = cmp.Or(v.Low, usual.Low), cmp.Or(v.AskDays, usual.AskDays)
	}
	return v
}
