package outbox

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// term is the time during which this process holds a bot's lease.
type term struct {
	*bot
	lease  string
	holder string
	fence  int64
	pacer  *bots.Pacer

	quit     chan struct{} // closed when the term must claim no more
	quitOnce sync.Once
	sending  sync.WaitGroup

	mu     sync.Mutex
	until  time.Time        // the lease is surely held before
	zombie bool             // a conflict was logged
	begun  map[string]begun // rows that went back to the queue, by id
}

func newTerm(b *bot) *term {
	return &term{
		bot: b, lease: "outbox:" + b.key(), holder: b.Holder + "/" + b.Engine.NewID(), quit: make(chan struct{}),
		begun: map[string]begun{},
	}
}

// serve claims and sends until the term ends, then waits for what is under way and gives the lease back.
func (t *term) serve() {
	defer context.AfterFunc(t.base, t.end)()
	settled := make(chan struct{})
	var keeper, lanes sync.WaitGroup
	keeper.Go(func() { t.keep(settled) })
	lanes.Go(func() {
		select {
		case <-t.stop:
			t.end()
		case <-t.quit:
		}
	})
	bulk := bulkInFlight
	if t.Paid {
		bulk = paidInFlight
	}
	lanes.Go(newLane(t, engine.LaneInteractive, bots.LaneInteractive, interactiveInFlight).run)
	lanes.Go(newLane(t, engine.LaneBulk, bots.LaneBulk, bulk).run)
	var campaigns *campaigns
	if t.Deliveries != nil {
		campaigns = newCampaigns(t)
		lanes.Go(campaigns.lane.run)
		defer campaigns.close()
	}
	lanes.Wait()
	t.sending.Wait()
	close(settled)
	keeper.Wait()
	t.savePacer()
	t.release()
}

// end has the term claim nothing any more.
func (t *term) end() { t.quitOnce.Do(func() { close(t.quit) }) }

func (t *term) ended() bool {
	select {
	case <-t.quit:
		return true
	case <-t.stop: // quit follows, a moment later
		return true
	default:
		return false
	}
}

// keep renews the lease until everything is settled. A renewal that fails ends the claiming at once; the lease is still asked
// for, so that nobody takes over what is being sent.
func (t *term) keep(settled <-chan struct{}) {
	for nap(renewEvery, settled) {
		ctx, cancel := context.WithTimeout(t.base, storeTime)
		ok, err := t.renew(ctx)
		cancel()
		switch {
		case err != nil:
			t.logger.Error("renew outbox lease", "error", err)
			t.end()
		case !ok:
			t.logger.Warn("outbox lease lost", "fence", t.fence)
			t.mu.Lock()
			t.until = time.Time{}
			t.mu.Unlock()
			t.end()
			return
		}
	}
}

func (t *term) renew(ctx context.Context) (bool, error) {
	asked := time.Now()
	fence, ok, err := t.Messages.AcquireLease(ctx, t.lease, t.holder, asked.UTC(), leaseTime)
	if err != nil || !ok {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.fence {
	case 0:
		t.fence = fence // once, before anybody else knows the term
	case fence:
	default: // it had been lost and nobody has it now: what is under way is no longer ours
		return false, nil
	}
	t.until = asked.Add(leaseTime)
	return true, nil
}

// holds reports whether the lease is surely held.
func (t *term) holds() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Now().Before(t.until)
}

// release gives the lease back, so that nobody has to wait for its end.
func (t *term) release() {
	t.mu.Lock()
	until := t.until
	t.mu.Unlock()
	for {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.base), storeTime)
		err := t.Messages.ReleaseLease(ctx, t.lease, t.holder)
		cancel()
		if err == nil {
			return
		}
		t.logger.Error("release outbox lease", "error", err)
		if time.Now().After(until) || !nap(standbyEvery, t.stop) {
			return
		}
	}
}

func (b *bot) paceKey() string { return "pace:" + b.key() }

// loadPacer makes a pacer that goes on from where the last holder's was.
func (b *bot) loadPacer(ctx context.Context) *bots.Pacer {
	var state bots.PacerState
	kept, err := b.Messages.Mark(ctx, b.paceKey())
	if err == nil && kept != "" {
		err = json.Unmarshal([]byte(kept), &state)
	}
	if err != nil {
		b.logger.Warn("pace not restored", "error", err)
	}
	return bots.NewPacer(b.Pace, state)
}

// savePacer keeps the pace for the next holder. Without it the platform would teach it anew, so a failure is only noted.
func (t *term) savePacer() {
	raw, err := json.Marshal(t.pacer.State())
	if err == nil {
		ctx, cancel := context.WithTimeout(t.base, storeTime)
		defer cancel()
		err = t.Messages.SetMark(ctx, t.paceKey(), string(raw))
	}
	if err != nil {
		t.logger.Warn("pace not kept", "error", err)
	}
}
