package money

import (
	"errors"
	"strings"
	"unicode"
)

// Errors of Parse, each with its own advice for the person who typed.
var (
	ErrNotANumber   = errors.New("money: not a number written in plain digits")
	ErrNegative     = errors.New("money: negative")
	ErrTooLarge     = errors.New("money: too large")
	ErrTooPrecise   = errors.New("money: more decimals than the currency has")
	ErrAmbiguous    = errors.New("money: could be thousands or decimals")
	errNoSuchDigits = errors.New("money: decimals out of range")
)

// MaxTyped is the largest number Parse accepts, in whole units. Sums beyond it are typing mistakes.
const MaxTyped = 999_999_999

// Parse reads a number that a person typed, in whole units, and returns it in the smallest step, of which a whole
// has 10^decimals. It accepts "120", "120,50", "120.5", "1 200,50", "1'200.50", "1,200.50" and "1.200,50".
// It refuses signs, exponents, letters and digits of other scripts, and "1,200" or "1.200", which one person means
// as a thousand and another as one.
func Parse(text string, decimals int) (int64, error) {
	if decimals < 0 || decimals > 6 {
		return 0, errNoSuchDigits
	}
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "−") {
		return 0, ErrNegative
	}
	whole, fraction, err := splitNumber(text)
	if err != nil {
		return 0, err
	}
	if len(fraction) > decimals {
		if strings.Trim(fraction[decimals:], "0") != "" {
			return 0, ErrTooPrecise
		}
		fraction = fraction[:decimals]
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 9 {
		return 0, ErrTooLarge
	}
	var value int64
	for _, digit := range whole + fraction + strings.Repeat("0", decimals-len(fraction)) {
		value = value*10 + int64(digit-'0')
	}
	return value, nil
}

// splitNumber separates the digits before and after the decimal mark.
func splitNumber(text string) (whole, fraction string, err error) {
	var digits, marks strings.Builder // digits and separators, separators kept in order
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case r == '.' || r == ',':
			digits.WriteRune(r)
			marks.WriteRune(r)
		case unicode.IsSpace(r) || r == '\'' || r == '’':
			digits.WriteByte(' ')
		default:
			return "", "", ErrNotANumber
		}
	}
	body, seen := digits.String(), marks.String()
	if body == "" || strings.Trim(body, "., ") == "" {
		return "", "", ErrNotANumber
	}
	mark := ""
	switch {
	case len(seen) == 1:
		mark = seen
		if tail := body[strings.Index(body, mark)+1:]; len(tail) == 3 && !strings.Contains(body, " ") && strings.TrimLeft(body, "0") == body && !strings.HasPrefix(body, mark) {
			return "", "", ErrAmbiguous
		}
	case len(seen) > 1 && strings.Count(seen, seen[:1]) == len(seen):
		// "1,200,300": one mark repeated can only group thousands.
	case len(seen) > 1 && strings.Count(seen[:len(seen)-1], seen[:1]) == len(seen)-1:
		mark = seen[len(seen)-1:] // "1,200.50": the last mark is the decimal one
	case len(seen) > 1:
		return "", "", ErrNotANumber
	}
	if mark != "" {
		cut := strings.LastIndex(body, mark)
		body, fraction = body[:cut], body[cut+1:]
		if fraction == "" || strings.Trim(fraction, "0123456789") != "" {
			return "", "", ErrNotANumber
		}
	}
	whole, err = ungroup(body)
	return whole, fraction, err
}

// ungroup removes thousands separators and checks that they stand where thousands are.
func ungroup(body string) (string, error) {
	groups := strings.FieldsFunc(body, func(r rune) bool { return r == ' ' || r == '.' || r == ',' })
	if strings.ContainsAny(body, ".,") && strings.Contains(body, " ") {
		return "", ErrNotANumber
	}
	for i, group := range groups {
		if (i > 0 && len(group) != 3) || (i == 0 && len(groups) > 1 && len(group) > 3) {
			return "", ErrNotANumber
		}
	}
	if len(groups) == 0 {
		return "0", nil // ".50"
	}
	return strings.Join(groups, ""), nil
}
