package rules

import (
	"time"

	"kartka/engine/money"
)

// ReferralReward is what a friend's purchase gives, when it gives.
type ReferralReward struct {
	Inviter, Friend     money.Points
	ActiveFrom, Expires time.Time // of both rewards; ActiveFrom is also when the friend becomes an effective one
}

// ReferralVerdict says what a friend's purchase means for whoever brought the friend.
type ReferralVerdict string

// The verdicts.
const (
	ReferralNone   ReferralVerdict = ""        // nothing: the purchase does not count (yet)
	ReferralPays   ReferralVerdict = "pays"    // the rewards are given
	ReferralOverdo ReferralVerdict = "refused" // it counts, but the inviter has been rewarded often enough this month
)

// ReferralDue decides whether a purchase of a brought friend pays, once: the caller asks only while the referral has not been
// decided. friend is the friend's standing before the purchase, total what it comes to, and rewarded the number of friends the inviter has
// been rewarded for in the month of the purchase. The purchase that pays is the first from number Referral.Purchase on that
// reaches Referral.MinCheck.
func (s *Settings) ReferralDue(friend *Standing, total money.Amount, rewarded int, at time.Time) (ReferralReward, ReferralVerdict, Reason) {
	r := &s.Referral
	number := 1
	if friend != nil {
		number = friend.Visits + 1
	}
	switch {
	case !r.On:
		return ReferralReward{}, ReferralNone, Reason{ID: "referral_off"}
	case number < r.Purchase:
		return ReferralReward{}, ReferralNone, Reason{ID: "referral_purchase", Args: map[string]int64{ArgCount: int64(number), ArgOf: int64(r.Purchase)}}
	case total <= 0 || total < r.MinCheck:
		return ReferralReward{}, ReferralNone, Reason{ID: "referral_min_check", Args: map[string]int64{ArgMoney: int64(r.MinCheck)}}
	case r.MaxPerMonth > 0 && rewarded >= r.MaxPerMonth:
		return ReferralReward{}, ReferralOverdo, Reason{ID: "referral_cap", Args: map[string]int64{ArgCount: int64(r.MaxPerMonth)}}
	}
	reward := ReferralReward{Inviter: r.Inviter, Friend: r.Friend}
	reward.ActiveFrom, reward.Expires = s.LotLife(at, r.HoldDays, r.ValidDays, nil)
	return reward, ReferralPays, Reason{ID: "referral_paid", Args: map[string]int64{ArgPoints: int64(r.Inviter)}}
}

// ReferralShares returns the points that what a friend paid with money gives to whoever brought the friend, to whoever brought that one, and so
// on: one number per level of the settings, rounded down. It is nil when levels are off.
func (s *Settings) ReferralShares(paid money.Amount) ([]money.Points, error) {
	r := &s.Referral
	if !r.On || len(r.Levels) == 0 || paid <= 0 {
		return nil, nil
	}
	shares := make([]money.Points, len(r.Levels))
	for i, rate := range r.Levels {
		points, err := money.MulDiv(int64(paid), int64(rate), int64(money.Whole)*int64(s.Unit.StepWorth), money.Down)
		if err != nil {
			return nil, err
		}
		shares[i] = money.Points(points)
	}
	return shares, nil
}
