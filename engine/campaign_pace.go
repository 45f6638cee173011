package engine

import (
	"context"
	"fmt"
	"time"
)

// CampaignPace says how fast a running campaign goes on.
type CampaignPace struct {
	PerMinute int // messages that went out in the last minute; of a campaign that began later, as many as a minute would be
	Later     int // messages that wait until their guests' quiet hours are over, or until they are tried again
	// Left is about how long it takes until all others are out; zero while nothing goes out, since nobody knows then.
	Left time.Duration
}

// paceOver is the time over which a pace is measured.
const paceOver = time.Minute

// pace measures how fast a running campaign goes on. waiting are to come, and sending of them are under way at this moment.
func (e *Engine) pace(ctx context.Context, c *Campaign, waiting, sending int) (CampaignPace, error) {
	now := e.Now()
	due, all, err := e.store.PendingDeliveries(ctx, c.ProgramID, c.ID, now)
	if err != nil {
		return CampaignPace{}, fmt.Errorf("count deliveries: %w", err)
	}
	over := min(paceOver, max(now.Sub(c.StartedAt), time.Second))
	sent, err := e.store.SentSince(ctx, c.ProgramID, c.ID, now.Add(-over))
	if err != nil {
		return CampaignPace{}, fmt.Errorf("count deliveries: %w", err)
	}
	p := CampaignPace{PerMinute: int(int64(sent) * int64(paceOver) / int64(over)), Later: max(0, all-due-sending)}
	if soon := waiting - p.Later; soon > 0 && sent > 0 {
		p.Left = over / time.Duration(sent) * time.Duration(soon)
	}
	return p, nil
}
