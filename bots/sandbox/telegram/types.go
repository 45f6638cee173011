package telegram

import "encoding/json"

// The types below are the parts of the Bot API types the emulator speaks, with the names of
// https://core.telegram.org/bots/api.

// User is a person or a bot as bots see them.
type User struct {
	ID                      int64  `json:"id"`
	IsBot                   bool   `json:"is_bot"`
	FirstName               string `json:"first_name"`
	LastName                string `json:"last_name,omitempty"`
	Username                string `json:"username,omitempty"`
	LanguageCode            string `json:"language_code,omitempty"`
	CanJoinGroups           *bool  `json:"can_join_groups,omitempty"`
	CanReadAllGroupMessages *bool  `json:"can_read_all_group_messages,omitempty"`
	SupportsInlineQueries   *bool  `json:"supports_inline_queries,omitempty"`
	HasMainWebApp           *bool  `json:"has_main_web_app,omitempty"`
}

// Chat is a private chat or a supergroup.
type Chat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title,omitempty"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
}

// Message is a message as bots see it.
type Message struct {
	MessageID           int64                 `json:"message_id"`
	From                *User                 `json:"from,omitempty"`
	Date                int64                 `json:"date"`
	Chat                Chat                  `json:"chat"`
	ForwardOrigin       *MessageOrigin        `json:"forward_origin,omitempty"`
	ReplyToMessage      *Message              `json:"reply_to_message,omitempty"`
	EditDate            int64                 `json:"edit_date,omitempty"`
	HasProtectedContent bool                  `json:"has_protected_content,omitempty"`
	Text                string                `json:"text,omitempty"`
	Entities            []Entity              `json:"entities,omitempty"`
	EffectID            string                `json:"effect_id,omitempty"`
	Document            *Document             `json:"document,omitempty"`
	Photo               []PhotoSize           `json:"photo,omitempty"`
	Sticker             *Sticker              `json:"sticker,omitempty"`
	Voice               *Voice                `json:"voice,omitempty"`
	HasMediaSpoiler     bool                  `json:"has_media_spoiler,omitempty"`
	MediaGroupID        string                `json:"media_group_id,omitempty"`
	Caption             string                `json:"caption,omitempty"`
	CaptionEntities     []Entity              `json:"caption_entities,omitempty"`
	Contact             *Contact              `json:"contact,omitempty"`
	Location            *Location             `json:"location,omitempty"`
	NewChatMembers      []User                `json:"new_chat_members,omitempty"`
	LeftChatMember      *User                 `json:"left_chat_member,omitempty"`
	PinnedMessage       *Message              `json:"pinned_message,omitempty"`
	ReplyMarkup         *InlineKeyboardMarkup `json:"reply_markup,omitempty"`
}

// Entity marks a part of a text; offsets and lengths are UTF-16 code units.
type Entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	User          *User  `json:"user,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
}

// MessageOrigin is where a forwarded message came from; only origins of type "user" are made here.
type MessageOrigin struct {
	Type       string `json:"type"`
	Date       int64  `json:"date"`
	SenderUser *User  `json:"sender_user,omitempty"`
}

// PhotoSize is one size of a photo.
type PhotoSize struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	FileSize     int    `json:"file_size,omitempty"`
}

// Document is a general file.
type Document struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileName     string `json:"file_name,omitempty"`
	MimeType     string `json:"mime_type,omitempty"`
	FileSize     int    `json:"file_size,omitempty"`
}

// Sticker is a static sticker.
type Sticker struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Type         string `json:"type"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	IsAnimated   bool   `json:"is_animated"`
	IsVideo      bool   `json:"is_video"`
	Emoji        string `json:"emoji,omitempty"`
	SetName      string `json:"set_name,omitempty"`
}

// Voice is a voice note.
type Voice struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Duration     int    `json:"duration"`
	MimeType     string `json:"mime_type,omitempty"`
}

// Location is a point on the map.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Contact is a shared contact card.
type Contact struct {
	PhoneNumber string `json:"phone_number"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name,omitempty"`
	UserID      int64  `json:"user_id,omitempty"`
}

// InlineKeyboardMarkup is a keyboard under a message.
type InlineKeyboardMarkup struct {
	InlineKeyboard [][]InlineButton `json:"inline_keyboard"`
}

// InlineButton is one button of it. Exactly one of its actions is set.
type InlineButton struct {
	Text              string    `json:"text"`
	IconCustomEmojiID string    `json:"icon_custom_emoji_id,omitempty"`
	Style             string    `json:"style,omitempty"`
	URL               string    `json:"url,omitempty"`
	CallbackData      string    `json:"callback_data,omitempty"`
	WebApp            *WebApp   `json:"web_app,omitempty"`
	LoginURL          *LoginURL `json:"login_url,omitempty"`
	CopyText          *CopyText `json:"copy_text,omitempty"`
	SwitchInlineQuery *string   `json:"switch_inline_query,omitempty"`
	SwitchInlineHere  *string   `json:"switch_inline_query_current_chat,omitempty"`
	Pay               bool      `json:"pay,omitempty"`
}

// WebApp names a Mini App.
type WebApp struct {
	URL string `json:"url"`
}

// LoginURL is a link that logs the person in.
type LoginURL struct {
	URL                string `json:"url"`
	ForwardText        string `json:"forward_text,omitempty"`
	BotUsername        string `json:"bot_username,omitempty"`
	RequestWriteAccess bool   `json:"request_write_access,omitempty"`
}

// CopyText is text for the clipboard.
type CopyText struct {
	Text string `json:"text"`
}

// ReplyKeyboard is a keyboard in place of the person's own.
type ReplyKeyboard struct {
	Keyboard     [][]ReplyButton `json:"keyboard"`
	IsPersistent bool            `json:"is_persistent,omitempty"`
	Resize       bool            `json:"resize_keyboard,omitempty"`
	OneTime      bool            `json:"one_time_keyboard,omitempty"`
	Placeholder  string          `json:"input_field_placeholder,omitempty"`
	Selective    bool            `json:"selective,omitempty"`
}

// ReplyButton is one button of it.
type ReplyButton struct {
	Text            string  `json:"text"`
	Style           string  `json:"style,omitempty"`
	RequestContact  bool    `json:"request_contact,omitempty"`
	RequestLocation bool    `json:"request_location,omitempty"`
	WebApp          *WebApp `json:"web_app,omitempty"`
}

// CallbackQuery is a pressed inline button.
type CallbackQuery struct {
	ID           string   `json:"id"`
	From         User     `json:"from"`
	Message      *Message `json:"message,omitempty"`
	ChatInstance string   `json:"chat_instance"`
	Data         string   `json:"data,omitempty"`
}

// inaccessibleMessage is what a press on a deleted message carries; its date is always zero.
type inaccessibleMessage struct {
	Chat      Chat  `json:"chat"`
	MessageID int64 `json:"message_id"`
	Date      int64 `json:"date"`
}

// ChatMember is someone's place in a chat.
type ChatMember struct {
	Status string `json:"status"`
	User   User   `json:"user"`
	// UntilDate belongs to the status "kicked", where it is required; 0 means for ever.
	UntilDate *int64 `json:"until_date,omitempty"`
}

// ChatMemberUpdated is a change of it.
type ChatMemberUpdated struct {
	Chat          Chat       `json:"chat"`
	From          User       `json:"from"`
	Date          int64      `json:"date"`
	OldChatMember ChatMember `json:"old_chat_member"`
	NewChatMember ChatMember `json:"new_chat_member"`
}

// BotCommand is an entry of the command menu.
type BotCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// MenuButton is the button next to the input field.
type MenuButton struct {
	Type   string  `json:"type"`
	Text   string  `json:"text,omitempty"`
	WebApp *WebApp `json:"web_app,omitempty"`
}

// WebhookInfo is the answer of getWebhookInfo.
type WebhookInfo struct {
	URL                  string   `json:"url"`
	HasCustomCertificate bool     `json:"has_custom_certificate"`
	PendingUpdateCount   int      `json:"pending_update_count"`
	LastErrorDate        int64    `json:"last_error_date,omitempty"`
	LastErrorMessage     string   `json:"last_error_message,omitempty"`
	MaxConnections       int      `json:"max_connections,omitempty"`
	AllowedUpdates       []string `json:"allowed_updates,omitempty"`
}

// response is the envelope of every answer.
type response struct {
	OK          bool                `json:"ok"`
	Result      any                 `json:"result,omitempty"`
	ErrorCode   int                 `json:"error_code,omitempty"`
	Description string              `json:"description,omitempty"`
	Parameters  *responseParameters `json:"parameters,omitempty"`
}

type responseParameters struct {
	RetryAfter int `json:"retry_after,omitempty"`
}

// update is one event for a bot: the kind is the name of the field that carries it.
type update struct {
	id   int64
	kind string
	body json.RawMessage
}

func (u update) MarshalJSON() ([]byte, error) {
	// The id comes first, as the official server writes it, and the kind is the only other field.
	out := []byte(`{"update_id":`)
	id, err := json.Marshal(u.id)
	if err != nil {
		return nil, err
	}
	kind, err := json.Marshal(u.kind)
	if err != nil {
		return nil, err
	}
	out = append(append(append(out, id...), ','), kind...)
	return append(append(append(out, ':'), u.body...), '}'), nil
}
