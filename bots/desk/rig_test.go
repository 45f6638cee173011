package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/bots"
	"kartka/bots/desk"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/storage"
	"kartka/storage/kv"
	"kartka/storage/storagetest"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// rig is a desk on a real engine and database, with a store that fails when it is told to.
type rig struct {
	t        *testing.T
	store    *storage.Store
	faulty   *faulty
	engine   *engine.Engine
	catalog  *locales.Catalog
	program  engine.Program
	presence desk.Presence
	desk     *desk.Desk
	outcomes chan string
	changed  chan string
	queued   chan string
	order    int64
	fence    int64
	sent     map[string][]string // by person, not asked for yet
	apps     map[string][]string // by person: what Mini App buttons of messages off the queue open
}

func newRig(t *testing.T) *rig {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, sent: map[string][]string{}, apps: map[string][]string{}, store: storagetest.Open(t, storagetest.SQLite(t))}
	if r.catalog, err = locales.New(); err != nil {
		t.Fatal(err)
	}
	r.faulty = &faulty{Store: r.store}
	r.engine = engine.New(engine.Config{Store: r.faulty, Codes: codes{kv.NewMemory(time.Now, 1000)}})
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава", money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"en"}, 20000)
	s.Earn.Rate, s.Earn.MinCheck, s.Redeem.Limit, s.Unit.StepWorth, s.Welcome.Points = 500, 0, 5000, 100, 100
	if r.program, err = r.engine.CreateProgram(t.Context(), "kava", &s, engine.ProgramActive); err != nil {
		t.Fatal(err)
	}
	bot := engine.Bot{ProgramID: r.program.ID, Channel: string(bots.Telegram), Sender: "1", Username: "kava_bot", Token: "1:x", Secret: "s"}
	if err := r.engine.AttachBot(t.Context(), bot); err != nil {
		t.Fatal(err)
	}
	r.presence = desk.Presence{ProgramID: r.program.ID, Bot: bot, Decoder: decoder{}}
	r.open(4)
	return r
}

// open makes a desk anew, as after a restart.
func (r *rig) open(workers int) {
	r.outcomes, r.changed, r.queued = make(chan string, 100), make(chan string, 100), make(chan string, 100)
	r.desk = r.process(r.engine, r.outcomes, workers)
}

// process is the desk of one process.
func (r *rig) process(e *engine.Engine, outcomes chan string, workers int) *desk.Desk {
	changed, queued := r.changed, r.queued
	d := desk.New(desk.Config{Engine: e, Messages: r.store, Catalog: r.catalog, Logger: slog.New(slog.DiscardHandler), Workers: workers,
		Handled: func(outcome string, _ time.Duration) { outcomes <- outcome },
		Changed: func(v talk.View) { changed <- v.Contact.Address.UserID },
		Queued:  func(channel, sender string) { queued <- channel + ":" + sender },
	}, []desk.Presence{r.presence})
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := d.Drain(ctx); err != nil {
			r.t.Errorf("drain: %v", err)
		}
	})
	return d
}

type codes struct{ kv.Store }

func (c codes) PutOnce(ctx context.Context, key, value string, ttl time.Duration) (bool, error) {
	first, err := c.Once(ctx, key, ttl)
	if err != nil || !first {
		return false, err
	}
	return true, c.Set(ctx, key, value, ttl)
}

func (c codes) Count(ctx context.Context, key string, window time.Duration) (int, error) {
	n, err := c.Incr(ctx, key, window)
	return int(n), err
}

// faulty is a store with hooks, which may fail, panic or wait.
type faulty struct {
	engine.Store
	mu     sync.Mutex
	settle func() error // in the transaction that ends a turn
	before func()       // before each transaction
	read   func() error // before a history is read
}

func (f *faulty) on(set func(f *faulty)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	set(f)
}

func (f *faulty) InTx(ctx context.Context, run func(tx engine.Tx) error) error {
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before != nil {
		before()
	}
	return f.Store.InTx(ctx, func(tx engine.Tx) error { return run(faultyTx{tx, f}) })
}

func (f *faulty) History(ctx context.Context, programID, accountID, before string, limit int) ([]engine.HistoryItem, error) {
	f.mu.Lock()
	read := f.read
	f.mu.Unlock()
	if read != nil {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return f.Store.History(ctx, programID, accountID, before, limit)
}

type faultyTx struct {
	engine.Tx
	f *faulty
}

func (tx faultyTx) SettleInbound(ctx context.Context, programID, id string, state engine.InboundState, reason string) error {
	tx.f.mu.Lock()
	settle := tx.f.settle
	tx.f.mu.Unlock()
	if settle != nil {
		if err := settle(); err != nil {
			return err
		}
	}
	return tx.Tx.SettleInbound(ctx, programID, id, state, reason)
}

// decoder reads an event from JSON. It panics over "panic".
type decoder struct{}

func (decoder) Decode(raw []byte) (bots.Event, error) {
	if string(raw) == "panic" {
		panic("a delivery that nobody survives")
	}
	var e bots.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return bots.Event{}, fmt.Errorf("decode: %w", err)
	}
	return e, nil
}

// command, typed, start and press are deeds of people.
func command(name, text string) bots.Event {
	return bots.Event{Kind: bots.EventCommand, Command: name, Text: text, Name: "Person"}
}

func start(payload string) bots.Event {
	return bots.Event{Kind: bots.EventStart, Payload: payload, Name: "Person"}
}

func press(id string) bots.Event {
	return bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q"}, Name: "Person"}
}

// raw is a delivery.
func (r *rig) raw(user string, e bots.Event) bots.Raw {
	r.t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.bytes(user, string(body))
}

func (r *rig) bytes(user, body string) bots.Raw {
	r.order++
	return bots.Raw{Channel: bots.Telegram, Sender: "1", Key: fmt.Sprintf("u:%d", r.order), UserID: user, Order: r.order, At: time.Now(), Body: []byte(body)}
}

// accept delivers and returns how many deliveries were new.
func (r *rig) accept(rows ...bots.Raw) int {
	r.t.Helper()
	fresh, err := r.desk.Inbox(r.presence).Accept(r.t.Context(), rows)
	if err != nil {
		r.t.Fatal(err)
	}
	return fresh
}

// deed delivers one deed and waits until it is done.
func (r *rig) deed(user string, e bots.Event) {
	r.t.Helper()
	r.accept(r.raw(user, e))
	r.await("done")
}

// await waits for deliveries to be handled, in the order of the outcomes.
func (r *rig) await(outcomes ...string) {
	r.t.Helper()
	for i, want := range outcomes {
		if got := next(r.t, r.outcomes); got != want {
			r.t.Fatalf("outcome %d is %q, want %q", i+1, got, want)
		}
	}
}

func next(t *testing.T, from chan string) string {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		t.Fatal("nothing is handled")
		return ""
	}
}

// retry wakes a person's mailbox at once instead of after the pause, until a delivery has been put aside or done.
func (r *rig) retry(user string, times int) string {
	r.t.Helper()
	for range times {
		if got := next(r.t, r.outcomes); got != "retry" {
			return got
		}
		r.wake(user)
	}
	return next(r.t, r.outcomes)
}

func (r *rig) wake(user string) { r.desk.Wake("telegram:1:" + user) }

// said takes what is queued for a person off the queue, oldest first: the first lines of messages, notices by their kind, "!" and
// the text of what only answers a press. What is queued for others is kept until it is asked for.
func (r *rig) said(user string) []string {
	r.t.Helper()
	r.fence++
	for {
		rows, err := r.store.ClaimOutbound(r.t.Context(), r.program.ID, "telegram", "1", engine.LaneInteractive, time.Now().Add(time.Second), r.fence, 100)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			r.sent[row.Address.UserID] = append(r.sent[row.Address.UserID], r.first(row))
			row.State = engine.OutboundSent
			if err := r.store.SettleOutbound(r.t.Context(), row, ""); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	defer delete(r.sent, user)
	return r.sent[user]
}

func (r *rig) first(row engine.Outbound) string {
	if row.Notice != nil {
		return string(row.Notice.Kind)
	}
	var m bots.Message
	if err := json.Unmarshal(row.Message, &m); err != nil {
		r.t.Fatal(err)
	}
	if m.Empty() && m.Ack != nil {
		return "!" + m.Ack.Text
	}
	for _, button := range slices.Concat(m.Buttons...) {
		if button.App != "" {
			r.apps[row.Address.UserID] = append(r.apps[row.Address.UserID], button.App)
		}
	}
	line, _, _ := strings.Cut(string(m.Text), "\n")
	return line
}

// person reads what is known of somebody; ok is false when nothing is.
func (r *rig) person(user string) (p engine.Person, ok bool) {
	r.t.Helper()
	p, err := r.store.Person(r.t.Context(), r.program.ID, engine.Address{Channel: "telegram", Sender: "1", UserID: user}, r.engine.Now())
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		r.t.Fatal(err)
	}
	return p, err == nil
}

// meet makes a contact without a conversation.
func (r *rig) meet(user string) engine.Contact {
	r.t.Helper()
	p, err := r.engine.Meet(r.t.Context(), r.program, r.presence.Bot, engine.Contact{Name: "Person " + user, Address: engine.Address{Channel: "telegram", Sender: "1", UserID: user}})
	if err != nil {
		r.t.Fatal(err)
	}
	return p.Contact
}

func (r *rig) member(user string) engine.Member {
	r.t.Helper()
	j, err := r.engine.Join(r.t.Context(), engine.JoinInput{ProgramID: r.program.ID, ContactID: r.meet(user).ID, Name: "Guest", Language: "en", Channel: "telegram", Text: "join-v1"})
	if err != nil {
		r.t.Fatal(err)
	}
	return j.Member
}

func (r *rig) cashier(user string) engine.Staff {
	r.t.Helper()
	invited, err := r.engine.OperatorInvite(r.t.Context(), r.program.ID, engine.RoleCashier, "")
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := r.engine.AcceptInvite(r.t.Context(), r.program.ID, r.meet(user).ID, invited.Token, "en")
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) history(m engine.Member) []engine.HistoryItem {
	r.t.Helper()
	items, err := r.store.History(r.t.Context(), r.program.ID, m.AccountID, "", 100)
	if err != nil {
		r.t.Fatal(err)
	}
	return items
}

func (r *rig) account(m engine.Member) ledger.Account {
	r.t.Helper()
	a, err := r.store.Account(r.t.Context(), r.program.ID, m.AccountID)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// pending is how many deliveries of a person are unheard.
func (r *rig) pending(user string) int {
	r.t.Helper()
	in, err := r.store.PendingInbound(r.t.Context(), engine.Address{Channel: "telegram", Sender: "1", UserID: user}, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	return len(in)
}

func (r *rig) dead() []engine.Inbound {
	r.t.Helper()
	in, err := r.store.DeadInbound(r.t.Context(), r.program.ID, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	return in
}

// text is a text of the catalogue in English, as the first line of a message.
func (r *rig) text(key string, args ...locales.Args) string {
	line, _, _ := strings.Cut(string(r.catalog.Printer(locales.EN).Rich(key, args...)), "\n")
	return line
}

var errCrash = errors.New("the power is gone")
