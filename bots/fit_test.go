package bots_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"kartka/bots"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite golden files")

// fitCase is one golden file: a message and what each channel makes of it.
type fitCase struct {
	About   string                     `json:"about"`
	Message bots.Message               `json:"message"`
	Fitted  map[bots.Channel]fitResult `json:"fitted"`
}

type fitResult struct {
	Message bots.Message `json:"message"`
	Loss    []bots.Loss  `json:"loss,omitempty"`
	Shown   string       `json:"shown,omitempty"` // the text as it goes to the platform
}

var fitChannels = []bots.Channel{bots.Telegram, bots.Viber, bots.WhatsApp, bots.SMS}

func TestFitGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/fit/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c fitCase
			if err := json.Unmarshal(old, &c); err != nil {
				t.Fatal(err)
			}
			before := mustJSON(t, c.Message)
			c.Fitted = map[bots.Channel]fitResult{}
			for _, channel := range fitChannels {
				caps, _ := bots.CapabilitiesOf(channel)
				m, loss := bots.Fit(c.Message, caps)
				obeys(t, m, caps)
				c.Fitted[channel] = fitResult{Message: m, Loss: loss, Shown: bots.Render(m.Text, caps.Markup)}
			}
			if diff := cmp.Diff(before, mustJSON(t, c.Message)); diff != "" {
				t.Errorf("Fit changed its argument:\n%s", diff)
			}
			now := mustJSON(t, c)
			if *update {
				if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(old), now); diff != "" {
				t.Errorf("golden file differs (run with -update and read the diff):\n%s", diff)
			}
		})
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// obeys states what a channel accepts, independently of how Fit gets there.
func obeys(t failer, m bots.Message, c bots.Capabilities) {
	t.Helper()
	if err := bots.Validate(m.Text); err != nil {
		t.Errorf("markup: %v", err)
	}
	limit := c.TextUnits
	if m.Photo != nil || m.File != nil {
		limit = c.CaptionUnits
	}
	if n := bots.Units(m.Text, c.Markup); n > limit {
		t.Errorf("text of %d units, limit %d", n, limit)
	}
	if m.Photo != nil && (!c.Photo || m.File != nil) || m.File != nil && !c.File {
		t.Errorf("attachment not supported")
	}
	count, widest, labels := 0, 0, map[string]bool{}
	for _, row := range m.Buttons {
		if len(row) == 0 {
			t.Errorf("empty row")
		}
		widest = max(widest, len(row))
		for _, b := range row {
			count++
			if b.App != "" && (!c.AppButton || m.ChatID != "" || !bots.AppLink(b.App)) {
				t.Errorf("button %+v opens no Mini App here", b)
			}
			if len(b.ID) > c.ButtonIDBytes || b.URL != "" && !c.URLButton || b.Copy != "" && (!c.CopyButton || bots.UTF16Len(b.Copy) > c.CopyUnits) {
				t.Errorf("button %+v not supported", b)
			}
			if b.ID == "" && b.URL == "" && b.Copy == "" && b.App == "" || b.Text == "" {
				t.Errorf("button %+v does nothing", b)
			}
			if bots.UTF16Len(b.Text) > c.ButtonUnits || !utf8.ValidString(b.Text) {
				t.Errorf("label %q too long or torn", b.Text)
			}
			if c.UniqueLabels && labels[b.Text] {
				t.Errorf("label %q twice", b.Text)
			}
			labels[b.Text] = true
		}
	}
	asButtons := count <= c.Buttons && len(m.Buttons) <= c.ButtonRows && widest <= c.ButtonsPerRow
	asList := count <= c.ListRows && widest == 1
	if count > 0 && !asButtons && !asList {
		t.Errorf("%d buttons in %d rows of up to %d", count, len(m.Buttons), widest)
	}
	if m.Ask != nil && (m.Ask.Kind == bots.AskPhone && !c.AskPhone || len(m.Ask.Options) > c.Answers) {
		t.Errorf("ask %+v not supported", *m.Ask)
	}
	keyboards := 0
	for _, shown := range []bool{count > 0, m.Ask != nil, m.ClearAsk} {
		if shown {
			keyboards++
		}
	}
	if c.OneKeyboard && keyboards > 1 {
		t.Errorf("%d keyboards in one message", keyboards)
	}
	if !c.Edit && (m.Slot != "" || m.OnlyIfShown || m.Fresh) {
		t.Errorf("slot on a channel without edits")
	}
	if m.Ack != nil && bots.UTF16Len(m.Ack.Text) > 200 {
		t.Errorf("long toast")
	}
}

// TestFitObeysEveryChannel: any message on any channel, real or imagined, comes out as the channel takes it,
// and a second fitting has nothing left to do.
func TestFitObeysEveryChannel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCapabilities(t)
		m, _ := bots.Fit(drawMessage(t), c)
		obeys(t, m, c)
		again, _ := bots.Fit(m, c)
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatalf("second fitting changed it:\n%s", diff)
		}
	})
}

// TestFitLosesNoChoice: a choice with a sound id is a button or a number, as long as the text has room.
func TestFitLosesNoChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		caps, _ := bots.CapabilitiesOf(rapid.SampledFrom(fitChannels).Draw(t, "channel"))
		n := rapid.IntRange(0, 30).Draw(t, "choices")
		m := bots.Message{Text: "Оберіть"}
		want := []string{}
		for i := range n {
			id := "v1|menu|" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
			m.Buttons = append(m.Buttons, []bots.Button{{Text: "Вибір", ID: id}})
			want = append(want, id)
		}
		fitted, _ := bots.Fit(m, caps)
		got := append([]string{}, fitted.Numbered...)
		for _, row := range fitted.Buttons {
			for _, b := range row {
				got = append(got, b.ID)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("choices differ:\n%s", diff)
		}
	})
}

func drawCapabilities(t *rapid.T) bots.Capabilities {
	if rapid.Bool().Draw(t, "real channel") {
		c, _ := bots.CapabilitiesOf(rapid.SampledFrom(fitChannels).Draw(t, "channel"))
		return c
	}
	return bots.Capabilities{
		TextUnits:     rapid.IntRange(1, 60).Draw(t, "text units"),
		CaptionUnits:  rapid.IntRange(1, 40).Draw(t, "caption units"),
		Buttons:       rapid.IntRange(0, 9).Draw(t, "buttons"),
		ButtonRows:    rapid.IntRange(0, 4).Draw(t, "rows"),
		ButtonsPerRow: rapid.IntRange(0, 4).Draw(t, "per row"),
		ButtonUnits:   rapid.IntRange(5, 20).Draw(t, "label"),
		ButtonIDBytes: rapid.IntRange(1, 64).Draw(t, "id"),
		UniqueLabels:  rapid.Bool().Draw(t, "unique"),
		ListRows:      rapid.IntRange(0, 6).Draw(t, "list"),
		URLButton:     rapid.Bool().Draw(t, "url"),
		CopyButton:    rapid.Bool().Draw(t, "copy"),
		CopyUnits:     rapid.IntRange(0, 20).Draw(t, "copy units"),
		AppButton:     rapid.Bool().Draw(t, "app"),
		Answers:       rapid.IntRange(0, 3).Draw(t, "answers"),
		OneKeyboard:   rapid.Bool().Draw(t, "one keyboard"),
		AskPhone:      rapid.Bool().Draw(t, "ask phone"),
		Edit:          rapid.Bool().Draw(t, "edit"),
		Photo:         rapid.Bool().Draw(t, "photo"),
		File:          rapid.Bool().Draw(t, "file"),
		Markup:        rapid.SampledFrom([]bots.Markup{bots.MarkupNone, bots.MarkupHTML, bots.MarkupLight}).Draw(t, "markup"),
	}
}

func drawMessage(t *rapid.T) bots.Message {
	m := bots.Message{
		Slot:     rapid.SampledFrom([]string{"", bots.SlotCard}).Draw(t, "slot"),
		Text:     drawRich(t),
		ClearAsk: rapid.Bool().Draw(t, "clear"),
		ChatID:   rapid.SampledFrom([]string{"", "", "-1001"}).Draw(t, "chat"),
	}
	if m.Slot != "" {
		m.Fresh = rapid.Bool().Draw(t, "fresh")
		m.OnlyIfShown = rapid.Bool().Draw(t, "only if shown")
	}
	if rapid.Bool().Draw(t, "with photo") {
		m.Photo = &bots.Photo{QR: rapid.SampledFrom([]string{"123", "https://t.me/x?start=c_1"}).Draw(t, "qr")}
	}
	if rapid.IntRange(0, 5).Draw(t, "with file") == 0 {
		m.File = &bots.File{Name: "a.pdf"}
	}
	if rapid.Bool().Draw(t, "with ask") {
		m.Ask = &bots.Ask{Kind: rapid.SampledFrom([]bots.AskKind{bots.AskPhone, bots.AskText}).Draw(t, "ask"),
			Label: drawText(t), Hint: drawText(t), Options: rapid.SliceOfN(rapid.Just("опція"), 0, 4).Draw(t, "options")}
	}
	if rapid.Bool().Draw(t, "with ack") {
		m.Ack = &bots.Ack{Query: rapid.SampledFrom([]string{"", "q"}).Draw(t, "query"), Text: drawText(t)}
	}
	m.Buttons = rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawButton), 0, 5), 0, 6).Draw(t, "buttons")
	return m
}

func drawButton(t *rapid.T) bots.Button {
	b := bots.Button{Text: drawText(t)}
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		b.URL = "https://x.y/?a=1&b=2"
	case 1:
		b.Copy = drawText(t)
	case 2: // broken
		b.URL, b.ID = "javascript:x", "v1|x"
	case 3:
		b.App = rapid.SampledFrom([]string{"https://x.y/app/kava/", "http://127.0.0.1:8080/app/kava/?to=history"}).Draw(t, "app")
	case 4: // nobody may open that
		b.App = rapid.SampledFrom([]string{"http://x.y/app/kava/", "javascript:x", "tg://resolve"}).Draw(t, "unsafe app")
	default:
		b.ID = rapid.StringMatching(`v1\|[a-z]{1,70}`).Draw(t, "id")
	}
	return b
}

func drawText(t *rapid.T) string {
	return rapid.OneOf(rapid.StringN(0, 30, -1),
		rapid.SampledFrom([]string{"Списати бали", "Kaffe & <кава>", "👩‍👩‍👧‍👦🇺🇦🇺🇦👍🏽", "é́е́", "довге-довге слово"})).Draw(t, "text")
}

// drawRich nests tags at random, and sometimes breaks them.
func drawRich(t *rapid.T) bots.Rich {
	var r bots.Rich
	for range rapid.IntRange(0, 4).Draw(t, "parts") {
		part := bots.Escape(drawText(t))
		switch tag := rapid.SampledFrom([]bots.Rich{"", "b", "i", "s", "code", "a"}).Draw(t, "tag"); tag {
		case "":
		case "a":
			part = `<a href="https://x.y/?a&amp;b">` + part + `</a>`
		default:
			part = "<" + tag + ">" + part + "</" + tag + ">"
		}
		if rapid.Bool().Draw(t, "wrap") {
			r = "<b>" + r + part + "</b>"
		} else {
			r += part
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "broken") == 0 {
		r += "<i>"
	}
	return r
}

func TestCapabilitiesTable(t *testing.T) {
	for _, channel := range fitChannels {
		c, ok := bots.CapabilitiesOf(channel)
		if !ok || c.Channel != channel || c.TextUnits == 0 {
			t.Errorf("%s: %+v, %v", channel, c, ok)
		}
		if c.Buttons > 0 && c.ButtonIDBytes < 64 {
			t.Errorf("%s carries ids of %d bytes, ours have up to 64", channel, c.ButtonIDBytes)
		}
	}
	if _, ok := bots.CapabilitiesOf("fax"); ok {
		t.Error("fax has an entry")
	}
}
