package backtest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kartka/engine/rules"
)

// parcelSales is about how many sales a worker is handed at a time.
const parcelSales = 512

// history is the sales of one member, or some without a card.
type history struct {
	member Member
	id     string
	sales  []Sale
}

// pass replays all sales once and returns the sums; in a rehearsal, those of the sets of rules that have budgets, for which alone it is made.
func pass(ctx context.Context, c Config, today, draft *ruleSet, rehearsal bool, source Source, progress func(done int)) (*tally, error) {
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan []history, workers)
	tallies := make([]*tally, workers)
	var done atomic.Int64
	var wait sync.WaitGroup
	for i := range tallies {
		tallies[i] = newTally()
		wait.Go(func() {
			w := worker{config: &c, sets: [2]*ruleSet{today, draft}, tally: tallies[i], rehearsal: rehearsal}
			for parcel := range work {
				for h := range parcel {
					if ctx.Err() != nil {
						break // what is left is drained
					}
					n := len(parcel[h].sales)
					w.replay(&parcel[h])
					done.Add(int64(n))
				}
			}
		})
	}
	f := feeder{config: &c, send: func(parcel []history) error {
		select {
		case work <- parcel:
			progress(int(done.Load()))
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	err := source(ctx, func(s Sale) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f.add(s)
	})
	if err == nil {
		err = f.flush()
	}
	if err != nil {
		cancel()
	}
	close(work)
	wait.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	sum := tallies[0]
	for _, t := range tallies[1:] {
		sum.merge(t)
	}
	return sum, sum.err
}

// feeder gathers the stream of sales into histories, and these into parcels.
type feeder struct {
	config  *Config
	send    func([]history) error
	parcel  []history
	sales   int // of the parcel
	current history
	begun   bool
}

// add takes the next sale.
func (f *feeder) add(s Sale) error {
	if s.At.Before(f.config.From) || !s.At.Before(f.config.To) {
		return fmt.Errorf("sale of %q at %s: %w", s.Member, s.At.Format(time.RFC3339), ErrSpan)
	}
	if n := len(f.current.sales); n > 0 && s.Member == f.current.id && s.Member != "" && s.At.Before(f.current.sales[n-1].At) {
		return fmt.Errorf("sale of %q at %s: %w", s.Member, s.At.Format(time.RFC3339), ErrOrder)
	}
	// Sales without a card have nothing to do with one another and may be handed on in any number.
	if !f.begun || s.Member != f.current.id || s.Member == "" && len(f.current.sales) >= parcelSales {
		if err := f.next(s); err != nil {
			return err
		}
	}
	f.current.sales = append(f.current.sales, s)
	return nil
}

// next begins the history of the member of a sale.
func (f *feeder) next(s Sale) error {
	if err := f.close(); err != nil {
		return err
	}
	f.begun = true
	f.current = history{id: s.Member}
	switch {
	case s.Member == "":
	case f.config.Members == nil:
		f.current.member.Standing.JoinedAt = s.At
	default:
		m, err := f.config.Members(s.Member)
		if err != nil {
			return fmt.Errorf("read member %q: %w", s.Member, err)
		}
		f.current.member = m
	}
	return nil
}

// close puts the current history into the parcel, and sends a parcel that is full.
func (f *feeder) close() error {
	if len(f.current.sales) == 0 {
		return nil
	}
	f.parcel = append(f.parcel, f.current)
	f.sales += len(f.current.sales)
	f.current = history{}
	if f.sales < parcelSales {
		return nil
	}
	return f.hand()
}

func (f *feeder) hand() error {
	parcel := f.parcel
	f.parcel, f.sales = nil, 0
	return f.send(parcel)
}

// flush sends what is left.
func (f *feeder) flush() error {
	if err := f.close(); err != nil || len(f.parcel) == 0 {
		return err
	}
	return f.hand()
}

// worker replays members one after another.
type worker struct {
	config *Config
	sets   [2]*ruleSet // today, draft
	tally  *tally
	// rehearsal is a pass that is about budgets alone.
	rehearsal bool
}

// sound adds a sale to the turnover and reports whether it is one that rules can judge.
func (w *worker) sound(s *Sale) bool {
	plain, err := rules.Evaluate(rules.Input{Settings: w.sets[0].settings, Lines: s.Lines, Marks: s.Marks, OccurredAt: s.At, Silent: true})
	if err != nil {
		w.tally.refused++
		return false
	}
	add(w.tally, &w.tally.turnover, plain.Total)
	return true
}

// replay leads one member through the time under both sets of rules.
func (w *worker) replay(h *history) {
	w.tally.sales += len(h.sales)
	h.sales = slices.DeleteFunc(h.sales, func(s Sale) bool { return !w.sound(&s) })
	if h.id == "" {
		w.tally.anonymous += len(h.sales)
		return
	}
	w.tally.members++
	var gain [2]gains
	for i, set := range w.sets {
		if w.rehearsal && len(set.budgets) == 0 {
			continue
		}
		g := newGuest(w.config, set, h.member, w.config.Today, &w.tally.sides[i])
		g.silent = w.rehearsal
		for s := range h.sales {
			g.buy(&h.sales[s])
		}
		g.leave()
		gain[i] = g.gains
		if g.err != nil {
			w.tally.err = fmt.Errorf("member %q: %w", h.id, g.err)
		}
	}
	w.tally.compare(h.id, gain, w.sets)
}
