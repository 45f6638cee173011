package telegram

import (
	"slices"
	"strings"
	"time"
)

// deliver puts a new message of the bot into a chat: the checks every send has in common, then the message.
func (c *call) deliver(ch *chat, m message) (*message, error) {
	mk, err := parseMarkup(c.p.str("reply_markup"), ch.private())
	if err != nil {
		return nil, err
	}
	reply, err := c.replyTo(ch)
	if err != nil {
		return nil, err
	}
	if err := c.throttle(ch, true); err != nil {
		return nil, err
	}
	from := c.bot.user()
	m.From, m.Bot, m.ReplyToMessage, m.ReplyMarkup = &from, c.bot.ID, reply, mk.inline
	m.HasProtectedContent = c.p.flag("protect_content")
	if ch.private() {
		m.EffectID = c.p.str("message_effect_id")
	}
	m.Keyboard = !mk.none() && mk.inline == nil
	switch {
	case mk.keyboard != nil:
		ch.Keyboard, ch.Hint = mk.keyboard, mk.keyboard.Placeholder
	case mk.remove:
		ch.Keyboard, ch.Hint = nil, ""
	case mk.forceReply:
		ch.Hint = mk.hint
	}
	ch.Typing = time.Time{}
	return c.add(c.bot, ch, m), nil
}

// add appends a message to a chat and gives it its id, date and place.
func (s *Server) add(b *bot, ch *chat, m message) *message {
	if ch.private() {
		b.NextMsg++
		m.MessageID = b.NextMsg
	} else {
		ch.NextMsg++
		m.MessageID = ch.NextMsg
	}
	m.Chat = s.apiChat(ch)
	m.Date = s.clock.Now().Unix()
	m.Created = s.stamp(ch)
	m.Version = m.Created
	stored := &m
	ch.Messages = append(ch.Messages, stored)
	return stored
}

func (c *call) sendMessage() (any, error) {
	text, err := c.text("text")
	if err != nil {
		return nil, err
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	m, err := c.deliver(ch, message{Message: Message{Text: text.text, Entities: text.entities}})
	if err != nil {
		return nil, err
	}
	return m.Message, nil
}

// text reads the text of a message.
func (c *call) text(arg string) (formatted, error) {
	f, err := formatText(c.p.str(arg), c.p.str("parse_mode"), c.p.str("entities"))
	switch {
	case err != nil:
		return f, err
	case f.text == "":
		return f, badRequest("message text is empty")
	case unitsOf(f.text) > maxText:
		return f, badRequest("message is too long")
	}
	return f, nil
}

// caption reads the text under a photo or a document; it may be empty.
func (c *call) caption() (formatted, error) {
	return captionOf(c.p.str("caption"), c.p.str("parse_mode"), c.p.str("caption_entities"))
}

func captionOf(text, parseMode, entities string) (formatted, error) {
	f, err := formatText(text, parseMode, entities)
	if err == nil && unitsOf(f.text) > maxCaption {
		err = badRequest("message caption is too long")
	}
	return f, err
}

func (c *call) sendPhoto() (any, error)    { return c.sendFile("photo", kindPhoto) }
func (c *call) sendDocument() (any, error) { return c.sendFile("document", kindDocument) }

func (c *call) sendFile(arg string, kind fileKind) (any, error) {
	caption, err := c.caption()
	if err != nil {
		return nil, err
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	f, err := c.inputFile(arg, c.p.str(arg), kind)
	if err != nil {
		return nil, err
	}
	m := message{Message: Message{Caption: caption.text, CaptionEntities: caption.entities}}
	m.setFile(f)
	sent, err := c.deliver(ch, m)
	if err != nil {
		return nil, err
	}
	return sent.Message, nil
}

// source resolves from_chat_id and message_id of copies and forwards.
func (c *call) source(what string) (*message, error) {
	from, err := c.target("from_chat_id", toRead)
	if err != nil {
		return nil, err
	}
	m := from.find(c.p.number("message_id", 0, 0, 1<<53))
	if m == nil {
		return nil, badRequest("%s not found", what)
	}
	return m, nil
}

func (c *call) copyMessage() (any, error) {
	src, err := c.source("message to copy")
	if err != nil {
		return nil, err
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	m := message{Message: src.content(), File: src.File}
	if _, given := c.p.values["caption"]; given && src.File != 0 {
		caption, err := c.caption()
		if err != nil {
			return nil, err
		}
		m.Caption, m.CaptionEntities = caption.text, caption.entities
	}
	sent, err := c.deliver(ch, m)
	if err != nil {
		return nil, err
	}
	return struct {
		MessageID int64 `json:"message_id"`
	}{sent.MessageID}, nil
}

func (c *call) forwardMessage() (any, error) {
	src, err := c.source("message to forward")
	if err != nil {
		return nil, err
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	if src.HasProtectedContent {
		return nil, badRequest("message can't be forwarded")
	}
	m := message{Message: src.content(), File: src.File}
	m.ForwardOrigin = &MessageOrigin{Type: "user", Date: src.Date, SenderUser: src.From}
	sent, err := c.deliver(ch, m)
	if err != nil {
		return nil, err
	}
	return sent.Message, nil
}

// content is the message without what belongs to the act of sending it.
func (m *message) content() Message {
	return Message{
		Text: m.Text, Entities: m.Entities, Document: m.Document, Photo: m.Photo, Sticker: m.Sticker, Voice: m.Voice,
		HasMediaSpoiler: m.HasMediaSpoiler, Caption: m.Caption, CaptionEntities: m.CaptionEntities, Contact: m.Contact, Location: m.Location,
	}
}

var chatActions = []string{
	"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
	"choose_sticker", "find_location", "record_video_note", "upload_video_note",
}

// sendChatAction shows an activity for five seconds.
func (c *call) sendChatAction() (any, error) {
	if !slices.Contains(chatActions, strings.ToLower(c.p.str("action"))) {
		return nil, badRequest("wrong parameter action in request")
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	ch.Typing = c.now.Add(5 * time.Second)
	c.stamp(ch)
	return true, nil
}
