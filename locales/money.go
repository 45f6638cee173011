package locales

// Money prints an amount in the minor units of an ISO 4217 currency: Money(12050, "UAH") is "120,50 ₴".
// Whole amounts have no decimals, as people write prices: "120 ₴". The symbol follows the amount after a
// no-break space; in English $, £ and € stand before it. A currency without a well-known symbol is named
// by its code.
func (p *Printer) Money(minor int64, currency string) string {
	decimals := currencyDecimals(currency)
	if scale := int64(pow10(decimals)); minor%scale == 0 {
		minor, decimals = minor/scale, 0
	}
	symbol := currencySymbol(currency)
	if p.style.symbolFirst && (symbol == "$" || symbol == "£" || symbol == "€") {
		b := make([]byte, 0, 32)
		if minor < 0 {
			b = append(b, minus...)
		}
		b = append(b, symbol...)
		return string(p.appendAmount(b, abs(minor), decimals))
	}
	b := make([]byte, 0, 40)
	b = p.appendFixed(b, minor, decimals)
	b = append(b, nbsp...)
	return string(append(b, symbol...))
}

// currencySymbol is the symbol people know a currency by where it is spent, else its code.
func currencySymbol(currency string) string {
	switch currency {
	case "UAH":
		return "₴"
	case "KZT":
		return "₸"
	case "PLN":
		return "zł"
	case "EUR":
		return "€"
	case "USD":
		return "$"
	case "RUB":
		return "₽"
	case "GBP":
		return "£"
	case "CZK":
		return "Kč"
	}
	return currency
}

// currencyDecimals is the exponent of the minor unit in ISO 4217: 2 but for the listed currencies.
func currencyDecimals(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}
