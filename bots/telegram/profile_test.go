package telegram_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kartka/bots/telegram"

	"github.com/google/go-cmp/cmp"
)

type profiles map[string]string

func (p profiles) Load(_ context.Context, key string) (string, error) { return p[key], nil }

func (p profiles) Save(_ context.Context, key, hash string) error {
	p[key] = hash
	return nil
}

func testProfile() telegram.Profile {
	return telegram.Profile{
		{Description: "Loyalty card", Short: "Card", Commands: []telegram.Command{{Name: "balance", Description: "My points"}, {Name: "card", Description: "My card"}}},
		{Language: "uk", Name: "Кава на розі", Description: "Картка лояльності", Commands: []telegram.Command{{Name: "balance", Description: "Мої бали"}}},
	}
}

func TestSyncProfile(t *testing.T) {
	a := newAPI(t)
	store := profiles{}
	b := newBot(t, a, func(c *telegram.Config) { c.Profiles = store })
	sync := func(p telegram.Profile, want string) []call {
		t.Helper()
		n, err := b.SyncProfile(t.Context(), p)
		calls := a.took()
		if err != nil || n != len(calls) || methods(calls) != want {
			t.Errorf("%d calls, %v: %q, want %q", n, err, methods(calls), want)
		}
		return calls
	}
	calls := sync(testProfile(), "setMyCommands setMyDescription setMyShortDescription setMyCommands setMyDescription setMyName")
	want := []call{
		{Method: "setMyCommands", Files: map[string]string{}, Params: map[string]string{"scope": `{"type":"default"}`,
			"commands": `[{"command":"balance","description":"My points"},{"command":"card","description":"My card"}]`}},
		{Method: "setMyDescription", Files: map[string]string{}, Params: map[string]string{"description": "Loyalty card"}},
	}
	if diff := cmp.Diff(want, calls[:2]); diff != "" {
		t.Errorf("calls:\n%s", diff)
	}
	if got := calls[5].Params; got["name"] != "Кава на розі" || got["language_code"] != "uk" {
		t.Errorf("setMyName %v", got)
	}
	sync(testProfile(), "")

	changed := testProfile()
	changed[0].Short = ""
	changed[1].Name = ""
	changed[1].Commands = append(changed[1].Commands, telegram.Command{Name: "stop", Description: "Без новин"})
	sync(changed, "setMyShortDescription setMyCommands")
	changed[1].Commands = nil
	sync(changed, "deleteMyCommands")
	sync(changed, "")
}

// TestSyncProfileGoesOn: what was set before a failure is not set again.
func TestSyncProfileGoesOn(t *testing.T) {
	a := newAPI(t)
	b := newBot(t, a, func(c *telegram.Config) { c.Profiles = profiles{} })
	a.on(func(c call, w http.ResponseWriter) {
		if c.Method == "setMyName" {
			refuse(w, 429, "Too Many Requests: retry after 80000", `{"retry_after":80000}`)
			return
		}
		accept(c, w)
	})
	if n, err := b.SyncProfile(t.Context(), testProfile()); n != 5 || err == nil || !strings.Contains(err.Error(), "sync bot profile name/uk") {
		t.Errorf("%d calls, %v", n, err)
	}
	a.on(nil)
	a.took()
	if n, err := b.SyncProfile(t.Context(), testProfile()); n != 1 || err != nil || methods(a.took()) != "setMyName" {
		t.Errorf("%d calls, %v", n, err)
	}
}

func TestSyncStaffCommands(t *testing.T) {
	a := newAPI(t)
	b := newBot(t, a, func(c *telegram.Config) { c.Profiles = profiles{} })
	staff := []telegram.Command{{Name: "accrue", Description: "Нарахувати"}}
	for i, want := range []int{1, 0} {
		if n, err := b.SyncStaffCommands(t.Context(), "42", "", staff); n != want || err != nil {
			t.Errorf("time %d: %d calls, %v", i+1, n, err)
		}
	}
	if n, err := b.SyncStaffCommands(t.Context(), "42", "", nil); n != 1 || err != nil {
		t.Errorf("taken away: %d calls, %v", n, err)
	}
	if n, err := b.SyncStaffCommands(t.Context(), "43", "", nil); n != 0 || err != nil {
		t.Errorf("never there: %d calls, %v", n, err)
	}
	calls := a.took()
	if methods(calls) != "setMyCommands deleteMyCommands" || calls[0].Params["scope"] != `{"type":"chat","chat_id":42}` {
		t.Errorf("calls %+v", calls)
	}
	for _, chat := range []string{"", "x", "-1001"} {
		if _, err := b.SyncStaffCommands(t.Context(), chat, "", staff); err == nil {
			t.Errorf("chat %q accepted", chat)
		}
	}
}

func TestSyncMenuButton(t *testing.T) {
	const card, scan = "https://kava.example/app/kava/", "http://127.0.0.1:8080/app/kava/scan/"
	a := newAPI(t)
	b := newBot(t, a, func(c *telegram.Config) { c.Profiles = profiles{} })
	none := map[string]string{"menu_button": `{"type":"default"}`}
	for _, step := range []struct {
		chat, text, link string
		want             map[string]string // nil: no call
	}{
		{"", "", "", nil}, // never there
		{"", "Картка", card, map[string]string{"menu_button": `{"type":"web_app","text":"Картка","web_app":{"url":"https://kava.example/app/kava/"}}`}},
		{"", "Картка", card, nil},
		{"42", "", "", nil},
		{"42", "Сканер", scan, map[string]string{"chat_id": "42",
			"menu_button": `{"type":"web_app","text":"Сканер","web_app":{"url":"http://127.0.0.1:8080/app/kava/scan/"}}`}},
		{"42", "Сканер", scan, nil},
		{"43", "", "", nil},
		{"42", "Scanner", scan, map[string]string{"chat_id": "42",
			"menu_button": `{"type":"web_app","text":"Scanner","web_app":{"url":"http://127.0.0.1:8080/app/kava/scan/"}}`}},
		{"42", "", "", map[string]string{"chat_id": "42", "menu_button": none["menu_button"]}},
		{"42", "", "", nil},
		{"", "", "", none},
	} {
		n, err := b.SyncMenuButton(t.Context(), step.chat, step.text, step.link)
		calls := a.took()
		if err != nil || n != len(calls) {
			t.Errorf("%+v: %d calls of %d, %v", step, n, len(calls), err)
		}
		var want []call
		if step.want != nil {
			want = []call{{Method: "setChatMenuButton", Params: step.want, Files: map[string]string{}}}
		}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("%+v:\n%s", step, diff)
		}
	}
	for _, bad := range []struct{ chat, text, link string }{
		{"x", "Card", card}, {"-1001", "Card", card}, {"", "", card}, {"", strings.Repeat("ї", 33), card},
		{"", "Card", "http://kava.example/"}, {"", "Card", "tg://resolve?domain=kava_bot"},
	} {
		if n, err := b.SyncMenuButton(t.Context(), bad.chat, bad.text, bad.link); n != 0 || err == nil || len(a.took()) > 0 {
			t.Errorf("%+v was accepted", bad)
		}
	}
	a.on(func(_ call, w http.ResponseWriter) {
		refuse(w, 429, "Too Many Requests: retry after 3", `{"retry_after":3}`)
	})
	if n, err := b.SyncMenuButton(t.Context(), "", "Card", card); n != 0 || err == nil || !strings.Contains(err.Error(), "sync menu button") {
		t.Errorf("refused: %d calls, %v", n, err)
	}
	a.on(nil)
	a.took()
	if n, err := b.SyncMenuButton(t.Context(), "", "Card", card); n != 1 || err != nil {
		t.Errorf("after a refusal: %d calls, %v", n, err)
	}
}

func TestProfileLimits(t *testing.T) {
	commands := func(n int) []telegram.Command {
		var list []telegram.Command
		for i := range n {
			list = append(list, telegram.Command{Name: fmt.Sprint("c", i), Description: "d"})
		}
		return list
	}
	one := func(name, description string) telegram.ProfileText {
		return telegram.ProfileText{Commands: []telegram.Command{{Name: name, Description: description}}}
	}
	for name, tt := range map[string]struct {
		text telegram.ProfileText
		ok   bool
	}{
		"full":                 {telegram.ProfileText{Name: strings.Repeat("ї", 64), Description: strings.Repeat("ї", 512), Short: strings.Repeat("ї", 120), Commands: commands(100)}, true},
		"long name":            {telegram.ProfileText{Name: strings.Repeat("ї", 65)}, false},
		"long description":     {telegram.ProfileText{Description: strings.Repeat("ї", 513)}, false},
		"long short":           {telegram.ProfileText{Short: strings.Repeat("ї", 121)}, false},
		"many commands":        {telegram.ProfileText{Commands: commands(101)}, false},
		"longest command":      {one(strings.Repeat("a", 32), strings.Repeat("ї", 256)), true},
		"long command":         {one(strings.Repeat("a", 33), "d"), false},
		"empty command":        {one("", "d"), false},
		"upper case":           {one("Balance", "d"), false},
		"slash":                {one("/balance", "d"), false},
		"cyrillic":             {one("баланс", "d"), false},
		"no description":       {one("a", ""), false},
		"long description of":  {one("a", strings.Repeat("ї", 257)), false},
		"twice":                {telegram.ProfileText{Commands: append(commands(2), commands(1)...)}, false},
		"language":             {telegram.ProfileText{Language: "kk"}, true},
		"language with region": {telegram.ProfileText{Language: "pt-br"}, false},
	} {
		if err := (telegram.Profile{tt.text}).Check(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (telegram.Profile{{Language: "uk"}, {Language: "uk"}}).Check(); err == nil {
		t.Error("a language twice was accepted")
	}
}
