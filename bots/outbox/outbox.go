package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// Config is what an Outbox needs. Notice and Poll have production defaults.
type Config struct {
	// Engine's clock is the time of everything that is stored. Pauses and leases run on the process's own clock.
	Engine   *engine.Engine
	Messages engine.Messages
	// Deliveries are those of campaigns. Nil: there are none.
	Deliveries engine.Deliveries
	Catalog    *locales.Catalog
	Logger     *slog.Logger
	// Holder names this process in leases.
	Holder string
	// Notice puts a notice into words; dialog.Notice when nil.
	Notice func(talk.View, engine.Notice) []bots.Message
	// Campaign puts what a campaign says into words for a person; dialog.Campaign when nil.
	Campaign func(talk.View, engine.Campaign, engine.Delivery, *engine.CampaignGift) []bots.Message
	// App gives the address of a program's Mini App, as talk.View.App has it, for notices. Nil: there is none.
	App   func(p engine.Program) string
	Hooks Hooks
	// Poll is how often the queue is looked into when nobody calls Wake; one second when zero.
	Poll time.Duration
}

// Presence is a program's bot with what sends through it.
type Presence struct {
	ProgramID string
	Bot       engine.Bot
	Sender    bots.Sender
	// Pace is the platform's limits. The pacer's state is handed from one holder of the lease to the next.
	Pace bots.Pace
	// Paid lets the bulk lane go beyond the platform's free rate, which costs money; Pace then says how far.
	Paid bool
}

// Hooks are told what happens, for metrics and health. Each may be nil; they are called from many goroutines and must not block.
type Hooks struct {
	// Claimed is called for each claimed message, with its age since it was queued.
	Claimed func(channel, sender string, lane engine.Lane, age time.Duration)
	// Called is called after each call to the platform, with how long it took. RetryAfter counts the pauses asked for.
	Called func(channel, sender string, lane engine.Lane, outcome bots.Outcome, took time.Duration)
	// Settled is called when a message has reached its final state. A reason may hold the platform's own text.
	Settled func(channel, sender string, lane engine.Lane, state engine.OutboundState, reason string)
	// Refused is called when the platform refuses the bot's token, and with false when it accepts it again.
	Refused func(channel, sender string, refused bool)
}

// The most messages of a bot that are under way in each lane. What a lost process leaves uncertain is never more.
const (
	interactiveInFlight = 16
	bulkInFlight        = 8
	paidInFlight        = 64 // in bulk, where the platform takes a thousand a second
	// Of campaigns as many are under way as go out in half a second, within these bounds: what is claimed then waits for no longer.
	leastInFlight = 8
	mostInFlight  = 500
)

// How long things take.
const (
	leaseTime    = 15 * time.Second // a lost holder is replaced after that
	renewEvery   = leaseTime / 3
	standbyEvery = time.Second      // how often another holder's lease is tried
	storeTime    = 5 * time.Second  // for one call of the store
	sendTime     = 20 * time.Second // for one call of a sender; less than a graceful stop lasts
	longestNap   = time.Second      // a message that must wait longer goes back to the queue
	longestWait  = 24 * time.Hour
	retryPause   = 2 * time.Second // before a send whose answer was lost is repeated
	refusedPause = time.Minute     // before a refused token is tried again
	// settleRest is between two lots of outcomes of campaigns: at a thousand messages a second each would otherwise have a transaction of its own.
	settleRest = 20 * time.Millisecond
	// personFor is how old what is known of a person may be when a campaign's message goes to them. Whoever withdraws a consent gets nothing that goes later.
	personFor = 2 * time.Second
)

// Outbox sends the queued messages of some bots. Make it with New, start it with Run, stop it with Drain.
type Outbox struct {
	Config
	bots map[string]*bot // by channel:sender

	stop     chan struct{} // closed when nothing may be claimed any more
	stopOnce sync.Once
	abort    context.CancelFunc
	base     context.Context // of sends and settlements; outlives Run's context, ended by abort

	mu      sync.Mutex
	started bool
	done    chan struct{} // closed when Run returns
}

// New makes an outbox for the given presences.
func New(c Config, presences []Presence) *Outbox {
	if c.Notice == nil {
		c.Notice = dialog.Notice
	}
	if c.Campaign == nil {
		c.Campaign = dialog.Campaign
	}
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	o := &Outbox{Config: c, bots: make(map[string]*bot, len(presences)), stop: make(chan struct{}), done: make(chan struct{})}
	o.base, o.abort = context.WithCancel(context.Background())
	for _, p := range presences {
		o.bots[p.Bot.Channel+":"+p.Bot.Sender] = newBot(o, p)
	}
	return o
}

// Run sends until ctx ends or Drain is called. It returns when what was under way is settled; the end of ctx does not cancel
// sends. An outbox runs once.
func (o *Outbox) Run(ctx context.Context) {
	o.mu.Lock()
	if o.started {
		o.mu.Unlock()
		return
	}
	o.started = true
	o.mu.Unlock()
	defer close(o.done)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, o.stopClaiming)()
	var all sync.WaitGroup
	for _, b := range o.bots {
		all.Go(b.run)
	}
	all.Wait()
	o.abort()
}

// Wake has a bot's queue looked into at once. It never blocks.
func (o *Outbox) Wake(channel, sender string) {
	if b := o.bots[channel+":"+sender]; b != nil {
		b.wake()
	}
}

// Drain stops gracefully: nothing is claimed any more, what was claimed and not begun goes back to the queue, what is being sent
// is finished and settled. When ctx ends first, sends are cancelled, their rows stay in sending for the next holder to
// recover, and the error of ctx is returned.
func (o *Outbox) Drain(ctx context.Context) error {
	o.stopClaiming()
	defer o.abort()
	o.mu.Lock()
	running := o.started
	o.started = true // a Run after Drain does nothing
	o.mu.Unlock()
	if !running {
		close(o.done)
	}
	select {
	case <-o.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain outbox: %w", ctx.Err())
	}
}

func (o *Outbox) stopClaiming() { o.stopOnce.Do(func() { close(o.stop) }) }

// nap waits for d and reports whether it could: not when until is closed first.
func nap(d time.Duration, until <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-until:
		return false
	}
}
