package telegram

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// ChatView is a chat as a person's screen shows it.
type ChatView struct {
	// Version grows with every change; pass it back to see only what is newer.
	Version uint64 `json:"version"`
	User    int64  `json:"user"`
	Bot     int64  `json:"bot,omitempty"`
	Chat    int64  `json:"chat,omitempty"` // of a group
	Title   string `json:"title"`
	// About is the bot's description, shown while the chat is empty.
	About   string `json:"about,omitempty"`
	Started bool   `json:"started"`
	Blocked bool   `json:"blocked"`
	// Messages are those that are new or have changed, oldest first.
	Messages []MessageView  `json:"messages"`
	Answers  []Answer       `json:"answers,omitempty"` // to presses
	Keyboard *ReplyKeyboard `json:"keyboard,omitempty"`
	Hint     string         `json:"hint,omitempty"` // placeholder of the input field
	Typing   bool           `json:"typing,omitempty"`
	Commands []BotCommand   `json:"commands,omitempty"`
	Menu     *MenuButton    `json:"menu,omitempty"`
}

// MessageView is a message on the screen. Text is also the caption of a photo or a document.
type MessageView struct {
	ID      int64  `json:"id"`
	Version uint64 `json:"version"`
	// From is "bot", "me", or "other" for other people of a group.
	From      string           `json:"from"`
	Sender    string           `json:"sender"`
	Date      time.Time        `json:"date"`
	Kind      string           `json:"kind"` // text, photo, document, contact, sticker, voice, location, service
	Text      string           `json:"text,omitempty"`
	Entities  []Entity         `json:"entities,omitempty"`
	Buttons   [][]InlineButton `json:"buttons,omitempty"`
	Photo     *PhotoView       `json:"photo,omitempty"`
	Document  *DocumentView    `json:"document,omitempty"`
	Contact   *Contact         `json:"contact,omitempty"`
	Location  *Location        `json:"location,omitempty"`
	Reply     string           `json:"reply,omitempty"` // the text answered to
	Forwarded string           `json:"forwarded,omitempty"`
	Edits     int              `json:"edits,omitempty"`
	Deleted   bool             `json:"deleted,omitempty"`
	Pinned    bool             `json:"pinned,omitempty"`
	Protected bool             `json:"protected,omitempty"`
	Effect    string           `json:"effect,omitempty"`
}

// PhotoView is a photo on the screen.
type PhotoView struct {
	File   int64  `json:"file"` // number for [Server.File]
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Code   string `json:"code,omitempty"` // what the QR code in it says
}

// DocumentView is a document on the screen.
type DocumentView struct {
	File int64  `json:"file"`
	Name string `json:"name"`
	Mime string `json:"mime"`
	Size int    `json:"size"`
}

// Version returns the number of the latest change.
func (s *Server) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Version
}

// View returns a chat, with the messages that changed after version since.
func (s *Server) View(p Place, since uint64) (ChatView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(p, since)
}

func (s *Server) view(p Place, since uint64) (ChatView, error) {
	person, b, ch, err := s.at(p)
	if err != nil {
		return ChatView{}, fmt.Errorf("view chat: %w", err)
	}
	v := ChatView{
		Version: ch.Version, User: person.ID, Title: ch.Title, Started: ch.Started, Blocked: ch.Blocked,
		Messages: []MessageView{}, Keyboard: ch.Keyboard, Hint: ch.Hint, Typing: ch.Typing.After(s.clock.Now()),
	}
	if ch.private() {
		menu := b.menuFor(person.ID)
		v.Bot, v.Title, v.About = b.ID, localText(b.Names, person.LanguageCode), localText(b.Descriptions, person.LanguageCode)
		v.Commands, v.Menu = b.commandsFor(person), &menu
	} else {
		v.Chat = ch.ID
	}
	for _, m := range ch.Messages {
		gone := m.Deleted || m.Cleared
		if m.Version > since && (!gone || since > 0) {
			v.Messages = append(v.Messages, s.messageView(person, m))
		}
	}
	for _, a := range ch.Answers {
		if a.Version > since {
			v.Answers = append(v.Answers, a)
		}
	}
	return v, nil
}

func (s *Server) messageView(viewer *Person, m *message) MessageView {
	v := MessageView{
		ID: m.MessageID, Version: m.Version, From: "other", Sender: m.From.FirstName, Date: time.Unix(m.Date, 0).UTC(),
		Kind: m.kind(), Text: m.Text, Entities: m.Entities, Contact: m.Contact, Location: m.Location,
		Edits: m.Edits, Deleted: m.Deleted || m.Cleared, Pinned: m.Pinned, Protected: m.HasProtectedContent, Effect: m.EffectID,
	}
	switch {
	case m.Bot != 0:
		v.From = "bot"
	case m.From.ID == viewer.ID:
		v.From = "me"
	}
	if m.ReplyMarkup != nil {
		v.Buttons = m.ReplyMarkup.InlineKeyboard
	}
	if m.File != 0 {
		v.Text, v.Entities = m.Caption, m.CaptionEntities
		f := s.state.Files[m.File]
		switch f.Kind {
		case kindPhoto:
			v.Photo = &PhotoView{File: f.N, Width: f.Width, Height: f.Height, Code: f.code()}
		case kindDocument:
			v.Document = &DocumentView{File: f.N, Name: f.Name, Mime: f.Mime, Size: len(f.Data)}
		}
	}
	if m.ReplyToMessage != nil {
		v.Reply = m.ReplyToMessage.Text + m.ReplyToMessage.Caption
	}
	if m.ForwardOrigin != nil {
		v.Forwarded = m.ForwardOrigin.SenderUser.FirstName
	}
	if v.Kind == "service" {
		v.Text = m.service()
	}
	return v
}

func (m *message) kind() string {
	switch {
	case m.Photo != nil:
		return "photo"
	case m.Document != nil:
		return "document"
	case m.Contact != nil:
		return "contact"
	case m.Sticker != nil:
		return "sticker"
	case m.Voice != nil:
		return "voice"
	case m.Location != nil:
		return "location"
	case len(m.NewChatMembers) > 0, m.LeftChatMember != nil:
		return "service"
	}
	return "text"
}

func (m *message) service() string {
	if m.LeftChatMember != nil {
		return m.LeftChatMember.FirstName + " left"
	}
	return m.NewChatMembers[0].FirstName + " joined"
}

// Watch waits until one of the places has changed after version since, or the context ends, and returns the places
// that have, together with the version to go on from. Places that cannot be seen are left out.
func (s *Server) Watch(ctx context.Context, places []Place, since uint64) (uint64, []ChatView) {
	for {
		s.mu.Lock()
		changed, version := s.changed, s.state.Version
		var views []ChatView
		for _, p := range places {
			if _, _, ch, err := s.at(p); err == nil && ch.Version > since {
				if v, err := s.view(p, since); err == nil {
					views = append(views, v)
				}
			}
		}
		s.mu.Unlock()
		// A version from before a restart of the server asks for everything at once.
		if len(views) > 0 || version < since {
			return version, views
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return version, nil
		case <-s.ctx.Done():
			return version, nil
		}
	}
}

// chatInstance identifies a chat to Mini Apps and games without telling its id.
func chatInstance(b *bot, ch *chat) string {
	return strconv.FormatUint(seedWord(fmt.Sprintf("chat|%d|%d", b.ID, ch.ID), 7)>>1, 10)
}
