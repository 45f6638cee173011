package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"

	"github.com/chromedp/chromedp"
)

// stand is the demo, small, with a browser in front of it. All tests of pages share one: seeding the shops and starting the browser takes seconds.
type stand struct {
	app     *app
	base    string // of the instance and of the messenger beside it
	slug    string
	program engine.Program
	place   engine.Location
	bot     engine.Bot
	driver  *sandbox.Driver
	browser context.Context
	camera  string // the file that the browser's camera sees
	people  atomic.Int64
	ends    []func()
}

// The one stand, made when the first test asks for it and taken down by TestMain.
var (
	oneStand   = sync.OnceValues(newStand)
	standMade  atomic.Bool
	standLimit = 10 * time.Second // to take it down
)

// theStand is the stand of this run of tests.
func theStand(t *testing.T) *stand {
	t.Helper()
	standMade.Store(true)
	s, err := oneStand()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// endStand takes the stand down, if there is one.
func endStand() {
	if !standMade.Load() {
		return
	}
	if s, err := oneStand(); err == nil {
		s.end()
	}
}

func (s *stand) end() {
	for i := len(s.ends) - 1; i >= 0; i-- {
		s.ends[i]()
	}
}

// newStand starts the demo's café as "kartka demo" does, and a browser.
func newStand() (_ *stand, err error) {
	s := &stand{slug: "kava"}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	s.ends = append(s.ends, cancel)
	if err := s.startDemo(ctx); err != nil {
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	if err := s.startBrowser(ctx); err != nil {
		return nil, fmt.Errorf("start Chromium (scripts/test-deps.sh chromium installs it): %w", err)
	}
	return s, nil
}

func (s *stand) startDemo(ctx context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d := &demo{listen: listener.Addr().String(), scale: smallDemo, base: "http://" + listener.Addr().String()}
	s.base = d.base
	if err := d.directory(); err != nil {
		return err
	}
	s.ends = append(s.ends, func() { _ = os.RemoveAll(d.dir) })
	cons := console{out: io.Discard, err: os.Stderr, env: environment{"KARTKA_LOG_LEVEL": "error"}.get}
	cfg, err := d.config(cons.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cons, cfg, true)
	if err != nil {
		return err
	}
	s.app, a.base = a, d.base
	s.ends = append(s.ends, a.close)
	d.sandbox = sandbox.New(sandbox.Config{Seed: demoSeed, Logger: a.logger})
	s.ends = append(s.ends, d.sandbox.Close)
	if _, err := d.arrange(ctx, cons, a); err != nil {
		return err
	}
	instance := &service{app: a, extra: d.sandbox, pace: &fast}
	if err := instance.prepare(ctx); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- instance.run(running, listener) }()
	s.ends = append(s.ends, func() {
		stop()
		<-done
	})
	s.driver = sandbox.NewDriver(s.base, http.DefaultClient)
	if s.program, err = a.store.ProgramBySlug(ctx, s.slug); err != nil {
		return err
	}
	places, err := a.store.Locations(ctx, s.program.ID)
	if err != nil || len(places) == 0 {
		return fmt.Errorf("%d places: %w", len(places), err)
	}
	own, err := a.store.Bots(ctx, s.program.ID)
	if err != nil || len(own) == 0 {
		return fmt.Errorf("%d bots: %w", len(own), err)
	}
	s.place, s.bot = places[0], own[0]
	return nil
}

// startBrowser starts one Chromium with a camera that sees a film of ours. It ends with its pipe, so it never outlives the tests, however they end.
func (s *stand) startBrowser(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "kartka-camera-")
	if err != nil {
		return err
	}
	s.ends = append(s.ends, func() { _ = os.RemoveAll(dir) })
	nothing, err := film("")
	if err != nil {
		return err
	}
	s.camera = filepath.Join(dir, "camera.y4m")
	if err := os.WriteFile(s.camera, nothing, 0o600); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("mute-audio", true), chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-file-for-fake-video-capture", s.camera),
		chromedp.WSURLReadTimeout(time.Minute))
	allocated, end := chromedp.NewExecAllocator(ctx, options...)
	s.ends = append(s.ends, end)
	browser, cancel := chromedp.NewContext(allocated)
	s.ends = append(s.ends, cancel, func() {
		limited, cancel := context.WithTimeout(browser, standLimit)
		defer cancel()
		_ = chromedp.Cancel(limited)
	})
	s.browser = browser
	return chromedp.Do(browser)
}

// someone comes to the café's bot for the first time, in a language.
func (s *stand) someone(t *testing.T, name string, l locales.Language) *person {
	t.Helper()
	n := s.people.Add(1)
	p, err := s.driver.NewUser(t.Context(), telegram.Person{FirstName: name, LanguageCode: string(l), Phone: fmt.Sprintf("38063%07d", n)}, s.bot.Username)
	if err != nil {
		t.Fatal(err)
	}
	return &person{Phone: p, t: t}
}

// known makes somebody known to the café, as their first message would.
func (s *stand) known(t *testing.T, p *person) engine.Person {
	t.Helper()
	known, err := s.app.engine.Meet(t.Context(), s.program, s.bot, engine.Contact{Name: "Оксана", Locale: "uk",
		Address: engine.Address{Channel: string(bots.Telegram), Sender: s.bot.Sender, UserID: fmt.Sprint(p.User())}})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// regularGuest is somebody whose card has a bit of everything.
type regularGuest struct {
	*person
	contact engine.Contact
	member  engine.Member
}

// guest makes a guest who has been here a few times: points that burn, stamps, a level, coupons.
func (s *stand) guest(t *testing.T, l locales.Language) *regularGuest {
	t.Helper()
	g := &regularGuest{person: s.someone(t, "Оксана", l)}
	g.start("") // or the bot may not write
	g.button("v1|guest|")
	g.contact = s.known(t, g.person).Contact
	joined, err := s.app.engine.Join(t.Context(), engine.JoinInput{ProgramID: s.program.ID, ContactID: g.contact.ID, Name: "Оксана Коваль", Language: string(l),
		Channel: string(bots.Telegram), Text: "join-v1", Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	g.member = joined.Member
	coffee, breakfast := rules.Line{Category: "кава", Quantity: 3000, Net: 25500}, rules.Line{Category: "сніданки", Quantity: 2000, Net: 36000}
	for range 2 {
		s.sells(t, g, coffee, breakfast)
	}
	for _, kind := range []string{"dessert", "coffee"} {
		if _, err := s.app.engine.GiveCoupon(t.Context(), engine.GiveCouponInput{Key: s.app.engine.NewID(), ProgramID: s.program.ID, MemberID: g.member.ID, Coupon: kind, Note: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// sells posts a check of a guest.
func (s *stand) sells(t *testing.T, g *regularGuest, lines ...rules.Line) engine.Posted {
	t.Helper()
	posted, err := s.app.engine.Post(t.Context(), engine.PostInput{Key: s.app.engine.NewID(), Sale: engine.SaleInput{
		ProgramID: s.program.ID, MemberID: g.member.ID, LocationID: s.place.ID, Lines: lines, Source: "till"}})
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

// speaks has a guest choose a language.
func (s *stand) speaks(t *testing.T, g *regularGuest, l locales.Language) {
	t.Helper()
	if err := s.app.engine.SetLanguage(t.Context(), s.program.ID, g.contact.ID, string(l)); err != nil {
		t.Fatal(err)
	}
}

// at is the engine of the café with a clock that is so much later.
func (s *stand) at(later time.Duration) *engine.Engine {
	return engine.New(engine.Config{Store: s.app.store, Codes: codes{s.app.shared}, Now: func() time.Time { return time.Now().Add(later) }})
}

// page is the address of a page of the café.
func (s *stand) page(path string) string { return s.base + "/app/" + s.slug + "/" + path }
