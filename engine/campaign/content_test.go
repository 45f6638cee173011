package campaign_test

import (
	"testing"

	"kartka/engine/campaign"
)

func TestContentIn(t *testing.T) {
	c := campaign.Content{Texts: map[string]string{"uk": "Привіт", "en": "Hello", "pl": " <b> </b>\n"}}
	for _, test := range []struct {
		languages      []string
		text, language string
	}{
		{[]string{"uk", "en"}, "Привіт", "uk"},
		{[]string{"es", "uk"}, "Привіт", "uk"},
		{[]string{"pl", "uk"}, "Привіт", "uk"}, // nothing to read is no text
		{[]string{"es"}, "Hello", "en"},
		{nil, "Hello", "en"},
	} {
		if text, language := c.In(test.languages...); text != test.text || language != test.language {
			t.Errorf("%v: got %q in %q, want %q in %q", test.languages, text, language, test.text, test.language)
		}
	}
	if text, language := (campaign.Content{}).In("uk"); text != "" || language != "" {
		t.Errorf("of nothing: %q in %q", text, language)
	}
	for _, text := range []string{"<", "< 3", "a<b>", "<b>😀</b>"} {
		if _, language := (campaign.Content{Texts: map[string]string{"uk": text}}).In("uk"); language != "uk" {
			t.Errorf("%q is something to read", text)
		}
	}
}

func TestButtonLabel(t *testing.T) {
	languages := append(make([]string, 0, 4), "es", "uk")
	b := campaign.Button{Labels: map[string]string{"uk": " Меню ", "en": "Menu", "es": " "}}
	for _, test := range []struct {
		languages []string
		want      string
	}{{languages, "Меню"}, {[]string{"es"}, "Menu"}, {nil, "Menu"}} {
		if got := b.Label(test.languages...); got != test.want {
			t.Errorf("%v: got %q, want %q", test.languages, got, test.want)
		}
	}
	if got := (campaign.Button{Kind: campaign.ButtonCard}).Label("uk"); got != "" {
		t.Errorf("without labels: %q", got)
	}
}
