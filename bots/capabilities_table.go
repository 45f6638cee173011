package bots

import (
	"slices"
	"time"
)

// table has a row for each channel. Whatever is done differently on one goes by its row.
var table = []Capabilities{telegramCapabilities(), viberCapabilities(), whatsAppCapabilities(), smsCapabilities()}

// CapabilitiesOf says what a messenger can do. It reports false for a channel without a row.
// Numbers are the platforms' documented limits unless a line says that they are our judgement; the label
// lengths are what a 360 px wide phone shows in full-width buttons.
func CapabilitiesOf(channel Channel) (Capabilities, bool) {
	for i := range table {
		if table[i].Channel == channel {
			return table[i], true
		}
	}
	return Capabilities{}, false
}

// Table has the rows of all channels.
func Table() []Capabilities { return slices.Clone(table) }

// Telegram: Bot API 9.4 (core.telegram.org/bots/api), sendMessage, sendPhoto, InlineKeyboardButton,
// CopyTextButton; deep linking from core.telegram.org/bots/features. A web_app button is for private chats.
func telegramCapabilities() Capabilities {
	return Capabilities{
		Channel:          Telegram,
		TextUnits:        4096,
		CaptionUnits:     1024,
		Buttons:          100,
		ButtonRows:       100,
		ButtonsPerRow:    8,
		ButtonUnits:      34, // judgement
		ButtonIDBytes:    64,
		URLButton:        true,
		CopyButton:       true,
		CopyUnits:        256,
		AppButton:        true,
		Answers:          50, // judgement: one key a row
		OneKeyboard:      true,
		AskPhone:         true,
		Edit:             true,
		Delete:           true,
		Photo:            true,
		File:             true,
		Markup:           MarkupHTML,
		DeepLinkAlphabet: deepLinkAlphabet,
		DeepLinkBytes:    64,
		Cost:             CostFree,
		Bulk:             28, // the adapter's pace: below the documented 30, with room for answers
	}
}

// Viber: creators.viber.com bots API (send-message) and developers.viber.com/docs/tools/keyboards: a grid of 6
// columns and at most 12 rows, no edits. A shared phone is not vouched for, but it can be asked for; AskPhone
// is about proof, so it is off and the person types or shares it as text. A session of 24 hours begins with the
// person's message and is free, up to 60 messages; the rest is paid.
func viberCapabilities() Capabilities {
	return Capabilities{
		Channel:          Viber,
		TextUnits:        7000,
		CaptionUnits:     512,
		Buttons:          72,
		ButtonRows:       12,
		ButtonsPerRow:    6,
		ButtonUnits:      34, // judgement; the platform crops at 250
		ButtonIDBytes:    64, // judgement: our own longest id, ActionBody has no stated limit
		URLButton:        true,
		Answers:          12,
		Photo:            true,
		File:             true,
		Markup:           MarkupLight,
		DeepLinkAlphabet: deepLinkAlphabet, // judgement: the context has no stated alphabet
		DeepLinkBytes:    64,               // judgement
		Cost:             CostSession,
		Session:          24 * time.Hour,
	}
}

// WhatsApp Cloud API: text 4096, but 1024 as soon as it is interactive or a caption, and most of ours are;
// at most 3 reply buttons of 20 characters, or a list of 10 rows of 24; no two titles alike. A link button
// stands alone and cannot be mixed with replies, so links go into the text. The phone is vouched for (the
// sender's own id, or request_contact_info). A deep link's text is visible and editable, hence the plain alphabet.
func whatsAppCapabilities() Capabilities {
	return Capabilities{
		Channel:          WhatsApp,
		TextUnits:        1024,
		CaptionUnits:     1024,
		Buttons:          3,
		ButtonRows:       3,
		ButtonsPerRow:    1,
		ButtonUnits:      20,
		ButtonIDBytes:    200, // list rows; reply buttons hold 256
		UniqueLabels:     true,
		ListRows:         10,
		OneKeyboard:      true,
		AskPhone:         true,
		Photo:            true,
		File:             true,
		Markup:           MarkupLight,
		DeepLinkAlphabet: deepLinkAlphabet,
		DeepLinkBytes:    64,       // judgement: prefilled texts of QR codes hold 140
		Cost:             CostPaid, // since 1 October 2026 within the service window, too
	}
}

// SMS: Twilio's Messages API takes 1600 characters. Nothing else exists but text.
func smsCapabilities() Capabilities {
	return Capabilities{
		Channel:   SMS,
		TextUnits: 1600,
		Markup:    MarkupNone,
		Cost:      CostPaid,
	}
}

const deepLinkAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
