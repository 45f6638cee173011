package talk

import (
	"time"

	"kartka/bots"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
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
	// App is the address of the program's Mini App, with a slash at its end; "" when there is none.
	App string
	// Bulk says how the program's bots send to many, by channel. Of a channel without an entry it is as [bots.CapabilitiesOf] has it.
	Bulk map[bots.Channel]Bulk
}

// Bulk is how a bot sends to many.
type Bulk struct {
	PerSecond int  // messages, to begin with; 0: not known
	Paid      bool // the messenger charges for what goes beyond its free rate
}

// BulkOn is how the program's bots send to many on a channel.
func (v View) BulkOn(channel bots.Channel) Bulk {
	if b, ok := v.Bulk[channel]; ok {
		return b
	}
	can, _ := bots.CapabilitiesOf(channel)
	return Bulk{PerSecond: can.Bulk}
}

// NewView completes a view for a person.
func NewView(p engine.Person, event bots.Event, session Session, now time.Time, catalog *locales.Catalog) View {
	v := View{Person: p, Event: event, Session: session, Now: now, Catalog: catalog}
	v.P = catalog.Printer(v.Language())
	return v
}

// Language is the person's: chosen, else the hint if the shop speaks it, else the shop's first.
func (v View) Language() locales.Language {
	return words.Language(v.Contact.Language, v.Contact.Locale, v.Program.Settings.Languages)
}

// AppPage is the address of a page of the Mini App, "" when there is none: "" is the guest's own, "?to=history" a start page of it,
// "scan/" the scanner of staff.
func (v View) AppPage(page string) string {
	if v.App == "" {
		return ""
	}
	return v.App + page
}

// Balance is the member's points now; zero when the person has no card.
func (v View) Balance() engine.Balance { return engine.BalanceOf(&v.Account, v.Now) }

// AtCounter reports whether the person may serve guests now.
func (v View) AtCounter() bool {
	return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role.AtCounter()
}

// Manages reports whether the person may change people and places.
func (v View) Manages() bool { return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role.Manages() }

// Markets reports whether the person may speak to many guests at once: whoever manages, and marketers.
func (v View) Markets() bool {
	return v.Manages() || v.Staff != nil && !v.Staff.Disabled && v.Staff.Role == engine.RoleMarketer
}

// Owns reports whether the person owns the program.
func (v View) Owns() bool {
	return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role == engine.RoleOwner
}
