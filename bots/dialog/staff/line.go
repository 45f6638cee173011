package staff

import (
	"strings"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/money"
)

// split takes a typed line apart into whose card it is and the rest, which is the sum. People write phones and cards with
// spaces, and sums too, so the longest beginning that can be an identifier is taken for one:
//
//	"067 123 45 67 1 200.5" is a phone and a sum, "123 456 786" a card, "123456 786" a live code and a sum.
//
// A first word that is an identifier by itself ends the search. Without any identifier who is "".
func split(line, region string) (who, rest string) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "", ""
	}
	if identifies(words[0], region) {
		return words[0], strings.Join(words[1:], " ")
	}
	for n := len(words); n > 1; n-- {
		who, rest := strings.Join(words[:n], " "), strings.Join(words[n:], " ")
		if scan, err := cardcode.Parse(who); err == nil && scan.Kind == cardcode.KindSpoken {
			// A live code in two halves is taken for one only beside a plain sum: "123 456 780 250" and "123 456 780" are
			// rather mistyped cards, and nobody may be charged by a slip.
			if n == 2 && len(words) == 3 && len(words[2]) != 3 {
				return who, rest
			}
			continue
		}
		if identifies(who, region) {
			return who, rest
		}
	}
	return "", line
}

// identifies reports whether a text is an identifier by its form: a code, a link, a card number with a right check digit, or a
// phone that exists in the numbering plan.
func identifies(text, region string) bool {
	if fractional(text) {
		return false // "1234.56" is no live code
	}
	scan, err := cardcode.Parse(text)
	switch {
	case err != nil && !scan.MayBePhone():
		return false
	case scan.Kind == cardcode.KindExternal:
		return false
	case err != nil || scan.Kind == cardcode.KindPhone:
		_, err := engine.NormalisePhone(scan.Text, region)
		return err == nil
	}
	return true
}

// region is where phones without a country code are from.
func region(v talk.View) string {
	s := v.Program.Settings
	return engine.Region(s.Currency.Code, s.Zone.String())
}

// isGuest reports whether a text typed where a sum is expected is rather the next guest: a sum is never as long as a phone.
func isGuest(v talk.View, text string) bool {
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	switch {
	case strings.Contains(text, "://") || strings.HasPrefix(text, cardcode.LinkPrefix):
		return true
	case isGoods(v, text):
		return false
	case digits < 9 || fractional(text):
		return false
	case identifies(text, region(v)):
		return true
	}
	scan, _ := cardcode.Parse(text)
	return scan.MayBePhone() || digits >= 10 && !strings.ContainsAny(text, ".,")
}

// fractional reports whether a text is a number with one or two decimals, as only sums are.
func fractional(text string) bool {
	mark := strings.LastIndexAny(text, ".,")
	if tail := len(text) - mark - 1; mark < 0 || tail < 1 || tail > 2 {
		return false
	}
	_, err := money.Parse(text, 2)
	return err == nil
}

// hasDigits tells talk from what could name a guest or a sum.
func hasDigits(text string) bool { return strings.ContainsAny(text, "0123456789٠١٢٣٤٥٦٧٨٩") }
