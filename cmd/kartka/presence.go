package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/bots/telegram"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/qr"
)

// presence is one of our bots, connected.
type presence struct {
	program engine.Program
	bot     engine.Bot
	adapter *telegram.Bot
	// introduced is the version of the settings that the bot's menu was written for.
	introduced atomic.Int64
}

// connect makes the adapter of a bot. It calls nobody.
func (a *app) connect(p engine.Program, b engine.Bot) (*presence, error) {
	adapter, err := telegram.New(telegram.Config{
		Token: telegram.Token(b.Token.Reveal()), APIURL: a.config.TelegramAPI, Logger: a.logger,
		Draw: drawQR, Profiles: marks{a.store, b.Sender},
	})
	if err != nil {
		return nil, fmt.Errorf("bot of %s: %w", p.Slug, err)
	}
	return &presence{program: p, bot: b, adapter: adapter}, nil
}

// drawQR draws the picture of a message.
func drawQR(p bots.Photo) ([]byte, error) {
	code, err := qr.Encode(p.QR, qr.Medium)
	if err != nil {
		return nil, err
	}
	return code.PNG(qr.ChatPixels), nil
}

// marks remembers what was last written to a bot's profile.
type marks struct {
	store  engine.Messages
	sender string
}

func (m marks) Load(ctx context.Context, key string) (string, error) {
	return m.store.Mark(ctx, "profile:"+m.sender+":"+key)
}

func (m marks) Save(ctx context.Context, key, hash string) error {
	return m.store.SetMark(ctx, "profile:"+m.sender+":"+key, hash)
}

// newProgram makes a program and connects its bot, asking the platform who the bot is.
func (a *app) newProgram(ctx context.Context, slug string, settings *rules.Settings, state engine.ProgramState, token engine.Secret) (engine.Program, error) {
	adapter, err := telegram.New(telegram.Config{Token: telegram.Token(token.Reveal()), APIURL: a.config.TelegramAPI, Logger: a.logger})
	if err != nil {
		return engine.Program{}, fmt.Errorf("bot token: %w: %w", err, errConfig)
	}
	me, err := adapter.Me(ctx)
	if err != nil {
		return engine.Program{}, fmt.Errorf("ask who the bot is: %w", err)
	}
	all, err := a.store.Bots(ctx, "")
	if err != nil {
		return engine.Program{}, fmt.Errorf("list bots: %w", err)
	}
	for _, b := range all {
		if b.Channel == string(bots.Telegram) && b.Sender == adapter.ID() {
			return engine.Program{}, fmt.Errorf("@%s works for another program already: %w", me.Username, errConfig)
		}
	}
	p, err := a.engine.CreateProgram(ctx, slug, settings, state)
	if err != nil {
		switch {
		case engine.IsKind(err, engine.KindTaken):
			return p, fmt.Errorf("there is a program %q already: %w", slug, errConfig)
		case isRefusal(err, "slug_invalid"):
			return p, fmt.Errorf("%q cannot name a program; use 1 to 40 of a-z, 0-9 and, between them, hyphens: %w", slug, errConfig)
		}
		return p, err
	}
	err = a.engine.AttachBot(ctx, engine.Bot{ProgramID: p.ID, Channel: string(bots.Telegram), Sender: adapter.ID(), Username: me.Username,
		Token: token, Secret: randomSecret()})
	if err != nil {
		return p, fmt.Errorf("connect bot: %w", err)
	}
	return p, nil
}

func randomSecret() engine.Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return engine.Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// hookPath is where a bot's webhook is mounted: not to be guessed without its secret.
func (p *presence) hookPath() string {
	sum := sha256.Sum256([]byte("hook|" + p.bot.Secret.Reveal()))
	return "/hooks/telegram/" + hex.EncodeToString(sum[:16])
}

// introduce asks the platform who the bot is, and writes texts and commands in every language.
func (a *app) introduce(ctx context.Context, p *presence) error {
	me, err := p.adapter.Me(ctx)
	if err != nil {
		return fmt.Errorf("ask who the bot of %s is: %w", p.program.Slug, err)
	}
	if me.Username != p.bot.Username {
		p.bot.Username = me.Username
		if err := a.engine.AttachBot(ctx, p.bot); err != nil {
			return fmt.Errorf("note the bot's new name: %w", err)
		}
	}
	program, err := a.engine.Program(ctx, p.program.ID) // as it is now: its commands follow its settings
	if err != nil {
		return fmt.Errorf("read program of @%s: %w", me.Username, err)
	}
	calls, err := p.adapter.SyncProfile(ctx, a.profile(program))
	if err != nil {
		return fmt.Errorf("write profile of @%s: %w", me.Username, err)
	}
	menuCalls, err := a.menuButton(ctx, p, program)
	if err != nil {
		return fmt.Errorf("write menu button of @%s: %w", me.Username, err)
	}
	calls += menuCalls
	p.introduced.Store(program.Version)
	a.logger.Info("bot introduced", "bot", me.Username, "program", p.program.Slug, "calls", calls)
	return nil
}

// profile is what a program's bot says of itself, in every language and, for all others, in the program's first.
func (a *app) profile(p engine.Program) telegram.Profile {
	text := func(language string, l locales.Language) telegram.ProfileText {
		printer := a.catalog.Printer(l)
		args := locales.Args{"Program": p.Settings.Name}
		return telegram.ProfileText{Language: language, Description: printer.T("commands.bot.about", args),
			Short: printer.T("commands.bot.short", args), Commands: menu(printer, talk.View{Person: engine.Person{Program: p}, App: a.miniApp(p)})}
	}
	profile := telegram.Profile{text("", locales.Resolve(p.Settings.Languages...))}
	for _, l := range locales.Languages() {
		profile = append(profile, text(string(l), l))
	}
	return profile
}

// menu is the command menu of a person; a view of nobody is a guest.
func menu(printer *locales.Printer, v talk.View) []telegram.Command {
	var list []telegram.Command
	for _, c := range dialog.Commands() {
		if c.Hidden || (c.May != nil && !c.May(v)) {
			continue
		}
		list = append(list, telegram.Command{Name: c.Name, Description: printer.T(c.About)})
	}
	return list
}

// miniApp is the address of a program's Mini App, with a slash at its end; "" when a messenger cannot open it.
func (a *app) miniApp(p engine.Program) string {
	if !bots.AppLink(a.base) {
		return ""
	}
	return a.base + "/app/" + p.Slug + "/"
}

// menuButton makes the button beside everybody's input field open the card, in the program's first language: a text for each
// language is something only single chats have.
func (a *app) menuButton(ctx context.Context, p *presence, program engine.Program) (calls int, err error) {
	printer := a.catalog.Printer(locales.Resolve(program.Settings.Languages...))
	return p.adapter.SyncMenuButton(ctx, "", printer.T("commands.menu.card"), a.miniApp(program))
}

// menuOf keeps the menus of a member of staff, of commands and beside the input field, in step with role and language. They are a
// convenience: failures are logged.
func (a *app) menuOf(ctx context.Context, p *presence, v talk.View) {
	var list []telegram.Command
	if v.Staff != nil && !v.Staff.Disabled {
		list = menu(v.P, v)
	}
	scanner := ""
	if v.AtCounter() {
		scanner = v.AppPage("scan/")
	}
	chat := v.Contact.Address.UserID
	_, err := p.adapter.SyncStaffCommands(ctx, chat, "", list)
	_, menuErr := p.adapter.SyncMenuButton(ctx, chat, v.T("commands.menu.scanner"), scanner)
	if err = errors.Join(err, menuErr); err != nil && !errors.Is(err, context.Canceled) {
		a.logger.Warn("write menus", "error", err)
	}
}

// setWebhook has the platform deliver to us.
func (a *app) setWebhook(ctx context.Context, p *presence) error {
	url := strings.TrimRight(a.config.PublicURL, "/") + p.hookPath()
	if err := p.adapter.SetWebhook(ctx, url, p.bot.Secret.Reveal()); err != nil {
		return fmt.Errorf("set webhook of @%s: %w", p.bot.Username, err)
	}
	return nil
}

// hook is the receiving end of a bot's webhook.
func (p *presence) hook(inbox bots.Inbox, wake func(string)) (http.Handler, error) {
	h, err := p.adapter.WebhookHandler(p.bot.Secret.Reveal(), inbox, wake)
	if err != nil {
		return nil, fmt.Errorf("webhook of @%s: %w", p.bot.Username, err)
	}
	return h, nil
}
