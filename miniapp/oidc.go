package miniapp

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kartka/engine"
	"kartka/miniapp/ui"
)

// CallbackPath is where Telegram sends browsers back that sign in: one address for all programs, registered with BotFather for each bot.
const CallbackPath = Path + "oidc"

// OIDC is what signing in with Telegram needs (core.telegram.org/bots/telegram-login): OpenID Connect with a code and PKCE.
type OIDC struct {
	Issuer string
	// Secrets are the client secrets by the number of the bot, which is its client id. Programs of other bots have no such sign-in.
	Secrets map[string]engine.Secret
	// Callback is the whole address of [CallbackPath], as browsers reach it.
	Callback string
}

// How long a sign-in may take, what is kept of the issuer's addresses for how long, how long it may take to answer, and how long it is left alone when
// it did not.
const (
	loginTime     = 10 * time.Minute
	discoveryKept = 24 * time.Hour
	issuerTime    = 5 * time.Second
	issuerRest    = 5 * time.Second
)

// What keeps a sign-in from its end.
var (
	errLogin     = errors.New("miniapp: the sign-in has to begin anew")
	errLoginDown = errors.New("miniapp: the issuer cannot be asked")
)

// issuer knows the addresses and keys of the OpenID provider.
type issuer struct {
	config OIDC
	now    func() time.Time
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
	until    time.Time // of provider
	failed   error
	again    time.Time // failed is told until then
}

func newIssuer(c OIDC, now func() time.Time) *issuer {
	return &issuer{config: c, now: now, client: &http.Client{Timeout: issuerTime, Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// bounded reads no more of an answer than the largest that makes sense.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, 1<<20), answer.Body}
	return answer, nil
}

// discover is what the issuer says of itself, asked for when it is first needed. Errors: errLoginDown.
func (i *issuer) discover(ctx context.Context) (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	switch {
	case i.provider != nil && now.Before(i.until):
		return i.provider, nil
	case i.failed != nil && now.Before(i.again):
		return nil, i.failed
	}
	// Whoever goes away while asking must not take the answer from those who wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), issuerTime)
	defer cancel()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, i.client), i.config.Issuer)
	if err != nil {
		i.failed, i.again = fmt.Errorf("%w: discover %s: %w", errLoginDown, i.config.Issuer, err), now.Add(issuerRest)
		return nil, i.failed
	}
	i.provider, i.until, i.failed = provider, now.Add(discoveryKept), nil
	return provider, nil
}

// signsIn is the bot through which a program's people sign in with Telegram, nil when they cannot.
func (i *issuer) signsIn(bots []engine.Bot) *engine.Bot {
	for _, b := range bots {
		if b.Channel == telegram && i.config.Secrets[b.Sender] != "" && i.config.Callback != "" {
			return &b
		}
	}
	return nil
}

// client is a bot as the issuer knows it.
func (i *issuer) clientOf(b *engine.Bot, p *oidc.Provider) oauth2.Config {
	at := p.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInHeader
	return oauth2.Config{ClientID: b.Sender, ClientSecret: i.config.Secrets[b.Sender].Reveal(), Endpoint: at, RedirectURL: i.config.Callback,
		Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// attempt is a sign-in on its way. It travels through the issuer in the open, sealed by a key of the program, and comes back to the browser that
// began it: to no other, because only that one has the secret in a cookie.
type attempt struct {
	Shop   string `json:"p"`
	To     string `json:"t,omitempty"`
	Ends   int64  `json:"e"` // Unix seconds
	Secret []byte `json:"c"` // SHA-256 of it
}

// loginCookie is the name of the cookie with an attempt's secret. No slug has a tilde.
func (a *App) loginCookie() string { return a.cookieName("~login") }

// derived makes what a sign-in needs of its secret: the code verifier, and the nonce.
func derived(secret, of string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("web-login-v1|" + of))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// login sends a browser to the issuer.
func (a *App) login(w http.ResponseWriter, r *http.Request, v *visitor) error {
	bots, err := a.shops.bots(r.Context(), v.Program.ID)
	if err != nil {
		return err
	}
	bot := a.issuer.signsIn(bots)
	if bot == nil {
		return errGone
	}
	provider, err := a.issuer.discover(r.Context())
	if err != nil {
		return a.loginFailed(w, r, v, err)
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails since Go 1.24
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	state, err := seal(v.Program, "web-login-v1", attempt{Shop: v.Program.Slug, To: below(r.URL.Query().Get("to")),
		Ends: a.Engine.Now().Add(loginTime).Unix(), Secret: hashed(secret)})
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(a.loginCookie(), secret, int(loginTime/time.Second)))
	client := a.issuer.clientOf(bot, provider)
	a.goTo(w, r, client.AuthCodeURL(state, oidc.Nonce(derived(secret, "nonce")), oauth2.S256ChallengeOption(derived(secret, "pkce"))))
	return nil
}

// callback is where the issuer sends a browser back.
func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	r = r.WithContext(ctx)
	if r.Method == http.MethodHead { // a look uses nothing up
		a.missing(w, r)
		return
	}
	try, secret, program, err := a.returned(r)
	if err != nil {
		a.Logger.Debug("sign-in refused", "error", err)
		a.refuse(w, r, nil, err)
		return
	}
	v := a.passerBy(r, program)
	http.SetCookie(w, a.cookie(a.loginCookie(), "", -1))
	address, err := a.vouched(ctx, r, program, secret)
	if err != nil {
		err = a.loginFailed(w, r, v, err)
	} else {
		err = a.admit(w, r, v, address, try.To)
	}
	if err != nil {
		a.refuse(w, r, v, err)
	}
}

// returned finds the attempt that a browser comes back from, if it is the one that set out. Errors: errLogin.
func (a *App) returned(r *http.Request) (try attempt, secret string, p engine.Program, err error) {
	state := r.URL.Query().Get("state")
	body, _, _ := strings.Cut(state, ".")
	said, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(state) > maxToken || json.Unmarshal(said, &try) != nil {
		return try, "", p, fmt.Errorf("%w: no state", errLogin)
	}
	p, err = a.shops.find(r.Context(), try.Shop)
	if engine.IsKind(err, engine.KindNotFound) {
		return try, "", p, fmt.Errorf("%w: no such program", errLogin)
	}
	if err != nil {
		return try, "", p, err
	}
	var sealed attempt
	if err := unseal(p, "web-login-v1", state, &sealed); err != nil {
		return try, "", p, fmt.Errorf("%w: forged state", errLogin)
	}
	c, err := r.Cookie(a.loginCookie())
	switch {
	case err != nil || !hmac.Equal(hashed(c.Value), sealed.Secret):
		return sealed, "", p, fmt.Errorf("%w: of another browser", errLogin)
	case sealed.Shop != p.Slug || sealed.Ends <= a.Engine.Now().Unix():
		return sealed, "", p, fmt.Errorf("%w: too late", errLogin)
	}
	return sealed, c.Value, p, nil
}

// errRefused says that somebody did not want to sign in after all.
var errRefused = errors.New("miniapp: refused at the issuer")

// vouched is the address of the person whom the issuer vouches for. Errors: errRefused, errLogin, errLoginDown.
func (a *App) vouched(ctx context.Context, r *http.Request, program engine.Program, secret string) (engine.Address, error) {
	query := r.URL.Query()
	if query.Get("error") != "" {
		return engine.Address{}, errRefused
	}
	bots, err := a.shops.bots(ctx, program.ID)
	if err != nil {
		return engine.Address{}, err
	}
	bot := a.issuer.signsIn(bots)
	if bot == nil {
		return engine.Address{}, errGone
	}
	provider, err := a.issuer.discover(ctx)
	if err != nil {
		return engine.Address{}, err
	}
	ctx = oidc.ClientContext(ctx, a.issuer.client)
	client := a.issuer.clientOf(bot, provider)
	tokens, err := client.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(derived(secret, "pkce")))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError:
		return engine.Address{}, fmt.Errorf("%w: the code: %s", errLogin, refused.ErrorCode)
	case err != nil:
		return engine.Address{}, fmt.Errorf("%w: exchange the code: %w", errLoginDown, err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	said, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: bot.Sender, Now: a.Engine.Now}).Verify(ctx, raw)
	if err != nil {
		return engine.Address{}, fmt.Errorf("%w: %w", errLogin, err)
	}
	if !hmac.Equal([]byte(said.Nonce), []byte(derived(secret, "nonce"))) {
		return engine.Address{}, fmt.Errorf("%w: of another nonce", errLogin)
	}
	// The claim "id" is the number that the bot knows people by; "sub" is another one.
	var claims struct {
		ID json.RawMessage `json:"id"`
	}
	if err := said.Claims(&claims); err != nil {
		return engine.Address{}, fmt.Errorf("%w: claims: %w", errLogin, err)
	}
	id, err := strconv.ParseInt(strings.Trim(string(claims.ID), `"`), 10, 64)
	if err != nil || id <= 0 {
		return engine.Address{}, fmt.Errorf("%w: without a user", errLogin)
	}
	return engine.Address{Channel: telegram, Sender: bot.Sender, UserID: strconv.FormatInt(id, 10)}, nil
}

// admit signs in somebody whom the bot knows as staff or as a guest with a card, and tells others where to begin.
func (a *App) admit(w http.ResponseWriter, r *http.Request, v *visitor, address engine.Address, to string) error {
	person, err := a.Engine.PersonAt(r.Context(), v.Program, engine.Bot{}, address)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return err
	}
	works := person.Staff != nil && !person.Staff.Disabled
	switch {
	case works, person.Member != nil && person.Member.State != engine.MemberErased && !strings.HasPrefix(to, "scan/"):
		a.sendSession(w, v.Program, newSession(v.Program.ID, address, true, a.Engine.Now()))
		a.goTo(w, r, v.base+to)
		return nil
	case strings.HasPrefix(to, "scan/"):
		return a.sendAway(w, r, v, http.StatusForbidden, ui.Outside{Title: v.W.T("app.login.unknown"), Text: v.W.T("app.problem.staff"), Hint: v.W.T("app.login.staff")})
	}
	return a.sendAway(w, r, v, http.StatusForbidden, ui.Outside{Title: v.W.T("app.login.unknown"), Text: v.W.T("app.login.begin")})
}

// loginFailed tells why nobody was signed in, and what else there is.
func (a *App) loginFailed(w http.ResponseWriter, r *http.Request, v *visitor, err error) error {
	page := ui.Outside{Title: v.W.T("app.login.failed"), Hint: v.W.T("app.outside.link")}
	switch {
	case errors.Is(err, errRefused):
		page.Text = v.W.T("app.login.refused")
		return a.sendAway(w, r, v, http.StatusForbidden, page)
	case errors.Is(err, errLoginDown):
		a.Logger.Warn("sign in with Telegram", "error", err)
		w.Header().Set("Retry-After", "5")
		page.Text = v.W.T("app.login.down")
		return a.sendAway(w, r, v, http.StatusServiceUnavailable, page)
	case errors.Is(err, errLogin):
		a.Logger.Warn("sign in with Telegram", "error", err)
		page.Text = v.W.T("app.login.again")
		return a.sendAway(w, r, v, http.StatusBadRequest, page)
	}
	return err
}
