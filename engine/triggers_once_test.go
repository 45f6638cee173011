package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/storage"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
)

// crashing fails in one of its transactions: before it commits, or when it has.
type crashing struct {
	*storage.Store
	at, n int
	after bool
}

var errCrash = errors.New("crash")

func (c *crashing) InTx(ctx context.Context, fn func(engine.Tx) error) error {
	c.n++
	if c.n != c.at {
		return c.Store.InTx(ctx, fn)
	}
	err := c.Store.InTx(ctx, func(tx engine.Tx) error {
		if err := fn(tx); err != nil || c.after {
			return err
		}
		return errCrash
	})
	return errors.Join(err, errCrash)
}

// A trigger fires once for each member and period, and gives once, wherever whoever carries it on is cut short.
func TestTriggerOnceWhateverCrashes(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		var guests []engine.Member
		for i := range 3 {
			guests = append(guests, b.guest(fmt.Sprint("guest", i)))
		}
		unreachable := b.join(t, b.p, engine.JoinInput{ContactID: b.meet(t, b.p, "quiet").ID})
		guests = append(guests, unreachable)
		gift := func(p *campaign.Plan) { p.Gift = &campaign.Gift{Kind: campaign.GiftPoints, Points: 700} }
		sale := b.on(campaign.Trigger{On: campaign.EventPurchase, Tag: "bought"}, gift)
		day := b.on(campaign.Trigger{On: campaign.EventReminder, Days: 1, Minute: 13 * 60}, gift)
		var before []money.Points
		for _, m := range guests {
			b.buys(m, 10000)
			before = append(before, b.balance(t, b.p, m).Available)
		}
		crash := func(at int, after bool) (crashed bool) {
			e := engine.New(engine.Config{Store: &crashing{Store: b.store, at: at, after: after}, Serial: true, Now: func() time.Time { return b.now },
				Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10000)}})
			_, err := e.RunTriggers(t.Context(), b.p.ID)
			if err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			return err != nil
		}
		crashes := 0
		for _, after := range []bool{false, true} {
			for at := 1; at < 20; at++ {
				if crash(at, after) {
					crashes++
				}
			}
			b.pass(25 * time.Hour) // and the day comes, too
		}
		for b.run() != (engine.TriggerRun{}) {
		}
		if crashes < 4 {
			t.Errorf("only %d crashes", crashes)
		}
		b.wants(sale, "purchases", map[string]int{"queued": 3, "dropped no_consent": 1})
		b.wants(day, "reminders", map[string]int{"queued": 3, "dropped no_consent": 1})
		for i, m := range guests {
			if got := b.balance(t, b.p, m).Available; got != before[i]+1400 {
				t.Errorf("guest %d got %d of 1400", i, got-before[i])
			}
		}
		progress, err := b.engine.CampaignProgress(t.Context(), b.p.ID, sale.ID)
		if err != nil || progress.Gifts != 4 || progress.Waiting != 3 {
			t.Errorf("%+v, %v", progress, err)
		}
		b.verify(t, b.p)
	})
}

func TestTriggerTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		gift := func(p *campaign.Plan) { p.Gift, p.Budget = &campaign.Gift{Kind: campaign.GiftPoints, Points: 100}, 15 }
		c := b.on(campaign.Trigger{On: campaign.EventPurchase}, gift)
		for i := range 20 {
			b.buys(b.guest(fmt.Sprint("guest", i)), 10000)
		}
		var both sync.WaitGroup
		for range 2 {
			e := engine.New(engine.Config{Store: b.store, Now: func() time.Time { return b.now }, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10000)}})
			both.Go(func() {
				for range 5 {
					if _, err := e.RunTriggers(t.Context(), b.p.ID); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		// The budget ends it, and gifts that were promised are given when it goes on.
		b.wants(c, "with a budget of fifteen", map[string]int{"queued": 15})
		now, err := b.engine.Campaign(t.Context(), b.p.ID, c.ID)
		if err != nil || now.State != engine.CampaignPaused || now.Why != engine.WhyBudget {
			t.Errorf("%+v, %v", now, err)
		}
		b.pass(time.Second)
		if _, err := b.engine.RaiseBudget(t.Context(), b.p.ID, c.ID, "", 100); err != nil {
			t.Fatal(err)
		}
		b.run()
		progress, err := b.engine.CampaignProgress(t.Context(), b.p.ID, c.ID)
		if err != nil || progress.Gifts != 15 {
			t.Errorf("%+v, %v", progress, err)
		}
	})
}

// A sale that was begun before another and committed after it has an earlier id. It is found, if a few seconds later.
func TestTriggerLateCommit(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		c := b.on(campaign.Trigger{On: campaign.EventPurchase}, nil)
		m := b.guest("Olena")
		b.buys(m, 10000)
		b.run()
		b.wants(c, "in order", map[string]int{"queued": 1})
		made := 0
		e := engine.New(engine.Config{Store: b.store, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10)}, Now: func() time.Time { return b.now }, NewID: func() string {
			made++
			return fmt.Sprintf("0%025d", made)
		}})
		_, err := e.Post(t.Context(), engine.PostInput{Key: "late", Sale: engine.SaleInput{ProgramID: b.p.ID, MemberID: m.ID, Sum: 10000}})
		if err != nil {
			t.Fatal(err)
		}
		b.pass(10 * time.Second)
		b.run()
		b.wants(c, "with one that was committed late", map[string]int{"queued": 2})
		b.pass(3 * time.Minute) // when all of it lies behind
		b.run()
		b.buys(m, 10000)
		b.run()
		b.wants(c, "afterwards", map[string]int{"queued": 3})
	})
}
