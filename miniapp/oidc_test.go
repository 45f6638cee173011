package miniapp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/engine"
)

// provider is an identity provider as Telegram's is described: it gives a code once, for a client that shows its secret and the verifier.
type provider struct {
	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	now    func() time.Time

	mu     sync.Mutex
	codes  map[string]grant
	asked  int // for its addresses
	broken bool
}

// grant is what a code stands for. Its claims go into the token, over the right ones.
type grant struct {
	challenge string
	claims    map[string]any
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

const clientSecret = "s3cret-of-kava"

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, codes: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) answer(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		p.t.Error(err)
	}
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.broken {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	at := p.server.URL
	p.answer(w, map[string]any{"issuer": at, "authorization_endpoint": at + "/auth", "token_endpoint": at + "/token", "jwks_uri": at + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}})
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	code := r.FormValue("code")
	g, ok := p.codes[code]
	delete(p.codes, code)
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != kavaBot || secret != clientSecret || r.FormValue("grant_type") != "authorization_code" || r.FormValue("redirect_uri") != "https://shop.example/app/oidc" ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != g.challenge {
		w.WriteHeader(http.StatusBadRequest)
		p.answer(w, map[string]any{"error": "invalid_grant"})
		return
	}
	p.answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": p.sign(g.claims)})
}

// sign writes a token. A claim "alg" says how, for once, instead.
func (p *provider) sign(claims map[string]any) string {
	header := `{"alg":"RS256","kid":"1","typ":"JWT"}`
	if claims["alg"] == "none" {
		header = `{"alg":"none"}`
	}
	said, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(said)
	if claims["alg"] == "none" {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	mac, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	if claims["alg"] == "broken" {
		mac[0] ^= 1
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(mac)
}

// authorize is somebody who says yes at the provider: it gives the address that the browser is sent back to.
func (p *provider) authorize(to *httptest.ResponseRecorder, user any, change map[string]any) string {
	p.t.Helper()
	at, err := url.Parse(to.Header().Get("Location"))
	if err != nil {
		p.t.Fatal(err)
	}
	q := at.Query()
	if !strings.HasPrefix(at.String(), p.server.URL+"/auth?") || q.Get("response_type") != "code" || q.Get("client_id") != kavaBot ||
		q.Get("redirect_uri") != "https://shop.example/app/oidc" || q.Get("code_challenge_method") != "S256" || len(q.Get("nonce")) != 43 ||
		!strings.Contains(q.Get("scope"), "openid") || len(q.Get("code_challenge")) != 43 {
		p.t.Fatalf("sent to %s", at)
	}
	claims := map[string]any{"iss": p.server.URL, "aud": kavaBot, "sub": "opaque-" + fmt.Sprint(user), "id": user, "nonce": q.Get("nonce"),
		"iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix()}
	for k, v := range change {
		claims[k] = v
		if v == nil {
			delete(claims, k)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := fmt.Sprintf("code-%d", len(p.codes)+1)
	p.codes[code] = grant{challenge: q.Get("code_challenge"), claims: claims}
	return "/app/oidc?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// newLoginLobby is a lobby whose first shop signs in at a provider.
func newLoginLobby(t *testing.T) (*lobby, *provider) {
	p := newProvider(t)
	l := newLobby(t, func(c *Config) {
		c.OIDC = OIDC{Issuer: p.server.URL, Callback: "https://shop.example/app/oidc", Secrets: map[string]engine.Secret{kavaBot: clientSecret}}
	})
	p.now = l.now
	return l, p
}

func TestSignInWithTelegram(t *testing.T) {
	l, p := newLoginLobby(t)
	member, _ := l.guest(l.kava, "11")
	l.hire(l.kava, "12", engine.RoleCashier)

	if shell := l.want(http.StatusOK, "GET", "/app/kava/?to=history", "").Body.String(); !strings.Contains(shell, `href="/app/kava/login?to=%3Fto%3Dhistory"`) {
		t.Errorf("signing in forgets where it was asked for: %s", shell)
	}
	if shell := l.want(http.StatusOK, "GET", "/app/kava/", "").Body.String(); !strings.Contains(shell, `href="/app/kava/login"`) || !strings.Contains(shell, "/scanner") {
		t.Errorf("no sign-in in %s", shell)
	}
	if shell := l.want(http.StatusOK, "GET", "/app/other/", "").Body.String(); strings.Contains(shell, "login") {
		t.Error("a bot without a secret offers to sign in")
	}
	l.want(http.StatusNotFound, "GET", "/app/other/login", "")

	start := l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
	back := p.authorize(start, 11, nil)
	l.want(http.StatusNotFound, "HEAD", back, "", with(start)) // a look uses nothing up
	done := l.want(http.StatusSeeOther, "GET", back, "", with(start))
	if to := done.Header().Get("Location"); to != "/app/kava/" {
		t.Errorf("leads to %s", to)
	}
	if page := l.want(http.StatusOK, "GET", "/app/kava/", "", with(done)); !strings.Contains(page.Body.String(), member.Card) {
		t.Error("the page is not the guest's card")
	}
	cleared := false
	for _, c := range done.Result().Cookies() {
		cleared = cleared || strings.HasSuffix(c.Name, "~login") && c.MaxAge < 0
	}
	if !cleared {
		t.Error("the secret of the sign-in stays in the browser")
	}

	start = l.want(http.StatusSeeOther, "GET", "/app/kava/login?to=scan/", "")
	if done = l.want(http.StatusSeeOther, "GET", p.authorize(start, "12", nil), "", with(start)); done.Header().Get("Location") != "/app/kava/scan/" {
		t.Errorf("leads to %s", done.Header().Get("Location"))
	}
	if p.asked != 1 {
		t.Errorf("the issuer was asked for its addresses %d times", p.asked)
	}
}

func TestWhoMaySignInWithTelegram(t *testing.T) {
	l, p := newLoginLobby(t)
	l.guest(l.kava, "11")
	l.meet(l.kava, "13")
	gone, _ := l.hire(l.kava, "14", engine.RoleCashier)
	l.must(l.engine.DismissStaff(t.Context(), l.kava.ID, "", gone.ID))
	l.guest(l.other, "15")
	for _, c := range []struct{ name, user, to, says string }{
		{"a stranger", "99", "", "press Start"}, {"somebody without a card", "13", "", "press Start"}, {"who has left", "14", "", "press Start"},
		{"a guest of another shop", "15", "", "press Start"}, {"a guest at the scanner", "11", "scan/", "for the staff"}, {"who has left, at the scanner", "14", "scan/", "for the staff"},
	} {
		start := l.want(http.StatusSeeOther, "GET", "/app/kava/login?to="+c.to, "")
		w := l.want(http.StatusForbidden, "GET", p.authorize(start, c.user, nil), "", with(start))
		if !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "t.me/kava_bot") {
			t.Errorf("%s: %s", c.name, w.Body)
		}
		if strings.Contains(strings.Join(w.Header().Values("Set-Cookie"), "\n"), hostCookie+"kava=") {
			t.Errorf("%s is signed in", c.name)
		}
	}
}

func TestSignInsThatAreRefused(t *testing.T) {
	l, p := newLoginLobby(t)
	l.guest(l.kava, "11")
	for name, change := range map[string]map[string]any{
		"a wrong nonce": {"nonce": "x"}, "no nonce": {"nonce": nil}, "an expired token": {"exp": l.now().Add(-time.Second).Unix()}, "another audience": {"aud": otherBot},
		"a foreign issuer": {"iss": "https://oauth.telegram.org"}, "no user": {"id": nil}, "a user of words": {"id": "11x"}, "a negative user": {"id": -11}, "a list of users": {"id": []int{11}},
		"no signature": {"alg": "none"}, "a broken signature": {"alg": "broken"},
	} {
		start := l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
		refusedLogin(l, name, l.want(http.StatusBadRequest, "GET", p.authorize(start, 11, change), "", with(start)))
	}
	for _, why := range []string{"of another nonce", "token is expired", "expected audience", "by a different provider", "without a user", "failed to verify signature", "malformed jwt"} {
		if !strings.Contains(l.logged.String(), why) {
			t.Errorf("nothing was refused because it was %s:\n%s", why, l.logged.String())
		}
	}

	start := l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
	back := p.authorize(start, 11, nil)
	at, _ := url.Parse(back)
	for name, state := range map[string]string{"no state": "", "a state of words": "x.y", "a long one": strings.Repeat("a", 2000),
		"a changed one": strings.Replace(at.Query().Get("state"), ".", "A.", 1), "one without its seal": strings.Split(at.Query().Get("state"), ".")[0] + ".",
		"a session": l.session(l.kava, kavaToken, "11")} {
		q := at.Query()
		q.Set("state", state)
		refusedLogin(l, name, l.want(http.StatusBadRequest, "GET", "/app/oidc?"+q.Encode(), "", with(start)))
	}
	refusedLogin(l, "another browser", l.want(http.StatusBadRequest, "GET", back, ""))
	elsewhere := l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
	refusedLogin(l, "the cookie of another sign-in", l.want(http.StatusBadRequest, "GET", back, "", with(elsewhere)))

	l.want(http.StatusSeeOther, "GET", back, "", with(start))
	refusedLogin(l, "a code used again", l.want(http.StatusBadRequest, "GET", back, "", with(start)))

	start = l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
	l.pass(loginTime)
	back = p.authorize(start, 11, nil) // with a token that has just been made
	refusedLogin(l, "too late", l.want(http.StatusBadRequest, "GET", back, "", with(start)))

	start = l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
	at, _ = url.Parse(p.authorize(start, 11, nil))
	no := "/app/oidc?" + url.Values{"error": {"access_denied"}, "error_description": {"<b>hunter2</b>"}, "state": {at.Query().Get("state")}}.Encode()
	w := l.want(http.StatusForbidden, "GET", no, "", with(start))
	refusedLogin(l, "a no", w)
	if strings.Contains(w.Body.String(), "hunter2") {
		t.Error("what the address says gets into the page")
	}
}

// refusedLogin makes sure that an answer signs nobody in.
func refusedLogin(l *lobby, name string, w *httptest.ResponseRecorder) {
	l.t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == hostCookie+"kava" {
			l.t.Errorf("%s signs in", name)
		}
	}
}

// An issuer that does not answer is told as such, is not asked by everybody at once, and is asked again.
func TestIssuerIsDown(t *testing.T) {
	l, p := newLoginLobby(t)
	l.guest(l.kava, "11")
	p.broken = true
	for range 3 {
		w := l.want(http.StatusServiceUnavailable, "GET", "/app/kava/login", "")
		if !strings.Contains(w.Body.String(), "cannot be reached") || !strings.Contains(w.Body.String(), "/web") || w.Header().Get("Retry-After") == "" {
			t.Errorf("says %s", w.Body)
		}
	}
	if p.asked != 1 {
		t.Errorf("asked %d times", p.asked)
	}
	p.broken = false
	l.pass(issuerRest)
	start := l.want(http.StatusSeeOther, "GET", "/app/kava/login", "")
	back := p.authorize(start, 11, nil)
	p.server.Close()
	refusedLogin(l, "an issuer that went away", l.want(http.StatusServiceUnavailable, "GET", back, "", with(start)))
	for _, secret := range []string{clientSecret, "code-1"} {
		if strings.Contains(l.logged.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}
