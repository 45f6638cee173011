package telegram

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// preparedLife is how long a prepared message can be sent. The platform's own time is not documented.
const preparedLife = time.Hour

// prepared is a message that a bot keeps ready for a person to send to somebody else.
type prepared struct {
	User     int64                 `json:"user"`
	Text     string                `json:"text"`
	Entities []Entity              `json:"entities,omitempty"`
	Markup   *InlineKeyboardMarkup `json:"markup,omitempty"`
	Expires  time.Time             `json:"expires"`
}

// PreparedInlineMessage is the answer of savePreparedInlineMessage.
type PreparedInlineMessage struct {
	ID             string `json:"id"`
	ExpirationDate int64  `json:"expiration_date"`
}

// savePreparedInlineMessage keeps a text ready; of the results there are, only articles with a text exist here.
func (c *call) savePreparedInlineMessage() (any, error) {
	user := c.p.number("user_id", 0, 0, 1<<53)
	if c.state.People[user] == nil {
		return nil, badRequest("user not found")
	}
	var result struct {
		Type    string `json:"type"`
		ID      string `json:"id"`
		Title   string `json:"title"`
		Content struct {
			Text      string          `json:"message_text"`
			ParseMode string          `json:"parse_mode"`
			Entities  json.RawMessage `json:"entities"`
		} `json:"input_message_content"`
		Markup json.RawMessage `json:"reply_markup"`
	}
	if err := json.Unmarshal([]byte(c.p.str("result")), &result); err != nil {
		return nil, badRequest("can't parse inline query result: wrong JSON")
	}
	switch {
	case result.Type != "article":
		return nil, badRequest("can't parse inline query result: Unsupported type specified")
	case result.ID == "":
		return nil, badRequest("RESULT_ID_INVALID")
	case result.Title == "":
		return nil, badRequest("ARTICLE_TITLE_EMPTY")
	}
	text, err := formatText(result.Content.Text, result.Content.ParseMode, string(result.Content.Entities))
	switch {
	case err != nil:
		return nil, err
	case text.text == "":
		return nil, badRequest("message text is empty")
	case unitsOf(text.text) > maxText:
		return nil, badRequest("message is too long")
	}
	mk, err := parseMarkup(string(result.Markup), false)
	if err != nil {
		return nil, err
	}
	if !c.p.flag("allow_user_chats") && !c.p.flag("allow_group_chats") && !c.p.flag("allow_channel_chats") && !c.p.flag("allow_bot_chats") {
		return nil, badRequest("at least one chat type must be allowed")
	}
	maps.DeleteFunc(c.bot.Prepared, func(_ string, p prepared) bool { return p.Expires.Before(c.now) })
	if c.bot.Prepared == nil {
		c.bot.Prepared = make(map[string]prepared)
	}
	p := prepared{User: user, Text: text.text, Entities: text.entities, Markup: mk.inline, Expires: c.now.Add(preparedLife)}
	id := c.nextQuery()
	c.bot.Prepared[id] = p
	return PreparedInlineMessage{ID: id, ExpirationDate: p.Expires.Unix()}, nil
}

// SendPrepared sends a message that the bot has prepared for a person to somebody else, as its Mini App can ask to. It returns the
// id of the message in the other one's chat.
func (s *Server) SendPrepared(from Place, to int64, id string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(from.Bot)
	if err != nil {
		return 0, fmt.Errorf("send prepared: %w", err)
	}
	p, known := b.Prepared[id]
	if !known || p.User != from.User || p.Expires.Before(s.clock.Now()) {
		return 0, fmt.Errorf("send prepared: %w: message %q", ErrNotFound, id)
	}
	return s.passOn(from, to, Message{Text: p.Text, Entities: p.Entities, ReplyMarkup: p.Markup})
}

// PassOn writes a text to somebody else. People have no chats of their own with one another here, so it stands in the other one's
// chat with the bot, as something that was forwarded; the bot does not hear of it.
func (s *Server) PassOn(from Place, to int64, text string) (int64, error) {
	f, err := formatText(text, "", "")
	if err != nil {
		return 0, fmt.Errorf("pass on: %w", err)
	}
	if f.text == "" || unitsOf(f.text) > maxText {
		return 0, fmt.Errorf("pass on: %w: %d characters", ErrInvalid, unitsOf(f.text))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passOn(from, to, Message{Text: f.text, Entities: f.entities})
}

func (s *Server) passOn(from Place, to int64, m Message) (int64, error) {
	sender, _, _, err := s.at(Place{User: from.User, Bot: from.Bot})
	if err != nil {
		return 0, fmt.Errorf("pass on: %w", err)
	}
	receiver, b, ch, err := s.at(Place{User: to, Bot: from.Bot})
	if err != nil {
		return 0, fmt.Errorf("pass on: %w", err)
	}
	if sender.Deactivated || receiver.Deactivated {
		return 0, fmt.Errorf("pass on: %w: the account is deleted", ErrInvalid)
	}
	who := sender.user()
	m.From, m.ForwardOrigin = &who, &MessageOrigin{Type: "user", Date: s.clock.Now().Unix(), SenderUser: &who}
	stored := s.add(b, ch, message{Message: m})
	s.touch()
	return stored.MessageID, nil
}
