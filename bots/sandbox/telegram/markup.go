package telegram

import (
	"encoding/json"
	"net/url"
	"strings"
)

// markup is a parsed reply_markup argument. At most one of its parts is set.
type markup struct {
	inline     *InlineKeyboardMarkup
	keyboard   *ReplyKeyboard
	remove     bool
	forceReply bool
	hint       string // placeholder of a forced reply
}

// none reports that the message has no markup at all; an empty keyboard counts as none.
func (m markup) none() bool {
	return m.inline == nil && m.keyboard == nil && !m.remove && !m.forceReply
}

type rawMarkup struct {
	Inline      []json.RawMessage `json:"inline_keyboard"`
	Keyboard    []json.RawMessage `json:"keyboard"`
	Remove      bool              `json:"remove_keyboard"`
	Force       bool              `json:"force_reply"`
	Persistent  bool              `json:"is_persistent"`
	Resize      bool              `json:"resize_keyboard"`
	OneTime     bool              `json:"one_time_keyboard"`
	Selective   bool              `json:"selective"`
	Placeholder string            `json:"input_field_placeholder"`
}

// parseMarkup reads the reply_markup argument. Mini Apps are allowed in private chats only.
func parseMarkup(text string, private bool) (markup, error) {
	var m markup
	if text == "" {
		return m, nil
	}
	if !json.Valid([]byte(text)) {
		return m, badRequest("can't parse reply keyboard markup JSON object")
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return m, badRequest("object expected as reply markup")
	}
	var raw rawMarkup
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return m, badRequest("can't parse reply keyboard markup JSON object")
	}
	if rows, err := keyboardRows(raw.Keyboard, private); err != nil {
		return m, err
	} else if rows != nil {
		m.keyboard = &ReplyKeyboard{
			Keyboard: rows, IsPersistent: raw.Persistent, Resize: raw.Resize, OneTime: raw.OneTime,
			Placeholder: raw.Placeholder, Selective: raw.Selective,
		}
		return m, nil
	}
	rows, err := inlineRows(raw.Inline, private)
	if err != nil {
		return m, err
	}
	switch {
	case rows != nil:
		m.inline = &InlineKeyboardMarkup{InlineKeyboard: rows}
	case raw.Remove:
		m.remove = true
	case raw.Force:
		m.forceReply, m.hint = true, raw.Placeholder
	}
	return m, nil
}

func keyboardRows(raw []json.RawMessage, private bool) ([][]ReplyButton, error) {
	var rows [][]ReplyButton
	for _, rawRow := range raw {
		var cells []json.RawMessage
		if json.Unmarshal(rawRow, &cells) != nil {
			return nil, badRequest(`field "keyboard" must be an Array of Arrays`)
		}
		var row []ReplyButton
		for _, cell := range cells {
			var b ReplyButton
			if json.Unmarshal(cell, &b.Text) != nil { // a bare string is a button too
				if err := json.Unmarshal(cell, &b); err != nil {
					return nil, badRequest("can't parse keyboard button: KeyboardButton must be a String or an Object")
				}
			}
			if b.Text == "" {
				return nil, badRequest("can't parse keyboard button: Field \"text\" must be non-empty")
			}
			if !private && (b.RequestContact || b.RequestLocation || b.WebApp != nil) {
				return nil, badRequest("phone number can be requested in private chats only")
			}
			row = append(row, b)
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func inlineRows(raw []json.RawMessage, private bool) ([][]InlineButton, error) {
	var rows [][]InlineButton
	total := 0
	for _, rawRow := range raw {
		var cells []json.RawMessage
		if json.Unmarshal(rawRow, &cells) != nil {
			return nil, badRequest(`field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
		}
		var row []InlineButton
		for _, cell := range cells {
			b, err := inlineButton(cell, private)
			if err != nil {
				return nil, err
			}
			row = append(row, b)
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
		if total += len(row); total > 100 {
			return nil, badRequest("reply markup is too long")
		}
	}
	return rows, nil
}

func inlineButton(raw json.RawMessage, private bool) (InlineButton, error) {
	const prefix = "can't parse inline keyboard button: "
	var b InlineButton
	if !strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
		return b, badRequest(prefix + "InlineKeyboardButton must be an Object")
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, badRequest(prefix + "wrong type of a field")
	}
	if b.Text == "" {
		return b, badRequest(prefix + `Can't find field "text"`)
	}
	switch b.Style {
	case "", "primary", "success", "danger":
	default:
		return b, badRequest(prefix + "invalid button style specified")
	}
	out := InlineButton{Text: b.Text, Style: b.Style, IconCustomEmojiID: b.IconCustomEmojiID}
	// The first action in this order counts. An empty one is as good as none: some clients send every field.
	switch {
	case b.URL != "":
		link, err := buttonLink(b.URL)
		if err != nil {
			return b, err
		}
		out.URL = link
	case b.CallbackData != "":
		if len(b.CallbackData) > 64 {
			return b, badRequest("BUTTON_DATA_INVALID")
		}
		out.CallbackData = b.CallbackData
	case b.Pay:
		out.Pay = true
	case b.SwitchInlineQuery != nil:
		out.SwitchInlineQuery = b.SwitchInlineQuery
	case b.SwitchInlineHere != nil:
		out.SwitchInlineHere = b.SwitchInlineHere
	case b.LoginURL != nil && b.LoginURL.URL != "":
		out.LoginURL = b.LoginURL
	case b.WebApp != nil && b.WebApp.URL != "":
		if !private {
			return b, badRequest("BUTTON_TYPE_INVALID")
		}
		if !isWebAppURL(b.WebApp.URL) {
			return b, badRequest("inline keyboard button Web App URL '%s' is invalid: Only HTTPS links are allowed", b.WebApp.URL)
		}
		out.WebApp = b.WebApp
	case b.CopyText != nil && b.CopyText.Text != "":
		if unitsOf(b.CopyText.Text) > 256 {
			return b, badRequest("BUTTON_COPY_TEXT_INVALID")
		}
		out.CopyText = b.CopyText
	default:
		return b, badRequest(prefix + "Text buttons are unallowed in the inline keyboard")
	}
	return out, nil
}

// buttonLink checks the link of a url button.
func buttonLink(link string) (string, error) {
	u, err := url.Parse(link)
	if err == nil && u.Scheme == "" {
		link = "http://" + link
		u, err = url.Parse(link)
	}
	if err != nil {
		return "", badRequest("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", link)
	}
	switch u.Scheme {
	case "http", "https":
		if host := u.Hostname(); host == "" {
			return "", badRequest("inline keyboard button URL '%s' is invalid: URL host is empty", link)
		} else if !strings.Contains(host, ".") {
			// The official server refuses localhost and every other name without a dot.
			return "", badRequest("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", link)
		}
	case "tg", "ton", "tonsite":
	default:
		return "", badRequest("inline keyboard button URL '%s' is invalid: Unsupported URL protocol", link)
	}
	return link, nil
}

// isWebAppURL accepts https, and http on loopback because the sandbox serves its Mini App there.
func isWebAppURL(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}
