package cardcode

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says what a piece of input was recognised as.
type Kind uint8

// The kinds of input. The zero Kind goes with an error.
const (
	KindNone     Kind = iota
	KindRotating      // 18 digits starting with 7; Text goes to VerifyRotating
	KindStatic        // 18 digits starting with 6; Text goes to VerifyStatic
	KindSpoken        // six digits, looked up among the live spoken codes
	KindCard          // a card number, nine digits with a right check digit
	KindPhone         // a "+" and up to 15 digits, or 10 to 15 digits; not checked to be a phone of any country
	KindLink          // a chat deep link of a card, or its bare start parameter; see Token
	KindExternal      // anything else that a card of another system may carry: A–Z and 0–9, up to 40
)

// String names the kind for logs and tests.
func (k Kind) String() string {
	switch k {
	case KindRotating:
		return "rotating"
	case KindStatic:
		return "static"
	case KindSpoken:
		return "spoken"
	case KindCard:
		return "card"
	case KindPhone:
		return "phone"
	case KindLink:
		return "link"
	case KindExternal:
		return "external"
	default:
		return "none"
	}
}

// Scan is what [Parse] recognised.
type Scan struct {
	Kind Kind
	// Text is the input without scanner prefix, separators and layout damage: digits for codes and card numbers;
	// digits with the leading "+" kept, if there was one, for phones; upper-case letters and digits for external
	// cards; the token for links.
	Text string
	// Alias is the card number of a rotating code, a static code or a card number, else empty. In a code it is
	// well typed but not yet proved.
	Alias Alias
	// Token is the secret of a link, as [NewToken] spelled it, else empty.
	Token string
}

// MayBePhone reports whether Text is worth trying as a phone number: it has the kind of one, or it is nine digits,
// which is a whole national number in Poland, Spain and some other countries.
func (s Scan) MayBePhone() bool {
	return s.Kind == KindPhone || len(s.Text) == AliasLen && allDigits(s.Text)
}

const (
	// MaxInput is the longest input [Parse] looks at, in bytes.
	MaxInput = 512
	// MaxExternal is the longest number of an external card, in characters.
	MaxExternal = 40

	minPhone = 10
	maxPhone = 15 // E.164
)

// Parse recognises what a scanner or a person handed in. It forgives spaces, hyphens, dots, brackets, invisible
// and control characters, the symbology prefix of a scanner ("]C1"), full-width and Arabic digits, and letters typed by a
// keyboard-like scanner while the till's layout was Ukrainian, Russian or Kazakh (on the last one the digit keys type letters
// too). Text in Cyrillic is always read as such a slip.
//
// Nine digits are taken for a card number. Where phones have nine digits, a caller that finds no such card, or
// that gets [ErrMistyped], asks [Scan.MayBePhone] and tries Text as a phone: on ErrMistyped the Scan has Kind
// and Text set, on every other error it is zero. Likewise ten to fifteen digits that are no phone may be the number of an
// older card.
//
// Errors: [ErrEmpty], [ErrTooLong], [ErrMistyped], [ErrUnreadable].
func Parse(input string) (Scan, error) {
	if len(input) > MaxInput {
		return Scan{}, ErrTooLong
	}
	if !utf8.ValidString(input) {
		return Scan{}, ErrUnreadable
	}
	text := retype(tidy(input))
	text = strings.TrimSpace(dropScannerPrefix(text))
	if text == "" {
		return Scan{}, ErrEmpty
	}
	if param, ok := strings.CutPrefix(text, LinkPrefix); ok {
		return linkScan(param)
	}
	if looksLikeLink(text) {
		return linkScan(startParam(text))
	}
	return classify(text)
}

// tidy drops characters nobody sees and makes every digit an ASCII digit and every space a plain one.
func tidy(input string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
			return -1
		case '！' <= r && r <= '～': // full-width forms of ASCII
			return r - '！' + '!'
		case '٠' <= r && r <= '٩':
			return r - '٠' + '0'
		case '۰' <= r && r <= '۹':
			return r - '۰' + '0'
		default:
			return r
		}
	}, input))
}

// dropScannerPrefix removes an AIM symbology identifier: "]", a letter for the symbology, a modifier.
func dropScannerPrefix(s string) string {
	if len(s) >= 3 && s[0] == ']' && isLetter(s[1]) && (isDigit(s[2]) || isLetter(s[2])) {
		return s[3:]
	}
	return s
}

// classify recognises everything but links.
func classify(text string) (Scan, error) {
	phone := false
	if number, ok := cutPrefixFold(text, "tel:"); ok {
		text, phone = number, true
	}
	code := strings.Map(func(r rune) rune {
		if isSeparator(r) {
			return -1
		}
		return r
	}, text)
	digits, plus := strings.CutPrefix(code, "+")
	switch {
	case code == "":
		return Scan{}, ErrEmpty
	case plus || phone:
		if digits == "" || len(digits) > maxPhone || !allDigits(digits) {
			return Scan{}, ErrUnreadable
		}
		return Scan{Kind: KindPhone, Text: code}, nil
	case allDigits(code):
		return classifyDigits(code)
	default:
		return external(code)
	}
}

func classifyDigits(code string) (Scan, error) {
	n := len(code)
	switch {
	case n == CodeLen && code[0] == rotatingMark:
		return withAlias(KindRotating, code, code[1:proofAt])
	case n == CodeLen && code[0] == staticMark:
		return withAlias(KindStatic, code, code[1:proofAt])
	case n == AliasLen:
		return withAlias(KindCard, code, code)
	case n == SpokenLen:
		return Scan{Kind: KindSpoken, Text: code}, nil
	case minPhone <= n && n <= maxPhone:
		return Scan{Kind: KindPhone, Text: code}, nil
	default:
		return external(code)
	}
}

func withAlias(kind Kind, code, digits string) (Scan, error) {
	alias, err := ParseAlias(digits)
	return Scan{Kind: kind, Text: code, Alias: alias}, err
}

func external(code string) (Scan, error) {
	for i := range len(code) {
		if !isDigit(code[i]) && !isLetter(code[i]) {
			return Scan{}, ErrUnreadable
		}
	}
	if len(code) > MaxExternal {
		return Scan{}, ErrTooLong
	}
	return Scan{Kind: KindExternal, Text: strings.ToUpper(code)}, nil
}

func linkScan(token string) (Scan, error) {
	if !isToken(token) {
		return Scan{}, ErrUnreadable
	}
	return Scan{Kind: KindLink, Text: token, Token: token}, nil
}

// telegramHosts are the names under which Telegram's own links appear.
var telegramHosts = []string{"t.me", "telegram.me", "telegram.dog"}

func looksLikeLink(text string) bool {
	if strings.Contains(text, "://") {
		return true
	}
	if _, ok := cutPrefixFold(text, "tg:"); ok {
		return true
	}
	for _, host := range telegramHosts {
		if _, ok := cutPrefixFold(text, host+"/"); ok {
			return true
		}
	}
	return false
}

// startParam is the card token in the start parameter of a bot's deep link, or "" if the link is not one.
// https://core.telegram.org/api/links#bot-links
func startParam(link string) string {
	if _, ok := cutPrefixFold(link, "tg:"); !ok && !strings.Contains(link, "://") {
		link = "https://" + link
	}
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	bot := ""
	switch u.Scheme {
	case "http", "https":
		for _, host := range telegramHosts {
			if strings.EqualFold(u.Hostname(), host) {
				bot = strings.Trim(u.Path, "/")
			}
		}
	case "tg":
		if u.Host == "resolve" || u.Opaque == "resolve" {
			bot = u.Query().Get("domain")
		}
	}
	param, ok := strings.CutPrefix(u.Query().Get("start"), LinkPrefix)
	if bot == "" || !ok {
		return ""
	}
	return param
}

func isSeparator(r rune) bool {
	switch r {
	case ' ', '.', '(', ')', '/', '−':
		return true
	}
	return unicode.Is(unicode.Pd, r)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}
