package outbox

import (
	"context"
	"sync"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// lane claims the messages of one lane during a term and has them delivered.
type lane struct {
	*term
	name engine.Lane
	pace bots.Lane
	room chan struct{} // a token for each message that may still be under way
	mail source
	// lot is for how many messages there must be room before any are claimed, and 0 is as much as 1.
	lot int
	// gate lets one message at a time wait for the pacer, where many would; nil: all may.
	gate chan struct{}
	// trying is until when the answer to a message with a refused token is awaited. Only run looks at it.
	trying time.Time

	dueMu sync.Mutex
	due   time.Time // when the first of the messages that went back to the queue may be claimed again, zero when none waits
}

func newLane(t *term, name engine.Lane, pace bots.Lane, inFlight int) *lane {
	l := &lane{term: t, name: name, pace: pace, room: make(chan struct{}, inFlight)}
	l.mail = queue{l}
	l.free(inFlight)
	return l
}

// parcel is a claimed message. One of a campaign is put into words from what follows.
type parcel struct {
	engine.Outbound
	campaign *engine.Campaign
	delivery *engine.Delivery
	person   *engine.Person // as read together with others when it was claimed, nil when not
	read     time.Time      // when that was, on the process's own clock
}

// source is where a lane's messages come from, and where it goes what became of them.
type source interface {
	// claim takes at most n messages. With an error it may have taken some all the same: they are given back to the queue.
	claim(ctx context.Context, now time.Time, n int) ([]parcel, error)
	// settle stores what became of one.
	settle(p parcel, v verdict)
}

// queue is the queue of messages and notices.
type queue struct{ *lane }

func (q queue) claim(ctx context.Context, now time.Time, n int) ([]parcel, error) {
	rows, err := q.Messages.ClaimOutbound(ctx, q.ProgramID, q.Bot.Channel, q.Bot.Sender, q.name, now, q.fence, n)
	if err != nil {
		return nil, err
	}
	parcels := make([]parcel, len(rows))
	for i, row := range rows {
		parcels[i].Outbound = row
	}
	return parcels, nil
}

// run claims until the term ends.
func (l *lane) run() {
	for {
		probing, ok := l.mayClaim()
		if !ok {
			return
		}
		n := l.take(probing)
		if n == 0 {
			return
		}
		rows, ok := l.claim(n)
		if !ok {
			l.free(n)
			return
		}
		l.free(n - len(rows))
		if probing && len(rows) > 0 {
			l.trying = time.Now().Add(sendTime)
		}
		for _, row := range rows {
			l.sending.Go(func() { l.deliver(row) })
		}
		if len(rows) < n && !l.sleep(l.untilDue()) {
			return
		}
	}
}

// mayClaim waits until neither the pacer nor a refused token forbids to send. probing says that the token was refused and one
// message may try it.
func (l *lane) mayClaim() (probing, ok bool) {
	for {
		if l.ended() || !l.holds() {
			l.end()
			return false, false
		}
		now := time.Now()
		pause, refused := l.pausedFor(now)
		if refused {
			pause = max(pause, l.trying.Sub(now))
		}
		if pause = max(pause, l.pacer.Next(now, l.pace, "")); pause <= 0 {
			return refused, true
		}
		if !l.sleep(min(pause, leaseTime)) { // the lease is looked at now and then
			return false, false
		}
	}
}

// take waits for room for one message, or for a lot of them, and takes all there is; zero means that the term has ended.
func (l *lane) take(one bool) int {
	select {
	case <-l.room:
	case <-l.quit:
		return 0
	}
	for n := 1; ; n++ {
		if one || n == cap(l.room) {
			return n
		}
		select {
		case <-l.room:
			continue
		default:
		}
		if n >= l.lot {
			return n
		}
		select {
		case <-l.room:
		case <-l.quit:
			l.free(n)
			return 0
		}
	}
}

func (l *lane) free(n int) {
	for range n {
		l.room <- struct{}{}
	}
}

// claim takes at most n messages. It is not cancelled when the term ends: a claim whose answer nobody hears leaves rows in
// sending. For the same reason a claim that fails ends the term; the next one recovers what this one may have claimed.
func (l *lane) claim(n int) ([]parcel, bool) {
	if l.ended() || !l.holds() {
		l.end()
		return nil, false
	}
	ctx, cancel := context.WithTimeout(l.base, storeTime)
	defer cancel()
	now := l.Engine.Now()
	rows, err := l.mail.claim(ctx, now, n)
	if err != nil {
		l.logger.Error("claim outbox", "lane", l.name, "error", err)
		l.end()
		return rows, len(rows) > 0
	}
	if l.Hooks.Claimed != nil {
		for _, row := range rows {
			l.Hooks.Claimed(l.Bot.Channel, l.Bot.Sender, l.name, now.Sub(row.At))
		}
	}
	return rows, true
}

// sleep waits for d, or less when the lane is woken, and reports whether the term goes on.
func (l *lane) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.lanes[l.name]:
	case <-timer.C:
	case <-l.quit:
		return false
	}
	return true
}

// untilDue is how long to wait without being woken.
func (l *lane) untilDue() time.Duration {
	l.dueMu.Lock()
	defer l.dueMu.Unlock()
	if l.due.IsZero() {
		return l.Poll
	}
	wait := time.Until(l.due)
	if wait <= 0 {
		l.due = time.Time{}
	}
	return min(max(wait, 0), l.Poll)
}

// awaitDue notes that a message may be claimed again after a wait.
func (l *lane) awaitDue(wait time.Duration) {
	at := time.Now().Add(wait)
	l.dueMu.Lock()
	defer l.dueMu.Unlock()
	if l.due.IsZero() || at.Before(l.due) {
		l.due = at
	}
}
