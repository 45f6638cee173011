package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/bots/telegram"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// The platform's ids of those who write in a benchmark. Guests follow each other from the first on.
const (
	benchCashier = firstUser - 1
	benchGuest   = firstUser
)

// Guests of a benchmark, and how often each has bought before. What somebody's account costs grows with the lots that are open, so
// that one guest who buys all the time would measure something else.
const (
	turnGuests = 300
	turnLots   = 10
)

// turns is an instance in which guests and a cashier write to the bot.
type turns struct {
	*service
	post    *messenger
	sent    chan int64 // to whom
	program engine.Program
	bot     engine.Bot
	guests  []engine.Member
	place   engine.Location
	staff   engine.Staff
}

func newTurns(b *testing.B, database string) *turns {
	b.Helper()
	ctx := b.Context()
	post, err := startMessenger()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { post.close() })
	env := environment{"KARTKA_DATABASE": database, "KARTKA_KEY_PATH": filepath.Join(b.TempDir(), "bench.key"), "KARTKA_LOG_LEVEL": "error",
		"KARTKA_TELEGRAM_API": post.url(), "KARTKA_PUBLIC_URL": "https://bench.example"}
	cons := console{out: io.Discard, err: b.Output(), env: env.get}
	if code := run(ctx, cons, []string{"migrate", "-new-key"}); code != exitOK {
		b.Fatalf("migrate: exit code %d", code)
	}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		b.Fatal(err)
	}
	a, err := openApp(ctx, cons, cfg, false)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.close)
	a.engine = engine.New(engine.Config{Store: a.store, Codes: untired{codes{a.shared}}})
	t := &turns{service: &service{app: a, pace: &fast}, post: post, sent: make(chan int64, 64)}
	post.tell(func(user int64) { t.sent <- user })
	t.people(b)
	if err := t.prepare(ctx); err != nil {
		b.Fatal(err)
	}
	go t.outbox.Run(context.Background())
	b.Cleanup(func() {
		if err := t.desk.Drain(context.Background()); err != nil {
			b.Error(err)
		}
		t.silence(b)
	})
	return t
}

// silence has nothing sent any more.
func (t *turns) silence(b *testing.B) {
	b.Helper()
	if err := t.outbox.Drain(context.Background()); err != nil {
		b.Error(err)
	}
}

// untired is shared state that counts nothing: no cashier finds as many guests in a minute as a benchmark's.
type untired struct{ codes }

func (untired) Count(context.Context, string, time.Duration) (int, error) { return 1, nil }

// people makes the shop: a cashier, and guests with a card who have bought before.
func (t *turns) people(b *testing.B) {
	b.Helper()
	ctx, e := b.Context(), t.app.engine
	settings, err := draftSettings("Bench", "UAH", "Europe/Kyiv")
	if err != nil {
		b.Fatal(err)
	}
	settings.Staff, settings.Welcome, settings.Earn.MinCheck = rules.StaffLimits{UndoMinutes: 5, HoldSeconds: 60}, rules.Welcome{}, 0
	if t.program, err = t.app.newProgram(ctx, "bench", settings, engine.ProgramActive, messengerToken()); err != nil {
		b.Fatal(err)
	}
	own, err := t.app.store.Bots(ctx, t.program.ID)
	if err != nil {
		b.Fatal(err)
	}
	t.bot = own[0]
	if t.place, err = e.AddLocation(ctx, t.program.ID, "", "Counter", ""); err != nil {
		b.Fatal(err)
	}
	invited, err := e.OperatorInvite(ctx, t.program.ID, engine.RoleCashier, t.place.ID)
	if err != nil {
		b.Fatal(err)
	}
	if t.staff, err = e.AcceptInvite(ctx, t.program.ID, t.meet(b, e, benchCashier).ID, invited.Token, "uk"); err != nil {
		b.Fatal(err)
	}
	if t.guests, err = t.regulars(b); err != nil {
		b.Fatal(err)
	}
	for _, table := range []string{"outbox", "notice"} { // receipts and greetings of the past are not measured
		if _, err := t.app.store.DB().Exec(ctx, "DELETE FROM "+table); err != nil {
			b.Fatal(err)
		}
	}
	if t.app.store.Dialect() == sqldb.Postgres { // which does so by itself after a while
		if _, err := t.app.store.DB().Exec(ctx, "ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

func (t *turns) meet(b *testing.B, e *engine.Engine, user int64) engine.Contact {
	b.Helper()
	known, err := e.Meet(b.Context(), t.program, t.bot, engine.Contact{Name: "Somebody", Locale: "uk",
		Address: engine.Address{Channel: t.bot.Channel, Sender: t.bot.Sender, UserID: fmt.Sprint(user)}})
	if err != nil {
		b.Fatal(err)
	}
	return known.Contact
}

// regulars makes the guests with their past, in one transaction.
func (t *turns) regulars(b *testing.B) (guests []engine.Member, err error) {
	b.Helper()
	err = t.app.store.InTx(b.Context(), func(tx engine.Tx) error {
		e := engine.New(engine.Config{Store: inPast{tx}, Codes: codes{t.app.shared}})
		guests = guests[:0]
		for n := range turnGuests {
			joined, err := e.Join(b.Context(), engine.JoinInput{ProgramID: t.program.ID, ContactID: t.meet(b, e, benchGuest+int64(n)).ID, Name: "Olena",
				Language: "uk", Channel: "telegram", Text: "join-v1", Quiet: true})
			if err != nil {
				return err
			}
			for range turnLots {
				if err := t.sell(b, e, joined.Member.ID); err != nil {
					return err
				}
			}
			guests = append(guests, joined.Member)
		}
		return nil
	})
	return guests, err
}

func (t *turns) sell(b *testing.B, e *engine.Engine, member string) error {
	_, err := e.Post(b.Context(), engine.PostInput{Key: e.NewID(), Sale: engine.SaleInput{
		ProgramID: t.program.ID, MemberID: member, LocationID: t.place.ID, StaffID: t.staff.ID, Sum: 25000, Source: "bot"}})
	return err
}

// write delivers what somebody writes, and waits until the platform was handed so many messages.
func (t *turns) write(b *testing.B, user int64, text string, answers int) {
	r := httptest.NewRequest(http.MethodPost, t.presences[0].hookPath(), strings.NewReader(t.post.command(user, text)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(telegram.SecretHeader, t.bot.Secret.Reveal())
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("delivery answered with %d", w.Code)
	}
	for range answers {
		select {
		case <-t.sent:
		case <-time.After(patience):
			b.Fatalf("%q is not answered", text)
		}
	}
}

// everyDatabase runs a benchmark on each database; PostgreSQL with the durability of production.
func everyDatabase(b *testing.B, run func(b *testing.B, t *turns)) {
	b.Run("sqlite", func(b *testing.B) { run(b, newTurns(b, storagetest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) {
		run(b, newTurns(b, storagetest.StartPostgres(b, storagetest.PostgresOptions{Durable: true}).URL()))
	})
}

// withCPU runs a benchmark and reports, beside what the wall clock says, the processor time of this process: it is far steadier on a
// machine that does other things too. A PostgreSQL server's own is not in it.
func withCPU(b *testing.B, run func(b *testing.B)) {
	before := processorTime(b)
	run(b)
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTurn measures one bot turn from end to end: the webhook's request, stored; the person's mailbox, the dialog, the engine;
// the answer queued, claimed, rendered and handed to the platform over loopback HTTP. An accrual is answered to the cashier and told
// to the guest.
func BenchmarkTurn(b *testing.B) {
	everyDatabase(b, func(b *testing.B, t *turns) {
		b.Run("balance", func(b *testing.B) {
			b.ReportAllocs()
			withCPU(b, func(b *testing.B) {
				for n := 0; b.Loop(); n++ {
					t.write(b, benchGuest+int64(n%turnGuests), "/balance", 1)
				}
			})
		})
		b.Run("accrual", func(b *testing.B) {
			b.ReportAllocs()
			withCPU(b, func(b *testing.B) {
				for n := 0; b.Loop(); n++ {
					t.write(b, benchCashier, "/accrue "+t.guests[n%turnGuests].Card+" 120,50", 2)
				}
			})
		})
	})
}

// BenchmarkDecodeAndStep measures what a turn computes: reading the delivery, putting the answer into words and packing it.
func BenchmarkDecodeAndStep(b *testing.B) {
	t := newTurns(b, storagetest.SQLite(b))
	person, err := t.app.engine.PersonAt(b.Context(), t.program, t.bot, engine.Address{Channel: t.bot.Channel, Sender: t.bot.Sender, UserID: fmt.Sprint(benchGuest)})
	if err != nil {
		b.Fatal(err)
	}
	raw, now := []byte(t.post.command(benchGuest, "/balance")), t.app.engine.Now()
	b.ReportAllocs()
	for b.Loop() {
		event, err := t.presences[0].adapter.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		out := dialog.Step(talk.NewView(person, event, talk.Session{}, now, t.app.catalog))
		if len(out.Say) != 1 || out.Call != nil {
			b.Fatalf("%+v", out)
		}
		var message bots.Message = out.Say[0]
		if _, err := json.Marshal(message); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPost measures a sale with everything it does, the guest's receipt queued included, in a transaction of its own.
func BenchmarkPost(b *testing.B) {
	everyDatabase(b, func(b *testing.B, t *turns) {
		t.silence(b)
		b.ReportAllocs()
		withCPU(b, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if err := t.sell(b, t.app.engine, t.guests[n%turnGuests].ID); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkPerson measures the question with which every turn begins, about a guest with open lots.
func BenchmarkPerson(b *testing.B) {
	everyDatabase(b, func(b *testing.B, t *turns) {
		address := engine.Address{Channel: t.bot.Channel, Sender: t.bot.Sender, UserID: fmt.Sprint(benchGuest)}
		b.ReportAllocs()
		for b.Loop() {
			p, err := t.app.store.Person(b.Context(), t.program.ID, address, t.app.engine.Now())
			if err != nil || p.Account.Balance() == 0 {
				b.Fatal(p.Account.Balance(), err)
			}
		}
	})
}
