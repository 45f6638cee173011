package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// CampaignGift is what a campaign has given one member.
type CampaignGift struct {
	PostingID string
	Points    money.Points
	Coupon    *Coupon
	Kind      rules.CouponKind // of the coupon
	Amount    money.Amount     // of a certificate
	Until     time.Time        // zero: for ever
}

// giftKey is the key of the posting that gives: one for each person and period of a campaign, for ever.
func giftKey(d *Delivery) string {
	key := "campaign:" + d.CampaignID + ":" + d.MemberID
	if d.Period != "" {
		key += ":" + d.Period
	}
	return key
}

// RecoverDeliveries settles as unknown what a lost sender of a bot left in sending, and returns how many they were. What it had given and not noted is noted.
func (e *Engine) RecoverDeliveries(ctx context.Context, mail Deliveries, b Bot, fence int64) (int, error) {
	lost, err := mail.LostDeliveries(ctx, b.ProgramID, b.Channel, b.Sender, fence)
	if err != nil {
		return 0, fmt.Errorf("read lost deliveries: %w", err)
	}
	gives := map[string]bool{}
	var given []Delivery
	for _, d := range lost {
		if _, known := gives[d.CampaignID]; !known {
			c, err := e.store.Campaign(ctx, d.ProgramID, d.CampaignID)
			if err != nil {
				return 0, fmt.Errorf("read campaign: %w", err)
			}
			gives[d.CampaignID] = c.Plan.Gift != nil
		}
		if !gives[d.CampaignID] || d.Gift != "" {
			continue
		}
		found, err := e.findGift(ctx, &d)
		if err != nil {
			return 0, err
		}
		if found {
			given = append(given, d)
		}
	}
	return mail.RecoverDeliveries(ctx, b.ProgramID, b.Channel, b.Sender, fence, e.Now(), given)
}

// findGift reports whether a gift was given and only not noted, and notes it.
func (e *Engine) findGift(ctx context.Context, d *Delivery) (found bool, err error) {
	p, err := e.store.PostingByKey(ctx, d.ProgramID, giftKey(d))
	if IsKind(err, KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read posting of gift: %w", err)
	}
	d.Gift = p.ID
	return true, nil
}

// giveGift gives a member what a campaign gives, once however often it is asked to. A gift that may not be given now, since the guest has as many such
// coupons as one may have or the card does not work, is an *Error.
func (e *Engine) giveGift(ctx context.Context, program Program, c *Campaign, d *Delivery) (CampaignGift, error) {
	gift := c.Plan.Gift
	switch gift.Kind {
	case campaign.GiftPoints:
		return e.giveCampaignPoints(ctx, program, c, d)
	case campaign.GiftCoupon:
		return e.giveCampaignCoupon(ctx, program, c, d)
	case campaign.GiftCertificate:
		return e.giveCampaignCertificate(ctx, program, c, d)
	}
	return CampaignGift{}, fmt.Errorf("give gift of campaign %s: no gift %q", c.ID, gift.Kind)
}

// campaignGift is what a key of a gift stands for: the same gift to the same member, whatever of the plan was changed since.
type campaignGift struct{ Campaign, Member, Period string }

func giftOf(d *Delivery) campaignGift { return campaignGift{d.CampaignID, d.MemberID, d.Period} }

func (e *Engine) giveCampaignPoints(ctx context.Context, program Program, c *Campaign, d *Delivery) (CampaignGift, error) {
	gift, settings := c.Plan.Gift, program.Settings
	days := gift.Days
	if days == 0 {
		days = settings.Lots.Days
	}
	posted, err := e.change(ctx, change{
		key: giftKey(d), input: giftOf(d), program: program, memberID: d.MemberID, kind: ledger.KindBonus, note: c.Name,
		reason: rules.Reason{ID: "campaign", Text: c.Name},
		plan: func(account *ledger.Account, now time.Time) (ledger.Plan, error) {
			return account.Credit(ledger.Lot{ID: e.newID(), Points: gift.Points, ActiveFrom: now, EarnedAt: now, Kind: ledger.KindBonus,
				ExpiresAt: settings.ExpiryAfter(now, days)}, ledger.ContraEarn)
		},
	})
	return CampaignGift{PostingID: posted.PostingID, Points: posted.Earned, Until: posted.Expires}, err
}

func (e *Engine) giveCampaignCoupon(ctx context.Context, program Program, c *Campaign, d *Delivery) (CampaignGift, error) {
	kind, found := program.Settings.CouponKind(c.Plan.Gift.Coupon)
	if !found {
		return CampaignGift{}, fail(KindNotFound, "coupon_kind_unknown")
	}
	posted, err := e.perform(ctx, deed{
		key: giftKey(d), input: giftOf(d), program: program, memberID: d.MemberID, kind: ledger.KindCoupon, note: c.Name,
		do: func(tx Tx, s *doing) error {
			coupon, err := e.grant(ctx, tx, program, s, rules.Grant{Coupon: kind.ID, From: "campaign:" + c.ID}, "", "")
			if err != nil {
				return err
			}
			s.answer.Effects = []rules.Effect{{Rule: couponRule + coupon.ID, State: rules.Applied, Reason: couponReason(program.Settings, "coupon_given", kind)}}
			return nil
		},
	})
	given, err := e.couponGiven(ctx, program.ID, posted, err)
	if err != nil {
		return CampaignGift{}, err
	}
	return CampaignGift{PostingID: given.PostingID, Coupon: &given.Coupon, Kind: kind, Until: given.Coupon.Expires}, nil
}

func (e *Engine) giveCampaignCertificate(ctx context.Context, program Program, c *Campaign, d *Delivery) (CampaignGift, error) {
	gift := c.Plan.Gift
	hash, err := hashOf(giftOf(d))
	if err != nil {
		return CampaignGift{}, err
	}
	var sold CertificateSold
	err = e.inTxTwice(ctx, func(tx Tx) error {
		sold, err = e.sellCertificateIn(ctx, tx, program, SellCertificateInput{Key: giftKey(d), ProgramID: program.ID, Amount: gift.Amount, MemberID: d.MemberID,
			Days: gift.Days, quiet: true}, hash)
		return err
	})
	if err != nil {
		return CampaignGift{}, err
	}
	posting, err := e.store.PostingByKey(ctx, program.ID, giftKey(d))
	if err != nil {
		return CampaignGift{}, fmt.Errorf("read posting of gift: %w", err)
	}
	return CampaignGift{PostingID: posting.ID, Amount: sold.Certificate.Amount, Until: sold.Certificate.ExpiresAt}, nil
}
