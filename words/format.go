package words

import (
	"slices"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// Words speaks to one person of one program at one instant. The zero Place is a person who is at no place of the shop. A program whose
// settings are not known has no unit, no currency, no clock and no names of its own: numbers stand bare then, times are in UTC, and things
// are called what the caller calls them.
type Words struct {
	P       *locales.Printer // in the person's language
	Catalog *locales.Catalog
	Program engine.Program
	Place   *engine.Location // where the person works, nil for none
	Now     time.Time
}

// New speaks a language of the catalogue. place is nil for whoever works at none.
func New(catalog *locales.Catalog, language locales.Language, program engine.Program, place *engine.Location, now time.Time) Words {
	return Words{P: catalog.Printer(language), Catalog: catalog, Program: program, Place: place, Now: now}
}

// Language is what to speak to a person: the language chosen, else that of the hint if the shop speaks it, else the shop's first.
func Language(chosen, hint string, shop []string) locales.Language {
	if l, ok := locales.Parse(chosen); ok {
		return l
	}
	// A hint in a language of nobody here must not end in English before the shop's own languages are asked.
	hinted := locales.Resolve(append([]string{hint}, shop...)...)
	if slices.Contains(shop, string(hinted)) {
		return hinted
	}
	return locales.Resolve(shop...)
}

// T is a plain text of the catalogue.
func (w Words) T(key string, args ...locales.Args) string { return w.P.T(key, args...) }

// Rich is a marked-up text of the catalogue, with escaped arguments.
func (w Words) Rich(key string, args ...locales.Args) locales.Safe { return w.P.Rich(key, args...) }

// Points is a number of the program's points with its unit: "35 bonuses".
func (w Words) Points(p money.Points) string {
	if w.Program.Settings == nil {
		return w.P.Number(int64(p))
	}
	unit := w.Program.Settings.Unit
	return w.P.Points(int64(p), unit.Decimals, w.Catalog.Unit(unit.Name))
}

// PointsNumber is the number alone: "35".
func (w Words) PointsNumber(p money.Points) string {
	if w.Program.Settings == nil {
		return w.P.Number(int64(p))
	}
	return w.P.Decimal(int64(p), w.Program.Settings.Unit.Decimals)
}

// Money is a sum in the program's currency: "120,50 ₴".
func (w Words) Money(a money.Amount) string {
	if w.Program.Settings == nil {
		return w.P.Number(int64(a))
	}
	return w.P.Money(int64(a), w.Program.Settings.Currency.Code)
}

// Percent is a rate: "5 %".
func (w Words) Percent(r money.Rate) string { return w.P.Percent(int64(r)) }

// Local is an instant on the wall clock of the program or, when the person works at a location with its own zone, of that.
func (w Words) Local(t time.Time) time.Time {
	zone := time.UTC
	if w.Program.Settings != nil {
		zone = w.Program.Settings.Zone
	}
	if w.Place != nil && w.Place.Zone != "" {
		if own, err := time.LoadLocation(w.Place.Zone); err == nil {
			zone = own
		}
	}
	return t.In(zone)
}

// Date is a day in words, with the year when it is not this one: "21 November".
func (w Words) Date(t time.Time) string { return w.P.DateLong(w.Local(t), w.Local(w.Now)) }

// LastDay is the last day on which something that ends at an instant is still good.
func (w Words) LastDay(end time.Time) string { return w.Date(end.Add(-time.Second)) }
