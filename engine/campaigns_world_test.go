package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// press is a shop with an author of campaigns and guests who agreed to get them.
type press struct {
	*world
	t      *testing.T
	p      engine.Program
	author engine.Staff
	guests []engine.Member
	fence  int64
}

// newPress makes one. change, when not nil, sees the settings before the shop is made.
func newPress(t *testing.T, w *world, guests int, change func(*rules.Settings)) *press {
	t.Helper()
	s := w.catalogue(t)
	c := rules.DefaultCampaigns()
	c.ApproveAbove = 0
	s.Campaigns = &c
	if change != nil {
		change(s)
	}
	x := &press{world: w, t: t, fence: 1}
	x.p = w.newProgram(t, s)
	w.attach(t, x.p)
	x.author, _ = w.hire(t, x.p, "author", engine.RoleMarketer)
	for i := range guests {
		x.guests = append(x.guests, x.guest(fmt.Sprint("guest", i), ""))
	}
	return x
}

// guest joins, at a place or nowhere, and agrees to messages.
func (x *press) guest(user, place string) engine.Member {
	x.t.Helper()
	return x.join(x.t, x.p, engine.JoinInput{ContactID: x.meet(x.t, x.p, user).ID, Name: user, Marketing: true, LocationID: place})
}

// plan says one thing to everybody.
func plan(change ...func(*campaign.Plan)) campaign.Plan {
	p := campaign.Plan{Audience: segment.All{}, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "Кава, {name}!"}}}}}
	for _, f := range change {
		f(&p)
	}
	return p
}

// reads parses an audience.
func (x *press) reads(text string) segment.Expr {
	x.t.Helper()
	e, err := x.engine.ReadSegment(x.t.Context(), x.p.ID, text, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	return e
}

func (x *press) draft(p campaign.Plan) engine.Campaign {
	x.t.Helper()
	c, err := x.engine.SaveBroadcast(x.t.Context(), engine.SaveBroadcastInput{ProgramID: x.p.ID, Plan: p, StaffID: x.author.ID})
	if err != nil {
		x.t.Fatal(err)
	}
	return c
}

func (x *press) send(c engine.Campaign, start time.Time) engine.Campaign {
	x.t.Helper()
	c, err := x.engine.SendBroadcast(x.t.Context(), engine.SendBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, Start: start, StaffID: x.author.ID})
	if err != nil {
		x.t.Fatal(err)
	}
	return c
}

// run looks after the campaigns once.
func (x *press) run() engine.CampaignRun {
	x.t.Helper()
	run, err := x.engine.RunCampaigns(x.t.Context(), x.p.ID)
	if err != nil {
		x.t.Fatal(err)
	}
	return run
}

// is reads a campaign and checks its state, with what it rests for: "paused budget".
func (x *press) is(c engine.Campaign, want string) engine.Campaign {
	x.t.Helper()
	c, err := x.engine.Campaign(x.t.Context(), x.p.ID, c.ID)
	got := string(c.State)
	if c.Why != "" {
		got += " " + c.Why
	}
	if err != nil || got != want {
		x.t.Fatalf("the campaign is %q, %v; want %q", got, err, want)
	}
	return c
}

// claim takes what is due, as a sender does.
func (x *press) claim(c engine.Campaign) []engine.Delivery {
	x.t.Helper()
	all, err := x.store.ClaimDeliveries(x.t.Context(), engine.DeliveryClaim{ProgramID: x.p.ID, CampaignID: c.ID, Channel: "telegram", Sender: x.p.Slug, Now: x.engine.Now(),
		Fence: x.fence, After: -1, Limit: 1000, Since: x.engine.RecentSince(x.p)})
	if err != nil {
		x.t.Fatal(err)
	}
	return all
}

// open asks what is to be done with a claimed delivery.
func (x *press) open(c engine.Campaign, d *engine.Delivery) engine.OpenedDelivery {
	x.t.Helper()
	person, err := x.engine.PersonAt(x.t.Context(), x.p, engine.Bot{}, d.Address)
	if err != nil {
		x.t.Fatal(err)
	}
	opened, err := x.engine.OpenDelivery(x.t.Context(), &c, d, &person)
	if err != nil {
		x.t.Fatal(err)
	}
	return opened
}

func (x *press) settle(all ...engine.Delivery) {
	x.t.Helper()
	if err := x.store.SettleDeliveries(x.t.Context(), all); err != nil {
		x.t.Fatal(err)
	}
}

// deliver sends what is due, and returns whom it was sent to.
func (x *press) deliver(c engine.Campaign) (told []string) {
	x.t.Helper()
	for _, d := range x.claim(c) {
		opened := x.open(c, &d)
		now := x.engine.Now()
		switch {
		case opened.Drop != "":
			d.State, d.Reason = engine.OutboundDropped, opened.Drop
		case !opened.Wait.IsZero():
			d.State, d.Wait = engine.OutboundQueued, opened.Wait
		default:
			told = append(told, d.Address.UserID)
			d.State, d.SentAt, d.Until = engine.OutboundSent, now, c.Attributed(now)
		}
		x.settle(d)
	}
	slices.Sort(told)
	return told
}

// carry runs and delivers until nothing moves at this moment.
func (x *press) carry(c engine.Campaign) (told []string) {
	x.t.Helper()
	for {
		x.run()
		more := x.deliver(c)
		if told = append(told, more...); len(more) == 0 {
			x.run()
			slices.Sort(told)
			return told
		}
	}
}

func (x *press) progress(c engine.Campaign) engine.CampaignProgress {
	x.t.Helper()
	p, err := x.engine.CampaignProgress(x.t.Context(), x.p.ID, c.ID)
	if err != nil {
		x.t.Fatal(err)
	}
	return p
}

// told counts the notices of a kind.
func (x *press) told(kind engine.NoticeKind) int {
	x.t.Helper()
	return len(x.notices(x.t, x.p)[kind])
}

// refused checks that something was refused for a reason.
func (x *press) refused(what string, err error, kind engine.Kind, id string) {
	x.t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.Kind != kind || e.ID != id {
		x.t.Errorf("%s: %v, want %s", what, err, id)
	}
}
