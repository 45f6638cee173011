package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"kartka/engine"
)

// bot is one presence: what of it outlives a term of the lease.
type bot struct {
	*Outbox
	Presence
	logger *slog.Logger
	chats  chats
	lanes  map[engine.Lane]chan struct{} // to wake each

	mu      sync.Mutex
	refused bool      // the platform refuses the token
	paused  time.Time // nothing is sent before
}

func newBot(o *Outbox, p Presence) *bot {
	return &bot{
		Outbox: o, Presence: p, logger: o.Logger.With("channel", p.Bot.Channel, "sender", p.Bot.Sender),
		lanes: map[engine.Lane]chan struct{}{
			engine.LaneInteractive: make(chan struct{}, 1), engine.LaneBulk: make(chan struct{}, 1), engine.LaneCampaign: make(chan struct{}, 1),
		},
	}
}

func (b *bot) key() string { return b.Bot.Channel + ":" + b.Bot.Sender }

func (b *bot) wake() {
	for lane := range b.lanes {
		b.wakeLane(lane)
	}
}

func (b *bot) wakeLane(lane engine.Lane) {
	select {
	case b.lanes[lane] <- struct{}{}:
	default: // awake already
	}
}

// run serves one term of the lease after another until nothing may be claimed any more.
func (b *bot) run() {
	for {
		if t := b.begin(); t != nil {
			t.serve()
		}
		select {
		case <-b.stop:
			return
		default:
		}
		if !nap(standbyEvery, b.stop) {
			return
		}
	}
}

// begin tries to take the lease and to recover what the last holder left. It returns nil when it could not.
func (b *bot) begin() *term {
	ctx, cancel := context.WithTimeout(b.base, storeTime)
	defer cancel()
	// Each term has a name of its own, so that the fence grows with each: what an earlier term, of this process or of one that
	// was killed, left in sending is then found by its lower fence.
	t := newTerm(b)
	ok, err := t.renew(ctx)
	if err != nil {
		b.logger.Error("take outbox lease", "error", err)
	}
	if err != nil || !ok {
		return nil
	}
	requeued, unknown, err := b.Messages.RecoverOutbound(ctx, b.ProgramID, b.Bot.Channel, b.Bot.Sender, t.fence)
	if err != nil {
		b.logger.Error("recover outbox", "error", err)
		t.release()
		return nil
	}
	if b.Deliveries != nil {
		lost, err := b.Engine.RecoverDeliveries(ctx, b.Deliveries, b.Bot, t.fence)
		if err != nil {
			b.logger.Error("recover deliveries", "error", err)
			t.release()
			return nil
		}
		unknown += lost
	}
	if requeued+unknown > 0 {
		b.logger.Warn("outbox recovered", "requeued", requeued, "unknown", unknown)
	}
	t.pacer = b.loadPacer(ctx)
	return t
}

// pausedFor is how long the bot may not send, and whether its token was refused when it last did.
func (b *bot) pausedFor(now time.Time) (pause time.Duration, refused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paused.Sub(now), b.refused
}

// refuse notes that the platform does not accept the token. The operator is told once.
func (b *bot) refuse(cause error) {
	b.mu.Lock()
	first := !b.refused
	b.refused, b.paused = true, time.Now().Add(refusedPause)
	b.mu.Unlock()
	if !first {
		return
	}
	b.logger.Error("bot token refused", "error", cause)
	if b.Hooks.Refused != nil {
		b.Hooks.Refused(b.Bot.Channel, b.Bot.Sender, true)
	}
}

// accept notes that the platform answered the bot.
func (b *bot) accept() {
	b.mu.Lock()
	was := b.refused
	b.refused, b.paused = false, time.Time{}
	b.mu.Unlock()
	if !was {
		return
	}
	b.logger.Info("bot token accepted again")
	if b.Hooks.Refused != nil {
		b.Hooks.Refused(b.Bot.Channel, b.Bot.Sender, false)
	}
}

// persist repeats a write until the store has answered: yes, or an error that has a kind. It gives up only when the outbox is
// aborted. What has been sent must be recorded, and a row that stays in sending holds up everything else for that person.
func (b *bot) persist(what string, write func(context.Context) error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		ctx, cancel := context.WithTimeout(b.base, storeTime)
		err := write(ctx)
		cancel()
		var answer *engine.Error
		if err == nil || errors.As(err, &answer) {
			return err
		}
		b.logger.Error("write outbox", "write", what, "error", err)
		if !nap(pause, b.base.Done()) {
			return err
		}
	}
}
