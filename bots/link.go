package bots

import (
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
