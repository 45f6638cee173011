package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
)

// How triggers are measured.
const (
	triggerGuests = 20_000 // of the calendar
	triggerQuick  = 200
	triggerDays   = 5
	saleGuests    = 2000 // of sales; each buys no more often than a guest may be written to
	saleQuick     = 100
	buyers        = 4           // at a time
	salePause     = time.Second // between the sales of each, on average: the job that looks at them is not waited for by all alike
	saleLeast     = 4 * time.Second
)

// triggerBout is triggers in shops of their own: a day of the calendar on which one is for everybody, and one on which it is for nobody, in an instance that sends
// nothing; and what it takes from a sale until the guest has the message that it brings, at the free pace. Each runs every second, as in production.
func (b *bench) triggerBout() bout {
	return bout{name: "trigger", once: true, scenarios: []scenario{
		{name: "trigger/day/all", inFlight: 1, measure: func(ctx context.Context, t turn) (measured, error) { return b.triggerDay(ctx, lastVisit) }},
		{name: "trigger/day/none", inFlight: 1, measure: func(ctx context.Context, t turn) (measured, error) { return b.triggerDay(ctx, lastVisit+1) }},
		{name: "trigger/sale", inFlight: buyers, measure: b.triggerSales},
	}}
}

// triggerDay measures how many guests a second a day goes through, when a trigger is for those who were there last so many days ago. The times are of days.
func (h *benchHost) triggerDay(ctx context.Context, days int) (m measured, err error) {
	s, err := h.openStage(ctx, h.crowd(triggerGuests, triggerQuick), false)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	// The clock is ours: noon of the day on which the guests were made.
	zone := s.program.Settings.Zone
	year, month, day := s.past.end.In(zone).Date()
	noon := time.Date(year, month, day, 12, 0, 0, 0, zone).UTC()
	now := noon
	e := engine.New(engine.Config{Store: s.app.store, Codes: codes{s.app.shared}, Now: func() time.Time { return now }})
	want := 0
	if days == lastVisit {
		want = s.guests
	}
	var took histogram
	before, began := h.meter.read(), time.Now()
	for n := range triggerDays {
		at := now.In(zone)
		if err := s.await(ctx, e, campaign.Trigger{On: campaign.EventReminder, Days: days, Minute: at.Hour()*60 + at.Minute() + 1}); err != nil {
			return m, err
		}
		now = now.Add(time.Minute)
		one := time.Now()
		run, err := e.RunTriggers(ctx, s.program.ID)
		if err != nil {
			return m, fmt.Errorf("go through a day: %w", err)
		}
		took.add(time.Since(one))
		if run.Written != want {
			return m, fmt.Errorf("day %d has something for %d guests, not for %d", n+1, run.Written, want)
		}
	}
	used := h.meter.read().since(before)
	m.count(&took, time.Since(began))
	m.Done = uint64(triggerDays * s.guests)
	m.Rate = rounded(float64(m.Done) / m.Seconds)
	m.charge(used)
	return m, nil
}

// await starts a trigger.
func (s *benchStage) await(ctx context.Context, e *engine.Engine, on campaign.Trigger) error {
	plan := campaign.Plan{Window: 7, Trigger: &on, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": broadcastText}}}}}
	c, err := e.SaveTrigger(ctx, engine.SaveTriggerInput{ProgramID: s.program.ID, Name: "Bench", Plan: plan})
	if err == nil {
		_, err = e.StartTrigger(ctx, s.program.ID, c.ID, "")
	}
	if err != nil {
		return fmt.Errorf("start trigger: %w", err)
	}
	return nil
}

// triggerSales has guests buy, a few at a time, and measures how long it takes from a sale, as a till reports it, until the guest has the message.
func (h *benchHost) triggerSales(ctx context.Context, t turn) (m measured, err error) {
	s, err := h.openStage(ctx, h.crowd(saleGuests, saleQuick), false)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.await(ctx, s.app.engine, campaign.Trigger{On: campaign.EventPurchase}); err != nil {
		return m, err
	}
	if err := s.start(ctx); err != nil {
		return m, err
	}
	var next atomic.Int64
	buy := func(ctx context.Context, a *asker) error {
		g := s.past.guest(int(next.Add(1)-1) % s.guests)
		key := s.app.engine.NewID()
		sale := engine.SaleInput{ProgramID: s.program.ID, LocationID: s.past.place.ID, Till: "1", Source: "till", Lines: checkLines(a.rand), MemberID: g.member, ReceiptNo: key}
		if _, err := s.app.engine.Post(ctx, engine.PostInput{Key: key, Sale: sale}); err != nil {
			return err
		}
		return s.hears(ctx, int64(firstUser+g.no), 0, func(text string) bool { return strings.Contains(text, broadcastCry) })
	}
	buying, stop := context.WithTimeout(ctx, max(t.length, saleLeast))
	defer stop()
	askers := make([]*asker, buyers)
	var all sync.WaitGroup
	before, began := h.meter.read(), time.Now()
	for i := range askers {
		askers[i] = &asker{rand: rand.New(rand.NewPCG(t.seed, uint64(i)))}
		all.Go(func() { askers[i].nowAndThen(buying, salePause, buy) })
	}
	all.Wait()
	m = sumOf(askers, time.Since(began))
	m.charge(h.meter.read().since(before))
	return m, ctx.Err()
}
