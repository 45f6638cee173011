package owner

import (
	"context"
	"fmt"
	"slices"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
)

// change puts settings in force that were made from a version. A deed that is handled again finds them there and is content; when
// somebody else was faster, the answer is a conflict and nothing has changed.
func change(v talk.View, version int64, settings *rules.Settings, then func(talk.View, error) talk.Output) talk.Output {
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		_, err := e.ChangeSettings(ctx, program, staff, version, settings)
		if engine.IsKind(err, engine.KindConflict) {
			now, readErr := e.Store().Program(ctx, program)
			if readErr != nil {
				return struct{}{}, fmt.Errorf("read program: %w", readErr)
			}
			if sameSettings(now.Settings, settings) {
				return struct{}{}, nil
			}
		}
		return struct{}{}, err
	}, func(v talk.View, _ struct{}, err error) talk.Output { return then(v, err) }))
}

// withProgram reads the program as it is stored now, whatever an instance still remembers of it.
func withProgram(v talk.View, then func(talk.View) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Program, error) {
		p, err := e.Store().Program(ctx, program)
		if err != nil {
			return p, fmt.Errorf("read program: %w", err)
		}
		return p, nil
	}, func(v talk.View, p engine.Program, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		v.Program = p
		return then(v)
	}))
}

// copied is a copy of settings whose lists can be changed without the others noticing.
func copied(s *rules.Settings) rules.Settings {
	c := *s
	c.Goods, c.Rules, c.Stamps = slices.Clone(s.Goods), slices.Clone(s.Rules), slices.Clone(s.Stamps)
	c.Codes, c.Rewards = slices.Clone(s.Codes), slices.Clone(s.Rewards)
	return c
}
