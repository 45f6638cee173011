package bots

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ackUnits is the longest toast of any channel (Telegram, answerCallbackQuery).
const ackUnits = 200

// Fit turns a message into one that the channel can carry, and says what was lost on the way. It is pure, and
// a message that already fits comes back unchanged. What it gives up, in this order:
//
//   - buttons: a Mini App that cannot be opened here becomes a link to its page; then buttons are regrouped into
//     more or longer rows, then links and copies moved into the text, then a list, then numbered lines (see
//     Message.Numbered);
//   - text: shortened at a word, markup kept well formed; lines that Fit itself wrote are kept before the rest;
//   - labels: shortened, and told apart when that made two alike;
//   - attachments: a picture of a link becomes the link, a file is left out, a caption obeys the caption's limit;
//   - asks: a keyboard the channel has not becomes a line of text;
//   - slots: a live refresh on a channel without edits becomes an empty message.
//
// Malformed markup is shown as plain text. A message has one attachment: with both set, the file stays.
func Fit(m Message, c Capabilities) (Message, []Loss) {
	f := fitting{c: c}
	f.slot(&m)
	f.ack(&m)
	if m.Empty() {
		m.Buttons = nil
		return m, f.loss
	}
	if _, err := parseRich(m.Text); err != nil {
		m.Text = joinRich(parseOrQuote(m.Text))
		f.lose("markup", "malformed, shown as text")
	}
	f.attachment(&m)
	f.ask(&m)
	f.buttons(&m)
	f.text(&m)
	if m.Empty() && m.Buttons != nil {
		m.Buttons = nil
		f.lose("buttons", "nothing left to stand under")
	}
	return m, f.loss
}

// fitting is one run of Fit: what was lost so far, and the lines to be added below the text.
type fitting struct {
	c     Capabilities
	loss  []Loss
	lines []Rich
	// numbered is how many of the lines, from the first, are the choices of Message.Numbered.
	numbered int
}

func (f *fitting) lose(what, why string) {
	l := Loss{What: what, Why: why}
	if !slices.Contains(f.loss, l) {
		f.loss = append(f.loss, l)
	}
}

func (f *fitting) slot(m *Message) {
	if f.c.Edit || m.Slot == "" {
		return
	}
	if m.OnlyIfShown {
		*m = Message{Ack: m.Ack, Purpose: m.Purpose, Expires: m.Expires}
		f.lose("edit", "a shown message cannot be refreshed")
		return
	}
	if !m.Fresh {
		f.lose("edit", "sent as a new message")
	}
	m.Slot, m.Fresh = "", false
}

// ack shortens a toast, and makes it a line of text where there is no press to answer: on channels whose
// buttons send ordinary messages, the toast is news all the same.
func (f *fitting) ack(m *Message) {
	if m.Ack == nil {
		return
	}
	ack := *m.Ack
	m.Ack = &ack
	if ack.Query == "" {
		m.Ack = nil
		if ack.Text != "" {
			m.Text = joinLines([]Rich{Escape(ack.Text), m.Text}, "\n\n")
			f.lose("ack", "shown in the text")
		}
		return
	}
	if UTF16Len(ack.Text) > ackUnits {
		m.Ack.Text = cutText(ack.Text, ackUnits)
		f.lose("ack", "shortened")
	}
}

func (f *fitting) attachment(m *Message) {
	if m.File != nil && m.Photo != nil {
		m.Photo = nil
		f.lose("photo", "a message carries one attachment")
	}
	if m.File != nil && !f.c.File {
		m.File = nil
		f.lose("file", "not supported")
	}
	if m.Photo != nil && !f.c.Photo {
		if safeLink(m.Photo.QR) {
			f.lines = append(f.lines, linkLine(m.Photo.QR, m.Photo.QR))
			f.lose("photo", "link in the text")
		} else {
			f.lose("photo", "not supported")
		}
		m.Photo = nil
	}
}

// ask takes away what cannot be asked natively: a phone becomes a typed answer, keys become lines of text.
func (f *fitting) ask(m *Message) {
	if m.Ask != nil {
		ask := *m.Ask
		ask.Options = slices.Clone(ask.Options)
		m.Ask = &ask
		if ask.Kind == AskPhone && !f.c.AskPhone {
			m.Ask.Kind, m.Ask.Label = AskText, ""
			if hint := cmp.Or(ask.Hint, ask.Label); hint != "" {
				f.lines = append(f.lines, Escape(hint))
			}
			f.lose("ask", "the phone is typed")
		}
		if len(ask.Options) > f.c.Answers {
			for _, option := range ask.Options {
				f.lines = append(f.lines, "– "+Escape(oneLine(option)))
			}
			m.Ask.Options = nil
			f.lose("ask", "options listed in the text")
		}
		if f.c.Answers == 0 && m.Ask.Kind == AskText {
			m.Ask = nil
		}
	}
	if f.c.Answers == 0 { // there never was a keyboard
		m.ClearAsk = false
	}
	if f.c.OneKeyboard && m.Ask != nil && m.ClearAsk {
		m.ClearAsk = false
	}
	if f.c.OneKeyboard && len(m.Buttons) > 0 {
		if m.Ask != nil {
			m.Buttons = nil
			f.lose("buttons", "not beside an ask")
		} else if m.ClearAsk {
			m.ClearAsk = false
			f.lose("ask", "not taken away by a message with buttons")
		}
	}
}

// text puts the body and the added lines together and makes them fit: the body gives way first, then the lines,
// from the last.
func (f *fitting) text(m *Message) {
	limit := f.c.TextUnits
	if m.Photo != nil || m.File != nil {
		limit = f.c.CaptionUnits
	}
	body, lines := m.Text, f.lines
	whole := joinLines([]Rich{body, joinLines(lines, "\n")}, "\n\n")
	if Units(whole, f.c.Markup) <= limit {
		m.Text = whole
		return
	}
	f.lose("text", "shortened")
	for len(lines) > 0 && Units(joinLines(lines, "\n"), f.c.Markup) > limit {
		lines = lines[:len(lines)-1]
		if f.numbered > len(lines) {
			f.numbered = len(lines)
			m.Numbered = m.Numbered[:f.numbered]
		}
	}
	tail := joinLines(lines, "\n")
	room := limit - Units(tail, f.c.Markup)
	if tail != "" {
		room -= len("\n\n")
	}
	m.Text = joinLines([]Rich{cutRich(body, room, f.c.Markup), tail}, "\n\n")
	if m.Text == "" { // even the first line is too long on its own
		m.Text = cutRich(whole, limit, f.c.Markup)
	}
}

// joinLines joins what is not empty.
func joinLines(lines []Rich, sep string) Rich {
	var b strings.Builder
	for _, l := range lines {
		if l == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(sep)
		}
		b.WriteString(string(l))
	}
	return Rich(b.String())
}

func linkLine(label, url string) Rich {
	return `<a href="` + Escape(url) + `">` + Escape(label) + `</a>`
}

func numberedLine(n int, label string) Rich {
	return Rich(strconv.Itoa(n)) + ". " + Escape(label)
}

// oneLine makes a label of any text: no line breaks, no outer spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
