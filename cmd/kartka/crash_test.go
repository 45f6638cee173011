package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"kartka/storage/storagetest"
)

// Two thousand updates come in, repeated and out of order, while the process is killed again and again at random points: nothing is
// lost, nothing happens twice, and everybody is answered.
func TestKilledAtRandomPoints(t *testing.T) {
	eachDatabase(t, func(t *testing.T, database string) {
		script, faults := newSeed(t)
		w, saboteur := newSabotaged(t, faults)
		s := newStorm(newStage(w, database, 8, 40), script)
		k := &keeper{stage: s.stage, saboteur: saboteur, cut: (*instance).kill}
		k.start()
		s.play(2000)
		k.rest()
		s.calm()
		k.end()
		k.log.noPanics(t)
		if k.cuts < 8 {
			t.Errorf("only %d kills", k.cuts)
		}
		s.check(k.cuts)
	})
}

// The database crashes under load. Deliveries are not acknowledged meanwhile, the instance says that it is not ready, and it
// recovers by itself: everything comes in again and happens once.
func TestDatabaseCrashesUnderLoad(t *testing.T) {
	script, faults := newSeed(t)
	server := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true})
	w, saboteur := newSabotaged(t, faults)
	s := newStorm(newStage(w, server.URL(), 6, 20), script)
	s.hooks(true)
	var log logBook
	i := s.instance(&log)
	const crashes = 2
	for n := 1; n <= crashes; n++ {
		s.play(200 * n)
		now := make(chan struct{})
		saboteur.arm(5, 40, func() { close(now) })
		s.strike = func() {
			select {
			case <-now:
			case <-time.After(patience):
				t.Fatal("the storm is too weak")
			}
			server.Crash()
			if status, body := get(t, s.base()+"/readyz"); status != http.StatusServiceUnavailable {
				t.Errorf("/readyz without a database: %d %s", status, body)
			}
			if status, _ := get(t, s.base()+"/healthz"); status != http.StatusOK {
				t.Errorf("/healthz without a database: %d", status)
			}
			server.Start()
		}
	}
	s.play(200 * (crashes + 1))
	s.calm()
	if status, body := get(t, s.base()+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz after the crashes: %d %s", status, body)
	}
	s.stop(i)
	s.check(crashes)
}

// keeper starts an instance whenever there is none, and has it cut off some time later.
type keeper struct {
	*stage
	saboteur *saboteur
	cut      func(*instance)
	// between, when set, looks around while no instance runs.
	between func(ended *instance) error
	log     logBook

	mu      sync.Mutex
	running *instance
	cuts    int
	resting bool          // nobody is cut off any more
	closed  bool          // nobody is started any more
	done    chan struct{} // closed when nobody is kept any more
}

func (k *keeper) start() {
	k.done = make(chan struct{})
	go k.keep()
	k.t.Cleanup(func() {
		k.mu.Lock()
		k.closed = true
		if k.running != nil {
			_ = k.running.cmd.Process.Kill()
		}
		k.mu.Unlock()
		<-k.done
	})
}

func (k *keeper) keep() {
	defer close(k.done)
	for i := k.next(); i != nil; i = k.next() {
		<-i.ended
		if k.between == nil {
			continue
		}
		if err := k.between(i); err != nil {
			k.t.Error(err)
		}
	}
}

// next starts an instance: mostly the messenger delivers to it, at times it polls.
func (k *keeper) next() *instance {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	if k.running != nil {
		k.cuts++
		if k.running.cmd.ProcessState.ExitCode() > 0 {
			k.t.Errorf("an instance failed; the log:\n%s", &k.log)
			return nil
		}
	}
	k.hooks(k.cuts%4 != 3)
	i, err := launch(k.env, &k.log)
	if err != nil {
		k.t.Errorf("start instance: %v", err)
		return nil
	}
	k.running = i
	if !k.resting {
		k.saboteur.arm(20, 600, func() { k.cut(i) })
	}
	return i
}

// rest has nobody cut off any more.
func (k *keeper) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.resting = true
	k.saboteur.disarm()
}

// end stops the last instance gracefully.
func (k *keeper) end() {
	k.t.Helper()
	k.mu.Lock()
	i := k.running
	k.closed = true
	k.mu.Unlock()
	if i != nil {
		k.stop(i)
	}
	<-k.done
}
