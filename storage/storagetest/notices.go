package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// notice describes a notice to a member.
func (q queue) notice(m engine.Member, key string, after time.Duration) engine.Outbound {
	return engine.Outbound{ID: q.id("out"), ProgramID: q.program.ID, MemberID: m.ID, Key: key, Lane: engine.LaneInteractive, Purpose: "service",
		Notice: &engine.Notice{Kind: engine.NoticeSale, PostingID: "p"}, State: engine.OutboundQueued, At: epoch.Add(after)}
}

// guest makes a member with a contact.
func (q queue) guest(user string) (engine.Member, engine.Contact) {
	q.Helper()
	m, c := q.member(), q.person(user)
	q.link(c, m, "")
	return m, c
}

func (q queue) link(c engine.Contact, m engine.Member, staff string) {
	q.Helper()
	q.tx(func(tx engine.Tx) error { return tx.LinkContact(q.ctx, q.program.ID, c.ID, m.ID, staff) })
}

// waiting counts the rows of the table notice.
func (q queue) waiting() int {
	q.Helper()
	return len(q.rows(`SELECT id FROM notice WHERE program_id = '` + q.program.ID + `'`))
}

// sent has everything that is due sent, and returns the keys in the order in which each person got them.
func (q queue) sent(now time.Time) map[string][]string {
	q.Helper()
	out := map[string][]string{}
	for {
		claimed := q.claim(now, 1, 100)
		if len(claimed) == 0 {
			return out
		}
		for _, o := range claimed {
			out[o.Address.UserID] = append(out[o.Address.UserID], o.Key)
			q.settle(o, engine.OutboundSent)
		}
	}
}

// testNotices is about messages that name a member or staff and no contact.
func testNotices(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	begin := func(t *testing.T) queue {
		q := queue{shop: newShop(t, s.Store)}
		if s.grouped != nil {
			q.grouped = &announced{}
		}
		q.a = q.bot()
		return q
	}

	t.Run("round trip", func(t *testing.T) {
		q := begin(t)
		m, c := q.guest("1")
		staff := q.person("2")
		q.link(staff, engine.Member{}, "s1")
		full, plain, toStaff := q.notice(m, "full <&> ключ", 0), q.notice(m, "plain", time.Second), q.notice(engine.Member{}, "staff", 0)
		full.StaffID, full.Expires, full.Wait, full.Purpose = "s9", epoch.Add(time.Hour), epoch.Add(-time.Hour), "marketing"
		full.Notice.Args = map[string]any{"name": "Оля <3 \u2028", "list": []any{"a", "b"}}
		plain.Message, plain.Notice, plain.Lane, plain.Purpose = json.RawMessage("{\"text\":  \"<Дякуємо>!\"}\n"), nil, "", ""
		toStaff.StaffID = "s1"
		bulk := q.notice(m, "bulk", 0)
		bulk.Lane = engine.LaneBulk
		before := must(s.OutboundDepth(q.ctx))(t)
		q.enqueue(full, plain, toStaff, bulk)
		if n := q.waiting(); n != 2 {
			t.Errorf("four messages of two lanes are %d rows", n)
		}
		depth := func(interactive, bulk int) {
			t.Helper()
			now := must(s.OutboundDepth(q.ctx))(t)
			equal(t, "depth", [2]int{now[engine.LaneInteractive] - before[engine.LaneInteractive], now[engine.LaneBulk] - before[engine.LaneBulk]}, [2]int{interactive, bulk})
		}
		depth(3, 1)
		got := q.claim(epoch, 7, 10)
		if n := q.waiting(); n != 1 {
			t.Errorf("%d rows are left when one lane has been claimed", n)
		}
		depth(3, 1)
		full.ContactID, full.Address, toStaff.ContactID, toStaff.Address = c.ID, c.Address, staff.ID, staff.Address
		for _, o := range []*engine.Outbound{&full, &toStaff} {
			o.State, o.Fence, o.Tries = engine.OutboundSending, 7, 1
		}
		equal(t, "claimed", got, []engine.Outbound{full, toStaff})
		q.settle(got[0], engine.OutboundSent)
		plain.ContactID, plain.Address, plain.Lane = c.ID, c.Address, engine.LaneInteractive
		plain.State, plain.Fence, plain.Tries = engine.OutboundSending, 7, 1
		equal(t, "claimed then", q.claim(epoch.Add(time.Minute), 7, 10), []engine.Outbound{plain})
		depth(2, 1)
		list := must(s.ClaimOutbound(q.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneBulk, epoch, 7, 10))(t)
		if len(list) != 1 || list[0].Key != "bulk" || q.waiting() != 0 {
			t.Errorf("the bulk lane gave %v", list)
		}
	})

	t.Run("order", func(t *testing.T) {
		q := begin(t)
		m, c := q.guest("1")
		other, _ := q.guest("2")
		q.enqueue(q.notice(m, "b", time.Second), q.notice(other, "x", time.Second), q.message(c, "a", 0))
		q.enqueue(q.message(c, "c", 2*time.Second))
		q.enqueue(q.notice(m, "e", 4*time.Second), q.notice(m, "d", 3*time.Second))
		first := q.claimed(epoch, 1, 10, engine.Outbound{Key: "a"}, engine.Outbound{Key: "x"})
		q.enqueue(q.notice(m, "f", 5*time.Second))
		for _, o := range first {
			q.settle(o, engine.OutboundSent)
		}
		equal(t, "sent", q.sent(epoch.Add(time.Hour)), map[string][]string{"1": {"b", "c", "d", "e", "f"}})
	})

	t.Run("single by key", func(t *testing.T) {
		q := begin(t)
		m, c := q.guest("1")
		again := q.notice(m, "twice", 0)
		q.enqueue(q.notice(m, "twice", 0), q.notice(m, "twice", time.Second))
		q.enqueue(again, q.notice(m, "other", time.Second))
		q.enqueue(again, q.notice(m, "third", 2*time.Second)) // the same message once more, and what comes with it
		q.enqueue(q.message(c, "to the contact", 3*time.Second))
		q.enqueue(q.notice(m, "to the contact", 4*time.Second))
		equal(t, "sent", q.sent(epoch.Add(time.Hour)), map[string][]string{"1": {"twice", "other", "third", "to the contact"}})
		q.enqueue(q.notice(m, "twice", 0), q.message(c, "other", 0), q.notice(m, "to the contact", 0)) // after they have been sent
		equal(t, "sent again", q.sent(epoch.Add(time.Hour)), map[string][]string{})
		if n := q.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})

	t.Run("who is there by then", func(t *testing.T) {
		q := begin(t)
		early, _ := q.guest("1")
		late, blocked, nobody := q.member(), q.member(), q.member()
		third := q.person("3")
		q.link(third, blocked, "s3")
		newer, _ := q.guest("4")
		gone, home := q.guest("6")
		toStaff := q.notice(engine.Member{}, "to blocked staff", 0)
		toStaff.StaffID = "s3"
		q.enqueue(q.notice(early, "early", 0), q.notice(late, "late", 0), q.notice(blocked, "blocked", 0), q.notice(nobody, "nobody", 0), toStaff,
			q.notice(newer, "newer", 0), q.notice(gone, "gone", 0))
		q.link(q.person("2"), late, "")
		seen := q.person("5")
		seen.CreatedAt = epoch.Add(time.Hour)
		keep := q.member()
		q.tx(func(tx engine.Tx) error {
			_, err := tx.TouchContact(q.ctx, seen)
			return errors.Join(err, tx.LinkContact(q.ctx, q.program.ID, seen.ID, newer.ID, ""), tx.SetBlocked(q.ctx, q.program.ID, third.ID, epoch))
		})
		q.tx(func(tx engine.Tx) error { // one became part of another member, with the contact
			return errors.Join(tx.MoveContacts(q.ctx, q.program.ID, []string{home.ID}, keep.ID), tx.SetMergedInto(q.ctx, q.program.ID, gone.ID, keep.ID))
		})
		equal(t, "sent", q.sent(epoch), map[string][]string{"1": {"early"}, "2": {"late"}, "5": {"newer"}, "6": {"gone"}})
		q.tx(func(tx engine.Tx) error { return tx.SetBlocked(q.ctx, q.program.ID, third.ID, time.Time{}) })
		equal(t, "sent later", q.sent(epoch), map[string][]string{}) // who could not be told is not told later
		if n := q.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})

	t.Run("no bot", func(t *testing.T) {
		q := queue{shop: newShop(t, s.Store)}
		m := q.member()
		q.enqueue(q.notice(m, "a", 0))
		if n := q.waiting(); n != 0 {
			t.Errorf("%d rows wait for the sender of a program without a bot", n)
		}
	})

	t.Run("broken off", func(t *testing.T) {
		q := begin(t)
		m, _ := q.guest("1")
		q.enqueue(q.notice(m, "a", 0), q.notice(m, "b", time.Second))
		q.exec(`ALTER TABLE contact RENAME TO elsewhere`)
		_, err := q.ClaimOutbound(q.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneInteractive, epoch, 1, 10)
		q.exec(`ALTER TABLE elsewhere RENAME TO contact`)
		if err == nil || q.waiting() != 1 {
			t.Errorf("a claim that failed: %v; %d rows are left", err, q.waiting())
		}
		equal(t, "sent", q.sent(epoch.Add(time.Hour)), map[string][]string{"1": {"a", "b"}})
	})

	t.Run("texts", func(t *testing.T) {
		q := begin(t)
		m, _ := q.guest("1")
		for name, spoil := range map[string]func(*engine.Outbound){
			"id": func(o *engine.Outbound) { o.ID = "a\x00b" }, "key": func(o *engine.Outbound) { o.Key = "\xff" },
			"purpose": func(o *engine.Outbound) { o.Purpose = "\xd0" }, "message": func(o *engine.Outbound) { o.Message, o.Notice = json.RawMessage("\"\x00\""), nil },
			"member": func(o *engine.Outbound) { o.MemberID = "\xff" }, "staff": func(o *engine.Outbound) { o.StaffID = "\x00" },
		} {
			o := q.notice(m, name, 0)
			spoil(&o)
			q.fails(engine.KindInvalid, func(tx engine.Tx) error { return tx.Enqueue(q.ctx, q.notice(m, "with "+name, 0), o) })
		}
		if n := q.waiting(); n != 0 {
			t.Errorf("%d rows were written", n)
		}
	})

	t.Run("many", func(t *testing.T) {
		q := begin(t)
		m, c := q.guest("1")
		others := make([]engine.Outbound, 600)
		unreachable := q.member()
		for i := range others {
			others[i] = q.notice(unreachable, fmt.Sprint("nobody-", i), time.Duration(i)*time.Millisecond)
		}
		q.enqueue(others...) // more than are relayed at a time, in one row
		q.tx(func(tx engine.Tx) error {
			for i := range 540 { // and in as many rows
				if err := tx.Enqueue(q.ctx, q.notice(unreachable, fmt.Sprint("alone-", i), time.Second)); err != nil {
					return err
				}
			}
			return nil
		})
		q.enqueue(q.notice(m, "a", 2*time.Second))
		q.enqueue(q.message(c, "b", 3*time.Second))
		q.claimed(epoch, 1, 10, engine.Outbound{Key: "a"})
		if n := q.waiting(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})

	// So many that one claim does not relay them all: what is younger than those left is left too.
	t.Run("too many", func(t *testing.T) {
		q := begin(t)
		m, _ := q.guest("1")
		_, younger := q.guest("2")
		_, older := q.guest("3")
		for i := range 40 {
			q.enqueue(q.notice(m, fmt.Sprintf("told-%02d", i), time.Duration(i)*time.Second))
		}
		q.exec(`UPDATE notice SET n = 1000 WHERE program_id = $1`, q.program.ID) // as if each were a large one
		q.enqueue(q.message(younger, "younger", time.Minute), q.message(older, "older", 30*time.Second))
		got := q.claimed(epoch, 1, 10, engine.Outbound{Key: "told-00"}, engine.Outbound{Key: "older"})
		if n := q.waiting(); n != 8 {
			t.Errorf("%d rows are left", n)
		}
		q.settle(got[0], engine.OutboundSent)
		q.claimed(epoch, 1, 10, engine.Outbound{Key: "told-01"}, engine.Outbound{Key: "younger"})
	})

	t.Run("too many to nobody", func(t *testing.T) {
		q := begin(t)
		_, c := q.guest("1")
		unreachable := q.member()
		for i := range 40 {
			q.enqueue(q.notice(unreachable, fmt.Sprint(i), time.Duration(i)*time.Second))
		}
		q.exec(`UPDATE notice SET n = 1000 WHERE program_id = $1`, q.program.ID)
		q.enqueue(q.message(c, "younger", time.Minute))
		q.claimed(epoch, 1, 10, engine.Outbound{Key: "younger"}) // rather than nothing it relays the rest
	})

	t.Run("erase", func(t *testing.T) { testEraseNotices(begin(t)) })
	t.Run("erase while relayed", func(t *testing.T) { testEraseRelayed(begin(t)) })
	t.Run("senders", func(t *testing.T) { testRelays(begin(t)) })
}

// testEraseNotices erases people who have not been told everything.
func testEraseNotices(q queue) {
	t := q.TB
	m, _ := q.guest("1")
	other, _ := q.guest("2")
	private := func(m engine.Member, key string) engine.Outbound {
		o := q.notice(m, key, 0)
		o.Notice.Args = map[string]any{"phone": "+380671234567", "to": key}
		return o
	}
	erase := func(m engine.Member) error {
		return q.Store.InTx(q.ctx, func(tx engine.Tx) error { return tx.EraseMember(q.ctx, q.program.ID, m.ID, epoch) })
	}
	bulk := private(m, "bulk")
	bulk.Lane = engine.LaneBulk
	namesake := q.notice(other, "of "+m.ID, time.Second)
	q.enqueue(private(m, "first"), namesake, private(m, "second"), bulk)
	q.enqueue(private(m, "alone"))
	if err := erase(m); err != nil {
		t.Fatal(err)
	}
	q.absent("671234567")
	if n := q.waiting(); n != 1 {
		t.Errorf("%d rows are left", n)
	}
	equal(t, "sent", q.sent(epoch.Add(time.Hour)), map[string][]string{"2": {"of " + m.ID}})
	q.enqueue(private(m, "after"))
	equal(t, "sent to nobody", q.sent(epoch.Add(time.Hour)), map[string][]string{})

	// While others relay.
	for i := range 20 {
		m, _ := q.guest(fmt.Sprint("user-", i))
		q.enqueue(private(m, fmt.Sprint("key-", i)))
		errs := together(3, func(n int) error {
			if n > 0 {
				return erase(m)
			}
			_, err := q.ClaimOutbound(q.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneInteractive, epoch, 1, 10)
			return err
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	q.absent("671234567")
}

// testEraseRelayed erases a member whose messages are on their way from one table into the other.
func testEraseRelayed(q queue) {
	if q.Dialect() == sqldb.SQLite {
		return // it has one writer: nobody comes between
	}
	t := q.TB
	m, _ := q.guest("1")
	_, stranger := q.guest("2")
	first, second := q.notice(m, "first", 0), q.notice(m, "second", 0)
	first.Notice.Args = map[string]any{"phone": "+380671234567"}
	q.enqueue(first, second)
	waits := func(n int) {
		for len(q.rows(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)) < n {
			runtime.Gosched()
		}
	}
	errs := make([]error, 3)
	var all sync.WaitGroup
	held, release := make(chan struct{}), make(chan struct{})
	all.Go(func() { // writes a message with the key of one of them, so that relaying waits for what becomes of it
		errs[0] = q.Store.InTx(q.ctx, func(tx engine.Tx) error {
			err := tx.Enqueue(q.ctx, q.message(stranger, "second", 0))
			close(held)
			<-release
			return errors.Join(err, errSorry)
		})
	})
	<-held
	all.Go(func() {
		_, errs[1] = q.ClaimOutbound(q.ctx, q.program.ID, q.a.Channel, q.a.Sender, engine.LaneInteractive, epoch, 1, 10)
	})
	waits(1)
	all.Go(func() {
		errs[2] = q.Store.InTx(q.ctx, func(tx engine.Tx) error { return tx.EraseMember(q.ctx, q.program.ID, m.ID, epoch) })
	})
	waits(2)
	close(release)
	all.Wait()
	if !errors.Is(errs[0], errSorry) || errors.Join(errs[1:]...) != nil {
		t.Fatal(errs)
	}
	q.absent("671234567")
}

// testRelays has the senders of two bots look for messages while these are queued: none is lost or comes twice, and each person's come in order.
func testRelays(q queue) {
	t := q.TB
	second := q.a
	second.Sender += "-2"
	q.tx(func(tx engine.Tx) error {
		return tx.PutBot(q.ctx, engine.Bot{ProgramID: q.program.ID, Channel: second.Channel, Sender: second.Sender, Username: "second_bot", Token: "1:t", Secret: "s"})
	})
	const people, each, senders = 8, 15, 6
	var members []engine.Member
	var contacts []engine.Contact
	want := map[string][]string{}
	for i := range people {
		if i == people/2 {
			q.a = second
		}
		m, c := q.guest(fmt.Sprint("user-", i))
		members, contacts = append(members, m), append(contacts, c)
		for n := range each {
			want[c.Address.UserID] = append(want[c.Address.UserID], fmt.Sprintf("%d/%02d", i, n))
		}
	}
	ctx, cancel := context.WithTimeout(q.ctx, time.Minute) // messages that are lost fail the test instead of stopping it
	defer cancel()
	var mu sync.Mutex
	total := 0
	sent := map[string][]string{}
	errs := together(senders+1, func(n int) error {
		if n == senders { // of each person one after another, some of them to the contact
			for n := range each {
				var out []engine.Outbound
				for i, m := range members {
					o := q.notice(m, fmt.Sprintf("%d/%02d", i, n), time.Duration(n)*time.Second)
					if (i+n)%5 == 0 {
						o.MemberID, o.ContactID = "", contacts[i].ID
					}
					out = append(out, o, o)
				}
				if err := q.InTx(ctx, func(tx engine.Tx) error { return tx.Enqueue(ctx, out...) }); err != nil {
					return err
				}
			}
			return nil
		}
		sender := contacts[n%2*(people-1)].Address.Sender
		for {
			mu.Lock()
			done := total == people*each
			mu.Unlock()
			if done {
				return nil
			}
			claimed, err := q.ClaimOutbound(ctx, q.program.ID, q.a.Channel, sender, engine.LaneInteractive, epoch.Add(time.Hour), 1, 5)
			if err != nil {
				return err
			}
			for _, o := range claimed {
				mu.Lock()
				sent[o.Address.UserID] = append(sent[o.Address.UserID], o.Key)
				total++
				mu.Unlock()
				o.State = engine.OutboundSent
				if err := q.SettleOutbound(ctx, o, ""); err != nil {
					return err
				}
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	equal(t, "sent", sent, want)
}

// testNoticesOfGroup checks that the messages of a group are one row for each program and lane, without those of works that failed.
func testNoticesOfGroup(t *testing.T, url func(testing.TB) string) {
	store := openStore(t, url(t), storage.Options{Sealer: Sealer(t), Groups: 1})
	gate := &Gate{Store: store}
	var queues []queue
	for range 2 {
		s := newShop(t, store)
		queues = append(queues, queue{shop: s, a: s.bot()})
	}
	const works = 10
	errs := make([]error, works)
	var calls []func(context.Context)
	for i := range works {
		q := queues[i%2]
		m, _ := q.guest(fmt.Sprint("user-", i))
		calls = append(calls, func(ctx context.Context) {
			errs[i] = gate.InGroup(ctx, q.work(m, func(tx engine.Tx) error {
				bulk := q.notice(m, fmt.Sprint("bulk-", i), 0)
				bulk.Lane = engine.LaneBulk
				err := tx.Enqueue(ctx, q.notice(m, fmt.Sprint("key-", i), 0))
				if i == 3 {
					return errors.Join(err, errSorry)
				}
				return errors.Join(err, tx.Enqueue(ctx, bulk))
			}))
		})
	}
	_, alone := gate.Together(t.Context(), calls...)
	wantAlone(t, alone)
	for i, err := range errs {
		if errors.Is(err, errSorry) != (i == 3) || err != nil && i != 3 {
			t.Errorf("work %d: %v", i, err)
		}
	}
	equal(t, "rows", queues[0].rows(`SELECT program_id, lane, n FROM notice ORDER BY program_id, lane`), []string{
		queues[0].program.ID + " | bulk | 5", queues[0].program.ID + " | interactive | 5",
		queues[1].program.ID + " | bulk | 4", queues[1].program.ID + " | interactive | 4"})
	var told []string
	for _, q := range queues {
		for user := range q.sent(epoch) {
			told = append(told, strings.TrimPrefix(user, "user-"))
		}
	}
	slices.Sort(told)
	equal(t, "told", told, []string{"0", "1", "2", "4", "5", "6", "7", "8", "9"})
}
