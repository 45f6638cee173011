package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kartka/bots"

	tg "github.com/go-telegram/bot"
)

// DefaultAPIURL is Telegram's own Bot API server.
const DefaultAPIURL = "https://api.telegram.org"

// HTTPClient is what the adapter needs of an *http.Client. Give it no Timeout: every call has its own deadline,
// and a long poll lasts a minute.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// Config is what a bot needs. Only Token is required.
type Config struct {
	Token  Token
	APIURL string     // without a trailing slash; DefaultAPIURL when ""
	Client HTTPClient // a client that follows no redirects when nil
	Logger *slog.Logger
	Now    func() time.Time // time.Now when nil; stamps received updates
	// Draw makes the PNG of a photo given as a QR text. Without it such a message is invalid.
	Draw func(bots.Photo) ([]byte, error)
	// Profiles remembers what was set last, so that nothing is set twice. Without it everything is.
	Profiles ProfileStore
	// CallTimeout bounds each call but getUpdates; 15 s when zero.
	CallTimeout time.Duration
}

const defaultCallTimeout = 15 * time.Second

// Bot is one Telegram bot. It is safe for concurrent use.
type Bot struct {
	token    Token
	apiURL   string
	client   *tg.Bot
	wire     wire
	logger   *slog.Logger
	now      func() time.Time
	draw     func(bots.Photo) ([]byte, error)
	profiles ProfileStore
	timeout  time.Duration
	caps     bots.Capabilities
	username atomic.Pointer[string] // learnt by Me
	uploads  uploads
}

var (
	_ bots.Sender  = (*Bot)(nil)
	_ bots.Fetcher = (*Bot)(nil)
)

// New makes a bot. It calls nobody: Me tells whether the token works.
func New(c Config) (*Bot, error) {
	if err := c.Token.check(); err != nil {
		return nil, err
	}
	apiURL := strings.TrimRight(c.APIURL, "/")
	if apiURL == "" {
		apiURL = DefaultAPIURL
	}
	if u, err := url.Parse(apiURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("telegram: API URL is not an http(s) URL")
	}
	client := c.Client
	if client == nil {
		client = defaultClient()
	}
	b := &Bot{
		token: c.Token, apiURL: apiURL, wire: wire{client: client}, logger: c.Logger, now: c.Now,
		draw: c.Draw, profiles: c.Profiles, timeout: c.CallTimeout,
	}
	b.caps, _ = bots.CapabilitiesOf(bots.Telegram)
	if b.logger == nil {
		b.logger = slog.New(slog.DiscardHandler)
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.timeout <= 0 {
		b.timeout = defaultCallTimeout
	}
	var err error
	b.client, err = tg.New(string(c.Token), tg.WithSkipGetMe(), tg.WithServerURL(apiURL), tg.WithHTTPClient(time.Minute, b.wire),
		tg.WithErrorsHandler(func(err error) {
			b.logger.Debug("telegram client error", "bot", b.ID(), "error", b.token.scrub(err.Error()))
		}))
	if err != nil {
		return nil, fmt.Errorf("make telegram client: %w", b.token.scrubError(err))
	}
	return b, nil
}

// defaultClient follows no redirects: the token is in the URL, and the API never redirects.
func defaultClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ID is the bot's platform id, as addresses name it (bots.Address.Sender).
func (b *Bot) ID() string { return strconv.FormatInt(b.token.ID(), 10) }

// Capabilities is the channel's table entry.
func (b *Bot) Capabilities() bots.Capabilities { return b.caps }

// Identity is what Telegram says about the bot itself.
type Identity struct {
	ID                      int64  `json:"id"`
	Username                string `json:"username"`
	Name                    string `json:"first_name"`
	HasMainWebApp           bool   `json:"has_main_web_app"`
	CanJoinGroups           bool   `json:"can_join_groups"`
	CanReadAllGroupMessages bool   `json:"can_read_all_group_messages"`
	SupportsInlineQueries   bool   `json:"supports_inline_queries"`
}

// Me asks who the bot is. It fails with a *bots.SendError: Unauthorized when the token is refused. The answer is
// read here because the client's User type misses has_main_web_app and misspells supports_inline_queries.
func (b *Bot) Me(ctx context.Context) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	result, err := b.raw(ctx, "getMe", struct{}{})
	if err != nil {
		return Identity{}, b.sendError(err, "")
	}
	var me Identity
	if err := json.Unmarshal(result, &me); err != nil || me.ID == 0 || me.Username == "" {
		return Identity{}, &bots.SendError{Outcome: bots.Unknown, Code: "getMe answered something else", Err: err}
	}
	b.username.Store(&me.Username)
	return me, nil
}

// Decode is the package's Decode for this bot. It knows the bot's user name once Me was called.
func (b *Bot) Decode(raw []byte) (bots.Event, error) {
	username := ""
	if u := b.username.Load(); u != nil {
		username = *u
	}
	return Decode(raw, b.ID(), username)
}

// SetWebhook tells Telegram to deliver to webhookURL with the secret that WebhookHandler checks. Updates that
// wait are kept. It fails with a *bots.SendError.
func (b *Bot) SetWebhook(ctx context.Context, webhookURL, secret string) error {
	if err := checkSecret(secret); err != nil {
		return err
	}
	return b.do(ctx, func(ctx context.Context) error {
		_, err := b.client.SetWebhook(ctx, &tg.SetWebhookParams{
			URL: webhookURL, SecretToken: secret, AllowedUpdates: allowedUpdates(), MaxConnections: 40,
		})
		return err
	})
}

// DeleteWebhook goes back to polling. Updates that wait are kept. It fails with a *bots.SendError.
func (b *Bot) DeleteWebhook(ctx context.Context) error {
	return b.do(ctx, func(ctx context.Context) error {
		_, err := b.client.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
		return err
	})
}

// allowedUpdates is what Kartka reads. Asking for it by name also keeps away kinds that do not exist yet.
func allowedUpdates() []string { return []string{"message", "callback_query", "my_chat_member"} }
