package bots

import (
	"errors"
	"fmt"
	"strings"
)

// PhotoRef names a picture that a platform keeps, in the platform's own words. Only the sender that heard or sent
// the picture can use the name.
type PhotoRef struct {
	Channel Channel
	Sender  string // our side: the bot's platform id, as text
	ID      string // the platform's handle (Telegram: file_id)
	// What follows is known of a picture that was received, and is no part of the name.
	Unique        string // equal for the same picture, whoever heard it (Telegram: file_unique_id)
	Width, Height int    // pixels, 0 when unknown
	Size          int64  // bytes, 0 when unknown
}

// String is the name as [Photo].Ref holds it: "telegram:7012345678:AgACAgIAAxkB…".
func (r PhotoRef) String() string { return string(r.Channel) + ":" + r.Sender + ":" + r.ID }

// ParsePhotoRef reads what [PhotoRef.String] wrote. It fails when a part is missing or holds anything but printable
// ASCII without spaces; whether the picture exists, the platform alone knows.
func ParsePhotoRef(s string) (PhotoRef, error) {
	channel, rest, _ := strings.Cut(s, ":")
	sender, id, _ := strings.Cut(rest, ":")
	if channel == "" || sender == "" || id == "" {
		return PhotoRef{}, errors.New("photo reference: want channel:sender:id")
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		return PhotoRef{}, fmt.Errorf("photo reference: odd character at byte %d", i)
	}
	return PhotoRef{Channel: Channel(channel), Sender: sender, ID: id}, nil
}

// Owned reports whether the sender of a channel can use the name.
func (r PhotoRef) Owned(channel Channel, sender string) bool {
	return r.ID != "" && r.Channel == channel && r.Sender == sender
}
