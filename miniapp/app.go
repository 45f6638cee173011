package miniapp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"kartka/engine"
	"kartka/locales"
	"kartka/miniapp/ui"
)

// Path is where everything here is. A program's pages are below Path + slug: the guest's at "/", the scanner of staff at "/scan/".
const Path = "/app/"

// AssetsPath is where the files are that pages load.
const AssetsPath = ui.AssetsPath

// Config is what the web needs.
type Config struct {
	Engine  *engine.Engine
	Catalog *locales.Catalog
	Logger  *slog.Logger
	// Watch tells of changed cards until ctx ends: each message is what [Watched] writes. Nil: pages are not brought up to date by themselves.
	Watch func(ctx context.Context) (<-chan string, error)
	// Wrote is told of each call that has left messages for people, by program; nil: nobody is.
	Wrote func(programID string)
	// Down reports errors that say that the database cannot be asked now; nil: none does.
	Down func(error) bool
	// Base is the address under which people reach the pages, without a slash at its end; "" when they cannot.
	Base string
	// Secure says that pages are reached over https only, as everywhere but on one's own machine; browsers then keep cookies more strictly.
	Secure bool
	// OIDC has browsers sign in with Telegram; without secrets they cannot.
	OIDC OIDC
}

// App serves the pages.
type App struct {
	Config
	ui     *ui.UI
	issuer *issuer
	hub    *hub
	shops  *shops
	routes http.Handler
	// campaignEvery is how often streams look how far a campaign is.
	campaignEvery time.Duration
	// closing ends the streams when the server is about to stop.
	closing chan struct{}
	close   sync.Once
}

// New makes the web. [App.Run] keeps its pages up to date.
func New(c Config) (*App, error) {
	pages, err := ui.New(c.Catalog)
	if err != nil {
		return nil, err
	}
	a := &App{Config: c, ui: pages, issuer: newIssuer(c.OIDC, c.Engine.Now), hub: newHub(), shops: &shops{engine: c.Engine, known: map[string]shop{}, presences: map[string]presences{}}, closing: make(chan struct{}),
		campaignEvery: campaignEvery}
	a.routes = a.handler()
	return a, nil
}

// ServeHTTP serves everything under [Path] and [AssetsPath].
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.routes.ServeHTTP(w, r) }

// Close ends the open streams, so that a server can stop: pages connect anew to whoever serves them then.
func (a *App) Close() { a.close.Do(func() { close(a.closing) }) }

// Run listens for changes and passes them to open pages until ctx ends.
func (a *App) Run(ctx context.Context) {
	if a.Watch == nil {
		return
	}
	for ctx.Err() == nil {
		changes, err := a.Watch(ctx)
		if err != nil {
			a.Logger.Warn("watch changes of cards", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Second):
			}
			continue
		}
		a.hub.refreshAll() // what has changed while nobody listened
		for change := range changes {
			a.hub.changed(change)
		}
	}
}

// shops finds programs by the names in addresses. A name is remembered for a moment: it changes hardly ever.
type shops struct {
	engine *engine.Engine
	mu     sync.Mutex
	known  map[string]shop
	// presences are bots by program.
	presences map[string]presences
}

type presences struct {
	bots  []engine.Bot
	until time.Time
}

type shop struct {
	id    string
	until time.Time
}

// How long a name is remembered, and how many are.
const (
	shopKept  = 10 * time.Second
	mostShops = 1000
)

func (s *shops) find(ctx context.Context, slug string) (engine.Program, error) {
	now := s.engine.Now()
	s.mu.Lock()
	was, ok := s.known[slug]
	s.mu.Unlock()
	if ok && was.until.After(now) {
		return s.engine.Program(ctx, was.id)
	}
	p, err := s.engine.Store().ProgramBySlug(ctx, slug)
	if err != nil {
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= mostShops {
		clear(s.known)
	}
	s.known[slug] = shop{id: p.ID, until: now.Add(shopKept)}
	return p, nil
}
