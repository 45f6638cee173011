package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// benchStage is an instance as "kartka serve" runs it, on a database of its own, whose guests are in an emulated messenger with the limits of a real one.
type benchStage struct {
	host      *benchHost
	guests    int
	messenger *sandbox.Server
	server    *http.Server
	app       *app
	program   engine.Program
	botID     int64
	past      benchPast
	post      *tally
	shop      *service
	hush      context.CancelFunc
	served    chan error
}

// lastVisit is how many days ago every guest of a stage bought something, once.
const lastVisit = 40

// openStage makes a shop whose guests have all agreed to hear of it. The instance is not running yet. What it cannot finish it takes away again.
func (h *benchHost) openStage(ctx context.Context, guests int, paid bool) (s *benchStage, err error) {
	s = &benchStage{host: h, guests: guests, post: &tally{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.openMessenger(); err != nil {
		return s, err
	}
	if err := s.openApp(ctx, paid); err != nil {
		return s, err
	}
	return s, s.fill(ctx)
}

// openMessenger starts the messenger, in which everybody has opened the chat long ago.
func (s *benchStage) openMessenger() error {
	s.messenger = sandbox.New(sandbox.Config{Flood: telegram.StrictFlood()})
	bot, err := s.messenger.Telegram().CreateBot(telegram.BotSpec{Username: "bench_bot", Name: "Bench", Token: messengerToken().Reveal()})
	if err != nil {
		return fmt.Errorf("make the messenger's bot: %w", err)
	}
	s.botID = bot.ID
	people := make([]telegram.Person, s.guests)
	for i := range people {
		people[i] = telegram.Person{ID: int64(firstUser + i), FirstName: "Guest", LanguageCode: "uk"}
	}
	if err := s.messenger.Telegram().Acquaint(bot.ID, people...); err != nil {
		return fmt.Errorf("make the messenger's people: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen as a messenger: %w", err)
	}
	s.server = &http.Server{Handler: s.messenger, ReadHeaderTimeout: 5 * time.Second}
	s.server.Addr = l.Addr().String()
	go s.server.Serve(l) // ends with close
	return nil
}

// openApp opens the product on a new database.
func (s *benchStage) openApp(ctx context.Context, paid bool) error {
	name := benchDatabase()
	key, database := filepath.Join(s.host.dir, name+".key"), "sqlite:"+filepath.Join(s.host.dir, name+".db")
	if s.host.dialect == sqldb.Postgres {
		if err := s.host.server.create(ctx, name); err != nil {
			return err
		}
		database = s.host.server.url(name)
	}
	if _, err := storage.LoadOrCreateKeyFile(key); err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	settings := map[string]string{"DATABASE": database, "KEY_PATH": key, "LOG_LEVEL": "error", "TELEGRAM_API": "http://" + s.server.Addr + "/sandbox/telegram",
		"TELEGRAM_PAID": strconv.FormatBool(paid)}
	cfg, err := loadConfig(func(name string) string { return settings[strings.TrimPrefix(name, envPrefix)] })
	if err != nil {
		return err
	}
	s.app, err = openApp(ctx, s.host.console, cfg, true)
	return err
}

// fill makes the program with its guests, and gathers what segments ask of them.
func (s *benchStage) fill(ctx context.Context) (err error) {
	e := s.app.engine
	settings, err := draftSettings("Bench", "UAH", "Europe/Kyiv")
	if err != nil {
		return err
	}
	campaigns := rules.DefaultCampaigns()
	campaigns.Quiet, campaigns.Holdout = rules.QuietHours{}, 0 // at any hour, to everybody
	settings.Languages, settings.Campaigns = []string{"uk"}, &campaigns
	if s.program, err = e.CreateProgram(ctx, "bench", settings, engine.ProgramActive); err != nil {
		return fmt.Errorf("make program: %w", err)
	}
	bot := engine.Bot{ProgramID: s.program.ID, Channel: string(bots.Telegram), Sender: messengerBot, Username: "bench_bot", Token: messengerToken(), Secret: randomSecret()}
	if err := e.AttachBot(ctx, bot); err != nil {
		return fmt.Errorf("connect bot: %w", err)
	}
	place, err := e.AddLocation(ctx, s.program.ID, "", "Counter", "")
	if err != nil {
		return fmt.Errorf("add location: %w", err)
	}
	loader, err := s.app.store.NewLoader(ctx, s.program.ID, s.host.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, loader.Close()) }()
	s.past = benchPast{seed: s.host.options.seed, end: e.Now(), program: s.program, bot: bot, place: place}
	bar := newGauge(s.host.console, "making "+thousands(int64(s.guests))+" guests", int64(s.guests))
	err = makeMembers(ctx, loader, s.guests, s.past.agreeing, bar.add)
	bar.finish()
	if err == nil {
		err = loader.Load(ctx, func(int) {})
	}
	if err != nil {
		return err
	}
	if _, err := e.Daily(ctx, s.program.ID, e.Now(), nil); err != nil {
		return fmt.Errorf("daily run: %w", err)
	}
	if _, _, err := e.KeepTraits(ctx, s.program.ID); err != nil {
		return fmt.Errorf("gather traits: %w", err)
	}
	return nil
}

// agreeing is the member with this number, who wants to hear of the shop and was there once.
func (p *benchPast) agreeing(n int) (storage.History, error) {
	r, h := p.arrival(n)
	for i := range h.Consents {
		h.Consents[i].Given = true
	}
	account, standing := ledger.Account{ID: h.Member.AccountID}, rules.Standing{JoinedAt: h.Member.JoinedAt}
	return h, p.sell(&h, &account, &standing, p.end.AddDate(0, 0, -lastVisit), r)
}

// start runs the instance, which asks the messenger for updates, and waits until the bot answers.
func (s *benchStage) start(ctx context.Context) error {
	s.shop = &service{app: s.app, watch: s.post.watch}
	if err := s.shop.prepare(ctx); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	running, hush := context.WithCancel(context.WithoutCancel(ctx))
	s.hush, s.served = hush, make(chan error, 1)
	go func() { s.served <- s.shop.run(running, l) }()
	if err := s.ask(ctx, firstUser+int64(s.guests)/2); err != nil {
		return fmt.Errorf("write to the bot: %w", err)
	}
	return nil
}

// close stops everything. The database goes with the host's.
func (s *benchStage) close() error {
	var failed []error
	if s.hush != nil {
		s.hush()
		failed = append(failed, <-s.served)
	}
	if s.app != nil {
		s.app.close()
	}
	if s.messenger != nil {
		s.messenger.Close()
	}
	if s.server != nil {
		failed = append(failed, s.server.Close())
	}
	return errors.Join(failed...)
}

// ask has a guest ask for the balance and waits for the answer.
func (s *benchStage) ask(ctx context.Context, user int64) error {
	asked, err := s.messenger.Telegram().SendText(telegram.Place{User: user, Bot: s.botID}, "/balance", 0)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return s.hears(ctx, user, asked, func(text string) bool { return !strings.Contains(text, broadcastCry) })
}

// hears waits until a guest has a message of the bot after another one.
func (s *benchStage) hears(ctx context.Context, user, after int64, right func(text string) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for since := uint64(0); ; {
		version, views := s.messenger.Telegram().Watch(ctx, []telegram.Place{{User: user, Bot: s.botID}}, since)
		if len(views) == 0 {
			return errUnanswered
		}
		for _, m := range views[0].Messages {
			if m.From == "bot" && m.ID > after && right(m.Text) {
				return nil
			}
		}
		since = version
	}
}
