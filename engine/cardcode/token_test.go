package cardcode_test

import (
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"

	"kartka/engine/cardcode"
)

func TestNewToken(t *testing.T) {
	if got := cardcode.NewToken([16]byte{}); got != "AAAAAAAAAAAAAAAAAAAAAA" {
		t.Errorf("zero token: %s", got)
	}
	if got := cardcode.NewToken([16]byte{0: 0xff, 1: 0xef, 2: 0xff, 15: 0xff}); got != "_-__AAAAAAAAAAAAAAAA_w" {
		t.Errorf("token: %s", got)
	}
}

func TestTokenHash(t *testing.T) {
	// printf %s AAAAAAAAAAAAAAAAAAAAAA | sha256sum
	const want = "8a5bdb4cc15164126c6ef2668de9dd240d299ce6397a42c95a9411b93d080ed8"
	hash := cardcode.TokenHash("AAAAAAAAAAAAAAAAAAAAAA")
	if got := hex.EncodeToString(hash[:]); got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
}

// A token survives every form in which a card's link can come back.
func TestTokensRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var random [16]byte
		copy(random[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "random"))
		token := cardcode.NewToken(random)
		for _, text := range []string{
			"c_" + token,
			"https://t.me/kava_na_rozi_bot?start=c_" + token,
			"t.me/kava_na_rozi_bot?start=c_" + token,
			"tg://resolve?domain=kava_na_rozi_bot&start=c_" + token,
		} {
			for name, typed := range map[string]string{
				"as it is":  text,
				"Russian":   typeOn(russian, text),
				"Ukrainian": typeOn(ukrainian, text),
				"Kazakh":    typeOn(kazakh, text),
			} {
				scan, err := cardcode.Parse(typed)
				if err != nil || scan.Kind != cardcode.KindLink || scan.Token != token {
					t.Fatalf("%s, %s: %+v, %v", name, typed, scan, err)
				}
			}
		}
	})
}
