package locales

import "strconv"

// nbsp keeps a number together with its groups and what follows it.
const nbsp = "\u00a0"

// minus is the typographic minus sign: as wide as a digit and never left alone at the end of a line.
const minus = "\u2212"

// maxDecimals is the longest fraction an int64 can carry.
const maxDecimals = 18

// style is how a language writes numbers, money and dates, after CLDR 48 with a no-break space for every
// space.
type style struct {
	group       string // between thousands
	groupFrom   int    // digits from which thousands are grouped
	decimal     string
	percent     string // what follows the number
	symbolFirst bool   // $, £ and € stand before the amount
	date        string // layout of a short date, in digits or English
}

func styleOf(lang Language) style {
	switch lang {
	case EN:
		return style{group: ",", groupFrom: 4, decimal: ".", percent: "%", symbolFirst: true, date: "2 Jan 2006"}
	case PL:
		return style{group: nbsp, groupFrom: 5, decimal: ",", percent: "%", date: "02.01.2006"}
	case ES:
		return style{group: nbsp, groupFrom: 5, decimal: ",", percent: nbsp + "%", date: "02/01/2006"}
	}
	return style{group: nbsp, groupFrom: 4, decimal: ",", percent: nbsp + "%", date: "02.01.2006"}
}

// Number prints an integer with grouped thousands: 12 500, in English 12,500.
func (p *Printer) Number(n int64) string {
	return string(p.appendFixed(nil, n, 0))
}

// Decimal prints value/10^decimals without trailing zeros: Decimal(150, 2) is "1,5". Decimals beyond 18
// count as 18, negative ones as 0.
func (p *Printer) Decimal(value int64, decimals int) string {
	value, decimals = trimZeros(value, decimals)
	return string(p.appendFixed(nil, value, decimals))
}

// Percent prints a rate in basis points: 250 is "2,5 %".
func (p *Printer) Percent(basisPoints int64) string {
	value, decimals := trimZeros(basisPoints, 2)
	return string(append(p.appendFixed(nil, value, decimals), p.style.percent...))
}

// trimZeros takes the zeros off the end of a fraction.
func trimZeros(value int64, decimals int) (int64, int) {
	decimals = min(max(decimals, 0), maxDecimals)
	for decimals > 0 && value%10 == 0 {
		value /= 10
		decimals--
	}
	return value, decimals
}

// appendFixed appends value/10^decimals with exactly so many decimals, at most maxDecimals.
func (p *Printer) appendFixed(b []byte, value int64, decimals int) []byte {
	if value < 0 {
		b = append(b, minus...)
	}
	return p.appendAmount(b, abs(value), decimals)
}

// appendAmount is appendFixed without a sign.
func (p *Printer) appendAmount(b []byte, value uint64, decimals int) []byte {
	scale := pow10(decimals)
	b = p.appendGrouped(b, value/scale)
	if decimals == 0 {
		return b
	}
	b = append(b, p.style.decimal...)
	fraction := value % scale
	for scale /= 10; scale > 0; scale /= 10 {
		b = append(b, byte('0'+fraction/scale%10))
	}
	return b
}

func (p *Printer) appendGrouped(b []byte, n uint64) []byte {
	var buf [20]byte
	digits := strconv.AppendUint(buf[:0], n, 10)
	if len(digits) < p.style.groupFrom {
		return append(b, digits...)
	}
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b = append(b, p.style.group...)
		}
		b = append(b, digit)
	}
	return b
}

// pow10 is 10^n for n from 0 to maxDecimals.
func pow10(n int) uint64 {
	power := uint64(1)
	for range n {
		power *= 10
	}
	return power
}
