package talk

import (
	"slices"
	"time"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// View is everything a step may look at.
type View struct {
	engine.Person // as of the beginning of the step; after a Call, as of after it
	Event         bots.Event
	Session       Session
	Now           time.Time
	// Erased says that the person has just been removed at the own wish: only a farewell can be said.
	Erased  bool
	P       *locales.Printer // in the person's language
	Catalog *locales.Catalog
}

// NewView completes a view for a person.
func NewView(p engine.Person, event bots.Event, session Session, now time.Time, catalog *locales.Catalog) View {
	v := View{Person: p, Event: event, Session: session, Now: now, Catalog: catalog}
	v.P = catalog.Printer(v.Language())
	return v
}

// Language is the person's: chosen, else the hint if the shop speaks it, else the shop's first.
func (v View) Language() locales.Language {
	if l, ok := locales.Parse(v.Contact.Language); ok {
		return l
	}
	shop := v.Program.Settings.Languages
	// A hint in a language of nobody here must not end in English before the shop's own languages are asked.
	hint := locales.Resolve(append([]string{v.Contact.Locale}, shop...)...)
	if slices.Contains(shop, string(hint)) {
		return hint
	}
	return locales.Resolve(shop...)
}

// T is a plain text of the catalogue.
func (v View) T(key string, args ...locales.Args) string { return v.P.T(key, args...) }

// Rich is a marked-up text of the catalogue, with escaped arguments.
func (v View) Rich(key string, args ...locales.Args) bots.Rich {
	return bots.Rich(v.P.Rich(key, args...))
}

// Points is a number of the program's points with its unit: "35 bonuses".
func (v View) Points(p money.Points) string {
	unit := v.Program.Settings.Unit
	return v.P.Points(int64(p), unit.Decimals, v.Catalog.Unit(unit.Name))
}

// PointsNumber is the number alone: "35".
func (v View) PointsNumber(p money.Points) string {
	return v.P.Decimal(int64(p), v.Program.Settings.Unit.Decimals)
}

// Money is a sum in the program's currency: "120,50 ₴".
func (v View) Money(a money.Amount) string {
	return v.P.Money(int64(a), v.Program.Settings.Currency.Code)
}

// Percent is a rate: "5 %".
func (v View) Percent(r money.Rate) string { return v.P.Percent(int64(r)) }

// Local is an instant on the wall clock of the program or, when the person works at a location with its own zone, of that.
func (v View) Local(t time.Time) time.Time {
	zone := v.Program.Settings.Zone
	if v.Place != nil && v.Place.Zone != "" {
		if own, err := time.LoadLocation(v.Place.Zone); err == nil {
			zone = own
		}
	}
	return t.In(zone)
}

// Date is a day in words, with the year when it is not this one: "21 November".
func (v View) Date(t time.Time) string { return v.P.DateLong(v.Local(t), v.Local(v.Now)) }

// LastDay is the last day on which something that ends at an instant is still good.
func (v View) LastDay(end time.Time) string { return v.Date(end.Add(-time.Second)) }

// Balance is the member's points now; zero when the person has no card.
func (v View) Balance() engine.Balance { return engine.BalanceOf(&v.Account, v.Now) }

// AtCounter reports whether the person may serve guests now.
func (v View) AtCounter() bool {
	return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role.AtCounter()
}

// Manages reports whether the person may change people and places.
func (v View) Manages() bool { return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role.Manages() }

// Owns reports whether the person owns the program.
func (v View) Owns() bool {
	return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role == engine.RoleOwner
}
