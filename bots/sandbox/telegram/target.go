package telegram

import (
	"encoding/json"
	"strconv"
)

// access is what a call wants from a chat.
type access int

const (
	toRead access = iota
	toWrite
)

// target resolves the chat an argument names and checks that the bot may use it.
func (c *call) target(arg string, want access) (*chat, error) {
	name := c.p.str(arg)
	if name == "" {
		return nil, badRequest("%s is empty", arg)
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil, badRequest("chat not found") // public usernames do not exist here
	}
	if id < 0 {
		return c.group(id)
	}
	ch := c.bot.Chats[id]
	if ch == nil || !ch.Started {
		return nil, badRequest("chat not found")
	}
	if want == toWrite {
		switch person := c.state.People[id]; {
		case person.Deactivated:
			return nil, forbidden("user is deactivated")
		case ch.Blocked:
			return nil, forbidden("bot was blocked by the user")
		}
	}
	return ch, nil
}

func (c *call) group(id int64) (*chat, error) {
	ch := c.state.Groups[id]
	if ch == nil {
		return nil, badRequest("chat not found")
	}
	switch ch.Bots[c.bot.ID] {
	case "member":
		return ch, nil
	case "kicked":
		return nil, forbidden("bot was kicked from the supergroup chat")
	case "left":
		return nil, forbidden("bot is not a member of the supergroup chat")
	}
	return nil, badRequest("chat not found")
}

// existing resolves chat_id and message_id. What names the message in the refusal: "message to edit".
func (c *call) existing(what string) (*chat, *message, error) {
	id := c.p.number("message_id", 0, 0, 1<<53)
	if c.p.str("chat_id") == "" && id == 0 {
		return nil, nil, badRequest("inline message identifier is not specified")
	}
	if id == 0 {
		return nil, nil, badRequest("message identifier is not specified")
	}
	ch, err := c.target("chat_id", toWrite)
	if err != nil {
		return nil, nil, err
	}
	m := ch.find(id)
	if m == nil {
		return nil, nil, badRequest("%s not found", what)
	}
	return ch, m, nil
}

// replyTo resolves reply_parameters.
func (c *call) replyTo(ch *chat) (*Message, error) {
	var r struct {
		MessageID int64 `json:"message_id"`
		Without   bool  `json:"allow_sending_without_reply"`
	}
	if text := c.p.str("reply_parameters"); text != "" {
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return nil, badRequest("can't parse reply parameters JSON object")
		}
	} else {
		r.MessageID = c.p.number("reply_to_message_id", 0, 0, 1<<53)
		r.Without = c.p.flag("allow_sending_without_reply")
	}
	if r.MessageID == 0 {
		return nil, nil
	}
	m := ch.find(r.MessageID)
	if m == nil {
		if r.Without {
			return nil, nil
		}
		return nil, badRequest("message to be replied not found")
	}
	quoted := m.Message
	quoted.ReplyToMessage = nil // a reply shows one level
	return &quoted, nil
}

// apiChat is the chat as messages name it.
func (s *Server) apiChat(c *chat) Chat {
	if c.private() {
		return s.state.People[c.ID].privateChat()
	}
	return Chat{ID: c.ID, Type: "supergroup", Title: c.Title}
}
