package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"kartka/bots"
	"kartka/bots/outbox"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/storage/sqldb"
)

// broadcastPace is one of the two paces at which a messenger takes broadcasts, and how it is measured.
type broadcastPace struct {
	name    string
	paid    bool
	allowed float64 // messages a second, by the emulated messenger's limits
	guests  int     // unless the command line says otherwise
	quick   int
	pause   time.Duration // between the questions of guests, on average
}

var broadcastPaces = []broadcastPace{
	{name: "broadcast/free", allowed: 30, guests: 1500, quick: 40, pause: time.Second},
	{name: "broadcast/paid", paid: true, allowed: 1000, guests: 20_000, quick: 400, pause: 100 * time.Millisecond},
}

// mostBroadcastGuests is how many guests the emulated messenger remembers the chats of without taking all memory.
const mostBroadcastGuests = 1_000_000

// broadcastText is what is said to everybody. It begins with broadcastCry, which no answer contains.
const (
	broadcastCry  = "Круасани сьогодні"
	broadcastText = broadcastCry + ", {name}! До кожної кави від 16:00 круасан за пів ціни, доки не скінчаться. Чекаємо на вас."
)

// broadcastBout is a broadcast from beginning to end at each pace, in a shop of its own, to guests in an emulated messenger that limits how much a bot may send.
// Meanwhile some of them ask for their balance now and then: the times are those of the answers.
func (b *bench) broadcastBout() bout {
	all := bout{name: "broadcast", once: true}
	for _, pace := range broadcastPaces {
		all.scenarios = append(all.scenarios, scenario{name: pace.name, inFlight: 1, measure: func(ctx context.Context, _ turn) (measured, error) {
			return b.broadcast(ctx, pace)
		}})
	}
	return all
}

// broadcastTargets are what broadcasts are measured for.
func broadcastTargets(d sqldb.Dialect) (all []target) {
	for _, pace := range []struct{ about, of string }{{"a broadcast at the free pace", "broadcast/free@1"}, {"a broadcast at the paid pace", "broadcast/paid@1"}} {
		all = append(all,
			target{d, pace.about, "broadcast", pace.of, "", "% of the rate that is allowed", func(m measured) (float64, bool) { return 100 * m.Allowed, m.Allowed > 0 }, atLeast, 98},
			target{d, pace.about + ", refused for being too much", "broadcast", pace.of, "", "% of all that was sent", func(m measured) (float64, bool) {
				return 100 * float64(m.Refused) / float64(m.Done+m.Refused), m.Done > 0
			}, atMost, 0.1},
			target{d, pace.about + ", p99 of answers meanwhile", "broadcast", pace.of, "", "ms", func(m measured) (float64, bool) { return m.P99 / 1000, m.P99 > 0 }, atMost, 300})
	}
	return all
}

// crowd is how many guests there are: as the command line says, or as suits what is measured.
func (h *benchHost) crowd(guests, quick int) int {
	if h.options.quick {
		guests = quick
	}
	return cmp.Or(h.options.guests, guests)
}

// broadcast measures one broadcast.
func (h *benchHost) broadcast(ctx context.Context, pace broadcastPace) (m measured, err error) {
	guests := h.crowd(pace.guests, pace.quick)
	s, err := h.openStage(ctx, guests, pace.paid)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.start(ctx); err != nil {
		return m, err
	}
	asking, stop := context.WithCancel(ctx)
	a := &asker{rand: rand.New(rand.NewPCG(h.options.seed, 7))}
	var asked sync.WaitGroup
	asked.Go(func() { a.nowAndThen(asking, pace.pause, s.askAnyone) })
	before := h.meter.read()
	err = s.tellAll(ctx)
	used := h.meter.read().since(before)
	stop()
	asked.Wait()
	if err != nil {
		return m, err
	}
	m = s.post.come(a, guests, pace.allowed)
	m.charge(used)
	return m, nil
}

// come says what a broadcast to so many guests came to, beside the answers to one who asked.
func (t *tally) come(a *asker, guests int, allowed float64) (m measured) {
	t.mu.Lock()
	defer t.mu.Unlock()
	span := t.last.Sub(t.first)
	m = sumOf([]*asker{a}, span)
	m.Answered = m.Done
	if t.sent != guests {
		m.Errors, m.FirstError = m.Errors+1, fmt.Sprintf("%d of %d guests were told", t.sent, guests)
	}
	m.Done, m.Refused = uint64(t.sent), uint64(t.refused)
	m.Rate = rounded(float64(t.sent-1) / span.Seconds())
	m.Allowed = rounded(100*float64(t.sent-1+t.others)/span.Seconds()/allowed) / 100
	return m
}

// tally is what an outbox tells of what it sends.
type tally struct {
	mu          sync.Mutex
	first, last time.Time // of the broadcast
	sent        int       // of the broadcast
	others      int       // answers, from the first message of the broadcast on
	refused     int       // by the messenger, for being too many
}

// watch counts, beside whoever else wants to know.
func (t *tally) watch(hooks outbox.Hooks) outbox.Hooks {
	called := hooks.Called
	hooks.Called = func(channel, sender string, lane engine.Lane, outcome bots.Outcome, took time.Duration) {
		called(channel, sender, lane, outcome, took)
		now := time.Now()
		t.mu.Lock()
		defer t.mu.Unlock()
		switch {
		case outcome == bots.RetryAfter:
			t.refused++
		case outcome != bots.Sent:
		case lane == engine.LaneCampaign:
			if t.first.IsZero() {
				t.first = now
			}
			t.last = now
			t.sent++
		case !t.first.IsZero():
			t.others++
		}
	}
	return hooks
}

func (t *tally) told() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent
}

// tellAll sends a broadcast to everybody and waits until it is over.
func (s *benchStage) tellAll(ctx context.Context) error {
	plan := campaign.Plan{Audience: segment.All{}, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": broadcastText}}}}}
	draft, err := s.app.engine.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: s.program.ID, Plan: plan})
	if err != nil {
		return fmt.Errorf("write broadcast: %w", err)
	}
	sent, err := s.app.engine.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: s.program.ID, ID: draft.ID, Version: draft.Version})
	if err != nil {
		return fmt.Errorf("send broadcast: %w", err)
	}
	bar := newGauge(s.host.console, "telling "+thousands(int64(s.guests))+" guests", int64(s.guests))
	defer bar.finish()
	moved, before := time.Now(), 0
	for {
		c, err := s.app.store.Campaign(ctx, s.program.ID, sent.ID)
		if err != nil {
			return fmt.Errorf("read broadcast: %w", err)
		}
		now := s.post.told()
		bar.set(now)
		switch {
		case c.State == engine.CampaignDone:
			return nil
		case now != before:
			moved, before = time.Now(), now
		case time.Since(moved) > time.Minute:
			return fmt.Errorf("nobody has been told anything for a minute: the broadcast is %s, %d of %d were told", c.State, now, s.guests)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// askAnyone has some guest ask for the balance.
func (s *benchStage) askAnyone(ctx context.Context, a *asker) error {
	return s.ask(ctx, firstUser+int64(a.rand.IntN(s.guests)))
}

// nowAndThen asks with a pause before each time, until ctx ends. What is under way then does not count.
func (a *asker) nowAndThen(ctx context.Context, pause time.Duration, ask func(context.Context, *asker) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause/2 + time.Duration(a.rand.Int64N(int64(pause)))):
		}
		began := time.Now()
		err := ask(ctx, a)
		if ctx.Err() != nil {
			return
		}
		a.note(err, time.Since(began))
	}
}
