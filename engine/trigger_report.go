package engine

import (
	"context"
	"fmt"

	"kartka/engine/campaign"
	"kartka/engine/money"
)

// triggerReport reads what a trigger came to by now. Each member is counted once, with what was bought in the times of all that came to them.
func (e *Engine) triggerReport(ctx context.Context, r *CampaignReport) error {
	c := &r.Campaign
	if c.StartedAt.IsZero() {
		r.Proof.Reason = campaign.FewGot
		return nil
	}
	last := e.Now()
	if !c.EndedAt.IsZero() {
		last = c.EndedAt
	}
	r.Until = c.Attributed(last)
	r.Over = e.Now().After(r.Until)
	members, bought, err := e.store.BoughtWithin(ctx, c.ProgramID, c.ID, c.StartedAt, false)
	if err != nil {
		return fmt.Errorf("read purchases: %w", err)
	}
	got, held := campaign.Group{Members: members}, campaign.Group{}
	for _, b := range bought {
		r.Came++
		r.Visits += b.Visits
		r.Revenue += money.Amount(b.Revenue)
		got.Add(int64(b.Visits), money.Amount(b.Revenue))
	}
	if r.Contest, err = e.contest(ctx, c, bought); err != nil {
		return err
	}
	if held.Members, bought, err = e.store.BoughtWithin(ctx, c.ProgramID, c.ID, c.StartedAt, true); err != nil {
		return fmt.Errorf("read purchases: %w", err)
	}
	for _, b := range bought {
		held.Add(int64(b.Visits), money.Amount(b.Revenue))
	}
	r.Held, r.Proof = held.Members, campaign.Compare(got, held)
	if r.Proof.Reason == campaign.NoHoldout && c.Plan.Holdout > 0 { // it has only not come to anybody yet
		r.Proof.Reason = campaign.FewHeld
	}
	return nil
}
