package telegram

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// LaunchKind is the way a Mini App is opened; it decides what initData holds.
type LaunchKind string

// The kinds of launches.
const (
	LaunchMenu     LaunchKind = "menu"     // the menu button or an inline button: query_id
	LaunchDirect   LaunchKind = "direct"   // a t.me/bot/app link: chat_type, chat_instance and start_param
	LaunchKeyboard LaunchKind = "keyboard" // a button of the reply keyboard: no initData at all
)

// Look is what a page learns of the phone it is opened on.
type Look struct {
	// Theme is "light" or "dark"; light when it is empty.
	Theme string `json:"theme,omitempty"`
	// Platform is one of those that Telegram's clients name: android, ios, macos, tdesktop, web, weba, webk, unigram; android when it
	// is empty. Whatever else a page on a desktop may do, it will look for the QR scanner on phones only.
	Platform string `json:"platform,omitempty"`
}

// Launch is an opened Mini App.
type Launch struct {
	InitData string `json:"init_data"`
	// PublicKey verifies the field signature, in hex. It is the sandbox's own key.
	PublicKey string `json:"public_key"`
	// URL is the page with the launch parameters in its fragment, "" when there is no page.
	URL string `json:"url,omitempty"`
}

// appVersion is that of the Mini Apps the sandbox plays.
const appVersion = "9.1"

var appPlatforms = []string{"android", "ios", "macos", "tdesktop", "web", "weba", "webk", "unigram"}

// complete fills in what a look leaves out.
func (l Look) complete() (Look, error) {
	l.Theme, l.Platform = cmp.Or(l.Theme, "light"), cmp.Or(l.Platform, appPlatforms[0])
	if _, known := Themes()[l.Theme]; !known {
		return l, fmt.Errorf("%w: theme %q", ErrInvalid, l.Theme)
	}
	if !slices.Contains(appPlatforms, l.Platform) {
		return l, fmt.Errorf("%w: platform %q", ErrInvalid, l.Platform)
	}
	return l, nil
}

// OpenApp signs initData for a person the way the platform does and builds the URL of the launch
// (core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app). Without a page it is that of the menu button, if the
// person has one. The last look counts; without any it is that of an Android phone by day.
func (s *Server) OpenApp(user, botID int64, page string, kind LaunchKind, startParam string, looks ...Look) (Launch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	person, b, ch, err := s.at(Place{User: user, Bot: botID})
	if err != nil {
		return Launch{}, fmt.Errorf("open app: %w", err)
	}
	var look Look
	if len(looks) > 0 {
		look = looks[len(looks)-1]
	}
	if look, err = look.complete(); err != nil {
		return Launch{}, fmt.Errorf("open app: %w", err)
	}
	if menu := b.menuFor(person.ID); page == "" && (kind == "" || kind == LaunchMenu) && menu.WebApp != nil {
		page = menu.WebApp.URL
	}
	key := s.signingKey()
	launch := Launch{PublicKey: hex.EncodeToString(key.Public().(ed25519.PublicKey))}
	fields := map[string]string{"auth_date": strconv.FormatInt(s.clock.Now().Unix(), 10)}
	switch kind {
	case LaunchMenu, "":
		fields["query_id"] = "AAH" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%016x", seedWord(s.nextQuery(), 3)))[:20]
	case LaunchDirect:
		fields["chat_type"], fields["chat_instance"] = "sender", chatInstance(b, ch)
	case LaunchKeyboard:
		launch.URL, err = launchURL(page, "", startParam, look)
		return launch, err
	default:
		return launch, fmt.Errorf("open app: %w: kind %q", ErrInvalid, kind)
	}
	if startParam != "" {
		fields["start_param"] = startParam
	}
	if fields["user"], err = initUser(person); err != nil {
		return launch, fmt.Errorf("open app: %w", err)
	}
	launch.InitData = signInitData(fields, b, key)
	launch.URL, err = launchURL(page, launch.InitData, startParam, look)
	return launch, err
}

func initUser(p *Person) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		ID           int64  `json:"id"`
		FirstName    string `json:"first_name"`
		LastName     string `json:"last_name"`
		Username     string `json:"username,omitempty"`
		LanguageCode string `json:"language_code,omitempty"`
		AllowsWrite  bool   `json:"allows_write_to_pm,omitempty"`
	}{p.ID, p.FirstName, p.LastName, p.Username, p.LanguageCode, true})
	return strings.TrimSpace(buf.String()), err
}

// signInitData adds the signature of the platform and then the hash only the owner of the token can check.
func signInitData(fields map[string]string, b *bot, key ed25519.PrivateKey) string {
	signed := fmt.Sprintf("%d:WebAppData\n%s", b.ID, checkString(fields))
	fields["signature"] = base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(signed)))

	secret := hmac.New(sha256.New, []byte("WebAppData"))
	secret.Write([]byte(b.Token))
	mac := hmac.New(sha256.New, secret.Sum(nil))
	mac.Write([]byte(checkString(fields)))
	fields["hash"] = hex.EncodeToString(mac.Sum(nil))

	var pairs []string
	for _, name := range []string{"query_id", "user", "chat_instance", "chat_type", "start_param", "auth_date", "signature", "hash"} {
		if value, ok := fields[name]; ok {
			pairs = append(pairs, name+"="+escapeComponent(value))
		}
	}
	return strings.Join(pairs, "&")
}

func checkString(fields map[string]string) string {
	lines := make([]string, 0, len(fields))
	for name, value := range fields {
		lines = append(lines, name+"="+value)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// escapeComponent escapes as encodeURIComponent does: blanks become %20.
func escapeComponent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// launchURL puts the launch parameters into the fragment of the page's address, and the start parameter into its query.
func launchURL(page, initData, startParam string, look Look) (string, error) {
	if page == "" {
		return "", nil
	}
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("open app: %w: page %q", ErrInvalid, page)
	}
	if startParam != "" {
		q := u.Query()
		q.Set("tgWebAppStartParam", startParam)
		u.RawQuery = q.Encode()
	}
	theme, err := json.Marshal(Themes()[look.Theme])
	if err != nil {
		return "", fmt.Errorf("open app: encode theme: %w", err)
	}
	u.Fragment = ""
	return u.String() + "#tgWebAppData=" + escapeComponent(initData) + "&tgWebAppVersion=" + appVersion + "&tgWebAppPlatform=" + look.Platform +
		"&tgWebAppThemeParams=" + escapeComponent(string(theme)), nil
}
