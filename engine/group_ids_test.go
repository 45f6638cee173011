package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"kartka/engine"
	"kartka/storage"
)

// ids makes ids that depend on what they are made for alone: the step, the call in it, and how many the call has made since it began or
// began anew.
type ids struct {
	mu         sync.Mutex
	step, call int
	n          int
	many       int // times that works were brought at once
}

func (i *ids) next() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.n++
	digits := func(n int) string { return fmt.Sprintf("%04s", strconv.FormatInt(int64(n), 36)) }
	return digits(i.step) + digits(i.call)[1:] + digits(i.n)[1:] // ten, of which the id of a program keeps all
}

// at says what the ids that follow are for. What a call makes in its transaction is told from what it makes before.
func (i *ids) at(step, call int, inside bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.step, i.call, i.n, i.many = step, call, 0, 0; inside {
		i.n = 500
	}
}

// place says that the ids that follow are for one of several works that a call has brought at once. Past the last of them they are the call's again.
func (i *ids) place(place int, past bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.call, i.n = 1000*(1+i.many)+place, 500
	if past {
		i.many++
	}
}

func (i *ids) begin(call int) {
	i.mu.Lock()
	step := i.step
	i.mu.Unlock()
	i.at(step, call, true)
}

// counted is a store that tells when a transaction of a call begins, and writes works one after another.
type counted struct {
	*storage.Store
	begin  *func()
	ids    *ids
	orders *[][]int // of works brought at once, as the other side has done them
}

func (c counted) InTx(ctx context.Context, fn func(engine.Tx) error) error {
	return c.Store.InTx(ctx, func(tx engine.Tx) error {
		if *c.begin != nil {
			(*c.begin)()
		}
		return fn(tx)
	})
}

func (c counted) InGroup(ctx context.Context, w engine.Work) error { return c.InTx(ctx, w.Run) }

func (c counted) InGroups(ctx context.Context, works []engine.Work) []error {
	errs := make([]error, len(works))
	order := (*c.orders)[0]
	*c.orders = (*c.orders)[1:]
	for i := range works {
		if !slices.Contains(order, i) { // it could not be done on the other side
			order = append(order, i)
		}
	}
	for _, i := range order {
		c.ids.place(i, false)
		errs[i] = c.InTx(ctx, works[i].Run)
	}
	c.ids.place(len(works), true)
	return errs
}
