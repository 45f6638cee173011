package main

import (
	"strings"
	"testing"
	"time"
)

func TestGaugeWithoutATerminal(t *testing.T) {
	var out strings.Builder
	g := newGauge(console{err: &out}, "counting", 12_000)
	clock := g.last
	g.now = func() time.Time { return clock }
	g.add(1000)
	clock = clock.Add(gaugeEvery)
	g.add(1500)
	g.set(3000)
	clock = clock.Add(gaugeEvery)
	g.set(11_000)
	g.finish()
	if want := "counting: 2,500 of 12,000\ncounting: 11,000 of 12,000\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}
