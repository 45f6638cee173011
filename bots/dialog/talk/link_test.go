package talk_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/cardcode"
)

func TestParseLink(t *testing.T) {
	for _, c := range []struct {
		payload string
		want    talk.Link
	}{
		{"", talk.Link{}},
		{"q_table4", talk.Link{Source: "table4"}},
		{"l_ab12cd--q_table_4", talk.Link{Place: "ab12cd", Source: "table_4"}},
		{"i_k7m2p9rstu--l_ab12cd", talk.Link{Invite: "k7m2p9rstu", Place: "ab12cd"}},
		{"x_new--q_flyer", talk.Link{Source: "flyer"}},
		{"q_first--q_second", talk.Link{Source: "second"}},
		{"c_Zm9v--q_YmFyYmF6cXV4", talk.Link{Card: "Zm9v--q_YmFyYmF6cXV4"}},
		{"s_--c_--i_", talk.Link{Staff: "--c_--i_"}},
		{"h_k7m2p9rstuZm9v--q_YmFy", talk.Link{Share: "k7m2p9rstuZm9v--q_YmFy"}}, {"h_", talk.Link{}},
		{"r_Zm9v--q_YmFy", talk.Link{Rate: "Zm9v--q_YmFy"}}, {"r_", talk.Link{}},
		{"l_ab12cd--c_Zm9v", talk.Link{Place: "ab12cd"}}, {"q_table4--s_Zm9v", talk.Link{Source: "table4"}},
		{"l_", talk.Link{}}, {"l", talk.Link{}}, {"_x", talk.Link{}}, {"--", talk.Link{}}, {"promo2026", talk.Link{}}, {"C_upper", talk.Link{}},
		{"q_" + strings.Repeat("a", 63), talk.Link{}},
		{"c_", talk.Link{}}, {"s_", talk.Link{}},
	} {
		if got := talk.ParseLink(c.payload); got != c.want {
			t.Errorf("ParseLink(%q) = %+v, want %+v", c.payload, got, c.want)
		}
	}
}

// Tokens are any 16 bytes in base64url, so they may hold the very marks that parts are told apart by.
func TestTokensSurviveTheirLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var random [16]byte
		copy(random[:], rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0xfb, 0xef, 0xbe, 0xff, 0x7f, 0x42}), 16, 16).Draw(t, "random"))
		token := cardcode.NewToken(random)
		for _, want := range []talk.Link{{Card: token}, {Staff: token}, {Share: "k7m2p9rstu" + token}, {Rate: token}} {
			roundTrip(t, want)
		}
	})
}

// What a shop prints and a guest passes on: a location's code, a member's tag, a source of 20 letters.
func TestLinksSurviveTheirPayload(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		roundTrip(t, talk.Link{
			Place:  rapid.StringMatching(`[a-z0-9]{0,16}`).Draw(t, "place"),
			Invite: rapid.StringMatching(`([2-9a-z]{10})?`).Draw(t, "invite"),
			Source: rapid.StringMatching(`([a-z0-9](-?[a-z0-9_]){0,9})?`).Draw(t, "source"),
		})
	})
}

func roundTrip(t *rapid.T, want talk.Link) {
	payload := want.Payload()
	if len(payload) > 64 || strings.Trim(payload, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		t.Fatalf("no messenger carries the payload %q", payload)
	}
	if got := talk.ParseLink(payload); got != want {
		t.Fatalf("ParseLink(%q) = %+v, want %+v", payload, got, want)
	}
}

func FuzzParseLink(f *testing.F) {
	for _, seed := range []string{"", "l_ab12cd--q_table4", "c_--", "s_s_s_", "i_--l_--q_", strings.Repeat("q_a--", 20)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		l := talk.ParseLink(payload)
		if l.Card != "" && l != (talk.Link{Card: l.Card}) || l.Staff != "" && l != (talk.Link{Staff: l.Staff}) || l.Share != "" && l != (talk.Link{Share: l.Share}) || l.Rate != "" && l != (talk.Link{Rate: l.Rate}) {
			t.Errorf("%q is %+v: a token stands alone", payload, l)
		}
		if again := talk.ParseLink(l.Payload()); again != l && !strings.Contains(l.Place+l.Invite+l.Source, "--") {
			t.Errorf("%q is %+v, and then %+v", payload, l, again)
		}
	})
}

func TestDeepLink(t *testing.T) {
	v := view(t, "uk")
	if got := v.DeepLink(talk.Link{Place: "ab12cd", Source: "table4"}); got != "https://t.me/kava_bot?start=l_ab12cd--q_table4" {
		t.Errorf("deep link is %s", got)
	}
	if got := v.DeepLink(talk.Link{}); got != "https://t.me/kava_bot" {
		t.Errorf("empty deep link is %s", got)
	}
	v.Bot.Channel = string(bots.Viber)
	if got := v.DeepLink(talk.Link{Invite: "k7m2p9rstu"}); got != "viber://pa?chatURI=kava_bot&context=i_k7m2p9rstu" {
		t.Errorf("deep link in Viber is %s", got)
	}
}
