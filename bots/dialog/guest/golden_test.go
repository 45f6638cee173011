package guest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

var update = flag.Bool("update", false, "write the golden files anew")

func pts(n int64) money.Points { return money.Points(n) }

// renderBrief is render, but for a card that is only brought up to date: the card has screens of its own.
func renderBrief(m bots.Message) string {
	if m.OnlyIfShown && m.Slot == bots.SlotCard {
		return fmt.Sprintf("[%s]\n", strings.Join(traits(m), " "))
	}
	return render(m)
}

// render is a message as a person sees it, with what its buttons lead to.
func render(m bots.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", strings.Join(traits(m), " "))
	if m.Text != "" {
		fmt.Fprintf(&b, "%s\n", m.Text)
	}
	for _, row := range m.Buttons {
		for _, button := range row {
			fmt.Fprintf(&b, "  [ %s ]%s %s%s%s%s", button.Text, styled(button), button.ID, button.URL, button.Copy, button.App)
		}
		b.WriteByte('\n')
	}
	if m.Ask != nil {
		fmt.Fprintf(&b, "  ( %s ) %q %q\n", m.Ask.Label, m.Ask.Options, m.Ask.Hint)
	}
	return b.String()
}

func styled(b bots.Button) string {
	if b.Style == "" {
		return ""
	}
	return "(" + string(b.Style) + ")"
}

func traits(m bots.Message) []string {
	all := []string{"message"}
	if m.Slot != "" {
		all[0] = m.Slot
	}
	for _, trait := range []struct {
		name string
		set  bool
	}{{"fresh", m.Fresh}, {"only-if-shown", m.OnlyIfShown}, {"silent", m.Silent}, {"celebrate", m.Celebrate}, {"no-forward", m.NoForward},
		{"clear-ask", m.ClearAsk}, {"expires", !m.Expires.IsZero()}} {
		if trait.set {
			all = append(all, trait.name)
		}
	}
	if m.Photo != nil {
		all = append(all, "qr="+m.Photo.QR)
	}
	if m.File != nil {
		all = append(all, "file="+m.File.Name)
	}
	if m.Ack != nil && m.Ack.Text != "" {
		word := "toast"
		if m.Ack.Alert {
			word = "alert"
		}
		all = append(all, fmt.Sprintf("%s=%q", word, m.Ack.Text))
	}
	return all
}

// screenSet is screens with the guest they are shown to, and the golden files they are kept in.
type screenSet struct {
	file    string // after the language
	screens []screenCase
	member  func(t *testing.T, c *locales.Catalog, lang locales.Language) talk.View
	shop    func(s *rules.Settings)
	render  func(bots.Message) string
}

func screenSets() []screenSet {
	return []screenSet{
		{file: ".golden", screens: screens(), member: guest, shop: func(*rules.Settings) {}, render: render},
		{file: ".everything.golden", screens: richScreens(), member: regular, shop: everything, render: renderBrief},
	}
}

// eachScreen renders every screen of a set in a language.
func eachScreen(t *testing.T, set screenSet, lang locales.Language, visit func(name string, v talk.View, o talk.Output)) {
	t.Helper()
	c := newCatalog(t)
	for _, s := range set.screens {
		var v talk.View
		var o talk.Output
		if s.member != nil {
			v = set.member(t, c, lang)
			o = s.member(v)
		} else {
			v = someone(t, c, lang)
			set.shop(v.Program.Settings)
			o = s.nobody(v)
		}
		visit(s.name, v, o)
	}
}

func TestScreensGolden(t *testing.T) {
	for _, set := range screenSets() {
		for _, lang := range locales.Languages() {
			var b strings.Builder
			eachScreen(t, set, lang, func(name string, _ talk.View, o talk.Output) {
				fmt.Fprintf(&b, "=== %s\n", name)
				for _, m := range o.Say {
					b.WriteString(set.render(m))
				}
				b.WriteByte('\n')
			})
			checkGolden(t, filepath.Join("testdata", string(lang)+set.file), b.String())
		}
	}
}

func checkGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("screens differ from %s (run with -update to accept): %s", file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: got %q", i+1, g[i])
		}
	}
	return "shorter"
}

// TestScreensAreSound holds every screen in every language to what a messenger carries and a person needs.
func TestScreensAreSound(t *testing.T) {
	caps, ok := bots.CapabilitiesOf(bots.Telegram)
	if !ok {
		t.Fatal("no capabilities of Telegram")
	}
	for _, set := range screenSets() {
		for _, lang := range locales.Languages() {
			eachScreen(t, set, lang, func(name string, _ talk.View, o talk.Output) {
				checkScreen(t, fmt.Sprintf("%s%s: %s", lang, set.file, name), o, caps)
			})
		}
	}
}

func checkScreen(t *testing.T, where string, o talk.Output, caps bots.Capabilities) {
	t.Helper()
	if len(o.Say) == 0 {
		t.Errorf("%s: says nothing", where)
	}
	leads := false
	for _, m := range o.Say {
		leads = leads || len(m.Buttons) > 0 || m.Ask != nil
		if err := bots.Validate(m.Text); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		if _, loss := bots.Fit(m, caps); len(loss) > 0 {
			t.Errorf("%s: Telegram loses %v", where, loss)
		}
		if m.Slot == "" && m.Fresh || m.OnlyIfShown && m.Fresh {
			t.Errorf("%s: contradicts itself: %v", where, traits(m))
		}
		checkButtons(t, where, m)
	}
	// An alert over the chat leaves the screen that it was pressed on, which leads on.
	if !leads && !alerts(o) {
		t.Errorf("%s: a dead end", where)
	}
}

func checkButtons(t *testing.T, where string, m bots.Message) {
	t.Helper()
	for _, row := range m.Buttons {
		for _, b := range row {
			limit := 30
			if len(row) > 1 {
				limit = 18
			}
			if n := bots.UTF16Len(b.Text); n == 0 || n > limit {
				t.Errorf("%s: button %q has %d units, limit %d", where, b.Text, n, limit)
			}
			if b.ID == "" {
				continue
			}
			if p, ok := talk.ParseID(b.ID); !ok || len(b.ID) > 64 || p.Action == "" {
				t.Errorf("%s: bad button id %q", where, b.ID)
			}
		}
	}
}
