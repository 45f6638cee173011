package telegram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"

	"kartka/bots"

	"github.com/go-telegram/bot/models"
)

// picture is a photo as one call carries it: by what Telegram calls it, or as bytes.
type picture struct {
	id  string
	png []byte // when id is ""
}

// file is the photo argument of sendPhoto.
func (p picture) file() models.InputFile {
	if p.id != "" {
		return &models.InputFileString{Data: p.id}
	}
	return upload("picture.png", p.png)
}

// media is the media argument of editMessageMedia.
func (p picture) media(caption string) *models.InputMediaPhoto {
	media := &models.InputMediaPhoto{Media: p.id, Caption: caption, ParseMode: models.ParseModeHTML}
	if p.id == "" {
		media.Media, media.MediaAttachment = "attach://picture.png", bytes.NewReader(p.png)
	}
	return media
}

// pictured makes a call that shows the message's photo: by the handle it came with when that is ours, else by one
// that an earlier upload of the same bytes brought, else with the bytes. A handle that Telegram refuses was not
// delivered, and gives way to the bytes where there are any. The answer is never nil.
func (s *sending) pictured(ctx context.Context, call func(context.Context, picture) error) (*answer, *bots.SendError) {
	show := func(p picture) (*answer, *bots.SendError) {
		return s.call(ctx, func(ctx context.Context) error { return call(ctx, p) })
	}
	id, failed := s.handle()
	if failed != nil {
		return &answer{}, failed
	}
	if id != "" {
		a, failed := show(picture{id: id})
		if failed == nil || !wrongFile(failed) || s.m.Photo.QR == "" && len(s.m.Photo.PNG) == 0 {
			return a, failed
		}
	}
	png, failed := s.drawn()
	if failed != nil {
		return &answer{}, failed
	}
	if !s.m.Photo.Shared {
		return show(picture{png: png})
	}
	key := pictureKey(sha256.Sum256(png))
	a, failed, tried := s.shared(ctx, key, png, show)
	if failed != nil && tried != "" && wrongFile(failed) {
		s.bot.uploads.forget(key, tried)
		a, failed, _ = s.shared(ctx, key, png, show)
	}
	return a, failed
}

// shared shows a picture that many get. tried is the handle it was shown by, "" when it was uploaded.
func (s *sending) shared(ctx context.Context, key pictureKey, png []byte, show func(picture) (*answer, *bots.SendError)) (a *answer, failed *bots.SendError, tried string) {
	id, leave, err := s.bot.uploads.enter(ctx, key)
	if err != nil {
		return &answer{}, ended(ctx), ""
	}
	if id != "" {
		a, failed = show(picture{id: id})
		return a, failed, id
	}
	learnt := ""
	defer func() { leave(learnt) }()
	a, failed = show(picture{png: png})
	if failed == nil {
		learnt = a.photoID()
	}
	return a, failed, ""
}

// handle is what Telegram calls the photo, "" when it is to be drawn or uploaded.
func (s *sending) handle() (string, *bots.SendError) {
	p := s.m.Photo
	if p.Ref == "" {
		return "", nil
	}
	ref, err := bots.ParsePhotoRef(p.Ref)
	switch {
	case err == nil && ref.Owned(bots.Telegram, s.bot.ID()) && isHandle(ref.ID):
		return ref.ID, nil
	case p.QR != "" || len(p.PNG) > 0:
		return "", nil
	case err != nil:
		return "", &bots.SendError{Outcome: bots.Invalid, Code: "photo reference makes no sense", Err: err}
	case ref.Owned(bots.Telegram, s.bot.ID()):
		return "", &bots.SendError{Outcome: bots.Invalid, Code: "photo reference is no file id"}
	default:
		return "", &bots.SendError{Outcome: bots.Invalid, Code: "photo of another sender"}
	}
}

// drawn is the PNG of the message's photo.
func (s *sending) drawn() ([]byte, *bots.SendError) {
	switch p := s.m.Photo; {
	case p.QR == "" && len(p.PNG) > 0:
		return p.PNG, nil
	case p.QR == "" || s.bot.draw == nil:
		return nil, &bots.SendError{Outcome: bots.Invalid, Code: "photo without a picture"}
	default:
		png, err := s.bot.draw(*p)
		if err != nil || len(png) == 0 {
			return nil, &bots.SendError{Outcome: bots.Invalid, Code: "photo not drawn", Err: err}
		}
		return png, nil
	}
}

// photoID is what Telegram calls the photo of the message in the result, "" when there is none.
func (a *answer) photoID() string {
	var m struct {
		Photo json.RawMessage `json:"photo"`
	}
	if tolerate(json.Unmarshal(a.envelope.Result, &m)) != nil {
		return ""
	}
	if best := largest(m.Photo, ""); best != nil {
		return best.ID
	}
	return ""
}

// wrongFile is the refusal of a handle: the file is another bot's, or Telegram knows it no more.
func wrongFile(err *bots.SendError) bool {
	return err.Outcome == bots.Invalid && containsAny(err.Code, "wrong file identifier", "wrong remote file identifier", "wrong file_id",
		"invalid file_id", "file_reference_", "file_id_invalid", "can't use file of type")
}
