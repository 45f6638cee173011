package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// How triggers are carried on.
const (
	// triggerTail is the bookmark of the last posting that is surely behind: one that was begun earlier may be committed later, but not after triggerLag.
	triggerTail = "trigger:tail"
	triggerLag  = time.Minute
	strikeBatch = 1000 // members of one page of a day
	eventBatch  = 500  // happenings or postings looked at together
	actBatch    = 200
)

// Reasons of a trigger's deliveries that are no failures.
const (
	ReasonHeld   = "held"   // left without, to see what it is worth
	ReasonSilent = "silent" // the trigger does something, and says nothing
	ReasonCame   = "came"   // the member came before the message that asks to
)

// TriggerRun is what one look after the triggers of a program did.
type TriggerRun struct {
	Written int // deliveries
	Acted   int // of which all was done but to write
	Rested  int // triggers that do not go on by themselves
}

// RunTriggers carries the triggers of a program on: it goes through the days of those that wait for the calendar, looks at what has happened since the last time
// for the others, gives what they give, and leaves what they say to the senders. It is a job of every second. It goes on where it was stopped, and several
// at a time do everything once: whatever is repeated, a trigger fires once for a member and period. One trigger that cannot be carried on does not keep
// the others waiting: errors are returned joined.
func (e *Engine) RunTriggers(ctx context.Context, programID string) (run TriggerRun, err error) {
	all, err := e.store.Campaigns(ctx, programID, CampaignRunning)
	if err != nil {
		return run, fmt.Errorf("read campaigns: %w", err)
	}
	all = slices.DeleteFunc(all, func(c Campaign) bool { return c.Kind != CampaignTrigger || c.Plan.Trigger == nil })
	slices.Reverse(all) // oldest first
	program, err := e.Program(ctx, programID)
	if err != nil {
		return run, err
	}
	if program.State != ProgramActive {
		all = nil
	}
	r := triggerRun{engine: e, program: program, now: e.Now(), done: &run}
	failed := []error{r.events(ctx, all)}
	for i := range all {
		c := &all[i]
		if c.Plan.Trigger.On.Calendar() && c.State == CampaignRunning {
			failed = append(failed, r.failure(c, r.days(ctx, c)))
		}
		if c.State == CampaignRunning {
			failed = append(failed, r.failure(c, r.act(ctx, c)))
		}
	}
	return run, errors.Join(failed...)
}

type triggerRun struct {
	engine  *Engine
	program Program
	now     time.Time
	done    *TriggerRun
}

// failure is an error that is worth a word: somebody else who was faster, or has changed the trigger, is none.
func (r *triggerRun) failure(c *Campaign, err error) error {
	if err == nil || errors.Is(err, errOvertaken) || IsKind(err, KindConflict) {
		return nil
	}
	return fmt.Errorf("trigger %s: %w", c.ID, err)
}

// errOvertaken says that somebody else has done it, or that the trigger was changed.
var errOvertaken = errors.New("done by somebody else")

// hold reads a trigger and holds it, if it still runs as it was seen.
func (r *triggerRun) hold(ctx context.Context, tx Tx, c *Campaign) error {
	now, err := tx.LockCampaign(ctx, c.ProgramID, c.ID)
	if err != nil {
		return fmt.Errorf("read campaign: %w", err)
	}
	if now.State != CampaignRunning || now.Version != c.Version {
		return errOvertaken
	}
	return nil
}

// write writes deliveries of a trigger that is held, as far as its budget goes, and returns how many of them are new. A trigger that has no more to give rests.
func (r *triggerRun) write(ctx context.Context, tx Tx, c *Campaign, all []Delivery) (n int, spent bool, err error) {
	if all, err = tx.NewDeliveries(ctx, all); err != nil {
		return 0, false, fmt.Errorf("read deliveries: %w", err)
	}
	if len(all) == 0 {
		return 0, false, nil
	}
	if c.Plan.Gift != nil && c.Plan.Budget > 0 {
		given, err := tx.CountGifts(ctx, c.ProgramID, c.ID)
		if err != nil {
			return 0, false, fmt.Errorf("count gifts: %w", err)
		}
		left := c.Plan.Budget - given
		for i := range all {
			if !all[i].Acts {
				continue
			}
			if left--; left < 0 {
				all, spent = all[:i], true
				break
			}
		}
	}
	if err := tx.InsertDeliveries(ctx, all); err != nil {
		return 0, false, fmt.Errorf("write deliveries: %w", err)
	}
	if spent {
		return len(all), true, r.rest(ctx, tx, c, WhyBudget)
	}
	return len(all), false, nil
}

// rest has a trigger that is held go on no more by itself, and tells whoever made it and the owners.
func (r *triggerRun) rest(ctx context.Context, tx Tx, c *Campaign, why string) error {
	resting := *c
	resting.State, resting.Why = CampaignPaused, why
	resting.Version++
	if err := putCampaign(ctx, tx, resting); err != nil {
		return err
	}
	return r.engine.tellOwners(ctx, tx, &resting, NoticeCampaignRests)
}

// expr is whom a trigger is for. One that asks for what is gone rests: ok is false then.
func (r *triggerRun) expr(ctx context.Context, c *Campaign) (s Strike, ok bool, err error) {
	x, err := r.engine.strikeExpr(ctx, c)
	if !broken(err) {
		return Strike{Program: r.program, Expr: x, After: -1}, err == nil, err
	}
	err = r.engine.store.InTx(ctx, func(tx Tx) error {
		if err := r.hold(ctx, tx, c); err != nil {
			return err
		}
		return r.rest(ctx, tx, c, WhyBroken)
	})
	if err == nil {
		c.State = CampaignPaused
		r.done.Rested++
	}
	return Strike{}, false, err
}
