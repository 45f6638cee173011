package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// turn is one measurement's part of a run.
type turn struct {
	round  int // 0 is the warm-up
	length time.Duration
	seed   uint64
}

// asker is one of those who ask at the same time, each the next thing as soon as the last is answered.
type asker struct {
	no, of int // 0 … of-1
	rand   *rand.Rand
	took   histogram
	// Of what was not done: spends beyond the account, and failures with the first one.
	refused, failed uint64
	first           error
}

// errRefused is the answer of something that asked for more than there was.
var errRefused = errors.New("refused")

// loop keeps so many askers busy for a time and counts what they get done. Only what was done counts in the rate and in the times. An end
// of ctx is an error, failures of what is asked are counted.
func loop(ctx context.Context, t turn, inFlight int, look meter, ask func(context.Context, *asker) error) (measured, error) {
	askers := make([]*asker, inFlight)
	for i := range askers {
		askers[i] = &asker{no: i, of: inFlight, rand: rand.New(rand.NewPCG(t.seed, uint64(t.round)<<32|uint64(i)))}
	}
	var all sync.WaitGroup
	before, began := look.read(), time.Now()
	until := began.Add(t.length)
	for _, a := range askers {
		all.Go(func() { a.run(ctx, began, until, ask) })
	}
	all.Wait()
	took := time.Since(began)
	used := look.read().since(before)
	if err := ctx.Err(); err != nil {
		return measured{}, err
	}
	m := sumOf(askers, took)
	m.charge(used)
	return m, nil
}

// sumOf is what askers have got done in a time, all together.
func sumOf(askers []*asker, took time.Duration) (m measured) {
	var h histogram
	for _, a := range askers {
		h.merge(&a.took)
		m.Refused, m.Errors = m.Refused+a.refused, m.Errors+a.failed
		if m.FirstError == "" && a.first != nil {
			m.FirstError = a.first.Error()
		}
	}
	m.count(&h, took)
	return m
}

// run asks until the time is over. What is under way then is waited for.
func (a *asker) run(ctx context.Context, now, until time.Time, ask func(context.Context, *asker) error) {
	for now.Before(until) && ctx.Err() == nil {
		err := ask(ctx, a)
		done := time.Now()
		a.note(err, done.Sub(now))
		now = done
	}
}

// note counts something that was asked, and how long it took.
func (a *asker) note(err error, took time.Duration) {
	switch {
	case err == nil:
		a.took.add(took)
	case errors.Is(err, errRefused):
		a.refused++
	default:
		if a.failed++; a.first == nil {
			a.first = err
		}
	}
}
