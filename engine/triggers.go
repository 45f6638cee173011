package engine

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine/campaign"
	"kartka/engine/segment"
)

// maxTriggers is how many triggers a program has at most that are not over.
const maxTriggers = 100

// SaveTriggerInput makes the draft of a trigger, or changes one that is a draft or rests.
type SaveTriggerInput struct {
	ProgramID string
	ID        string // "" = a new one
	Version   int64  // of the one that is changed, as it was seen; 0 whichever
	Name      string // 1 to 60 characters
	Plan      campaign.Plan
	StaffID   string // a marketer, a manager or an owner; "" = the operator
}

// SaveTrigger keeps a trigger. It may lack anything until it is started, but for what it waits for. One that runs is campaign_begun (KindConflict): it is
// paused first. One that rests goes on resting.
func (e *Engine) SaveTrigger(ctx context.Context, in SaveTriggerInput) (Campaign, error) {
	if _, err := e.Program(ctx, in.ProgramID); err != nil {
		return Campaign{}, err
	}
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	if n := utf8.RuneCountInString(in.Name); n == 0 || n > maxCampaignName {
		return Campaign{}, fail(KindInvalid, "campaign_name_invalid", "Max", maxCampaignName)
	}
	if in.Plan.Trigger == nil {
		return Campaign{}, &campaign.Problem{ID: campaign.ProblemTriggerNothing, Variant: -1, At: -1}
	}
	var c Campaign
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, in.ProgramID, in.StaffID); err != nil {
			return err
		}
		var err error
		if in.ID == "" {
			if err := roomForTrigger(ctx, tx, in.ProgramID); err != nil {
				return err
			}
			c = Campaign{ID: e.newID(), ProgramID: in.ProgramID, Kind: CampaignTrigger, State: CampaignDraft, By: in.StaffID, MadeAt: e.Now()}
		} else if c, err = lockTrigger(ctx, tx, in.ProgramID, in.ID, in.Version); err != nil {
			return err
		}
		if c.State != CampaignDraft && c.State != CampaignPaused {
			return fail(KindConflict, "campaign_begun")
		}
		c.Name, c.Plan = in.Name, in.Plan
		c.Version++
		return putCampaign(ctx, tx, c)
	})
	return c, err
}

func roomForTrigger(ctx context.Context, tx Tx, programID string) error {
	open, err := tx.Campaigns(ctx, programID, CampaignDraft, CampaignRunning, CampaignPaused)
	if err != nil {
		return fmt.Errorf("read campaigns: %w", err)
	}
	n := 0
	for i := range open {
		if open[i].Kind == CampaignTrigger {
			n++
		}
	}
	if n >= maxTriggers {
		return fail(KindLimit, "campaign_drafts_many", "Max", maxTriggers)
	}
	return nil
}

// lockTrigger is [lockBroadcast] of a trigger.
func lockTrigger(ctx context.Context, tx Tx, programID, id string, version int64) (Campaign, error) {
	c, err := lockBroadcast(ctx, tx, programID, id, version)
	if err == nil && (c.Kind != CampaignTrigger || c.Plan.Trigger == nil) {
		return c, fail(KindNotFound, "campaign_not_found")
	}
	return c, err
}

// StartTrigger switches a trigger on that is a draft or rests. It looks only at what happens from then on. What its plan lacks is a *campaign.Problem or a
// *segment.Problem.
func (e *Engine) StartTrigger(ctx context.Context, programID, id, staffID string) (Campaign, error) {
	program, err := e.activeProgram(ctx, programID)
	if err != nil {
		return Campaign{}, err
	}
	seen, err := e.Campaign(ctx, programID, id)
	if err != nil {
		return Campaign{}, err
	}
	if err := e.triggerable(ctx, program, seen.Plan); err != nil {
		return Campaign{}, err
	}
	return e.turnCampaign(ctx, programID, id, seen.Version, staffID, "trigger_started", func(tx Tx, c *Campaign) error {
		if c.Kind != CampaignTrigger {
			return fail(KindNotFound, "campaign_not_found")
		}
		if c.State != CampaignDraft && c.State != CampaignPaused {
			return fail(KindConflict, "campaign_begun")
		}
		return e.switchOn(ctx, tx, c)
	})
}

// triggerable makes sure that a trigger can be switched on.
func (e *Engine) triggerable(ctx context.Context, program Program, plan campaign.Plan) error {
	if plan.Trigger == nil {
		return &campaign.Problem{ID: campaign.ProblemTriggerNothing, Variant: -1, At: -1}
	}
	for _, p := range plan.Check(program.Settings, nil) {
		if !p.Warning {
			return &p
		}
	}
	if plan.Audience == nil {
		return nil
	}
	_, err := e.CheckSegment(ctx, program.ID, plan.Audience)
	return err
}

// switchOn has a trigger look at what happens from now on.
func (e *Engine) switchOn(ctx context.Context, tx Tx, c *Campaign) error {
	now := e.Now()
	running, err := tx.Campaigns(ctx, c.ProgramID, CampaignRunning)
	if err != nil {
		return fmt.Errorf("read campaigns: %w", err)
	}
	alone := true
	for i := range running {
		alone = alone && (running[i].ID == c.ID || !running[i].follows())
	}
	if alone { // nobody has followed postings: those of before are nobody's
		last, err := tx.LastPosting(ctx, c.ProgramID, now.Add(-triggerLag))
		if err != nil {
			return fmt.Errorf("read postings: %w", err)
		}
		if err := tx.SetBookmark(ctx, c.ProgramID, triggerTail, last); err != nil {
			return fmt.Errorf("remember how far triggers have come: %w", err)
		}
	}
	c.State, c.Why, c.Start = CampaignRunning, "", now
	if c.StartedAt.IsZero() {
		c.StartedAt = now
	}
	return nil
}

// follows reports whether a campaign looks at postings.
func (c *Campaign) follows() bool {
	if c.Kind != CampaignTrigger || c.Plan.Trigger == nil {
		return false
	}
	on := c.Plan.Trigger.On
	return on == campaign.EventPurchase || on == campaign.EventStamps
}

// StartReadyTrigger makes a ready-made trigger and switches it on. Its name and texts, by language, are the caller's: [campaign.ReadyTriggers] says which
// there are. A program has each once: one that is there is switched on again as it is, and one that runs is left running. One that was cancelled begins anew,
// and knows whom it has reached.
func (e *Engine) StartReadyTrigger(ctx context.Context, programID, ready, name string, texts map[string]string, staffID string) (Campaign, error) {
	c, err := e.DraftReadyTrigger(ctx, programID, ready, name, texts, staffID)
	if err != nil || c.State == CampaignRunning {
		return c, err
	}
	return e.StartTrigger(ctx, programID, c.ID, staffID)
}

// DraftReadyTrigger makes a draft of a ready-made trigger, to be changed before it is switched on. One that is there and not cancelled is returned as it is.
func (e *Engine) DraftReadyTrigger(ctx context.Context, programID, ready, name string, texts map[string]string, staffID string) (c Campaign, err error) {
	made, err := e.ReadyTrigger(programID, ready, name, texts)
	if err != nil {
		return Campaign{}, err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, programID, staffID); err != nil {
			return err
		}
		c, err = tx.LockCampaign(ctx, programID, made.ID)
		switch {
		case IsKind(err, KindNotFound):
			c = made
			c.MadeAt = e.Now()
		case err != nil:
			return fmt.Errorf("read campaign: %w", err)
		case c.State != CampaignCancelled:
			return nil
		default:
			c.State, c.Why, c.EndedAt, c.Name, c.Plan = CampaignDraft, "", time.Time{}, made.Name, made.Plan
		}
		if err := roomForTrigger(ctx, tx, programID); err != nil {
			return err
		}
		c.By = staffID
		c.Version++
		return putCampaign(ctx, tx, c)
	})
	return c, err
}

// ReadyTrigger is a ready-made trigger as it would be made, with the id that it has in the program.
func (e *Engine) ReadyTrigger(programID, ready, name string, texts map[string]string) (Campaign, error) {
	for _, r := range campaign.ReadyTriggers() {
		if r.ID == ready {
			return Campaign{ID: ReadyTriggerID(programID, ready), ProgramID: programID, Kind: CampaignTrigger, State: CampaignDraft, Name: name, Plan: r.Plan(name, texts)}, nil
		}
	}
	return Campaign{}, fail(KindNotFound, "campaign_not_found")
}

// ReadyTriggerID is the id that a ready-made trigger has in a program.
func ReadyTriggerID(programID, ready string) string { return segmentID(programID, "trigger:"+ready) }

// strikeExpr is whom a trigger is for, with an event of the calendar in it and other segments in their place. What is known of members is up to date.
func (e *Engine) strikeExpr(ctx context.Context, c *Campaign) (segment.Expr, error) {
	x := segment.Expr(segment.All{})
	if c.Plan.Audience != nil {
		var err error
		if x, err = e.CheckSegment(ctx, c.ProgramID, c.Plan.Audience); err != nil {
			return nil, err
		}
	}
	_, x, _, err := e.askable(ctx, c.ProgramID, x)
	return segment.Normal(segment.All{c.Plan.Trigger.Condition(), x}), err
}

// comes makes a trigger's delivery to a member at a time. Why says what keeps the member from getting anything at all; nothing is written down
// then. A gift, a tag or a word to staff is for those whom no message reaches, too.
func (c *Campaign) comes(program Program, s *Struck, period string, at, now time.Time) (d Delivery, why string) {
	settings := program.Settings
	d = Delivery{ProgramID: c.ProgramID, CampaignID: c.ID, Period: period, No: s.No, MemberID: s.MemberID, Variant: max(0, campaign.VariantOf(c.ID, placeName(s.No), c.Plan.Variants)),
		State: OutboundQueued}
	zone := ZoneOf(settings, s.Zone)
	d.Due = later(at, now)
	if awake := campaign.QuietOf(settings).End(d.Due, zone); !awake.IsZero() {
		d.Due = awake
	}
	d.Until = c.Attributed(d.Due)
	switch {
	case !s.Agreed:
		why = ReasonNoConsent
	case len(s.Ways) == 0:
		why = ReasonUnreachable
	}
	drop := func(reason string) { d.State, d.Reason = OutboundDropped, reason }
	switch acts := c.Plan.Acts(); {
	case why != "" && !acts:
		return d, why
	case at.Add(campaign.Late).Before(now):
		drop(ReasonLate)
		d.Until = time.Time{}
		return d, ""
	case campaign.Held(c.ID, placeName(s.No), c.Plan.Holdout):
		drop(ReasonHeld)
		return d, ""
	case len(c.Plan.Variants) == 0:
		drop(ReasonSilent)
	case why != "":
		drop(why)
	default:
		d.ContactID, d.Address = s.Ways[0].ContactID, s.Ways[0].Address
		if d.Due.After(now) {
			d.Wait = d.Due
		}
	}
	d.Acts = c.Plan.Acts()
	return d, ""
}
