package telegram

import (
	"encoding/json"
	"reflect"
	"time"
)

// editable resolves a message the bot may change, and its new keyboard.
func (c *call) editable() (*chat, *message, *InlineKeyboardMarkup, error) {
	ch, m, err := c.existing("message to edit")
	if err != nil {
		return nil, nil, nil, err
	}
	mk, err := parseMarkup(c.p.str("reply_markup"), ch.private())
	if err != nil {
		return nil, nil, nil, err
	}
	// Only messages without a keyboard, or with an inline one, can be edited: core.telegram.org/bots/api.
	if m.Bot != c.bot.ID || m.Keyboard || m.ForwardOrigin != nil {
		return nil, nil, nil, badRequest("message can't be edited")
	}
	if !mk.none() && mk.inline == nil {
		return nil, nil, nil, badRequest("inline keyboard expected")
	}
	return ch, m, mk.inline, nil
}

// finish stores an edited message when something has changed.
func (c *call) finish(ch *chat, m *message, next message) (any, error) {
	if reflect.DeepEqual(*m, next) {
		return nil, badRequest(textNotModified)
	}
	if err := c.throttle(ch, false); err != nil {
		return nil, err
	}
	next.EditDate = c.now.Unix()
	next.Edits++
	next.Version = c.stamp(ch)
	*m = next
	return m.Message, nil
}

func (c *call) editMessageText() (any, error) {
	text, err := c.text("text")
	if err != nil {
		return nil, err
	}
	ch, m, keyboard, err := c.editable()
	if err != nil {
		return nil, err
	}
	if m.Text == "" {
		return nil, badRequest("there is no text in the message to edit")
	}
	next := *m
	next.Text, next.Entities, next.ReplyMarkup = text.text, text.entities, keyboard
	return c.finish(ch, m, next)
}

func (c *call) editMessageCaption() (any, error) {
	caption, err := c.caption()
	if err != nil {
		return nil, err
	}
	ch, m, keyboard, err := c.editable()
	if err != nil {
		return nil, err
	}
	if m.File == 0 {
		return nil, badRequest("there is no caption in the message to edit")
	}
	next := *m
	next.Caption, next.CaptionEntities, next.ReplyMarkup = caption.text, caption.entities, keyboard
	return c.finish(ch, m, next)
}

func (c *call) editMessageReplyMarkup() (any, error) {
	ch, m, keyboard, err := c.editable()
	if err != nil {
		return nil, err
	}
	next := *m
	next.ReplyMarkup = keyboard
	return c.finish(ch, m, next)
}

// inputMedia is the media argument of editMessageMedia.
type inputMedia struct {
	Type            string          `json:"type"`
	Media           string          `json:"media"`
	Caption         string          `json:"caption"`
	ParseMode       string          `json:"parse_mode"`
	CaptionEntities json.RawMessage `json:"caption_entities"`
}

func (c *call) editMessageMedia() (any, error) {
	raw := c.p.str("media")
	if raw == "" {
		return nil, badRequest("media is empty")
	}
	var in inputMedia
	if err := json.Unmarshal([]byte(raw), &in); err != nil {
		return nil, badRequest("can't parse input media JSON object")
	}
	var kind fileKind
	switch in.Type {
	case "photo":
		kind = kindPhoto
	case "document":
		kind = kindDocument
	default:
		return nil, badRequest("can't parse InputMedia: Field \"type\" has an unsupported value")
	}
	entities := string(in.CaptionEntities)
	if entities == "null" {
		entities = ""
	}
	caption, err := captionOf(in.Caption, in.ParseMode, entities)
	if err != nil {
		return nil, err
	}
	ch, m, keyboard, err := c.editable()
	if err != nil {
		return nil, err
	}
	f, err := c.inputFile("media", in.Media, kind)
	if err != nil {
		return nil, err
	}
	next := *m
	next.Text, next.Entities = "", nil // a text may become a medium, never the other way round
	next.Caption, next.CaptionEntities, next.ReplyMarkup = caption.text, caption.entities, keyboard
	next.setFile(f)
	return c.finish(ch, m, next)
}

// deletable is how long a bot may take back a message.
const deletable = 48 * time.Hour

func (c *call) deleteMessage() (any, error) {
	ch, m, err := c.existing("message to delete")
	if err != nil {
		return nil, err
	}
	if !c.mayDelete(ch, m) {
		return nil, badRequest("message can't be deleted for everyone")
	}
	c.erase(ch, m)
	return true, nil
}

// deleteMessages deletes what can be deleted and passes over the rest.
func (c *call) deleteMessages() (any, error) {
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	var ids []int64
	if err := json.Unmarshal([]byte(c.p.str("message_ids")), &ids); err != nil {
		return nil, badRequest("can't parse message identifiers JSON object")
	}
	if len(ids) == 0 {
		return nil, badRequest("message identifiers are not specified")
	}
	if len(ids) > 100 {
		return nil, badRequest("too many message identifiers specified")
	}
	for _, id := range ids {
		if m := ch.find(id); m != nil && c.mayDelete(ch, m) {
			c.erase(ch, m)
		}
	}
	return true, nil
}

// mayDelete allows the bot's own messages, and in private chats the person's, while they are young.
func (c *call) mayDelete(ch *chat, m *message) bool {
	return (m.Bot == c.bot.ID || ch.private()) && c.now.Sub(time.Unix(m.Date, 0)) < deletable
}

func (s *Server) erase(ch *chat, m *message) {
	m.Deleted = true
	m.Version = s.stamp(ch)
}

func (c *call) pinChatMessage() (any, error) {
	ch, m, err := c.existing("message to pin")
	if err != nil {
		return nil, err
	}
	c.pin(ch, m, true)
	return true, nil
}

func (c *call) unpinChatMessage() (any, error) {
	if c.p.has("message_id") {
		ch, m, err := c.existing("message to unpin")
		if err != nil {
			return nil, err
		}
		c.pin(ch, m, false)
		return true, nil
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	for i := len(ch.Messages) - 1; i >= 0; i-- {
		if ch.Messages[i].Pinned {
			c.pin(ch, ch.Messages[i], false)
			break
		}
	}
	return true, nil
}

func (c *call) unpinAllChatMessages() (any, error) {
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, err
	}
	for _, m := range ch.Messages {
		if m.Pinned {
			c.pin(ch, m, false)
		}
	}
	return true, nil
}

func (c *call) pin(ch *chat, m *message, pinned bool) {
	m.Pinned = pinned
	m.Version = c.stamp(ch)
}
