package campaign

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Content is one message as its author wrote it.
type Content struct {
	// Texts are marked up with the five tags of a chat's text and hold placeholders, by language ("uk").
	Texts map[string]string `json:"texts,omitempty"`
	// Picture names the image that stands above the text, "" none.
	Picture string   `json:"picture,omitempty"`
	Buttons []Button `json:"buttons,omitempty"`
}

// In returns the text in the first of the languages that there is one in, else in the one whose code comes first, and which language that is. Without any
// text it is "" in no language.
func (c Content) In(languages ...string) (text, language string) {
	for _, l := range languages {
		if said(c.Texts[l]) {
			return c.Texts[l], l
		}
	}
	for _, l := range slices.Sorted(maps.Keys(c.Texts)) {
		if said(c.Texts[l]) {
			return c.Texts[l], l
		}
	}
	return "", ""
}

// said reports whether a marked-up text has anything to read.
func said(text string) bool {
	for text != "" {
		if text[0] == '<' {
			if end := strings.IndexByte(text, '>'); end > 0 {
				text = text[end+1:]
				continue
			}
		}
		next := strings.IndexByte(text[1:], '<') + 1
		if next == 0 {
			next = len(text)
		}
		if strings.ContainsFunc(text[:next], func(c rune) bool { return !unicode.IsSpace(c) && unicode.IsGraphic(c) }) {
			return true
		}
		text = text[next:]
	}
	return false
}

// ButtonKind is what a button does.
type ButtonKind string

// The kinds of buttons. All but a link say by themselves what they do, in the reader's language, unless they have labels.
const (
	ButtonCard   ButtonKind = "card"   // opens the card
	ButtonCoupon ButtonKind = "coupon" // activates the coupon that the campaign gives
	ButtonLink   ButtonKind = "link"   // opens a page of the shop's
	ButtonRate   ButtonKind = "rate"   // rates the last purchase
	ButtonStop   ButtonKind = "stop"   // no more messages like this
)

// ButtonKinds lists them in the order in which they are offered.
func ButtonKinds() []ButtonKind {
	return []ButtonKind{ButtonCard, ButtonCoupon, ButtonLink, ButtonRate, ButtonStop}
}

// Button stands below a message.
type Button struct {
	Kind ButtonKind `json:"kind"`
	URL  string     `json:"url,omitempty"` // of a link
	// Labels are plain texts by language.
	Labels map[string]string `json:"labels,omitempty"`
}

// Label returns the button's own label in the first of the languages that there is one in, else in the one whose code comes first; "" when it has none.
func (b Button) Label(languages ...string) string {
	for _, l := range append(languages, slices.Sorted(maps.Keys(b.Labels))...) {
		if label := strings.TrimSpace(b.Labels[l]); label != "" {
			return label
		}
	}
	return ""
}
