package desk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

func TestPeopleAreHeardInTheirOrder(t *testing.T) {
	r := newRig(t)
	commands := []string{"help", "privacy", "stop", "delete_me", "help", "stop", "privacy"}
	program := locales.Args{"Program": "Кава"}
	says := map[string]string{"help": r.text("guest.help.title", program), "privacy": r.text("guest.privacy.text", program), "stop": r.text("guest.stop.nothing"), "delete_me": r.text("guest.delete.none")}
	people := []string{"7", "8", "9"}
	var rows []bots.Raw
	var want []string
	for _, c := range commands {
		for _, user := range people {
			rows = append(rows, r.raw(user, command(c, "")))
		}
		want = append(want, says[c])
	}
	slices.Reverse(rows) // the platform's order counts, not that of the delivery
	if fresh := r.accept(rows...); fresh != len(rows) {
		t.Errorf("%d of %d deliveries are new", fresh, len(rows))
	}
	for range rows {
		r.await("done")
	}
	for _, user := range people {
		if got := r.said(user); !slices.Equal(got, want) {
			t.Errorf("%s reads %q, want %q", user, got, want)
		}
	}
}

func TestADeliveryActsOnce(t *testing.T) {
	r := newRig(t)
	row := r.raw("7", command("help", ""))
	if a, b := r.accept(row, row), r.accept(row); a != 1 || b != 0 {
		t.Errorf("a delivery is new %d times, then %d", a, b)
	}
	r.await("done")
	if r.accept(row) != 0 {
		t.Error("a delivery is new after it was heard")
	}
	r.deed("7", command("privacy", "")) // stands behind whatever the repetition might do
	if got := r.said("7"); len(got) != 2 {
		t.Errorf("two deeds are answered %q", got)
	}
}

// A deed that makes the dialogs panic, or the database fail for good, is tried, put aside, and the person is told. Nobody else
// notices, and the person is heard again.
func TestPoison(t *testing.T) {
	for name, fault := range map[string]func() error{
		"panic": func() error { panic("poison") },
		"error": func() error { return errCrash },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.member("7")
			r.member("8")
			r.faulty.on(func(f *faulty) { f.read = fault })
			r.accept(r.raw("7", command("history", "")), r.raw("7", command("balance", "")))
			if got := r.retry("7", 4); got != "dead" {
				t.Fatalf("after five attempts the delivery is %q", got)
			}
			r.await("done")
			r.deed("8", command("balance", ""))
			said := r.said("7")
			if len(said) != 2 || said[0] != r.text("error.internal") || !strings.Contains(said[1], "100") {
				t.Errorf("the person reads %q", said)
			}
			if dead := r.dead(); len(dead) != 1 || !strings.Contains(dead[0].Reason, "po") || dead[0].Attempts != 5 {
				t.Errorf("put aside are %+v", dead)
			}
			r.faulty.on(func(f *faulty) { f.read = nil })
			r.deed("7", command("history", ""))
			if said := r.said("7"); len(said) != 1 || said[0] != r.text("guest.history.title") {
				t.Errorf("after the fault the person reads %q", said)
			}
		})
	}
}

func TestATransientFaultIsNotNoticed(t *testing.T) {
	r := newRig(t)
	r.member("7")
	left := 2
	r.faulty.on(func(f *faulty) {
		f.read = func() error {
			if left--; left >= 0 {
				return errCrash
			}
			return nil
		}
	})
	r.accept(r.raw("7", command("history", "")), r.raw("7", command("balance", "")))
	if got := r.retry("7", 2); got != "done" {
		t.Fatalf("the delivery is %q", got)
	}
	r.await("done")
	if said := r.said("7"); len(said) != 2 || said[0] != r.text("guest.history.title") {
		t.Errorf("the person reads %q", said)
	}
	if len(r.dead()) != 0 {
		t.Errorf("put aside are %+v", r.dead())
	}
}

// What cannot even be decoded is put aside: at once when the adapter says so, after all attempts when it panics.
func TestUndecodable(t *testing.T) {
	r := newRig(t)
	r.accept(r.bytes("7", "{cut off"), r.raw("7", command("help", "")))
	r.await("dead", "done")
	r.accept(r.bytes("7", "panic"), r.raw("7", command("privacy", "")))
	if got := r.retry("7", 4); got != "dead" {
		t.Fatalf("after five attempts the delivery is %q", got)
	}
	r.await("done")
	if said, dead := r.said("7"), r.dead(); len(said) != 2 || len(dead) != 2 {
		t.Errorf("the person reads %q, put aside are %+v", said, dead)
	}
	// What an adapter could not read the sender of is never heard at all.
	if r.accept(r.bytes("", "?")); len(r.dead()) != 3 {
		t.Errorf("put aside are %+v", r.dead())
	}
}

// The process dies after the engine's work is stored and before the turn has ended. The deed is heard again and still has acted
// once, and everybody is told once.
func TestACrashBeforeTheEndOfTheTurn(t *testing.T) {
	for _, c := range []struct {
		name string
		user string // whose deed it is: "7" is a cashier, "8" a guest
		deed func(r *rig, m engine.Member) bots.Event
		// postings and holds are how many the guest has afterwards; the welcome bonus is the first posting.
		postings, holds int
		cashier, guest  []string
	}{
		{"a sale in one line", "7", func(_ *rig, m engine.Member) bots.Event { return command("accrue", m.Card+" 200") }, 2, 0, []string{"✅ "}, []string{"sale"}},
		{"a sale by a button", "7", func(r *rig, m engine.Member) bots.Event { r.offer(m); return press(r.marked("staff", "add")) }, 2, 0, []string{"✅ "}, []string{"sale"}},
		{"a question", "7", func(r *rig, m engine.Member) bots.Event { r.offer(m); return press(r.marked("staff", "spend")) }, 1, 1, []string{"⏳ "}, []string{"spend_ask"}},
		{"an undo", "7", func(r *rig, m engine.Member) bots.Event {
			r.deed("7", command("accrue", m.Card+" 200"))
			return command("undo", "")
		}, 3, 0, []string{"↩ "}, []string{"return"}},
		{"a yes", "8", func(r *rig, m engine.Member) bots.Event {
			r.offer(m)
			r.deed("7", press(r.marked("staff", "spend")))
			return press("v1|guest|yes|" + r.account(m).Holds[0].ID)
		}, 2, 0, []string{"spend_done"}, []string{"sale", "✅ "}},
		{"a no", "8", func(r *rig, m engine.Member) bots.Event {
			r.offer(m)
			r.deed("7", press(r.marked("staff", "spend")))
			return press("v1|guest|no|" + r.account(m).Holds[0].ID)
		}, 1, 0, []string{"spend_denied"}, []string{"👌 "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.cashier("7")
			m := r.member("8")
			event := c.deed(r, m)
			r.said("7")
			r.said("8")
			crashes := 2
			r.faulty.on(func(f *faulty) {
				f.settle = func() error {
					if crashes--; crashes >= 0 {
						return errCrash
					}
					return nil
				}
			})
			r.accept(r.raw(c.user, event))
			if got := r.retry(c.user, 2); got != "done" {
				t.Fatalf("the delivery is %q", got)
			}
			if got, held := len(r.history(m)), len(r.account(m).Holds); got != c.postings || held != c.holds {
				t.Errorf("%d postings and %d holds, want %d and %d", got, held, c.postings, c.holds)
			}
			r.hasSaid("the cashier", "7", c.cashier)
			r.hasSaid("the guest", "8", c.guest)
		})
	}
}

// offer has the cashier find the guest and type a sum.
func (r *rig) offer(m engine.Member) {
	r.t.Helper()
	r.deed("7", bots.Event{Kind: bots.EventText, Text: m.Card})
	r.deed("7", bots.Event{Kind: bots.EventText, Text: "200"})
}

// marked is a button of the cashier's current screen.
func (r *rig) marked(flow, action string) string {
	r.t.Helper()
	p, _ := r.person("7")
	return talk.ID(flow, action, "", talk.DecodeSession(p.Contact.Session).Mark)
}

// hasSaid checks how the messages to somebody begin.
func (r *rig) hasSaid(who, user string, want []string) {
	r.t.Helper()
	got := r.said(user)
	ok := len(got) == len(want)
	for i := range want {
		ok = ok && strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		r.t.Errorf("%s is told %q, want %q", who, got, want)
	}
}

func TestSomebodyJoinsOnceWhateverCrashes(t *testing.T) {
	r := newRig(t)
	r.deed("8", start(""))
	p, _ := r.person("8")
	join := press(talk.ID("guest", "join", "", talk.DecodeSession(p.Contact.Session).Mark))
	r.said("8")
	crashes := 3
	r.faulty.on(func(f *faulty) {
		f.settle = func() error {
			if crashes--; crashes >= 0 {
				return errCrash
			}
			return nil
		}
	})
	r.accept(r.raw("8", join))
	if got := r.retry("8", 3); got != "done" {
		t.Fatalf("the delivery is %q", got)
	}
	p, _ = r.person("8")
	if n, err := r.store.CountMembers(t.Context(), r.program.ID); err != nil || n != 1 || p.Member == nil || p.Account.Balance() != 100 {
		t.Errorf("%d members, %v; balance %d", n, err, p.Account.Balance())
	}
	if said := r.said("8"); len(said) != 3 { // what was agreed to, the card, the question for the phone
		t.Errorf("the newcomer reads %q", said)
	}
}

// Two processes hear the same delivery: one of them is too late, and drops what it wanted to say.
func TestAnotherProcessIsFaster(t *testing.T) {
	r := newRig(t)
	r.cashier("7")
	m := r.member("8")
	others := make(chan string, 10)
	other := r.process(engine.New(engine.Config{Store: r.store}), others, 1)
	transactions := 0
	r.faulty.on(func(f *faulty) {
		f.before = func() {
			if transactions++; transactions == 3 { // the visit is noted, the sale is made: this one ends the turn
				other.Wake("telegram:1:7")
				if got := next(t, others); got != "done" {
					t.Errorf("the other process: %q", got)
				}
			}
		}
	})
	r.accept(r.raw("7", command("accrue", m.Card+" 200")))
	r.await("lost")
	if got := len(r.history(m)); got != 2 {
		t.Errorf("%d postings, want the welcome bonus and one sale", got)
	}
	r.hasSaid("the cashier", "7", []string{"✅ "})
	r.hasSaid("the guest", "8", []string{"sale"})
}

// The conversation has moved on while a turn was under way: the turn is dropped and the delivery heard anew.
func TestTheConversationHasMovedOn(t *testing.T) {
	r := newRig(t)
	r.member("7")
	p, _ := r.person("7")
	moves := 1
	r.faulty.on(func(f *faulty) {
		f.read = func() error {
			if moves--; moves < 0 {
				return nil
			}
			return r.store.InTx(t.Context(), func(tx engine.Tx) error {
				return tx.SaveSession(t.Context(), r.program.ID, p.Contact.ID, []byte(`{"flow":"guest","step":"name"}`), p.Contact.SessionVersion)
			})
		}
	})
	r.accept(r.raw("7", command("history", "")))
	r.await("lost", "done")
	if said := r.said("7"); len(said) != 1 || said[0] != r.text("guest.history.title") {
		t.Errorf("one deed is answered %q", said)
	}
	if after, _ := r.person("7"); after.Contact.SessionVersion != p.Contact.SessionVersion+2 {
		t.Errorf("the session has version %d, want the one set meanwhile and the turn's own", after.Contact.SessionVersion)
	}
}

func TestResume(t *testing.T) {
	r := newRig(t)
	if err := r.desk.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for user := range 20 {
		r.accept(r.raw(fmt.Sprint(user+10), command("help", "")), r.raw(fmt.Sprint(user+10), command("privacy", "")))
	}
	select {
	case got := <-r.outcomes:
		t.Fatalf("after Drain a delivery is %q", got)
	default:
	}
	r.open(4)
	if err := r.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		r.await("done")
	}
	for user := range 20 {
		if left := r.pending(fmt.Sprint(user + 10)); left != 0 {
			t.Errorf("%d deliveries of %d are unheard", left, user+10)
		}
	}
}

// hold stops whoever is heard next before the first transaction, until release is called. It returns when somebody is stopped there.
func (r *rig) hold(user string) (release func()) {
	r.t.Helper()
	entered, leave := make(chan string, 10), make(chan struct{})
	r.faulty.on(func(f *faulty) {
		f.before = func() {
			select {
			case entered <- "in":
			default:
			}
			<-leave
		}
	})
	r.accept(r.raw(user, command("help", "")))
	next(r.t, entered)
	return func() { close(leave) }
}

// waiting is a context that tells when somebody waits for it.
type waiting struct {
	context.Context
	reached func()
}

func (c waiting) Done() <-chan struct{} {
	c.reached()
	return c.Context.Done()
}

// Drain waits for who is being heard and leaves the others for the next start.
func TestDrain(t *testing.T) {
	r := newRig(t)
	r.open(1)
	release := r.hold("7")
	r.accept(r.raw("8", command("help", "")), r.raw("7", command("privacy", "")))
	drained, begun := make(chan error, 1), make(chan struct{})
	go func() { drained <- r.desk.Drain(waiting{t.Context(), sync.OnceFunc(func() { close(begun) })}) }()
	<-begun
	select {
	case err := <-drained:
		t.Fatalf("Drain returns %v while somebody is being heard", err)
	default:
	}
	release()
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	r.await("done")
	for user, want := range map[string]int{"7": 1, "8": 1} {
		if got := r.pending(user); got != want {
			t.Errorf("%d deliveries of %s are unheard, want %d", got, user, want)
		}
	}
	if said := r.said("7"); len(said) != 1 {
		t.Errorf("whoever was being heard reads %q", said)
	}
}

// When there is no time left, what is under way is broken off, and done by the next process instead.
func TestDrainWithoutTime(t *testing.T) {
	r := newRig(t)
	release := r.hold("7")
	hurried, hurry := context.WithCancel(t.Context())
	hurry()
	if err := r.desk.Drain(hurried); !errors.Is(err, context.Canceled) {
		t.Errorf("Drain without time returns %v", err)
	}
	release()
	next(t, r.outcomes)
	r.faulty.on(func(f *faulty) { f.before = nil })
	r.open(1)
	if err := r.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.await("done")
	if said := r.said("7"); len(said) != 1 || r.pending("7") != 0 {
		t.Errorf("after a hurried end and a start the person reads %q", said)
	}
}

// Talk among members of a group is no business of ours: not even who it was is kept.
func TestWhatIsIgnoredLeavesNoTrace(t *testing.T) {
	r := newRig(t)
	r.deed("7", bots.Event{Kind: bots.EventIgnored, ChatID: "-5", Name: "Сусід", Text: "hello"})
	if _, known := r.person("7"); known || r.pending("7") != 0 {
		t.Error("somebody who has not turned to the bot is noted")
	}
	if said := r.said("7"); len(said) != 0 {
		t.Errorf("talk of others is answered %q", said)
	}
}

// Menus depend on role and language: whoever keeps them is told when these change, and only then.
func TestChangesOfStandingAreTold(t *testing.T) {
	r := newRig(t)
	r.deed("7", command("help", ""))
	invited, err := r.engine.OperatorInvite(t.Context(), r.program.ID, engine.RoleCashier, "")
	if err != nil {
		t.Fatal(err)
	}
	r.deed("7", start("s_"+invited.Token))
	if got := next(t, r.changed); got != "7" {
		t.Errorf("changed is %s", got)
	}
	r.deed("7", command("today", ""))
	r.deed("8", command("help", ""))
	select {
	case got := <-r.changed:
		t.Errorf("nothing has changed about %s", got)
	default:
	}
	for range 4 {
		if got := next(t, r.queued); got != "telegram:1" {
			t.Errorf("queued for %s", got)
		}
	}
}

// Whoever leaves reads a farewell, is forgotten, and is met anew afterwards.
func TestWhoeverLeavesIsForgotten(t *testing.T) {
	r := newRig(t)
	m := r.member("8")
	r.deed("8", command("delete_me", ""))
	for _, action := range []string{"delete2", "erase"} {
		p, _ := r.person("8")
		r.deed("8", press(talk.ID("guest", action, "", talk.DecodeSession(p.Contact.Session).Mark)))
	}
	said := r.said("8")
	if len(said) == 0 || said[len(said)-1] != r.text("guest.delete.farewell", locales.Args{"Program": "Кава"}) {
		t.Errorf("the last words are %q", said)
	}
	if a := r.account(m); a.Balance() != 0 {
		t.Errorf("%d points are left", a.Balance())
	}
	if _, known := r.person("8"); known {
		t.Error("whoever has left is still known")
	}
	r.deed("8", start(""))
	if p, known := r.person("8"); !known || p.Member != nil || p.Contact.ID == m.ID {
		t.Errorf("whoever comes back is %+v", p.Member)
	}
}

func TestMailboxesOfNobody(t *testing.T) {
	r := newRig(t)
	for _, key := range []string{"", "telegram", "telegram:1", "telegram:2:7", "viber:1:7", "telegram:1:nobody"} {
		r.desk.Wake(key)
	}
	r.deed("7", command("help", ""))
	if said := r.said("7"); len(said) != 1 {
		t.Errorf("the person reads %q", said)
	}
}

// TestViewsKnowTheMiniApp: the steps of a turn know where the program's Mini App is, those after a call too.
func TestViewsKnowTheMiniApp(t *testing.T) {
	r := newRig(t)
	r.desk.App = func(p engine.Program) string { return "https://kava.example/app/" + p.Slug + "/" }
	r.member("7")
	r.cashier("8")
	r.deed("7", command("card", ""))
	r.deed("8", command("counter", "")) // says what it says after a call
	for user, want := range map[string]string{"7": "https://kava.example/app/kava/", "8": "https://kava.example/app/kava/scan/"} {
		if said := r.said(user); !slices.Equal(r.apps[user], []string{want}) {
			t.Errorf("%s can open %q, want %s: %q", user, r.apps[user], want, said)
		}
	}
}
