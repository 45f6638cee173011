package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/mymmrac/telego"
	tu "github.com/mymmrac/telego/telegoutil"
)

// plainClient keeps connections to itself, so that a test server can close.
func plainClient() *http.Client { return &http.Client{Transport: &http.Transport{}} }

// telegoBot speaks JSON, and multipart when there are files.
type telegoBot struct {
	bot *telego.Bot
}

func connectTelego(t *testing.T, base, token string) wire {
	t.Helper()
	client, err := telego.NewBot(token, telego.WithAPIServer(base), telego.WithHTTPClient(plainClient()), telego.WithDiscardLogger())
	check(t, err)
	_, err = client.GetMe(t.Context())
	check(t, err)
	return &telegoBot{client}
}

func (w *telegoBot) run(ctx context.Context, handle func(event)) {
	updates, err := w.bot.UpdatesViaLongPolling(ctx, &telego.GetUpdatesParams{Timeout: 10})
	if err != nil {
		return
	}
	for u := range updates {
		handle(fromTelego(u))
	}
}

func fromTelego(u telego.Update) event {
	switch {
	case u.Message != nil:
		m := u.Message
		e := event{Kind: "message", Chat: m.Chat.ID, From: m.From.ID, Lang: m.From.LanguageCode, Message: m.MessageID, Text: m.Text, Origin: m.ForwardOrigin != nil}
		if len(m.Entities) > 0 && m.Entities[0].Type == telego.EntityTypeBotCommand && m.Entities[0].Offset == 0 {
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
		e := event{
			Kind: "press", From: q.From.ID, Lang: q.From.LanguageCode, Data: q.Data, Query: q.ID,
			Chat: q.Message.GetChat().ID, Message: q.Message.GetMessageID(),
		}
		if q.Message.IsAccessible() {
			e.Text = q.Message.Message().Text
		}
		return e
	case u.MyChatMember != nil:
		return event{
			Kind: "member", Chat: u.MyChatMember.Chat.ID, From: u.MyChatMember.From.ID, Lang: u.MyChatMember.From.LanguageCode,
			Status: u.MyChatMember.OldChatMember.MemberStatus() + " to " + u.MyChatMember.NewChatMember.MemberStatus(),
		}
	}
	return event{Kind: "unknown"}
}

func telegoKeys(keys [][]key) *telego.InlineKeyboardMarkup {
	if keys == nil {
		return nil
	}
	markup := &telego.InlineKeyboardMarkup{}
	for _, row := range keys {
		var line []telego.InlineKeyboardButton
		for _, k := range row {
			b := telego.InlineKeyboardButton{Text: k.text, CallbackData: k.data, URL: k.url, Style: k.style}
			if k.copy != "" {
				b.CopyText = &telego.CopyTextButton{Text: k.copy}
			}
			if k.app != "" {
				b.WebApp = &telego.WebAppInfo{URL: k.app}
			}
			line = append(line, b)
		}
		markup.InlineKeyboard = append(markup.InlineKeyboard, line)
	}
	return markup
}

// reply avoids a typed nil in an interface.
func reply(keys [][]key) telego.ReplyMarkup {
	if keys == nil {
		return nil
	}
	return telegoKeys(keys)
}

func (w *telegoBot) text(ctx context.Context, chat int64, html string, keys [][]key) (int, error) {
	m, err := w.bot.SendMessage(ctx, &telego.SendMessageParams{ChatID: tu.ID(chat), Text: html, ParseMode: telego.ModeHTML, ReplyMarkup: reply(keys)})
	if err != nil {
		return 0, err
	}
	return m.MessageID, nil
}

func (w *telegoBot) askPhone(ctx context.Context, chat int64, html, label, later string) error {
	_, err := w.bot.SendMessage(ctx, &telego.SendMessageParams{ChatID: tu.ID(chat), Text: html, ReplyMarkup: &telego.ReplyKeyboardMarkup{
		ResizeKeyboard: true, OneTimeKeyboard: true, InputFieldPlaceholder: "+380…",
		Keyboard: [][]telego.KeyboardButton{{{Text: label, RequestContact: true}}, {{Text: later}}},
	}})
	return err
}

func (w *telegoBot) clearKeyboard(ctx context.Context, chat int64, html string) error {
	_, err := w.bot.SendMessage(ctx, &telego.SendMessageParams{
		ChatID: tu.ID(chat), Text: html, ParseMode: telego.ModeHTML, ReplyMarkup: &telego.ReplyKeyboardRemove{RemoveKeyboard: true},
	})
	return err
}

func (w *telegoBot) photo(ctx context.Context, chat int64, data []byte, caption string, keys [][]key) (int, error) {
	m, err := w.bot.SendPhoto(ctx, &telego.SendPhotoParams{
		ChatID: tu.ID(chat), Photo: tu.FileFromBytes(data, "card.png"), Caption: caption, ParseMode: telego.ModeHTML,
		ProtectContent: true, ReplyMarkup: reply(keys),
	})
	if err != nil {
		return 0, err
	}
	return m.MessageID, nil
}

func (w *telegoBot) photoAgain(ctx context.Context, chat int64, fileID, caption string) (int, error) {
	m, err := w.bot.SendPhoto(ctx, &telego.SendPhotoParams{
		ChatID: tu.ID(chat), Photo: tu.FileFromID(fileID), Caption: caption, ParseMode: telego.ModeHTML,
	})
	if err != nil {
		return 0, err
	}
	return m.MessageID, nil
}

func (w *telegoBot) editPhotoAgain(ctx context.Context, chat int64, message int, fileID, caption string) error {
	_, err := w.bot.EditMessageMedia(ctx, &telego.EditMessageMediaParams{
		ChatID: tu.ID(chat), MessageID: message, Media: &telego.InputMediaPhoto{Type: telego.MediaTypePhoto, Media: tu.FileFromID(fileID), Caption: caption},
	})
	return err
}

func (w *telegoBot) fileAddress(ctx context.Context, fileID string) (string, error) {
	f, err := w.bot.GetFile(ctx, &telego.GetFileParams{FileID: fileID})
	if err != nil {
		return "", err
	}
	return w.bot.FileDownloadURL(f.FilePath), nil
}

func (w *telegoBot) document(ctx context.Context, chat int64, name string, data []byte) (string, error) {
	m, err := w.bot.SendDocument(ctx, &telego.SendDocumentParams{ChatID: tu.ID(chat), Document: tu.FileFromBytes(data, name)})
	if err != nil {
		return "", err
	}
	return m.Document.FileID, nil
}

func (w *telegoBot) documentAgain(ctx context.Context, chat int64, fileID string) error {
	_, err := w.bot.SendDocument(ctx, &telego.SendDocumentParams{ChatID: tu.ID(chat), Document: tu.FileFromID(fileID), Caption: "again"})
	return err
}

func (w *telegoBot) editText(ctx context.Context, chat int64, message int, html string, keys [][]key) error {
	_, err := w.bot.EditMessageText(ctx, &telego.EditMessageTextParams{
		ChatID: tu.ID(chat), MessageID: message, Text: html, ParseMode: telego.ModeHTML, ReplyMarkup: telegoKeys(keys),
	})
	return err
}

func (w *telegoBot) editCaption(ctx context.Context, chat int64, message int, caption string) error {
	_, err := w.bot.EditMessageCaption(ctx, &telego.EditMessageCaptionParams{
		ChatID: tu.ID(chat), MessageID: message, Caption: caption, ParseMode: telego.ModeHTML,
	})
	return err
}

func (w *telegoBot) editPhoto(ctx context.Context, chat int64, message int, data []byte, caption string, keys [][]key) error {
	_, err := w.bot.EditMessageMedia(ctx, &telego.EditMessageMediaParams{
		ChatID: tu.ID(chat), MessageID: message, ReplyMarkup: telegoKeys(keys),
		Media: &telego.InputMediaPhoto{Type: telego.MediaTypePhoto, Media: tu.FileFromBytes(data, "card.png"), Caption: caption},
	})
	return err
}

func (w *telegoBot) editKeys(ctx context.Context, chat int64, message int, keys [][]key) error {
	_, err := w.bot.EditMessageReplyMarkup(ctx, &telego.EditMessageReplyMarkupParams{ChatID: tu.ID(chat), MessageID: message, ReplyMarkup: telegoKeys(keys)})
	return err
}

func (w *telegoBot) remove(ctx context.Context, chat int64, message int) error {
	return w.bot.DeleteMessage(ctx, &telego.DeleteMessageParams{ChatID: tu.ID(chat), MessageID: message})
}

func (w *telegoBot) answer(ctx context.Context, query, text string, alert bool) error {
	return w.bot.AnswerCallbackQuery(ctx, &telego.AnswerCallbackQueryParams{CallbackQueryID: query, Text: text, ShowAlert: alert})
}

func (w *telegoBot) commands(ctx context.Context, lang, command, description string) error {
	return w.bot.SetMyCommands(ctx, &telego.SetMyCommandsParams{
		Commands: []telego.BotCommand{{Command: command, Description: description}}, LanguageCode: lang,
		Scope: &telego.BotCommandScopeAllPrivateChats{Type: telego.ScopeTypeAllPrivateChats},
	})
}

func (w *telegoBot) menu(ctx context.Context, chat int64, text, page string) error {
	return w.bot.SetChatMenuButton(ctx, &telego.SetChatMenuButtonParams{
		ChatID: chat, MenuButton: &telego.MenuButtonWebApp{Type: telego.ButtonTypeWebApp, Text: text, WebApp: telego.WebAppInfo{URL: page}},
	})
}

func (w *telegoBot) prepare(ctx context.Context, user int64, html string) (string, error) {
	saved, err := w.bot.SavePreparedInlineMessage(ctx, &telego.SavePreparedInlineMessageParams{
		UserID: user, AllowUserChats: true, Result: &telego.InlineQueryResultArticle{
			Type: telego.ResultTypeArticle, ID: "1", Title: "Invitation",
			InputMessageContent: &telego.InputTextMessageContent{MessageText: html, ParseMode: telego.ModeHTML},
		},
	})
	if err != nil {
		return "", err
	}
	return saved.ID, nil
}
