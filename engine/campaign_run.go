package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

// The reasons of deliveries that were not tried, or not any more.
const (
	ReasonCancelled   = "cancelled"
	ReasonLate        = "late"
	ReasonBlocked     = "blocked"
	ReasonNoConsent   = "no_consent"
	ReasonUnreachable = "unreachable"
	ReasonCapped      = "capped"
	ReasonGone        = "gone"
	ReasonOptedOut    = "opted_out"     // of such messages, with the messenger
	ReasonWindow      = "window_closed" // the messenger asks for a newer conversation
	ReasonCard        = "card"          // the shop has blocked it
	ReasonGift        = "gift"          // what the message promises may not be given
)

// How campaigns are carried on.
const (
	feedAhead = 4000 // deliveries that are due and wait for a sender
	feedBatch = 1000 // written in one transaction
	// fedAll is the place of whoever comes after everybody.
	fedAll = math.MaxInt64
	// progressEvery is how often the author sees how far a broadcast has come.
	progressEvery = 5 * time.Second
	progressLife  = 20 * time.Second
)

// CampaignRun is what one look after the campaigns of a program did.
type CampaignRun struct {
	Started int
	Fed     int // deliveries written
	Ended   int
	Asked   int // starts that were too late
	Running int // campaigns that have something to send or to come
}

// RunCampaigns carries the campaigns of a program on: it starts those whose time has come, writes deliveries for senders, ends those that are done, and has
// authors see how far they are. It is a job of every second; several at a time do everything once. One campaign that cannot be carried on does not keep the
// others waiting: errors are returned joined.
func (e *Engine) RunCampaigns(ctx context.Context, programID string) (run CampaignRun, err error) {
	all, err := e.store.Campaigns(ctx, programID, CampaignScheduled, CampaignRunning)
	if err != nil {
		return run, fmt.Errorf("read campaigns: %w", err)
	}
	if len(all) == 0 {
		return run, nil
	}
	program, err := e.Program(ctx, programID)
	if err != nil {
		return run, err
	}
	if program.State != ProgramActive {
		return run, nil
	}
	zones, err := e.zones(ctx, program)
	if err != nil {
		return run, err
	}
	slices.Reverse(all) // oldest first
	var failed []error
	for i := range all {
		c := &all[i]
		if c.Kind != CampaignBroadcast {
			continue
		}
		err := e.runBroadcast(ctx, program, zones, c, &run)
		if err != nil && !IsKind(err, KindConflict) { // somebody else has changed it: the next time sees how
			failed = append(failed, fmt.Errorf("campaign %s: %w", c.ID, err))
		}
	}
	return run, errors.Join(failed...)
}

func (e *Engine) runBroadcast(ctx context.Context, program Program, zones []*time.Location, c *Campaign, run *CampaignRun) error {
	if c.State == CampaignScheduled {
		started, err := e.startBroadcast(ctx, program, zones, c)
		if err != nil || !started {
			if c.State == CampaignOverdue {
				run.Asked++
			}
			return err
		}
		run.Started++
	}
	if c.State != CampaignRunning {
		return nil
	}
	fed, err := e.feed(ctx, program, c)
	run.Fed += fed
	if err != nil {
		return err
	}
	ended, err := e.endBroadcast(ctx, c)
	if ended {
		run.Ended++
	} else {
		run.Running++
	}
	return err
}

// zones is [Zones] of a program.
func (e *Engine) zones(ctx context.Context, program Program) ([]*time.Location, error) {
	places, err := e.store.Locations(ctx, program.ID)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	return Zones(program.Settings, places), nil
}

// Zones lists the time zones in which members of a program live, as far as is known: first the program's, then those of its places.
func Zones(s *rules.Settings, places []Location) []*time.Location {
	zones := []*time.Location{s.Zone}
	for _, p := range places {
		zone := ZoneOf(s, p.Zone)
		if !slices.ContainsFunc(zones, func(z *time.Location) bool { return z.String() == zone.String() }) {
			zones = append(zones, zone)
		}
	}
	return zones
}

// ZoneOf is the zone of a place by its name, the program's when the place has none of its own.
func ZoneOf(s *rules.Settings, name string) *time.Location {
	if name == "" {
		return s.Zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return s.Zone
	}
	return zone
}

// begins is when a broadcast begins in a zone.
func (c *Campaign) begins(s *rules.Settings, zone *time.Location) time.Time {
	if c.Start.IsZero() || !c.Plan.Zoned {
		return c.Start
	}
	wall := c.Start.In(s.Zone)
	return campaign.At(rules.DateOf(c.Start, s.Zone), wall.Hour()*60+wall.Minute(), zone)
}

// startBroadcast freezes the audience of a broadcast whose time has come. One whose time came too long ago asks its author again.
func (e *Engine) startBroadcast(ctx context.Context, program Program, zones []*time.Location, c *Campaign) (started bool, err error) {
	now := e.Now()
	first := c.begins(program.Settings, zones[0])
	for _, zone := range zones[1:] {
		if at := c.begins(program.Settings, zone); at.Before(first) {
			first = at
		}
	}
	switch {
	case first.After(now):
		return false, nil
	case !c.Start.IsZero() && now.Sub(first) > lateStart:
		return false, e.moveBroadcast(ctx, c, CampaignScheduled, func(tx Tx) error {
			c.State = CampaignOverdue
			return e.tellAuthor(ctx, tx, c, NoticeCampaignOverdue, map[string]any{"start": c.Start.Unix()})
		})
	}
	var f Freeze
	if err = e.sendable(ctx, program, c.Plan); err == nil {
		f, err = e.freeze(ctx, program.ID, c.ID, c.Plan)
	}
	if broken(err) {
		return false, e.moveBroadcast(ctx, c, CampaignScheduled, func(tx Tx) error {
			c.State, c.Why = CampaignPaused, WhyBroken
			return e.tellAuthor(ctx, tx, c, NoticeCampaignRests, nil)
		})
	}
	if err != nil {
		return false, err
	}
	audience, err := e.audience.ReadAudience(ctx, f)
	if err != nil {
		return false, fmt.Errorf("read audience: %w", err)
	}
	err = e.moveBroadcast(ctx, c, CampaignScheduled, func(tx Tx) error {
		if err := tx.PutAudience(ctx, c.ProgramID, c.ID, audience); err != nil {
			return fmt.Errorf("freeze audience: %w", err)
		}
		c.Sizes = audience.Sizes
		c.State, c.StartedAt, c.Fed = CampaignRunning, now, -1
		return e.tellAuthor(ctx, tx, c, NoticeCampaignProgress, map[string]any{"first": true})
	})
	return err == nil, err
}

// moveBroadcast changes a broadcast that is still in the state it was seen in. When it fails c is as it was.
func (e *Engine) moveBroadcast(ctx context.Context, c *Campaign, from CampaignState, move func(Tx) error) error {
	seen := *c
	err := e.store.InTx(ctx, func(tx Tx) error {
		now, err := lockBroadcast(ctx, tx, c.ProgramID, c.ID, seen.Version)
		if err != nil {
			return err
		}
		if now.State != from {
			return fail(KindConflict, "changed_meanwhile")
		}
		*c = now
		c.Version++
		if err := move(tx); err != nil {
			return err
		}
		return putCampaign(ctx, tx, *c)
	})
	if err != nil {
		*c = seen
	}
	return err
}

// feed writes deliveries until enough wait for the senders, a batch in a transaction.
func (e *Engine) feed(ctx context.Context, program Program, c *Campaign) (fed int, err error) {
	for c.Fed != fedAll && c.State == CampaignRunning {
		due, _, err := e.store.PendingDeliveries(ctx, c.ProgramID, c.ID, e.Now())
		if err != nil {
			return fed, fmt.Errorf("count deliveries: %w", err)
		}
		if due >= feedAhead {
			return fed, nil
		}
		n, err := e.feedBatch(ctx, program, c)
		fed += n
		if err != nil || n == 0 {
			return fed, err
		}
	}
	return fed, nil
}

func (e *Engine) feedBatch(ctx context.Context, program Program, c *Campaign) (n int, err error) {
	err = e.moveBroadcast(ctx, c, CampaignRunning, func(tx Tx) error {
		n = 0
		limit := feedBatch
		if c.Plan.Gift != nil && c.Plan.Budget > 0 {
			given, err := tx.CountGifts(ctx, c.ProgramID, c.ID)
			if err != nil {
				return fmt.Errorf("count gifts: %w", err)
			}
			limit = max(0, min(limit, c.Plan.Budget-given))
		}
		next, err := tx.AudienceAfter(ctx, c.ProgramID, c.ID, c.Fed, max(1, limit))
		if err != nil {
			return fmt.Errorf("read audience: %w", err)
		}
		if len(next) == 0 {
			c.Fed = fedAll
			return nil
		}
		if limit == 0 {
			return errBudget
		}
		ways, err := e.routes(ctx, tx, program)
		if err != nil {
			return err
		}
		now := e.Now()
		all := make([]Delivery, len(next))
		for i := range next {
			next[i].Ways = ways.order(next[i].Ways)
			all[i] = c.delivery(program.Settings, &next[i], now)
		}
		c.Fed, n = next[len(next)-1].No, len(next)
		if err := tx.InsertDeliveries(ctx, all); err != nil {
			return fmt.Errorf("write deliveries: %w", err)
		}
		return nil
	})
	if errors.Is(err, errBudget) {
		return 0, nil
	}
	return n, err
}

// errBudget says that there is nothing left to give.
var errBudget = errors.New("the budget is spent")

// delivery is what a broadcast has for one member of its audience.
func (c *Campaign) delivery(s *rules.Settings, r *Recipient, now time.Time) Delivery {
	d := Delivery{ProgramID: c.ProgramID, CampaignID: c.ID, No: r.No, MemberID: r.MemberID, State: OutboundQueued,
		Variant: campaign.VariantOf(c.ID, placeName(r.No), c.Plan.Variants)}
	if len(r.Ways) == 0 {
		d.State, d.Reason = OutboundDropped, ReasonUnreachable
		return d
	}
	d.ContactID, d.Address = r.Ways[0].ContactID, r.Ways[0].Address
	zone := ZoneOf(s, r.Zone)
	at := later(now, c.begins(s, zone))
	if awake := campaign.QuietOf(s).End(at, zone); !awake.IsZero() {
		at = awake
	}
	if at.After(now) {
		d.Wait = at
	}
	return d
}

// endBroadcast ends a broadcast of which nothing is left to do, or has it rest when what it gives away is spent.
func (e *Engine) endBroadcast(ctx context.Context, c *Campaign) (ended bool, err error) {
	now := e.Now()
	if c.Plan.Late(now) {
		err := e.moveBroadcast(ctx, c, CampaignRunning, func(tx Tx) error {
			c.Fed = fedAll
			_, err := tx.EndDeliveries(ctx, c.ProgramID, c.ID, ReasonLate)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	due, all, err := e.store.PendingDeliveries(ctx, c.ProgramID, c.ID, now)
	if err != nil {
		return false, fmt.Errorf("count deliveries: %w", err)
	}
	spent := false
	if c.Fed != fedAll && all == 0 {
		given, err := e.store.CountGifts(ctx, c.ProgramID, c.ID)
		if err != nil {
			return false, fmt.Errorf("count gifts: %w", err)
		}
		spent = c.Plan.Gift != nil && c.Plan.Budget > 0 && given >= c.Plan.Budget
	}
	switch {
	case spent:
		return false, e.moveBroadcast(ctx, c, CampaignRunning, func(tx Tx) error {
			c.State, c.Why = CampaignPaused, WhyBudget
			return e.tellOwners(ctx, tx, c, NoticeCampaignRests)
		})
	case all == 0 && c.Fed == fedAll:
		err := e.moveBroadcast(ctx, c, CampaignRunning, func(tx Tx) error {
			c.State, c.EndedAt = CampaignDone, now
			return e.tellAuthor(ctx, tx, c, NoticeCampaignDone, nil)
		})
		return err == nil, err
	case due > 0:
		return false, e.showProgress(ctx, c, now)
	}
	return false, nil
}

// tellOwners queues a notice for whoever made a campaign and for the owners.
func (e *Engine) tellOwners(ctx context.Context, tx Tx, c *Campaign, kind NoticeKind) error {
	staff, err := tx.StaffList(ctx, c.ProgramID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	for _, s := range staff {
		if s.Disabled || s.Role != RoleOwner && s.ID != c.By {
			continue
		}
		n := e.notice(c.ProgramID, fmt.Sprintf("%s:%s:%d:%s", kind, c.ID, c.Version, s.ID), toStaff(s.ID), Notice{Kind: kind, Args: map[string]any{"campaign": c.ID}})
		if err := tx.Enqueue(ctx, n); err != nil {
			return fmt.Errorf("queue notice: %w", err)
		}
	}
	return nil
}

// showProgress has the author's message about a running campaign brought up to date. What comes too late is left out.
func (e *Engine) showProgress(ctx context.Context, c *Campaign, now time.Time) error {
	if c.By == "" {
		return nil
	}
	n := e.notice(c.ProgramID, fmt.Sprintf("campaign_progress:%s:%d", c.ID, now.Unix()/int64(progressEvery/time.Second)), toStaff(c.By),
		Notice{Kind: NoticeCampaignProgress, Args: map[string]any{"campaign": c.ID}})
	n.Expires = now.Add(progressLife)
	err := e.store.InTx(ctx, func(tx Tx) error { return tx.Enqueue(ctx, n) })
	if err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}
