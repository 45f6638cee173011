package telegram

import (
	"net/url"
	"regexp"
	"strings"
)

// DeepLink is a link into a bot (core.telegram.org/bots/features#deep-linking).
type DeepLink struct {
	Bot string // username
	// Kind is "start", "startgroup", "startapp", or "" for a link that only opens the chat.
	Kind    string
	Payload string
}

var payloadShape = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)

// ParseDeepLink reads t.me, telegram.me and tg:// links. Payloads that Telegram would ignore make it fail.
func ParseDeepLink(text string) (DeepLink, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "t.me/") || strings.HasPrefix(text, "telegram.me/") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return DeepLink{}, false
	}
	query := u.Query()
	var link DeepLink
	switch {
	case u.Scheme == "tg" && u.Host == "resolve":
		link.Bot = query.Get("domain")
	case (u.Scheme == "https" || u.Scheme == "http") && (u.Host == "t.me" || u.Host == "telegram.me"):
		link.Bot, _, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
	default:
		return DeepLink{}, false
	}
	if !usernameShape.MatchString(link.Bot) {
		return DeepLink{}, false
	}
	for _, kind := range []string{"start", "startgroup", "startapp"} {
		if query.Has(kind) {
			link.Kind, link.Payload = kind, query.Get(kind)
		}
	}
	return link, payloadShape.MatchString(link.Payload) || link.Kind == "startapp" && len(link.Payload) <= 512
}
