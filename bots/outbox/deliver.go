package outbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// maxReads is how often a row is tried when reading the person keeps failing.
const maxReads = 5

// deliver has one claimed row sent and settles it. A row that goes back to the queue may be claimed again before the delivery that
// put it back has heard of it and is over. The new claim is delivered at once: what the old one may still write names the old claim, and
// changes nothing.
func (l *lane) deliver(p parcel) {
	defer l.wakeLane(l.name) // the person's next message may go now
	defer l.free(1)
	v := l.attempt(p)
	if l.base.Err() != nil {
		return // aborted: the next holder decides
	}
	l.mail.settle(p, v)
}

// attempt opens and sends a row. A panic in it is the end of this row only.
func (l *lane) attempt(row parcel) (v verdict) {
	defer func() {
		if r := recover(); r != nil {
			l.logger.Error("sending panicked", "outbound_id", row.ID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			v = verdict{state: engine.OutboundFailed, reason: reasonPanic}
		}
	}()
	opened, no := l.opened(row)
	if no != nil {
		return *no
	}
	return l.say(opened)
}

// opened is open, with a verdict when that cannot be done now, too.
func (l *lane) opened(row parcel) (letter, *verdict) {
	ctx, cancel := context.WithTimeout(l.base, storeTime)
	defer cancel()
	opened, no, err := l.open(ctx, row)
	if err == nil {
		return opened, no
	}
	l.logger.Error("open outbound message", "outbound_id", row.ID, "error", err)
	reads := l.countRead(row.ID)
	v := verdict{state: engine.OutboundFailed, reason: reasonInternal}
	if reads < maxReads {
		v = requeued(time.Second << (reads - 1))
	}
	return letter{}, &v
}

// say sends the messages of a letter in their order. One that the platform refuses does not keep the others back.
func (l *lane) say(letter letter) verdict {
	result := verdict{state: engine.OutboundSent}
	late := 0
	for i := 0; i < len(letter.messages); i++ { // opened once more, it may have others
		m := letter.messages[i]
		if expired(m.Expires, l.Engine.Now()) {
			late++
			continue
		}
		slot := letter.slot(m)
		previous := letter.slots[slot]
		if m.OnlyIfShown && previous == "" || m.Empty() && m.Ack == nil {
			continue
		}
		receipt, no, failure := l.send(&letter, &m, previous)
		if no != nil {
			return *no
		}
		if failure != nil {
			v, end := l.judge(letter.row.Outbound, m, letter.person, failure)
			if end {
				if v.state == engine.OutboundQueued && letter.begun {
					l.keepRest(letter.row.ID, letter.messages[i:])
				}
				v.begun = letter.begun
				return v
			}
			result.state, result.reason = v.state, v.reason
		} else {
			result.ref, result.slot = receipt.Ref, ""
			shown := receipt.Ref
			if m.Last {
				shown = ""
			}
			if slot != "" && !m.Empty() && shown != previous {
				letter.slots[slot] = shown
				if shown != "" && i == len(letter.messages)-1 {
					result.slot = slot // in one go with the settlement
				} else {
					l.saveSlot(letter, slot, shown)
				}
			}
		}
		letter.begun = true
	}
	if late == len(letter.messages) && !letter.begun {
		return dropped(reasonLate)
	}
	return result
}

// send waits for the chat and the pacer and makes the call. When that took so long that the person is not known any more as of lately, the letter is opened once
// more before, which changes both it and its message, or comes to a verdict. Its error is a *waiting or a *bots.SendError.
func (l *lane) send(letter *letter, m *bots.Message, previous string) (receipt bots.Receipt, no *verdict, err error) {
	leave, failure := l.turn(l.chatOf(letter.row.Outbound, *m), letter.begun)
	if failure != nil {
		return bots.Receipt{}, nil, failure
	}
	defer leave()
	if letter.old() {
		fresh, no := l.opened(letter.row)
		if no != nil {
			return bots.Receipt{}, no, nil
		}
		*letter, *m = fresh, fresh.messages[0]
	}
	ctx, cancel := context.WithTimeout(l.base, sendTime)
	defer cancel()
	to := bots.Address{Channel: bots.Channel(letter.row.Address.Channel), Sender: letter.row.Address.Sender, UserID: letter.row.Address.UserID}
	m.Paid = l.Paid && l.pace == bots.LaneBulk
	began := time.Now()
	receipt, err = l.Sender.Send(ctx, bots.Delivery{To: to, Message: *m, Previous: previous})
	outcome := outcomeOf(err)
	if l.Hooks.Called != nil {
		l.Hooks.Called(l.Bot.Channel, l.Bot.Sender, l.name, outcome, time.Since(began))
	}
	switch outcome {
	case bots.Sent, bots.Blocked, bots.OptedOut, bots.WindowClosed, bots.Invalid:
		l.accept()
	}
	return receipt, nil, err
}

// chatOf is the chat a message goes to, "" when it only acknowledges a press: platforms do not count those per chat.
func (l *lane) chatOf(row engine.Outbound, m bots.Message) string {
	switch {
	case m.Empty():
		return ""
	case m.ChatID != "":
		return m.ChatID
	}
	return row.Address.UserID
}

// waiting is the failure of a message whose turn does not come soon, or not in this term.
type waiting struct{ wait time.Duration }

func (w *waiting) Error() string { return fmt.Sprintf("not yet: %v", w.wait) }

// turn waits until the pacer lets a message go to a chat and nobody else writes there. Nobody keeps the chat while waiting for
// the pacer, or a broadcast would hold up an answer. When the term ends it gives up, unless the letter has been begun.
func (l *lane) turn(chat string, begun bool) (leave func(), err error) {
	quit := (<-chan struct{})(l.quit)
	if begun {
		quit = l.base.Done()
	}
	for {
		if !l.pass(quit) {
			return nil, &waiting{}
		}
		leave := func() {}
		if chat != "" {
			leave = l.chats.enter(chat, quit)
		}
		if leave == nil || !begun && l.ended() || !l.holds() {
			if leave != nil {
				leave()
			}
			return nil, &waiting{}
		}
		wait := l.pacer.Take(time.Now(), l.pace, chat)
		if wait <= 0 {
			return leave, nil
		}
		leave()
		if wait > longestNap {
			return nil, &waiting{wait}
		}
		if !nap(wait, quit) {
			return nil, &waiting{}
		}
	}
}

// pass waits until the pacer lets a message of the lane go to whichever chat, and reports whether it could. Of hundreds that wait for the same instant one
// would go and the others would have woken in vain: they stand in a line.
func (l *lane) pass(quit <-chan struct{}) bool {
	if l.gate == nil {
		return true
	}
	select {
	case l.gate <- struct{}{}:
	case <-quit:
		return false
	}
	defer func() { <-l.gate }()
	wait := l.pacer.Next(time.Now(), l.pace, "")
	return wait <= 0 || wait > longestNap || nap(wait, quit) // what waits longer goes back to the queue
}

// begun is what a term remembers of a row that went back to the queue.
type begun struct {
	rest  []bots.Message // what is left to say of a notice said in part
	reads int            // failed attempts to read the person
}

func (t *term) keepRest(id string, left []bots.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.begun[id]
	b.rest = left
	t.begun[id] = b
}

func (t *term) countRead(id string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.begun[id]
	b.reads++
	t.begun[id] = b
	return b.reads
}

func (t *term) forget(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.begun, id)
}

func (l *lane) saveSlot(letter letter, slot, ref string) {
	contact := letter.person.Contact
	err := l.persist("save slot", func(ctx context.Context) error {
		return l.Engine.SaveSlot(ctx, contact.ProgramID, contact.ID, slot, ref)
	})
	if err != nil {
		l.logger.Warn("slot not saved", "outbound_id", letter.row.ID, "slot", slot, "error", err)
	}
}

// settle stores what became of a row.
func (l queue) settle(p parcel, v verdict) {
	row := p.Outbound
	o := row
	o.State, o.Reason, o.Ref = v.state, printable(v.reason), v.ref
	// A whole number of milliseconds, so that the store does not round it to after the instant the lane wakes at.
	wait := min(v.wait+time.Millisecond-1, longestWait).Truncate(time.Millisecond)
	if wait > 0 {
		o.Wait = l.Engine.Now().Add(wait)
	}
	if v.state != engine.OutboundQueued {
		l.forget(row.ID)
	} else if v.reason == "" {
		o.Reason = row.Reason
	}
	lost := false
	err := l.persist("settle message", func(ctx context.Context) error {
		err := l.Messages.SettleOutbound(ctx, o, v.slot)
		if lost && engine.IsKind(err, engine.KindConflict) && l.holds() {
			return nil // no other sender could: an attempt whose answer was lost has settled this claim
		}
		lost = err != nil
		return err
	})
	switch {
	case engine.IsKind(err, engine.KindConflict):
		l.overtaken(row.ID)
	case engine.IsKind(err, engine.KindNotFound): // erased with its person while it was sent
	case err != nil:
		l.logger.Error("settle outbound message", "outbound_id", row.ID, "state", string(v.state), "error", err)
	case v.state == engine.OutboundQueued:
		l.awaitDue(wait)
	case l.Hooks.Settled != nil:
		l.Hooks.Settled(l.Bot.Channel, l.Bot.Sender, l.name, v.state, v.reason)
	}
}

// overtaken notes, once a term, that a row has got another holder.
func (t *term) overtaken(id string) {
	t.mu.Lock()
	first := !t.zombie
	t.zombie = true
	t.mu.Unlock()
	if first {
		t.logger.Warn("outcome not recorded: the message is somebody else's now", "outbound_id", id, "fence", t.fence)
	}
}

// printable makes a platform's text fit for any database and short.
func printable(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	const most = 200
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return s
}
