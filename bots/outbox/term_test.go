package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// process is what one process sees of the mail: its line to the database can be cut.
type process struct {
	*mail
	cut atomic.Bool
}

func (p *process) AcquireLease(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (int64, bool, error) {
	if p.cut.Load() {
		return 0, false, errDown
	}
	return p.mail.AcquireLease(ctx, name, holder, now, ttl)
}

func (p *process) ReleaseLease(ctx context.Context, name, holder string) error {
	if p.cut.Load() {
		return errDown
	}
	return p.mail.ReleaseLease(ctx, name, holder)
}

// slow answers each call after d, or is cancelled.
func slow(d time.Duration) *platform {
	return &platform{answer: func(ctx context.Context, _ int, _ bots.Delivery) (bots.Receipt, error) {
		select {
		case <-time.After(d):
			return bots.Receipt{}, nil
		case <-ctx.Done():
			return bots.Receipt{}, &bots.SendError{Outcome: bots.Unknown, Err: ctx.Err()}
		}
	}}
}

// fill queues n rows, replies and marketing in turn, to as many people.
func fill(m *mail, n int) {
	for i := range n {
		user := fmt.Sprint(i)
		m.meet(user)
		if i%2 == 0 {
			m.say(user, text("reply"))
		} else {
			m.advertise(user, "ad")
		}
	}
}

func TestOneHolderSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, first, second := newMail(), &platform{}, &platform{}
		a := open(t, m, m, first, fast)
		synctest.Wait()
		open(t, m, m, second, fast)
		fill(m, 40)
		a.finish()
		pass(time.Minute) // the lease is renewed
		m.say("1", text("later"))
		a.finish()
		if len(first.made()) != 41 || len(second.made()) != 0 {
			t.Errorf("the holder made %d calls and the other %d, want 41 and 0", len(first.made()), len(second.made()))
		}
	})
}

func TestDrain(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 0))
				m, p := newMail(), slow(2*time.Second)
				pace := fast
				pace.Bulk, pace.BulkCap = 5, 5 // some wait for the pacer when the end comes
				s := open(t, m, m, p, pace)
				fill(m, 200)
				s.wake()
				pass(time.Duration(r.IntN(5000)) * time.Millisecond)
				asked, calls := time.Now(), len(p.made())
				ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
				defer cancel()
				if err := s.box.Drain(ctx); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(asked); took > 2*time.Second {
					t.Errorf("drained in %v, want at most one send's time", took)
				}
				if m.lastClaim().After(asked) {
					t.Errorf("claimed %v after the drain began", m.lastClaim().Sub(asked))
				}
				if got := len(p.made()) - calls; got != 0 {
					t.Errorf("%d sends were begun after the drain", got)
				}
				if n := m.count(engine.OutboundSending) + m.count(engine.OutboundUnknown); n != 0 {
					t.Errorf("%d messages are left in the dark", n)
				}
				if sent := m.count(engine.OutboundSent); sent != len(p.made()) {
					t.Errorf("%d recorded as sent, %d were", sent, len(p.made()))
				}
				next := &platform{}
				open(t, m, m, next, fast).finish()
				if got := len(p.made()) + len(next.made()); got != 200 {
					t.Errorf("200 messages became %d calls", got)
				}
			})
		})
	}
}

// tardy answers claims late.
type tardy struct{ *mail }

func (d tardy) ClaimOutbound(ctx context.Context, programID, channel, sender string, lane engine.Lane, now time.Time, fence int64, limit int) ([]engine.Outbound, error) {
	<-time.After(time.Second)
	return d.mail.ClaimOutbound(ctx, programID, channel, sender, lane, now, fence, limit)
}

func TestDrainDuringClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), &platform{}
		fill(m, 40)
		s := open(t, m, tardy{m}, p, fast)
		pass(time.Second / 2)
		if err := s.box.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, p)
		if got := m.count(engine.OutboundQueued); got != 40 {
			t.Errorf("%d messages are back in the queue, want 40", got)
		}
	})
}

func TestDrainBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), &platform{}
		fill(m, 2)
		s := open(t, m, m, p, fast)
		if err := s.box.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		wantTexts(t, p)
	})
}

// A process that ends between claim and settlement: replies are sent again once, marketing is unknown and stays so.
func TestCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), slow(time.Hour)
		s := open(t, m, m, p, fast)
		fill(m, 60)
		s.wake()
		inFlight := len(p.made())
		if inFlight != 16+8 {
			t.Fatalf("%d are under way, want 24", inFlight)
		}
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.box.Drain(dead); !errors.Is(err, context.Canceled) {
			t.Errorf("Drain without time answers %v", err)
		}
		synctest.Wait()
		if got := m.count(engine.OutboundSending); got != inFlight {
			t.Errorf("%d rows stay in sending, want %d", got, inFlight)
		}
		next := &platform{}
		heir := open(t, m, m, next, fast)
		heir.finish()
		calls := map[string]int{}
		for _, c := range append(p.made(), next.made()...) {
			calls[c.To.UserID]++
		}
		for i := range 60 {
			user, want := fmt.Sprint(i), 1
			if i%2 == 0 && slices.ContainsFunc(p.made(), func(c call) bool { return c.To.UserID == user }) {
				want = 2 // a reply that may have been delivered
			}
			if calls[user] != want {
				t.Errorf("person %d got %d calls, want %d", i, calls[user], want)
			}
		}
		if unknown, sent := m.count(engine.OutboundUnknown), m.count(engine.OutboundSent); unknown != 8 || sent != 52 {
			t.Errorf("%d unknown and %d sent, want 8 and 52", unknown, sent)
		}
		if got := heir.logs.count("outbox recovered"); got != 1 {
			t.Errorf("recovery was logged %d times", got)
		}
	})
}

// What a lost sender may have delivered is sent once more; when that answer is lost too, it is not sent again.
func TestRecoveredReplyIsNotSentAThirdTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), slow(time.Hour)
		s := open(t, m, m, p, fast)
		m.meet("1")
		id := m.say("1", text("hello"))
		s.wake()
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		_ = s.box.Drain(dead)
		next := &platform{answer: func(context.Context, int, bots.Delivery) (bots.Receipt, error) {
			return bots.Receipt{}, fail(bots.Unknown)
		}}
		heir := open(t, m, m, next, fast)
		heir.finish()
		heir.want(id, "unknown: answer lost: code")
		if got := len(p.made()) + len(next.made()); got != 2 {
			t.Errorf("%d calls, want 2", got)
		}
	})
}

// A holder that is cut off from the database while it sends, replaced, and comes back: it must change nothing any more.
func TestZombie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMail()
		p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
			<-time.After(40 * time.Second) // longer than any context allows: the process was stopped, say
			return bots.Receipt{Ref: fmt.Sprintf("zombie %d", n)}, nil
		}}
		line := &process{mail: m}
		s := open(t, m, line, p, fast)
		for _, user := range []string{"1", "2", "3"} {
			m.meet(user)
		}
		reply, other := m.say("1", bots.Message{Slot: bots.SlotScreen, Text: "reply"}), m.say("3", text("other"))
		ad := m.advertise("2", "ad")
		m.meet("4")
		three := m.tell("4", noticeThree)
		s.wake()
		line.cut.Store(true)
		pass(6 * time.Second) // a renewal fails
		late := m.say("2", text("late"))
		s.wake()
		s.want(late, "queued")

		heirs := &platform{}
		heir := open(t, m, m, heirs, fast)
		pass(10 * time.Second)
		heir.want(late, "sent")
		heir.want(reply, "sent")
		heir.want(ad, "unknown: sender_lost")
		if got := slices.Sorted(slices.Values(heirs.texts())); !slices.Equal(got, []string{"1:reply", "2:late", "3:other", "4:1", "4:2", "4:3 for c4"}) {
			t.Errorf("the heir sent %q", got)
		}
		ref := m.slot("1", bots.SlotScreen)
		line.cut.Store(false)
		pass(time.Minute)
		if m.conflicts() != 4 || s.logs.count("outcome not recorded") != 1 {
			t.Errorf("%d settlements refused, logged %d times, want 4 and once", m.conflicts(), s.logs.count("outcome not recorded"))
		}
		heir.want(ad, "unknown: sender_lost")
		heir.want(other, "sent")
		heir.want(three, "sent")
		if got := m.slot("1", bots.SlotScreen); got != ref || strings.HasPrefix(got, "zombie") {
			t.Errorf("the zombie's reference %q replaced %q", got, ref)
		}
		if len(p.made()) != 4 {
			t.Errorf("the zombie made %d calls, want 4", len(p.made()))
		}
	})
}

// A database that is away while messages are being sent: their outcomes are recorded when it is back, nothing is sent twice.
func TestDatabaseOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), slow(3*time.Second)
		s := open(t, m, m, p, fast)
		fill(m, 40)
		s.wake()
		pass(time.Second)
		m.fail(errDown)
		pass(20 * time.Second)
		m.fail(nil)
		s.finish()
		if len(p.made()) != 40 || m.count(engine.OutboundSent) != 40 {
			t.Errorf("40 messages became %d calls and %d recorded as sent", len(p.made()), m.count(engine.OutboundSent))
		}
	})
}

// lossy loses the answer of a claim.
type lossy struct {
	*mail
	lose atomic.Int32
}

func (l *lossy) ClaimOutbound(ctx context.Context, programID, channel, sender string, lane engine.Lane, now time.Time, fence int64, limit int) ([]engine.Outbound, error) {
	rows, err := l.mail.ClaimOutbound(ctx, programID, channel, sender, lane, now, fence, limit)
	if len(rows) > 0 && l.lose.Add(-1) == 0 {
		return nil, errDown
	}
	return rows, err
}

func TestLostClaimIsRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), &platform{}
		line := &lossy{mail: m}
		line.lose.Store(1)
		s := open(t, m, line, p, fast)
		m.meet("1")
		first, second := m.say("1", text("first")), m.say("1", text("second"))
		s.wake()
		s.want(first, "sending")
		pass(2 * time.Second)
		s.want(first, "sent")
		s.want(second, "sent")
		wantTexts(t, p, "1:first", "1:second")
	})
}

func TestPersonThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMail(), &platform{}
		line := &unreadable{mail: m, user: "1"}
		s := open(t, m, line, p, fast)
		m.meet("1")
		m.meet("2")
		id, other := m.say("1", text("hello")), m.say("2", text("hello"))
		s.wake()
		s.want(other, "sent")
		s.want(id, "queued")
		s.finish()
		s.want(id, "failed: internal")
	})
}

// unreadable fails to read one person.
type unreadable struct {
	*mail
	user string
}

func (u *unreadable) Person(ctx context.Context, programID string, a engine.Address, at time.Time) (engine.Person, error) {
	if a.UserID == u.user {
		return engine.Person{}, errors.New("cannot be unsealed")
	}
	return u.mail.Person(ctx, programID, a, at)
}

func TestPaceIsHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMail()
		p := &platform{answer: func(context.Context, int, bots.Delivery) (bots.Receipt, error) {
			return bots.Receipt{}, &bots.SendError{Outcome: bots.RetryAfter, Wait: 10 * time.Minute, WholeBot: true}
		}}
		s := open(t, m, m, p, fast)
		fill(m, 2)
		s.wake()
		if err := s.box.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.meet("9")
		ad := m.advertise("9", "ad")
		next := open(t, m, m, &platform{}, fast)
		pass(9 * time.Minute)
		next.want(ad, "queued")
		pass(2 * time.Minute)
		next.want(ad, "sent")
	})
}

// Whatever the platform answers, every message comes to an end, in order, nothing is sent again that is known to be delivered, and
// marketing is called at most once unless the platform said that nothing was delivered.
func TestAnyOutcome(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMail()
				anyOutcome(t, rand.New(rand.NewPCG(seed, 1)), m, m)
			})
		})
	}
}

// The same when settlements arrive late, or their answers do, or never, in any order.
func TestAnyOutcomeOnABadLine(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 2))
				var fates []fate
				for range 5000 {
					var f fate
					if r.IntN(3) == 0 {
						f.lands = time.Duration(r.IntN(8000)) * time.Millisecond
					}
					if r.IntN(3) == 0 {
						f.answers = time.Duration(r.IntN(8000)) * time.Millisecond
					}
					fates = append(fates, f)
				}
				m := newMail()
				anyOutcome(t, r, m, &line{mail: m, fate: func(n int) fate { return fates[n%len(fates)] }})
			})
		})
	}
}

func anyOutcome(t *testing.T, r *rand.Rand, m *mail, through store) {
	outcomes := []bots.Outcome{bots.RetryAfter, bots.RetryAfter, bots.OptedOut, bots.WindowClosed, bots.Invalid, bots.Unknown, bots.Unknown, bots.Unauthorized, bots.Blocked}
	var plan []int
	for range 2000 {
		plan = append(plan, r.IntN(3*len(outcomes)))
	}
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		<-time.After(time.Duration(plan[n]) * 50 * time.Millisecond)
		if plan[n] >= len(outcomes) {
			return bots.Receipt{}, nil
		}
		return bots.Receipt{}, &bots.SendError{Outcome: outcomes[plan[n]], Wait: time.Duration(n%4) * time.Second, WholeBot: n%2 == 0}
	}}
	pace := bots.Pace{Reserve: 5, Bulk: 10, BulkCap: 20, Chat: 1, ChatRun: 3, Group: 1, GroupRun: 1}
	s := open(t, m, through, p, pace)
	ids := map[string]string{} // by what a message says
	for i := range 120 {
		user := fmt.Sprint(r.IntN(8))
		if m.people[address(user)] == nil {
			m.meet(user)
		}
		switch r.IntN(4) {
		case 0:
			said := fmt.Sprintf("ad %03d", i)
			ids[said] = m.advertise(user, said)
		case 1:
			m.tell(user, noticeThree)
		default:
			said := fmt.Sprintf("say %03d", i)
			ids[said] = m.say(user, text(said))
		}
	}
	s.finish()
	pass(time.Minute) // what is late arrives
	if n := m.count(engine.OutboundQueued) + m.count(engine.OutboundSending); n != 0 {
		t.Errorf("%d messages are on their way again", n)
	}
	if p.clash {
		t.Error("two messages were sent to one chat at once")
	}
	last, tries, outcome := map[string]string{}, map[string]int{}, map[string]bots.Outcome{}
	for _, c := range p.made() {
		said := string(c.Message.Text)
		kind, _, numbered := strings.Cut(said, " ")
		if !numbered || kind == "3" {
			continue // a notice
		}
		if lane := c.To.UserID + kind; said < last[lane] {
			t.Errorf("chat %s got %q after %q", c.To.UserID, said, last[lane])
		} else {
			last[lane] = said
		}
		if outcome[said] == bots.Sent {
			t.Errorf("%q was sent again though it is known to be delivered", said)
		}
		var failure *bots.SendError
		if !errors.As(c.err, &failure) {
			failure = &bots.SendError{Outcome: bots.Sent}
		}
		outcome[said] = failure.Outcome
		if failure.Outcome == bots.Sent || failure.Outcome == bots.Unknown {
			tries[said]++
		}
	}
	for said, id := range ids {
		state := m.row(id).State
		if (state == engine.OutboundSent) != (outcome[said] == bots.Sent) {
			t.Errorf("%q is recorded as %s, the last answer to it was %q", said, state, outcome[said])
		}
		if state == engine.OutboundUnknown && outcome[said] != bots.Unknown {
			t.Errorf("%q is recorded as unknown, the last answer to it was %q", said, outcome[said])
		}
	}
	for said, n := range tries {
		if strings.HasPrefix(said, "ad") && n > 1 || n > 2 {
			t.Errorf("%q may have been delivered %d times", said, n)
		}
	}
}
