package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// The reasons of messages that never reach a platform.
const (
	reasonLate       = "late"
	reasonBlocked    = "blocked"
	reasonNoConsent  = "no consent"
	reasonNothing    = "nothing to say"
	reasonGone       = "gone"       // the contact has been erased
	reasonUnreadable = "unreadable" // the row makes no sense
	reasonPanic      = "panic"
	reasonInternal   = "internal" // the person could not be read, time after time
)

// reasonLost stays with a message that was sent and is queued again because the answer was lost. The store gives a reason of
// its own to what a lost sender left. A queued message with a reason may have been delivered already.
const reasonLost = "answer lost"

// letter is a claimed row, ready to be sent.
type letter struct {
	row      parcel
	person   *engine.Person // nil when the contact has been erased
	read     time.Time      // when the person was, on the process's own clock
	messages []bots.Message
	slots    map[string]string // of the private chat, as of now
	begun    bool              // a part of it has been said already
}

// old reports whether the person of a campaign's message has to be read once more before it goes. What has been begun goes on as it is.
func (l letter) old() bool {
	return l.row.campaign != nil && !l.begun && time.Since(l.read) > personFor
}

// slot is the living message that m replaces: none in another chat than the person's own.
func (l letter) slot(m bots.Message) string {
	if m.ChatID != "" || l.person == nil {
		return ""
	}
	return m.Slot
}

// verdict is what becomes of a claimed row.
type verdict struct {
	state  engine.OutboundState
	reason string
	wait   time.Duration // queued: not before that has passed; zero leaves the row's own time
	ref    string
	slot   string // remembers ref
	begun  bool   // a part of the letter has been said
}

func dropped(reason string) verdict { return verdict{state: engine.OutboundDropped, reason: reason} }

// requeued sends the row back to where it was.
func requeued(wait time.Duration) verdict { return verdict{state: engine.OutboundQueued, wait: wait} }

// open checks whether the row may be sent at this moment and puts it into words. It returns a verdict when it may not, and an
// error when that cannot be found out now.
func (t *term) open(ctx context.Context, p parcel) (letter, *verdict, error) {
	row := p.Outbound
	no := func(v verdict) (letter, *verdict, error) { return letter{}, &v, nil }
	now := t.Engine.Now()
	if expired(row.Expires, now) {
		return no(dropped(reasonLate))
	}
	l := letter{row: p, read: time.Now()}
	if p.person != nil && time.Since(p.read) <= personFor {
		l.read = p.read
	}
	if row.ContactID != "" {
		person, err := t.read(ctx, p)
		switch {
		case engine.IsKind(err, engine.KindNotFound):
			return no(dropped(reasonGone))
		case err != nil:
			return letter{}, nil, err
		case !person.Contact.BlockedAt.IsZero():
			return no(dropped(reasonBlocked))
		}
		l.person, l.slots = &person, maps.Clone(person.Contact.Slots)
	}
	if p.campaign != nil {
		return t.openCampaign(ctx, p, l, now)
	}
	if marketing(row) && (l.person == nil || !l.person.Consent[engine.PurposeMarketing]) {
		return no(dropped(reasonNoConsent))
	}
	if row.Notice != nil {
		if err := t.Engine.Complete(ctx, row.ProgramID, row.Notice); err != nil {
			return letter{}, nil, err
		}
		if l.person != nil {
			if err := t.Engine.AskRating(ctx, l.person, row.Notice); err != nil {
				return letter{}, nil, err
			}
		}
	}
	var err error
	l.messages, l.begun, err = t.word(row, l.person, now)
	if err != nil {
		t.logger.Error("outbound message unreadable", "outbound_id", row.ID, "error", err)
		return no(verdict{state: engine.OutboundFailed, reason: reasonUnreadable})
	}
	if len(l.messages) == 0 {
		return no(dropped(reasonNothing))
	}
	if l.slots == nil {
		l.slots = map[string]string{}
	}
	return l, nil, nil
}

// read returns the person whom a message is for, as of now, or as of when it was claimed if that is not long ago.
func (t *term) read(ctx context.Context, p parcel) (engine.Person, error) {
	if p.person != nil && time.Since(p.read) <= personFor {
		return *p.person, nil
	}
	program, err := t.Engine.Program(ctx, p.ProgramID)
	if err != nil {
		return engine.Person{}, err
	}
	return t.Engine.PersonAt(ctx, program, t.Bot, p.Address)
}

// word puts a row into words. A notice of which a part has been said is not put into words again: what was left is.
func (t *term) word(row engine.Outbound, person *engine.Person, now time.Time) (messages []bots.Message, goesOn bool, err error) {
	t.mu.Lock()
	begun := t.begun[row.ID]
	t.mu.Unlock()
	switch {
	case begun.rest != nil:
		return begun.rest, true, nil
	case row.Notice != nil && person == nil:
		return nil, false, errors.New("notice to nobody")
	case row.Notice != nil:
		v := talk.NewView(*person, bots.Event{}, talk.DecodeSession(person.Contact.Session), now, t.Catalog)
		if t.App != nil {
			v.App = t.App(person.Program)
		}
		return t.Notice(v, *row.Notice), false, nil
	}
	var m bots.Message
	if err := json.Unmarshal(row.Message, &m); err != nil {
		return nil, false, fmt.Errorf("decode message: %w", err)
	}
	return []bots.Message{m}, false, nil
}

func marketing(row engine.Outbound) bool { return row.Purpose == string(bots.PurposeMarketing) }

// expired reports whether the time of something has passed; the zero time never does.
func expired(at, now time.Time) bool { return !at.IsZero() && at.Before(now) }
