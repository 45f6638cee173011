package bots

import (
	"net/netip"
	"net/url"
	"strings"
)

// DeepLink is the address that opens a bot and hands it a payload.
// Sources: Telegram, "Deep linking" (core.telegram.org/bots/features); Viber, "Deep links" (developers.viber.com/docs/tools/deep-links).
func DeepLink(channel Channel, username, payload string) string {
	switch channel {
	case Viber:
		return "viber://pa?chatURI=" + url.QueryEscape(username) + "&context=" + url.QueryEscape(payload)
	case WhatsApp:
		return "https://wa.me/" + username + "?text=" + url.QueryEscape(payload)
	}
	link := "https://t.me/" + username
	if payload != "" {
		link += "?start=" + url.QueryEscape(payload)
	}
	return link
}

// AppLink reports whether an address can be that of a Mini App page: https, or http to the very machine, where the sandbox serves
// its pages. Source: Telegram, "WebAppInfo" (core.telegram.org/bots/api#webappinfo).
func AppLink(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" || u.User != nil || !safeLink(link) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ShareLink is the address that opens the messenger's own list of chats to pass a text and a link on to, "" for a channel that
// has none. Sources: Telegram, "Share links" (core.telegram.org/api/links#share-links); Viber, "Share on Viber"
// (developers.viber.com/docs/tools/share-button); WhatsApp, "How to use click to chat" (faq.whatsapp.com/5913398998672934).
func ShareLink(channel Channel, link, text string) string {
	switch channel {
	case Telegram:
		return "https://t.me/share/url?url=" + url.QueryEscape(link) + "&text=" + escapeText(text)
	case Viber:
		return "viber://forward?text=" + escapeText(text+" "+link)
	case WhatsApp:
		return "https://wa.me/?text=" + escapeText(text+" "+link)
	}
	return ""
}

// escapeText escapes a query value with %20 for spaces: not every app reads the + of forms.
func escapeText(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
