package outbox_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// fate is what befalls a settlement on its way to the store and back.
type fate struct {
	lands   time.Duration // the store does it after that, whether or not anybody waits for it any more
	answers time.Duration // and its answer takes that long
}

// never is an answer that does not come while anybody waits.
const never = time.Hour

// line is a line to the store on which settlements are late or lost. The first settlement is number 1.
type line struct {
	*mail
	fate func(n int) fate
	n    atomic.Int32
}

func (l *line) SettleOutbound(ctx context.Context, o engine.Outbound, slot string) error {
	f := l.fate(int(l.n.Add(1)))
	done := make(chan error, 1)
	go func() {
		<-time.After(f.lands)
		err := l.mail.SettleOutbound(context.WithoutCancel(ctx), o, slot)
		select {
		case <-time.After(f.answers):
			done <- err
		case <-ctx.Done():
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// atFirst has one fate for the first settlement; the others are done and answered at once.
func atFirst(f fate) func(int) fate {
	return func(n int) fate {
		if n == 1 {
			return f
		}
		return fate{}
	}
}

// told counts how often the hooks were told something.
func (s *scene) told(what string) (n int) {
	for _, h := range s.logs.told() {
		if h == what {
			n++
		}
	}
	return n
}

// A message goes back to the queue and is claimed again before the delivery that put it back is over. It neither stays in sending nor is
// it sent once more, whatever the settlement of the first claim still does.
func TestClaimedAgainBeforeTheDeliveryIsOver(t *testing.T) {
	lines := []struct {
		name   string
		fate   fate
		begins time.Duration // of the second send
	}{
		{"answer late", fate{answers: 4 * time.Second}, 2 * time.Second},
		{"answer lost", fate{answers: never}, 2 * time.Second},
		{"landed after it was repeated", fate{lands: 10 * time.Second}, 7100 * time.Millisecond},
		{"landed and answered late", fate{lands: time.Second, answers: 3500 * time.Millisecond}, 2 * time.Second},
	}
	kinds := []struct {
		name  string
		put   func(m *mail) string
		first bots.Outcome
	}{
		{"reply", func(m *mail) string { return m.say("1", text("hello")) }, bots.RetryAfter},
		{"reply whose answer was lost", func(m *mail) string { return m.say("1", text("hello")) }, bots.Unknown},
		{"marketing", func(m *mail) string { return m.advertise("1", "hello") }, bots.RetryAfter},
	}
	for _, l := range lines {
		for _, k := range kinds {
			t.Run(l.name+"/"+k.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMail()
					p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
						if n == 1 {
							return bots.Receipt{}, &bots.SendError{Outcome: k.first, Code: "code", Wait: 2 * time.Second}
						}
						<-time.After(15 * time.Second) // whatever comes late comes meanwhile
						return bots.Receipt{}, nil
					}}
					m.meet("1")
					id := k.put(m)
					s := open(t, m, &line{mail: m, fate: atFirst(l.fate)}, p, fast)
					s.finish()
					pass(time.Minute)
					s.want(id, "sent")
					wantTexts(t, p, "1:hello", "1:hello")
					if tries := m.row(id).Tries; tries != 2 {
						t.Errorf("claimed %d times, want twice", tries)
					}
					calls := p.made()
					if gap := calls[1].at.Sub(calls[0].at); gap > l.begins {
						t.Errorf("sent again after %v, want %v: nothing waits for an old delivery", gap, l.begins)
					}
					if n := s.told("settled telegram:42 sent"); n != 1 {
						t.Errorf("told %d times that it is sent, want once", n)
					}
					if n := s.logs.count("outcome not recorded"); n != 0 {
						t.Errorf("warned %d times of another holder; there is none", n)
					}
				})
			})
		}
	}
}

// A message that is sent, and recorded so, without the sender hearing of it.
func TestLostAnswerToTheLastSettlement(t *testing.T) {
	for _, f := range []fate{{answers: never}, {lands: 4 * time.Second, answers: never}, {lands: 8 * time.Second}} {
		t.Run(fmt.Sprintf("lands after %v, answered after %v", f.lands, f.answers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := newMail(), &platform{}
				m.meet("1")
				id, next := m.advertise("1", "ad"), m.advertise("1", "next")
				s := open(t, m, &line{mail: m, fate: atFirst(f)}, p, fast)
				s.finish()
				pass(time.Minute)
				s.want(id, "sent")
				s.want(next, "sent")
				wantTexts(t, p, "1:ad", "1:next")
				if got := s.told("settled telegram:42 sent"); got != 2 {
					t.Errorf("told %d times that something is sent, want twice: %q", got, s.logs.told())
				}
				if n := s.logs.count("outcome not recorded"); n != 0 {
					t.Errorf("warned %d times of another holder; there is none", n)
				}
			})
		})
	}
}
