package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// One guest of so many does it, or does it at one visit of so many.
const (
	oneTellsBirthday = 2
	oneKnowsTheCode  = 5
	oneForgets       = 3 // to activate a coupon
	oneReward        = 2 // of those who save and have enough
	oneGift          = 150
	oneGivesPoints   = 250
	oneReviews       = 40
	oneRates         = 12
	oneWrites        = 3 // of those who are content; the others write more often than not
)

// chance is true for one in n.
func (s *seeder) chance(n int) bool { return s.rand.IntN(n) == 0 }

// key is a key for a deed.
func (s *seeder) key() string { return "demo:" + s.id() }

// settleIn is what new guests do with their card: they tell their birthday, and some have heard of a promo code.
func (s *seeder) settleIn(ctx context.Context, e *engine.Engine, p engine.Program, r *regular) error {
	if s.chance(oneTellsBirthday) {
		day := rules.Birthday{Month: 1 + s.rand.IntN(12), Day: 1 + s.rand.IntN(28)}
		if _, err := e.SetBirthday(ctx, p.ID, r.member.ID, day); err != nil {
			return fmt.Errorf("tell birthday: %w", err)
		}
	}
	if len(p.Settings.Codes) == 0 || !s.chance(oneKnowsTheCode) {
		return nil
	}
	_, err := e.EnterCode(ctx, engine.EnterCodeInput{Key: s.key(), ProgramID: p.ID, MemberID: r.member.ID, Text: p.Settings.Codes[0].Code})
	if err != nil {
		return fmt.Errorf("enter code: %w", err)
	}
	return nil
}

// before is what a guest does on the way to the counter: activate the coupons there are, and fetch what others are good for.
func (s *seeder) before(ctx context.Context, e *engine.Engine, p engine.Program, by engine.Staff, r *regular) error {
	coupons := r.coupons
	r.coupons = nil
	for _, id := range coupons {
		if s.chance(oneForgets) {
			continue
		}
		coupon, err := e.ActivateCoupon(ctx, p.ID, r.member.ID, id)
		if engine.IsKind(err, engine.KindExpired) {
			continue
		}
		if err != nil {
			return fmt.Errorf("activate coupon: %w", err)
		}
		if kind, ok := p.Settings.CouponKind(coupon.Kind); !ok || !kind.ByHand {
			continue
		}
		_, err = e.HandOver(ctx, engine.HandOverInput{Key: s.key(), ProgramID: p.ID, MemberID: r.member.ID, CouponID: id, StaffID: by.ID})
		if err != nil {
			return fmt.Errorf("fetch what a coupon is for: %w", err)
		}
	}
	return nil
}

// after is what a guest may do at the counter beside buying: fetch a reward, buy a gift certificate for a later visit, give a
// review.
func (s *seeder) after(ctx context.Context, e *engine.Engine, p engine.Program, by engine.Staff, r *regular) error {
	if err := s.reward(ctx, e, p, by, r); err != nil {
		return err
	}
	if amounts := p.Settings.Gifts.Amounts; len(amounts) > 0 && s.chance(oneGift) {
		sold, err := e.SellCertificate(ctx, engine.SellCertificateInput{Key: s.key(), ProgramID: p.ID, StaffID: by.ID, MemberID: r.member.ID,
			Amount: amounts[s.rand.IntN(len(amounts))]})
		if err != nil {
			return fmt.Errorf("sell certificate: %w", err)
		}
		r.gift = sold.Certificate.ID
	}
	if p.Settings.Rule("review") != nil && s.chance(oneReviews) {
		_, err := e.Event(ctx, engine.EventInput{Key: s.key(), ProgramID: p.ID, MemberID: r.member.ID, Event: "review", Source: "demo"})
		if err != nil {
			return fmt.Errorf("review: %w", err)
		}
	}
	return nil
}

// reward has a guest who saves buy the dearest thing there is enough for, and fetch it.
func (s *seeder) reward(ctx context.Context, e *engine.Engine, p engine.Program, by engine.Staff, r *regular) error {
	if !r.saves || len(p.Settings.Rewards) == 0 || !s.chance(oneReward) {
		return nil
	}
	var best rules.Reward
	for _, reward := range p.Settings.Rewards {
		if reward.Cost <= r.points && reward.Cost > best.Cost {
			best = reward
		}
	}
	if best.ID == "" {
		return nil
	}
	bought, err := e.BuyReward(ctx, engine.BuyRewardInput{Key: s.key(), ProgramID: p.ID, MemberID: r.member.ID, RewardID: best.ID, StaffID: by.ID})
	if engine.IsKind(err, engine.KindForbidden) || engine.IsKind(err, engine.KindLimit) || engine.IsKind(err, engine.KindInsufficient) {
		return nil // not of that status, or has one already
	}
	if err != nil {
		return fmt.Errorf("buy reward: %w", err)
	}
	r.points = bought.Balance.Available
	_, err = e.HandOver(ctx, engine.HandOverInput{Key: s.key(), ProgramID: p.ID, MemberID: r.member.ID, CouponID: bought.Coupon.ID, StaffID: by.ID})
	if err != nil {
		return fmt.Errorf("fetch reward: %w", err)
	}
	return nil
}

// give has a guest give points to another.
func (s *seeder) give(ctx context.Context, e *engine.Engine, p engine.Program, from, to *regular) error {
	points := money.Points(10 + 10*s.rand.IntN(5))
	if !p.Settings.Transfer.On || from == to || from.points < points {
		return nil
	}
	posted, err := e.Transfer(ctx, engine.TransferInput{Key: s.key(), ProgramID: p.ID, FromMember: from.member.ID, ToMember: to.member.ID, Points: points})
	if engine.IsKind(err, engine.KindInsufficient) || engine.IsKind(err, engine.KindLimit) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("give points: %w", err)
	}
	from.points = posted.Balance.Available
	return nil
}

// moodSeed begins the chance of what guests say.
const moodSeed = 12

// rate has a guest say what the purchase was like: most are content, a little less so with the last of the staff. It is by a chance of its own,
// so that what they say changes nothing of what they do.
func (s *seeder) rate(ctx context.Context, e *engine.Engine, v venue, p engine.Program, by engine.Staff, r *regular, saleID string) error {
	if s.mood == nil {
		s.mood = rand.New(rand.NewPCG(moodSeed, moodSeed))
	}
	s.rand, s.mood = s.mood, s.rand
	defer func() { s.rand, s.mood = s.mood, s.rand }()
	if !p.Settings.Feedback.On || !s.chance(oneRates) {
		return nil
	}
	luck := s.rand.IntN(100)
	if by.Name == v.baristas[len(v.baristas)-1] {
		luck -= 12
	}
	stars := 5
	for _, least := range []int{35, 14, 7, 3} {
		if luck < least {
			stars--
		}
	}
	in := engine.RateInput{ProgramID: p.ID, SaleID: saleID, MemberID: r.member.ID, Stars: stars, Via: engine.RatedInChat}
	if said := v.said[stars-1]; len(said) > 0 && (s.chance(oneWrites) || stars < rules.MostStars-1 && !s.chance(oneWrites)) {
		in.Comment = said[s.rand.IntN(len(said))]
	}
	if _, err := e.Rate(ctx, in); err != nil && !engine.IsKind(err, engine.KindLimit) {
		return fmt.Errorf("rate: %w", err)
	}
	return nil
}
