// Package talktest looks at what is said in tests of conversations: as a person sees it, and for what must hold of every screen.
package talktest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
)

// Said is what was said in answer to one deed.
type Said []bots.Message

// halfRow is how wide a button is at most that shares its row.
const halfRow = 17

// Check reports what must not be of any screen: silence, dead ends, unreadable texts and buttons, and what a messenger would cut off.
func (s Said) Check(t *testing.T) {
	t.Helper()
	if len(s) == 0 {
		t.Fatal("silence")
	}
	capabilities, _ := bots.CapabilitiesOf(bots.Telegram)
	for i, m := range s {
		if m.Empty() {
			continue
		}
		if len(m.Buttons) == 0 && i == len(s)-1 {
			t.Errorf("a dead end: %s", m.Text)
		}
		if err := bots.Validate(m.Text); err != nil {
			t.Errorf("%v in %s", err, m.Text)
		}
		if _, lost := bots.Fit(m, capabilities); len(lost) > 0 {
			t.Errorf("%v in %s", lost, Render(m))
		}
		for _, row := range m.Buttons {
			for _, b := range row {
				if _, ok := talk.ParseID(b.ID); b.ID != "" && !ok {
					t.Errorf("unreadable id %s", b.ID)
				}
				if wide := bots.UTF16Len(b.Text); wide > capabilities.ButtonUnits || len(row) > 1 && wide > halfRow {
					t.Errorf("%q is too wide", b.Text)
				}
			}
		}
	}
}

// Buttons are the ids of what can be pressed.
func (s Said) Buttons() []string {
	var all []string
	for _, m := range s {
		for _, b := range slices.Concat(m.Buttons...) {
			all = append(all, b.ID)
		}
	}
	return all
}

// Find finds the button of a flow whose id begins with this after the flow: "save|ready:vip".
func (s Said) Find(t *testing.T, flow, id string) string {
	t.Helper()
	all := s.Buttons()
	id = "v1|" + flow + "|" + id
	if slices.Contains(all, id) {
		return id
	}
	for _, found := range all {
		if strings.HasPrefix(found, id+"|") {
			return found
		}
	}
	t.Fatalf("no button %s, only %s", id, strings.Join(all, " "))
	return ""
}

// Shows is what is on the screen.
func (s Said) Shows() string {
	var all []string
	for _, m := range s {
		all = append(all, Render(m))
	}
	return strings.Join(all, "\n")
}

// Toast is the short text over the chat, "" when there is none.
func (s Said) Toast() string {
	for _, m := range s {
		if m.Ack != nil && m.Ack.Text != "" {
			return m.Ack.Text
		}
	}
	return ""
}

// MustShow reports texts that are not on the screen.
func (s Said) MustShow(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if text := s.Shows(); !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

// MustNotShow reports texts that are.
func (s Said) MustNotShow(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if text := s.Shows(); strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}

// Render writes a message as a person sees it, for golden files.
func Render(m bots.Message) string {
	var b strings.Builder
	if m.File != nil {
		fmt.Fprintf(&b, "(%s, %s)\n", m.File.Name, m.File.MIME)
	}
	if m.Photo != nil && m.Photo.Ref != "" {
		b.WriteString("(picture " + m.Photo.Ref + ")\n")
	}
	b.WriteString(bots.Plain(m.Text))
	for _, row := range m.Buttons {
		b.WriteString("\n")
		for _, button := range row {
			fmt.Fprintf(&b, "[%s]", button.Text)
		}
	}
	if m.Ack != nil && m.Ack.Text != "" {
		fmt.Fprintf(&b, "\n(toast: %s)", m.Ack.Text)
	}
	return strings.NewReplacer("\u00a0", " ", "\u2003", "  ").Replace(b.String())
}

// Golden compares what was shown with a file, or with update writes it.
func Golden(t *testing.T, file, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and read the difference. Now:\n%s", file, got)
	}
}
