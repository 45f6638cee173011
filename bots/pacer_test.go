package bots_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/bots"

	"pgregory.net/rapid"
)

func testPace() bots.Pace {
	return bots.Pace{
		Reserve: 5, Bulk: 25, BulkCap: 28, Chat: 1, ChatRun: 3, Group: 20.0 / 60, GroupRun: 1,
		IsGroup: func(chat string) bool { return strings.HasPrefix(chat, "-") },
	}
}

var pacerStart = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// sends runs a sender that always has something to send, waking up late by up to late, and returns when it sent.
func sends(t *rapid.T, p *bots.Pacer, lane bots.Lane, chat func(i int) string, from time.Time, d, late time.Duration) []time.Time {
	var sent []time.Time
	for now := from; now.Before(from.Add(d)); {
		wait := p.Take(now, lane, chat(len(sent)))
		if wait == 0 {
			sent = append(sent, now)
			continue
		}
		now = now.Add(wait)
		if late > 0 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(late)).Draw(t, "late")))
		}
	}
	return sent
}

// most is the largest number of sends in any window of length w.
func most(sent []time.Time, w time.Duration) int {
	best, from := 0, 0
	for i, at := range sent {
		for at.Sub(sent[from]) >= w {
			from++
		}
		best = max(best, i-from+1)
	}
	return best
}

// TestPacerBulkRate: a saturated bulk lane never exceeds its rate and uses at least 98 % of it, although timers
// fire late; an hour without a pause takes it to the cap and no further.
func TestPacerBulkRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pace := testPace()
		if rapid.Bool().Draw(t, "paid") {
			pace.Bulk, pace.BulkCap = 900, 950
		}
		late := time.Duration(rapid.Int64Range(0, int64(40*time.Millisecond)).Draw(t, "timer"))
		p := bots.NewPacer(pace, bots.PacerState{})
		const spell = 20 * time.Second // before the first increase
		sent := sends(t, p, bots.LaneBulk, func(i int) string { return fmt.Sprint(i) }, pacerStart, spell, late)
		want := pace.Bulk * spell.Seconds()
		burst := max(3, pace.Bulk/10)
		if n := float64(len(sent)); n > want+burst || n < 0.98*want {
			t.Fatalf("%v sends in %v, want about %v", n, spell, want)
		}
		for _, w := range []time.Duration{time.Second, 5 * time.Second} {
			if n := float64(most(sent, w)); n > pace.Bulk*w.Seconds()+burst {
				t.Fatalf("%v sends within %v at %v/s", n, w, pace.Bulk)
			}
		}
	})
}

func TestPacerGrowsToItsCap(t *testing.T) {
	p := bots.NewPacer(testPace(), bots.PacerState{})
	p.Sent(pacerStart, bots.LaneBulk, "1")
	for _, tt := range []struct {
		after time.Duration
		want  float64
	}{{29 * time.Second, 25}, {30 * time.Second, 26}, {89 * time.Second, 27}, {time.Hour, 28}} {
		p.Next(pacerStart.Add(tt.after), bots.LaneBulk, "1")
		if got := p.State().BulkRate; got != tt.want {
			t.Errorf("after %v: %v/s, want %v/s", tt.after, got, tt.want)
		}
	}
}

// A lane with a high cap is as soon back at it after a pause as a slow one, and soon there from what was kept before it
// was raised.
func TestPacerFastLaneRecovers(t *testing.T) {
	pace := testPace()
	pace.Bulk, pace.BulkCap = 500, 900
	p := bots.NewPacer(pace, bots.PacerState{BulkRate: 28})
	p.Sent(pacerStart, bots.LaneBulk, "1")
	for _, tt := range []struct {
		after time.Duration
		want  float64
	}{{29 * time.Second, 28}, {30 * time.Second, 58}, {5 * time.Minute, 328}, {time.Hour, 900}} {
		p.Next(pacerStart.Add(tt.after), bots.LaneBulk, "1")
		if got := p.State().BulkRate; got != tt.want {
			t.Errorf("after %v: %v/s, want %v/s", tt.after, got, tt.want)
		}
	}
}

func TestPacerChats(t *testing.T) {
	t.Run("person", func(t *testing.T) {
		p := bots.NewPacer(testPace(), bots.PacerState{})
		var waits []time.Duration
		for range 4 {
			waits = append(waits, p.Take(pacerStart, bots.LaneInteractive, "42"))
		}
		if fmt.Sprint(waits) != "[0s 0s 0s 1s]" {
			t.Errorf("waits %v: three in a row, then one a second", waits)
		}
		if wait := p.Take(pacerStart, bots.LaneInteractive, "43"); wait != 0 {
			t.Errorf("another person waits %v", wait)
		}
	})
	t.Run("group", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			p := bots.NewPacer(testPace(), bots.PacerState{})
			sent := sends(t, p, bots.LaneInteractive, func(int) string { return "-100" }, pacerStart, 5*time.Minute, 0)
			if n := most(sent, time.Minute); n != 20 {
				t.Fatalf("%d in a minute, want 20", n)
			}
		})
	})
}

// TestPacerLanes: a saturated broadcast leaves the reserve for answers, and answers may use what bulk does not. Together they keep to the bulk lane's rate.
func TestPacerLanes(t *testing.T) {
	const seconds = 20 // before the first increase
	count := func(broadcast bool) (answers, all int) {
		p := bots.NewPacer(testPace(), bots.PacerState{})
		for ms := range seconds * 1000 {
			now := pacerStart.Add(time.Duration(ms) * time.Millisecond)
			for broadcast && p.Take(now, bots.LaneBulk, fmt.Sprint(all)) == 0 { // first, whenever it may
				all++
			}
			for p.Take(now, bots.LaneInteractive, fmt.Sprint("p", all)) == 0 {
				answers, all = answers+1, all+1
			}
		}
		return answers, all
	}
	if answers, _ := count(true); answers < 5*seconds {
		t.Errorf("%d answers in %d s beside a broadcast that is always first", answers, seconds)
	}
	for _, broadcast := range []bool{false, true} {
		if _, all := count(broadcast); all < 25*seconds || all > 25*seconds+30 { // what may go at once, and a second of the reserve
			t.Errorf("%d messages in %d s, broadcast %t", all, seconds, broadcast)
		}
	}
}

func TestPacerThrottled(t *testing.T) {
	now := pacerStart
	p := bots.NewPacer(testPace(), bots.PacerState{})
	p.Sent(now, bots.LaneBulk, "1")
	for range 4 { // four messages under way hit the same pause
		p.Throttled(now, "1", 7*time.Second, true)
	}
	if got := p.State(); got.BulkRate != 25*0.7 || !got.ClosedUntil.Equal(now.Add(7*time.Second)) {
		t.Errorf("state %+v", got)
	}
	if wait := p.Next(now, bots.LaneBulk, "2"); wait != 7*time.Second {
		t.Errorf("bulk waits %v", wait)
	}
	if wait := p.Next(now, bots.LaneInteractive, "1"); wait != 7*time.Second {
		t.Errorf("the chat itself waits %v", wait)
	}
	if wait := p.Next(now, bots.LaneInteractive, "2"); wait != 0 {
		t.Errorf("an answer elsewhere waits %v", wait)
	}

	restarted := bots.NewPacer(testPace(), p.State())
	if wait := restarted.Next(now.Add(time.Second), bots.LaneBulk, "2"); wait != 6*time.Second {
		t.Errorf("after a restart bulk waits %v", wait)
	}

	now = now.Add(7 * time.Second)
	if wait := p.Take(now, bots.LaneBulk, "2"); wait != 0 {
		t.Errorf("after the pause bulk waits %v", wait)
	}
	p.Throttled(now, "2", time.Second, false)
	if got := p.State().BulkRate; got != 17.5 {
		t.Errorf("a chat's own pause slowed the bot to %v", got)
	}
	if wait := p.Next(now, bots.LaneBulk, "3"); wait != 0 {
		t.Errorf("a chat's own pause stops others for %v", wait)
	}
	now = now.Add(30 * time.Second)
	p.Next(now, bots.LaneBulk, "3")
	if got := p.State().BulkRate; got != 18.5 {
		t.Errorf("after 30 clean seconds %v/s, want 18.5/s", got)
	}
}

func TestPacerVaguePauses(t *testing.T) {
	now := pacerStart
	p := bots.NewPacer(testPace(), bots.PacerState{})
	var waits []time.Duration
	for range 5 {
		p.Throttled(now, "", 0, true)
		wait := p.Next(now, bots.LaneBulk, "1")
		waits = append(waits, wait)
		now = now.Add(wait)
	}
	if fmt.Sprint(waits) != "[1s 2s 4s 5s 5s]" {
		t.Errorf("waits %v", waits)
	}
	pace := testPace()
	pace.Jitter = func() float64 { return 0.5 }
	p = bots.NewPacer(pace, bots.PacerState{})
	p.Throttled(now, "", 10*time.Second, true)
	if wait := p.Next(now, bots.LaneBulk, "1"); wait != 10500*time.Millisecond {
		t.Errorf("with jitter %v", wait)
	}
}

// TestPacerObeysPauses: whatever happens, nothing goes to the bulk lane or the chat inside a pause.
func TestPacerObeysPauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := bots.NewPacer(testPace(), bots.PacerState{})
		now, closed := pacerStart, time.Time{}
		for range 300 {
			chat := fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "chat"))
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "pass")))
			if rapid.IntRange(0, 20).Draw(t, "pause") == 0 {
				d := time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second
				p.Throttled(now, chat, d, true)
				if until := now.Add(d); until.After(closed) {
					closed = until
				}
			}
			if p.Take(now, bots.LaneBulk, chat) == 0 && now.Before(closed) {
				t.Fatal("sent inside a pause")
			}
			if rate := p.State().BulkRate; rate < 1 || rate > 28 {
				t.Fatalf("rate %v", rate)
			}
		}
	})
}

func TestLaneOf(t *testing.T) {
	for purpose, want := range map[bots.Purpose]bots.Lane{
		"": bots.LaneInteractive, bots.PurposeReply: bots.LaneInteractive,
		bots.PurposeService: bots.LaneInteractive, bots.PurposeMarketing: bots.LaneBulk,
	} {
		if got := bots.LaneOf(purpose); got != want {
			t.Errorf("LaneOf(%q) = %v", purpose, got)
		}
	}
}
