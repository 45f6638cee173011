package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// Decoder understands the deliveries of one bot. Adapters implement it.
type Decoder interface {
	// Decode reads a delivery. An error is final: the same bytes never become readable.
	Decode(raw []byte) (bots.Event, error)
}

// Presence is a program's bot with what reads its deliveries.
type Presence struct {
	ProgramID string
	Bot       engine.Bot
	Decoder   Decoder
}

// Config is what a Desk needs.
type Config struct {
	Engine   *engine.Engine
	Messages engine.Messages
	Catalog  *locales.Catalog
	Logger   *slog.Logger
	// Queued is called after messages were queued for a bot, so that the sender need not look for them. It may be nil.
	Queued func(channel, sender string)
	// Handled is called after each delivery with what became of it: "done", "dead", "retry", "lost". It may be nil.
	Handled func(outcome string, took time.Duration)
	// Changed is called after a turn that changed the person's role or language. It may be nil and must not wait.
	Changed func(v talk.View)
	// App gives the address of a program's Mini App, as talk.View.App has it. Nil: there is none.
	App func(p engine.Program) string
	// Bulk is how bots send to many, as talk.View.Bulk has it. It may be nil.
	Bulk    map[bots.Channel]talk.Bulk
	Workers int // how many people are heard at once; 0 = 16
}

// Desk handles stored deliveries. It implements [bots.Inbox] for each presence through [Desk.Inbox].
type Desk struct {
	Config
	mail      *bots.Mailboxes
	presences map[string]Presence // by channel:sender
}

// The most a delivery is tried before it is put aside, and the most calls one deed may lead to.
const (
	maxAttempts = 5
	maxCalls    = 8
)

// New makes a desk for the given presences.
func New(c Config, presences []Presence) *Desk {
	if c.Workers == 0 {
		c.Workers = 16
	}
	d := &Desk{Config: c, presences: make(map[string]Presence, len(presences))}
	for _, p := range presences {
		d.presences[p.Bot.Channel+":"+p.Bot.Sender] = p
	}
	d.mail = bots.NewMailboxes(c.Workers, d.hear, c.Logger, nil)
	return d
}

// Wake has the mailbox of a person looked into.
func (d *Desk) Wake(key string) { d.mail.Wake(key) }

// Drain waits until everybody who is being heard has been, and hears nobody any more.
func (d *Desk) Drain(ctx context.Context) error { return d.mail.Drain(ctx) }

// Resume wakes everybody with deliveries that are still unheard, as after a restart.
func (d *Desk) Resume(ctx context.Context) error {
	people, err := d.Messages.PendingPeople(ctx, 10000)
	if err != nil {
		return fmt.Errorf("find unheard deliveries: %w", err)
	}
	for _, a := range people {
		d.Wake(addressKey(a))
	}
	return nil
}

func addressKey(a engine.Address) string { return a.Channel + ":" + a.Sender + ":" + a.UserID }

func parseKey(key string) (engine.Address, bool) {
	channel, rest, ok := strings.Cut(key, ":")
	sender, user, ok2 := strings.Cut(rest, ":")
	return engine.Address{Channel: channel, Sender: sender, UserID: user}, ok && ok2
}

// hear handles the oldest delivery of a person and reports whether there may be more.
func (d *Desk) hear(ctx context.Context, key string) (more bool) {
	a, ok := parseKey(key)
	if !ok {
		return false
	}
	presence, ok := d.presences[a.Channel+":"+a.Sender]
	if !ok {
		return false
	}
	in, err := d.Messages.PendingInbound(ctx, a, 1)
	if err != nil {
		d.Logger.Error("read mailbox", "error", err)
		d.later(key, time.Second)
		return false
	}
	if len(in) == 0 {
		return false
	}
	began := time.Now()
	outcome := d.handle(ctx, presence, in[0])
	if d.Handled != nil {
		d.Handled(outcome, time.Since(began))
	}
	if outcome == outcomeRetry {
		d.later(key, time.Duration(in[0].Attempts+1)*time.Second)
		return false
	}
	return true
}

// later wakes a mailbox again after a pause.
func (d *Desk) later(key string, after time.Duration) { time.AfterFunc(after, func() { d.Wake(key) }) }

const (
	outcomeDone  = "done"
	outcomeDead  = "dead"
	outcomeRetry = "retry"
	outcomeLost  = "lost" // another process was faster
)

func (d *Desk) handle(ctx context.Context, presence Presence, in engine.Inbound) string {
	err := d.turn(ctx, presence, in)
	switch {
	case err == nil:
		return outcomeDone
	case engine.IsKind(err, engine.KindConflict):
		return outcomeLost
	case errors.Is(err, errUnreadable):
		d.bury(ctx, in, err)
		return outcomeDead
	}
	d.Logger.Error("handle delivery", "inbound_id", in.ID, "error", err)
	attempts, retryErr := d.Messages.RetryInbound(ctx, in.ProgramID, in.ID, err.Error())
	if retryErr != nil {
		d.Logger.Error("count attempt", "inbound_id", in.ID, "error", retryErr)
		return outcomeRetry
	}
	if attempts < maxAttempts {
		return outcomeRetry
	}
	if !d.apologise(ctx, presence, in, err) {
		d.bury(ctx, in, err)
	}
	return outcomeDead
}

func (d *Desk) bury(ctx context.Context, in engine.Inbound, cause error) {
	if err := d.Engine.Bury(ctx, in.ProgramID, in.ID, cause.Error()); err != nil && !engine.IsKind(err, engine.KindConflict) {
		d.Logger.Error("put delivery aside", "inbound_id", in.ID, "error", err)
		return
	}
	d.Logger.Warn("delivery put aside", "inbound_id", in.ID, "error", cause)
}

var errUnreadable = errors.New("unreadable delivery")

// turn handles one delivery from decoding to the end of the turn. A panic in a dialog is an error of this turn only.
func (d *Desk) turn(ctx context.Context, presence Presence, in engine.Inbound) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.Logger.Error("dialog panicked", "inbound_id", in.ID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = fmt.Errorf("dialog panicked: %v", r)
		}
	}()
	event, err := presence.Decoder.Decode(in.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	event.Key = in.Key
	if event.Kind == bots.EventIgnored { // whoever did not turn to the bot is not even noted
		return d.settle(ctx, in)
	}
	v, err := d.view(ctx, presence, event, in)
	if err != nil {
		return err
	}
	version, before := v.Contact.SessionVersion, standing(v)
	out := dialog.Step(v)
	say := out.Say
	for call := 0; out.Call != nil; call++ {
		if call == maxCalls {
			return errors.New("dialog calls without end")
		}
		key := fmt.Sprintf("u:%s:%s:%s:%d", in.Address.Channel, in.Address.Sender, in.Key, call)
		then := out.Call.Run(ctx, d.Engine, key)
		if v, err = d.again(ctx, presence, v, out.Session); err != nil {
			return err
		}
		out = then(v)
		if out.Fail != nil {
			return out.Fail
		}
		say = append(say, out.Say...)
	}
	if err := d.end(ctx, v, in, out.Session, version, say, ""); err != nil {
		return err
	}
	if d.Changed != nil && standing(v) != before {
		d.Changed(v)
	}
	return nil
}

// settle ends a delivery that nothing is said to.
func (d *Desk) settle(ctx context.Context, in engine.Inbound) error {
	if err := d.Engine.EndTurn(ctx, engine.Turn{ProgramID: in.ProgramID, InboundID: in.ID}); err != nil {
		return fmt.Errorf("end turn: %w", err)
	}
	return nil
}

// standing is what a person's menus depend on.
func standing(v talk.View) string {
	if v.Staff == nil || v.Staff.Disabled {
		return "guest"
	}
	return string(v.Staff.Role) + " " + string(v.Language())
}

// view reads everything about the person who did something.
func (d *Desk) view(ctx context.Context, presence Presence, event bots.Event, in engine.Inbound) (talk.View, error) {
	program, err := d.Engine.Program(ctx, presence.ProgramID)
	if err != nil {
		return talk.View{}, err
	}
	person, err := d.Engine.Meet(ctx, program, presence.Bot, engine.Contact{
		Address: in.Address, Name: event.Name, Locale: event.Locale, Source: talk.ParseLink(event.Payload).Source})
	if err != nil {
		return talk.View{}, fmt.Errorf("meet person: %w", err)
	}
	return d.see(person, event, talk.DecodeSession(person.Contact.Session)), nil
}

// see makes the view of a person as of now.
func (d *Desk) see(person engine.Person, event bots.Event, session talk.Session) talk.View {
	v := talk.NewView(person, event, session, d.Engine.Now(), d.Catalog)
	if d.App != nil {
		v.App = d.App(person.Program)
	}
	v.Bulk = d.Bulk
	return v
}

// again reads the person anew after a call: the call may have changed anything.
func (d *Desk) again(ctx context.Context, presence Presence, v talk.View, session talk.Session) (talk.View, error) {
	program, err := d.Engine.Program(ctx, presence.ProgramID)
	if err != nil {
		return v, err
	}
	person, err := d.Engine.PersonAt(ctx, program, presence.Bot, v.Contact.Address)
	if engine.IsKind(err, engine.KindNotFound) { // the call erased the person: what is left to say is said to who it was
		v.Session = session
		v.Member, v.Erased = nil, true
		return v, nil
	}
	if err != nil {
		return v, fmt.Errorf("read person again: %w", err)
	}
	return d.see(person, v.Event, session), nil
}

func (d *Desk) end(ctx context.Context, v talk.View, in engine.Inbound, session talk.Session, version int64, say []bots.Message, dead string) error {
	encoded, err := session.Encode()
	if err != nil {
		return err
	}
	turn := engine.Turn{ProgramID: in.ProgramID, ContactID: v.Contact.ID, InboundID: in.ID, Session: encoded, Version: version, Dead: dead}
	if v.Erased {
		turn.ContactID = ""
	}
	for _, m := range say {
		o, err := Outbound(v.Contact, m)
		if err != nil {
			return err
		}
		if v.Erased {
			o.ContactID = ""
		}
		turn.Say = append(turn.Say, o)
	}
	if err := d.Engine.EndTurn(ctx, turn); err != nil {
		return fmt.Errorf("end turn: %w", err)
	}
	if d.Queued != nil {
		d.Queued(in.Address.Channel, in.Address.Sender)
	}
	return nil
}

// Outbound packs a message for the queue.
func Outbound(to engine.Contact, m bots.Message) (engine.Outbound, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return engine.Outbound{}, fmt.Errorf("encode message: %w", err)
	}
	purpose := m.Purpose
	if purpose == "" {
		purpose = bots.PurposeReply
	}
	return engine.Outbound{ContactID: to.ID, Address: to.Address, Lane: engine.LaneInteractive, Purpose: string(purpose), Message: raw, Expires: m.Expires}, nil
}

// apologise puts a delivery aside and tells the person so, that nobody waits for an answer that will not come. What has panicked
// before may do so here again.
func (d *Desk) apologise(ctx context.Context, presence Presence, in engine.Inbound, cause error) (done bool) {
	defer func() {
		if r := recover(); r != nil {
			d.Logger.Error("apology panicked", "inbound_id", in.ID, "panic", fmt.Sprint(r))
			done = false
		}
	}()
	event, err := presence.Decoder.Decode(in.Body)
	if err != nil || event.Kind == bots.EventGroup {
		return false
	}
	v, err := d.view(ctx, presence, event, in)
	if err == nil {
		sorry := bots.Message{Text: v.Rich("error.internal"), Ack: v.Ack()}
		err = d.end(ctx, v, in, talk.Session{}, v.Contact.SessionVersion, []bots.Message{sorry}, cause.Error())
	}
	if err != nil {
		d.Logger.Error("apologise", "inbound_id", in.ID, "error", err)
	}
	return err == nil
}
