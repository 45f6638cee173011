package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"kartka/storage/storagetest"
)

// An instance that was killed is succeeded at once; one that lives, here or elsewhere, keeps its leases.
func TestLeasesOfDeadProcessesAreReleased(t *testing.T) {
	cons := console{out: testLog{t}, err: testLog{t}, env: func(name string) string {
		return map[string]string{"KARTKA_DATABASE": storagetest.SQLite(t), "KARTKA_LOG_LEVEL": "error"}[name]
	}}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), cons, cfg, true)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	short := exec.Command(os.Args[0], "-test.run", "^$")
	if err := short.Run(); err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	for name, holder := range map[string]string{
		"dead":             fmt.Sprintf("%s/%d/x/1", host, short.Process.Pid),
		"same number":      fmt.Sprintf("%s/%d/earlier/1", host, os.Getpid()),
		"another of ours":  newHolder(),
		"somewhere else":   fmt.Sprintf("other-host/%d/x/1", short.Process.Pid),
		"of another shape": "somebody",
	} {
		if _, ok, err := a.store.AcquireLease(t.Context(), name, holder, time.Now().UTC(), time.Minute); !ok || err != nil {
			t.Fatalf("%s: %v, %v", name, ok, err)
		}
	}
	s := &service{app: a, holder: newHolder()}
	if err := s.releaseDead(t.Context()); err != nil {
		t.Fatal(err)
	}
	held, err := a.store.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(held)), []string{"another of ours", "of another shape", "somewhere else"}; !slices.Equal(got, want) {
		t.Errorf("still held: %q, want %q", got, want)
	}
}
