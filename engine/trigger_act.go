package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kartka/engine/campaign"
)

// act does what a trigger does beside writing, for those whose time has come. Each gift is given once, whatever stops between giving and noting it. The
// message comes after it.
func (r *triggerRun) act(ctx context.Context, c *Campaign) error {
	for c.Plan.Acts() {
		all, err := r.engine.store.DeliveriesToAct(ctx, c.ProgramID, c.ID, r.now, actBatch)
		if err != nil || len(all) == 0 {
			return err
		}
		var told []Outbound
		for i := range all {
			notices, err := r.actFor(ctx, c, &all[i])
			if err != nil {
				return err
			}
			told = append(told, notices...)
		}
		err = r.engine.store.InTx(ctx, func(tx Tx) error {
			if err := r.hold(ctx, tx, c); err != nil {
				return err
			}
			if err := tx.SettleActs(ctx, all); err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, told...); err != nil {
				return fmt.Errorf("queue notices: %w", err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		r.done.Acted += len(all)
	}
	return nil
}

// actFor does it for one member, and returns whom of the staff to tell.
func (r *triggerRun) actFor(ctx context.Context, c *Campaign, d *Delivery) ([]Outbound, error) {
	drop := func(reason string) {
		if d.State == OutboundQueued || d.Reason == ReasonSilent {
			d.State, d.Reason = OutboundDropped, reason
		}
	}
	if d.Due.Add(campaign.Late).Before(r.now) {
		given, err := r.engine.findGift(ctx, d)
		if err != nil {
			return nil, err
		}
		if !given {
			drop(ReasonLate)
			return nil, nil
		}
	}
	if c.Plan.Gift != nil {
		gift, err := r.engine.giveGift(ctx, r.program, c, d)
		switch id, lasting := refusal(err); {
		case lasting:
			drop(id)
			return nil, nil
		case err != nil:
			return nil, err
		}
		d.Gift = gift.PostingID
	}
	on := c.Plan.Trigger
	if on.Tag != "" {
		if err := r.engine.addTag(ctx, c, d.MemberID, on.Tag); err != nil {
			return nil, err
		}
	}
	if on.Notify == "" {
		return nil, nil
	}
	return r.notices(ctx, c, d)
}

// refusal tells an answer that will be the same tomorrow from a failure, and why the member gets nothing.
func refusal(err error) (reason string, lasting bool) {
	var refused *Error
	if !errors.As(err, &refused) || refused.Kind == KindBusy || refused.Kind == KindTaken {
		return "", false
	}
	return ReasonGift, true
}

// addTag puts a tag on a member's card, if there is room for it. Who has it keeps it.
func (e *Engine) addTag(ctx context.Context, c *Campaign, memberID, tag string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		m, _, err := lockMember(ctx, tx, c.ProgramID, memberID)
		if IsKind(err, KindNotFound) || err == nil && (m == nil || m.State == MemberErased) {
			return nil
		}
		if err != nil {
			return err
		}
		standing, err := tx.Standing(ctx, c.ProgramID, m.ID, StandingQuery{})
		if err != nil {
			return fmt.Errorf("read standing: %w", err)
		}
		if slices.Contains(standing.Tags, tag) || len(standing.Tags) >= maxTags {
			return nil
		}
		tags, err := cleanTags(append(slices.Clone(standing.Tags), tag))
		if err != nil {
			return err
		}
		if err := tx.SetTags(ctx, c.ProgramID, m.ID, tags); err != nil {
			return fmt.Errorf("write tags: %w", err)
		}
		err = tx.InsertAudit(ctx, e.audit(c.ProgramID, "", "tags_set", m.ID, map[string]any{"tags": tags, "before": standing.Tags, "campaign": c.ID}))
		if err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return nil
	})
}

// notices tell staff what a trigger was set off by, each of them once.
func (r *triggerRun) notices(ctx context.Context, c *Campaign, d *Delivery) (out []Outbound, err error) {
	staff, err := r.engine.store.StaffList(ctx, c.ProgramID)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	to := c.Plan.Trigger.Notify
	for _, s := range staff {
		if s.Disabled || string(s.Role) != to && (to != campaign.NotifyManagers || !s.Role.Manages()) {
			continue
		}
		n := Notice{Kind: NoticeTrigger, Args: map[string]any{"campaign": c.ID, "trigger": c.Name, "event": string(c.Plan.Trigger.On), "member": d.MemberID}}
		out = append(out, r.engine.notice(c.ProgramID, fmt.Sprintf("trigger:%s:%s:%d:%s", c.ID, d.Period, d.No, s.ID), toStaff(s.ID), n))
	}
	return out, nil
}

// completeTrigger adds to a notice who the member is now. Who has left is nobody.
func (e *Engine) completeTrigger(ctx context.Context, programID string, n *Notice) error {
	id, _ := n.Args["member"].(string)
	m, err := memberOf(ctx, e.store, programID, id)
	if IsKind(err, KindNotFound) || err == nil && m.State == MemberErased {
		return nil
	}
	if err != nil {
		return err
	}
	told := make(map[string]any, len(n.Args)+2)
	for name, value := range n.Args {
		told[name] = value
	}
	told["name"], told["card"] = m.Name, m.Card
	n.Args = told
	return nil
}
