package telegram

import (
	"bytes"
	"context"
	"strconv"

	"kartka/bots"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// partyEffect is the 🎉 message effect. The ids are not in the documentation, so a refusal is taken calmly.
const partyEffect = "5046509860389126442"

// Send delivers one message, fitted to Telegram, or fails with a *bots.SendError. What it does, in order:
//
//   - Ack: the press is answered first. A press too old to answer is no failure; with nothing else in the
//     message, any other failure is.
//   - With Delivery.Previous, the message is edited in place: its text, its picture, or only the caption when
//     Photo.Keep says the picture is the same. An edit that changes nothing has succeeded. When Telegram
//     refuses the edit, the message is sent anew and the old one deleted, if it can be.
//   - OnlyIfShown edits or does nothing. When the old message is gone, the receipt has no Ref.
//   - Fresh, an Ask, ClearAsk and a File are always sent anew, since an edit cannot carry them; then the
//     previous message is deleted, if it can be.
//
// A picture that has a handle of this bot goes by it; one that many get (Photo.Shared) is uploaded once and goes by
// the handle that brought. A handle that Telegram refuses gives way to the picture's bytes.
//
// A message carries one keyboard. ClearAsk therefore goes with a plain line of text, and the screen with
// buttons is the next message; a keyboard that was used has hidden itself by then anyway.
func (b *Bot) Send(ctx context.Context, d bots.Delivery) (bots.Receipt, error) {
	if ctx.Err() != nil {
		return bots.Receipt{}, ended(ctx)
	}
	m, loss := bots.Fit(d.Message, b.caps)
	receipt := bots.Receipt{Loss: loss}
	if m.Ack != nil {
		if err := b.ack(ctx, *m.Ack); err != nil && m.Empty() {
			return bots.Receipt{}, err
		}
	}
	if m.Empty() {
		return receipt, nil
	}
	s, err := b.sending(d, m)
	if err != nil {
		return bots.Receipt{}, err
	}
	if m.OnlyIfShown && s.previous == 0 {
		return receipt, nil
	}
	if s.previous != 0 && (m.OnlyIfShown || s.canEdit()) {
		switch failed := s.edit(ctx); {
		case failed == nil:
			receipt.Ref = d.Previous
			return receipt, nil
		case m.OnlyIfShown && notEditable(failed):
			return receipt, nil
		case m.OnlyIfShown || failed.Outcome != bots.Invalid:
			return bots.Receipt{}, failed
		case gone(failed):
			s.previous = 0 // nothing to delete
		}
	}
	id, failed := s.send(ctx)
	if failed != nil {
		return bots.Receipt{}, failed
	}
	receipt.Ref, receipt.MovedTo = strconv.FormatInt(id, 10), s.movedTo
	if s.previous != 0 {
		s.deletePrevious(ctx)
	}
	return receipt, nil
}

// ack answers a press. Refusing it is Telegram's right, as presses expire in minutes.
func (b *Bot) ack(ctx context.Context, a bots.Ack) error {
	_, failed := b.call(ctx, "", func(ctx context.Context) error {
		_, err := b.client.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{
			CallbackQueryID: a.Query, Text: a.Text, ShowAlert: a.Alert,
		})
		return err
	})
	if failed == nil || failed.Outcome == bots.Invalid {
		return nil
	}
	b.logger.Debug("telegram press not answered", "bot", b.ID(), "error", failed.Error())
	return failed
}

// sending is one message on its way to one chat.
type sending struct {
	bot      *Bot
	m        bots.Message
	chat     int64
	previous int // message to edit or replace, 0 when there is none
	movedTo  string
}

func (b *Bot) sending(d bots.Delivery, m bots.Message) (*sending, error) {
	id := d.To.UserID
	if m.ChatID != "" {
		id = m.ChatID
	}
	chat, err := strconv.ParseInt(id, 10, 64)
	if err != nil || chat == 0 {
		return nil, &bots.SendError{Outcome: bots.Invalid, Code: "chat id is not a number"}
	}
	if m.Text == "" && m.Photo == nil && m.File == nil {
		return nil, &bots.SendError{Outcome: bots.Invalid, Code: "nothing to say: a keyboard needs a text"}
	}
	previous, err := strconv.Atoi(d.Previous)
	if err != nil || previous < 0 {
		previous = 0
	}
	return &sending{bot: b, m: m, chat: chat, previous: previous}, nil
}

// canEdit reports whether the message can take the place of the previous one.
func (s *sending) canEdit() bool {
	return !s.m.Fresh && s.m.Ask == nil && !s.m.ClearAsk && s.m.File == nil
}

func (s *sending) html() string { return bots.Render(s.m.Text, bots.MarkupHTML) }

// call makes one call for this chat.
func (s *sending) call(ctx context.Context, call func(context.Context) error) (*answer, *bots.SendError) {
	return s.bot.call(ctx, strconv.FormatInt(s.chat, 10), call)
}

// edit puts the message in the previous one's place.
func (s *sending) edit(ctx context.Context) *bots.SendError {
	client, markup := s.bot.client, buttonRows(s.m.Buttons)
	var failed *bots.SendError
	if s.m.Photo != nil && !s.m.Photo.Keep {
		_, failed = s.pictured(ctx, func(ctx context.Context, p picture) error {
			_, err := client.EditMessageMedia(ctx, &tg.EditMessageMediaParams{
				ChatID: s.chat, MessageID: s.previous, ReplyMarkup: markup, Media: p.media(s.html()),
			})
			return err
		})
	} else {
		_, failed = s.call(ctx, func(ctx context.Context) (err error) {
			if s.m.Photo == nil {
				_, err = client.EditMessageText(ctx, &tg.EditMessageTextParams{
					ChatID: s.chat, MessageID: s.previous, Text: s.html(), ParseMode: models.ParseModeHTML,
					LinkPreviewOptions: noPreview(), ReplyMarkup: markup,
				})
				return err
			}
			_, err = client.EditMessageCaption(ctx, &tg.EditMessageCaptionParams{
				ChatID: s.chat, MessageID: s.previous, Caption: s.html(), ParseMode: models.ParseModeHTML, ReplyMarkup: markup,
			})
			return err
		})
	}
	if failed != nil && notModified(failed) {
		return nil
	}
	return failed
}

// send sends the message anew. A refused effect, and a group that has moved, are tried once more: in both cases
// it is certain that nothing was delivered.
func (s *sending) send(ctx context.Context) (int64, *bots.SendError) {
	effect := ""
	if s.m.Celebrate && s.chat > 0 {
		effect = partyEffect
	}
	a, failed := s.sendOnce(ctx, effect)
	if failed != nil && failed.Outcome == bots.Invalid && effect != "" {
		a, failed = s.sendOnce(ctx, "")
	}
	if moved := a.envelope.Parameters.MigrateToChatID; failed != nil && moved != 0 {
		s.chat, s.movedTo = moved, strconv.FormatInt(moved, 10)
		a, failed = s.sendOnce(ctx, "")
	}
	if failed != nil {
		return 0, failed
	}
	id := a.messageID()
	if id == 0 {
		return 0, &bots.SendError{Outcome: bots.Unknown, Code: "accepted without a message id"}
	}
	return id, nil
}

func (s *sending) sendOnce(ctx context.Context, effect string) (*answer, *bots.SendError) {
	m, client := s.m, s.bot.client
	if m.Photo != nil {
		return s.pictured(ctx, func(ctx context.Context, p picture) error {
			_, err := client.SendPhoto(ctx, &tg.SendPhotoParams{
				ChatID: s.chat, Photo: p.file(),
				Caption: s.html(), ParseMode: models.ParseModeHTML, ReplyMarkup: replyMarkup(m),
				DisableNotification: m.Silent, ProtectContent: m.NoForward, MessageEffectID: effect, AllowPaidBroadcast: m.Paid,
			})
			return err
		})
	}
	return s.call(ctx, func(ctx context.Context) (err error) {
		if m.File != nil {
			_, err = client.SendDocument(ctx, &tg.SendDocumentParams{
				ChatID: s.chat, Document: upload(m.File.Name, m.File.Data),
				Caption: s.html(), ParseMode: models.ParseModeHTML, ReplyMarkup: replyMarkup(m),
				DisableNotification: m.Silent, ProtectContent: m.NoForward, MessageEffectID: effect, AllowPaidBroadcast: m.Paid,
			})
			return err
		}
		_, err = client.SendMessage(ctx, &tg.SendMessageParams{
			ChatID: s.chat, Text: s.html(), ParseMode: models.ParseModeHTML, ReplyMarkup: replyMarkup(m),
			LinkPreviewOptions:  noPreview(),
			DisableNotification: m.Silent, ProtectContent: m.NoForward, MessageEffectID: effect, AllowPaidBroadcast: m.Paid,
		})
		return err
	})
}

// deletePrevious takes the replaced message out of the chat. Telegram allows it for 48 hours; an older one stays,
// and its buttons answer with the current screen.
func (s *sending) deletePrevious(ctx context.Context) {
	_, failed := s.call(ctx, func(ctx context.Context) error {
		_, err := s.bot.client.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: s.chat, MessageID: s.previous})
		return err
	})
	if failed != nil {
		s.bot.logger.Debug("telegram message not deleted", "bot", s.bot.ID(), "error", failed.Error())
	}
}

func upload(name string, data []byte) *models.InputFileUpload {
	return &models.InputFileUpload{Filename: name, Data: bytes.NewReader(data)}
}

func noPreview() *models.LinkPreviewOptions {
	return &models.LinkPreviewOptions{IsDisabled: tg.True()}
}
