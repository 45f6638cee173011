package ui

import "kartka/locales"

// Offers is what a guest has and can get beside points.
type Offers struct {
	Coupons      []OwnCoupon
	Stamps       []StampCard
	Certificates []Certificate
	Promotions   []Promotion
	Rewards      bool // there is something that points buy
	Codes        bool // there are codes to enter
}

func (Offers) template() string { return "offers.html" }

// OwnCoupon is a coupon as its owner sees it.
type OwnCoupon struct {
	Path, Name, Until string
	Terms             locales.Safe
	Advice            string // what to do with it, or what became of it
	Active            bool
	CanActivate       bool
	CanKeep           bool
	CanCancel         bool // it was bought, and can be given back
}

// StampCard is a stamp card with its terms.
type StampCard struct {
	Stamp
	Terms locales.Safe
	Done  string // rounds completed, "" none
}

// Certificate is a gift certificate on the card.
type Certificate struct{ Left, Until string }

// Promotion is a rule of the shop that is in force now.
type Promotion struct {
	Name  string
	Terms locales.Safe
}

// CouponPage is one coupon alone.
type CouponPage struct{ Coupon OwnCoupon }

func (CouponPage) template() string { return "coupon.html" }

// CouponCancel asks whether to give a bought coupon back.
type CouponCancel struct{ Key, Path, Text string }

func (CouponCancel) template() string { return "coupon_cancel.html" }

// EnterCode asks for a promo code or the number of a gift certificate.
type EnterCode struct {
	Key   string
	Text  string // as it was typed
	Wrong string // with what was typed, "" nothing
}

func (EnterCode) template() string { return "enter.html" }

// Rewards lists what points buy.
type Rewards struct {
	Have string
	List []Reward
}

func (Rewards) template() string { return "rewards.html" }

// Reward is one of them.
type Reward struct {
	Path       string // where it is bought, "" not now
	Name, Cost string
	Why        string // it cannot be had now
	Have, From int64  // points on the way to it; From is 0 where something else is in the way
}

// RewardAsk asks whether to buy one.
type RewardAsk struct {
	Key, Path, Text string
	Terms           locales.Safe
}

func (RewardAsk) template() string { return "reward.html" }
