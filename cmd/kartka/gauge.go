package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// gauge shows how far something long has come: as a bar on a terminal, elsewhere as a line every few seconds, so that what is soon done
// says nothing. It is safe for concurrent use.
type gauge struct {
	bar *progressbar.ProgressBar // nil without a terminal

	mu    sync.Mutex
	out   io.Writer
	what  string
	done  int64
	total int64
	now   func() time.Time
	last  time.Time // when a line was written, or it began
}

// gaugeEvery is the time between two lines.
const gaugeEvery = 5 * time.Second

// newGauge begins to show something of which there is so much to do.
func newGauge(c console, what string, total int64) *gauge {
	g := &gauge{out: c.err, what: what, total: total, now: time.Now}
	g.last = g.now()
	if f, ok := terminal(c); ok {
		g.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return g
}

// terminal is what diagnostics are written to, if people see it as it is written.
func terminal(c console) (*os.File, bool) {
	f, ok := c.err.(*os.File)
	if !ok {
		return nil, false
	}
	info, err := f.Stat()
	return f, err == nil && info.Mode()&os.ModeCharDevice != 0
}

// set says how much is done.
func (g *gauge) set(done int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.show(int64(done))
}

// add says how much more is done.
func (g *gauge) add(more int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.show(g.done + int64(more))
}

func (g *gauge) show(done int64) {
	g.done = done
	if g.bar != nil {
		_ = g.bar.Set64(min(done, g.total))
		return
	}
	if now := g.now(); now.Sub(g.last) >= gaugeEvery {
		g.last = now
		fmt.Fprintf(g.out, "%s: %s of %s\n", g.what, thousands(done), thousands(g.total))
	}
}

// finish takes the bar away.
func (g *gauge) finish() {
	if g.bar != nil {
		_ = g.bar.Finish()
	}
}
