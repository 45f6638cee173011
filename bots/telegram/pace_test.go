package telegram_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/telegram"
)

// limit is the platform's: a bucket of tokens, as the emulated one has it (StrictFlood).
type limit struct {
	rate, burst, tokens float64
	at                  time.Time
}

func (l *limit) allows(now time.Time) bool {
	l.tokens = min(l.burst, l.tokens+now.Sub(l.at).Seconds()*l.rate)
	l.at = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// A broadcast to a hundred thousand uses at least 98 % of what the platform allows, although timers fire late and guests write meanwhile; hardly
// anything is refused, and answers go at once. All that is sent counts, also what the platform might not count.
func TestPaceUsesWhatIsAllowed(t *testing.T) {
	for _, tt := range []struct {
		paid    bool
		allowed float64
		lasts   time.Duration
	}{{false, 30, 55 * time.Minute}, {true, 1000, 100 * time.Second}} {
		t.Run(fmt.Sprintf("paid %t", tt.paid), func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, 7))
			start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
			platform := &limit{rate: tt.allowed, burst: tt.allowed, tokens: tt.allowed, at: start}
			p := bots.NewPacer(telegram.Pace(tt.paid, nil), bots.PacerState{})
			sent, refused, people := 0, 0, 0
			var waits []time.Duration
			send := func(now time.Time, lane bots.Lane) time.Duration {
				people++
				wait := p.Take(now, lane, fmt.Sprint(people%50_000))
				if wait > 0 {
					return wait
				}
				if !platform.allows(now) {
					refused++
					p.Throttled(now, "", time.Second, true)
				}
				sent++
				return 0
			}
			bulk, guest := start, start
			asked := guest // when the guest wrote who is answered next
			for end := start.Add(tt.lasts); ; {
				if now := guest; !now.After(bulk) {
					if wait := send(now, bots.LaneInteractive); wait > 0 {
						guest = now.Add(wait)
						continue
					}
					waits = append(waits, now.Sub(asked))
					asked = asked.Add(time.Duration(random.ExpFloat64() * float64(time.Second) / 3)) // three a second write
					guest = asked
					continue
				}
				if !bulk.Before(end) {
					break
				}
				if wait := send(bulk, bots.LaneBulk); wait > 0 {
					bulk = bulk.Add(wait + time.Duration(random.Int64N(int64(2*time.Millisecond))))
				}
			}
			slices.Sort(waits)
			used := float64(sent) / tt.lasts.Seconds() / tt.allowed
			p99 := waits[len(waits)*99/100]
			t.Logf("%d sent, %.2f %% of what is allowed, %d refused, answers wait %v at the 99th percentile of %d", sent, 100*used, refused, p99, len(waits))
			if used < 0.98 || float64(refused) >= 0.001*float64(sent) || p99 > 300*time.Millisecond {
				t.Errorf("%.2f %% of what is allowed, %d of %d refused, answers wait %v", 100*used, refused, sent, p99)
			}
		})
	}
}
