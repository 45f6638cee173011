package main

import (
	"fmt"
	"time"

	"kartka/engine"
	"kartka/engine/backtest"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// member tells what a member came with: the standing of today less what the sales of the replay have added, and the points that the
// account had before them, which begin their life with the replay. Stamps are those of today less those of the sales; coupons and the
// counters of limits are not known of the past and begin empty.
func (p *sold) member(id string) (backtest.Member, error) {
	if p.buyer.member == nil {
		m, err := p.readMember(id)
		if err != nil {
			return m, err
		}
		p.buyer.member = &m
	}
	return *p.buyer.member, nil
}

func (p *sold) readMember(id string) (backtest.Member, error) {
	settings := p.program.Settings
	query := engine.StandingQuery{Since: settings.TierWindow(p.from), Basis: settings.Tiers.Basis}
	m, err := p.store.Standing(p.ctx, p.program.ID, id, query)
	if engine.IsKind(err, engine.KindNotFound) {
		return backtest.Member{Standing: rules.Standing{JoinedAt: p.from}}, nil
	}
	if err != nil {
		return backtest.Member{}, fmt.Errorf("read standing: %w", err)
	}
	m.Coupons, m.Uses = nil, nil
	first := p.buyer.sales[0].OccurredAt
	if !m.JoinedAt.Before(p.from) {
		// A card that was made after its first sale, as by an import, cannot buy before it is there.
		joined := m.JoinedAt
		if first.Before(joined) {
			joined = first
		}
		return backtest.Member{Standing: rules.Standing{JoinedAt: joined, Tags: m.Tags, Birthday: m.Birthday}}, nil
	}
	out := backtest.Member{Standing: p.before(m)}
	out.Account.ID = p.buyer.accountID
	opening, err := p.store.Opening(p.ctx, p.program.ID, id, p.buyer.accountID, p.from)
	if err != nil {
		return backtest.Member{}, fmt.Errorf("read opening: %w", err)
	}
	out.Standing.LastVisit = opening.LastVisit
	if opening.LastVisit.IsZero() && out.Standing.Visits > 0 {
		out.Standing.LastVisit = out.Standing.FirstVisit
	}
	if points := opening.Balance + opening.Debt; points > 0 {
		active, expires := settings.LotLife(p.from, 0, 0, settings.Tier(out.Standing.Tier.ID))
		out.Account.Lots = append(out.Account.Lots, ledger.Lot{ID: "before", Points: points, Remaining: points, ActiveFrom: active,
			ExpiresAt: expires, EarnedAt: p.from, Kind: ledger.KindEarn})
	}
	out.Account.Debt = opening.Debt
	return out, nil
}

// before takes off a standing what the sales of the replay have added to it.
func (p *sold) before(m rules.Standing) rules.Standing {
	stamps := make(map[string]int, len(m.Stamps))
	for _, s := range p.buyer.sales {
		if s.ReturnedTotal >= s.Total && s.Total > 0 {
			continue
		}
		left, err := money.MulDiv(int64(s.Total-s.Discount), int64(s.Total-s.ReturnedTotal), max(1, int64(s.Total)), money.HalfUp)
		if err != nil {
			left = 0
		}
		earned := s.Earned - s.ReversedEarn
		m.Visits, m.Spent, m.Earned = m.Visits-1, m.Spent-money.Amount(left), m.Earned-earned
		switch p.program.Settings.Tiers.Basis {
		case rules.TierBySpend:
			m.Qualified -= left
		case rules.TierByVisits:
			m.Qualified--
		case rules.TierByPoints:
			m.Qualified -= int64(earned)
		case rules.TierByReferrals:
		}
		for _, change := range s.Did.Stamps {
			stamps[change.Card] += change.Delta
		}
	}
	m.Visits, m.Spent, m.Earned, m.Qualified = max(0, m.Visits), max(0, m.Spent), max(0, m.Earned), max(0, m.Qualified)
	for i := range m.Stamps {
		m.Stamps[i].Count -= stamps[m.Stamps[i].Card]
		m.Stamps[i].Done = 0
	}
	if !m.FirstVisit.Before(p.from) {
		m.FirstVisit = time.Time{}
	}
	if m.Tier.ID != "" && !m.Tier.Since.Before(p.from) { // reached, or begun anew, since
		m.Tier, _ = p.program.Settings.TierAfterSale(rules.TierState{}, m.Qualified, p.from)
	}
	m.Tier.Warned = false
	return m
}
