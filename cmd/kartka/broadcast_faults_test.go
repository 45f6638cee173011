package main

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"

	"kartka/bots/sandbox/telegram"
	"kartka/storage/storagetest"
)

// A broadcast to five thousand goes out from two instances while they are killed ten times, their database crashes three times, and the messenger fails
// at random: nobody gets it twice, nobody is forgotten, and of whom it is not known is said so.
func TestBroadcastKilled(t *testing.T) {
	t.Parallel()
	const kills, crashes = 10, 3
	server := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true})
	random, faults := newSeed(t)
	a := newAudience(t, server.URL(), 5000)
	f := a.fail(faults)
	a.tellAll()
	r := a.relay(2)
	for n := range kills + crashes {
		a.after(100+random.IntN(250), true, func() {
			if n%4 == 3 {
				server.Crash()
				server.Start()
				return
			}
			r.sender().kill()
		})
	}
	a.over()
	r.end()
	a.check((kills+crashes)*broadcastAhead + f.doubts())
	f.happened(t)
}

// One instance on a file does the same.
func TestBroadcastKilledOnAFile(t *testing.T) {
	t.Parallel()
	const kills = 5
	random, faults := newSeed(t)
	a := newAudience(t, storagetest.SQLite(t), 1500)
	f := a.fail(faults)
	a.tellAll()
	r := a.relay(1)
	for range kills {
		a.after(100+random.IntN(150), true, func() { r.sender().kill() })
	}
	a.over()
	r.end()
	a.check(kills*broadcastAhead + f.doubts())
	f.happened(t)
}

// Instances that are asked to end finish what they have begun and leave the rest to the next: nobody is in doubt.
func TestBroadcastStopped(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		random, _ := newSeed(t)
		a := newAudience(t, database, 1000)
		a.tellAll()
		r := a.relay(1)
		for range 5 {
			var i *instance
			a.after(60+random.IntN(100), false, func() {
				i = r.sender()
				_ = i.cmd.Process.Signal(syscall.SIGTERM)
			})
			<-i.ended
			if code := i.cmd.ProcessState.ExitCode(); code != exitOK {
				t.Errorf("exit code %d after SIGTERM; the log:\n%s", code, &r.log)
			}
			if n := a.count(`SELECT count(*) FROM delivery WHERE state IN ('sending', 'unknown', 'failed', 'dropped')`); n != 0 {
				t.Errorf("%d are in doubt after SIGTERM", n)
			}
		}
		a.over()
		r.end()
		a.check(0)
	})
}

// An instance that stands still for longer than it may, and goes on when another has taken over, sends nothing any more of what it had in hand.
func TestBroadcastFrozen(t *testing.T) {
	t.Parallel()
	a := newAudience(t, storagetest.Postgres(t), 700)
	a.tellAll()
	r := a.relay(2)
	var frozen *instance
	a.after(150, false, func() {
		frozen = r.sender()
		if err := frozen.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
	})
	a.over()
	if pid, err := a.leads(); err != nil || pid == frozen.cmd.Process.Pid {
		t.Fatalf("%d sends, which stands still: %v", pid, err)
	}
	before := a.crier.calls.Load()
	if err := frozen.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.end() // it settles what it had in hand before it ends
	if n := a.crier.calls.Load() - before; n != 0 {
		t.Errorf("it sent %d messages when it went on", n)
	}
	a.check(broadcastAhead)
}

// failing has the messenger fail at random.
type failing struct {
	*crier
	kinds [6]atomic.Int64
}

// doubts is how many messages were not answered as they should.
func (f *failing) doubts() int { return int(f.lost.Load()) }

// fail makes about one message in fifty go wrong in some way.
func (a *audience) fail(random *rand.Rand) *failing {
	f := &failing{crier: a.crier}
	kinds := [len(f.kinds)]telegram.Fault{
		{Kind: telegram.FaultSlow, DelayMS: 300}, {Kind: telegram.FaultHTML}, {Kind: telegram.FaultError, Status: 500, Description: "Internal Server Error"},
		{Kind: telegram.FaultResetBefore}, {Kind: telegram.FaultResetAfter}, {Kind: telegram.FaultTruncate},
	}
	a.crier.mu.Lock()
	defer a.crier.mu.Unlock()
	due := int64(1 + random.IntN(60))
	next, order := 0, random.Perm(len(kinds)) // each in turn: with chance alone one of them may not come
	a.crier.each = func(n int64) {
		a.crier.mu.Lock()
		kind := -1
		if n >= due {
			kind, due = order[next%len(order)], n+1+random.Int64N(90)
			next++
		}
		a.crier.mu.Unlock()
		if kind < 0 {
			return
		}
		fault := kinds[kind]
		fault.Method = "sendMessage"
		if err := a.driver.Break(a.t.Context(), a.bot.Username, fault); err != nil {
			a.t.Error(err)
			return
		}
		f.kinds[kind].Add(1)
		if fault.Kind != telegram.FaultSlow {
			f.lost.Add(1)
		}
	}
	return f
}

// happened makes sure that each way to fail has been tried.
func (f *failing) happened(t *testing.T) {
	t.Helper()
	var all []string
	for i := range f.kinds {
		n := f.kinds[i].Load()
		if all = append(all, fmt.Sprint(n)); n == 0 {
			t.Errorf("failure %d has not happened", i)
		}
	}
	t.Logf("failures: %v", all)
}
