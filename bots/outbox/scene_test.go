package outbox_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/bots/outbox"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

func program() engine.Program {
	return engine.Program{ID: "p", State: engine.ProgramActive, Settings: &rules.Settings{Languages: []string{"en"}, Zone: time.UTC, Campaigns: noQuiet}}
}

// fast is a platform without limits worth speaking of.
var fast = bots.Pace{Reserve: 1000, Bulk: 1000, BulkCap: 1000, Chat: 1000, ChatRun: 1000, Group: 1000, GroupRun: 1000}

// scene is one running outbox, in a synctest bubble.
type scene struct {
	t    *testing.T
	box  *outbox.Outbox
	mail *mail
	logs *journal
}

// journal keeps what is logged and what the hooks were told.
type journal struct {
	mu    sync.Mutex
	text  bytes.Buffer
	hooks []string
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(message string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), message)
}

func (j *journal) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hooks = append(j.hooks, fmt.Sprintf(format, args...))
}

func (j *journal) told() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.hooks)
}

// store is what a process sees of the mail: its connection can be cut, or wrapped.
type store interface {
	engine.Messages
	engine.Store
}

// open starts an outbox of a process and stops it at the end of the test.
func open(t *testing.T, m *mail, s store, p bots.Sender, pace bots.Pace, change ...func(*outbox.Presence)) *scene {
	t.Helper()
	logs := &journal{}
	ids := 0
	var mu sync.Mutex
	presence := outbox.Presence{ProgramID: "p", Bot: engine.Bot{ProgramID: "p", Channel: "telegram", Sender: "42"}, Sender: p, Pace: pace}
	for _, f := range change {
		f(&presence)
	}
	deliveries, _ := s.(engine.Deliveries) // most stores of these tests have none
	box := outbox.New(outbox.Config{
		Deliveries: deliveries, Campaign: told,
		Engine: engine.New(engine.Config{Store: s, NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			ids++
			return fmt.Sprintf("%p-%d", logs, ids)
		}}),
		Messages: s, Catalog: &locales.Catalog{}, Holder: "host", Notice: notice,
		App:    func(p engine.Program) string { return "https://kava.example/app/" + p.ID + "/" },
		Logger: slog.New(slog.NewTextHandler(logs, nil)),
		Hooks: outbox.Hooks{
			Claimed: func(_, _ string, lane engine.Lane, age time.Duration) { logs.note("claimed %s %v", lane, age) },
			Called: func(_, _ string, _ engine.Lane, outcome bots.Outcome, took time.Duration) {
				logs.note("called %s %v", outcome, took)
			},
			Settled: func(channel, sender string, _ engine.Lane, state engine.OutboundState, reason string) {
				logs.note("settled %s:%s %s", channel, sender, strings.TrimSpace(string(state)+" "+reason))
			},
			Refused: func(_, _ string, refused bool) { logs.note("refused %t", refused) },
		},
	}, []outbox.Presence{presence})
	ctx, cancel := context.WithCancel(t.Context())
	go box.Run(ctx)
	t.Cleanup(func() {
		cancel()
		dead, stop := context.WithCancel(context.Background())
		stop()
		_ = box.Drain(dead)
	})
	return &scene{t: t, box: box, mail: m, logs: logs}
}

// play is a scene of one outbox on one platform.
func play(t *testing.T, p bots.Sender, act func(*scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMail()
		s := open(t, m, m, p, fast)
		act(s)
	})
}

// wake does what the desk does after it has queued something, and waits until nothing moves any more.
func (s *scene) wake() {
	s.box.Wake("telegram", "42")
	synctest.Wait()
}

// pass lets time pass.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// finish lets time pass until every row has reached its end.
func (s *scene) finish() {
	s.t.Helper()
	s.wake()
	for range 7200 {
		if s.mail.count(engine.OutboundQueued)+s.mail.count(engine.OutboundSending) == 0 {
			return
		}
		pass(time.Second)
	}
	for _, r := range s.mail.rows {
		if r.State == engine.OutboundQueued || r.State == engine.OutboundSending {
			s.t.Errorf("row %s is %s, try %d, fence %d, not before %v", r.ID, r.State, r.Tries, r.Fence, r.Wait)
		}
	}
	s.t.Fatalf("messages are still on their way after two hours:\n%s", s.logs.text.String())
}

func (s *scene) want(id, state string) {
	s.t.Helper()
	if got := s.mail.is(id); got != state {
		s.t.Errorf("row %s is %q, want %q", id, got, state)
	}
}

func wantTexts(t *testing.T, p *platform, want ...string) {
	t.Helper()
	if got := p.texts(); !slices.Equal(got, want) {
		t.Errorf("platform was given %q, want %q", got, want)
	}
}

// The notices of these tests.
const (
	noticeTwo   engine.NoticeKind = "two"   // the card is refreshed, the screen told
	noticeThree engine.NoticeKind = "three" // three plain messages
	noticeAgain engine.NoticeKind = "again" // the screen, and the screen once more
	noticeApp   engine.NoticeKind = "app"   // where the Mini App is
	noticeNone  engine.NoticeKind = "none"
	noticePanic engine.NoticeKind = "panic"
)

func notice(v talk.View, n engine.Notice) []bots.Message {
	switch n.Kind {
	case noticeTwo:
		return []bots.Message{{Slot: bots.SlotCard, Text: "card"}, {Slot: bots.SlotScreen, Text: "screen"}}
	case noticeThree:
		return []bots.Message{{Text: "1"}, {Text: "2"}, {Text: bots.Rich("3 for " + v.Contact.ID)}}
	case noticeAgain:
		return []bots.Message{{Slot: bots.SlotScreen, Text: "screen"}, {Slot: bots.SlotScreen, Text: "next"}}
	case noticeApp:
		return []bots.Message{{Text: bots.Rich(v.AppPage("?to=history"))}}
	case noticePanic:
		panic("no words")
	}
	return nil
}

func text(s string) bots.Message { return bots.Message{Text: bots.Rich(s)} }

func fail(o bots.Outcome) error { return &bots.SendError{Outcome: o, Code: "code"} }
