package telegram

import "slices"

func (c *call) getChat() (any, error) {
	ch, err := c.target("chat_id", toRead)
	if err != nil {
		return nil, err
	}
	type gifts struct {
		Unlimited bool `json:"unlimited_gifts"`
		Limited   bool `json:"limited_gifts"`
		Unique    bool `json:"unique_gifts"`
		Premium   bool `json:"premium_subscription"`
		Channels  bool `json:"gifts_from_channels"`
	}
	full := struct {
		Chat
		AccentColorID     int      `json:"accent_color_id"`
		MaxReactionCount  int      `json:"max_reaction_count"`
		AcceptedGiftTypes gifts    `json:"accepted_gift_types"`
		PinnedMessage     *Message `json:"pinned_message,omitempty"`
	}{Chat: c.apiChat(ch), MaxReactionCount: 11}
	for _, m := range slices.Backward(ch.Messages) {
		if m.Pinned && !m.Deleted {
			full.PinnedMessage = &m.Message
			break
		}
	}
	return full, nil
}

func (c *call) getChatMember() (any, error) {
	ch, err := c.target("chat_id", toRead)
	if err != nil {
		return nil, err
	}
	id := c.p.number("user_id", 0, 0, 1<<53)
	if id == 0 {
		return nil, badRequest("invalid user_id specified")
	}
	if id == c.bot.ID {
		return member("member", c.bot.user()), nil
	}
	person := c.state.People[id]
	if person == nil {
		return nil, badRequest("user not found")
	}
	if ch.ID == id || ch.Members[id] {
		return member("member", person.user()), nil
	}
	return member("left", person.user()), nil
}

// member builds a ChatMember; a kicked one must say until when, and 0 is for ever.
func member(status string, u User) ChatMember {
	m := ChatMember{Status: status, User: u}
	if status == "kicked" {
		m.UntilDate = new(int64)
	}
	return m
}

func (c *call) getChatMemberCount() (any, error) {
	ch, err := c.target("chat_id", toRead)
	if err != nil {
		return nil, err
	}
	if ch.private() {
		return 2, nil
	}
	count := len(ch.Members)
	for _, status := range ch.Bots {
		if status == "member" {
			count++
		}
	}
	return count, nil
}

func (c *call) leaveChat() (any, error) {
	ch, err := c.target("chat_id", toRead)
	if err != nil {
		return nil, err
	}
	if ch.private() {
		return nil, badRequest("chat not found")
	}
	me := c.bot.user()
	ch.Bots[c.bot.ID] = "left"
	c.add(c.bot, ch, message{Message: Message{From: &me, LeftChatMember: &me}, Bot: c.bot.ID})
	return true, nil
}

func (c *call) getUserProfilePhotos() (any, error) {
	if c.state.People[c.p.number("user_id", 0, 0, 1<<53)] == nil {
		return nil, badRequest("user not found")
	}
	return struct {
		TotalCount int           `json:"total_count"`
		Photos     [][]PhotoSize `json:"photos"`
	}{Photos: [][]PhotoSize{}}, nil
}

// answerCallbackQuery shows the answer of a press to whoever pressed.
func (c *call) answerCallbackQuery() (any, error) {
	id := c.p.str("callback_query_id")
	p, known := c.bot.Presses[id]
	if !known || c.now.After(p.Expires) {
		return nil, badRequest(textQueryTooOld)
	}
	text := c.p.str("text")
	if unitsOf(text) > 200 {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	link := c.p.str("url")
	if link != "" {
		if target, ok := ParseDeepLink(link); !ok || target.Bot != c.bot.Username {
			return nil, badRequest("URL_INVALID")
		}
	}
	if p.Done {
		return true, nil // the person has seen an answer and sees no second one
	}
	p.Done = true
	c.bot.Presses[id] = p
	ch := c.bot.Chats[p.User]
	if p.Chat < 0 {
		ch = c.state.Groups[p.Chat]
	}
	ch.Answers = append(ch.Answers, Answer{
		Query: id, Text: text, Alert: c.p.flag("show_alert"), URL: link, Version: c.stamp(ch),
	})
	return true, nil
}
