package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"kartka/bots"
)

// The parts of Bot API objects that are read. Everything else is skipped, so that unknown variants of nested
// objects cannot fail.
type (
	person struct {
		ID           int64  `json:"id"`
		IsBot        bool   `json:"is_bot"`
		FirstName    string `json:"first_name"`
		LastName     string `json:"last_name"`
		LanguageCode string `json:"language_code"`
	}
	chat struct {
		ID   int64  `json:"id"`
		Type string `json:"type"`
	}
	message struct {
		MessageID     int64           `json:"message_id"`
		Date          int64           `json:"date"`
		From          person          `json:"from"`
		Chat          chat            `json:"chat"`
		SenderChat    json.RawMessage `json:"sender_chat"`
		ForwardOrigin json.RawMessage `json:"forward_origin"`
		ForwardDate   json.RawMessage `json:"forward_date"`
		ViaBot        json.RawMessage `json:"via_bot"`
		Text          string          `json:"text"`
		Contact       *struct {
			Phone     string `json:"phone_number"`
			FirstName string `json:"first_name"`
			LastName  string `json:"last_name"`
			UserID    int64  `json:"user_id"`
		} `json:"contact"`
	}
	callback struct {
		ID      scalar   `json:"id"`
		From    person   `json:"from"`
		Data    string   `json:"data"`
		Message *message `json:"message"`
	}
	memberChange struct {
		Date int64  `json:"date"`
		From person `json:"from"`
		Chat chat   `json:"chat"`
		Old  struct {
			Status string `json:"status"`
		} `json:"old_chat_member"`
		New struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	}
)

// Decode reads what a person did from an update. sender is the bot's id; username is its name without @, to know
// which commands of a group are meant for it: with "" none are. It fails when the update is no update or does
// not say who did it; the row is then a dead letter. Decisions:
//
//   - In a private chat a command is a first word that begins with a slash: its name is lower-cased and loses
//     its @bot suffix, the rest is Text. A deep-link payload that is not 1–64 of A-Z a-z 0-9 _ - is dropped.
//   - In groups and channels only a command with our own suffix, a press, and being added are events, all of
//     kind EventGroup with ChatID set; the rest of a group's talk is EventIgnored.
//   - Bots, anonymous administrators (sender_chat), edited messages, kinds nobody asked for and service lines
//     (a pinned message, a granted write access) are EventIgnored. Stickers, voices, pictures are EventOther.
//   - A press has no time of its own: At is zero. Its Ref is "" when the message is no longer accessible.
//   - Texts lose NUL characters, which no database accepts; nothing else is changed.
//   - Formatting becomes Rich as far as our tags go; addresses in a text stay text, links that lead to nothing safe
//     stay text too. Of a picture's sizes the largest counts. What is not carried is in Lost.
func Decode(raw []byte, sender, username string) (bots.Event, error) {
	e, err := openEnvelope(raw)
	if err != nil {
		return bots.Event{}, fmt.Errorf("decode update: %w", err)
	}
	ev := bots.Event{Kind: bots.EventIgnored, Key: e.key, From: bots.Address{Channel: bots.Telegram, Sender: sender}}
	if e.kind == kindOther {
		return ev, nil
	}
	if e.user == 0 {
		return bots.Event{}, errors.New("decode update: no sender")
	}
	ev.From.UserID = strconv.FormatInt(e.user, 10)
	d := decoding{ev: ev, user: e.user, username: username}
	switch e.kind {
	case kindMessage:
		err = d.message(e.body)
	case kindCallback:
		err = d.callback(e.body)
	case kindMember:
		err = d.member(e.body)
	}
	if err != nil {
		return bots.Event{}, fmt.Errorf("decode update: %w", err)
	}
	return d.ev, nil
}

// decoding is one event in the making. Its kind is EventIgnored until something is recognised.
type decoding struct {
	ev       bots.Event
	user     int64
	username string
}

func (d *decoding) person(p person) {
	d.ev.Name = clean(strings.TrimSpace(p.FirstName + " " + p.LastName))
	d.ev.Locale = clean(p.LanguageCode)
}

// private reports whether something happened in the private chat with the person. Some deliveries lack the
// chat's type; a private chat has the id of the person.
func (d *decoding) private(c chat) bool {
	return c.Type == "private" || c.Type == "" && c.ID == d.user
}

func (d *decoding) message(body []byte) error {
	var m message
	if err := tolerate(json.Unmarshal(body, &m)); err != nil {
		return err
	}
	d.ev.At = instant(m.Date)
	d.person(m.From)
	private := d.private(m.Chat)
	if !private {
		d.ev.ChatID = strconv.FormatInt(m.Chat.ID, 10)
	}
	if m.From.IsBot || present(m.SenderChat) {
		return nil
	}
	if !private {
		d.groupMessage(m)
		return nil
	}
	d.ev.Forwarded = present(m.ForwardOrigin) || present(m.ForwardDate)
	switch text := clean(m.Text); {
	case m.Contact != nil && m.Contact.Phone != "":
		d.ev.Kind = bots.EventContact
		d.ev.Contact = &bots.Contact{
			Phone: clean(m.Contact.Phone),
			Name:  clean(strings.TrimSpace(m.Contact.FirstName + " " + m.Contact.LastName)),
			Own:   m.Contact.UserID == d.user && !d.ev.Forwarded && !present(m.ViaBot),
		}
	case text != "" && d.ev.Forwarded: // whoever wrote it, it is no order to this bot
		d.ev.Kind, d.ev.Text = bots.EventText, text
	case text != "":
		d.text(text)
	case !service(body):
		d.ev.Kind = bots.EventOther
	}
	if d.ev.Kind == bots.EventText || d.ev.Kind == bots.EventOther {
		d.content(body)
	}
	return nil
}

// text tells commands from other text.
func (d *decoding) text(text string) {
	name, _, rest, ok := command(text)
	switch {
	case !ok:
		d.ev.Kind, d.ev.Text = bots.EventText, text
	case name == "start":
		d.ev.Kind, d.ev.Payload = bots.EventStart, payload(rest)
	default:
		d.ev.Kind, d.ev.Command, d.ev.Text = bots.EventCommand, name, rest
	}
}

// groupMessage recognises a command addressed to this very bot.
func (d *decoding) groupMessage(m message) {
	name, suffix, rest, ok := command(clean(m.Text))
	if !ok || d.username == "" || !strings.EqualFold(suffix, d.username) {
		return
	}
	d.ev.Kind, d.ev.Command, d.ev.Text = bots.EventGroup, name, rest
	if name == "start" {
		d.ev.Text, d.ev.Payload = "", payload(rest)
	}
}

func (d *decoding) callback(body []byte) error {
	var q callback
	if err := tolerate(json.Unmarshal(body, &q)); err != nil {
		return err
	}
	d.person(q.From)
	if q.From.IsBot || q.ID == "" {
		return nil
	}
	d.ev.Press = &bots.Press{ID: clean(q.Data), Query: clean(string(q.ID))}
	d.ev.Kind = bots.EventPress
	if q.Message == nil {
		return nil
	}
	if !d.private(q.Message.Chat) {
		d.ev.Kind, d.ev.ChatID = bots.EventGroup, strconv.FormatInt(q.Message.Chat.ID, 10)
		return nil
	}
	if q.Message.Date != 0 && q.Message.MessageID > 0 { // date 0 marks a message that is no longer accessible
		d.ev.Press.Ref = strconv.FormatInt(q.Message.MessageID, 10)
	}
	return nil
}

func (d *decoding) member(body []byte) error {
	var c memberChange
	if err := tolerate(json.Unmarshal(body, &c)); err != nil {
		return err
	}
	d.ev.At = instant(c.Date)
	d.person(c.From)
	if d.private(c.Chat) {
		switch c.New.Status {
		case "kicked":
			d.ev.Kind = bots.EventBlocked
		case "member":
			d.ev.Kind = bots.EventUnblocked
		}
		return nil
	}
	d.ev.ChatID = strconv.FormatInt(c.Chat.ID, 10)
	was, is := c.Old.Status, c.New.Status
	if (is == "member" || is == "administrator") && was != "member" && was != "administrator" && was != "restricted" {
		d.ev.Kind = bots.EventGroup
	}
	return nil
}

// command splits "/name@suffix rest". A name is 1–32 letters, digits and underscores of any alphabet, since
// people type commands in their own.
func command(text string) (name, suffix, rest string, ok bool) {
	word, found := strings.CutPrefix(text, "/")
	if !found {
		return "", "", "", false
	}
	if end := strings.IndexFunc(word, unicode.IsSpace); end >= 0 {
		word, rest = word[:end], strings.TrimSpace(word[end:])
	}
	name, suffix, _ = strings.Cut(word, "@")
	letters := 0
	for _, r := range name {
		if letters++; r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) {
			return "", "", "", false
		}
	}
	if letters == 0 || letters > 32 {
		return "", "", "", false
	}
	return strings.ToLower(name), suffix, rest, true
}

// payload is a deep-link payload, "" when it cannot be one.
func payload(s string) string {
	if len(s) > 64 || strings.Trim(s, tokenAlphabet) != "" {
		return ""
	}
	return s
}

// service reports lines that the platform itself wrote into a private chat. Nobody said anything in them, so
// nobody is answered; any other content without text is something a person sent.
func service(body []byte) bool {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		return false
	}
	for _, key := range []string{
		"pinned_message", "write_access_allowed", "message_auto_delete_timer_changed", "connected_website",
		"chat_background_set", "successful_payment", "refunded_payment", "users_shared", "chat_shared",
		"forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "boost_added",
		"migrate_to_chat_id", "migrate_from_chat_id", "web_app_data", "proximity_alert_triggered",
	} {
		if present(keys[key]) {
			return true
		}
	}
	return false
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// clean takes NUL characters out of what people wrote.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }
