package telegram

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// Command scopes and texts of the bot's profile, each by language.

var (
	commandShape  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languageShape = regexp.MustCompile(`^([a-z]{2})?$`)
)

const (
	maxCommands           = 100
	maxCommandDescription = 256
	maxName               = 64
	maxShortDescription   = 120
	maxDescription        = 512
)

// scope returns the key of a command scope: its type, and the chat and person it names.
func (c *call) scope() (string, error) {
	raw := c.p.str("scope")
	if raw == "" {
		return "default", nil
	}
	var in struct {
		Type   string          `json:"type"`
		ChatID json.RawMessage `json:"chat_id"`
		UserID int64           `json:"user_id"`
	}
	if err := json.Unmarshal([]byte(raw), &in); err != nil {
		return "", badRequest("can't parse BotCommandScope JSON object")
	}
	switch in.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return in.Type, nil
	case "chat", "chat_administrators", "chat_member":
		id, err := strconv.ParseInt(strings.Trim(string(in.ChatID), `"`), 10, 64)
		if err != nil {
			return "", badRequest("can't parse BotCommandScope: chat not found")
		}
		if id > 0 && (c.bot.Chats[id] == nil || !c.bot.Chats[id].Started) {
			return "", badRequest("chat not found")
		}
		if id < 0 {
			if _, err := c.group(id); err != nil {
				return "", err
			}
		}
		if in.Type == "chat_member" {
			return in.Type + " " + strconv.FormatInt(id, 10) + " " + strconv.FormatInt(in.UserID, 10), nil
		}
		return in.Type + " " + strconv.FormatInt(id, 10), nil
	}
	return "", badRequest("can't parse BotCommandScope: Unsupported type specified")
}

func (c *call) language() (string, error) {
	code := c.p.str("language_code")
	if !languageShape.MatchString(code) {
		return "", badRequest("invalid language code specified")
	}
	return code, nil
}

func (c *call) scopeAndLanguage() (scope, language string, err error) {
	if scope, err = c.scope(); err != nil {
		return "", "", err
	}
	language, err = c.language()
	return scope, language, err
}

func (c *call) setMyCommands() (any, error) {
	var commands []BotCommand
	if raw := c.p.str("commands"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &commands); err != nil {
			return nil, badRequest("can't parse commands JSON object")
		}
	}
	if len(commands) > maxCommands {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for i, cmd := range commands {
		cmd.Command = strings.TrimPrefix(strings.TrimSpace(cmd.Command), "/")
		if !commandShape.MatchString(cmd.Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := unitsOf(cmd.Description); n < 1 || n > maxCommandDescription {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
		commands[i] = cmd
	}
	scope, language, err := c.scopeAndLanguage()
	if err != nil {
		return nil, err
	}
	if len(commands) == 0 {
		delete(c.bot.Commands[scope], language)
		return true, nil
	}
	if c.bot.Commands[scope] == nil {
		c.bot.Commands[scope] = make(map[string][]BotCommand)
	}
	c.bot.Commands[scope][language] = commands
	c.stampAll()
	return true, nil
}

func (c *call) getMyCommands() (any, error) {
	scope, language, err := c.scopeAndLanguage()
	if err != nil {
		return nil, err
	}
	if list := c.bot.Commands[scope][language]; list != nil {
		return list, nil
	}
	return []BotCommand{}, nil
}

func (c *call) deleteMyCommands() (any, error) {
	scope, language, err := c.scopeAndLanguage()
	if err != nil {
		return nil, err
	}
	delete(c.bot.Commands[scope], language)
	c.stampAll()
	return true, nil
}

// commandsFor returns what a person finds in the menu of a private chat: the narrowest scope that has a list, in the
// person's language or without one.
func (b *bot) commandsFor(p *Person) []BotCommand {
	language, _, _ := strings.Cut(strings.ToLower(p.LanguageCode), "-")
	for _, scope := range []string{"chat " + strconv.FormatInt(p.ID, 10), "all_private_chats", "default"} {
		for _, code := range []string{language, ""} {
			if list := b.Commands[scope][code]; len(list) > 0 {
				return list
			}
		}
	}
	return []BotCommand{}
}

// text sets one of the profile texts; an empty one removes the translation.
func (c *call) setText(arg string, texts map[string]string, longest int, tooLong string) (any, error) {
	language, err := c.language()
	if err != nil {
		return nil, err
	}
	value := strings.TrimSpace(c.p.str(arg))
	if unitsOf(value) > longest {
		return nil, badRequest("%s", tooLong)
	}
	if value == "" && language != "" {
		delete(texts, language)
	} else if value != "" || arg != "name" {
		texts[language] = value
	}
	c.stampAll()
	return true, nil
}

func (c *call) getText(arg string, texts map[string]string) (any, error) {
	language, err := c.language()
	if err != nil {
		return nil, err
	}
	return map[string]string{arg: localText(texts, language)}, nil
}

func localText(texts map[string]string, languageCode string) string {
	language, _, _ := strings.Cut(strings.ToLower(languageCode), "-")
	if text, ok := texts[language]; ok {
		return text
	}
	return texts[""]
}

func (c *call) setMyName() (any, error) {
	return c.setText("name", c.bot.Names, maxName, "BOT_TITLE_INVALID")
}
func (c *call) getMyName() (any, error) { return c.getText("name", c.bot.Names) }

func (c *call) setMyDescription() (any, error) {
	return c.setText("description", c.bot.Descriptions, maxDescription, "BOT_DESCRIPTION_TOO_LONG")
}

func (c *call) getMyDescription() (any, error) { return c.getText("description", c.bot.Descriptions) }

func (c *call) setMyShortDescription() (any, error) {
	return c.setText("short_description", c.bot.ShortDescriptions, maxShortDescription, "BOT_SHORT_DESCRIPTION_TOO_LONG")
}

func (c *call) getMyShortDescription() (any, error) {
	return c.getText("short_description", c.bot.ShortDescriptions)
}

func (c *call) setChatMenuButton() (any, error) {
	button := MenuButton{Type: "default"}
	if raw := c.p.str("menu_button"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &button); err != nil {
			return nil, badRequest("can't parse menu button: wrong JSON")
		}
	}
	switch button.Type {
	case "default", "commands":
		button.Text, button.WebApp = "", nil
	case "web_app":
		if button.Text == "" {
			return nil, badRequest("can't parse menu button: Can't find field \"text\"")
		}
		if button.WebApp == nil || !isWebAppURL(button.WebApp.URL) {
			return nil, badRequest("menu button Web App URL is invalid: Only HTTPS links are allowed")
		}
	default:
		return nil, badRequest("can't parse menu button: Unsupported type specified")
	}
	if !c.p.has("chat_id") {
		c.bot.Menu = button
		c.stampAll()
		return true, nil
	}
	ch, err := c.target("chat_id", toRead)
	if err != nil {
		return nil, err
	}
	if button.Type == "default" {
		delete(c.bot.ChatMenus, ch.ID)
	} else {
		c.bot.ChatMenus[ch.ID] = button
	}
	c.stamp(ch)
	return true, nil
}

func (c *call) getChatMenuButton() (any, error) {
	if !c.p.has("chat_id") {
		return c.bot.Menu, nil
	}
	ch, err := c.target("chat_id", toRead)
	if err != nil {
		return nil, err
	}
	return c.bot.menuFor(ch.ID), nil
}

func (b *bot) menuFor(person int64) MenuButton {
	if button, own := b.ChatMenus[person]; own {
		return button
	}
	return b.Menu
}

// stampAll marks every private chat of the bot as changed, because all of them show its profile and commands.
func (c *call) stampAll() {
	for _, ch := range c.bot.Chats {
		c.stamp(ch)
	}
}
