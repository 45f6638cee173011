package guest

import (
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// sale is the receipt: what it was, what was taken off, what came, and at most one thing to look forward to. A purchase that brought
// nothing says why in one line.
func sale(v talk.View, n engine.Notice) bots.Rich {
	p := n.Posted
	if p == nil {
		return ""
	}
	return talk.Lines(check(v, p), gained(v, p), suggestion(v, p))
}

// check is the sum with what was taken off it, and the points it moved.
func check(v talk.View, p *engine.Posted) bots.Rich {
	sum := v.Money(p.Total)
	off := takenOff(v, p)
	var ends bots.Rich
	if p.Earned > 0 && !p.Expires.IsZero() {
		ends = v.Rich("notice.sale.until", locales.Args{"Date": v.LastDay(p.Expires)})
	}
	switch {
	case p.Redeemed > 0:
		text := talk.Lines(v.Rich("notice.sale.spent", locales.Args{"Points": v.Points(p.Redeemed), "Sum": sum, "Left": v.Money(p.Payable)}), off)
		if p.Earned > 0 {
			text = talk.Lines(text, v.Rich("notice.sale.plus", locales.Args{"Points": v.Points(p.Earned)}), ends)
		}
		return text
	case p.Earned > 0:
		return talk.Lines(v.Rich("notice.sale.earned", locales.Args{"Points": v.Points(p.Earned), "Sum": sum}), ends, off, toPay(v, p))
	case off != "" || len(p.Stamps) > 0 || !talk.PointsOn(v.Program.Settings):
		return talk.Lines(v.Rich("notice.sale.plain", locales.Args{"Sum": sum}), off, toPay(v, p))
	}
	text := v.Rich("notice.sale.nothing", locales.Args{"Sum": sum})
	for _, effect := range p.Effects {
		if effect.Rule == "earn" && effect.State == rules.Inapplicable {
			text = talk.Lines(text, v.Rich("guest.why.reason", locales.Args{"Reason": v.Reason(effect.Reason)}))
		}
	}
	return text
}

// takenOff are the discount and what certificates paid, each with what is left on it.
func takenOff(v talk.View, p *engine.Posted) bots.Rich {
	var lines []bots.Rich
	if p.Discount > 0 {
		lines = append(lines, v.Rich("notice.sale.discount", locales.Args{"Sum": v.Money(p.Discount)}))
	}
	said := false
	for _, effect := range p.Effects {
		if effect.State == rules.Applied && effect.Reason.ID == "certificate_paid" {
			lines, said = append(lines, v.Rich("guest.why.reason", locales.Args{"Reason": v.Reason(effect.Reason)})), true
		}
	}
	if p.Certificate > 0 && !said {
		lines = append(lines, v.Rich("notice.sale.certificate", locales.Args{"Sum": v.Money(p.Certificate)}))
	}
	return talk.Lines(lines...)
}

// toPay is what is left to pay where that is not the sum of the check.
func toPay(v talk.View, p *engine.Posted) bots.Rich {
	if p.Discount <= 0 && p.Certificate <= 0 {
		return ""
	}
	return v.Rich("notice.sale.left", locales.Args{"Left": v.Money(p.Payable)})
}

// gained is what a purchase brought beside points: stamps and their gifts, a tier, coupons.
func gained(v talk.View, p *engine.Posted) bots.Rich {
	var lines []bots.Rich
	for _, effect := range p.Effects {
		if effect.State != rules.Applied {
			continue
		}
		switch r := effect.Reason; r.ID {
		case "stamps_added":
			lines = append(lines, v.Rich("notice.sale.stamps", locales.Args{"Name": v.Name(r.Of, r.Text), "Count": r.Args[rules.ArgCount], "Of": r.Args[rules.ArgOf]}))
		case "stamps_free", "stamps_points":
			lines = append(lines, v.Rich("guest.why.reason", locales.Args{"Reason": v.Reason(r)}))
		}
	}
	if t := v.Program.Settings.Tier(p.Tier); p.Tier != "" && t != nil {
		lines = append(lines, v.Rich("notice.tier.up", locales.Args{"Tier": tierName(v, t.ID)}))
	}
	return talk.Lines(append(lines, newCoupons(v, p.Coupons)...)...)
}

// newCoupons name coupons of the person that were just given. One that has been used since is no news.
func newCoupons(v talk.View, ids []string) []bots.Rich {
	var lines []bots.Rich
	for _, c := range v.Standing.Coupons {
		if slices.Contains(ids, c.ID) {
			lines = append(lines, v.Rich("notice.coupon.given", locales.Args{"Name": couponName(v, c.Kind)}))
		}
	}
	return lines
}

// suggestion is one thing the person could do next.
func suggestion(v talk.View, p *engine.Posted) bots.Rich {
	if p.Tier != "" { // the news is better than any advice, and the way to the next tier has just begun
		return ""
	}
	for _, line := range v.Suggestions(forNextTime(p.Effects)) {
		return v.Rich("guest.receipt.next", locales.Args{"Suggestion": line})
	}
	return ""
}

// forNextTime leaves out what could have been done before the check was closed.
func forNextTime(effects []rules.Effect) []rules.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e rules.Effect) bool {
		switch id := e.Reason.ID; {
		case id == "stamps_one_more", id == "stamps_next_free", strings.HasPrefix(id, "tier_") && strings.HasSuffix(id, "_more"):
			return false
		}
		return true
	})
}

func returned(v talk.View, n engine.Notice) bots.Rich {
	p := n.Posted
	if p == nil {
		return ""
	}
	title := v.Rich("notice.return.returned", locales.Args{"Sum": v.Money(p.Total)})
	if undo, _ := n.Args["undo"].(bool); undo {
		title = v.Rich("notice.return.undone", locales.Args{"Sum": v.Money(p.Total)})
	}
	var restored, revoked, cash, gift bots.Rich
	if p.Restored > 0 {
		restored = v.Rich("notice.return.restored", locales.Args{"Points": v.Points(p.Restored)})
	}
	if p.Revoked > 0 {
		revoked = v.Rich("notice.return.revoked", locales.Args{"Points": v.Points(p.Revoked)})
	}
	if p.CashBack > 0 {
		cash = v.Rich("notice.return.cash", locales.Args{"Sum": v.Money(p.CashBack)})
	}
	if p.GiftBack > 0 {
		gift = v.Rich("notice.return.certificate", locales.Args{"Sum": v.Money(p.GiftBack)})
	}
	lines := []bots.Rich{title, restored, revoked, cash, gift}
	for _, s := range p.Stamps {
		if s.Delta != 0 {
			lines = append(lines, v.Rich("notice.return.stamps", locales.Args{"Name": v.Name("stamps:"+s.Card, ""), "Change": signedCount(v, s.Delta)}))
		}
	}
	return talk.Lines(lines...)
}

// signedCount is a number of things with its sign.
func signedCount(v talk.View, n int) string {
	if n > 0 {
		return "+" + v.P.Number(int64(n))
	}
	return v.P.Number(int64(n))
}

func adjusted(v talk.View, n engine.Notice, points money.Points) bots.Rich {
	args := locales.Args{"Program": v.Program.Settings.Name, "Points": v.Points(abs(points))}
	text := v.Rich("notice.adjust.plus", args)
	if points < 0 {
		text = v.Rich("notice.adjust.minus", args)
	}
	if note := words.CleanName(word(n.Args["note"]), 200); note != "" {
		text = talk.Lines(text, v.Rich("notice.adjust.note", locales.Args{"Note": note}))
	}
	return text
}
