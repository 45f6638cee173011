package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/storage/sqldb"
)

// audience is a shop with many guests who agreed to hear from it, and the messenger between them, which knows how many messages each was sent.
type audience struct {
	*stage
	crier  *crier
	phones []*person
	sent   engine.Campaign
}

// broadcastRate is how many messages of a broadcast an instance of these tests sends a second, broadcastAhead how many it holds at a time. What a
// killed instance leaves uncertain is never more.
const (
	broadcastRate  = 150
	broadcastAhead = broadcastRate / 2
)

// newAudience makes a shop with so many guests. All have pressed Start, and nobody has answered that.
func newAudience(t *testing.T, database string, guests int) *audience {
	t.Helper()
	c := &crier{}
	w := newWorldBehind(t, func(next http.Handler) http.Handler { c.next = next; return c })
	a := &audience{stage: newStage(w, database, 0, 0), crier: c, phones: make([]*person, guests)}
	a.env[bulkEnv] = strconv.Itoa(broadcastRate)
	var all sync.WaitGroup
	const at = 8 // at a time
	for first := range at {
		all.Go(func() {
			for i := first; i < guests; i += at {
				phone, err := w.driver.NewUser(t.Context(), telegram.Person{FirstName: fmt.Sprintf("Guest%d", i)}, a.bot.Username)
				if err == nil {
					err = phone.Start(t.Context(), "")
				}
				if err != nil {
					t.Error(err)
					return
				}
				a.phones[i] = &person{Phone: phone, t: t}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	resp, err := http.PostForm(w.server.URL+"/sandbox/telegram/bot"+a.bot.Token+"/deleteWebhook", url.Values{"drop_pending_updates": {"true"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	a.with(a.enroll)
	return a
}

// enroll makes members of all, in one transaction.
func (a *audience) enroll(app *app) {
	ctx, now := a.t.Context(), app.engine.Now()
	err := app.store.InTx(ctx, func(tx engine.Tx) error {
		p := a.program
		for i, phone := range a.phones {
			id := fmt.Sprintf("m%06d", i)
			contact, err := tx.TouchContact(ctx, engine.Contact{ID: "c" + id, ProgramID: p.ID, CreatedAt: now, Locale: "en",
				Address: engine.Address{Channel: string(bots.Telegram), Sender: strconv.FormatInt(a.bot.ID, 10), UserID: strconv.FormatInt(phone.User(), 10)}})
			if err != nil {
				return err
			}
			err = tx.InsertMember(ctx, engine.Member{ID: id, ProgramID: p.ID, AccountID: "a" + id, Card: fmt.Sprintf("%09d", i), Token: "t" + id, InviteTag: "i" + id,
				Name: fmt.Sprintf("Guest%d", i), Language: "en", State: engine.MemberActive, JoinedAt: now})
			if err != nil {
				return err
			}
			if err := tx.LinkContact(ctx, p.ID, contact.ID, id, ""); err != nil {
				return err
			}
			err = tx.InsertConsent(ctx, engine.Consent{ID: "k" + id, ProgramID: p.ID, MemberID: id, Channel: string(bots.Telegram), Purpose: engine.PurposeMarketing, Given: true,
				Source: "join", At: now})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

// tellAll sends a broadcast to everybody. No instance need be there yet.
func (a *audience) tellAll() {
	a.t.Helper()
	a.with(func(app *app) {
		plan := campaign.Plan{Audience: segment.All{}, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{
			Texts: map[string]string{"en": cry + ", {name}!"}}}}}
		draft, err := app.engine.SaveBroadcast(a.t.Context(), engine.SaveBroadcastInput{ProgramID: a.program.ID, Plan: plan})
		if err != nil {
			a.t.Fatal(err)
		}
		a.sent, err = app.engine.SendBroadcast(a.t.Context(), engine.SendBroadcastInput{ProgramID: a.program.ID, ID: draft.ID, Version: draft.Version})
		if err != nil {
			a.t.Fatal(err)
		}
		if to := a.sent.Sizes.To; to != len(a.phones) {
			a.t.Fatalf("it goes to %d, want %d", to, len(a.phones))
		}
	})
}

// cry is how the broadcast begins.
const cry = "Croissants today"

// over waits until the broadcast is done.
func (a *audience) over() {
	a.t.Helper()
	until(a.t, "the broadcast is done", func() bool {
		n, err := a.ask(`SELECT count(*) FROM campaign WHERE state = 'done'`)
		return err == nil && n == 1 // the database may be down
	})
}

// found is what became of one guest's message.
type found struct {
	state    engine.OutboundState
	reason   string
	received int // by the guest, who is asked
}

// look asks every guest how many messages came, and the books what became of each. No instance is running.
func (a *audience) look() []found {
	a.t.Helper()
	all := make([]found, len(a.phones))
	rows := 0
	db, err := sqldb.Open(a.t.Context(), a.env["KARTKA_DATABASE"])
	if err != nil {
		a.t.Fatal(err)
	}
	defer db.Close()
	list, err := db.Query(a.t.Context(), `SELECT member_id, state, reason FROM delivery`)
	if err != nil {
		a.t.Fatal(err)
	}
	defer list.Close()
	for ; list.Next(); rows++ {
		var member string
		var f found
		if err := list.Scan(&member, &f.state, &f.reason); err != nil {
			a.t.Fatal(err)
		}
		i, err := strconv.Atoi(strings.TrimPrefix(member, "m"))
		if err != nil || all[i].state != "" {
			a.t.Fatalf("a second delivery, or one to nobody: %s", member)
		}
		all[i] = f
	}
	if err := list.Err(); err != nil || rows != len(all) {
		a.t.Fatalf("%d deliveries to %d guests, %v", rows, len(all), err)
	}
	for i, p := range a.phones {
		chat, err := p.Chat(a.t.Context())
		if err != nil {
			a.t.Fatal(err)
		}
		for _, m := range chat.Messages {
			if m.From == "bot" && strings.Contains(m.Text, cry) {
				if all[i].received++; !strings.Contains(m.Text, fmt.Sprintf(", Guest%d!", i)) {
					a.t.Errorf("guest %d was told %q", i, m.Text)
				}
			}
		}
	}
	return all
}

// check proves what a broadcast promises whatever happened to it, and returns how many are in doubt: nobody got it twice; who is said to have got it
// has; who got it and is not said to have is in doubt; nobody waits any more. doubtful is how many may be in doubt at most.
func (a *audience) check(doubtful int) (unknown int) {
	a.t.Helper()
	received := 0
	for i, f := range a.look() {
		switch {
		case f.received > 1:
			a.t.Errorf("guest %d got it %d times; it is %s %s", i, f.received, f.state, f.reason)
		case f.state == engine.OutboundSent && f.received == 0:
			a.t.Errorf("guest %d has not got what is sent", i)
		case f.state == engine.OutboundUnknown:
			unknown++
		case f.state != engine.OutboundSent:
			a.t.Errorf("guest %d: %s %s, got it %d times", i, f.state, f.reason, f.received)
		}
		received += f.received
	}
	if unknown > doubtful {
		a.t.Errorf("%d are in doubt, %d may be", unknown, doubtful)
	}
	a.with(func(app *app) {
		p, err := app.engine.CampaignProgress(a.t.Context(), a.program.ID, a.sent.ID)
		if err != nil || p.Unknown != unknown || p.Sent != len(a.phones)-unknown || p.Waiting != 0 || p.Failed != 0 {
			a.t.Errorf("it is told as %+v, %v; %d are in doubt", p, err, unknown)
		}
	})
	if code := run(a.t.Context(), a.console(), []string{"verify"}); code != exitOK {
		a.t.Errorf("verify: exit code %d", code)
	}
	a.t.Logf("%d got it, %d are in doubt (at most %d), %d calls", received, unknown, doubtful, a.crier.calls.Load())
	return unknown
}

// crier stands in front of the messenger, counts what of a broadcast goes by, and does something now and then.
type crier struct {
	next  http.Handler
	calls atomic.Int64
	mu    sync.Mutex
	due   int64 // when calls comes to it, once
	act   func()
	cut   bool          // the message under way is not answered
	lost  atomic.Int64  // messages that were not answered
	each  func(n int64) // before each; nil: nothing
}

// after does something when so many more messages have gone by, while the last of them is under way, and returns when that is done. With cut that message
// may never be answered.
func (a *audience) after(n int, cut bool, act func()) {
	a.t.Helper()
	done := make(chan struct{})
	c := a.crier
	c.mu.Lock()
	c.due, c.cut, c.act = c.calls.Load()+int64(n), cut, func() { defer close(done); act() }
	c.mu.Unlock()
	until(a.t, "so many messages have gone by", func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
}

// ServeHTTP implements http.Handler.
func (c *crier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/sandbox/telegram/") || !strings.HasSuffix(strings.ToLower(r.URL.Path), "/sendmessage") {
		c.next.ServeHTTP(w, r)
		return
	}
	n := c.calls.Add(1)
	c.mu.Lock()
	act, each, cut := c.act, c.each, c.cut
	if act != nil && n >= c.due {
		c.act = nil
	} else {
		act = nil
	}
	c.mu.Unlock()
	if each != nil {
		each(n)
	}
	if act == nil {
		c.next.ServeHTTP(w, r)
		return
	}
	switch {
	case n%3 == 0: // before the messenger has heard of it
		act()
		c.next.ServeHTTP(w, r)
	case n%3 == 1 && cut: // when the messenger has done it, and before it answers
		func() {
			defer act() // also where the messenger breaks off by itself
			c.next.ServeHTTP(httptest.NewRecorder(), r)
		}()
		c.lost.Add(1)
		panic(http.ErrAbortHandler)
	default: // when it has answered
		defer act()
		c.next.ServeHTTP(w, r)
	}
}

// relay keeps instances on one database and starts each that has ended again.
type relay struct {
	*audience
	log  logBook
	done sync.WaitGroup

	mu      sync.Mutex
	running []*instance
	closed  bool
}

// relay starts so many instances.
func (a *audience) relay(instances int) *relay {
	a.t.Helper()
	r := &relay{audience: a, running: make([]*instance, instances)}
	for n := range instances {
		env := map[string]string{}
		for name, value := range a.env {
			env[name] = value
		}
		env["KARTKA_LISTEN"] = freeAddress(a.t)
		r.done.Go(func() {
			for i := r.launch(n, env); i != nil; i = r.launch(n, env) {
				<-i.ended
			}
		})
	}
	a.t.Cleanup(func() {
		r.mu.Lock()
		r.closed = true
		for _, i := range r.running {
			if i != nil {
				_ = i.cmd.Process.Kill()
			}
		}
		r.mu.Unlock()
		r.done.Wait()
		if a.t.Failed() {
			a.t.Logf("the log:\n%s", &r.log)
		}
	})
	return r
}

func (r *relay) launch(n int, env map[string]string) *instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	i, err := launch(env, &r.log)
	if err != nil {
		r.t.Errorf("start instance: %v", err)
		return nil
	}
	r.running[n] = i
	return i
}

// sender is the instance that sends at the moment, or any when that cannot be found out.
func (r *relay) sender() *instance {
	pid, err := r.leads()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range r.running {
		if i != nil && err == nil && i.cmd.Process.Pid == pid {
			return i
		}
	}
	return r.running[0]
}

// leads is the process that sends at the moment.
func (s *stage) leads() (pid int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	db, err := sqldb.Open(ctx, s.env["KARTKA_DATABASE"])
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var holder string
	if err := db.QueryRow(ctx, `SELECT holder FROM lease WHERE name LIKE 'outbox:%'`).Scan(&holder); err != nil {
		return 0, err
	}
	parts := strings.Split(holder, "/")
	if len(parts) < 2 {
		return 0, fmt.Errorf("holder %q", holder)
	}
	return strconv.Atoi(parts[1])
}

// end stops the instances gracefully.
func (r *relay) end() {
	r.t.Helper()
	r.mu.Lock()
	r.closed = true
	all := r.running
	r.mu.Unlock()
	for _, i := range all {
		<-i.reachable
		r.stop(i)
	}
	r.done.Wait()
	r.log.noPanics(r.t)
}
