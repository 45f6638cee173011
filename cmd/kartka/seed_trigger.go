package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

const (
	// celebratedWeeks is for how long a venue has written to guests before their birthdays.
	celebratedWeeks = 8
	celebrated      = "birthday"
)

// startTrigger switches a ready-made trigger on, with the texts it has in the languages of the venue.
func (s *seeder) startTrigger(ctx context.Context, e *engine.Engine, p engine.Program, ready string) (engine.Campaign, error) {
	catalog, err := locales.New()
	if err != nil {
		return engine.Campaign{}, err
	}
	language, _ := locales.Parse(p.Settings.Languages[0])
	w := words.Words{P: catalog.Printer(language), Catalog: catalog, Program: p, Now: s.clock}
	name, _ := w.ReadyTrigger(ready)
	c, err := e.StartReadyTrigger(ctx, p.ID, ready, name, w.ReadyTriggerTexts(ready), "")
	if err != nil {
		return c, fmt.Errorf("switch trigger on: %w", err)
	}
	return c, nil
}

// celebrate plays the birthdays of some days of the past.
func (s *seeder) celebrate(ctx context.Context, p engine.Program, v venue, codes engine.Codes, regulars []*regular, day, until time.Time) error {
	mail, ok := s.store.(engine.Deliveries)
	if !ok || v.sender == "" {
		return nil
	}
	was := s.clock
	defer func() { s.clock = was }()
	s.clock = day
	e := s.engineAt(s.store, codes)
	if _, _, err := e.KeepTraits(ctx, p.ID); err != nil {
		return err
	}
	c, err := s.startTrigger(ctx, e, p, celebrated)
	if err != nil {
		return err
	}
	of := make(map[string]*regular, len(regulars))
	for _, r := range regulars {
		of[r.member.ID] = r
	}
	chance := rand.New(rand.NewPCG(13, uint64(day.Unix())))
	for ; day.Before(until); day = day.AddDate(0, 0, 1) {
		local := day.In(v.settings.Zone)
		s.clock = time.Date(local.Year(), local.Month(), local.Day(), 10, 5, 0, 0, v.settings.Zone).UTC()
		if s.clock.After(until) {
			return nil
		}
		if _, err := e.RunTriggers(ctx, p.ID); err != nil {
			return err
		}
		if err := s.send(ctx, mail, v, &c, of, chance); err != nil {
			return err
		}
	}
	return nil
}

// waits has a venue's other triggers wait for what happens from now on.
func (s *seeder) waits(ctx context.Context, p engine.Program, codes engine.Codes) error {
	e := s.engineAt(s.store, codes)
	for _, ready := range []string{"welcome", "sorry"} {
		if _, err := s.startTrigger(ctx, e, p, ready); err != nil {
			return err
		}
	}
	return nil
}
