package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// How long updates wait to be fetched.
const (
	updateLife = 24 * time.Hour
	pressLife  = 150 * time.Second
)

// Queues: updates of one queue reach a webhook strictly one after the other, different queues independently.
func messageQueue(chat int64) int64 { return chat }
func pressQueue(user int64) int64   { return user + 3<<33 }
func memberQueue(chat int64) int64  { return chat + 5<<33 }

// optedIn are the kinds a bot gets only by naming them.
var optedIn = []string{"chat_member", "message_reaction", "message_reaction_count"}

func (b *bot) wants(kind string) bool {
	if len(b.Allowed) == 0 {
		return !slices.Contains(optedIn, kind)
	}
	return slices.Contains(b.Allowed, kind)
}

// enqueue gives an update its id and hands it to whoever receives. The caller holds the lock.
func (s *Server) enqueue(b *bot, kind string, payload any, queue int64, life time.Duration) (int64, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return 0, fmt.Errorf("encode update: %w", err)
	}
	if !b.wants(kind) {
		return 0, nil
	}
	id := b.NextUpdate
	b.NextUpdate++
	s.push(b, &pending{ID: id, Kind: kind, Body: body, Queue: queue, Expires: s.clock.Now().Add(life)})
	return id, nil
}

func (s *Server) push(b *bot, p *pending) {
	p.delay, p.wake = time.Second, s.clock.Now()
	b.Pending = append(b.Pending, p)
	b.run.remember(p)
	s.pump(b)
	s.wakePoll(b)
}

// expire forgets what nobody fetched in time. An update that is on its way to the webhook is left to its delivery.
func (s *Server) expire(b *bot) {
	now := s.clock.Now()
	b.Pending = slices.DeleteFunc(b.Pending, func(p *pending) bool {
		return p.Expires.Before(now) && b.run.webhook.inFlight[p.Queue].update != p
	})
}

// poll is a getUpdates call that waits.
type poll struct {
	offset int64
	limit  int
	done   chan pollResult // receives once
}

type pollResult struct {
	updates []update
	err     *apiError
}

// maxPoll is the longest a poll may wait.
const maxPoll = 50

// getUpdates confirms what is below the offset and returns what is left, waiting for it up to the timeout.
func (s *Server) getUpdates(ctx context.Context, b *bot, p params) ([]update, *apiError) {
	s.mu.Lock()
	if b.Webhook.URL != "" {
		s.mu.Unlock()
		return nil, conflict(textWebhookSet)
	}
	s.allow(b, p)
	offset, limit := p.number("offset", 0, -1<<53, 1<<53), p.number("limit", 100, 1, 100)
	timeout := time.Duration(p.number("timeout", 0, 0, maxPoll)) * time.Second
	now := s.clock.Now()
	// Asking for the same again at once is slowed down.
	if last := b.run.lastPoll; !last.at.IsZero() && last.offset == offset && now.Sub(last.at) < 500*time.Millisecond {
		limit, timeout = 1, 3*time.Second
	}
	b.run.lastPoll.offset, b.run.lastPoll.at = offset, now
	b.endPoll(conflict(textSecondPoller))
	s.confirm(b, offset)
	if ready := s.ready(b, offset, int(limit)); len(ready) > 0 || timeout == 0 {
		s.mu.Unlock()
		return ready, nil
	}
	waiting := &poll{offset: offset, limit: int(limit), done: make(chan pollResult, 1)}
	b.run.poll = waiting
	s.touch()
	timer := s.clock.AfterFunc(timeout, func() { s.endPollOf(b, waiting, nil) })
	s.mu.Unlock()
	defer timer.Stop()

	select {
	case r := <-waiting.done:
		return r.updates, r.err
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	s.endPollOf(b, waiting, nil)
	return []update{}, nil
}

// confirm drops everything below the offset; a negative offset keeps that many from the end.
func (s *Server) confirm(b *bot, offset int64) {
	s.expire(b)
	if offset < 0 {
		keep := min(int(-offset), len(b.Pending))
		b.Pending = slices.Clone(b.Pending[len(b.Pending)-keep:])
		return
	}
	b.Pending = slices.DeleteFunc(b.Pending, func(p *pending) bool { return p.ID < offset && !p.Again })
}

// ready lists updates in the order of their ids. A repeated one is given out once.
func (s *Server) ready(b *bot, offset int64, limit int) []update {
	s.expire(b)
	slices.SortStableFunc(b.Pending, func(x, y *pending) int { return cmp.Compare(x.ID, y.ID) })
	out := []update{}
	b.Pending = slices.DeleteFunc(b.Pending, func(p *pending) bool {
		if len(out) == limit || p.ID < offset && !p.Again {
			return false
		}
		out = append(out, p.update())
		return p.Again
	})
	return out
}

// wakePoll answers the waiting poll when there is something for it.
func (s *Server) wakePoll(b *bot) {
	waiting := b.run.poll
	if waiting == nil {
		return
	}
	if updates := s.ready(b, waiting.offset, waiting.limit); len(updates) > 0 {
		b.run.poll = nil
		waiting.done <- pollResult{updates: updates}
	}
}

// endPoll ends the waiting poll of a bot with an error. The caller holds the lock.
func (b *bot) endPoll(err *apiError) {
	if waiting := b.run.poll; waiting != nil {
		b.run.poll = nil
		waiting.done <- pollResult{err: err}
	}
}

// endPollOf ends one particular poll, unless it has ended already.
func (s *Server) endPollOf(b *bot, waiting *poll, err *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.run.poll == waiting {
		b.run.poll = nil
		waiting.done <- pollResult{updates: []update{}, err: err}
	}
}

// allow keeps the kinds of updates a bot asks for. Without the argument the last choice stays.
func (s *Server) allow(b *bot, p params) {
	raw, given := p.values["allowed_updates"]
	if !given {
		return
	}
	var kinds []string
	if json.Unmarshal([]byte(raw), &kinds) != nil {
		return // the official server ignores what it cannot read
	}
	b.Allowed = kinds
}

// Inject queues an update as it is: a JSON object with one field, the kind. The emulator adds the id. Queue is the
// person or chat it belongs to; 0 puts it into a queue of its own. The kind need not be one that exists, and the
// bot gets it even when it did not ask for it.
func (s *Server) Inject(botID int64, raw json.RawMessage, queue int64) (int64, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return 0, fmt.Errorf("inject update: %w", err)
	}
	delete(object, "update_id")
	if len(object) != 1 {
		return 0, fmt.Errorf("inject update: %d kinds in one update", len(object))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(botID)
	if err != nil {
		return 0, err
	}
	id := b.NextUpdate
	b.NextUpdate++
	if queue == 0 {
		queue = -id
	}
	for kind, body := range object {
		s.push(b, &pending{ID: id, Kind: kind, Body: body, Queue: queue, Expires: s.clock.Now().Add(updateLife)})
	}
	s.touch()
	return id, nil
}

// Duplicate delivers an update a second time, with its own id, whether it was confirmed or not. The last 10 000
// updates of a bot can be repeated. An updateID of 0 means the latest.
func (s *Server) Duplicate(botID, updateID int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(botID)
	if err != nil {
		return err
	}
	known := b.run.sent
	for i := len(known) - 1; i >= 0; i-- {
		if known[i].ID == updateID || updateID == 0 {
			p := *known[i]
			p.Again, p.fails = true, 0
			s.push(b, &p)
			s.touch()
			return nil
		}
	}
	return fmt.Errorf("duplicate update: %w: update %d", ErrNotFound, updateID)
}

// PendingUpdates returns how many updates of a bot wait to be confirmed.
func (s *Server) PendingUpdates(botID int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(botID)
	if err != nil {
		return 0, err
	}
	s.expire(b)
	return len(b.Pending), nil
}

func (s *Server) botByID(id int64) (*bot, error) {
	if b := s.state.Bots[id]; b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: bot %s", ErrNotFound, strconv.FormatInt(id, 10))
}

// runtime is what a bot has besides its state: connections, counters, faults.
type runtime struct {
	poll     *poll
	lastPoll struct {
		offset int64
		at     time.Time
	}
	sent    []*pending // the latest updates, for repeating them
	webhook hook
	buckets map[string]*bucket
	faults  []*Fault
	heard   map[int64]time.Time // when each chat last wrote to the bot
}

func newRuntime() *runtime {
	return &runtime{
		webhook: hook{inFlight: make(map[int64]flight)}, buckets: make(map[string]*bucket), heard: make(map[int64]time.Time),
	}
}

func (r *runtime) remember(p *pending) {
	const keep = 10000
	if len(r.sent) >= 2*keep {
		r.sent = slices.Clone(r.sent[keep:])
	}
	r.sent = append(r.sent, p)
}

// method names that a webhook's answer must not call.
var notInReply = []string{"deletewebhook", "setwebhook", "close", "logout"}
