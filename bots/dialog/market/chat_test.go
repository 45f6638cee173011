package market_test

import (
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/market"
	"kartka/bots/dialog/talk"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/storage/storagetest"
)

var now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// chat is one person's conversation about a shop on a real engine and database. Whatever is said in it is checked for what must hold of every screen.
type chat struct {
	t        *testing.T
	engine   *engine.Engine
	catalog  *locales.Catalog
	program  engine.Program
	bot      engine.Bot
	clock    time.Time
	language locales.Language
	user     string // who is speaking
	session  talk.Session
	before   talk.Session // what the last deed began from, to do it again
	deeds    int
	said     []bots.Message
	slots    map[string]string // living messages beside the screen
	bulk     map[bots.Channel]talk.Bulk
}

// newChat is of a shop in Kyiv with four guests. Its marketer speaks.
//
//	Оксана   joined 100 days ago, came three times in the last week, wants news, is known as vip
//	Ерлан    joined 100 days ago, came once 70 days ago, wants news
//	Марія    joined 3 days ago, never came, wants no news
//	Іван     joined 3 days ago, came once, wanted news and has blocked the bot
func newChat(t *testing.T, language locales.Language) *chat {
	t.Helper()
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { t.Errorf("%s: %s lacks %q", l, key, arg) }
	c := &chat{t: t, catalog: catalog, language: language, clock: now.AddDate(0, 0, -100), user: "marketer"}
	var ids atomic.Int64 // the same in every run, so that lots that are drawn by them fall alike
	c.engine = engine.New(engine.Config{Store: storagetest.Open(t, storagetest.SQLite(t)), Now: func() time.Time { return c.clock },
		NewID: func() string { return fmt.Sprintf("%025d0", ids.Add(1)) }})
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава на розі", money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"uk", "en", "kk"}, 20000)
	if c.program, err = c.engine.CreateProgram(t.Context(), "kava", &s, engine.ProgramActive); err != nil {
		t.Fatal(err)
	}
	c.bot = engine.Bot{ProgramID: c.program.ID, Channel: string(bots.Telegram), Sender: "1", Username: "kava_bot", Token: "1:x", Secret: "s"}
	if err := c.engine.AttachBot(t.Context(), c.bot); err != nil {
		t.Fatal(err)
	}
	c.hire("marketer", engine.RoleMarketer)

	oksana, yerlan := c.joins("Оксана", true), c.joins("Ерлан", true)
	c.days(30)
	c.buys(yerlan)
	c.days(64)
	c.buys(oksana)
	c.days(3)
	c.buys(oksana)
	maria, ivan := c.joins("Марія", false), c.joins("Іван", true)
	c.buys(ivan)
	c.days(2)
	c.buys(oksana)
	c.days(1)
	if _, err := c.engine.SetTags(t.Context(), engine.TagsInput{ProgramID: c.program.ID, MemberID: oksana, Tags: []string{"vip"}}); err != nil {
		t.Fatal(err)
	}
	person := c.personOf("Іван")
	if person.Member == nil || person.Member.ID != ivan || maria == "" {
		t.Fatalf("the guests are mixed up: %+v", person.Member)
	}
	if err := c.engine.Blocked(t.Context(), person, true); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *chat) days(n int) { c.clock = c.clock.AddDate(0, 0, n) }

func (c *chat) address(user string) engine.Address {
	return engine.Address{Channel: c.bot.Channel, Sender: c.bot.Sender, UserID: user}
}

func (c *chat) meets(user string) engine.Person {
	c.t.Helper()
	person, err := c.engine.Meet(c.t.Context(), c.program, c.bot, engine.Contact{Address: c.address(user), Name: "Олена", Locale: "uk"})
	if err != nil {
		c.t.Fatal(err)
	}
	return person
}

func (c *chat) personOf(user string) engine.Person {
	c.t.Helper()
	person, err := c.engine.PersonAt(c.t.Context(), c.program, c.bot, c.address(user))
	if err != nil {
		c.t.Fatal(err)
	}
	return person
}

// hire makes somebody staff.
func (c *chat) hire(user string, role engine.Role) {
	c.t.Helper()
	person := c.meets(user)
	invited, err := c.engine.OperatorInvite(c.t.Context(), c.program.ID, role, "")
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.engine.AcceptInvite(c.t.Context(), c.program.ID, person.Contact.ID, invited.Token, "uk"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chat) joins(name string, news bool) string {
	c.t.Helper()
	joined, err := c.engine.Join(c.t.Context(), engine.JoinInput{ProgramID: c.program.ID, ContactID: c.meets(name).Contact.ID, Name: name, Language: "uk",
		Marketing: news, Channel: c.bot.Channel, Text: "join-v1"})
	if err != nil {
		c.t.Fatal(err)
	}
	return joined.Member.ID
}

func (c *chat) buys(member string) {
	c.t.Helper()
	c.deeds++
	in := engine.SaleInput{ProgramID: c.program.ID, MemberID: member, Sum: 20000, Source: "till"}
	if _, err := c.engine.Post(c.t.Context(), engine.PostInput{Key: fmt.Sprint("sale", c.deeds), Sale: in}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chat) view(event bots.Event) talk.View {
	c.t.Helper()
	event.From = bots.Address{Channel: bots.Telegram, Sender: c.bot.Sender, UserID: c.user}
	event.Key = fmt.Sprint("u:", c.deeds)
	program, err := c.engine.Program(c.t.Context(), c.program.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	person := c.personOf(c.user)
	person.Program = program
	person.Contact.Language, person.Contact.Slots = string(c.language), map[string]string{bots.SlotScreen: "10"}
	maps.Copy(person.Contact.Slots, c.slots)
	v := talk.NewView(person, event, c.session, c.clock, c.catalog)
	v.Bulk = c.bulk
	return v
}

// do answers one deed as the desk would.
func (c *chat) do(event bots.Event) {
	c.t.Helper()
	c.before = c.session
	out := dialog.Step(c.view(event))
	c.said = out.Say
	for calls := 0; out.Call != nil; calls++ {
		if calls == 8 {
			c.t.Fatal("calls without end")
		}
		then := out.Call.Run(c.t.Context(), c.engine, fmt.Sprint("u:", c.deeds, ":", calls))
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
	c.do(bots.Event{Kind: bots.EventCommand, Command: name})
}

func (c *chat) start() {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventStart})
}

func (c *chat) types(text string) {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventText, Text: text})
}

// press presses the button whose id begins with this after the flow: "save|ready:vip".
func (c *chat) press(id string) {
	c.t.Helper()
	c.pressID(c.find(id))
}

func (c *chat) pressID(id string) {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q", Ref: "10"}})
}

// again handles the last press a second time, as after a crash before its end was stored.
func (c *chat) again(id string) {
	c.t.Helper()
	c.session = c.before
	c.do(bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q", Ref: "10"}})
}

// buttons are the ids of what can be pressed.
func (c *chat) buttons() []string { return talktest.Said(c.said).Buttons() }

func (c *chat) find(id string) string {
	c.t.Helper()
	return talktest.Said(c.said).Find(c.t, market.Flow, id)
}

// shows is what is on the screen.
func (c *chat) shows() string { return talktest.Said(c.said).Shows() }

func (c *chat) toast() string { return talktest.Said(c.said).Toast() }

func (c *chat) mustShow(parts ...string) {
	c.t.Helper()
	talktest.Said(c.said).MustShow(c.t, parts...)
}

func (c *chat) mustNotShow(parts ...string) {
	c.t.Helper()
	talktest.Said(c.said).MustNotShow(c.t, parts...)
}

// T is a text of the catalogue as the person reads it.
func (c *chat) T(key string, args ...locales.Args) string {
	return strings.ReplaceAll(c.catalog.Printer(c.language).T(key, args...), "\u00a0", " ")
}

// own lists the segments of the shop by name.
func (c *chat) own() []engine.Segment {
	c.t.Helper()
	all, err := c.engine.Segments(c.t.Context(), c.program.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// saves makes a segment beside the chat.
func (c *chat) saves(name, sentence string) engine.Segment {
	c.t.Helper()
	x, err := c.engine.ReadSegment(c.t.Context(), c.program.ID, sentence, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	s, err := c.engine.SaveSegment(c.t.Context(), engine.SaveSegmentInput{ProgramID: c.program.ID, Name: name, Expr: x})
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// sentence writes an expression in the language of segments.
func sentence(x segment.Expr) string {
	return segment.Format(x, segment.Grammar{Money: 2}, nil)
}
