package owner

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// openPlaces are the places that are not closed.
func openPlaces(all []engine.Location) []engine.Location {
	return slices.DeleteFunc(slices.Clone(all), func(l engine.Location) bool { return l.Closed })
}

func placeOfCode(all []engine.Location, code string) (engine.Location, bool) {
	return findPlace(all, func(l engine.Location) bool { return l.Code == code })
}

// placeNamed finds an open place by its name, in any case of letters.
func placeNamed(all []engine.Location, name string) (engine.Location, bool) {
	return findPlace(openPlaces(all), func(l engine.Location) bool { return strings.EqualFold(l.Name, name) })
}

func findPlace(all []engine.Location, is func(engine.Location) bool) (engine.Location, bool) {
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return engine.Location{}, false
	}
	return all[i], true
}

// withPlaces reads the open places and goes on.
func withPlaces(v talk.View, then func(talk.View, []engine.Location) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.Location, error) {
		all, err := e.Store().Locations(ctx, program)
		if err != nil {
			return nil, fmt.Errorf("read locations: %w", err)
		}
		return openPlaces(all), nil
	}, func(v talk.View, open []engine.Location, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return then(v, open)
	}))
}

// places lists where the shop sells.
func places(v talk.View) talk.Output {
	return withPlaces(v, func(v talk.View, open []engine.Location) talk.Output { return showPlaces(v, open, 0) })
}

func showPlaces(v talk.View, open []engine.Location, page int) talk.Output {
	from, to, page, pages := pageOf(len(open), page)
	var rows [][]bots.Button
	for _, l := range open[from:to] {
		rows = append(rows, talk.Row(button(words.CleanName(l.Name, 28), "place", l.Code)))
	}
	rows = append(rows, turnPages("place", page, pages)...)
	rows = append(rows, talk.Row(button(v.T("owner.places.add.btn"), "newplace", "")), back(v, "home", ""))
	text := v.Rich("owner.places.none")
	if len(open) > 0 {
		text = talk.Paragraphs(bots.Rich(v.P.RichN("owner.places.head", int64(len(open)))), v.Rich("owner.places.choose"))
	}
	return v.SayAnd(talk.Session{}, v.Screen(text, rows...))
}

// pressPlace shows a place by its code, or a page of the list by its number. Codes are longer than page numbers.
func pressPlace(v talk.View, p talk.Pressed) talk.Output {
	return withPlaces(v, func(v talk.View, open []engine.Location) talk.Output {
		if l, ok := placeOfCode(open, p.Arg); ok {
			return showPlace(v, l, "")
		}
		page, err := strconv.Atoi(p.Arg)
		if err != nil {
			return stale(v, showPlaces(v, open, 0))
		}
		return showPlaces(v, open, page)
	})
}

func showPlace(v talk.View, l engine.Location, about bots.Rich) talk.Output {
	zone := l.Zone
	if zone == "" {
		zone = v.Program.Settings.Zone.String()
	}
	link := v.DeepLink(talk.Link{Place: l.Code})
	text := v.Rich("owner.place.text", locales.Args{"Name": l.Name, "Zone": zone, "Since": v.Date(l.CreatedAt), "Link": link})
	return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(about, text),
		talk.Row(button(v.T("owner.place.poster.btn"), "poster", l.Code)),
		talk.Row(bots.Button{Text: v.T("owner.place.copy.btn"), Copy: link}),
		back(v, "places", "")))
}

const stepNewPlace = "newplace"

// newPlace is a place being added.
type newPlace struct {
	Name string `json:"name,omitempty"` // "" while it is asked for
}

func pressNewPlace(v talk.View, p talk.Pressed) talk.Output {
	form := talk.Data[newPlace](v.Session, Flow)
	fresh := v.Session.At(Flow, stepNewPlace) && p.Mark != "" && p.Mark == v.Session.Mark
	zone, known := zoneOfButton(v.Program.Settings.Currency.Code, p.Arg)
	switch {
	case p.Arg == "":
		return askNewPlace(v, newPlace{}, "")
	case !fresh || form.Name == "":
		return stale(v, places(v))
	case p.Arg == "same":
		return addPlace(v, form.Name, "")
	case known:
		return addPlace(v, form.Name, zone)
	}
	return stale(v, askNewPlace(v, form, ""))
}

// askNewPlace asks for the name, then for the clock where shops of one currency live by several.
func askNewPlace(v talk.View, form newPlace, about bots.Rich) talk.Output {
	mark := v.NewMark()
	session := talk.In(Flow, stepNewPlace, form).Marked(mark)
	if form.Name == "" {
		return v.SayAnd(session, v.Screen(talk.Paragraphs(about, v.Rich("owner.places.new")), talk.Row(button(v.T("common.cancel.btn"), "places", ""))))
	}
	currency := v.Program.Settings.Currency.Code
	rows := [][]bots.Button{{talk.Button(v.T("owner.places.same_zone.btn"), Flow, "newplace", "same", mark)}}
	for _, row := range zoneChoices(v, currency) {
		var buttons []bots.Button
		for _, c := range row {
			buttons = append(buttons, talk.Button(c.text, Flow, "newplace", c.value, mark))
		}
		rows = append(rows, buttons)
	}
	rows = append(rows, talk.Row(button(v.T("common.cancel.btn"), "places", "")))
	text := v.Rich("owner.places.zone", locales.Args{"Name": form.Name, "Zone": v.Program.Settings.Zone.String()})
	return v.SayAnd(session, v.Screen(talk.Paragraphs(about, text), rows...))
}

func textNewPlace(v talk.View) talk.Output {
	form := talk.Data[newPlace](v.Session, Flow)
	currency := v.Program.Settings.Currency.Code
	if form.Name != "" {
		zone, ok := typedZoneName(v, currency, v.Event.Text)
		if !ok {
			return askNewPlace(v, form, v.Rich("owner.zone.unknown"))
		}
		return addPlace(v, form.Name, zone)
	}
	name, problem := cleanName(v, v.Event.Text)
	switch {
	case problem != "":
		return askNewPlace(v, form, problem)
	case len(zonesOf(currency)) > 1:
		return askNewPlace(v, newPlace{Name: name}, "")
	}
	return addPlace(v, name, "")
}

// added is a place and whether it is new.
type added struct {
	Place engine.Location
	New   bool
}

// addPlace adds a place unless one of the same name is open: two of a name could not be told apart at the counter.
func addPlace(v talk.View, name, zone string) talk.Output {
	program, by := v.Program.ID, v.Staff.ID
	if zone == v.Program.Settings.Zone.String() {
		zone = ""
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (added, error) {
		all, err := e.Store().Locations(ctx, program)
		if err != nil {
			return added{}, fmt.Errorf("read locations: %w", err)
		}
		if l, ok := placeNamed(all, name); ok {
			return added{Place: l}, nil
		}
		l, err := e.AddLocation(ctx, program, by, name, zone)
		return added{Place: l, New: true}, err
	}, placeAdded))
}

func placeAdded(v talk.View, a added, err error) talk.Output {
	switch {
	case err != nil:
		return askNewPlace(v, newPlace{}, note(v, err))
	case !a.New:
		return showPlace(v, a.Place, v.Rich("owner.places.known"))
	}
	return showPlace(v, a.Place, v.Rich("owner.places.added"))
}
