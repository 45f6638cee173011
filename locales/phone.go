package locales

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maskedTail is how many digits of a masked phone stay readable: enough to know one's own, too few to call.
const maskedTail = 4

// Phone prints a phone in E.164 (+380671234567) in the grouping of its own country: +380 67 123 4567.
// Something that is no phone is printed as it is.
func (p *Printer) Phone(e164 string) string {
	number, err := phonenumbers.Parse(e164, phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return e164
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// PhoneMasked prints a phone in E.164 with only its country code and last four digits:
// +380 ••• •• 45 67. Of something that is no phone nothing is shown.
func (p *Printer) PhoneMasked(e164 string) string {
	number, err := phonenumbers.Parse(e164, phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return "•••"
	}
	digits := phonenumbers.GetNationalSignificantNumber(number)
	hidden := len(digits) - maskedTail
	if hidden < 2 {
		return "•••"
	}
	var b strings.Builder
	b.WriteString("+" + strconv.Itoa(int(number.GetCountryCode())))
	for hidden > 0 {
		group := min(hidden, 3)
		if hidden == 4 {
			group = 2
		}
		b.WriteString(" " + strings.Repeat("•", group))
		hidden -= group
	}
	tail := digits[len(digits)-maskedTail:]
	b.WriteString(" " + tail[:2] + " " + tail[2:])
	return b.String()
}

// CardNumber prints the digits of a card in groups of three, as they are read aloud: "123 456 786". A last
// digit that would stand alone joins the group before it. Anything but digits is printed as it is.
func (p *Printer) CardNumber(digits string) string {
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return digits
		}
	}
	var b strings.Builder
	for len(digits) > 4 {
		b.WriteString(digits[:3] + nbsp)
		digits = digits[3:]
	}
	b.WriteString(digits)
	return b.String()
}
