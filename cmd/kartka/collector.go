package main

import (
	"runtime"
	"runtime/debug"
	gauges "runtime/metrics"
	"time"
)

// A shop is at rest most of the day, and then little memory matters; in the rush processor time does. The garbage collector is
// told so: at rest it collects as soon as the heap has grown by half, and while collections follow each other closely the heap may
// grow up to five times before the next one.
const (
	gcAtRest = 50
	gcInRush = 400

	gcClose = 200 * time.Millisecond // from one collection to the next: more of them are made than a shop at rest needs
	gcApart = 2 * time.Second        // the rush is over

	gcHeap = 256 << 20 // bytes: what is in use does not grow beyond this because of a rush
)

// collector sets how often garbage is collected, after each collection.
type collector struct {
	percent int
	last    time.Time
}

// tuneCollector sets the garbage collector to work, unless the environment says how it is to work.
func tuneCollector(env func(string) string) {
	if env("GOGC") != "" {
		return
	}
	c := &collector{percent: gcAtRest, last: time.Now()}
	debug.SetGCPercent(c.percent)
	c.watch()
}

// watch has the collector called after the next collection: it takes a thing that nobody uses, and the call comes when it is gone.
func (c *collector) watch() {
	type leaf struct{ _ [16]byte } // not so small that others share its block
	runtime.AddCleanup(new(leaf), (*collector).collected, c)
}

func (c *collector) collected() {
	now := time.Now()
	next := nextPercent(c.percent, now.Sub(c.last), heapInUse())
	c.last = now
	if next != c.percent {
		c.percent = next
		debug.SetGCPercent(next)
	}
	c.watch()
}

// nextPercent is the share of garbage, in per cent of the live bytes, at which the next collection begins, when this one
// came some time after the last.
func nextPercent(percent int, since time.Duration, live uint64) int {
	switch {
	case since < gcClose:
		percent *= 2
	case since > gcApart:
		percent = gcAtRest
	}
	most := gcInRush
	if live > 0 {
		most = min(most, int(gcHeap*100/live)-100)
	}
	return max(gcAtRest, min(percent, most))
}

// heapInUse is how many bytes the last collection has found in use.
func heapInUse() uint64 {
	sample := []gauges.Sample{{Name: "/gc/heap/live:bytes"}}
	gauges.Read(sample)
	if sample[0].Value.Kind() != gauges.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
