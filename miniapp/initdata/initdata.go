// Package initdata checks what Telegram says of whoever opened a Mini App: the signed launch parameters called initData
// (core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app). It is strict where the platform's wording is loose: one
// decoding, no key twice, no control characters, a bounded length and age.
package initdata

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What is wrong with initData. [Bot.Check] and [Key.Check] wrap one of them.
var (
	ErrMalformed = errors.New("initdata: not what Telegram writes")
	ErrForged    = errors.New("initdata: not signed for this bot")
	ErrStale     = errors.New("initdata: too old")
	ErrFuture    = errors.New("initdata: from the future")
)

// MaxLen is the longest initData that is read, in bytes.
const MaxLen = 4096

// How old initData may be when it opens a session, and how far the clocks may differ.
const (
	MaxAge  = time.Hour
	MaxSkew = time.Minute
)

// User is whoever opened the Mini App.
type User struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	Username     string `json:"username"`
	LanguageCode string `json:"language_code"` // IETF tag of the client, may be ""
	AllowsWrite  bool   `json:"allows_write_to_pm"`
}

// Data is initData whose signature and age were right.
type Data struct {
	User       User
	AuthDate   time.Time
	QueryID    string
	StartParam string
	ChatType   string
}

// Bot checks initData with a bot's token.
type Bot struct{ secret []byte }

// NewBot prepares the check for a token. The token itself is not kept.
func NewBot(token string) Bot {
	mac := hmac.New(sha256.New, []byte("WebAppData"))
	mac.Write([]byte(token))
	return Bot{secret: mac.Sum(nil)}
}

// Check returns what raw initData says, if this bot's token signed it, it is at most [MaxAge] old and at most [MaxSkew] ahead of now.
func (b Bot) Check(raw string, now time.Time) (Data, error) {
	pairs, err := parse(raw)
	if err != nil {
		return Data{}, err
	}
	hash, ok := pairs.take("hash")
	given, err := hex.DecodeString(hash)
	if !ok || err != nil || len(given) != sha256.Size || strings.ToLower(hash) != hash {
		return Data{}, fmt.Errorf("%w: hash", ErrMalformed)
	}
	mac := hmac.New(sha256.New, b.secret)
	mac.Write([]byte(pairs.checkString()))
	if !hmac.Equal(mac.Sum(nil), given) {
		return Data{}, ErrForged
	}
	return pairs.data(now)
}

// Key checks initData without a bot's token, by the signature that Telegram adds for third parties.
type Key struct {
	// BotID is the number of the bot that the Mini App was opened from.
	BotID int64
	// Public is the platform's key: [Production] or [TestServer].
	Public ed25519.PublicKey
}

// The platform's public keys (core.telegram.org/bots/webapps#validating-data-for-third-party-use).
var (
	Production = mustHex("e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d")
	TestServer = mustHex("40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec")
)

func mustHex(s string) ed25519.PublicKey {
	key, err := hex.DecodeString(s)
	if err != nil || len(key) != ed25519.PublicKeySize {
		panic("initdata: bad constant")
	}
	return key
}

// Check is [Bot.Check] by the signature for third parties.
func (k Key) Check(raw string, now time.Time) (Data, error) {
	pairs, err := parse(raw)
	if err != nil {
		return Data{}, err
	}
	pairs.take("hash")
	text, ok := pairs.take("signature")
	signature, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(signature) != ed25519.SignatureSize {
		return Data{}, fmt.Errorf("%w: signature", ErrMalformed)
	}
	if !ed25519.Verify(k.Public, fmt.Appendf(nil, "%d:WebAppData\n%s", k.BotID, pairs.checkString()), signature) {
		return Data{}, ErrForged
	}
	return pairs.data(now)
}

// pairs are the decoded parameters by name.
type pairs map[string]string

// parse decodes each pair once. Anything Telegram would not write is an error: an empty pair, a name twice, an encoded name, a control
// character, which in the text that is signed could pass for the end of a line.
func parse(raw string) (pairs, error) {
	if raw == "" || len(raw) > MaxLen {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(raw))
	}
	all := make(pairs)
	for pair := range strings.SplitSeq(raw, "&") {
		name, encoded, ok := strings.Cut(pair, "=")
		if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
			return nil, fmt.Errorf("%w: a pair without a plain name", ErrMalformed)
		}
		value, err := url.QueryUnescape(encoded)
		if err != nil || !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("%w: value of %s", ErrMalformed, name)
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("%w: %s twice", ErrMalformed, name)
		}
		all[name] = value
	}
	return all, nil
}

// take removes a pair and returns its value.
func (p pairs) take(name string) (string, bool) {
	value, ok := p[name]
	delete(p, name)
	return value, ok
}

// checkString is the text that is signed.
func (p pairs) checkString() string {
	lines := make([]string, 0, len(p))
	for name, value := range p {
		lines = append(lines, name+"="+value)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// data reads what was signed.
func (p pairs) data(now time.Time) (Data, error) {
	d := Data{QueryID: p["query_id"], StartParam: p["start_param"], ChatType: p["chat_type"]}
	seconds, err := strconv.ParseUint(p["auth_date"], 10, 40)
	if err != nil || p["auth_date"][0] == '+' {
		return Data{}, fmt.Errorf("%w: auth_date", ErrMalformed)
	}
	d.AuthDate = time.Unix(int64(seconds), 0).UTC()
	switch age := now.Sub(d.AuthDate); {
	case age > MaxAge:
		return Data{}, ErrStale
	case age < -MaxSkew:
		return Data{}, ErrFuture
	}
	if err := json.Unmarshal([]byte(p["user"]), &d.User); err != nil || d.User.ID <= 0 || d.User.IsBot {
		return Data{}, fmt.Errorf("%w: user", ErrMalformed)
	}
	return d, nil
}
