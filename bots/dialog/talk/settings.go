package talk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"kartka/engine"
	"kartka/engine/rules"
)

// ChangeSettings puts settings in force that were made from a version. A deed that is handled again finds them there and is content; when
// somebody else was faster, the answer is a conflict and nothing has changed.
func (v View) ChangeSettings(version int64, settings *rules.Settings, then func(View, error) Output) Output {
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		_, err := e.ChangeSettings(ctx, program, staff, version, settings)
		if engine.IsKind(err, engine.KindConflict) {
			now, readErr := e.Store().Program(ctx, program)
			if readErr != nil {
				return struct{}{}, fmt.Errorf("read program: %w", readErr)
			}
			if SameSettings(now.Settings, settings) {
				return struct{}{}, nil
			}
		}
		return struct{}{}, err
	}, func(v View, _ struct{}, err error) Output { return then(v, err) }))
}

// WithProgram reads the program as it is stored now, whatever an instance still remembers of it.
func (v View) WithProgram(then func(View) Output) Output {
	program := v.Program.ID
	return v.Call(Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Program, error) {
		p, err := e.Store().Program(ctx, program)
		if err != nil {
			return p, fmt.Errorf("read program: %w", err)
		}
		return p, nil
	}, func(v View, p engine.Program, err error) Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		v.Program = p
		return then(v)
	}))
}

// SameSettings compares settings as they are stored.
func SameSettings(a, b *rules.Settings) bool {
	left, err := json.Marshal(a)
	if err != nil {
		return false
	}
	right, err := json.Marshal(b)
	return err == nil && bytes.Equal(left, right)
}
