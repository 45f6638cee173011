package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kartka/bots/sandbox/telegram"
)

// Driver plays people in tests, over the HTTP API of a running sandbox. It is safe for concurrent use.
type Driver struct {
	base   string
	client *http.Client
}

// NewDriver returns a driver for the sandbox at base, such as "http://127.0.0.1:8080". A nil client is the default one.
func NewDriver(base string, client *http.Client) *Driver {
	if client == nil {
		client = http.DefaultClient
	}
	return &Driver{base: strings.TrimSuffix(base, "/") + apiBase, client: client}
}

// CreateBot creates a bot, or returns the one that has the username.
func (d *Driver) CreateBot(ctx context.Context, spec telegram.BotSpec) (telegram.Bot, error) {
	return ask[telegram.Bot](ctx, d, "/bots", spec)
}

// NewUser creates a person and opens their chat with a bot, which may be "" when there is only one.
func (d *Driver) NewUser(ctx context.Context, who telegram.Person, bot string) (*Phone, error) {
	known, err := ask[telegram.Person](ctx, d, "/users", who)
	if err != nil {
		return nil, err
	}
	return d.Phone(known.ID, bot), nil
}

// Phone opens the chat of a person who exists with a bot.
func (d *Driver) Phone(user int64, bot string) *Phone {
	return &Phone{driver: d, who: who{User: user, Bot: bot}}
}

// Calls returns the method calls of all bots after number since; method "" is every method.
func (d *Driver) Calls(ctx context.Context, since int, method string) ([]telegram.Call, error) {
	query := url.Values{"since": {strconv.Itoa(since)}, "method": {method}}
	return look[[]telegram.Call](ctx, d, "/calls", query)
}

// Pending returns how many updates a bot has not fetched yet.
func (d *Driver) Pending(ctx context.Context, bot string) (int, error) {
	type answer struct {
		Pending int `json:"pending"`
	}
	out, err := look[answer](ctx, d, "/pending", url.Values{"bot": {bot}})
	return out.Pending, err
}

// Break makes the next calls of a method go wrong.
func (d *Driver) Break(ctx context.Context, bot string, f telegram.Fault) error {
	return tell(ctx, d, "/faults", faultBody{bot, f})
}

// Inject queues a raw update, {"kind": …}, and returns the id it got.
func (d *Driver) Inject(ctx context.Context, bot string, update json.RawMessage, queue int64) (int64, error) {
	type answer struct {
		UpdateID int64 `json:"update_id"`
	}
	out, err := ask[answer](ctx, d, "/inject", injectBody{bot, update, queue})
	return out.UpdateID, err
}

// Duplicate delivers an update once more; 0 is the latest.
func (d *Driver) Duplicate(ctx context.Context, bot string, updateID int64) error {
	return tell(ctx, d, "/duplicate", duplicateBody{bot, updateID})
}

// Hold stops webhook deliveries until Release.
func (d *Driver) Hold(ctx context.Context, bot string) error {
	return tell(ctx, d, "/hold", botBody{bot})
}

// Release lets webhook deliveries go on; shuffle starts the queues in a random order.
func (d *Driver) Release(ctx context.Context, bot string, shuffle bool) error {
	return tell(ctx, d, "/release", releaseBody{bot, shuffle})
}

// SetFlood replaces the flood limits.
func (d *Driver) SetFlood(ctx context.Context, f telegram.Flood) error {
	return tell(ctx, d, "/flood", f)
}

// ask posts a request and decodes the answer.
func ask[T any](ctx context.Context, d *Driver, path string, in any) (T, error) {
	var out T
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("encode %s: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("prepare %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	err = d.do(req, path, &out)
	return out, err
}

// tell posts a request whose answer says nothing.
func tell(ctx context.Context, d *Driver, path string, in any) error {
	_, err := ask[json.RawMessage](ctx, d, path, in)
	return err
}

// look gets something.
func look[T any](ctx context.Context, d *Driver, path string, query url.Values) (T, error) {
	var out T
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return out, fmt.Errorf("prepare %s: %w", path, err)
	}
	err = d.do(req, path, &out)
	return out, err
}

func (d *Driver) do(req *http.Request, path string, out any) error {
	resp, err := d.client.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		var failed apiError
		if json.Unmarshal(body, &failed) == nil && failed.Error != "" {
			return fmt.Errorf("call %s: %s", path, failed.Error)
		}
		return fmt.Errorf("call %s: status %d", path, resp.StatusCode)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("decode %s: %w", path, err)
	}
	return nil
}

// Phone is one person's chat with one bot.
type Phone struct {
	driver *Driver
	who    who
}

// User returns the person's id.
func (p *Phone) User() int64 { return p.who.User }

// InGroup returns the same person's view of a group.
func (p *Phone) InGroup(chat int64) *Phone {
	other := *p
	other.who.Chat = chat
	return &other
}

// Start presses Start, with the payload of a deep link or "".
func (p *Phone) Start(ctx context.Context, payload string) error {
	return tell(ctx, p.driver, "/start", startBody{p.who, payload})
}

// Text types a message and returns its id.
func (p *Phone) Text(ctx context.Context, text string) (int64, error) {
	out, err := ask[messageID](ctx, p.driver, "/text", textBody{who: p.who, Text: text})
	return out.ID, err
}

// Formatted types a message with formatting, in HTML, and returns its id.
func (p *Phone) Formatted(ctx context.Context, html string) (int64, error) {
	out, err := ask[messageID](ctx, p.driver, "/text", textBody{who: p.who, Text: html, HTML: true})
	return out.ID, err
}

// Picture sends a picture and returns the message's id.
func (p *Phone) Picture(ctx context.Context, pic telegram.Picture) (int64, error) {
	out, err := ask[messageID](ctx, p.driver, "/picture", pictureBody{p.who, pic})
	return out.ID, err
}

// Forward passes on a message from another of the person's chats to this one, or within it, and returns the new message's id.
func (p *Phone) Forward(ctx context.Context, from *Phone, id int64) (int64, error) {
	if from.who.User != p.who.User {
		return 0, fmt.Errorf("forward: %w: people forward from their own chats", telegram.ErrInvalid)
	}
	out, err := ask[messageID](ctx, p.driver, "/forward", forwardBody{p.who, &chatOf{from.who.Bot, from.who.Chat}, id})
	return out.ID, err
}

// Press presses the newest button with the label: inline first, then the reply keyboard.
func (p *Phone) Press(ctx context.Context, label string) (telegram.Pressed, error) {
	view, err := p.Chat(ctx)
	if err != nil {
		return telegram.Pressed{}, err
	}
	if view.Keyboard != nil {
		for _, row := range view.Keyboard.Keyboard {
			if slices.ContainsFunc(row, func(b telegram.ReplyButton) bool { return b.Text == label }) {
				return ask[telegram.Pressed](ctx, p.driver, "/reply-button", labelBody{p.who, label})
			}
		}
	}
	return p.PressButton(ctx, telegram.Pressing{Label: label})
}

// PressButton presses a particular inline button, or sends data no button has.
func (p *Phone) PressButton(ctx context.Context, what telegram.Pressing) (telegram.Pressed, error) {
	return ask[telegram.Pressed](ctx, p.driver, "/press", pressBody{p.who, what})
}

// ShareContact shares the person's own contact.
func (p *Phone) ShareContact(ctx context.Context) error {
	return tell(ctx, p.driver, "/contact", contactBody{who: p.who, Kind: "own"})
}

// ShareForeignContact sends somebody else's card.
func (p *Phone) ShareForeignContact(ctx context.Context, card telegram.Card) error {
	return tell(ctx, p.driver, "/contact", contactBody{who: p.who, Kind: "foreign", Card: &card})
}

// ForwardContact forwards the person's contact from somewhere else.
func (p *Phone) ForwardContact(ctx context.Context) error {
	return tell(ctx, p.driver, "/contact", contactBody{who: p.who, Kind: "forwarded"})
}

// Attach sends a "photo", "sticker", "voice" or "location".
func (p *Phone) Attach(ctx context.Context, kind string) error {
	return tell(ctx, p.driver, "/attach", kindBody{p.who, kind})
}

// Block blocks the bot.
func (p *Phone) Block(ctx context.Context) error { return tell(ctx, p.driver, "/block", p.who) }

// Unblock unblocks it.
func (p *Phone) Unblock(ctx context.Context) error { return tell(ctx, p.driver, "/unblock", p.who) }

// Clear deletes the chat on the person's side.
func (p *Phone) Clear(ctx context.Context) error { return tell(ctx, p.driver, "/clear", p.who) }

// Deactivate deletes the person's account.
func (p *Phone) Deactivate(ctx context.Context) error {
	return tell(ctx, p.driver, "/deactivate", who{User: p.who.User})
}

// CreateGroup makes a group with the bot in it and returns the person's view of it.
func (p *Phone) CreateGroup(ctx context.Context, title string) (*Phone, error) {
	type answer struct {
		Chat int64 `json:"chat"`
	}
	out, err := ask[answer](ctx, p.driver, "/groups", groupBody{p.who, title})
	if err != nil {
		return nil, err
	}
	return p.InGroup(out.Chat), nil
}

// OpenLink follows a link.
func (p *Phone) OpenLink(ctx context.Context, link string) (telegram.Pressed, error) {
	return ask[telegram.Pressed](ctx, p.driver, "/open-link", linkBody{p.who.User, link})
}

// Scan points the person's camera at the newest QR code on another phone, and follows the link in it.
func (p *Phone) Scan(ctx context.Context, screen *Phone) (Scanned, error) {
	messages, err := screen.Messages(ctx)
	if err != nil {
		return Scanned{}, err
	}
	for _, m := range slices.Backward(messages) {
		if m.Photo != nil && m.Photo.Code != "" {
			return ask[Scanned](ctx, p.driver, "/scan", scanBody{User: p.who.User, Message: &scanFrom{screen.who, m.ID}})
		}
	}
	return Scanned{}, fmt.Errorf("scan: %w: no code on the screen", telegram.ErrNotFound)
}

// OpenApp opens a Mini App: the page of a pressed button, or with "" that of the menu button. The last look counts; without any
// the phone is an Android one by day.
func (p *Phone) OpenApp(ctx context.Context, page string, kind telegram.LaunchKind, startParam string, looks ...telegram.Look) (telegram.Launch, error) {
	var look telegram.Look
	if len(looks) > 0 {
		look = looks[len(looks)-1]
	}
	return ask[telegram.Launch](ctx, p.driver, "/open-app", appBody{p.who, page, kind, startParam, look})
}

// SendPrepared sends a message that the bot has prepared for this person to somebody else.
func (p *Phone) SendPrepared(ctx context.Context, to *Phone, id string) error {
	return tell(ctx, p.driver, "/send-prepared", preparedBody{p.who, to.who.User, id})
}

// PassOn writes a text to somebody else.
func (p *Phone) PassOn(ctx context.Context, to *Phone, text string) error {
	return tell(ctx, p.driver, "/pass-on", passBody{p.who, to.who.User, text})
}

// Chat returns the whole chat.
func (p *Phone) Chat(ctx context.Context) (telegram.ChatView, error) { return p.chat(ctx, 0, 0) }

// Messages returns the messages on the screen, oldest first.
func (p *Phone) Messages(ctx context.Context) ([]telegram.MessageView, error) {
	view, err := p.Chat(ctx)
	return view.Messages, err
}

// LastMessage returns the newest message; ok is false when there is none.
func (p *Phone) LastMessage(ctx context.Context) (m telegram.MessageView, ok bool, err error) {
	messages, err := p.Messages(ctx)
	if err != nil || len(messages) == 0 {
		return m, false, err
	}
	return messages[len(messages)-1], true, nil
}

// Transcript returns the chat as plain text.
func (p *Phone) Transcript(ctx context.Context) (string, error) {
	type answer struct {
		Text string `json:"text"`
	}
	out, err := look[answer](ctx, p.driver, "/transcript", p.query())
	return out.Text, err
}

// WaitFor waits until the whole chat satisfies the condition or the context ends, and returns the chat as it was
// then. It polls nothing: the sandbox answers when something has changed.
func (p *Phone) WaitFor(ctx context.Context, condition func(telegram.ChatView) bool) (telegram.ChatView, error) {
	view, err := p.Chat(ctx)
	for err == nil && !condition(view) {
		var news telegram.ChatView
		if news, err = p.chat(ctx, view.Version, maxWait.Seconds()/2); err == nil {
			view = merge(view, news)
		}
	}
	if err != nil {
		return view, fmt.Errorf("wait for chat: %w", err)
	}
	return view, nil
}

// WaitText waits until the bot's newest message contains a text.
func (p *Phone) WaitText(ctx context.Context, text string) (telegram.MessageView, error) {
	view, err := p.WaitFor(ctx, func(v telegram.ChatView) bool {
		m, ok := lastOfBot(v)
		return ok && strings.Contains(m.Text, text)
	})
	m, _ := lastOfBot(view)
	if err != nil {
		return m, fmt.Errorf("wait for %q, the last message being %q: %w", text, m.Text, err)
	}
	return m, nil
}

// WaitAnswer waits until a press has been answered.
func (p *Phone) WaitAnswer(ctx context.Context, query string) (telegram.Answer, error) {
	find := func(v telegram.ChatView) int {
		return slices.IndexFunc(v.Answers, func(a telegram.Answer) bool { return a.Query == query })
	}
	view, err := p.WaitFor(ctx, func(v telegram.ChatView) bool { return find(v) >= 0 })
	if err != nil {
		return telegram.Answer{}, err
	}
	return view.Answers[find(view)], nil
}

func lastOfBot(v telegram.ChatView) (telegram.MessageView, bool) {
	for _, m := range slices.Backward(v.Messages) {
		if m.From == "bot" {
			return m, true
		}
	}
	return telegram.MessageView{}, false
}

// merge brings a view up to date with what has changed since.
func merge(old, news telegram.ChatView) telegram.ChatView {
	messages := slices.Clone(old.Messages)
	for _, m := range news.Messages {
		i := slices.IndexFunc(messages, func(known telegram.MessageView) bool { return known.ID == m.ID })
		switch {
		case m.Deleted && i >= 0:
			messages = slices.Delete(messages, i, i+1)
		case m.Deleted:
		case i >= 0:
			messages[i] = m
		default:
			messages = append(messages, m)
		}
	}
	news.Messages, news.Answers = messages, append(slices.Clone(old.Answers), news.Answers...)
	return news
}

func (p *Phone) query() url.Values {
	q := url.Values{"user": {strconv.FormatInt(p.who.User, 10)}}
	if p.who.Bot != "" {
		q.Set("bot", p.who.Bot)
	}
	if p.who.Chat != 0 {
		q.Set("chat", strconv.FormatInt(p.who.Chat, 10))
	}
	return q
}

func (p *Phone) chat(ctx context.Context, since uint64, wait float64) (telegram.ChatView, error) {
	q := p.query()
	q.Set("since", strconv.FormatUint(since, 10))
	q.Set("wait", strconv.Itoa(int(wait)))
	return look[telegram.ChatView](ctx, p.driver, "/chat", q)
}
