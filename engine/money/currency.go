package money

import (
	"fmt"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 currency with its exponent.
type Currency struct {
	Code     string
	Decimals int // digits after the point; 10^Decimals minor units make a whole
}

// currencies that programs may use. ISO 4217 exponents.
var currencies = map[string]int{
	"UAH": 2, "KZT": 2, "PLN": 2, "EUR": 2, "USD": 2, "GBP": 2, "RUB": 2, "MDL": 2, "CZK": 2, "RON": 2, "BGN": 2,
	"HUF": 2, "CHF": 2, "SEK": 2, "NOK": 2, "DKK": 2, "TRY": 2, "GEL": 2, "AMD": 2, "AZN": 2, "BYN": 2, "KGS": 2,
	"UZS": 2, "TJS": 2, "MXN": 2, "ARS": 2, "COP": 2, "PEN": 2, "BRL": 2, "UYU": 2, "CLP": 0, "PYG": 0, "JPY": 0,
	"KRW": 0, "VND": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3, "INR": 2, "CAD": 2, "AUD": 2, "ILS": 2, "AED": 2,
}

// LookupCurrency finds a currency by its ISO code.
func LookupCurrency(code string) (Currency, error) {
	decimals, ok := currencies[code]
	if !ok {
		return Currency{}, fmt.Errorf("money: unknown currency %q", code)
	}
	return Currency{Code: code, Decimals: decimals}, nil
}

// Format writes a value of the given decimals as a plain machine-readable number: "12.50", "7". It is for settings
// and logs; people see locales.Printer.Money.
func Format(value int64, decimals int) string {
	digits := strconv.FormatUint(magnitude(value), 10)
	if decimals > 0 {
		if len(digits) <= decimals {
			digits = strings.Repeat("0", decimals-len(digits)+1) + digits
		}
		whole, fraction := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
		if strings.Trim(fraction, "0") == "" {
			digits = whole
		} else {
			digits = whole + "." + fraction
		}
	}
	if value < 0 {
		return "-" + digits
	}
	return digits
}

// ParsePlain reads what Format writes. Unlike Parse it knows one notation only and reads negative numbers.
func ParsePlain(text string, decimals int) (int64, error) {
	body, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(body, ".")
	if whole == "" || len(fraction) > decimals || strings.HasSuffix(body, ".") || strings.Trim(body, "0123456789.") != "" {
		return 0, fmt.Errorf("money: %q is not a number with at most %d decimals", text, decimals)
	}
	value, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("money: %q: %w", text, ErrOverflow)
	}
	if negative {
		value = -value
	}
	return value, nil
}
