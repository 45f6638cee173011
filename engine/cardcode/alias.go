package cardcode

import (
	"fmt"
	"strconv"
)

// Alias is the lasting number of a card: nine ASCII digits, of which the last is the [Damm] check digit of the
// first eight. It identifies a card within one program and proves nothing.
type Alias string

// AliasLen is the number of digits in an [Alias].
const AliasLen = 9

const aliasSpace = 100_000_000 // the aliases one program has: eight digits' worth

// NewAlias makes an alias from a random number. The eight digits are random modulo 10⁸, so a number below 10⁸
// is its own eight digits; with all 64 bits random the bias is below one in 10¹¹.
func NewAlias(random uint64) Alias {
	eight := eightDigits(random)
	return Alias(eight + string(Damm(eight)))
}

// ParseAlias accepts exactly nine ASCII digits with a right check digit. Other shapes are [ErrUnreadable],
// a wrong check digit is [ErrMistyped].
func ParseAlias(s string) (Alias, error) {
	if len(s) != AliasLen || !allDigits(s) {
		return "", ErrUnreadable
	}
	if Damm(s) != '0' {
		return "", ErrMistyped
	}
	return Alias(s), nil
}

// Grouped is the alias as people read it: three groups of three digits with spaces, "123 456 786".
// Anything but nine characters comes back as it is.
func (a Alias) Grouped() string {
	if len(a) != AliasLen {
		return string(a)
	}
	return string(a[:3] + " " + a[3:6] + " " + a[6:])
}

// dammTable is a totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004). Its diagonal is zero,
// therefore a number that ends with its own check digit has check digit 0.
var dammTable = [10]string{
	"0317598642",
	"7092154863",
	"4206871359",
	"1750983426",
	"6123045978",
	"3674209581",
	"5869720134",
	"8945362017",
	"9438617205",
	"2581436790",
}

// Damm is the check digit, '0' to '9', of a string of ASCII digits. It catches every single wrong digit and every
// swap of two neighbours. A string with its check digit appended has check digit '0'. Characters that are
// not digits are passed over.
func Damm(digits string) byte {
	check := byte('0')
	for i := range len(digits) {
		if isDigit(digits[i]) {
			check = dammTable[check-'0'][digits[i]-'0']
		}
	}
	return check
}

// SpokenLen is the number of digits in a spoken code.
const SpokenLen = 6

// SpokenCode makes the six digits a guest reads aloud from a random number, modulo 10⁶. That the code is
// unique among live ones, single-use and short-lived is the caller's business.
func SpokenCode(random uint64) string {
	return fmt.Sprintf("%06d", random%1_000_000)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// eightDigits writes n modulo 10⁸ with leading zeros.
func eightDigits(n uint64) string {
	s := strconv.FormatUint(n%aliasSpace, 10)
	return "00000000"[len(s):] + s
}
