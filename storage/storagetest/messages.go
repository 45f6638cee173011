package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine"
)

// delivery describes a delivery of a person.
func (s *shop) delivery(a engine.Address, key string, order int64) engine.Inbound {
	return engine.Inbound{ID: s.id("in"), ProgramID: s.program.ID, Address: a, Key: key, Order: order, At: epoch.Add(time.Duration(order) * time.Second),
		Body: []byte("{\"text\":\"\x00привіт\"}"), State: engine.InboundNew}
}

func testInbox(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	a := s.bot()
	b := a
	b.UserID = "200"
	settle := func(id string, state engine.InboundState, reason string) func(engine.Tx) error {
		return func(tx engine.Tx) error { return tx.SettleInbound(s.ctx, s.program.ID, id, state, reason) }
	}
	pending := func(s *shop, a engine.Address, limit int) []engine.Inbound {
		s.Helper()
		return must(s.PendingInbound(s.ctx, a, limit))(s)
	}
	second, first, other := s.delivery(a, "u2", 2), s.delivery(a, "u1", 1), s.delivery(b, "u3", 3)

	t.Run("accept", func(t *testing.T) {
		s := s.on(t)
		equal(t, "new", must(s.Accept(s.ctx, []engine.Inbound{second, first, other}))(t), []string{second.ID, first.ID, other.ID})
		again := second
		again.ID = s.id("in")
		next := s.delivery(b, "u4", 4)
		twice := next
		twice.ID = s.id("in")
		equal(t, "new among old", must(s.Accept(s.ctx, []engine.Inbound{again, next, twice}))(t), []string{next.ID})
		equal(t, "nothing", must(s.Accept(s.ctx, nil))(t), []string(nil))
		equal(t, "of a", pending(s, a, 10), []engine.Inbound{first, second})
		equal(t, "first of a", pending(s, a, 1), []engine.Inbound{first})
		equal(t, "of b", pending(s, b, 10), []engine.Inbound{other, next})
		equal(t, "people", must(s.PendingPeople(s.ctx, 10))(t), []engine.Address{a, b})
		equal(t, "one person", must(s.PendingPeople(s.ctx, 1))(t), []engine.Address{a})
		nobody := s.delivery(engine.Address{Channel: "telegram", Sender: "no such bot", UserID: "1"}, "u1", 1)
		_, err := s.Accept(s.ctx, []engine.Inbound{nobody})
		s.wants(engine.KindNotFound, err)
	})

	t.Run("retry", func(t *testing.T) {
		s := s.on(t)
		for want := 1; want <= 2; want++ {
			if n := must(s.RetryInbound(s.ctx, s.program.ID, first.ID, "database is away"))(t); n != want {
				t.Errorf("attempt %d, want %d", n, want)
			}
		}
		first.Attempts, first.Reason = 2, "database is away"
		equal(t, "of a", pending(s, a, 10), []engine.Inbound{first, second})
		_, err := s.RetryInbound(s.ctx, s.program.ID, "nothing", "")
		s.wants(engine.KindNotFound, err)
	})

	t.Run("settle", func(t *testing.T) {
		s := s.on(t)
		s.tx(settle(first.ID, engine.InboundDone, ""))
		s.fails(engine.KindConflict, settle(first.ID, engine.InboundDone, ""))
		s.fails(engine.KindNotFound, settle("nothing", engine.InboundDone, ""))
		s.fails(engine.KindInvalid, settle(second.ID, engine.InboundNew, ""))
		_, err := s.RetryInbound(s.ctx, s.program.ID, first.ID, "")
		s.wants(engine.KindConflict, err)
		s.tx(settle(second.ID, engine.InboundDead, "cannot be read"))
		s.tx(settle(other.ID, engine.InboundDead, "panic"))
		equal(t, "of a", pending(s, a, 10), []engine.Inbound(nil))
		second.State, second.Reason = engine.InboundDead, "cannot be read"
		other.State, other.Reason = engine.InboundDead, "panic"
		equal(t, "dead", must(s.DeadInbound(s.ctx, s.program.ID, 10))(t), []engine.Inbound{other, second})
		equal(t, "newest dead", must(s.DeadInbound(s.ctx, s.program.ID, 1))(t), []engine.Inbound{other})
		for _, d := range []engine.Inbound{first, second} { // what was handled is still known
			d.ID, d.State = s.id("in"), engine.InboundNew
			equal(t, "repeated", must(s.Accept(s.ctx, []engine.Inbound{d}))(t), []string(nil))
		}
	})
}

// queue is a sender's view of a shop's bot.
type queue struct {
	*shop
	a engine.Address
}

// message describes a message to a contact.
func (q queue) message(c engine.Contact, key string, after time.Duration) engine.Outbound {
	return engine.Outbound{ID: q.id("out"), ProgramID: q.program.ID, ContactID: c.ID, Address: c.Address, Key: key, Lane: engine.LaneInteractive,
		Purpose: "service", Message: json.RawMessage(`{"text":  "Дякуємо!"}`), State: engine.OutboundQueued, At: epoch.Add(after)}
}

func (q queue) enqueue(out ...engine.Outbound) {
	q.Helper()
	q.tx(func(tx engine.Tx) error { return tx.Enqueue(q.ctx, out...) })
}

func (q queue) claim(now time.Time, fence int64, limit int) []engine.Outbound {
	q.Helper()
	return must(q.ClaimOutbound(q.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneInteractive, now, fence, limit))(q)
}

// claimed checks which messages a claim takes.
func (q queue) claimed(now time.Time, fence int64, limit int, want ...engine.Outbound) []engine.Outbound {
	q.Helper()
	got := q.claim(now, fence, limit)
	ids := func(list []engine.Outbound) (out []string) {
		for _, o := range list {
			out = append(out, o.Key)
		}
		return out
	}
	equal(q, "claimed", ids(got), ids(want))
	return got
}

func (q queue) settle(o engine.Outbound, state engine.OutboundState) {
	q.Helper()
	o.State = state
	if err := q.SettleOutbound(q.ctx, o, ""); err != nil {
		q.Fatal(err)
	}
}

// person makes another contact on the bot.
func (q queue) person(user string) engine.Contact {
	q.Helper()
	a := q.a
	a.UserID = user
	return q.contact(a)
}

func openQueue(t testing.TB, s *shop) queue {
	t.Helper()
	shop := newShop(t, s.Store)
	return queue{shop: shop, a: shop.bot()}
}

func testOutbox(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)

	t.Run("round trip", func(t *testing.T) {
		q := openQueue(t, s)
		c := q.person("1")
		o := q.message(c, "k1", 0)
		o.MemberID, o.StaffID, o.Expires = "m", "s", epoch.Add(time.Hour)
		n := q.message(c, "k2", time.Second)
		n.Message, n.Notice = nil, &engine.Notice{Kind: engine.NoticeSale, Args: map[string]any{"points": "10"}, PostingID: "p", Posted: &engine.Posted{Earned: 10, At: epoch}}
		q.enqueue(o, n)
		q.enqueue(o) // again: ignored
		got := q.claimed(epoch, 7, 10, o)
		o.State, o.Fence, o.Tries = engine.OutboundSending, 7, 1
		equal(t, "claimed", got, []engine.Outbound{o})
		equal(t, "depth", must(s.OutboundDepth(s.ctx))(t), map[engine.Lane]int{engine.LaneInteractive: 2})

		o.Ref, o.State = "991", engine.OutboundSent
		stale := o
		stale.Fence = 6
		q.wants(engine.KindConflict, s.SettleOutbound(s.ctx, stale, "home"))
		stale.Fence, stale.Tries = 7, 0
		q.wants(engine.KindConflict, s.SettleOutbound(s.ctx, stale, "home"))
		if err := s.SettleOutbound(s.ctx, o, "home"); err != nil {
			t.Fatal(err)
		}
		q.wants(engine.KindConflict, s.SettleOutbound(s.ctx, o, "home"))
		stale.ID = "nothing"
		q.wants(engine.KindNotFound, s.SettleOutbound(s.ctx, stale, ""))
		equal(t, "slots", must(s.Contact(s.ctx, q.program.ID, c.ID))(t).Slots, map[string]string{"home": "991"})
		got = q.claimed(epoch, 7, 10, n)
		n.State, n.Fence, n.Tries = engine.OutboundSending, 7, 1
		equal(t, "claimed notice", got, []engine.Outbound{n})
		n.State = engine.OutboundSending
		q.wants(engine.KindInvalid, s.SettleOutbound(s.ctx, n, ""))
		q.enqueue(o) // its key is remembered after it was sent
		q.claimed(epoch, 7, 10)
		q.settle(n, engine.OutboundFailed)
		equal(t, "depth", must(s.OutboundDepth(s.ctx))(t), map[engine.Lane]int{})
	})

	t.Run("who gets a notice", func(t *testing.T) {
		q := openQueue(t, s)
		m := q.member()
		old, fresh, blocked := q.person("1"), q.person("2"), q.person("3")
		q.tx(func(tx engine.Tx) error {
			seen := fresh
			seen.CreatedAt = epoch.Add(time.Hour)
			_, err := tx.TouchContact(q.ctx, seen)
			last := blocked
			last.CreatedAt = epoch.Add(2 * time.Hour)
			_, err2 := tx.TouchContact(q.ctx, last)
			return errors.Join(err, err2, tx.SetBlocked(q.ctx, q.program.ID, blocked.ID, epoch),
				tx.LinkContact(q.ctx, q.program.ID, old.ID, m.ID, "s1"), tx.LinkContact(q.ctx, q.program.ID, fresh.ID, m.ID, ""),
				tx.LinkContact(q.ctx, q.program.ID, blocked.ID, m.ID, "s2"))
		})
		notice := func(key string, contact, member, staff string, a engine.Address) engine.Outbound {
			return engine.Outbound{ID: q.id("out"), ProgramID: q.program.ID, ContactID: contact, MemberID: member, StaffID: staff, Address: a, Key: key,
				Lane: engine.LaneInteractive, Notice: &engine.Notice{Kind: engine.NoticeSale}, At: epoch.Add(time.Duration(q.serial.Load()) * time.Second)}
		}
		nowhere := engine.Address{}
		gone := engine.Address{Channel: q.a.Channel, Sender: q.a.Sender, UserID: "9"}
		q.enqueue(
			notice("to member", "", m.ID, "", nowhere), notice("to staff", "", "", "s1", nowhere), notice("to contact", fresh.ID, "", "", nowhere),
			notice("to blocked contact", blocked.ID, "", "", nowhere), notice("to blocked staff", "", "", "s2", nowhere),
			notice("to nobody", "", "", "nobody", nowhere), notice("to none", "", "", "", nowhere),
			notice("to gone contact", "gone", "", "", gone), notice("to lost contact", "lost", "", "", nowhere), notice("to an address", "", "", "", gone),
		)
		to := map[string]string{}
		for range 3 {
			for _, o := range q.claim(epoch.Add(time.Hour), 1, 100) {
				to[o.Key] = o.ContactID + "@" + o.Address.UserID
				q.settle(o, engine.OutboundSent)
			}
		}
		equal(t, "receivers", to, map[string]string{"to member": fresh.ID + "@2", "to staff": old.ID + "@1", "to contact": fresh.ID + "@2",
			"to gone contact": "gone@9", "to an address": "@9"})
	})

	t.Run("order per person", func(t *testing.T) {
		q := openQueue(t, s)
		one, two := q.person("1"), q.person("2")
		a1, a2, a3 := q.message(one, "a1", 0), q.message(one, "a2", time.Second), q.message(one, "a3", 3*time.Second)
		b1, b2 := q.message(two, "b1", 2*time.Second), q.message(two, "b2", 4*time.Second)
		q.enqueue(a3, b2, a2, b1, a1)
		q.claimed(epoch, 1, 1, a1)
		got := q.claimed(epoch, 1, 10, b1) // a2 waits for a1
		q.claimed(epoch, 1, 10)
		q.settle(got[0], engine.OutboundUnknown)
		got = q.claimed(epoch, 1, 10, b2)
		q.settle(got[0], engine.OutboundDropped)
		a1.Fence, a1.Tries = 1, 1
		a1.Wait, a1.Reason = epoch.Add(time.Minute), "retry after 60"
		q.settle(a1, engine.OutboundQueued)
		q.claimed(epoch.Add(time.Minute-time.Microsecond), 1, 10) // a1 is to be tried again, a2 waits for it
		got = q.claimed(epoch.Add(time.Minute), 1, 10, a1)
		if got[0].Tries != 2 || got[0].Reason != "retry after 60" {
			t.Errorf("the second try is %+v", got[0])
		}
		q.settle(got[0], engine.OutboundSent)
		got = q.claimed(epoch.Add(time.Minute), 1, 10, a2)
		q.settle(got[0], engine.OutboundSent)
		q.claimed(epoch.Add(time.Minute), 1, 10, a3)
	})

	t.Run("later and other lanes", func(t *testing.T) {
		q := openQueue(t, s)
		c := q.person("1")
		planned, bulk, now := q.message(c, "planned", 0), q.message(c, "bulk", time.Second), q.message(c, "now", 2*time.Second)
		planned.Wait, bulk.Lane = epoch.Add(time.Hour), engine.LaneBulk
		q.enqueue(planned, bulk, now)
		got := q.claimed(epoch, 1, 10, now) // a plan for later holds nobody up, nor does a broadcast
		q.settle(got[0], engine.OutboundSent)
		list := must(s.ClaimOutbound(s.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneBulk, epoch, 1, 10))(t)
		if len(list) != 1 || list[0].Key != "bulk" {
			t.Errorf("the bulk lane gave %v", list)
		}
		q.claimed(epoch.Add(time.Hour), 1, 10, planned)
		if other := must(s.ClaimOutbound(s.ctx, q.program.ID, q.a.Channel, "other bot", engine.LaneInteractive, epoch.Add(time.Hour), 1, 10))(t); len(other) != 0 {
			t.Errorf("another bot got %v", other)
		}
	})

	// A sender that puts a message back and does not hear that this is done may repeat it, or the first attempt may arrive late, when
	// the message has been claimed again.
	t.Run("settlement of an earlier claim", func(t *testing.T) {
		q := openQueue(t, s)
		c := q.person("1")
		o, next := q.message(c, "o", 0), q.message(c, "next", time.Second)
		q.enqueue(o, next)
		first := q.claimed(epoch, 5, 10, o)[0]
		q.settle(first, engine.OutboundQueued)
		late := func(state engine.OutboundState) {
			t.Helper()
			o := first
			o.State, o.Ref, o.Reason = state, "late", "late"
			q.wants(engine.KindConflict, s.SettleOutbound(s.ctx, o, "home"))
		}
		everyState := func() {
			t.Helper()
			for _, state := range []engine.OutboundState{engine.OutboundQueued, engine.OutboundSent, engine.OutboundFailed, engine.OutboundUnknown, engine.OutboundDropped} {
				late(state)
			}
		}
		everyState() // of nobody's claim
		second := q.claimed(epoch, 5, 10, o)[0]
		equal(t, "claims", []int{first.Tries, second.Tries}, []int{1, 2})
		everyState()
		equal(t, "slots", must(s.Contact(s.ctx, q.program.ID, c.ID))(t).Slots, map[string]string(nil))
		q.claimed(epoch, 5, 10) // it is still being sent, and the next one waits
		q.settle(second, engine.OutboundQueued)
		third := q.claimed(epoch, 5, 10, o)[0]
		if third.Reason != "" || third.Ref != "" || !third.Wait.IsZero() || string(third.Message) != string(o.Message) {
			t.Errorf("the earlier claim has changed it: %+v", third)
		}
		everyState()
		q.settle(third, engine.OutboundSent)
		q.claimed(epoch, 5, 10, next)
	})

	t.Run("recover", func(t *testing.T) {
		q := openQueue(t, s)
		reply, offer, later := q.message(q.person("1"), "reply", 0), q.message(q.person("2"), "offer", 0), q.message(q.person("3"), "later", time.Second)
		offer.Purpose = "marketing"
		q.enqueue(reply, offer)
		q.claimed(epoch, 3, 10, reply, offer)
		recover := func(fence int64, wantQueued, wantUnknown int) {
			t.Helper()
			queued, unknown, err := s.RecoverOutbound(s.ctx, q.program.ID, q.a.Channel, q.a.Sender, fence)
			if err != nil || queued != wantQueued || unknown != wantUnknown {
				t.Fatalf("recovered %d and %d, %v; want %d and %d", queued, unknown, err, wantQueued, wantUnknown)
			}
		}
		recover(3, 0, 0) // its own
		recover(4, 1, 1)
		reply.State, reply.Fence, reply.Tries = engine.OutboundSent, 3, 1
		q.wants(engine.KindConflict, s.SettleOutbound(s.ctx, reply, "")) // the old sender comes late
		q.enqueue(later)
		q.claimed(epoch, 3, 10) // and claims nothing any more
		for fence := int64(4); fence < 8; fence++ {
			q.claimed(epoch, fence, 1, reply)
			recover(fence+1, 1, 0) // a process that dies at once takes it with it again
		}
		q.claimed(epoch, 8, 1, reply)
		recover(9, 0, 1) // but not for ever
		q.claimed(epoch, 9, 10, later)
	})
}

func testLeases(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	acquire := func(holder string, at time.Duration, wantFence int64, wantOK bool) {
		t.Helper()
		fence, ok, err := s.AcquireLease(s.ctx, "poller", holder, epoch.Add(at), time.Minute)
		if err != nil || ok != wantOK || fence != wantFence {
			t.Fatalf("%s at %s: fence %d, %v, %v; want %d, %v", holder, at, fence, ok, err, wantFence, wantOK)
		}
	}
	release := func(holder string) {
		t.Helper()
		if err := s.ReleaseLease(s.ctx, "poller", holder); err != nil {
			t.Fatal(err)
		}
	}
	acquire("a", 0, 1, true)
	acquire("b", time.Second, 0, false)
	acquire("a", 30*time.Second, 1, true)
	acquire("b", 89*time.Second, 0, false)
	acquire("b", 90*time.Second, 2, true) // at the very instant it ends
	acquire("a", 91*time.Second, 0, false)
	release("a") // not its own
	acquire("a", 91*time.Second, 0, false)
	release("b")
	acquire("a", 91*time.Second, 3, true) // released by b, taken by a
	release("nobody")
	equal(t, "leases", must(s.Leases(s.ctx))(t), map[string]string{"poller": "a"})
	if _, ok, err := s.AcquireLease(s.ctx, "other", "b", epoch, time.Minute); err != nil || !ok {
		t.Fatalf("another lease: %v, %v", ok, err)
	}

	for i, want := range []string{"", "1", "два"} {
		if got := must(s.Mark(s.ctx, "profile"))(t); got != want {
			t.Errorf("mark is %q, want %q", got, want)
		}
		if err := s.SetMark(s.ctx, "profile", fmt.Sprint([]string{"1", "два", ""}[i])); err != nil {
			t.Fatal(err)
		}
	}
}
