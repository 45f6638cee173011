package owner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/bots"
	"kartka/bots/dialog/owner"
	"kartka/bots/dialog/talk"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

var now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

const (
	ownerID  = "01900000-0000-7000-8000-000000000001"
	anyoneID = "01900000-0000-7000-8000-000000000002"
)

// memory is as much of a store as this conversation uses.
type memory struct {
	engine.Tx
	program  engine.Program
	versions int
	places   []engine.Location
	staff    []engine.Staff
	invites  []engine.Invite
	language string
	totals   engine.Totals
	notices  int
	sums     []engine.RatingSum
	ratings  []engine.RatedSale
	fail     error // what the next change of the program answers
}

func (m *memory) InTx(_ context.Context, fn func(engine.Tx) error) error { return fn(m) }
func (m *memory) Program(context.Context, string) (engine.Program, error) {
	p := m.program
	settings := *p.Settings
	p.Settings = &settings
	return p, nil
}
func (m *memory) Locations(context.Context, string) ([]engine.Location, error) {
	return append([]engine.Location(nil), m.places...), nil
}
func (m *memory) Location(_ context.Context, _, id string) (engine.Location, error) {
	for _, l := range m.places {
		if l.ID == id {
			return l, nil
		}
	}
	return engine.Location{}, &engine.Error{Kind: engine.KindNotFound, ID: "location_unknown"}
}
func (m *memory) StaffList(context.Context, string) ([]engine.Staff, error) {
	return append([]engine.Staff(nil), m.staff...), nil
}
func (m *memory) Staff(_ context.Context, _, id string) (engine.Staff, error) {
	for _, s := range m.staff {
		if s.ID == id {
			return s, nil
		}
	}
	return engine.Staff{}, &engine.Error{Kind: engine.KindNotFound, ID: "staff_unknown"}
}
func (m *memory) CountMembers(context.Context, string) (int, error) { return 1204, nil }
func (m *memory) DayTotals(context.Context, string, string, string, time.Time, time.Time) (engine.Totals, error) {
	return m.totals, nil
}
func (m *memory) UpdateProgram(_ context.Context, p engine.Program) error {
	if m.fail != nil {
		return m.fail
	}
	m.program = p
	return nil
}
func (m *memory) InsertSettings(context.Context, engine.SettingsVersion) error {
	m.versions++
	return nil
}
func (m *memory) InsertLocation(_ context.Context, l engine.Location) error {
	m.places = append(m.places, l)
	return nil
}
func (m *memory) UpdateStaff(_ context.Context, s engine.Staff) error {
	for i := range m.staff {
		if m.staff[i].ID == s.ID {
			m.staff[i] = s
		}
	}
	return nil
}
func (m *memory) InsertInvite(_ context.Context, i engine.Invite) error {
	m.invites = append(m.invites, i)
	return nil
}
func (m *memory) SetLanguage(_ context.Context, _, _, language string) error {
	m.language = language
	return nil
}
func (m *memory) InsertAudit(context.Context, engine.Audit) error { return nil }
func (m *memory) Enqueue(_ context.Context, out ...engine.Outbound) error {
	m.notices += len(out)
	return nil
}

// chat is one person's conversation with the owner's flow over a store in memory. Whatever is said in it is checked for what
// must hold of every screen.
type chat struct {
	t       *testing.T
	store   *memory
	engine  *engine.Engine
	catalog *locales.Catalog
	staffID string
	session talk.Session
	deeds   int
	clock   time.Time    // of the engine, for its short memory of programs
	before  talk.Session // what the last deed began from, to do it again
	said    []bots.Message
}

func settingsOf(t *testing.T, preset, currency, zone string, check money.Amount, languages ...string) rules.Settings {
	t.Helper()
	p, ok := rules.LookupPreset(preset)
	if !ok {
		t.Fatalf("no preset %s", preset)
	}
	c, err := money.LookupCurrency(currency)
	if err != nil {
		t.Fatal(err)
	}
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return p.Draft("Кава на розі", c, z, languages, check)
}

// newChat is a chat with the owner of a program that an operator has just made.
func newChat(t *testing.T, language locales.Language) *chat {
	t.Helper()
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { t.Errorf("%s: %s lacks %q", l, key, arg) }
	settings := settingsOf(t, "horeca", "EUR", "UTC", 1000, "en")
	store := &memory{
		program:  engine.Program{ID: "program", Slug: "kava", Version: 1, Settings: &settings, State: engine.ProgramSetup},
		language: string(language),
		staff:    []engine.Staff{{ID: ownerID, ProgramID: "program", Role: engine.RoleOwner, Name: "Олена", CreatedAt: now.AddDate(0, -1, 0)}},
	}
	ids := 0
	c := &chat{t: t, store: store, catalog: catalog, staffID: ownerID, clock: now}
	c.engine = engine.New(engine.Config{Store: store, Now: func() time.Time { return c.clock }, Random: func(into []byte) {
		for i := range into {
			ids++
			into[i] = byte(ids * 37)
		}
	}, NewID: func() string { ids++; return fmt.Sprintf("01900000-0000-7000-9000-%012d", ids) }})
	return c
}

// wait lets the engine forget what it knows of the program.
func (c *chat) wait() { c.clock = c.clock.Add(time.Minute) }

// openChat is a chat of an open shop in Kyiv with a place.
func openChat(t *testing.T, language locales.Language) *chat {
	t.Helper()
	return shopChat(t, language, settingsOf(t, "horeca", "UAH", "Europe/Kyiv", 25000, "uk", "en", "kk"))
}

// shopChat is a chat of an open shop with a place.
func shopChat(t *testing.T, language locales.Language, settings rules.Settings) *chat {
	t.Helper()
	c := newChat(t, language)
	settings.Welcome.Points = 25
	c.store.program.Settings, c.store.program.State = &settings, engine.ProgramActive
	c.addPlace("Хрещатик, 1", "abc123")
	c.store.staff[0].LocationID = c.store.places[0].ID
	return c
}

func (c *chat) addPlace(name, code string) {
	id := fmt.Sprintf("01900000-0000-7000-a000-%012d", len(c.store.places))
	c.store.places = append(c.store.places, engine.Location{ID: id, ProgramID: "program", Name: name, Code: code, CreatedAt: now.AddDate(0, -1, 0)})
}

func (c *chat) view(event bots.Event) talk.View {
	c.t.Helper()
	event.From = bots.Address{Channel: bots.Telegram, Sender: "1", UserID: "2"}
	person := engine.Person{
		Bot:     engine.Bot{Channel: "telegram", Sender: "1", Username: "kava_bot"},
		Contact: engine.Contact{ID: "contact", Language: c.store.language, Slots: map[string]string{bots.SlotScreen: "10"}},
	}
	var err error
	if person.Program, err = c.engine.Program(context.Background(), "program"); err != nil {
		c.t.Fatal(err)
	}
	if staff, err := c.store.Staff(context.Background(), "program", c.staffID); err == nil {
		person.Staff = &staff
	}
	return talk.NewView(person, event, c.session, now, c.catalog)
}

// do answers one deed as the desk would.
func (c *chat) do(event bots.Event, step func(talk.View) talk.Output) {
	c.t.Helper()
	c.before = c.session
	event.Key = fmt.Sprint(c.deeds)
	out := step(c.view(event))
	c.said = out.Say
	for calls := 0; out.Call != nil; calls++ {
		if calls == 8 {
			c.t.Fatal("calls without end")
		}
		then := out.Call.Run(context.Background(), c.engine, fmt.Sprint(c.deeds, calls))
		c.session = out.Session
		out = then(c.view(event))
		if out.Fail != nil {
			c.t.Fatal(out.Fail)
		}
		c.said = append(c.said, out.Say...)
	}
	encoded, err := out.Session.Encode()
	if err != nil {
		c.t.Fatal(err)
	}
	c.session = talk.DecodeSession(encoded)
	c.check()
}

// check holds of everything that is said.
func (c *chat) check() {
	c.t.Helper()
	talktest.Said(c.said).Check(c.t)
}

func (c *chat) command(name string) {
	c.t.Helper()
	c.deeds++
	for _, command := range owner.Commands() {
		if command.Name == name {
			c.do(bots.Event{Kind: bots.EventCommand, Command: name}, func(v talk.View) talk.Output {
				if command.May != nil && !command.May(v) {
					c.t.Fatalf("/%s is not for this person", name)
				}
				return command.Handle(v)
			})
			return
		}
	}
	c.t.Fatalf("no command /%s", name)
}

func (c *chat) start() {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventStart}, owner.Begin)
}

func (c *chat) types(text string) {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventText, Text: text}, owner.Text)
}

func (c *chat) shares() {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "+380671234567"}}, owner.Contact)
}

// press presses the button whose id begins with this after the flow: "w|name.keep".
func (c *chat) press(id string) {
	c.t.Helper()
	c.deeds++
	c.pressID(c.find(id))
}

func (c *chat) pressID(id string) {
	c.t.Helper()
	p, ok := talk.ParseID(id)
	if !ok {
		c.t.Fatalf("unreadable id %q", id)
	}
	c.do(bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q", Ref: "10"}}, func(v talk.View) talk.Output { return owner.Press(v, p) })
}

// again handles the last press a second time, as after a crash before its end was stored.
func (c *chat) again(id string) {
	c.t.Helper()
	c.session = c.before
	c.pressID(id)
}

func (c *chat) find(id string) string {
	c.t.Helper()
	return talktest.Said(c.said).Find(c.t, owner.Flow, id)
}

// shows is what is on the screen.
func (c *chat) shows() string { return talktest.Said(c.said).Shows() }

func (c *chat) toast() string { return talktest.Said(c.said).Toast() }

func (c *chat) mustShow(parts ...string) {
	c.t.Helper()
	talktest.Said(c.said).MustShow(c.t, parts...)
}

// mustSay is mustShow for a text of the catalogue.
func (c *chat) mustSay(key string) {
	c.t.Helper()
	want := bots.Plain(bots.Rich(c.catalog.Printer(locales.Language(c.store.language)).Rich(key)))
	if want = strings.ReplaceAll(want, "\u00a0", " "); !strings.Contains(c.shows(), want) {
		c.t.Errorf("%s is not in:\n%s", key, c.shows())
	}
}

func (c *chat) at(step string) {
	c.t.Helper()
	if c.session.Step != step {
		c.t.Fatalf("at step %q, want %q; shown:\n%s", c.session.Step, step, c.shows())
	}
}

// settingsJSON is for comparing settings in one line.
func settingsJSON(t *testing.T, s *rules.Settings) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var noEvent = bots.Event{Kind: bots.EventText}

func pressOn(id, ref string) bots.Event {
	return bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q", Ref: ref}}
}

func pressStep(id string) func(talk.View) talk.Output {
	p, _ := talk.ParseID(id)
	return func(v talk.View) talk.Output { return owner.Press(v, p) }
}

// pressRaw presses a button that need not be on the screen.
func (c *chat) pressRaw(id string) {
	c.t.Helper()
	c.deeds++
	c.pressID(id)
}
