package telegram_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	tu "github.com/mymmrac/telego/telegoutil"

	"kartka/bots/sandbox/telegram"
)

func TestInitDataIsGenuine(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Анна", "A+B 50% off", `"quoted" & <b> = \`, "ІЇЄ😀", "a=b&c=d"} {
		p, err := w.srv.CreatePerson(telegram.Person{FirstName: name, LastName: name, LanguageCode: "uk"})
		w.ok(err)
		for _, kind := range []telegram.LaunchKind{telegram.LaunchMenu, telegram.LaunchDirect} {
			launch, err := w.srv.OpenApp(p.ID, w.bot.ID, "http://127.0.0.1:8080/app?x=1", kind, "ref_1")
			w.ok(err)
			values, err := tu.ValidateWebAppData(w.bot.Token, launch.InitData)
			if err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
				continue
			}
			var user struct {
				ID        int64  `json:"id"`
				FirstName string `json:"first_name"`
			}
			w.ok(json.Unmarshal([]byte(values.Get("user")), &user))
			if user.ID != p.ID || user.FirstName != name || values.Get("auth_date") != fmt.Sprint(w.clock.Now().Unix()) || values.Get("start_param") != "ref_1" {
				t.Errorf("%s: %v", name, values)
			}
			if values.Has("query_id") != (kind == telegram.LaunchMenu) || values.Has("chat_instance") != (kind == telegram.LaunchDirect) {
				t.Errorf("%s: fields %v", kind, values)
			}
			verifySignature(t, w.bot.ID, launch)
			page, err := url.Parse(launch.URL)
			w.ok(err)
			fragment, err := url.ParseQuery(page.EscapedFragment())
			if err != nil || fragment.Get("tgWebAppData") != launch.InitData || page.Query().Get("x") != "1" || page.Query().Get("tgWebAppStartParam") != "ref_1" {
				t.Errorf("url %s: %v", launch.URL, err)
			}
			if _, err := tu.ValidateWebAppData(w.bot.Token, strings.Replace(launch.InitData, "auth_date=1", "auth_date=2", 1)); err == nil {
				t.Error("changed data passed the check, so the check checks nothing")
			}
		}
	}
	empty, err := w.srv.OpenApp(w.anna, w.bot.ID, "https://example.com/", telegram.LaunchKeyboard, "")
	if err != nil || empty.InitData != "" {
		t.Errorf("a reply keyboard gives no initData: %+v, %v", empty, err)
	}
}

// TestLaunchLooks: theme and platform reach the page, and what is signed is the same for all.
func TestLaunchLooks(t *testing.T) {
	w := newWorld(t)
	const page = "http://127.0.0.1:8080/app/kava/"
	for name, theme := range telegram.Themes() {
		for _, platform := range []string{"", "android", "ios", "web", "weba", "webk"} {
			launch, err := w.srv.OpenApp(w.anna, w.bot.ID, page, telegram.LaunchMenu, "", telegram.Look{Theme: name, Platform: platform})
			w.ok(err)
			if _, err := tu.ValidateWebAppData(w.bot.Token, launch.InitData); err != nil {
				t.Errorf("%s on %q: %v", name, platform, err)
			}
			address, fragment, _ := strings.Cut(launch.URL, "#")
			params, err := url.ParseQuery(fragment)
			w.ok(err)
			var got telegram.Theme
			w.ok(json.Unmarshal([]byte(params.Get("tgWebAppThemeParams")), &got))
			if platform == "" {
				platform = "android"
			}
			if address != page || got != theme || params.Get("tgWebAppPlatform") != platform || params.Get("tgWebAppVersion") != "9.1" ||
				params.Get("tgWebAppData") != launch.InitData {
				t.Errorf("%s on %s: %s", name, platform, launch.URL)
			}
		}
	}
	for _, look := range []telegram.Look{{Theme: "blue"}, {Platform: "fridge"}} {
		if _, err := w.srv.OpenApp(w.anna, w.bot.ID, page, telegram.LaunchMenu, "", look); err == nil {
			t.Errorf("%+v was accepted", look)
		}
	}
	bare, err := w.srv.OpenApp(w.anna, w.bot.ID, page, telegram.LaunchMenu, "")
	if err != nil || !strings.Contains(bare.URL, "tgWebAppPlatform=android&") || !strings.Contains(bare.URL, "%22bg_color%22%3A%22%23ffffff%22") {
		t.Errorf("without a look: %s, %v", bare.URL, err)
	}
}

// TestThemesAreComplete: all fifteen colours, each of its own kind.
func TestThemesAreComplete(t *testing.T) {
	for name, theme := range telegram.Themes() {
		raw, err := json.Marshal(theme)
		if err != nil {
			t.Fatal(err)
		}
		var colours map[string]string
		if err := json.Unmarshal(raw, &colours); err != nil {
			t.Fatal(err)
		}
		for field, colour := range colours {
			if !regexp.MustCompile(`^#[0-9a-f]{6}$`).MatchString(colour) || !strings.HasSuffix(field, "_color") {
				t.Errorf("%s: %s is %q", name, field, colour)
			}
		}
		if len(colours) != 15 {
			t.Errorf("%s: %d colours", name, len(colours))
		}
	}
}

// TestMenuButtonOpensItsPage: without a page it is the menu button's that opens, the person's own first.
func TestMenuButtonOpensItsPage(t *testing.T) {
	w := newWorld(t)
	opened := func() string {
		t.Helper()
		launch, err := w.srv.OpenApp(w.anna, w.bot.ID, "", telegram.LaunchMenu, "")
		w.ok(err)
		page, _, _ := strings.Cut(launch.URL, "#")
		return page
	}
	menu := func(page string) args {
		return args{"type": "web_app", "text": "Card", "web_app": args{"url": page}}
	}
	if got := opened(); got != "" {
		t.Errorf("without a menu button %s opens", got)
	}
	w.must("setChatMenuButton", args{"menu_button": menu("https://example.com/app/")})
	if got := opened(); got != "https://example.com/app/" {
		t.Errorf("%s opens", got)
	}
	w.must("setChatMenuButton", args{"chat_id": w.anna, "menu_button": menu("https://example.com/scan/")})
	if got := opened(); got != "https://example.com/scan/" {
		t.Errorf("%s opens", got)
	}
}

func verifySignature(t *testing.T, botID int64, launch telegram.Launch) {
	t.Helper()
	values, err := url.ParseQuery(launch.InitData)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for name := range values {
		if name != "hash" && name != "signature" {
			lines = append(lines, name+"="+values.Get(name))
		}
	}
	slices.Sort(lines)
	key, err := hex.DecodeString(launch.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(values.Get("signature"))
	if err != nil {
		t.Fatal(err)
	}
	message := fmt.Sprintf("%d:WebAppData\n%s", botID, strings.Join(lines, "\n"))
	if !ed25519.Verify(ed25519.PublicKey(key), []byte(message), signature) {
		t.Errorf("the signature of %s is wrong", launch.InitData)
	}
}
