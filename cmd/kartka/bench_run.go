package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// run measures every bout. Each measurement that counts is written as a line of JSON at once.
func (h *benchHost) run(ctx context.Context, lines io.Writer) ([]measured, error) {
	bouts, err := chosen(h.schedule(), h.options.only)
	if err != nil {
		return nil, err
	}
	bar := progress(h.console, "bench")
	defer bar.Finish()
	var all []measured
	for _, bout := range bouts {
		rounds, err := h.runBout(ctx, bout, func(m measured) error {
			_ = bar.Add(1)
			if m.Round == 0 {
				return nil
			}
			return writeLine(lines, m)
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", bout.name, err)
		}
		all = append(all, rounds...)
	}
	return all, nil
}

// chosen keeps the scenarios whose key matches, and the references of their bouts. A reference that matches is measured alone, too.
func chosen(all []bout, only *regexp.Regexp) (kept []bout, err error) {
	for _, b := range all {
		wanted := func(s scenario) bool { return only == nil || only.MatchString(s.key()) }
		compared := false
		for _, s := range b.scenarios {
			compared = compared || !s.reference && wanted(s)
		}
		some := bout{name: b.name, opens: b.opens, once: b.once}
		for _, s := range b.scenarios {
			if wanted(s) || s.reference && compared {
				some.scenarios = append(some.scenarios, s)
			}
		}
		if len(some.scenarios) > 0 {
			kept = append(kept, some)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("-scenario %s matches nothing: %w", only, errConfig)
	}
	return kept, nil
}

// runBout lets the scenarios of a bout take turns, round after round. Those of the warm-up are shown to each, as round 0, and not returned.
func (h *benchHost) runBout(ctx context.Context, which bout, each func(measured) error) (rounds []measured, err error) {
	for _, open := range which.opens {
		shut, err := open(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, shut(context.WithoutCancel(ctx))) }()
	}
	first, last := 1-h.options.warmUps(), h.options.rounds
	if which.once {
		first, last = 1, 1
	}
	for round := first; round <= last; round++ {
		for _, s := range which.scenarios {
			m, err := s.measure(ctx, turn{round: round, length: h.options.length(), seed: h.options.seed})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.key(), err)
			}
			m.Kind, m.Bout, m.Scenario, m.InFlight, m.Round, m.Members = "round", which.name, s.name, s.inFlight, round, s.members
			if err := each(m); err != nil {
				return nil, err
			}
			if round > 0 {
				rounds = append(rounds, m)
			}
		}
	}
	return rounds, nil
}
