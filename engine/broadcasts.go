package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

// Bounds of campaigns.
const (
	maxCampaignName = 60 // characters
	maxOpenDrafts   = 50 // of a program; more are clutter
	// lateStart is how long after its time a broadcast still starts by itself. Later somebody is asked: good news of yesterday may be none today.
	lateStart = time.Hour
	// farStart is how far ahead a broadcast is planned at most.
	farStart = 366 * 24 * time.Hour
	// pastStart is how long ago a start may be given: people are slower than minutes.
	pastStart = 2 * time.Minute
)

// SaveBroadcastInput makes the draft of a broadcast, or changes one that has not begun.
type SaveBroadcastInput struct {
	ProgramID string
	ID        string // "" = a new one
	Version   int64  // of the one that is changed, as it was seen
	Name      string // 1 to 60 characters; "" = its audience, or the day
	Plan      campaign.Plan
	StaffID   string // a marketer, a manager or an owner; "" = the operator
}

// SaveBroadcast keeps a broadcast as a draft. It may lack anything: what is missing is told when it is to be sent. One that waits or is planned becomes a draft
// again, and has to be sent anew. One that has begun is campaign_begun (KindConflict): nothing of it can be changed. One that somebody else has changed
// since is KindConflict.
func (e *Engine) SaveBroadcast(ctx context.Context, in SaveBroadcastInput) (Campaign, error) {
	program, err := e.Program(ctx, in.ProgramID)
	if err != nil {
		return Campaign{}, err
	}
	if in.Name = strings.Join(strings.Fields(in.Name), " "); utf8.RuneCountInString(in.Name) > maxCampaignName {
		return Campaign{}, fail(KindInvalid, "campaign_name_invalid", "Max", maxCampaignName)
	}
	now := e.Now()
	if in.Name == "" {
		in.Name = string(rules.DateOf(now, program.Settings.Zone))
	}
	var c Campaign
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, in.ProgramID, in.StaffID); err != nil {
			return err
		}
		if in.ID == "" {
			drafts, err := tx.Campaigns(ctx, in.ProgramID, CampaignDraft)
			if err != nil {
				return fmt.Errorf("read campaigns: %w", err)
			}
			if len(drafts) >= maxOpenDrafts {
				return fail(KindLimit, "campaign_drafts_many", "Max", maxOpenDrafts)
			}
			c = Campaign{ID: e.newID(), ProgramID: in.ProgramID, Kind: CampaignBroadcast, By: in.StaffID, MadeAt: now}
		} else if c, err = lockBroadcast(ctx, tx, in.ProgramID, in.ID, in.Version); err != nil {
			return err
		}
		if c.Kind != CampaignBroadcast || in.Plan.Trigger != nil {
			return fail(KindNotFound, "campaign_not_found")
		}
		if !c.editable() {
			return fail(KindConflict, "campaign_begun")
		}
		c.Name, c.Plan, c.State, c.Why, c.ApprovedBy, c.Start = in.Name, in.Plan, CampaignDraft, "", "", time.Time{}
		c.Version++
		return putCampaign(ctx, tx, c)
	})
	return c, err
}

// editable reports whether nobody has been told anything yet.
func (c *Campaign) editable() bool {
	switch c.State {
	case "", CampaignDraft, CampaignWaiting, CampaignScheduled, CampaignOverdue:
		return true
	}
	return false
}

// lockBroadcast reads a broadcast that is as it was seen, and holds it.
func lockBroadcast(ctx context.Context, tx Tx, programID, id string, version int64) (Campaign, error) {
	c, err := tx.LockCampaign(ctx, programID, id)
	switch {
	case IsKind(err, KindNotFound):
		return c, fail(KindNotFound, "campaign_not_found")
	case err != nil:
		return c, fmt.Errorf("read campaign: %w", err)
	case c.Version != version && version != 0:
		return c, fail(KindConflict, "changed_meanwhile")
	}
	return c, nil
}

func putCampaign(ctx context.Context, tx Tx, c Campaign) error {
	if err := tx.PutCampaign(ctx, c); err != nil {
		return fmt.Errorf("write campaign: %w", err)
	}
	return nil
}

// Campaigns lists campaigns in any of the states, all with none; newest first.
func (e *Engine) Campaigns(ctx context.Context, programID string, states ...CampaignState) ([]Campaign, error) {
	all, err := e.store.Campaigns(ctx, programID, states...)
	if err != nil {
		return nil, fmt.Errorf("read campaigns: %w", err)
	}
	return all, nil
}

// Campaign reads one. One that is not there is campaign_not_found (KindNotFound).
func (e *Engine) Campaign(ctx context.Context, programID, id string) (Campaign, error) {
	c, err := e.store.Campaign(ctx, programID, id)
	if IsKind(err, KindNotFound) {
		return c, fail(KindNotFound, "campaign_not_found")
	}
	if err != nil {
		return c, fmt.Errorf("read campaign: %w", err)
	}
	return c, nil
}

// CheckBroadcast lists what is to be mended of a plan before it can be sent, and what is only worth a thought. Placeholders of a plan have their English names.
func (e *Engine) CheckBroadcast(ctx context.Context, programID string, plan campaign.Plan) ([]campaign.Problem, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	return plan.Check(program.Settings, nil), nil
}

// SendBroadcastInput has a draft sent.
type SendBroadcastInput struct {
	ProgramID string
	ID        string
	Version   int64
	Start     time.Time // zero: now
	StaffID   string
}

// SendBroadcast has a broadcast start at a time, or as soon as it may. What its plan lacks is a *campaign.Problem or a *segment.Problem; an audience in which
// nobody can be told anything is audience_empty (KindInvalid). Where the program asks for a second person to look at large ones, it waits for that:
// its state is then CampaignWaiting.
func (e *Engine) SendBroadcast(ctx context.Context, in SendBroadcastInput) (Campaign, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Campaign{}, err
	}
	draft, err := e.Campaign(ctx, in.ProgramID, in.ID)
	if err != nil {
		return Campaign{}, err
	}
	if draft.Kind != CampaignBroadcast {
		return Campaign{}, fail(KindNotFound, "campaign_not_found")
	}
	if err := e.sendable(ctx, program, draft.Plan); err != nil {
		return Campaign{}, err
	}
	sizes, err := e.SizeAudience(ctx, in.ProgramID, draft.ID, draft.Plan)
	if err != nil {
		return Campaign{}, err
	}
	if sizes.To == 0 {
		return Campaign{}, fail(KindInvalid, "audience_empty", "Matched", sizes.Matched)
	}
	now := e.Now()
	switch {
	case !in.Start.IsZero() && in.Start.Before(now.Add(-pastStart)):
		return Campaign{}, fail(KindInvalid, "campaign_start_past")
	case in.Start.After(now.Add(farStart)):
		return Campaign{}, fail(KindInvalid, "campaign_start_far")
	case !draft.Plan.Until.IsZero() && !draft.Plan.Until.After(later(now, in.Start)):
		return Campaign{}, fail(KindInvalid, "campaign_until_past")
	}
	var c Campaign
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, in.ProgramID, in.StaffID); err != nil {
			return err
		}
		if c, err = lockBroadcast(ctx, tx, in.ProgramID, in.ID, cmp.Or(in.Version, draft.Version)); err != nil { // what was looked at is sent
			return err
		}
		if !c.editable() {
			return fail(KindConflict, "campaign_begun")
		}
		if in.StaffID != "" {
			c.By = in.StaffID // whoever sends it answers for it: somebody else approves, and it is this person who hears of it
		}
		second, err := seconds(ctx, tx, program, in.StaffID, sizes.To)
		if err != nil {
			return err
		}
		c.Start, c.Why, c.Sizes = in.Start, "", sizes
		if c.ApprovedBy != "" && c.State == CampaignOverdue {
			second = nil // it was looked at already
		}
		c.State = CampaignScheduled
		if len(second) > 0 {
			c.State = CampaignWaiting
		}
		c.Version++
		if err := putCampaign(ctx, tx, c); err != nil {
			return err
		}
		for _, s := range second {
			n := Notice{Kind: NoticeCampaignApprove, Args: map[string]any{"campaign": c.ID, "by": in.StaffID}}
			if err := tx.Enqueue(ctx, e.notice(c.ProgramID, fmt.Sprintf("campaign:%s:%d:approve:%s", c.ID, c.Version, s.ID), toStaff(s.ID), n)); err != nil {
				return fmt.Errorf("queue notice: %w", err)
			}
		}
		return e.auditCampaign(ctx, tx, &c, in.StaffID, "campaign_sent")
	})
	return c, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (e *Engine) auditCampaign(ctx context.Context, tx Tx, c *Campaign, staffID, act string) error {
	if err := tx.InsertAudit(ctx, e.audit(c.ProgramID, staffID, act, c.ID, map[string]any{"version": c.Version, "to": c.Sizes.To})); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

// sendable makes sure that a plan can be sent: nothing is missing, and what it speaks of is there.
func (e *Engine) sendable(ctx context.Context, program Program, plan campaign.Plan) error {
	for _, p := range plan.Check(program.Settings, nil) {
		if !p.Warning {
			return &p
		}
	}
	if _, err := e.CheckSegment(ctx, program.ID, plan.Audience); err != nil {
		return err
	}
	return nil
}

// seconds lists who is to be asked about a message to so many: those who manage, but for its author. Nobody, where the program does not ask for that or nobody
// else manages.
func seconds(ctx context.Context, tx Tx, program Program, by string, to int) (others []Staff, err error) {
	above := program.Settings.CampaignRules().ApproveAbove
	if above == 0 || to <= above || by == "" {
		return nil, nil
	}
	all, err := tx.StaffList(ctx, program.ID)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	return slices.DeleteFunc(all, func(s Staff) bool { return s.Disabled || !s.Role.Manages() || s.ID == by }), nil
}

// ApproveBroadcast lets a broadcast that waits for a second person go, or sends it back to its author with yes=false. Its author may not: not_allowed
// (KindForbidden). When it is too late to send by now, it can only be sent back: campaign_until_past (KindInvalid).
func (e *Engine) ApproveBroadcast(ctx context.Context, programID, id string, version int64, staffID string, yes bool) (Campaign, error) {
	return e.turnCampaign(ctx, programID, id, version, staffID, "campaign_approved", func(tx Tx, c *Campaign) error {
		if c.State != CampaignWaiting {
			return fail(KindConflict, "changed_meanwhile")
		}
		if staffID != "" {
			staff, err := tx.Staff(ctx, programID, staffID)
			if err != nil {
				return fmt.Errorf("read staff: %w", err)
			}
			if !staff.Role.Manages() || staffID == c.By {
				return fail(KindForbidden, "not_allowed")
			}
		}
		if yes && c.Plan.Late(later(e.Now(), c.Start)) {
			return fail(KindInvalid, "campaign_until_past")
		}
		if c.State, c.ApprovedBy = CampaignScheduled, staffID; !yes {
			c.State, c.Why, c.ApprovedBy, c.Start = CampaignDraft, WhyRefused, "", time.Time{}
		}
		return e.tellAuthor(ctx, tx, c, NoticeCampaignAnswer, map[string]any{"yes": yes, "by": staffID})
	})
}

// tellAuthor queues a notice for whoever made a campaign, if that was a person.
func (e *Engine) tellAuthor(ctx context.Context, tx Tx, c *Campaign, kind NoticeKind, args map[string]any) error {
	if c.By == "" {
		return nil
	}
	all := map[string]any{"campaign": c.ID}
	for name, value := range args {
		all[name] = value
	}
	err := tx.Enqueue(ctx, e.notice(c.ProgramID, fmt.Sprintf("%s:%s:%d", kind, c.ID, c.Version), toStaff(c.By), Notice{Kind: kind, Args: all}))
	if err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}

// showAuthor has the author's message about a campaign that has begun brought up to date when somebody else has changed its state.
func (e *Engine) showAuthor(ctx context.Context, tx Tx, c *Campaign, staffID string) error {
	if c.StartedAt.IsZero() || c.By == staffID {
		return nil
	}
	return e.tellAuthor(ctx, tx, c, NoticeCampaignProgress, nil)
}

// PauseCampaign has nothing more be sent until it goes on; what is under way arrives. Pausing what rests is doing nothing.
func (e *Engine) PauseCampaign(ctx context.Context, programID, id, staffID string) (Campaign, error) {
	return e.turnCampaign(ctx, programID, id, 0, staffID, "campaign_paused", func(tx Tx, c *Campaign) error {
		if c.State != CampaignRunning {
			return fail(KindConflict, "campaign_not_running")
		}
		c.State, c.Why = CampaignPaused, WhyStaff
		return e.showAuthor(ctx, tx, c, staffID)
	})
}

// ResumeCampaign has a campaign that rests go on where it was. A trigger, which may have been changed meanwhile, is looked at as by [Engine.StartTrigger], and does not make
// up for what happened. One whose budget is spent needs another budget first: see [Engine.RaiseBudget].
func (e *Engine) ResumeCampaign(ctx context.Context, programID, id, staffID string) (Campaign, error) {
	seen, err := e.Campaign(ctx, programID, id)
	if err != nil {
		return Campaign{}, err
	}
	if seen.Kind == CampaignTrigger && seen.State == CampaignPaused {
		program, err := e.activeProgram(ctx, programID)
		if err != nil {
			return Campaign{}, err
		}
		if err := e.triggerable(ctx, program, seen.Plan); err != nil {
			return Campaign{}, err
		}
	}
	return e.turnCampaign(ctx, programID, id, 0, staffID, "campaign_resumed", func(tx Tx, c *Campaign) error {
		if c.State != CampaignPaused {
			return fail(KindConflict, "campaign_not_paused")
		}
		if c.Kind == CampaignTrigger {
			return e.switchOn(ctx, tx, c)
		}
		c.State, c.Why = CampaignRunning, ""
		if c.StartedAt.IsZero() {
			c.State = CampaignScheduled
		}
		return e.showAuthor(ctx, tx, c, staffID)
	})
}

// RaiseBudget changes how many gifts a campaign gives at most (0: any number), also while it runs, and has it go on if it rests for that.
func (e *Engine) RaiseBudget(ctx context.Context, programID, id, staffID string, budget int) (Campaign, error) {
	return e.turnCampaign(ctx, programID, id, 0, staffID, "campaign_budget", func(tx Tx, c *Campaign) error {
		if budget < 0 || !c.State.Open() {
			return fail(KindInvalid, "campaign_budget_invalid")
		}
		c.Plan.Budget = budget
		if c.State == CampaignPaused && c.Why == WhyBudget {
			if c.Kind == CampaignTrigger {
				return e.switchOn(ctx, tx, c)
			}
			c.State, c.Why = CampaignRunning, ""
		}
		return nil
	})
}

// CancelCampaign ends a campaign for good: what is queued is given up, what is under way arrives, and what was sent stays sent.
func (e *Engine) CancelCampaign(ctx context.Context, programID, id, staffID string) (Campaign, error) {
	return e.turnCampaign(ctx, programID, id, 0, staffID, "campaign_cancelled", func(tx Tx, c *Campaign) error {
		if !c.State.Open() {
			return fail(KindConflict, "campaign_over")
		}
		if _, err := tx.EndDeliveries(ctx, programID, id, ReasonCancelled); err != nil {
			return fmt.Errorf("end deliveries: %w", err)
		}
		if err := tx.EndActs(ctx, programID, id); err != nil {
			return fmt.Errorf("end deliveries: %w", err)
		}
		c.State, c.Why, c.EndedAt = CampaignCancelled, WhyStaff, e.Now()
		return e.showAuthor(ctx, tx, c, staffID)
	})
}

// DeleteBroadcast takes a broadcast away that has told nobody anything.
func (e *Engine) DeleteBroadcast(ctx context.Context, programID, id, staffID string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, programID, staffID); err != nil {
			return err
		}
		c, err := lockBroadcast(ctx, tx, programID, id, 0)
		if err != nil {
			return err
		}
		if !c.editable() && c.State != CampaignCancelled {
			return fail(KindConflict, "campaign_begun")
		}
		if err := tx.DeleteCampaign(ctx, programID, id); err != nil {
			return fmt.Errorf("delete campaign: %w", err)
		}
		return e.auditCampaign(ctx, tx, &c, staffID, "campaign_deleted")
	})
}

// ResendUnknown has those told again of whom it is not known whether the message reached them, and returns how many. Some of them get it twice: only a person may
// decide that.
func (e *Engine) ResendUnknown(ctx context.Context, programID, id, staffID string) (n int, err error) {
	_, err = e.turnCampaign(ctx, programID, id, 0, staffID, "campaign_resent", func(tx Tx, c *Campaign) error {
		if c.State != CampaignDone && c.State != CampaignRunning {
			return fail(KindConflict, "campaign_not_running")
		}
		if n, err = tx.ReopenDeliveries(ctx, programID, id, OutboundUnknown); err != nil {
			return fmt.Errorf("reopen deliveries: %w", err)
		}
		if n == 0 {
			return fail(KindConflict, "campaign_nothing_unknown")
		}
		c.State, c.EndedAt = CampaignRunning, time.Time{}
		return nil
	})
	return n, err
}

// turnCampaign changes the state of a campaign, by a person who may.
func (e *Engine) turnCampaign(ctx context.Context, programID, id string, version int64, staffID, act string, turn func(Tx, *Campaign) error) (Campaign, error) {
	var c Campaign
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, programID, staffID); err != nil {
			return err
		}
		var err error
		if c, err = lockBroadcast(ctx, tx, programID, id, version); err != nil {
			return err
		}
		c.Version++
		if err := turn(tx, &c); err != nil {
			return err
		}
		if err := putCampaign(ctx, tx, c); err != nil {
			return err
		}
		return e.auditCampaign(ctx, tx, &c, staffID, act)
	})
	return c, err
}

// SizeAudience says how many an audience is at this moment, and how many would be left out for what. id is the campaign's: whom it holds out depends on it.
func (e *Engine) SizeAudience(ctx context.Context, programID, id string, plan campaign.Plan) (AudienceSizes, error) {
	audience, err := e.audienceOf()
	if err != nil {
		return AudienceSizes{}, err
	}
	if plan.Audience == nil {
		return AudienceSizes{}, nil
	}
	f, err := e.freeze(ctx, programID, id, plan)
	if err != nil {
		return AudienceSizes{}, err
	}
	read, err := audience.ReadAudience(ctx, f)
	if err != nil {
		return AudienceSizes{}, fmt.Errorf("read audience: %w", err)
	}
	return read.Sizes, nil
}

// freeze is what the audience of a campaign is frozen by, as of now.
func (e *Engine) freeze(ctx context.Context, programID, id string, plan campaign.Plan) (Freeze, error) {
	x, err := e.CheckSegment(ctx, programID, plan.Audience)
	if err != nil {
		return Freeze{}, err
	}
	program, x, day, err := e.askable(ctx, programID, x)
	if err != nil {
		return Freeze{}, err
	}
	return Freeze{Program: program, Expr: x, Day: day, Channels: e.carriers(), Cap: program.Settings.CampaignRules().Cap.Messages, Since: capSince(program.Settings, e.Now()),
		Held: func(no int64) bool { return campaign.Held(id, placeName(no), plan.Holdout) }}, nil
}

// placeName is how a member is drawn by: the place in audiences is the member's own, and the same for ever.
func placeName(no int64) string { return strconv.FormatInt(no, 10) }

// capSince is from when on messages count towards the cap; zero when there is none.
func capSince(s *rules.Settings, now time.Time) time.Time {
	capped := s.CampaignRules().Cap
	if capped.Messages == 0 {
		return time.Time{}
	}
	return now.Add(-time.Duration(capped.Days) * 24 * time.Hour)
}
