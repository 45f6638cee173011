package words

import (
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// What is what a posting was about, with its place: "check 250 ₴ · Main street, 1".
func (w Words) What(item engine.HistoryItem) string { return w.WhatOf(item, w.Subject(item.Posting)) }

// WhatOf is What for a caller who has made the subject's name fit where it goes.
func (w Words) WhatOf(item engine.HistoryItem, subject string) string {
	args := locales.Args{"Note": item.Posting.Note, "Sum": "", "Name": subject}
	if item.Sale != nil {
		args["Sum"] = w.Money(item.Sale.Total)
	}
	key := "guest.history.what." + string(item.Posting.Kind)
	if !w.P.Has(key) {
		key = "guest.history.what.change"
	}
	text := w.T(key, args)
	if item.Location != "" {
		text += " · " + item.Location
	}
	return text
}

// Subject is the name of the first thing of the settings that made a posting: a rule, a reward, a coupon. It is "" when nothing did.
func (w Words) Subject(p engine.Posting) string {
	for _, effect := range p.Reasons {
		if r := effect.Reason; effect.State == rules.Applied && r.Of != "" {
			return w.Name(r.Of, r.Text)
		}
	}
	return ""
}

// Change is what a posting did to the balance: "−120 +14", "+20", "0".
func (w Words) Change(p engine.Posting) string {
	if (p.Kind == ledger.KindSale || p.Kind == ledger.KindRevise) && p.Burned > 0 && p.Earned > 0 {
		return w.signed(-p.Burned) + " " + w.signed(p.Earned)
	}
	return w.signed(p.Points)
}

// signed is a bare number of points with its sign.
func (w Words) signed(p money.Points) string {
	if p > 0 {
		return "+" + w.PointsNumber(p)
	}
	return w.PointsNumber(p)
}

// Pointless reports whether a posting is about something else than points, such as a coupon that was given: a zero would say
// nothing about it. A check that earned nothing says so.
func Pointless(p engine.Posting) bool {
	switch p.Kind {
	case ledger.KindBonus, ledger.KindCoupon, ledger.KindCode, ledger.KindRescue:
		return p.Points == 0
	}
	return false
}
