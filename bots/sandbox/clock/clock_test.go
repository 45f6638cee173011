package clock_test

import (
	"testing"
	"time"

	"kartka/bots/sandbox/clock"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestManualFiresOnlyWhatIsDue(t *testing.T) {
	m := clock.NewManual(start)
	fired := make(chan string, 3)
	m.AfterFunc(time.Second, func() { fired <- "one" })
	m.AfterFunc(2*time.Second, func() { fired <- "two" })

	m.Advance(1500 * time.Millisecond)
	if got := <-fired; got != "one" {
		t.Fatalf("fired %q, want one", got)
	}
	if left := m.Pending(); len(left) != 1 || left[0] != 500*time.Millisecond {
		t.Fatalf("pending %v, want [500ms]", left)
	}
	m.Advance(time.Hour)
	if got := <-fired; got != "two" {
		t.Fatalf("fired %q, want two", got)
	}
	if got := m.Now(); !got.Equal(start.Add(time.Hour + 1500*time.Millisecond)) {
		t.Fatalf("now is %v", got)
	}
}

func TestManualStop(t *testing.T) {
	m := clock.NewManual(start)
	timer := m.AfterFunc(time.Second, func() { t.Error("a stopped timer fired") })
	if !timer.Stop() {
		t.Error("stopping an armed timer must report true")
	}
	if timer.Stop() {
		t.Error("stopping it twice must report false")
	}
	m.Advance(time.Minute)
	if left := m.Pending(); len(left) != 0 {
		t.Errorf("pending %v after stop", left)
	}
}

func TestManualZeroDelayFiresAtOnce(t *testing.T) {
	m := clock.NewManual(start)
	fired := make(chan struct{})
	m.AfterFunc(0, func() { close(fired) })
	<-fired
}

func TestManualChanged(t *testing.T) {
	m := clock.NewManual(start)
	changed := m.Changed()
	go m.AfterFunc(time.Second, func() {})
	<-changed
	if len(m.Pending()) != 1 {
		t.Fatal("the change was announced before the timer was armed")
	}
}
