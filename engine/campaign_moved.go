package engine

import (
	"context"
	"errors"
	"fmt"
)

// homeMark keeps which database campaigns were last carried on in.
const homeMark = "home"

// Notes keeps small facts, as [Messages] does.
type Notes interface {
	Mark(ctx context.Context, key string) (string, error)
	SetMark(ctx context.Context, key, value string) error
}

// ComeHome has every campaign rest that would go on by itself, if the database has another identity than when this was last asked: it is a copy, or was restored,
// and the original may be sending the same. Owners and authors are told, and decide. It is called before anything is sent; several instances at once do
// no harm. It returns how many campaigns rest now that did not.
func (e *Engine) ComeHome(ctx context.Context, notes Notes, identity string) (rest int, err error) {
	if identity == "" {
		return 0, nil
	}
	was, err := notes.Mark(ctx, homeMark)
	if err != nil {
		return 0, fmt.Errorf("read where campaigns were carried on: %w", err)
	}
	if was == identity {
		return 0, nil
	}
	if was != "" {
		programs, err := e.store.Programs(ctx)
		if err != nil {
			return 0, fmt.Errorf("list programs: %w", err)
		}
		for _, p := range programs {
			n, err := e.restMoved(ctx, p.ID)
			rest += n
			if err != nil {
				return rest, err
			}
		}
	}
	if err := notes.SetMark(ctx, homeMark, identity); err != nil {
		return rest, fmt.Errorf("note where campaigns are carried on: %w", err)
	}
	return rest, nil
}

func (e *Engine) restMoved(ctx context.Context, programID string) (rest int, err error) {
	all, err := e.store.Campaigns(ctx, programID, CampaignScheduled, CampaignRunning)
	if err != nil {
		return 0, fmt.Errorf("read campaigns: %w", err)
	}
	var failed []error
	for i := range all {
		c := &all[i]
		err := e.moveBroadcast(ctx, c, c.State, func(tx Tx) error {
			c.State, c.Why = CampaignPaused, WhyMoved
			return e.tellOwners(ctx, tx, c, NoticeCampaignRests)
		})
		switch {
		case err == nil:
			rest++
		case !IsKind(err, KindConflict): // another instance was quicker
			failed = append(failed, fmt.Errorf("campaign %s: %w", c.ID, err))
		}
	}
	return rest, errors.Join(failed...)
}
