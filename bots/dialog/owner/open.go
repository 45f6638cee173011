package owner

import (
	"context"
	"fmt"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// openShop puts the draft into force: settings, the first place, where the owner works, and the doors are open. Whatever is
// already done, by this deed or by another owner, is not done again.
func openShop(v talk.View, d draft) talk.Output {
	settings := d.settings(v.Program.Settings)
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		p, err := e.Store().Program(ctx, program)
		if err != nil {
			return struct{}{}, fmt.Errorf("read program: %w", err)
		}
		if p.State != engine.ProgramSetup {
			return struct{}{}, nil
		}
		if !talk.SameSettings(p.Settings, &settings) {
			if _, err := e.ChangeSettings(ctx, program, staff, p.Version, &settings); err != nil {
				return struct{}{}, err
			}
		}
		place, err := firstPlace(ctx, e, program, staff, d.Place)
		if err != nil {
			return struct{}{}, err
		}
		if _, err := e.SetPlace(ctx, program, staff, place.ID); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, e.SetState(ctx, program, staff, engine.ProgramActive)
	}, func(v talk.View, _ struct{}, err error) talk.Output { return shopOpened(v, d, err) }))
}

// firstPlace finds the place of a name, or adds it.
func firstPlace(ctx context.Context, e *engine.Engine, program, staff, name string) (engine.Location, error) {
	all, err := e.Store().Locations(ctx, program)
	if err != nil {
		return engine.Location{}, fmt.Errorf("read locations: %w", err)
	}
	if l, ok := placeNamed(all, name); ok {
		return l, nil
	}
	return e.AddLocation(ctx, program, staff, name, "")
}

// shopOpened says what to do next in an open shop. When it could not be opened the summary stays, with what is wrong.
func shopOpened(v talk.View, d draft, err error) talk.Output {
	if err != nil {
		summary := steps()[len(steps())-1]
		return draw(v, summary, d, v.NewMark(), note(v, err)).Toasted(v.T("owner.setup.failed.toast"))
	}
	return v.SayAnd(talk.Session{}, v.Screen(v.Rich("owner.opened.text", locales.Args{"Shop": v.Program.Settings.Name}),
		talk.Row(button(v.T("owner.opened.invite.btn"), "invite", "")),
		talk.Row(button(v.T("owner.opened.poster.btn"), "poster", "")),
		talk.Row(counterButton(v), cardButton(v)),
		talk.Row(button(v.T("owner.home.btn"), "home", "")),
	))
}
