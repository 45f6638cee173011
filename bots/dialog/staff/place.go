package staff

import (
	"context"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// seat finds where the person works: the remembered place, or the only one there is, which is then remembered. When there is a
// choice it lists the places instead; a shop without places needs none.
func seat(ctx context.Context, e *engine.Engine, v talk.View) (locationID string, choice []engine.Location, err error) {
	if at := place(v); at != nil {
		return at.ID, nil, nil
	}
	open, err := openPlaces(ctx, e, v.Program.ID)
	switch {
	case err != nil:
		return "", nil, err
	case len(open) > 1:
		return "", open, nil
	case len(open) == 0:
		return "", nil, nil
	}
	_, err = e.SetPlace(ctx, v.Program.ID, v.Staff.ID, open[0].ID)
	return open[0].ID, nil, err
}

// proceed goes on with a guest: to the place when none is known yet, else to the sale.
func proceed(v talk.View, c counter) talk.Output {
	if place(v) != nil {
		return offer(v, c, note{})
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.Location, error) {
		_, choice, err := seat(ctx, e, v)
		return choice, err
	}, func(v talk.View, choice []engine.Location, err error) talk.Output {
		switch {
		case err != nil:
			return stopped(v, c, err)
		case len(choice) > 0:
			return placesShown(v, c, note{}, choice)
		}
		return offer(v, c, note{})
	}))
}

// choosePlace shows all places.
func choosePlace(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.Location, error) {
		return openPlaces(ctx, e, v.Program.ID)
	}, func(v talk.View, choice []engine.Location, err error) talk.Output {
		if err != nil {
			return stopped(v, c, err)
		}
		return placesShown(v, c, n, choice)
	}))
}

func placesShown(v talk.View, c counter, n note, choice []engine.Location) talk.Output {
	if len(choice) == 0 {
		return shown(v, stepHome, c.cleared(), n, v.Rich("staff.place.none", locales.Args{"Menu": v.T("owner.home.btn")}), talk.Row(homeButton(v)))
	}
	rows := make([][]bots.Button, 0, len(choice)+1)
	for _, l := range choice {
		name := words.CleanName(l.Name, 30)
		if at := place(v); at != nil && at.ID == l.ID {
			name = "✓ " + words.CleanName(l.Name, 28)
		}
		rows = append(rows, talk.Row(marked(v, name, actAt, l.ID)))
	}
	return shown(v, stepPlace, c, n, v.Rich("staff.place.ask"), append(rows, talk.Row(cancelButton(v)))...)
}

// placeChosen remembers a place and goes on with what lies on the counter.
func placeChosen(v talk.View, c counter, id string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (found bool, err error) {
		open, err := openPlaces(ctx, e, v.Program.ID)
		if err != nil || !slices.ContainsFunc(open, func(l engine.Location) bool { return l.ID == id }) {
			return false, err
		}
		_, err = e.SetPlace(ctx, v.Program.ID, v.Staff.ID, id)
		return true, err
	}, func(v talk.View, found bool, err error) talk.Output { return placed(v, c, found, err) }))
}

func placed(v talk.View, c counter, found bool, err error) talk.Output {
	at := place(v)
	switch {
	case err != nil:
		return stopped(v, c, err)
	case !found || at == nil: // closed while the list was on the screen
		return choosePlace(v, c, note{problem: v.Rich("staff.place.gone")})
	}
	n := note{toast: v.T("staff.place.chosen.toast", locales.Args{"Place": words.CleanName(at.Name, 64)})}
	switch {
	case c.Guest.ID != "":
		return offer(v, c, n)
	case c.Sum > 0:
		return whoForm(v, c, n)
	}
	return home(v, n)
}
