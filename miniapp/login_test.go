package miniapp

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/locales"
)

func TestOneTimeLinkSignsIn(t *testing.T) {
	l := newLobby(t)
	member, contact := l.guest(l.kava, "11")
	link := l.login(l.kava, contact)

	for range 3 { // whoever only looks uses nothing up
		w := l.want(http.StatusOK, "GET", link+"?to=scan/", "")
		if !strings.Contains(w.Body.String(), `action="`+link+`?to=scan%2F"`) || !strings.Contains(w.Header().Get("X-Robots-Tag"), "noindex") {
			t.Errorf("the page is %s\n%v", w.Body, w.Header())
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Error("looking signs in")
		}
		l.want(http.StatusOK, "HEAD", link, "")
	}
	w := l.want(http.StatusSeeOther, "POST", link+"?to=scan%2F", "")
	if to := w.Header().Get("Location"); to != "/app/kava/scan/" {
		t.Errorf("leads to %q", to)
	}
	page := l.want(http.StatusOK, "GET", "/app/kava/", "", with(w))
	if !strings.Contains(page.Body.String(), member.Card) {
		t.Error("the page is not the guest's card")
	}

	again := l.want(http.StatusGone, "POST", link, "")
	if body := again.Body.String(); !strings.Contains(body, "t.me/kava_bot") || !strings.Contains(body, "/web") || !strings.Contains(body, "already used") {
		t.Errorf("a used link says %s", body)
	}
	if again.Header().Get("Set-Cookie") != "" {
		t.Error("a used link signs in")
	}
	late := l.login(l.kava, contact)
	l.pass(engine.LoginTTL)
	l.want(http.StatusGone, "POST", late, "")
	foreign := strings.Replace(l.login(l.kava, contact), "/kava/", "/other/", 1)
	l.want(http.StatusGone, "POST", foreign, "")
	l.want(http.StatusGone, "POST", "/app/kava/in/x", "")

	out := l.want(http.StatusSeeOther, "POST", "/app/kava/out", "", with(w))
	if c := out.Result().Cookies(); len(c) != 1 || c[0].Name != w.Result().Cookies()[0].Name || c[0].MaxAge >= 0 || c[0].Value != "" || out.Header().Get("Location") != "/app/kava/" {
		t.Errorf("signing out answers %v, %s", c, out.Header().Get("Location"))
	}
}

// Each shop has a cookie of its own: whoever works in two is signed in to both.
func TestTwoShopsInOneBrowser(t *testing.T) {
	l := newLobby(t)
	mine, c := l.guest(l.kava, "11")
	theirs, d := l.guest(l.other, "11")
	kava, other := l.browser(l.kava, c), l.browser(l.other, d)
	for slug, card := range map[string]string{"kava": mine.Card, "other": theirs.Card} {
		if w := l.want(http.StatusOK, "GET", "/app/"+slug+"/", "", with(kava), with(other)); !strings.Contains(w.Body.String(), card) {
			t.Errorf("%s shows another card", slug)
		}
	}
	l.want(http.StatusOK, "GET", "/app/other/", "", with(kava)) // the shell
	l.want(http.StatusUnauthorized, "GET", "/app/other/pulse", "", with(kava), header("HX-Request", "true"))
}

func TestPagesOfTheDoorInEveryLanguage(t *testing.T) {
	l := newLobby(t)
	owner, _ := l.hire(l.kava, "9", engine.RoleOwner)
	settings := *l.kava.Settings
	settings.Languages = []string{"en", "uk", "ru", "kk", "pl", "es"}
	_, err := l.engine.ChangeSettings(t.Context(), l.kava.ID, owner.ID, l.kava.Version, &settings)
	l.must(err)
	l.pass(time.Minute)
	for _, lang := range locales.Languages() {
		link := l.login(l.kava, l.meet(l.kava, "1"+string(lang)))
		for _, w := range []interface{ String() string }{
			l.want(http.StatusOK, "GET", link, "", header("Accept-Language", string(lang))).Body,
			l.want(http.StatusGone, "POST", "/app/kava/in/x", "", header("Accept-Language", string(lang))).Body,
			l.want(http.StatusOK, "GET", "/app/kava/", "", header("Accept-Language", string(lang))).Body,
		} {
			body := w.String()
			if !strings.Contains(body, `<html lang="`+string(lang)+`"`) || strings.Contains(body, "[app.") {
				t.Errorf("%s: %s", lang, body)
			}
			if inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script>`).FindString(body); inline != "" {
				t.Errorf("%s: %q stands in the page", lang, inline)
			}
		}
	}
}

// What a call names as the page to go to never leads elsewhere.
func TestBelow(t *testing.T) {
	for to, want := range map[string]string{
		"": "", "scan/": "scan/", "history": "history", "coupon/0190-ab/": "coupon/0190-ab/", "scan/?place=1": "scan/?place=1", "?to=history": "?to=history",
		"//evil.example": "", "/evil.example": "", "https://evil.example": "", "https:evil.example": "", `\\evil.example`: "", `/\evil.example`: "", "../other/": "", "scan/../../other/": "",
		"./": "", "scan//x": "", "%2e%2e/": "", "a b": "", "scan/\r\nSet-Cookie: x=1": "", "javascript:alert(1)": "", "x?y=%zz": "", "@evil.example": "", "scan/#x": "",
		"x?y=\r\nz": "x?y=%0D%0Az", strings.Repeat("a", 201): "",
	} {
		if got := below(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}
