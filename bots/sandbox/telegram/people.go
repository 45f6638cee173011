package telegram

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"time"
)

// Place is a chat as seen by a person: the private chat with a bot, or a group when Chat is set.
type Place struct {
	User int64
	Bot  int64
	Chat int64
}

// at resolves a place. The caller holds the lock.
func (s *Server) at(p Place) (*Person, *bot, *chat, error) {
	person := s.state.People[p.User]
	if person == nil {
		return nil, nil, nil, fmt.Errorf("%w: user %d", ErrNotFound, p.User)
	}
	if p.Chat < 0 {
		ch := s.state.Groups[p.Chat]
		if ch == nil || !ch.Members[p.User] {
			return nil, nil, nil, fmt.Errorf("%w: group %d", ErrNotFound, p.Chat)
		}
		return person, s.state.Bots[p.Bot], ch, nil
	}
	b, err := s.botByID(p.Bot)
	if err != nil {
		return nil, nil, nil, err
	}
	ch := b.Chats[p.User]
	if ch == nil {
		ch = &chat{ID: p.User}
		b.Chats[p.User] = ch
	}
	return person, b, ch, nil
}

// speak puts a person's message into a chat and tells the bots that may read it. The caller holds the lock.
func (s *Server) speak(p Place, m message) (int64, error) {
	person, b, ch, err := s.at(p)
	if err != nil {
		return 0, err
	}
	if person.Deactivated {
		return 0, fmt.Errorf("%w: the account is deleted", ErrInvalid)
	}
	if ch.Blocked {
		return 0, fmt.Errorf("%w: the bot is blocked", ErrInvalid)
	}
	from := person.user()
	m.From = &from
	stored := s.add(b, ch, m)
	if ch.private() {
		ch.Started = true
		return stored.MessageID, s.tell(b, ch, stored)
	}
	for id, status := range ch.Bots {
		if reader := s.state.Bots[id]; status == "member" && reader.mayRead(stored) {
			if err := s.tell(reader, ch, stored); err != nil {
				return 0, err
			}
		}
	}
	return stored.MessageID, nil
}

func (s *Server) tell(b *bot, ch *chat, m *message) error {
	b.run.heard[ch.ID] = s.clock.Now()
	_, err := s.enqueue(b, "message", m.Message, messageQueue(ch.ID), updateLife)
	s.touch()
	return err
}

// mayRead is the privacy mode of groups: commands for the bot or for nobody in particular, replies to the bot, and
// service messages.
func (b *bot) mayRead(m *message) bool {
	if b.ReadsAll || len(m.NewChatMembers) > 0 || m.LeftChatMember != nil {
		return true
	}
	if m.ReplyToMessage != nil && m.ReplyToMessage.From != nil && m.ReplyToMessage.From.ID == b.ID {
		return true
	}
	if !strings.HasPrefix(m.Text, "/") {
		return false
	}
	word, _, _ := strings.Cut(m.Text, " ")
	_, addressee, addressed := strings.Cut(word, "@")
	return !addressed || strings.EqualFold(addressee, b.Username)
}

// Start presses the Start button of a bot, with the payload of a deep link or without. Someone who had blocked the
// bot unblocks it by that. It returns the id of the message.
func (s *Server) Start(user, botID int64, payload string) (int64, error) {
	if !payloadShape.MatchString(payload) {
		return 0, fmt.Errorf("start: %w: payload %q", ErrInvalid, payload)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := Place{User: user, Bot: botID}
	_, _, ch, err := s.at(p)
	if err != nil {
		return 0, fmt.Errorf("start: %w", err)
	}
	if ch.Blocked {
		if err := s.setBlocked(p, false); err != nil {
			return 0, fmt.Errorf("start: %w", err)
		}
	}
	return s.say(p, strings.TrimSpace("/start "+payload), "", 0)
}

// SendText types a message. In a group it goes to everybody, and to the bots that may read it.
func (s *Server) SendText(p Place, text string, replyTo int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(p, text, "", replyTo)
}

func (s *Server) say(p Place, text, parseMode string, replyTo int64) (int64, error) {
	f, err := formatText(text, parseMode, "")
	if err != nil {
		return 0, fmt.Errorf("send text: %w: %v", ErrInvalid, err)
	}
	if f.text == "" || unitsOf(f.text) > maxText {
		return 0, fmt.Errorf("send text: %w: %d characters", ErrInvalid, unitsOf(f.text))
	}
	m := message{Message: Message{Text: f.text, Entities: f.entities}}
	if replyTo != 0 {
		_, _, ch, err := s.at(p)
		if err != nil {
			return 0, fmt.Errorf("send text: %w", err)
		}
		quoted := ch.find(replyTo)
		if quoted == nil {
			return 0, fmt.Errorf("send text: %w: message %d", ErrNotFound, replyTo)
		}
		body := quoted.Message
		body.ReplyToMessage = nil
		m.ReplyToMessage = &body
	}
	id, err := s.speak(p, m)
	if err != nil {
		return 0, fmt.Errorf("send text: %w", err)
	}
	return id, nil
}

// Card is a contact to share.
type Card struct {
	Phone     string `json:"phone"`
	FirstName string `json:"first_name"`
	UserID    int64  `json:"user_id,omitempty"`
}

// ShareContact shares the person's own contact.
func (s *Server) ShareContact(p Place) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shareOwn(p)
}

func (s *Server) shareOwn(p Place) (int64, error) {
	person, _, _, err := s.at(p)
	if err != nil {
		return 0, fmt.Errorf("share contact: %w", err)
	}
	id, err := s.speak(p, message{Message: Message{Contact: person.contact()}})
	if err != nil {
		return 0, fmt.Errorf("share contact: %w", err)
	}
	return id, nil
}

func (p *Person) contact() *Contact {
	return &Contact{PhoneNumber: p.Phone, FirstName: p.FirstName, LastName: p.LastName, UserID: p.ID}
}

// ShareForeignContact sends somebody else's card from the address book.
func (s *Server) ShareForeignContact(p Place, card Card) (int64, error) {
	if card.Phone == "" || card.FirstName == "" {
		return 0, fmt.Errorf("share contact: %w: a card needs a phone and a name", ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.speak(p, message{Message: Message{
		Contact: &Contact{PhoneNumber: card.Phone, FirstName: card.FirstName, UserID: card.UserID},
	}})
	if err != nil {
		return 0, fmt.Errorf("share contact: %w", err)
	}
	return id, nil
}

// ForwardContact forwards a message with the person's own contact that came from somebody else: the user id
// matches, and still it proves nothing.
func (s *Server) ForwardContact(p Place) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	person, _, _, err := s.at(p)
	if err != nil {
		return 0, fmt.Errorf("forward contact: %w", err)
	}
	origin := &MessageOrigin{
		Type: "user", Date: s.clock.Now().Add(-time.Hour).Unix(), SenderUser: &User{ID: 99, FirstName: "Somebody"},
	}
	id, err := s.speak(p, message{Message: Message{Contact: person.contact(), ForwardOrigin: origin}})
	if err != nil {
		return 0, fmt.Errorf("forward contact: %w", err)
	}
	return id, nil
}

// Attach sends something bots rarely expect: "photo", "sticker", "voice" or "location".
func (s *Server) Attach(p Place, kind string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, b, _, err := s.at(p)
	if err != nil {
		return 0, fmt.Errorf("attach: %w", err)
	}
	owner := ownerOf(b)
	var m message
	switch kind {
	case "location":
		m.Location = &Location{Latitude: 50.4501, Longitude: 30.5234}
	case "photo":
		m.setFile(s.addFile(&file{
			Bot: owner, Kind: kindPhoto, Name: "photo.png", Mime: "image/png", Data: plainPicture(), Width: 96, Height: 96,
		}))
	case "sticker":
		m.setFile(s.addFile(&file{Bot: owner, Kind: kindSticker, Name: "sticker.webp", Mime: "image/webp", Data: []byte("RIFF")}))
	case "voice":
		m.setFile(s.addFile(&file{Bot: owner, Kind: kindVoice, Name: "voice.ogg", Mime: "audio/ogg", Data: []byte("OggS")}))
	default:
		return 0, fmt.Errorf("attach: %w: kind %q", ErrInvalid, kind)
	}
	id, err := s.speak(p, m)
	if err != nil {
		return 0, fmt.Errorf("attach: %w", err)
	}
	return id, nil
}

func plainPicture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for y := range 96 {
		for x := range 96 {
			img.Set(x, y, color.RGBA{R: uint8(96 + x), G: uint8(140 + y/2), B: 190, A: 255})
		}
	}
	var buf bytes.Buffer
	_ = png.Encode(&buf, img) // a buffer takes everything
	return buf.Bytes()
}

// Block blocks or unblocks a bot; the bot learns of it by my_chat_member.
func (s *Server) Block(user, botID int64, blocked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.setBlocked(Place{User: user, Bot: botID}, blocked); err != nil {
		return fmt.Errorf("block: %w", err)
	}
	return nil
}

func (s *Server) setBlocked(p Place, blocked bool) error {
	person, b, ch, err := s.at(p)
	if err != nil {
		return err
	}
	if ch.Blocked == blocked {
		return nil
	}
	ch.Blocked = blocked
	s.stamp(ch)
	before, after := "member", "kicked"
	if !blocked {
		before, after = after, before
	}
	return s.memberChanged(b, ch, person, before, after)
}

func (s *Server) memberChanged(b *bot, ch *chat, by *Person, before, after string) error {
	_, err := s.enqueue(b, "my_chat_member", ChatMemberUpdated{
		Chat: s.apiChat(ch), From: by.user(), Date: s.clock.Now().Unix(),
		OldChatMember: member(before, b.user()), NewChatMember: member(after, b.user()),
	}, memberQueue(ch.ID), updateLife)
	s.touch()
	return err
}

// ClearChat deletes the chat on the person's side. The bot notices nothing and may go on writing.
func (s *Server) ClearChat(user, botID int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, ch, err := s.at(Place{User: user, Bot: botID})
	if err != nil {
		return fmt.Errorf("clear chat: %w", err)
	}
	version := s.stamp(ch)
	for _, m := range ch.Messages {
		if !m.Cleared {
			m.Cleared, m.Version = true, version
		}
	}
	ch.Keyboard, ch.Hint = nil, ""
	s.touch()
	return nil
}

// Deactivate deletes the person's account.
func (s *Server) Deactivate(user int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	person := s.state.People[user]
	if person == nil {
		return fmt.Errorf("deactivate: %w: user %d", ErrNotFound, user)
	}
	person.Deactivated = true
	s.touch()
	return nil
}

// CreateGroup makes a group of one person and one bot and returns its id.
func (s *Server) CreateGroup(user, botID int64, title string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	person, b, _, err := s.at(Place{User: user, Bot: botID})
	if err != nil {
		return 0, fmt.Errorf("create group: %w", err)
	}
	if title == "" {
		return 0, fmt.Errorf("create group: %w: empty title", ErrInvalid)
	}
	ch := &chat{ID: s.state.NextGroup, Title: title, Members: map[int64]bool{user: true}, Bots: map[int64]string{botID: "member"}}
	s.state.NextGroup--
	s.state.Groups[ch.ID] = ch
	if err := s.memberChanged(b, ch, person, "left", "member"); err != nil {
		return 0, fmt.Errorf("create group: %w", err)
	}
	if _, err := s.speak(Place{User: user, Bot: botID, Chat: ch.ID}, message{Message: Message{NewChatMembers: []User{b.user()}}}); err != nil {
		return 0, fmt.Errorf("create group: %w", err)
	}
	return ch.ID, nil
}

// JoinGroup adds a person to a group.
func (s *Server) JoinGroup(user, group int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	person, ch := s.state.People[user], s.state.Groups[group]
	if person == nil || ch == nil {
		return fmt.Errorf("join group: %w", ErrNotFound)
	}
	ch.Members[user] = true
	_, err := s.speak(Place{User: user, Chat: group}, message{Message: Message{NewChatMembers: []User{person.user()}}})
	return err
}

// RemoveBot throws a bot out of a group.
func (s *Server) RemoveBot(p Place) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	person, b, ch, err := s.at(p)
	if err != nil {
		return fmt.Errorf("remove bot: %w", err)
	}
	if b == nil || ch.Bots[b.ID] != "member" {
		return fmt.Errorf("remove bot: %w: not a member", ErrInvalid)
	}
	ch.Bots[b.ID] = "kicked"
	s.stamp(ch)
	return s.memberChanged(b, ch, person, "member", "kicked")
}

func (s *Server) nextQuery() string {
	id := s.state.NextQuery
	s.state.NextQuery++
	return strconv.FormatInt(4300000000000000000+id, 10)
}
