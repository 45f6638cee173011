package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/bots/sandbox/clock"
)

const (
	defaultConnections = 40
	webhookTimeout     = 60 * time.Second
	maxRetryAfter      = 3600
	maxResend          = 60 // seconds; the real pause is up to twice that
	goneAfter          = 23 * time.Hour
)

// hook is the running side of a webhook.
type hook struct {
	inFlight map[int64]flight // by queue
	timer    clock.Timer
	held     bool
	shuffle  bool
	// generation grows with every change of the webhook: answers to an older one count for nothing.
	generation int
}

// flight is a delivery under way.
type flight struct {
	update *pending
	cancel context.CancelFunc
}

// stop forgets deliveries under way. The caller holds the lock.
func (h *hook) stop() {
	h.generation++
	for _, f := range h.inFlight {
		f.cancel()
	}
	clear(h.inFlight)
	if h.timer != nil {
		h.timer.Stop()
	}
}

// pump starts every delivery that may start now and sets the alarm for the next. The caller holds the lock.
func (s *Server) pump(b *bot) {
	h := &b.run.webhook
	if b.Webhook.URL == "" || h.held || s.ctx.Err() != nil {
		return
	}
	s.expire(b)
	now := s.clock.Now()
	var heads []*pending
	seen := make(map[int64]bool)
	for _, p := range b.Pending {
		if !seen[p.Queue] {
			seen[p.Queue] = true
			if _, busy := h.inFlight[p.Queue]; !busy {
				heads = append(heads, p)
			}
		}
	}
	slices.SortStableFunc(heads, func(x, y *pending) int { return x.wake.Compare(y.wake) })
	if h.shuffle {
		s.random.Shuffle(len(heads), func(i, j int) { heads[i], heads[j] = heads[j], heads[i] })
		h.shuffle = false
	}
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	var next *pending
	for _, p := range heads {
		if p.wake.After(now) {
			if next == nil || p.wake.Before(next.wake) {
				next = p
			}
			continue
		}
		if len(h.inFlight) >= b.Webhook.MaxConnections {
			return // a finished delivery pumps again
		}
		s.post(b, p)
	}
	if next != nil {
		h.timer = s.clock.AfterFunc(next.wake.Sub(now), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pump(b)
		})
	}
}

// post sends one update in the background. The caller holds the lock.
func (s *Server) post(b *bot, p *pending) {
	h := &b.run.webhook
	ctx, cancel := context.WithCancel(s.ctx)
	h.inFlight[p.Queue] = flight{p, cancel}
	target, generation := b.Webhook, h.generation
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		defer cancel()
		timer := s.clock.AfterFunc(webhookTimeout, cancel)
		defer timer.Stop()
		s.settle(b, p, generation, s.request(ctx, target, p.update()))
	}()
}

// outcome is what became of one delivery.
type outcome struct {
	status     int // 0 when there was no answer
	reason     string
	retryAfter int
	method     string // to execute, from the body of a good answer
	args       params
}

func (s *Server) request(ctx context.Context, target webhook, u update) outcome {
	body, err := json.Marshal(u)
	if err != nil {
		return outcome{reason: "can't encode the update"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{reason: "wrong URL"}
	}
	req.Header.Set("Content-Type", "application/json")
	if target.Secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", target.Secret)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return outcome{reason: "Webhook connection closed"}
	}
	defer resp.Body.Close()
	out := outcome{status: resp.StatusCode, reason: "Wrong response from the webhook: " + resp.Status}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		out.retryAfter, _ = strconv.Atoi(resp.Header.Get("Retry-After"))
		_, _ = io.CopyN(io.Discard, resp.Body, 1<<16) // keeps the connection usable
		return out
	}
	// The answer may be a method call, written as a request to the Bot API would be.
	p, err := readParams(&http.Request{Method: http.MethodPost, URL: new(url.URL), Header: resp.Header, Body: resp.Body})
	if err == nil {
		out.method, out.args = strings.ToLower(p.str("method")), p
	}
	return out
}

// settle books the outcome: done, or again later.
func (s *Server) settle(b *bot, p *pending, generation int, out outcome) {
	s.mu.Lock()
	h := &b.run.webhook
	if h.generation != generation {
		s.mu.Unlock()
		return
	}
	delete(h.inFlight, p.Queue)
	now := s.clock.Now()
	good := out.status >= 200 && out.status <= 299
	switch {
	case good:
		b.Webhook.GoneSince = time.Time{}
		b.drop(p)
	case out.status == http.StatusGone:
		if b.Webhook.GoneSince.IsZero() {
			b.Webhook.GoneSince = now
		} else if now.Sub(b.Webhook.GoneSince) > goneAfter {
			h.stop()
			b.Webhook = webhook{}
		}
	default:
		b.Webhook.GoneSince = time.Time{}
	}
	if !good && b.Webhook.URL != "" {
		b.Webhook.LastError, b.Webhook.LastErrorAt = out.reason, now
		s.reschedule(b, p, out.retryAfter)
	}
	s.pump(b)
	s.touch()
	s.mu.Unlock()

	if good && out.method != "" && !slices.Contains(notInReply, out.method) && !strings.HasPrefix(out.method, "get") {
		s.execute(s.ctx, b, out.method, out.args)
	}
}

// reschedule sets the next attempt: at once after the first failure, then after twice the last pause, or when the
// receiver asks for it. An update that would expire before that is dropped.
func (s *Server) reschedule(b *bot, p *pending, retryAfter int) {
	wait := time.Duration(max(0, min(retryAfter, maxRetryAfter))) * time.Second
	if wait == 0 && p.fails > 0 {
		longest := time.Duration(maxResend+s.random.IntN(maxResend+1)) * time.Second
		p.delay = min(longest, 2*p.delay)
		wait = p.delay
	}
	now := s.clock.Now()
	if now.Add(wait).After(p.Expires) {
		s.log.Info("update dropped", "update_id", p.ID, "kind", p.Kind)
		b.drop(p)
		return
	}
	p.fails++
	p.wake = now.Add(wait)
}

func (b *bot) drop(p *pending) {
	b.Pending = slices.DeleteFunc(b.Pending, func(other *pending) bool { return other == p })
}

var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (c *call) setWebhook() (any, error) {
	target := c.p.str("url")
	if target == "" {
		return c.deleteWebhook()
	}
	if err := c.checkWebhookURL(target); err != nil {
		return nil, err
	}
	secret := c.p.str("secret_token")
	if secret != "" && !secretShape.MatchString(secret) {
		if len(secret) > 256 {
			return nil, badRequest("secret token is too long")
		}
		return nil, badRequest("secret token contains unallowed characters")
	}
	c.allow(c.bot, c.p)
	if c.p.flag("drop_pending_updates") {
		c.bot.Pending = nil
	}
	c.bot.run.webhook.stop()
	c.bot.endPoll(conflict(textSetWebhook))
	c.bot.Webhook = webhook{
		URL: target, Secret: secret, MaxConnections: int(c.p.number("max_connections", defaultConnections, 1, 100)),
	}
	for _, p := range c.bot.Pending {
		p.fails, p.delay, p.wake = 0, time.Second, c.now
	}
	c.pump(c.bot)
	return described{true, "Webhook was set"}, nil
}

func (c *call) checkWebhookURL(target string) error {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return badRequest("bad webhook: invalid webhook URL specified")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Scheme == "http" && !c.hostOK(u.Hostname()):
		return badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	case !c.hostOK(u.Hostname()):
		// The sandbox talks to nobody outside.
		return badRequest("bad webhook: Failed to resolve host: Name or service not known")
	}
	return nil
}

func (c *call) deleteWebhook() (any, error) {
	if c.p.flag("drop_pending_updates") {
		c.bot.Pending = nil
	}
	text := "Webhook is already deleted"
	if c.bot.Webhook.URL != "" {
		text = "Webhook was deleted"
	}
	c.bot.run.webhook.stop()
	c.bot.Webhook = webhook{}
	return described{true, text}, nil
}

// described is a result with a description next to it.
type described struct {
	result bool
	text   string
}

func (c *call) getWebhookInfo() (any, error) {
	c.expire(c.bot)
	w := c.bot.Webhook
	info := WebhookInfo{
		URL: w.URL, PendingUpdateCount: len(c.bot.Pending), LastErrorMessage: w.LastError, AllowedUpdates: c.bot.Allowed,
	}
	if !w.LastErrorAt.IsZero() {
		info.LastErrorDate = w.LastErrorAt.Unix()
	}
	if w.URL != "" {
		info.MaxConnections = w.MaxConnections
	}
	return info, nil
}

// Hold stops webhook deliveries until Release.
func (s *Server) Hold(botID int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(botID)
	if err != nil {
		return fmt.Errorf("hold deliveries: %w", err)
	}
	b.run.webhook.held = true
	return nil
}

// Release lets deliveries go on. With shuffle the queues start in a random order; inside a queue the order is kept,
// as the platform promises.
func (s *Server) Release(botID int64, shuffle bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(botID)
	if err != nil {
		return fmt.Errorf("release deliveries: %w", err)
	}
	b.run.webhook.held, b.run.webhook.shuffle = false, shuffle
	s.pump(b)
	return nil
}
