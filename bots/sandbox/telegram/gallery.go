package telegram

import (
	"fmt"
	"slices"
)

// Picture is what a person sends from their gallery.
type Picture struct {
	Data    []byte `json:"data"` // PNG, JPEG or GIF
	Caption string `json:"caption,omitempty"`
	// HTML reads the caption as formatted text, as [Server.SendFormatted] does.
	HTML bool `json:"html,omitempty"`
	// Spoiler covers the picture until it is touched.
	Spoiler bool `json:"spoiler,omitempty"`
	// Album is the same for pictures sent together; each comes as a message of its own.
	Album string `json:"album,omitempty"`
	// Name sends the picture as a file of that name, uncompressed, which makes it a document.
	Name string `json:"name,omitempty"`
}

// SendFormatted types a message with formatting, which is written in the HTML parse mode: a person may use all of it,
// spoilers, quotes and custom emoji too.
func (s *Server) SendFormatted(p Place, html string, replyTo int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(p, html, "html", replyTo)
}

// SendPicture sends a picture. It is kept like an upload of the bot, under a handle that only this bot can use.
func (s *Server) SendPicture(p Place, pic Picture) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mode := ""
	if pic.HTML {
		mode = "html"
	}
	caption, err := captionOf(pic.Caption, mode, "")
	if err != nil {
		return 0, fmt.Errorf("send picture: %w: %v", ErrInvalid, err)
	}
	_, b, _, err := s.at(p)
	if err != nil {
		return 0, fmt.Errorf("send picture: %w", err)
	}
	up, kind := upload{name: pic.Name, data: pic.Data}, kindDocument
	if pic.Name == "" {
		up.name, kind = "photo.png", kindPhoto
	}
	f, err := s.newFile(ownerOf(b), up, kind)
	if err != nil {
		return 0, fmt.Errorf("send picture: %w: %v", ErrInvalid, err)
	}
	m := message{Message: Message{
		Caption: caption.text, CaptionEntities: caption.entities, MediaGroupID: pic.Album, HasMediaSpoiler: pic.Spoiler && kind == kindPhoto,
	}}
	m.setFile(f)
	id, err := s.speak(p, m)
	if err != nil {
		return 0, fmt.Errorf("send picture: %w", err)
	}
	return id, nil
}

// Forward passes on a message from one of the person's chats to another. It says where it came from, keeps the
// formatting, and the buttons if all of them are links; a file in it gets a handle of the bot that hears it. A protected
// message cannot be passed on.
func (s *Server) Forward(to, from Place, id int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to.User != from.User {
		return 0, fmt.Errorf("forward: %w: people forward from their own chats", ErrInvalid)
	}
	_, _, source, err := s.at(from)
	if err != nil {
		return 0, fmt.Errorf("forward: %w", err)
	}
	m := source.find(id)
	if m == nil || m.Cleared || m.kind() == "service" {
		return 0, fmt.Errorf("forward: %w: message %d", ErrNotFound, id)
	}
	if m.HasProtectedContent {
		return 0, fmt.Errorf("forward: %w: the message is protected", ErrInvalid)
	}
	_, b, _, err := s.at(to)
	if err != nil {
		return 0, fmt.Errorf("forward: %w", err)
	}
	passed := message{Message: m.content()}
	if m.File != 0 {
		passed.setFile(s.fileFor(ownerOf(b), s.state.Files[m.File]))
	}
	if passed.ForwardOrigin = m.ForwardOrigin; passed.ForwardOrigin == nil {
		passed.ForwardOrigin = &MessageOrigin{Type: "user", Date: m.Date, SenderUser: m.From}
	}
	if m.ReplyMarkup != nil && !slices.ContainsFunc(slices.Concat(m.ReplyMarkup.InlineKeyboard...), func(b InlineButton) bool { return b.URL == "" }) {
		passed.ReplyMarkup = m.ReplyMarkup
	}
	sent, err := s.speak(to, passed)
	if err != nil {
		return 0, fmt.Errorf("forward: %w", err)
	}
	return sent, nil
}

// ownerOf is whose handles a file of a chat has; files of a group that no bot is named for are nobody's.
func ownerOf(b *bot) int64 {
	if b == nil {
		return 0
	}
	return b.ID
}

// fileFor is a file as another bot knows it: the handle differs, the unique id does not.
func (s *Server) fileFor(owner int64, f *file) *file {
	if f.Bot == owner {
		return f
	}
	twin := &file{Bot: owner, Kind: f.Kind, Name: f.Name, Mime: f.Mime, Data: f.Data, Width: f.Width, Height: f.Height, Same: f.original()}
	for _, known := range s.state.Files {
		if known.Bot == owner && known.original() == twin.Same {
			return known
		}
	}
	return s.addFile(twin)
}
