package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"kartka/engine/segment"
)

// benchSegments are whom a marketer asks for: by conditions that many fulfil, by one of two fifths, and by what few have.
var benchSegments = []struct{ name, sentence string }{
	{"segment/three", "visits >= 2 and last_visit > 30d and balance > 0"},
	{"segment/rfm", "recency >= 4 and value >= 4"},
	{"segment/few", "visits >= 2 and last_visit <= 3d"},
}

// segmentBout counts segments, beside a look at every member's row that asks nothing. What segments ask of members is gathered before.
func (b *bench) segmentBout() bout {
	s := bout{name: "segment"}
	s.opens = append(s.opens, func(ctx context.Context) (func(context.Context) error, error) {
		began := time.Now()
		followed, turned, err := b.app.engine.KeepTraits(ctx, b.program.ID)
		if err != nil {
			return nil, fmt.Errorf("gather traits: %w", err)
		}
		b.app.logger.LogAttrs(ctx, slog.LevelInfo, "traits gathered", slog.Int("followed", followed), slog.Int("turned", turned), slog.Duration("took", time.Since(began)))
		return func(context.Context) error { return nil }, nil
	})
	every := b.counting("segment/everyone", segment.All{})
	every.reference = true
	s.scenarios = append(s.scenarios, every)
	for _, c := range benchSegments {
		x, err := segment.Parse(c.sentence, segment.Grammar{})
		if err != nil {
			panic(err) // at start: written above
		}
		s.scenarios = append(s.scenarios, b.counting(c.name, x))
	}
	return s
}

func (b *bench) counting(name string, x segment.Expr) scenario {
	return b.asking(name, 1, func(ctx context.Context, _ *asker) error {
		n, err := b.app.engine.CountSegment(ctx, b.program.ID, x)
		if err == nil && n > b.members {
			err = fmt.Errorf("%s has %d of %d members", name, n, b.members)
		}
		return err
	})
}
