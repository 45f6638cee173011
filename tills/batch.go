package tills

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"kartka/engine"
	"kartka/locales"
)

// uploadBatch records what a till has gathered, item by item.
func (a *api) uploadBatch(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	const frame = 3 // names of the batch and of its items; what is in an item is the item's
	var in batchRequest
	if err := a.read(r, &in, frame); err != nil {
		return 0, nil, err
	}
	switch {
	case len(in.Items) == 0:
		return 0, nil, invalid("items")
	case len(in.Items) > batchItems:
		return 0, nil, &failure{code: "too_large", status: http.StatusRequestEntityTooLarge, text: "batch_too_many", args: locales.Args{"Max": batchItems}, field: "items"}
	}
	k, err := clockOf(in.SentAt, a.Engine.Now())
	if err != nil {
		return 0, nil, err
	}
	b := &batch{api: a, caller: c, items: make([]item, len(in.Items))}
	atOnce(len(b.items), itemsAtOnce, func(i int) { b.items[i] = b.read(ctx, k, &in.Items[i]) })
	chains := b.chains(ctx)
	atOnce(len(chains), itemsAtOnce, func(n int) {
		for _, i := range chains[n] {
			b.items[i].do(ctx)
		}
	})
	out := &batchResult{Results: make([]itemResult, len(b.items))}
	for i := range b.items {
		it := &b.items[i]
		if it.err != nil {
			it.status, it.body = a.problem(ctx, "uploadBatch", c, it.err)
			if it.status == statusGone {
				it.status = http.StatusServiceUnavailable
			}
		}
		out.Results[i] = itemResult{Seq: in.Items[i].Seq, Status: it.status, Body: it.body}
	}
	return http.StatusOK, out, nil
}

// batch is a batch on its way.
type batch struct {
	api    *api
	caller *caller
	items  []item
}

// item is a part of a batch, with what becomes of it.
type item struct {
	call   func(ctx context.Context) (int, any, error) // nil: it failed when it was read
	member string                                      // whose it is, where that is known
	sale   target                                      // what it records or takes back
	key    string
	isSale bool

	status int
	body   any
	err    error
}

func (it *item) do(ctx context.Context) {
	if it.call == nil {
		return
	}
	if it.err = ctx.Err(); it.err == nil {
		it.status, it.body, it.err = it.call(ctx)
	}
}

// read reads an item and finds whose it is.
func (b *batch) read(ctx context.Context, k clock, in *batchItem) item {
	a, c := b.api, b.caller
	if !isKey(in.IdempotencyKey) {
		return item{err: invalid("idempotency_key")}
	}
	it := item{key: c.key(in.IdempotencyKey)}
	if in.Op == "sale" {
		var body saleRequest
		s, err := readSale(in, &body)
		if err != nil {
			return item{err: err}
		}
		s.key = it.key
		k.correct(s)
		if err := a.findBuyer(ctx, c, s); err != nil {
			return item{err: err}
		}
		it.isSale, it.member, it.sale = true, s.member, target{store: c.till.LocationID, till: c.till.Name, business: body.BusinessDate, no: body.ReceiptNo}
		it.call = func(ctx context.Context) (int, any, error) { return a.post(ctx, c, s) }
		return it
	}
	if in.Op != "refund" && in.Op != "void" {
		return item{err: invalid("op")}
	}
	var err error
	if it.sale, err = targetOf(in.Target); err != nil {
		return item{err: err}
	}
	if in.Op == "void" {
		it.call = func(ctx context.Context) (int, any, error) { return a.void(ctx, c, it.sale, it.key) }
		return it
	}
	var body refundRequest
	if err := decode(in.Body, &body, mostNested); err != nil {
		return item{err: err}
	}
	back, err := body.check()
	if err != nil {
		return item{err: err}
	}
	back.Key = it.key
	it.call = func(ctx context.Context) (int, any, error) { return a.reverse(ctx, c, it.sale, back) }
	return it
}

func readSale(in *batchItem, body *saleRequest) (*sale, error) {
	if err := decode(in.Body, body, mostNested); err != nil {
		return nil, err
	}
	return body.check()
}

// chains sorts items into those that must happen one after the other: of one guest, of one sale, or under one key. Each chain is in the order of the
// request.
func (b *batch) chains(ctx context.Context) [][]int {
	b.findMembers(ctx)
	group := make([]int, len(b.items)) // of each item the first one that it hangs together with
	root := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]]
			i = group[i]
		}
		return i
	}
	first := make(map[string]int, 2*len(b.items))
	tie := func(i int, name string) {
		j, ok := first[name]
		if !ok {
			first[name] = i
			return
		}
		x, y := root(i), root(j)
		group[max(x, y)] = min(x, y)
	}
	for i := range b.items {
		it := &b.items[i]
		group[i] = i
		if it.call == nil {
			continue
		}
		tie(i, "key "+it.key)
		if it.member != "" {
			tie(i, "member "+it.member)
		}
		tie(i, "sale "+it.sale.String())
	}
	var chains [][]int
	place := make(map[int]int, len(b.items))
	for i := range b.items {
		r := root(i)
		n, ok := place[r]
		if !ok {
			n = len(chains)
			place[r] = n
			chains = append(chains, nil)
		}
		chains[n] = append(chains[n], i)
	}
	return chains
}

// findMembers finds whose the sales are that something comes back of, unless they are in the batch. What cannot be found is refused later, or waits.
func (b *batch) findMembers(ctx context.Context) {
	here := make(map[target]bool, len(b.items))
	for i := range b.items {
		if it := &b.items[i]; it.isSale {
			here[it.sale] = true
		}
	}
	var missing []int
	for i := range b.items {
		if it := &b.items[i]; it.call != nil && !it.isSale && !here[it.sale] {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return
	}
	store, program := b.api.Engine.Store(), b.caller.till.ProgramID
	atOnce(len(missing), itemsAtOnce/8, func(n int) {
		it := &b.items[missing[n]]
		var s engine.Sale
		var err error
		if t := it.sale; t.saleID != "" {
			s, err = store.Sale(ctx, program, t.saleID)
		} else {
			s, err = store.SaleByReceipt(ctx, program, t.store, t.till, t.business, t.no)
		}
		if err == nil {
			it.member = s.MemberID
		}
	})
}

// clock is how far a till's clock was off when it sent a batch.
type clock struct {
	skew time.Duration
	wild bool      // too far to be set right
	now  time.Time // used instead
}

// mostSkew is how far off a clock may be that is set right.
const mostSkew = 24 * time.Hour

func clockOf(sentAt string, now time.Time) (clock, error) {
	if sentAt == "" {
		return clock{}, nil
	}
	sent, err := instant("sent_at", sentAt)
	if err != nil {
		return clock{}, err
	}
	k := clock{skew: now.Sub(sent), now: now}
	k.wild = k.skew.Abs() >= mostSkew
	return k, nil
}

// correct sets the time of a sale right.
func (k clock) correct(s *sale) {
	if k.wild {
		s.at = k.now
		s.note("clock_skew")
		return
	}
	s.at = s.at.Add(k.skew)
}

// atOnce calls do with 0 … n-1, so many at a time, and returns when all are done.
func atOnce(n, most int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, most) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// String is the target as tills write it.
func (t target) String() string {
	if t.saleID != "" {
		return t.saleID
	}
	return t.store + "/" + t.till + "/" + t.business + "/" + t.no
}
