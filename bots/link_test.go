package bots

import (
	"net/url"
	"testing"
)

func TestShareLink(t *testing.T) {
	const link, text = "https://t.me/kava_bot?start=i_ab", "Кава & 5 %+"
	for _, tt := range []struct {
		channel    Channel
		link, text string // query parameters, "" = none
		want       string // text as the app reads it
	}{
		{Telegram, "url", "text", text},
		{Viber, "", "text", text + " " + link},
		{WhatsApp, "", "text", text + " " + link},
	} {
		got, err := url.Parse(ShareLink(tt.channel, link, text))
		if err != nil {
			t.Fatalf("%s: %v", tt.channel, err)
		}
		if shown := got.Query().Get(tt.text); shown != tt.want {
			t.Errorf("%s: text is %q, want %q", tt.channel, shown, tt.want)
		}
		if tt.link != "" && got.Query().Get(tt.link) != link {
			t.Errorf("%s: link is %q", tt.channel, got.Query().Get(tt.link))
		}
		if !safeLink(got.String()) {
			t.Errorf("%s: %s is no link a button may carry", tt.channel, got)
		}
	}
	if got := ShareLink(SMS, link, text); got != "" {
		t.Errorf("sms: %q, want none", got)
	}
}

func TestAppLink(t *testing.T) {
	for link, want := range map[string]bool{
		"https://kava.example/app/kava/":            true,
		"https://kava.example/app/kava/?to=history": true,
		"http://127.0.0.1:8080/app/kava/":           true,
		"http://[::1]:8080/app/kava/":               true,
		"http://localhost/app/kava/":                true,
		"http://kava.example/app/kava/":             false,
		"http://127.0.0.1.kava.example/":            false,
		"http://0.0.0.0:8080/app/kava/":             false,
		"https://me@kava.example/":                  false,
		"https:///app/kava/":                        false,
		"https://kava.example/a b":                  false,
		"tg://resolve?domain=kava_bot":              false,
		"javascript:alert(1)":                       false,
		"/app/kava/":                                false,
		"":                                          false,
	} {
		if got := AppLink(link); got != want {
			t.Errorf("AppLink(%q) = %v", link, got)
		}
	}
}
