package telegram

import (
	"fmt"
	"maps"
)

// Pressing says which button is pressed.
type Pressing struct {
	// Message is the message the button is on; 0 looks for the newest message with the label.
	Message int64 `json:"message_id,omitempty"`
	// Label is the text of the button. Data, when given, is sent as it is, whether a button has it or not: anybody
	// with a patched client can do that.
	Label string `json:"label,omitempty"`
	Data  string `json:"data,omitempty"`
	// Row and Col count from 0 and are used when neither label nor data is given.
	Row int `json:"row,omitempty"`
	Col int `json:"col,omitempty"`
}

// Pressed is what a press did. Exactly one field is set.
type Pressed struct {
	Query   string `json:"query,omitempty"`      // a callback query was sent; its answer comes into the chat
	Message int64  `json:"message_id,omitempty"` // a message was sent
	URL     string `json:"url,omitempty"`        // a page would open
	Copied  string `json:"copied,omitempty"`     // text went to the clipboard
	WebApp  string `json:"web_app,omitempty"`    // a Mini App would open
}

// Press presses an inline button. Deep links are followed.
func (s *Server) Press(p Place, what Pressing) (Pressed, error) {
	s.mu.Lock()
	person, b, ch, err := s.at(p)
	if err != nil {
		s.mu.Unlock()
		return Pressed{}, fmt.Errorf("press: %w", err)
	}
	if what.Data != "" {
		defer s.mu.Unlock()
		return s.sendPress(person, b, ch, what.Message, what.Data)
	}
	id, button, err := ch.button(what)
	if err != nil || button.CallbackData != "" {
		defer s.mu.Unlock()
		if err != nil {
			return Pressed{}, fmt.Errorf("press: %w", err)
		}
		return s.sendPress(person, b, ch, id, button.CallbackData)
	}
	s.mu.Unlock()
	switch {
	case button.CopyText != nil:
		return Pressed{Copied: button.CopyText.Text}, nil
	case button.WebApp != nil:
		return Pressed{WebApp: button.WebApp.URL}, nil
	case button.LoginURL != nil:
		return Pressed{URL: button.LoginURL.URL}, nil
	}
	return s.OpenLink(p.User, button.URL)
}

// button finds an inline button among what the person sees.
func (c *chat) button(what Pressing) (int64, InlineButton, error) {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		m := c.Messages[i]
		if m.Deleted || m.Cleared || m.ReplyMarkup == nil || what.Message != 0 && m.MessageID != what.Message {
			continue
		}
		rows := m.ReplyMarkup.InlineKeyboard
		if what.Label == "" {
			if what.Row < 0 || what.Row >= len(rows) || what.Col < 0 || what.Col >= len(rows[what.Row]) {
				break
			}
			return m.MessageID, rows[what.Row][what.Col], nil
		}
		for _, row := range rows {
			for _, button := range row {
				if button.Text == what.Label {
					return m.MessageID, button, nil
				}
			}
		}
	}
	return 0, InlineButton{}, fmt.Errorf("%w: button %q", ErrNotFound, what.Label)
}

// sendPress makes a callback query. The message may be one that is gone or never was.
func (s *Server) sendPress(person *Person, b *bot, ch *chat, messageID int64, data string) (Pressed, error) {
	m := ch.find(messageID)
	if m != nil && m.Bot != 0 {
		b = s.state.Bots[m.Bot]
	}
	if b == nil {
		return Pressed{}, fmt.Errorf("press: %w: no bot to press for", ErrInvalid)
	}
	if ch.Blocked || person.Deactivated {
		return Pressed{}, fmt.Errorf("press: %w: the bot is blocked", ErrInvalid)
	}
	now := s.clock.Now()
	maps.DeleteFunc(b.Presses, func(_ string, old press) bool { return old.Expires.Before(now) })
	id := s.nextQuery()
	b.Presses[id] = press{User: person.ID, Chat: ch.ID, Expires: now.Add(pressLife)}
	b.run.heard[ch.ID] = now
	query := struct {
		ID           string `json:"id"`
		From         User   `json:"from"`
		Message      any    `json:"message"`
		ChatInstance string `json:"chat_instance"`
		Data         string `json:"data"`
	}{ID: id, From: person.user(), ChatInstance: chatInstance(b, ch), Data: data}
	if m != nil {
		query.Message = m.Message
	} else {
		query.Message = inaccessibleMessage{Chat: s.apiChat(ch), MessageID: messageID}
	}
	if _, err := s.enqueue(b, "callback_query", query, pressQueue(person.ID), pressLife); err != nil {
		return Pressed{}, fmt.Errorf("press: %w", err)
	}
	s.touch()
	return Pressed{Query: id}, nil
}

// PressReply presses a button of the keyboard that stands in place of the person's own: it sends its text, or the
// contact or location it asks for.
func (s *Server) PressReply(p Place, label string) (Pressed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, ch, err := s.at(p)
	if err != nil {
		return Pressed{}, fmt.Errorf("press: %w", err)
	}
	if ch.Keyboard == nil {
		return Pressed{}, fmt.Errorf("press: %w: no keyboard is shown", ErrNotFound)
	}
	for _, row := range ch.Keyboard.Keyboard {
		for _, button := range row {
			if button.Text != label {
				continue
			}
			if ch.Keyboard.OneTime {
				ch.Keyboard, ch.Hint = nil, ""
			}
			return s.useReply(p, button)
		}
	}
	return Pressed{}, fmt.Errorf("press: %w: button %q", ErrNotFound, label)
}

func (s *Server) useReply(p Place, button ReplyButton) (Pressed, error) {
	var id int64
	var err error
	switch {
	case button.WebApp != nil:
		return Pressed{WebApp: button.WebApp.URL}, nil
	case button.RequestContact:
		id, err = s.shareOwn(p)
	case button.RequestLocation:
		id, err = s.speak(p, message{Message: Message{Location: &Location{Latitude: 50.4501, Longitude: 30.5234}}})
	default:
		id, err = s.say(p, button.Text, "", 0)
	}
	return Pressed{Message: id}, err
}

// OpenLink follows a link the person met: deep links start their bot, everything else comes back as a URL.
func (s *Server) OpenLink(user int64, link string) (Pressed, error) {
	deep, ok := ParseDeepLink(link)
	if !ok || deep.Kind == "startapp" || deep.Kind == "startgroup" {
		return Pressed{URL: link}, nil
	}
	b, err := s.FindBot(deep.Bot)
	if err != nil {
		return Pressed{URL: link}, nil // a bot of another world
	}
	id, err := s.Start(user, b.ID, deep.Payload)
	if err != nil {
		return Pressed{}, fmt.Errorf("open link: %w", err)
	}
	return Pressed{Message: id}, nil
}

// ReadCode returns the text of the QR code in a photo a person sees.
func (s *Server) ReadCode(p Place, messageID int64) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, ch, err := s.at(p)
	if err != nil {
		return "", fmt.Errorf("read code: %w", err)
	}
	m := ch.find(messageID)
	if m == nil || m.Photo == nil {
		return "", fmt.Errorf("read code: %w: photo message %d", ErrNotFound, messageID)
	}
	text := s.state.Files[m.File].code()
	if text == "" {
		return "", fmt.Errorf("read code: %w: no code in the photo", ErrNotFound)
	}
	return text, nil
}
