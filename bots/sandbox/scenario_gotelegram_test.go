package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// goTelegram speaks multipart with chunked bodies.
type goTelegram struct {
	bot    *bot.Bot
	handle func(event)
}

func connectGoTelegram(t *testing.T, base, token string) wire {
	t.Helper()
	w := &goTelegram{}
	client, err := bot.New(token, bot.WithServerURL(base), bot.WithNotAsyncHandlers(), bot.WithWorkers(1),
		bot.WithHTTPClient(20*time.Second, plainClient()),
		bot.WithErrorsHandler(func(err error) { t.Logf("go-telegram/bot: %v", err) }),
		bot.WithDefaultHandler(func(_ context.Context, _ *bot.Bot, u *models.Update) { w.handle(fromGoTelegram(u)) }))
	check(t, err)
	w.bot = client
	return w
}

func (w *goTelegram) run(ctx context.Context, handle func(event)) {
	w.handle = handle
	w.bot.Start(ctx)
}

func fromGoTelegram(u *models.Update) event {
	switch {
	case u.Message != nil:
		m := u.Message
		e := event{Kind: "message", Chat: m.Chat.ID, From: m.From.ID, Lang: m.From.LanguageCode, Message: m.ID, Text: m.Text, Origin: m.ForwardOrigin != nil}
		if len(m.Entities) > 0 && m.Entities[0].Type == models.MessageEntityTypeBotCommand && m.Entities[0].Offset == 0 {
			e.Command = m.Text[:m.Entities[0].Length]
		}
		entities := m.Entities
		if len(m.Photo) > 0 {
			e.Photo, e.Text, entities = m.Photo[len(m.Photo)-1].FileID, m.Caption, m.CaptionEntities
		}
		for _, span := range entities {
			e.Spans += fmt.Sprintf("%s %d+%d %s;", span.Type, span.Offset, span.Length, span.URL)
		}
		if m.Contact != nil {
			e.Phone, e.Owner = m.Contact.PhoneNumber, m.Contact.UserID
		}
		return e
	case u.CallbackQuery != nil:
		q := u.CallbackQuery
		e := event{Kind: "press", From: q.From.ID, Lang: q.From.LanguageCode, Data: q.Data, Query: q.ID}
		if q.Message.Message != nil {
			e.Chat, e.Message, e.Text = q.Message.Message.Chat.ID, q.Message.Message.ID, q.Message.Message.Text
		} else {
			e.Chat, e.Message = q.Message.InaccessibleMessage.Chat.ID, q.Message.InaccessibleMessage.MessageID
		}
		return e
	case u.MyChatMember != nil:
		e := event{Kind: "member", Chat: u.MyChatMember.Chat.ID, From: u.MyChatMember.From.ID, Lang: u.MyChatMember.From.LanguageCode}
		e.Status = string(u.MyChatMember.OldChatMember.Type) + " to " + string(u.MyChatMember.NewChatMember.Type)
		return e
	}
	return event{Kind: "unknown"}
}

func goKeys(keys [][]key) models.ReplyMarkup {
	if keys == nil {
		return nil
	}
	markup := &models.InlineKeyboardMarkup{}
	for _, row := range keys {
		var line []models.InlineKeyboardButton
		for _, k := range row {
			b := models.InlineKeyboardButton{
				Text: k.text, CallbackData: k.data, URL: k.url, Style: k.style, CopyText: models.CopyTextButton{Text: k.copy},
			}
			if k.app != "" {
				b.WebApp = &models.WebAppInfo{URL: k.app}
			}
			line = append(line, b)
		}
		markup.InlineKeyboard = append(markup.InlineKeyboard, line)
	}
	return markup
}

func (w *goTelegram) text(ctx context.Context, chat int64, html string, keys [][]key) (int, error) {
	m, err := w.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: html, ParseMode: models.ParseModeHTML, ReplyMarkup: goKeys(keys)})
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}

func (w *goTelegram) askPhone(ctx context.Context, chat int64, html, label, later string) error {
	_, err := w.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: html, ReplyMarkup: &models.ReplyKeyboardMarkup{
		ResizeKeyboard: true, OneTimeKeyboard: true, InputFieldPlaceholder: "+380…",
		Keyboard: [][]models.KeyboardButton{{{Text: label, RequestContact: true}}, {{Text: later}}},
	}})
	return err
}

func (w *goTelegram) clearKeyboard(ctx context.Context, chat int64, html string) error {
	_, err := w.bot.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: chat, Text: html, ParseMode: models.ParseModeHTML, ReplyMarkup: &models.ReplyKeyboardRemove{RemoveKeyboard: true},
	})
	return err
}

func (w *goTelegram) photo(ctx context.Context, chat int64, data []byte, caption string, keys [][]key) (int, error) {
	m, err := w.bot.SendPhoto(ctx, &bot.SendPhotoParams{
		ChatID: chat, Photo: &models.InputFileUpload{Filename: "card.png", Data: bytes.NewReader(data)},
		Caption: caption, ParseMode: models.ParseModeHTML, ProtectContent: true, ReplyMarkup: goKeys(keys),
	})
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}

func (w *goTelegram) photoAgain(ctx context.Context, chat int64, fileID, caption string) (int, error) {
	m, err := w.bot.SendPhoto(ctx, &bot.SendPhotoParams{
		ChatID: chat, Photo: &models.InputFileString{Data: fileID}, Caption: caption, ParseMode: models.ParseModeHTML,
	})
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}

func (w *goTelegram) editPhotoAgain(ctx context.Context, chat int64, message int, fileID, caption string) error {
	_, err := w.bot.EditMessageMedia(ctx, &bot.EditMessageMediaParams{
		ChatID: chat, MessageID: message, Media: &models.InputMediaPhoto{Media: fileID, Caption: caption},
	})
	return err
}

func (w *goTelegram) fileAddress(ctx context.Context, fileID string) (string, error) {
	f, err := w.bot.GetFile(ctx, &bot.GetFileParams{FileID: fileID})
	if err != nil {
		return "", err
	}
	return w.bot.FileDownloadLink(f), nil
}

func (w *goTelegram) document(ctx context.Context, chat int64, name string, data []byte) (string, error) {
	m, err := w.bot.SendDocument(ctx, &bot.SendDocumentParams{
		ChatID: chat, Document: &models.InputFileUpload{Filename: name, Data: bytes.NewReader(data)},
	})
	if err != nil {
		return "", err
	}
	return m.Document.FileID, nil
}

func (w *goTelegram) documentAgain(ctx context.Context, chat int64, fileID string) error {
	_, err := w.bot.SendDocument(ctx, &bot.SendDocumentParams{ChatID: chat, Document: &models.InputFileString{Data: fileID}, Caption: "again"})
	return err
}

func (w *goTelegram) editText(ctx context.Context, chat int64, message int, html string, keys [][]key) error {
	_, err := w.bot.EditMessageText(ctx, &bot.EditMessageTextParams{
		ChatID: chat, MessageID: message, Text: html, ParseMode: models.ParseModeHTML, ReplyMarkup: goKeys(keys),
	})
	return err
}

func (w *goTelegram) editCaption(ctx context.Context, chat int64, message int, caption string) error {
	_, err := w.bot.EditMessageCaption(ctx, &bot.EditMessageCaptionParams{
		ChatID: chat, MessageID: message, Caption: caption, ParseMode: models.ParseModeHTML,
	})
	return err
}

func (w *goTelegram) editPhoto(ctx context.Context, chat int64, message int, data []byte, caption string, keys [][]key) error {
	_, err := w.bot.EditMessageMedia(ctx, &bot.EditMessageMediaParams{
		ChatID: chat, MessageID: message, ReplyMarkup: goKeys(keys),
		Media: &models.InputMediaPhoto{Media: "attach://card.png", Caption: caption, MediaAttachment: bytes.NewReader(data)},
	})
	return err
}

func (w *goTelegram) editKeys(ctx context.Context, chat int64, message int, keys [][]key) error {
	_, err := w.bot.EditMessageReplyMarkup(ctx, &bot.EditMessageReplyMarkupParams{ChatID: chat, MessageID: message, ReplyMarkup: goKeys(keys)})
	return err
}

func (w *goTelegram) remove(ctx context.Context, chat int64, message int) error {
	_, err := w.bot.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: chat, MessageID: message})
	return err
}

func (w *goTelegram) answer(ctx context.Context, query, text string, alert bool) error {
	_, err := w.bot.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: query, Text: text, ShowAlert: alert})
	return err
}

func (w *goTelegram) commands(ctx context.Context, lang, command, description string) error {
	_, err := w.bot.SetMyCommands(ctx, &bot.SetMyCommandsParams{
		Commands: []models.BotCommand{{Command: command, Description: description}}, LanguageCode: lang,
		Scope: &models.BotCommandScopeAllPrivateChats{},
	})
	return err
}

func (w *goTelegram) menu(ctx context.Context, chat int64, text, page string) error {
	params := &bot.SetChatMenuButtonParams{MenuButton: models.MenuButtonWebApp{Type: models.MenuButtonTypeWebApp, Text: text, WebApp: models.WebAppInfo{URL: page}}}
	if chat != 0 {
		params.ChatID = chat
	}
	_, err := w.bot.SetChatMenuButton(ctx, params)
	return err
}

func (w *goTelegram) prepare(ctx context.Context, user int64, html string) (string, error) {
	saved, err := w.bot.SavePreparedInlineMessage(ctx, &bot.SavePreparedInlineMessageParams{
		UserID: user, AllowUserChats: true, Result: &models.InlineQueryResultArticle{
			ID: "1", Title: "Invitation", InputMessageContent: models.InputTextMessageContent{MessageText: html, ParseMode: models.ParseModeHTML},
		},
	})
	if err != nil {
		return "", err
	}
	return saved.ID, nil
}
