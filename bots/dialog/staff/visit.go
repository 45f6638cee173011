package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// visit is what the program knows of the guest on the counter besides points.
type visit struct {
	standing     rules.Standing
	certificates []engine.Certificate // on the card, with something left
}

// look reads it.
func look(ctx context.Context, e *engine.Engine, v talk.View, memberID string) (w visit, err error) {
	if w.standing, err = e.Store().Standing(ctx, v.Program.ID, memberID, engine.StandingQuery{}); err != nil {
		return w, fmt.Errorf("read standing: %w", err)
	}
	if !v.Program.Settings.Gifts.On {
		return w, nil
	}
	w.certificates, err = e.Certificates(ctx, v.Program.ID, memberID)
	return w, err
}

// whoLine names the guest, with the tier.
func whoLine(v talk.View, g guest, w visit) bots.Rich {
	if tier := tierName(v, w.standing.Tier.ID); tier != "" {
		return v.Rich("staff.guest.tier", locales.Args{"Name": g.called(v), "Tail": g.tail(), "Tier": tier})
	}
	return guestLine(v, g)
}

// tierName is what a tier is called, "" for none and for one that is no more.
func tierName(v talk.View, id string) string { return v.Words().TierName(id) }

// visitLines tell what there is to know and to say to the guest.
func visitLines(v talk.View, w visit) bots.Rich {
	var out []bots.Rich
	for _, card := range v.Program.Settings.Stamps {
		i := slices.IndexFunc(w.standing.Stamps, func(s rules.StampCount) bool { return s.Card == card.ID })
		if card.Paused || i < 0 && len(v.Program.Settings.Stamps) > 2 {
			continue
		}
		count := 0
		if i >= 0 {
			count = w.standing.Stamps[i].Count
		}
		out = append(out, stampLine(v, card.ID, int64(count), int64(words.StampGoal(&card))))
	}
	if names := couponNames(v, w, func(c rules.Coupon, k rules.CouponKind) bool { return c.State == rules.CouponActivated && !k.ByHand }); names != "" {
		out = append(out, v.Rich("staff.guest.coupons", locales.Args{"Names": names}))
	}
	var left money.Amount
	for _, c := range w.certificates {
		left += c.Left
	}
	if left > 0 {
		out = append(out, v.Rich("staff.guest.certificates", locales.Args{"Left": v.Money(left)}))
	}
	if day := v.Words().BirthdayNear(w.standing.Birthday); day != "" {
		out = append(out, v.Rich("staff.guest.birthday", locales.Args{"Date": day}))
	}
	if len(w.standing.Tags) > 0 {
		out = append(out, v.Rich("staff.guest.tags", locales.Args{"Tags": strings.Join(w.standing.Tags, ", ")}))
	}
	return talk.Lines(out...)
}

func stampLine(v talk.View, card string, count, of int64) bots.Rich {
	return v.Rich("staff.guest.stamps", locales.Args{"Name": v.Name("stamps:"+card, card), "Count": v.P.Number(count), "Of": v.P.Number(of)})
}

// couponNames lists the open coupons that pass, each kind once.
func couponNames(v talk.View, w visit, pass func(rules.Coupon, rules.CouponKind) bool) string {
	var names []string
	for _, c := range openCoupons(v, w) {
		kind, known := v.Program.Settings.CouponKind(c.Kind)
		if name := v.Name("coupon:"+c.Kind, c.Kind); known && pass(c, kind) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// openCoupons are those that can be used now.
func openCoupons(v talk.View, w visit) []rules.Coupon {
	return slices.DeleteFunc(slices.Clone(w.standing.Coupons), func(c rules.Coupon) bool { return !v.Words().CouponOpen(c) })
}

// toHandOver are the coupons whose gift the cashier hands over, one of each kind, soonest ending first.
func toHandOver(v talk.View, w visit) []gift {
	open := openCoupons(v, w)
	slices.SortStableFunc(open, func(a, b rules.Coupon) int { return endOf(a).Compare(endOf(b)) })
	var gifts []gift
	for _, c := range open {
		kind, known := v.Program.Settings.CouponKind(c.Kind)
		if known && kind.ByHand && !slices.ContainsFunc(gifts, func(g gift) bool { return g.Kind == c.Kind }) {
			gifts = append(gifts, gift{ID: c.ID, Kind: c.Kind})
		}
	}
	return gifts[:min(len(gifts), 4)]
}

// endOf puts coupons that never end last.
func endOf(c rules.Coupon) time.Time {
	if c.Expires.IsZero() {
		return time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return c.Expires
}

// giftRows are the buttons that hand things over.
func giftRows(v talk.View, w visit) [][]bots.Button {
	var rows [][]bots.Button
	for _, g := range toHandOver(v, w) {
		rows = append(rows, talk.Row(giveButton(v, g)))
	}
	return rows
}

// besides is the row of what can be done beside the sale: a code of the guest, and the rest for managers.
func besides(v talk.View) []bots.Button {
	var row []bots.Button
	if words.CodesOn(v.Program.Settings) {
		row = append(row, marked(v, v.T("staff.btn.enter"), actEnter, ""))
	}
	if v.Manages() {
		row = append(row, marked(v, v.T("staff.btn.more"), actMore, ""))
	}
	return row
}
