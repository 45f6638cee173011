package outbox_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// mail is an in-memory store of messages and people, with the promises of engine.Messages and engine.Store that sending needs.
type mail struct {
	engine.Messages
	engine.Store // nil: only what is below is asked for

	mu       sync.Mutex
	rows     []*row // in the order they were queued
	people   map[engine.Address]*engine.Person
	leases   map[string]lease
	fence    int64
	marks    map[string]string
	claims   []claim
	conflict int
	broken   error // answers every call when not nil
	apart    error // answers every question about several people when not nil
	alone    int   // people who were read by themselves
}

type row struct {
	engine.Outbound
	recovered int
}

type lease struct {
	holder string
	fence  int64
	until  time.Time
}

type claim struct {
	lane  engine.Lane
	at    time.Time
	limit int
	got   int
}

func newMail() *mail {
	return &mail{people: map[engine.Address]*engine.Person{}, leases: map[string]lease{}, marks: map[string]string{}}
}

func final(s engine.OutboundState) bool {
	return s != engine.OutboundQueued && s != engine.OutboundSending
}

var errDown = errors.New("database is down")

// fail makes every call fail, or work again.
func (m *mail) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

func (m *mail) ClaimOutbound(_ context.Context, programID, channel, sender string, lane engine.Lane, now time.Time, fence int64, limit int) ([]engine.Outbound, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	var out []engine.Outbound
	seen := map[string]bool{}
	for _, r := range m.rows {
		if r.ProgramID != programID || r.Address.Channel != channel || r.Address.Sender != sender || r.Lane != lane || final(r.State) {
			continue
		}
		due := r.State == engine.OutboundQueued && !r.Wait.After(now)
		if !seen[r.Address.UserID] && due && len(out) < limit {
			r.State, r.Fence = engine.OutboundSending, fence
			r.Tries++
			out = append(out, r.Outbound)
		}
		// What was only planned for later holds nobody up.
		seen[r.Address.UserID] = seen[r.Address.UserID] || due || r.State == engine.OutboundSending || r.Tries > 0
	}
	m.claims = append(m.claims, claim{lane, time.Now(), limit, len(out)})
	return out, nil
}

func (m *mail) SettleOutbound(ctx context.Context, o engine.Outbound, slot string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, r := range m.rows {
		if r.ID != o.ID {
			continue
		}
		if r.State != engine.OutboundSending || r.Fence != o.Fence || r.Tries != o.Tries {
			m.conflict++
			return &engine.Error{Kind: engine.KindConflict, ID: "settled"}
		}
		r.State, r.Reason, r.Ref, r.Wait = o.State, o.Reason, o.Ref, o.Wait
		if slot != "" && o.Ref != "" {
			m.setSlot(o.ContactID, slot, o.Ref)
		}
		return nil
	}
	m.conflict++
	return &engine.Error{Kind: engine.KindConflict, ID: "settled"}
}

func (m *mail) RecoverOutbound(_ context.Context, programID, channel, sender string, fence int64) (requeued, unknown int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return 0, 0, m.broken
	}
	for _, r := range m.rows {
		switch {
		case r.State != engine.OutboundSending || r.Fence >= fence || r.Address.Sender != sender:
		case r.Purpose == string(bots.PurposeMarketing) || r.recovered >= 5:
			r.State, r.Reason = engine.OutboundUnknown, "sender_lost"
			unknown++
		default:
			r.State, r.Reason = engine.OutboundQueued, "sender_lost"
			r.recovered++
			requeued++
		}
	}
	return requeued, unknown, nil
}

func (m *mail) AcquireLease(_ context.Context, name, holder string, now time.Time, ttl time.Duration) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return 0, false, m.broken
	}
	l := m.leases[name]
	if l.holder != holder {
		if l.holder != "" && l.until.After(now) {
			return 0, false, nil
		}
		m.fence++
		l = lease{holder: holder, fence: m.fence}
	}
	l.until = now.Add(ttl)
	m.leases[name] = l
	return l.fence, true, nil
}

func (m *mail) ReleaseLease(_ context.Context, name, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if m.leases[name].holder == holder {
		delete(m.leases, name)
	}
	return nil
}

func (m *mail) Mark(_ context.Context, key string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.marks[key], m.broken
}

func (m *mail) SetMark(_ context.Context, key, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.marks[key] = value
	return m.broken
}

// What the engine asks of its store.

func (m *mail) Program(context.Context, string) (engine.Program, error) { return program(), nil }

func (m *mail) Person(_ context.Context, _ string, a engine.Address, _ time.Time) (engine.Person, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alone++
	return m.find(a)
}

func (m *mail) People(_ context.Context, _, channel, sender string, users []string, _ time.Time) (map[string]engine.Person, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	people := map[string]engine.Person{}
	for _, user := range users {
		p, err := m.find(engine.Address{Channel: channel, Sender: sender, UserID: user})
		switch {
		case engine.IsKind(err, engine.KindNotFound):
		case err != nil:
			return nil, err
		default:
			people[user] = p
		}
	}
	return people, m.apart
}

// find reads a person. The lock is held.
func (m *mail) find(a engine.Address) (engine.Person, error) {
	if m.broken != nil {
		return engine.Person{}, m.broken
	}
	p := m.people[a]
	if p == nil {
		return engine.Person{}, &engine.Error{Kind: engine.KindNotFound, ID: "contact"}
	}
	copied := *p
	copied.Contact.Slots = maps.Clone(p.Contact.Slots)
	copied.Consent = maps.Clone(p.Consent)
	return copied, nil
}

func (m *mail) InTx(ctx context.Context, fn func(engine.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	return fn(tx{mail: m})
}

type tx struct {
	engine.Tx
	mail *mail
}

func (t tx) SetBlocked(_ context.Context, _, contactID string, at time.Time) error {
	t.mail.byContact(contactID).Contact.BlockedAt = at
	return nil
}

func (t tx) InsertConsent(_ context.Context, c engine.Consent) error {
	for _, p := range t.mail.people {
		if p.Member != nil && p.Member.ID == c.MemberID && p.Contact.Address.Channel == c.Channel {
			p.Consent[c.Purpose] = c.Given
		}
	}
	return nil
}

func (t tx) SaveSlot(_ context.Context, _, contactID, slot, ref string) error {
	t.mail.setSlot(contactID, slot, ref)
	return nil
}

func (m *mail) setSlot(contactID, slot, ref string) {
	p := m.byContact(contactID)
	if ref == "" {
		delete(p.Contact.Slots, slot)
		return
	}
	p.Contact.Slots[slot] = ref
}

func (m *mail) byContact(id string) *engine.Person {
	for _, p := range m.people {
		if p.Contact.ID == id {
			return p
		}
	}
	panic("no contact " + id)
}

// For tests.

func address(user string) engine.Address {
	return engine.Address{Channel: "telegram", Sender: "42", UserID: user}
}

// meet makes a person who has agreed to marketing.
func (m *mail) meet(user string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.people[address(user)] = &engine.Person{
		Contact: engine.Contact{ID: "c" + user, ProgramID: "p", Address: address(user), MemberID: "m" + user, Slots: map[string]string{}},
		Member:  &engine.Member{ID: "m" + user, ProgramID: "p"},
		Consent: map[engine.Purpose]bool{engine.PurposeMarketing: true},
	}
}

// person changes a person.
func (m *mail) person(user string, change func(*engine.Person)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m.people[address(user)])
}

func (m *mail) slot(user, slot string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.people[address(user)].Contact.Slots[slot]
}

// put queues a row and returns its id. What the row leaves out is that of a reply to a known person.
func (m *mail) put(o engine.Outbound) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	o.ID = fmt.Sprintf("o%03d", len(m.rows))
	o.ProgramID, o.State, o.At = "p", engine.OutboundQueued, time.Now().UTC()
	o.Lane = cmp.Or(o.Lane, engine.LaneInteractive)
	o.Purpose = cmp.Or(o.Purpose, string(bots.PurposeReply))
	m.rows = append(m.rows, &row{Outbound: o})
	return o.ID
}

// say queues a message to a person.
func (m *mail) say(user string, message bots.Message) string {
	return m.put(engine.Outbound{ContactID: "c" + user, Address: address(user), Message: encode(message), Expires: message.Expires})
}

// advertise queues marketing to a person.
func (m *mail) advertise(user, text string) string {
	return m.put(engine.Outbound{ContactID: "c" + user, Address: address(user), Lane: engine.LaneBulk,
		Purpose: string(bots.PurposeMarketing), Message: encode(bots.Message{Text: bots.Rich(text), Purpose: bots.PurposeMarketing})})
}

// tell queues a notice to a person.
func (m *mail) tell(user string, kind engine.NoticeKind) string {
	return m.put(engine.Outbound{ContactID: "c" + user, Address: address(user), Purpose: string(bots.PurposeService), Notice: &engine.Notice{Kind: kind}})
}

func encode(message bots.Message) []byte {
	raw, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	return raw
}

func (m *mail) row(id string) row {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.rows, func(r *row) bool { return r.ID == id })
	return *m.rows[i]
}

// is tells the state of a row and why: "failed: blocked".
func (m *mail) is(id string) string {
	r := m.row(id)
	if r.Reason == "" {
		return string(r.State)
	}
	return string(r.State) + ": " + r.Reason
}

func (m *mail) count(state engine.OutboundState) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.State == state {
			n++
		}
	}
	return n
}

func (m *mail) lastClaim() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.claims[len(m.claims)-1].at
}

func (m *mail) conflicts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.conflict
}

// platform is a sender that answers as it is told and remembers what it was given.
type platform struct {
	mu     sync.Mutex
	calls  []call
	next   int
	answer func(ctx context.Context, n int, d bots.Delivery) (bots.Receipt, error) // nil: everything is delivered at once
	inside map[string]int                                                          // calls under way, by chat
	clash  bool                                                                    // two calls in one chat at once
}

type call struct {
	at time.Time
	bots.Delivery
	err error
}

func (p *platform) Capabilities() bots.Capabilities { return bots.Capabilities{} }

func (p *platform) Send(ctx context.Context, d bots.Delivery) (bots.Receipt, error) {
	p.mu.Lock()
	p.next++
	n := p.next
	if p.inside == nil {
		p.inside = map[string]int{}
	}
	if p.inside[d.To.UserID]++; p.inside[d.To.UserID] > 1 && !d.Message.Empty() {
		p.clash = true
	}
	i := len(p.calls)
	p.calls = append(p.calls, call{at: time.Now(), Delivery: d})
	p.mu.Unlock()

	receipt, err := bots.Receipt{Ref: fmt.Sprintf("r%d", n)}, error(nil)
	if p.answer != nil {
		receipt, err = p.answer(ctx, n, d)
		if receipt.Ref == "" && err == nil {
			receipt.Ref = fmt.Sprintf("r%d", n)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside[d.To.UserID]--
	p.calls[i].err = err
	return receipt, err
}

// texts lists what was given to the platform, with its chat: "1:hello".
func (p *platform) texts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, c := range p.calls {
		out = append(out, c.To.UserID+":"+string(c.Message.Text))
	}
	return out
}

func (p *platform) made() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}
