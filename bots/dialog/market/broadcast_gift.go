package market

import (
	"errors"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// noGift is what a button says that takes the gift away.
const noGift = "none"

// giftLine says what everybody gets with the message.
func giftLine(v talk.View, plan campaign.Plan) bots.Rich {
	args := locales.Args{"Gift": v.Words().CampaignGift(plan.Gift), "Count": plan.Budget, "Days": v.P.Days(int64(plan.Gift.Days))}
	lines := []bots.Rich{v.Rich("broadcast.page.gift", args)}
	if plan.Gift.Days > 0 && plan.Gift.Kind != campaign.GiftCoupon {
		lines = append(lines, v.Rich("broadcast.page.gift_days", args))
	}
	if plan.Budget > 0 {
		lines = append(lines, v.Rich("broadcast.page.gift_most", args))
	}
	return talk.Lines(lines...)
}

// giftPage shows what everybody gets with the message, and what else they could get.
func giftPage(v talk.View, id string, about bots.Rich) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark, gift := l.seen(), v.NewMark(), l.Plan.Gift
		text := v.Rich("broadcast.gift.nothing")
		var rows [][]bots.Button
		if gift != nil {
			text = giftLine(v, l.Plan)
			row := talk.Row(d.change(mark, v.T("broadcast.gift.most.btn"), actGiftMost))
			if gift.Kind != campaign.GiftCoupon {
				row = append(row, d.change(mark, v.T("broadcast.gift.days.btn"), actGiftDays))
			}
			rows = append(rows, row)
		}
		kinds := talk.Row(d.change(mark, v.T("broadcast.gift.points.btn"), actGiftKind, string(campaign.GiftPoints)))
		if len(v.Program.Settings.Coupons) > 0 {
			kinds = append(kinds, d.open(v.T("broadcast.gift.coupon.btn"), actCoupons))
		}
		rows = append(rows, kinds)
		if v.Program.Settings.Gifts.On {
			rows = append(rows, talk.Row(d.change(mark, v.T("broadcast.gift.certificate.btn"), actGiftKind, string(campaign.GiftCertificate))))
		}
		if gift != nil {
			rows = append(rows, talk.Row(d.change(mark, v.T("broadcast.gift.none.btn"), actGiftKind, noGift)))
		}
		text = talk.Paragraphs(about, v.Rich("broadcast.gift.ask"), text)
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(text, append(rows, d.backTo(v, actDraft))...))
	})
}

// pressGift chooses a kind of gift, or none.
func pressGift(v talk.View, d draft, kind campaign.GiftKind) talk.Output {
	switch kind {
	case campaign.GiftPoints:
		return askGiftNumber(v, d, stepPoints, "")
	case campaign.GiftCertificate:
		return askGiftNumber(v, d, stepSum, "")
	case noGift:
		return saveGift(v, d, func(p *campaign.Plan) { p.Gift, p.Budget = nil, 0 })
	}
	return staleDraft(v, d.ID)
}

// saveGift changes what is given.
func saveGift(v talk.View, d draft, edit func(*campaign.Plan)) talk.Output {
	return keep(v, d, func(now *engine.Campaign) { edit(&now.Plan) }, func(v talk.View, c engine.Campaign) talk.Output {
		return giftPage(v, c.ID, v.Rich("market.saved"))
	}, broadcastAgain)
}

// couponList shows the shop's kinds of coupons to choose one of.
func couponList(v talk.View, id string, page int) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark, kinds := l.seen(), v.NewMark(), v.Program.Settings.Coupons
		from, to, page, pages := pageOf(len(kinds), page)
		var rows [][]bots.Button
		for i, kind := range kinds[from:to] {
			name := words.CleanName(v.Words().CouponName(kind.ID), 30)
			rows = append(rows, talk.Row(d.change(mark, name, actCoupon, strconv.Itoa(from+i))))
		}
		rows = append(rows, arrows(page, pages, func(text string, page int) bots.Button { return d.open(text, actCoupons, strconv.Itoa(page)) })...)
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(v.Rich("broadcast.gift.ask_coupon"), append(rows, d.backTo(v, actGift))...))
	})
}

func giveCoupon(v talk.View, d draft, place int) talk.Output {
	kinds := v.Program.Settings.Coupons
	if place >= len(kinds) {
		return staleDraft(v, d.ID)
	}
	return saveGift(v, d, func(p *campaign.Plan) { p.Gift = &campaign.Gift{Kind: campaign.GiftCoupon, Coupon: kinds[place].ID} })
}

// askGiftNumber asks for a number of the gift: points, a sum, days, or how many gifts there are at most.
func askGiftNumber(v talk.View, d draft, step string, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		if l.Plan.Gift == nil && (step == stepDays || step == stepMost) {
			return giftPage(v, l.ID, "")
		}
		var text bots.Rich
		switch step {
		case stepPoints:
			text = v.Rich("broadcast.gift.ask_points")
		case stepSum:
			text = v.Rich("broadcast.gift.ask_sum")
		case stepDays:
			text = v.Rich("broadcast.gift.ask_days")
		default:
			text = v.Rich("broadcast.gift.ask_most")
		}
		d := l.seen()
		return v.SayAnd(d.at(step, v.NewMark()), v.Screen(talk.Paragraphs(about, text), d.backTo(v, actGift)))
	})
}

// readGiftNumber takes a number of the gift. What cannot be read, or is out of bounds, is told, and nothing changes.
func readGiftNumber(v talk.View, d draft, text string) talk.Output {
	decimals := 0
	switch v.Session.Step {
	case stepPoints:
		decimals = v.Program.Settings.Unit.Decimals
	case stepSum:
		decimals = v.Program.Settings.Currency.Decimals
	}
	n, err := money.Parse(text, decimals)
	if err != nil {
		key := "broadcast.number.wrong"
		if errors.Is(err, money.ErrAmbiguous) {
			key = "broadcast.number.ambiguous"
		}
		return broadcastAgain(v, v.Rich(key))
	}
	var gift campaign.Gift
	edit := func(p *campaign.Plan) {
		if p.Gift != nil && p.Gift.Kind == gift.Kind { // its days stay
			gift.Days = p.Gift.Days
		}
		p.Gift = &gift
	}
	switch v.Session.Step {
	case stepPoints:
		gift = campaign.Gift{Kind: campaign.GiftPoints, Points: money.Points(n)}
	case stepSum:
		gift = campaign.Gift{Kind: campaign.GiftCertificate, Amount: money.Amount(n)}
	case stepDays:
		gift = campaign.Gift{Kind: campaign.GiftPoints, Points: 1, Days: int(n)}
		edit = func(p *campaign.Plan) {
			if p.Gift != nil {
				p.Gift.Days = int(n)
			}
		}
	default:
		return saveGift(v, d, func(p *campaign.Plan) { p.Budget = int(n) })
	}
	if about := wrongGift(v, gift); about != "" {
		return broadcastAgain(v, about)
	}
	return saveGift(v, d, edit)
}

// wrongGift says what is wrong with a gift by itself, "" when nothing is.
func wrongGift(v talk.View, g campaign.Gift) bots.Rich {
	for _, p := range (campaign.Plan{Gift: &g, Window: 1}).Check(v.Program.Settings, nil) {
		switch p.ID {
		case campaign.ProblemGiftPoints, campaign.ProblemGiftAmount, campaign.ProblemGiftDays, campaign.ProblemGiftCertificates:
			return wrongPlan(v, &p, 1)
		}
	}
	return ""
}
