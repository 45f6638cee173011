package main

import (
	"os"
	"testing"
	"time"
)

func TestParseProcStat(t *testing.T) {
	const tail = " S 7 70 70 0 -1 4194560 1 2 3 4 100 20 3 5 20 0 1 0 99 1000 10"
	for _, line := range []string{"42 (postgres)" + tail, "42 (a) (b) 1 2 3)" + tail + "\n"} {
		s, err := parseProcStat(line)
		if err != nil || s.parent != 7 || s.used != 1280*time.Millisecond {
			t.Errorf("%q: %+v, %v", line, s, err)
		}
	}
	for _, line := range []string{"", "42 postgres S 7", "42 (postgres) S 7 70", "42 (postgres) S x 70 70 0 -1 4194560 1 2 3 4 100 20 3 5", "42 (postgres) S 7 70 70 0 -1 4194560 1 2 3 4 a 20 3 5"} {
		if s, err := parseProcStat(line); err == nil {
			t.Errorf("%q is read as %+v", line, s)
		}
	}
}

func TestUsage(t *testing.T) {
	at := func(d time.Duration) *time.Duration { return &d }
	before, after := usage{process: at(1), server: at(10)}, usage{process: at(4), server: at(30)}
	if d := after.since(before); *d.process != 3 || *d.server != 20 || *d.sum() != 23 {
		t.Errorf("%d + %d = %d", *d.process, *d.server, *d.sum())
	}
	if d := after.since(usage{process: at(1)}); *d.process != 3 || d.server != nil || d.sum() != nil {
		t.Errorf("%+v: a server that was not seen cannot be summed", d)
	}
}

func TestMeterWithoutServerHasTheProcessAlone(t *testing.T) {
	if u := (meter{hidden: true}).read(); u.server != nil || u.sum() != nil {
		t.Errorf("hidden server: %+v", u)
	}
	used, ok := processTime()
	if !ok {
		t.Fatal("this system does not tell processor time")
	}
	if u := (meter{}).read(); u.sum() == nil || *u.sum() < used {
		t.Errorf("%+v, before %v", u, used)
	}
}

func TestServerProcessIsNotJustAnyParent(t *testing.T) {
	if pid, ok := serverProcess(os.Getpid(), "kartka_bench_nowhere"); ok {
		t.Errorf("this test runs under PostgreSQL, process %d", pid)
	}
}
