package staff

import (
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// payLine is what is to be paid now, when it is not simply the sum of the check.
func payLine(v talk.View, q engine.Quote) bots.Rich {
	if q.Discount == 0 && q.Certificate == 0 {
		return ""
	}
	return v.Rich("staff.offer.to_pay", locales.Args{"Payable": v.Money(q.Payable)})
}

// lineLines repeat goods as they were understood.
func lineLines(v talk.View, c counter) bots.Rich {
	var out []bots.Rich
	for _, l := range c.Lines[:min(len(c.Lines), 12)] {
		name := l.Name
		if l.Category != "" {
			name = v.Name("category:"+l.Category, l.Name)
		}
		if name == "" {
			name = v.T("staff.goods.rest")
		}
		if units := l.Quantity / 1000; units > 1 {
			out = append(out, v.Rich("staff.goods.units", locales.Args{"Name": name, "Sum": v.Money(l.Net), "Units": v.P.Number(int64(units))}))
			continue
		}
		out = append(out, v.Rich("staff.goods.line", locales.Args{"Name": name, "Sum": v.Money(l.Net)}))
	}
	return talk.Lines(out...)
}

// offLines say what is off the check and why, and what certificates pay.
func offLines(v talk.View, q engine.Quote) bots.Rich {
	var out []bots.Rich
	if q.Discount > 0 {
		out = append(out, v.Rich("staff.offer.discount", locales.Args{"Money": v.Money(q.Discount)}))
	}
	for _, e := range q.Effects {
		if e.State == rules.Applied && e.Amount > 0 && e.Rule != "redeem" && e.Rule != "certificate" {
			out = append(out, v.Rich("staff.offer.because", locales.Args{"Why": v.Reason(e.Reason)}))
		}
	}
	return talk.Lines(append(out, certificateLines(v, q.Effects))...)
}

// certificateLines say what each certificate pays and keeps.
func certificateLines(v talk.View, effects []rules.Effect) bots.Rich {
	var out []bots.Rich
	for _, e := range effects {
		if e.Reason.ID != "certificate_paid" || e.State != rules.Applied {
			continue
		}
		args := locales.Args{"Money": v.Money(money.Amount(e.Reason.Args[rules.ArgMoney])), "Left": v.Money(money.Amount(e.Reason.Args[rules.ArgLimit]))}
		if e.Reason.Args[rules.ArgLimit] == 0 {
			out = append(out, v.Rich("staff.offer.certificate", args))
			continue
		}
		out = append(out, v.Rich("staff.offer.certificate_left", args))
	}
	return talk.Lines(out...)
}

// stampLines say how full stamp cards are with this check, and which gift it earns.
func stampLines(v talk.View, effects []rules.Effect) bots.Rich {
	var out []bots.Rich
	for _, e := range effects {
		card, found := strings.CutPrefix(e.Reason.Of, "stamps:")
		switch {
		case !found || e.State != rules.Applied:
		case e.Reason.ID == "stamps_added":
			out = append(out, stampLine(v, card, e.Reason.Args[rules.ArgCount], e.Reason.Args[rules.ArgOf]))
		case e.Reason.ID == "stamps_coupon":
			out = append(out, v.Rich("staff.receipt.gift", locales.Args{"Name": v.Name(e.Reason.Of, e.Reason.Text)}))
		}
	}
	return talk.Lines(out...)
}

// sayLine is one thing the cashier may say aloud.
func sayLine(v talk.View, effects []rules.Effect) bots.Rich {
	if say := v.Suggestions(effects); len(say) > 0 {
		return v.Rich("staff.offer.say", locales.Args{"Text": say[0]})
	}
	return ""
}
