package bots

import "time"

// EventKind says what a person did.
type EventKind string

// The kinds of events. Everything an adapter cannot express is EventOther: the dialog then answers with help,
// never with silence, unless the event is not from a private chat.
const (
	EventStart     EventKind = "start"     // opened the bot, with a deep-link payload or without
	EventCommand   EventKind = "command"   // typed /name, arguments in Text
	EventText      EventKind = "text"      // typed anything else
	EventPress     EventKind = "press"     // pressed a button that carries an id
	EventContact   EventKind = "contact"   // shared a contact card
	EventBlocked   EventKind = "blocked"   // blocked the bot: nothing can be sent any more
	EventUnblocked EventKind = "unblocked" // unblocked it; does not renew any consent
	EventGroup     EventKind = "group"     // the bot was added to, or addressed in, a group or channel
	EventOther     EventKind = "other"     // a sticker, a voice message, anything we do not read
	// EventIgnored is nothing anybody should answer: an edited message, another bot, an anonymous administrator,
	// talk among the members of a group, a service line of the platform.
	EventIgnored EventKind = "ignored"
)

// Event is one thing a person did, channel-neutral.
type Event struct {
	Kind EventKind
	From Address
	// Key identifies the delivery on its channel for ever; it equals [Raw].Key. Idempotency keys of the engine
	// commands it causes are derived from it.
	Key  string
	At   time.Time // when the person did it, by the platform's clock; zero when it does not say: take Raw.At
	Name string    // display name as the platform gives it; may hold anything
	// Locale is the platform's hint (IETF tag), often absent or wrong; never more than a first guess.
	Locale string
	// ChatID is where the event happened when that is not the private chat with the person (EventGroup). An
	// EventGroup may hold a Command, a Payload or a Press; nothing personal may be answered there.
	ChatID string
	// Command is the lower-case name without slash and bot suffix; Text holds what follows it.
	Command string
	Text    string
	Payload string // deep-link payload of EventStart
	Press   *Press
	Contact *Contact

	// What follows says what somebody wrote who may want it sent on: to the members of a programme, say. It is
	// there in a private chat only.

	// Rich is the text of an EventText with its formatting, or what stands under a picture, a video or a file
	// (EventOther). It is always well formed, whatever the platform delivered.
	Rich Rich
	// Photo is the picture of an EventOther that is one.
	Photo *PhotoRef
	// Lost is what of the message Rich and Photo do not carry, each once: What is one of the Lost words.
	Lost []Loss
	// Forwarded says that the person passed on what was written elsewhere, by whomever. Such a text is no command, however it begins.
	Forwarded bool
}

// What a message sent to us may hold that we cannot send on: [Loss].What of [Event].Lost.
const (
	LostUnderline   = "underline"    // shown as plain text
	LostSpoiler     = "spoiler"      // text or picture, shown openly
	LostQuote       = "quote"        // shown as plain text
	LostCustomEmoji = "custom_emoji" // the plain emoji stands for it
	LostMention     = "mention"      // of somebody without a username: the name stays, not linked
	LostLink        = "link"         // leads to nothing safe: the text stays, not linked
	LostMarkup      = "markup"       // formatting we do not know: the text stays
	LostButtons     = "buttons"      // below a message of another bot
	LostAlbum       = "album"        // this picture is one of several, each of which comes as a message of its own
	LostPhoto       = "photo"        // a picture whose handle makes no sense
	LostImageFile   = "image_file"   // a picture sent as a file, which platforms do not send on as a picture
	LostFile        = "file"
	LostVideo       = "video" // also an animation, a video note and a live photo
	LostAudio       = "audio" // also a voice message
	LostSticker     = "sticker"
	LostPoll        = "poll" // also a quiz and a check list
	LostPlace       = "place"
	LostOther       = "other" // anything else
)

// Press is a pressed button. ID is attacker-chosen text: a dialog parses it strictly and checks rights again.
type Press struct {
	ID    string
	Query string // platform's handle to acknowledge the press; expires soon
	Ref   string // the message the button was on, "" when the platform no longer knows it
}

// Contact is a shared contact card.
type Contact struct {
	Phone string // as received: normalise before use
	Name  string
	// Own is true only when the platform vouches that the card is the sender's own
	// (Telegram: contact.user_id = from.id, private chat, not forwarded, not via another bot).
	Own bool
}
