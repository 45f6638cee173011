package telegram

import (
	"kartka/bots"

	"github.com/go-telegram/bot/models"
)

// inlineKeyboard is InlineKeyboardMarkup. It is our own because the client's button always carries a copy_text
// object, an empty one when none is meant.
type inlineKeyboard struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

type inlineButton struct {
	Text         string    `json:"text"`
	Style        string    `json:"style,omitempty"` // primary, success, danger: bots.Style uses the same words
	CallbackData string    `json:"callback_data,omitempty"`
	URL          string    `json:"url,omitempty"`
	WebApp       *webApp   `json:"web_app,omitempty"`
	CopyText     *copyText `json:"copy_text,omitempty"`
}

// webApp opens a Mini App. Only inline buttons carry one: a page that is opened from a reply keyboard is not told who opened it.
type webApp struct {
	URL string `json:"url"`
}

type copyText struct {
	Text string `json:"text"`
}

// replyMarkup is the one keyboard a message carries: an Ask, or the removal of one, or its buttons. Fit has seen
// to it that at most one is left. It is nil, not a typed nil, when there is none.
func replyMarkup(m bots.Message) models.ReplyMarkup {
	switch {
	case m.Ask != nil:
		return askKeyboard(*m.Ask)
	case m.ClearAsk:
		return models.ReplyKeyboardRemove{RemoveKeyboard: true}
	}
	return buttonRows(m.Buttons)
}

func buttonRows(rows [][]bots.Button) models.ReplyMarkup {
	if len(rows) == 0 {
		return nil
	}
	var keyboard inlineKeyboard
	for _, row := range rows {
		var out []inlineButton
		for _, b := range row {
			button := inlineButton{Text: b.Text, Style: string(b.Style), CallbackData: b.ID, URL: b.URL}
			if b.Copy != "" {
				button.CopyText = &copyText{Text: b.Copy}
			}
			if b.App != "" {
				button.WebApp = &webApp{URL: b.App}
			}
			out = append(out, button)
		}
		keyboard.Rows = append(keyboard.Rows, out)
	}
	return keyboard
}

// askKeyboard is a keyboard that goes away when it was used. An ask without keys only puts its hint into the
// input field.
func askKeyboard(a bots.Ask) models.ReplyMarkup {
	hint := cut(a.Hint, 64)
	var rows [][]models.KeyboardButton
	if a.Kind == bots.AskPhone {
		label := a.Label
		if label == "" {
			label = "📱"
		}
		rows = append(rows, []models.KeyboardButton{{Text: label, RequestContact: true}})
	}
	for _, option := range a.Options {
		rows = append(rows, []models.KeyboardButton{{Text: option}})
	}
	if len(rows) == 0 {
		return models.ForceReply{ForceReply: true, InputFieldPlaceholder: hint}
	}
	return models.ReplyKeyboardMarkup{Keyboard: rows, ResizeKeyboard: true, OneTimeKeyboard: true, InputFieldPlaceholder: hint}
}

// cut keeps the first limit characters.
func cut(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit-1]) + "…"
}
