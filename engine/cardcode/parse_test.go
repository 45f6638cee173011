package cardcode_test

import (
	"errors"
	"strings"
	"testing"

	"kartka/engine/cardcode"
)

// Keyboards as their rows read, digit row first, each row once plain and once with Shift.
type keyboard [8]string

var (
	us = keyboard{
		"`1234567890-=", "~!@#$%^&*()_+",
		`qwertyuiop[]\`, `QWERTYUIOP{}|`,
		"asdfghjkl;'", `ASDFGHJKL:"`,
		"zxcvbnm,./", "ZXCVBNM<>?",
	}
	russian = keyboard{
		"ё1234567890-=", `Ё!"№;%:?*()_+`,
		`йцукенгшщзхъ\`, `ЙЦУКЕНГШЩЗХЪ/`,
		"фывапролджэ", "ФЫВАПРОЛДЖЭ",
		"ячсмитьбю.", "ЯЧСМИТЬБЮ,",
	}
	ukrainian = keyboard{
		"'1234567890-=", `ʼ!"№;%:?*()_+`,
		"йцукенгшщзхїґ", "ЙЦУКЕНГШЩЗХЇҐ",
		"фівапролджє", "ФІВАПРОЛДЖЄ",
		"ячсмитьбю.", "ЯЧСМИТЬБЮ,",
	}
	kazakh = keyboard{
		`("әіңғ,.үұқөһ`, ")!ӘІҢҒ;:ҮҰҚӨҺ",
		`йцукенгшщзхъ\`, "ЙЦУКЕНГШЩЗХЪ/",
		"фывапролджэ", "ФЫВАПРОЛДЖЭ",
		"ячсмитьбю№", "ЯЧСМИТЬБЮ?",
	}
)

// typeOn is what appears when a scanner presses the US keys of text on a till with another layout.
func typeOn(layout keyboard, text string) string {
	return strings.Map(func(r rune) rune {
		for row := range us {
			if at := strings.IndexRune(us[row], r); at >= 0 {
				return []rune(layout[row])[at]
			}
		}
		return r
	}, text)
}

const (
	token    = "AbCdEfGhIjKlMnOpQ_-21g"
	rotating = "712345678652024060"
	static   = "612345678600000000"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, input string
		kind        cardcode.Kind
		text        string
	}{
		{"rotating", rotating, cardcode.KindRotating, rotating},
		{"rotating from a scanner", "\x02]C1" + rotating + "\r\n", cardcode.KindRotating, rotating},
		{"rotating from a QR scanner", "]Q3" + rotating + "\x1d", cardcode.KindRotating, rotating},
		{"rotating read aloud", "7 123456786 52024060", cardcode.KindRotating, rotating},
		{"prefix typed in Ukrainian", typeOn(ukrainian, "]C1"+rotating), cardcode.KindRotating, rotating},
		{"prefix typed in Russian", typeOn(russian, "]Q3"+rotating), cardcode.KindRotating, rotating},
		{"digits typed in Kazakh", typeOn(kazakh, rotating), cardcode.KindRotating, rotating},
		{"prefix and digits typed in Kazakh", typeOn(kazakh, "]C1"+rotating), cardcode.KindRotating, rotating},
		{"static", static, cardcode.KindStatic, static},
		{"spoken", "042 137", cardcode.KindSpoken, "042137"},
		{"spoken with a hyphen", "042-137", cardcode.KindSpoken, "042137"},
		{"card", "123456786", cardcode.KindCard, "123456786"},
		{"card with no-break spaces", "123\u00a0456\u202f786", cardcode.KindCard, "123456786"},
		{"card with dots", "123.456.786", cardcode.KindCard, "123456786"},
		{"card in full-width digits", "１２３４５６７８６", cardcode.KindCard, "123456786"},
		{"card in Arabic digits", "١٢٣٤٥٦٧٨٦", cardcode.KindCard, "123456786"},
		{"card in Persian digits", "۱۲۳۴۵۶۷۸۶", cardcode.KindCard, "123456786"},
		{"card with invisible marks", "\ufeff\u200e123\u00ad456\u200b786", cardcode.KindCard, "123456786"},
		{"Ukrainian phone", "+380 (67) 123-45-67", cardcode.KindPhone, "+380671234567"},
		{"Ukrainian phone, national", "067 123 45 67", cardcode.KindPhone, "0671234567"},
		{"Kazakh phone", "8 (701) 123-45-67", cardcode.KindPhone, "87011234567"},
		{"phone with other hyphens", "+48\u2011512\u2013345\u2212678", cardcode.KindPhone, "+48512345678"},
		{"phone with few digits", "+1234", cardcode.KindPhone, "+1234"},
		{"phone link", "TEL:+34-612-345-678", cardcode.KindPhone, "+34612345678"},
		{"link", "https://t.me/kava_bot?start=c_" + token, cardcode.KindLink, token},
		{"link in capitals up to the parameter", "HTTPS://T.ME/kava_bot?start=c_" + token, cardcode.KindLink, token},
		{"link without scheme", "t.me/kava_bot?start=c_" + token, cardcode.KindLink, token},
		{"link on an older host", "http://telegram.me/kava_bot?x=1&start=c_" + token, cardcode.KindLink, token},
		{"link with a slash", "https://t.me/kava_bot/?start=c_" + token + "\r", cardcode.KindLink, token},
		{"app link", "tg://resolve?domain=kava_bot&start=c_" + token, cardcode.KindLink, token},
		{"app link without slashes", "tg:resolve?domain=kava_bot&start=c_" + token, cardcode.KindLink, token},
		{"bare parameter", "]Q1c_" + token, cardcode.KindLink, token},
		{"link typed in Russian", typeOn(russian, "]Q1https://t.me/kava_bot?start=c_"+token), cardcode.KindLink, token},
		{"legacy card", "ab-12 cd", cardcode.KindExternal, "AB12CD"},
		{"legacy card typed in Ukrainian", typeOn(ukrainian, "SIZE-01"), cardcode.KindExternal, "SIZE01"},
		{"legacy card typed in Russian", typeOn(russian, "size-01"), cardcode.KindExternal, "SIZE01"},
		{"legacy card typed in Kazakh", typeOn(kazakh, "KZ-2040"), cardcode.KindExternal, "KZ2040"},
		{"EAN-8", "96385074", cardcode.KindExternal, "96385074"},
		{"18 digits of somebody else", "112345678652024060", cardcode.KindExternal, "112345678652024060"},
		{"longest external", strings.Repeat("a", 40), cardcode.KindExternal, strings.Repeat("A", 40)},
	} {
		got, err := cardcode.Parse(c.input)
		if err != nil || got.Kind != c.kind || got.Text != c.text {
			t.Errorf("%s: Parse(%q) = %s %q, %v, want %s %q", c.name, c.input, got.Kind, got.Text, err, c.kind, c.text)
		}
		if carries := got.Kind == cardcode.KindRotating || got.Kind == cardcode.KindStatic || got.Kind == cardcode.KindCard; carries != (got.Alias == "123456786") {
			t.Errorf("%s: alias %q", c.name, got.Alias)
		}
		if isLink := got.Kind == cardcode.KindLink; isLink != (got.Token == token) {
			t.Errorf("%s: token %q", c.name, got.Token)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, input string
		want        error
	}{
		{"nothing", "", cardcode.ErrEmpty},
		{"invisible", " \r\n\x1d\u200b\ufeff\u00a0", cardcode.ErrEmpty},
		{"only a prefix", "]C1\r", cardcode.ErrEmpty},
		{"only separators", "- . -", cardcode.ErrEmpty},
		{"plus alone", "+", cardcode.ErrUnreadable},
		{"plus and letters", "+38o671234567", cardcode.ErrUnreadable},
		{"too many digits for a phone", "+1234567890123456", cardcode.ErrUnreadable},
		{"phone link without a phone", "tel:", cardcode.ErrEmpty},
		{"invalid UTF-8", "12\xff34", cardcode.ErrUnreadable},
		{"emoji", "☕☕☕", cardcode.ErrUnreadable},
		{"punctuation", "12;34", cardcode.ErrUnreadable},
		{"link of another site", "https://example.org/?start=c_" + token, cardcode.ErrUnreadable},
		{"host that only looks right", "https://t.me.example.org/kava_bot?start=c_" + token, cardcode.ErrUnreadable},
		{"link without a bot", "https://t.me/?start=c_" + token, cardcode.ErrUnreadable},
		{"app link without a bot", "tg://resolve?start=c_" + token, cardcode.ErrUnreadable},
		{"link of a poster", "https://t.me/kava_bot?start=table-7", cardcode.ErrUnreadable},
		{"cut token", "c_" + token[:21], cardcode.ErrUnreadable},
		{"token with stray bits", "c_" + token[:21] + "h", cardcode.ErrUnreadable},
		{"token with other letters", "c_" + token[:21] + "+", cardcode.ErrUnreadable},
		{"unreadable link", "https://t.me/%zz?start=c_" + token, cardcode.ErrUnreadable},
		{"41 letters", strings.Repeat("a", 41), cardcode.ErrTooLong},
		{"huge", strings.Repeat("1", 513), cardcode.ErrTooLong},
	} {
		if got, err := cardcode.Parse(c.input); got != (cardcode.Scan{}) || !errors.Is(err, c.want) {
			t.Errorf("%s: Parse(%q) = %+v, %v, want %v", c.name, c.input, got, err, c.want)
		}
	}
}

// A mistyped number is told apart, and still offers itself as a nine-digit phone.
func TestParseMistyped(t *testing.T) {
	for _, c := range []struct {
		input    string
		want     cardcode.Scan
		mayPhone bool
	}{
		{"512 345 678", cardcode.Scan{Kind: cardcode.KindCard, Text: "512345678"}, true},
		{"712345678052024060", cardcode.Scan{Kind: cardcode.KindRotating, Text: "712345678052024060"}, false},
		{"612345678000000000", cardcode.Scan{Kind: cardcode.KindStatic, Text: "612345678000000000"}, false},
	} {
		got, err := cardcode.Parse(c.input)
		if got != c.want || !errors.Is(err, cardcode.ErrMistyped) {
			t.Errorf("Parse(%q) = %+v, %v, want %+v and ErrMistyped", c.input, got, err, c.want)
		}
		if got.MayBePhone() != c.mayPhone {
			t.Errorf("%q may be a phone: %t, want %t", c.input, got.MayBePhone(), c.mayPhone)
		}
	}
	for input, want := range map[string]bool{"+48512345678": true, "123456786": true, "042137": false, "ABCDEFGHI": false} {
		if got, err := cardcode.Parse(input); err != nil || got.MayBePhone() != want {
			t.Errorf("%q may be a phone: %t, %v, want %t", input, got.MayBePhone(), err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", rotating, static, "]C1" + rotating + "\r\n", "042 137", "123 456 786", "+380 (67) 123-45-67",
		"https://t.me/kava_bot?start=c_" + token, "tg://resolve?domain=kava_bot&start=c_" + token, "c_" + token,
		typeOn(ukrainian, "https://t.me/kava_bot?start=c_"+token), typeOn(kazakh, rotating), "１２３", "٣٤", "\xff]", "]C", "tg:", "://", "ʼґ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		scan, err := cardcode.Parse(input)
		if err != nil {
			if scan != (cardcode.Scan{}) && !errors.Is(err, cardcode.ErrMistyped) {
				t.Fatalf("%q: %+v with %v", input, scan, err)
			}
			return
		}
		if scan.Kind == cardcode.KindNone || scan.Text == "" || len(scan.Text) > cardcode.MaxExternal {
			t.Fatalf("%q: %+v", input, scan)
		}
		// What was recognised is recognised again from its normal form.
		normal := scan.Text
		if scan.Kind == cardcode.KindLink {
			normal = cardcode.LinkPrefix + scan.Text
		} else if scan.Kind == cardcode.KindPhone && !strings.HasPrefix(normal, "+") {
			normal = "tel:" + normal
		}
		if again, err := cardcode.Parse(normal); err != nil || again != scan {
			t.Fatalf("%q: %+v, then %q: %+v, %v", input, scan, normal, again, err)
		}
	})
}
