package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"kartka/bots"
	"kartka/bots/desk"
	"kartka/bots/dialog/talk"
	"kartka/bots/outbox"
	"kartka/bots/telegram"
	"kartka/engine"
	"kartka/miniapp"
)

// service is a running instance: bots that hear and speak, jobs, and an HTTP server.
type service struct {
	app       *app
	holder    string // of leases
	presences []*presence
	desk      *desk.Desk
	outbox    *outbox.Outbox
	metrics   *metrics
	web       *miniapp.App
	handler   http.Handler
	// extra is served beside our own paths: the demo's sandbox.
	extra http.Handler
	// pace overrides the platform's limits; the demo's sandbox has none.
	pace *bots.Pace
	// watch adds to what the outbox tells of what it does; nil: nothing.
	watch func(outbox.Hooks) outbox.Hooks
}

// runServe runs the shop.
func runServe(ctx context.Context, c console, args []string) error {
	if err := parse(flags(c, "serve"), args, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(c.env)
	if err != nil {
		return err
	}
	tuneCollector(c.env)
	a, err := openApp(ctx, c, cfg, true)
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.firstProgram(ctx, c); err != nil {
		return err
	}
	s := &service{app: a}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if len(s.presences) == 0 {
		return fmt.Errorf("there is no bot: set KARTKA_TELEGRAM_TOKEN, or add a program with \"kartka program add\": %w", errConfig)
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w: %w", err, errConfig)
	}
	if err := a.claimLinks(ctx, c); err != nil {
		return err
	}
	return s.run(ctx, listener)
}

// firstProgram makes the program of KARTKA_TELEGRAM_TOKEN when no program has that bot yet.
func (a *app) firstProgram(ctx context.Context, c console) error {
	token := a.config.TelegramToken
	if token == "" {
		return nil
	}
	id, _, _ := strings.Cut(token.Reveal(), ":")
	known, err := a.store.Bots(ctx, "")
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	for _, b := range known {
		if b.Channel != string(bots.Telegram) || b.Sender != id {
			continue
		}
		if b.Token != token { // the operator has replaced the token
			b.Token = token
			return a.engine.AttachBot(ctx, b)
		}
		return nil
	}
	settings, err := draftSettings("Kartka", "UAH", "Europe/Kyiv")
	if err != nil {
		return err
	}
	slug := "main"
	for n := 2; ; n++ {
		_, err := a.newProgram(ctx, slug, settings, engine.ProgramSetup, token)
		if err == nil || !errors.Is(err, errConfig) || n > 9 || !strings.Contains(err.Error(), "already") {
			return err
		}
		slug = fmt.Sprintf("main-%d", n)
	}
}

// claimLinks prints a one-time link for every program that nobody owns yet.
func (a *app) claimLinks(ctx context.Context, c console) error {
	return a.eachProgram(ctx, "", func(p engine.Program) error {
		staff, err := a.store.StaffList(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("list staff: %w", err)
		}
		for _, s := range staff {
			if s.Role == engine.RoleOwner && !s.Disabled {
				return nil
			}
		}
		return a.printClaim(ctx, c.out, p)
	})
}

// prepare connects every bot and puts desk, outbox and HTTP together. It calls no platform.
func (s *service) prepare(ctx context.Context) error {
	a := s.app
	s.holder = newHolder()
	if err := s.releaseDead(ctx); err != nil {
		return err
	}
	if err := s.comeHome(ctx); err != nil {
		return err
	}
	s.metrics = newMetrics(a)
	var listeners []desk.Presence
	var speakers []outbox.Presence
	pace := telegram.Pace(a.config.TelegramPaid, nil)
	if s.pace != nil {
		pace = *s.pace
	}
	err := a.eachProgram(ctx, "", func(p engine.Program) error {
		own, err := a.store.Bots(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("list bots: %w", err)
		}
		for _, b := range own {
			if b.Channel != string(bots.Telegram) {
				continue
			}
			presence, err := a.connect(p, b)
			if err != nil {
				return err
			}
			s.presences = append(s.presences, presence)
			listeners = append(listeners, desk.Presence{ProgramID: p.ID, Bot: b, Decoder: presence.adapter})
			speakers = append(speakers, outbox.Presence{ProgramID: p.ID, Bot: b, Sender: presence.adapter, Pace: pace, Paid: a.config.TelegramPaid})
		}
		return nil
	})
	if err != nil {
		return err
	}
	hooks := s.metrics.outboxHooks()
	if s.watch != nil {
		hooks = s.watch(hooks)
	}
	s.outbox = outbox.New(outbox.Config{Engine: a.engine, Messages: a.store, Deliveries: a.store, Catalog: a.catalog, Logger: a.logger, Holder: s.holder, Hooks: hooks, App: a.miniApp}, speakers)
	s.desk = desk.New(desk.Config{Engine: a.engine, Messages: a.store, Catalog: a.catalog, Logger: a.logger,
		Queued: s.outbox.Wake, Handled: s.metrics.turn, Changed: s.staffChanged, App: a.miniApp,
		Bulk: map[bots.Channel]talk.Bulk{bots.Telegram: {PerSecond: int(pace.Bulk), Paid: a.config.TelegramPaid}}}, listeners)
	if s.web, err = s.newWeb(); err != nil {
		return err
	}
	s.handler, err = s.routes()
	return err
}

// comeHome has campaigns rest in a database that is a copy of the one they were begun in.
func (s *service) comeHome(ctx context.Context) error {
	identity, err := s.app.store.Identity(ctx)
	if err != nil {
		return err
	}
	rest, err := s.app.engine.ComeHome(ctx, s.app.store, identity)
	if rest > 0 {
		s.app.logger.Warn("this database was copied or restored: campaigns rest until somebody has them go on", "campaigns", rest)
	}
	return err
}

// staffChanged keeps the menus of a person in step.
func (s *service) staffChanged(v talk.View) {
	for _, p := range s.presences {
		if p.bot.Sender == v.Bot.Sender {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				s.app.menuOf(ctx, p, v)
			}()
		}
	}
}

// run serves until ctx ends, and then winds down: no new deliveries, those begun are finished, what is being sent is settled.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	logger := s.app.logger
	server := &http.Server{Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	server.RegisterOnShutdown(s.web.Close)
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	metricsServer, err := s.serveMetrics(failed)
	if err != nil {
		return err
	}
	speaking, hush := context.WithCancel(context.WithoutCancel(ctx))
	defer hush()
	var background sync.WaitGroup
	background.Go(func() { s.outbox.Run(speaking) })
	background.Go(func() { s.app.news.run(speaking) })
	background.Go(func() { s.web.Run(speaking) })
	if err := s.desk.Resume(ctx); err != nil {
		logger.Error("resume unheard deliveries", "error", err)
	}
	hearing, deaf := context.WithCancel(ctx)
	defer deaf()
	for _, p := range s.presences {
		background.Go(func() { s.hear(hearing, p) })
	}
	background.Go(func() { s.underLease(hearing, "jobs", s.jobs) })
	debug.FreeOSMemory() // what reading texts and schema took is not needed again
	logger.Info("ready", "address", listener.Addr().String(), "bots", len(s.presences))

	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
		logger.Error("server failed", "error", err)
	}
	deaf()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(grace))
	if metricsServer != nil {
		err = errors.Join(err, metricsServer.Shutdown(grace))
	}
	if drainErr := s.desk.Drain(grace); drainErr != nil {
		logger.Warn("deliveries are left for the next start", "error", drainErr)
	}
	if drainErr := s.outbox.Drain(grace); drainErr != nil {
		logger.Warn("messages are left for the next start", "error", drainErr)
	}
	hush()
	background.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	logger.Info("stopped")
	return err
}

// hear introduces a bot and then receives: by webhook when there is a public URL, else by polling under a lease. An outage of the
// platform at the start is waited out.
func (s *service) hear(ctx context.Context, p *presence) {
	logger := s.app.logger.With("bot", p.bot.Username)
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := s.app.introduce(ctx, p)
		if err == nil && s.app.config.PublicURL != "" {
			err = s.app.setWebhook(ctx, p)
		}
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		logger.Warn("bot is not ready", "error", err)
		s.metrics.botReady(p.bot.Sender, false)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
	s.metrics.botReady(p.bot.Sender, true)
	if s.app.config.PublicURL != "" {
		return
	}
	inbox := s.desk.Inbox(desk.Presence{ProgramID: p.program.ID, Bot: p.bot, Decoder: p.adapter})
	s.underLease(ctx, "poll:telegram:"+p.bot.Sender, func(ctx context.Context) {
		err := p.adapter.Poll(ctx, inbox, s.desk.Wake, telegram.PollOptions{DeleteWebhook: true})
		if err != nil {
			logger.Error("polling stopped", "error", err)
			s.metrics.botReady(p.bot.Sender, false)
		}
	})
}

// How often the jobs look for work. Days begin at local midnights, which are on quarters of an hour everywhere.
const (
	jobsEvery  = time.Second
	dailyEvery = 15 * time.Minute
	// traitsEvery is how far what segments know may be behind. Whoever counts one does not wait for it.
	traitsEvery = 10 * time.Second
)

// jobs ends holds whose time is over and, beside that, does what the calendar asks of each program and keeps what segments ask of members, until ctx
// ends. A long night of the one does not keep a cashier who waits for the other.
func (s *service) jobs(ctx context.Context) {
	var calendar sync.WaitGroup
	defer calendar.Wait()
	calendar.Go(func() {
		var done time.Time // the quarter of an hour that the calendar was last asked in
		s.everySecond(ctx, func() {
			s.reintroduce(ctx)
			if quarter := s.app.engine.Now().Truncate(dailyEvery); quarter.After(done) {
				s.daily(ctx)
				done = quarter
			}
		})
	})
	calendar.Go(func() { every(ctx, traitsEvery, func() { s.traits(ctx) }) })
	calendar.Go(func() { s.everySecond(ctx, func() { s.campaigns(ctx) }) })
	calendar.Go(func() { s.everySecond(ctx, func() { s.triggers(ctx) }) })
	s.everySecond(ctx, func() { s.endHolds(ctx) })
}

// everySecond does a job at once and then about every second, never twice at a time, until ctx ends.
func (s *service) everySecond(ctx context.Context, job func()) { every(ctx, jobsEvery, job) }

// every does a job at once and then about that often, never twice at a time, until ctx ends.
func every(ctx context.Context, often time.Duration, job func()) {
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		job()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// reintroduce writes the menus of bots whose program has other settings than the menus were written for: a shop that begins to
// give rewards has a command for them. The platform is called once per change, however that ends; the next start tries again.
func (s *service) reintroduce(ctx context.Context) {
	for _, p := range s.presences {
		program, err := s.app.engine.Program(ctx, p.program.ID)
		known := p.introduced.Load()
		if err != nil || known == 0 || known == program.Version || !p.introduced.CompareAndSwap(known, program.Version) {
			continue
		}
		if err := s.app.introduce(ctx, p); err != nil && ctx.Err() == nil {
			s.app.logger.Warn("write command menu", "bot", p.bot.Username, "error", err)
		}
	}
}

func (s *service) endHolds(ctx context.Context) {
	err := s.app.eachProgram(ctx, "", func(p engine.Program) error {
		ended, err := s.app.engine.ExpireHolds(ctx, p.ID, s.app.engine.Now())
		if ended > 0 {
			s.wakeSenders(p.ID)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.app.logger.Error("end holds", "error", err)
	}
}

func (s *service) daily(ctx context.Context) {
	err := s.app.eachProgram(ctx, "", func(p engine.Program) error {
		report, err := s.app.engine.Daily(ctx, p.ID, s.app.engine.Now(), nil)
		if report.Days > 0 || report.Expired.Accounts > 0 || report.Coupons > 0 || report.Friends > 0 {
			s.app.logger.Info("daily run", dailyAttrs(p, report)...)
			s.wakeSenders(p.ID)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.app.logger.Error("daily run", "error", err)
	}
}

// campaigns starts what is to start, writes what is to be sent, and ends what is done.
func (s *service) campaigns(ctx context.Context) {
	err := s.app.eachProgram(ctx, "", func(p engine.Program) error {
		run, err := s.app.engine.RunCampaigns(ctx, p.ID)
		if run.Started+run.Ended+run.Asked > 0 {
			s.app.logger.Info("campaigns", "program", p.Slug, "started", run.Started, "ended", run.Ended, "asked", run.Asked)
		}
		if run.Started+run.Fed+run.Ended+run.Asked+run.Running > 0 {
			s.wakeSenders(p.ID)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.app.logger.Error("carry campaigns on", "error", err)
	}
}

// triggers looks at what has happened, and at the calendar, for those that wait for it.
func (s *service) triggers(ctx context.Context) {
	err := s.app.eachProgram(ctx, "", func(p engine.Program) error {
		began := time.Now()
		run, err := s.app.engine.RunTriggers(ctx, p.ID)
		if run != (engine.TriggerRun{}) {
			s.app.logger.Debug("triggers", "program", p.Slug, "written", run.Written, "acted", run.Acted, "rested", run.Rested, "took", time.Since(began))
			s.wakeSenders(p.ID)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.app.logger.Error("carry triggers on", "error", err)
	}
}

// traits keeps what segments ask about members.
func (s *service) traits(ctx context.Context) {
	err := s.app.eachProgram(ctx, "", func(p engine.Program) error {
		began := time.Now()
		followed, turned, err := s.app.engine.KeepTraits(ctx, p.ID)
		if followed+turned > 0 {
			s.app.logger.Debug("traits kept", "program", p.Slug, "followed", followed, "turned", turned, "took", time.Since(began))
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.app.logger.Error("keep traits", "error", err)
	}
}

func (s *service) wakeSenders(programID string) {
	for _, p := range s.presences {
		if p.program.ID == programID {
			s.outbox.Wake(p.bot.Channel, p.bot.Sender)
		}
	}
}
