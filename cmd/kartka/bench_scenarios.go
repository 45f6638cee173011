package main

import (
	"context"
	"fmt"
	"strconv"

	"kartka/bots"
	"kartka/engine"
	"kartka/storage/sqldb"
)

// scenario is something that is measured, with so much of it under way at once.
type scenario struct {
	name     string
	inFlight int
	// reference says that the product is compared with it; it is measured when something of its bout is.
	reference bool
	// members is the size of the shop that it is measured on, 0 when it is measured elsewhere.
	members int
	measure func(ctx context.Context, t turn) (measured, error)
}

// key names a scenario within its bout, as in post/uniform@64.
func (s scenario) key() string { return fmt.Sprintf("%s@%d", s.name, s.inFlight) }

func (m measured) key() string { return fmt.Sprintf("%s@%d", m.Scenario, m.InFlight) }

// bout is a list of scenarios that take turns, so that whatever else the machine does weighs on all of them alike.
type bout struct {
	name      string
	scenarios []scenario
	// once says that there is one round of it and no warm-up: it takes as long as it takes.
	once bool
	// opens prepare what the scenarios need, and return how to put it away.
	opens []func(ctx context.Context) (shut func(ctx context.Context) error, err error)
}

// schedule is everything that is measured. Each scenario is measured on the shops of all sizes before the next one's turn comes; what is
// measured elsewhere, once for all of them.
func (h *benchHost) schedule() []bout {
	shops := make([][]bout, len(h.sizes))
	for i, b := range h.sizes {
		shops[i] = b.bouts()
	}
	all := make([]bout, len(shops[0]))
	for i, first := range shops[0] {
		all[i].name, all[i].once = first.name, first.once
		for place, s := range first.scenarios {
			if s.members == 0 {
				all[i].scenarios = append(all[i].scenarios, s)
				continue
			}
			for _, shop := range shops {
				all[i].scenarios = append(all[i].scenarios, shop[i].scenarios[place])
			}
		}
		for _, shop := range shops {
			all[i].opens = append(all[i].opens, shop[i].opens...)
		}
	}
	return all
}

// bouts is everything that is measured on the shop, in order: reading and chatting on what was loaded, and then postings, which make it grow; and at last what
// has shops of its own.
func (b *bench) bouts() []bout {
	all := []bout{b.readBout(1), b.readBout(8), b.readBout(64), b.chatBout(), {name: "picture", scenarios: []scenario{b.asking("qr", 1, b.draw)}},
		b.segmentBout()}
	for _, n := range b.inFlight {
		all = append(all, b.postBout(n))
	}
	return append(all, b.broadcastBout(), b.triggerBout())
}

// readBout is what staff and guests look at, beside the look-up of one row by its key.
func (b *bench) readBout(n int) bout {
	r := bout{name: fmt.Sprint("read ", n)}
	if b.ref != nil && b.dialect == sqldb.Postgres {
		r.scenarios = append(r.scenarios, b.pgbench("select-only", selectOnly, n))
	}
	for _, by := range []struct {
		name  string
		ident func(guest) engine.Ident
	}{
		{"member", func(g guest) engine.Ident { return engine.Ident{MemberID: g.member} }},
		{"card", func(g guest) engine.Ident { return engine.Ident{Card: g.card} }},
		{"address", func(g guest) engine.Ident { return engine.Ident{Address: b.address(g)} }},
		{"phone", func(g guest) engine.Ident { return engine.Ident{Phone: pastPhone(g.no)} }},
	} {
		r.scenarios = append(r.scenarios, b.asking("balance/"+by.name, n, func(ctx context.Context, a *asker) error {
			return b.balance(ctx, b.anyone(a), by.ident)
		}))
	}
	r.scenarios = append(r.scenarios, b.asking("home", n, b.home), b.asking("quote", n, b.quote))
	return r
}

// postBout is sales: on all accounts and on one, with and without spending, one transaction for each, and over HTTP, beside TPC-B or bare
// transactions.
func (b *bench) postBout(n int) bout {
	p := bout{name: fmt.Sprint("post ", n)}
	for _, clients := range tpcClients(n) {
		if b.ref != nil {
			p.scenarios = append(p.scenarios, b.pgbench("tpc-b", tpcB, clients))
		}
	}
	if b.dialect == sqldb.SQLite {
		bare := b.asking("bare", n, b.touch)
		bare.reference = true
		p.scenarios = append(p.scenarios, bare)
	}
	serial := b.selling("post/serial", n, false, 0)
	serial.reference = true
	p.scenarios = append(p.scenarios, b.selling("post/uniform", n, false, 0), b.selling("post/hot", n, true, 0),
		b.selling("post/uniform/spend", n, false, spendPercent), b.selling("post/hot/spend", n, true, spendPercent), serial)
	p.scenarios = append(p.scenarios, b.overHTTP(&p, n)...)
	return p
}

// tpcClients says with how many clients of TPC-B so many postings in flight are compared. It is fastest with 8 on a small machine. With
// 256 it is slow, so that postings are compared with 64 there too.
func tpcClients(inFlight int) []int {
	switch inFlight {
	case 16:
		return []int{8}
	case 256:
		return []int{64, 256}
	}
	return []int{inFlight}
}

// asking is a scenario of one call, over and over.
func (b *bench) asking(name string, inFlight int, ask func(context.Context, *asker) error) scenario {
	return scenario{name: name, inFlight: inFlight, members: b.members, measure: func(ctx context.Context, t turn) (measured, error) {
		return loop(ctx, t, inFlight, b.meter, ask)
	}}
}

func (b *bench) pgbench(name, script string, clients int) scenario {
	return scenario{name: name, inFlight: clients, reference: true, measure: func(ctx context.Context, t turn) (measured, error) {
		return b.ref.measure(ctx, script, clients, t.length)
	}}
}

// anyone picks a guest.
func (b *bench) anyone(a *asker) guest { return b.past.guest(a.rand.IntN(b.members)) }

// balance reads what a guest has to spend, found by something.
func (b *bench) balance(ctx context.Context, g guest, by func(guest) engine.Ident) error {
	got, err := b.app.engine.Glance(ctx, b.program.ID, engine.Look{Ident: by(g)})
	if err == nil && (got.MemberID != g.member || got.Balance.Total < 0) {
		err = fmt.Errorf("member %s is found as %s with %d", g.member, got.MemberID, got.Balance.Total)
	}
	return err
}

// address is where a guest writes from.
func (b *bench) address(g guest) engine.Address {
	return engine.Address{Channel: b.bot.Channel, Sender: b.bot.Sender, UserID: g.user}
}

// home reads everything that a member's first screen shows.
func (b *bench) home(ctx context.Context, a *asker) error {
	g := b.anyone(a)
	p, err := b.app.engine.PersonAt(ctx, b.program, b.bot, b.address(g))
	if err == nil && (p.Member == nil || p.Member.ID != g.member) {
		err = fmt.Errorf("user %s is somebody else", g.user)
	}
	return err
}

// quote asks what a sale would do, for the most points that may be spent.
func (b *bench) quote(ctx context.Context, a *asker) error {
	sale := b.check(a)
	sale.MemberID, sale.RedeemMax = b.anyone(a).member, true
	_, err := b.app.engine.Quote(ctx, sale)
	return err
}

// draw makes the picture of a card's code.
func (b *bench) draw(_ context.Context, a *asker) error {
	_, err := drawQR(bots.Photo{QR: "https://t.me/bench_bot?start=" + b.anyone(a).card})
	return err
}

// touch writes one small row in a transaction of its own: the least that any durable change costs on this database.
func (b *bench) touch(ctx context.Context, a *asker) error {
	return b.app.store.SetMark(ctx, "bench:"+strconv.Itoa(a.rand.IntN(b.members)), strconv.FormatUint(a.took.count, 10))
}
