package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/tills"
)

// The people of the demo, by their ids in the sandbox's messenger.
const (
	demoGuest   = 1001
	demoBarista = 1002
	demoOwner   = 1003
	demoClient  = 1004
	demoBarber  = 1005
)

const demoSeed = "kartka demo"

// demo is a sandbox with two shops and people to play.
type demo struct {
	dir     string
	keep    bool // the data directory was named: it outlives the demo
	listen  string
	json    bool
	scale   int // of so many guests one is made; tests want few
	sandbox *sandbox.Server
	base    string
}

// demoInfo is the first line of "demo -json".
type demoInfo struct {
	URL         string `json:"url"`
	SandboxURL  string `json:"sandbox_url"`
	TelegramAPI string `json:"telegram_api"`
	SandboxAPI  string `json:"sandbox_api"`
	BotToken    string `json:"bot_token"`
	BotUsername string `json:"bot_username"`
	// TillURL and TillKey are for a till of the café. OwnerLink and StaffLink are one-time; GuestLink is the poster's.
	TillURL   string `json:"till_url"`
	TillKey   string `json:"till_key"`
	OwnerLink string `json:"owner_link"`
	StaffLink string `json:"staff_link"`
	GuestLink string `json:"guest_link"`
	Database  string `json:"database"`
	Members   int    `json:"members"`
}

// runDemo starts everything on one machine with nothing installed.
func runDemo(ctx context.Context, c console, args []string) error {
	fs := flags(c, "demo")
	listen := fs.String("listen", "127.0.0.1:8080", "`address` to serve on")
	data := fs.String("data", "", "`directory` to keep the shops in; default: a new one each time, removed at the end")
	asJSON := fs.Bool("json", false, "print one JSON line for programs instead of words")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	d := &demo{dir: *data, keep: *data != "", listen: *listen, json: *asJSON, scale: 1}
	return d.run(ctx, c)
}

// run seeds, announces and serves until ctx ends.
func (d *demo) run(ctx context.Context, c console) error {
	listener, err := net.Listen("tcp", d.listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with -listen: %w", err, errConfig)
	}
	d.base = "http://" + listener.Addr().String()
	if err := d.directory(); err != nil {
		return err
	}
	if !d.keep {
		defer os.RemoveAll(d.dir)
	}
	cfg, err := d.config(c.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, c, cfg, true)
	if err != nil {
		return err
	}
	defer a.close()
	a.base = "http://" + localAddress(listener.Addr().String()) // the messenger opens Mini Apps over http from its own machine only
	d.sandbox = sandbox.New(sandbox.Config{Seed: demoSeed, Logger: a.logger})
	defer d.sandbox.Close()
	info, err := d.arrange(ctx, c, a)
	if err != nil {
		return err
	}
	s := &service{app: a, extra: d.sandbox, pace: &bots.Pace{Reserve: 500, Bulk: 500, BulkCap: 500, Chat: 50, ChatRun: 50, Group: 50, GroupRun: 50}}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	d.announce(c, info)
	err = s.run(ctx, listener)
	return errors.Join(err, d.save())
}

// directory makes sure that there is a place for the data.
func (d *demo) directory() (err error) {
	if !d.keep {
		d.dir, err = os.MkdirTemp("", "kartka-demo-")
	} else {
		err = os.MkdirAll(d.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("data directory: %w: %w", err, errConfig)
	}
	return nil
}

// config is the demo's own: only the logging is taken from outside.
func (d *demo) config(env func(string) string) (config, error) {
	return loadConfig(func(name string) string {
		switch name {
		case envPrefix + "DATABASE":
			return "sqlite:" + filepath.Join(d.dir, "kartka.db")
		case envPrefix + "TELEGRAM_API":
			return d.base + "/sandbox/telegram"
		case envPrefix + "LOG_FORMAT":
			return env(name)
		case envPrefix + "LOG_LEVEL":
			return orDefault(env(name), "warn")
		}
		return ""
	})
}

// arrange takes up the last demo of the directory or, in a new one, makes the shops with their past.
func (d *demo) arrange(ctx context.Context, c console, a *app) (demoInfo, error) {
	programs, err := a.store.Programs(ctx)
	if err != nil {
		return demoInfo{}, fmt.Errorf("list programs: %w", err)
	}
	if len(programs) > 0 {
		raw, err := os.ReadFile(d.snapshot())
		if err != nil {
			return demoInfo{}, fmt.Errorf("read the chats of the last demo: %w: %w", err, errConfig)
		}
		if err := d.sandbox.Telegram().Restore(raw); err != nil {
			return demoInfo{}, fmt.Errorf("restore the chats of the last demo: %w", err)
		}
		return d.describe(ctx, a)
	}
	if err := d.seed(ctx, c, a); err != nil {
		return demoInfo{}, err
	}
	if err := d.save(); err != nil { // a demo that is killed can be taken up again
		return demoInfo{}, err
	}
	return d.describe(ctx, a)
}

func (d *demo) snapshot() string { return filepath.Join(d.dir, "chats.json") }

// save keeps the chats for the next demo on the same directory.
func (d *demo) save() error {
	if !d.keep {
		return nil
	}
	raw, err := d.sandbox.Telegram().Snapshot()
	if err != nil {
		return fmt.Errorf("keep the chats: %w", err)
	}
	if err := os.WriteFile(d.snapshot(), raw, 0o600); err != nil {
		return fmt.Errorf("keep the chats: %w", err)
	}
	return nil
}

// seed makes bots, shops and people.
func (d *demo) seed(ctx context.Context, c console, a *app) error {
	now := time.Now().UTC().Truncate(time.Hour)
	venues, err := demoVenues(now)
	if err != nil {
		return err
	}
	bar := progress(c, "two shops, half a year")
	defer func() { _ = bar.Finish() }()
	s := &seeder{store: a.store, rand: rand.New(rand.NewPCG(2026, 11)), done: func() { _ = bar.Add(1) }}
	for i, v := range venues {
		v.members /= d.scale
		bot, err := d.sandbox.Telegram().CreateBot(telegram.BotSpec{Username: v.slug + "_demo_bot", Name: v.settings.Name})
		if err != nil {
			return fmt.Errorf("make bot: %w", err)
		}
		v.sender, v.firstChat = fmt.Sprint(bot.ID), int64(firstChat+i*chatsOfVenue)
		p, err := s.play(ctx, v, codes{a.shared}, now)
		if err != nil {
			return fmt.Errorf("make the past of %s: %w", v.settings.Name, err)
		}
		err = a.engine.AttachBot(ctx, engine.Bot{ProgramID: p.ID, Channel: string(bots.Telegram), Sender: v.sender, Username: bot.Username,
			Token: engine.Secret(bot.Token), Secret: randomSecret()})
		if err != nil {
			return fmt.Errorf("connect bot: %w", err)
		}
		if err := d.sandbox.Telegram().Acquaint(bot.ID, s.known...); err != nil {
			return fmt.Errorf("open chats: %w", err)
		}
	}
	for _, p := range []telegram.Person{
		{ID: demoGuest, FirstName: "Оксана", LastName: "Коваль", LanguageCode: "uk", Phone: "380670000001"},
		{ID: demoBarista, FirstName: "Богдан", LanguageCode: "uk", Phone: "380670000002"},
		{ID: demoOwner, FirstName: "Ірина", LanguageCode: "uk", Phone: "380670000003"},
		{ID: demoClient, FirstName: "Арман", LanguageCode: "ru", Phone: "77010000004"},
		{ID: demoBarber, FirstName: "Ерлан", LanguageCode: "kk", Phone: "77010000005"},
	} {
		if _, err := d.sandbox.Telegram().CreatePerson(p); err != nil {
			return fmt.Errorf("make person: %w", err)
		}
	}
	return nil
}

// describe makes one-time links for staff, puts the people on the page, and says where everything is.
func (d *demo) describe(ctx context.Context, a *app) (demoInfo, error) {
	info := demoInfo{URL: d.base, SandboxURL: d.base + "/sandbox/", TelegramAPI: d.base + "/sandbox/telegram", SandboxAPI: d.base + "/sandbox/api/",
		TillURL:  d.base + strings.TrimSuffix(tills.Path, "/"),
		Database: a.config.Database}
	var personas []sandbox.Persona
	err := a.eachProgram(ctx, "", func(p engine.Program) error {
		members, err := a.store.CountMembers(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("count members: %w", err)
		}
		info.Members += members
		bot, err := a.store.Bots(ctx, p.ID)
		if err != nil || len(bot) == 0 {
			return fmt.Errorf("find bot of %s: %w", p.Slug, err)
		}
		places, err := a.store.Locations(ctx, p.ID)
		if err != nil || len(places) == 0 {
			return fmt.Errorf("find places of %s: %w", p.Slug, err)
		}
		owner, err := a.engine.ClaimLink(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("make owner link: %w", err)
		}
		barista, err := a.demoInvite(ctx, p, places[0])
		if err != nil {
			return err
		}
		guest := talk.Link{Place: places[0].Code, Source: "table4"}.Payload()
		staff, boss := talk.Link{Staff: barista.Token}.Payload(), talk.Link{Staff: owner.Token}.Payload()
		if p.Slug != "kava" {
			personas = append(personas,
				sandbox.Persona{User: demoClient, Title: "Guest · " + p.Settings.Name, Hint: "A guest in Almaty. Press Start to get a discount card that grows with what you spend.", Bot: bot[0].Username, Payload: guest},
				sandbox.Persona{User: demoBarber, Title: "Barber · " + p.Settings.Name, Hint: "Press Start to begin the shift.", Bot: bot[0].Username, Payload: staff})
			return nil
		}
		personas = append([]sandbox.Persona{
			{User: demoGuest, Title: "Guest", Hint: "Press Start, as if you had scanned the QR on table 4. Your card comes in two more taps. Open it with the button beside the message field. Then look at /offers, /rewards and /tier, and try the promo code WELCOME10 in /code.", Bot: bot[0].Username, Payload: guest},
			{User: demoBarista, Title: "Barista", Hint: "Press Start to begin the shift. Then open the scanner with the button beside the message field, press Scan and click the guest's QR. In the chat, scan it too (click it) or type the card number, and the sum, or goods: 85 кава, 120 десерти.", Bot: bot[0].Username, Payload: staff},
			{User: demoOwner, Title: "Owner", Hint: "Press Start to see the shop: rules, people, the poster.", Bot: bot[0].Username, Payload: boss},
		}, personas...)
		if info.TillKey, err = a.demoTill(ctx, p, places[0]); err != nil {
			return err
		}
		info.BotToken, info.BotUsername = bot[0].Token.Reveal(), bot[0].Username
		link := func(payload string) string { return bots.DeepLink(bots.Telegram, bot[0].Username, payload) }
		info.GuestLink, info.StaffLink, info.OwnerLink = link(guest), link(staff), link(boss)
		return nil
	})
	d.sandbox.SetPersonas(personas)
	return info, err
}

// demoInvite makes an invitation for a cashier on the operator's behalf.
func (a *app) demoInvite(ctx context.Context, p engine.Program, place engine.Location) (engine.Invited, error) {
	invited, err := a.engine.OperatorInvite(ctx, p.ID, engine.RoleCashier, place.ID)
	if err != nil {
		return invited, fmt.Errorf("make staff link: %w", err)
	}
	return invited, nil
}

// demoTillLetters are what every till of every demo has for a key: nothing that anybody could take for a secret.
const demoTillLetters = "demodemodemodemodemodemodemodemodemodemodemodemodemg"

// demoTill gives the café a till, unless it has one from the last time, and returns its key.
func (a *app) demoTill(ctx context.Context, p engine.Program, place engine.Location) (string, error) {
	known := engine.Secret("kt_" + p.ID + "_" + demoTillLetters)
	if _, err := a.engine.TillByKey(ctx, known); err == nil || !engine.IsKind(err, engine.KindForbidden) {
		return known.Reveal(), err
	}
	letters, err := idLetters.DecodeString(demoTillLetters)
	if err != nil {
		return "", fmt.Errorf("make key of the till: %w", err)
	}
	unlike := engine.New(engine.Config{Store: a.store, Codes: codes{a.shared}, Random: func(into []byte) { copy(into, letters) }})
	_, key, err := unlike.AddTill(ctx, p.ID, place.ID, "1")
	if err != nil {
		return "", fmt.Errorf("make till: %w", err)
	}
	return key.Reveal(), nil
}

// announce says where to look.
func (d *demo) announce(c console, info demoInfo) {
	if d.json {
		_ = json.NewEncoder(c.out).Encode(info)
		return
	}
	fmt.Fprintf(c.out, `
Kartka's demo is running: a café in Kyiv and a barbershop in Almaty, %d members, half a year of sales.

  Open  %s

You see a phone for each person. Press Start in the guest's and in the barista's, click the guest's
QR to scan it with the barista's phone, type a sum, and watch the balance move.

  Bot API for your own client   %s/bot%s/getMe
  A till's calls                %s/hello
  with the header               Authorization: Bearer %s
  What can be played            %s
  Database                      %s

Ctrl-C stops it.
`, info.Members, info.SandboxURL, info.TelegramAPI, info.BotToken, info.TillURL, info.TillKey, info.SandboxAPI, info.Database)
	if !d.keep {
		fmt.Fprintln(c.out, "Everything is thrown away then; -data DIR keeps it.")
	}
}
