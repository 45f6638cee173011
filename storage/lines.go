package storage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kartka/engine"
	"kartka/engine/jsontext"
	"kartka/engine/money"
)

// The keys of a line in the column sale.lines, a list of objects in the order of the check. What is zero, empty or false is
// left out.
//
//	[{"t":"Flat white","c":"coffee","q":2000,"n":16000,"e":8},{"s":"4820","q":1000,"n":5500,"rq":1000,"rn":5500}]
const (
	lineNo           = "no" // left out where it is the place in the list, from 1
	lineRef          = "i"
	lineSKU          = "s"
	lineName         = "t"
	lineCategory     = "c"
	lineQuantity     = "q" // thousandths
	lineNet          = "n" // minor units, as all money
	lineNoEarn       = "xe"
	lineNoRedeem     = "xr" // 1 for true
	lineDiscount     = "d"
	lineRedeemMoney  = "m"
	lineRedeemPoints = "p"
	lineCertificate  = "g"
	lineEarn         = "e"

	// What has been returned of the line.
	lineReturnedQty    = "rq"
	lineReturnedNet    = "rn"
	lineReturnedCash   = "rc"
	lineReturnedGift   = "rg"
	lineReversedEarn   = "re"
	lineReversedRedeem = "rp"
)

// encodeLines writes the lines of a sale; none are "".
func encodeLines(lines []engine.SaleLine) (string, error) {
	if len(lines) == 0 {
		return "", nil
	}
	size := 2
	for i := range lines {
		size += len(lines[i].Ref) + len(lines[i].SKU) + len(lines[i].Name) + len(lines[i].Category) + 64
	}
	b := append(make([]byte, 0, size), '[')
	for i := range lines {
		l := &lines[i]
		if l.ReturnedQty < 0 || l.ReturnedNet < 0 || l.ReturnedCash < 0 || l.ReturnedGift < 0 || l.ReversedEarn < 0 || l.ReversedRedeem < 0 {
			return "", fmt.Errorf("encode lines: what is returned of line %d is below zero", l.No)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendLine(b, l, i+1)
	}
	return string(append(b, ']')), nil
}

func appendLine(b []byte, l *engine.SaleLine, place int) []byte {
	begin := len(b)
	key := func(key string) {
		b = append(append(append(b, ',', '"'), key...), '"', ':')
	}
	text := func(k, s string) {
		if s != "" {
			key(k)
			b = jsontext.AppendString(b, s)
		}
	}
	number := func(k string, n int64) {
		if n != 0 {
			key(k)
			b = strconv.AppendInt(b, n, 10)
		}
	}
	flag := func(k string, on bool) {
		if on {
			number(k, 1)
		}
	}
	if l.No != place {
		key(lineNo)
		b = strconv.AppendInt(b, int64(l.No), 10)
	}
	text(lineRef, l.Ref)
	text(lineSKU, l.SKU)
	text(lineName, l.Name)
	text(lineCategory, l.Category)
	number(lineQuantity, int64(l.Quantity))
	number(lineNet, int64(l.Net))
	flag(lineNoEarn, l.NoEarn)
	flag(lineNoRedeem, l.NoRedeem)
	number(lineDiscount, int64(l.Discount))
	number(lineRedeemMoney, int64(l.RedeemMoney))
	number(lineRedeemPoints, int64(l.RedeemPoints))
	number(lineCertificate, int64(l.Certificate))
	number(lineEarn, int64(l.Earn))
	number(lineReturnedQty, int64(l.ReturnedQty))
	number(lineReturnedNet, int64(l.ReturnedNet))
	number(lineReturnedCash, int64(l.ReturnedCash))
	number(lineReturnedGift, int64(l.ReturnedGift))
	number(lineReversedEarn, int64(l.ReversedEarn))
	number(lineReversedRedeem, int64(l.ReversedRedeem))
	if len(b) == begin {
		return append(b, "{}"...)
	}
	b[begin] = '{' // in the place of the first comma
	return append(b, '}')
}

// decodeLines adds what [encodeLines] wrote to lines.
func decodeLines(lines []engine.SaleLine, text string) ([]engine.SaleLine, error) {
	lines = slices.Grow(lines, strings.Count(text, "{")) // or a few more, where a name has one
	c := compact{text: text}
	c.each(func(place int) {
		lines = append(lines, engine.SaleLine{No: place})
		decodeLine(&c, &lines[len(lines)-1])
	})
	if c.err != nil {
		return nil, fmt.Errorf("decode lines: %w", c.err)
	}
	return lines, nil
}

func decodeLine(c *compact, l *engine.SaleLine) {
	c.must('{')
	if c.is('}') {
		return
	}
	for c.err == nil {
		key := c.string()
		c.must(':')
		switch key {
		case lineNo:
			l.No = int(c.number())
		case lineRef:
			l.Ref = c.string()
		case lineSKU:
			l.SKU = c.string()
		case lineName:
			l.Name = c.string()
		case lineCategory:
			l.Category = c.string()
		case lineQuantity:
			l.Quantity = money.Quantity(c.number())
		case lineNet:
			l.Net = money.Amount(c.number())
		case lineNoEarn:
			l.NoEarn = c.number() != 0
		case lineNoRedeem:
			l.NoRedeem = c.number() != 0
		case lineDiscount:
			l.Discount = money.Amount(c.number())
		case lineRedeemMoney:
			l.RedeemMoney = money.Amount(c.number())
		case lineRedeemPoints:
			l.RedeemPoints = money.Points(c.number())
		case lineCertificate:
			l.Certificate = money.Amount(c.number())
		case lineEarn:
			l.Earn = money.Points(c.number())
		case lineReturnedQty:
			l.ReturnedQty = money.Quantity(c.number())
		case lineReturnedNet:
			l.ReturnedNet = money.Amount(c.number())
		case lineReturnedCash:
			l.ReturnedCash = money.Amount(c.number())
		case lineReturnedGift:
			l.ReturnedGift = money.Amount(c.number())
		case lineReversedEarn:
			l.ReversedEarn = money.Points(c.number())
		case lineReversedRedeem:
			l.ReversedRedeem = money.Points(c.number())
		default:
			c.fail(errCompact)
		}
		if !c.is(',') {
			break
		}
	}
	c.must('}')
}

// encodeTenders writes what a sale was paid with as the column sale.tenders keeps it: a list of [kind, amount] in minor units;
// none are "".
//
//	[["card",10000],["cash",1300]]
func encodeTenders(tenders []engine.Tender) (string, error) {
	if len(tenders) == 0 {
		return "", nil
	}
	b := make([]byte, 0, 2+24*len(tenders))
	for _, t := range tenders {
		switch t.Kind {
		case engine.TenderCash, engine.TenderCard, engine.TenderPoints, engine.TenderOther, engine.TenderGift, engine.TenderHouse:
		default:
			return "", fmt.Errorf("encode tenders: %q is no kind of tender", t.Kind)
		}
		b = append(b, ",["...)
		b = jsontext.AppendString(b, string(t.Kind))
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(t.Amount), 10)
		b = append(b, ']')
	}
	b[0] = '[' // in the place of the first comma
	return string(append(b, ']')), nil
}

// decodeTenders reads what [encodeTenders] wrote.
func decodeTenders(text string) ([]engine.Tender, error) {
	var tenders []engine.Tender
	c := compact{text: text}
	c.each(func(int) {
		c.must('[')
		kind := c.string()
		c.must(',')
		amount := c.number()
		c.must(']')
		tenders = append(tenders, engine.Tender{Kind: engine.TenderKind(kind), Amount: money.Amount(amount)})
	})
	if c.err != nil {
		return nil, fmt.Errorf("decode tenders: %w", c.err)
	}
	return tenders, nil
}
