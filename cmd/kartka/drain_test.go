package main

import (
	"fmt"
	"syscall"
	"testing"
)

// An instance that is asked to end under load finishes what it has begun and leaves the rest to the next: nothing is in doubt and
// nobody is told anything twice.
func TestStoppedUnderLoad(t *testing.T) {
	eachDatabase(t, func(t *testing.T, database string) {
		script, faults := newSeed(t)
		w, saboteur := newSabotaged(t, faults)
		saboteur.gentle = true
		s := newStorm(newStage(w, database, 6, 20), script)
		k := &keeper{stage: s.stage, saboteur: saboteur, cut: func(i *instance) { _ = i.cmd.Process.Signal(syscall.SIGTERM) }}
		k.between = func(i *instance) error {
			if code := i.cmd.ProcessState.ExitCode(); code != exitOK {
				return fmt.Errorf("exit code %d after SIGTERM; the log:\n%s", code, &k.log)
			}
			n, err := k.ask(`SELECT count(*) FROM outbox WHERE state IN ('sending', 'unknown', 'failed')`)
			if err == nil && n > 0 {
				err = fmt.Errorf("%d messages are in doubt after SIGTERM", n)
			}
			return err
		}
		k.start()
		s.play(500)
		k.rest()
		s.calm()
		k.end()
		k.log.noPanics(t)
		if k.cuts < 2 {
			t.Errorf("only %d were stopped", k.cuts)
		}
		s.check(0)
	})
}
