package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// scene is everything a sale is judged by, as it stands: Quote reads it, Reserve and Post read it under the lock of the
// member's account.
type scene struct {
	settings     *rules.Settings
	version      int64
	place        *Location // nil without one
	zone         *time.Location
	member       *Holder // nil for a sale without a card
	account      ledger.Account
	standing     rules.Standing
	certificates []rules.Certificate
	now          time.Time
}

// placeName is what guests are told of where a sale was made.
func (s *scene) placeName() string {
	if s.place == nil {
		return ""
	}
	return s.place.Name
}

// atPlace finds the location of a sale, unless it is known, and with it the sale's zone and business date.
func (s *scene) atPlace(ctx context.Context, reads ProgramReads, sale *SaleInput) error {
	s.zone = s.settings.Zone
	if sale.LocationID != "" && s.place == nil {
		place, err := reads.Location(ctx, sale.ProgramID, sale.LocationID)
		if err != nil {
			return fmt.Errorf("read location: %w", err)
		}
		s.place = &place
	}
	if s.place != nil && s.place.Zone != "" {
		var err error
		if s.zone, err = time.LoadLocation(s.place.Zone); err != nil {
			return fmt.Errorf("zone of location: %w", err)
		}
	}
	if sale.Business == "" {
		sale.Business = string(rules.DateOf(sale.OccurredAt, s.zone))
	}
	return nil
}

// readStanding reads what rules may ask about the member at the time of the sale.
func (s *scene) readStanding(ctx context.Context, reads MechanicReads, sale *SaleInput) error {
	if s.member == nil {
		return nil
	}
	standing, err := reads.Standing(ctx, sale.ProgramID, s.member.ID, standingFor(s.settings, sale.OccurredAt))
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	s.standing = standing
	return nil
}

// standingFor is what a sale at an instant asks of a member's standing.
func standingFor(s *rules.Settings, at time.Time) StandingQuery {
	return StandingQuery{Since: s.TierWindow(at), Basis: s.Tiers.Basis, Counters: s.Counters(at), NoStamps: len(s.Stamps) == 0, NoCoupons: len(s.Coupons) == 0,
		NoBirthday: !s.AsksBirthday()}
}

// lockUses locks the counters of the whole program that the sale may move, so that no budget is overspent. They are locked after
// the account, always in the same order.
func (s *scene) lockUses(ctx context.Context, tx Tx, sale *SaleInput) error {
	var shared []rules.Counter
	for _, c := range s.settings.Counters(sale.OccurredAt) {
		if c.All {
			shared = append(shared, c)
		}
	}
	if len(shared) == 0 {
		return nil
	}
	if _, err := tx.LockUses(ctx, sale.ProgramID, shared); err != nil {
		return fmt.Errorf("lock counters: %w", err)
	}
	return nil
}

// input is the sale as the rules see it.
func (s *scene) input(sale *SaleInput) rules.Input {
	in := rules.Input{
		Settings: s.settings, Lines: sale.lines(), OccurredAt: sale.OccurredAt, Known: s.member != nil,
		Available: s.account.Available(s.now), Debt: s.account.Debt, Balance: s.account.Balance(),
		Redeem: sale.Redeem, RedeemMax: sale.RedeemMax, Zone: s.zone, Channel: sale.Source,
		Marks: sale.Marks, NoCoupons: sale.NoCoupons, Certificates: s.certificates,
	}
	if s.member != nil {
		in.Member = &s.standing
	}
	if s.place != nil {
		in.Location = s.place.Code
	}
	var total money.Amount
	for _, line := range in.Lines {
		total += line.Net
	}
	if total == 0 { // the parent of a split bill, a check that was emptied: it is no purchase, and there is nothing to explain
		in.Known, in.Silent = false, true
	}
	if onTheHouse(sale.Tenders) {
		in.Lines = slices.Clone(in.Lines)
		for i := range in.Lines {
			in.Lines[i].NoEarn = true
		}
	}
	return in
}

// onTheHouse reports whether nobody pays: staff meals and the like earn nothing.
func onTheHouse(tenders []Tender) bool {
	return slices.ContainsFunc(tenders, func(t Tender) bool { return t.Kind == TenderHouse && t.Amount > 0 })
}

// quote evaluates the sale on the scene, and what it would be if as many points as allowed were spent.
func (s *scene) quote(sale *SaleInput) (Quote, error) {
	q, input, err := s.evaluate(sale)
	if err != nil {
		return q, err
	}
	input.Redeem, input.RedeemMax, input.Silent = 0, true, true
	most, err := rules.Evaluate(input)
	if err != nil {
		return q, evaluationError(err, most, input)
	}
	q.EarnIfMax, q.PayableIfMax = most.Earn, most.Payable
	return q, nil
}

// judge evaluates the sale on the scene as it is to be recorded.
func (s *scene) judge(sale *SaleInput) (Quote, error) {
	q, _, err := s.evaluate(sale)
	return q, err
}

func (s *scene) evaluate(sale *SaleInput) (Quote, rules.Input, error) {
	input := s.input(sale)
	q := Quote{Version: s.version, Before: BalanceOf(&s.account, s.now), Tier: s.standing.Tier.ID}
	result, err := rules.Evaluate(input)
	q.Result = result
	if err != nil {
		return q, input, evaluationError(err, result, input)
	}
	s.graceLate(&q)
	return q, input, nil
}

// graceLate gives the points of a late check at least the grace time to live, but never longer than those of a check in time.
func (s *scene) graceLate(q *Quote) {
	days := min(s.settings.Lots.GraceDays, s.settings.Lots.Days)
	if days <= 0 {
		return
	}
	graced := s.settings.ExpiryAfter(s.now, days)
	late := func(active, expires time.Time) time.Time {
		life := expires.Sub(active)
		switch {
		case expires.IsZero() || !expires.Before(graced):
			return expires
		case life >= time.Duration(days)*24*time.Hour:
			return graced
		case !expires.After(s.now): // short-lived by its rule, and over before the check came in
			return s.now.Add(life)
		}
		return expires
	}
	for i := range q.Lots {
		lot := &q.Lots[i]
		lot.Expires = late(lot.ActiveFrom, lot.Expires)
		if lot.Rule == rules.BaseLot {
			q.EarnExpires = lot.Expires
		}
	}
}

// spendAnyway is the scene for a sale whose points have been spent at a till already, whatever the balance, the limits and the goods.
func (s *scene) spendAnyway(sale *SaleInput) (*scene, SaleInput) {
	facts := *s
	settings := *s.settings
	settings.Redeem = rules.Redeem{Limit: money.Whole}
	settings.Tiers.List = slices.Clone(settings.Tiers.List)
	for i := range settings.Tiers.List {
		settings.Tiers.List[i].Limit = nil
	}
	settings.Goods = slices.Clone(settings.Goods)
	for i := range settings.Goods {
		g := &settings.Goods[i]
		if g.StoredValue {
			g.StoredValue, g.NoEarn, g.NoDiscount = false, true, true
		}
		g.NoRedeem, g.Limit = false, nil
	}
	settings.Discount.NoRedeem = false
	facts.settings = &settings
	facts.account = ledger.Account{ID: s.account.ID, Lots: []ledger.Lot{{Remaining: sale.Redeem}}}
	anyway := *sale
	anyway.Lines = slices.Clone(sale.Lines)
	for i := range anyway.Lines {
		anyway.Lines[i].NoRedeem = false
	}
	return &facts, anyway
}

// withoutDiscounts leaves everything off that makes a check less than the till had it paid with points: what was paid is a fact, and a coupon can
// be used another time. The settings are the scene's own.
func (s *scene) withoutDiscounts(sale *SaleInput) {
	sale.NoCoupons = true
	s.settings.Discount = rules.Discount{}
	for i := range s.settings.Tiers.List {
		s.settings.Tiers.List[i].Discount = 0
	}
	s.settings.Rules = slices.DeleteFunc(slices.Clone(s.settings.Rules), func(r rules.Rule) bool { return r.Gives.Kind.IsDiscount() })
	s.settings.Stamps = slices.DeleteFunc(slices.Clone(s.settings.Stamps), func(c rules.StampCard) bool { return c.Free() })
}
