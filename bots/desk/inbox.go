package desk

import (
	"context"
	"fmt"

	"kartka/bots"
	"kartka/engine"
)

// Inbox is where the adapter of a presence puts deliveries. Accept returns when they are durable and their people's mailboxes are
// awake.
func (d *Desk) Inbox(p Presence) bots.Inbox { return inbox{desk: d, presence: p} }

type inbox struct {
	desk     *Desk
	presence Presence
}

// Accept implements bots.Inbox.
func (i inbox) Accept(ctx context.Context, rows []bots.Raw) (int, error) {
	in := make([]engine.Inbound, 0, len(rows))
	for _, row := range rows {
		state := engine.InboundNew
		if row.UserID == "" || row.Reason != "" {
			state = engine.InboundDead
		}
		in = append(in, engine.Inbound{
			ID: i.desk.Engine.NewID(), ProgramID: i.presence.ProgramID, Key: row.Key, Order: row.Order, At: row.At, Body: row.Body,
			Address: engine.Address{Channel: string(row.Channel), Sender: row.Sender, UserID: row.UserID}, State: state, Reason: row.Reason,
		})
	}
	fresh, err := i.desk.Messages.Accept(ctx, in)
	if err != nil {
		return 0, fmt.Errorf("store deliveries: %w", err)
	}
	for _, row := range in {
		if row.State == engine.InboundNew {
			i.desk.Wake(addressKey(row.Address)) // also for a repeated one: it may be unheard since a crash
		}
	}
	return len(fresh), nil
}
