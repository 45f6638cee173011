package engine

import (
	"context"
	"fmt"
	"slices"

	"kartka/engine/campaign"
	"kartka/engine/segment"
)

// routes puts the ways to members of a program in order, best first, and leaves out those that are none: on channels that there are not, and through bots that the
// program does not have, once it has any.
type routes struct {
	engine  *Engine
	program Program
	senders []Address // of the program's bots, with no user
}

func (e *Engine) routes(ctx context.Context, reads ProgramReads, program Program) (*routes, error) {
	bots, err := reads.Bots(ctx, program.ID)
	if err != nil {
		return nil, fmt.Errorf("read bots: %w", err)
	}
	r := &routes{engine: e, program: program}
	for _, b := range bots {
		r.senders = append(r.senders, Address{Channel: b.Channel, Sender: b.Sender})
	}
	return r, nil
}

// order returns the ways to a member, best first; those through some contacts are left out.
func (r *routes) order(ways []Way, without ...string) []Way {
	known := make([]campaign.Way, len(ways))
	for i, w := range ways {
		sender := Address{Channel: w.Address.Channel, Sender: w.Address.Sender}
		known[i] = campaign.Way{Channel: w.Address.Channel, Seen: w.Seen,
			Closed: len(r.senders) > 0 && !slices.Contains(r.senders, sender) || slices.Contains(without, w.ContactID)}
	}
	var ordered []Way
	for _, i := range r.engine.channels.Order(known, r.program.Settings.CampaignRules(), r.engine.Now()) {
		ordered = append(ordered, ways[i])
	}
	return ordered
}

// carriers are the channels that segments know and that carry messages to many.
func (e *Engine) carriers() []string {
	return slices.DeleteFunc(segment.Channels(), func(name string) bool {
		_, known := e.channels[name]
		return e.channels != nil && !known
	})
}

// struck finds whom a trigger is for, with the ways to each in order.
func (e *Engine) struck(ctx context.Context, s Strike) ([]Struck, error) {
	all, err := e.store.Struck(ctx, s)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	r, err := e.routes(ctx, e.store, s.Program)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Ways = r.order(all[i].Ways)
	}
	return all, nil
}

// AudienceRoutes says which channels the messages of a broadcast would take, as of now.
type AudienceRoutes struct {
	By     map[string]int // by channel
	Closed map[string]int // those who are reached only by a channel on which the program has no bot: they get nothing
	// About says that the numbers are not exact: of those who are reached by several channels only some were looked at.
	About bool
}

// routesLookedAt is how many of the members whom several channels reach are looked at to say which one they take.
const routesLookedAt = 2000

// AudienceRoutes finds which channels a broadcast would take. id is the one it has, or will have.
func (e *Engine) AudienceRoutes(ctx context.Context, programID, id string, plan campaign.Plan) (r AudienceRoutes, err error) {
	audience, err := e.audienceOf()
	if err != nil || plan.Audience == nil {
		return r, err
	}
	f, err := e.freeze(ctx, programID, id, plan)
	if err != nil {
		return r, err
	}
	frozen, err := audience.ReadAudience(ctx, f)
	if err != nil {
		return r, fmt.Errorf("read audience: %w", err)
	}
	reach, err := audience.AudienceReach(ctx, f, frozen, routesLookedAt)
	if err != nil {
		return r, fmt.Errorf("read audience: %w", err)
	}
	ways, err := e.routes(ctx, e.store, f.Program)
	if err != nil {
		return r, err
	}
	r = AudienceRoutes{By: map[string]int{}, Closed: map[string]int{}}
	for channel, n := range reach.Only {
		if ways.open(channel) {
			r.By[channel] += n
		} else {
			r.Closed[channel] += n
		}
	}
	some := map[string]int{}
	seen := 0
	for i := range reach.Some {
		if best := ways.order(reach.Some[i].Ways); len(best) > 0 {
			some[best[0].Address.Channel]++
			seen++
		}
	}
	for channel, n := range some {
		r.By[channel] += (n*reach.Several + seen/2) / seen
	}
	r.About = len(reach.Some) < reach.Several
	return r, nil
}

// open reports whether the program has a bot on a channel, or no bots at all yet.
func (r *routes) open(channel string) bool {
	return len(r.senders) == 0 || slices.ContainsFunc(r.senders, func(a Address) bool { return a.Channel == channel })
}

// NextWay has a delivery go another way, when the one it has turned out to be closed for a reason and it has surely not been sent: it is then to be queued again, to
// another contact, and found is true. Each contact is tried once. What may have been sent, or was refused for what it says or because of the person, stays as
// it is.
func (e *Engine) NextWay(ctx context.Context, d *Delivery, reason string) (found bool, err error) {
	if d.Reason != "" || !slices.Contains([]string{ReasonBlocked, ReasonNoConsent, ReasonGone, ReasonOptedOut, ReasonWindow}, reason) {
		return false, nil
	}
	program, err := e.Program(ctx, d.ProgramID)
	if err != nil {
		return false, err
	}
	member, err := memberOf(ctx, e.store, d.ProgramID, d.MemberID)
	if IsKind(err, KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ways, err := e.store.Ways(ctx, d.ProgramID, []string{member.ID})
	if err != nil {
		return false, fmt.Errorf("read ways: %w", err)
	}
	r, err := e.routes(ctx, e.store, program)
	if err != nil {
		return false, err
	}
	tried := append(slices.Clone(d.Tried), d.ContactID)
	next := r.order(ways[member.ID], tried...)
	if len(next) == 0 {
		return false, nil
	}
	d.Tried, d.ContactID, d.Address = tried, next[0].ContactID, next[0].Address
	return true, nil
}
