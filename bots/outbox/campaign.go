package outbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// campaigns is where the deliveries of campaigns come from, and where their outcomes go, during a term. Triggers go before broadcasts, and older campaigns
// before younger ones.
type campaigns struct {
	*lane
	settling settling

	// What only claim looks at.
	running []engine.Campaign
	read    time.Time        // when running was
	after   map[string]int64 // the place up to which a campaign's deliveries were claimed
}

// runningFor is how long a list of running campaigns is good. Whether a campaign runs is asked once more when its deliveries are claimed.
const runningFor = time.Second

func newCampaigns(t *term) *campaigns {
	inFlight := min(max(int(t.Pace.BulkCap/2), leastInFlight), mostInFlight)
	c := &campaigns{lane: newLane(t, engine.LaneCampaign, bots.LaneBulk, inFlight), after: map[string]int64{}}
	c.gate, c.lot = make(chan struct{}, 1), inFlight/4
	c.mail = c
	c.settling = settling{wake: make(chan struct{}, 1), store: c.store, abort: t.base.Done(), done: make(chan struct{})}
	go c.settling.run()
	return c
}

// close ends what settles, when nothing is under way any more.
func (c *campaigns) close() { c.settling.close() }

// claim takes deliveries of running campaigns.
func (c *campaigns) claim(ctx context.Context, now time.Time, n int) (parcels []parcel, err error) {
	if time.Since(c.read) >= runningFor {
		if err := c.look(ctx); err != nil {
			return nil, err
		}
	}
	if len(c.running) == 0 {
		return nil, nil
	}
	program, err := c.Engine.Program(ctx, c.ProgramID)
	if err != nil {
		return nil, err
	}
	if program.State != engine.ProgramActive {
		return nil, nil
	}
	since := c.Engine.RecentSince(program)
	for i := range c.running {
		running := &c.running[i]
		for from, again := c.from(running.ID), true; again && len(parcels) < n; from = -1 {
			rows, err := c.Deliveries.ClaimDeliveries(ctx, engine.DeliveryClaim{
				ProgramID: c.ProgramID, CampaignID: running.ID, Channel: c.Bot.Channel, Sender: c.Bot.Sender, Now: now, Fence: c.fence, After: from,
				Limit: n - len(parcels), Since: since,
			})
			if err != nil {
				return parcels, err
			}
			again = len(rows) < n-len(parcels) && from >= 0 // some may have come back behind
			c.after[running.ID] = -1
			for j := range rows {
				parcels = append(parcels, parcelOf(running, &rows[j]))
				c.after[running.ID] = rows[j].No
			}
		}
	}
	c.meet(ctx, program, parcels)
	return parcels, nil
}

// meet reads whom messages are for, all together. Whoever cannot be read that way is read alone when the message is opened.
func (c *campaigns) meet(ctx context.Context, program engine.Program, parcels []parcel) {
	if len(parcels) < 2 {
		return
	}
	users := make([]string, len(parcels))
	for i := range parcels {
		users[i] = parcels[i].Address.UserID
	}
	began := time.Now()
	people, err := c.Engine.PeopleAt(ctx, program, c.Bot, users)
	if err != nil {
		c.logger.Warn("people not read together", "error", err)
		return
	}
	for i, user := range users {
		if person, ok := people[user]; ok {
			parcels[i].person, parcels[i].read = &person, began
		}
	}
}

func (c *campaigns) from(id string) int64 {
	if after, ok := c.after[id]; ok {
		return after
	}
	return -1
}

// look reads which campaigns are running.
func (c *campaigns) look(ctx context.Context) error {
	all, err := c.Engine.Campaigns(ctx, c.ProgramID, engine.CampaignRunning)
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b engine.Campaign) int {
		if a.Kind != b.Kind {
			if a.Kind == engine.CampaignTrigger {
				return -1
			}
			return 1
		}
		return a.StartedAt.Compare(b.StartedAt)
	})
	c.running, c.read = all, time.Now()
	maps.DeleteFunc(c.after, func(id string, _ int64) bool {
		return !slices.ContainsFunc(all, func(r engine.Campaign) bool { return r.ID == id })
	})
	return nil
}

// parcelOf is a delivery as a message of its own.
func parcelOf(c *engine.Campaign, d *engine.Delivery) parcel {
	since := d.Wait
	if since.IsZero() {
		since = c.StartedAt
	}
	id := d.CampaignID + ":" + d.Period + ":" + strconv.FormatInt(d.No, 10)
	return parcel{campaign: c, delivery: d, Outbound: engine.Outbound{
		ID: id, ProgramID: d.ProgramID, ContactID: d.ContactID, Address: d.Address, MemberID: d.MemberID, Key: id, Lane: engine.LaneCampaign,
		Purpose: string(engine.PurposeMarketing), Tries: d.Tries, Fence: d.Fence, Reason: d.Reason, At: since, State: engine.OutboundSending,
	}}
}

// openCampaign checks whether a delivery may be sent at this moment, has given what the campaign gives, and puts it into words.
func (t *term) openCampaign(ctx context.Context, p parcel, l letter, now time.Time) (letter, *verdict, error) {
	no := func(v verdict) (letter, *verdict, error) { return letter{}, &v, nil }
	if l.person == nil {
		return no(dropped(reasonGone))
	}
	opened, err := t.Engine.OpenDelivery(ctx, p.campaign, p.delivery, l.person)
	switch {
	case err != nil:
		return letter{}, nil, err
	case opened.Drop != "":
		return no(dropped(opened.Drop))
	case !opened.Wait.IsZero():
		return no(requeued(opened.Wait.Sub(now)))
	}
	v := talk.NewView(*l.person, bots.Event{}, talk.DecodeSession(l.person.Contact.Session), now, t.Catalog)
	if t.App != nil {
		v.App = t.App(l.person.Program)
	}
	l.messages = t.Campaign(v, *p.campaign, *p.delivery, opened.Gift)
	if len(l.messages) == 0 {
		return no(dropped(reasonNothing))
	}
	for i := range l.messages {
		l.messages[i].Purpose = bots.PurposeMarketing
	}
	return l, nil, nil
}

// settle stores what became of a delivery, together with those of others.
func (c *campaigns) settle(p parcel, v verdict) {
	d := *p.delivery
	if c.another(&d, v) {
		v = requeued(0)
		d.Wait = time.Time{}
		c.forget(p.ID)
	} else if v.state == engine.OutboundQueued && v.reason == "" {
		v.reason = d.Reason // that it may have been sent before
	}
	d.State, d.Reason, d.Ref = v.state, printable(v.reason), v.ref
	now := c.Engine.Now()
	switch v.state {
	case engine.OutboundQueued:
		wait := min(v.wait+time.Millisecond-1, longestWait).Truncate(time.Millisecond)
		if wait > 0 {
			d.Wait = now.Add(wait)
		}
		defer c.awaitDue(wait)
	case engine.OutboundSent, engine.OutboundUnknown:
		d.SentAt, d.Until = now, p.campaign.Attributed(now)
	}
	if v.state != engine.OutboundQueued {
		c.forget(p.ID)
	}
	if err := c.settling.add(d); err != nil {
		c.logger.Error("settle delivery", "outbound_id", p.ID, "state", string(v.state), "error", err)
		return
	}
	if c.Hooks.Settled != nil && v.state != engine.OutboundQueued {
		c.Hooks.Settled(c.Bot.Channel, c.Bot.Sender, c.name, v.state, v.reason)
	}
}

// another has a delivery go another way, if its own turned out to be closed before anything was said and there is one.
func (c *campaigns) another(d *engine.Delivery, v verdict) (found bool) {
	if v.begun || v.state != engine.OutboundFailed && v.state != engine.OutboundDropped {
		return false
	}
	err := c.persist("find another way", func(ctx context.Context) (err error) {
		found, err = c.Engine.NextWay(ctx, d, v.reason)
		return err
	})
	if err != nil {
		c.logger.Error("find another way", "outbound_id", d.CampaignID, "error", err)
		return false
	}
	return found
}

// store writes outcomes until the store has answered.
func (c *campaigns) store(all []engine.Delivery) error {
	return c.persist("settle deliveries", func(ctx context.Context) error { return c.Deliveries.SettleDeliveries(ctx, all) })
}

// settling gathers outcomes: what has come while one lot was being written, and a moment after, is the next. The first is written at once.
type settling struct {
	store func([]engine.Delivery) error
	abort <-chan struct{} // closed when nothing may be waited for any more
	wake  chan struct{}
	done  chan struct{}

	mu      sync.Mutex
	waiting []settled
	closed  bool
}

// settled is an outcome, and who waits for it to be stored.
type settled struct {
	engine.Delivery
	answer chan error
}

// add has an outcome stored and waits for that.
func (s *settling) add(d engine.Delivery) error {
	answer := make(chan error, 1)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fmt.Errorf("settle delivery %s %d: nobody settles any more", d.CampaignID, d.No)
	}
	s.waiting = append(s.waiting, settled{d, answer})
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // awake already
	}
	return <-answer
}

// run stores until close is called and nothing waits any more.
func (s *settling) run() {
	defer close(s.done)
	for range s.wake {
		for {
			s.mu.Lock()
			lot := s.waiting
			s.waiting = nil
			s.mu.Unlock()
			if len(lot) == 0 {
				break
			}
			all := make([]engine.Delivery, len(lot))
			for i := range lot {
				all[i] = lot[i].Delivery
			}
			err := s.store(all)
			for i := range lot {
				lot[i].answer <- err
			}
			nap(settleRest, s.abort)
		}
	}
}

// close is called when nobody adds any more.
func (s *settling) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	close(s.wake)
	<-s.done
}
