package bots

import "time"

// Rich is text in a tiny markup every adapter understands: <b>, <i>, <s>, <code> and <a href="…">, with
// &lt; &gt; &amp; &quot; escaped. Build it with locales.Printer.Rich, which escapes every argument.
type Rich string

// Purpose decides which consent a message needs and which lane it travels in.
type Purpose string

// The purposes.
const (
	PurposeReply     Purpose = "reply"     // answers what the person just did
	PurposeService   Purpose = "service"   // tells about the person's own account: a receipt, an expiry
	PurposeMarketing Purpose = "marketing" // needs a marketing consent, checked at the moment of sending
)

// Slots of messages that are edited in place instead of piling up in the chat.
const (
	SlotCard   = "card"   // the guest's card: one photo with QR, number and balance
	SlotScreen = "screen" // the screen a person is in: menus, forms, receipts while they can be undone
)

// Message is what a dialog says, before any channel sees it. It is stored as JSON in the outbox.
type Message struct {
	// Slot names the living message this one replaces: the adapter edits the last message of that slot in the
	// chat, or sends a new one and remembers it. "" always sends a new message.
	Slot string `json:"slot,omitempty"`
	// Fresh deletes the slot's last message and sends this one at the bottom of the chat.
	Fresh bool `json:"fresh,omitempty"`
	// OnlyIfShown edits the slot's message when there is one and does nothing otherwise (live refresh).
	OnlyIfShown bool `json:"only_if_shown,omitempty"`
	// Last lets the slot go: this message stays in the chat as it is, and what comes next in the slot is one of its own.
	Last bool `json:"last,omitempty"`

	Text    Rich       `json:"text,omitempty"` // with a photo or a file: its caption
	Photo   *Photo     `json:"photo,omitempty"`
	File    *File      `json:"file,omitempty"`
	Buttons [][]Button `json:"buttons,omitempty"` // rows under the message
	// Ask puts up a way to answer outside the message itself (Telegram: a reply keyboard).
	Ask *Ask `json:"ask,omitempty"`
	// ClearAsk takes such a keyboard away.
	ClearAsk bool `json:"clear_ask,omitempty"`
	// Ack answers the press that caused this message. A message with nothing but an Ack sends only that.
	Ack *Ack `json:"ack,omitempty"`
	// Numbered is filled by Fit alone: the ids of the choices it had to write into the text as "1. …", in that
	// order. The person answers with the number, which the channel's adapter turns back into a press.
	Numbered []string `json:"numbered,omitempty"`

	Purpose   Purpose `json:"purpose,omitempty"` // "" means PurposeReply
	Silent    bool    `json:"silent,omitempty"`  // no sound
	Celebrate bool    `json:"celebrate,omitempty"`
	// NoForward asks the platform to forbid forwarding and saving (codes that spend).
	NoForward bool `json:"no_forward,omitempty"`
	// Expires is when sending has no sense any more (zero: never). A late code helps nobody.
	Expires time.Time `json:"expires,omitzero"`
	// Paid lets the platform charge what going beyond its free rate costs. The outbox alone sets it, when it sends:
	// what is stored cannot spend money.
	Paid bool `json:"-"`
	// ChatID overrides the private chat, to answer in a group. Nothing personal may go there.
	ChatID string `json:"chat_id,omitempty"`
}

// Empty reports whether there is nothing to show: at most a press to acknowledge.
func (m Message) Empty() bool {
	return m.Text == "" && m.Photo == nil && m.File == nil && m.Ask == nil && !m.ClearAsk
}

// Photo is a picture: a QR code drawn by the sender's adapter, PNG bytes, or one the platform keeps.
type Photo struct {
	QR  string `json:"qr,omitempty"`  // text to encode
	PNG []byte `json:"png,omitempty"` // used when QR is ""
	// Ref is a [PhotoRef] as text. Its owner sends the picture by it, uploading nothing; QR or PNG, which may be
	// given beside it, is for other senders and for when the platform has forgotten the picture. Without them it
	// is invalid anywhere else.
	Ref string `json:"ref,omitempty"`
	// Shared says that many people get this very picture: it is uploaded once. Never set it on a code that belongs
	// to one person.
	Shared bool `json:"shared,omitempty"`
	// Keep promises that the picture is the one the slot already shows, so that an edit changes the caption only
	// and uploads nothing. The picture is given all the same, for when the old message is gone.
	Keep bool `json:"keep,omitempty"`
}

// File is a document, such as a poster to print.
type File struct {
	Name string `json:"name"`
	MIME string `json:"mime"`
	Data []byte `json:"data"`
}

// Button is one choice. Exactly one of ID, URL, Copy, App is set; Fit leaves out a button that breaks this, or
// whose id is longer than the channel carries.
type Button struct {
	Text string `json:"text"`
	ID   string `json:"id,omitempty"` // "v1|…", at most 64 bytes of ASCII
	URL  string `json:"url,omitempty"`
	Copy string `json:"copy,omitempty"` // text put on the clipboard
	// App is the address of a Mini App page, which opens inside the messenger and learns there who the person is.
	// It obeys AppLink.
	App   string `json:"app,omitempty"`
	Style Style  `json:"style,omitempty"`
}

// Style colours a button where the channel can.
type Style string

// The styles.
const (
	StylePrimary Style = "primary"
	StyleSuccess Style = "success"
	StyleDanger  Style = "danger"
)

// AskKind is what is asked for.
type AskKind string

// The kinds of asks.
const (
	AskPhone AskKind = "phone" // the person's own phone, vouched for by the platform
	AskText  AskKind = "text"  // one of Options, or typed text
)

// Ask is a keyboard in place of the person's own.
type Ask struct {
	Kind    AskKind  `json:"kind"`
	Label   string   `json:"label,omitempty"`   // of the button that shares the phone
	Options []string `json:"options,omitempty"` // plain texts offered below it, sent as typed text
	Hint    string   `json:"hint,omitempty"`    // placeholder of the input field
}

// Ack answers a press: silently, with a toast, or with an alert that must be closed.
type Ack struct {
	Query string `json:"query"`
	Text  string `json:"text,omitempty"` // ≤ 200 characters
	Alert bool   `json:"alert,omitempty"`
}
