package staff

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// onReceipt reports whether a receipt tells of an effect.
func onReceipt(e rules.Effect) bool {
	if e.State != rules.Applied {
		return false
	}
	switch e.Reason.ID {
	case "stamps_added", "stamps_coupon", "coupon_granted", "certificate_paid":
		return true
	}
	return false
}

// extraLines are what a sale did beside points: what to congratulate on, what came off the check, stamps and new coupons.
func extraLines(v talk.View, p engine.Posted) bots.Rich {
	var out []bots.Rich
	if tier := tierName(v, p.Tier); tier != "" {
		out = append(out, v.Rich("staff.receipt.tier", locales.Args{"Tier": tier}))
	}
	if p.Discount > 0 {
		out = append(out, v.Rich("staff.offer.discount", locales.Args{"Money": v.Money(p.Discount)}))
	}
	out = append(out, certificateLines(v, p.Effects), stampLines(v, p.Effects))
	for _, e := range p.Effects {
		if onReceipt(e) && e.Reason.ID == "coupon_granted" {
			out = append(out, v.Rich("staff.receipt.coupon", locales.Args{"Name": v.Name(e.Reason.Of, e.Reason.Text)}))
		}
	}
	return talk.Lines(out...)
}
