package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"kartka/bots"
)

// PollOptions adjust Poll. The zero value is what a bot of its own needs.
type PollOptions struct {
	// Timeout is how long the server may hold an empty answer: 50 s (the server's own limit) when zero.
	Timeout time.Duration
	// DeleteWebhook lets polling take over from a webhook that is still set. Without it the conflict is logged,
	// and polling waits until somebody removes the webhook.
	DeleteWebhook bool
	// Sleep waits, and returns early when ctx ends. Jitter gives numbers in [0, 1). For tests; nil means a timer
	// and math/rand.
	Sleep  func(ctx context.Context, d time.Duration)
	Jitter func() float64
}

// offsetLife is how long an offset is used without updates. After an idle week Telegram numbers updates anew, perhaps from below
// the offset, and nothing would come any more. Without an offset it sends what is not confirmed, which by then is
// nothing old; and the inbox ignores what it has.
const offsetLife = 24 * time.Hour

// Pauses between failed polls. The server punishes the same offset asked twice within half a second.
const (
	pollPauseMin      = time.Second
	pollPauseMax      = 30 * time.Second
	pollPauseConflict = 10 * time.Second
)

// Poll receives updates by long polling until ctx ends, and then returns nil. Updates are confirmed to Telegram
// only after inbox holds them; then wake is called with each person's mailbox key. It goes on through outages,
// floods and conflicts, with pauses, and gives up only when the token is refused: with a *bots.SendError of
// outcome Unauthorized.
func (b *Bot) Poll(ctx context.Context, inbox bots.Inbox, wake func(userKey string), o PollOptions) error {
	p := poller{bot: b, inbox: inbox, wake: wake, o: o}
	if p.o.Timeout <= 0 || p.o.Timeout > 50*time.Second {
		p.o.Timeout = 50 * time.Second
	}
	if p.o.Sleep == nil {
		p.o.Sleep = sleep
	}
	if p.o.Jitter == nil {
		p.o.Jitter = rand.Float64
	}
	for ctx.Err() == nil {
		err := p.once(ctx)
		if ctx.Err() != nil {
			break
		}
		pause, fatal := p.pause(ctx, err)
		if fatal != nil {
			return fatal
		}
		if pause > 0 {
			p.o.Sleep(ctx, pause)
		}
	}
	return nil
}

// poller is one run of Poll.
type poller struct {
	bot      *Bot
	inbox    bots.Inbox
	wake     func(string)
	o        PollOptions
	offset   int64     // what was stored is confirmed by asking for what comes after it
	heard    time.Time // when updates came last
	failures int
}

// once makes one long poll and stores what came.
func (p *poller) once(ctx context.Context) error {
	if p.bot.now().Sub(p.heard) > offsetLife {
		p.offset = 0
	}
	updates, err := p.get(ctx)
	if err != nil {
		return err
	}
	if len(updates) == 0 {
		return nil
	}
	next := p.offset
	rows := make([]bots.Raw, 0, len(updates))
	for _, raw := range updates {
		if e, err := openEnvelope(raw); err == nil {
			next = max(next, e.id+1)
		}
		if row, keep := p.bot.file(raw); keep {
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		if _, err := p.inbox.Accept(ctx, rows); err != nil {
			return fmt.Errorf("store updates: %w", err)
		}
		for _, row := range rows {
			p.bot.stored(row, p.wake)
		}
	}
	if next == p.offset {
		return errors.New("no update of the batch has a number")
	}
	p.offset, p.heard = next, p.bot.now()
	return nil
}

// get is getUpdates. Each update stays undecoded, so that one cannot spoil the others.
func (p *poller) get(ctx context.Context) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, p.o.Timeout+p.bot.timeout)
	defer cancel()
	result, err := p.bot.raw(ctx, "getUpdates", map[string]any{
		"offset":          p.offset,
		"limit":           100,
		"timeout":         int(p.o.Timeout / time.Second),
		"allowed_updates": allowedUpdates(),
	})
	if err != nil {
		return nil, err
	}
	var updates []json.RawMessage
	if err := json.Unmarshal(result, &updates); err != nil {
		return nil, fmt.Errorf("decode getUpdates: %w", err)
	}
	return updates, nil
}

// pause decides how to go on after a poll that ended with err.
func (p *poller) pause(ctx context.Context, err error) (time.Duration, error) {
	if err == nil {
		p.failures = 0
		return 0, nil
	}
	p.failures++
	pause := min(pollPauseMax, pollPauseMin<<min(p.failures-1, 8))
	var r *refusal
	if errors.As(err, &r) {
		failed := p.bot.sendError(err, "")
		switch {
		case failed.Outcome == bots.Unauthorized:
			return 0, failed
		case failed.Outcome == bots.RetryAfter && failed.Wait > 0:
			pause = failed.Wait
		case r.code() == http.StatusConflict:
			pause = p.conflict(ctx, r)
		}
		err = failed
	}
	if pause > 0 {
		pause += time.Duration(p.o.Jitter() * float64(pause) / 2)
	}
	p.bot.logger.Warn("telegram poll failed", "bot", p.bot.ID(), "error", p.bot.token.scrub(err.Error()), "pause", pause)
	return pause, nil
}

// conflict deals with 409: a webhook is set, or another process polls the same bot.
func (p *poller) conflict(ctx context.Context, r *refusal) time.Duration {
	if !containsAny(r.answer.envelope.Description, "webhook is active") {
		p.bot.logger.Error("telegram bot is polled by another process", "bot", p.bot.ID())
		return pollPauseConflict
	}
	if !p.o.DeleteWebhook {
		p.bot.logger.Error("telegram bot has a webhook: remove it, or allow polling to delete it", "bot", p.bot.ID())
		return pollPauseMax
	}
	if err := p.bot.DeleteWebhook(ctx); err != nil {
		return pollPauseConflict
	}
	p.bot.logger.Info("telegram webhook deleted to poll", "bot", p.bot.ID())
	return pollPauseMin
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
