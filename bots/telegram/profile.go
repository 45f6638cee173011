package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"kartka/bots"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// Command is one line of the command menu.
type Command struct {
	Name        string `json:"command"`     // 1–32 of a-z 0-9 _, without the slash
	Description string `json:"description"` // 1–256 characters
}

// ProfileText is what the bot shows of itself in one language.
type ProfileText struct {
	// Language is a two-letter ISO 639-1 code, or "" for everybody whose language has no text of its own.
	Language string
	// Name is set only when it is not "": Telegram limits how often, and shops name their bots themselves.
	Name        string // ≤ 64 characters
	Description string // ≤ 512 characters, shown in the empty chat before Start
	Short       string // ≤ 120 characters, shown on the bot's page
	Commands    []Command
}

// Profile is all of them.
type Profile []ProfileText

// ProfileStore remembers a hash of what was set last under a key, "" when nothing was.
type ProfileStore interface {
	Load(ctx context.Context, key string) (hash string, err error)
	Save(ctx context.Context, key, hash string) error
}

// Limits of setMyCommands, setMyName, setMyDescription and setMyShortDescription. That of a menu button is not documented: this is
// what is shown of it, and some.
const (
	maxCommands           = 100
	maxCommandName        = 32
	maxCommandDescription = 256
	maxName               = 64
	maxDescription        = 512
	maxShort              = 120
	maxMenuText           = 32
)

// Check holds a profile to Telegram's limits.
func (p Profile) Check() error {
	seen := map[string]bool{}
	for _, t := range p {
		if t.Language != "" && (len(t.Language) != 2 || strings.Trim(t.Language, "abcdefghijklmnopqrstuvwxyz") != "") {
			return fmt.Errorf("bot profile: language %q is not a two-letter code", t.Language)
		}
		if seen[t.Language] {
			return fmt.Errorf("bot profile: language %q twice", t.Language)
		}
		seen[t.Language] = true
		for _, field := range []struct {
			what, text string
			limit      int
		}{{"name", t.Name, maxName}, {"description", t.Description, maxDescription}, {"short description", t.Short, maxShort}} {
			if n := bots.UTF16Len(field.text); n > field.limit {
				return fmt.Errorf("bot profile: %s in %q has %d characters, the limit is %d", field.what, t.Language, n, field.limit)
			}
		}
		if err := checkCommands(t.Commands); err != nil {
			return fmt.Errorf("bot profile in %q: %w", t.Language, err)
		}
	}
	return nil
}

func checkCommands(commands []Command) error {
	if len(commands) > maxCommands {
		return fmt.Errorf("%d commands, the limit is %d", len(commands), maxCommands)
	}
	seen := map[string]bool{}
	for _, c := range commands {
		if c.Name == "" || len(c.Name) > maxCommandName || strings.Trim(c.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return fmt.Errorf("command %q is not 1 to %d of a-z 0-9 _", c.Name, maxCommandName)
		}
		if n := bots.UTF16Len(c.Description); n < 1 || n > maxCommandDescription {
			return fmt.Errorf("command %s: description of %d characters, want 1 to %d", c.Name, n, maxCommandDescription)
		}
		if seen[c.Name] {
			return fmt.Errorf("command %s twice", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// SyncProfile makes the bot's texts and default commands what p says, with calls only for what has changed since
// the last time by Config.Profiles. It returns how many calls succeeded. It stops at the first failure, which is
// an error of p's own (see Check), of the store, or a *bots.SendError; the next time goes on from there.
func (b *Bot) SyncProfile(ctx context.Context, p Profile) (calls int, err error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	for _, t := range p {
		lang := t.Language
		steps := []profileStep{
			{key: "commands/default/" + lang, value: t.Commands, unset: len(t.Commands) == 0, call: func(ctx context.Context) error {
				return b.setCommands(ctx, &models.BotCommandScopeDefault{}, lang, t.Commands)
			}},
			{key: "description/" + lang, value: t.Description, unset: t.Description == "", call: func(ctx context.Context) error {
				_, err := b.client.SetMyDescription(ctx, &tg.SetMyDescriptionParams{Description: t.Description, LanguageCode: lang})
				return err
			}},
			{key: "short/" + lang, value: t.Short, unset: t.Short == "", call: func(ctx context.Context) error {
				_, err := b.client.SetMyShortDescription(ctx, &tg.SetMyShortDescriptionParams{ShortDescription: t.Short, LanguageCode: lang})
				return err
			}},
		}
		if t.Name != "" {
			steps = append(steps, profileStep{key: "name/" + lang, value: t.Name, call: func(ctx context.Context) error {
				_, err := b.client.SetMyName(ctx, &tg.SetMyNameParams{Name: t.Name, LanguageCode: lang})
				return err
			}})
		}
		for _, step := range steps {
			called, err := b.sync(ctx, step)
			if err != nil {
				return calls, fmt.Errorf("sync bot profile %s: %w", step.key, err)
			}
			calls += called
		}
	}
	return calls, nil
}

// SyncStaffCommands gives one private chat a command menu of its own; no commands take it away again. lang is ""
// as a rule: the menu is then the same whatever language the person's Telegram speaks. The menu is for
// convenience only and grants nothing. It returns the number of calls, 0 or 1; errors are those of SyncProfile.
func (b *Bot) SyncStaffCommands(ctx context.Context, chatID, lang string, commands []Command) (calls int, err error) {
	if err := checkCommands(commands); err != nil {
		return 0, fmt.Errorf("staff commands: %w", err)
	}
	chat, err := strconv.ParseInt(chatID, 10, 64)
	if err != nil || chat <= 0 {
		return 0, fmt.Errorf("staff commands: chat %q is not a private chat", chatID)
	}
	calls, err = b.sync(ctx, profileStep{
		key: "commands/chat/" + chatID + "/" + lang, value: commands, unset: len(commands) == 0,
		call: func(ctx context.Context) error {
			return b.setCommands(ctx, &models.BotCommandScopeChat{ChatID: chat}, lang, commands)
		},
	})
	if err != nil {
		return 0, fmt.Errorf("sync staff commands: %w", err)
	}
	return calls, nil
}

// SyncMenuButton makes the button beside the input field of a private chat open a Mini App, labelled text; chatID "" is every chat
// without a button of its own. An empty link gives the chat back the button of all, or all the button of the command menu. The
// text is the same whatever language the person's Telegram speaks. It returns the number of calls, 0 or 1; errors are those of
// SyncProfile.
func (b *Bot) SyncMenuButton(ctx context.Context, chatID, text, link string) (calls int, err error) {
	params, key := &tg.SetChatMenuButtonParams{}, "menu/default"
	if chatID != "" {
		chat, err := strconv.ParseInt(chatID, 10, 64)
		if err != nil || chat <= 0 {
			return 0, fmt.Errorf("menu button: chat %q is not a private chat", chatID)
		}
		params.ChatID, key = chat, "menu/chat/"+chatID
	}
	params.MenuButton = models.MenuButtonDefault{Type: models.MenuButtonTypeDefault}
	if link != "" {
		if n := bots.UTF16Len(text); n < 1 || n > maxMenuText {
			return 0, fmt.Errorf("menu button: text of %d characters, want 1 to %d", n, maxMenuText)
		}
		if !bots.AppLink(link) {
			return 0, fmt.Errorf("menu button: %q is not the address of a Mini App", link)
		}
		params.MenuButton = models.MenuButtonWebApp{Type: models.MenuButtonTypeWebApp, Text: text, WebApp: models.WebAppInfo{URL: link}}
	}
	calls, err = b.sync(ctx, profileStep{key: key, value: params.MenuButton, unset: link == "", call: func(ctx context.Context) error {
		_, err := b.client.SetChatMenuButton(ctx, params)
		return err
	}})
	if err != nil {
		return 0, fmt.Errorf("sync menu button: %w", err)
	}
	return calls, nil
}

// profileStep is one thing to set. unset says that the value is Telegram's own default.
type profileStep struct {
	key   string
	value any
	unset bool
	call  func(ctx context.Context) error
}

// sync makes the call unless it was made with this value before.
func (b *Bot) sync(ctx context.Context, s profileStep) (calls int, err error) {
	key := "telegram/" + b.ID() + "/" + s.key
	value, err := json.Marshal(s.value)
	if err != nil {
		return 0, fmt.Errorf("encode: %w", err)
	}
	sum := sha256.Sum256(value)
	hash := hex.EncodeToString(sum[:])
	if b.profiles != nil {
		old, err := b.profiles.Load(ctx, key)
		if err != nil {
			return 0, fmt.Errorf("load: %w", err)
		}
		if old == hash || old == "" && s.unset {
			return 0, nil
		}
	}
	if err := b.do(ctx, s.call); err != nil {
		return 0, err
	}
	if b.profiles != nil {
		if err := b.profiles.Save(ctx, key, hash); err != nil {
			return 1, fmt.Errorf("save: %w", err)
		}
	}
	return 1, nil
}

func (b *Bot) setCommands(ctx context.Context, scope models.BotCommandScope, lang string, commands []Command) error {
	if len(commands) == 0 {
		_, err := b.client.DeleteMyCommands(ctx, &tg.DeleteMyCommandsParams{Scope: scope, LanguageCode: lang})
		return err
	}
	list := make([]models.BotCommand, len(commands))
	for i, c := range commands {
		list[i] = models.BotCommand{Command: c.Name, Description: c.Description}
	}
	_, err := b.client.SetMyCommands(ctx, &tg.SetMyCommandsParams{Commands: list, Scope: scope, LanguageCode: lang})
	return err
}
