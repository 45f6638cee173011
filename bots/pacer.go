package bots

import (
	"maps"
	"math"
	"sync"
	"time"
)

// Lane is how urgent a send is.
type Lane uint8

// The lanes.
const (
	LaneInteractive Lane = iota // answers a person who is waiting
	LaneBulk                    // broadcasts
)

// LaneOf is the lane a purpose travels in. News of a person's own account is interactive: a guest at the counter
// waits for it. Whoever sends it to thousands at once, such as expiry notices, puts it into the bulk lane.
func LaneOf(p Purpose) Lane {
	if p == PurposeMarketing {
		return LaneBulk
	}
	return LaneInteractive
}

// Pace holds a platform's limits. Rates are messages a second.
type Pace struct {
	Reserve  float64 // what the interactive lane may always send, whatever the bulk lane does
	Bulk     float64 // where the bulk lane starts: what answers leave of it, broadcasts use
	BulkCap  float64 // where it stops growing; both lanes together keep below it
	Chat     float64 // to one person
	ChatRun  int     // messages one person may get in a row before that rate applies
	Group    float64 // to one group
	GroupRun int
	// IsGroup tells groups from people by the chat's id.
	IsGroup func(chat string) bool
	// Jitter gives a number in [0, 1) that lengthens pauses by up to a tenth, so that several senders do not come
	// back at the same instant. nil means none.
	Jitter func() float64
}

// paceBehind is how far answers push the bulk lane back at most, however slow it has become.
const paceBehind = time.Second

// How the bulk lane adapts: a pause costs it 30 % of its rate, 30 clean seconds give it a thirtieth of its cap back,
// one message a second at least, so that a fast lane recovers as soon as a slow one. A pause of unknown length is 1,
// 2, 4 and then 5 seconds.
const (
	paceDecrease   = 0.7
	paceIncrease   = 1.0
	paceCleanSpell = 30 * time.Second
	paceFloor      = 1.0
	paceVagueMax   = 5 * time.Second
)

// PacerState is what outlives a restart: how fast the bulk lane was, and until when the platform closed it.
type PacerState struct {
	BulkRate    float64   `json:"bulk_rate"`
	ClosedUntil time.Time `json:"closed_until,omitzero"`
}

// Pacer decides when one bot may send. It has two lanes: interactive sends have a reserved rate, and the bulk
// lane's room beyond it; bulk sends use the bulk rate only. What answers use is taken from the bulk lane, and what they do not
// use is its own: nothing of the platform's rate lies idle while a broadcast runs, and answers never wait behind it. Each chat has its own
// rate. A platform's request to pause closes the bulk lane and the chat, and slows the bulk lane down (additive increase,
// multiplicative decrease).
//
// It keeps no time of its own: now is an argument and should not go backwards. It is safe for concurrent use. Very long pauses are returned as they are: the caller parks the work instead of sleeping on it.
type Pacer struct {
	mu      sync.Mutex
	pace    Pace
	reserve bucket
	bulk    bucket
	// rate is the bulk lane's present rate; clean is when its current spell without a pause began.
	rate   float64
	clean  time.Time
	closed time.Time // the bulk lane is closed until then
	vague  int       // pauses without a length, in a row
	chats  map[string]*chatPace
	sweep  int // look for idle chats when there are that many
}

// chatPace is one chat's bucket. A chat without one has not been written to lately.
type chatPace struct {
	bucket bucket
	closed time.Time
}

// NewPacer starts a pacer with a platform's limits and the state kept from before, which may be zero.
func NewPacer(pace Pace, kept PacerState) *Pacer {
	p := &Pacer{pace: pace, rate: pace.Bulk, closed: kept.ClosedUntil, chats: map[string]*chatPace{}, sweep: 1024}
	if kept.BulkRate > 0 {
		p.rate = min(max(kept.BulkRate, paceFloor), pace.BulkCap)
	}
	return p
}

// State is what to keep across a restart.
func (p *Pacer) State() PacerState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return PacerState{BulkRate: p.rate, ClosedUntil: p.closed}
}

// Next is how long to wait before a message of lane may go to chat: zero means now. It reserves nothing.
func (p *Pacer) Next(now time.Time, lane Lane, chat string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next(now, lane, chat)
}

// Sent records that a message of lane goes to chat now. Call it when the call is made, not when it succeeded:
// platforms count calls.
func (p *Pacer) Sent(now time.Time, lane Lane, chat string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent(now, lane, chat)
}

// Take is Next and, when that is zero, Sent, in one step, for senders that run at the same time.
func (p *Pacer) Take(now time.Time, lane Lane, chat string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := p.next(now, lane, chat)
	if wait == 0 {
		p.sent(now, lane, chat)
	}
	return wait
}

// Throttled records that the platform asked for a pause of d when a message went to chat; d ≤ 0 means that it
// did not say how long. The chat closes; when the pause concerns the whole bot, the bulk lane closes too, and
// slows down, once for all the messages that were under way together.
func (p *Pacer) Throttled(now time.Time, chat string, d time.Duration, wholeBot bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.regain(now)
	if d <= 0 {
		d = min(paceVagueMax, time.Second<<min(p.vague, 8))
		p.vague++
	}
	if p.pace.Jitter != nil {
		d += time.Duration(float64(d) / 10 * p.pace.Jitter())
	}
	until := now.Add(d)
	if chat != "" {
		c := p.chat(now, chat)
		c.closed = later(c.closed, until)
	}
	if !wholeBot {
		return
	}
	if !p.closed.After(now) {
		p.rate = max(paceFloor, p.rate*paceDecrease)
	}
	p.closed = later(p.closed, until)
	p.clean = p.closed
}

func (p *Pacer) next(now time.Time, lane Lane, chat string) time.Duration {
	p.regain(now)
	bulk := max(p.bulk.wait(now, p.rate, bulkRun(p.rate)), p.closed.Sub(now))
	wait := bulk
	if lane == LaneInteractive {
		wait = min(bulk, p.reserve.wait(now, p.pace.Reserve, reserveRun(p.pace.Reserve)))
	}
	if c := p.chats[chat]; c != nil {
		rate, run := p.chatRate(chat)
		wait = max(wait, c.bucket.wait(now, rate, run), c.closed.Sub(now))
	}
	return max(0, wait)
}

func (p *Pacer) sent(now time.Time, lane Lane, chat string) {
	p.regain(now)
	reserved := lane == LaneInteractive && (p.reserve.wait(now, p.pace.Reserve, reserveRun(p.pace.Reserve)) <= 0 || p.closed.After(now))
	if reserved {
		p.reserve.take(now, p.pace.Reserve)
	}
	if !reserved || p.bulk.full.Sub(now) < paceBehind {
		p.bulk.take(now, p.rate)
	}
	if chat == "" {
		return
	}
	rate, _ := p.chatRate(chat)
	p.chat(now, chat).bucket.take(now, rate)
}

// regain gives the bulk lane back what the clean spells since its last pause have earned.
func (p *Pacer) regain(now time.Time) {
	if p.clean.IsZero() {
		p.clean = later(now, p.closed)
	}
	spells := now.Sub(p.clean) / paceCleanSpell
	if spells < 1 {
		return
	}
	p.clean = p.clean.Add(spells * paceCleanSpell)
	gain := max(paceIncrease, p.pace.BulkCap/30)
	p.rate = max(p.rate, min(p.pace.BulkCap, p.rate+gain*float64(spells)))
	p.vague = 0
}

func (p *Pacer) chatRate(chat string) (rate float64, run int) {
	if p.pace.IsGroup != nil && p.pace.IsGroup(chat) {
		return p.pace.Group, p.pace.GroupRun
	}
	return p.pace.Chat, p.pace.ChatRun
}

// chat finds or makes a chat's bucket. Chats whose bucket is as good as new are forgotten from time to time, so
// that memory follows the chats written to lately, not those ever written to.
func (p *Pacer) chat(now time.Time, chat string) *chatPace {
	if c := p.chats[chat]; c != nil {
		return c
	}
	if len(p.chats) >= p.sweep {
		maps.DeleteFunc(p.chats, func(_ string, c *chatPace) bool {
			return !c.bucket.full.After(now) && !c.closed.After(now)
		})
		p.sweep = max(1024, 2*len(p.chats))
	}
	c := &chatPace{}
	p.chats[chat] = c
	return c
}

// bulkRun is how many bulk messages may go at once: what 100 ms bring, at least three, so that a timer that
// fires late, or a disk that is slow for a moment, costs no throughput.
func bulkRun(rate float64) int { return max(3, int(rate/10)) }

// reserveRun lets a second's worth of answers go at once.
func reserveRun(rate float64) int { return max(1, int(rate)) }

// bucket is a token bucket kept as one instant: when it will be full again.
type bucket struct {
	full time.Time
}

// wait is how long until a bucket of run tokens, refilled at rate a second, has one; zero or less means that
// it has one now.
func (b bucket) wait(now time.Time, rate float64, run int) time.Duration {
	if rate <= 0 || run < 1 {
		return math.MaxInt64
	}
	if !b.full.After(now) {
		return 0
	}
	return b.full.Sub(now) - time.Duration(run-1)*interval(rate)
}

func (b *bucket) take(now time.Time, rate float64) {
	if rate > 0 {
		b.full = later(b.full, now).Add(interval(rate))
	}
}

// interval is rounded up, so that the rate is never exceeded.
func interval(rate float64) time.Duration {
	return time.Duration(math.Ceil(float64(time.Second) / rate))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
