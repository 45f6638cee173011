package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/storage"
)

// benchSegments are whom a marketer asks for: everybody, by conditions that many fulfil, by one of two fifths, and by what few have.
var benchSegments = []struct{ name, sentence string }{
	{"segment/everyone", "everyone"},
	{"segment/three", "visits >= 2 and last_visit > 30d and balance > 0"},
	{"segment/rfm", "recency >= 4 and value >= 4"},
	{"segment/few", "visits >= 2 and last_visit <= 3d"},
}

// counters count the same segments in two ways: in memory, and in the database alone. The store is that of the first.
type counters struct {
	memory, database *engine.Engine
	store            *storage.Store
}

// benchAudience is whom the audience that is frozen asks for: about half of all who agreed to news.
const benchAudience = "visits >= 2 and last_visit > 18d and balance > 0"

// segmentBout counts segments in memory, beside the database. What segments ask of members is gathered before.
func (b *bench) segmentBout() bout {
	s := bout{name: "segment"}
	var c counters
	s.opens = append(s.opens, func(ctx context.Context) (shut func(context.Context) error, err error) {
		began := time.Now()
		followed, turned, err := b.app.engine.KeepTraits(ctx, b.program.ID)
		if err != nil {
			return nil, fmt.Errorf("gather traits: %w", err)
		}
		b.app.logger.LogAttrs(ctx, slog.LevelInfo, "traits gathered", slog.Int("followed", followed), slog.Int("turned", turned), slog.Duration("took", time.Since(began)))
		return b.openCounters(ctx, &c)
	})
	for _, ask := range benchSegments {
		x, err := segment.Parse(ask.sentence, segment.Grammar{})
		if err != nil {
			panic(err) // at start: written above
		}
		s.scenarios = append(s.scenarios, b.counting(ask.name, x, &c)...)
	}
	s.scenarios = append(s.scenarios, b.freezing(&c))
	return s
}

// freezing sorts an audience as at the start of a broadcast, and writes it down.
func (b *bench) freezing(c *counters) scenario {
	x, err := segment.Parse(benchAudience, segment.Grammar{})
	if err != nil {
		panic(err) // at start: written above
	}
	var draft string
	var sized sync.Once
	return b.asking("segment/freeze", 1, func(ctx context.Context, _ *asker) error {
		if draft == "" { // one asks at a time
			made, err := c.memory.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: b.program.ID, Name: "bench", Plan: campaign.Plan{Audience: x}})
			if err != nil {
				return err
			}
			draft = made.ID
		}
		now := c.memory.Now()
		a, err := c.store.ReadAudience(ctx, engine.Freeze{Program: b.program, Expr: x, Day: rules.DateOf(now, b.program.Settings.Zone), Channels: segment.Channels(), Cap: 3, Since: now.AddDate(0, 0, -7),
			Held: func(no int64) bool { return campaign.Held(draft, strconv.FormatInt(no, 10), campaign.ReadyHoldout) }})
		if err != nil {
			return err
		}
		if a.Sizes.To == 0 {
			return fmt.Errorf("an audience of nobody: %+v", a.Sizes)
		}
		sized.Do(func() {
			b.app.logger.LogAttrs(ctx, slog.LevelInfo, "audience frozen", slog.Int("matched", a.Sizes.Matched), slog.Int("to", a.Sizes.To), slog.Int("held", a.Sizes.Held))
		})
		return c.store.InTx(ctx, func(tx engine.Tx) error { return tx.PutAudience(ctx, b.program.ID, draft, a) })
	})
}

// openCounters opens the database twice more, with columns however few members there are, and without.
func (b *bench) openCounters(ctx context.Context, c *counters) (shut func(context.Context) error, err error) {
	sealer, err := openSealer(b.app.config)
	if err != nil {
		return nil, err
	}
	var stores []*storage.Store
	closeAll := func() {
		for _, s := range stores {
			s.Close()
		}
	}
	for _, to := range []struct {
		engine  **engine.Engine
		columns int
	}{{&c.memory, 1}, {&c.database, -1}} {
		s, err := storage.Open(ctx, b.app.config.Database, storage.Options{Sealer: sealer, Logger: b.app.logger, Columns: to.columns})
		if err != nil {
			closeAll()
			return nil, fmt.Errorf("open database: %w", err)
		}
		stores = append(stores, s)
		if c.store == nil {
			c.store = s
		}
		*to.engine = engine.New(engine.Config{Store: s, Codes: codes{b.app.shared}})
	}
	return func(context.Context) error { closeAll(); return nil }, nil
}

// counting counts a segment in both ways. What the first finds, all must find: nobody buys meanwhile.
func (b *bench) counting(name string, x segment.Expr, c *counters) []scenario {
	var found atomic.Int64
	found.Store(-1)
	by := func(name string, e **engine.Engine) scenario {
		return b.asking(name, 1, func(ctx context.Context, _ *asker) error {
			n, err := (*e).CountSegment(ctx, b.program.ID, x)
			if err != nil {
				return err
			}
			if !found.CompareAndSwap(-1, int64(n)) && found.Load() != int64(n) {
				return fmt.Errorf("%s has %d members, and had %d before", name, n, found.Load())
			}
			return nil
		})
	}
	database := by(name+"/database", &c.database)
	database.reference = true
	return []scenario{by(name, &c.memory), database}
}
