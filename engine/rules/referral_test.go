package rules_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
)

func TestReferral(t *testing.T) {
	first := rules.Referral{On: true, Inviter: 300, Friend: 100}
	second := rules.Referral{On: true, Inviter: 300, Friend: 100, Purchase: 2, MinCheck: 20000, HoldDays: 14, ValidDays: 60, MaxPerMonth: 5}
	for _, c := range []struct {
		name     string
		r        rules.Referral
		visits   int
		total    money.Amount
		rewarded int
		verdict  rules.ReferralVerdict
		why      string
		active   string
		expires  string
	}{
		{"the first purchase pays, at once", first, 0, 1, 0, rules.ReferralPays, "referral_paid", "2026-03-02T12:00:00Z", "2026-04-01T21:00:00Z"},
		{"a check of nothing does not", first, 0, 0, 0, rules.ReferralNone, "referral_min_check", "", ""},
		{"off", rules.Referral{Inviter: 300}, 0, 50000, 0, rules.ReferralNone, "referral_off", "", ""},
		{"the second pays: the first does not", second, 0, 50000, 0, rules.ReferralNone, "referral_purchase", "", ""},
		{"the second does, after the return window", second, 1, 20000, 4, rules.ReferralPays, "referral_paid", "2026-03-15T22:00:00Z", "2026-05-15T21:00:00Z"},
		{"too small", second, 1, 19999, 0, rules.ReferralNone, "referral_min_check", "", ""},
		{"then the third", second, 2, 20000, 0, rules.ReferralPays, "referral_paid", "2026-03-15T22:00:00Z", "2026-05-15T21:00:00Z"},
		{"five friends were enough this month", second, 1, 20000, 5, rules.ReferralOverdo, "referral_cap", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := settingsIn(t, "Europe/Kyiv")
			s.Lots.Days, s.Referral = 30, c.r
			reward, verdict, why := s.ReferralDue(&rules.Standing{Visits: c.visits}, c.total, c.rewarded, noon)
			if verdict != c.verdict || why.ID != c.why {
				t.Fatalf("%q, %q; want %q, %q", verdict, why.ID, c.verdict, c.why)
			}
			want := rules.ReferralReward{}
			if verdict == rules.ReferralPays {
				want = rules.ReferralReward{Inviter: 300, Friend: 100, ActiveFrom: utcTime(t, c.active), Expires: utcTime(t, c.expires)}
			}
			if diff := cmp.Diff(want, reward); diff != "" {
				t.Error(diff)
			}
		})
	}
	s := settingsIn(t, "Europe/Kyiv")
	s.Referral = first
	if _, verdict, _ := s.ReferralDue(nil, 100, 0, time.Time{}); verdict != rules.ReferralPays {
		t.Error("of whom nothing is known, this is the first purchase")
	}
}

func TestReferralLevels(t *testing.T) {
	s := settingsIn(t, "Europe/Kyiv")
	s.Unit.StepWorth = 100
	if shares, err := s.ReferralShares(100000); shares != nil || err != nil {
		t.Errorf("levels that are off give %v, %v", shares, err)
	}
	s.Referral = rules.Referral{On: true, Levels: []money.Rate{500, 200, 99}}
	shares, err := s.ReferralShares(101900)
	if diff := cmp.Diff([]money.Points{50, 20, 10}, shares); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if shares, err := s.ReferralShares(0); shares != nil || err != nil {
		t.Errorf("nothing paid gives %v, %v", shares, err)
	}
	s.Unit.StepWorth = 1
	s.Referral.Levels = []money.Rate{20000}
	if _, err := s.ReferralShares(math.MaxInt64); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("overflow: %v", err)
	}
}
