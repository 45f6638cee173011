package telegram

import (
	"fmt"
	"slices"
	"strings"
)

// Transcript writes a chat as plain text, a line per message in the order they came:
//
//	Anna: /start table_5
//	bot: (photo) Your card [Balance] [Open ↗]
//	bot: May I have your number? {Share my number ☎ | Later}
//	bot → toast: Done
//
// Messages stand as they look now; "(edited)", "(deleted)" and "(protected)" say so. Buttons of one row share a pair
// of brackets; ↗ opens a link, ⧉ copies, ▣ opens a Mini App. The keyboard in braces is the one that is shown now, at
// the end of the text.
func (s *Server) Transcript(p Place) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	person, _, ch, err := s.at(p)
	if err != nil {
		return "", fmt.Errorf("transcript: %w", err)
	}
	type line struct {
		at   uint64
		text string
	}
	var lines []line
	for _, m := range ch.Messages {
		lines = append(lines, line{m.Created, s.line(person, m)})
	}
	for _, a := range ch.Answers {
		switch {
		case a.URL != "":
			lines = append(lines, line{a.Version, "bot → link: " + a.URL})
		case a.Text != "" && a.Alert:
			lines = append(lines, line{a.Version, "bot → alert: " + oneLine(a.Text)})
		case a.Text != "":
			lines = append(lines, line{a.Version, "bot → toast: " + oneLine(a.Text)})
		}
	}
	slices.SortStableFunc(lines, func(x, y line) int { return int(int64(x.at) - int64(y.at)) })
	var out strings.Builder
	for _, l := range lines {
		out.WriteString(l.text)
		out.WriteByte('\n')
	}
	if ch.Keyboard != nil {
		for _, row := range ch.Keyboard.Keyboard {
			labels := make([]string, len(row))
			for i, b := range row {
				labels[i] = b.Text
				if b.RequestContact {
					labels[i] += " ☎"
				}
			}
			out.WriteString("{" + strings.Join(labels, " | ") + "}\n")
		}
	}
	if ch.Blocked {
		out.WriteString("(blocked)\n")
	}
	return out.String(), nil
}

func (s *Server) line(viewer *Person, m *message) string {
	v := s.messageView(viewer, m)
	who := v.Sender
	if v.From == "bot" {
		who = "bot"
	}
	var b strings.Builder
	b.WriteString(who + ":")
	for _, mark := range []struct {
		on   bool
		text string
	}{
		{m.Deleted, "deleted"}, {m.Edits > 0, "edited"}, {m.HasProtectedContent, "protected"}, {m.Pinned, "pinned"},
		{v.Forwarded != "", "forwarded"}, {v.Kind == "document", "document " + documentName(v)},
		{v.Kind != "text" && v.Kind != "document", v.Kind},
	} {
		if mark.on {
			b.WriteString(" (" + mark.text + ")")
		}
	}
	if v.Contact != nil {
		b.WriteString(" " + v.Contact.FirstName + " " + v.Contact.PhoneNumber)
	}
	if v.Text != "" {
		b.WriteString(" " + oneLine(v.Text))
	}
	for _, row := range v.Buttons {
		labels := make([]string, len(row))
		for i, button := range row {
			labels[i] = button.Text
			switch {
			case button.URL != "" || button.LoginURL != nil:
				labels[i] += " ↗"
			case button.CopyText != nil:
				labels[i] += " ⧉"
			case button.WebApp != nil:
				labels[i] += " ▣"
			}
		}
		b.WriteString(" [" + strings.Join(labels, " | ") + "]")
	}
	return b.String()
}

func documentName(v MessageView) string {
	if v.Document == nil {
		return ""
	}
	return v.Document.Name
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ⏎ ") }
